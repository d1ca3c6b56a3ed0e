// Linked dictionaries as a user meets them: run, report, recall, encode and decode of two small senses, and
// what these commands refuse.
#include "tests/linked.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "decoding/code_file.hpp"
#include "sim/io/striate_file.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::kUnreadableFile;
using test::kWrongInput;
using test::TempDir;

Finished succeeds(const Args& args) {
    Finished done = test::striate(args);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

void refuses(const Args& args, int exit_code, const std::vector<std::string>& words) {
    const Finished done = test::striate(args);
    CAPTURE(done.err);
    CHECK(done.exit_code == exit_code);
    CHECK(done.out == "");
    for (const std::string& word : words) CHECK_MESSAGE(contains(done.err, word), word);
}

/// A finished run of two senses whose blocks of five were taught, made once for all tests that only read it.
struct Linked {
    Linked()
        : config(dir.write("linked.yaml",
                           test::linked_config(test::paired_arrays(dir),
                                               "    teaching: {current: 0.02, inhibition: 1, block: 5}\n"))),
          run(dir.file("linked.h5")) {
        succeeds({"run", config, "-o", run, "--quiet"});
    }
    TempDir dir;
    std::string config, run;
};

const Linked& linked() {
    static const Linked one;
    return one;
}

}  // namespace

TEST_CASE("linked: the file has the dictionary of each sense, with its place and weight") {
    const sim::io::File file = sim::io::open_striate_file(linked().run, "network");
    CHECK(file.shape("/network/v1/Phi") == sim::io::Shape{4, 5, 1, 32});
    CHECK(file.shape("/network/v1/senses/seen/Phi") == sim::io::Shape{4, 5, 4, 5});
    CHECK(file.shape("/network/v1/senses/heard/Phi") == sim::io::Shape{4, 5, 3, 4});
    CHECK(file.read_attribute<std::uint64_t>("/network/v1/senses/heard", "first_pixel") == 20);
    CHECK(file.read_attribute<double>("/network/v1/senses/heard", "weight") == 2.25);
}

TEST_CASE("linked: recall says how much of an absent sense is rebuilt, in words, as JSON and in figures") {
    const TempDir out;
    const Args args{"recall", linked().run, "--from", "seen"};
    Args drawing = args, as_json = args;
    drawing.insert(drawing.end(), {"--figure", out.file("figure")});
    as_json.push_back("--json");
    const Finished done = succeeds(drawing);
    CHECK(contains(done.out, "from            seen (60 held-out frames)\n"));
    CHECK(contains(done.out, "heard           100.00 % rebuilt nearest to the right class\n"));
    CHECK(contains(done.out, "seen            4 of 4 blocks, driven alone, draw their class\n"));
    CHECK(contains(done.out, "heard           4 of 4 blocks, driven alone, draw their class\n"));
    const auto json = nlohmann::json::parse(succeeds(as_json).out);
    CHECK(json.at("from") == nlohmann::json{"seen"});
    CHECK(json.at("frames") == 60);
    CHECK(json.at("rebuilt") == nlohmann::json{{"heard", 1.0}});
    CHECK(json.at("most_active_block") > 0.9);
    CHECK(json.at("drawn") == nlohmann::json{{"seen", 1.0}, {"heard", 1.0}});
    for (const char* name : {"recall.png", "recall.svg", "recall.gp", "blocks.png", "blocks.svg"})
        CHECK(fs::file_size(out.path() / "figure" / name) > 1000);
    for (const auto& file : fs::directory_iterator(out.path() / "figure")) {
        const std::string ending = file.path().extension().string();
        CHECK_MESSAGE((ending == ".gp" || ending == ".svg" || ending == ".png"), file.path().string());
    }

    const Finished few = succeeds({"recall", linked().run, "--from", "heard", "--frames", "8"});
    CHECK(contains(few.out, "from            heard (8 held-out frames)\n"));
    CHECK(contains(few.out, "seen            100.00 %"));
}

TEST_CASE("linked: recall gives the same numbers at any number of threads") {
    const auto said = [](const char* threads) {
        return succeeds({"recall", linked().run, "--from", "seen", "--threads", threads}).out;
    };
    CHECK(said("1") == said("2"));
}

