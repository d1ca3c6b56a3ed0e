// Patches of photographs: what a frame shows is told truly by `shown`, files that cannot be used are named, and what is
// done to photographs before is what it says.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <set>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

#include "models/stimuli/photograph.hpp"
#include "models/stimuli/whitening.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "tests/stimuli.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using sim::FrameSet;
using test::Bytes, test::Folder, test::Frame, test::Shown, test::contains, test::mean, test::message_of,
    test::norm;

constexpr double kPi = std::numbers::pi;

/// A grey picture of height x width px as a binary PGM file. grey(row, column) in 0 .. 255.
Bytes pgm(std::size_t height, std::size_t width,
          const std::function<double(std::size_t, std::size_t)>& grey) {
    const std::string header = fmt::format("P5\n# made by a test\n{} {}\n255\n", width, height);
    Bytes bytes(header.begin(), header.end());
    for (std::size_t r = 0; r < height; ++r)
        for (std::size_t c = 0; c < width; ++c) bytes.push_back(static_cast<unsigned char>(grey(r, c)));
    return bytes;
}

/// White noise.
Bytes noise(std::size_t height, std::size_t width, std::uint64_t number = 0) {
    sim::Stream stream(1, sim::Purpose::test, number);
    return pgm(height, width, [&](auto, auto) { return stream.uniform(0.0, 256.0); });
}

void append(void* bytes, void* data, int size) {
    const auto* const begin = static_cast<unsigned char*>(data);
    static_cast<Bytes*>(bytes)->insert(static_cast<Bytes*>(bytes)->end(), begin, begin + size);
}

enum class Format { png, jpeg };

/// The same noise as a PNG or JPEG file.
Bytes noise(std::size_t height, std::size_t width, Format format) {
    const Bytes picture = noise(height, width);
    const unsigned char* const pixels = picture.data() + (picture.size() - height * width);
    const int h = static_cast<int>(height), w = static_cast<int>(width);
    Bytes bytes;
    if (format == Format::png)
        stbi_write_png_to_func(append, &bytes, w, h, 1, pixels, w);
    else
        stbi_write_jpg_to_func(append, &bytes, w, h, 1, pixels, 90);
    return bytes;
}

Bytes first_half(Bytes bytes) {
    bytes.resize(bytes.size() / 2);
    return bytes;
}

/// Coefficients of cos(pi k (r + 1/2) / n) cos(pi l (c + 1/2) / n), orthonormal, straight from the definition
/// (the code under test uses FFTW); `inverse` goes the other way.
std::vector<double> cosine_transform(const std::vector<double>& x, std::size_t n, bool inverse) {
    std::vector<double> basis(n * n);  // basis[k, r]
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t r = 0; r < n; ++r)
            basis[k * n + r] = std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(n)) *
                               std::cos(kPi * static_cast<double>(k) * (static_cast<double>(r) + 0.5) /
                                        static_cast<double>(n));
    std::vector<double> half(n * n), result(n * n);
    const auto at = [&](std::size_t k, std::size_t r) {
        return inverse ? basis[r * n + k] : basis[k * n + r];
    };
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t r = 0; r < n; ++r) half[k * n + i] += at(k, r) * x[r * n + i];
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t r = 0; r < n; ++r) result[i * n + k] += at(k, r) * half[i * n + r];
    return result;
}

double frequency(std::size_t k, std::size_t l, std::size_t n) {
    return std::hypot(static_cast<double>(k), static_cast<double>(l)) / (2.0 * static_cast<double>(n));
}

/// Slope of log power against log spatial frequency between `low` and `high` cycles/px, by least squares over
/// all coefficients. The log of a squared normal has standard deviation 2.2, so the slope's error is 2.2 /
/// sqrt(sum (x - mean)^2).
double spectral_slope(const std::vector<double>& coefficients, std::size_t n, double low, double high) {
    double s = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t l = 0; l < n; ++l) {
            const double f = frequency(k, l, n);
            if (f < low || f > high) continue;
            const double x = std::log(f), y = 2.0 * std::log(std::abs(coefficients[k * n + l]));
            s += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
        }
    return (s * sxy - sx * sy) / (s * sxx - sx * sx);
}

