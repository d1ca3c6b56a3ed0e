#include "sim/run_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/frames.hpp"
#include "sim/size_limit.hpp"

namespace sim {

double CutNormal::draw(Stream& random) const {
    if (std == 0.0) return mean;
    while (true)
        if (const double x = mean + std * random.normal(); x / mean > 0.0 && x / mean < 2.0) return x;
}

std::size_t StateRecord::n_times() const {
    const double n = (stop - start) / every;
    return static_cast<std::size_t>(
        std::ceil(n - 1e-9 * n));  // 1000 ms / 0.1 ms is 10 000 whatever rounding says
}

namespace {

std::vector<std::string> each_once(const Params& p, const std::string& key, std::vector<std::string> names) {
    if (std::set<std::string>(names.begin(), names.end()).size() != names.size())
        p.fail(key, "each name once");
    return names;
}

/// Reads the blocks in turn; later ones name what stands in earlier ones.
class RunReader {
  public:
    RunReader(const Params& root, RunSettings& run)
        : root_(root), out_(run), is_describing_(root.is_describing()) {}

    void refuse_old_words() const;
    void shows();
    void populations();
    void check_sizes() const;
    void projections();
    void currents();
    void record();

  private:
    bool are_fields_learned() const;
    std::uint32_t population(const Params& p, const std::string& key, const std::string& name) const;
    std::vector<std::uint32_t> neurons(const Params& p, std::uint32_t of) const;
    CutNormal cut_normal(const Params& p, const std::string& key, const std::string& unit,
                         std::optional<double> mean, Check check, const std::string& doc) const;
    void projection(const Params& p, const std::string& name, const std::string& to);
    void weights_and_delays(const Params& p, ProjectionSettings& one) const;
    void plasticity(const Params& p, ProjectionSettings& one) const;
    void state(const Params& p, const std::string& name);
    std::string target_unit(const Params& p, const std::string& key, const std::string& unit) const;
    const Population& cells(std::uint32_t number) const { return *out_.populations[number].cells; }

