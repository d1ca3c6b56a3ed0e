// The state of things that run, saved and given back: each class has one function that names what it has,
//
//     void state(State& s) { s(u_, v_, queue_); }
//
// which serves both ways, so that nothing can be saved and forgotten. Bits are kept as they are, in the byte
// order of the machine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/error.hpp"

namespace sim {

class State {
  public:
    /// Gathers what is handed to it.
    State() = default;
    /// Gives back what was gathered, which must outlive it.
    explicit State(std::span<const std::byte> saved) : from_(saved), is_loading_(true) {}

    bool is_loading() const { return is_loading_; }
    const std::vector<std::byte>& saved() const { return saved_; }
    /// throws IoError if not all that was gathered was given back
    void check_empty() const {
        if (is_loading_ && !from_.empty()) fail();
    }

    /// Values in turn. throws IoError if what is left is not of them
    template <class... T>
    void operator()(T&... values) {
        (one(values), ...);
    }

  private:
    [[noreturn]] static void fail() { throw IoError("a saved state does not fit what it is given back to"); }

    template <class T>
    void one(T& value) {
        if constexpr (requires(State & s) { value.state(s); }) {
            value.state(*this);
        } else if constexpr (requires { value.has_value(); }) {
            optional(value);
        } else if constexpr (requires { value.resize(std::size_t{}); }) {
            sequence(value);
        } else {
            static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>, "give it a state()");
            bytes(&value, sizeof value);
        }
    }
    template <class T>
    void optional(std::optional<T>& value) {
        std::uint8_t is_there = value ? 1 : 0;
        one(is_there);
        if (is_loading_) value = is_there != 0 ? std::optional<T>(T{}) : std::nullopt;
        if (value) one(*value);
    }
    template <class Sequence>
    void sequence(Sequence& values) {
        using T = typename Sequence::value_type;
        std::uint64_t n = values.size();
        one(n);
        if (is_loading_) {
            if (n > from_.size()) fail();  // an element is a byte at least
            values.resize(n);
        }
        constexpr bool is_plain = std::is_trivially_copyable_v<T> && !requires(T & x, State & s) {
            x.state(s);
        };
        if constexpr (is_plain && requires { values.data(); })
            bytes(values.data(), n * sizeof(T));
        else
            for (T& value : values) one(value);
    }
    void bytes(void* data, std::size_t size) {
        if (size == 0) return;
        if (is_loading_) {
            if (size > from_.size()) fail();
            std::memcpy(data, from_.data(), size);
            from_ = from_.subspan(size);
        } else {
            const auto* first = static_cast<const std::byte*>(data);
            saved_.insert(saved_.end(), first, first + size);
        }
    }

    std::span<const std::byte> from_;
    std::vector<std::byte> saved_;
    bool is_loading_ = false;
};

}  // namespace sim
