#include "sim/params_population.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "sim/error.hpp"
#include "sim/params_document.hpp"

namespace sim {
namespace {

// Blocks of a population that a sheet alone has at its root, and those that only a network has a use for.
constexpr std::array<std::string_view, 7> kOfRoot{"sheet",      "receptive_field", "objective",  "coupling",
                                                  "background", "plasticity",      "homeostasis"};
constexpr std::array<std::string_view, 3> kOfNetwork{"sees", "fields", "lateral"};
constexpr std::array<const char*, 5> kShared{"seed", "frame", "stimulus", "presentation", "learning"};

YAML::Node read_network(const std::string& config, const std::string& name) {
    try {
        YAML::Node root = read_yaml(config);
        if (root.IsMap() && root["populations"].IsDefined() && root["populations"].IsMap()) return root;
    } catch (const BadYaml& error) {
        throw ConfigError(fmt::format("{}:{}: {}", name, error.line, error.what()));
    }
    throw ConfigError(fmt::format("{}: populations: must be a block of populations, got none", name));
}

/// The text under `key`, "" if there is none.
std::string text_of(const YAML::Node& block, const char* key) {
    if (!block.IsDefined() || !block.IsMap()) return "";
    const YAML::Node found = block[key];
    return found.IsDefined() && found.IsScalar() ? found.Scalar() : "";
}

YAML::Node block_of(const YAML::Node& block, const char* key) {
    if (!block.IsDefined() || !block.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
    return block[key];
}

StoredPopulation stored(const std::string& name, const YAML::Node& block) {
    const YAML::Node sees = block_of(block, "sees");
    return {name, text_of(sees, "kind"), text_of(block_of(sees, "population"), "from"),
            text_of(block, "lateral") == "delayed"};
}

/// A frame with a pixel for each neuron of a population.
YAML::Node frame_of(const YAML::Node& populations, const std::string& name) {
    const YAML::Node from = block_of(populations, name.c_str()), sheet = block_of(from, "sheet");
    YAML::Node frame(YAML::NodeType::Map);
    const std::string rows = text_of(sheet, "rows"), cols = text_of(sheet, "cols");
    frame["height"] = (rows.empty() ? "1" : rows) + " px";
    frame["width"] = (cols.empty() ? text_of(from, "size") : cols) + " px";
    return frame;
}

template <std::size_t n>
bool is_among(const std::array<std::string_view, n>& keys, const std::string& key) {
    return std::ranges::find(keys, key) != keys.end();
}

}  // namespace

std::vector<StoredPopulation> stored_populations(const std::string& config, const std::string& name) {
    std::vector<StoredPopulation> all;
    const YAML::Node root = read_network(config, name);
    for (const auto& entry : root["populations"]) all.push_back(stored(entry.first.Scalar(), entry.second));
    return all;
}

std::string as_sheet(const std::string& config, const std::string& name, const std::string& population) {
    const YAML::Node root = read_network(config, name);
    const YAML::Node populations = root["populations"], block = populations[population];
    if (!block.IsDefined() || !block.IsMap())
        throw ConfigError(fmt::format("{}: populations.{}: must be a block, got nothing", name, population));
    YAML::Node sheet(YAML::NodeType::Map), neurons(YAML::NodeType::Map);
    for (const char* key : kShared)
        if (const YAML::Node found = root[key]; found.IsDefined()) sheet[key] = found;
    neurons["name"] = population;
    for (const auto& entry : block) {
        const std::string key = entry.first.Scalar();
        if (is_among(kOfNetwork, key)) continue;
        (is_among(kOfRoot, key) ? sheet : neurons)[key] = entry.second;
    }
    sheet["population"] = neurons;
    if (!block["plasticity"].IsDefined()) sheet["learning"]["batches"] = "0";  // it did not learn
    if (const StoredPopulation of = stored(population, block); !of.sees_of.empty())
        sheet["frame"] = frame_of(populations, of.sees_of);
    return flow_style(sheet);
}

}  // namespace sim
