#include "sim/network_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/coding_population.hpp"
#include "sim/elementary.hpp"
#include "sim/per_neuron.hpp"
#include "sim/rng.hpp"
#include "sim/size_limit.hpp"

namespace sim {
namespace {

/// The block `receptive_field`: how neurons see a frame.
void read_receptive_field(const Params& at, const WhichNeurons& neurons, FieldGeometry& geometry) {
    const Params field = at.block("receptive_field");
    geometry.radii = numbers_of(field, neurons, "R", "px", 0.0, Check::non_negative,
                                "radius of the window exp(-(r/R)^6) a neuron sees; 0 px: the whole frame");
    const auto [least, most] = std::ranges::minmax(geometry.radii);
    if (least == 0.0 && most > 0.0) field.fail("R", "above 0 px of every neuron, or 0 px of all");
    geometry.R = most;
    if (least == most) geometry.radii.clear();
    geometry.span = field.number("span", "px", 0.0, Check::non_negative,
                                 "the neurons' places cover the middle span x span of the frame");
    if (geometry.span > static_cast<double>(std::min(geometry.height, geometry.width)))
        field.fail("span", "at most the frame's height and width");
}

/// A Gaussian too narrow to reach the nearest neighbour has no weight there is anything of; one much wider
/// than the sheet is flat on it, and takes for ever to sum.
void check_widths(const Params& lateral, std::pair<std::size_t, std::size_t> sheet, const Coupling& coupling,
                  double kappa) {
    constexpr double kNarrowest = 0.03;
    const double widest = std::max(100.0, 3.0 * static_cast<double>(std::max(sheet.first, sheet.second)));
    const auto check = [&](const char* key, double width) {
        if (width < kNarrowest || width > widest)
            lateral.fail(key, fmt::format("from {} to {} sheet units", kNarrowest, widest));
    };
    if (kappa == 0.0) return;
    check("sigma", coupling.sigma);
    check("surround_sigma", coupling.surround_sigma);
}

}  // namespace

FieldGeometry read_frame(const Params& root) {
    const Params frame = root.block("frame");
    const std::size_t height = side_of_frame(frame, "height", 16.0, "height of a frame");
    const std::size_t width = side_of_frame(frame, "width", 16.0, "width of a frame");
    return {height, width, 0.0, 0.0, {}};
}

FieldGeometry stacked(const std::vector<Sense>& senses) {
    FieldGeometry geometry{0, senses.front().width, 0.0, 0.0, {}};
    std::size_t pixels = 0;
    for (const Sense& sense : senses) {
        geometry.height += sense.height;
        pixels += sense.size();
        geometry.parts.push_back(
            {sense.first_pixel, sense.size(), sense.is_present ? std::sqrt(sense.weight) : 0.0});
    }
    const bool are_as_wide =
        std::ranges::all_of(senses, [&](const Sense& sense) { return sense.width == geometry.width; });
    if (!are_as_wide) geometry.height = 1, geometry.width = pixels;
    return geometry;
}

Reception read_reception(const Params& root, std::uint64_t seed, const FieldGeometry& size) {
    const Params frame = root.block("frame"), control = frame.block("gain_control");
    return {
        seed,
        frame.number("scale", "1", 1.0, Check::positive,
                     "pixels are multiplied by this; frames come with unit norm, so that the root of "
                     "height x width gives them unit variance"),
        frame.number("noise", "1", 0.0, Check::non_negative,
                     "norm of the white noise in each frame, as of retina and LGN; a frame without it "
                     "has unit norm"),
        size.height,
        size.width,
        frame.flag(
            "unit_norm", true,
            "frames cut from images, and those of the laboratory, have zero mean and unit norm; false: "
            "pixels "
            "are in standard deviations of the whole image, and the contrast of gratings is their amplitude"),
        {control.number(
             "width", "px", 0.0, Check::non_negative,
             "of the Gaussian G of divisive gain control, x / sqrt(s0^2 + G * x^2), before noise and "
             "scale; 0 px: none"),
         control.number(
             "s0", "1", 1.0, Check::positive,
             "local contrast, in the units of pixels, at which the gain has fallen to 1 / sqrt 2")}};
}

Presentation read_presentation_of_still(const Params& root) {
    Presentation presentation{};
    const Params shown = root.block("presentation");
    presentation.T = shown.number("T", "ms", 100.0, Check::positive, "how long a frame is shown");
    presentation.T0 = shown.number("T0", "ms", 0.3 * presentation.T, Check::non_negative,
                                   "the code is read over (T0, T]; 0.3 T if not given");
    if (presentation.T0 >= presentation.T) shown.fail("T0", "less than presentation.T");
    return presentation;
}

Presentation read_presentation(const Params& root) {
    Presentation presentation = read_presentation_of_still(root);
    presentation.n_frames =
        root.block("presentation")
            .count("frames", 1,
                   "of a movie, in a presentation: a stimulus that moves shows one every T / frames");
    return presentation;
}

NetworkSettings::NetworkSettings(const Params& at, const std::string& name, const Seen& seen)
    : seed(seen.seed),
      number(seen.number),
      senses(seen.senses),
      geometry(seen.frame),
      reception(seen.reception),
      population(name),
      presentation(seen.presentation),
      block(at) {
    if (at.has("kernels") || at.is_describing()) read_kernels(at);
    if (!kernels || at.is_describing()) read_sheet(at);
    if ((!kernels && senses.empty()) || at.is_describing()) read_receptive_field(at, neurons(), geometry);
    read_channels(at);
    presentation.background = Background(at.block("background"), neurons());
    kind = Registry<Neurons>::instance().kind(at, "slca");
    lambda = at.number("lambda", "1", 0.1, Check::non_negative,
                       "threshold of the current: the weight of sparseness");
    lambda_spread = at.number(
        "lambda_spread", "1", 0.0, Check::non_negative,
        "standard deviation of log lambda_i over neurons, log-normal about lambda; 0: all the same");
    objective = Objective(at);
    if (objective.is_signed && presentation.background.is_on() && objective.delta == 0.0)
        at.block("objective")
            .fail("delta",
                  "above 0 where twins of signed codes have a background: what excites "
                  "both at once has no other end");
    const Params lateral = at.block("coupling");
    kappa = lateral.number(
        "kappa", "1", 0.0, Check::non_negative,
        "weight of smooth coding, kappa/2 a'La; neighbours pull each other's activity together");
    coupling.sigma =
        lateral.number("sigma", "1", 1.0, Check::positive, "width of the coupling, in sheet units");
    coupling.surround =
        lateral.number("surround", "1", 0.0, Check::non_negative,
                       "inhibition around that attraction, as a part of it: activity then comes in patches");
    coupling.surround_sigma =
        lateral.number("surround_sigma", "1", 3.0 * coupling.sigma, Check::positive,
                       "width of that inhibition, in sheet units; 3 sigma if not given");
    check_widths(lateral, {rows, cols}, coupling, kappa);
    if (!kernels || at.is_describing()) return;
    if (kappa > 0.0) lateral.fail("kappa", "0 where kernels are shared");
    if (objective.weighs_distance())
        at.block("objective").fail_here("l1 where kernels are shared", "another");
    if (objective.is_signed) check_twins_fit(at.block("kernels"), *kernels);
    if (objective.delta > 0.0) at.block("objective").fail("delta", "0 where kernels are shared");
}

/// A field for each neuron of a sheet.
void NetworkSettings::read_sheet(const Params& at) {
    const Params sheet = at.block("sheet");
    rows = sheet.count("rows", 16, "rows of neurons");
    cols = sheet.count("cols", 16, "columns of neurons");
    const double N = static_cast<double>(rows) * static_cast<double>(cols),
                 M = static_cast<double>(geometry.height) * static_cast<double>(geometry.width);
    check_fits(sheet, rows > cols ? "rows" : "cols", N * M * sizeof(float),
               fmt::format("the receptive fields of {:g} neurons, {:g} px each,", N, M));
    boundary =
        sheet.choice("boundary", {"open", "periodic"}, "open", "whether the sheet's edges meet") == "open"
            ? Boundary::open
            : Boundary::periodic;
}

void NetworkSettings::read_channels(const Params& at) {
    if (!at.has("channels") && !at.is_describing()) return;
    if ((kernels || !senses.empty()) && !at.is_describing())
        at.fail("channels", "left out where kernels are shared, or frames are of several senses");
    channels = Channels(at.block("channels"), neurons());
    if (channels.size() == 0) return;
    geometry.n_planes = channels.size();
    geometry.plane = channels.of_neurons();
    if (geometry.R == 0.0) return;
    geometry.radii.resize(size(), geometry.R);
    for (std::size_t i = 0; i < size(); ++i) geometry.radii[i] *= channels.of_neuron(i).radius;
    geometry.R = std::ranges::max(geometry.radii);
}

/// Fields that all places share.
void NetworkSettings::read_kernels(const Params& at) {
    for (const char* other : {"sheet", "receptive_field"})
        if (at.has(other) && !at.is_describing()) at.fail(other, "left out where kernels are shared");
    if (!senses.empty()) at.fail("kernels", "left out where frames are of several senses");
    kernels = read_shared_kernels(at.block("kernels"), geometry.height, geometry.width);
    rows = kernels->places.rows, cols = kernels->places.cols * kernels->shape.n;
    boundary = Boundary::open;
}

std::vector<double> first_thresholds(const NetworkSettings& settings) {
    std::vector<double> lambda(settings.n_fields(), settings.lambda);
    if (settings.lambda_spread == 0.0) return lambda;
    Stream stream(settings.seed, Purpose::thresholds, 0);
    for (double& one : lambda) one *= sim::exp(settings.lambda_spread * stream.normal());
    return lambda;
}

}  // namespace sim
