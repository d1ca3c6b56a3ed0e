// Codes by kernels that all places of a frame share: how well and how sparsely they rebuild it, what is left of them when
// small coefficients are cut, and how they come about spike by spike.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "analysis/recorded_codes.hpp"
#include "sim/kernels.hpp"

namespace analysis {

/// Kernels at the places of a frame. Neuron i has kernel i % K at place i / K.
struct PlacedKernels {
    sim::Kernels kernels;
    std::vector<double> norm;  // of each kernel
    sim::Grid places;
    std::size_t rows, cols;  // of the frame [px]

    std::size_t n_neurons() const { return places.size() * kernels.n; }
};

/// What is left of a code.
struct Quality {
    double psnr;        // [dB]
    double sparseness;  // 1 - active / all neurons
};

/// What a coefficient a of kernel d is ranked by when the small are cut. Kernels of different norms carry
/// coefficients of different size for the same contrast: only `contrast` compares them fairly.
enum class CutBy {
    absolute,  // |a|
    contrast   // |a| |d|
};

/// The code without coefficients below each cut-off. frame: shape (rows, cols); cut_offs: ascending.
/// O(active x kernel size)
std::vector<Quality> cut_below(const PlacedKernels& placed, std::span<const float> frame,
                               const ActiveCode& code, CutBy by, std::span<const double> cut_offs);

/// The code without that part of its active coefficients that has the smallest |a| |d|. parts: ascending, in
/// [0, 1]
std::vector<Quality> cut_part(const PlacedKernels& placed, std::span<const float> frame,
                              const ActiveCode& code, std::span<const double> parts);

/// Of each kernel, how many coefficients are active.
std::vector<std::size_t> active_of_kernels(const PlacedKernels& placed, const ActiveCode& code);

/// Of each kernel, the sum of |a| |d|.
std::vector<double> contrast_of_kernels(const PlacedKernels& placed, const ActiveCode& code);

/// Graded spikes of one presentation, in the order of time: amounts add up to the code.
struct GradedSpikes {
    std::vector<double> t;  // since it began [ms]
    std::vector<std::uint64_t> neuron;
    std::vector<double> amount;
};

/// What is known at one time of a presentation.
struct Moment {
    Quality quality;  // of the code so far
    std::size_t n_spikes;
};

/// times: ascending. O(spikes x kernel size)
std::vector<Moment> course_of(const PlacedKernels& placed, std::span<const float> frame,
                              const GradedSpikes& spikes, std::span<const double> times);

}  // namespace analysis
