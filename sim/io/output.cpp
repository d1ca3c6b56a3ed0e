#include "sim/io/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "sim/error.hpp"
#include "sim/ranks.hpp"

namespace sim::io {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
    throw IoError(fmt::format("{}: {}", path.string(), what));
}

/// What a chain of symbolic links ends at, which need not be there.
fs::path end_of_links(fs::path path) {
    constexpr int kMostLinks = 40;
    std::error_code error;
    for (int i = 0; i < kMostLinks; ++i) {
        if (!fs::is_symlink(fs::symlink_status(path, error))) return path;
        const fs::path next = fs::read_symlink(path, error);
        if (error) fail(path, error.message());
        path = next.is_absolute() ? next : path.parent_path() / next;
    }
    fail(path, "symbolic links without end");
}

fs::path folder_of(const fs::path& path) {
    return path.parent_path().empty() ? fs::path(".") : path.parent_path();
}

fs::path hidden_beside(const fs::path& target, const char* what) {
    return target.parent_path() / fmt::format(".{}.striate-{}", target.filename().string(), what);
}

/// The file that `path` leads to, after checking that a file may be put there.
fs::path checked_target(const fs::path& path, Existing existing) {
    const fs::path target = end_of_links(path);
    std::error_code error;
    const fs::file_status status = fs::status(target, error);
    if (fs::is_directory(status) || !target.has_filename()) fail(path, "must be a file, is a folder");
    if (fs::exists(status) && !fs::is_regular_file(status))
        fail(path, "must be a regular file, is a device, a pipe or a socket");
    if (existing == Existing::refuse && fs::exists(status)) fail(path, "exists; --force overwrites it");
    if (!fs::is_directory(folder_of(target), error))
        fail(path, fmt::format("cannot be written: there is no folder {}", folder_of(target).string()));
    return target;
}

bool is_same_file(int fd, const fs::path& path) {
    struct stat one {
    }, other{};
    return ::fstat(fd, &one) == 0 && ::stat(path.c_str(), &other) == 0 && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

/// Locks a file. A process that was just killed may have left a child that has not let go yet: it is waited for.
/// returns 0, or why not
int try_lock(int fd) {
    constexpr std::chrono::milliseconds kPatience(1000), kBetween(20);
    const auto start = std::chrono::steady_clock::now();
    while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int why = errno;
        if (why != EWOULDBLOCK || std::chrono::steady_clock::now() - start > kPatience) return why;
        std::this_thread::sleep_for(kBetween);
    }
    return 0;
}

}  // namespace

Lock::Lock(const fs::path& path, const std::string& what) : path_(path), fd_(-1) {
    for (;;) {  // until the file that is locked is the one of that name: its last holder removes it
        const int fd = ::open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
            throw IoError(
                fmt::format("{}: cannot be written: {}: {}", what, path_.string(), std::strerror(errno)));
        if (const int why = try_lock(fd); why != 0) {
            ::close(fd);
            throw IoError(why == EWOULDBLOCK
                              ? fmt::format("{}: another process is writing it", what)
                              : fmt::format("{}: cannot be locked: {}", what, std::strerror(why)));
        }
        if (is_same_file(fd, path_)) {
            fd_ = fd;
            return;
        }
        ::close(fd);
    }
}

Lock::Lock(Lock&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

Lock::~Lock() {
    if (fd_ < 0) return;
    ::unlink(path_.c_str());
    ::close(fd_);
}

namespace {

/// Places that this process holds.
class Held {
  public:
    void add(const fs::path& target) {
        const std::lock_guard guard(mutex_);
        targets_.insert(target);
    }
    void remove(const fs::path& target) {
        const std::lock_guard guard(mutex_);
        targets_.erase(target);
    }
    void abandon() {
        const std::lock_guard guard(mutex_);
        std::error_code ignored;
        for (const fs::path& target : targets_)
            for (const char* what : {"unfinished", "starting", "lock"})
                fs::remove(hidden_beside(target, what), ignored);
    }

  private:
    std::mutex mutex_;
    std::set<fs::path> targets_;
};

Held& held() {
    static Held all;
    return all;
}

}  // namespace

void abandon_outputs() { held().abandon(); }

Output::Output(const fs::path& path, Existing existing)
    : target_(ranks::is_first() ? checked_target(path, existing) : path), existing_(existing) {
    if (!ranks::is_first()) return;
    lock_.emplace(hidden_beside(target_, "lock"), path.string());
    checked_target(path, existing);  // another process may have finished it before the lock was ours
    held().add(target_);
}

Output::~Output() {
    if (!lock_ || !lock_->is_held()) return;
    std::error_code ignored;
    fs::remove(unfinished(), ignored);
    fs::remove(starting(), ignored);
    held().remove(target_);
}

void Output::must_not_be(std::span<const fs::path> inputs) const {
    if (!is_ours()) return;
    std::error_code ignored;
    for (const fs::path& input : inputs)
        if (fs::equivalent(input, target_, ignored) || fs::equivalent(input, partial(), ignored))
            fail(target_, fmt::format("must be another file than the input {}", input.string()));
}

fs::path Output::unfinished() const { return hidden_beside(target_, "unfinished"); }
fs::path Output::starting() const { return hidden_beside(target_, "starting"); }

namespace {

void sync_file(const fs::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool ok = fd >= 0 && ::fsync(fd) == 0;
    const int why = errno;
    if (fd >= 0) ::close(fd);
    if (!ok) fail(path, fmt::format("cannot be put on the disk: {}", std::strerror(why)));
}

/// Some file systems cannot sync a folder, and say EINVAL.
void sync_folder(const fs::path& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    const bool ok = ::fsync(fd) == 0 || errno == EINVAL;
    const int why = errno;
    ::close(fd);
    if (!ok) fail(folder, fmt::format("cannot be put on the disk: {}", std::strerror(why)));
}

void rename_over(const fs::path& file, const fs::path& place) {
    if (std::rename(file.c_str(), place.c_str()) != 0)
        fail(place, fmt::format("cannot be put in its place: {}", std::strerror(errno)));
    sync_folder(folder_of(place));
}

}  // namespace

void Output::publish_partial(const fs::path& file) const {
    sync_file(file);
    rename_over(file, partial());
}

void Output::publish(const fs::path& file) const {
    sync_file(file);
    if (existing_ == Existing::replace) {
        rename_over(file, target_);
        return;
    }
    if (::renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0) {
        const bool is_there = errno == EEXIST;
        // A file system that cannot refuse to replace: a second name can be given only where none is.
        if (is_there || ::link(file.c_str(), target_.c_str()) != 0)
            fail(target_, is_there || errno == EEXIST
                              ? std::string("came to be meanwhile; --force overwrites it")
                              : fmt::format("cannot be put in its place: {}", std::strerror(errno)));
        ::unlink(file.c_str());
    }
    sync_folder(folder_of(target_));
}

void write_text_file(const Output& output, const std::string& text) {
    if (!output.is_ours()) return;
    const fs::path path = output.unfinished();
    std::FILE* file = std::fopen(path.c_str(), "wb");
    bool ok = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    int why = errno;
    if (file != nullptr && std::fclose(file) != 0 && ok) ok = false, why = errno;
    if (!ok) fail(output.path(), fmt::format("cannot be written: {}", std::strerror(why)));
    output.publish(path);
}

void write_text_file(const fs::path& path, const std::string& text, Existing existing) {
    write_text_file(Output(path, existing), text);
}

}  // namespace sim::io
