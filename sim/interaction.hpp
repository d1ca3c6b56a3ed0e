// The interaction operator Q: what a spike of neuron j does to every neuron it reaches. Symmetric where it is
// that of a program, not where weights are learned; stored by
// columns, each column as runs of consecutive neurons, so that a dense operator is one run per column, a
// neighbourhood on a row-major sheet is one run per sheet row, and the cost of a spike is the number of
// neighbours either way. Where all places of a grid do the same to their surroundings, one table holds the weights
// of all: runs of different columns then share it.
#pragma once
#include <Eigen/Core>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/aligned.hpp"
#include "sim/kernels.hpp"
#include "sim/stencil.hpp"

namespace sim {

class Interaction {
  public:
    /// Neurons first .. first + size - 1 of one column; their weights start at `offset` in weights().
    struct Run {
        std::uint32_t first, size;
        std::size_t offset;
    };

    /// Runs of one column. Neurons that stand at one place of a grid share them: their weights stand `shift` further
    /// on in the table.
    class Runs {
      public:
        class Iterator {
          public:
            Iterator(const Run* at, std::size_t shift) : at_(at), shift_(shift) {}
            Run operator*() const { return {at_->first, at_->size, at_->offset + shift_}; }
            Iterator& operator++() {
                ++at_;
                return *this;
            }
            bool operator==(const Iterator& other) const { return at_ == other.at_; }

          private:
            const Run* at_;
            std::size_t shift_;
        };

        Runs(std::span<const Run> stored, std::size_t shift) : stored_(stored), shift_(shift) {}
        Iterator begin() const { return {stored_.data(), shift_}; }
        Iterator end() const { return {stored_.data() + stored_.size(), shift_}; }
        std::size_t size() const { return stored_.size(); }
        Run operator[](std::size_t k) const { return *Iterator(stored_.data() + k, shift_); }

      private:
        std::span<const Run> stored_;
        std::size_t shift_;
    };

    /// All-to-all, all zero.
    static Interaction dense(std::size_t n);
    /// A copy of a symmetric matrix.
    static Interaction dense(const Eigen::MatrixXd& Q);
    /// Zero, with room for the pairs (neighbours(j)[k], j), j < n; each list is sorted, holds j itself, and the lists are
    /// symmetric. Each is asked for twice: all of them at once would take as much memory as the weights.
    using Neighbours = std::function<std::vector<std::uint32_t>(std::size_t j)>;
    static Interaction local(std::size_t n, const Neighbours& neighbours);
    /// Correlations of the same kernels at every place of a grid (sim/kernels.hpp); no weight of it can be set. It is
    /// begun with its diagonal alone: who solves by the kernels needs no weights, and these are many.
    static Interaction shared(Kernels kernels, const Grid& grid);
    /// Behind the n neurons of a shared one come their twins, whose fields are the opposite ones: Q = [G -G; -G G].
    /// Before its weights are made.
    void add_twins();
    bool has_twins() const { return has_twins_; }
    /// The weights of a shared one: one table for all places, which holds -G too where there are twins, so that runs
    /// are those of any column. Where borders are periodic, kernels may reach no place twice.
    /// O((K height width)^2), on all cores
    void make_weights();
    bool has_weights() const { return !weights_.empty(); }
    /// Of a shared one: the same object until other kernels come.
    const std::shared_ptr<const Kernels>& kernels() const { return kernels_; }
    const Grid& grid() const { return grid_; }

    std::size_t size() const {
        return is_shared() ? grid_.size() * n_kernels_ * (has_twins_ ? 2 : 1) : diagonal_value_.size();
    }
    /// Weights that are kept; of a shared one, in its table.
    std::size_t n_weights() const { return weights_.size(); }
    /// Pairs (i, j) of which j reaches i.
    std::size_t n_pairs() const;
    bool is_shared() const { return n_kernels_ > 0; }

    Runs runs(std::size_t j) const {
        assert(has_weights());
        if (is_shared()) return {runs_of(j / n_kernels_), j % n_kernels_ * kernel_size_};
        return {runs_of(j), 0};
    }
    std::span<const float> weights(const Run& run) const { return {weights_.data() + run.offset, run.size}; }
    /// To be written to, but for the diagonal.
    std::span<float> weights(const Run& run) {
        assert(!is_shared());
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
    double diagonal(std::size_t j) const {
        return static_cast<double>(diagonal_value_[j < diagonal_value_.size() ? j : j % n_kernels_]);
    }
    /// Those of all, shape (n); of a shared one without weights, shape (K).
    std::span<const float> diagonals() const { return diagonal_value_; }
    /// Whether every neuron reaches every other, so that each column is one run.
    bool is_dense() const { return !is_shared() && n_weights() == size() * size(); }
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
    /// Brings columns together that ranks (sim/ranks.hpp) have set: those up to ends[k] are of rank k.
    void gather_columns(std::span<const std::size_t> ends);
    /// Of [G -G; -G G], where each neuron and its twin reach the same neurons and their twins, makes all from G. Not of a
    /// shared one, whose twins share weights.
    void fill_twins();
    /// Adds to one weight. The pair must be in the pattern.
    void add(std::size_t i, std::size_t j, float value);

  private:
    void append_column(std::span<const std::uint32_t> neurons);
    void make_twins_weights();
    void remember_diagonal();
    std::size_t column_of(const Run& run) const;
    void forget_excitation(std::size_t j) const;
    std::span<const Run> runs_of(std::size_t column) const {
        return {runs_.data() + first_run_[column], first_run_[column + 1] - first_run_[column]};
    }
    const Run* run_of(std::size_t i, std::size_t j) const;

    bool has_twins_ = false;
    std::shared_ptr<const Kernels> kernels_;  // of a shared one
    Grid grid_;
    std::size_t n_kernels_ = 0,
                kernel_size_ = 0;            // of a shared one: K, and weights of one kernel in the table
    std::vector<std::size_t> first_run_{0};  // shape (n + 1); of a shared one (places + 1), those of kernel 0
    std::vector<Run> runs_;
    std::vector<std::size_t> diagonal_;  // where Q_jj stands in weights_, shape (n); of a shared one none
    AlignedVector<float> weights_;
    std::vector<float> diagonal_value_;      // diagonals(): Q_jj once more, side by side
    mutable std::vector<float> excitation_;  // greatest_excitation(), kUnknown until it is asked for
};

}  // namespace sim
