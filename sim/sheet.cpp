#include "sim/sheet.hpp"

#include <algorithm>
#include <cmath>

#include "sim/elementary.hpp"
#include "sim/stop.hpp"

namespace sim {
namespace {

/// Distance of two places on a line of `n`, the shorter way round if it is a ring.
double apart(std::size_t x, std::size_t y, std::size_t n, Boundary boundary) {
    const std::size_t d = x > y ? x - y : y - x;
    return static_cast<double>(boundary == Boundary::periodic ? std::min(d, n - d) : d);
}

/// One-dimensional Gaussian smoothing matrix over a line of `n`, rows summing to one.
Eigen::MatrixXf smoothing(std::size_t n, double width, Boundary boundary) {
    const auto size = static_cast<Eigen::Index>(n);
    Eigen::MatrixXf H(size, size);
    for (Eigen::Index i = 0; i < size; ++i) {
        for (Eigen::Index j = 0; j < size; ++j) {
            const double d = apart(static_cast<std::size_t>(i), static_cast<std::size_t>(j), n, boundary);
            H(i, j) = d > 4.0 * width ? 0.0F : static_cast<float>(sim::exp(-d * d / (2.0 * width * width)));
        }
        H.row(i) /= H.row(i).sum();
    }
    return H;
}

/// A Gaussian of the distance of two neurons, cut off, whose sum over an unbounded grid is 1.
class UnitGaussian {
  public:
    UnitGaussian(double sigma, double reach, bool has_centre)
        : per_variance_(1.0 / (sigma * sigma)), reach_(reach), has_centre_(has_centre) {
        const int span = static_cast<int>(std::floor(reach));
        double Z = 0.0;
        for (int row = -span; row <= span; ++row)
            for (int col = -span; col <= span; ++col) Z += (*this)(std::hypot(row, col));
        per_Z_ = 1.0 / Z;
    }
    double operator()(double d) const {
        if (d > reach_ || (d == 0.0 && !has_centre_)) return 0.0;
        return per_Z_ * sim::exp(-0.5 * d * d * per_variance_);
    }
    double reach() const { return reach_; }

  private:
    double per_variance_, reach_, per_Z_ = 1.0;
    bool has_centre_;
};

}  // namespace

Sheet::Sheet(std::size_t rows, std::size_t cols, Boundary boundary)
    : rows_(rows), cols_(cols), boundary_(boundary) {}

double Sheet::distance(std::size_t i, std::size_t j) const {
    return std::hypot(apart(i / cols_, j / cols_, rows_, boundary_),
                      apart(i % cols_, j % cols_, cols_, boundary_));
}

double distance(const Sheet& one, std::size_t i, const Sheet& other, std::size_t j) {
    if (one.rows() == other.rows() && one.cols() == other.cols()) return one.distance(i, j);
    const std::size_t rows = std::max(one.rows(), other.rows()), cols = std::max(one.cols(), other.cols());
    const auto place = [](std::size_t k, std::size_t n, std::size_t finest) {  // of the middle of a part
        return (static_cast<double>(k) + 0.5) * static_cast<double>(finest) / static_cast<double>(n);
    };
    const auto along = [&](double x, double y, std::size_t n) {
        const double d = std::abs(x - y);
        return one.boundary() == Boundary::periodic ? std::min(d, static_cast<double>(n) - d) : d;
    };
    return std::hypot(
        along(place(i / one.cols(), one.rows(), rows), place(j / other.cols(), other.rows(), rows), rows),
        along(place(i % one.cols(), one.cols(), cols), place(j % other.cols(), other.cols(), cols), cols));
}

std::vector<std::vector<Neighbour>> Sheet::laplacian(const Coupling& coupling) const {
    const UnitGaussian attraction(coupling.sigma, std::max(1.0, 3.0 * coupling.sigma), false);
    const UnitGaussian surround(coupling.surround_sigma, 3.0 * coupling.surround_sigma, true);
    const double reach =
        coupling.surround > 0.0 ? std::max(attraction.reach(), surround.reach()) : attraction.reach();
    std::vector<std::vector<Neighbour>> L(size());
    for (std::size_t i = 0; i < size(); ++i) {
        check_stop();
        double degree = 0.0;
        std::size_t diagonal = 0;
        for (std::size_t j = 0; j < size(); ++j) {
            const double d = distance(i, j);
            if (d > reach) continue;
            if (i == j) diagonal = L[i].size();
            degree += attraction(d);
            L[i].push_back({static_cast<std::uint32_t>(j), coupling.surround * surround(d) - attraction(d)});
        }
        L[i][diagonal].weight += degree;
    }
    return L;
}

Eigen::MatrixXf Sheet::smooth(const Eigen::MatrixXf& a, double width) const {
    if (width <= 0.0) return a;
    const Eigen::MatrixXf over_rows = smoothing(rows_, width, boundary_);
    const Eigen::MatrixXf over_cols = smoothing(cols_, width, boundary_);
    const auto rows = static_cast<Eigen::Index>(rows_), cols = static_cast<Eigen::Index>(cols_);
    Eigen::MatrixXf result(a.rows(), a.cols());
    for (Eigen::Index frame = 0; frame < a.cols(); ++frame) {
        // id = row * cols + col, so that a column of `a` is the sheet, transposed
        const Eigen::Map<const Eigen::MatrixXf> from(a.col(frame).data(), cols, rows);
        Eigen::Map<Eigen::MatrixXf> to(result.col(frame).data(), cols, rows);
        to.noalias() = over_cols * from * over_rows.transpose();
    }
    return result;
}

}  // namespace sim
