// Groups and attributes of an HDF5 file.
#include <algorithm>
#include <limits>
#include <type_traits>

#include "sim/io/conversion.hpp"
#include "sim/io/hdf5_handle.hpp"
#include "sim/io/hdf5_reference.hpp"

namespace sim::io {

bool File::exists(const std::string& object) const {
    if (object == "/") return true;
    for (std::size_t at = object.find('/', 1);; at = object.find('/', at + 1)) {  // every group on the way
        const std::string prefix = object.substr(0, at);
        if (H5Lexists(impl_->file, prefix.c_str(), H5P_DEFAULT) <= 0) return false;
        if (at == std::string::npos) return true;
    }
}

std::vector<std::string> File::children(const std::string& group) const {
    const Handle owner = impl_->object(group);
    H5G_info_t info{};
    impl_->check(H5Gget_info(owner, &info) >= 0, group, "is no group");
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
        const ssize_t size =
            H5Lget_name_by_idx(owner, ".", H5_INDEX_NAME, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
        impl_->check(size >= 0, group, "is damaged: a name cannot be read");
        std::string name(static_cast<std::size_t>(size), '\0');
        H5Lget_name_by_idx(owner, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size() + 1,
                           H5P_DEFAULT);
        names.push_back(std::move(name));
    }
    return names;
}

bool File::is_group(const std::string& object) const {
    return H5Iget_type(impl_->object(object)) == H5I_GROUP;
}

std::vector<std::string> File::objects_below(const std::string& group) const {
    constexpr std::size_t kDeepest = 32;  // a group can contain itself
    std::vector<std::string> all;
    const auto add = [&](const auto& again, const std::string& path, std::size_t depth) -> void {
        for (const std::string& name : children(path)) {
            all.push_back(path == "/" ? "/" + name : path + "/" + name);
            const std::string here = all.back();
            impl_->check(depth < kDeepest, here, "is damaged: groups without end");
            if (is_group(here)) again(again, here, depth + 1);
        }
    };
    add(add, group, 0);
    return all;
}

void File::create_group(const std::string& group) {
    if (exists(group)) return;
    Handle handle(H5Gcreate2(impl_->file, group.c_str(), intermediate_groups(), H5P_DEFAULT, H5P_DEFAULT),
                  H5Gclose);
    impl_->check_written(handle.valid(), group);
    impl_->close(handle, group);
}

// ---- attributes

Handle File::Impl::attribute(const std::string& name, const std::string& attribute_name) const {
    const Handle owner = object(name);
    Handle handle(H5Aopen(owner, attribute_name.c_str(), H5P_DEFAULT), H5Aclose);
    check(handle.valid(), name, fmt::format("no attribute \"{}\"", attribute_name).c_str());
    return handle;
}

void File::Impl::write_attribute(const std::string& name, const std::string& attribute_name, hid_t type,
                                 hid_t memory_type, const Shape& shape, const void* values) {
    Handle owner = object(name);
    if (H5Aexists(owner, attribute_name.c_str()) > 0)
        check_written(H5Adelete(owner, attribute_name.c_str()) >= 0, name);
    Handle handle(H5Acreate2(owner, attribute_name.c_str(), type, dataspace(shape), H5P_DEFAULT, H5P_DEFAULT),
                  H5Aclose);
    check_written(handle.valid(), name);
    check_written(H5Awrite(handle, memory_type, values) >= 0, name);
    close(handle, name);
    close(owner, name);
}

void File::Impl::describe(const std::string& name, const Meaning& meaning) {
    const Handle type = text_type();
    for (const auto& [key, value] :
         {std::pair{"units", &meaning.units}, {"description", &meaning.description}}) {
        const char* text = value->c_str();
        write_attribute(name, key, type, type, {}, &text);
        Digest& written = digests[attribute_path(name, key)] = Digest();
        written.add(std::string_view(*value));
    }
}

namespace {

template <class T>
Digest digest_of(std::span<const T> values) {
    Digest digest;
    if constexpr (std::is_same_v<T, std::string>)
        for (const std::string& text : values) digest.add(std::string_view(text));
    else
        digest.add_values(values);
    return digest;
}

/// Numbers of an attribute as they are wanted.
template <class T, class Found>
T converted(const Handle& attribute, const std::string& where) {
    Found found{};
    if (H5Aread(attribute, native<Found>(), &found) < 0) throw IoError(where + "cannot be read");
    return checked<T>(found, [&](const std::string& what) { throw IoError(where + what); });
}

}  // namespace

template <>
void File::write_attribute(const std::string& object, const std::string& name, const Reference& value) {
    hobj_ref_t reference{};
    impl_->check_written(
        H5Rcreate(&reference, impl_->file, value.target.c_str(), H5R_OBJECT, H5I_INVALID_HID) >= 0,
        value.target);
    impl_->write_attribute(object, name, H5T_STD_REF_OBJ, H5T_STD_REF_OBJ, {}, &reference);
    impl_->digests[attribute_path(object, name)] = digest_of(std::span<const std::uint64_t>(&reference, 1));
}

template <class T>
void File::write_attribute(const std::string& object, const std::string& name, const T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
        const Handle type = text_type();
        const char* text = value.c_str();
        impl_->write_attribute(object, name, type, type, {}, &text);
    } else {
        impl_->write_attribute(object, name, stored<T>(), native<T>(), {}, &value);
    }
    impl_->digests[attribute_path(object, name)] = digest_of(std::span<const T>(&value, 1));
}

