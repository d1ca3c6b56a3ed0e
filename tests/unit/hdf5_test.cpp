#include "sim/io/hdf5.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "sim/io/guard.hpp"
#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

using sim::io::File;

TEST_CASE("what is written is read back, with its meaning") {
    const test::TempDir dir;
    const std::string path = dir.file("a.h5");
    {
        File file = File::create(path);
        file.write("/g/x", std::vector<double>{1.5, -2.0}, {"ms", "two numbers"});
        const std::vector<float> m{1, 2, 3, 4, 5, 6};
        file.write("/g/m", std::span<const float>(m), {2, 3}, {"1", "a matrix"});
        file.write("/g/words", std::vector<std::string>{"one", "zwei", ""}, {"1", "words"});
        file.write("/g/none", std::vector<std::uint64_t>{}, {"1", "nothing"});
        file.write_attribute("/g", "list", std::vector<std::uint32_t>{0, 1});
        file.write_attribute("/g", "again", 1.0);
        file.write_attribute("/g", "again", 2.0);
        file.close();
    }
    const File file = File::open(path);
    CHECK(file.read<double>("/g/x") == std::vector<double>{1.5, -2.0});
    CHECK(file.read<std::string>("/g/words") == std::vector<std::string>{"one", "zwei", ""});
    CHECK(file.shape("/g/m") == sim::io::Shape{2, 3});
    CHECK(file.read_rows<double>("/g/m", 1, 1) == std::vector<double>{4, 5, 6});
    CHECK(file.read<std::uint64_t>("/g/none").empty());
    CHECK(file.read_attribute<std::string>("/g/x", "units") == "ms");
    CHECK(file.read_attribute<std::string>("/g/x", "description") == "two numbers");
    CHECK(file.read_attribute<double>("/g", "again") == 2.0);
    CHECK(file.exists("/g/x"));
    CHECK_FALSE(file.exists("/h/x"));
    CHECK(file.children("/g") == std::vector<std::string>{"m", "none", "words", "x"});
    CHECK_THROWS_AS(file.read<double>("/g/missing"), sim::IoError);
    CHECK_THROWS_AS(file.read<double>("/g/words"), sim::IoError);
    CHECK_THROWS_AS(file.read_rows<double>("/g/m", 1, 2), sim::IoError);
}

TEST_CASE("texts are read, of one length or of any, and those that are not ASCII too") {
    const test::TempDir dir;
    const std::string path = dir.file("texts.h5");
    const std::vector<std::string> words{"a", "", "µ and more ", "\t"};
    {
        File file = File::create(path);
        file.write("/one_length", words, {"1", "words"});
        file.vary_texts();
        file.write("/any_length", words, {"1", "words"});
        file.close();
    }
    const File read = File::open(path);
    CHECK(read.read<std::string>("/one_length") == words);
    CHECK(read.read<std::string>("/any_length") == words);
}

TEST_CASE("datasets grow by whole rows, are cut, and survive while streaming") {
    const test::TempDir dir;
    const std::string path = dir.file("a.h5");
    File file = File::create(path);
    file.create_growing<double>("/x", {3}, 4, true, {"1", "rows of three"});
    file.start_swmr();
    for (int k = 0; k < 10; ++k) {
        const std::vector<double> row(3, k);
        file.append<double>("/x", row);
    }
    CHECK_THROWS_AS(file.append<double>("/x", std::vector<double>{1, 2}), sim::IoError);
    file.flush();
    CHECK(File::open(path).shape("/x") == sim::io::Shape{10, 3});  // readable while it is written
    file.resize("/x", 4);
    CHECK(file.read<double>("/x").back() == 3.0);
}