/// A square image whose log(grey + 0.05) has amplitude 1/f and random phases, as natural images have.
models::Image natural_image(std::size_t n) {
    sim::Stream stream(2, sim::Purpose::test, 0);
    std::vector<double> coefficients(n * n);
    for (std::size_t k = 1; k < n * n; ++k) coefficients[k] = stream.normal() / frequency(k / n, k % n, n);
    const std::vector<double> field = cosine_transform(coefficients, n, true);
    const auto [low, high] = std::ranges::minmax(field);
    models::Image image{n, n, {}};
    for (const double x : field)  // log(grey + 0.05) from log 0.05 to log 1.05
        image.pixels.push_back(static_cast<float>(0.05 * std::pow(21.0, (x - low) / (high - low)) - 0.05));
    return image;
}

}  // namespace

TEST_CASE("natural_patches: a frame has zero mean and unit norm and depends on seed, set and index alone") {
    const Folder folder;
    folder.write("a.pgm", noise(60, 90));
    const std::string keys = "folder: " + folder.path();
    const Shown one("natural_patches", keys, 8, 12), same("natural_patches", keys, 8, 12),
        other_seed("natural_patches", keys, 8, 12, 2);
    for (const FrameSet set : {FrameSet::training, FrameSet::held_out}) {
        const std::vector<Frame> frames = one.frames(set, 50);
        for (std::uint64_t k = 50; k-- > 0;) {  // in another order, from another object
            CHECK(same.frame(set, k) == frames[k]);
            // 96 pixels of about 0.1, each rounded to 6e-8 of itself
            CHECK(mean(frames[k].pixels) == doctest::Approx(0.0).epsilon(1e-7));
            CHECK(norm(frames[k].pixels) == doctest::Approx(1.0).epsilon(1e-6));
        }
        CHECK(frames[0] != frames[1]);
        CHECK(other_seed.frame(set, 0) != frames[0]);
    }
    CHECK(one->summary() == "natural patches of 8 x 12 px from 1 photographs in " + folder.path());
    CHECK(one->warnings().empty());
}

TEST_CASE("natural_patches: a frame is the whitened photograph at the place shown") {
    const Folder folder;
    folder.write("a.pgm", noise(40, 60, 1));
    folder.write("b.pgm", noise(50, 70, 2));
    const Shown stimulus("natural_patches", "folder: " + folder.path(), 6, 7);
    std::vector<models::Image> images;
    for (const std::string name : {"a.pgm", "b.pgm"}) {
        images.push_back(models::read_photograph(folder.file(name), 1));
        REQUIRE(models::whiten(images.back(), {0.4}));
    }
    for (const Frame& frame : stimulus.frames(FrameSet::training, 20)) {
        const models::Image& image = images[static_cast<std::size_t>(frame.shown[0])];
        const auto row = static_cast<std::size_t>(frame.shown[1]),
                   column = static_cast<std::size_t>(frame.shown[2]);
        std::vector<float> patch;
        for (std::size_t r = 0; r < 6; ++r)
            for (std::size_t c = 0; c < 7; ++c) patch.push_back(image.row(row + r)[column + c]);
        const double m = mean(patch);
        for (float& x : patch) x -= static_cast<float>(m);
        const double length = norm(patch);
        for (std::size_t k = 0; k < patch.size(); ++k)  // rounding of floats
            CHECK(frame.pixels[k] == doctest::Approx(patch[k] / length).epsilon(1e-5));
    }
}

