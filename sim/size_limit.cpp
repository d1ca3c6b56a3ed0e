#include "sim/size_limit.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "sim/ranks.hpp"

namespace sim {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();

/// What a file says, in bytes; no limit where it says "max" or is not there.
double limit_in(const std::filesystem::path& file) {
    std::ifstream in(file);
    double bytes = kNone;
    return in >> bytes ? bytes : kNone;
}

double memory() {
    static const double bytes =
        std::min(static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE)),
                 memory_of_group("/"));
    return bytes;
}

}  // namespace

double memory_of_group(const std::filesystem::path& root) {
    double least = kNone;
    std::ifstream groups(root / "proc/self/cgroup");
    // Lines are "4:memory:/of/this/process", or "0::/of/this/process".
    for (std::string line; std::getline(groups, line);) {
        const auto first = line.find(':'), second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
        const bool is_second_version = controllers == ",,";
        if (!is_second_version && controllers.find(",memory,") == std::string::npos) continue;
        const std::filesystem::path base =
            root / (is_second_version ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
        for (std::filesystem::path group = line.substr(second + 1);; group = group.parent_path()) {
            least = std::min(least, limit_in(base / group.relative_path() /
                                             (is_second_version ? "memory.max" : "memory.limit_in_bytes")));
            if (!group.has_relative_path()) break;
        }
    }
    return least;
}

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