    Params root_;
    RunSettings& out_;
    bool is_describing_;
};

/// A config of one sheet once had the blocks of its population at the root, and one of a convolutional experiment its own.
void RunReader::refuse_old_words() const {
    if (is_describing_) return;
    for (const auto& [word, now] :
         {std::pair{"kernels",
                    "in the block of a population, populations.NAME.kernels (docs/convolution.md)"},
          {"images", "stimulus.kind photographs, and stimulus.photographs"},
          {"coding",
           "in the block of a population: lambda, objective.signed, kernels.border, kernels.stride"},
          {"solver", "populations.NAME.kind, and a block of its name beside it"}})
        if (root_.has(word)) root_.fail(word, now, "it at the root");
    for (const char* word : {"population", "sheet", "receptive_field", "objective", "coupling", "background",
                             "plasticity", "homeostasis", "teaching"})
        if (root_.has(word))
            root_.fail(word,
                       word == std::string("population")
                           ? "populations.NAME, a block for each population by its name"
                           : fmt::format("in the block of a population, populations.NAME.{}", word),
                       "it at the root");
}

bool RunReader::are_fields_learned() const {
    const Params blocks = root_.block("populations");
    return is_describing_ || std::ranges::any_of(blocks.names(), [&](const std::string& name) {
               return blocks.block(name).has("plasticity") || blocks.block(name).has("homeostasis");
           });
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
        learning.integer("batches", are_fields_learned() ? 100 : 0, Check::non_negative,
                         "batches to learn from; 0 if not given where no population learns"));
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

void RunReader::populations() {
    const Params blocks = root_.block("populations");
    if (blocks.names().empty()) root_.fail("populations", "at least one population");
    for (const std::string& name : blocks.names())
        out_.populations.push_back(read_population(root_, name, out_));
    if (out_.shows && !is_describing_) check_sizes();
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

std::uint32_t RunReader::population(const Params& p, const std::string& key, const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& one : out_.populations) known.push_back(one.name);
    const auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end() && !is_describing_)
        p.fail(key, fmt::format("one of the populations {}", fmt::join(known, ", ")),
               fmt::format("\"{}\"", name));
    return is_describing_ ? 0 : static_cast<std::uint32_t>(at - known.begin());
}

std::vector<std::uint32_t> RunReader::neurons(const Params& p, std::uint32_t of) const {
    std::vector<std::uint32_t> all;
    const std::size_t size = out_.populations[of].size;
    for (const double x : p.numbers("neurons", "1", Check::non_negative, "which neurons; all if empty")) {
        if (x != std::floor(x) || x >= static_cast<double>(size))
            p.fail("neurons", fmt::format("whole numbers below {}", size), fmt::format("{}", x));
        all.push_back(static_cast<std::uint32_t>(x));
    }
    if (std::set<std::uint32_t>(all.begin(), all.end()).size() != all.size())
        p.fail("neurons", "each neuron once");
    if (all.empty()) {
        all.resize(size);
        std::iota(all.begin(), all.end(), 0U);
    }
    return all;
}

/// A unit that a population says; a population without is a source.
std::string RunReader::target_unit(const Params& p, const std::string& key, const std::string& unit) const {
    if (is_describing_) return "mV";
    if (unit.empty()) p.fail(key, "a population of neurons that have inputs, no source");
    return unit;
}

CutNormal RunReader::cut_normal(const Params& p, const std::string& key, const std::string& unit,
                                std::optional<double> mean, Check check, const std::string& doc) const {
    const CutNormal law{
        p.number(key, unit, mean, check, doc),
        p.number(
            key + "_std", unit, 0.0, Check::non_negative,
            fmt::format("standard deviation of a normal {}, drawn again until between 0 and twice the mean",
                        key))};
    if (law.std > std::abs(law.mean)) p.fail(key + "_std", "at most the mean");
    return law;
}

void RunReader::weights_and_delays(const Params& p, ProjectionSettings& one) const {
    if (one.connector && one.connector->gives_weights()) return;
    one.weight =
        cut_normal(p, "weight", one.weight_unit, std::nullopt, Check::any,
                   "of each synapse, in the weight unit of the target's kind (mV, pA, nS); left out under "
                   "connect.kind from_file, whose file gives it");
    one.delay = cut_normal(p, "delay", "ms", std::nullopt, Check::positive,
                           "from a spike to its arrival at the target; left out where weight is");
    one.delay_per_distance =
        p.number("delay_per_distance", "ms", 0.0, Check::non_negative,
                 "added to the delay per sheet unit between the neurons (distance_dependent)");
}

void RunReader::plasticity(const Params& p, ProjectionSettings& one) const {
    if (!p.has("plasticity") && !is_describing_) return;
    const Params block = p.block("plasticity");
    one.rule = Registry<SynapseRule>::instance().kind(block, "stdp_pair");
    if (out_.shows && !is_describing_)
        p.fail("plasticity", "left out where frames are shown: only fields learn from presentations");
    one.w_min = block.number("w_min", one.weight_unit, 0.0, Check::non_negative, "weights stay at or above");
    one.w_max =
        block.number("w_max", one.weight_unit, std::nullopt, Check::positive, "weights stay at or below");
    if (is_describing_) return;
    if (one.w_min >= one.w_max) block.fail("w_min", "less than w_max");
    if (!one.connector->gives_weights() && (one.weight.mean < one.w_min || one.weight.mean > one.w_max))
        p.fail("weight", "between plasticity.w_min and plasticity.w_max");
    one.plasticity = block;
}

void RunReader::projection(const Params& p, const std::string& name, const std::string& to) {
    ProjectionSettings one;
    one.name = name;
    one.from = population(p, "from", p.text("from", std::nullopt, "population whose spikes it carries"));
    one.to = population(p, "to", to);
    one.weight_unit = target_unit(p, "to", is_describing_ ? "" : cells(one.to).weight_unit());

    const auto& source = out_.populations[one.from];
    const auto& target = out_.populations[one.to];
    const Params connect = p.block("connect");
    const std::string rule = Registry<Connector>::instance().kind(connect, "all_to_all");
    if (!is_describing_)
        one.connector = Registry<Connector>::instance().make(
            rule, connect,
            {source.size, target.size, source.sheet ? &*source.sheet : nullptr,
             target.sheet ? &*target.sheet : nullptr, one.from == one.to, out_.seed,
             static_cast<std::uint32_t>(out_.projections.size()),
             target.codes ? &target.codes->network : nullptr,
             source.codes && source.codes->network.settings().objective.is_signed ? source.size : 0});
    if (one.connector && one.connector->knows_fields() && target.codes->learns())
        connect.fail("kind", "another: these synapses would not follow the fields that the target learns",
                     fmt::format("\"{}\"", rule));
    if (one.connector) {
        const double n = one.connector->n_expected();
        check_fits(connect, "kind", n * sizeof(Synapse), fmt::format("{:.3g} synapses", n));
    }
    weights_and_delays(p, one);
    plasticity(p, one);
    out_.projections.push_back(std::move(one));
}

void RunReader::projections() {
    const Params blocks = root_.block("projections");
    for (const std::string& name : blocks.names()) {
        const Params p = blocks.block(name);
        auto targets = p.texts("to", "population its spikes reach, or several");
        if (is_describing_) targets = {"NAME"};
        if (targets.empty()) p.fail("to", "a population");
        for (const std::string& to : each_once(p, "to", targets)) projection(p, name, to);
    }
}

void RunReader::currents() {
    const Params blocks = root_.block("currents");
    std::set<std::pair<std::uint32_t, std::uint32_t>> taken;
    for (const std::string& name : blocks.names()) {
        const Params p = blocks.block(name);
        CurrentSettings one;
        one.population = population(p, "to", p.text("to", std::nullopt, "population it flows into"));
        one.neurons = neurons(p, one.population);
        one.times = p.numbers("times", "ms", Check::non_negative, "when the amplitude changes, in order");
        const std::string unit =
            target_unit(p, "to", is_describing_ ? "" : cells(one.population).current_unit());
        one.amplitudes =
            p.numbers("amplitudes", unit, Check::any,
                      "from each of the times on, in the current unit of the kind (pA, mV); 0 before");
        if (one.amplitudes.size() != one.times.size())
            p.fail("amplitudes", fmt::format("as many as times, {}", one.times.size()),
                   fmt::format("{}", one.amplitudes.size()));
        if (std::adjacent_find(one.times.begin(), one.times.end(), std::greater_equal<>()) != one.times.end())
            p.fail("times", "in increasing order");
        for (const std::uint32_t neuron : one.neurons)
            if (!taken.insert({one.population, neuron}).second)
                p.fail("neurons", "neurons that no other current flows into", fmt::format("{}", neuron));
        out_.currents.push_back(std::move(one));
    }
}

void RunReader::state(const Params& p, const std::string& name) {
    StateRecord one;
    one.name = name;
    one.population =
        population(p, "population", p.text("population", std::nullopt, "population whose state is recorded"));
    std::vector<std::string> known;
    if (!is_describing_)
        for (const Variable& variable : cells(one.population).variables()) known.push_back(variable.name);
    const std::string variable = p.text("variable", std::nullopt, "which variable of its kind: V_m, ...");
    const auto at = std::find(known.begin(), known.end(), variable);
    if (at == known.end() && !is_describing_)
        p.fail("variable", known.empty() ? "a variable; this kind has none"
                                         : fmt::format("one of {}", fmt::join(known, ", ")));
    one.variable = static_cast<std::size_t>(at - known.begin());
    one.neurons = neurons(p, one.population);
    one.every = p.number("every", "ms", 1.0, Check::positive, "time between samples");
    one.start = p.number("start", "ms", 0.0, Check::non_negative, "first sample");
    one.stop = p.number("stop", "ms", out_.duration, Check::positive,
                        "samples end before; the duration if not given");
    if (one.stop > out_.duration) p.fail("stop", "at most the duration");
    if (out_.shows && (one.start != 0.0 || one.stop != out_.duration))
        p.fail_here("of whole presentations, without start and stop, where frames are shown", "a part");
    if (const double n = out_.duration / one.every; out_.shows && std::abs(n - std::round(n)) > 1e-9 * n)
        p.fail("every", fmt::format("a whole part of presentation.T, {} ms", out_.duration));
    if (one.start >= one.stop) p.fail("start", "before stop");
    const double samples = (one.stop - one.start) / one.every;
    check_fits(p, "every", samples * static_cast<double>(one.neurons.size()) * sizeof(double),
               fmt::format("{:.3g} samples of {} neurons", samples, one.neurons.size()));
    out_.record_states.push_back(std::move(one));
}

void RunReader::record() {
    const Params p = root_.block("record");
    std::vector<std::string> everyone;
    for (const auto& one : out_.populations) everyone.push_back(one.name);
    for (const std::string& name :
         each_once(p, "spikes",
                   p.texts("spikes", "populations whose spikes are recorded; all if not given", everyone)))
        out_.record_spikes.push_back(population(p, "spikes", name));
    out_.rate_bin = p.number("rate_bin", "ms", 0.0, Check::non_negative,
                             "mean rates of every population are recorded in bins of this; 0 ms: none");
    if (out_.shows && out_.rate_bin > 0.0) p.fail("rate_bin", "0 ms where frames are shown");
    if (out_.rate_bin > 0.0) {
        const double bins = out_.duration / out_.rate_bin;
        check_fits(p, "rate_bin", bins * static_cast<double>(everyone.size()) * sizeof(double),
                   fmt::format("{:.3g} bins of {} populations", bins, everyone.size()));
    }

    std::vector<std::string> known;
    for (const auto& one : out_.projections) known.push_back(one.name);
    for (const std::string& name :
         each_once(p, "weights", p.texts("weights", "projections whose synapses are recorded at the end"))) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            p.fail("weights", fmt::format("some of the projections {}", fmt::join(known, ", ")),
                   fmt::format("\"{}\"", name));
        for (std::size_t k = 0; k < known.size(); ++k)
            if (known[k] == name) out_.record_weights.push_back(k);
    }
    const Params states = p.block("state");
    for (const std::string& name : states.names()) state(states.block(name), name);
}

}  // namespace

RunSettings::RunSettings(const Params& root)
    : seed(static_cast<std::uint64_t>(
          root.integer("seed", 1, Check::non_negative, "of all random numbers: same seed, same bits"))) {
    RunReader reader(root, *this);
    reader.refuse_old_words();
    reader.shows();
    if (!shows || root.is_describing())
        duration = root.number("duration", "ms", std::nullopt, Check::positive,
                               "how long it runs; left out where frames are shown");
    reader.populations();
    reader.projections();
    reader.currents();
    reader.record();
    checkpoint_every_s =
        root.block("checkpoint")
            .number("every", "s (wall)", 20.0, Check::positive, "wall time between checkpoints");
    root.check_all_read();
    resolved = root.resolved();
    keys = root.keys();
    inputs = root.inputs();
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
