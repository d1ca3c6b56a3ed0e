// The file of a run survives a kill at any of its system calls: before every single write of the HDF5 library
// the process is killed, resumed, killed again and resumed, and the file must be that of an unbroken run.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "sim/experiment.hpp"
#include "sim/rng.hpp"
#include "sim/run_file.hpp"
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

// The library's calls land here, since a program's own symbols come before those of the C library.
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

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNeurons = 64, kPixels = 144, kBatches = 5;

/// Numbers that depend on the moment alone.
template <class T>
std::vector<T> numbers(std::size_t n, std::uint64_t moment) {
    sim::Stream random(1, sim::Purpose::test, moment);
    std::vector<T> values(n);
    for (T& x : values) x = static_cast<T>(random.uniform());
    return values;
}

sim::Checkpoint checkpoint(std::size_t next_batch) {
    return {next_batch,
            numbers<float>(kNeurons * kPixels, next_batch),
            numbers<float>(kNeurons * kNeurons, next_batch + 200),
            numbers<double>(kNeurons, next_batch),
            numbers<double>(kNeurons, next_batch + 100),
            numbers<double>(3, next_batch),
            numbers<double>(2 * kNeurons, next_batch)};
}

sim::RunHeader header(const sim::ExperimentSettings& settings) {
    return {&settings.network,
            numbers<double>(2 * kNeurons, 7),
            numbers<float>(kNeurons * kPixels, 8),
            {"canvas", "column"},
            {settings.resolved, settings.network.seed, {}, "now"},
            "numbers",
            checkpoint(0)};
}

void write_batch(sim::RunWriter& writer, std::size_t batch) {
    constexpr std::size_t kFrames = 8, kSpikes = 100;
    const auto x = numbers<double>(6, batch);
    writer.append(sim::BatchRecord{batch, x[0], x[1], x[2], x[3], batch, x[4]});
    std::vector<sim::Spike> spikes;
    for (const double t : numbers<double>(kSpikes, batch))
        spikes.push_back({50.0 * t, 0, static_cast<std::uint32_t>(64.0 * t)});
    writer.append(spikes, 50.0 * static_cast<double>(batch));
    std::vector<sim::PresentationRecord> shown;
    for (std::uint64_t k = batch * kFrames; k < (batch + 1) * kFrames; ++k)
        shown.push_back({k, 0, k, numbers<double>(2, k), x[5], numbers<float>(kNeurons, k)});
    writer.append(shown);
    if (batch % 2 == 0)
        writer.append_snapshot(batch + 1, numbers<float>(kNeurons * kPixels, batch),
                               numbers<double>(kNeurons, batch));
}

/// What a run does, from its start or its last checkpoint to its end.
void write_run(const sim::ExperimentSettings& settings, const fs::path& output) {
    std::size_t first = 0;
    sim::RunWriter writer = [&] {
        sim::io::Output place(output, sim::io::Existing::replace);
        if (!fs::exists(place.partial()))
            return sim::RunWriter::create(std::move(place), header(settings), true);
        auto [resumed, from, warning] = sim::RunWriter::resume(std::move(place), header(settings));
        if (!warning.empty()) throw sim::IoError(warning);
        first = from.batch;
        return std::move(resumed);
    }();
    if (first == 0) writer.write(checkpoint(0));
    for (std::size_t batch = first; batch < kBatches; ++batch) {
        write_batch(writer, batch);
        if (batch % 2 == 1) writer.write(checkpoint(batch + 1));
    }
    writer.append(sim::HeldOutRecord{kBatches, 1.0, 0.5, 1.0});
    writer.finish({numbers<float>(kNeurons * kPixels, 9),
                   numbers<double>(kNeurons, 9),
                   numbers<double>(kNeurons, 10),
                   numbers<float>(kNeurons * kNeurons, 11),
                   {}},
                  1.0);
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
    const sim::ExperimentSettings settings(sim::Params::parse(test::tiny_config(), "tiny.yaml"));
    const std::string whole = dir.file("whole.h5"), broken = dir.file("broken.h5");
    REQUIRE(in_child(0, [&] { write_run(settings, whole); }) == 0);
    const long n_writes = g_counter->made;
    REQUIRE(n_writes > 200);  // else the library writes by another call, and this test tests nothing

    constexpr int kKilled = 128 + SIGKILL;
    constexpr long kStep = 4;  // all take half a minute
    for (long fatal = 1; fatal <= n_writes; fatal += kStep) {
        CAPTURE(fatal);
        const auto go = [&] { write_run(settings, broken); };
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
