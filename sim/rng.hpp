// Counter-based random streams: a draw is a pure function of (seed, purpose, index, position in the stream),
// so results do not depend on the number of threads or on where a run was resumed.
#pragma once
#include <Random123/philox.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

#include "sim/elementary.hpp"

namespace sim {

/// What a stream is for; streams of different purpose are independent. The numbers are part of the file
/// format: changing one changes every result.
enum class Purpose : std::uint32_t {
    dictionary = 1,
    training = 2,
    held_out = 3,
    analysis = 4,
    plasticity = 5,
    test = 6,
    noise = 7,
    thresholds = 8,
    background = 9,
    poisson = 10,
    neuron_parameters = 11,
    initial_potentials = 12,
    background_targets = 13,
    channels = 14,
    connections = 20,
    synapses = 21,
    signal = 30,
    initial_weights = 31,
    voices = 40
};

/// The seed of what is drawn in a presentation; that of presentation 0 is the run's own. Source: Steele, Lea &
/// Flood (2014), SplitMix64.
constexpr std::uint64_t seed_of(std::uint64_t seed, std::uint64_t presentation) {
    if (presentation == 0) return seed;
    std::uint64_t z = seed + presentation * 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/// A number for a name, so that what it names has chance of its own. 64-bit FNV-1a. Source: Fowler, Noll & Vo
/// (draft-eastlake-fnv).
constexpr std::uint64_t hash_of(std::string_view name) {
    std::uint64_t hash = 0xCBF29CE484222325;
    for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3;
    return hash;
}

/// A stream of random numbers. Source: Salmon et al. (2011), Philox4x32-10.
class Stream {
  public:
    Stream() : Stream(0, Purpose::test, 0) {}  // to be given a state
    Stream(std::uint64_t seed, Purpose purpose, std::uint64_t index)
        : key_{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}},
          counter_{{0, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(index),
                    static_cast<std::uint32_t>(index >> 32)}} {}

    /// 32 random bits.
    std::uint32_t bits() {
        if (used_ == 4) {
            block_ = r123::Philox4x32{}(counter_, key_);
            ++counter_[0];
            used_ = 0;
        }
        return block_[used_++];
    }
    /// Uniform in [0, 1), 53 bits.
    double uniform() {
        const std::uint64_t high = bits() >> 5;
        const std::uint64_t low = bits() >> 6;
        return static_cast<double>((high << 26) | low) * 0x1.0p-53;
    }
    /// Uniform in [low, high).
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// Uniform among 0 .. n-1; n > 0.
    std::uint64_t below(std::uint64_t n) {
        return static_cast<std::uint64_t>(uniform() * static_cast<double>(n));
    }
    /// Standard normal (Box & Muller 1958).
    double normal() {
        const double radius = std::sqrt(-2.0 * sim::log1p(-uniform()));
        return radius * sim::cos(2.0 * std::numbers::pi * uniform());
    }

  private:
    r123::Philox4x32::key_type key_;
    r123::Philox4x32::ctr_type counter_;
    r123::Philox4x32::ctr_type block_{};
    unsigned used_ = 4;
};

}  // namespace sim
