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

/// Numbers in whole steps of a scale of each row, from -n_steps to n_steps.
struct Scaled {
    Scaled(std::span<const float> values, std::size_t n_rows, int n_steps)
        : steps(values.size()), scale(n_rows) {
        const std::size_t width = n_rows == 0 ? 0 : values.size() / n_rows;
        for (std::size_t row = 0; row < n_rows; ++row) {
            const auto all = values.subspan(row * width, width);
            const float most = largest_of(all);
            scale[row] = most / 127.0F;  // nibbles are spread over as many steps where they are read
            for (std::size_t k = 0; k < width; ++k)
                steps[row * width + k] =
                    static_cast<std::int8_t>(most > 0.0F && std::isfinite(all[k])
                                                 ? std::lround(static_cast<float>(n_steps) * all[k] / most)
                                                 : 0);
        }
    }

    std::vector<std::int8_t> steps;
    std::vector<float> scale;
};

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
    const Scaled scaled(values, shape.at(0), 127);
    return {{"values", add(std::span<const std::int8_t>(scaled.steps), shape)}, {"scale", add(scaled.scale)}};
}

PageArrays::Json PageArrays::add_nibbles(std::span<const float> values,
                                         const std::vector<std::size_t>& shape) {
    const Scaled scaled(values, shape.at(0), 7);
    std::string pairs((scaled.steps.size() + 1) / 2, '\0');
    for (std::size_t k = 0; k < scaled.steps.size(); ++k)
        pairs[k / 2] = static_cast<char>(static_cast<unsigned>(pairs[k / 2]) |
                                         static_cast<unsigned>(scaled.steps[k] + 8) << (k % 2 == 0 ? 0 : 4));
    return {{"values", add_raw(pairs, "int4", shape)}, {"scale", add(scaled.scale)}};
}

}  // namespace analysis
