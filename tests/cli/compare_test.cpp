// `striate compare` of one analysis and of several, with references of the user.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "analysis/analysis_file.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::TempDir;

using test::kUnreadableFile;
using test::kWrongInput;

/// Two small runs, of the gratings alone.
struct Runs {
    Runs() {
        for (const std::string& name : {std::string("one"), std::string("two")}) {
            const std::string seed = name == "one" ? "seed=1" : "seed=2";
            for (const Args& args :
                 {Args{"run", config, "-o", dir.file(name + ".h5"), "--quiet", "--set", seed},
                  Args{"analyze", dir.file(name + ".h5"), "--set", "analysis.tests=gratings"}}) {
                const Finished done = test::striate(args);
                REQUIRE_MESSAGE(done.exit_code == 0, done.err);
            }
        }
    }
    TempDir dir;
    std::string config = dir.write("tiny.yaml", test::tiny_config());
    std::string one = dir.file("one.analysis.h5"), two = dir.file("two.analysis.h5");
};

const Runs& runs() {
    static const Runs all;
    return all;
}

Finished succeeds(const Args& args) {
    Finished done = test::striate(args);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

nlohmann::json json_of(Args args) {
    args.push_back("--json");
    return nlohmann::json::parse(succeeds(args).out);
}

}  // namespace

TEST_CASE("one analysis: a line and an entry for every comparison in the file") {
    const Finished done = succeeds({"compare", runs().one});
    CHECK(done.err == "");
    const auto comparisons = analysis::read(runs().one).comparisons;
    const auto json = json_of({"compare", runs().one});
    REQUIRE(json.at("properties").size() == comparisons.size());
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
        const auto& entry = json.at("properties").at(i);
        CHECK(contains(done.out, comparisons[i].property));
        CHECK(entry.at("reference") == comparisons[i].reference);
        CHECK(entry.at("n") == comparisons[i].n);
        for (const char* key : {"cells", "units", "scaled", "similarity", "similarity_ceiling", "p_value"})
            CHECK_MESSAGE(entry.contains(key), std::string(key));
        if (comparisons[i].n > 0) CHECK(entry.at("ks").at("value") == comparisons[i].ks.value);
    }
    for (const char* words : {"overall score", "Ringach, Shapley & Hawken (2002)", "pinwheel density",
                              "neighbours' orientation", "held-out energy", "dead neurons"})
        CHECK_MESSAGE(contains(done.out, words), std::string(words));
    CHECK_FALSE(contains(done.out, "suppression index"));  // size was not tested
    for (const char* key : {"run", "map", "shapes", "summary", "learned", "score"})
        CHECK_MESSAGE(json.contains(key), std::string(key));
}

TEST_CASE("several analyses: a column and an entry each") {
    const TempDir dir;
    const Finished done = succeeds({"compare", runs().one, runs().two, "--figure", dir.file("f")});
    CHECK(contains(done.out, " one "));
    CHECK(contains(done.out, " two "));
    CHECK(contains(done.out, "overall score of common tests"));
    const auto json = json_of({"compare", runs().one, runs().two}).at("runs");
    REQUIRE(json.size() == 2);
    CHECK(json.at(0).at("name") == "one");
    CHECK(json.at(1).at("name") == "two");
    auto two = json.at(1);
    two.erase("name");
    const bool are_the_same = two == json_of({"compare", runs().two});
    CHECK(are_the_same);
    for (const char* name : {"compare.png", "compare.svg", "compare.gp"})
        CHECK(fs::file_size(dir.path() / "f" / name) > 1000);
}

TEST_CASE("references of one's own are compared too, and change nothing else") {
    const TempDir dir;
    std::string cells = "circular_variance,depth\n";
    for (int k = 0; k < 40; ++k) cells += std::to_string(0.02 * k) + ",1\n";
    const std::string a = dir.write("a.csv", cells), b = dir.write("b.csv", "F1_F0\n0.5\n1.5\n1.6\n");
    const Args args{"compare", "--reference", a, "--reference", b, runs().one};
    const Finished done = succeeds(args);
    CHECK(contains(done.err, "\"depth\" is measured in no analysis"));
    CHECK(contains(done.out, "circular_variance (a.csv)"));
    CHECK(contains(done.out, "F1_F0 (b.csv)"));
    CHECK(contains(done.out, a));  // where the numbers are from
    CHECK(succeeds({"compare", "--reference", a, runs().one, "--quiet"}).err == "");
    auto more = json_of(args).at("properties");
    std::vector<nlohmann::json> of_v1;
    for (const auto& entry : more)
        if (!entry.at("citation").get<std::string>().ends_with(".csv")) of_v1.push_back(entry);
    CHECK(more.size() == of_v1.size() + 2);
    const bool others_are_the_same =
        nlohmann::json(of_v1) == json_of({"compare", runs().one}).at("properties");
    CHECK(others_are_the_same);
}

TEST_CASE("what cannot be compared, read or written is refused") {
    const TempDir dir;
    const auto refuses = [](const Args& args, int code, const std::string& words) {
        const Finished done = test::striate(args);
        CHECK(done.exit_code == code);
        CHECK_MESSAGE(contains(done.err, words), done.err);
    };
    refuses({"compare"}, kWrongInput, "analysis");
    refuses({"compare", runs().one, dir.file("absent.h5")}, kUnreadableFile, "absent.h5");
    refuses({"compare", runs().one, "--reference", dir.file("absent.csv")}, kUnreadableFile, "absent.csv");
    refuses({"compare", runs().one, "--reference", dir.write("bad.csv", "F1_F0\nmuch\n")}, kUnreadableFile,
            "bad.csv:2");
    dir.write("compare.svg", "somebody's own");
    refuses({"compare", runs().one, "--figure", dir.path().string()}, kUnreadableFile,
            "compare.svg: exists, and is no figure of striate");
    CHECK(test::read_file(dir.file("compare.svg")) == "somebody's own");
    refuses({"compare", runs().one, "--figure", dir.write("file", "x")}, kUnreadableFile, "file");
}
