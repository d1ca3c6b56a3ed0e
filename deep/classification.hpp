// How well a deep network tells classes from convolutional codes, and what is left of it when small
// coefficients are cut.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analysis/statistics.hpp"
#include "deep/labelled_images.hpp"
#include "deep/network.hpp"
#include "sim/kernels.hpp"

namespace deep {

/// Coefficients below such a part of the image's largest are cut.
/// source  Ladret, Casanova & Perrinet (2024), arXiv 2312.14685
inline const std::vector<double> kCuts = {0.0, 0.25, 0.5};

struct ClassificationSettings {
    std::string images = "/usr/share/datasets/fashion-mnist";
    std::size_t n_training = 3000, n_held_out = 2000;
    std::uint64_t seed = 1;
    std::size_t n_seeds = 4;  // seed, seed + 1, ...: of initial weights and of the order of images
    double lambda = 0.01;
    std::size_t iterations = 30;  // of ADMM
    TrainingSettings training;
};

/// Kernels that images are coded with.
struct Bank {
    std::string name, scenario;  // of the file; "homogeneous", "heterogeneous, learned"
    sim::Kernels kernels;
};

/// The kernels of a run's population v1. throws sim::IoError
Bank read_bank(const std::string& path);

using AccuracyOfSeeds = std::vector<double>;

/// What networks make of one kind of input.
struct Classified {
    std::string name, scenario;
    std::vector<double> active;             // coefficients of a pixel that each cut leaves; none of pixels
    std::vector<AccuracyOfSeeds> as_whole;  // after each cut, of networks trained on whole codes
    std::vector<AccuracyOfSeeds> as_cut;    // after each cut, of networks trained on codes cut alike
    // Pixels know one cut, none.
};

inline constexpr std::size_t kPixelInputs = 2;

struct Classification {
    std::string data_set;
    std::vector<Classified> inputs;  // kPixelInputs, "pixels" and "normalised pixels"; then each bank
};

using OnProgress = std::function<void(const std::string& what, std::size_t done, std::size_t of)>;

/// Images are normalised in contrast and coded with each bank; networks are trained on images as they are, on
/// normalised ones and on codes. The same bits at any number of threads.
/// throws  sim::IoError, sim::ConfigError as `read_data_set`; sim::ConfigError if kernels do not fit into
/// images
Classification classify(const std::vector<Bank>& banks, const ClassificationSettings& settings,
                        const OnProgress& on_progress);

/// Mean of independent values and its 95 % interval by Student's t; the interval is not finite for a single
/// value.
analysis::Interval mean_interval(const std::vector<double>& values);

/// The same of a - b, seed by seed.
analysis::Interval mean_difference(const AccuracyOfSeeds& a, const AccuracyOfSeeds& b);

}  // namespace deep
