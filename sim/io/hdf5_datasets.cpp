// Datasets of an HDF5 file: how they are written.
#include <algorithm>
#include <filesystem>
#include <limits>
#include <type_traits>

#include "sim/io/conversion.hpp"
#include "sim/io/guard.hpp"
#include "sim/io/hdf5_handle.hpp"
#include "sim/io/hdf5_stored.hpp"

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

Handle type_of_texts(std::span<const std::string> texts) {
    std::size_t size = 1;  // HDF5 knows no type of no bytes
    bool are_ascii = true;
    for (const std::string& text : texts) {
        size = std::max(size, text.size());
        are_ascii = are_ascii && std::ranges::all_of(text, [](char c) { return c > 0; });
    }
    Handle type = text_type(size);
    if (are_ascii) H5Tset_cset(type, H5T_CSET_ASCII);
    return type;
}

template <class T>
Handle type_on_disk(std::span<const T> values, bool texts_vary) {
    if constexpr (std::is_same_v<T, std::string>)
        return texts_vary ? text_type() : type_of_texts(values);
    else
        return {H5Tcopy(stored<T>()), H5Tclose};
}

herr_t write_texts(const Handle& dataset, const Handle& type, std::span<const std::string> texts) {
    if (texts.empty()) return 0;
    if (H5Tis_variable_str(type) > 0)
        return H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, c_strings(texts).data());
    const std::size_t size = H5Tget_size(type);
    std::string all;  // side by side, zero bytes behind each
    for (std::size_t k = 0; k < texts.size(); ++k) all.append(texts[k]).resize((k + 1) * size, '\0');
    return H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data());
}

}  // namespace

std::vector<const char*> c_strings(std::span<const std::string> texts) {
    std::vector<const char*> result;
    for (const std::string& text : texts) result.push_back(text.c_str());
    return result;
}

void File::vary_texts() { impl_->texts_vary = true; }

template <class T>
void File::write(const std::string& name, std::span<const T> values, const Shape& shape_of_values,
                 const Meaning& meaning) {
    constexpr bool is_text = std::is_same_v<T, std::string>;
    if (product(shape_of_values) != values.size()) impl_->fail(name, "shape and number of values differ");
    const Handle type = type_on_disk(values, impl_->texts_vary);
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
        status = write_texts(dataset, type, values);
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
        impl_->check_written(write_texts(to, type, texts) >= 0, name);
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

#define STRIATE_NUMBER(T)                                                                               \
    template void File::write<T>(const std::string&, std::span<const T>, const Shape&, const Meaning&); \
    template void File::overwrite<T>(const std::string&, std::span<const T>);                           \
    template void File::create_growing<T>(const std::string&, const Shape&, std::uint64_t, bool,        \
                                          const Meaning&);                                              \
    template void File::append<T>(const std::string&, std::span<const T>);
STRIATE_FOR_EACH_NUMBER(STRIATE_NUMBER)
#undef STRIATE_NUMBER
template void File::write<std::string>(const std::string&, std::span<const std::string>, const Shape&,
                                       const Meaning&);

}  // namespace sim::io
