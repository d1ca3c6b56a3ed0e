// `striate models` and `striate schema`: what a config can say, from the same calls that read it.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/streams.hpp"
#include "sim/batch_rule.hpp"
#include "sim/error.hpp"
#include "sim/protocol.hpp"
#include "sim/run_settings.hpp"

namespace apps {
namespace {

using sim::KeyInfo;

/// Keys, and those of every component that a block can name.
class Keys {
  public:
    explicit Keys(std::vector<KeyInfo> keys) : keys_(std::move(keys)) {}

    void add(const std::vector<KeyInfo>& more) {
        for (const KeyInfo& key : more)
            if (std::none_of(keys_.begin(), keys_.end(), [&](const KeyInfo& known) {
                    return known.key == key.key && known.type == key.type;
                }))
                keys_.push_back(key);
    }
    template <class Base>
    void add_kinds(const std::string& block) {
        for (const auto& [name, entry] : sim::Registry<Base>::instance().entries()) {
            const sim::Params p = sim::Params::describing(block + "." + name);
            entry.read(p);
            add(p.keys());
        }
    }
    std::vector<KeyInfo> by_block() const {
        auto sorted = keys_;
        std::stable_sort(sorted.begin(), sorted.end(), [](const KeyInfo& x, const KeyInfo& y) {
            return x.key.substr(0, x.key.rfind('.')) < y.key.substr(0, y.key.rfind('.'));
        });
        return sorted;
    }

  private:
    std::vector<KeyInfo> keys_;
};

/// Every key the config of a network can have.
std::vector<KeyInfo> network_keys() {
    Keys keys(sim::RunSettings(sim::Params::describing("")).keys);
    keys.add_kinds<sim::Stimulus>("stimulus");
    keys.add_kinds<sim::Population>("populations.NAME");
    keys.add_kinds<sim::Neurons>("populations.NAME");
    keys.add_kinds<sim::Plasticity>("populations.NAME.plasticity");
    keys.add_kinds<sim::Filter>("populations.NAME.sees");
    keys.add_kinds<sim::Connector>("projections.NAME.connect");
    keys.add_kinds<sim::SynapseRule>("projections.NAME.plasticity");
    keys.add_kinds<sim::BatchRule>("projections.NAME.plasticity");
    return keys.by_block();
}

std::string type_of(const KeyInfo& key, const char* or_else = " | ") {
    if (key.type == "choice") return fmt::format("{}", fmt::join(key.choices, or_else));
    const char* const whose = key.per_neuron ? ", per neuron" : "";
    if (key.type == "quantity" && key.unit != "1") return fmt::format("quantity in {}{}", key.unit, whose);
    if (key.type == "list" && !key.unit.empty())
        return key.unit == "1" ? "list of numbers" : fmt::format("list of quantities in {}", key.unit);
    if (key.type == "quantity") return fmt::format("number{}", whose);
    if (key.type == "file") return "path";
    if (key.type == "files") return "list of paths";
    return key.type;
}

std::string default_of(const KeyInfo& key) {
    return key.default_value.empty() ? "(required)" : key.default_value;
}

/// What a config can name, or the part of it that was asked for: a component, or what a block can name.
class Components {
  public:
    explicit Components(std::string wanted) : wanted_(std::move(wanted)) {}

    /// block: where they are named, "projections.NAME.connect"
    template <class Base>
    void add(const char* title, const std::string& block) {
        const std::string outer = block.substr(0, block.find('.')),
                          inner = block.substr(block.rfind('.') + 1);
        known_.insert(known_.end(), {outer, inner});
        std::string text;
        for (const auto& [name, entry] : sim::Registry<Base>::instance().entries()) {
            known_.push_back(name);
            if (!wanted_.empty() && wanted_ != name && wanted_ != outer && wanted_ != inner) continue;
            const sim::Params p = sim::Params::describing(fmt::format("{}.{}", block, name));
            entry.read(p);
            text += fmt::format("  {:18} {}\n", name, entry.doc) + keys_of(p.keys());
        }
        if (!text.empty()) text_ += fmt::format("{}\n{}\n", title, text);
    }
    /// throws ConfigError if there is nothing of the name asked for
    const std::string& text() const {
        if (!text_.empty()) return text_;
        const std::string nearest = sim::nearest_name(wanted_, known_);
        throw sim::ConfigError(
            fmt::format("models: must be a component or the name of a block that names one, got \"{}\"{}; "
                        "`striate models` lists all",
                        wanted_, nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest)));
    }

