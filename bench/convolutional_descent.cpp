#include "bench/convolutional_descent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "bench/convolutional_population.hpp"
#include "bench/least_place.hpp"
#include "sim/error.hpp"
#include "sim/simd.hpp"
#include "sim/stop.hpp"

namespace bench {
namespace {

using convolution::Code;
using convolution::Grid;
using convolution::Image;
using convolution::Solution;
using convolution::Task;

/// Where shrinkage leaves nothing: [-lambda, lambda], or everything below lambda if codes are not negative.
struct Band {
    float low, high;
};

/// The optimum of a coordinate less what it is, for g = b - Q a.
inline float move_of(float g, float a, float d, float per_d, Band band) {
    const float z = g + d * a;
    const float held = z < band.low ? band.low : (z > band.high ? band.high : z);
    return (z - held) * per_d - a;
}

/// By how much a move lowers the energy.
inline float gain_of(float move, float g, float a, float d, float lambda) {
    return move * (g - 0.5F * d * move) - lambda * (std::abs(a + move) - std::abs(a));
}

/// g -= delta w for the K neurons of a place. returns the largest gain of a move
float subtract(std::size_t K, const float* w, float delta, const float* d, const float* per_d, Band band,
               const float* a, float* g) {
    std::int32_t largest = 0;  // bits of floats >= 0 are ordered as the floats are, and make a vector
    for (std::size_t k = 0; k < K; ++k) {
        g[k] -= delta * w[k];
        const float move = move_of(g[k], a[k], d[k], per_d[k], band);
        const auto gain = std::bit_cast<std::int32_t>(gain_of(move, g[k], a[k], d[k], band.high));
        largest = gain > largest ? gain : largest;
    }
    return std::bit_cast<float>(largest);
}

/// One solution on its way. Keys of places are minus the largest gain.
class Descent {
  public:
    Descent(const Task& task, const Grid& grid, const sim::Interaction& Q, const Image& image)
        : Q_(Q),
          K_(task.kernels.n),
          d_(Q.diagonals().first(K_)),
          lambda_(task.lambda),
          band_{task.is_signed ? -static_cast<float>(task.lambda) : -std::numeric_limits<float>::infinity(),
                static_cast<float>(task.lambda)},
          per_d_(K_),
          g_(convolution::by_place(convolution::drive(task, image), K_)),
          a_(g_.size(), 0.0F),
          gains_(grid.rows, grid.cols) {
        for (std::size_t k = 0; k < K_; ++k) per_d_[k] = 1.0F / d_[k];
        for (const float pixel : image.pixels)
            energy_ += 0.5 * static_cast<double>(pixel) * static_cast<double>(pixel);
        const std::vector<float> nothing(grid.cols * K_, 0.0F);
        for (std::size_t y = 0; y < grid.rows; ++y)
            subtract_run(y * grid.cols, grid.cols, nothing.data(), 0.0F);
    }

    double energy() const { return energy_; }
    /// By how much the next move lowers the energy.
    double gain() const { return -gains_.key(gains_.find()); }
    Code code() const { return convolution::by_kernel(a_, K_); }

    void move() {
        const std::size_t place = gains_.find(), k = best_of(place), i = place * K_ + k;
        const float d = d_[k], delta = move_of(g_[i], a_[i], d, per_d_[k], band_);
        const auto a = static_cast<double>(a_[i]), step = static_cast<double>(delta);
        energy_ += step * (0.5 * static_cast<double>(d) * step - static_cast<double>(g_[i])) +
                   lambda_ * (std::abs(a + step) - std::abs(a));
        a_[i] += delta;
        for (const auto& run : Q_.runs(i))
            subtract_run(run.first / K_, run.size / K_, Q_.weights(run).data(), delta);
    }

  private:
    void subtract_run(std::size_t first, std::size_t n, const float* w, float delta) {
        const auto keys = gains_.keys(first, n);
        for (std::size_t p = 0; p < n; ++p) {
            const std::size_t i = (first + p) * K_;
            keys[p] = -static_cast<double>(
                sim::simd<subtract>(K_, w + p * K_, delta, d_.data(), per_d_.data(), band_, &a_[i], &g_[i]));
        }
        gains_.changed(first, n);
    }
    std::size_t best_of(std::size_t place) const {
        std::size_t best = 0;
        float largest = 0.0F;
        for (std::size_t k = 0; k < K_; ++k) {
            const std::size_t i = place * K_ + k;
            const float d = d_[k], move = move_of(g_[i], a_[i], d, per_d_[k], band_);
            if (const float gain = gain_of(move, g_[i], a_[i], d, band_.high); gain > largest) {
                largest = gain;
                best = k;
            }
        }
        return best;
    }

    const sim::Interaction& Q_;
    std::size_t K_;
    std::span<const float> d_;  // of each kernel
    double lambda_;
    Band band_;
    std::vector<float> per_d_;  // 1 / Q_ii, shape (K)
    std::vector<float> g_, a_;  // b - Q a; the code
    LeastPlace gains_;
    double energy_ = 0.0;
};

}  // namespace

ConvolutionalDescent::ConvolutionalDescent(const Task& task, std::size_t rows, std::size_t cols,
                                           const ConvolutionalDescentSettings& settings)
    : task_(task), rows_(rows), cols_(cols), settings_(settings) {
    Task without_twins = task;
    without_twins.is_signed = false;
    Q_ = convolution::program_of(without_twins, rows, cols).Q;
}

Solution ConvolutionalDescent::solve(const Image& image) const {
    if (image.rows != rows_ || image.cols != cols_)
        throw sim::ConfigError(fmt::format("the image must be of {} x {} px, got {} x {} px", rows_, cols_,
                                           image.rows, image.cols));
    Descent descent(task_, grid_of(task_, rows_, cols_), Q_, image);
    const auto largest_d = static_cast<double>(std::ranges::max(Q_.diagonals()));
    const double least_gain = 0.5 * settings_.tolerance * settings_.tolerance / largest_d;
    Solution solution;
    while (solution.updates < settings_.max_updates && descent.energy() > settings_.energy &&
           descent.gain() > least_gain) {
        sim::check_stop();
        descent.move();
        ++solution.updates;
    }
    solution.code = descent.code();
    return solution;
}

}  // namespace bench
