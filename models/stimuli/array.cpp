// Frames of the user's own, from a dataset of an HDF5 file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "models/stimuli/contrast.hpp"
#include "models/stimuli/frame_order.hpp"
#include "sim/error.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/params.hpp"
#include "sim/registry.hpp"
#include "sim/stimulus.hpp"

namespace models {
namespace {

struct ArraySettings {
    std::string file, dataset, labels;
    bool normalise;
    FrameOrder order;
    double held_out;

    explicit ArraySettings(const sim::Params& p)
        : file(p.file("file", std::nullopt, "HDF5 file")),
          dataset(
              p.text("dataset", std::nullopt,
                     "dataset of shape (frames, height, width) or (frames, height * width): \"/frames\"")),
          labels(p.text("labels", "",
                        "dataset of shape (frames): the class of each, whole numbers from 0; empty: none")),
          normalise(p.flag("normalise", false, "give each frame zero mean and unit norm")),
          order(p),
          held_out(p.number(
              "held_out", "1", 0.0, sim::Check::unit_interval,
              "part of the frames, the last ones, kept for the held-out set; 0: both sets are all frames")) {
        if (held_out >= 1.0) p.fail("held_out", "below 1");
    }
};

class Array final : public sim::Stimulus {
  public:
    using Settings = ArraySettings;

    Array(const Settings& settings, const Context& context)
        : settings_(settings), context_(context), size_(context.height * context.width) {
        const sim::io::File file = sim::io::File::open(settings.file);
        n_frames_ = count_frames(file.shape(settings.dataset));
        pixels_ = file.read<float>(settings.dataset, file.shape(settings.dataset));
        check_finite();
        if (!settings.labels.empty()) read_labels(file);
        split();
        if (settings.normalise)
            for (std::uint64_t k = 0; k < n_frames_; ++k)
                normalise(std::span(pixels_).subspan(k * size_, size_));
    }

    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        const std::uint64_t k = number(set, index);
        std::ranges::copy(std::span(pixels_).subspan(k * size_, size_), pixels.begin());
        shown[0] = static_cast<double>(k);
        if (!labels_.empty()) shown[1] = labels_[k];
    }
    std::vector<std::string> columns() const override {
        if (labels_.empty()) return {"frame"};
        return {"frame", "label"};
    }
    int label(sim::FrameSet set, std::uint64_t index) const override {
        return labels_.empty() ? -1 : labels_[number(set, index)];
    }
    std::uint64_t n_frames(sim::FrameSet set) const override { return settings_.order.period(part(set).n); }
    std::string summary() const override {
        return fmt::format("{} frames of {} x {} px from {} of {}", n_frames_, context_.height,
                           context_.width, settings_.dataset, settings_.file);
    }

  private:
    /// The frames that a set shows: [first, first + n).
    struct Part {
        std::uint64_t first, n;
    };

    std::uint64_t count_frames(const sim::io::Shape& shape) const {
        const bool is_flat = shape.size() == 2 && shape[1] == size_;
        const bool is_image = shape.size() == 3 && shape[1] == context_.height && shape[2] == context_.width;
        if ((!is_flat && !is_image) || shape[0] == 0)
            fail(settings_.dataset,
                 fmt::format("expected shape (n, {}, {}) or (n, {}) with n > 0, found ({})", context_.height,
                             context_.width, size_, fmt::join(shape, ", ")));
        return shape[0];
    }

    void check_finite() const {
        const auto bad = std::ranges::find_if(pixels_, [](float x) { return !std::isfinite(x); });
        if (bad == pixels_.end()) return;
        const auto k = static_cast<std::uint64_t>(bad - pixels_.begin()) / size_;
        fail(settings_.dataset, fmt::format("frame {} holds a value that is not a finite number", k));
    }

    void read_labels(const sim::io::File& file) {
        labels_ = file.read<std::int32_t>(settings_.labels, {n_frames_});
        const auto bad = std::ranges::find_if(labels_, [](int label) { return label < 0; });
        if (bad != labels_.end())
            fail(settings_.labels, fmt::format("the label of frame {} must be at least 0, got {}",
                                               bad - labels_.begin(), *bad));
    }

    void split() {
        training_ = held_out_ = {0, n_frames_};
        if (settings_.held_out == 0.0) return;
        const auto n =
            static_cast<std::uint64_t>(std::llround(settings_.held_out * static_cast<double>(n_frames_)));
        if (n == 0 || n == n_frames_)
            fail(settings_.dataset,
                 fmt::format("held_out = {} of {} frames leaves none for the {} set", settings_.held_out,
                             n_frames_, n == 0 ? "held-out" : "training"));
        training_ = {0, n_frames_ - n};
        held_out_ = {n_frames_ - n, n};
    }

    const Part& part(sim::FrameSet set) const {
        return set == sim::FrameSet::training ? training_ : held_out_;
    }

    std::uint64_t number(sim::FrameSet set, std::uint64_t index) const {
        return part(set).first + settings_.order(context_.seed, set, index, part(set).n);
    }

    [[noreturn]] void fail(const std::string& dataset, const std::string& what) const {
        throw sim::IoError(fmt::format("{}: {}: {}", settings_.file, dataset, what));
    }

    Settings settings_;
    Context context_;
    std::uint64_t size_;  // pixels of a frame
    std::uint64_t n_frames_ = 0;
    std::vector<float> pixels_;         // shape (n_frames, height, width)
    std::vector<std::int32_t> labels_;  // shape (n_frames); empty if there are none
    Part training_{}, held_out_{};
};

const sim::RegisterStimulus<Array> array{"array", "frames from a dataset of an HDF5 file"};

}  // namespace
}  // namespace models
