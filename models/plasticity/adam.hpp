// Adam (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1): steps of about equal size in every pixel, whatever
// the size of its gradient. No local rule: it stands here to be compared with
// (docs/models/residual_hebbian.md).
#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "sim/elementary.hpp"

namespace models {

class Adam {
  public:
    Adam(Eigen::Index rows, Eigen::Index cols)
        : m_(Eigen::ArrayXXf::Zero(rows, cols)), v_(Eigen::ArrayXXf::Zero(rows, cols)) {}

    /// The step for a gradient, of a size near 1 in each of its elements.
    Eigen::MatrixXf step(const Eigen::MatrixXf& gradient) {
        ++n_;
        m_ += (1.0F - kBeta1) * (gradient.array() - m_);
        v_ += (1.0F - kBeta2) * (gradient.array().square() - v_);
        const auto m_scale = static_cast<float>(1.0 / (1.0 - sim::pow(kBeta1, n_)));
        const auto v_scale = static_cast<float>(1.0 / (1.0 - sim::pow(kBeta2, n_)));
        return m_scale * m_ / ((v_scale * v_).sqrt() + kEpsilon);
    }

    /// Number of steps, then both means.
    std::vector<double> state() const {
        std::vector<double> all{n_};
        for (const Eigen::ArrayXXf* mean : {&m_, &v_})
            all.insert(all.end(), mean->data(), mean->data() + mean->size());
        return all;
    }
    void restore(std::span<const double> state) {
        n_ = state[0];
        const auto size = static_cast<std::size_t>(m_.size());
        const auto values = [&](std::size_t first) { return state.subspan(first, size); };
        std::ranges::transform(values(1), m_.data(), [](double x) { return static_cast<float>(x); });
        std::ranges::transform(values(1 + size), v_.data(), [](double x) { return static_cast<float>(x); });
    }

  private:
    static constexpr float kBeta1 = 0.9F, kBeta2 = 0.999F, kEpsilon = 1e-8F;
    double n_ = 0.0;
    Eigen::ArrayXXf m_, v_;  // running means of the gradient and of its square
};

}  // namespace models
