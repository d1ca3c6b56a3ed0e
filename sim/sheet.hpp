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

/// How the activities of neurons on the sheet hang together, beside what their fields do.
struct Coupling {
    double sigma;                 // width of the attraction between neighbours [sheet units]
    double surround = 0.0;        // weight of the inhibition around it, that of the attraction being 1
    double surround_sigma = 3.0;  // width of that inhibition [sheet units]
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

    /// Rows of the symmetric matrix L of smooth coding, each sorted by neuron, with its diagonal:
    ///
    ///     L = D - K + surround S
    ///     K_ij = exp(-d_ij^2 / (2 sigma^2)) / Z,     0 < d_ij <= max(1, 3 sigma);    D its row sums
    ///     S_ij = exp(-d_ij^2 / (2 surround_sigma^2)) / Z',     d_ij <= 3 surround_sigma
    ///
    /// with Z, Z' the sums over an unbounded grid. Positive semidefinite but for the tail of S that is cut.
    std::vector<std::vector<Neighbour>> laplacian(const Coupling& coupling) const;

    /// H a: every column of `a` (neurons x frames) smoothed over the sheet with a Gaussian of `width` sheet
    /// units whose weights on the sheet sum to one (Kohonen's neighbourhood). width 0 leaves `a` as it is.
    Eigen::MatrixXf smooth(const Eigen::MatrixXf& a, double width) const;

  private:
    std::size_t rows_, cols_;
    Boundary boundary_;
};

/// Distance of neuron i of one sheet and j of another that covers the same cortex, in units of the finer one;
/// their boundaries are alike.
double distance(const Sheet& one, std::size_t i, const Sheet& other, std::size_t j);

}  // namespace sim
