#include "models/stimuli/frame_order.hpp"

#include <array>
#include <bit>

#include "sim/rng.hpp"

namespace models {
namespace {

/// A bijection of 64-bit words that spreads every bit over all (MurmurHash3's last step).
std::uint64_t scrambled(std::uint64_t x) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
}

/// Where a permutation of 0 .. n-1, drawn from `stream`, takes x. A Feistel network permutes the words of an
/// even number of bits, whatever its round function; taken again until it falls below n, it permutes
/// 0 .. n-1. No table is kept: any place of any pass costs the same.
/// source  Black & Rogaway (2002), Ciphers with arbitrary finite domains
std::uint64_t permuted(std::uint64_t x, std::uint64_t n, sim::Stream& stream) {
    const auto half = (std::bit_width(n) + 1) / 2;  // bits
    const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
    std::array<std::uint64_t, 6> keys{};
    for (std::uint64_t& key : keys) key = std::uint64_t{stream.bits()} << 32;
    do {
        std::uint64_t left = x >> half, right = x & mask;
        for (const std::uint64_t key : keys) {
            const std::uint64_t next = left ^ (scrambled(key | right) & mask);
            left = right;
            right = next;
        }
        x = left << half | right;
    } while (x >= n);
    return x;
}

}  // namespace

FrameOrder::FrameOrder(const sim::Params& p) {
    const std::string order =
        p.choice("order", {"sequential", "random", "shuffled"}, "sequential",
                 "one after the other and again from the first; each drawn from all; or all in a random "
                 "order, and then all in another");
    kind_ = order == "random" ? Kind::random : order == "shuffled" ? Kind::shuffled : Kind::sequential;
}

std::uint64_t FrameOrder::operator()(std::uint64_t seed, sim::FrameSet set, std::uint64_t index,
                                     std::uint64_t n) const {
    const auto purpose = set == sim::FrameSet::training ? sim::Purpose::training : sim::Purpose::held_out;
    if (kind_ == Kind::sequential) return index % n;
    if (kind_ == Kind::random) return sim::Stream(seed, purpose, index).below(n);
    sim::Stream pass(seed, purpose, index / n);
    return permuted(index % n, n, pass);
}

std::uint64_t FrameOrder::period(std::uint64_t n) const { return kind_ == Kind::random ? 0 : n; }

}  // namespace models
