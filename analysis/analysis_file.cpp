#include "analysis/analysis_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "analysis/recordings_file.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

using sim::io::File;
using sim::io::kAny;
using sim::io::Meaning;
using sim::io::Shape;

/// A property of each neuron and the dataset that holds it.
struct Column {
    const char* name;
    std::vector<double> Tuning::*values;
    Meaning meaning;
};

const std::array<Column, 9>& columns() {
    static const std::array<Column, 9> all{{
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
        {"/OSI", &Tuning::OSI, {"1", "(R_pref - R_orth) / (R_pref + R_orth)"}},
        {"/frequency_bandwidth",
         &Tuning::frequency_bandwidth,
         {"octaves",
          "width of the spatial frequency curve at half its peak; NaN if one side never falls so low"}},
        {"/schiller_index",
         &Tuning::schiller_index,
         {"1", "100 f_low / f_high at 1/sqrt 2 of the peak of the spatial frequency curve; NaN as above"}},
    }};
    return all;
}

// ---- tuning

void write_responses(File& file, const std::string& group, const GratingResponses& of,
                     const GratingAxes& axes, const Meaning& meaning) {
    if (of.responses.empty()) return;  // of neurons without fields
    file.write(group + "/responses", std::span<const float>(of.responses),
               responses_shape(of.tuning.size(), axes), meaning);
    for (const Column& column : columns())
        file.write(group + column.name, of.tuning.*column.values, column.meaning);
    file.write(group + "/responds", of.tuning.responds, {"1", "1 where the neuron responds to gratings"});
}

GratingResponses read_responses(const File& file, const std::string& group, const GratingAxes& axes) {
    GratingResponses result;
    if (!file.exists(group)) return result;
    result.tuning.responds = file.read<std::uint8_t>(group + "/responds", {kAny});
    const std::size_t n = result.tuning.size();
    result.responses = file.read<float>(group + "/responses", responses_shape(n, axes));
    for (const Column& column : columns())
        result.tuning.*column.values = file.read<double>(group + column.name, {n});
    return result;
}

std::uint64_t n_neurons(const File& file) { return file.shape("/network/responds").at(0); }

// ---- measures

void write_measures(File& file, const Analysis& analysis) {
    const std::size_t n_in_tuning = properties(analysis.compared()).size();  // these stand in /network
    for (std::size_t k = n_in_tuning; k < analysis.properties.size(); ++k) {
        const Property& property = analysis.properties[k];
        file.write("/properties/" + property.name, property.values, {property.units, property.description});
    }
    for (const Measure& measure : analysis.summary)
        file.write("/summary/" + measure.name, std::span<const double>(&measure.value, 1), {},
                   {measure.units, measure.description});
}

void read_measures(const File& file, Analysis& analysis) {
    analysis.properties = properties(analysis.compared());
    const auto about = [&](const std::string& path, const char* name) {
        return file.read_attribute<std::string>(path, name);
    };
    const auto names_in = [&](const std::string& group) {
        return file.exists(group) ? file.children(group) : std::vector<std::string>{};
    };
    for (const std::string& name : names_in("/properties")) {
        const std::string path = "/properties/" + name;
        analysis.properties.push_back({name, about(path, "units"), file.read<double>(path, {n_neurons(file)}),
                                       about(path, "description")});
    }
    for (const std::string& name : names_in("/summary")) {
        const std::string path = "/summary/" + name;
        analysis.summary.push_back(
            {name, about(path, "units"), about(path, "description"), file.read<double>(path, {}).at(0)});
    }
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
    std::vector<double> smoothings, densities;
    for (const SmoothedDensity& at : measures.densities)
        smoothings.push_back(at.smoothing), densities.push_back(at.density);
    file.write("/map/smoothings", smoothings, {"1", "of the map, in sheet units"});
    file.write(
        "/map/densities", densities,
        {"1",
         "pinwheels per squared wavelength under each; the wavelength is that of the map as it is shown"});
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
            .orientation = file.read<double>("/map/orientation", sheet),
            .selectivity = file.read<double>("/map/selectivity", sheet)};
}

std::vector<Pinwheel> read_pinwheels(const File& file) {
    const auto n = file.read_attribute<std::uint64_t>("/map", "n_pinwheels");
    const auto rows = file.read<double>("/map/pinwheels", {n, 3});
    std::vector<Pinwheel> result;
    for (std::size_t i = 0; i < rows.size(); i += 3)
        result.push_back({rows[i], rows[i + 1], rows[i + 2] > 0.0 ? 1 : -1});
    return result;
}

