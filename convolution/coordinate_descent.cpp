#include "convolution/coordinate_descent.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "convolution/least_place.hpp"
#include "sim/simd.hpp"
#include "sim/stop.hpp"

namespace convolution {
namespace {

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
STRIATE_SIMD float subtract(std::size_t K, const float* w, float delta, const float* d, const float* per_d,
                            Band band, const float* a, float* g) {
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
    Descent(const Task& task, const Correlations& Q, const Image& image)
        : Q_(Q),
          K_(Q.n_kernels()),
          lambda_(task.lambda),
          band_{task.is_signed ? -static_cast<float>(task.lambda) : -std::numeric_limits<float>::infinity(),
                static_cast<float>(task.lambda)},
          per_d_(K_),
          g_(by_place(drive(task, image), K_)),
          a_(g_.size(), 0.0F),
          gains_(Q.grid().rows, Q.grid().cols) {
        for (std::size_t k = 0; k < K_; ++k) per_d_[k] = 1.0F / Q.diagonal()[k];
        for (const float pixel : image.pixels)
            energy_ += 0.5 * static_cast<double>(pixel) * static_cast<double>(pixel);
        const std::vector<float> nothing(Q.grid().cols * K_, 0.0F);
        for (std::size_t y = 0; y < Q.grid().rows; ++y)
            subtract_run(y * Q.grid().cols, Q.grid().cols, nothing.data(), 0.0F);
    }

    double energy() const { return energy_; }
    /// By how much the next move lowers the energy.
    double gain() const { return -gains_.key(gains_.find()); }
    Code code() const { return by_kernel(a_, K_); }

    void move() {
        const std::size_t place = gains_.find(), k = best_of(place), i = place * K_ + k;
        const float d = Q_.diagonal()[k], delta = move_of(g_[i], a_[i], d, per_d_[k], band_);
        const auto a = static_cast<double>(a_[i]), step = static_cast<double>(delta);
        energy_ += step * (0.5 * static_cast<double>(d) * step - static_cast<double>(g_[i])) +
                   lambda_ * (std::abs(a + step) - std::abs(a));
        a_[i] += delta;
        const std::size_t cols = Q_.grid().cols;
        Q_.for_each_run(k, place / cols, place % cols, [&](std::size_t first, std::size_t n, const float* w) {
            subtract_run(first, n, w, delta);
        });
    }

  private:
    void subtract_run(std::size_t first, std::size_t n, const float* w, float delta) {
        const auto keys = gains_.keys(first, n);
        for (std::size_t p = 0; p < n; ++p) {
            const std::size_t i = (first + p) * K_;
            keys[p] = -static_cast<double>(
                subtract(K_, w + p * K_, delta, Q_.diagonal().data(), per_d_.data(), band_, &a_[i], &g_[i]));
        }
        gains_.changed(first, n);
    }
    std::size_t best_of(std::size_t place) const {
        std::size_t best = 0;
        float largest = 0.0F;
        for (std::size_t k = 0; k < K_; ++k) {
            const std::size_t i = place * K_ + k;
            const float d = Q_.diagonal()[k], move = move_of(g_[i], a_[i], d, per_d_[k], band_);
            if (const float gain = gain_of(move, g_[i], a_[i], d, band_.high); gain > largest) {
                largest = gain;
                best = k;
            }
        }
        return best;
    }

    const Correlations& Q_;
    std::size_t K_;
    double lambda_;
    Band band_;
    std::vector<float> per_d_;  // 1 / Q_ii, shape (K)
    std::vector<float> g_, a_;  // b - Q a; the code
    LeastPlace gains_;
    double energy_ = 0.0;
};

}  // namespace

CoordinateDescent::CoordinateDescent(const Task& task, std::size_t rows, std::size_t cols,
                                     const CoordinateDescentSettings& settings)
    : task_(task), Q_(task, rows, cols), settings_(settings) {}

Solution CoordinateDescent::solve(const Image& image) const {
    Q_.check_size(image);
    Descent descent(task_, Q_, image);
    const auto largest_d = static_cast<double>(std::ranges::max(Q_.diagonal()));
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

}  // namespace convolution
