// Datasets of an HDF5 file.
#include <algorithm>
#include <filesystem>
#include <limits>
#include <type_traits>

#include "sim/io/conversion.hpp"
#include "sim/io/guard.hpp"
#include "sim/io/hdf5_handle.hpp"

namespace sim::io {

std::uint64_t product(const Shape& shape) {
    std::uint64_t n = 1;
    for (const std::uint64_t extent : shape)
        if (__builtin_mul_overflow(n, extent, &n)) {
            if (std::ranges::find(shape, std::uint64_t{0}) != shape.end()) return 0;
            throw IoError(fmt::format("({}) are more values than any file holds", fmt::join(shape, ", ")));
        }
    return n;
}

namespace {

constexpr unsigned kDeflateLevel = 2;  // most of the gain of the higher levels at a fraction of their time
constexpr std::uint64_t kElementsPerChunk = 65536;
constexpr std::size_t kPiece = std::size_t{1} << 23U;  // what is read at a time where all of it goes by [B]

/// Creation list for a dataset stored in chunks of `chunk`.
Handle chunked(const Shape& chunk, bool compress, bool with_checksums) {
    Handle list(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    const std::vector<hsize_t> dims(chunk.begin(), chunk.end());
    H5Pset_chunk(list, static_cast<int>(dims.size()), dims.data());
    if (compress) {
        H5Pset_shuffle(list);
        H5Pset_deflate(list, kDeflateLevel);
    }
    if (with_checksums) H5Pset_fletcher32(list);
    return list;
}

/// A chunk of about kElementsPerChunk elements: whole trailing dimensions, a part of the first.
Shape chunk_of(const Shape& shape) {
    Shape chunk = shape;
    std::uint64_t below = product(shape);
    for (auto& n : chunk) {
        below /= n;
        n = std::clamp<std::uint64_t>(kElementsPerChunk / below, 1, n);
    }
    return chunk;
}

template <class T>
Handle type_on_disk() {
    if constexpr (std::is_same_v<T, std::string>)
        return text_type();
    else
        return {H5Tcopy(stored<T>()), H5Tclose};
}

bool holds_numbers(hid_t dataset) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const H5T_class_t kind = H5Tget_class(type);
    return kind == H5T_INTEGER || kind == H5T_FLOAT;
}

std::size_t element_size(hid_t dataset) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    return std::max<std::size_t>(H5Tget_size(type), 1);
}

/// Selects rows of a dataset's space.
Handle rows_of(hid_t dataset, const Shape& shape, std::uint64_t first, std::uint64_t n) {
    Handle space(H5Dget_space(dataset), H5Sclose);
    if (shape.empty()) return space;
    std::vector<hsize_t> start(shape.size(), 0), count(shape.begin(), shape.end());
    start[0] = first;
    count[0] = n;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    return space;
}

std::uint64_t row_size(const Shape& shape) {
    return shape.empty() ? 1 : product({shape.begin() + 1, shape.end()});
}

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

/// Why the values of a dataset cannot all be had; "" if they can.
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

/// Reads texts of variable length.
std::vector<std::string> read_texts(hid_t dataset, std::size_t n) {
    const Handle type = text_type();
    std::vector<char*> raw(n, nullptr);
    std::vector<std::string> texts;
    if (n == 0 || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) < 0) return texts;
    for (char* text : raw) {
        texts.emplace_back(text == nullptr ? "" : text);
        H5free_memory(text);
    }
    return texts;
}

bool holds_text(hid_t dataset) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    return H5Tis_variable_str(type) > 0;
}

/// Bytes of rows as they are stored, piece by piece.
template <class Use>
void for_each_piece(hid_t dataset, const Shape& shape, std::uint64_t rows, const Use& use) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const std::size_t size = H5Tget_size(type), row = static_cast<std::size_t>(row_size(shape)) * size;
    const std::uint64_t at_a_time = std::max<std::uint64_t>(kPiece / std::max<std::size_t>(row, 1), 1);
    for (std::uint64_t first = 0; first < rows && row > 0; first += at_a_time) {
        const std::uint64_t n = std::min(at_a_time, rows - first);
        std::vector<unsigned char> bytes(n * row);
        const Handle memory = dataspace({bytes.size() / size});
        use(type, first, n,
            H5Dread(dataset, type, memory, rows_of(dataset, shape, first, n), H5P_DEFAULT, bytes.data()) >= 0,
            bytes);
    }
}

}  // namespace