Spectrum read_spectrum(const File& file) {
    auto wavenumber = file.read<double>("/map/spectrum_wavenumber", {kAny});
    const Shape shape{wavenumber.size()};
    return {std::move(wavenumber), file.read<double>("/map/spectrum_power", shape)};
}

std::vector<SmoothedDensity> read_densities(const File& file) {
    const auto smoothings = file.read<double>("/map/smoothings", {kAny});
    const auto densities = file.read<double>("/map/densities", {smoothings.size()});
    std::vector<SmoothedDensity> all;
    for (std::size_t k = 0; k < smoothings.size(); ++k) all.push_back({smoothings[k], densities[k]});
    return all;
}

MapMeasures read_map(const File& file) {
    return {.source = file.read_attribute<std::string>("/map", "source"),
            .map = read_orientation_map(file),
            .pinwheels = read_pinwheels(file),
            .spectrum = read_spectrum(file),
            .neighbour_difference = file.read_attribute<double>("/map", "neighbour_difference_deg"),
            .wavelength = file.read_attribute<double>("/map", "wavelength"),
            .pinwheel_density = file.read_attribute<double>("/map", "pinwheel_density"),
            .densities = read_densities(file)};
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
    table("/compare/similarity", 3,
          {"1", "1 - KS / KS_max in the bins of the reference, and its bootstrap 95 % interval"},
          [](const Comparison& c) { return as_row(c.similarity); });
    table("/compare/similarity_ceiling", 3, {"1", "similarity of the macaque with itself, and its interval"},
          [](const Comparison& c) { return as_row(c.similarity_ceiling); });
    list("/compare/p_value", each<double>(all, [](const Comparison& c) { return c.p_value; }),
         {"1",
          "of so great a distance between n_effective and n_macaque cells, were both from one distribution"});
    list("/compare/reference", each<std::string>(all, [](const Comparison& c) { return c.reference; }),
         {"1", "name of the reference"});
    list("/compare/cells", each<std::string>(all, [](const Comparison& c) { return c.cells; }),
         {"1", "which cells: all, simple, complex, ..."});
    list("/compare/units", each<std::string>(all, [](const Comparison& c) { return c.units; }),
         {"1", "of the reference's median"});
    list("/compare/n_effective", each<double>(all, [](const Comparison& c) { return c.n_effective; }),
         {"1", "independent neurons that tell as much, as neighbours are alike"});
    list("/compare/n_macaque", each<std::uint64_t>(all, [](const Comparison& c) { return c.n_macaque; }),
         {"1", "cells of the reference"});
    list("/compare/scaled",
         each<std::uint8_t>(all, [](const Comparison& c) -> std::uint8_t { return c.scaled ? 1 : 0; }),
         {"1", "1 where both were divided by their medians"});
    list("/compare/citation", each<std::string>(all, [](const Comparison& c) { return c.citation; }),
         {"1", "paper that the macaque's numbers are from"});
}

std::vector<Comparison> read_comparisons(const File& file) {
    const auto property = file.read<std::string>("/compare/property", {kAny});
    const std::uint64_t n = property.size();
    const auto ks = file.read<double>("/compare/ks", {n, 3});
    const auto wasserstein = file.read<double>("/compare/wasserstein", {n, 3});
    const auto medians = file.read<double>("/compare/median", {n, 2});
    const auto ceiling = file.read<double>("/compare/ceiling", {n});
    const auto cells = file.read<std::uint64_t>("/compare/n", {n});
    const auto citation = file.read<std::string>("/compare/citation", {n});
    const auto similarity = file.read<double>("/compare/similarity", {n, 3});
    const auto similarity_ceiling = file.read<double>("/compare/similarity_ceiling", {n, 3});
    const auto p_value = file.read<double>("/compare/p_value", {n});
    const auto reference = file.read<std::string>("/compare/reference", {n});
    const auto kind = file.read<std::string>("/compare/cells", {n});
    const auto units = file.read<std::string>("/compare/units", {n});
    const auto n_effective = file.read<double>("/compare/n_effective", {n});
    const auto n_macaque = file.read<std::uint64_t>("/compare/n_macaque", {n});
    const auto scaled = file.read<std::uint8_t>("/compare/scaled", {n});
    std::vector<Comparison> all;
    for (std::size_t i = 0; i < n; ++i)
        all.push_back({.property = property[i],
                       .citation = citation[i],
                       .ks = as_interval(ks, i),
                       .wasserstein = as_interval(wasserstein, i),
                       .median_model = medians[2 * i],
                       .median_macaque = medians[2 * i + 1],
                       .ceiling = ceiling[i],
                       .n = cells[i],
                       .n_effective = n_effective[i],
                       .reference = reference[i],
                       .cells = kind[i],
                       .units = units[i],
                       .n_macaque = n_macaque[i],
                       .similarity = as_interval(similarity, i),
                       .similarity_ceiling = as_interval(similarity_ceiling, i),
                       .p_value = p_value[i],
                       .scaled = scaled[i] != 0});
    return all;
}

