// Where results go: what may be replaced, who may write, and that nothing else is touched.
#include "sim/io/output.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>
#include <thread>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using sim::io::Existing;
using sim::io::Output;
using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("only a regular file is replaced; a device, a pipe, a folder is not, not by force") {
    const test::TempDir dir;
    const std::string pipe = dir.file("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    fs::create_directory(dir.path() / "folder");
    fs::create_symlink("/dev/null", dir.path() / "to_null");
    for (const Existing existing : {Existing::refuse, Existing::replace}) {
        CHECK_THROWS_WITH_AS(Output("/dev/null", existing), doctest::Contains("must be a regular file"),
                             sim::IoError);
        CHECK_THROWS_WITH_AS(Output(dir.file("to_null"), existing),
                             doctest::Contains("must be a regular file"), sim::IoError);
        CHECK_THROWS_WITH_AS(Output(pipe, existing), doctest::Contains("must be a regular file"),
                             sim::IoError);
        CHECK_THROWS_WITH_AS(Output(dir.file("folder"), existing), doctest::Contains("is a folder"),
                             sim::IoError);
        CHECK_THROWS_WITH_AS(Output(dir.file("no/such/file"), existing),
                             doctest::Contains("there is no folder"), sim::IoError);
    }
    CHECK(fs::is_character_file("/dev/null"));
    CHECK(dir.names() == Strings{"folder", "pipe", "to_null"});
}

TEST_CASE("through a symbolic link the file behind it is replaced, and the link stays") {
    const test::TempDir dir;
    fs::create_directory(dir.path() / "far");
    dir.write("far/there.txt", "old");
    fs::create_symlink("far/there.txt", dir.path() / "link");
    CHECK_THROWS_WITH_AS(Output(dir.file("link"), Existing::refuse), doctest::Contains("exists"),
                         sim::IoError);
    sim::io::write_text_file(dir.file("link"), "new", Existing::replace);
    CHECK(fs::is_symlink(dir.path() / "link"));
    CHECK(test::read_file(dir.file("far/there.txt")) == "new");
    fs::create_symlink("far/nothing.txt", dir.path() / "dangling");
    sim::io::write_text_file(dir.file("dangling"), "made", Existing::refuse);
    CHECK(test::read_file(dir.file("far/nothing.txt")) == "made");
    fs::create_symlink("loop", dir.path() / "loop");
    CHECK_THROWS_WITH_AS(Output(dir.file("loop"), Existing::replace), doctest::Contains("without end"),
                         sim::IoError);
}

TEST_CASE("an output is no input, under whatever name") {
    const test::TempDir dir;
    const fs::path input = dir.write("input", "mine");
    fs::create_hard_link(input, dir.path() / "same");
    fs::create_symlink("input", dir.path() / "link");
    for (const char* name : {"input", "same", "link"}) {
        const Output output(dir.file(name), Existing::replace);
        const fs::path inputs[] = {input};
        CHECK_THROWS_WITH_AS(output.must_not_be(inputs),
                             doctest::Contains("must be another file than the input"), sim::IoError);
    }
    const fs::path inputs[] = {input, dir.file("is_not_there")};
    Output(dir.file("other"), Existing::replace).must_not_be(inputs);
    CHECK(test::read_file(input) == "mine");
}

TEST_CASE(
    "who holds an output a little longer, as the child of a process that was killed does, is waited for") {
    const test::TempDir dir;
    const std::string lock = dir.file(".out.striate-lock");
    const int held = ::open(lock.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    REQUIRE(held >= 0);
    REQUIRE(::flock(held, LOCK_EX) == 0);
    const int opened = ::inotify_init1(IN_CLOEXEC);
    REQUIRE(::inotify_add_watch(opened, lock.c_str(), IN_OPEN) >= 0);
    std::thread holder([held, opened] {  // lets go once another has come
        std::array<char, 4096> event{};
        CHECK(::read(opened, event.data(), event.size()) > 0);
        ::close(held);
    });
    CHECK_NOTHROW(Output(dir.file("out"), Existing::refuse));
    holder.join();
    ::close(opened);
}

TEST_CASE("two cannot write one output, and a file that came to be meanwhile is not replaced") {
    const test::TempDir dir;
    const std::string path = dir.file("out");
    {
        const Output first(path, Existing::refuse);
        CHECK_THROWS_WITH_AS(Output(path, Existing::replace),
                             doctest::Contains("another process is writing it"), sim::IoError);
        dir.write("out", "somebody's");
        CHECK_THROWS_WITH_AS(sim::io::write_text_file(first, "ours"),
                             doctest::Contains("came to be meanwhile"), sim::IoError);
    }
    CHECK(test::read_file(path) == "somebody's");
    CHECK(dir.names() == Strings{"out"});  // neither the lock nor anything unfinished
    sim::io::write_text_file(path, "ours", Existing::replace);
    CHECK(test::read_file(path) == "ours");
}

TEST_CASE("a lock is held by the file of that name, not by one that its last holder removed") {
    const test::TempDir dir;
    const std::string path = dir.file("out");
    std::optional<Output> first;
    for (int i = 0; i < 3; ++i) {
        first.emplace(path, Existing::refuse);
        CHECK_THROWS_AS(Output(path, Existing::refuse), sim::IoError);
        first.reset();
    }
    CHECK(dir.names().empty());
}

TEST_CASE("a sealed file that was damaged is refused; one to which something was added is not") {
    const test::TempDir dir;
    const std::string path = dir.file("sealed.h5");
    const std::vector<double> x{1.0, 2.0, 3.0};
    sim::io::write_whole_file(path, Existing::refuse, [&](sim::io::File& file) {
        sim::io::mark_striate_file(file, "network");
        file.write("/x", x, {"ms", "three numbers"});
    });
    const std::string whole = test::read_file(path);
    CHECK(whole.starts_with("striate sealed: xxh3-128 of the "));
    CHECK(sim::io::open_striate_file(path, "network").read<double>("/x") == x);

    const auto at = whole.find(std::string(reinterpret_cast<const char*>(x.data()), sizeof(double)));
    REQUIRE(at != std::string::npos);  // stored as it is
    std::string broken = whole;
    broken[at + 7] ^= 1;
    dir.write("sealed.h5", broken);
    CHECK_THROWS_WITH_AS(sim::io::File::open(path),
                         doctest::Contains("/x: its values are not those that were written"), sim::IoError);

    dir.write("sealed.h5", whole);
    {
        sim::io::File file = sim::io::File::reopen(path);
        file.write_attribute("/x", "note", std::string("of mine"));
        file.close();
    }
    CHECK(sim::io::File::open(path).read<double>("/x") == x);
    {
        sim::io::File file = sim::io::File::reopen(path);
        file.write_attribute("/", "striate_file", std::string("analysis"));
        file.close();
    }
    CHECK_THROWS_WITH_AS(sim::io::File::open(path), doctest::Contains("striate_file: its values are not"),
                         sim::IoError);
}