TEST_CASE(
    "natural_patches: of patches that are turned half have rows and columns exchanged, the others are as "
    "they were") {
    const Folder folder;
    folder.write("a.pgm", noise(60, 90));
    const std::string keys = "folder: " + folder.path();
    const Shown plain("natural_patches", keys, 9, 9),
        turned("natural_patches", keys + ", turned: true", 9, 9);
    int n_turned = 0;
    for (std::uint64_t k = 0; k < 200; ++k) {
        Frame expected = plain.frame(FrameSet::training, k);
        const Frame frame = turned.frame(FrameSet::training, k);
        if (frame != expected) {
            ++n_turned;
            for (std::size_t r = 0; r < 9; ++r)
                for (std::size_t c = 0; c < r; ++c)
                    std::swap(expected.pixels[9 * r + c], expected.pixels[9 * c + r]);
        }
        CHECK(frame.shown == expected.shown);
        for (std::size_t i = 0; i < 81; ++i)  // sums of other order
            CHECK(frame.pixels[i] == doctest::Approx(expected.pixels[i]).epsilon(1e-5));
    }
    CHECK(std::abs(n_turned - 100) < 30);  // four standard deviations
    CHECK(contains(
        message_of<sim::ConfigError>([&] { Shown("natural_patches", keys + ", turned: true", 9, 8); }),
        "turned: must be false where frames are not square"));
}

TEST_CASE("natural_patches: training patches stay left of the held-out strip, in every photograph") {
    const Folder folder;
    folder.write("a.pgm", noise(30, 60, 1));
    folder.write("b.pgm", noise(40, 100, 2));
    const Shown stimulus("natural_patches", fmt::format("folder: {}, held_out: 0.25", folder.path()), 10, 14);
    const double split[] = {45, 75}, width[] = {60, 100}, height[] = {30, 40};
    double last_training[] = {0, 0}, first_held_out[] = {100, 100};
    for (std::uint64_t k = 0; k < 100; ++k)
        CHECK(stimulus->label(FrameSet::held_out, k) == stimulus.frame(FrameSet::held_out, k).shown[0]);
    for (const Frame& frame : stimulus.frames(FrameSet::training, 2000)) {
        const auto photograph = static_cast<std::size_t>(frame.shown[0]);
        CHECK(frame.shown[1] + 10 <= height[photograph]);
        CHECK(frame.shown[2] + 14 <= split[photograph]);
        last_training[photograph] = std::max(last_training[photograph], frame.shown[2] + 14);
    }
    for (const Frame& frame : stimulus.frames(FrameSet::held_out, 2000)) {
        const auto photograph = static_cast<std::size_t>(frame.shown[0]);
        CHECK(frame.shown[2] >= split[photograph]);
        CHECK(frame.shown[2] + 14 <= width[photograph]);
        first_held_out[photograph] = std::min(first_held_out[photograph], frame.shown[2]);
    }
    for (const int photograph :
         {0, 1}) {  // nothing is wasted between them: of 2000 frames some touch the border
        CHECK(last_training[photograph] == split[photograph]);
        CHECK(first_held_out[photograph] == split[photograph]);
    }
}

TEST_CASE("natural_patches: photographs count by their area") {
    const Folder folder;
    folder.write("a.pgm", noise(40, 60, 1));
    folder.write("b.pgm", noise(80, 120, 2));
    const Shown stimulus("natural_patches", fmt::format("folder: {}, min_std: 0", folder.path()), 4, 4);
    const double places_a = (40 - 3) * (50 - 3), places_b = (80 - 3) * (100 - 3);
    int n_a = 0;
    for (const Frame& frame : stimulus.frames(FrameSet::training, 4000)) n_a += frame.shown[0] == 0.0;
    const double p = places_a / (places_a + places_b);
    CHECK(std::abs(n_a - 4000 * p) < 4.0 * std::sqrt(4000 * p * (1 - p)));  // binomial
}

