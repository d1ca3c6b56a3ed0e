// The interaction operator Q: what a spike of neuron j does to every neuron it reaches. Symmetric where it is
// that of a program, not where weights are learned; stored by
// columns, each column as runs of consecutive neurons, so that a dense operator is one run per column, a
// neighbourhood on a row-major sheet is one run per sheet row, and the cost of a spike is the number of
// neighbours either way.
#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/aligned.hpp"

namespace sim {

class Interaction {
  public:
    /// Neurons first .. first + size - 1 of one column; their weights start at `offset` in weights().
    struct Run {
        std::uint32_t first, size;
        std::size_t offset;
    };

    /// All-to-all, all zero.
    static Interaction dense(std::size_t n);
    /// A copy of a symmetric matrix.
    static Interaction dense(const Eigen::MatrixXd& Q);
    /// Zero, with room for the pairs (neighbours[j][k], j); each list is sorted, holds j itself, and the
    /// lists are symmetric.
    static Interaction local(const std::vector<std::vector<std::uint32_t>>& neighbours);

    std::size_t size() const { return first_run_.size() - 1; }
    std::size_t n_weights() const { return weights_.size(); }

    std::span<const Run> runs(std::size_t j) const {
        return {runs_.data() + first_run_[j], first_run_[j + 1] - first_run_[j]};
    }
    std::span<const float> weights(const Run& run) const { return {weights_.data() + run.offset, run.size}; }
    /// To be written to, but for the diagonal.
    std::span<float> weights(const Run& run) {
        forget_excitation(column_of(run));
        return {weights_.data() + run.offset, run.size};
    }
    /// All weights, column by column, as they are kept.
    std::vector<float> weights() const { return {weights_.begin(), weights_.end()}; }
    /// Takes weights() of an interaction of the same pattern.
    void restore(std::span<const float> weights);
    /// All pairs, shape (n, n), row-major: Q_ij, what a spike of j does to i, at i n + j; and back, as far as
    /// pairs are in the pattern.
    std::vector<float> to_dense() const;
    void set_dense(std::span<const float> Q);

    /// Q_ij; 0 where neuron j does not reach i.
    double operator()(std::size_t i, std::size_t j) const;
    /// Q_jj.
    double diagonal(std::size_t j) const { return static_cast<double>(diagonal_value_[j]); }
    /// Those of all, shape (n).
    std::span<const float> diagonals() const { return diagonal_value_; }
    /// Whether every neuron reaches every other, so that each column is one run.
    bool is_dense() const { return n_weights() == size() * size(); }
    /// The largest of -Q_ij over all i, or 0: by how much j excites whom it excites most. Kept until the
    /// column changes.
    float greatest_excitation(std::size_t j) const;
    /// sum_i Q_ij x_i, for the symmetric Q also row j of Q x.
    double column_dot(std::size_t j, std::span<const double> x) const;

    /// Sets Q_ij in several stretches of i, in ascending order, as far as j reaches those neurons; the values of all
    /// stand one after the other.
    struct Stretch {
        std::uint32_t first, size;
    };
    void set(std::size_t j, std::span<const Stretch> stretches, const float* values);
    /// Sets Q_ij for i = first .. first + values.size() - 1, as far as j reaches those neurons.
    void set(std::size_t j, std::size_t first, std::span<const float> values);
    /// Adds to one weight. The pair must be in the pattern.
    void add(std::size_t i, std::size_t j, float value);

  private:
    void append_column(std::span<const std::uint32_t> neurons);
    void remember_diagonal();
    std::size_t column_of(const Run& run) const;
    void forget_excitation(std::size_t j) const;
    const Run* run_of(std::size_t i, std::size_t j) const;

    std::vector<std::size_t> first_run_{0};  // shape (n + 1)
    std::vector<Run> runs_;
    std::vector<std::size_t> diagonal_;  // where Q_jj stands in weights_, shape (n)
    AlignedVector<float> weights_;
    std::vector<float> diagonal_value_;      // Q_jj once more, side by side: asked for all at once
    mutable std::vector<float> excitation_;  // greatest_excitation(), kUnknown until it is asked for
};

}  // namespace sim
