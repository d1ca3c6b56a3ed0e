// Learning of kernels from what codes leave unexplained.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "convolution/problem.hpp"
#include "sim/homeostasis.hpp"
#include "sim/params.hpp"
#include "sim/state.hpp"

namespace convolution {

struct LearningSettings {
    explicit LearningSettings(const sim::Params& block);

    std::size_t presentations, crop, iterations;
    double lambda, eta, slowing;
    sim::HomeostasisSettings homeostasis;

    /// At presentation i.
    double rate(std::size_t i) const;
};

/// Thresholds of kernels that are learned: each lambda_k moves until all kernels are active equally often,
/// since what is never active learns nothing. Solvers know one lambda: they are asked with kernels of norm
/// lambda / lambda_k, whose code times that norm is the code of unit norm under lambda_k.
class Thresholds {
  public:
    /// lambda: of all kernels at first
    Thresholds(const sim::HomeostasisSettings& settings, double lambda, std::size_t n_kernels);

    /// The kernels d_k lambda / lambda_k, shape (K, height, width).
    Kernels weigh(Kernels unit) const;
    /// The code of kernels of unit norm, from one of weighed kernels.
    Code unweigh(Code code) const;
    /// After a crop, whose code it is.
    void follow(std::span<const float> code);

    const std::vector<double>& lambda() const { return lambda_; }  // shape (K)
    const std::vector<double>& activity() const { return homeostasis_.activity(); }
    void restore(const std::vector<double>& lambda, const std::vector<double>& activity) {
        lambda_ = lambda;
        homeostasis_.restore(activity);
    }

  private:
    double initial_;
    std::vector<double> lambda_;
    sim::Homeostasis homeostasis_;
};

/// What learning has come to: all that it goes on from. Energies are of a pixel, of each crop before it is
/// learned from.
struct Learned {
    Kernels kernels;                                // of unit norm, if there are crops to learn from
    std::vector<double> lambda;                     // threshold of each kernel, shape (K)
    std::vector<double> activity;                   // running part of positions where it is active, shape (K)
    std::vector<double> energy, energy_of_no_code;  // shape (crops so far)

    void state(sim::State& s) {
        s(kernels.n, kernels.height, kernels.width, kernels.values, lambda, activity, energy,
          energy_of_no_code);
    }
};

/// Kernels while they are learned. After each crop
///
///     d_k <- d_k + eta_i / A sum_(y, x) a_k(y, x) r(y + ., x + .)     r = s - sum_k d_k * a_k
///
/// and then unit norm: a step down the gradient of 1/2 |r|^2. It is local: a kernel sees its own activity and
/// the residual below it. A, the mean over kernels of the crop's sum a_k^2, lets one clean edge teach as much
/// as a crop full of leaves, whose power is many times larger; nothing is learned from a code that is zero.
/// source  Olshausen & Field (1996), Nature 381:607, summed over positions
class KernelLearner {
  public:
    /// task: the experiment's, its kernels as they are made
    KernelLearner(const LearningSettings& settings, Task task);
    void go_on_from(const Learned& before);

    /// What the next crop's code has to solve: lambda is that of learning, kernels lie within the crop, since
    /// what lies beyond its edges is not its opposite edge.
    Task asked() const;
    /// One step from a crop and the code of what was asked.
    void learn(const Image& crop, Code code);
    Learned learned() const;
    std::size_t n_crops() const { return energy_.size(); }

  private:
    LearningSettings settings_;
    Task task_;
    Thresholds thresholds_;
    std::vector<double> energy_, energy_of_no_code_;
};

/// d_k <- d_k + rate sum_(y, x) a_k(y, x) r(y + ., x + .), then unit norm. O(active x kernel size)
void step(Task& task, const Image& image, std::span<const float> code, double rate);

}  // namespace convolution