TEST_CASE("linked: encode keeps the codes of all frames, decode reads them") {
    const TempDir out;
    for (const char* maker : {"spikes", "optimum", "frames"}) {
        CAPTURE(maker);
        const std::string path = out.file(std::string(maker) + ".h5");
        succeeds({"encode", linked().run, "--from", "seen", "--by", maker, "-o", path, "--quiet"});
        const decoding::Codes codes = decoding::read_codes(path);
        CHECK(codes.maker == maker);
        CHECK(codes.training.n == 60);
        CHECK(codes.held_out.n == 60);
        CHECK(codes.held_out.size == 20);  // neurons, and pixels of the sense shown
        const sim::io::File file = sim::io::open_striate_file(path, "codes");
        const auto shown = file.read<double>("/held_out/shown", {60, 4});  // frame and label of each sense
        for (std::size_t k = 0; k < 60; ++k) {
            CHECK(codes.held_out.label[k] == static_cast<int>(k % 4));
            CHECK(codes.held_out.frame[k] == k);
            CHECK(shown[4 * k] == static_cast<double>(k));
        }
        CHECK(contains(codes.config, "present: false"));
    }
    const Finished decoded = succeeds({"decode", out.file("spikes.h5"), "--classifiers", "knn", "--json"});
    const auto json = nlohmann::json::parse(decoded.out);
    CHECK(json.at("codes").at(0).at("classifiers").at("knn").at("accuracy") > 0.9);
}

TEST_CASE(
    "linked: relative paths of senses, and of what tests them, are the config's, wherever commands start") {
    const TempDir dir, elsewhere;
    std::string text =
        test::linked_config(test::paired_arrays(dir)) +
        "analysis: {set: [senses.heard.present=false, senses.seen.array.file=data/others.h5]}\n";
    for (std::size_t at = 0; (at = text.find(dir.file("pairs.h5"))) != std::string::npos;)
        text.replace(at, dir.file("pairs.h5").size(), "data/pairs.h5");
    const std::string config = dir.write("linked.yaml", text);
    fs::create_directory(dir.path() / "data");
    fs::rename(dir.file("pairs.h5"), dir.file("data/pairs.h5"));
    fs::copy_file(dir.file("data/pairs.h5"), dir.file("data/others.h5"));
    const auto from_elsewhere = [&](const Args& args) {
        const Finished done = test::striate(args, {.working_dir = elsewhere.path()});
        REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    };
    from_elsewhere({"run", config, "-o", "linked.h5", "--quiet"});
    from_elsewhere({"encode", "linked.h5", "--quiet"});
    from_elsewhere({"recall", "linked.h5"});
    const sim::io::File run = sim::io::open_striate_file(elsewhere.file("linked.h5"), "network");
    CHECK(run.read<std::string>("/provenance/inputs/path") == std::vector{dir.file("data/pairs.h5")});
    const decoding::Codes codes = decoding::read_codes(elsewhere.file("linked.codes.h5"));
    CHECK(contains(codes.config, dir.file("data/others.h5")));
    CHECK(contains(codes.config, dir.file("data/pairs.h5")));
    CHECK(codes.source == fs::canonical(elsewhere.path()).string() + "/linked.h5");
}

TEST_CASE("linked: the report shows a dictionary a sense and nothing that asks for gratings") {
    const TempDir out;
    succeeds({"report", linked().run, "-o", out.file("report")});
    const std::string html = test::read_file(out.file("report/index.html"));
    for (const char* figure : {"dictionaries", "dictionary_evolution", "activity", "learning"})
        CHECK_MESSAGE(contains(html, std::string("<figure id=\"") + figure + "\">"), figure);
    CHECK(contains(html, "5 neurons a row"));  // the blocks that were taught
    CHECK(contains(html, "striate recall"));
    std::string seen;  // without scripts and their data
    for (std::size_t at = 0, end; at != std::string::npos; at = end) {
        const std::size_t script = html.find("<script", at);
        seen += html.substr(at, script - at);
        end = script == std::string::npos ? script : html.find("</script>", script);
    }
    for (const char* words : {"receptive_fields", "Pinwheel density", "Circular variance", "striate analyze",
                              "needs an analysis"})
        CHECK_FALSE_MESSAGE(contains(seen, words), words);
    for (const char* name : {"dictionaries", "dictionary_evolution", "activity", "learning"})
        CHECK(fs::file_size(out.path() / "report/figures" / (std::string(name) + ".png")) > 1000);
}

