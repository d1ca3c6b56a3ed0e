// Options and names that mean the same in every command, and what is wrong in a command line.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/commands.hpp"
#include "tests/linked.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::kUnreadableFile;
using test::kWrongInput;
using test::TempDir;

Finished succeeds(const Args& args, const test::Surroundings& surroundings = {}) {
    Finished done = test::striate(args, surroundings);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

void refuses(const Args& args, int exit_code, const std::vector<std::string>& words) {
    CAPTURE(fmt::format("{}", fmt::join(args, " ")));
    const Finished done = test::striate(args);
    CAPTURE(done.err);
    CHECK(done.exit_code == exit_code);
    CHECK(done.out == "");
    for (const std::string& word : words) CHECK_MESSAGE(contains(done.err, word), word);
}

Args plus(Args args, const Args& more) {
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

/// Every command that has --json, with where its output goes if it writes one.
std::vector<Args> commands_with_json(const TempDir& dir) {
    std::vector<Args> all = test::printers().with_json();
    for (const test::Writer& writer : test::writers().all())
        all.push_back(test::with_output(writer, dir.file(writer.name + ".h5")));
    return all;
}

}  // namespace

TEST_CASE("--json is the same in every command: standard output is JSON and nothing else") {
    const TempDir dir;
    for (const Args& args : commands_with_json(dir)) {
        CAPTURE(args[0]);
        const Finished done = succeeds(plus(args, {"--json"}));
        CHECK(nlohmann::json::parse(done.out, nullptr, false).is_object());
    }
}

TEST_CASE("--quiet is the same in every command: nothing on standard error") {
    const TempDir dir;
    for (Args args : commands_with_json(dir)) {
        if (args[0] == "heterogeneity" || args[0] == "validate" || args[0] == "report")
            continue;  // say nothing there anyway
        CAPTURE(args[0]);
        std::erase(args, "--quiet");
        CHECK(succeeds(plus(args, {"--quiet"})).err == "");
    }
}

TEST_CASE("analyze and compare print the same JSON of an analysis") {
    const TempDir dir;
    const Finished analyzed = succeeds({"analyze", test::example().run, "-o", dir.file("a.h5"), "--json"});
    CHECK(analyzed.out == succeeds({"compare", dir.file("a.h5"), "--json"}).out);
}

TEST_CASE("JSON of files whose names are no UTF-8") {
    const TempDir dir;
    const std::string folder = dir.file("caf\xe9");
    fs::create_directory(folder);
    const std::string config = dir.write("caf\xe9/a\xff.yaml", test::tiny_config()),
                      run = folder + "/a\xff.h5";
    for (const Args& args : {Args{"run", config, "-o", run}, Args{"analyze", run},
                             Args{"compare", folder + "/a\xff.analysis.h5"},
                             Args{"encode", run, "--training", "3", "--held-out", "3"}}) {
        CAPTURE(args[0]);
        const Finished done = succeeds(plus(args, {"--json"}));
        const auto json = nlohmann::json::parse(done.out, nullptr, false);
        REQUIRE(json.is_object());
        CHECK(contains(json.at("run"), "a\xef\xbf\xbd"));
    }
    dir.write("caf\xe9/tiny.yaml", test::tiny_config());
    dir.write("caf\xe9/sweep.yaml",
              "config: tiny.yaml\nset: [learning.batches=1]\ngrid: {seed: [1, 2]}\nanalyze: false\n");
    const Args sweep{"sweep", folder + "/sweep.yaml", "-o", folder + "/out", "--json"};
    for (const char* again : {"at first", "when all is done"}) {
        CAPTURE(again);
        CHECK(nlohmann::json::parse(succeeds(sweep).out, nullptr, false).at("done") == 2);
    }
}

TEST_CASE("-o=FILE is -o FILE") {
    const TempDir dir;
    const std::string config = dir.write("tiny.yaml", test::tiny_config());
    succeeds({"run", config, "-o=out.h5", "--quiet"}, {.working_dir = dir.path()});
    CHECK(dir.names() == std::vector<std::string>{"out.h5", "tiny.yaml"});
}

TEST_CASE("numbers that are negative, absurd or none are refused by every option that counts") {
    const std::string run = test::example().run;
    const std::vector<Args> options{{"run", test::example().config, "--threads"},
                                    {"analyze", run, "--threads"},
                                    {"compare", test::example().analysis, "--threads"},
                                    {"encode", run, "--training"},
                                    {"encode", run, "--held-out"},
                                    {"encode", run, "--threads"},
                                    {"recall", run, "--frames"},
                                    {"recall", run, "--threads"},
                                    {"decode", run, "--seed"},
                                    {"decode", run, "--threads"},
                                    {"sweep", "sweep.yaml", "--jobs"},
                                    {"sweep", "sweep.yaml", "--threads"}};
    for (const Args& option : options)
        for (const char* number :
             {"-5", "99999999999999999999", "1e3", "2.5", "many", "", "0x10", "+1", " 1"})
            refuses(
                plus(option, {number}), kWrongInput,
                {option.back() + ": must be a whole number from 0 to ", fmt::format("got \"{}\"", number)});
    refuses({"encode", run, "--training", "1000000000000"}, kWrongInput, {"from 0 to 100000000"});
}

TEST_CASE("more frames than there are are not shown") {
    const TempDir dir;
    const std::string config = dir.write("linked.yaml", test::linked_config(test::paired_arrays(dir))),
                      run = dir.file("run.h5");
    succeeds({"run", config, "-o", run, "--set", "learning.batches=1"});
    refuses({"encode", run, "--training", "61"}, kWrongInput,
            {"--training: must be at most the 60 frames that there are, got 61"});
    refuses({"recall", run, "--frames", "61"}, kWrongInput, {"--frames: must be at most the 60 frames"});
    CHECK_FALSE(fs::exists(dir.file("run.codes.h5")));
}

TEST_CASE("no command writes over what it reads, by whatever name") {
    const TempDir dir;
    const std::string config = dir.write("tiny.yaml", test::tiny_config()), run = dir.file("run.h5"),
                      sweep = dir.write("sweep.yaml",
                                        "run: table.h5\ngrid: {populations.v1.lambda: [0.1, 0.2]}\n"),
                      figures = dir.write("old.json", R"({"figures": []})");
    fs::copy(test::example().run, run);
    fs::copy(test::example().run, dir.file("table.h5"));
    for (const char* name : {"link", "other"}) fs::create_hard_link(run, dir.file(std::string(name) + ".h5"));
    fs::create_symlink(figures, dir.file("new.json"));
    const auto names = dir.names();
    const std::string before = test::read_file(run), words = "must be another file than the input";
    refuses({"run", config, "-o", config, "--force"}, kUnreadableFile, {words});
    for (const char* output : {"run.h5", "link.h5", "other.h5"})
        for (const char* command : {"analyze", "encode"})
            refuses({command, run, "-o", dir.file(output), "--force"}, kUnreadableFile, {words});
    refuses({"sweep", sweep, "-o", dir.path().string()}, kUnreadableFile, {words});
    refuses({"bench", "spike", "--compare", figures, "-o", dir.file("new.json"), "--force"}, kUnreadableFile,
            {words});
    CHECK(test::read_file(run) == before);
    CHECK(test::read_file(dir.file("table.h5")) == before);
    CHECK(test::read_file(config) == test::tiny_config());
    auto after = dir.names();
    for (const char* lock : {".lock", ".table.lock"}) std::erase(after, lock);  // of the sweep's folder
    CHECK(after == names);
}

TEST_CASE("a report does not replace a page that is somebody's own") {
    const TempDir dir;
    const std::string page = dir.write("index.html", "<html>precious</html>");
    refuses({"report", test::example().run, "-o", dir.path().string()}, kUnreadableFile,
            {page + ": exists, and is no report of striate"});
    CHECK(test::read_file(page) == "<html>precious</html>");
    CHECK(dir.names() == std::vector<std::string>{"index.html"});
    const Args again{"report", test::example().run, "-o", dir.file("report")};
    succeeds(again);
    succeeds(again);  // one's own is made anew
}

TEST_CASE("show makes the page of a report in a cache folder, one for each file, and says where") {
    const TempDir dir;
    test::Surroundings here;
    here.environment = {"XDG_CACHE_HOME=" + dir.path().string(), "DISPLAY=", "WAYLAND_DISPLAY="};
    const Finished shown = test::striate({"show", test::example().run, "--quiet"}, here);
    CHECK(shown.exit_code == 0);
    CHECK(shown.err == "");
    const std::string page = shown.out.substr(0, shown.out.find('\n'));
    CHECK(page.starts_with(dir.file("striate/")));
    CHECK(contains(test::read_file(page), "</html>"));
    CHECK(test::striate({"show", test::example().run, "--quiet"}, here).out == shown.out);
}