void write_shapes(File& file, const ShapeComparison& shapes) {
    const std::array<double, 3> kl = as_row(shapes.kl);
    const std::uint64_t n = shapes.n;
    file.write(
        "/shapes/kl", std::span<const double>(kl), {kl.size()},
        {"nat", "KL(macaque || model) of the joint counts of nx and ny, and its bootstrap 95 % interval"});
    file.write("/shapes/ceiling", std::span<const double>(&shapes.ceiling, 1), {},
               {"nat", "the same expected of as many cells of the macaque itself"});
    file.write("/shapes/n", std::span<const std::uint64_t>(&n, 1), {}, {"1", "neurons whose shape is known"});
    file.write("/shapes/citation", std::span<const std::string>(&shapes.citation, 1), {},
               {"1", "paper that the macaque's numbers are from"});
}

ShapeComparison read_shapes(const File& file) {
    return {.citation = file.read<std::string>("/shapes/citation", {}).at(0),
            .kl = as_interval(file.read<double>("/shapes/kl", {3}), 0),
            .ceiling = file.read<double>("/shapes/ceiling", {}).at(0),
            .n = file.read<std::uint64_t>("/shapes/n", {}).at(0)};
}

}  // namespace

void write(File& file, const Analysis& analysis) {
    sim::io::mark_striate_file(file, "analysis");
    write_gratings(file, analysis.gratings);
    write_responses(file, "/network", analysis.network, analysis.gratings,
                    network_responses(analysis.response_units));
    write_responses(file, "/linear", analysis.linear, analysis.gratings, kLinearResponses);
    if (!analysis.is_complex.empty()) {
        write_responses(file, "/complex", analysis.complex, analysis.gratings, complex_responses());
        file.write(
            "/complex/is_compared", analysis.is_complex,
            {"1", "1 where the complex cell is compared with macaque V1, 0 where the neuron itself is"});
    }
    write_drift(file, analysis.drift, analysis.gratings, analysis.response_units);
    write_contrast(file, analysis.contrast, analysis.response_units);
    write_mask(file, analysis.mask, analysis.response_units);
    write_size(file, analysis.size, analysis.response_units);
    write_noise(file, analysis.noise);
    write_natural(file, analysis.natural, analysis.response_units);
    write_blank(file, analysis.blank);
    for (const auto& [name, arrays] : analysis.protocols) write_protocol(file, name, arrays);
    write_map(file, analysis.map);
    write_measures(file, analysis);
    write_shapes(file, analysis.shapes);
    write_comparisons(file, analysis.comparisons);
    file.write("/provenance/run", std::span<const std::string>(&analysis.run, 1), {},
               {"1", "path of the run analysed"});
    file.write_attribute("/provenance", "population", analysis.population);
}

Analysis read(const std::string& path) {
    const File file = sim::io::open_striate_file(path, "analysis");
    Analysis analysis;
    analysis.gratings = read_gratings(file);
    analysis.network = read_responses(file, "/network", analysis.gratings);
    analysis.linear = read_responses(file, "/linear", analysis.gratings);
    analysis.response_units = file.read_attribute<std::string>("/network/responses", "units");
    if (file.exists("/complex")) {
        analysis.complex = read_responses(file, "/complex", analysis.gratings);
        analysis.is_complex =
            file.read<std::uint8_t>("/complex/is_compared", {analysis.network.tuning.size()});
    }
    analysis.drift = read_drift(file, analysis.gratings);
    analysis.contrast = read_contrast(file);
    analysis.mask = read_mask(file);
    analysis.size = read_size(file);
    analysis.noise = read_noise(file);
    analysis.natural = read_natural(file);
    analysis.blank = read_blank(file);
    if (file.exists("/protocols"))
        for (const std::string& name : file.children("/protocols"))
            analysis.protocols[name] = read_protocol(file, name);
    analysis.map = read_map(file);
    read_measures(file, analysis);
    analysis.shapes = read_shapes(file);
    analysis.comparisons = read_comparisons(file);
    analysis.run = file.read<std::string>("/provenance/run", {}).at(0);
    if (file.has_attribute("/provenance", "population"))
        analysis.population = file.read_attribute<std::string>("/provenance", "population");
    return analysis;
}

}  // namespace analysis
