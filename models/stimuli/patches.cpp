#include "models/stimuli/patches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/stimuli/contrast.hpp"
#include "sim/elementary.hpp"
#include "sim/units.hpp"

namespace models {
namespace {

/// Sums of x and x^2 over patches, moved on by adding what enters and taking away what leaves.
struct Moments {
    double sum = 0.0, sum_of_squares = 0.0;

    void add(double x) {
        sum += x;
        sum_of_squares += x * x;
    }
    void subtract(double x) {
        sum -= x;
        sum_of_squares -= x * x;
    }
    Moments& operator+=(const Moments& other) {
        sum += other.sum;
        sum_of_squares += other.sum_of_squares;
        return *this;
    }
    Moments& operator-=(const Moments& other) {
        sum -= other.sum;
        sum_of_squares -= other.sum_of_squares;
        return *this;
    }
    double variance(double n) const { return sum_of_squares / n - (sum / n) * (sum / n); }
};

/// Appends, for the patches of one row of places, whether their variance is at least `least`.
/// columns  moments of each column of pixels over the height of a patch
void append_usable(const std::vector<Moments>& columns, std::size_t height, std::size_t width, double least,
                   std::vector<bool>& usable) {
    const auto n = static_cast<double>(height * width);
    Moments patch;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        patch += columns[c];
        if (c + 1 < width) continue;
        usable.push_back(patch.variance(n) >= least);
        patch -= columns[c + 1 - width];
    }
}

void append_usable(const Image& image, const Region& region, std::size_t height, std::size_t width,
                   double least, std::vector<bool>& usable) {
    std::vector<Moments> columns(region.n_columns);
    for (std::size_t r = 0; r < image.height; ++r) {
        const float* const entering = image.row(r) + region.first_column;
        for (std::size_t c = 0; c < columns.size(); ++c) columns[c].add(entering[c]);
        if (r + 1 < height) continue;
        append_usable(columns, height, width, least, usable);
        const float* const leaving = image.row(r + 1 - height) + region.first_column;
        for (std::size_t c = 0; c < columns.size(); ++c) columns[c].subtract(leaving[c]);
    }
}

}  // namespace

PatchSettings::PatchSettings(const sim::Params& p)
    : filter{p.number(
                 "f0", "cycles/px", 0.4, sim::Check::positive,
                 "cut-off of the whitening filter f^exponent exp(-(f / f0)^4); 0.5 cycles/px is the highest "
                 "along an axis"),
             p.number("exponent", "1", 1.0, sim::Check::positive,
                      "of the whitening filter: 1 flattens the spectrum of natural images, 4 passes a band")},
      min_std(p.number(
          "min_std", "1", 0.5, sim::Check::non_negative,
          "patches whose standard deviation is below this multiple of the whole whitened image's are "
          "passed over")),
      drift(1e-3 *
            p.number("drift", "px/s", 0.0, sim::Check::non_negative,
                     "speed at which a patch moves over its image, in a direction of its own: a movie of "
                     "presentation.frames frames")),
      turned(
          p.flag("turned", false,
                 "half of the patches, drawn at random, have rows and columns exchanged, so that horizontals "
                 "are no more than verticals; of square frames")),
      params(p) {}

PatchPool::PatchPool(const std::vector<Image>& images, const std::vector<Region>& regions, std::size_t height,
                     std::size_t width, double min_std) {
    for (const Region& region : regions) {
        spans_.push_back({region, region.n_columns - width + 1, usable_.size()});
        append_usable(images[region.image], region, height, width, min_std * min_std, usable_);
    }
}

bool PatchPool::empty() const { return std::ranges::find(usable_, true) == usable_.end(); }

PatchPool::Place PatchPool::draw(sim::Stream& stream) const {
    std::size_t place = 0;
    do place = stream.below(usable_.size());
    while (!usable_[place]);
    const auto next = std::ranges::upper_bound(spans_, place, {}, &Span::first_place);
    const Span& span = *std::prev(next);
    place -= span.first_place;
    return {span.region.image, place / span.n_columns, span.region.first_column + place % span.n_columns,
            span.region.first_column, span.n_columns};
}

PatchSampler::PatchSampler(std::vector<Image> images, const std::vector<Region>& training,
                           const std::vector<Region>& held_out, const PatchSettings& settings,
                           const sim::Stimulus::Context& context)
    : images_(std::move(images)),
      context_(context),
      drift_(settings.drift),
      turned_(settings.turned),
      training_(images_, training, context.height, context.width, settings.min_std),
      held_out_(images_, held_out, context.height, context.width, settings.min_std) {
    if (training_.empty() || held_out_.empty())
        settings.params.fail(
            "min_std",
            fmt::format("low enough to leave a patch of {} x {} px in the {} set", context.height,
                        context.width, training_.empty() ? "training" : "held-out"),
            sim::units::format(settings.min_std, "1"));
    if (turned_ && context.height != context.width)
        settings.params.fail("turned", "false where frames are not square",
                             fmt::format("true of {} x {} px", context.height, context.width));
}

namespace {

/// A place from 0 to n - 1 that a walk comes to which turns round at both ends.
std::size_t reflected(double place, std::size_t n) {
    const double last = static_cast<double>(n - 1);
    if (last == 0.0) return 0;
    place = std::fmod(std::abs(place), 2.0 * last);
    return static_cast<std::size_t>(std::lround(place <= last ? place : 2.0 * last - place));
}

/// Of a square patch.
void exchange_axes(std::span<float> pixels, std::size_t side) {
    for (std::size_t r = 0; r < side; ++r)
        for (std::size_t c = 0; c < r; ++c) std::swap(pixels[r * side + c], pixels[c * side + r]);
}

}  // namespace

/// What a patch is drawn from.
sim::Stream PatchSampler::stream(sim::FrameSet set, std::uint64_t index) const {
    return {context_.seed, set == sim::FrameSet::training ? sim::Purpose::training : sim::Purpose::held_out,
            index};
}

std::size_t PatchSampler::image_of(sim::FrameSet set, std::uint64_t index) const {
    sim::Stream drawn_from = stream(set, index);
    return pool(set).draw(drawn_from).image;
}

void PatchSampler::frame_at(sim::FrameSet set, std::uint64_t index, sim::Time t, std::span<float> pixels,
                            std::span<double> shown) const {
    sim::Stream drawn_from = stream(set, index);
    const auto [image, row, column, first_column, n_columns] = pool(set).draw(drawn_from);
    std::size_t row_now = row, column_now = column;
    if (drift_ > 0.0) {
        const double direction = drawn_from.uniform(0.0, 2.0 * std::numbers::pi), way = drift_ * t;
        row_now = reflected(static_cast<double>(row) + way * sim::sin(direction),
                            images_[image].height - context_.height + 1);
        column_now =
            first_column +
            reflected(static_cast<double>(column - first_column) + way * sim::cos(direction), n_columns);
    }
    const bool is_turned = turned_ && drawn_from.below(2) == 1;
    auto pixel = pixels.begin();
    for (std::size_t r = 0; r < context_.height; ++r)
        pixel = std::copy_n(images_[image].row(row_now + r) + column_now, context_.width, pixel);
    if (is_turned) exchange_axes(pixels, context_.height);
    if (context_.has_unit_norm) normalise(pixels);
    shown[0] = static_cast<double>(image);
    shown[1] = static_cast<double>(row);
    shown[2] = static_cast<double>(column);
}

}  // namespace models