TEST_CASE("natural_patches: flat parts of a photograph are passed over") {
    const Folder folder;
    sim::Stream stream(1, sim::Purpose::test, 0);
    // Noise above row 40, one grey below.
    folder.write("a.pgm", pgm(120, 90, [&](std::size_t r, auto) {
                     return r < 40 ? stream.uniform(0.0, 256.0) : 128.0;
                 }));
    models::Image image = models::read_photograph(folder.file("a.pgm"), 1);
    REQUIRE(models::whiten(image, {0.4}));
    const auto least_std = [&](const Shown& stimulus) {
        double least = 1e9;
        for (const Frame& frame : stimulus.frames(FrameSet::training, 500)) {
            std::vector<float> patch;
            for (std::size_t r = 0; r < 10; ++r) {
                const float* const row = image.row(static_cast<std::size_t>(frame.shown[1]) + r);
                const auto column = static_cast<std::size_t>(frame.shown[2]);
                patch.insert(patch.end(), row + column, row + column + 10);
            }
            const double m = mean(patch);
            least = std::min(least, std::sqrt(std::max(0.0, norm(patch) * norm(patch) / 100.0 - m * m)));
        }
        return least;
    };
    const std::string keys = "folder: " + folder.path();
    CHECK(least_std(Shown("natural_patches", keys + ", min_std: 0", 10, 10)) < 0.1);
    const double least = least_std(Shown("natural_patches", keys + ", min_std: 0.7", 10, 10));
    CHECK(least >= 0.7 - 1e-6);
    CHECK(least < 0.9);  // and no more than asked for

    const std::string message =
        message_of<sim::ConfigError>([&] { Shown("natural_patches", keys + ", min_std: 100", 10, 10); });
    CHECK(contains(message, "natural_patches.min_std"));
    CHECK(contains(message, "got 100"));
}

TEST_CASE("photographs: grey is luma, shrinking is the mean over blocks, all formats agree") {
    const Folder folder;
    folder.write("rgb.ppm", std::string("P6 2 1 255\n") + "\xff" + std::string(5, '\0'));
    const models::Image rgb = models::read_photograph(folder.file("rgb.ppm"), 1);
    REQUIRE(rgb.width == 2);
    CHECK(rgb.pixels[0] == doctest::Approx(0.299));  // pure red
    CHECK(rgb.pixels[1] == 0.0F);

    folder.write("a.pgm",
                 pgm(5, 7, [](std::size_t r, std::size_t c) { return static_cast<double>(10 * r + c); }));
    const models::Image shrunk = models::read_photograph(folder.file("a.pgm"), 2);
    REQUIRE(shrunk.height == 2);
    REQUIRE(shrunk.width == 3);
    for (std::size_t r = 0; r < 2; ++r)
        for (std::size_t c = 0; c < 3; ++c)  // the centre of the block
            CHECK(shrunk.row(r)[c] * 255.0 == doctest::Approx(10.0 * (2.0 * static_cast<double>(r) + 0.5) +
                                                              2.0 * static_cast<double>(c) + 0.5));

    folder.write("b.pgm", noise(32, 40));
    folder.write("b.png", noise(32, 40, Format::png));
    folder.write("b.jpg", noise(32, 40, Format::jpeg));
    const auto from_pgm = models::read_photograph(folder.file("b.pgm"), 1);
    CHECK(models::read_photograph(folder.file("b.png"), 1).pixels == from_pgm.pixels);
    const auto from_jpeg = models::read_photograph(folder.file("b.jpg"), 1);
    double error = 0.0;
    for (std::size_t k = 0; k < from_pgm.pixels.size(); ++k)
        error +=
            std::abs(from_jpeg.pixels[k] - from_pgm.pixels[k]) / static_cast<double>(from_pgm.pixels.size());
    CHECK(error < 0.05);  // JPEG of quality 90 of white noise, the worst case for it
}

