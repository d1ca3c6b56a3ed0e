// Digits seen, printed and heard: against files, tones and leaders made here.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numbers>
#include <numeric>
#include <set>

#include "models/stimuli/frame_order.hpp"
#include "models/stimuli/glyphs.hpp"
#include "models/stimuli/log_mel.hpp"
#include "sim/error.hpp"
#include "sim/params.hpp"
#include "sim/rng.hpp"
#include "sim/stimulus.hpp"
#include "tests/stimuli.hpp"
#include "tests/support.hpp"

namespace {

using sim::FrameSet;
using test::contains, test::Frame, test::message_of, test::norm, test::TempDir;

constexpr std::array kSets = {FrameSet::training, FrameSet::held_out};

/// A stimulus of seed 1, beside a leader or alone.
struct Sense : test::Shown {
    Sense(const std::string& kind, const std::string& keys, std::size_t height, std::size_t width,
          const sim::Stimulus* leader = nullptr)
        : Shown(kind, keys, height, width, 1, leader) {}
};

/// A first sense that shows nothing and says labels.
class Leader final : public sim::Stimulus {
  public:
    explicit Leader(std::vector<int> labels) : labels_(std::move(labels)) {}
    void frame(FrameSet, std::uint64_t, std::span<float>, std::span<double>) const override {}
    std::vector<std::string> columns() const override { return {}; }
    int label(FrameSet, std::uint64_t index) const override { return labels_[index % labels_.size()]; }
    std::uint64_t n_frames(FrameSet) const override { return labels_.size(); }
    std::string summary() const override { return "labels"; }

  private:
    std::vector<int> labels_;
};

// ---- IDX files

std::string idx(const std::vector<std::uint32_t>& shape, const std::string& values) {
    std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
    for (const std::uint32_t n : shape)
        for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(n >> shift & 255U);
    return bytes + values;
}

/// Picture k of 3 x 2 px: every pixel 10 k, but one, which is 255; its label is 9 - k.
std::string pictures(std::uint32_t n) {
    std::string values;
    for (std::uint32_t k = 0; k < n; ++k) {
        std::string one(6, static_cast<char>(10 * k));
        one[k % 6] = static_cast<char>(255);
        values += one;
    }
    return idx({n, 3, 2}, values);
}
std::string labels(std::uint32_t n) {
    std::string values;
    for (std::uint32_t k = 0; k < n; ++k) values += static_cast<char>(9 - k);
    return idx({n}, values);
}

constexpr const char *kImages = "train-images-idx3-ubyte", *kLabels = "train-labels-idx1-ubyte";

/// Five training and three test pictures.
struct SmallMnist {
    SmallMnist() {
        dir.write(kImages, pictures(5));
        dir.write(kLabels, labels(5));
        dir.write("t10k-images-idx3-ubyte", pictures(3));
        dir.write("t10k-labels-idx1-ubyte", labels(3));
    }
    std::string keys(const std::string& more = "") const { return "folder: " + dir.path().string() + more; }
    std::string message(std::size_t height = 3) const {
        return message_of<sim::IoError>([&] { Sense("digits", keys(), height, 2); });
    }