std::vector<const char*> c_strings(std::span<const std::string> texts) {
    std::vector<const char*> result;
    for (const std::string& text : texts) result.push_back(text.c_str());
    return result;
}

// ---- writing

template <class T>
void File::write(const std::string& name, std::span<const T> values, const Shape& shape_of_values,
                 const Meaning& meaning) {
    constexpr bool is_text = std::is_same_v<T, std::string>;
    if (product(shape_of_values) != values.size()) impl_->fail(name, "shape and number of values differ");
    const Handle type = type_on_disk<T>();
    const Handle layout = is_text || values.size() <= kElementsPerChunk
                              ? Handle(H5Pcreate(H5P_DATASET_CREATE), H5Pclose)
                              : chunked(chunk_of(shape_of_values), true, !impl_->is_streamed);
    Handle dataset(H5Dcreate2(impl_->file, name.c_str(), type, dataspace(shape_of_values),
                              intermediate_groups(), layout, H5P_DEFAULT),
                   H5Dclose);
    impl_->check_written(dataset.valid(), name);
    herr_t status = 0;
    Digest digest;
    if constexpr (is_text) {
        if (!values.empty())
            status = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, c_strings(values).data());
        for (const std::string& text : values) digest.add(std::string_view(text));
    } else {
        if (!values.empty())
            status = H5Dwrite(dataset, native<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        digest.add_values(values);
    }
    impl_->check_written(status >= 0, name);
    impl_->close(dataset, name);
    impl_->digests[name] = std::move(digest);
    impl_->describe(name, meaning);
}

template <class T>
void File::overwrite(const std::string& name, std::span<const T> values) {
    if (product(shape(name)) != values.size()) impl_->fail(name, "shape and number of values differ");
    Handle dataset = impl_->dataset(name);
    impl_->check_written(H5Dwrite(dataset, native<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0,
                         name);
    impl_->close(dataset, name);
    Digest& digest = impl_->digests[name] = Digest();
    digest.add_values(values);
}

template <class T>
void File::create_growing(const std::string& name, const Shape& row, std::uint64_t rows_per_chunk,
                          bool compress, const Meaning& meaning) {
    std::vector<hsize_t> dims{0}, limit{H5S_UNLIMITED};
    Shape chunk{rows_per_chunk};
    for (const auto n : row) {
        dims.push_back(n);
        limit.push_back(n);
        chunk.push_back(std::max<std::uint64_t>(n, 1));
    }
    const Handle space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), limit.data()), H5Sclose);
    Handle dataset(H5Dcreate2(impl_->file, name.c_str(), stored<T>(), space, intermediate_groups(),
                              chunked(chunk, compress, !impl_->is_streamed), H5P_DEFAULT),
                   H5Dclose);
    impl_->check_written(dataset.valid(), name);
    impl_->close(dataset, name);
    impl_->digests[name] = Digest();
    impl_->describe(name, meaning);
}

template <class T>
void File::append(const std::string& name, std::span<const T> values) {
    if (values.empty()) return;
    const Shape old = shape(name);
    const std::uint64_t row = row_size(old);
    if (row == 0 || values.size() % row != 0) impl_->fail(name, "not a whole number of rows");
    const std::uint64_t rows = values.size() / row;
    Handle dataset = impl_->dataset(name);
    std::vector<hsize_t> dims(old.begin(), old.end());
    dims[0] = old[0] + rows;
    bool ok = H5Dset_extent(dataset, dims.data()) >= 0;
    ok = ok && H5Dwrite(dataset, native<T>(), dataspace({values.size()}), rows_of(dataset, old, old[0], rows),
                        H5P_DEFAULT, values.data()) >= 0;
    impl_->check_written(ok, name);
    impl_->close(dataset, name);
    impl_->digests[name].add_values(values);
}

void File::append_from(const File& other, const std::string& name, std::uint64_t rows) {
    const Shape all = other.shape(name);
    const Handle from = other.impl_->dataset(name);
    const std::uint64_t begin = shape(name).at(0);
    resize(name, begin + rows);
    Shape grown = all;
    grown.at(0) = begin + rows;
    Handle to = impl_->dataset(name);
    for_each_piece(from, all, rows,
                   [&](hid_t type, std::uint64_t first, std::uint64_t n, bool is_read,
                       const std::vector<unsigned char>& bytes) {
                       if (!is_read) other.impl_->fail(name, "cannot be read: " + library_error());
                       const Handle memory = dataspace({bytes.size() / H5Tget_size(type)});
                       impl_->check_written(H5Dwrite(to, type, memory, rows_of(to, grown, begin + first, n),
                                                     H5P_DEFAULT, bytes.data()) >= 0,
                                            name);
                       impl_->digests[name].add(bytes.data(), bytes.size());
                   });
    impl_->close(to, name);
}

