// Patches cut from whitened images: shared by photographs and dead leaves.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/stimuli/photograph.hpp"
#include "models/stimuli/whitening.hpp"
#include "sim/params.hpp"
#include "sim/rng.hpp"
#include "sim/stimulus.hpp"

namespace models {

/// How images become patches.
struct PatchSettings {
    WhiteningFilter filter;
    double min_std;      // least standard deviation of a patch; each whitened image has 1
    double drift;        // speed at which a patch moves over its image [px/ms]
    bool turned;         // every second patch, in no order, has its axes exchanged
    sim::Params params;  // to name the key and its line where the images do not go with it

    explicit PatchSettings(const sim::Params& p);
};

/// The part of an image that one frame set may use: all rows, n_columns columns from first_column on.
struct Region {
    std::size_t image, first_column, n_columns;
};

/// Every place in some regions where a patch may be cut. A place is passed over when the standard deviation
/// of the whitened pixels of its patch is below min_std: sky, walls; normalised, they would be all noise.
class PatchPool {
  public:
    struct Place {
        std::size_t image, row, column;       // of the patch's first pixel [px]
        std::size_t first_column, n_columns;  // places of that row where it may be cut
    };

    /// Each region must hold at least one patch.  O(pixels)
    PatchPool(const std::vector<Image>& images, const std::vector<Region>& regions, std::size_t height,
              std::size_t width, double min_std);

    bool empty() const;
    /// Uniform over the places that are not passed over, so an image counts by its area. Not for an empty
    /// pool. Draws from the stream until such a place comes up.
    Place draw(sim::Stream& stream) const;

  private:
    struct Span {
        Region region;
        std::size_t n_columns;    // places in a row
        std::size_t first_place;  // number of places in the spans before this one
    };
    std::vector<Span> spans_;
    std::vector<bool> usable_;  // one per place, in order of span, row, column
};

/// Frames of a stimulus that shows patches: of zero mean and unit norm, or as the whitened images have them.
class PatchSampler {
  public:
    /// images  whitened
    /// throws  ConfigError at min_std if it leaves a set without a patch, at turned if frames are not square
    PatchSampler(std::vector<Image> images, const std::vector<Region>& training,
                 const std::vector<Region>& held_out, const PatchSettings& settings,
                 const sim::Stimulus::Context& context);

    /// The patch at time t of its presentation: it moves straight, in a direction of its own, pixel by pixel, and
    /// turns round at the borders of what it may show. shown: {image, row, column} at the start
    void frame_at(sim::FrameSet set, std::uint64_t index, sim::Time t, std::span<float> pixels,
                  std::span<double> shown) const;
    bool moves() const { return drift_ > 0.0; }
    /// Number of the image that a patch is of.
    std::size_t image_of(sim::FrameSet set, std::uint64_t index) const;

  private:
    const PatchPool& pool(sim::FrameSet set) const {
        return set == sim::FrameSet::training ? training_ : held_out_;
    }
    sim::Stream stream(sim::FrameSet set, std::uint64_t index) const;

    std::vector<Image> images_;
    sim::Stimulus::Context context_;
    double drift_;
    bool turned_;
    PatchPool training_, held_out_;
};

}  // namespace models
