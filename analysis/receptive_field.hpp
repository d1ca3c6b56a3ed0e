// Receptive fields from responses to frames.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace analysis {

/// Spike-triggered average of N neurons: the mean of the frames weighted by the responses, less that of all
/// frames,
///     sum_k r_k s_k / sum_k r_k - mean of s,
/// in units of the frames. Of white noise this is a linear-nonlinear neuron's linear filter but for its
/// scale.
///
/// frames      shape (n, M), a frame of M pixels in each row, finite
/// responses   shape (n, N): spikes or rate while the frame was shown, finite and >= 0
/// n_pixels    M > 0
/// returns     shape (N, M); NaN for a neuron that never responds
/// throws      sim::Error if the shapes do not agree; NumericsError if a number is not as above
///             O(n N M), on all cores; the result does not depend on their number
/// source      Dayan & Abbott (2001), sec. 1.3; Chichilnisky (2001), Network 12:199
std::vector<float> spike_triggered_average(std::span<const float> frames, std::span<const float> responses,
                                           std::size_t n_pixels);

/// Pearson's correlation of two fields pixel by pixel, in [-1, 1]; NaN if one is the same everywhere or has a
/// NaN.
///
/// throws   sim::Error if the lengths differ
double field_correlation(std::span<const float> a, std::span<const float> b);

}  // namespace analysis