void File::resize(const std::string& name, std::uint64_t rows) {
    const Shape old = shape(name);
    std::vector<hsize_t> dims(old.begin(), old.end());
    dims.at(0) = rows;
    Handle dataset = impl_->dataset(name);
    impl_->check_written(H5Dset_extent(dataset, dims.data()) >= 0, name);
    impl_->close(dataset, name);
}

// H5Ocopy of libhdf5 1.10.8 crashes where a write fails.
void File::copy_from(const File& other, const std::string& object) {
    std::vector<std::string> objects{object};
    if (other.is_group(object))
        for (const std::string& below : other.objects_below(object)) objects.push_back(below);
    for (const std::string& each : objects) {
        if (other.is_group(each))
            create_group(each);
        else
            copy_dataset_from(other, each);
        copy_attributes_from(other, each);
    }
}

void File::copy_dataset_from(const File& other, const std::string& name) {
    const Shape all = other.shape(name);
    const Handle from = other.impl_->dataset(name);
    const Handle type(H5Dget_type(from), H5Tclose), space(H5Dget_space(from), H5Sclose),
        creation(H5Dget_create_plist(from), H5Pclose);
    if (H5Pget_layout(creation) == H5D_CHUNKED) H5Pset_fletcher32(creation);
    Handle to(
        H5Dcreate2(impl_->file, name.c_str(), type, space, intermediate_groups(), creation, H5P_DEFAULT),
        H5Dclose);
    impl_->check_written(to.valid(), name);
    Digest& digest = impl_->digests[name] = Digest();
    if (holds_text(from)) {
        const auto texts = other.read<std::string>(name);
        impl_->check_written(
            texts.empty() || H5Dwrite(to, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, c_strings(texts).data()) >= 0,
            name);
        for (const std::string& text : texts) digest.add(std::string_view(text));
    } else {
        for_each_piece(from, all, all.empty() ? 1 : all[0],
                       [&](hid_t stored_type, std::uint64_t first, std::uint64_t n, bool is_read,
                           const std::vector<unsigned char>& bytes) {
                           if (!is_read) other.impl_->fail(name, "cannot be read: " + library_error());
                           const Handle memory = dataspace({bytes.size() / H5Tget_size(stored_type)});
                           impl_->check_written(H5Dwrite(to, stored_type, memory, rows_of(to, all, first, n),
                                                         H5P_DEFAULT, bytes.data()) >= 0,
                                                name);
                           digest.add(bytes.data(), bytes.size());
                       });
    }
    impl_->close(to, name);
}

// ---- reading

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

namespace {

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
        impl_->check(holds_text(dataset), name, "must hold text of variable length");
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

#define STRIATE_NUMBER(T)                                                                               \
    template void File::write<T>(const std::string&, std::span<const T>, const Shape&, const Meaning&); \
    template void File::overwrite<T>(const std::string&, std::span<const T>);                           \
    template void File::create_growing<T>(const std::string&, const Shape&, std::uint64_t, bool,        \
                                          const Meaning&);                                              \
    template void File::append<T>(const std::string&, std::span<const T>);                              \
    template std::vector<T> File::read<T>(const std::string&) const;                                    \
    template std::vector<T> File::read<T>(const std::string&, const Shape&) const;                      \
    template std::vector<T> File::read_row<T>(const std::string&, std::uint64_t, const Shape&) const;   \
    template std::vector<T> File::read_rows<T>(const std::string&, std::uint64_t, std::uint64_t) const;
STRIATE_NUMBER(float)
STRIATE_NUMBER(double)
STRIATE_NUMBER(std::uint8_t)
STRIATE_NUMBER(std::int32_t)
STRIATE_NUMBER(std::uint32_t)
STRIATE_NUMBER(std::int64_t)
STRIATE_NUMBER(std::uint64_t)
#undef STRIATE_NUMBER
template void File::write<std::string>(const std::string&, std::span<const std::string>, const Shape&,
                                       const Meaning&);
template std::vector<std::string> File::read<std::string>(const std::string&) const;
template std::vector<std::string> File::read<std::string>(const std::string&, const Shape&) const;

}  // namespace sim::io