  private:
    static std::string keys_of(const std::vector<KeyInfo>& keys) {
        std::string text;
        for (const KeyInfo& key : keys)
            text += fmt::format("      {:18} {:14} {:22} {}{}\n", key.key.substr(key.key.rfind('.') + 1),
                                default_of(key), type_of(key), key.doc,
                                key.range.empty() ? "" : fmt::format(" [{}]", key.range));
        return text;
    }

    std::string wanted_, text_;
    std::vector<std::string> known_;
};

void print_tables(const std::vector<KeyInfo>& keys) {
    std::string block = "?";
    for (const KeyInfo& key : keys) {
        const auto dot = key.key.rfind('.');
        const std::string here = dot == std::string::npos ? "" : key.key.substr(0, dot);
        if (here != block) {
            block = here;
            print("\n## {}\n\n| key | default | type | range | meaning |\n|---|---|---|---|---|\n",
                  block.empty() ? "(top level)" : fmt::format("`{}`", block));
        }
        print("| `{}` | `{}` | {} | {} | {} |\n", key.key.substr(dot == std::string::npos ? 0 : dot + 1),
              default_of(key), type_of(key, " \\| "), key.range, key.doc);
    }
}

void print_markdown() {
    print(
        "# Config reference\n\nGenerated by `striate models --markdown`; a test holds it to the program.\n\n"
        "A config is a YAML file of blocks. Quantities carry their unit (`tau: 10 ms`), pure numbers do not. "
        "A key that\n"
        "nothing reads is an error. `kind:` names a component; its own keys stand in a block of its name, "
        "and blocks of\n"
        "other kinds may stay beside it, so that `--set stimulus.kind=dead_leaves` is enough to change "
        "it.\n\nA relative path in a config is relative to the folder of the config, one given by `--set` to "
        "the "
        "current folder.\nA run records absolute ones.\n\n"
        "What is said to be per neuron may differ from neuron to neuron: a list, a law or a dataset\n"
        "([circuits.md](circuits.md#parameters-per-neuron)).\n\n"
        "`NAME` is a name of your choice, without `.` and `/`; there may be several. Populations that are "
        "shown "
        "frames: [networks.md](networks.md); that run for one `duration`: [circuits.md](circuits.md).\n");
    print_tables(network_keys());
}

void print_models(const std::string& wanted) {
    Components all(wanted);
    all.add<sim::Neurons>("Populations that code (populations.NAME.kind)", "populations.NAME");
    all.add<sim::Plasticity>("Plasticity of their fields (populations.NAME.plasticity.kind)",
                             "populations.NAME.plasticity");
    all.add<sim::Protocol>("Protocols of the laboratory (analysis.tests)", "analysis");
    all.add<sim::Stimulus>("Stimuli (stimulus.kind)", "stimulus");
    all.add<sim::Population>("Cells and sources (populations.NAME.kind)", "populations.NAME");
    all.add<sim::Filter>("Filters that populations see through (populations.NAME.sees.kind)",
                         "populations.NAME.sees");
    all.add<sim::Connector>("Rules of connection (projections.NAME.connect.kind)",
                            "projections.NAME.connect");
    all.add<sim::SynapseRule>("Plasticity of synapses that follows spikes (projections.NAME.plasticity.kind)",
                              "projections.NAME.plasticity");
    all.add<sim::BatchRule>("Plasticity of synapses that learns from presentations",
                            "projections.NAME.plasticity");
    print_text(all.text());
}

/// Whether the unit of a key is that of the population that a projection reaches.
bool is_in_unit_of_target(const std::string& key) {
    const std::string name = key.substr(key.rfind('.') + 1);
    return key.starts_with("projections.") && (name == "weight" || name == "weight_std");
}

/// A block that has all of some keys of one schema.
nlohmann::ordered_json block_of(const std::vector<std::string>& keys, const nlohmann::ordered_json& of_each) {
    nlohmann::ordered_json block = {{"type", "object"}, {"additionalProperties", false}, {"required", keys}};
    for (const std::string& key : keys) block["properties"][key] = of_each;
    return block;
}

/// One quantity, or any of the ways to give each neuron its own.
nlohmann::ordered_json schema_per_neuron(nlohmann::ordered_json one) {
    nlohmann::ordered_json all = {{"description", one["description"]}};
    one.erase("description");
    const nlohmann::ordered_json bare = {{"type", one["type"]}}, text = {{"type", "string"}};
    auto dataset = block_of({"file", "dataset"}, text);
    dataset["properties"]["unit"] = {{"type", {"string", "number"}}};
    auto lognormal = block_of({"mean", "std"}, bare);
    lognormal["properties"]["most"] = bare;
    all["anyOf"] = {one,
                    {{"type", "array"}, {"items", one}, {"minItems", 1}},
                    block_of({"normal"}, block_of({"mean", "std"}, bare)),
                    block_of({"lognormal"}, lognormal),
                    block_of({"uniform"}, block_of({"low", "high"}, bare)),
                    dataset};
    return all;
}

/// JSON Schema of one key.
nlohmann::ordered_json schema_of(const KeyInfo& key) {
    nlohmann::ordered_json schema = {{"description", key.doc}};
    if (key.type == "choice") schema["enum"] = key.choices;
    if (key.type == "flag") schema["type"] = "boolean";
    if (key.type == "integer") schema["type"] = "integer";
    if (key.type == "text" || key.type == "file") schema["type"] = "string";
    if (key.type == "list") schema["type"] = "array";
    if (key.type == "files" || (key.type == "list" && key.unit.empty()))
        schema["type"] = {"array", "string"};  // one text alone
    if (key.type == "quantity" && key.unit == "1") schema["type"] = "number";
    if (key.type == "quantity" && key.unit != "1") {
        schema["type"] = "string";
        schema["description"] = fmt::format("{} [{}]", key.doc, key.unit);
    }
    if (is_in_unit_of_target(key.key)) schema["type"] = {"string", "number"};  // the unit may be 1
    if (key.range == "> 0" && schema["type"] != "string") schema["exclusiveMinimum"] = 0;
    if (key.range == ">= 0" && schema["type"] != "string") schema["minimum"] = 0;
    return key.per_neuron ? schema_per_neuron(schema) : schema;
}

/// Makes `schema` that of a block, and returns that of the block NAME in it; "NAME" stands for any name.
nlohmann::ordered_json& schema_of_block(nlohmann::ordered_json& schema, const std::string& name) {
    auto& block = name == "NAME" ? schema["patternProperties"]["^[^./]+$"] : schema["properties"][name];
    block["type"] = "object";
    block["additionalProperties"] = false;
    return block;
}

void print_schema() {
    nlohmann::ordered_json root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                                   {"title", "Striate network"},
                                   {"type", "object"},
                                   {"additionalProperties", false}};
    Keys keys(network_keys());
    keys.add_kinds<sim::Stimulus>("senses.NAME");  // docs/config.md lists the kinds once, under `stimulus`
    for (const KeyInfo& key : keys.by_block()) {
        nlohmann::ordered_json* at = &root;
        std::string rest = key.key;
        for (std::size_t dot; (dot = rest.find('.')) != std::string::npos; rest = rest.substr(dot + 1))
            at = &schema_of_block(*at, rest.substr(0, dot));
        (*at)["properties"][rest] = schema_of(key);
    }
    print_text(json_text(root));
}

}  // namespace

void add_models(CLI::App& app, Action& action) {
    struct Options {
        std::string kind;
        bool markdown = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("models", "List what a config can name, units and defaults");
    CLI::Option* kind =
        command->add_option("kind", options->kind, "A component (slca), or a block (stimulus) [everything]");
    command->add_flag("--markdown", options->markdown, "The whole config reference, as docs/config.md has it")
        ->excludes(kind);
    command->footer(
        "Examples: striate models slca\n"
        "          striate models stimulus\n"
        "          striate models --markdown > docs/config.md");
    command->callback([options, &action] {
        action = [options] { options->markdown ? print_markdown() : print_models(options->kind); };
    });
}

void add_schema(CLI::App& app, Action& action) {
    CLI::App* command = app.add_subcommand("schema", "Print a JSON Schema of configs, for editors");
    command->footer("Example: striate schema > striate.schema.json");
    command->callback([&action] { action = [] { print_schema(); }; });
}

}  // namespace apps
