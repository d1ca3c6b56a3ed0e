#include "apps/compare_json.hpp"

#include "analysis/comparison_json.hpp"

namespace apps {
namespace {

using Json = nlohmann::ordered_json;

Json map(const analysis::MapMeasures& measures) {
    return {{"neighbour_difference_deg", measures.neighbour_difference},
            {"n_pinwheels", measures.pinwheels.size()},
            {"pinwheel_density", measures.pinwheel_density},
            {"wavelength", measures.wavelength}};
}

Json shapes(const analysis::ShapeComparison& c) {
    return {{"citation", c.citation}, {"n", c.n}, {"kl", analysis::json_of(c.kl)}, {"kl_ceiling", c.ceiling}};
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
    for (const analysis::Comparison& c : analysis.comparisons)
        json["properties"].push_back(analysis::json_of(c));
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
