#include "sim/analysis_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "sim/protocol.hpp"
#include "sim/stimulus.hpp"

namespace sim {

namespace {

/// A key that has a value must have at least this one; defaults do.
void at_least(const Params& p, const std::string& key, std::size_t least, const std::string& reason) {
    if (p.has(key) && p.count(key, std::nullopt, "") < least)
        p.fail(key, fmt::format("at least {}: {}", least, reason));
}

/// What the measures of analysis/ need of the gratings; as a stimulus they may be fewer.
void check_gratings(const Params& p) {
    at_least(p, "orientations", 4, "tuning to orientation is a curve over so many");
    at_least(p, "phases", 3, "F1/F0 is the first harmonic over phases, which fewer do not show");
}

}  // namespace

AnalysisSettings::AnalysisSettings(const Params& root) : gratings{root.block("analysis"), "gratings"} {
    const Params p = root.block("analysis");
    set =
        p.overrides("set", "overrides (as --set takes them) under which `striate analyze` tests the network");
    Registry<Stimulus>::instance().entries().at("gratings").read(p.block("gratings"));
    check_gratings(p.block("gratings"));
    amplitude = p.block("gratings").number("contrast", "1", 1.0, Check::positive, "");
    temporal_frequency =
        1e-3 * p.block("gratings").number("temporal_frequency", "Hz", 0.0, Check::non_negative, "");
    const std::vector<std::string> usual{"gratings", "contrast", "mask", "size", "noise", "natural", "blank"};
    std::vector<std::string> known = usual;
    for (const auto& [name, entry] : Registry<Protocol>::instance().entries()) {
        known.push_back(name);
        entry.read(p.block(name));
    }
    tests = p.texts(
        "tests",
        "what the network is tested with, of gratings (always), contrast, mask, size, noise, natural, "
        "blank, which are usual, and protocols",
        usual);
    for (const std::string& test : tests)
        if (std::ranges::find(known, test) == known.end())
            p.fail("tests", fmt::format("some of {}", fmt::join(known, ", ")), fmt::format("\"{}\"", test));
    repeats =
        p.count("repeats", 1,
                "times that each frame of gratings, contrast, mask and size is shown; responses are means");
    contrasts = p.numbers(
        "contrasts", "1", Check::positive,
        "norms of the frames of the test of contrast, ascending; [0.05, 0.1, 0.2, 0.4, 0.7, 1] if not given");
    if (contrasts.empty()) contrasts = {0.05, 0.1, 0.2, 0.4, 0.7, 1.0};
    if (std::ranges::adjacent_find(contrasts, std::greater_equal<>()) != contrasts.end())
        p.fail("contrasts", "ascending, each once");
    if (contrasts.size() < 4)
        p.fail("contrasts", "at least 4 norms: Naka & Rushton's function has so many parameters",
               fmt::format("{}", contrasts.size()));
    cells = p.count("cells", 64, "neurons whose size tuning is measured");
    noise_frames = p.count("noise_frames", 4000, "frames of each kind of noise");
    natural_frames = p.count("natural_frames", 400, "held-out frames");
    at_least(p, "natural_frames", 2, "correlations between neurons are over frames");
    const Params layer = p.block("complex");
    complex.fraction =
        layer.number("fraction", "1", 0.0, Check::unit_interval,
                     "of the cells compared with V1 that are complex; 0: none, 0.6 in macaque");
    complex.population = layer.text(
        "population", "",
        "population of the network that the complex cells are; if not given they pool the energy of "
        "neurons near on the sheet, as the other keys say");
    complex.width = layer.number("width", "1", 4.0, Check::positive, "of the pool, in sheet units");
    complex.sharpness =
        layer.number("sharpness", "1", 30.0, Check::non_negative,
                     "p: a neuron whose orientation differs by d counts cos(d)^(2 p) in the pool");
    complex.exponent = layer.number("exponent", "1", 1.4, Check::positive,
                                    "of the response, mean over cells: 2 energy, 1 its root");
    complex.exponent_spread =
        layer.number("exponent_spread", "1", 0.5, Check::non_negative, "its standard deviation over cells");
}

}  // namespace sim
