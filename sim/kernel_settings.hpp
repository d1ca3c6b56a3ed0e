// What a config says of kernels: their block, and the kernels it asks for.
#pragma once
#include <cstdint>
#include <string>

#include "sim/kernels.hpp"
#include "sim/log_gabor.hpp"
#include "sim/params.hpp"

namespace sim {

struct KernelSettings {
    /// throws ConfigError also where they would not fit into memory
    explicit KernelSettings(const Params& block);

    std::string kind;
    LogGaborSettings log_gabor;
    std::size_t n_random;
    std::string file, population;  // of the run that kernels are taken from
    bool has_unit_norm;            // once made; learned kernels always have it
};

/// Which kernels they are, in words that files keep: "homogeneous", "heterogeneous" (log-Gabor kernels of one bandwidth and of
/// several) or "random", then ", learned" if they are, or ", unit norm" if the bank was given it; those of a run as its
/// file says. throws IoError, of kind `run`
std::string bank_of(const KernelSettings& settings, bool are_learned);

/// n, height and width of the kernels it asks for, without values. throws IoError, of kind `run`
Kernels shape_of(const KernelSettings& settings);

/// throws IoError, of kind `run`
Kernels make_kernels(const KernelSettings& settings, std::uint64_t seed);

}  // namespace sim
