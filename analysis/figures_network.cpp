#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "analysis/figures.hpp"
#include "analysis/gnuplot.hpp"
#include "analysis/panels.hpp"

namespace analysis {
namespace {

constexpr double kPanelLeft = 150.0;  // of panels; names stand beside them
constexpr double kWidth = 866.0;      // of panels across the page
constexpr int kPageWidth = 1040;
constexpr double kBelow = 46.0;  // of the axis of time

const char* colour_of(const RecordedNetwork& network, const std::string& population) {
    const auto at = std::ranges::find(network.populations, population, &RecordedPopulation::name);
    return kColourPopulations[static_cast<std::size_t>(at - network.populations.begin()) %
                              std::size(kColourPopulations)];
}

std::string bold(const char* colour) {
    return fmt::format("left font 'DejaVu Sans:Bold,11' tc rgb '{}'", colour);
}
std::string quiet(const std::string& more) {
    return fmt::format("{} font ',10.5' tc rgb '{}'", more, kColourQuiet);
}

/// Times as the axis has them: since the presentation began, or of the stretch; long ones in s.
struct Clock {
    explicit Clock(const RecordedNetwork& network)
        : origin(network.is_shown ? static_cast<double>(network.presentation) * network.T : 0.0),
          scale(network.window.stop - origin >= 10000.0 ? 1e-3 : 1.0),
          words(fmt::format("time{} [{}]", network.is_shown ? " since the presentation began" : "",
                            scale < 1.0 ? "s" : "ms")),
          range(fmt::format("set xrange [{}:{}]", at(network.window.start), at(network.window.stop))) {}

    double at(sim::Time t) const { return (t - origin) * scale; }

