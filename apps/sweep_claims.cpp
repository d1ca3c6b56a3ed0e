#include "apps/sweep_claims.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <thread>

#include "apps/streams.hpp"
#include "sim/error.hpp"

namespace apps {
namespace {

/// Without O_CLOEXEC: what this process starts holds the lock too.
int open_lock(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT, 0666);
    if (file < 0) throw sim::IoError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
    return file;
}

/// Whatever children still have it open.
void unlock(int file) {
    ::flock(file, LOCK_UN);
    ::close(file);
}

}  // namespace

Part read_part(const std::string& text) {
    Part part{0, 0};
    const char* const end = text.data() + text.size();
    const auto slash = std::from_chars(text.data(), end, part.number);
    if (slash.ec == std::errc() && slash.ptr != end && *slash.ptr == '/')
        if (const auto read = std::from_chars(slash.ptr + 1, end, part.n);
            read.ec == std::errc() && read.ptr == end && part.number >= 1 && part.number <= part.n)
            return {part.number - 1, part.n};
    throw sim::ConfigError(fmt::format("--part: must be I/N, such as 1/8 to 8/8, got \"{}\"", text));
}

// A killed sweep's runs hold its locks until they have written their checkpoints, so there is some waiting to be done.
Held::Held(const std::string& path, Lock lock) : file_(open_lock(path)) {
    using namespace std::chrono_literals;
    constexpr int kTries = 300;
    const int how = (lock == Lock::one ? LOCK_EX : LOCK_SH) | LOCK_NB;
    for (int i = 0; ::flock(file_, how) != 0; ++i) {
        if (i == kTries) {
            ::close(file_);
            throw sim::IoError(fmt::format("{}: is held: another sweep is at work in this folder", path));
        }
        if (i == 0) say("waiting for another sweep of this folder, or for runs that it left\n");
        std::this_thread::sleep_for(100ms);
    }
}

Held::~Held() { unlock(file_); }

Claims::~Claims() {
    for (const auto& [path, file] : files_) unlock(file);
}

bool Claims::take(const std::string& path) {
    const int file = open_lock(path);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        ::close(file);
        return false;
    }
    files_[path] = file;
    return true;
}

void Claims::let_go(const std::string& path) {
    const auto found = files_.find(path);
    if (found == files_.end()) return;
    unlock(found->second);
    files_.erase(found);
}

}  // namespace apps
