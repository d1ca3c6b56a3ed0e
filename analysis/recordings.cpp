#include "analysis/recordings.hpp"

#include <numeric>

namespace analysis {

std::vector<BestGrating> best_gratings(const std::vector<float>& responses, const GratingAxes& axes) {
    const std::size_t n_phases = axes.phase.size(), n_f = axes.spatial_frequency.size();
    std::vector<BestGrating> all(axes.size() > 0 ? responses.size() / axes.size() : 0);
    for (std::size_t i = 0; i < all.size(); ++i) {
        double most = 0.0;
        for (std::size_t k = 0; k < axes.orientation.size() * n_f; ++k) {
            const float* R = responses.data() + i * axes.size() + k * n_phases;
            const double sum = std::accumulate(R, R + n_phases, 0.0);
            if (sum <= most) continue;
            most = sum;
            all[i] = {k / n_f, k % n_f};
        }
    }
    return all;
}

}  // namespace analysis
