// Datasets of an HDF5 file: how they are read, and whether they are what was written.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>

#include "sim/io/conversion.hpp"
#include "sim/io/guard.hpp"
#include "sim/io/hdf5_handle.hpp"
#include "sim/io/hdf5_stored.hpp"

namespace sim::io {

Shape File::shape(const std::string& name) const {
    const Handle dataset = impl_->dataset(name);
    const Handle space(H5Dget_space(dataset), H5Sclose);
    std::vector<hsize_t> dims(static_cast<std::size_t>(std::max(H5Sget_simple_extent_ndims(space), 0)));
    if (!dims.empty()) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    const Shape found(dims.begin(), dims.end());
    try {
        product(found);
    } catch (const IoError& error) {
        impl_->fail(name, error.what());
    }
    return found;
}

std::string File::type(const std::string& name) const {
    const Handle dataset = impl_->dataset(name);
    if (holds_text(dataset)) return "text";
    impl_->check(holds_numbers(dataset), name, "must hold numbers or text");
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const std::size_t size = H5Tget_size(type);
    if (H5Tget_class(type) == H5T_FLOAT) return size <= sizeof(float) ? "float32" : "float64";
    const bool is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
    if (size == 1 && !is_signed) return "uint8";
    return fmt::format("{}int{}", is_signed ? "" : "u", size <= sizeof(std::int32_t) ? 32 : 64);
}

namespace {

/// Reads texts of one length.
std::vector<std::string> read_padded(hid_t dataset, const Handle& type, std::size_t n) {
    const std::size_t size = H5Tget_size(type);
    std::string raw(product({n, size}), '\0');
    std::vector<std::string> texts;
    if (n == 0 || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) < 0) return texts;
    for (std::size_t k = 0; k < n; ++k) texts.push_back(unpadded(raw.substr(k * size, size), type));
    return texts;
}

std::vector<std::string> read_texts(hid_t dataset, std::size_t n) {
    const Handle type = text_type(), stored(H5Dget_type(dataset), H5Tclose);
    if (H5Tis_variable_str(stored) <= 0) return read_padded(dataset, stored, n);
    H5Tset_cset(type, H5Tget_cset(stored));  // ASCII of others stays what it is
    std::vector<char*> raw(n, nullptr);
    std::vector<std::string> texts;
    if (n == 0 || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) < 0) return texts;
    for (char* text : raw) {
        texts.emplace_back(text == nullptr ? "" : text);
        H5free_memory(text);
    }
    return texts;
}

/// Memory for n values. throws IoError where there is not enough
template <class T>
std::vector<T> room_for(std::uint64_t n, const std::string& where) {
    try {
        return std::vector<T>(n);
    } catch (const std::exception&) {  // bad_alloc or length_error
        throw IoError(fmt::format("{}: not enough memory for its {} values", where, n));
    }
}

/// What H5Dread reads values into.
struct Selection {
    hid_t dataset, space;
    std::uint64_t n, first_row, row;
    std::string where;  // "path: /dataset"

    template <class T>
    std::vector<T> read() const {
        std::vector<T> values = room_for<T>(n, where);
        const Handle memory = dataspace({n});
        if (n > 0 && H5Dread(dataset, native<T>(), memory, space, H5P_DEFAULT, values.data()) < 0)
            throw IoError(fmt::format("{}: cannot be read: {}", where, library_error()));
        return values;
    }
    /// Read as Found, which loses nothing, and then turned into T.
    template <class T, class Found>
    std::vector<T> read_checked() const {
        const std::vector<Found> found = read<Found>();
        std::vector<T> values = room_for<T>(n, where);
        for (std::uint64_t i = 0; i < n; ++i)
            values[i] = checked<T>(found[i], [&](const std::string& what) {
                const std::string column = row > 1 ? fmt::format(", value {}", i % row) : "";
                throw IoError(fmt::format("{}: row {}{}: {}", where, first_row + i / row, column, what));
            });
        return values;
    }
};

template <class T>
std::vector<T> read_numbers(const Selection& from) {
    if constexpr (std::is_floating_point_v<T>) {
        return from.read<T>();
    } else {
        const Handle type(H5Dget_type(from.dataset), H5Tclose);
        if (H5Tequal(type, native<T>()) > 0) return from.read<T>();
        if (H5Tget_class(type) == H5T_FLOAT) return from.read_checked<T, double>();
        return H5Tget_sign(type) == H5T_SGN_NONE ? from.read_checked<T, std::uint64_t>()
                                                 : from.read_checked<T, std::int64_t>();
    }
}

}  // namespace

template <class T>
std::vector<T> File::read(const std::string& name) const {
    const Shape all = shape(name);
    const Handle dataset = impl_->dataset(name);
    if constexpr (std::is_same_v<T, std::string>) {
        impl_->check(holds_text(dataset), name, "must hold text");
    } else {
        impl_->check(holds_numbers(dataset), name, "must hold numbers");
    }
    if (const std::string why = why_not_whole(dataset, all, path()); !why.empty()) impl_->fail(name, why);
    if constexpr (std::is_same_v<T, std::string>) {
        auto texts = read_texts(dataset, product(all));
        impl_->check(texts.size() == product(all), name, "must hold text");
        return texts;
    } else {
        const Handle space(H5Dget_space(dataset), H5Sclose);
        return read_numbers<T>({dataset, space, product(all), 0, std::max<std::uint64_t>(row_size(all), 1),
                                fmt::format("{}: {}", path(), name)});
    }
}

