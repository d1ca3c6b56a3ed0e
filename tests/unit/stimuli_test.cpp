// Stimuli: what a frame shows is told truly by `shown`, depends on (seed, set, index) alone, and files that
// cannot be used are named.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <numbers>
#include <numeric>
#include <set>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>
#include <unistd.h>

#include "models/stimuli/photograph.hpp"
#include "models/stimuli/whitening.hpp"
#include "sim/error.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/params.hpp"
#include "sim/rng.hpp"
#include "sim/stimulus.hpp"

namespace {

namespace fs = std::filesystem;
using sim::FrameSet;
using Bytes = std::vector<unsigned char>;

constexpr double kPi = std::numbers::pi;

/// A new, empty folder, gone at the end of the test.
class Folder {
  public:
    Folder() : path_(fs::temp_directory_path() / fmt::format("striate_stimuli_{}_{}", getpid(), counter_++)) {
        fs::create_directories(path_);
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string path() const { return path_.string(); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    void write(const std::string& name, const Bytes& bytes) const {
        std::ofstream stream(file(name), std::ios::binary);
        stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    void write(const std::string& name, const std::string& text) const {
        write(name, Bytes(text.begin(), text.end()));
    }

  private:
    static inline std::atomic<int> counter_{0};
    fs::path path_;
};

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

struct Frame {
    std::vector<float> pixels;  // shape (height, width)
    std::vector<double> shown;

    bool operator==(const Frame&) const = default;
};

/// A stimulus made as a config would.
class Shown {
  public:
    Shown(const std::string& kind, const std::string& keys, std::size_t height, std::size_t width,
          std::uint64_t seed = 1)
        : height_(height),
          width_(width),
          stimulus_(sim::Registry<sim::Stimulus>::instance().make(
              kind, sim::Params::parse(fmt::format("{}: {{{}}}", kind, keys), "test.yaml"),
              {seed, height, width})) {}

    Frame frame(FrameSet set, std::uint64_t index) const {
        Frame result{std::vector<float>(height_ * width_), std::vector<double>(stimulus_->columns().size())};
        stimulus_->frame(set, index, result.pixels, result.shown);
        return result;
    }
    std::vector<Frame> frames(FrameSet set, std::uint64_t n) const {
        std::vector<Frame> result;
        for (std::uint64_t k = 0; k < n; ++k) result.push_back(frame(set, k));
        return result;
    }
    const sim::Stimulus* operator->() const { return stimulus_.get(); }

  private:
    std::size_t height_, width_;
    std::unique_ptr<sim::Stimulus> stimulus_;
};

double mean(const std::vector<float>& x) {
    return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}
double norm(const std::vector<float>& x) {
    return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
}

/// What an exception of type E thrown by f() says; fails the test if there is none.
template <class E, class F>
std::string message_of(F f) {
    try {
        f();
    } catch (const E& error) {
        return error.what();
    }
    FAIL("nothing was thrown");
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
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

/// A file of `n` frames of `pixels` values each, value = number of the frame.
void write_frames(const std::string& path, const sim::io::Shape& shape, std::vector<float> values = {}) {
    const std::uint64_t n =
        std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>{});
    if (values.empty())
        for (std::uint64_t k = 0; k < n; ++k) values.push_back(static_cast<float>(k * shape[0] / n));
    auto file = sim::io::File::create(path);
    file.write("/frames", std::span<const float>(values), shape, {"1", "frames of a test"});
    file.close();
}

/// Adds labels to a file of frames.
void write_labels(const std::string& path, const std::vector<std::int32_t>& labels) {
    auto file = sim::io::File::reopen(path);
    file.write("/labels", labels, {"1", "labels of a test"});
    file.close();
}

std::string array_keys(const Folder& folder, const std::string& more = "") {
    return fmt::format("file: {}, dataset: /frames{}", folder.file("x.h5"), more);
}

}  // namespace

TEST_SUITE("stimuli") {
    TEST_CASE(
        "natural_patches: a frame has zero mean and unit norm and depends on seed, set and index alone") {
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
            REQUIRE(models::whiten(images.back(), 0.4));
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

    TEST_CASE("natural_patches: training patches stay left of the held-out strip, in every photograph") {
        const Folder folder;
        folder.write("a.pgm", noise(30, 60, 1));
        folder.write("b.pgm", noise(40, 100, 2));
        const Shown stimulus("natural_patches", fmt::format("folder: {}, held_out: 0.25", folder.path()), 10,
                             14);
        const double split[] = {45, 75}, width[] = {60, 100}, height[] = {30, 40};
        double last_training[] = {0, 0}, first_held_out[] = {100, 100};
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
        REQUIRE(models::whiten(image, 0.4));
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
                CHECK(shrunk.row(r)[c] * 255.0 ==
                      doctest::Approx(10.0 * (2.0 * static_cast<double>(r) + 0.5) +
                                      2.0 * static_cast<double>(c) + 0.5));

        folder.write("b.pgm", noise(32, 40));
        folder.write("b.png", noise(32, 40, Format::png));
        folder.write("b.jpg", noise(32, 40, Format::jpeg));
        const auto from_pgm = models::read_photograph(folder.file("b.pgm"), 1);
        CHECK(models::read_photograph(folder.file("b.png"), 1).pixels == from_pgm.pixels);
        const auto from_jpeg = models::read_photograph(folder.file("b.jpg"), 1);
        double error = 0.0;
        for (std::size_t k = 0; k < from_pgm.pixels.size(); ++k)
            error += std::abs(from_jpeg.pixels[k] - from_pgm.pixels[k]) /
                     static_cast<double>(from_pgm.pixels.size());
        CHECK(error < 0.05);  // JPEG of quality 90 of white noise, the worst case for it
    }

    TEST_CASE("whitening flattens a 1/f spectrum and cuts it off beyond f0") {
        constexpr std::size_t n = 96;
        models::Image image = natural_image(n);
        std::vector<double> log_image;
        for (const float x : image.pixels) log_image.push_back(std::log(x + 0.05));
        const std::vector<double> before = cosine_transform(log_image, n, false);
        REQUIRE(models::whiten(image, 0.4));
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
            CHECK(
                gain(k, l) / gain(20, 20) ==
                doctest::Approx(expected(frequency(k, l, n)) / expected(frequency(20, 20, n))).epsilon(1e-3));
        const std::vector<float>& x = image.pixels;
        CHECK(std::abs(mean(x)) < 1e-6);
        CHECK(norm(x) == doctest::Approx(static_cast<double>(n)).epsilon(1e-6));  // unit standard deviation
    }

    TEST_CASE("whitening makes no edge where the image ends") {
        models::Image image{64, 64, {}};  // dark on the left, bright on the right
        for (std::size_t k = 0; k < 64 * 64; ++k) image.pixels.push_back(k % 64 < 32 ? 0.1F : 0.9F);
        REQUIRE(models::whiten(image, 0.4));
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

        const Shown stimulus("natural_patches", fmt::format("folder: {}, exclude: [left_out]", folder.path()),
                             8, 8);
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
        for (const std::string part : {"/no/such/folder", "lomiri-wallpapers-16.04", "palapeli-data",
                                       "--set stimulus.kind=dead_leaves"})
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

    TEST_CASE("dead_leaves: deterministic, normalised, held-out images of their own") {
        const std::string keys = "canvases: 4, size: 96, r_max: 24 px";
        const Shown one("dead_leaves", keys, 10, 12), same("dead_leaves", keys, 10, 12),
            other("dead_leaves", keys, 10, 12, 2);
        for (const FrameSet set : {FrameSet::training, FrameSet::held_out}) {
            std::set<double> canvases;
            for (std::uint64_t k = 0; k < 200; ++k) {
                const Frame frame = one.frame(set, k);
                CHECK(frame == same.frame(set, k));
                CHECK(frame.pixels != other.frame(set, k).pixels);
                CHECK(std::abs(mean(frame.pixels)) < 1e-7);
                CHECK(norm(frame.pixels) == doctest::Approx(1.0).epsilon(1e-6));
                canvases.insert(frame.shown[0]);
            }
            if (set == FrameSet::training)
                CHECK(canvases == std::set<double>{0, 1, 2, 3});
            else
                CHECK(canvases == std::set<double>{4});
        }
        // Images as small as a frame leave it one place: what differs then is what was drawn.
        const std::string tiny = "canvases: 2, size: 24, r_max: 12 px, min_std: 0";
        const Shown image("dead_leaves", tiny, 24, 24), other_image("dead_leaves", tiny, 24, 24, 2);
        std::set<std::vector<float>> drawn;
        for (std::uint64_t k = 0; k < 20; ++k) {
            drawn.insert(image.frame(FrameSet::training, k).pixels);
            drawn.insert(other_image.frame(FrameSet::training, k).pixels);
            drawn.insert(image.frame(FrameSet::held_out, k).pixels);
        }
        CHECK(drawn.size() == 5);  // two, two and one

        const auto make = [](const std::string& with) {
            return [with] { Shown("dead_leaves", with, 10, 12); };
        };
        for (const std::string wrong :
             {"r_min: 0.1 px", "r_min: 9 px, r_max: 8 px", "size: 64", "size: 8, r_max: 5 px"})
            CHECK_THROWS_AS(make(wrong)(), sim::ConfigError);
    }

    TEST_CASE("gratings: order, modulo, what is shown, norm") {
        const Shown stimulus(
            "gratings",
            "orientations: 3, frequencies: 4, phases: 5, min_frequency: 0.05 cycles/px, max_frequency: "
            "0.4 cycles/px, contrast: 0.3",
            20, 24);
        for (std::uint64_t k = 0; k < 60; ++k) {
            const Frame frame = stimulus.frame(FrameSet::training, k);
            CHECK(frame.shown[0] == doctest::Approx(60.0 * static_cast<double>(k / 20)));
            CHECK(frame.shown[1] == doctest::Approx(0.05 * std::pow(2.0, static_cast<double>(k / 5 % 4))));
            CHECK(frame.shown[2] == doctest::Approx(72.0 * static_cast<double>(k % 5)));
            CHECK(std::abs(mean(frame.pixels)) < 1e-7);
            CHECK(norm(frame.pixels) == doctest::Approx(0.3).epsilon(1e-6));
            CHECK(frame == stimulus.frame(FrameSet::training, k + 60));
            CHECK(frame == stimulus.frame(FrameSet::held_out, k));
        }
        CHECK(stimulus->columns() ==
              std::vector<std::string>{"orientation_deg", "spatial_frequency", "phase_deg"});
        const auto make = [](const std::string& with) { return [with] { Shown("gratings", with, 8, 8); }; };
        for (const std::string wrong :
             {"contrast: 0", "contrast: 1.1", "phases: 0", "max_frequency: 0.5 cycles/px",
              "min_frequency: 0.3 cycles/px, max_frequency: 0.2 cycles/px"})
            CHECK_THROWS_AS(make(wrong)(), sim::ConfigError);
    }

    TEST_CASE("gratings: brightness changes at right angles to the bars") {
        constexpr std::size_t n = 33;
        const Shown stimulus("gratings", "frequencies: 1, phases: 4, min_frequency: 0.08 cycles/px", n, n);
        for (const Frame& frame : stimulus.frames(FrameSet::training, 48)) {
            // Direction of the mean squared gradient, by central differences, x to the right and y up.
            double xx = 0, xy = 0, yy = 0;
            for (std::size_t r = 1; r + 1 < n; ++r)
                for (std::size_t c = 1; c + 1 < n; ++c) {
                    const double x = frame.pixels[r * n + c + 1] - frame.pixels[r * n + c - 1];
                    const double y = frame.pixels[(r - 1) * n + c] - frame.pixels[(r + 1) * n + c];
                    xx += x * x, xy += x * y, yy += y * y;
                }
            const double direction = 0.5 * std::atan2(2.0 * xy, xx - yy) * 180.0 / kPi;
            const double off = std::remainder(direction - (frame.shown[0] + 90.0), 180.0);
            CHECK(std::abs(off) <
                  1.5);  // differences over 2 px tilt an oblique gradient by about 1 deg at this frequency
        }
    }

    TEST_CASE("gratings: spatial frequency and phase") {
        constexpr std::size_t n = 64;
        const Shown waves("gratings",
                          "orientations: 2, frequencies: 3, phases: 2, min_frequency: 0.0625 cycles/px, "
                          "max_frequency: 0.25 cycles/px",
                          n, n);
        for (const Frame& frame : waves.frames(FrameSet::training, 12)) {
            const bool is_horizontal = frame.shown[0] == 0.0;  // bars
            const double f = frame.shown[1];
            double re = 0, im = 0;
            for (std::size_t k = 0; k < n * n; ++k) {
                const double angle = 2.0 * kPi * f * static_cast<double>(is_horizontal ? k / n : k % n);
                re += frame.pixels[k] * std::cos(angle), im += frame.pixels[k] * std::sin(angle);
            }
            // All the power of a unit frame of whole periods is in this one component.
            CHECK(2.0 * (re * re + im * im) / (n * n) == doctest::Approx(1.0).epsilon(1e-5));
        }
        constexpr std::size_t odd = 41;
        const Shown phases("gratings",
                           "orientations: 12, frequencies: 1, phases: 4, min_frequency: 0.1 cycles/px", odd,
                           odd);
        for (std::uint64_t k = 0; k < 48; k += 4) {
            const auto centre = [&](std::uint64_t phase) {
                return phases.frame(FrameSet::training, k + phase).pixels[odd * odd / 2];
            };
            const auto brightest = [&](std::uint64_t phase) {
                return std::ranges::max(phases.frame(FrameSet::training, k + phase).pixels);
            };
            CHECK(centre(0) == brightest(0));                  // cos 0 in the centre
            CHECK(std::abs(centre(1)) < 0.1F * brightest(1));  // the mean taken away shifts it a little
            CHECK(centre(2) < -0.7F * brightest(2));
        }
        // theta = 0, phase 90: cos(2 pi f y + pi / 2) falls with y, so it rises from row to row at the
        // centre.
        const Frame frame = phases.frame(FrameSet::training, 1);
        CHECK(frame.pixels[21 * odd + 20] > frame.pixels[19 * odd + 20]);
        // theta = 90: n = (-1, 0), so it rises with the column.
        const Frame vertical = phases.frame(FrameSet::training, 6 * 4 + 1);
        CHECK(vertical.pixels[20 * odd + 21] > vertical.pixels[20 * odd + 19]);
    }

    TEST_CASE("array: frames in order, again from the first, held-out frames last") {
        const Folder folder;
        write_frames(folder.file("x.h5"), {10, 2, 3});
        const Shown all("array", array_keys(folder), 2, 3);
        for (std::uint64_t k = 0; k < 25; ++k)
            for (const FrameSet set : {FrameSet::training, FrameSet::held_out}) {
                const Frame frame = all.frame(set, k);
                CHECK(frame.pixels == std::vector<float>(6, static_cast<float>(k % 10)));
                CHECK(frame.shown == std::vector<double>{static_cast<double>(k % 10)});
            }
        const Shown apart("array", array_keys(folder, ", held_out: 0.3"), 2, 3);
        CHECK(apart.frame(FrameSet::training, 6).shown[0] == 6.0);
        CHECK(apart.frame(FrameSet::training, 7).shown[0] == 0.0);
        CHECK(apart.frame(FrameSet::held_out, 0).shown[0] == 7.0);
        CHECK(apart.frame(FrameSet::held_out, 3).shown[0] == 7.0);
    }

    TEST_CASE("array: random order shows every frame of the set and repeats with the seed") {
        const Folder folder;
        write_frames(folder.file("x.h5"), {10, 6});  // flat frames
        const std::string keys = array_keys(folder, ", order: random, held_out: 0.3");
        const Shown one("array", keys, 2, 3), same("array", keys, 2, 3), other("array", keys, 2, 3, 2);
        for (const FrameSet set : {FrameSet::training, FrameSet::held_out}) {
            std::set<double> seen;
            for (const Frame& frame : one.frames(set, 200)) {
                seen.insert(frame.shown[0]);
                CHECK(frame.pixels[0] == static_cast<float>(frame.shown[0]));
            }
            CHECK(seen == (set == FrameSet::training ? std::set<double>{0, 1, 2, 3, 4, 5, 6}
                                                     : std::set<double>{7, 8, 9}));
            CHECK(one.frames(set, 50) == same.frames(set, 50));
            CHECK(one.frames(set, 50) != other.frames(set, 50));
        }
    }

    TEST_CASE("array: normalised on request; a frame of one grey becomes zero") {
        const Folder folder;
        write_frames(folder.file("x.h5"), {2, 4}, {1, 2, 3, 6, 0.1F, 0.1F, 0.1F, 0.1F});
        const Shown stimulus("array", array_keys(folder, ", normalise: true"), 2, 2);
        const Frame frame = stimulus.frame(FrameSet::training, 0);
        const double expected[] = {-2, -1, 0, 3};  // over sqrt 14
        for (std::size_t k = 0; k < 4; ++k)
            CHECK(frame.pixels[k] == doctest::Approx(expected[k] / std::sqrt(14.0)));
        CHECK(stimulus.frame(FrameSet::training, 1).pixels == std::vector<float>(4, 0.0F));
    }

    TEST_CASE("array: labels go with frames; without them there are none") {
        const Folder folder;
        write_frames(folder.file("x.h5"), {5, 2, 3});
        CHECK(Shown("array", array_keys(folder), 2, 3)->label(FrameSet::training, 0) == -1);
        write_labels(folder.file("x.h5"), {7, 0, 3, 12, 1});
        for (const std::string order : {"sequential", "random", "shuffled"}) {
            const Shown stimulus(
                "array", array_keys(folder, ", labels: /labels, held_out: 0.4, order: " + order), 2, 3);
            for (const FrameSet set : {FrameSet::training, FrameSet::held_out})
                for (std::uint64_t k = 0; k < 20; ++k) {
                    const int expected[] = {7, 0, 3, 12, 1};
                    const Frame frame = stimulus.frame(set, k);
                    CHECK(stimulus->label(set, k) == expected[static_cast<std::size_t>(frame.shown[0])]);
                    CHECK(frame.shown[1] == stimulus->label(set, k));
                }
        }
        const auto message = [&] {
            return message_of<sim::IoError>(
                [&] { Shown("array", array_keys(folder, ", labels: /labels"), 2, 3); });
        };
        write_frames(folder.file("x.h5"), {5, 2, 3});
        CHECK(contains(message(), "/labels"));  // there are none
        write_labels(folder.file("x.h5"), {7, 0, 3, -2, 1});
        CHECK(contains(message(),
                       folder.file("x.h5") + ": /labels: the label of frame 3 must be at least 0, got -2"));
        write_frames(folder.file("x.h5"), {6, 2, 3});
        write_labels(folder.file("x.h5"), {7, 0, 3, 1});
        CHECK(contains(message(), "/labels: must have shape (6), has (4)"));
    }

    TEST_CASE("array: paired files show pairs, in every order and of frames of any size") {
        const Folder folder;
        write_frames(folder.file("x.h5"), {10, 2, 3});
        write_frames(folder.file("y.h5"), {10, 5, 4});
        for (const std::string order : {"sequential", "random", "shuffled"}) {
            const std::string more = ", held_out: 0.3, order: " + order;
            const Shown x("array", array_keys(folder, more), 2, 3);
            const Shown y(
                "array",
                fmt::format("file: {}, dataset: /frames{}, normalise: false", folder.file("y.h5"), more), 5,
                4);
            for (const FrameSet set : {FrameSet::training, FrameSet::held_out})
                for (std::uint64_t k = 0; k < 40; ++k) {
                    CHECK(x.frame(set, k).shown == y.frame(set, k).shown);
                    CHECK(x.frame(set, k).pixels[0] == y.frame(set, k).pixels[0]);
                }
        }
    }

    TEST_CASE("array: what is wrong with the file is said with file, dataset and frame") {
        const Folder folder;
        const auto make = [&](const std::string& more = "") {
            return [&folder, more] { Shown("array", array_keys(folder, more), 2, 2); };
        };
        const std::string where = folder.file("x.h5") + ": /frames: ";
        CHECK(contains(message_of<sim::IoError>(make()), folder.file("x.h5")));  // no file yet

        for (const float bad :
             {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
            write_frames(folder.file("x.h5"), {3, 4}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, bad, 0});
            CHECK(contains(message_of<sim::IoError>(make()), where + "frame 2 "));
        }
        for (const sim::io::Shape& shape : {sim::io::Shape{3, 2, 3}, {3, 5}, {12}, {3, 2, 2, 1}}) {
            write_frames(folder.file("x.h5"), shape);
            const std::string message = message_of<sim::IoError>(make());
            CHECK(contains(message, where + "expected shape (n, 2, 2) or (n, 4)"));
            CHECK(contains(message, fmt::format("found ({}", shape[0])));
        }
        write_frames(folder.file("x.h5"), {3, 2, 2});
        CHECK(contains(message_of<sim::IoError>(make(", held_out: 0.1")), "none for the held-out set"));
        CHECK(contains(message_of<sim::IoError>(make(", held_out: 0.9")), "none for the training set"));
        CHECK_THROWS_AS(make(", held_out: 1")(), sim::ConfigError);
        CHECK_THROWS_AS(make(", order: backwards")(), sim::ConfigError);
    }
}
