#include "sim/simd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "sim/error.hpp"

namespace sim {
namespace {

Simd widest() {
#if STRIATE_HAS_SIMD
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return Simd::avx512;
    if (__builtin_cpu_supports("x86-64-v3")) return Simd::avx2;
#endif
    return Simd::none;
}

const char* asked() { return std::getenv("STRIATE_SIMD"); }

/// Nothing if it is no name of one.
std::optional<Simd> named(std::string_view name) {
    for (const Simd level : {Simd::none, Simd::avx2, Simd::avx512})
        if (name == name_of(level)) return level;
    return std::nullopt;
}

Simd allowed() { return asked() == nullptr ? Simd::avx512 : named(asked()).value_or(Simd::avx512); }

}  // namespace

const Simd simd_level = std::min(widest(), allowed());

const char* name_of(Simd level) {
    return level == Simd::avx512 ? "avx512" : level == Simd::avx2 ? "avx2" : "none";
}

void check_simd() {
    if (asked() != nullptr && !named(asked()))
        throw ConfigError(fmt::format(
            "the environment variable STRIATE_SIMD: must be one of none, avx2, avx512, is \"{}\"", asked()));
}

}  // namespace sim
