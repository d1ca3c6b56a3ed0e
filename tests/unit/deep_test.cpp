// Labelled images against files made here; codes that are cut and pooled, by hand.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "bench/convolutional_population.hpp"
#include "deep/coded_images.hpp"
#include "deep/inputs.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "tests/support.hpp"

namespace {

using deep::CodedImages;
using test::contains;
using test::TempDir;

/// A record of CIFAR-10 whose planes are of one value each, but for the first red pixel.
std::string cifar_record(int label, int red, int green, int blue, int first_red) {
    std::string record(1, static_cast<char>(label));
    for (const int value : {red, green, blue}) record.append(1024, static_cast<char>(value));
    record[1] = static_cast<char>(first_red);
    return record;
}

std::string big_endian(std::size_t n) {
    return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
            static_cast<char>(n)};
}

/// An IDX pair of n images of 2 x 3 pixels: image i is of value i, its label is i % 10.
void write_idx_pair(const TempDir& dir, const std::string& part, std::size_t n) {
    std::string images = std::string("\0\0\x08\x03", 4) + big_endian(n) + big_endian(2) + big_endian(3),
                labels = std::string("\0\0\x08\x01", 4) + big_endian(n);
    for (std::size_t i = 0; i < n; ++i) {
        images.append(6, static_cast<char>(i));
        labels += static_cast<char>(i % 10);
    }
    dir.write(part + "-images-idx3-ubyte", images);
    dir.write(part + "-labels-idx1-ubyte", labels);
}

template <class Error, class Work>
std::string message_of(const Work& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

/// Maps as `pool` makes them.
std::vector<float> pooled(const CodedImages& codes, std::size_t image, double cut) {
    std::vector<float> maps(codes.pooled().size(), -1.0F);
    codes.pool(image, cut, maps);
    return maps;
}

}  // namespace

TEST_CASE("CIFAR-10 is read batch after batch, grey by the mean of its colours") {
    const TempDir dir;
    dir.write("data_batch_1.bin", cifar_record(3, 30, 60, 90, 255) + cifar_record(9, 0, 0, 0, 0));
    dir.write("data_batch_2.bin", cifar_record(1, 255, 255, 255, 255));
    dir.write("test_batch.bin", cifar_record(0, 1, 2, 3, 1) + cifar_record(5, 0, 0, 0, 0));
    const deep::DataSet set = deep::read_data_set(dir.path(), 3, 1);
    CHECK(set.name == "CIFAR-10");
    CHECK(set.training.labels == std::vector<std::uint8_t>{3, 9, 1});
    CHECK(set.held_out.labels == std::vector<std::uint8_t>{0});
    const auto& pixels = set.training.images[0].pixels;
    REQUIRE(pixels.size() == 1024);
    CHECK(pixels[0] == doctest::Approx((255 + 60 + 90) / 765.0));
    CHECK(pixels[1] == doctest::Approx((30 + 60 + 90) / 765.0));
    CHECK(set.training.images[2].pixels[1023] == doctest::Approx(1.0));
}

TEST_CASE("a CIFAR-10 that is not what it should be is refused with its file") {
    const TempDir dir;
    const std::string whole = cifar_record(3, 30, 60, 90, 255);
    const auto read = [&] { deep::read_data_set(dir.path(), 2, 1); };
    dir.write("test_batch.bin", whole);

    dir.write("data_batch_1.bin", whole + whole.substr(0, 1000));
    const std::string broken = message_of<sim::IoError>(read);
    CHECK(contains(broken, "data_batch_1.bin"));
    CHECK(contains(broken, "breaks off"));

    dir.write("data_batch_1.bin", whole + cifar_record(10, 0, 0, 0, 0));
    CHECK(contains(message_of<sim::IoError>(read), "labels below 10, found 10"));

    dir.write("data_batch_1.bin", whole);
    CHECK(contains(message_of<sim::IoError>(read), "data_batch_2.bin: cannot be opened"));
    for (int batch = 2; batch <= 5; ++batch) dir.write(fmt::format("data_batch_{}.bin", batch), "");
    CHECK(contains(message_of<sim::ConfigError>(read), "at least 2 images to learn from, found 1"));
}

