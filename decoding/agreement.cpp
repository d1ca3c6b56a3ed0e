#include "decoding/agreement.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sim/parallel.hpp"
#include "sim/rng.hpp"

namespace decoding {
namespace {

std::size_t count_of(std::span<const std::int32_t> label) {
    return static_cast<std::size_t>(*std::ranges::max_element(label)) + 1;
}

/// Points of each group (rows) and class, (groups, classes).
Eigen::MatrixXd contingency(std::span<const std::int32_t> group, std::span<const std::int32_t> label) {
    Eigen::MatrixXd table = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(count_of(group)),
                                                  static_cast<Eigen::Index>(count_of(label)));
    for (std::size_t i = 0; i < label.size(); ++i) table(group[i], label[i]) += 1.0;
    return table;
}

/// Greatest sum of one entry from each row and column of a square matrix. Rows join one after the other; potentials of
/// rows and columns keep every gain at most their sum, and paths are grown along entries where it is equal.
double greatest_matching(const Eigen::MatrixXd& gain) {
    const Eigen::Index n = gain.rows();
    constexpr double kFar = std::numeric_limits<double>::infinity();
    std::vector<double> of_row(static_cast<std::size_t>(n) + 1, 0.0), of_column = of_row;
    std::vector<std::size_t> row_of(static_cast<std::size_t>(n) + 1,
                                    0);  // matched with each column; from 1, 0: none
    const auto slack = [&](std::size_t row, std::size_t column) {
        return -gain(static_cast<Eigen::Index>(row) - 1, static_cast<Eigen::Index>(column) - 1) -
               of_row[row] - of_column[column];
    };
    for (std::size_t row = 1; row < of_row.size(); ++row) {
        std::vector<double> least(of_row.size(), kFar);
        std::vector<std::size_t> before(of_row.size(), 0);
        std::vector<bool> is_reached(of_row.size(), false);
        std::size_t column = 0;
        for (row_of[0] = row; row_of[column] != 0;) {
            is_reached[column] = true;
            std::size_t next = 0;
            double step = kFar;
            for (std::size_t c = 1; c < of_row.size(); ++c) {
                if (is_reached[c]) continue;
                if (const double d = slack(row_of[column], c); d < least[c]) least[c] = d, before[c] = column;
                if (least[c] < step) step = least[c], next = c;
            }
            for (std::size_t c = 0; c < of_row.size(); ++c)
                if (is_reached[c])
                    of_row[row_of[c]] += step, of_column[c] -= step;
                else
                    least[c] -= step;
            column = next;
        }
        for (; column != 0; column = before[column]) row_of[column] = row_of[before[column]];
    }
    double sum = 0.0;
    for (std::size_t c = 1; c < of_row.size(); ++c)
        sum += gain(static_cast<Eigen::Index>(row_of[c]) - 1, static_cast<Eigen::Index>(c) - 1);
    return sum;
}

/// -p log p
double surprise(double p) { return p > 0.0 ? -p * std::log(p) : 0.0; }

double entropy_of(const Eigen::VectorXd& p) {
    return std::accumulate(p.begin(), p.end(), 0.0,
                           [](double sum, double one) { return sum + surprise(one); });
}

/// What is active: of each frame its atoms and amounts.
struct Activity {
    std::vector<std::size_t> first;  // (n + 1)
    std::vector<Eigen::Index> atom;
    std::vector<double> amount;
    std::size_t n_atoms;

    Activity(std::span<const float> a, std::size_t n) : first{0}, n_atoms(n > 0 ? a.size() / n : 0) {
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n_atoms; ++j)
                if (const float x = a[i * n_atoms + j]; x != 0.0F) {
                    atom.push_back(static_cast<Eigen::Index>(j));
                    amount.push_back(std::abs(static_cast<double>(x)));
                }
            first.push_back(atom.size());
        }
    }
};

