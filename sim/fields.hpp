// The fields of a population that codes: what each neuron sees, a column of Phi. Two sorts: Dictionary, where each
// neuron has its own, and SharedKernels, where neurons at all places share theirs.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/interaction.hpp"

namespace sim {

class Fields {
  public:
    virtual ~Fields() = default;

    virtual std::size_t size() const = 0;  // N
    /// Of a frame; what is seen of it may have several planes of so many.
    virtual std::size_t pixels() const = 0;
    /// Row and column of each neuron's place in the frame [px], shape (N, 2), row-major.
    virtual std::vector<double> visual_positions() const = 0;

    /// Makes them as they are before the first batch.
    virtual void initialise(std::uint64_t seed) = 0;

    /// Drive b = Phi^T s of every frame, as it is seen. frames: (M, B); returns (N, B).
    virtual Eigen::MatrixXf drive(const Eigen::MatrixXf& frames) const = 0;
    /// What the codes leave unexplained: S - Phi A. frames: (M, B), codes: (N, B); only active neurons cost
    /// anything.
    virtual Eigen::MatrixXf residual(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& codes) const = 0;
    /// Euclidean norm of each field, shape (N).
    virtual std::vector<double> norms() const = 0;
    /// Makes Q the Gram matrix Phi^T Phi. Q: of a pattern made for them, which holds all pairs that overlap.
    virtual void gram(Interaction& Q) const = 0;

    /// What there is to learn, as files and checkpoints keep it, and back. throws Error if it is of another size.
    virtual std::vector<float> values() const = 0;
    virtual void set_values(std::span<const float> values) = 0;
    /// Of values(), and their name in files.
    virtual std::vector<std::uint64_t> shape() const = 0;
    virtual std::string dataset() const = 0;

    /// All fields as full frames, shape (N, M), row-major.
    virtual std::vector<float> in_frame() const = 0;
};

}  // namespace sim
