// Dead leaves: images of occluding discs, with the edges and the scale invariance of natural ones, and no
// data needed. Source: Lee, Mumford & Huang (2001), Int. J. Comput. Vision 41:35.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/stimuli/patches.hpp"
#include "models/stimuli/whitening.hpp"
#include "sim/parallel.hpp"
#include "sim/registry.hpp"
#include "sim/rng.hpp"
#include "sim/size_limit.hpp"
#include "sim/stimulus.hpp"
#include "sim/units.hpp"

namespace models {
namespace {

struct DeadLeavesSettings {
    std::size_t canvases, size;
    double r_min, r_max;  // [px]
    PatchSettings patches;

    explicit DeadLeavesSettings(const sim::Params& p)
        : canvases(p.count("canvases", 8,
                           "images drawn for training; a quarter as many more for held-out frames")),
          size(p.count("size", 512, "height and width of an image [px]")),
          r_min(p.number("r_min", "px", 3.0, sim::Check::positive, "least radius of a disc")),
          r_max(p.number("r_max", "px", 128.0, sim::Check::positive,
                         "greatest radius of a disc; between, radii have density ~ r^-3")),
          patches(p) {
        // Smaller discs would hardly ever hit the centre of a pixel, larger ones hardly ever the image.
        if (r_min < 0.5) p.fail("r_min", "at least 0.5 px");
        if (r_max <= r_min) p.fail("r_max", "greater than r_min", sim::units::format(r_max, "px"));
        sim::check_fits(p, "size",
                        static_cast<double>(canvases) * static_cast<double>(size) *
                            static_cast<double>(size) * sizeof(float),
                        fmt::format("{} images of {} x {} px", canvases, size, size));
        if (r_max > static_cast<double>(size))
            p.fail("r_max", "at most the size of an image", sim::units::format(r_max, "px"));
    }
};

/// A square image that is covered by discs from the front to the back: a disc shows where none before it
/// lies, and the image is finished when no ground is left (perfect simulation: Kendall & Thoennes 1999).
class Canvas {
  public:
    explicit Canvas(std::size_t size)
        : size_(size), n_bare_(size * size), grey_(size * size), next_bare_(size * (size + 1)) {
        for (std::size_t r = 0; r < size; ++r) {
            const auto row = next_bare_.begin() + static_cast<std::ptrdiff_t>(r * (size + 1));
            std::iota(row, row + static_cast<std::ptrdiff_t>(size + 1), 0U);
        }
    }

    bool is_covered() const { return n_bare_ == 0; }
    float grey(std::size_t r, std::size_t c) const { return grey_[r * size_ + c]; }

    /// Lays a disc under those already there. Centre and radius [px]; the centre of pixel (r, c) is at
    /// (r + 1/2, c + 1/2).
    void lay(double row, double column, double radius, float grey) {
        const std::size_t end = first_after(row + radius);
        for (std::size_t r = first_after(row - radius); r < end; ++r) {
            const double dy = static_cast<double>(r) + 0.5 - row;
            const double half_width = std::sqrt(std::max(0.0, radius * radius - dy * dy));
            cover(r, first_after(column - half_width), first_after(column + half_width), grey);
        }
    }

  private:
    /// First pixel whose centre is not before x, within [0, size].
    std::size_t first_after(double x) const {
        return static_cast<std::size_t>(std::clamp(std::ceil(x - 0.5), 0.0, static_cast<double>(size_)));
    }

    /// Gives the bare pixels [first, end) of a row their grey.
    void cover(std::size_t r, std::size_t first, std::size_t end, float grey) {
        std::uint32_t* const next = next_bare_.data() + r * (size_ + 1);
        for (std::size_t c = find_bare(next, first); c < end; c = find_bare(next, c + 1)) {
            grey_[r * size_ + c] = grey;
            next[c] = static_cast<std::uint32_t>(c + 1);
            --n_bare_;
        }
    }

