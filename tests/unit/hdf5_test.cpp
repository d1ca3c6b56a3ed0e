#include "sim/io/hdf5.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

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
    CHECK_THROWS_WITH_AS(sim::io::open_striate_file(other, "run"), doctest::Contains("another kind"),
                         sim::IoError);
    {
        File file = File::create(newer);
        sim::io::mark_striate_file(file, "run");
        file.write_attribute("/", "striate_format", sim::io::kFormatVersion + 1);
    }
    CHECK_THROWS_WITH_AS(sim::io::open_striate_file(newer, "run"), doctest::Contains("newer"), sim::IoError);
    File::open(newer);
}
