#include "sim/circuit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/size_limit.hpp"

namespace sim {

bool is_circuit(const Params& root) { return root.has("populations"); }

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

/// Reads the blocks of a circuit in turn; later blocks name what stands in earlier ones.
class Reader {
  public:
    Reader(const Params& root, CircuitSettings& circuit)
        : root_(root), out_(circuit), is_describing_(root.is_describing()) {}

    void shows();
    void populations();
    void projections();
    void currents();
    void record();

  private:
    std::optional<Sheet> sheet(const Params& p) const;
    void coding_population(const Params& p, CircuitPopulation& one);
    void filter(const Params& p, CircuitPopulation& one) const;
    static std::string sight_kind(const Params& sees, const std::string& usual);
    std::uint32_t population(const Params& p, const std::string& key, const std::string& name) const;
    std::vector<std::uint32_t> neurons(const Params& p, std::uint32_t of) const;
    CutNormal cut_normal(const Params& p, const std::string& key, const std::string& unit,
                         std::optional<double> mean, Check check, const std::string& doc) const;
    void projection(const Params& p, const std::string& name, const std::string& to);
    void weights_and_delays(const Params& p, CircuitProjection& one) const;
    void plasticity(const Params& p, CircuitProjection& one) const;
    void state(const Params& p, const std::string& name);
    std::string target_unit(const Params& p, const std::string& key, const std::string& unit) const;
    const Population& cells(std::uint32_t number) const { return *out_.populations[number].cells; }

