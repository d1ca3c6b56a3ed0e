// What a config says of currents that are injected, and of what is recorded.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/run_reader.hpp"
#include "sim/size_limit.hpp"

namespace sim {

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
    // What was learned from presentations is part of the network that is tested later.
    for (std::size_t k = 0; k < out_.projections.size(); ++k)
        if (out_.shows && out_.projections[k].plasticity &&
            std::ranges::find(out_.record_weights, k) == out_.record_weights.end())
            out_.record_weights.push_back(k);
    const Params states = p.block("state");
    for (const std::string& name : states.names()) state(states.block(name), name);
}

}  // namespace sim
