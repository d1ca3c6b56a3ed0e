#include "convolution/photographs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "convolution/contrast_normalisation.hpp"
#include "models/stimuli/photograph.hpp"
#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sim/parallel.hpp"
#include "sim/rng.hpp"

namespace convolution {
namespace {

namespace fs = std::filesystem;

Image cut(const Image& image, std::size_t top, std::size_t left, std::size_t rows, std::size_t cols) {
    Image result{rows, cols, {}};
    for (std::size_t y = 0; y < rows; ++y) {
        const auto first = image.pixels.begin() + static_cast<std::ptrdiff_t>((top + y) * image.cols + left);
        result.pixels.insert(result.pixels.end(), first, first + static_cast<std::ptrdiff_t>(cols));
    }
    return result;
}

/// Margin of the centre square on its upper or left side.
std::size_t margin(std::size_t pixels, std::size_t size) { return (pixels - size) / 2; }

/// One pixel of every k x k: what waves are finer than the pixels left is folded into coarser ones.
Image picked(const models::Image& full, std::size_t k) {
    Image result{full.height / k, full.width / k, {}};
    for (std::size_t r = 0; r < result.rows; ++r)
        for (std::size_t c = 0; c < result.cols; ++c) result.pixels.push_back(full.row(r * k)[c * k]);
    return result;
}

Image averaged(const models::Image& full, std::size_t k) {
    models::Image shrunk = models::box_average(full.height, full.width, k,
                                               [&](std::size_t r, std::size_t c) { return full.row(r)[c]; });
    return {shrunk.height, shrunk.width, std::move(shrunk.pixels)};
}

/// A photograph, or why it cannot be used.
struct Tried {
    Photograph photograph;
    std::string reason;  // empty if it can
};

bool is_of_one_grey(const Image& image) {
    const auto [darkest, brightest] = std::ranges::minmax(image.pixels);
    return darkest == brightest;
}

Tried read(const std::string& file, std::size_t size, bool picks) try {
    const models::Image full = models::read_photograph(file, 1);
    const std::size_t shorter = std::min(full.height, full.width);
    if (shorter < size)
        return {{},
                fmt::format("{}: must be a photograph of at least {} px a side, found {} x {} px", file, size,
                            full.height, full.width)};
    const Image whole = picks ? picked(full, shorter / size) : averaged(full, shorter / size);
    Photograph photograph{
        fs::path(file).filename().string(),
        normalise_contrast(cut(whole, margin(whole.rows, size), margin(whole.cols, size), size, size)),
        normalise_contrast(whole)};
    if (is_of_one_grey(photograph.square))  // a code of it has no peak signal to compare noise with
        return {{}, fmt::format("{}: its centre square is of one grey", file)};
    return {std::move(photograph), ""};
} catch (const sim::IoError& error) {
    return {{}, error.what()};
}

/// The first n that can be used. As many as are missing are read at a time, side by side.
std::vector<Photograph> first_usable(const std::vector<std::string>& files,
                                     const PhotographSettings& settings, const Warn& warn) {
    std::vector<Photograph> photographs;
    std::string first_reason;
    for (std::size_t next = 0; next < files.size() && photographs.size() < settings.n;) {
        std::vector<Tried> tried(std::min(files.size() - next, settings.n - photographs.size()));
        sim::parallel_for(std::size_t{0}, tried.size(), [&](std::size_t i) {
            settings.inputs->add(files[next + i]);
            tried[i] = read(files[next + i], settings.size, settings.picks);
        });
        next += tried.size();
        for (Tried& one : tried) {
            if (one.reason.empty()) {
                photographs.push_back(std::move(one.photograph));
                continue;
            }
            if (first_reason.empty()) first_reason = one.reason;
            if (warn) warn(one.reason);
        }
    }
    if (photographs.empty())
        throw sim::IoError(
            fmt::format("images.folders: none of the {} files in {} is a photograph that can be used; the "
                        "first: {}",
                        files.size(), fmt::join(settings.folders, ", "), first_reason));
    return photographs;
}

/// What lies beside the square, on the side of the broader margin.
std::size_t room(const Photograph& photograph) {
    const auto broader = [&](std::size_t pixels) {
        return pixels - photograph.square.rows - margin(pixels, photograph.square.rows);
    };
    return std::max(broader(photograph.whole.rows), broader(photograph.whole.cols));
}

}  // namespace

PhotographSettings::PhotographSettings(const sim::Params& block)
    : folders(block.files("folders",
                          "folders of photographs: JPEG, PNG, PGM or PPM, turned as their EXIF "
                          "orientation says; what cannot be used is left out with a warning",
                          {"/usr/share/backgrounds", "/usr/share/palapeli/collection"})),
      exclude(block.texts("exclude", "files whose name contains one of these are left out")),
      size(block.count(
          "size", 256,
          "height and width of the centre square that is coded [px]; photographs are shrunk until "
          "their shorter side is hardly longer")),
      n(block.count("n", 1000, "at most so many photographs, the first by folder and name that can be used")),
      picks(block.choice("shrink", {"mean", "pick"}, "mean",
                         "by the mean of each block of pixels, or by picking one of them, which keeps the "
                         "contrast of fine detail and folds detail too fine into it") == "pick"),
      inputs(block.inputs()) {}

std::vector<Photograph> read_photographs(const PhotographSettings& settings, const Warn& warn) {
    std::vector<std::string> files;
    for (const std::string& folder : settings.folders) {
        const auto more = models::photographs_in(folder, settings.exclude);
        files.insert(files.end(), more.begin(), more.end());
    }
    if (files.empty())
        throw sim::ConfigError(fmt::format("images.folders: must hold a photograph, found none in {}",
                                           fmt::join(settings.folders, ", ")));
    return first_usable(files, settings, warn);
}

Crops::Crops(const std::vector<Photograph>& photographs, std::size_t size, std::uint64_t seed)
    : size_(size), seed_(seed) {
    std::size_t most = 0;
    for (const Photograph& photograph : photographs) {
        most = std::max(most, room(photograph));
        if (room(photograph) >= size) photographs_.push_back(&photograph);
    }
    if (photographs_.empty())
        throw sim::ConfigError(
            fmt::format("learning.crop: must be at most {} px, the room that these photographs leave beside "
                        "the square they "
                        "are tested on, got {} px",
                        most, size));
}

Image Crops::operator()(std::uint64_t index) const {
    sim::Stream stream(seed_, sim::Purpose::training, index);
    const Photograph& photograph = *photographs_[stream.below(photographs_.size())];
    const Image& whole = photograph.whole;
    const auto is_outside = [&](std::size_t first, std::size_t pixels) {
        const std::size_t square = photograph.square.rows, start = margin(pixels, square);
        return first + size_ <= start || first >= start + square;
    };
    while (true) {
        const std::size_t top = stream.below(whole.rows - size_ + 1),
                          left = stream.below(whole.cols - size_ + 1);
        if (is_outside(top, whole.rows) || is_outside(left, whole.cols))
            return cut(whole, top, left, size_, size_);
    }
}

}  // namespace convolution