    Params root_;
    CircuitSettings& out_;
    bool is_describing_;
};

std::optional<Sheet> Reader::sheet(const Params& p) const {
    if (!p.has("sheet") && !is_describing_) return std::nullopt;
    const Params s = p.block("sheet");
    const std::size_t rows = s.count("rows", std::nullopt, "rows of neurons; neuron = row x cols + column");
    const std::size_t cols = s.count("cols", std::nullopt, "columns of neurons");
    const auto boundary =
        s.choice("boundary", {"open", "periodic"}, "open", "whether the sheet's edges meet");
    return Sheet(rows, cols, boundary == "open" ? Boundary::open : Boundary::periodic);
}

/// What a population sees: one of all that any can.
std::string Reader::sight_kind(const Params& sees, const std::string& usual) {
    const auto& filters = Registry<Filter>::instance();
    std::vector<std::string> kinds{"frame", "population", "nothing"};
    for (const std::string& name : filters.names()) kinds.push_back(name);
    const std::string chosen = sees.choice("kind", kinds, usual,
                                           "of a kind that codes: frame, what is shown (the default where "
                                           "frames are); population, the spikes of "
                                           "another, through its fields; nothing, what projections bring "
                                           "alone. Of others: a filter, or nothing");
    for (const auto& [name, entry] : filters.entries())
        if (name == chosen || sees.has(name)) entry.read(sees.block(name));
    return chosen;
}

/// What a population that codes sees, and its fields.
void Reader::coding_population(const Params& p, CircuitPopulation& one) {
    const Params sees = p.block("sees"), other = sees.block("population");
    const bool is_shown = out_.shows.has_value() || is_describing_;
    const std::string of = sight_kind(sees, is_shown ? "frame" : "nothing");
    if (Registry<Filter>::instance().entries().contains(of))
        sees.fail("kind", "frame, population or nothing for a population that codes",
                  fmt::format("\"{}\"", of));
    FieldGeometry frame{};
    if (of == "frame") {
        if (!is_shown) sees.fail("kind", "population or nothing, where nothing is shown");
        one.sight.of = Sight::Of::frame;
        frame = out_.shows ? out_.shows->frame : FieldGeometry{1, 1, 0.0, 0.0, {}};
    }
    if (of == "population" || is_describing_) {
        one.sight.of = Sight::Of::population;
        one.sight.from =
            population(other, "from", other.text("from", std::nullopt, "population that it sees"));
        one.sight.weight =
            other.number("weight", "1", 0.1, Check::positive,
                         "jump of u per spike and unit of Phi: the q of the sender, in units of the "
                         "own tau");
        one.sight.delay = other.number("delay", "ms", 1.0, Check::positive, "from a spike to its arrival");
        if (!is_describing_) {
            const CircuitPopulation& from = out_.populations[one.sight.from];
            frame = {from.sheet ? from.sheet->rows() : 1,
                     from.sheet ? from.sheet->cols() : from.size,
                     0.0,
                     0.0,
                     {}};
        }
    }
    const Params fields = p.block("fields");
    const std::string file =
        fields.file("file", "", "run whose learned fields and thresholds it starts from; none: noise");
    const std::string whose = fields.text("population", "v1", "population of that run");
    if (of == "nothing" && !is_describing_) frame = out_.shows ? out_.shows->frame : read_frame(root_);
    if (is_describing_) frame = {1, 1, 0.0, 0.0, {}};
    const Presentation shown = out_.shows ? out_.shows->presentation : Presentation{100.0, 30.0};
    NetworkSettings settings(root_, p, one.name, frame, shown);
    settings.is_lateral_delayed =
        p.choice("lateral", {"at_once", "delayed"}, "at_once",
                 "whether its neurons reach each other at once, or through a projection to itself "
                 "(connect.kind lateral)") == "delayed";
    std::optional<ComponentChoice> rule;
    if (p.has("plasticity") || is_describing_)
        rule = {p.block("plasticity"),
                Registry<Plasticity>::instance().kind(p.block("plasticity"), "residual_hebbian")};
    const HomeostasisSettings homeostasis(p);
    one.size = settings.rows * settings.cols;
    one.sheet = Sheet(settings.rows, settings.cols, settings.boundary);
    if (is_describing_) return;
    if (rule && !out_.shows) p.fail("plasticity", "left out where nothing is shown");
    if (!rule && homeostasis.rate > 0.0)
        p.block("homeostasis").fail("rate", "0 without a block plasticity: then nothing is learned");
    const bool is_plain = settings.objective.kind == Objective::Kind::l1 && !settings.objective.is_signed;
    if (of != "frame" && !is_plain)
        p.block("objective").fail_here("l1 and unsigned where it sees no frames", "another");
    if (of == "population" && !out_.populations[one.sight.from].codes)
        other.fail("from", "a population that codes");
    if (of == "population" && !out_.shows) sees.fail("kind", "nothing where nothing is shown");
    one.codes =
        std::make_unique<CodingSheet>(settings, rule, homeostasis, out_.shows ? out_.shows->batches : 0);
    if (!rule && !one.codes->network.solves_program())
        p.fail("plasticity", "there: a population of this kind has no weights but those it learns");
    one.codes->randomise();
    one.fields_file = file;
    one.fields_population = whose;
}

/// What others see, through a filter.
void Reader::filter(const Params& p, CircuitPopulation& one) const {
    if (!p.has("sees") && !is_describing_) return;
    const Params sees = p.block("sees");
    const std::string kind = sight_kind(sees, "nothing");
    if (is_describing_ || kind == "nothing") return;
    if (!Registry<Filter>::instance().entries().contains(kind))
        sees.fail("kind", "a filter, or nothing, for a population that does not code",
                  fmt::format("\"{}\"", kind));
    if (!out_.shows) p.fail("sees", "left out where nothing is shown");
    if (!one.sheet) p.fail("sees", "of a population on a sheet");
    if (one.cells->current_unit().empty()) p.fail("sees", "of a kind that current can flow into");
    one.filter = Registry<Filter>::instance().make(
        kind, sees, {out_.shows->frame.height, out_.shows->frame.width, &*one.sheet, out_.seed});
}

/// Frames, if the config has any.
void Reader::shows() {
    if (!root_.has("stimulus") && !root_.has("presentation") && !is_describing_) return;
    if (root_.has("duration") && !is_describing_)
        root_.fail("duration", "left out where frames are shown: presentation.T says how long each is");
    const Params stimulus = root_.block("stimulus"), frame = root_.block("frame"),
                 learning = root_.block("learning"), record = root_.block("record");
    Shows shows{read_frame(root_),
                read_presentation(root_),
                {stimulus, Registry<Stimulus>::instance().kind(stimulus, "natural_patches")},
                {out_.seed, 1.0, 0.0},
                0,
                0,
                0,
                0};
    shows.reception = read_reception(root_, out_.seed);
    shows.batches = static_cast<std::size_t>(
        learning.integer("batches", 0, Check::non_negative, "batches to learn from"));
    shows.batch_size = learning.count("batch_size", 20, "frames of a batch, shown side by side");
    shows.held_out =
        learning.count("held_out", 100, "frames shown at the end, never learned from, and recorded");
    shows.record_every = static_cast<std::size_t>(record.integer(
        "every", 0, Check::non_negative,
        "spikes and codes of every so-manieth batch are recorded too; 0: of held-out frames only"));
    out_.duration = shows.presentation.T;
    out_.shows = std::move(shows);
}

void Reader::populations() {
    constexpr std::size_t kMost = 0xFFFFFFFF;  // neurons are numbered in 32 bits
    constexpr double kLeastOfNeuron = 32.0;    // bytes
    const Params blocks = root_.block("populations");
    if (blocks.names().empty()) root_.fail("populations", "at least one population");
    for (const std::string& name : blocks.names()) {
        const Params p = blocks.block(name);
        const std::string kind = kind_among<Population, Neurons>(p, "lif_delta");
        const auto number = static_cast<std::uint32_t>(out_.populations.size());
        CircuitPopulation one{name, kind, 0, std::nullopt, p, number};
        const bool codes = Registry<Neurons>::instance().entries().contains(kind);
        if (codes || is_describing_) coding_population(p, one);
        if (!codes) {
            one.sheet = sheet(p);
            const auto of_sheet =
                one.sheet && !is_describing_ ? std::optional(one.sheet->size()) : std::nullopt;
            one.size = p.count("size", of_sheet, "neurons; rows x cols of a sheet if there is one");
            if (one.size > kMost) p.fail("size", fmt::format("at most {}", kMost));
            if (of_sheet && one.size != *of_sheet)
                p.fail("size", fmt::format("rows x cols of the sheet, {}", *of_sheet));
            check_fits(p, "size", static_cast<double>(one.size) * kLeastOfNeuron,
                       fmt::format("{} neurons", one.size));
        }
        if (!is_describing_) one.cells = one.make(out_.seed);
        if (one.cells) one.n_cells = one.cells->size();
        if (!codes) filter(p, one);
        out_.populations.push_back(std::move(one));
    }
}

std::uint32_t Reader::population(const Params& p, const std::string& key, const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& one : out_.populations) known.push_back(one.name);
    const auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end() && !is_describing_)
        p.fail(key, fmt::format("one of the populations {}", fmt::join(known, ", ")),
               fmt::format("\"{}\"", name));
    return is_describing_ ? 0 : static_cast<std::uint32_t>(at - known.begin());
}

