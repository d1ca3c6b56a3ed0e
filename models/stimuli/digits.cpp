// Pictures with a class each from IDX files: the handwritten digits of MNIST (LeCun et al. 1998), the clothes
// of Fashion-MNIST (Xiao, Rasul & Vollgraf 2017).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "models/stimuli/contrast.hpp"
#include "models/stimuli/frame_order.hpp"
#include "models/stimuli/idx_file.hpp"
#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sim/params.hpp"
#include "sim/registry.hpp"
#include "sim/stimulus.hpp"

namespace models {
namespace {

namespace fs = std::filesystem;

struct DigitsSettings {
    std::string folder;
    bool normalise;
    std::vector<std::uint8_t> classes;  // that are shown; empty: all
    std::size_t shrink, validation;
    FrameOrder order;
    std::shared_ptr<sim::Inputs> inputs;
    sim::Params params;

    explicit DigitsSettings(const sim::Params& p)
        : folder(
              p.file("folder", std::nullopt,
                     "folder of the four IDX files under MNIST's names, train-images-idx3-ubyte and so on, "
                     "plain or gzipped (.gz)")),
          normalise(p.flag("normalise", true,
                           "give each frame unit norm, black staying 0; otherwise pixels are in [0, 1]")),
          shrink(p.count("shrink", 1, "averages each picture over squares of so many px")),
          validation(static_cast<std::size_t>(
              p.integer("validation", 0, sim::Check::non_negative,
                        "to choose settings by: so many of the training pictures, the last ones, are the "
                        "held-out set, and "
                        "no test picture is read; 0: the test pictures are that set"))),
          order(p),
          inputs(p.inputs()),
          params(p) {
        for (const double c : p.numbers("classes", "1", sim::Check::non_negative,
                                        "labels of those that are shown; all if empty")) {
            if (c != std::floor(c) || c > 255.0) p.fail("classes", "whole numbers from 0 to 255");
            classes.push_back(static_cast<std::uint8_t>(c));
        }
    }
};

/// Pictures of one set, the class of each, and which of them are shown.
struct Pictures {
    std::vector<std::uint8_t> pixels;  // shape (all, height, width)
    std::vector<std::uint8_t> labels;  // shape (all)
    std::vector<std::uint32_t> shown;  // shape (n)
};

std::vector<std::uint32_t> of_classes(const DigitsSettings& settings,
                                      const std::vector<std::uint8_t>& labels) {
    std::vector<std::uint32_t> shown;
    for (std::uint32_t k = 0; k < labels.size(); ++k)
        if (settings.classes.empty() ||
            std::ranges::find(settings.classes, labels[k]) != settings.classes.end())
            shown.push_back(k);
    return shown;
}

/// Full name of a file of the folder, packed or not.
std::string file_in(const std::string& folder, const std::string& name) {
    for (const std::string ending : {"", ".gz"}) {
        const fs::path path = fs::path(folder) / (name + ending);
        if (fs::exists(path)) return path.string();
    }
    throw sim::IoError(
        fmt::format("{}: holds neither {} nor {}.gz. setup/fetch-digits brings MNIST to "
                    "demo/digits/mnist; Debian's package dataset-fashion-mnist has "
                    "Fashion-MNIST in /usr/share/datasets/fashion-mnist",
                    folder, name, name));
}

/// part  "train" or "t10k"
Pictures read_pictures(const DigitsSettings& settings, const std::string& part,
                       const sim::Stimulus::Context& context) {
    const std::string images_file = file_in(settings.folder, part + "-images-idx3-ubyte"),
                      labels_file = file_in(settings.folder, part + "-labels-idx1-ubyte");
    settings.inputs->add(images_file);
    settings.inputs->add(labels_file);
    ByteArray images = read_idx(images_file, 3), labels = read_idx(labels_file, 1);
    const std::uint64_t n = images.shape[0], height = images.shape[1], width = images.shape[2];
    if (n == 0) throw sim::IoError(images_file + ": holds no image");
    const std::size_t shrink = settings.shrink;
    if (height != shrink * context.height || width != shrink * context.width)
        throw sim::IoError(fmt::format(
            "{}: expected images of the frame's {} x {} px{}, found {} x {}", images_file, context.height,
            context.width, shrink > 1 ? fmt::format(" times shrink, {}", shrink) : "", height, width));
    if (labels.shape[0] != n)
        throw sim::IoError(fmt::format("{}: expected {} labels, one for each image, found {}", labels_file, n,
                                       labels.shape[0]));
    auto shown = of_classes(settings, labels.values);
    if (shown.empty()) throw sim::IoError(labels_file + ": holds no picture of the classes asked for");
    return {std::move(images.values), std::move(labels.values), std::move(shown)};
}

/// The last pictures that are shown of `training`, which no longer shows them.
/// throws ConfigError if none were left
Pictures split_off(Pictures& training, const DigitsSettings& settings) {
    if (settings.validation >= training.shown.size())
        settings.params.fail("validation",
                             fmt::format("less than the {} training pictures", training.shown.size()));
    Pictures last = training;
    const auto cut = training.shown.end() - static_cast<std::ptrdiff_t>(settings.validation);
    last.shown.assign(cut, training.shown.end());
    training.shown.erase(cut, training.shown.end());
    return last;
}

class Digits final : public sim::Stimulus {
  public:
    using Settings = DigitsSettings;