    TempDir dir;
};

// ---- sounds

constexpr double kRate = 8000.0;

/// The beginning of a FLAC file that says it has so many samples, 8000 a second of 16 bits.
std::string flac_of_silence(std::uint64_t n_samples) {
    std::string info =
        std::string("\x10\x00\x10\x00", 4) + std::string(6, '\0');  // sizes of blocks and frames
    // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of samples
    const std::uint64_t packed = std::uint64_t{8000} << 44U | std::uint64_t{15} << 36U | n_samples;
    for (int k = 7; k >= 0; --k) info += static_cast<char>(packed >> (8 * k) & 0xFFU);
    return "fLaC" + std::string("\x80\0\0\x22", 4) + info + std::string(16, '\0');
}

/// Samples of 16 bits as a WAV file.
std::string wav(const std::vector<double>& samples, unsigned n_channels = 1) {
    const auto little = [](std::uint32_t value, unsigned n_bytes) {
        std::string bytes;
        for (unsigned k = 0; k < n_bytes; ++k) bytes += static_cast<char>(value >> (8 * k) & 255U);
        return bytes;
    };
    const auto rate = static_cast<std::uint32_t>(kRate), n = static_cast<std::uint32_t>(2 * samples.size());
    std::string bytes = "RIFF" + little(36 + n, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) +
                        little(n_channels, 2) + little(rate, 4) + little(2 * n_channels * rate, 4) +
                        little(2 * n_channels, 2) + little(16, 2) + "data" + little(n, 4);
    for (const double x : samples)
        bytes += little(static_cast<std::uint32_t>(std::lround(32000.0 * x)) & 65535U, 2);
    return bytes;
}

std::vector<double> tone(double frequency, double seconds = 0.1) {
    std::vector<double> samples;
    for (double k = 0; k < seconds * kRate; ++k)
        samples.push_back(0.5 * std::sin(2.0 * std::numbers::pi * frequency * k / kRate));
    return samples;
}

/// Tones, a frequency for each digit and voice.
double pitch(int digit, char voice) { return 300.0 + 330.0 * digit + 20.0 * (voice - 'a'); }

struct Spoken {
    Spoken() {
        for (int digit = 0; digit < 10; ++digit)
            for (const char voice : {'a', 'b', 'c', 'd'})
                dir.write(fmt::format("{}_{}_140.wav", digit, voice), wav(tone(pitch(digit, voice))));
    }
    std::string keys(const std::string& held_out = "[b]") const {
        return fmt::format("folder: {}, held_out: {}, f_max: 4000 Hz", dir.path().string(), held_out);
    }
    template <class E>
    std::string message(const std::string& held_out = "[b]") const {
        return message_of<E>([&] { Sense("spoken_digits", keys(held_out), 20, 10); });
    }
    /// Files stand in order of digit, then voice.
    static char voice(double recording) { return "abcd"[static_cast<std::size_t>(recording) % 4]; }

    TempDir dir;
};

double mel(double f) { return 1127.0 * std::log(1.0 + f / 700.0); }

/// The row of n, from the top, whose band's middle is nearest to a frequency.
std::size_t row_of(double frequency, std::size_t n, double f_min, double f_max) {
    const double spacing = (mel(f_max) - mel(f_min)) / static_cast<double>(n + 1);
    const auto from_below = static_cast<std::size_t>(std::lround((mel(frequency) - mel(f_min)) / spacing));
    return n - from_below;
}

/// The row that is brightest in a column.
std::size_t brightest_row(const std::vector<float>& pixels, std::size_t width, std::size_t column) {
    std::size_t best = 0;
    for (std::size_t row = 0; row < pixels.size() / width; ++row)
        if (pixels[row * width + column] > pixels[best * width + column]) best = row;
    return best;
}

models::Sound sound(const std::vector<double>& samples) { return {kRate, {samples.begin(), samples.end()}}; }

}  // namespace