TEST_CASE("files that are not what they should be are errors that name them") {
    const test::TempDir dir;
    const std::string text = dir.file("text.h5"), other = dir.file("other.h5"), newer = dir.file("newer.h5");
    std::ofstream(text) << "not HDF5";
    CHECK_THROWS_WITH_AS(File::open(text), doctest::Contains("text.h5"), sim::IoError);
    CHECK_THROWS_AS(File::create((dir.path() / "no/such/folder.h5").string()), sim::IoError);
    File::create(other).close();
    CHECK_THROWS_WITH_AS(sim::io::open_striate_file(other, "network"), doctest::Contains("another kind"),
                         sim::IoError);
    {
        File file = File::create(newer);
        sim::io::mark_striate_file(file, "network");
        file.write_attribute("/", "striate_format", sim::io::kFormatVersion + 1);
    }
    CHECK_THROWS_WITH_AS(sim::io::open_striate_file(newer, "network"), doctest::Contains("newer"),
                         sim::IoError);
    for (const char* kind : {"run", "circuit"}) {  // what networks were called in versions 1 and 2
        const std::string older = dir.file(std::string(kind) + ".h5");
        File file = File::create(older);
        sim::io::mark_striate_file(file, kind);
        file.write_attribute("/", "striate_format", std::uint32_t{2});
        file.close();
        CHECK_THROWS_WITH_AS(sim::io::open_striate_file(older, "network"), doctest::Contains("is older"),
                             sim::IoError);
    }
    File::open(newer);
}

TEST_CASE("integers are read as they are or refused, with their row") {
    const test::TempDir dir;
    const std::string path = dir.file("numbers.h5");
    {
        File file = File::create(path);
        file.write("/minus", std::vector<std::int64_t>{3, -1}, {"1", ""});
        file.write("/large", std::vector<std::int64_t>{std::int64_t{1} << 40}, {"1", ""});
        file.write("/part", std::vector<double>{1.0, 0.9}, {"1", ""});
        file.write("/none", std::vector<double>{std::nan("")}, {"1", ""});
        file.write("/edge", std::vector<double>{std::ldexp(1.0, 63)}, {"1", ""});
        file.write("/whole", std::vector<double>{-2.0, 7.0}, {"1", ""});
        file.write("/rows", std::span<const double>(std::vector<double>{0, 1, 2, 3, 4, 5.5}), {2, 3},
                   {"1", ""});
        file.write_attribute("/minus", "n", std::int64_t{-5});
        file.write_attribute("/minus", "many", std::vector<std::uint64_t>{1, 2, 3});
        file.close();
    }
    const File file = File::open(path);
    const auto refuses = [&](const auto& read, const char* why) {
        CHECK_THROWS_WITH_AS(read(), doctest::Contains(why), sim::IoError);
    };
    refuses([&] { file.read<std::uint64_t>("/minus"); }, "/minus: row 1: must be from 0 to");
    refuses([&] { file.read<std::int32_t>("/large"); },
            "/large: row 0: must be from -2147483648 to 2147483647, is 1099");
    refuses([&] { file.read<std::uint64_t>("/part"); }, "/part: row 1: must be a whole number");
    refuses([&] { file.read<std::int32_t>("/none"); }, "is nan");
    refuses([&] { file.read<std::int64_t>("/edge"); }, "must be a whole number");
    refuses([&] { file.read<std::uint64_t>("/whole"); }, "is -2");
    refuses([&] { file.read<std::uint8_t>("/rows"); }, "/rows: row 1, value 2: ");
    refuses([&] { file.read_rows<std::uint8_t>("/rows", 1, 1); }, "/rows: row 1, value 2: ");
    refuses([&] { file.read_attribute<std::uint64_t>("/minus", "n"); }, "must be from 0 to");
    refuses([&] { file.read_attribute<std::uint64_t>("/minus", "many"); }, "must be one value");
    refuses([&] { file.read_attribute<std::string>("/minus", "n"); }, "must be text");
    CHECK(file.read<std::int32_t>("/whole") == std::vector<std::int32_t>{-2, 7});
    CHECK(file.read<std::uint64_t>("/edge") == std::vector<std::uint64_t>{std::uint64_t{1} << 63});
}

TEST_CASE("an array is read with the shape it must have, and no more than a file holds") {
    const test::TempDir dir;
    const std::string path = dir.file("shapes.h5");
    {
        File file = File::create(path);
        file.write("/x", std::span<const double>(std::vector<double>(6)), {2, 3}, {"1", ""});
        file.create_growing<float>("/huge", {1U << 20U}, 16, true, {"1", ""});
        file.resize("/huge", std::uint64_t{1} << 20U);
        file.close();
    }
    const File file = File::open(path);
    CHECK(file.read<double>("/x", {sim::io::kAny, 3}).size() == 6);
    CHECK_THROWS_WITH_AS(file.read<double>("/x", {6}),
                         doctest::Contains("/x: must have shape (6), has (2, 3)"), sim::IoError);
    CHECK_THROWS_WITH_AS(file.read<double>("/x", {sim::io::kAny, 4}),
                         doctest::Contains("(any, 4), has (2, 3)"), sim::IoError);
    CHECK_THROWS_WITH_AS(file.read<float>("/huge"), doctest::Contains("more than the file holds"),
                         sim::IoError);
    CHECK_THROWS_AS(file.read_rows<double>("/x", 1, ~std::uint64_t{0}), sim::IoError);
}