    Digits(const Settings& settings, const Context& context)
        : settings_(settings),
          context_(context),
          training_(read_pictures(settings, "train", context)),
          held_out_(settings.validation > 0 ? split_off(training_, settings)
                                            : read_pictures(settings, "t10k", context)) {}

    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        const std::uint64_t k = number(set, index);
        const Pictures& pictures = of(set);
        for (std::size_t p = 0; p < pixels.size(); ++p) pixels[p] = mean_of_square(pictures, k, p);
        if (settings_.normalise) scale_to_unit_norm(pixels);
        shown[0] = static_cast<double>(k);
        shown[1] = pictures.labels[k];
    }
    /// image counts those of the set's file.
    std::vector<std::string> columns() const override { return {"image", "label"}; }
    int label(sim::FrameSet set, std::uint64_t index) const override {
        return of(set).labels[number(set, index)];
    }
    std::uint64_t n_frames(sim::FrameSet set) const override {
        return settings_.order.period(of(set).shown.size());
    }
    std::string summary() const override {
        return fmt::format("{} training and {} held-out images of {} x {} px from {}", training_.shown.size(),
                           held_out_.shown.size(), context_.height, context_.width, settings_.folder);
    }

  private:
    const Pictures& of(sim::FrameSet set) const {
        return set == sim::FrameSet::training ? training_ : held_out_;
    }
    /// Which picture of the file it is.
    std::uint64_t number(sim::FrameSet set, std::uint64_t index) const {
        const auto& shown = of(set).shown;
        return shown[settings_.order(context_.seed, set, index, shown.size())];
    }
    /// Pixel p of a frame: of the k-th picture, the mean over a square of shrink x shrink.
    float mean_of_square(const Pictures& pictures, std::uint64_t k, std::size_t p) const {
        const std::size_t shrink = settings_.shrink, width = context_.width;
        const std::uint8_t* const picture =
            pictures.pixels.data() + k * shrink * shrink * width * context_.height;
        unsigned sum = 0;
        for (std::size_t row = p / width * shrink; row < (p / width + 1) * shrink; ++row)
            for (std::size_t col = p % width * shrink; col < (p % width + 1) * shrink; ++col)
                sum += picture[row * shrink * width + col];
        return static_cast<float>(sum) / static_cast<float>(shrink * shrink) / 255.0F;
    }

    Settings settings_;
    Context context_;
    Pictures training_, held_out_;
};

const sim::RegisterStimulus<Digits> digits{"digits",
                                           "labelled pictures from IDX files: MNIST, Fashion-MNIST"};

}  // namespace
}  // namespace models
