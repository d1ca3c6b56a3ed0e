#include "analysis/sheet_order.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "analysis/numbers.hpp"
#include "analysis/statistics.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

using Values = std::vector<double>;

void check_sheet(std::size_t n, std::size_t rows, std::size_t cols, const char* what) {
    if (n != rows * cols)
        throw sim::Error(
            fmt::format("sheet: {} has {} values for {} rows and {} columns", what, n, rows, cols));
}

/// Mean of difference(a, b) over neighbours of which neither is NaN.
template <class Difference>
double over_neighbours(std::span<const double> values, std::size_t rows, std::size_t cols, Boundary boundary,
                       const Difference& difference) {
    double sum = 0.0, pairs = 0.0;
    for (const auto& [i, j] : neighbours(rows, cols, boundary)) {
        if (std::isnan(values[i]) || std::isnan(values[j])) continue;
        sum += difference(values[i], values[j]);
        pairs += 1.0;
    }
    return sum / pairs;  // NaN if there is no pair
}

Values present(std::span<const double> values) {
    Values result;
    std::ranges::copy_if(values, std::back_inserter(result), [](double v) { return !std::isnan(v); });
    return result;
}

/// Mean |a - b| over all pairs: in ascending order, value i is the greater of i pairs and the less of n - 1 -
/// i.
double mean_difference(Values values) {
    std::ranges::sort(values);
    const auto n = static_cast<double>(values.size());
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i)
        sum += (2.0 * static_cast<double>(i) - n + 1.0) * values[i];
    return sum / (0.5 * n * (n - 1.0));
}

double phase_difference(double a, double b) { return std::abs(std::remainder(a - b, 360.0)); }

double mean_phase_difference(const Values& phases) {
    double sum = 0.0, pairs = 0.0;
    for (std::size_t i = 0; i < phases.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            sum += phase_difference(phases[i], phases[j]);
            pairs += 1.0;
        }
    return sum / pairs;
}

/// Places on the sheet (1, row, column) and centres of fields (row, column) of the neurons that have one.
struct Places {
    Eigen::MatrixX3d sheet;
    Eigen::MatrixX2d field;
};

Places places(std::span<const double> field_row, std::span<const double> field_col, std::size_t cols) {
    std::vector<std::size_t> neurons;
    for (std::size_t i = 0; i < field_row.size(); ++i)
        if (!std::isnan(field_row[i]) && !std::isnan(field_col[i])) neurons.push_back(i);
    const auto n = static_cast<Eigen::Index>(neurons.size());
    Places result{Eigen::MatrixX3d(n, 3), Eigen::MatrixX2d(n, 2)};
    for (Eigen::Index k = 0; k < n; ++k) {
        const auto i = neurons[static_cast<std::size_t>(k)];
        result.sheet.row(k) << 1.0, static_cast<double>(i / cols), static_cast<double>(i % cols);
        result.field.row(k) << field_row[i], field_col[i];
    }
    return result;
}

double column_correlation(const Eigen::MatrixX3d& sheet, Eigen::Index i, const Eigen::MatrixX2d& field,
                          Eigen::Index j) {
    const Eigen::VectorXd a = sheet.col(i), b = field.col(j);
    const auto n = static_cast<std::size_t>(a.size());
    return correlation({a.data(), n}, {b.data(), n});
}

}  // namespace

Likeness frequency_likeness(std::span<const double> frequency, std::size_t rows, std::size_t cols,
                            Boundary boundary) {
    check_sheet(frequency.size(), rows, cols, "spatial frequency");
    Values octaves;
    for (const double f : frequency) octaves.push_back(std::log2(f));
    const auto apart = [](double a, double b) { return std::abs(a - b); };
    return {over_neighbours(octaves, rows, cols, boundary, apart), mean_difference(present(octaves))};
}

Likeness phase_likeness(std::span<const double> phase, std::size_t rows, std::size_t cols,
                        Boundary boundary) {
    check_sheet(phase.size(), rows, cols, "phase");
    return {over_neighbours(phase, rows, cols, boundary, phase_difference),
            mean_phase_difference(present(phase))};
}

Retinotopy retinotopy(std::span<const double> field_row, std::span<const double> field_col, std::size_t rows,
                      std::size_t cols) {
    check_sheet(field_row.size(), rows, cols, "rows of fields");
    check_sheet(field_col.size(), rows, cols, "columns of fields");
    const auto [sheet, field] = places(field_row, field_col, cols);
    const auto solver = sheet.colPivHouseholderQr();
    if (sheet.rows() < 4 || solver.rank() < 3) return {kNan, kNan, kNan};
    const Eigen::MatrixX2d off = field - sheet * solver.solve(field);
    const double mean_square = off.squaredNorm() / static_cast<double>(off.rows());
    return {column_correlation(sheet, 1, field, 0), column_correlation(sheet, 2, field, 1),
            std::sqrt(mean_square)};
}

}  // namespace analysis
