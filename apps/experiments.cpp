#include "apps/experiments.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "sim/median.hpp"

namespace apps {

namespace {

/// A resolved config without the line that says its seed.
std::string without_seed(const std::string& config) {
    const std::size_t first = config.starts_with("seed:") ? 0 : config.find("\nseed:");
    if (first == std::string::npos) return config;
    const std::size_t end = config.find('\n', first + 1);
    return config.substr(0, first) + (end == std::string::npos ? "" : config.substr(end));
}

}  // namespace

std::string experiment_of(const decoding::Codes& codes) {
    return without_seed(codes.run_config) + without_seed(codes.config);
}

OverSeeds over_seeds(std::span<const double> values) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    const double mean = sim::mean(values), n = static_cast<double>(values.size());
    if (values.size() < 2) return {mean, kNaN, kNaN};
    double squares = 0.0;
    for (const double x : values) squares += (x - mean) * (x - mean);
    const double sd = std::sqrt(squares / (n - 1.0));
    const double t = boost::math::quantile(boost::math::students_t(n - 1.0), 0.975);
    return {mean, sd, t * sd / std::sqrt(n)};
}

}  // namespace apps
