#include "sim/io/hdf5_stored.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

namespace sim::io {

bool holds_numbers(hid_t dataset) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const H5T_class_t kind = H5Tget_class(type);
    return kind == H5T_INTEGER || kind == H5T_FLOAT;
}

bool holds_text(hid_t dataset) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    return H5Tget_class(type) == H5T_STRING;
}

std::size_t element_size(hid_t dataset) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    return std::max<std::size_t>(H5Tget_size(type), 1);
}

std::uint64_t row_size(const Shape& shape) {
    return shape.empty() ? 1 : product({shape.begin() + 1, shape.end()});
}

Handle rows_of(hid_t dataset, const Shape& shape, std::uint64_t first, std::uint64_t n) {
    Handle space(H5Dget_space(dataset), H5Sclose);
    if (shape.empty()) return space;
    std::vector<hsize_t> start(shape.size(), 0), count(shape.begin(), shape.end());
    start[0] = first;
    count[0] = n;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    return space;
}

namespace {

/// Sources of a virtual dataset that are not there.
std::vector<std::string> missing_sources(const Handle& creation, const std::filesystem::path& folder) {
    std::vector<std::string> missing;
    std::size_t n = 0;
    H5Pget_virtual_count(creation, &n);
    for (std::size_t i = 0; i < n; ++i) {
        const ssize_t size = H5Pget_virtual_filename(creation, i, nullptr, 0);
        std::string name(static_cast<std::size_t>(std::max<ssize_t>(size, 0)), '\0');
        H5Pget_virtual_filename(creation, i, name.data(), name.size() + 1);
        const bool is_here = name == "." || std::filesystem::exists(name) ||
                             std::filesystem::exists(folder / std::filesystem::path(name));
        if (!is_here && std::ranges::find(missing, name) == missing.end()) missing.push_back(name);
    }
    return missing;
}

}  // namespace

std::string why_not_whole(hid_t dataset, const Shape& shape, const std::string& path) {
    const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
    const int n_filters = std::max(H5Pget_nfilters(creation), 0);
    for (int i = 0; i < n_filters; ++i) {
        unsigned flags = 0;
        std::size_t n_values = 0;
        char name[64] = "";
        const H5Z_filter_t filter = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &n_values,
                                                   nullptr, sizeof name, name, nullptr);
        if (H5Zfilter_avail(filter) <= 0)
            return fmt::format("is packed by a filter that is not available: number {} \"{}\"",
                               static_cast<int>(filter), name);
    }
    const H5D_layout_t layout = H5Pget_layout(creation);
    if (layout == H5D_VIRTUAL) {
        const auto missing = missing_sources(creation, std::filesystem::path(path).parent_path());
        return missing.empty()
                   ? ""
                   : fmt::format("is virtual, and its sources are not there: {}", fmt::join(missing, ", "));
    }
    if (H5Pget_external_count(creation) > 0) return "";
    // What is stored bounds what can be claimed; a little may never have been written, and reads as zeros.
    constexpr std::uint64_t kUnwritten = std::uint64_t{1} << 26U, kMostPacked = 1100;  // deflate: 1032 to 1
    const std::uint64_t n = product(shape), held = H5Dget_storage_size(dataset);
    std::uint64_t bytes = 0;
    const bool is_absurd = __builtin_mul_overflow(n, element_size(dataset), &bytes);
    const std::uint64_t packed = n_filters > 0 ? kMostPacked : 1;
    const bool fits = layout == H5D_CONTIGUOUS && held > 0 ? bytes <= std::filesystem::file_size(path)
                                                           : bytes / packed <= held || bytes <= kUnwritten;
    if (!is_absurd && fits) return "";
    return fmt::format("claims {} values, more than the file holds", n);
}

}  // namespace sim::io