TEST_CASE("whitening of exponent 4 passes a band: the gain is f^4 exp(-(f / f0)^4), up to one scale") {
    constexpr std::size_t n = 64;
    sim::Stream stream(4, sim::Purpose::test, 0);
    models::Image image{n, n, std::vector<float>(n * n)};
    for (float& x : image.pixels) x = static_cast<float>(stream.uniform());
    std::vector<double> log_image;
    for (const float x : image.pixels) log_image.push_back(std::log(static_cast<double>(x) + 0.05));
    const std::vector<double> before = cosine_transform(log_image, n, false);
    REQUIRE(models::whiten(image, {.f0 = 0.23, .exponent = 4.0}));
    const std::vector<double> after =
        cosine_transform(std::vector<double>(image.pixels.begin(), image.pixels.end()), n, false);
    const auto gain = [](double f) { return std::pow(f, 4) * std::exp(-std::pow(f / 0.23, 4)); };
    const auto ratio = [&](std::size_t k, std::size_t l) { return after[k * n + l] / before[k * n + l]; };
    const double scale = ratio(29, 0) / gain(29.0 / 128.0);
    for (const std::size_t k : {5U, 10U, 20U, 40U})
        for (const std::size_t l : {0U, 7U, 25U})
            CHECK(ratio(k, l) ==
                  doctest::Approx(scale *
                                  gain(std::hypot(static_cast<double>(k), static_cast<double>(l)) / 128.0))
                      .epsilon(1e-3));
}

TEST_CASE("whitening flattens a 1/f spectrum and cuts it off beyond f0") {
    constexpr std::size_t n = 96;
    models::Image image = natural_image(n);
    std::vector<double> log_image;
    for (const float x : image.pixels) log_image.push_back(std::log(x + 0.05));
    const std::vector<double> before = cosine_transform(log_image, n, false);
    REQUIRE(models::whiten(image, {0.4}));
    const std::vector<double> after =
        cosine_transform(std::vector<double>(image.pixels.begin(), image.pixels.end()), n, false);

    // Some 1000 coefficients spread over log f with standard deviation 0.35: an error of 2.2 / (0.35 sqrt
    // 1000) = 0.2.
    CHECK(std::abs(spectral_slope(before, n, 0.03, 0.2) + 2.0) < 0.6);
    CHECK(std::abs(spectral_slope(after, n, 0.03, 0.2)) < 0.6);
    // Coefficient by coefficient the gain is f exp(-(f / f0)^4), up to the scale to unit standard
    // deviation.
    const auto gain = [&](std::size_t k, std::size_t l) { return after[k * n + l] / before[k * n + l]; };
    const auto expected = [](double f) { return f * std::exp(-std::pow(f / 0.4, 4)); };
    for (const auto& [k, l] :
         {std::pair<std::size_t, std::size_t>{1, 2}, {10, 0}, {7, 30}, {60, 20}, {50, 70}})
        CHECK(gain(k, l) / gain(20, 20) ==
              doctest::Approx(expected(frequency(k, l, n)) / expected(frequency(20, 20, n))).epsilon(1e-3));
    const std::vector<float>& x = image.pixels;
    CHECK(std::abs(mean(x)) < 1e-6);
    CHECK(norm(x) == doctest::Approx(static_cast<double>(n)).epsilon(1e-6));  // unit standard deviation
}

TEST_CASE("whitening makes no edge where the image ends") {
    models::Image image{64, 64, {}};  // dark on the left, bright on the right
    for (std::size_t k = 0; k < 64 * 64; ++k) image.pixels.push_back(k % 64 < 32 ? 0.1F : 0.9F);
    REQUIRE(models::whiten(image, {0.4}));
    const float* const row = image.row(30);
    CHECK(std::abs(row[31]) > 1.0F);
    CHECK(std::abs(row[0]) < 0.05F * std::abs(row[31]));
    CHECK(std::abs(row[63]) < 0.05F * std::abs(row[32]));
}

