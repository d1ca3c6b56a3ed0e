// A thin, typed, RAII face on the HDF5 C library: whole datasets, datasets that grow, attributes.
// Every dataset carries the attributes `units` and `description`. Every failure is an IoError "path:
// /dataset: what".
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/error.hpp"

namespace sim::io {

using Shape = std::vector<std::uint64_t>;

/// What a dataset holds.
struct Meaning {
    std::string units;        // "ms", "1", "px", ...
    std::string description;  // one line
};

/// An HDF5 file. Element types T: float, double, std::uint8_t, std::int32_t, std::uint32_t, std::int64_t,
/// std::uint64_t, and std::string for attributes and lists of text. Paths are absolute: "/network/v1/Phi".
class File {
  public:
    /// A new, empty file; an existing one of that name is replaced.
    static File create(const std::string& path);
    /// An existing file, to read (also while another process is writing it).
    static File open(const std::string& path);
    /// An existing file left by a process that may have been killed, to write on.
    static File reopen(const std::string& path);

    File(File&&) noexcept;
    File& operator=(File&&) noexcept;
    ~File();

    const std::string& path() const;
    /// The file stays open.
    void rename(const std::string& path);
    bool exists(const std::string& object) const;
    std::vector<std::string> children(const std::string& group) const;

    void create_group(const std::string& group);

    /// A dataset of fixed shape, compressed when it is large. shape {} is a scalar.
    template <class T>
    void write(const std::string& dataset, std::span<const T> values, const Shape& shape,
               const Meaning& meaning);
    template <class T>
    void write(const std::string& dataset, const std::vector<T>& values, const Meaning& meaning) {
        write(dataset, std::span<const T>(values), {values.size()}, meaning);
    }
    /// Overwrites the values of a dataset that has this many elements.
    template <class T>
    void overwrite(const std::string& dataset, std::span<const T> values);

    /// A dataset that grows along its first dimension: starts with shape (0, row...), stored in chunks of
    /// `rows_per_chunk`.
    template <class T>
    void create_growing(const std::string& dataset, const Shape& row, std::uint64_t rows_per_chunk,
                        bool compress, const Meaning& meaning);
    /// Appends values.size() / (row size) rows.
    template <class T>
    void append(const std::string& dataset, std::span<const T> values);
    /// Cuts (or grows) the first dimension.
    void resize(const std::string& dataset, std::uint64_t rows);

    /// Copies a dataset, or a group with all in it, from another file, under the same path.
    void copy_from(const File& other, const std::string& object);

    Shape shape(const std::string& dataset) const;
    /// All values, converted to T. throws IoError if the dataset is missing or holds another class of type.
    template <class T>
    std::vector<T> read(const std::string& dataset) const;
    /// Rows [first, first + n) along the first dimension.
    template <class T>
    std::vector<T> read_rows(const std::string& dataset, std::uint64_t first, std::uint64_t n) const;

    template <class T>
    void write_attribute(const std::string& object, const std::string& name, const T& value);
    template <class T>
    void write_attribute(const std::string& object, const std::string& name, const std::vector<T>& values);
    template <class T>
    T read_attribute(const std::string& object, const std::string& name) const;
    bool has_attribute(const std::string& object, const std::string& name) const;

    /// SONATA's enum attribute `sorting` over uint8: none 0, by_id 1, by_time 2.
    void write_sorting(const std::string& group, std::uint8_t value);

    /// From here on readers may open the file, and a killed process leaves it readable; no object can be
    /// created.
    void start_swmr();
    void flush();
    /// Closes, reporting failure (the destructor stays silent).
    void close();

  private:
    struct Impl;
    explicit File(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// "1.10.8"
std::string hdf5_version();

}  // namespace sim::io