TEST_SUITE("senses") {
    TEST_CASE("shuffled order: each pass shows every frame once, each in an order of its own") {
        const models::FrameOrder order(sim::Params::parse("order: shuffled", "test.yaml"));
        for (const std::uint64_t n : {1, 2, 3, 4, 5, 16, 17, 1000}) {
            std::set<std::vector<std::uint64_t>> passes;
            for (std::uint64_t pass = 0; pass < 4; ++pass) {
                std::vector<std::uint64_t> shown;
                for (std::uint64_t k = 0; k < n; ++k)
                    shown.push_back(order(1, FrameSet::training, pass * n + k, n));
                passes.insert(shown);
                std::ranges::sort(shown);
                for (std::uint64_t k = 0; k < n; ++k) CHECK(shown[k] == k);
            }
            if (n > 5) CHECK(passes.size() == 4);
        }
        CHECK(order.period(5) == 5);
        CHECK(order(1, FrameSet::training, 7, 1000) != order(2, FrameSet::training, 7, 1000));
        CHECK(order(1, FrameSet::training, 7, 1000) != order(1, FrameSet::held_out, 7, 1000));
    }

    TEST_CASE("shuffled order: every frame comes first, and after every other, as often") {
        const models::FrameOrder order(sim::Params::parse("order: shuffled", "test.yaml"));
        constexpr std::uint64_t kFrames = 10, kPasses = 9000;
        std::map<std::uint64_t, double> first;
        std::map<std::pair<std::uint64_t, std::uint64_t>, double> pairs;
        for (std::uint64_t pass = 0; pass < kPasses; ++pass) {
            const auto at = [&](std::uint64_t k) {
                return order(1, FrameSet::training, pass * kFrames + k, kFrames);
            };
            ++first[at(0)];
            ++pairs[{at(4), at(5)}];
        }
        const auto chi_squared = [&](const auto& counts, double n_cells) {
            double sum = (n_cells - static_cast<double>(counts.size())) * kPasses / n_cells;
            for (const auto& [what, n] : counts)
                sum += (n - kPasses / n_cells) * (n - kPasses / n_cells) / (kPasses / n_cells);
            return sum;
        };
        CHECK(chi_squared(first, 10.0) < 9.0 + 5.0 * std::sqrt(2.0 * 9.0));  // 5 standard deviations
        CHECK(chi_squared(pairs, 90.0) < 89.0 + 5.0 * std::sqrt(2.0 * 89.0));
    }

    TEST_CASE("digits: pictures and labels of the files, in order, with unit norm or without") {
        const SmallMnist mnist;
        const Sense plain("digits", mnist.keys(", normalise: false"), 3, 2),
            unit("digits", mnist.keys(), 3, 2);
        for (const FrameSet set : kSets) {
            const std::uint64_t n = set == FrameSet::training ? 5 : 3;
            CHECK(plain->n_frames(set) == n);
            for (std::uint64_t index = 0; index < 12; ++index) {
                const std::uint64_t k = index % n;
                std::vector<float> expected(6, static_cast<float>(10 * k) / 255.0F);
                expected[k] = 1.0F;
                const Frame frame = plain.frame(set, index), scaled = unit.frame(set, index);
                CHECK(frame.pixels == expected);
                CHECK(frame.shown ==
                      std::vector<double>{static_cast<double>(k), 9.0 - static_cast<double>(k)});
                CHECK(plain->label(set, index) == 9 - static_cast<int>(k));
                CHECK(norm(scaled.pixels) == doctest::Approx(1.0).epsilon(1e-6));  // float pixels
                for (std::size_t p = 0; p < 6; ++p)
                    CHECK(scaled.pixels[p] == doctest::Approx(expected[p] / norm(expected)).epsilon(1e-6));
            }
        }
        CHECK(plain->summary() ==
              "5 training and 3 held-out images of 3 x 2 px from " + mnist.dir.path().string());
    }

    TEST_CASE("digits: in shuffled order the label goes with the picture") {
        const SmallMnist mnist;
        const Sense digits("digits", mnist.keys(", order: shuffled"), 3, 2),
            same("digits", mnist.keys(", order: shuffled"), 3, 2), in_order("digits", mnist.keys(), 3, 2);
        CHECK(digits->n_frames(FrameSet::training) == 5);
        for (const FrameSet set : kSets)
            for (std::uint64_t index = 30; index-- > 0;) {
                const Frame frame = digits.frame(set, index);
                CHECK(frame == in_order.frame(set, static_cast<std::uint64_t>(frame.shown[0])));
                CHECK(frame.shown[1] == digits->label(set, index));
                CHECK(same.frame(set, index) == frame);
            }
    }

    TEST_CASE("digits: those of some classes alone, and means over squares") {
        const SmallMnist mnist;  // labels 9, 8, 7, 6, 5 and 9, 8, 7
        const Sense all("digits", mnist.keys(", normalise: false"), 3, 2),
            some("digits", mnist.keys(", normalise: false, classes: [7, 9, 5]"), 3, 2);
        CHECK(some->n_frames(FrameSet::training) == 3);
        CHECK(some->n_frames(FrameSet::held_out) == 2);
        for (const std::uint64_t k : {0U, 1U, 2U}) {
            CHECK(some.frame(FrameSet::training, k) == all.frame(FrameSet::training, 2 * k));
            CHECK(some->label(FrameSet::training, k) == 9 - 2 * static_cast<int>(k));
        }
        CHECK(contains(
            test::message_of<sim::IoError>([&] { Sense("digits", mnist.keys(", classes: [1]"), 3, 2); }),
            "holds no picture of the classes asked for"));
        CHECK(contains(test::message_of<sim::ConfigError>(
                           [&] { Sense("digits", mnist.keys(", classes: [1.5]"), 3, 2); }),
                       "classes: must be whole numbers from 0 to 255"));

        mnist.dir.write(kImages, idx({1, 4, 2}, std::string("\x00\x10\x20\x30\x04\x04\x04\x00", 8)));
        mnist.dir.write(kLabels, labels(1));
        mnist.dir.write("t10k-images-idx3-ubyte", idx({1, 4, 2}, std::string(8, '\x10')));
        mnist.dir.write("t10k-labels-idx1-ubyte", labels(1));
        const Sense small("digits", mnist.keys(", normalise: false, shrink: 2"), 2, 1);
        CHECK(small.frame(FrameSet::training, 0).pixels == std::vector<float>{24.0F / 255.0F, 3.0F / 255.0F});
        CHECK(contains(
            test::message_of<sim::IoError>([&] { Sense("digits", mnist.keys(", shrink: 2"), 4, 2); }),
            "expected images of the frame's 4 x 2 px times shrink, 2, found 4 x 2"));
    }

    TEST_CASE("digits: validation takes the last training pictures, and no test picture is read") {
        const SmallMnist mnist;  // labels 9, 8, 7, 6, 5
        std::filesystem::remove(mnist.dir.path() / "t10k-images-idx3-ubyte");
        const Sense split("digits", mnist.keys(", validation: 2"), 3, 2),
            some("digits", mnist.keys(", validation: 1, classes: [9, 6, 8], order: shuffled"), 3, 2);
        CHECK(split->n_frames(FrameSet::training) == 3);
        CHECK(split->n_frames(FrameSet::held_out) == 2);
        for (std::uint64_t k = 0; k < 6; ++k) {
            CHECK(split->label(FrameSet::training, k) == 9 - static_cast<int>(k % 3));
            CHECK(split->label(FrameSet::held_out, k) == 6 - static_cast<int>(k % 2));
        }
        CHECK(split.frame(FrameSet::held_out, 0).shown == std::vector<double>{3.0, 6.0});
        CHECK(some->n_frames(FrameSet::training) == 2);
        for (std::uint64_t k = 0; k < 6; ++k) {
            CHECK(some->label(FrameSet::training, k) >= 8);
            CHECK(some->label(FrameSet::held_out, k) == 6);
        }
        CHECK(contains(
            test::message_of<sim::ConfigError>([&] { Sense("digits", mnist.keys(", validation: 5"), 3, 2); }),
            "validation: must be less than the 5 training pictures, got \"5\""));
    }

    TEST_CASE("digits: gzipped files are read as well") {
        const SmallMnist mnist, packed;
        REQUIRE(std::system(fmt::format("gzip {}/*", packed.dir.path().string()).c_str()) == 0);
        const Sense plain("digits", mnist.keys(), 3, 2), gzipped("digits", packed.keys(), 3, 2);
        for (const FrameSet set : kSets)
            for (std::uint64_t k = 0; k < 3; ++k) CHECK(gzipped.frame(set, k) == plain.frame(set, k));

        const std::string name = std::string(kImages) + ".gz", bytes = test::read_file(packed.dir.file(name));
        packed.dir.write(name, bytes.substr(0, bytes.size() - 10));
        CHECK(contains(packed.message(), packed.dir.file(name) + ": "));
        std::string damaged = bytes;
        damaged[bytes.size() - 6] ^= 1;  // of the checksum
        packed.dir.write(name, damaged);
        CHECK(contains(packed.message(), packed.dir.file(name) + ": "));
    }

    TEST_CASE(
        "digits: what is wrong with a file is said with its name, what was expected and what was found") {
        const SmallMnist mnist;
        const auto message_with = [&](const std::string& name, const std::string& bytes) {
            const std::string before = test::read_file(mnist.dir.file(name));
            mnist.dir.write(name, bytes);
            const std::string message = mnist.message();
            mnist.dir.write(name, before);
            CHECK(message.starts_with(mnist.dir.file(name) + ": "));
            return message;
        };
        CHECK(
            contains(message_with(kImages, labels(5)), "expected magic number 0x00000803, found 0x00000801"));
        CHECK(contains(message_with(kLabels, pictures(5)),
                       "expected magic number 0x00000801, found 0x00000803"));
        CHECK(contains(message_with(kImages, ""), "found the end of the file"));
        CHECK(contains(message_with(kImages, pictures(5).substr(0, 10)), "breaks off in its header"));
        CHECK(contains(message_with(kImages, pictures(5).substr(0, 30)),
                       "expected 5 x 3 x 2 = 30 values, as its header says, found 14"));
        CHECK(contains(message_with(kImages, pictures(5) + "x"), "found 31"));
        CHECK(contains(message_with(kImages, pictures(5) + "xyz"), "found 31 or more"));
        CHECK(contains(message_with(kImages, idx({0xffffffff, 0xffffffff, 0xffffffff}, "")), "found 0"));
        CHECK(contains(message_with(kImages, idx({0, 3, 2}, "")), "holds no image"));
        CHECK(contains(message_with(kLabels, labels(4)), "expected 5 labels, one for each image, found 4"));
        CHECK(contains(mnist.message(4), "expected images of the frame's 4 x 2 px, found 3 x 2"));

        std::filesystem::remove(mnist.dir.file(kLabels));
        REQUIRE(mkfifo(mnist.dir.file(kLabels).c_str(), 0600) == 0);  // which nobody ever writes to
        CHECK(contains(mnist.message(), "is no regular file"));
        std::filesystem::remove(mnist.dir.file(kLabels));
        CHECK(contains(mnist.message(),
                       fmt::format("{}: holds neither {} nor", mnist.dir.path().string(), kLabels)));
        CHECK(contains(message_of<sim::IoError>([] { Sense("digits", "folder: /nowhere", 3, 2); }),
                       "/nowhere: holds neither"));
    }

    TEST_CASE("printed_digits: ten pictures of unit norm, centred, as high as asked for") {
        for (const auto& [height, width] :
             {std::pair<std::size_t, std::size_t>{28, 28}, {31, 40}, {40, 17}}) {
            const Sense digits("printed_digits", "size: 0.7", height, width);
            double greatest_extent = 0.0;
            std::set<std::vector<float>> different;
            for (std::uint64_t k = 0; k < 10; ++k) {
                const Frame frame = digits.frame(FrameSet::training, k);
                CHECK(frame == digits.frame(FrameSet::held_out, k + 10));
                CHECK(frame.shown == std::vector<double>{static_cast<double>(k)});
                CHECK(digits->label(FrameSet::training, k) == static_cast<int>(k));
                CHECK(norm(frame.pixels) == doctest::Approx(1.0).epsilon(1e-6));  // float pixels
                different.insert(frame.pixels);
                std::size_t top = height, bottom = 0, left = width, right = 0;
                for (std::size_t p = 0; p < frame.pixels.size(); ++p) {
                    if (frame.pixels[p] == 0.0F) continue;
                    top = std::min(top, p / width), bottom = std::max(bottom, p / width);
                    left = std::min(left, p % width), right = std::max(right, p % width);
                }
                // The outline is centred to 1/64 px, so that as many rows stay empty above as below; the
                // faintest pixel of one side may be lost.
                CHECK(std::abs(static_cast<double>(top + bottom) - static_cast<double>(height - 1)) <= 1.0);
                CHECK(std::abs(static_cast<double>(left + right) - static_cast<double>(width - 1)) <= 1.0);
                greatest_extent = std::max(
                    {greatest_extent, static_cast<double>(bottom - top + 1) / static_cast<double>(height),
                     static_cast<double>(right - left + 1) / static_cast<double>(width)});
            }
            CHECK(different.size() == 10);
            CHECK(std::abs(greatest_extent - 0.7) < 2.0 / static_cast<double>(std::min(height, width)));
        }
    }

    TEST_CASE("printed_digits: upright, not mirrored, covered pixels bright") {
        const auto digits = models::glyphs("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
                                           "0123456789", 28, 28, 0.75);
        const auto mass = [](const std::vector<float>& picture, auto is_in) {
            double sum = 0.0;
            for (std::size_t p = 0; p < picture.size(); ++p) sum += is_in(p / 28, p % 28) ? picture[p] : 0.0F;
            return sum;
        };
        const auto top = [](std::size_t row, std::size_t) { return row < 14; };
        const auto bottom = [](std::size_t row, std::size_t) { return row >= 14; };
        const auto left = [](std::size_t, std::size_t column) { return column < 14; };
        const auto right = [](std::size_t, std::size_t column) { return column >= 14; };
        CHECK(mass(digits[7], top) > 1.3 * mass(digits[7], bottom));
        CHECK(mass(digits[3], right) > 1.2 * mass(digits[3], left));
        CHECK(mass(digits[6], left) > 1.05 * mass(digits[6], right));
        CHECK(digits[0][14 * 28 + 14] == 0.0F);  // the hole
        CHECK(std::ranges::max(digits[1]) == 1.0F);
        CHECK(digits[1][0] == 0.0F);
    }

    TEST_CASE("printed_digits: files that are no fonts, sizes that do not fit") {
        const TempDir dir;
        const std::string text = dir.write("a.ttf", "no font");
        CHECK(message_of<sim::IoError>([&] {
                  Sense("printed_digits", "font: " + text, 28, 28);
              }).starts_with(text + ": cannot be read as a font"));
        CHECK(message_of<sim::IoError>([] {
                  Sense("printed_digits", "font: /nowhere", 28, 28);
              }).starts_with("/nowhere: cannot be read as a font"));
        CHECK_THROWS_AS(Sense("printed_digits", "size: 1.1", 28, 28), sim::ConfigError);
        CHECK(contains(message_of<sim::IoError>([] {
                           models::glyphs("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
                                          " ", 28, 28, 0.5);
                       }),
                       "is empty"));
    }

    TEST_CASE("followers show the digit that the leader's frame shows") {
        const Leader leader({3, 1, 4, 1, 5, 9, 2, 6});
        const Spoken folder;
        const Sense printed("printed_digits", "", 20, 20, &leader), alone("printed_digits", "", 20, 20);
        const Sense spoken("spoken_digits", folder.keys(), 20, 10, &leader);
        CHECK(printed->n_frames(FrameSet::training) == 8);
        for (const FrameSet set : kSets)
            for (std::uint64_t k = 0; k < 20; ++k) {
                const int digit = leader.label(set, k);
                CHECK(printed->label(set, k) == digit);
                CHECK(printed.frame(set, k) == alone.frame(set, static_cast<std::uint64_t>(digit)));
                CHECK(spoken->label(set, k) == digit);
                CHECK(spoken.frame(set, k).shown[0] == digit);
                CHECK(static_cast<int>(spoken.frame(set, k).shown[1]) / 4 == digit);
            }
    }

    TEST_CASE("a leader whose frames are no digits is refused") {
        const Leader unlabelled({-1}), late({1, 2, 10});
        CHECK(contains(
            message_of<sim::ConfigError>([&] { Sense("printed_digits", "", 20, 20, &unlabelled); }),
            "must be shown beside a first sense whose frames are labelled 0 to 9, got frames without"));
        const Sense printed("printed_digits", "", 20, 20, &late);
        CHECK(contains(message_of<sim::ConfigError>([&] { printed.frame(FrameSet::training, 2); }),
                       "got a frame labelled 10"));
    }

    TEST_CASE("log_mel: a tone lights the band its frequency belongs to, in every column") {
        constexpr std::size_t kBands = 28, kColumns = 15;
        for (const double f : {250.0, 440.0, 1000.0, 2000.0, 3300.0}) {
            const auto levels =
                models::log_mel(sound(tone(f)), {100.0, 4000.0, 40.0, 50.0}, kBands, kColumns);
            for (std::size_t column = 0; column < kColumns; ++column) {
                CHECK(brightest_row(levels, kColumns, column) == row_of(f, kBands, 100.0, 4000.0));
                // At its ends the window is half empty: 6 dB less, and as much again for the wider peak.
                const std::size_t row = row_of(f, kBands, 100.0, 4000.0);
                CHECK(levels[row * kColumns + column] > 1.0F - 12.5F / 50.0F);
            }
            CHECK(std::ranges::max(levels) == 1.0F);
            CHECK(std::ranges::min(levels) == 0.0F);
        }
    }

    TEST_CASE("log_mel: levels fall linearly in dB, to nothing at the range") {
        // 25 Hz wide peaks within bands 300 Hz and more wide
        std::vector<double> both = tone(1500.0, 0.4);
        const std::vector<double> quiet = tone(3000.0, 0.4);
        for (std::size_t k = 0; k < both.size(); ++k) both[k] += 0.1 * quiet[k];  // - 20 dB
        constexpr std::size_t kBands = 9, kColumns = 5;
        const auto levels = models::log_mel(sound(both), {100.0, 4000.0, 160.0, 80.0}, kBands, kColumns);
        // What of a tone falls into a triangle: it is between two bands, and the nearer has most.
        const auto share = [&](double f) {
            const double spacing = (mel(4000.0) - mel(100.0)) / static_cast<double>(kBands + 1);
            const double place = (mel(f) - mel(100.0)) / spacing;
            return 1.0 - std::abs(place - std::round(place));
        };
        const auto level = [&](double f) { return levels[row_of(f, kBands, 100.0, 4000.0) * kColumns + 2]; };
        const double expected = 1.0 - (20.0 - 10.0 * std::log10(share(3000.0) / share(1500.0))) / 80.0;
        CHECK(level(1500.0) ==
              doctest::Approx(1.0).epsilon(0.002));  // the middle column is loudest, or nearly
        CHECK(level(3000.0) == doctest::Approx(expected).epsilon(0.005));
        const auto narrow = models::log_mel(sound(both), {100.0, 4000.0, 160.0, 15.0}, kBands, kColumns);
        CHECK(narrow[row_of(3000.0, kBands, 100.0, 4000.0) * kColumns + 2] == 0.0F);
    }

    TEST_CASE("log_mel: time runs from left to right; silence around and loudness make no difference") {
        std::vector<double> rising = tone(500.0);
        const std::vector<double> high = tone(2500.0);
        rising.insert(rising.end(), high.begin(), high.end());
        const models::LogMelSettings settings{100.0, 4000.0, 25.0, 50.0};
        const auto levels = models::log_mel(sound(rising), settings, 28, 10);
        for (std::size_t column = 0; column < 10; ++column)
            CHECK(brightest_row(levels, 10, column) ==
                  row_of(column < 5 ? 500.0 : 2500.0, 28, 100.0, 4000.0));

        std::vector<double> quiet(1000, 0.0);
        for (const double x : rising) quiet.push_back(0.25 * x);
        quiet.insert(quiet.end(), 333, 0.0);
        CHECK(models::log_mel(sound(quiet), settings, 28, 10) == levels);  // powers of two: exactly
    }

    TEST_CASE(
        "spoken_digits: the tone of the recording, unit norm, no negative pixel, same index same bits") {
        const Spoken folder;
        const Sense spoken("spoken_digits", folder.keys(), 28, 12),
            same("spoken_digits", folder.keys(), 28, 12);
        CHECK(contains(spoken->summary(), "40 recordings"));
        CHECK(contains(spoken->summary(), "3 voices, 1 more in the held-out set"));
        CHECK(spoken->n_frames(FrameSet::training) == 0);
        for (const FrameSet set : kSets)
            for (std::uint64_t k = 60; k-- > 0;) {
                const Frame frame = spoken.frame(set, k);
                CHECK(same.frame(set, k) == frame);
                CHECK(spoken->label(set, k) == static_cast<int>(k % 10));
                CHECK(frame.shown[0] == static_cast<double>(k % 10));
                CHECK(norm(frame.pixels) == doctest::Approx(1.0).epsilon(1e-6));  // float pixels
                CHECK(std::ranges::min(frame.pixels) >= 0.0F);
                const double f = pitch(static_cast<int>(k % 10), Spoken::voice(frame.shown[1]));
                const auto row = static_cast<double>(brightest_row(frame.pixels, 12, 6));
                // A tone midway between two bands may light either.
                CHECK(std::abs(row - static_cast<double>(row_of(f, 28, 100.0, 4000.0))) <= 1.0);
            }
    }

    TEST_CASE(
        "spoken_digits: held-out voices are heard in the held-out set alone, all voices equally often") {
        const Spoken folder;
        const Sense spoken("spoken_digits", folder.keys("[b, d]"), 20, 10);
        for (const FrameSet set : kSets) {
            std::map<char, double> heard;
            for (std::uint64_t k = 0; k < 2000; ++k) ++heard[Spoken::voice(spoken.frame(set, k).shown[1])];
            CHECK(heard.size() == 2);
            for (const char voice :
                 {set == FrameSet::training ? 'a' : 'b', set == FrameSet::training ? 'c' : 'd'})
                CHECK(std::abs(heard[voice] - 1000.0) < 4.0 * std::sqrt(2000.0 * 0.25));  // binomial
        }
    }

    TEST_CASE("spoken_digits: the voice says nothing about which picture the leader drew") {
        const TempDir dir;
        constexpr std::uint32_t kPictures = 500;
        for (const std::string part : {"train", "t10k"}) {
            dir.write(part + "-images-idx3-ubyte", idx({kPictures, 1, 1}, std::string(kPictures, 'x')));
            dir.write(part + "-labels-idx1-ubyte", idx({kPictures}, std::string(kPictures, 4)));
        }
        const Spoken folder;
        for (const std::string order : {"random", "shuffled"}) {
            const Sense leader("digits", fmt::format("folder: {}, order: {}", dir.path().string(), order), 1,
                               1);
            const Sense spoken("spoken_digits", folder.keys(), 20, 10, leader.get());
            constexpr std::uint64_t kFrames = 4000;
            double high_a = 0, high = 0, a = 0;  // pictures of the second half, frames of voice a
            for (std::uint64_t k = 0; k < kFrames; ++k) {
                const bool is_high = leader.frame(FrameSet::training, k).shown[0] >= kPictures / 2;
                const bool is_a = Spoken::voice(spoken.frame(FrameSet::training, k).shown[1]) == 'a';
                high += is_high, a += is_a, high_a += is_high && is_a;
            }
            const double expected = high * a / kFrames;
            CHECK(std::abs(high_a - expected) < 4.0 * std::sqrt(expected));  // about Poisson
        }
    }

    TEST_CASE("spoken_digits: what is wrong is said with folder, file or key") {
        CHECK(contains(message_of<sim::IoError>(
                           [] { Sense("spoken_digits", "folder: /nowhere, held_out: [a]", 20, 10); }),
                       "/nowhere: cannot list this folder of recordings"));
        const Spoken folder;
        for (const std::string held_out : {"[]", "[x]", "[a, x]", "[a, b, c, d]"})
            CHECK(contains(folder.message<sim::ConfigError>(held_out),
                           "spoken_digits.held_out: must be some, not all"));
        CHECK(contains(folder.message<sim::ConfigError>("[a, x]"), "(a, b, c, d), got [a, x]"));
        for (const std::string bad : {"f_min: 5000 Hz", "window: 2 s", "range: 0"})
            CHECK_THROWS_AS(Sense("spoken_digits", folder.keys() + ", " + bad, 20, 10), sim::ConfigError);

        const std::string four = "4_b_140.wav", where = folder.dir.file(four) + ": ";
        folder.dir.write(four, "no sound");
        CHECK(contains(folder.message<sim::IoError>(), where + "cannot be read as a sound"));
        folder.dir.write(four, wav(tone(400.0)).substr(0, 500));
        CHECK(contains(folder.message<sim::IoError>(), where + "breaks off"));
        folder.dir.write(four, wav(tone(400.0), 2));
        CHECK(contains(folder.message<sim::IoError>(), where + "expected a sound of one channel, found 2"));
        std::string fast = wav(tone(400.0));
        // Samples and bytes a second; a window of 25 ms would be 27 million samples.
        fast.replace(24, 8, "\xFF\xFF\xFF\x3F\xFE\xFF\xFF\x7F");
        folder.dir.write(four, fast);
        CHECK(contains(folder.message<sim::IoError>(),
                       where + "expected at most 1000000 samples a second, found 1073741823"));
        folder.dir.write(four, flac_of_silence(std::uint64_t{1} << 35));
        CHECK(contains(folder.message<sim::IoError>(),
                       where + "expected at most 67108864 samples, found 34359738368"));
        std::filesystem::remove(folder.dir.file(four));
        REQUIRE(mkfifo(folder.dir.file(four).c_str(), 0600) == 0);
        CHECK(contains(folder.message<sim::IoError>(), where + "is no regular file"));
        std::filesystem::remove(folder.dir.file(four));
        folder.dir.write(four, wav({}));
        CHECK(contains(folder.message<sim::IoError>(), where + "holds no samples"));
        folder.dir.write(four, wav(std::vector<double>(800, 0.0)));
        CHECK(contains(folder.message<sim::IoError>(), where + "it is silent between 100 and 4000 Hz"));
        folder.dir.write(four, wav(tone(400.0)));
        CHECK(contains(message_of<sim::IoError>([&] {
                           Sense("spoken_digits",
                                 fmt::format("folder: {}, held_out: b", folder.dir.path().string()), 20, 10);
                       }),
                       "its 8000 samples a second hold no frequency up to 8000 Hz"));
        std::filesystem::remove(folder.dir.file(four));
        CHECK(contains(folder.message<sim::IoError>(), "no voice of the held-out set says 4"));
        for (const std::string name : {"four.wav", "12_a_140.wav", "4_a.wav", "4__140.wav"}) {
            folder.dir.write(name, wav(tone(400.0)));
            CHECK(contains(folder.message<sim::IoError>(), "must be named DIGIT_VOICE_SPEED.wav"));
            std::filesystem::remove(folder.dir.file(name));
        }
    }
}
