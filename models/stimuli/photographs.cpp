#include "models/stimuli/photographs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "models/stimuli/contrast_normalisation.hpp"
#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sim/parallel.hpp"
#include "sim/registry.hpp"
#include "sim/rng.hpp"
#include "sim/stimulus.hpp"

namespace models {
namespace {

Image crop_of(const Image& image, std::size_t top, std::size_t left, std::size_t height, std::size_t width) {
    Image result{height, width, {}};
    for (std::size_t y = 0; y < height; ++y) {
        const float* const first = image.row(top + y) + left;
        result.pixels.insert(result.pixels.end(), first, first + width);
    }
    return result;
}

/// Margin of a centre on its upper or left side.
std::size_t margin(std::size_t pixels, std::size_t centre) { return (pixels - centre) / 2; }

/// One pixel of every k x k: what waves are finer than the pixels left is folded into coarser ones.
Image picked(const Image& full, std::size_t k) {
    Image result{full.height / k, full.width / k, {}};
    for (std::size_t r = 0; r < result.height; ++r)
        for (std::size_t c = 0; c < result.width; ++c) result.pixels.push_back(full.row(r * k)[c * k]);
    return result;
}

Image averaged(const Image& full, std::size_t k) {
    return box_average(full.height, full.width, k,
                       [&](std::size_t r, std::size_t c) { return full.row(r)[c]; });
}

/// A photograph, or why it cannot be used.
struct Tried {
    Photograph photograph;
    std::string reason;  // empty if it can
};

Tried try_photograph(const std::string& file, const PhotographsSettings& settings, std::size_t height,
                     std::size_t width) try {
    const Image full = read_photograph(file, 1);
    const std::size_t shorter = std::min(full.height, full.width), size = settings.size;
    if (shorter < size)
        return {{},
                fmt::format("{}: must be a photograph of at least {} px a side, found {} x {} px", file, size,
                            full.height, full.width)};
    const Image whole = settings.picks ? picked(full, shorter / size) : averaged(full, shorter / size);
    Photograph photograph{std::filesystem::path(file).filename().string(),
                          normalise_contrast(crop_of(whole, margin(whole.height, height),
                                                     margin(whole.width, width), height, width)),
                          normalise_contrast(whole)};
    const auto [darkest, brightest] = std::ranges::minmax(photograph.centre.pixels);
    if (darkest == brightest)  // a code of it has no peak signal to compare noise with
        return {{}, fmt::format("{}: its centre square is of one grey", file)};
    return {std::move(photograph), ""};
} catch (const sim::IoError& error) {
    return {{}, error.what()};
}

/// What lies beside the square, on the side of the broader margin.
std::size_t broader_margin(std::size_t pixels, std::size_t size) {
    return pixels - size - margin(pixels, size);
}

}  // namespace

PhotographsSettings::PhotographsSettings(const sim::Params& block, const std::vector<std::string>& usual)
    : folders(block.files("folders",
                          "folders of photographs: JPEG, PNG, PGM or PPM, turned as their EXIF "
                          "orientation says; what cannot be used is left out with a warning",
                          usual)),
      exclude(block.texts("exclude", "files whose name contains one of these are left out")),
      size(block.count("size", 256,
                       "height and width of the centre square that nothing is learned from [px]; photographs "
                       "are shrunk until their shorter side is hardly longer")),
      n(block.count("n", 1000, "at most so many photographs, the first by folder and name that can be used")),
      picks(block.choice("shrink", {"mean", "pick"}, "mean",
                         "by the mean of each block of pixels, or by picking one of them, which keeps the "
                         "contrast of fine detail and folds detail too fine into it") == "pick"),
      inputs(block.inputs()),
      params(block) {
    if (folders.empty() && !block.is_describing()) block.fail("folders", "there: it is required", "nothing");
}

/// As many as are missing are read at a time, side by side.
std::vector<Photograph> read_photographs(const PhotographsSettings& settings, std::size_t height,
                                         std::size_t width, const Warn& warn) {
    std::vector<std::string> files;
    for (const std::string& folder : settings.folders) {
        const auto more = photographs_in(folder, settings.exclude);
        files.insert(files.end(), more.begin(), more.end());
    }
    if (files.empty()) settings.params.fail("folders", "folders that hold a photograph");
    std::vector<Photograph> photographs;
    std::string first_reason;
    for (std::size_t next = 0; next < files.size() && photographs.size() < settings.n;) {
        std::vector<Tried> tried(std::min(files.size() - next, settings.n - photographs.size()));
        sim::parallel_for(std::size_t{0}, tried.size(), [&](std::size_t i) {
            settings.inputs->add(files[next + i]);
            tried[i] = try_photograph(files[next + i], settings, height, width);
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
            fmt::format("none of the {} files in {} is a photograph that can be used; the first: {}",
                        files.size(), fmt::join(settings.folders, ", "), first_reason));
    return photographs;
}

Crops::Crops(const std::vector<Photograph>& photographs, std::size_t size, std::size_t height,
             std::size_t width, std::uint64_t seed)
    : all_(photographs), size_(size), height_(height), width_(width), seed_(seed) {
    for (std::size_t k = 0; k < all_.size(); ++k) {
        const Image& whole = all_[k].whole;
        const std::size_t below = broader_margin(whole.height, size),
                          beside = broader_margin(whole.width, size);
        room_ = std::max({room_, below, beside});
        if ((below >= height && whole.width >= width) || (beside >= width && whole.height >= height))
            photographs_.push_back(k);
    }
}

Crops::Place Crops::place(std::uint64_t index) const {
    sim::Stream stream(seed_, sim::Purpose::training, index);
    const std::size_t photograph = photographs_[stream.below(photographs_.size())];
    const Image& whole = all_[photograph].whole;
    const auto is_outside = [&](std::size_t first, std::size_t crop, std::size_t pixels) {
        const std::size_t start = margin(pixels, size_);
        return first + crop <= start || first >= start + size_;
    };
    while (true) {
        const std::size_t top = stream.below(whole.height - height_ + 1),
                          left = stream.below(whole.width - width_ + 1);
        if (is_outside(top, height_, whole.height) || is_outside(left, width_, whole.width))
            return {photograph, top, left};
    }
}

Image Crops::operator()(std::uint64_t index) const {
    const Place at = place(index);
    return crop_of(all_[at.photograph].whole, at.top, at.left, height_, width_);
}

namespace {

/// Frames to learn from are crops, held-out ones the centres.
class Photographs final : public sim::Stimulus {
  public:
    struct Settings : PhotographsSettings {
        explicit Settings(const sim::Params& p) : PhotographsSettings(p) {}
    };

    Photographs(const Settings& settings, const Context& context)
        : settings_(settings),
          photographs_(
              read_photographs(fitting(settings, context), context.height, context.width,
                               [this](const std::string& warning) { warnings_.push_back(warning); })),
          crops_(photographs_, settings.size, context.height, context.width, context.seed),
          context_(context) {}

    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        Crops::Place at{};
        if (set == sim::FrameSet::held_out) {
            at.photograph = index % photographs_.size();
            const Photograph& photograph = photographs_[at.photograph];
            at.top = margin(photograph.whole.height, context_.height);
            at.left = margin(photograph.whole.width, context_.width);
            std::ranges::copy(photograph.centre.pixels, pixels.begin());
        } else {
            if (crops_.empty()) throw no_room();
            at = crops_.place(index);
            const Image& whole = photographs_[at.photograph].whole;
            for (std::size_t y = 0; y < context_.height; ++y)
                std::copy_n(whole.row(at.top + y) + at.left, context_.width, &pixels[y * context_.width]);
        }
        shown[0] = static_cast<double>(at.photograph);
        shown[1] = static_cast<double>(at.top);
        shown[2] = static_cast<double>(at.left);
    }
    /// photograph counts those that can be used, in order of folder and name; row and column are of the frame's first
    /// pixel, in the shrunk photograph.
    std::vector<std::string> columns() const override { return {"photograph", "row", "column"}; }
    std::uint64_t n_frames(sim::FrameSet set) const override {
        return set == sim::FrameSet::held_out ? photographs_.size() : 0;
    }
    std::string summary() const override {
        return fmt::format("{} photographs in {}: centres of {} x {} px, crops beside the middle {} px",
                           photographs_.size(), fmt::join(settings_.folders, ", "), context_.height,
                           context_.width, settings_.size);
    }
    std::vector<std::string> warnings() const override { return warnings_; }

  private:
    static const Settings& fitting(const Settings& settings, const Context& context) {
        if (context.height > settings.size || context.width > settings.size)
            throw sim::ConfigError(fmt::format(
                "stimulus.photographs.size: must be at least the height and width of a frame, {} x {} "
                "px, got {} px",
                context.height, context.width, settings.size));
        return settings;
    }
    sim::ConfigError no_room() const {
        return sim::ConfigError(fmt::format(
            "frame: must be at most {} px high or wide, the room that these photographs leave beside "
            "their centre square of {} px, got {} x {} px",
            crops_.room(), settings_.size, context_.height, context_.width));
    }

    Settings settings_;
    std::vector<std::string> warnings_;
    std::vector<Photograph> photographs_;
    Crops crops_;
    Context context_;
};

const sim::RegisterStimulus<Photographs> photographs{
    "photographs", "whole photographs, contrast normalised: centres, and crops beside them"};

}  // namespace
}  // namespace models
