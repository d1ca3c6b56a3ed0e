// Fields that neurons at all places of a frame share: the same K kernels at each place of a grid. Neuron (y cols + x) K + k
// has kernel k with its upper left corner at pixel (y stride, x stride); what runs over an edge, where borders are
// periodic, comes in at the opposite one.
#pragma once
#include "sim/fields.hpp"
#include "sim/kernel_settings.hpp"

namespace sim {

/// What a config says of shared kernels, in the block `kernels` of a population.
struct SharedKernelSettings {
    KernelSettings bank;
    Kernels shape;           // of the kernels, without values
    std::size_t rows, cols;  // of a frame [px]
    Grid places;

    std::size_t size() const { return places.size() * shape.n; }
};

/// block: `kernels`; rows, cols: of a frame [px]. throws ConfigError if kernels do not fit into the frame, its size not
/// its borders, or neurons or weights not into memory
SharedKernelSettings read_shared_kernels(const Params& block, std::size_t rows, std::size_t cols);
/// Once more where each neuron has a twin, for codes of either sign.
void check_twins_fit(const Params& block, const SharedKernelSettings& settings);

/// Drive b of every frame, (M, B): the correlation of all kernels with it at all places, shape (N, B).
Eigen::MatrixXf drive(const Kernels& kernels, const Grid& places, std::size_t rows, std::size_t cols,
                      const Eigen::MatrixXf& frames);

class SharedKernels final : public Fields {
  public:
    /// All zero.
    explicit SharedKernels(const SharedKernelSettings& settings);

    const Kernels& kernels() const { return kernels_; }

    std::size_t size() const override { return settings_.size(); }
    std::size_t pixels() const override { return settings_.rows * settings_.cols; }
    std::vector<double> visual_positions() const override;
    void initialise(std::uint64_t seed) override;
    Eigen::MatrixXf drive(const Eigen::MatrixXf& frames) const override;
    Eigen::MatrixXf residual(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& codes) const override;
    std::vector<double> norms() const override;
    void gram(Interaction& Q) const override;
    std::vector<float> values() const override { return kernels_.values; }
    void set_values(std::span<const float> values) override;
    std::vector<std::uint64_t> shape() const override {
        return {kernels_.n, kernels_.height, kernels_.width};
    }
    std::string dataset() const override { return "kernels"; }
    std::vector<float> in_frame() const override;

    /// d_k += rate sum over frames and places of a_k(y, x) r(y + ., x + .), then unit norm. residual: (M, B), codes:
    /// (N, B). O(active x kernel size)
    void learn(const Eigen::MatrixXf& residual, const Eigen::MatrixXf& codes, double rate);

  private:
    void visit(std::size_t place, const auto& use) const;

    SharedKernelSettings settings_;
    Kernels kernels_;
};

}  // namespace sim
