#include "analysis/sheet_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
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

/// Places on the sheet and centres of fields of the neurons that have one.
struct Places {
    Values row, col, field_row, field_col;
};

Places places(std::span<const double> field_row, std::span<const double> field_col, std::size_t cols) {
    Places result;
    for (std::size_t i = 0; i < field_row.size(); ++i) {
        if (std::isnan(field_row[i]) || std::isnan(field_col[i])) continue;
        result.row.push_back(static_cast<double>(i / cols));
        result.col.push_back(static_cast<double>(i % cols));
        result.field_row.push_back(field_row[i]);
        result.field_col.push_back(field_col[i]);
    }
    return result;
}

Values centred(Values values) {
    const double middle = mean(values);
    for (double& value : values) value -= middle;
    return values;
}

/// Mean square of what the best plane over the sheet leaves of `field`; NaN where the places lie on a line.
double off_the_plane(const Places& at, const Values& field) {
    const Values row = centred(at.row), col = centred(at.col), z = centred(field);
    const auto dot = [](const Values& a, const Values& b) {
        return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
    };
    const double rr = dot(row, row), cc = dot(col, col), rc = dot(row, col), rz = dot(row, z),
                 cz = dot(col, z);
    const double determinant = rr * cc - rc * rc;
    if (!(determinant > 1e-12 * rr * cc)) return kNan;
    const double by_row = (cc * rz - rc * cz) / determinant, by_col = (rr * cz - rc * rz) / determinant;
    double sum = 0.0;
    for (std::size_t i = 0; i < z.size(); ++i) {
        const double off = z[i] - by_row * row[i] - by_col * col[i];
        sum += off * off;
    }
    return sum / static_cast<double>(z.size());
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
    const Places at = places(field_row, field_col, cols);
    const double mean_square =
        at.row.size() < 4 ? kNan : off_the_plane(at, at.field_row) + off_the_plane(at, at.field_col);
    if (std::isnan(mean_square)) return {kNan, kNan, kNan};
    return {correlation(at.row, at.field_row), correlation(at.col, at.field_col), std::sqrt(mean_square)};
}

}  // namespace analysis
