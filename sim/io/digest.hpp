// Digests of what is written and of what was read: 128 bits of XXH3 (Collet 2019), which finds damage, not
// forgery.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sim::io {

/// A digest of bytes that come bit by bit; it can be asked for at any time.
class Digest {
  public:
    Digest();
    Digest(const Digest& other);
    Digest& operator=(const Digest& other);
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;
    ~Digest();

    void add(const void* bytes, std::size_t n);
    /// A text and its end, so that ("ab", "c") and ("a", "bc") differ.
    void add(std::string_view text);
    template <class T>
    void add_values(std::span<const T> values) {
        add(values.data(), values.size_bytes());
    }
    /// 32 hexadecimal digits.
    std::string hex() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Digest of a file's bytes from `first` on. throws IoError if it cannot be read
std::string digest_of_file(const std::filesystem::path& path, std::uintmax_t first = 0);

}  // namespace sim::io
