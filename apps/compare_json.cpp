#include "apps/compare_json.hpp"

#include "analysis/compare.hpp"

namespace apps {
namespace {

using Json = nlohmann::ordered_json;

Json interval(const analysis::Interval& x) { return {{"value", x.value}, {"low", x.low}, {"high", x.high}}; }

Json property(const analysis::Comparison& c) {
    return {{"reference", c.reference},
            {"property", c.property},
            {"cells", c.cells},
            {"citation", c.citation},
            {"units", c.units},
            {"scaled", c.scaled},
            {"n", c.n},
            {"n_effective", c.n_effective},
            {"n_macaque", c.n_macaque},
            {"median_model", c.median_model},
            {"median_macaque", c.median_macaque},
            {"ks", interval(c.ks)},
            {"ks_ceiling", c.ceiling},
            {"p_value", c.p_value},
            {"wasserstein", interval(c.wasserstein)},
            {"similarity", interval(c.similarity)},
            {"similarity_ceiling", interval(c.similarity_ceiling)}};
}

Json map(const analysis::MapMeasures& measures) {
    return {{"neighbour_difference_deg", measures.neighbour_difference},
            {"n_pinwheels", measures.pinwheels.size()},
            {"pinwheel_density", measures.pinwheel_density},
            {"wavelength", measures.wavelength}};
}

Json shapes(const analysis::ShapeComparison& c) {
    return {{"citation", c.citation}, {"n", c.n}, {"kl", interval(c.kl)}, {"kl_ceiling", c.ceiling}};
}

Json learning(const LearningEnds& ends) {
    return {{"held_out_energy_before", ends.energy_before},
            {"held_out_energy_after", ends.energy_after},
            {"dead_neurons", ends.dead_neurons}};
}

}  // namespace

Json json_of(const ComparedRun& run) {
    const analysis::Analysis& analysis = run.analysis;
    Json json = {{"run", analysis.run}, {"population", analysis.population}, {"properties", Json::array()}};
    for (const analysis::Comparison& c : analysis.comparisons) json["properties"].push_back(property(c));
    json["map"] = map(analysis.map);
    json["shapes"] = shapes(analysis.shapes);
    json["summary"] = Json::object();
    for (const analysis::Measure& measure : analysis.summary) json["summary"][measure.name] = measure.value;
    json["learned"] = learning(run.learning);
    json["score"] = analysis::overall_score(analysis.comparisons);
    return json;
}

Json json_of(std::span<const ComparedRun> runs) {
    Json json = {{"runs", Json::array()}};
    for (const ComparedRun& run : runs) {
        Json one = {{"name", run.name}};
        one.update(json_of(run));
        json["runs"].push_back(std::move(one));
    }
    return json;
}

}  // namespace apps
