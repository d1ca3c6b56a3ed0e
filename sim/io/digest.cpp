#include "sim/io/digest.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <new>
#include <vector>

#include "sim/error.hpp"

namespace sim::io {

struct Digest::State {
    // The library's own allocation: the state must be aligned as its SIMD wants.
    XXH3_state_t* xxh = XXH3_createState();
    State() {
        if (xxh == nullptr) throw std::bad_alloc();
        XXH3_128bits_reset(xxh);
    }
    State(const State& other) : State() { XXH3_copyState(xxh, other.xxh); }
    State& operator=(const State&) = delete;
    ~State() { XXH3_freeState(xxh); }
};

Digest::Digest() : state_(std::make_unique<State>()) {}
Digest::Digest(const Digest& other) : state_(std::make_unique<State>(*other.state_)) {}
Digest& Digest::operator=(const Digest& other) {
    state_ = std::make_unique<State>(*other.state_);
    return *this;
}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::add(const void* bytes, std::size_t n) {
    if (n > 0) XXH3_128bits_update(state_->xxh, bytes, n);
}

void Digest::add(std::string_view text) {
    add(text.data(), text.size());
    add("", 1);
}

std::string Digest::hex() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_->xxh);
    return fmt::format("{:016x}{:016x}", std::uint64_t{hash.high64}, std::uint64_t{hash.low64});
}

std::string digest_of_file(const std::filesystem::path& path, std::uintmax_t first) {
    constexpr std::size_t kPiece = 1U << 20U;
    std::ifstream in(path, std::ios::binary);
    std::vector<char> piece(kPiece);
    Digest digest;
    in.seekg(static_cast<std::streamoff>(first));
    while (in) {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        digest.add(piece.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof()) throw IoError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
    return digest.hex();
}

}  // namespace sim::io
