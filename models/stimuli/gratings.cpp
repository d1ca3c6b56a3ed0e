// Full-field sine gratings (models/stimuli/grating.hpp), every combination of orientation, spatial frequency
// and phase.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/stimuli/contrast.hpp"
#include "models/stimuli/grating.hpp"
#include "sim/elementary.hpp"
#include "sim/params.hpp"
#include "sim/registry.hpp"
#include "sim/stimulus.hpp"
#include "sim/units.hpp"

namespace models {
namespace {

struct GratingsSettings {
    std::size_t n_orientations, n_frequencies, n_phases;
    double min_frequency, max_frequency;  // [cycles/px]
    double contrast;
    double temporal_frequency;  // [1/ms]
    sim::Params params;         // to name a key where a frame does not go with it

    explicit GratingsSettings(const sim::Params& p)
        : n_orientations(
              p.count("orientations", 12, "number of orientations, evenly spaced in [0, 180) deg")),
          n_frequencies(
              p.count("frequencies", 8, "number of spatial frequencies, evenly spaced in their logarithm")),
          n_phases(p.count("phases", 8, "number of phases, evenly spaced in [0, 360) deg")),
          min_frequency(p.number("min_frequency", "cycles/px", 0.06, sim::Check::positive,
                                 "lowest spatial frequency; the only one if there is but one")),
          max_frequency(
              p.number("max_frequency", "cycles/px", 0.4, sim::Check::positive, "highest spatial frequency")),
          contrast(p.number(
              "contrast", "1", 1.0, sim::Check::positive,
              "norm of a frame, at most 1; where frames have no unit norm, amplitude of the grating")),
          temporal_frequency(1e-3 * p.number("temporal_frequency", "Hz", 0.0, sim::Check::non_negative,
                                             "at which they drift; 0: they stand still")),
          params(p) {
        if (max_frequency < min_frequency)
            p.fail("max_frequency", "at least min_frequency", sim::units::format(max_frequency, "cycles/px"));
        if (max_frequency == min_frequency && n_frequencies > 1)
            p.fail("max_frequency", "above min_frequency where there are several frequencies",
                   sim::units::format(max_frequency, "cycles/px"));
        if (max_frequency >= 0.5) p.fail("max_frequency", "below 0.5 cycles/px, the limit set by the pixels");
    }
};

class Gratings final : public sim::Stimulus {
  public:
    using Settings = GratingsSettings;

    Gratings(const Settings& settings, const Context& context) : settings_(settings), context_(context) {
        if (context.has_unit_norm && settings.contrast > 1.0) settings.params.fail("contrast", "at most 1");
    }

    /// Orientations change slowest, phases fastest; after the last grating comes the first. Both sets are the
    /// same.
    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        frame_at(set, index, 0.0, pixels, shown);
    }
    bool moves() const override { return settings_.temporal_frequency > 0.0; }
    void frame_at(sim::FrameSet, std::uint64_t index, sim::Time t, std::span<float> pixels,
                  std::span<double> shown) const override {
        const double phase =
            static_cast<double>(index % settings_.n_phases) * 360.0 / count(settings_.n_phases);
        index /= settings_.n_phases;
        const double f = frequency(index % settings_.n_frequencies);
        index /= settings_.n_frequencies;
        const double theta =
            static_cast<double>(index % settings_.n_orientations) * 180.0 / count(settings_.n_orientations);
        std::ranges::fill(pixels, 0.0F);
        add_grating(full_field_grating(theta, f, phase + 360.0 * settings_.temporal_frequency * t,
                                       context_.height, context_.width),
                    context_.height, context_.width, pixels);
        if (context_.has_unit_norm)
            normalise(pixels, settings_.contrast);
        else
            for (float& pixel : pixels) pixel *= static_cast<float>(settings_.contrast);
        shown[0] = theta;
        shown[1] = f;
        shown[2] = phase;
    }
    std::vector<std::string> columns() const override {
        return {"orientation_deg", "spatial_frequency", "phase_deg"};
    }
    std::uint64_t n_frames(sim::FrameSet) const override {
        return settings_.n_orientations * settings_.n_frequencies * settings_.n_phases;
    }
    std::string summary() const override {
        return fmt::format("gratings of {} x {} px: {} orientations, {} spatial frequencies, {} phases",
                           context_.height, context_.width, settings_.n_orientations, settings_.n_frequencies,
                           settings_.n_phases);
    }

  private:
    static double count(std::size_t n) { return static_cast<double>(n); }

    double frequency(std::uint64_t k) const {
        if (k == 0) return settings_.min_frequency;
        const double part = static_cast<double>(k) / static_cast<double>(settings_.n_frequencies - 1);
        return settings_.min_frequency * sim::pow(settings_.max_frequency / settings_.min_frequency, part);
    }

    Settings settings_;
    Context context_;
};

const sim::RegisterStimulus<Gratings> gratings{
    "gratings", "sine gratings of every orientation, spatial frequency and phase"};

}  // namespace
}  // namespace models
