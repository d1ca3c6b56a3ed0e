// Runs of convolutional sparse coding with different kernels, side by side: how well and how sparsely they
// code the same photographs, beside what Ladret, Casanova & Perrinet (2024) found.
#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "analysis/figures.hpp"
#include "analysis/kernel_codes.hpp"
#include "analysis/statistics.hpp"

namespace analysis {

/// What is left of the codes after a cut; [photograph][cut].
struct Cuts {
    std::vector<double> cut;
    std::vector<std::vector<double>> psnr, sparseness;
};

/// Orientations, each with a weight.
struct Orientations {
    std::vector<double> theta, bandwidth, weight;  // [rad], [rad], any
};

/// Presentations of spikes: what is known at each time; [photograph][time].
struct Course {
    std::vector<double> t;                                     // [ms]
    std::vector<std::vector<double>> psnr, sparseness;         // of the code so far
    std::vector<std::vector<double>> spikes, synaptic_events;  // of a pixel, so far
};

/// Energy of a synaptic event in Loihi [J]: the least one, by its designers' simulation. Source: Davies et
/// al. (2018), IEEE Micro 38(1):82, table 2.
inline constexpr double kSynapticEvent = 23.6e-12;

struct CodedPhotographs {
    std::string name;      // of the file
    std::string scenario;  // "heterogeneous, learned"
    PlacedKernels placed;
    std::vector<float> frames;                     // the photographs, shape (n, rows, cols)
    std::vector<double> psnr, sparseness, energy;  // of each photograph; [dB], 1, of a pixel
    std::vector<double> energy_bound, kkt;         // of a pixel, that no code is below; see sim::Certificate
    Cuts absolute, norm_matched, quantile_matched;
    Orientations used;                // of kernels, by the contrast they carry
    std::vector<std::size_t> active;  // of each kernel, coefficients in all photographs
    Course course;                    // empty where no graded spikes make the code

    std::size_t n_pixels() const { return placed.rows * placed.cols; }
};

/// What a network has made of its held-out frames, by kernels that all places share.
/// throws IoError if the file is not of such a network, or does not hold its frames
CodedPhotographs read_coded_photographs(const std::string& path);

/// What kernels of one breadth of orientation are used for.
struct Usage {
    double bandwidth;  // median of these kernels [rad]
    double part;       // of all active coefficients
};
/// Kernels by their breadth, the narrowest first, in six groups as even as can be: as many as a heterogeneous bank has
/// breadths. part: NaN where nothing is active; bandwidth: where there are fewer than six kernels.
std::array<Usage, 6> usage_by_breadth(const CodedPhotographs& run);

/// Of patches of the photographs, of the size of a kernel, by their gradient.
Orientations orientations_of_patches(const CodedPhotographs& run);

/// Median over photographs with its bootstrap interval.
Interval median_interval(std::span<const double> values);

/// Median of the differences a - b of the same photographs, with its interval.
/// throws sim::Error if their numbers differ
Interval paired_difference(std::span<const double> a, std::span<const double> b);

/// Values after cut number `at`, of each photograph.
std::vector<double> at_cut(const std::vector<std::vector<double>>& values, std::size_t at);

/// Medians over 200 images, read from the figures of Ladret, Casanova & Perrinet (2024), arXiv 2312.14685;
/// NaN where they are not told.
struct PublishedScenario {
    const char* scenario;
    std::array<double, 6> psnr, sparseness;  // after coefficients below 0.001, 0.1008, .. 0.5 are cut
};
/// Null for a scenario that was not published.
const PublishedScenario* published(const std::string& scenario);

/// heterogeneity_scatter: PSNR against sparseness of each photograph and their medians.
Figure draw_scatter(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir);
/// heterogeneity_resilience: PSNR and sparseness against the cut, in the three readings.
Figure draw_resilience(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir);
/// heterogeneity_orientations: orientations and bandwidths of the kernels, by use, and of the photographs.
Figure draw_orientations(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir);
/// heterogeneity_kernels: all kernels of each run.
Figure draw_kernels(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir);
/// heterogeneity_course: PSNR and sparseness against time of presentation, and PSNR against spikes of a
/// pixel, of the runs that spike.
Figure draw_course(std::span<const CodedPhotographs> runs, const std::filesystem::path& dir);

}  // namespace analysis