template <class T>
void File::write_attribute(const std::string& object, const std::string& name, const std::vector<T>& values) {
    const Shape shape{values.size()};
    if constexpr (std::is_same_v<T, std::string>) {
        const Handle type = text_type();
        impl_->write_attribute(object, name, type, type, shape, c_strings(values).data());
    } else {
        impl_->write_attribute(object, name, stored<T>(), native<T>(), shape, values.data());
    }
    impl_->digests[attribute_path(object, name)] = digest_of(std::span<const T>(values));
}

void File::write_sorting(const std::string& group, std::uint8_t value) {
    const Handle type(H5Tenum_create(H5T_STD_U8LE), H5Tclose);
    const char* names[] = {"none", "by_id", "by_time"};
    for (std::uint8_t i = 0; i < 3; ++i) H5Tenum_insert(type, names[i], &i);
    impl_->write_attribute(group, "sorting", type, type, {}, &value);
    impl_->digests[attribute_path(group, "sorting")] = digest_of(std::span<const std::uint8_t>(&value, 1));
}

template <class T>
T File::read_attribute(const std::string& object, const std::string& name) const {
    const Handle attribute = impl_->attribute(object, name);
    const std::string where = fmt::format("{}: {}: attribute \"{}\": ", path(), object, name);
    const Handle space(H5Aget_space(attribute), H5Sclose), type(H5Aget_type(attribute), H5Tclose);
    if (H5Sget_simple_extent_npoints(space) != 1) throw IoError(where + "must be one value");
    const H5T_class_t kind = H5Tget_class(type);
    if constexpr (std::is_same_v<T, std::string>) {
        if (kind != H5T_STRING) throw IoError(where + "must be text");
        if (H5Tis_variable_str(type) <= 0) {  // of fixed length, padded
            std::string value(H5Tget_size(type), '\0');
            if (H5Aread(attribute, type, value.data()) < 0) throw IoError(where + "cannot be read");
            return unpadded(value, type);
        }
        const Handle text = text_type();
        H5Tset_cset(text, H5Tget_cset(type));  // ASCII of others stays what it is
        char* raw = nullptr;
        if (H5Aread(attribute, text, &raw) < 0 || raw == nullptr) throw IoError(where + "cannot be read");
        std::string value(raw);
        H5free_memory(raw);
        return value;
    } else {
        if (kind == H5T_FLOAT) return converted<T, double>(attribute, where);
        if (kind != H5T_INTEGER) throw IoError(where + "must be a number");
        return H5Tget_sign(type) == H5T_SGN_NONE ? converted<T, std::uint64_t>(attribute, where)
                                                 : converted<T, std::int64_t>(attribute, where);
    }
}

bool File::has_attribute(const std::string& object, const std::string& name) const {
    return exists(object) && H5Aexists(impl_->object(object), name.c_str()) > 0;
}

