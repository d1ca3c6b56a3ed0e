#include "sim/interaction.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>

#include "sim/parallel.hpp"
#include "sim/ranks.hpp"

namespace sim {
namespace {

constexpr std::uint32_t kUsual = 16;  // neurons of a stretch, mostly: those of a row of a tile

constexpr float kUnknown = -1.0F;

/// Consecutive places of a row, or rows, that one reaches; `from`: which of a stencil's comes first.
struct Reach {
    std::size_t first, size, from;
};

/// What the place `at` of n reaches, in ascending order.
std::vector<Reach> reached(std::size_t at, std::size_t reach, std::size_t n, Border border) {
    if (border == Border::valid) {
        const std::size_t first = at - std::min(at, reach), last = std::min(at + reach, n - 1);
        return {{first, last - first + 1, first + reach - at}};
    }
    const std::size_t all = 2 * reach + 1;
    if (at < reach) return {{0, at + reach + 1, reach - at}, {n + at - reach, reach - at, 0}};
    if (at + reach < n) return {{at - reach, all, 0}};
    const std::size_t over = at + reach + 1 - n;
    return {{0, over, all - over}, {at - reach, all - over, 0}};
}

}  // namespace

void Interaction::append_column(std::span<const std::uint32_t> neurons) {
    std::size_t offset = weights_.size();
    const std::size_t column = size();
    for (std::size_t k = 0; k < neurons.size(); ++k, ++offset) {
        if (neurons[k] == column) diagonal_.push_back(offset);
        if (k > 0 && neurons[k] == neurons[k - 1] + 1)
            ++runs_.back().size;
        else
            runs_.push_back({neurons[k], 1, offset});
    }
    weights_.resize(offset, 0.0F);
    diagonal_value_.push_back(0.0F);
    excitation_.push_back(kUnknown);
    assert(diagonal_.size() == column + 1);  // every neuron reaches itself
    first_run_.push_back(runs_.size());
}

Interaction Interaction::dense(std::size_t n) {
    std::vector<std::uint32_t> all(n);
    std::iota(all.begin(), all.end(), 0U);
    Interaction result;
    result.weights_.reserve(n * n);
    for (std::size_t j = 0; j < n; ++j) result.append_column(all);
    return result;
}

Interaction Interaction::dense(const Eigen::MatrixXd& Q) {
    assert(Q.rows() == Q.cols());
    Interaction result = dense(static_cast<std::size_t>(Q.cols()));
    const Eigen::MatrixXf single = Q.cast<float>();
    for (std::size_t j = 0; j < result.size(); ++j)
        result.set(j, 0, {single.col(static_cast<Eigen::Index>(j)).data(), result.size()});
    return result;
}

Interaction Interaction::local(std::size_t n, const Neighbours& neighbours) {
    Interaction result;
    std::size_t total = 0;
    for (std::size_t j = 0; j < n; ++j) total += neighbours(j).size();
    result.weights_.reserve(total);
    for (std::size_t j = 0; j < n; ++j) result.append_column(neighbours(j));
    return result;
}

Interaction Interaction::shared(Kernels kernels, const Grid& grid) {
    Interaction result;
    result.n_kernels_ = kernels.n;
    result.grid_ = grid;
    const std::vector<double> diagonal = squared_norms(kernels);
    for (const double d : diagonal) result.diagonal_value_.push_back(static_cast<float>(d));
    result.kernels_ = std::make_shared<const Kernels>(std::move(kernels));
    return result;
}

void Interaction::add_twins() {
    assert(is_shared() && !has_twins_ && !has_weights());
    has_twins_ = true;
}

void Interaction::make_weights() {
    assert(is_shared() && !has_weights());
    Stencil stencil = correlations(*kernels_, grid_.stride);
    const std::size_t K = n_kernels_, width = stencil.width();
    kernel_size_ = stencil.size_of_kernel();
    for (std::size_t y = 0; y < grid_.rows; ++y)
        for (std::size_t x = 0; x < grid_.cols; ++x) {
            for (const Reach& rows : reached(y, stencil.reach_y, grid_.rows, grid_.border))
                for (std::size_t row = 0; row < rows.size; ++row)
                    for (const Reach& cols : reached(x, stencil.reach_x, grid_.cols, grid_.border))
                        runs_.push_back(
                            {static_cast<std::uint32_t>(((rows.first + row) * grid_.cols + cols.first) * K),
                             static_cast<std::uint32_t>(cols.size * K),
                             ((rows.from + row) * width + cols.from) * K});
            first_run_.push_back(runs_.size());
        }
    weights_ = std::move(stencil.weights);
    if (has_twins_) make_twins_weights();
    diagonal_value_.resize(size());
    for (std::size_t j = K; j < size(); ++j) diagonal_value_[j] = diagonal_value_[j - K];
    excitation_.assign(size(), kUnknown);
}

void Interaction::make_twins_weights() {
    const std::size_t n = size() / 2, table = weights_.size();
    weights_.resize(2 * table);
    for (std::size_t k = 0; k < table; ++k) weights_[table + k] = -weights_[k];
    const std::vector<Run> runs = std::move(runs_);
    const std::vector<std::size_t> first_run = std::move(first_run_);
    runs_.clear();
    first_run_ = {0};
    for (const bool is_twin : {false, true})
        for (std::size_t column = 0; column + 1 < first_run.size(); ++column) {
            for (const bool reaches_twins : {false, true})
                for (std::size_t k = first_run[column]; k < first_run[column + 1]; ++k)
                    runs_.push_back({static_cast<std::uint32_t>(runs[k].first + (reaches_twins ? n : 0)),
                                     runs[k].size, runs[k].offset + (is_twin != reaches_twins ? table : 0)});
            first_run_.push_back(runs_.size());
        }
}

std::size_t Interaction::n_pairs() const {
    if (!is_shared()) return n_weights();
    std::size_t n = 0;
    for (const Run& run : runs_) n += run.size;
    return n * n_kernels_;
}

/// The run of column j, as stored, that holds neuron i or is the first after it; nullptr if there is none.
const Interaction::Run* Interaction::run_of(std::size_t i, std::size_t j) const {
    const auto column = runs_of(is_shared() ? j / n_kernels_ : j);
    const auto after = std::partition_point(column.begin(), column.end(),
                                            [i](const Run& run) { return run.first + run.size <= i; });
    return after == column.end() ? nullptr : &*after;
}

double Interaction::operator()(std::size_t i, std::size_t j) const {
    const Run* run = run_of(i, j);
    if (run == nullptr || i < run->first) return 0.0;
    const std::size_t shift = is_shared() ? j % n_kernels_ * kernel_size_ : 0;
    return static_cast<double>(weights_[run->offset + shift + (i - run->first)]);
}

double Interaction::column_dot(std::size_t j, std::span<const double> x) const {
    double sum = 0.0;
    for (const Run run : runs(j)) {
        const float* w = weights_.data() + run.offset;
        const double* at = x.data() + run.first;
        for (std::size_t k = 0; k < run.size; ++k) sum += static_cast<double>(w[k]) * at[k];
    }
    return sum;
}

void Interaction::set(std::size_t j, std::size_t first, std::span<const float> values) {
    const Stretch one{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(values.size())};
    set(j, {&one, 1}, values.data());
}

void Interaction::set(std::size_t j, std::span<const Stretch> stretches, const float* values) {
    assert(!is_shared());
    if (stretches.empty()) return;
    const Run* const last = runs_.data() + first_run_[j + 1];
    const Run* run = run_of(stretches.front().first, j);
    if (run == nullptr) run = last;
    for (const auto& [first, size] : stretches) {
        while (run != last && run->first + run->size <= first) ++run;
        for (const Run* in = run; in != last && in->first < first + size; ++in) {
            const std::uint32_t from = std::max(first, in->first),
                                to = std::min(first + size, in->first + in->size);
            float* const to_weights = weights_.data() + in->offset + (from - in->first);
            const float* const given = values + (from - first);
            if (to - from == kUsual)
                std::memcpy(to_weights, given, kUsual * sizeof(float));  // of known size: no call
            else
                for (std::uint32_t k = 0; k < to - from; ++k) to_weights[k] = given[k];
        }
        if (first <= j && j < first + size) diagonal_value_[j] = values[j - first];
        values += size;
    }
    forget_excitation(j);
}

void Interaction::fill_twins() {
    assert(!is_shared());
    const std::size_t N = size() / 2;
    const auto begin_of = [this](std::size_t column) {
        return column == size() ? weights_.size() : runs_[first_run_[column]].offset;
    };
    parallel_for(std::size_t{0}, N, [&](std::size_t j) {
        const std::size_t n = (begin_of(j + 1) - begin_of(j)) / 2;  // of G; a column stands in one piece
        float* const G = weights_.data() + begin_of(j);
        float* const of_twin = weights_.data() + begin_of(N + j);
        std::transform(G, G + n, G + n, std::negate<>());
        std::copy_n(G + n, n, of_twin);
        std::copy_n(G, n, of_twin + n);
        diagonal_value_[N + j] = diagonal_value_[j];
        forget_excitation(j);
        forget_excitation(N + j);
    });
}

void Interaction::gather_columns(std::span<const std::size_t> ends) {
    if (ranks::n() == 1) return;
    std::vector<std::size_t> ends_of_weights;
    for (const std::size_t column : ends)
        ends_of_weights.push_back(column == size() ? weights_.size() : runs_[first_run_[column]].offset);
    ranks::gather_parts(reinterpret_cast<std::byte*>(weights_.data()), ends_of_weights, sizeof(float));
    ranks::gather_parts(reinterpret_cast<std::byte*>(diagonal_value_.data()), ends, sizeof(float));
    std::fill(excitation_.begin(), excitation_.end(), kUnknown);
}

void Interaction::restore(std::span<const float> weights) {
    assert(!is_shared());
    assert(weights.size() == weights_.size());
    std::copy(weights.begin(), weights.end(), weights_.begin());
    std::fill(excitation_.begin(), excitation_.end(), kUnknown);
    remember_diagonal();
}

std::vector<float> Interaction::to_dense() const {
    const std::size_t n = size();
    std::vector<float> Q(n * n, 0.0F);
    for (std::size_t j = 0; j < n; ++j)
        for (const Run run : runs(j))
            for (std::size_t k = 0; k < run.size; ++k) Q[(run.first + k) * n + j] = weights(run)[k];
    return Q;
}

void Interaction::set_dense(std::span<const float> Q) {
    assert(!is_shared());
    const std::size_t n = size();
    assert(Q.size() == n * n);
    for (std::size_t j = 0; j < n; ++j)
        for (const Run run : runs(j))
            for (std::size_t k = 0; k < run.size; ++k) weights(run)[k] = Q[(run.first + k) * n + j];
    remember_diagonal();
}

// Populations in several threads may ask for a column at once, and tiles of a column may be set at once: all
// store the same number.
float Interaction::greatest_excitation(std::size_t j) const {
    const std::atomic_ref<float> kept(excitation_[j]);
    float result = kept.load(std::memory_order_relaxed);
    if (result != kUnknown) return result;
    result = 0.0F;
    for (const Run run : runs(j))
        for (const float w : weights(run)) result = std::max(result, -w);
    kept.store(result, std::memory_order_relaxed);
    return result;
}

void Interaction::forget_excitation(std::size_t j) const {
    std::atomic_ref<float>(excitation_[j]).store(kUnknown, std::memory_order_relaxed);
}

std::size_t Interaction::column_of(const Run& run) const {
    const auto after = std::upper_bound(first_run_.begin(), first_run_.end(), run.offset,
                                        [this](std::size_t offset, std::size_t first) {
                                            return first == runs_.size() || offset < runs_[first].offset;
                                        });
    return static_cast<std::size_t>(after - first_run_.begin()) - 1;
}

void Interaction::remember_diagonal() {
    for (std::size_t j = 0; j < size(); ++j) diagonal_value_[j] = weights_[diagonal_[j]];
}

void Interaction::add(std::size_t i, std::size_t j, float value) {
    assert(!is_shared());
    const Run* run = run_of(i, j);
    assert(run != nullptr && i >= run->first);
    weights_[run->offset + (i - run->first)] += value;
    forget_excitation(j);
    diagonal_value_[j] = weights_[diagonal_[j]];
}

}  // namespace sim
