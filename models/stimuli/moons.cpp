// Two moons: points of two half circles that reach into each other, the usual test of clusters that no straight line
// parts. Each point is a frame of two pixels, x and y.
#include <fmt/format.h>

#include <numbers>

#include "sim/elementary.hpp"
#include "sim/params.hpp"
#include "sim/registry.hpp"
#include "sim/rng.hpp"
#include "sim/stimulus.hpp"

namespace models {
namespace {

struct MoonsSettings {
    double noise;
    sim::Params params;

    explicit MoonsSettings(const sim::Params& p)
        : noise(p.number(
              "noise", "1", 0.05, sim::Check::non_negative,
              "standard deviation of the normal noise in each coordinate; half circles have radius 1")),
          params(p) {}
};

/// Class 0: (cos t, sin t), class 1: (1 - cos t, 1/2 - sin t), t evenly in [0, pi).
class Moons final : public sim::Stimulus {
  public:
    using Settings = MoonsSettings;

    Moons(const Settings& settings, const Context& context) : noise_(settings.noise), seed_(context.seed) {
        if (context.height * context.width != 2)
            settings.params.fail_here("of a frame of 1 x 2 px, a point in the plane",
                                      fmt::format("one of {} x {} px", context.height, context.width));
    }

    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        sim::Stream stream(
            seed_, set == sim::FrameSet::training ? sim::Purpose::training : sim::Purpose::held_out, index);
        const double t = stream.uniform(0.0, std::numbers::pi);
        const bool is_lower = label(set, index) == 1;
        const double x = is_lower ? 1.0 - sim::cos(t) : sim::cos(t),
                     y = is_lower ? 0.5 - sim::sin(t) : sim::sin(t);
        pixels[0] = static_cast<float>(x + noise_ * stream.normal());
        pixels[1] = static_cast<float>(y + noise_ * stream.normal());
        shown[0] = t;
        shown[1] = is_lower ? 1.0 : 0.0;
    }
    std::vector<std::string> columns() const override { return {"angle", "label"}; }
    int label(sim::FrameSet /*set*/, std::uint64_t index) const override {
        return static_cast<int>(index % 2);
    }
    std::string summary() const override {
        return fmt::format("points of two moons, with noise of {:g} in each coordinate", noise_);
    }

  private:
    double noise_;
    std::uint64_t seed_;
};

const sim::RegisterStimulus<Moons> moons{
    "moons", "points of two half circles that reach into each other; needs no data"};

}  // namespace
}  // namespace models