std::vector<std::string> File::attributes(const std::string& object) const {
    const Handle owner = impl_->object(object);
    H5O_info_t info{};
    impl_->check(H5Oget_info2(owner, &info, H5O_INFO_NUM_ATTRS) >= 0, object, "is damaged");
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.num_attrs; ++i) {
        const Handle attribute(
            H5Aopen_by_idx(owner, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
        impl_->check(attribute.valid(), object, "is damaged: an attribute cannot be read");
        const ssize_t size = H5Aget_name(attribute, 0, nullptr);
        std::string name(static_cast<std::size_t>(std::max<ssize_t>(size, 0)), '\0');
        H5Aget_name(attribute, name.size() + 1, name.data());
        names.push_back(std::move(name));
    }
    return names;
}

// ---- attributes whatever they hold

namespace {

constexpr std::size_t kLargestAttribute = std::size_t{1} << 26U;  // bytes

struct RawAttribute {
    Handle type;
    Shape shape;
    std::vector<std::string> texts;  // of variable length
    std::vector<unsigned char> bytes;
    Digest digest;
};

RawAttribute raw_attribute(const Handle& attribute, const std::string& where) {
    const Handle space(H5Aget_space(attribute), H5Sclose);
    RawAttribute raw{{H5Aget_type(attribute), H5Tclose}, {}, {}, {}, {}};
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    const std::size_t size = H5Tget_size(raw.type);
    if (n < 0 || size == 0 || static_cast<std::uint64_t>(n) > kLargestAttribute / size)
        throw IoError(where + "is damaged");
    std::vector<hsize_t> dims(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    if (!dims.empty()) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    raw.shape.assign(dims.begin(), dims.end());
    const auto count = static_cast<std::size_t>(n);
    if (H5Tis_variable_str(raw.type) > 0) {
        const Handle text = text_type();
        std::vector<char*> found(count, nullptr);
        if (count > 0 && H5Aread(attribute, text, found.data()) < 0) throw IoError(where + "cannot be read");
        for (char* one : found) {
            raw.texts.emplace_back(one == nullptr ? "" : one);
            raw.digest.add(std::string_view(raw.texts.back()));
            H5free_memory(one);
        }
        return raw;
    }
    raw.bytes.resize(count * size);
    if (count > 0 && H5Aread(attribute, raw.type, raw.bytes.data()) < 0)
        throw IoError(where + "cannot be read");
    raw.digest.add(raw.bytes.data(), raw.bytes.size());
    return raw;
}

}  // namespace

void File::read_back_attributes(const std::string& object) {
    for (const std::string& name : attributes(object))
        impl_->digests[attribute_path(object, name)] =
            raw_attribute(impl_->attribute(object, name), fmt::format("{}: {}: {}: ", path(), object, name))
                .digest;
}

void File::copy_attributes_from(const File& other, const std::string& object) {
    for (const std::string& name : other.attributes(object)) {
        const RawAttribute raw = raw_attribute(other.impl_->attribute(object, name),
                                               fmt::format("{}: {}: {}: ", other.path(), object, name));
        const auto texts = c_strings(raw.texts);
        const void* values = H5Tis_variable_str(raw.type) > 0 ? static_cast<const void*>(texts.data())
                                                              : static_cast<const void*>(raw.bytes.data());
        impl_->write_attribute(object, name, raw.type, raw.type, raw.shape, values);
        impl_->digests[attribute_path(object, name)] = raw.digest;
    }
}

#define STRIATE_ATTRIBUTE(T)                                                                               \
    template void File::write_attribute<T>(const std::string&, const std::string&, const T&);              \
    template void File::write_attribute<T>(const std::string&, const std::string&, const std::vector<T>&); \
    template T File::read_attribute<T>(const std::string&, const std::string&) const;
STRIATE_ATTRIBUTE(float)
STRIATE_ATTRIBUTE(double)
STRIATE_ATTRIBUTE(std::uint8_t)
STRIATE_ATTRIBUTE(std::int32_t)
STRIATE_ATTRIBUTE(std::uint32_t)
STRIATE_ATTRIBUTE(std::int64_t)
STRIATE_ATTRIBUTE(std::uint64_t)
STRIATE_ATTRIBUTE(std::string)
#undef STRIATE_ATTRIBUTE

}  // namespace sim::io
