#include "analysis/page_arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace analysis {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays of a page are little-endian");

template <class T>
constexpr const char* name_of_type() {
    if constexpr (std::is_same_v<T, std::int8_t>) return "int8";
    if constexpr (std::is_same_v<T, std::uint8_t>) return "uint8";
    if constexpr (std::is_same_v<T, std::int16_t>) return "int16";
    if constexpr (std::is_same_v<T, std::uint32_t>) return "uint32";
    if constexpr (std::is_same_v<T, float>) return "float32";
    if constexpr (std::is_same_v<T, double>) return "float64";
}

/// Largest magnitude; NaNs do not count.
float largest_of(std::span<const float> values) {
    float most = 0.0F;
    for (const float value : values)
        if (std::isfinite(value)) most = std::max(most, std::abs(value));
    return most;
}

}  // namespace

std::string base64(std::string_view bytes) {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t three = 0;
        for (std::size_t k = 0; k < 3; ++k)
            three = three << 8 | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += i + k <= bytes.size() ? kLetters[three >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

PageArrays::Json PageArrays::add_raw(std::string_view bytes, const char* type,
                                     const std::vector<std::size_t>& shape) {
    const std::string id = fmt::format("{}-{}", name_, n_++);
    html_ += fmt::format("<script type=\"text/plain\" id=\"{}\">", id);
    html_ += base64(bytes);
    html_ += "</script>\n";
    return {{"array", id}, {"type", type}, {"shape", shape}};
}

template <class T>
PageArrays::Json PageArrays::add(std::span<const T> values, const std::vector<std::size_t>& shape) {
    const auto bytes = std::as_bytes(values);
    return add_raw({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name_of_type<T>(), shape);
}
template PageArrays::Json PageArrays::add(std::span<const std::int8_t>, const std::vector<std::size_t>&);
template PageArrays::Json PageArrays::add(std::span<const std::uint8_t>, const std::vector<std::size_t>&);
template PageArrays::Json PageArrays::add(std::span<const std::int16_t>, const std::vector<std::size_t>&);
template PageArrays::Json PageArrays::add(std::span<const std::uint32_t>, const std::vector<std::size_t>&);
template PageArrays::Json PageArrays::add(std::span<const float>, const std::vector<std::size_t>&);
template PageArrays::Json PageArrays::add(std::span<const double>, const std::vector<std::size_t>&);

PageArrays::Json PageArrays::add_bytes(std::span<const float> values, const std::vector<std::size_t>& shape) {
    const std::size_t n = shape.at(0), width = n == 0 ? 0 : values.size() / n;
    std::vector<std::int8_t> bytes(values.size());
    std::vector<float> scale(n);
    for (std::size_t row = 0; row < n; ++row) {
        const auto all = values.subspan(row * width, width);
        const float most = largest_of(all);
        scale[row] = most / 127.0F;
        for (std::size_t k = 0; k < width; ++k)
            bytes[row * width + k] = static_cast<std::int8_t>(
                most > 0.0F && std::isfinite(all[k]) ? std::lround(127.0F * all[k] / most) : 0);
    }
    return {{"values", add(std::span<const std::int8_t>(bytes), shape)}, {"scale", add(scale)}};
}

}  // namespace analysis