void File::check_shape(const std::string& name, const Shape& expected) const {
    const Shape found = shape(name);
    const bool is_right = std::ranges::equal(
        found, expected, [](std::uint64_t a, std::uint64_t b) { return b == kAny || a == b; });
    if (is_right) return;
    std::vector<std::string> words;
    for (const std::uint64_t n : expected) words.push_back(n == kAny ? "any" : fmt::format("{}", n));
    impl_->fail(
        name, fmt::format("must have shape ({}), has ({})", fmt::join(words, ", "), fmt::join(found, ", ")));
}

template <class T>
std::vector<T> File::read(const std::string& name, const Shape& expected) const {
    check_shape(name, expected);
    return read<T>(name);
}

template <class T>
std::vector<T> File::read_row(const std::string& name, std::uint64_t row, const Shape& expected) const {
    Shape all{kAny};
    all.insert(all.end(), expected.begin(), expected.end());
    check_shape(name, all);
    return read_rows<T>(name, row, 1);
}

template <class T>
std::vector<T> File::read_rows(const std::string& name, std::uint64_t first, std::uint64_t n) const {
    const Shape all = shape(name);
    const Handle dataset = impl_->dataset(name);
    impl_->check(holds_numbers(dataset), name, "must hold numbers");
    impl_->check(!all.empty() && first <= all[0] && n <= all[0] - first, name,
                 "has fewer rows than asked for");
    Shape part = all;
    part[0] = n;
    const Handle space = rows_of(dataset, all, first, n);
    return read_numbers<T>({dataset, space, product(part), first, std::max<std::uint64_t>(row_size(all), 1),
                            fmt::format("{}: {}", path(), name)});
}

// ---- digests

void File::read_back(const std::string& name, std::uint64_t rows) {
    const Shape all = shape(name);
    const Handle dataset = impl_->dataset(name);
    if (const std::string why = why_not_whole(dataset, all, path()); !why.empty()) impl_->fail(name, why);
    Digest digest;
    if (holds_text(dataset)) {
        for (const std::string& text : read<std::string>(name)) digest.add(std::string_view(text));
    } else {
        const std::uint64_t n = all.empty() ? 1 : std::min(rows, all[0]);
        for_each_piece(
            dataset, all, n,
            [&](hid_t, std::uint64_t, std::uint64_t, bool is_read, const std::vector<unsigned char>& bytes) {
                if (!is_read) impl_->fail(name, "cannot be read: " + library_error());
                digest.add(bytes.data(), bytes.size());
                note_progress();
            });
    }
    impl_->digests[name] = std::move(digest);
}

namespace {

constexpr std::size_t kHexDigits = 32;

/// Where the name of an attribute begins in its path, or npos.
std::size_t attribute_in(const std::string& path) { return path.rfind("/@"); }

std::string in_brackets(const Shape& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

}  // namespace

std::vector<std::string> File::manifest() const {
    std::vector<std::string> lines;
    for (const auto& [name, digest] : impl_->digests) {
        const bool is_attribute = attribute_in(name) != std::string::npos;
        lines.push_back(
            fmt::format("{} {} {}", digest.hex(), name, is_attribute ? "()" : in_brackets(shape(name))));
    }
    return lines;
}

std::string File::first_difference(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        const std::size_t bracket = line.rfind(" (");
        if (bracket == std::string::npos || bracket < kHexDigits + 1)
            return "its list of contents is damaged";
        const std::string name = line.substr(kHexDigits + 1, bracket - kHexDigits - 1);
        if (const std::size_t at = attribute_in(name); at != std::string::npos) {
            if (!has_attribute(name.substr(0, at), name.substr(at + 2))) return name + ": is missing";
            if (!impl_->digests.contains(name)) read_back_attributes(name.substr(0, at));
        } else {
            if (!exists(name)) return name + ": is missing";
            const std::string was = line.substr(bracket + 1), is = in_brackets(shape(name));
            if (was != is) return fmt::format("{}: must have shape {}, has {}", name, was, is);
            read_back(name, kAny);
        }
        if (digest(name) != line.substr(0, kHexDigits))
            return name + ": its values are not those that were written";
    }
    return "";
}

#define STRIATE_NUMBER(T)                                                                             \
    template std::vector<T> File::read<T>(const std::string&) const;                                  \
    template std::vector<T> File::read<T>(const std::string&, const Shape&) const;                    \
    template std::vector<T> File::read_row<T>(const std::string&, std::uint64_t, const Shape&) const; \
    template std::vector<T> File::read_rows<T>(const std::string&, std::uint64_t, std::uint64_t) const;
STRIATE_FOR_EACH_NUMBER(STRIATE_NUMBER)
#undef STRIATE_NUMBER
template std::vector<std::string> File::read<std::string>(const std::string&) const;
template std::vector<std::string> File::read<std::string>(const std::string&, const Shape&) const;

}  // namespace sim::io
