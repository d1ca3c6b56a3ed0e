#include "sim/simd.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

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

Simd allowed() {
    const char* const asked = std::getenv("STRIATE_SIMD");
    for (const Simd level : {Simd::none, Simd::avx2})
        if (asked != nullptr && std::string_view(asked) == name_of(level)) return level;
    return Simd::avx512;
}

}  // namespace

const Simd simd_level = std::min(widest(), allowed());

const char* name_of(Simd level) {
    return level == Simd::avx512 ? "avx512" : level == Simd::avx2 ? "avx2" : "none";
}

}  // namespace sim
