// How well and how sparsely a code explains an image, and what is left of it when small coefficients are cut.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "convolution/problem.hpp"

namespace convolution {

/// sim::psnr() of an image and what explains it.
double psnr(const Image& s, const Image& explained);

/// What is left of a code.
struct Quality {
    double psnr;        // [dB]
    double sparseness;  // 1 - active / all coefficients
};

/// What a coefficient a of kernel d is ranked by when the small are cut. Kernels of different norms carry
/// coefficients of different size for the same contrast: only `contrast` compares them fairly.
enum class Reading {
    absolute,  // |a|
    contrast   // |a| |d|
};

/// The code without coefficients below each cut-off. cut_offs: ascending. O(active x kernel size)
std::vector<Quality> cut_below(const Task& task, const Image& image, std::span<const float> code,
                               Reading reading, std::span<const double> cut_offs);

/// The code without that part of its active coefficients that has the smallest |a| |d|. parts: ascending, in
/// [0, 1]
std::vector<Quality> cut_part(const Task& task, const Image& image, std::span<const float> code,
                              std::span<const double> parts);

}  // namespace convolution
