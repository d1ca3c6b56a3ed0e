// One binary for every x86-64: simd<f>(x...) is f(x...), compiled for several instruction sets, of which the widest that the
// processor has is taken. All give the same bits: the compiler must not contract a * b + c by itself (see CMake), and
// where one rounding is wanted the code says `fused`.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define STRIATE_HAS_SIMD 1
#else
#define STRIATE_HAS_SIMD 0
#endif

namespace sim {

enum class Simd { none, avx2, avx512 };

/// What is used: the widest there is, or at most what the environment variable STRIATE_SIMD names (none, avx2, avx512),
/// so that a machine can be tried as one that has less. none where the compiler cannot choose.
extern const Simd simd_level;
/// "none", "avx2", "avx512"
const char* name_of(Simd level);
/// throws ConfigError where STRIATE_SIMD names none of them
void check_simd();

template <auto f>
struct SimdVersions;
template <class Result, class... X, Result (*f)(X...)>
struct SimdVersions<f> {
    Result operator()(X... x) const {
#if STRIATE_HAS_SIMD
        if (simd_level == Simd::avx512) return avx512(x...);
        if (simd_level == Simd::avx2) return avx2(x...);
#endif
        return f(x...);
    }

  private:
#if STRIATE_HAS_SIMD
    // flatten: f, and what it calls, is compiled anew in here.
    __attribute__((target("arch=x86-64-v3"), flatten, noinline)) static Result avx2(X... x) {
        return f(x...);
    }
    __attribute__((target("arch=x86-64-v4"), flatten, noinline)) static Result avx512(X... x) {
        return f(x...);
    }
#endif
};
template <auto f>
inline constexpr SimdVersions<f> simd{};

/// x y + z, rounded once: one instruction where the processor has it, the same bits where it has not.
inline double fused(double x, double y, double z) { return __builtin_fma(x, y, z); }
inline float fused(float x, float y, float z) { return __builtin_fmaf(x, y, z); }

}  // namespace sim
