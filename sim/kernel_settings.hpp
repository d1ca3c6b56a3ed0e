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
    std::string file;    // of the run that kernels are taken from
    bool has_unit_norm;  // once made; learned kernels always have it
};

/// n, height and width of the kernels it asks for, without values. throws IoError, of kind `run`
Kernels shape_of(const KernelSettings& settings);

/// throws IoError, of kind `run`
Kernels make_kernels(const KernelSettings& settings, std::uint64_t seed);

}  // namespace sim
