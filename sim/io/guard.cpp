#include "sim/io/guard.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

#include "sim/error.hpp"

namespace sim::io {
namespace {

constexpr time_t kSilence_s = 3;  // of processor time, so that a busy machine changes nothing
constexpr rlim_t kLongest_s = 4, kSlowest = 10'000'000;  // in all: as long, and [B/s] for what a file holds
bool g_is_child = false;

/// What a file is, as far as the system notes changes.
using Version = std::tuple<dev_t, ino_t, off_t, time_t, long>;

Version version_of(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0)
        throw IoError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
    return {found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

/// What was found wrong with versions of files; "": nothing, they are vouched for.
class Verdicts {
  public:
    std::optional<std::string> of(const Version& version) {
        const std::lock_guard lock(mutex_);
        const auto found = verdicts_.find(version);
        return found == verdicts_.end() ? std::nullopt : std::optional(found->second);
    }
    void add(const Version& version, const std::string& verdict) {
        const std::lock_guard lock(mutex_);
        verdicts_[version] = verdict;
    }

  private:
    std::mutex mutex_;
    std::map<Version, std::string> verdicts_;
};

Verdicts& verdicts() {
    static Verdicts all;
    return all;
}

/// Memory the child may take beyond what this process has: a sanitizer's shadow knows no such bounds.
void limit_memory() {
#ifndef __SANITIZE_ADDRESS__
    constexpr std::uint64_t kRoom = std::uint64_t{1} << 30U;
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t most = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + kRoom;
    const rlimit limit{most, most};
    if (pages > 0) ::setrlimit(RLIMIT_AS, &limit);
#endif
}

/// A file of few bytes can say so of many objects, each of which takes a little less than silence may.
void limit_time(off_t size) {
    const rlim_t most = kLongest_s + static_cast<rlim_t>(size) / kSlowest;
    const rlimit limit{most, most + 1};
    ::setrlimit(RLIMIT_CPU, &limit);
}

/// Of what the parent has open nothing but the pipe: a lock on a file would outlive the parent in its child.
void let_go_of_all_but(int fd) {
    const auto kept = static_cast<unsigned>(fd);
    if (kept > 3) ::close_range(3, kept - 1, 0);
    ::close_range(kept + 1, ~0U, 0);
}

[[noreturn]] void be_the_child(int to_parent, off_t size, const std::function<std::string()>& complaint) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGPROF, SIGXCPU, SIGINT, SIGTERM})
        ::signal(signal, SIG_DFL);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would hear what it says
    let_go_of_all_but(to_parent);
    limit_memory();
    limit_time(size);
    g_is_child = true;
    note_progress();
    std::string said;
    try {
        said = complaint();
    } catch (const Error& error) {
        said = error.what();
    } catch (const std::exception& error) {
        said = error.what();
    }
    const bool told = ::write(to_parent, said.data(), said.size()) == static_cast<ssize_t>(said.size());
    ::_exit(told ? 0 : 1);
}

std::string read_all(int fd) {
    std::string text;
    std::array<char, 4096> piece{};
    for (;;) {
        const ssize_t n = ::read(fd, piece.data(), piece.size());
        if (n > 0) text.append(piece.data(), static_cast<std::size_t>(n));
        if (n == 0 || (n < 0 && errno != EINTR)) return text;
    }
}

/// What a child says of a file, or what became of it.
std::string ask_child(off_t size, const std::function<std::string()>& complaint) {
    int ends[2];
    if (::pipe(ends) != 0) return fmt::format("no child can be asked: {}", std::strerror(errno));
    const pid_t child = ::fork();
    if (child < 0) {
        ::close(ends[0]);
        ::close(ends[1]);
        return fmt::format("no child can be asked: {}", std::strerror(errno));
    }
    if (child == 0) be_the_child(ends[1], size, complaint);
    ::close(ends[1]);
    const std::string said = read_all(ends[0]);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return said;
    for (const int signal : {SIGKILL, SIGINT, SIGTERM})  // says nothing of the file
        if (WIFSIGNALED(status) && WTERMSIG(status) == signal)
            return "was being tried by a child process, which was killed";
    const bool hung = WIFSIGNALED(status) && (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGXCPU);
    return fmt::format("is damaged: HDF5's library {} over it", hung ? "hangs" : "crashes");
}

}  // namespace

void note_progress() {
    if (!g_is_child) return;
    const itimerval wait{{0, 0}, {kSilence_s, 0}};
    ::setitimer(ITIMER_PROF, &wait, nullptr);
}

namespace {

/// "" if the file can be read.
std::string verdict_on(const std::string& path, off_t size,
                       const std::function<std::string(Seal)>& complaint) {
    const Seal seal = check_seal(path);
    if (seal == Seal::whole) return "";
    const std::string said = ask_child(size, [&] { return complaint(seal); });
    if (said.empty()) return "";
    if (said.starts_with(path)) return said;
    return seal == Seal::broken
               ? fmt::format("{}: is not as it was written (damaged, or changed by another program): {}",
                             path, said)
               : fmt::format("{}: {}", path, said);
}

}  // namespace

void vouch_for(const std::string& path, const std::function<std::string(Seal)>& complaint) {
    const Version version = version_of(path);
    std::optional<std::string> verdict = verdicts().of(version);
    if (!verdict) {
        verdict = verdict_on(path, std::get<2>(version), complaint);
        verdicts().add(version, *verdict);
    }
    if (!verdict->empty()) throw IoError(*verdict);
}

}  // namespace sim::io
