#include "deep/labelled_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "models/stimuli/idx_file.hpp"
#include "sim/error.hpp"

namespace deep {
namespace {

namespace fs = std::filesystem;

void add(LabelledImages& set, models::Image image, std::uint8_t label, const std::string& file) {
    if (label >= kClasses)
        throw sim::IoError(fmt::format("{}: expected labels below {}, found {} of image {}", file, kClasses,
                                       label, set.n()));
    set.images.push_back(std::move(image));
    set.labels.push_back(label);
}

/// The first n images of a pair of IDX files.
LabelledImages read_idx_pair(const fs::path& folder, const std::string& part, std::size_t n) {
    const auto read = [&](const std::string& what, std::size_t n_dimensions) {
        const fs::path plain = folder / fmt::format("{}-{}-idx{}-ubyte", part, what, n_dimensions);
        return models::read_idx(fs::exists(plain) ? plain.string() : plain.string() + ".gz", n_dimensions);
    };
    const models::ByteArray images = read("images", 3), labels = read("labels", 1);
    if (images.shape[0] != labels.shape[0])
        throw sim::IoError(fmt::format("{}: expected as many images as labels of {}, found {} and {}",
                                       folder.string(), part, images.shape[0], labels.shape[0]));
    LabelledImages set{images.shape[1], images.shape[2], {}, {}};
    const std::size_t size = set.rows * set.cols;
    for (std::size_t i = 0; i < std::min<std::size_t>(n, images.shape[0]); ++i) {
        models::Image image{set.rows, set.cols, std::vector<float>(size)};
        std::transform(images.values.begin() + static_cast<std::ptrdiff_t>(i * size),
                       images.values.begin() + static_cast<std::ptrdiff_t>((i + 1) * size),
                       image.pixels.begin(), [](std::uint8_t x) { return static_cast<float>(x) / 255.0F; });
        add(set, std::move(image), labels.values[i], folder.string());
    }
    return set;
}

/// Images until there are n. A record of CIFAR-10 is a label, then the red, the green and the blue plane.
void add_cifar10_file(LabelledImages& set, const fs::path& file, std::size_t n) {
    constexpr std::size_t kPlane = 32 * 32;
    std::array<char, 1 + 3 * kPlane> record;
    std::ifstream in(file, std::ios::binary);
    if (!in) throw sim::IoError(file.string() + ": cannot be opened");
    while (set.n() < n && in.read(record.data(), record.size())) {
        models::Image image{32, 32, std::vector<float>(kPlane)};
        const auto at = [&](std::size_t i) {
            return static_cast<float>(static_cast<std::uint8_t>(record[i]));
        };
        for (std::size_t p = 0; p < kPlane; ++p)
            image.pixels[p] = (at(1 + p) + at(1 + kPlane + p) + at(1 + 2 * kPlane + p)) / (3.0F * 255.0F);
        add(set, std::move(image), static_cast<std::uint8_t>(record[0]), file.string());
    }
    if (set.n() < n && in.gcount() != 0)
        throw sim::IoError(fmt::format("{}: breaks off in the image after {}", file.string(), set.n()));
}

void check(const LabelledImages& set, std::size_t n, const std::string& part, const std::string& folder) {
    if (set.n() < n)
        throw sim::ConfigError(
            fmt::format("{}: must hold at least {} images {}, found {}", folder, n, part, set.n()));
}

}  // namespace

DataSet read_data_set(const std::string& folder, std::size_t n_training, std::size_t n_held_out) {
    const fs::path path = folder;
    DataSet set;
    if (fs::exists(path / "data_batch_1.bin")) {
        set = {"CIFAR-10", {32, 32, {}, {}}, {32, 32, {}, {}}};
        for (int batch = 1; batch <= 5 && set.training.n() < n_training; ++batch)
            add_cifar10_file(set.training, path / fmt::format("data_batch_{}.bin", batch), n_training);
        add_cifar10_file(set.held_out, path / "test_batch.bin", n_held_out);
    } else {
        set = {"Fashion-MNIST", read_idx_pair(path, "train", n_training),
               read_idx_pair(path, "t10k", n_held_out)};
    }
    check(set.training, n_training, "to learn from", folder);
    check(set.held_out, n_held_out, "to be tested on", folder);
    return set;
}

}  // namespace deep
