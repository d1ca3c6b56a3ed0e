// The file of a run survives a kill at any of its system calls: before every single write of the HDF5 library
// the process is killed, resumed, killed again and resumed, and the file must be that of an unbroken run.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <tbb/global_control.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "sim/error.hpp"
#include "sim/learning.hpp"
#include "sim/run_settings.hpp"
#include "tests/support.hpp"

namespace {

/// Shared with the child: writes it has made, and the one it does not live to make (0: lives on).
struct Counter {
    long made, fatal;
    pid_t worker;  // the child; those it asks about files write nothing that counts
};
Counter* g_counter = nullptr;

void count_write() {
    if (g_counter == nullptr || g_counter->worker != ::getpid()) return;
    if (++g_counter->made == g_counter->fatal) ::kill(::getpid(), SIGKILL);
}

}  // namespace

// The library's calls land here, since a program's own symbols come before those of the C library, where it shows them.
#pragma GCC visibility push(default)
extern "C" ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
    count_write();
    return ::syscall(SYS_pwrite64, fd, bytes, size, offset);
}
extern "C" int ftruncate(int fd, off_t size) noexcept {
    count_write();
    return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
extern "C" int rename(const char* from, const char* to) noexcept {
    count_write();
    return static_cast<int>(::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}
extern "C" int fdatasync(int) {  // a kill of the process alone loses nothing that was written
    count_write();
    return 0;
}
extern "C" int fsync(int) {
    count_write();
    return 0;
}
#pragma GCC visibility pop

namespace {

namespace fs = std::filesystem;

/// A short run with all recorded that can be, and a checkpoint after every batch.
const sim::Params::Overrides kShort{"learning.batches=5", "learning.batch_size=4", "learning.held_out=4",
                                    "record.every=2",     "record.snapshots=3",    "checkpoint.every=1e-9 s"};

/// What `striate run` does, from its start or its last checkpoint to its end.
void write_run(const fs::path& output) {
    // A child has none of the threads that its parent may have started.
    const tbb::global_control alone(tbb::global_control::max_allowed_parallelism, 1);
    sim::RunOptions options{.output = output};
    options.resume = fs::exists(output.string() + ".partial");
    options.force = !options.resume;
    options.on_message = [](const std::string& said) {
        if (said.starts_with("warning: ")) throw sim::IoError(said);
    };
    sim::learn(sim::RunSettings(sim::Params::parse(test::tiny_config(), "tiny.yaml", kShort)), options);
}

/// Does it in a child that is killed at its fatal write (0: never). returns how the child ended
int in_child(long fatal, const std::function<void()>& work) {
    *g_counter = {0, fatal, 0};
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        g_counter->worker = ::getpid();
        try {
            work();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
            ::_exit(1);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("a run killed before any one of its writes can be resumed, and gives the bits of an unbroken one") {
    g_counter = static_cast<Counter*>(
        ::mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    REQUIRE(g_counter != MAP_FAILED);
    const test::TempDir dir;
    const std::string whole = dir.file("whole.h5"), broken = dir.file("broken.h5");
    REQUIRE(in_child(0, [&] { write_run(whole); }) == 0);
    const long n_writes = g_counter->made;
    REQUIRE(n_writes > 200);  // else the library writes by another call, and this test tests nothing

    constexpr int kKilled = 128 + SIGKILL;
    constexpr long kStep = 4;
    for (long fatal = 1; fatal <= n_writes; fatal += kStep) {
        CAPTURE(fatal);
        const auto go = [&] { write_run(broken); };
        REQUIRE(in_child(fatal, go) == kKilled);
        if (!fs::exists(broken)) {
            const int again = in_child(1 + fatal % 40, go);  // in or soon after the resume
            REQUIRE((again == kKilled || again == 0));
        }
        if (!fs::exists(broken)) REQUIRE(in_child(0, go) == 0);
        CHECK(test::first_difference(whole, broken) == "");
        for (const std::string& name : dir.names())
            if (name != "whole.h5") fs::remove(dir.file(name));
    }
    ::munmap(std::exchange(g_counter, nullptr), sizeof(Counter));
}
