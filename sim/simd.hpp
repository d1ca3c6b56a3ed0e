// One binary for every x86-64: a function marked STRIATE_SIMD is compiled for several instruction sets and
// the best one is chosen when the program starts. All give the same bits: the compiler must not contract
// a * b + c by itself (see CMake), and where one rounding is wanted the code says `fused`.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define STRIATE_SIMD __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define STRIATE_SIMD
#endif

namespace sim {

/// x y + z, rounded once: one instruction where the processor has it, the same bits where it has not.
inline double fused(double x, double y, double z) { return __builtin_fma(x, y, z); }
inline float fused(float x, float y, float z) { return __builtin_fmaf(x, y, z); }

}  // namespace sim
