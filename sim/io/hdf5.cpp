#include "sim/io/hdf5.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>
#include <type_traits>
#include <utility>

namespace sim::io {
namespace {

/// An HDF5 identifier and the function that closes it.
class Handle {
  public:
    Handle(hid_t id, herr_t (*closer)(hid_t)) : id_(id), close_(closer) {}
    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(id_, other.id_);
        std::swap(close_, other.close_);
        return *this;
    }
    ~Handle() {
        if (id_ >= 0) close_(id_);
    }
    operator hid_t() const { return id_; }  // NOLINT: an id is what the C library wants
    bool valid() const { return id_ >= 0; }
    /// Closes now; the destructor could not report a failure.
    bool close() { return close_(std::exchange(id_, H5I_INVALID_HID)) >= 0; }

  private:
    hid_t id_;
    herr_t (*close_)(hid_t);
};

template <class T>
hid_t native();
template <>
hid_t native<float>() {
    return H5T_NATIVE_FLOAT;
}
template <>
hid_t native<double>() {
    return H5T_NATIVE_DOUBLE;
}
template <>
hid_t native<std::uint8_t>() {
    return H5T_NATIVE_UINT8;
}
template <>
hid_t native<std::int32_t>() {
    return H5T_NATIVE_INT32;
}
template <>
hid_t native<std::uint32_t>() {
    return H5T_NATIVE_UINT32;
}
template <>
hid_t native<std::int64_t>() {
    return H5T_NATIVE_INT64;
}
template <>
hid_t native<std::uint64_t>() {
    return H5T_NATIVE_UINT64;
}

/// Type on disk: little-endian whatever the machine.
template <class T>
hid_t stored();
template <>
hid_t stored<float>() {
    return H5T_IEEE_F32LE;
}
template <>
hid_t stored<double>() {
    return H5T_IEEE_F64LE;
}
template <>
hid_t stored<std::uint8_t>() {
    return H5T_STD_U8LE;
}
template <>
hid_t stored<std::int32_t>() {
    return H5T_STD_I32LE;
}
template <>
hid_t stored<std::uint32_t>() {
    return H5T_STD_U32LE;
}
template <>
hid_t stored<std::int64_t>() {
    return H5T_STD_I64LE;
}
template <>
hid_t stored<std::uint64_t>() {
    return H5T_STD_U64LE;
}

/// Variable-length UTF-8, as SONATA asks.
Handle text_type() {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

std::uint64_t product(const Shape& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>());
}

Handle dataspace(const Shape& shape) {
    if (shape.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
    const std::vector<hsize_t> dims(shape.begin(), shape.end());
    return {H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose};
}

Handle intermediate_groups() {
    Handle list(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(list, 1);
    return list;
}

/// The newest file format of HDF5 1.10: the one that a killed writer leaves readable.
Handle access_list() {
    Handle list(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_libver_bounds(list, H5F_LIBVER_V110, H5F_LIBVER_V110);
    return list;
}

/// Before the first call of the library. It reports through exceptions of ours, its own error stack would
/// print to stderr; and every file is closed by its handle, what the library would do at exit to one that
/// could not be written ends in a crash.
void set_up_hdf5() {
    static const bool once = H5dont_atexit() >= 0 && H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
    (void)once;
}

}  // namespace

struct File::Impl {
    std::string path;
    Handle file;

    [[noreturn]] void fail(const std::string& object, const std::string& what) const {
        throw IoError(fmt::format("{}: {}{}{}", path, object, object.empty() ? "" : ": ", what));
    }
    void check(bool ok, const std::string& object, const char* what) const {
        if (!ok) fail(object, what);
    }
    Handle dataset(const std::string& name) const {
        Handle handle(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
        check(handle.valid(), name, "no such dataset (or the file is damaged)");
        return handle;
    }
    Handle object(const std::string& name) const {
        Handle handle(H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose);
        check(handle.valid(), name, "no such group or dataset");
        return handle;
    }
    Handle attribute(const std::string& name, const std::string& attribute_name) const {
        const Handle owner = object(name);
        Handle handle(H5Aopen(owner, attribute_name.c_str(), H5P_DEFAULT), H5Aclose);
        check(handle.valid(), name, fmt::format("no attribute \"{}\"", attribute_name).c_str());
        return handle;
    }
    void describe(const std::string& name, const Meaning& meaning);
    Handle new_attribute(const std::string& name, const std::string& attribute_name, hid_t type,
                         const Shape& shape);
};

Handle File::Impl::new_attribute(const std::string& name, const std::string& attribute_name, hid_t type,
                                 const Shape& shape_of_values) {
    const Handle owner = object(name);
    if (H5Aexists(owner, attribute_name.c_str()) > 0) H5Adelete(owner, attribute_name.c_str());
    Handle handle(
        H5Acreate2(owner, attribute_name.c_str(), type, dataspace(shape_of_values), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    check(handle.valid(), name, "cannot write an attribute");
    return handle;
}

File::File(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;
File::~File() = default;

File File::create(const std::string& path) {
    set_up_hdf5();
    Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access_list()), H5Fclose);
    if (!file.valid())
        throw IoError(
            fmt::format("{}: cannot be created (does the folder exist, and may it be written?)", path));
    return File(std::make_unique<Impl>(Impl{path, std::move(file)}));
}

File File::open(const std::string& path) {
    set_up_hdf5();
    Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (!file.valid()) {  // a run that is still going: its writer allows readers
        const Handle access = access_list();
        // Pauses double from 1 ns between attempts to read what is being written: 1 s in all, then it is
        // damage.
        constexpr unsigned kAttempts = 30;
        H5Pset_metadata_read_attempts(access, kAttempts);
        file = Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access), H5Fclose);
    }
    if (!file.valid())
        throw IoError(
            fmt::format("{}: cannot be opened as HDF5 (missing, truncated, or another kind of file)", path));
    return File(std::make_unique<Impl>(Impl{path, std::move(file)}));
}

File File::reopen(const std::string& path) {
    set_up_hdf5();
    const Handle access = access_list();
    // What the h5clear tool does: forget that a killed writer still had the file open, and where it had noted
    // the end of the file. That may lie beyond what was written, or before blocks in use: new ones would then
    // be put on top of them.
    const hbool_t yes = 1;
    H5Pset(access, "clear_status_flags", &yes);
    H5Pset(access, "skip_eof_check", &yes);
    Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, access), H5Fclose);
    if (!file.valid() || H5Fincrement_filesize(file, 0) < 0)
        throw IoError(fmt::format("{}: cannot be opened to go on with (missing or damaged)", path));
    return File(std::make_unique<Impl>(Impl{path, std::move(file)}));
}

const std::string& File::path() const { return impl_->path; }

bool File::exists(const std::string& object) const {
    if (object == "/") return true;
    for (std::size_t at = object.find('/', 1);; at = object.find('/', at + 1)) {  // every group on the way
        const std::string prefix = object.substr(0, at);
        if (H5Lexists(impl_->file, prefix.c_str(), H5P_DEFAULT) <= 0) return false;
        if (at == std::string::npos) return true;
    }
}

void File::rename(const std::string& path) {
    std::error_code error;
    std::filesystem::rename(impl_->path, path, error);
    if (error) impl_->fail("", fmt::format("cannot be renamed to {}: {}", path, error.message()));
    impl_->path = path;
}

std::vector<std::string> File::children(const std::string& group) const {
    const Handle owner = impl_->object(group);
    H5G_info_t info{};
    impl_->check(H5Gget_info(owner, &info) >= 0, group, "is no group");
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
        const ssize_t size =
            H5Lget_name_by_idx(owner, ".", H5_INDEX_NAME, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
        std::string name(static_cast<std::size_t>(size), '\0');
        H5Lget_name_by_idx(owner, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size() + 1,
                           H5P_DEFAULT);
        names.push_back(std::move(name));
    }
    return names;
}

void File::create_group(const std::string& group) {
    if (exists(group)) return;
    const Handle handle(
        H5Gcreate2(impl_->file, group.c_str(), intermediate_groups(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    impl_->check(handle.valid(), group, "cannot create the group");
}

void File::Impl::describe(const std::string& name, const Meaning& meaning) {
    const Handle type = text_type();
    for (const auto& [key, value] :
         {std::pair{"units", &meaning.units}, {"description", &meaning.description}}) {
        const char* text = value->c_str();
        const Handle handle = new_attribute(name, key, type, {});
        check(H5Awrite(handle, type, &text) >= 0, name, "cannot write an attribute");
    }
}

namespace {

constexpr unsigned kDeflateLevel = 2;  // most of the gain of the higher levels at a fraction of their time

/// Creation list for a dataset stored in chunks of `chunk`.
Handle chunked(const Shape& chunk, bool compress) {
    Handle list(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    const std::vector<hsize_t> dims(chunk.begin(), chunk.end());
    H5Pset_chunk(list, static_cast<int>(dims.size()), dims.data());
    if (compress) {
        H5Pset_shuffle(list);
        H5Pset_deflate(list, kDeflateLevel);
    }
    return list;
}

constexpr std::uint64_t kElementsPerChunk = 65536;

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

std::vector<const char*> c_strings(std::span<const std::string> texts) {
    std::vector<const char*> result;
    for (const std::string& text : texts) result.push_back(text.c_str());
    return result;
}

}  // namespace

template <class T>
void File::write(const std::string& name, std::span<const T> values, const Shape& shape_of_values,
                 const Meaning& meaning) {
    constexpr bool is_text = std::is_same_v<T, std::string>;
    if (product(shape_of_values) != values.size()) impl_->fail(name, "shape and number of values differ");
    const Handle type = type_on_disk<T>();
    const Handle layout = is_text || values.size() <= kElementsPerChunk
                              ? Handle(H5Pcreate(H5P_DATASET_CREATE), H5Pclose)
                              : chunked(chunk_of(shape_of_values), true);
    const Handle dataset(H5Dcreate2(impl_->file, name.c_str(), type, dataspace(shape_of_values),
                                    intermediate_groups(), layout, H5P_DEFAULT),
                         H5Dclose);
    impl_->check(dataset.valid(), name, "cannot create the dataset");
    herr_t status = 0;
    if (values.empty()) {
    } else if constexpr (is_text) {
        status = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, c_strings(values).data());
    } else {
        status = H5Dwrite(dataset, native<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    }
    impl_->check(status >= 0, name, "cannot be written (is the disk full?)");
    impl_->describe(name, meaning);
}

template <class T>
void File::overwrite(const std::string& name, std::span<const T> values) {
    if (product(shape(name)) != values.size()) impl_->fail(name, "shape and number of values differ");
    const Handle dataset = impl_->dataset(name);
    impl_->check(H5Dwrite(dataset, native<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0, name,
                 "cannot be written (is the disk full?)");
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
    const Handle dataset(H5Dcreate2(impl_->file, name.c_str(), stored<T>(), space, intermediate_groups(),
                                    chunked(chunk, compress), H5P_DEFAULT),
                         H5Dclose);
    impl_->check(dataset.valid(), name, "cannot create the dataset");
    impl_->describe(name, meaning);
}

template <class T>
void File::append(const std::string& name, std::span<const T> values) {
    if (values.empty()) return;
    const Shape old = shape(name);
    const std::uint64_t row = product({old.begin() + 1, old.end()});
    if (row == 0 || values.size() % row != 0) impl_->fail(name, "not a whole number of rows");
    const std::uint64_t rows = values.size() / row;
    const Handle dataset = impl_->dataset(name);
    std::vector<hsize_t> dims(old.begin(), old.end()), start(old.size(), 0), count(old.begin(), old.end());
    start[0] = old[0];
    count[0] = rows;
    dims[0] = old[0] + rows;
    bool ok = H5Dset_extent(dataset, dims.data()) >= 0;
    const Handle space(H5Dget_space(dataset), H5Sclose);
    ok = ok && H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) >= 0;
    const Handle memory = dataspace({values.size()});
    ok = ok && H5Dwrite(dataset, native<T>(), memory, space, H5P_DEFAULT, values.data()) >= 0;
    impl_->check(ok, name, "cannot be written (is the disk full?)");
}

void File::resize(const std::string& name, std::uint64_t rows) {
    const Shape old = shape(name);
    std::vector<hsize_t> dims(old.begin(), old.end());
    dims[0] = rows;
    impl_->check(H5Dset_extent(impl_->dataset(name), dims.data()) >= 0, name, "cannot be resized");
}

void File::copy_from(const File& other, const std::string& object) {
    impl_->check(H5Ocopy(other.impl_->file, object.c_str(), impl_->file, object.c_str(), H5P_DEFAULT,
                         intermediate_groups()) >= 0,
                 object, "cannot be copied (is the disk full?)");
}

Shape File::shape(const std::string& name) const {
    const Handle dataset = impl_->dataset(name);
    const Handle space(H5Dget_space(dataset), H5Sclose);
    std::vector<hsize_t> dims(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    if (!dims.empty()) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    return {dims.begin(), dims.end()};
}

namespace {

/// Reads the selected texts of variable length.
std::vector<std::string> read_texts(hid_t dataset, std::size_t n) {
    const Handle type = text_type();
    std::vector<char*> raw(n, nullptr);
    std::vector<std::string> texts;
    if (n == 0 || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) < 0) return texts;
    for (const char* text : raw) texts.emplace_back(text == nullptr ? "" : text);
    const Handle space(H5Dget_space(dataset), H5Sclose);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw.data());
    return texts;
}

bool holds_numbers(hid_t dataset) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const H5T_class_t kind = H5Tget_class(type);
    return kind == H5T_INTEGER || kind == H5T_FLOAT;
}

}  // namespace

template <class T>
std::vector<T> File::read(const std::string& name) const {
    const Shape all = shape(name);
    const Handle dataset = impl_->dataset(name);
    if constexpr (std::is_same_v<T, std::string>) {
        auto texts = read_texts(dataset, product(all));
        impl_->check(texts.size() == product(all), name, "must hold text");
        return texts;
    } else {
        impl_->check(holds_numbers(dataset), name, "must hold numbers");
        std::vector<T> values(product(all));
        const bool ok = values.empty() ||
                        H5Dread(dataset, native<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0;
        impl_->check(ok, name, "cannot be read (is the file truncated?)");
        return values;
    }
}

template <class T>
std::vector<T> File::read_rows(const std::string& name, std::uint64_t first, std::uint64_t n) const {
    const Shape all = shape(name);
    const Handle dataset = impl_->dataset(name);
    impl_->check(holds_numbers(dataset), name, "must hold numbers");
    impl_->check(!all.empty() && first + n <= all[0], name, "has fewer rows than asked for");
    std::vector<hsize_t> start(all.size(), 0), count(all.begin(), all.end());
    start[0] = first;
    count[0] = n;
    std::vector<T> values(n * product({all.begin() + 1, all.end()}));
    if (values.empty()) return values;
    const Handle space(H5Dget_space(dataset), H5Sclose);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    impl_->check(
        H5Dread(dataset, native<T>(), dataspace({values.size()}), space, H5P_DEFAULT, values.data()) >= 0,
        name, "cannot be read (is the file truncated?)");
    return values;
}

template <class T>
void File::write_attribute(const std::string& object, const std::string& name, const T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
        const Handle type = text_type();
        const char* text = value.c_str();
        impl_->check(H5Awrite(impl_->new_attribute(object, name, type, {}), type, &text) >= 0, object,
                     "cannot write an attribute");
    } else {
        impl_->check(H5Awrite(impl_->new_attribute(object, name, stored<T>(), {}), native<T>(), &value) >= 0,
                     object, "cannot write an attribute");
    }
}

template <class T>
void File::write_attribute(const std::string& object, const std::string& name, const std::vector<T>& values) {
    if constexpr (std::is_same_v<T, std::string>) {
        const Handle type = text_type();
        const auto texts = c_strings(values);
        const Handle handle = impl_->new_attribute(object, name, type, {values.size()});
        impl_->check(values.empty() || H5Awrite(handle, type, texts.data()) >= 0, object,
                     "cannot write an attribute");
    } else {
        impl_->check(H5Awrite(impl_->new_attribute(object, name, stored<T>(), {values.size()}), native<T>(),
                              values.data()) >= 0,
                     object, "cannot write an attribute");
    }
}

template <class T>
T File::read_attribute(const std::string& object, const std::string& name) const {
    const Handle attribute = impl_->attribute(object, name);
    if constexpr (std::is_same_v<T, std::string>) {
        const Handle type = text_type();
        char* raw = nullptr;
        impl_->check(H5Aread(attribute, type, &raw) >= 0 && raw != nullptr, object,
                     "cannot read an attribute");
        std::string text(raw);
        H5free_memory(raw);
        return text;
    } else {
        T value{};
        impl_->check(H5Aread(attribute, native<T>(), &value) >= 0, object, "cannot read an attribute");
        return value;
    }
}

bool File::has_attribute(const std::string& object, const std::string& name) const {
    return exists(object) && H5Aexists(impl_->object(object), name.c_str()) > 0;
}

void File::write_sorting(const std::string& group, std::uint8_t value) {
    const Handle type(H5Tenum_create(H5T_STD_U8LE), H5Tclose);
    const char* names[] = {"none", "by_id", "by_time"};
    for (std::uint8_t i = 0; i < 3; ++i) H5Tenum_insert(type, names[i], &i);
    impl_->check(H5Awrite(impl_->new_attribute(group, "sorting", type, {}), type, &value) >= 0, group,
                 "cannot write an attribute");
}

void File::start_swmr() {
    impl_->check(H5Fstart_swmr_write(impl_->file) >= 0, "", "cannot start streaming (is the disk full?)");
}

void File::flush() {
    impl_->check(H5Fflush(impl_->file, H5F_SCOPE_GLOBAL) >= 0, "", "cannot be written (is the disk full?)");
}

void File::close() { impl_->check(impl_->file.close(), "", "cannot be closed (is the disk full?)"); }

std::string hdf5_version() {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    return fmt::format("{}.{}.{}", major, minor, release);
}

#define STRIATE_NUMBER(T)                                                                                  \
    template void File::write<T>(const std::string&, std::span<const T>, const Shape&, const Meaning&);    \
    template void File::overwrite<T>(const std::string&, std::span<const T>);                              \
    template void File::create_growing<T>(const std::string&, const Shape&, std::uint64_t, bool,           \
                                          const Meaning&);                                                 \
    template void File::append<T>(const std::string&, std::span<const T>);                                 \
    template std::vector<T> File::read<T>(const std::string&) const;                                       \
    template std::vector<T> File::read_rows<T>(const std::string&, std::uint64_t, std::uint64_t) const;    \
    template void File::write_attribute<T>(const std::string&, const std::string&, const T&);              \
    template void File::write_attribute<T>(const std::string&, const std::string&, const std::vector<T>&); \
    template T File::read_attribute<T>(const std::string&, const std::string&) const;
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
template void File::write_attribute<std::string>(const std::string&, const std::string&, const std::string&);
template void File::write_attribute<std::string>(const std::string&, const std::string&,
                                                 const std::vector<std::string>&);
template std::string File::read_attribute<std::string>(const std::string&, const std::string&) const;

}  // namespace sim::io