    double origin, scale;
    std::string words, range;
};

void label_time(Gnuplot& plot, const Clock& clock) {
    plot << fmt::format("set xlabel '{}' offset 0,0.2 tc rgb '{}'", clock.words, kColourQuiet);
}

/// "presentation 7", "the last 500 ms"
std::string window_words(const RecordedNetwork& network) {
    if (!network.is_shown && network.window.length() >= network.duration)
        return fmt::format("all {:g} ms", network.duration);
    if (!network.is_shown)
        return fmt::format("{:g} ms, from {:g} ms to {:g} ms", network.window.length(), network.window.start,
                           network.window.stop);
    return fmt::format("{}presentation {}",
                       network.window.length() < network.T
                           ? fmt::format("the first {:g} ms of ", network.window.length())
                           : "",
                       network.presentation);
}

// ---- the raster

/// The height that a population has in the raster [px]: larger ones have more, but none has all.
std::vector<double> heights(const std::vector<const RecordedPopulation*>& shown) {
    constexpr double kLeast = 44.0, kAll = 560.0;
    std::vector<double> parts;
    for (const RecordedPopulation* one : shown) parts.push_back(std::sqrt(static_cast<double>(one->size)));
    const double sum = std::accumulate(parts.begin(), parts.end(), 0.0);
    for (double& part : parts)
        part = std::max(kLeast, part / sum * std::min(kAll, 180.0 * static_cast<double>(parts.size())));
    return parts;
}

/// Ticks of the spikes of one population in a panel of that height: time, neuron, their length upwards.
Rows spike_marks(const RecordedPopulation& one, const Clock& clock, double height) {
    const double pitch = height / static_cast<double>(one.size);       // px of a neuron
    const double length = std::clamp(0.8 * pitch, 2.0, 14.0) / pitch;  // [neurons]
    Rows rows;
    for (std::size_t k = 0; k < one.time.size(); ++k)
        rows.push_back(
            {clock.at(one.time[k]), static_cast<double>(one.neuron[k]) - 0.5 * length, 0.0, length});
    return rows;
}

void draw_band(Gnuplot& plot, const RecordedNetwork& network, const RecordedPopulation& one, const Box& box,
               bool is_last) {
    const Clock clock(network);
    const char* colour = colour_of(network, one.name);
    plot.panel(box);
    plot.plain_text(8.0, box.top + 0.5 * box.height - 8.0, one.name, bold(colour));
    plot.plain_text(8.0, box.top + 0.5 * box.height + 9.0, one.kind, quiet("left"));
    plot << clock.range << fmt::format("set yrange [-0.5:{}]", static_cast<double>(one.size) - 0.5);
    plot << (one.size > 1 ? fmt::format("set ytics (0, {})", one.size - 1) : "set ytics (0)");
    if (is_last)
        label_time(plot, clock);
    else
        plot << "set format x ''";
    const Rows marks = spike_marks(one, clock, box.height);
    plot << (marks.empty() ? std::string("plot NaN notitle")
                           : fmt::format("plot {} using 1:2:3:4 with vectors nohead lw 1.1 lc rgb '{}'",
                                         plot.table(marks), colour));
}

// ---- panels side by side

constexpr int kGridAcross = 3;
constexpr double kGridStep = 345.0, kGridWidth = 266.0, kGridHeight = 150.0, kGridRow = 222.0;

Box panel_box(std::size_t k) {
    return {62.0 + static_cast<double>(k % kGridAcross) * kGridStep,
            36.0 + static_cast<double>(k / kGridAcross) * kGridRow, kGridWidth, kGridHeight};
}

int height_of_grid(std::size_t n) {
    return static_cast<int>(36.0 + std::ceil(static_cast<double>(n) / kGridAcross) * kGridRow);
}

double most_of(const std::vector<double>& values) {
    double most = 0.0;
    for (const double value : values)
        if (std::isfinite(value)) most = std::max(most, value);
    return most;
}

void begin_panel(Gnuplot& plot, const Box& box, const std::string& title, const char* colour,
                 const std::string& x_label) {
    plot.panel(box);
    plot.plain_text(box.left - 46.0, box.top - 18.0, title, bold(colour));
    plot << fmt::format("set xlabel '{}' offset 0,0.4 tc rgb '{}'", x_label, kColourQuiet);
}

void from_zero(Gnuplot& plot, double most) {
    plot << fmt::format("set yrange [0:{}]; set ytics {}", most > 0.0 ? 1.05 * most : 1.0,
                        most > 0.0 ? ticks(1.05 * most, 4) : "1");
}

void draw_rate(Gnuplot& plot, const RecordedNetwork& network, const RecordedPopulation& one, const Box& box) {
    const double scale = network.duration >= 10000.0 ? 1e-3 : 1.0;
    std::vector<double> t;
    for (std::size_t k = 0; k < one.rate.size(); ++k)
        t.push_back((static_cast<double>(k) + 0.5) * network.rate_bin * scale);
    const Rows rows = thinned(t, one.rate);
    double most = 0.0;
    for (const auto& row : rows) most = std::max(most, row[1]);
    const char* colour = colour_of(network, one.name);
    begin_panel(plot, box, one.name, colour, scale < 1.0 ? "time [s]" : "time [ms]");
    const double mean =
        std::accumulate(one.rate.begin(), one.rate.end(), 0.0) / static_cast<double>(one.rate.size());
    plot.text(box.left + box.width, box.top - 17.0, fmt::format("Hz, mean {:.4g}", mean), quiet("right"));
    plot << fmt::format("set xrange [0:{}]", network.duration * scale);
    from_zero(plot, most);
    plot << fmt::format("plot {} with lines lw 1.1 lc rgb '{}'", plot.table(rows), colour);
}

void draw_counts(Gnuplot& plot, const RecordedNetwork& network, const RecordedPopulation& one,
                 const Box& box) {
    const auto n = static_cast<double>(one.per_presentation.size());
    const double mean = std::accumulate(one.per_presentation.begin(), one.per_presentation.end(), 0.0) / n;
    const char* colour = colour_of(network, one.name);
    begin_panel(plot, box, one.name, colour, "presentation");
    plot.text(box.left + box.width, box.top - 17.0, fmt::format("spikes, mean {:.4g}", mean), quiet("right"));
    const double first = network.number.front(), last = network.number.back();
    plot << fmt::format("set xrange [{}:{}]; set xtics {}", first - 0.5, last + 0.5,
                        last - first > 4.0 ? ticks(last - first + 1.0) : "1");
    from_zero(plot, most_of(one.per_presentation));
    Rows rows;
    for (std::size_t k = 0; k < one.per_presentation.size(); ++k)
        rows.push_back({network.number[k], one.per_presentation[k]});
    plot << fmt::format(
        "plot {0} with lines lw 1 dt 2 lc rgb '{1}', {2} with points pt 7 ps 0.5 lc rgb '{3}'",
        plot.table({{first - 0.5, mean}, {last + 0.5, mean}}), kColourQuiet, plot.table(rows), colour);
}

// ---- states

constexpr std::size_t kMostTraces = 3;      // of a record
constexpr std::size_t kMostSamples = 4000;  // of a trace
constexpr double kTrace = 84.0, kTraceStep = 104.0, kBetweenRecords = 14.0;

/// Times of the spikes of one neuron in the window.
std::vector<double> spikes_of(const RecordedNetwork& network, const RecordedState& state,
                              std::uint64_t neuron) {
    std::vector<double> times;
    for (const RecordedPopulation& one : network.populations)
        for (std::size_t k = 0; one.name == state.population && k < one.time.size(); ++k)
            if (one.neuron[k] == neuron) times.push_back(one.time[k]);
    return times;
}

Rows trace_of(const RecordedState& state, std::size_t column, const Clock& clock) {
    const std::size_t n = state.n_times(),
                      every = (n + kMostSamples - 1) / std::max<std::size_t>(kMostSamples, 1);
    Rows rows;
    for (std::size_t k = 0; k < n; k += std::max<std::size_t>(every, 1))
        rows.push_back({clock.at(state.first + static_cast<double>(k) * state.step),
                        static_cast<double>(state.data[k * state.neuron.size() + column])});
    return rows;
}

void draw_trace(Gnuplot& plot, const RecordedNetwork& network, const RecordedState& state, std::size_t column,
                const Box& box, bool is_last) {
    const Clock clock(network);
    const char* colour = colour_of(network, state.population);
    const Rows rows = trace_of(state, column, clock);
    double low = rows.front()[1], high = low;
    for (const auto& row : rows) low = std::min(low, row[1]), high = std::max(high, row[1]);
    const double air = high > low ? high - low : std::max(0.1, 0.1 * std::abs(high));
    const double bottom = low - 0.06 * air, top = high + 0.3 * air;  // spikes stand above the trace
    plot.panel(box);
    plot.plain_text(8.0, box.top + 0.5 * box.height - 16.0, state.population, bold(colour));
    plot.plain_text(8.0, box.top + 0.5 * box.height, fmt::format("neuron {}", state.neuron[column]),
                    quiet("left"));
    plot.plain_text(8.0, box.top + 0.5 * box.height + 15.0,
                    state.unit == "1" || state.unit.empty()
                        ? state.variable
                        : fmt::format("{} [{}]", state.variable, state.unit),
                    quiet("left"));
    plot << clock.range << fmt::format("set yrange [{}:{}]; set ytics {}", bottom, top, ticks(1.2 * air, 3));
    if (is_last)
        label_time(plot, clock);
    else
        plot << "set format x ''";
    std::string spikes;
    Rows marks;
    for (const double t : spikes_of(network, state, state.neuron[column]))
        marks.push_back({clock.at(t), high + 0.08 * air, 0.0, 0.18 * air});
    if (!marks.empty())
        spikes = fmt::format(", {} using 1:2:3:4 with vectors nohead lw 1.6 lc rgb '{}'", plot.table(marks),
                             kColourText);
    plot << fmt::format("plot {} with lines lw 1.2 lc rgb '{}'{}", plot.table(rows), colour, spikes);
}

// ---- weights

std::vector<double> edges_of(const std::vector<double>& values, std::size_t n_bins) {
    const auto [low, high] = std::ranges::minmax(values);
    const double from = low, to = high > low ? high : low + std::max(1e-12, std::abs(low));
    std::vector<double> edges;
    for (std::size_t k = 0; k <= n_bins; ++k)
        edges.push_back(from + (to - from) * static_cast<double>(k) / static_cast<double>(n_bins));
    return edges;
}

void draw_weights(Gnuplot& plot, const RecordedNetwork& network, const RecordedWeights& one, const Box& box) {
    constexpr std::size_t kBins = 40;
    const char* colour = colour_of(network, one.to);
    const auto edges = edges_of(one.weight, kBins);
    std::vector<double> percent = fractions(one.weight, edges);
    for (double& x : percent) x *= 100.0;
    begin_panel(plot, box, fmt::format("{}: {} to {}", one.projection, one.from, one.to), colour,
                one.unit == "1" || one.unit.empty() ? "weight" : fmt::format("weight [{}]", one.unit));
    plot.text(box.left + box.width, box.top - 17.0, fmt::format("% of {} synapses", one.weight.size()),
              quiet("right"));
    plot << fmt::format("set xrange [{}:{}]", edges.front(), edges.back());
    from_zero(plot, most_of(percent));
    plot << fmt::format("plot {} using 1:2:3:4:5:6 with boxxyerror fs solid 0.75 noborder lc rgb '{}'",
                        plot.table(bars(edges, percent)), colour);
}

std::string names_of(const std::vector<const RecordedPopulation*>& all) {
    std::string names;
    for (const RecordedPopulation* one : all) names += (names.empty() ? "" : ", ") + one->name;
    return names;
}

template <class Has>
std::vector<const RecordedPopulation*> those_that(const RecordedNetwork& network, Has has) {
    std::vector<const RecordedPopulation*> all;
    for (const RecordedPopulation& one : network.populations)
        if (has(one)) all.push_back(&one);
    return all;
}

}  // namespace

std::optional<Figure> draw_network_raster(const RecordedNetwork& network, const std::filesystem::path& dir) {
    const auto shown = those_that(network, [](const auto& one) { return one.has_spikes; });
    if (shown.empty() || !(network.window.length() > 0.0)) return std::nullopt;
    constexpr double kTop = 14.0, kGap = 12.0;
    const auto height = heights(shown);
    const double all =
        std::accumulate(height.begin(), height.end(), 0.0) + kGap * static_cast<double>(shown.size() - 1);
    Gnuplot plot("raster", kPageWidth, static_cast<int>(kTop + all + kBelow));
    double top = kTop;
    std::size_t n_spikes = 0;
    for (std::size_t k = 0; k < shown.size(); ++k) {
        draw_band(plot, network, *shown[k], {kPanelLeft, top, kWidth, height[k]}, k + 1 == shown.size());
        top += height[k] + kGap;
        n_spikes += shown[k]->time.size();
    }
    plot.draw(dir);
    return Figure{
        "raster",
        "Spikes of all populations",
        fmt::format("{} spikes in {}; a mark a spike, neurons in order of their number from below. Each "
                    "population has its colour on this page.",
                    n_spikes, window_words(network)),
        fmt::format("Spike raster of the populations {}, one above the other.", names_of(shown)),
        plot.width(),
        plot.height()};
}

std::optional<Figure> draw_network_rates(const RecordedNetwork& network, const std::filesystem::path& dir) {
    const auto shown = those_that(network, [&](const auto& one) {
        return network.is_shown ? !one.per_presentation.empty() : !one.rate.empty();
    });
    if (shown.empty()) return std::nullopt;
    Gnuplot plot("rates", kPageWidth, height_of_grid(shown.size()));
    for (std::size_t k = 0; k < shown.size(); ++k)
        network.is_shown ? draw_counts(plot, network, *shown[k], panel_box(k))
                         : draw_rate(plot, network, *shown[k], panel_box(k));
    plot.draw(dir);
    if (network.is_shown)
        return Figure{
            "rates",
            "Spikes per presentation",
            fmt::format("Spikes of all neurons of each population in each of the {} recorded presentations; "
                        "dashed: their mean.",
                        network.number.size()),
            fmt::format("Spikes per presentation of the populations {}.", names_of(shown)),
            plot.width(),
            plot.height()};
    const std::size_t stretch = stretch_of(shown.front()->rate.size());
    return Figure{"rates",
                  "Mean rates",
                  fmt::format("Mean rate of each population’s neurons in bins of {:g} ms.",
                              network.rate_bin * static_cast<double>(stretch)),
                  fmt::format("Mean rates over time of the populations {}.", names_of(shown)),
                  plot.width(),
                  plot.height()};
}

std::optional<Figure> draw_network_states(const RecordedNetwork& network, const std::filesystem::path& dir) {
    std::vector<std::pair<const RecordedState*, std::size_t>> traces;  // record, column
    for (const RecordedState& state : network.states)
        for (std::size_t k = 0; state.n_times() > 0 && k < std::min(kMostTraces, state.neuron.size()); ++k)
            traces.emplace_back(&state, k);
    if (traces.empty()) return std::nullopt;
    const double n_gaps = static_cast<double>(network.states.size());
    Gnuplot plot("states", kPageWidth,
                 static_cast<int>(static_cast<double>(traces.size()) * kTraceStep + n_gaps * kBetweenRecords +
                                  kBelow));
    double top = 14.0;
    for (std::size_t k = 0; k < traces.size(); ++k) {
        const auto& [state, column] = traces[k];
        if (k > 0 && state != traces[k - 1].first) top += kBetweenRecords;
        draw_trace(plot, network, *state, column, {kPanelLeft, top, kWidth, kTrace}, k + 1 == traces.size());
        top += kTraceStep;
    }
    plot.draw(dir);
    return Figure{
        "states",
        "Recorded variables",
        fmt::format("Variables of the first neurons of each record of record.state in {}; the black marks "
                    "above a curve are the spikes of that neuron.",
                    window_words(network)),
        fmt::format("Curves of {} recorded variables over time, with spikes.", traces.size()),
        plot.width(),
        plot.height()};
}

std::optional<Figure> draw_network_weights(const RecordedNetwork& network, const std::filesystem::path& dir) {
    std::vector<const RecordedWeights*> all;
    for (const RecordedWeights& one : network.weights)
        if (!one.weight.empty()) all.push_back(&one);
    if (all.empty()) return std::nullopt;
    Gnuplot plot("weights", kPageWidth, height_of_grid(all.size()));
    std::size_t n = 0;
    for (std::size_t k = 0; k < all.size(); ++k) {
        draw_weights(plot, network, *all[k], panel_box(k));
        n += all[k]->weight.size();
    }
    plot.draw(dir);
    return Figure{
        "weights",
        "Weights at the end of the run",
        fmt::format("Histograms of the weights of {} synapses, those of the projections that record.weights "
                    "names, in the colour of the target.",
                    n),
        fmt::format("Histograms of the weights of {} projections.", all.size()),
        plot.width(),
        plot.height()};
}

}  // namespace analysis
