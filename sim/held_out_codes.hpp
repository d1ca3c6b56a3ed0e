// What held-out frames show of how well a population codes what it sees: energies, against the least possible.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/coding_sheet.hpp"

namespace sim {

/// Energies on held-out frames: means, and the median of E/E* - 1; NaN where no program is solved, or
/// none was looked for.
struct HeldOutRecord {
    std::uint64_t batch;
    double energy, optimal_energy, relative_gap;
};

class HeldOutCodes {
  public:
    /// finds_least: whether codes are held against the least possible energy
    explicit HeldOutCodes(bool finds_least) : finds_least_(finds_least) {}

    /// Frames as seen, (M, B), as problems, and their codes, (N, B); first: number of the first of them, for messages;
    /// mean_spikes: of a presentation. throws NumericsError
    void append(const CodingSheet& sheet, std::size_t first, const Eigen::MatrixXf& seen,
                const Problems& posed, const Eigen::MatrixXf& codes, double mean_spikes);

    HeldOutRecord record(std::uint64_t batch) const;
    const CodeMeasures& measures() const { return measures_; }  // of each frame
    double unexplained() const;                                 // mean of |s - Phi a|^2 / |s|^2
    double psnr() const;        // median [dB], over frames that are not of one grey
    double sparseness() const;  // median
    /// Medians of what codes show by themselves (Certificate): E / bound - 1, and the KKT residual; NaN where no program is
    /// solved.
    double relative_gap_at_most() const;
    double kkt() const;
    double spikes_per_presentation() const;
    /// Frames of a population that solves a program of which no gap is known: those where no optimum was found, and those
    /// that have no energy.
    std::size_t n_without_gap() const { return least_.size() - gap_.size(); }
    std::size_t n_without_optimum() const;
    bool is_silent() const { return n_active_ == 0 && spikes_ == 0.0; }

    void state(State& s) { s(measures_, least_, gap_, unexplained_, n_active_, spikes_); }

  private:
    bool finds_least_;
    CodeMeasures measures_;
    std::vector<double> least_, gap_, unexplained_;
    std::size_t n_active_ = 0;  // activities that are not 0
    double spikes_ = 0.0;       // sum over presentations
};

}  // namespace sim
