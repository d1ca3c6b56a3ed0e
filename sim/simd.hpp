// One binary for every x86-64: a function marked STRIATE_SIMD is compiled for several instruction sets and
// the best one is chosen when the program starts. Contraction to fused multiply-add is off (see CMake), so
// all give the same bits.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define STRIATE_SIMD __attribute__((target_clones("default", "avx2", "arch=skylake-avx512")))
#else
#define STRIATE_SIMD
#endif