    /// First bare pixel from c on, or size. Halves the path it walks: covered stretches are soon leapt over.
    static std::size_t find_bare(std::uint32_t* next, std::size_t c) {
        while (next[c] != c) {
            next[c] = next[next[c]];
            c = next[c];
        }
        return c;
    }

    std::size_t size_, n_bare_;
    std::vector<float> grey_;  // shape (size, size)
    std::vector<std::uint32_t>
        next_bare_;  // shape (size, size + 1): itself if bare, else on the way to the next
};

/// Drawn at twice the resolution and averaged down, for discs without jagged rims.
Image draw_canvas(const DeadLeavesSettings& settings, sim::Stream stream) {
    constexpr std::size_t kFiner = 2;
    const auto size = static_cast<double>(settings.size);
    const double shortest = 1.0 / (settings.r_min * settings.r_min);
    const double longest = 1.0 / (settings.r_max * settings.r_max);
    Canvas canvas(settings.size * kFiner);
    while (!canvas.is_covered()) {
        const double radius = 1.0 / std::sqrt(stream.uniform(longest, shortest));  // density ~ r^-3
        const double row = stream.uniform(-settings.r_max, size + settings.r_max);
        const double column = stream.uniform(-settings.r_max, size + settings.r_max);
        const auto grey = static_cast<float>(stream.uniform());
        canvas.lay(kFiner * row, kFiner * column, kFiner * radius, grey);
    }
    return box_average(settings.size * kFiner, settings.size * kFiner, kFiner,
                       [&](std::size_t r, std::size_t c) { return canvas.grey(r, c); });
}

class DeadLeaves final : public sim::Stimulus {
  public:
    using Settings = DeadLeavesSettings;

    DeadLeaves(const Settings& settings, const Context& context)
        : context_(context), n_canvases_(settings.canvases), sampler_(draw(settings, context)) {}

    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        sampler_.frame_at(set, index, 0.0, pixels, shown);
    }
    bool moves() const override { return sampler_.moves(); }
    void frame_at(sim::FrameSet set, std::uint64_t index, sim::Time t, std::span<float> pixels,
                  std::span<double> shown) const override {
        sampler_.frame_at(set, index, t, pixels, shown);
    }
    /// canvas counts those of training first; row and column are of the patch's first pixel.
    std::vector<std::string> columns() const override { return {"canvas", "row", "column"}; }
    std::string summary() const override {
        return fmt::format("patches of {} x {} px from {} images of dead leaves", context_.height,
                           context_.width, n_canvases_);
    }

  private:
    static PatchSampler draw(const Settings& settings, const Context& context) {
        if (settings.size < std::max(context.height, context.width))
            settings.patches.params.fail(
                "size", fmt::format("at least that of a frame, {} x {} px", context.height, context.width),
                fmt::format("{}", settings.size));
        const std::size_t n_held_out = std::max<std::size_t>(1, settings.canvases / 4);
        std::vector<Image> images(settings.canvases + n_held_out);
        sim::parallel_for(std::size_t{0}, images.size(), [&](std::size_t k) {
            images[k] = draw_canvas(settings, stream_of(k, settings.canvases, context.seed));
            whiten(images[k], settings.patches.filter);
        });
        std::vector<Region> training, held_out;
        for (std::size_t k = 0; k < images.size(); ++k)
            (k < settings.canvases ? training : held_out).push_back({k, 0, settings.size});
        return {std::move(images), training, held_out, settings.patches, context};
    }

    static sim::Stream stream_of(std::size_t canvas, std::size_t n_training, std::uint64_t seed) {
        constexpr std::uint64_t kCanvas = std::uint64_t{1} << 62;  // no frame has so high an index
        if (canvas < n_training) return {seed, sim::Purpose::training, kCanvas + canvas};
        return {seed, sim::Purpose::held_out, kCanvas + canvas - n_training};
    }

    Context context_;
    std::size_t n_canvases_;
    PatchSampler sampler_;
};

const sim::RegisterStimulus<DeadLeaves> dead_leaves{
    "dead_leaves", "whitened patches of generated images of occluding discs; needs no data"};

}  // namespace
}  // namespace models