TEST_CASE("the first images of Fashion-MNIST, with their labels") {
    const TempDir dir;
    write_idx_pair(dir, "train", 30);
    write_idx_pair(dir, "t10k", 12);
    const deep::DataSet set = deep::read_data_set(dir.path(), 25, 12);
    CHECK(set.name == "Fashion-MNIST");
    CHECK(set.training.n() == 25);
    CHECK(set.training.labels[24] == 4);
    CHECK(set.training.images[24].height == 2);
    CHECK(set.training.images[24].width == 3);
    CHECK(set.training.images[24].pixels[5] == doctest::Approx(24.0 / 255.0));
    CHECK(set.held_out.n() == 12);
    CHECK(contains(message_of<sim::ConfigError>([&] { deep::read_data_set(dir.path(), 25, 13); }),
                   "at least 13 images to be tested on, found 12"));
}

TEST_CASE("a cut leaves what is at least a part of the image's largest coefficient") {
    CodedImages codes({2, 1, 4});
    codes.add(std::vector<float>{0.0F, 1.0F, -2.0F, 0.5F, 0.0F, -0.4F, 0.0F, 4.0F / 1024.0F});
    codes.add(std::vector<float>{0.1F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F});  // of another scale
    codes.add(std::vector<float>(8, 0.0F));
    CHECK(codes.active(0, 0.0) == 5);
    CHECK(codes.active(0, 0.25) == 3);  // 0.5 is 2 / 4: it stays
    CHECK(codes.active(0, 0.5) == 2);
    CHECK(codes.active(1, 0.5) == 1);
    CHECK(codes.active(2, 0.5) == 0);
}

TEST_CASE("pooling keeps the largest coefficient of either sign in each square") {
    CodedImages codes({2, 5, 6});
    std::vector<float> code(2 * 5 * 6, 0.0F);
    const auto at = [&](std::size_t kernel, std::size_t y, std::size_t x) -> float& {
        return code[(kernel * 5 + y) * 6 + x];
    };
    at(0, 0, 0) = 1.0F, at(0, 3, 3) = 2.0F, at(0, 1, 2) = -0.5F;  // one square, both signs
    at(0, 4, 3) = -4.0F;                                          // below it
    at(1, 0, 4) = 1.5F;                                           // to the right of it
    codes.add(code);
    // ON of kernel 0, its OFF, ON of kernel 1, its OFF; each of 2 x 2 squares
    CHECK(pooled(codes, 0, 0.0) == std::vector<float>{2, 0, 0, 0, 0.5F, 0, 4, 0, 0, 1.5F, 0, 0, 0, 0, 0, 0});
    CHECK(pooled(codes, 0, 0.25) == std::vector<float>{2, 0, 0, 0, 0, 0, 4, 0, 0, 1.5F, 0, 0, 0, 0, 0, 0});
    CHECK(pooled(codes, 0, 0.5) == std::vector<float>{2, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("images coded side by side have the codes of images coded alone") {
    const auto noise = [](std::size_t n, std::uint64_t index) {
        sim::Stream stream(1, sim::Purpose::test, index);
        std::vector<float> values(n);
        for (float& x : values) x = static_cast<float>(stream.normal());
        return values;
    };
    const bench::convolution::Task task{{3, 4, 4, noise(48, 0)}, 0.5};
    const std::shared_ptr<const sim::Neurons> neurons =
        sim::Registry<sim::Neurons>::instance().make("admm", sim::Params::parse("", "test"), {});
    std::vector<models::Image> images;
    for (std::uint64_t i = 1; i <= 70; ++i)
        images.push_back({8, 8, noise(64, i)});  // more than go side by side
    std::size_t last = 0;
    const CodedImages codes = deep::code_images(task.kernels, task.lambda, *neurons, images,
                                                [&](std::size_t done) { last = done; });
    CHECK(last == 70);
    REQUIRE(codes.n() == 70);
    const bench::convolution::Population population(task, 8, 8, neurons, 1.0, 0.0);
    CodedImages alone({3, 8, 8});
    for (const auto& image : images) alone.add(population.solve({8, 8, image.pixels}).code);
    for (std::size_t i = 0; i < codes.n(); ++i) {
        CHECK(alone.active(i, 0.0) > 0);
        CHECK(pooled(codes, i, 0.0) == pooled(alone, i, 0.0));
    }
}
