// Which files a config is known to have been read with.
#include "sim/inputs.hpp"

#include <doctest/doctest.h>

#include "models/stimuli/photographs.hpp"
#include "sim/registry.hpp"
#include "sim/stimulus.hpp"
#include "tests/support.hpp"

namespace {

using Paths = std::vector<test::fs::path>;

/// A grey picture, of noise.
std::string pgm(unsigned height, unsigned width) {
    std::string bytes = "P5 " + std::to_string(width) + " " + std::to_string(height) + " 255\n";
    for (unsigned p = 0; p < height * width; ++p) bytes += static_cast<char>(p * p % 251);
    return bytes;
}

/// An IDX file of one picture of 2 x 2 px, or of one label.
std::string idx(bool is_picture) {
    constexpr char kPicture[] = "\0\0\x08\3\0\0\0\1\0\0\0\2\0\0\0\2abcd", kLabel[] = "\0\0\x08\1\0\0\0\1\7";
    return is_picture ? std::string(kPicture, sizeof kPicture - 1) : std::string(kLabel, sizeof kLabel - 1);
}

Paths files_of(const test::TempDir& dir, const std::string& kind, const std::string& keys, std::size_t side) {
    const std::string config = dir.write("x.yaml", kind + ": {" + keys + "}\n");
    const auto p = sim::Params::load(config);
    const auto stimulus = sim::Registry<sim::Stimulus>::instance().make(kind, p, {1, side, side});
    return p.inputs()->all();
}

}  // namespace

TEST_CASE("photographs of a folder are inputs, those that cannot be used too; others of the folder are not") {
    const test::TempDir dir;
    test::fs::create_directory(dir.path() / "photos");
    const std::string one = dir.write("photos/one.pgm", pgm(24, 60)),
                      bad = dir.write("photos/bad.pgm", "no picture");
    dir.write("photos/left_out.pgm", pgm(24, 60));
    const std::string config = dir.file("x.yaml");
    CHECK(files_of(dir, "natural_patches", "folder: photos, exclude: [left]", 8) == Paths{bad, one, config});

    dir.write("x.yaml", "folders: [photos]\nexclude: [left, bad]\nsize: 16\n");
    const auto p = sim::Params::load(config);
    models::read_photographs(models::PhotographsSettings(p), 16, 16);
    CHECK(p.inputs()->all() == Paths{one, config});
}

TEST_CASE("the files of labelled pictures are inputs") {
    const test::TempDir dir;
    test::fs::create_directory(dir.path() / "mnist");
    Paths made;
    for (const char* part : {"t10k", "train"}) {
        made.push_back(dir.write(std::string("mnist/") + part + "-images-idx3-ubyte", idx(true)));
        made.push_back(dir.write(std::string("mnist/") + part + "-labels-idx1-ubyte", idx(false)));
    }
    made.push_back(dir.file("x.yaml"));
    CHECK(files_of(dir, "digits", "folder: mnist", 2) == made);
}
