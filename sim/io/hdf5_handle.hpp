// What the files of the HDF5 layer share with each other and with nobody else.
#pragma once
#include <fmt/format.h>
#include <hdf5.h>

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/error.hpp"
#include "sim/io/digest.hpp"
#include "sim/io/hdf5.hpp"

namespace sim::io {

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
    /// Closes now. What was written reaches the disk here at the latest, and the destructor could not report
    /// a failure.
    bool close() { return close_(std::exchange(id_, H5I_INVALID_HID)) >= 0; }

  private:
    hid_t id_;
    herr_t (*close_)(hid_t);
};

template <class T>
hid_t native();
/// Type on disk: little-endian whatever the machine.
template <class T>
hid_t stored();
#define STRIATE_TYPE(T, NATIVE, STORED) \
    template <>                         \
    inline hid_t native<T>() {          \
        return NATIVE;                  \
    }                                   \
    template <>                         \
    inline hid_t stored<T>() {          \
        return STORED;                  \
    }
STRIATE_TYPE(float, H5T_NATIVE_FLOAT, H5T_IEEE_F32LE)
STRIATE_TYPE(double, H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE)
STRIATE_TYPE(std::uint8_t, H5T_NATIVE_UINT8, H5T_STD_U8LE)
STRIATE_TYPE(std::int32_t, H5T_NATIVE_INT32, H5T_STD_I32LE)
STRIATE_TYPE(std::uint32_t, H5T_NATIVE_UINT32, H5T_STD_U32LE)
STRIATE_TYPE(std::int64_t, H5T_NATIVE_INT64, H5T_STD_I64LE)
STRIATE_TYPE(std::uint64_t, H5T_NATIVE_UINT64, H5T_STD_U64LE)
#undef STRIATE_TYPE

/// UTF-8 of so many bytes, with zero bytes behind shorter texts; of variable length, as SONATA asks, if none is given.
Handle text_type(std::size_t size = H5T_VARIABLE);
/// A text of fixed length without the zero bytes behind it, or the spaces where its type says so.
std::string unpadded(const std::string& text, const Handle& type);
/// As the library takes texts to write; valid as long as `texts` is.
std::vector<const char*> c_strings(std::span<const std::string> texts);
Handle dataspace(const Shape& shape);
Handle intermediate_groups();
/// Number of elements. throws IoError if there are more than any file holds
std::uint64_t product(const Shape& shape);
/// Why the last call of the library failed, in the words of the system: "No space left on device"; else "".
std::string system_error();
/// What HDF5's stack of errors says first, lower-case words of the library; else "".
std::string library_error();

struct File::Impl {
    std::string path;
    Handle file;
    bool is_streamed;                       // written while others read
    std::map<std::string, Digest> digests;  // of the values of each dataset and attribute written here
    bool texts_vary = false;                // those of datasets, in length

    [[noreturn]] void fail(const std::string& object, const std::string& what) const {
        throw IoError(fmt::format("{}: {}{}{}", path, object, object.empty() ? "" : ": ", what));
    }
    void check(bool ok, const std::string& object, const char* what) const {
        if (!ok) fail(object, what);
    }
    /// Of a call that writes.
    void check_written(bool ok, const std::string& object) const;
    /// Closes what was written to.
    void close(Handle& handle, const std::string& object) const { check_written(handle.close(), object); }

    Handle dataset(const std::string& name) const;
    Handle object(const std::string& name) const;
    Handle attribute(const std::string& name, const std::string& attribute_name) const;
    Handle new_attribute(const std::string& name, const std::string& attribute_name, hid_t type,
                         const Shape& shape) const;
    void write_attribute(const std::string& name, const std::string& attribute_name, hid_t type,
                         hid_t memory_type, const Shape& shape, const void* values);
    void describe(const std::string& name, const Meaning& meaning);
    Digest& digest(const std::string& name) { return digests[name]; }
};

/// Name of an attribute among the digests of a file.
inline std::string attribute_path(const std::string& object, const std::string& name) {
    return object + "/@" + name;
}

}  // namespace sim::io
