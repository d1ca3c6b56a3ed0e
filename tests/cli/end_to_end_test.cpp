// A user's whole way: run, analyze, compare, report; and what each leaves behind.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::contains;
using test::Finished;
using test::TempDir;

Finished succeeds(const test::Args& args, const test::Surroundings& surroundings = {}) {
    const Finished done = test::striate(args, surroundings);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

}  // namespace

TEST_CASE("from a config to a report") {
    const TempDir dir;
    const test::Surroundings here{.working_dir = dir.path()};
    dir.write("tiny.yaml", test::tiny_config());

    const Finished run = succeeds({"run", "tiny.yaml"}, here);
    CHECK(dir.names() == std::vector<std::string>{"tiny.h5", "tiny.yaml"});
    CHECK(contains(run.err, "stimulus: patches of 12 x 12 px from 2 images of dead leaves"));
    CHECK(contains(run.err, "batch 20/20"));
    CHECK(contains(run.out, "dead leaves"));
    CHECK(contains(run.out, "held-out energy"));

    const Finished analyzed = succeeds({"analyze", "tiny.h5"}, here);
    CHECK(contains(analyzed.out, "tiny.analysis.h5"));
    CHECK(contains(analyzed.out, "pinwheel density"));
    CHECK(dir.names() == std::vector<std::string>{"tiny.analysis.h5", "tiny.h5", "tiny.yaml"});

    const Finished compared = succeeds({"compare", "tiny.analysis.h5"}, here);
    CHECK(compared.err == "");
    const auto json = nlohmann::json::parse(succeeds({"compare", "tiny.analysis.h5", "--json"}, here).out);
    std::vector<std::string> properties;
    for (const auto& property : json.at("properties")) {
        properties.push_back(property.at("property"));
        CHECK(contains(compared.out, properties.back()));
        CHECK(property.at("n").get<int>() <= 64);
        CHECK(property.at("citation").get<std::string>().size() > 10);
        for (const char* distance : {"ks", "wasserstein"})
            for (const char* key : {"value", "low", "high"}) CHECK(property.at(distance).contains(key));
    }
    for (const char* property : {"circular_variance", "half_bandwidth", "orth_pref", "F1_F0"})
        CHECK_MESSAGE(std::ranges::find(properties, property) != properties.end(), std::string(property));
    CHECK(json.at("map").contains("pinwheel_density"));

    const Finished reported = succeeds({"report", "tiny.analysis.h5", "-o", "report"}, here);
    CHECK(reported.out == "report/index.html\n");
    CHECK(contains(test::read_file(dir.file("report/index.html")), "</html>"));
    CHECK_FALSE(fs::is_empty(dir.file("report/figures")));
}

TEST_CASE("a run keeps what it was made with") {
    const sim::io::File run = sim::io::open_striate_file(test::example().run, "network");
    const Finished validated = succeeds({"validate", test::example().config});
    CHECK(run.read<std::string>("/provenance/config").at(0) == validated.out);
    CHECK(run.read_attribute<std::uint64_t>("/provenance", "seed") == 7);
    const std::string version = succeeds({"--version"}).out;
    CHECK(version == "striate " + run.read_attribute<std::string>("/provenance", "version") + " (" +
                         run.read_attribute<std::string>("/provenance", "git_hash") + ")\n");
    CHECK(contains(run.read_attribute<std::string>("/provenance", "stimulus"), "dead leaves"));
    CHECK(run.read_attribute<double>("/provenance", "wall_time_s") > 0.0);
    CHECK(run.read_attribute<std::string>("/provenance", "started").size() == 20);
}

TEST_CASE("a run can be made again from the config it keeps") {
    const TempDir dir;
    const sim::io::File run = sim::io::open_striate_file(test::example().run, "network");
    const std::string config = dir.write("kept.yaml", run.read<std::string>("/provenance/config").at(0));
    succeeds({"run", config, "-o", dir.file("again.h5"), "--quiet"});
    CHECK(test::first_difference(dir.file("again.h5"), test::example().run) == "");
}

TEST_CASE("quiet is quiet, and JSON is JSON") {
    const TempDir dir;
    const std::string config = dir.write("tiny.yaml", test::tiny_config());
    const Finished done = succeeds({"run", config, "-o", dir.file("run.h5"), "--quiet", "--json"});
    CHECK(done.err == "");
    const auto json = nlohmann::json::parse(done.out);
    CHECK(json.at("run") == dir.file("run.h5"));
    CHECK(contains(json.at("stimulus"), "dead leaves"));
    CHECK(json.at("batches") == 20);
    const auto& v1 = json.at("populations").at("v1");
    CHECK(v1.at("size") == 64);
    CHECK(v1.at("held_out_energy").get<double>() < v1.at("held_out_energy_before").get<double>());
    CHECK(v1.at("held_out_energy").get<double>() >= v1.at("held_out_optimal_energy").get<double>());
    CHECK(v1.at("spikes_per_image").get<double>() > 0.0);
}

TEST_CASE("a run without learning is a run") {
    const TempDir dir;
    const std::string config = dir.write("tiny.yaml", test::tiny_config()), output = dir.file("run.h5");
    succeeds({"run", config, "-o", output, "--set", "learning.batches=0"});
    const sim::io::File run = sim::io::open_striate_file(output, "network");
    CHECK(run.read<float>("/network/v1/Phi") == run.read<float>("/network/v1/Phi_initial"));
    succeeds({"analyze", output});
    succeeds({"compare", dir.file("run.analysis.h5")});
    succeeds({"report", dir.file("run.analysis.h5")});
}

TEST_CASE("an analysis does not change the run, and can be made under other settings") {
    const TempDir dir;
    const std::string before = test::read_file(test::example().run), output = dir.file("other.h5");
    const Finished done = succeeds({"analyze", test::example().run, "-o", output, "--set",
                                    "populations.v1.lambda=0.02", "--threads", "1"});
    CHECK(contains(done.err, "lambda 0.02"));
    CHECK(test::read_file(test::example().run) == before);
    CHECK(test::first_difference(output, test::example().analysis) != "");
    CHECK(test::striate({"analyze", test::example().run, "-o", output, "--force", "--set",
                         "populations.v1.sheet.rows=9"})
              .exit_code == 2);
}