TEST_CASE("natural_patches names the files it cannot use, and why") {
    const Folder folder;
    folder.write("good.png", noise(60, 90, Format::png));
    folder.write("text.jpg", std::string("this is no photograph\n"));
    folder.write("empty.jpg", std::string());
    folder.write("cut.png", first_half(noise(60, 90, Format::png)));
    folder.write("cut.jpg", first_half(noise(60, 90, Format::jpeg)));
    folder.write("cut.pgm", first_half(noise(60, 90)));
    Bytes one_byte_short = noise(60, 90);
    one_byte_short.pop_back();
    folder.write("short.pgm", one_byte_short);
    folder.write("small.pgm", noise(60, 20));
    folder.write("grey.pgm", pgm(60, 90, [](auto, auto) { return 128.0; }));
    folder.write("left_out.jpg", std::string("excluded, so not worth a word"));
    fs::create_directory(folder.file("folder"));

    const Shown stimulus("natural_patches", fmt::format("folder: {}, exclude: [left_out]", folder.path()), 8,
                         8);
    const std::vector<std::string> warnings = stimulus->warnings();
    const auto reason = [&](const std::string& name) {
        for (const std::string& warning : warnings)
            if (warning.starts_with(folder.file(name) + ": "))
                return warning.substr(folder.file(name).size() + 2);
        return std::string("(no warning)");
    };
    CHECK(warnings.size() == 8);
    CHECK(contains(reason("text.jpg"), "JPEG, PNG, PGM or PPM"));
    CHECK(contains(reason("empty.jpg"), "JPEG, PNG, PGM or PPM"));
    CHECK(contains(reason("cut.png"), "is damaged, or no PNG that can be read"));
    CHECK(contains(reason("cut.jpg"), "is damaged, or no JPEG that can be read"));
    CHECK(contains(reason("cut.pgm"), "breaks off"));
    CHECK(contains(reason("short.pgm"), "breaks off"));
    CHECK(contains(reason("small.pgm"), "too small, 60 x 20 px"));
    CHECK(contains(reason("grey.pgm"), "one grey"));
    CHECK(contains(stimulus->summary(), "from 1 photographs"));
    CHECK(norm(stimulus.frame(FrameSet::training, 0).pixels) == doctest::Approx(1.0));
}

TEST_CASE("natural_patches: no usable photograph, no folder, no sensible key") {
    const Folder folder;
    const std::string keys = "folder: " + folder.path();
    const auto make = [](const std::string& with) {
        return [with] { Shown("natural_patches", with, 8, 8); };
    };
    CHECK(contains(message_of<sim::IoError>(make(keys)), folder.path() + ": none of its 0 files"));
    folder.write("a.jpg", std::string("text"));
    folder.write("b.jpg", std::string("text"));
    CHECK(contains(message_of<sim::IoError>(make(keys)), folder.path() + ": none of its 2 files"));

    const std::string missing = message_of<sim::IoError>(make("folder: /no/such/folder"));
    for (const std::string part :
         {"/no/such/folder", "lomiri-wallpapers-16.04", "palapeli-data", "--set stimulus.kind=dead_leaves"})
        CHECK(contains(missing, part));

    for (const std::string wrong :
         {"held_out: 0", "held_out: 1", "shrink: 0", "min_std: -1", "f0: 0 cycles/px"})
        CHECK_THROWS_AS(make(keys + ", " + wrong)(), sim::ConfigError);
}

TEST_CASE("frames do not depend on the number of threads") {
    const Folder folder;
    for (std::uint64_t k = 1; k <= 5; ++k)
        folder.write(fmt::format("{}.pgm", k), noise(30 + 7 * k, 50 + 9 * k, k));
    const auto frames = [&](const std::string& kind, const std::string& keys, std::size_t n_threads) {
        const tbb::global_control control(tbb::global_control::max_allowed_parallelism, n_threads);
        return Shown(kind, keys, 8, 8).frames(FrameSet::training, 40);
    };
    const std::string photographs = "folder: " + folder.path(),
                      leaves = "canvases: 4, size: 96, r_max: 24 px";
    CHECK(frames("natural_patches", photographs, 1) == frames("natural_patches", photographs, 2));
    CHECK(frames("dead_leaves", leaves, 1) == frames("dead_leaves", leaves, 2));
}
