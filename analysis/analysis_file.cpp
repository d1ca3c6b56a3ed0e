#include "analysis/analysis_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "sim/error.hpp"

namespace analysis {
namespace {

using sim::io::File;
using sim::io::Meaning;
using sim::io::Shape;

/// A property of each neuron and the dataset that holds it.
struct Column {
    const char* name;
    std::vector<double> Tuning::*values;
    Meaning meaning;
};

const std::array<Column, 6>& columns() {
    static const std::array<Column, 6> all{{
        {"/preferred_orientation",
         &Tuning::preferred_orientation,
         {"deg", "half the angle of sum R e^{2 i theta}; NaN where the neuron does not respond"}},
        {"/circular_variance",
         &Tuning::circular_variance,
         {"1", "1 - |sum R e^{2 i theta}| / sum R at the preferred spatial frequency"}},
        {"/half_bandwidth",
         &Tuning::half_bandwidth,
         {"deg", "half width of the tuning curve at 1/sqrt 2 of its peak; NaN where it never falls so low"}},
        {"/orth_pref",
         &Tuning::orth_pref,
         {"1",
          "response at right angles to the orientation of the greatest response over the response at that"}},
        {"/F1_F0",
         &Tuning::F1_F0,
         {"1", "first harmonic over mean of the response to the phases of the best grating"}},
        {"/peak_spatial_frequency",
         &Tuning::peak_spatial_frequency,
         {"cycles/px", "spatial frequency of the greatest response"}},
    }};
    return all;
}

// ---- reading with checks of shape

[[noreturn]] void wrong_shape(const File& file, const std::string& dataset, const Shape& expected) {
    throw sim::IoError(fmt::format("{}: {}: must have shape ({}), has ({})", file.path(), dataset,
                                   fmt::join(expected, ", "), fmt::join(file.shape(dataset), ", ")));
}

template <class T>
std::vector<T> read_shaped(const File& file, const std::string& dataset, const Shape& expected) {
    if (file.shape(dataset) != expected) wrong_shape(file, dataset, expected);
    return file.read<T>(dataset);
}

// ---- gratings and tuning

Shape responses_shape(std::size_t n, const GratingAxes& axes) {
    return {n, axes.orientation.size(), axes.spatial_frequency.size(), axes.phase.size()};
}

void write_gratings(File& file, const GratingAxes& axes) {
    file.write("/gratings/orientation", axes.orientation,
               {"deg", "orientation of the bars, counter-clockwise from horizontal, in [0, 180)"});
    file.write("/gratings/spatial_frequency", axes.spatial_frequency, {"cycles/px", "spatial frequency"});
    file.write("/gratings/phase", axes.phase, {"deg", "phase, in [0, 360)"});
}

GratingAxes read_gratings(const File& file) {
    return {file.read<double>("/gratings/orientation"), file.read<double>("/gratings/spatial_frequency"),
            file.read<double>("/gratings/phase")};
}

void write_responses(File& file, const std::string& group, const GratingResponses& of,
                     const GratingAxes& axes, const std::string& description) {
    file.write(group + "/responses", std::span<const float>(of.responses),
               responses_shape(of.tuning.size(), axes), {"1", description});
    for (const Column& column : columns())
        file.write(group + column.name, of.tuning.*column.values, column.meaning);
    file.write(group + "/responds", of.tuning.responds, {"1", "1 where the neuron responds to gratings"});
}

GratingResponses read_responses(const File& file, const std::string& group, const GratingAxes& axes) {
    GratingResponses result;
    result.tuning.responds = file.read<std::uint8_t>(group + "/responds");
    const std::size_t n = result.tuning.size();
    result.responses = read_shaped<float>(file, group + "/responses", responses_shape(n, axes));
    for (const Column& column : columns())
        result.tuning.*column.values = read_shaped<double>(file, group + column.name, {n});
    return result;
}

// ---- map

std::vector<double> pinwheel_rows(const std::vector<Pinwheel>& pinwheels) {
    std::vector<double> rows;
    for (const Pinwheel& p : pinwheels) rows.insert(rows.end(), {p.row, p.col, static_cast<double>(p.sign)});
    return rows;
}

void write_map(File& file, const MapMeasures& measures) {
    const OrientationMap& map = measures.map;
    const Shape sheet{map.rows, map.cols};
    file.write("/map/orientation", std::span<const double>(map.orientation), sheet,
               {"deg", "smoothed orientation map"});
    file.write("/map/selectivity", std::span<const double>(map.selectivity), sheet,
               {"1", "length of the smoothed vector of e^{2 i theta}"});
    const auto rows = pinwheel_rows(measures.pinwheels);
    file.write("/map/pinwheels", std::span<const double>(rows), {measures.pinwheels.size(), 3},
               {"1", "row, column and sign (+1, -1) of each pinwheel, in sheet units"});
    file.write("/map/spectrum_wavenumber", measures.spectrum.wavenumber,
               {"cycles/unit", "wavenumber of the radial power spectrum of the map"});
    file.write("/map/spectrum_power", measures.spectrum.power, {"1", "its power"});
    const auto attribute = [&](const char* name, const auto& value) {
        file.write_attribute("/map", name, value);
    };
    attribute("source", measures.source);
    attribute("boundary", std::string(map.boundary == Boundary::periodic ? "periodic" : "open"));
    attribute("neighbour_difference_deg", measures.neighbour_difference);
    attribute("wavelength", measures.wavelength);
    attribute("pinwheel_density", measures.pinwheel_density);
    attribute("n_pinwheels", std::uint64_t{measures.pinwheels.size()});
    attribute("smoothing", map.smoothing);
}

Boundary read_boundary(const File& file) {
    const auto name = file.read_attribute<std::string>("/map", "boundary");
    if (name == "open") return Boundary::open;
    if (name == "periodic") return Boundary::periodic;
    throw sim::IoError(
        fmt::format("{}: /map: boundary must be open or periodic, is \"{}\"", file.path(), name));
}

OrientationMap read_orientation_map(const File& file) {
    const Shape sheet = file.shape("/map/orientation");
    if (sheet.size() != 2) throw sim::IoError(file.path() + ": /map/orientation: must have rows and columns");
    return {.rows = sheet[0],
            .cols = sheet[1],
            .boundary = read_boundary(file),
            .smoothing = file.read_attribute<double>("/map", "smoothing"),
            .orientation = file.read<double>("/map/orientation"),
            .selectivity = read_shaped<double>(file, "/map/selectivity", sheet)};
}

std::vector<Pinwheel> read_pinwheels(const File& file) {
    const auto n = file.read_attribute<std::uint64_t>("/map", "n_pinwheels");
    const auto rows = read_shaped<double>(file, "/map/pinwheels", {n, 3});
    std::vector<Pinwheel> result;
    for (std::size_t i = 0; i < rows.size(); i += 3)
        result.push_back({rows[i], rows[i + 1], rows[i + 2] > 0.0 ? 1 : -1});
    return result;
}

Spectrum read_spectrum(const File& file) {
    auto wavenumber = file.read<double>("/map/spectrum_wavenumber");
    const Shape shape{wavenumber.size()};
    return {std::move(wavenumber), read_shaped<double>(file, "/map/spectrum_power", shape)};
}

MapMeasures read_map(const File& file) {
    return {.source = file.read_attribute<std::string>("/map", "source"),
            .map = read_orientation_map(file),
            .pinwheels = read_pinwheels(file),
            .spectrum = read_spectrum(file),
            .neighbour_difference = file.read_attribute<double>("/map", "neighbour_difference_deg"),
            .wavelength = file.read_attribute<double>("/map", "wavelength"),
            .pinwheel_density = file.read_attribute<double>("/map", "pinwheel_density")};
}

// ---- comparison with the macaque

/// One row of numbers per comparison.
template <class Row>
std::vector<double> rows_of(const std::vector<Comparison>& comparisons, Row row) {
    std::vector<double> all;
    for (const Comparison& comparison : comparisons)
        for (const double value : row(comparison)) all.push_back(value);
    return all;
}

std::array<double, 3> as_row(const Interval& interval) {
    return {interval.value, interval.low, interval.high};
}

Interval as_interval(const std::vector<double>& rows, std::size_t i) {
    return {rows[3 * i], rows[3 * i + 1], rows[3 * i + 2]};
}

template <class T, class Get>
std::vector<T> each(const std::vector<Comparison>& comparisons, Get get) {
    std::vector<T> all;
    for (const Comparison& comparison : comparisons) all.push_back(get(comparison));
    return all;
}

void write_comparisons(File& file, const std::vector<Comparison>& all) {
    const std::size_t n = all.size();
    const auto table = [&](const char* name, std::size_t width, const Meaning& meaning, auto row) {
        file.write(name, std::span<const double>(rows_of(all, row)), {n, width}, meaning);
    };
    const auto list = [&](const char* name, const auto& values, const Meaning& meaning) {
        file.write(name, std::span(values), {n}, meaning);
    };
    list("/compare/property", each<std::string>(all, [](const Comparison& c) { return c.property; }),
         {"1", "what is compared with macaque V1"});
    table("/compare/ks", 3, {"1", "Kolmogorov-Smirnov distance, and its bootstrap 95 % interval"},
          [](const Comparison& c) { return as_row(c.ks); });
    table("/compare/wasserstein", 3,
          {"1", "Wasserstein-1 distance in units of the property, and its interval"},
          [](const Comparison& c) { return as_row(c.wasserstein); });
    table("/compare/median", 2, {"1", "median of the model and of the macaque"}, [](const Comparison& c) {
        return std::array{c.median_model, c.median_macaque};
    });
    list("/compare/ceiling", each<double>(all, [](const Comparison& c) { return c.ceiling; }),
         {"1", "Kolmogorov-Smirnov distance expected of as many cells of the macaque itself"});
    list("/compare/n", each<std::uint64_t>(all, [](const Comparison& c) { return c.n; }),
         {"1", "neurons compared"});
    list("/compare/citation", each<std::string>(all, [](const Comparison& c) { return c.citation; }),
         {"1", "paper that the macaque's numbers are from"});
}

std::vector<Comparison> read_comparisons(const File& file) {
    const auto property = file.read<std::string>("/compare/property");
    const std::uint64_t n = property.size();
    const auto ks = read_shaped<double>(file, "/compare/ks", {n, 3});
    const auto wasserstein = read_shaped<double>(file, "/compare/wasserstein", {n, 3});
    const auto medians = read_shaped<double>(file, "/compare/median", {n, 2});
    const auto ceiling = read_shaped<double>(file, "/compare/ceiling", {n});
    const auto cells = read_shaped<std::uint64_t>(file, "/compare/n", {n});
    const auto citation = read_shaped<std::string>(file, "/compare/citation", {n});
    std::vector<Comparison> all;
    for (std::size_t i = 0; i < n; ++i)
        all.push_back({.property = property[i],
                       .citation = citation[i],
                       .ks = as_interval(ks, i),
                       .wasserstein = as_interval(wasserstein, i),
                       .median_model = medians[2 * i],
                       .median_macaque = medians[2 * i + 1],
                       .ceiling = ceiling[i],
                       .n = cells[i]});
    return all;
}

}  // namespace

void write(File& file, const Analysis& analysis) {
    sim::io::mark_striate_file(file, "analysis");
    write_gratings(file, analysis.gratings);
    write_responses(file, "/network", analysis.network, analysis.gratings,
                    "code a of the running network for each grating");
    write_responses(file, "/linear", analysis.linear, analysis.gratings,
                    "[phi_i . s]_+ of the receptive field alone");
    write_map(file, analysis.map);
    write_comparisons(file, analysis.comparisons);
    file.write("/provenance/run", std::span<const std::string>(&analysis.run, 1), {},
               {"1", "path of the run analysed"});
}

Analysis read(const std::string& path) {
    const File file = sim::io::open_striate_file(path, "analysis");
    Analysis analysis;
    analysis.gratings = read_gratings(file);
    analysis.network = read_responses(file, "/network", analysis.gratings);
    analysis.linear = read_responses(file, "/linear", analysis.gratings);
    analysis.map = read_map(file);
    analysis.comparisons = read_comparisons(file);
    analysis.run = read_shaped<std::string>(file, "/provenance/run", {}).at(0);
    return analysis;
}

}  // namespace analysis