std::vector<std::uint32_t> Reader::neurons(const Params& p, std::uint32_t of) const {
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
std::string Reader::target_unit(const Params& p, const std::string& key, const std::string& unit) const {
    if (is_describing_) return "mV";
    if (unit.empty()) p.fail(key, "a population of neurons that have inputs, no source");
    return unit;
}

CutNormal Reader::cut_normal(const Params& p, const std::string& key, const std::string& unit,
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

void Reader::weights_and_delays(const Params& p, CircuitProjection& one) const {
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

void Reader::plasticity(const Params& p, CircuitProjection& one) const {
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

void Reader::projection(const Params& p, const std::string& name, const std::string& to) {
    CircuitProjection one;
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
             target.codes ? &target.codes->network : nullptr});
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

void Reader::projections() {
    const Params blocks = root_.block("projections");
    for (const std::string& name : blocks.names()) {
        const Params p = blocks.block(name);
        auto targets = p.texts("to", "population its spikes reach, or several");
        if (is_describing_) targets = {"NAME"};
        if (targets.empty()) p.fail("to", "a population");
        for (const std::string& to : each_once(p, "to", targets)) projection(p, name, to);
    }
}

void Reader::currents() {
    const Params blocks = root_.block("currents");
    std::set<std::pair<std::uint32_t, std::uint32_t>> taken;
    for (const std::string& name : blocks.names()) {
        const Params p = blocks.block(name);
        CircuitCurrent one;
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

void Reader::state(const Params& p, const std::string& name) {
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

void Reader::record() {
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

std::unique_ptr<Population> CircuitPopulation::make(std::uint64_t seed, std::uint32_t first,
                                                    std::size_t n) const {
    if (!codes) return Registry<Population>::instance().make(kind, block, {n, seed, number, first, size});
    return codes->network.neurons().population(codes->network.program);
}

CircuitSettings::CircuitSettings(const Params& root)
    : seed(static_cast<std::uint64_t>(
          root.integer("seed", 1, Check::non_negative, "of all random numbers: same seed, same bits"))) {
    Reader reader(root, *this);
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

}  // namespace sim
