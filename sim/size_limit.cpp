#include "sim/size_limit.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>

#include "sim/ranks.hpp"

namespace sim {
namespace {

double memory() {
    return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

}  // namespace

bool fits(double bytes) { return bytes * static_cast<double>(ranks::n_on_machine()) <= memory(); }

void check_fits(const Params& p, const std::string& key, double bytes, const std::string& what) {
    constexpr double kGB = 1e9;
    if (!fits(bytes))
        p.fail(key, fmt::format("such that {} ({:.3g} GB) fit into the memory of this machine, {:.3g} GB{}",
                                what, bytes / kGB, memory() / kGB,
                                ranks::n_on_machine() > 1 ? fmt::format(", which each of {} ranks takes from",
                                                                        ranks::n_on_machine())
                                                          : ""));
}

std::size_t side_of_frame(const Params& p, const std::string& key, double otherwise, const std::string& doc) {
    const double px = p.number(key, "px", otherwise, Check::positive, doc);
    if (px != std::floor(px)) p.fail(key, "a whole number of px");
    check_fits(p, key, px * sizeof(float), fmt::format("frames of {:g} px", px));
    return static_cast<std::size_t>(px);
}

}  // namespace sim
