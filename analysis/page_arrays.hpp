// Numbers that a page carries for its scripts: base64 of their bytes (little-endian), each array in an element of its own,
// so that a browser unpacks what is looked at and no more.
#pragma once
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace analysis {

std::string base64(std::string_view bytes);

class PageArrays {
  public:
    using Json = nlohmann::ordered_json;

    /// name: that no other arrays of the page have
    explicit PageArrays(std::string name) : name_(std::move(name)) {}

    /// Adds an array and returns what stands for it in the page's JSON, {"array": "NAME-0", "type": "float32", "shape":
    /// [...]}. T: std::int8_t, std::uint8_t, std::int16_t, std::uint32_t, float or double.
    template <class T>
    Json add(std::span<const T> values, const std::vector<std::size_t>& shape);
    template <class T>
    Json add(const std::vector<T>& values) {
        return add(std::span<const T>(values), {values.size()});
    }
    /// A byte for each number, every row scaled to its own largest: {"values": int8 array, "scale": float32 array};
    /// a number is value * scale of its row. Off by at most 1/254 of the largest of the row; a NaN becomes 0.
    ///
    /// values  shape (shape[0], ...)
    Json add_bytes(std::span<const float> values, const std::vector<std::size_t>& shape);
    /// The same in half of the room, for pictures: off by at most 1/14 of the largest of the row.
    Json add_nibbles(std::span<const float> values, const std::vector<std::size_t>& shape);

    /// The elements.
    const std::string& html() const { return html_; }

  private:
    Json add_raw(std::string_view bytes, const char* type, const std::vector<std::size_t>& shape);

    std::string name_;
    std::size_t n_ = 0;
    std::string html_;
};

/// What a page carries, in the order in which a browser reads it.
struct PageData {
    PageArrays::Json json;
    PageArrays first{"first"};      // what is seen at once
    PageArrays details{"details"};  // what is looked at later; behind all else, so that nothing waits for it
};

}  // namespace analysis
