#include "sim/held_out_codes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/median.hpp"

namespace sim {
namespace {

constexpr double kOptimumTolerance = 1e-6;  // KKT residual of the codes the population's are judged against
constexpr double kNotFound = std::numeric_limits<double>::quiet_NaN();

/// Energies of the codes of least energy, one a frame; NaN where none was found.
std::vector<double> least_energies(const CodingSheet& sheet, std::size_t first, const Eigen::MatrixXf& seen,
                                   const Problems& posed) {
    Eigen::MatrixXf best = sheet.network.optima(posed, kOptimumTolerance);
    std::vector<Eigen::Index> missing;
    for (Eigen::Index k = 0; k < best.cols(); ++k) {
        if (!best.col(k).hasNaN()) continue;
        missing.push_back(k);
        best.col(k).setZero();
    }
    auto least = sheet.energies(first, posed, sheet.network.fields().residual(seen, best), best);
    for (const Eigen::Index k : missing) least[static_cast<std::size_t>(k)] = kNotFound;
    return least;
}

}  // namespace

void HeldOutCodes::append(const CodingSheet& sheet, std::size_t first, const Eigen::MatrixXf& seen,
                          const Problems& posed, const Eigen::MatrixXf& codes, double mean_spikes) {
    const Network& network = sheet.network;
    const Eigen::MatrixXf residual = network.fields().residual(seen, codes);
    const CodeMeasures measures = sheet.measure(first, seen, posed, residual, codes);
    measures_.append(measures);
    n_active_ += static_cast<std::size_t>((codes.array() != 0.0F).count());
    spikes_ += mean_spikes * static_cast<double>(codes.cols());
    for (Eigen::Index k = 0; k < residual.cols(); ++k)
        if (const float all = seen.col(k).squaredNorm(); all > 0.0F)
            unexplained_.push_back(static_cast<double>(residual.col(k).squaredNorm() / all));
    // One that solves no program has no least energy. A frame of which nothing costs anything, as a black one, has
    // no gap.
    if (!finds_least_ || !network.solves_program()) return;
    const auto least = least_energies(sheet, first, seen, posed);
    least_.insert(least_.end(), least.begin(), least.end());
    for (std::size_t k = 0; k < least.size(); ++k)
        if (least[k] > 0.0) gap_.push_back(measures.energy[k] / least[k] - 1.0);
}

HeldOutRecord HeldOutCodes::record(std::uint64_t batch) const {
    std::vector<double> known = least_;
    std::erase_if(known, [](double energy) { return std::isnan(energy); });
    return {batch, mean(measures_.energy), known.empty() ? kNotFound : mean(known), median(gap_)};
}

std::size_t HeldOutCodes::n_without_optimum() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(least_, [](double energy) { return std::isnan(energy); }));
}

double HeldOutCodes::unexplained() const { return mean(unexplained_); }

double HeldOutCodes::psnr() const { return median_of_known(measures_.psnr); }

double HeldOutCodes::sparseness() const { return median(measures_.sparseness); }

double HeldOutCodes::relative_gap_at_most() const { return median(measures_.gap_at_most()); }

double HeldOutCodes::kkt() const { return median_of_known(measures_.kkt); }

double HeldOutCodes::spikes_per_presentation() const {
    return spikes_ / static_cast<double>(measures_.energy.size());
}

}  // namespace sim
