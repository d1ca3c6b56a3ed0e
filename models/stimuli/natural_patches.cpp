// Patches of photographs, whitened. The usual diet of sparse coding: Olshausen & Field (1997).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/stimuli/patches.hpp"
#include "models/stimuli/photograph.hpp"
#include "models/stimuli/whitening.hpp"
#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sim/parallel.hpp"
#include "sim/registry.hpp"
#include "sim/stimulus.hpp"

namespace models {
namespace {

struct NaturalPatchesSettings {
    std::string folder;
    std::size_t shrink;
    std::vector<std::string> exclude;
    double held_out;
    PatchSettings patches;
    std::shared_ptr<sim::Inputs> inputs;

    explicit NaturalPatchesSettings(const sim::Params& p)
        : folder(
              p.file("folder", std::nullopt,
                     "folder of photographs: JPEG, PNG, PGM or PPM, turned as their EXIF orientation says")),
          shrink(
              p.count("shrink", 1,
                      "averages each photograph over squares of so many px first; 4 also hides JPEG's grid")),
          exclude(p.texts("exclude", "files whose name contains one of these are left out")),
          held_out(p.number("held_out", "1", 1.0 / 6.0, sim::Check::unit_interval,
                            "right-hand part of each photograph, kept apart for held-out frames")),
          patches(p),
          inputs(p.inputs()) {
        if (held_out <= 0.0 || held_out >= 1.0) p.fail("held_out", "between 0 and 1");
    }
};

class NaturalPatches final : public sim::Stimulus {
  public:
    using Settings = NaturalPatchesSettings;

    NaturalPatches(const Settings& settings, const Context& context)
        : folder_(settings.folder), context_(context), sampler_(load(settings)) {}

    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        sampler_.frame_at(set, index, 0.0, pixels, shown);
    }
    bool moves() const override { return sampler_.moves(); }
    void frame_at(sim::FrameSet set, std::uint64_t index, sim::Time t, std::span<float> pixels,
                  std::span<double> shown) const override {
        sampler_.frame_at(set, index, t, pixels, shown);
    }
    /// photograph counts the readable ones in order of file name; row and column are of the patch's first
    /// pixel, in the shrunk photograph.
    std::vector<std::string> columns() const override { return {"photograph", "row", "column"}; }
    /// The photograph: a class of texture, as it were.
    int label(sim::FrameSet set, std::uint64_t index) const override {
        return static_cast<int>(sampler_.image_of(set, index));
    }
    std::string summary() const override {
        return fmt::format("natural patches of {} x {} px from {} photographs in {}", context_.height,
                           context_.width, n_photographs_, folder_);
    }
    std::vector<std::string> warnings() const override { return warnings_; }

  private:
    struct Photograph {
        Image image;
        std::string reason;  // why it cannot be used; empty if it can
    };

    PatchSampler load(const Settings& settings) {
        const std::vector<std::string> files = photographs_in(
            settings.folder, settings.exclude, "; `--set stimulus.kind=dead_leaves` needs none");
        std::vector<Photograph> photographs(files.size());
        // Results stay in order of file name.
        sim::parallel_for(std::size_t{0}, files.size(),
                          [&](std::size_t k) { photographs[k] = read(files[k], settings); });

        std::vector<Image> images;
        for (Photograph& photograph : photographs) {
            if (photograph.reason.empty())
                images.push_back(std::move(photograph.image));
            else
                warnings_.push_back(std::move(photograph.reason));
        }
        if (images.empty()) throw none_readable(files.size());
        n_photographs_ = images.size();
        return cut(std::move(images), settings);
    }

    Photograph read(const std::string& file, const Settings& settings) const try {
        settings.inputs->add(file);
        Image image = read_photograph(file, settings.shrink);
        const std::size_t n_held_out = held_out_columns(image, settings);
        if (image.height < context_.height || n_held_out < context_.width ||
            image.width - n_held_out < context_.width)
            return {
                {},
                fmt::format("{}: is too small, {} x {} px after shrinking: training and held-out part must "
                            "each hold a patch of {} x {} px",
                            file, image.height, image.width, context_.height, context_.width)};
        if (!whiten(image, settings.patches.filter)) return {{}, file + ": is of one grey"};
        return {std::move(image), ""};
    } catch (const sim::IoError& error) {
        return {{}, error.what()};
    }

    static std::size_t held_out_columns(const Image& image, const Settings& settings) {
        return static_cast<std::size_t>(std::lround(settings.held_out * static_cast<double>(image.width)));
    }

    sim::IoError none_readable(std::size_t n_files) const {
        std::string message =
            fmt::format("{}: none of its {} files is a photograph that can be used", folder_, n_files);
        if (!warnings_.empty()) message += "; the first: " + warnings_.front();
        return sim::IoError(message);
    }

    PatchSampler cut(std::vector<Image> images, const Settings& settings) const {
        std::vector<Region> training, held_out;
        for (std::size_t k = 0; k < images.size(); ++k) {
            const std::size_t n_held_out = held_out_columns(images[k], settings);
            const std::size_t n_training = images[k].width - n_held_out;
            training.push_back({k, 0, n_training});
            held_out.push_back({k, n_training, n_held_out});
        }
        return {std::move(images), training, held_out, settings.patches, context_};
    }

    std::string folder_;
    Context context_;
    std::size_t n_photographs_ = 0;
    std::vector<std::string> warnings_;
    PatchSampler sampler_;  // last: loading it fills the members above
};

const sim::RegisterStimulus<NaturalPatches> natural_patches{
    "natural_patches", "whitened patches of the photographs in a folder"};

}  // namespace
}  // namespace models
