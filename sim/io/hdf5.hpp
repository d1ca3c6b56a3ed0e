// A thin, typed, RAII face on the HDF5 C library: whole datasets, datasets that grow, attributes.
// Every dataset carries the attributes `units` and `description`. Every failure is an IoError "path:
// /dataset: what", also one that shows only when data go to the disk.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/error.hpp"

namespace sim::io {

using Shape = std::vector<std::uint64_t>;

/// In a shape that is expected: any number.
inline constexpr std::uint64_t kAny = ~std::uint64_t{0};

/// What a dataset holds.
struct Meaning {
    std::string units;        // "ms", "1", "px", ...
    std::string description;  // one line
};

/// An HDF5 file. Element types T: float, double, std::uint8_t, std::int32_t, std::uint32_t, std::int64_t,
/// std::uint64_t, and std::string for attributes and lists of text. Paths are absolute: "/network/v1/Phi".
class File {
  public:
    /// A new, empty file; an existing one of that name is replaced. One that is not streamed leaves room for
    /// a seal (sim/io/seal.hpp), and its chunks carry checksums.
    static File create(const std::string& path, bool is_streamed = false);
    /// An existing file, to read (also while another process is writing it). What is damaged, was changed by
    /// another program, or would crash or hang the library is refused before it is read.
    static File open(const std::string& path);
    /// One that this process has just written, to read: needs nobody to vouch for it.
    static File open_own(const std::string& path);
    /// An existing file left by a process that may have been killed, to write on; refuses as `open` does.
    static File reopen(const std::string& path);

    File(File&&) noexcept;
    File& operator=(File&&) noexcept;
    ~File();

    const std::string& path() const;
    /// Somebody has renamed it, while it stays open.
    void is_now(const std::string& path);
    bool exists(const std::string& object) const;
    std::vector<std::string> children(const std::string& group) const;
    std::vector<std::string> attributes(const std::string& object) const;
    bool is_group(const std::string& object) const;
    /// All groups and datasets below a group, "/" for all, each after the group it is in.
    std::vector<std::string> objects_below(const std::string& group) const;

    void create_group(const std::string& group);
    /// From here on texts of datasets are UTF-8 of variable length, as the formats of others ask. Else they have one length, that
    /// of the longest: not all programs, Octave among them, know another; and are ASCII where all of them are.
    void vary_texts();

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
    /// Appends the first rows of the same dataset of another file.
    void append_from(const File& other, const std::string& dataset, std::uint64_t rows);
    /// Cuts (or grows) the first dimension.
    void resize(const std::string& dataset, std::uint64_t rows);

    /// Copies a dataset, or a group with all in it, from another file, under the same path.
    void copy_from(const File& other, const std::string& object);

    Shape shape(const std::string& dataset) const;
    /// "float32", "float64", "uint8", "int32", "uint32", "int64", "uint64": the type T that holds all its values; "text".
    /// throws IoError if it holds something else
    std::string type(const std::string& dataset) const;
    /// All values, converted to T. throws IoError if the dataset is missing, holds another class of type,
    /// claims more values than the file can hold or memory has room for, or holds a value that T cannot: an
    /// integer takes whole numbers within its range alone.
    template <class T>
    std::vector<T> read(const std::string& dataset) const;
    /// As `read`, of the shape it must have; kAny stands for any number.
    template <class T>
    std::vector<T> read(const std::string& dataset, const Shape& expected) const;
    /// One row along the first dimension, of the shape that it must have.
    template <class T>
    std::vector<T> read_row(const std::string& dataset, std::uint64_t row, const Shape& expected) const;
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
    /// Gives all to the system, which keeps it if this process dies.
    void flush();
    /// Puts all on the disk, where it outlives the machine's death.
    void sync();
    /// Closes, reporting failure (the destructor stays silent).
    void close();

    // What is in the file, as digests: of the values of datasets and, as OBJECT/@NAME, of attributes.

    /// Of what was written or appended here, or read back; of nothing if there was nothing.
    std::string digest(const std::string& name) const;
    /// Of all that was written here or read back: one digest of their names and digests.
    std::string digest_of_all() const;
    /// Reads a dataset's first rows (all: kAny), as though they had been written here.
    void read_back(const std::string& dataset, std::uint64_t rows);
    /// Reads the attributes of an object, as though they had been written here.
    void read_back_attributes(const std::string& object);
    /// Lines "DIGEST NAME (SHAPE)" of all that was written here.
    std::vector<std::string> manifest() const;
    /// The first of such lines that this file does not bear out, in words; "" if there is none.
    std::string first_difference(const std::vector<std::string>& manifest);

    struct Impl;  // of the layer alone (sim/io/hdf5_handle.hpp)

  private:
    explicit File(std::unique_ptr<Impl> impl);
    void check_shape(const std::string& dataset, const Shape& expected) const;
    void copy_attributes_from(const File& other, const std::string& object);
    void copy_dataset_from(const File& other, const std::string& dataset);
    std::unique_ptr<Impl> impl_;
};

/// "1.10.8"
std::string hdf5_version();

}  // namespace sim::io
