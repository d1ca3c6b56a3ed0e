// Every config of the project says only what is known, and runs.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::Finished;

std::vector<std::string> configs() {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(STRIATE_SOURCE_DIR "/configs"))
        if (entry.path().extension() == ".yaml") all.push_back(entry.path().string());
    std::sort(all.begin(), all.end());
    REQUIRE_FALSE(all.empty());
    return all;
}

bool has(const std::string& config, const std::string& words) {
    return test::contains(test::read_file(config), words);
}

/// For one duration, shown nothing.
bool is_circuit(const std::string& config) { return has(config, "\nduration:"); }

/// Settings that show generated images in place of files, in every sense that the config links.
Args generated_images(const std::string& config) {
    Args set;
    bool is_inside = false;
    std::istringstream lines(test::read_file(config));
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(' ')) is_inside = line == "senses:";
        if (is_inside && line.starts_with("  ") && line[2] != ' ')
            set.insert(set.end(),
                       {"--set", "senses." + line.substr(2, line.find(':') - 2) + ".kind=dead_leaves"});
    }
    return set.empty() ? Args{"--set", "stimulus.kind=dead_leaves"} : set;
}

Finished succeeds(const Args& args) {
    const Finished done = test::striate(args);
    CHECK_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

}  // namespace

TEST_CASE("every config is valid, with photographs and without, and so is its resolved form") {
    const test::TempDir dir;
    for (const std::string& config : configs()) {
        CAPTURE(config);
        for (const Args& set : {Args{}, generated_images(config)}) {
            if (is_circuit(config) && !set.empty()) continue;
            Args args{"validate", config};
            args.insert(args.end(), set.begin(), set.end());
            const std::string resolved = succeeds(args).out;
            CHECK(succeeds({"validate", dir.write("resolved.yaml", resolved)}).out == resolved);
        }
    }
}

TEST_CASE("every config says in a comment at its head what it shows") {
    for (const std::string& config : configs()) {
        CAPTURE(config);
        CHECK(test::read_file(config).starts_with("# "));
    }
}

TEST_CASE("every config runs, without photographs") {
    const test::TempDir dir;
    for (const std::string& config : configs()) {
        CAPTURE(config);
        const std::string output = dir.file(fs::path(config).stem().string() + ".h5");
        if (is_circuit(config)) {
            succeeds({"run", config, "-o", output, "--quiet", "--set", "duration=20 ms"});
            CHECK(sim::io::open_striate_file(output, "network").exists("/spikes"));
            continue;
        }
        Args args = generated_images(config);
        args.insert(args.begin(), {"run", config, "-o", output, "--quiet"});
        const bool learns = has(config, "\n    plasticity:");
        for (const char* set : {learns ? "learning.batches=2" : "learning.batches=0", "learning.batch_size=4",
                                "learning.held_out=2", "record.every=0"})
            args.insert(args.end(), {"--set", set});
        if (has(config, "kind: photographs"))  // of millions of neurons
            for (const char* set : {"frame={height: 32 px, width: 32 px}", "populations.v1.admm.iterations=2",
                                    "presentation.T=10 ms", "learning.batch_size=2"})
                args.insert(args.end(), {"--set", set});
        if (has(config, "\n    fields:")) args.insert(args.end(), {"--set", "populations.v1.fields.file=''"});
        succeeds(args);
        REQUIRE(fs::exists(output));
        const sim::io::File run = sim::io::open_striate_file(output, "network");
        CHECK(run.shape("/presentations/number") == sim::io::Shape{2});
        if (learns) CHECK(run.shape("/learning/v1/energy") == sim::io::Shape{2});
    }
}
