// Pictures with a class each from IDX files: the handwritten digits of MNIST (LeCun et al. 1998), the clothes
// of Fashion-MNIST (Xiao, Rasul & Vollgraf 2017).
#include <fmt/format.h>

#include <algorithm>
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
    FrameOrder order;
    std::shared_ptr<sim::Inputs> inputs;

    explicit DigitsSettings(const sim::Params& p)
        : folder(
              p.file("folder", std::nullopt,
                     "folder of the four IDX files under MNIST's names, train-images-idx3-ubyte and so on, "
                     "plain or gzipped (.gz)")),
          normalise(p.flag("normalise", true,
                           "give each frame unit norm, black staying 0; otherwise pixels are in [0, 1]")),
          order(p),
          inputs(p.inputs()) {}
};

/// Pictures of one set, and the class of each.
struct Pictures {
    std::vector<std::uint8_t> pixels;  // shape (n, height, width)
    std::vector<std::uint8_t> labels;  // shape (n)
};

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
    if (height != context.height || width != context.width)
        throw sim::IoError(fmt::format("{}: expected images of the frame's {} x {} px, found {} x {}",
                                       images_file, context.height, context.width, height, width));
    if (labels.shape[0] != n)
        throw sim::IoError(fmt::format("{}: expected {} labels, one for each image, found {}", labels_file, n,
                                       labels.shape[0]));
    return {std::move(images.values), std::move(labels.values)};
}

class Digits final : public sim::Stimulus {
  public:
    using Settings = DigitsSettings;

    Digits(const Settings& settings, const Context& context)
        : settings_(settings),
          context_(context),
          training_(read_pictures(settings, "train", context)),
          held_out_(read_pictures(settings, "t10k", context)) {}

    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        const std::uint64_t k = number(set, index);
        const Pictures& pictures = of(set);
        const auto picture = std::span(pictures.pixels).subspan(k * pixels.size(), pixels.size());
        std::ranges::transform(picture, pixels.begin(),
                               [](std::uint8_t x) { return static_cast<float>(x) / 255.0F; });
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
        return settings_.order.period(of(set).labels.size());
    }
    std::string summary() const override {
        return fmt::format("{} training and {} held-out images of {} x {} px from {}",
                           training_.labels.size(), held_out_.labels.size(), context_.height, context_.width,
                           settings_.folder);
    }

  private:
    const Pictures& of(sim::FrameSet set) const {
        return set == sim::FrameSet::training ? training_ : held_out_;
    }
    std::uint64_t number(sim::FrameSet set, std::uint64_t index) const {
        return settings_.order(context_.seed, set, index, of(set).labels.size());
    }

    Settings settings_;
    Context context_;
    Pictures training_, held_out_;
};

const sim::RegisterStimulus<Digits> digits{"digits",
                                           "labelled pictures from IDX files: MNIST, Fashion-MNIST"};

}  // namespace
}  // namespace models
