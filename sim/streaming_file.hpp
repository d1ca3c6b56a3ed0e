// A file that a long piece of work writes while it goes on, and from which it goes on after a kill at any
// moment: datasets that grow, and two slots for checkpoints (docs/decisions/0007). It knows nothing of what is
// in them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"
#include "sim/io/output.hpp"
#include "sim/provenance.hpp"

namespace sim {

/// On ranks that do not write it (sim/ranks.hpp) it is there and does nothing, but that it hands out the state that the
/// first has read: all ranks call resume() and has_checkpoint() together.
class StreamingFile {
  public:
    enum class Element { float32, float64, uint8, uint64 };

    /// A dataset that grows along its first dimension.
    struct Growing {
        std::string name;
        Element element;
        io::Shape row;
        std::uint64_t rows_per_chunk;
        bool is_packed;
        io::Meaning meaning;
    };
    /// What is in the file, the same whenever the work begins or goes on.
    struct Layout {
        std::string kind;  // io::mark_striate_file
        Provenance provenance;
        std::vector<Growing> streams;
        /// All else that is known before the work begins. Called before create() or resume() returns, and, if
        /// is_brief, again with the first checkpoint: then it has to write the same.
        std::function<void(io::File&)> write_header;
        /// Most works of the kind end before their first checkpoint: until then the file does not stream, and
        /// one that ends is not copied.
        bool is_brief = false;
    };

    struct Resumed;

    /// Begins. throws IoError if NAME.partial exists (unless force)
    static StreamingFile create(io::Output output, Layout layout, bool force);
    /// Goes on with NAME.partial from its newest checkpoint that is whole; everything written after that is
    /// cut off. throws IoError if there is none, ConfigError if it is of another config or of other data
    static Resumed resume(io::Output output, Layout layout);

    StreamingFile(StreamingFile&&) noexcept;
    ~StreamingFile();

    /// Appends whole rows to one of the streams.
    template <class T>
    void append(const std::string& stream, std::span<const T> values);

    /// A checkpoint: a state of any length. It survives a kill, and the death of the machine, from the moment this
    /// returns, and until then the one before it does. With the first one the file becomes NAME.partial.
    void write(std::vector<std::byte> state);
    bool has_checkpoint() const;

    /// NAME becomes a sealed copy of all but the checkpoints, after `write_end` has added what is known at the
    /// end alone; NAME.partial goes.
    void finish(const std::function<void(io::File&)>& write_end);

  private:
    struct Impl;
    explicit StreamingFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct StreamingFile::Resumed {
    StreamingFile file;
    std::vector<std::byte> state;  // of the checkpoint
    std::string warning;           // of what is damaged; "" if nothing is
};

}  // namespace sim
