// The network on classes made here; the whole classification on a small CIFAR-10 made here.
#include <doctest/doctest.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <limits>

#include "deep/classification.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/parallel.hpp"
#include "sim/rng.hpp"
#include "tests/support.hpp"

namespace {

using deep::Inputs;
using test::TempDir;

constexpr std::size_t kSize = 8;

/// Noise with a bright bar, upright (class 0) or level (class 1), somewhere.
struct Bars {
    explicit Bars(std::uint64_t first, std::size_t n) {
        for (std::uint64_t i = 0; i < n; ++i) {
            sim::Stream stream(1, sim::Purpose::test, first + i);
            std::vector<float>& image = images.emplace_back(kSize * kSize);
            for (float& x : image) x = static_cast<float>(0.3 * stream.normal());
            labels.push_back(static_cast<std::uint8_t>(i % 2));
            const std::size_t at = stream.below(kSize);
            for (std::size_t k = 0; k < kSize; ++k)
                image[labels.back() == 0 ? k * kSize + at : at * kSize + k] += 2.0F;
        }
    }
    Inputs inputs(float scale = 1.0F) const {
        return {1, kSize, kSize, {5, 2}, labels, [this, scale](std::size_t i, std::span<float> to) {
                    std::ranges::transform(images[i], to.begin(), [scale](float x) { return scale * x; });
                }};
    }

    std::vector<std::vector<float>> images;
    std::vector<std::uint8_t> labels;
};

deep::Trained train_on_bars(const Bars& training, std::span<const Inputs> tests, std::uint64_t seed) {
    return deep::train_and_test(training.inputs(), tests, {8, 16, 2e-3}, seed);
}

/// Two records of each class, of which class k is bright in row k.
std::string cifar_file() {
    std::string file;
    for (int i = 0; i < 20; ++i) {
        std::string record(3073, static_cast<char>(10 * i));
        record[0] = static_cast<char>(i % 10);
        for (std::size_t x = 0; x < 32; ++x) record[1 + 32 * static_cast<std::size_t>(i % 10) + x] = '\x7f';
        file += record;
    }
    return file;
}

/// A run's file, of which only the kernels matter.
std::string bank_file(const TempDir& dir) {
    std::vector<float> kernels(2 * 25);
    sim::Stream stream(1, sim::Purpose::test, 0);
    for (float& x : kernels) x = static_cast<float>(stream.normal());
    const std::string path = dir.file("noise.h5");
    auto file = sim::io::File::create(path);
    sim::io::mark_striate_file(file, "network");
    file.write("/network/v1/kernels", std::span<const float>(kernels), {2, 5, 5}, {"1", "kernels"});
    file.write_attribute<std::string>("/network/v1", "bank", "random");
    return path;
}

}  // namespace

TEST_CASE(
    "a network learns classes that a linear reader of pixels could not tell, and not from shuffled labels") {
    const Bars training(0, 400), held_out(1000, 200);
    const std::vector<Inputs> tests = {held_out.inputs()};
    CHECK(train_on_bars(training, tests, 1).accuracy.front() > 0.97);  // bars are 6 times the noise

    Bars meaningless(0, 400);
    sim::Stream stream(1, sim::Purpose::test, 99);
    for (auto& label : meaningless.labels) label = static_cast<std::uint8_t>(stream.below(2));
    const double chance = train_on_bars(meaningless, tests, 1).accuracy.front();
    CHECK(std::abs(chance - 0.5) < 0.2);  // 200 fair coins stay within 0.11 in 999 cases of 1000
}

TEST_CASE("the same seed gives the same bits, alone or beside others; another seed does not") {
    const Bars training(0, 100), held_out(1000, 50);
    const std::vector<Inputs> tests = {held_out.inputs(), held_out.inputs(0.5F)};
    const deep::Trained alone = train_on_bars(training, tests, 1);
    std::vector<deep::Trained> beside(4);
    sim::parallel_for(0, 4, [&](int i) {
        beside[static_cast<std::size_t>(i)] = train_on_bars(training, tests, i == 3 ? 2 : 1);
    });
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(beside[i].loss == alone.loss);
        CHECK(beside[i].accuracy == alone.accuracy);
    }
    CHECK(beside[3].loss != alone.loss);
}

TEST_CASE("interval of a mean: Student's t, tabulated") {
    // Mean 3, standard deviation sqrt(2.5), n 5: t(4, 0.975) is 2.7764.
    const auto interval = deep::mean_interval({1, 2, 3, 4, 5});
    CHECK(interval.value == doctest::Approx(3.0));
    CHECK(interval.high - 3.0 == doctest::Approx(2.7764 * std::sqrt(2.5 / 5.0)).epsilon(1e-4));
    CHECK(interval.low + interval.high == doctest::Approx(6.0));
    CHECK(deep::mean_interval({7}).high == std::numeric_limits<double>::infinity());
    const auto difference = deep::mean_difference({0.5, 0.7}, {0.4, 0.6});
    CHECK(difference.value == doctest::Approx(0.1));
    CHECK(difference.high == doctest::Approx(0.1));
}

TEST_CASE("classification from files to accuracies, the same at one thread and at many") {
    const TempDir dir;
    for (const std::string name : {"data_batch_1.bin", "test_batch.bin"}) dir.write(name, cifar_file());
    const std::vector<deep::Bank> banks = {deep::read_bank(bank_file(dir))};
    CHECK(banks.front().name == "noise");
    CHECK(banks.front().scenario == "random");
    deep::ClassificationSettings settings;
    settings.images = dir.path();
    settings.n_training = 20, settings.n_held_out = 12, settings.n_seeds = 2;
    settings.training.epochs = 2;
    const auto classify = [&](std::size_t threads) {
        const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
        return deep::classify(banks, settings, [](const std::string&, std::size_t, std::size_t) {});
    };
    const deep::Classification one = classify(1), many = classify(4);
    CHECK(one.data_set == "CIFAR-10");
    REQUIRE(one.inputs.size() == 3);
    const deep::Classified& pixels = one.inputs.front();
    const deep::Classified& codes = one.inputs.back();
    CHECK(pixels.name == "pixels");
    CHECK(pixels.as_whole.size() == 1);
    REQUIRE(codes.as_whole.size() == 3);
    CHECK(codes.as_whole.front() == codes.as_cut.front());
    CHECK(codes.as_whole.front().size() == 2);
    CHECK(codes.active[0] > codes.active[1]);
    CHECK(codes.active[1] > codes.active[2]);
    CHECK(codes.active[2] > 0.0);
    for (std::size_t i = 0; i < one.inputs.size(); ++i) {
        CHECK(many.inputs[i].as_whole == one.inputs[i].as_whole);
        CHECK(many.inputs[i].as_cut == one.inputs[i].as_cut);
        CHECK(many.inputs[i].active == one.inputs[i].active);
    }
}