TEST_CASE("linked: killed and resumed, the run gives the bits of an unbroken one") {
    const TempDir dir;
    const std::string config = dir.write("linked.yaml", test::read_file(linked().config));
    const std::string whole = dir.file("whole.h5"), broken = dir.file("broken.h5");
    const auto args = [&](const std::string& output, const Args& more) {
        Args all{"run",   config,
                 "-o",    output,
                 "--set", "learning.batches=600",
                 "--set", "record.every=50",
                 "--set", "checkpoint.every=0.01 s"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    succeeds(args(whole, {"--threads", "1"}));
    {
        test::Striate process(args(broken, {}));
        while (!fs::exists(broken + ".partial") && !process.wait_for(0.2)) continue;
        process.wait_for(20.0);
        process.send(SIGKILL);
        REQUIRE(process.wait().exit_code == 128 + SIGKILL);
    }
    CHECK(contains(succeeds(args(broken, {"--resume"})).err, "resuming after"));
    CHECK(test::first_difference(whole, broken) == "");
}

TEST_CASE("linked: senses that are not there, or all away, are refused") {
    for (const char* command : {"recall", "encode"}) {
        CAPTURE(command);
        refuses({command, linked().run, "--from", "smelt"}, kWrongInput,
                {"--from: must be one of the run's senses (seen, heard), got \"smelt\""});
        refuses({command, linked().run, "--set", "senses.seen.present=false", "--set",
                 "senses.heard.present=false"},
                kWrongInput, {"senses: must be at least one that is present"});
        refuses({command, linked().run, "--set", "senses.smelt.present=false"}, kWrongInput, {"smelt"});
        refuses({command, test::example().analysis}, kUnreadableFile, {"of kind network"});
        refuses({command, linked().dir.file("absent.h5")}, kUnreadableFile, {"absent.h5"});
    }
    refuses({"run", linked().config, "-o", linked().dir.file("none.h5"), "--set", "senses.seen.present=false",
             "--set", "senses.heard.present=false"},
            kWrongInput, {"senses: must be at least one that is present"});
}

TEST_CASE("linked: what is no run of several senses is not recalled, and one is not analysed") {
    refuses({"recall", test::example().run}, kWrongInput, {"recall: must be of a run of several senses"});
    refuses({"recall", test::example().run, "--from", "seen"}, kWrongInput, {"--from: ", "\"seen\""});
    refuses({"analyze", linked().run, "-o", linked().dir.file("none.h5")}, kWrongInput,
            {"linked.h5: must be a run of one sense that sees gratings"});
}

TEST_CASE("linked: senses without labels are coded, but nothing says what a rebuilt frame should be") {
    const TempDir dir;
    const std::string run = dir.file("leaves.h5");
    succeeds({"run", linked().config, "-o", run, "--quiet", "--set", "senses.seen.kind=dead_leaves", "--set",
              "learning.batches=2"});
    refuses({"recall", run, "--from", "seen"}, kWrongInput,
            {"recall: the frames of the first sense must have labels"});
}

TEST_CASE("encode: frames without end or labels, and an output that exists") {
    const TempDir dir;
    refuses({"encode", test::example().run, "-o", dir.file("codes.h5")}, kWrongInput,
            {"--training: must say how many frames to show"});
    succeeds({"encode", test::example().run, "-o", dir.file("codes.h5"), "--training", "6", "--held-out", "4",
              "--quiet"});
    CHECK(decoding::read_codes(dir.file("codes.h5")).training.label == std::vector<std::int32_t>(6, -1));
    refuses({"decode", dir.file("codes.h5")}, kUnreadableFile,
            {"/training/labels: every frame must have a class"});
    refuses({"encode", linked().run, "-o", dir.file("codes.h5")}, kUnreadableFile,
            {"codes.h5: exists; --force overwrites it"});
    succeeds({"encode", linked().run, "-o", dir.file("codes.h5"), "--force", "--quiet"});
    CHECK(decoding::read_codes(dir.file("codes.h5")).training.n == 60);
    refuses({"encode", linked().run, "--by", "magic"}, kWrongInput, {"--by"});
}
