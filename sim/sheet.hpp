// Geometry of a cortical sheet: neurons on a rows x cols grid, one unit apart, neuron id = row * cols + col.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace sim {

enum class Boundary { open, periodic };

/// One neighbour of a neuron and the weight of the pair.
struct Neighbour {
    std::uint32_t neuron;
    double weight;
};

class Sheet {
  public:
    Sheet(std::size_t rows, std::size_t cols, Boundary boundary);

    std::size_t rows() const { return rows_; }
    std::size_t cols() const { return cols_; }
    std::size_t size() const { return rows_ * cols_; }
    Boundary boundary() const { return boundary_; }

    /// Distance of two neurons [sheet units]; the shorter way round where the boundary is periodic.
    double distance(std::size_t i, std::size_t j) const;

    /// Rows of the symmetric coupling K of smooth coding: K_ij = exp(-d_ij^2 / (2 sigma^2)) / Z for 0 < d_ij
    /// <= 3 sigma (at least the nearest neighbours), Z the sum over an unbounded grid. Each row is sorted by
    /// neuron.
    std::vector<std::vector<Neighbour>> coupling(double sigma) const;

    /// H a: every column of `a` (neurons x frames) smoothed over the sheet with a Gaussian of `width` sheet
    /// units whose weights on the sheet sum to one (Kohonen's neighbourhood). width 0 leaves `a` as it is.
    Eigen::MatrixXf smooth(const Eigen::MatrixXf& a, double width) const;

  private:
    std::size_t rows_, cols_;
    Boundary boundary_;
};

}  // namespace sim
