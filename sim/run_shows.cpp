// What a config says of the frames that a network is shown.
#include <fmt/format.h>

#include <algorithm>

#include "sim/frames.hpp"
#include "sim/run_reader.hpp"
#include "sim/size_limit.hpp"

namespace sim {

bool RunReader::learns() const {
    const auto has = [this](const char* all, const char* key) {
        const Params blocks = root_.block(all);
        return std::ranges::any_of(blocks.names(),
                                   [&](const std::string& name) { return blocks.block(name).has(key); });
    };
    return is_describing_ || has("populations", "plasticity") || has("populations", "homeostasis") ||
           has("projections", "plasticity");
}

/// Frames, if the config has any.
void RunReader::shows() {
    if (!shows_frames(root_) && !is_describing_) return;
    if (root_.has("duration") && !is_describing_)
        root_.fail("duration", "left out where frames are shown: presentation.T says how long each is");
    const Params stimulus = root_.block("stimulus"), learning = root_.block("learning"),
                 record = root_.block("record");
    auto senses = read_senses(root_);
    const bool is_one = senses.empty() || is_describing_;
    Shows shows{is_one ? read_frame(root_) : stacked(senses),
                std::move(senses),
                {stimulus, ""},
                {},
                read_presentation(root_),
                0,
                0,
                0,
                true,
                0,
                0,
                false};
    if (is_one) shows.stimulus.kind = Registry<Stimulus>::instance().kind(stimulus, "natural_patches");
    shows.reception = read_reception(root_, out_.seed, shows.frame);
    if (!shows.senses.empty() && shows.reception.gain_control.width > 0.0 && !is_describing_)
        root_.block("frame").block("gain_control").fail("width", "0 px where frames are of several senses");
    shows.batches = static_cast<std::size_t>(
        learning.integer("batches", learns() ? 100 : 0, Check::non_negative,
                         "batches to learn from; 0 if not given where nothing learns"));
    shows.batch_size = learning.count("batch_size", 100, "frames of a batch, shown side by side");
    shows.held_out = learning.count("held_out", 100,
                                    "held-out frames on which energy is measured before and after learning; "
                                    "shown, and recorded, at the end; each once where a stimulus has "
                                    "fewer");
    shows.finds_least_energy = learning.flag(
        "least_energy", true,
        "whether the least possible energy of held-out frames is found, which relE is against; it takes "
        "long where there are very many neurons");
    shows.record_every = static_cast<std::size_t>(record.integer(
        "every", 0, Check::non_negative,
        "spikes and codes of every so-manieth batch are recorded; 0: of held-out frames only"));
    shows.snapshots = static_cast<std::size_t>(record.integer(
        "snapshots", 8, Check::non_negative, "snapshots of the dictionary, evenly over the run"));
    shows.records_frames = record.flag(
        "frames", false, "whether the frames themselves are recorded with what populations make of them");
    out_.duration = shows.presentation.T;
    out_.shows = std::move(shows);
    out_.analysis.emplace(root_);
}

/// What is held in memory, all at once, by learning and by the tests of the analysis. A population whose fields do not fit
/// cannot be analysed, which is said where it is asked for.
void RunReader::check_sizes() const {
    const Shows& shows = *out_.shows;
    const double M = static_cast<double>(shows.frame.height) * static_cast<double>(shows.frame.width);
    double N = 0.0, tested = 0.0;
    for (const PopulationSettings& one : out_.populations) {
        if (!one.codes) continue;
        const auto n = static_cast<double>(one.size);
        N += n;
        if (fits(n * M * sizeof(float))) tested += n;
    }
    const auto frames = [&](const Params& p, const std::string& key, std::size_t n, double values_of_each) {
        check_fits(p, key, static_cast<double>(n) * values_of_each * sizeof(float),
                   fmt::format("{} frames and their codes", n));
    };
    const Params learning = root_.block("learning"), analysis = root_.block("analysis");
    frames(learning, "batch_size", shows.batch_size, N + M);
    check_fits(learning, "held_out", static_cast<double>(shows.held_out) * sizeof(CodeMeasures),
               fmt::format("measures of {} codes", shows.held_out));
    frames(analysis, "noise_frames", out_.analysis->noise_frames, tested + M);
    frames(analysis, "natural_frames", out_.analysis->natural_frames, tested);
    const Params gratings = analysis.block("gratings");
    double n = 2.0;  // of the network and of its linear part
    for (const char* key : {"orientations", "frequencies", "phases"}) {
        n *= gratings.has(key) ? static_cast<double>(gratings.count(key, std::nullopt, "")) : 1.0;
        check_fits(gratings, key, n * tested * sizeof(float),
                   fmt::format("the responses to {:g} gratings", n));
    }
}

bool shows_frames(const Params& root) {
    const auto has = [&](const char* block) { return root.has(block); };
    return has("stimulus") || has("senses") || has("presentation") ||
           (!has("duration") && (has("frame") || has("learning")));
}

std::unique_ptr<Stimulus> make_drawn_stimulus(const RunSettings& settings) {
    const Shows& shows = *settings.shows;
    if (!shows.senses.empty()) return make_linked_stimulus(shows.senses, settings.seed);
    return Registry<Stimulus>::instance().make(
        shows.stimulus.kind, shows.stimulus.block,
        {settings.seed, shows.frame.height, shows.frame.width, nullptr, shows.reception.has_unit_norm});
}

std::unique_ptr<Stimulus> make_stimulus(const RunSettings& settings) {
    auto drawn = make_drawn_stimulus(settings);
    check_moves(*drawn, settings.shows->presentation);
    return as_received(std::move(drawn), settings.shows->reception);
}

}  // namespace sim
