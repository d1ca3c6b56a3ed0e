// What the program says of itself: help, version, schema, the config with all defaults in.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support.hpp"

using test::Args;
using test::contains;
using test::Finished;

namespace {

constexpr const char* kCommands[] = {"run",     "validate",      "models", "schema", "analyze",
                                     "compare", "report",        "sweep",  "encode", "recall",
                                     "decode",  "heterogeneity", "bench",  "show",   "help"};

/// Columns of the widest line.
std::size_t width_of(const std::string& text) {
    std::size_t widest = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
    return widest;
}

/// Dotted names of the keys of a resolved config: one a line, blocks indented by four.
std::vector<std::string> keys_of(const std::string& resolved) {
    std::vector<std::string> blocks, keys;
    std::istringstream lines(resolved);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t depth = line.find_first_not_of(' ') / 4, colon = line.find(':');
        blocks.resize(depth);
        const std::string name = line.substr(4 * depth, colon - 4 * depth);
        if (colon + 1 == line.size()) {
            blocks.push_back(name);
            continue;
        }
        std::string key;
        for (const std::string& block : blocks) key += block + ".";
        keys.push_back(key + name);
    }
    return keys;
}

}  // namespace

TEST_CASE("help is given by every command, with an example, and fails nothing") {
    const Finished all = test::striate({"--help"});
    CHECK(all.exit_code == 0);
    CHECK(all.err == "");
    CHECK(contains(all.out, "Example: striate run "));
    for (const std::string command : kCommands) {
        CAPTURE(command);
        CHECK(contains(all.out, command));
        const Finished one = test::striate({command, "--help"});
        CHECK(one.exit_code == 0);
        CHECK(one.err == "");
        CHECK(contains(one.out, "Example"));
        CHECK(contains(one.out, "Usage: striate " + command + " "));
        CHECK(test::striate({"help", command}).out == one.out);
    }
    CHECK(test::striate({"help"}).out == all.out);
}

TEST_CASE("help fits a terminal of 80 columns") {
    CHECK(width_of(test::striate({"--help"}).out) <= 80);
    for (const std::string command : kCommands)
        CHECK_MESSAGE(width_of(test::striate({command, "--help"}).out) <= 80, command);
}

TEST_CASE("striate alone lists its commands, and does not end as if something had been done") {
    const Finished done = test::striate({});
    CHECK(done.exit_code == test::kWrongInput);
    CHECK(done.out == "");
    CHECK(done.err == test::striate({"--help"}).out);
    const std::string list = done.err.substr(done.err.find("Subcommands:"));
    CHECK_FALSE(contains(list, "\n" + std::string(30, ' ')));  // a line each
}

TEST_CASE("help of what is no command says what is meant") {
    const Finished done = test::striate({"help", "rum"});
    CHECK(done.exit_code == test::kWrongInput);
    CHECK(contains(done.err, "got \"rum\" (did you mean \"run\"?)"));
}

TEST_CASE("the version names the release and the commit") {
    const Finished done = test::striate({"--version"});
    CHECK(done.exit_code == 0);
    CHECK(done.out.starts_with("striate 0."));
    CHECK(contains(done.out, "("));
}

TEST_CASE("a config printed with all defaults in is printed again as it is") {
    const test::TempDir dir;
    const std::string config = dir.write("tiny.yaml", test::tiny_config());
    for (const Args& set :
         {Args{}, Args{"--set", "populations.v1.kind=lca", "--set", "presentation.T=0.2 s", "--set",
                       "analysis.set=[populations.v1.lambda=0.03, populations.v1.coupling.kappa=10]", "--set",
                       "stimulus.natural_patches={folder: 'a \"b\": c', exclude: [x y, \"z: 1\"]}"}}) {
        Args args{"validate", config};
        args.insert(args.end(), set.begin(), set.end());
        const Finished once = test::striate(args);
        REQUIRE_MESSAGE(once.exit_code == 0, once.err);
        CHECK(once.err == "");
        const Finished twice = test::striate({"validate", dir.write("resolved.yaml", once.out)});
        CHECK_MESSAGE(twice.exit_code == 0, twice.err);
        CHECK(twice.out == once.out);
    }
    CHECK(dir.names() == std::vector<std::string>{"resolved.yaml", "tiny.yaml"});  // and nothing is run
}

TEST_CASE("the schema is JSON and has every key of a config") {
    const Finished printed = test::striate({"schema"});
    REQUIRE(printed.exit_code == 0);
    const auto schema = nlohmann::json::parse(printed.out);
    CHECK(schema.at("$schema").get<std::string>().starts_with("https://json-schema.org/"));

    const test::TempDir dir;
    const auto resolved = test::striate({"validate", dir.write("tiny.yaml", test::tiny_config())});
    const auto keys = keys_of(resolved.out);
    REQUIRE(keys.size() > 30);
    for (const std::string& key : keys) {
        CAPTURE(key);
        const nlohmann::json* at = &schema;
        std::istringstream names(key);
        for (std::string name; std::getline(names, name, '.');) {
            CHECK(at->at("additionalProperties") == false);
            const bool is_free = at->contains("patternProperties");  // "v1": a name of the user's choice
            const auto& known = at->at(is_free ? "patternProperties" : "properties");
            const std::string entry = is_free ? "^[^./]+$" : name;
            REQUIRE(known.contains(entry));
            at = &known.at(entry);
        }
        CHECK_FALSE(at->at("description").get<std::string>().empty());
    }
    CHECK(schema.at("properties").at("stimulus").at("properties").at("kind").at("enum").size() > 1);
}

TEST_CASE("a component or a block is listed alone") {
    const std::string all = test::striate({"models"}).out;
    const auto listed = [&](const char* kind) {
        const Finished done = test::striate({"models", kind});
        CHECK_MESSAGE(done.exit_code == 0, done.err);
        CHECK(done.out.size() < all.size());
        return done.out;
    };
    const std::string slca = listed("slca"), stimuli = listed("stimulus"), rules = listed("connect"),
                      learning = listed("plasticity");
    CHECK(contains(slca, "(populations.NAME.kind)\n  slca "));
    CHECK(contains(slca, "v_floor"));
    CHECK_FALSE(contains(slca, "slca_dense"));
    CHECK(contains(stimuli, "dead_leaves"));
    CHECK(contains(stimuli, "natural_patches"));
    CHECK_FALSE(contains(stimuli, "slca"));
    CHECK(contains(rules, "fixed_indegree"));
    CHECK(contains(learning, "residual_hebbian"));  // of populations, and of projections:
    CHECK(contains(learning, "stdp_pair"));
    const Finished wrong = test::striate({"models", "slac"});
    CHECK(wrong.exit_code == test::kWrongInput);
    CHECK(wrong.out == "");
    CHECK(contains(wrong.err, "got \"slac\" (did you mean \"slca\"?)"));
}

TEST_CASE("every component is listed with its keys") {
    const Finished listed = test::striate({"models"});
    CHECK(listed.exit_code == 0);
    for (const char* word : {"slca", "dead_leaves", "residual_hebbian", "v_floor", "canvases", "width_start"})
        CHECK_MESSAGE(contains(listed.out, word), word);
}