/// P(atom | class), a row a class that has activity.
Eigen::MatrixXd chances_of_atoms(const Activity& of, std::span<const std::int32_t> label,
                                 std::size_t n_classes) {
    Eigen::MatrixXd sum =
        Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(n_classes), static_cast<Eigen::Index>(of.n_atoms));
    for (std::size_t i = 0; i < label.size(); ++i)
        for (std::size_t k = of.first[i]; k < of.first[i + 1]; ++k) sum(label[i], of.atom[k]) += of.amount[k];
    Eigen::Index n_active = 0;
    for (Eigen::Index c = 0; c < sum.rows(); ++c)
        if (const double all = sum.row(c).sum(); all > 0.0) sum.row(n_active++) = (sum.row(c) / all).eval();
    return sum.topRows(n_active);
}

/// H(class | atom) / H(class), NaN of an atom that is silent. chance: see chances_of_atoms
Eigen::VectorXd unknown_of_class(const Eigen::MatrixXd& chance) {
    Eigen::VectorXd unknown(chance.cols());
    const double all = std::log(static_cast<double>(chance.rows()));
    for (Eigen::Index j = 0; j < chance.cols(); ++j)
        unknown(j) = entropy_of(chance.col(j) / chance.col(j).sum()) / all;  // 0 / 0 of a silent one
    for (Eigen::Index j = 0; j < chance.cols(); ++j)
        if (chance.col(j).sum() == 0.0) unknown(j) = std::numeric_limits<double>::quiet_NaN();
    return unknown;
}

double index_of(const Eigen::MatrixXd& chance) {
    if (chance.rows() < 2) return std::numeric_limits<double>::quiet_NaN();
    const Eigen::VectorXd unknown = unknown_of_class(chance);
    double known = 0.0;
    for (Eigen::Index j = 0; j < chance.cols(); ++j)
        if (const double of_atom = chance.col(j).mean(); of_atom > 0.0) known += of_atom * (1.0 - unknown(j));
    return known;
}

std::vector<std::int32_t> permuted(std::span<const std::int32_t> label, sim::Stream stream) {
    std::vector<std::int32_t> all(label.begin(), label.end());
    for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[stream.below(i)]);
    return all;
}

}  // namespace

double matched_accuracy(std::span<const std::int32_t> group, std::span<const std::int32_t> label) {
    const Eigen::MatrixXd table = contingency(group, label);
    const Eigen::Index n = std::max(table.rows(), table.cols());
    Eigen::MatrixXd square = Eigen::MatrixXd::Zero(n, n);
    square.topLeftCorner(table.rows(), table.cols()) = table;
    return greatest_matching(square) / static_cast<double>(label.size());
}

double normalised_information(std::span<const std::int32_t> group, std::span<const std::int32_t> label) {
    const Eigen::MatrixXd p = contingency(group, label) / static_cast<double>(label.size());
    const double of_groups = entropy_of(p.rowwise().sum()),
                 of_classes = entropy_of(p.colwise().sum().transpose()), of_both = entropy_of(p.reshaped());
    const double both = 0.5 * (of_groups + of_classes);
    return both > 0.0 ? std::max(0.0, of_groups + of_classes - of_both) / both : 0.0;
}

Specialisation specialisation(std::span<const float> a, std::span<const std::int32_t> label,
                              std::size_t n_permutations, std::uint64_t seed) {
    const Activity activity(a, label.size());
    const std::size_t n_classes = count_of(label);
    const Eigen::MatrixXd chance = chances_of_atoms(activity, label, n_classes);
    const double index = index_of(chance);
    std::vector<double> by_chance(n_permutations);
    sim::parallel_for(std::size_t{0}, n_permutations, [&](std::size_t r) {
        const auto shuffled = permuted(label, sim::Stream(seed, sim::Purpose::analysis, r));
        by_chance[r] = index_of(chances_of_atoms(activity, shuffled, n_classes));
    });
    constexpr double kRounding = 1e-12;  // sums of another order
    const auto n_above = std::ranges::count_if(by_chance, [&](double x) { return x >= index - kRounding; });
    const double mean_by_chance =
        std::accumulate(by_chance.begin(), by_chance.end(), 0.0) / static_cast<double>(n_permutations);
    const Eigen::VectorXd unknown = unknown_of_class(chance);
    std::vector<double> of_atom;
    for (const double one : unknown) of_atom.push_back(1.0 - one);
    const double p = static_cast<double>(1 + n_above) / static_cast<double>(1 + n_permutations);
    return {index, mean_by_chance, std::isnan(index) ? index : p, of_atom};
}

}  // namespace decoding
