#include "decoding/paired.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>

namespace decoding {

Paired paired(const Found& first, const Found& second, std::span<const std::int32_t> label) {
    Paired result{0, 0, 1.0};
    for (std::size_t i = 0; i < label.size(); ++i) {
        const bool first_is_right = first[i] == label[i], second_is_right = second[i] == label[i];
        if (first_is_right && !second_is_right) ++result.first_alone;
        if (second_is_right && !first_is_right) ++result.second_alone;
    }
    const auto [fewer, more] = std::minmax(result.first_alone, result.second_alone);
    if (more == 0) return result;
    const boost::math::binomial heads(static_cast<double>(fewer + more), 0.5);
    result.p = std::min(1.0, 2.0 * boost::math::cdf(heads, static_cast<double>(fewer)));
    return result;
}

}  // namespace decoding