TEST_CASE("a file that cannot be opened is refused for what is wrong with it") {
    const test::TempDir dir;
    const auto refuses = [&](const std::string& path, const char* why) {
        CHECK_THROWS_WITH_AS(File::open(path), doctest::Contains(why), sim::IoError);
    };
    refuses(dir.file("nothing.h5"), "does not exist");
    refuses(dir.path().string(), "is a folder");
    refuses(dir.write("empty.h5", ""), "is empty");
    refuses(dir.write("text.h5", "no HDF5"), "is of another kind");
    const std::string path = dir.file("cut.h5");
    {
        File file = File::create(path);
        file.write("/x", std::vector<double>(1000, 1.5), {"1", ""});
        file.close();
    }
    refuses(dir.write("cut.h5", test::read_file(path).substr(0, 3000)), "is truncated");
    File::create(dir.file("locked.h5")).close();
    const int holder = ::open(dir.file("locked.h5").c_str(), O_RDWR);
    REQUIRE(::flock(holder, LOCK_EX) == 0);  // as a program that writes with HDF5 does
    refuses(dir.file("locked.h5"), "another program is writing it");
    ::close(holder);
}

TEST_CASE("a small file over which a child is busy for seconds, getting on all the time, is refused") {
    const test::TempDir dir;
    const std::string path = dir.write("busy.h5", "a file without a seal");
    try {
        sim::io::vouch_for(path, [](sim::io::Seal) -> std::string {
            for (;;) sim::io::note_progress();
        });
        FAIL("vouched for");
    } catch (const sim::IoError& error) {
        CHECK(test::contains(error.what(), "hangs over it"));
    }
}

TEST_CASE("a child that tries a file has nothing of its parent's open: no lock outlives who held it") {
    const test::TempDir dir;
    const std::string path = dir.write("x.h5", "without a seal");
    const int fd = ::open(path.c_str(), O_RDONLY);
    REQUIRE(fd >= 0);
    CHECK_NOTHROW(sim::io::vouch_for(path, [fd](sim::io::Seal) -> std::string {
        return ::fcntl(fd, F_GETFD) == -1 ? "" : "is open in the child";
    }));
    ::close(fd);
}

TEST_CASE("what was wrong with a file is known: it is not tried again until it has changed") {
    const test::TempDir dir;
    const std::string path = dir.write("x.h5", "without a seal");
    const auto bad = [](sim::io::Seal) -> std::string { return "is odd"; };
    const auto good = [](sim::io::Seal) -> std::string { return ""; };
    CHECK_THROWS_AS(sim::io::vouch_for(path, bad), sim::IoError);
    CHECK_THROWS_AS(sim::io::vouch_for(path, good), sim::IoError);
    dir.write("x.h5", "changed, and of another size");
    CHECK_NOTHROW(sim::io::vouch_for(path, good));
    CHECK_NOTHROW(sim::io::vouch_for(path, bad));
}

TEST_CASE(
    "an attribute of the root that crashes the library is found by the child, as those of objects are") {
    const test::TempDir dir;
    const std::string path = dir.file("x.h5");
    for (const std::string object : {"/", "/group"}) {
        {
            File file = File::create(path, true);
            file.create_group("/group");
            file.write_attribute(object, "text", std::string("of variable length"));
            file.close();
        }
        std::string bytes = test::read_file(path);
        const std::size_t heap = bytes.find("GCOL");  // where HDF5 keeps such text
        REQUIRE(heap != std::string::npos);
        bytes[heap + 16 + 8 + 6] =
            '\x58';  // the size of its first object: 0x58 000000 000000, and what it was
        dir.write("x.h5", bytes);
        CHECK_THROWS_AS(File::open(path), sim::IoError);
    }
}
