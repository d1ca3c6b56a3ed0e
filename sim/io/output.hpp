// Where a result goes. Every file that a command writes comes to be in this one way: its name is checked and
// locked before any work, it is written beside its place, and put there whole, on the disk.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace sim::io {

/// What to do with a file that is there already.
enum class Existing {
    refuse,
    replace,  // --force
};

/// A lock that one process at a time holds, in a file of its own that is gone afterwards.
class Lock {
  public:
    /// throws IoError "WHAT: another process is writing it" where another holds it
    Lock(const std::filesystem::path& path, const std::string& what);
    Lock(Lock&& other) noexcept;
    Lock& operator=(Lock&&) = delete;
    ~Lock();
    /// Not if it was moved from.
    bool is_held() const { return fd_ >= 0; }

  private:
    std::filesystem::path path_;
    int fd_;
};

/// The place of one file, held until this goes away. Of several ranks (sim/ranks.hpp) the first writes; on others it is
/// a name, and nothing is checked or done.
class Output {
  public:
    /// path: as the user gave it; a symbolic link is followed, and stays.
    /// throws IoError if a folder, device, pipe or socket is there, a file is and must not be replaced, the
    /// folder cannot be written to, or another process is writing the file
    Output(const std::filesystem::path& path, Existing existing);
    Output(Output&&) noexcept = default;
    Output& operator=(Output&&) = delete;
    /// Removes what is unfinished.
    ~Output();

    const std::filesystem::path& path() const { return target_; }
    /// Whether this process is the one that writes it.
    bool is_ours() const { return lock_.has_value(); }
    /// throws IoError if the output is one of these files: they are read
    void must_not_be(std::span<const std::filesystem::path> inputs) const;

    /// Name for a file on its way, which nobody would go on with: of this process alone, since it holds the
    /// lock, and gone with it.
    std::filesystem::path unfinished() const;
    /// Another such name: of a file that streams, before there is anything to go on with.
    std::filesystem::path starting() const;
    /// Name for what another process can go on with.
    std::filesystem::path partial() const { return target_.string() + ".partial"; }

    /// Puts a closed file in its place, on the disk. throws IoError; the place is as it was then
    void publish(const std::filesystem::path& file) const;
    /// The same to `partial()`, whatever is there.
    void publish_partial(const std::filesystem::path& file) const;

  private:
    std::filesystem::path target_;
    Existing existing_;
    std::optional<Lock> lock_;  // none where another rank writes
};

/// Removes what is unfinished of all outputs, and their locks: for a process that is about to end at once.
void abandon_outputs();

/// Writes a text whole or not at all.
void write_text_file(const Output& output, const std::string& text);
void write_text_file(const std::filesystem::path& path, const std::string& text, Existing existing);

}  // namespace sim::io
