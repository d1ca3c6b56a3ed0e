#include "sim/population_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/coding_population.hpp"
#include "sim/names.hpp"
#include "sim/run_settings.hpp"
#include "sim/size_limit.hpp"

namespace sim {
namespace {

/// One pixel: what keys mean does not depend on what is seen.
constexpr std::size_t kAny = 1;

std::optional<Sheet> read_sheet(const Params& p) {
    if (!p.has("sheet") && !p.is_describing()) return std::nullopt;
    const Params s = p.block("sheet");
    const std::size_t rows = s.count("rows", std::nullopt, "rows of neurons; neuron = row x cols + column");
    const std::size_t cols = s.count("cols", std::nullopt, "columns of neurons");
    const auto boundary =
        s.choice("boundary", {"open", "periodic"}, "open", "whether the sheet's edges meet");
    return Sheet(rows, cols, boundary == "open" ? Boundary::open : Boundary::periodic);
}

/// What a population sees: one of all that any can.
std::string sight_kind(const Params& sees, const std::string& usual) {
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

/// Reads the block of one population.
class Reader {
  public:
    Reader(const Params& root, const std::string& name, const RunSettings& so_far)
        : root_(root), p_(root.block("populations").block(name)), name_(name), so_far_(so_far) {
        if (!is_a_name(name)) p_.fail_here(kNameRule, fmt::format("\"{}\"", name));
        for (const char* taken : {"batch", "number", "set", "frame", "shown"})  // beside it in the file
            if (name == taken) p_.fail_here("under another name, which files have no other use for", name);
    }

    PopulationSettings read();

  private:
    bool is_describing() const { return p_.is_describing(); }
    bool is_shown() const { return so_far_.shows.has_value() || is_describing(); }
    void coding(PopulationSettings& one) const;
    void others(PopulationSettings& one) const;
    void filter(PopulationSettings& one) const;
    Sight sight() const;
    Sight sight_of_another(const Params& sees) const;
    Seen seen(const Sight& sight) const;
    std::optional<ComponentChoice> rule() const;
    void check(const Sight& sight, const NetworkSettings& settings, bool learns,
               const TeachingSettings& teaching) const;

    Params root_, p_;
    std::string name_;
    const RunSettings& so_far_;
};

Sight Reader::sight_of_another(const Params& sees) const {
    const Params other = sees.block("population");
    Sight sight{Sight::Of::population};
    const std::string from = other.text("from", std::nullopt, "population that it sees");
    sight.weight = other.number("weight", "1", 0.1, Check::positive,
                                "jump of u per spike and unit of Phi: the q of the sender, in units of the "
                                "own tau");
    sight.delay = other.number("delay", "ms", 1.0, Check::positive, "from a spike to its arrival");
    if (is_describing()) return sight;
    std::vector<std::string> known;
    for (const PopulationSettings& one : so_far_.populations) {
        known.push_back(one.name);
        if (one.name != from) continue;
        if (!one.codes) other.fail("from", "a population that codes");
        sight.from = one.number;
        return sight;
    }
    other.fail("from", fmt::format("one of the populations {}", fmt::join(known, ", ")),
               fmt::format("\"{}\"", from));
}

Sight Reader::sight() const {
    const Params sees = p_.block("sees");
    const std::string of = sight_kind(sees, is_shown() ? "frame" : "nothing");
    if (Registry<Filter>::instance().entries().contains(of))
        sees.fail("kind", "frame, population or nothing for a population that codes",
                  fmt::format("\"{}\"", of));
    if (of == "frame" && !is_shown()) sees.fail("kind", "population or nothing, where nothing is shown");
    if (of == "population" && !is_shown()) sees.fail("kind", "nothing where nothing is shown");
    if (of == "population" || is_describing()) return sight_of_another(sees);
    return {of == "frame" ? Sight::Of::frame : Sight::Of::nothing};
}

Seen Reader::seen(const Sight& sight) const {
    const auto number = static_cast<std::uint32_t>(so_far_.populations.size());
    Seen seen{so_far_.seed, number, {kAny, kAny, 0.0, 0.0, {}}, {}, {so_far_.seed, 1.0, 0.0, kAny, kAny},
              {100.0, 30.0}};
    if (is_describing()) return seen;
    if (so_far_.shows) seen.presentation = so_far_.shows->presentation;
    if (sight.of == Sight::Of::population) {
        const PopulationSettings& from = so_far_.populations[sight.from];
        const Sheet& sheet = from.codes->network.sheet();
        seen.frame.height = sheet.rows(), seen.frame.width = sheet.cols();
    } else if (so_far_.shows) {
        seen.frame = so_far_.shows->frame;
    } else {
        seen.frame = read_frame(root_);
    }
    if (sight.of == Sight::Of::frame)
        seen.senses = so_far_.shows->senses, seen.reception = so_far_.shows->reception;
    return seen;
}

std::optional<ComponentChoice> Reader::rule() const {
    if (!p_.has("plasticity") && !is_describing()) return std::nullopt;
    const Params block = p_.block("plasticity");
    return ComponentChoice{block, Registry<Plasticity>::instance().kind(
                                      block, p_.has("kernels") ? "shared_hebbian" : "residual_hebbian")};
}

void Reader::check(const Sight& sight, const NetworkSettings& settings, bool learns,
                   const TeachingSettings& teaching) const {
    if (learns && !so_far_.shows) p_.fail("plasticity", "left out where nothing is shown");
    if (learns && sight.of == Sight::Of::nothing)
        p_.fail("plasticity", "left out where it sees nothing to learn from");
    if (teaching.is_on() && sight.of != Sight::Of::frame)
        p_.fail("teaching", "left out where it sees no frames");
    if (settings.kernels && sight.of == Sight::Of::population)
        check_fits(
            p_.block("kernels"), "stride",
            static_cast<double>(settings.size()) *
                static_cast<double>(settings.geometry.height * settings.geometry.width) * sizeof(float),
            fmt::format("the fields of {} neurons, one weight for each neuron they see,", settings.size()));
    if (teaching.is_on() && settings.kernels) p_.fail("teaching", "left out where kernels are shared");
    const bool is_plain = settings.objective.kind == Objective::Kind::l1 && !settings.objective.is_signed;
    if (sight.of != Sight::Of::frame && !is_plain)
        p_.block("objective").fail_here("l1 and unsigned where it sees no frames", "another");
    if (settings.channels.size() > 0 && sight.of != Sight::Of::frame)
        p_.fail("channels", "left out where it sees no frames");
    const bool sees_whole_frames = sight.of == Sight::Of::frame && settings.geometry.R == 0.0 &&
                                   !settings.kernels && settings.senses.empty() &&
                                   settings.channels.size() == 0;
    if (settings.starts_from_frames && !sees_whole_frames)
        p_.block("fields").fail("kind",
                                "noise or run but where each neuron sees the whole frame, without windows "
                                "(receptive_field.R), kernels, senses or channels");
    if (settings.has_fields) return;
    if (sight.of != Sight::Of::nothing || learns || settings.kernels)
        p_.block("fields").fail("kind",
                                "noise or run where it sees something, learns fields or shares kernels");
    if (settings.objective.delta == 0.0)
        p_.block("objective")
            .fail("delta", "above 0 without fields: it is all that holds a neuron's activity");
}

/// What a population that codes sees, and its fields.
void Reader::coding(PopulationSettings& one) const {
    one.sight = sight();
    const Params fields = p_.block("fields");
    one.fields_file =
        fields.file("file", "", "run whose learned fields and thresholds it starts from; none: noise");
    one.fields_population = fields.text("population", "v1", "population of that run");
    NetworkSettings settings(p_, name_, seen(one.sight));
    const std::string usual = one.fields_file.empty() ? "noise" : "run";
    const std::string kind = fields.choice(
        "kind", {"noise", "frames", "run", "none"}, usual,
        "noise, to learn from; frames: each the next of the training frames, as it is seen; run: of "
        "fields.file; none: projections alone reach it, and its neurons reach each other through the "
        "coupling alone");
    if ((kind == "run") != (usual == "run"))
        fields.fail("kind", "run where fields.file is given, and only there");
    settings.has_fields = kind != "none";
    settings.starts_from_frames = kind == "frames";
    settings.is_lateral_delayed =
        p_.choice("lateral", {"at_once", "delayed"}, "at_once",
                  "whether its neurons reach each other at once, or through a projection to itself "
                  "(connect.kind lateral)") == "delayed";
    if (!settings.has_fields) settings.geometry = {1, 1, 0.0, 0.0, {}};
    const auto learned_by = rule();
    const HomeostasisSettings homeostasis(p_, settings.neurons());
    one.size = settings.size();
    if (!settings.kernels) one.sheet = Sheet(settings.rows, settings.cols, settings.boundary);
    const TeachingSettings teaching(p_, one.size);
    if (is_describing()) return;
    check(one.sight, settings, learned_by.has_value(), teaching);
    one.codes = std::make_unique<CodingSheet>(settings, learned_by, homeostasis, teaching,
                                              so_far_.shows ? so_far_.shows->batches : 0);
    one.codes->is_driven_by_stills_alone =
        one.sight.of == Sight::Of::frame && so_far_.shows && so_far_.shows->presentation.n_frames == 1;
    if (!learned_by && !one.codes->network.solves_program())
        p_.fail("plasticity", "there: a population of this kind has no weights but those it learns");
}

/// Neurons that do not code, and sources.
void Reader::others(PopulationSettings& one) const {
    constexpr std::size_t kMost = 0xFFFFFFFF;  // neurons are numbered in 32 bits
    constexpr double kLeastOfNeuron = 32.0;    // bytes
    one.sheet = read_sheet(p_);
    const auto of_sheet = one.sheet && !is_describing() ? std::optional(one.sheet->size()) : std::nullopt;
    one.size = p_.count("size", of_sheet, "neurons; rows x cols of a sheet if there is one");
    if (one.size > kMost) p_.fail("size", fmt::format("at most {}", kMost));
    if (of_sheet && one.size != *of_sheet)
        p_.fail("size", fmt::format("rows x cols of the sheet, {}", *of_sheet));
    check_fits(p_, "size", static_cast<double>(one.size) * kLeastOfNeuron,
               fmt::format("{} neurons", one.size));
}

/// What others see, through a filter.
void Reader::filter(PopulationSettings& one) const {
    if (!p_.has("sees") && !is_describing()) return;
    const Params sees = p_.block("sees");
    const std::string kind = sight_kind(sees, "nothing");
    if (is_describing() || kind == "nothing") return;
    if (!Registry<Filter>::instance().entries().contains(kind))
        sees.fail("kind", "a filter, or nothing, for a population that does not code",
                  fmt::format("\"{}\"", kind));
    if (!so_far_.shows) p_.fail("sees", "left out where nothing is shown");
    if (!one.sheet) p_.fail("sees", "of a population on a sheet");
    if (one.cells->current_unit().empty()) p_.fail("sees", "of a kind that current can flow into");
    const FieldGeometry& frame = so_far_.shows->frame;
    one.filter =
        Registry<Filter>::instance().make(kind, sees, {frame.height, frame.width, &*one.sheet, so_far_.seed});
}

PopulationSettings Reader::read() {
    const std::string kind = kind_among<Population, Neurons>(p_, so_far_.shows ? "slca" : "lif_delta");
    const auto number = static_cast<std::uint32_t>(so_far_.populations.size());
    PopulationSettings one{name_, kind, 0, std::nullopt, p_, number};
    const bool codes = Registry<Neurons>::instance().entries().contains(kind);
    if (codes || is_describing()) coding(one);
    if (!codes || is_describing()) others(one);
    if (!is_describing()) one.cells = one.make(so_far_.seed);
    if (one.cells) one.n_cells = one.cells->size(), one.has_graded_spikes = one.cells->has_graded_spikes();
    if (!codes || is_describing()) filter(one);
    return one;
}

}  // namespace

PopulationSettings read_population(const Params& root, const std::string& name, const RunSettings& so_far) {
    return Reader(root, name, so_far).read();
}

std::unique_ptr<Population> PopulationSettings::make(std::uint64_t seed, std::uint32_t first,
                                                     std::size_t n) const {
    if (!codes) return Registry<Population>::instance().make(kind, block, {n, seed, number, first, size});
    return codes->network.neurons().population(codes->network.program);
}

}  // namespace sim
