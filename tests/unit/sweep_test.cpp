// Parts of `striate sweep`: names, plans, tables, processes, the figure.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "apps/sweep_figure.hpp"
#include "apps/sweep_jobs.hpp"
#include "apps/sweep_names.hpp"
#include "apps/sweep_plan.hpp"
#include "apps/sweep_table.hpp"
#include "sim/error.hpp"
#include "tests/support.hpp"

namespace {

using Texts = std::vector<std::string>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

apps::Numbers flattened(const char* json) { return apps::flatten(nlohmann::ordered_json::parse(json)); }

/// A folder with the tiny config, another, and a sweep of them.
struct Desk {
    test::TempDir dir;
    explicit Desk(const std::string& sweep, const std::string& other = test::tiny_config()) {
        dir.write("tiny.yaml", test::tiny_config());
        dir.write("other.yaml", other);
        dir.write("sweep.yaml", sweep);
    }
    apps::SweepPlan plan(const Texts& overrides = {}) const {
        return apps::read_plan(dir.file("sweep.yaml"), overrides);
    }
    /// What is said of it, without the folder.
    std::string refusal(const Texts& overrides = {}) const {
        try {
            plan(overrides);
        } catch (const sim::Error& error) {
            std::string what = error.what();
            const std::string folder = dir.path().string() + "/";
            for (auto at = what.find(folder); at != std::string::npos; at = what.find(folder))
                what.erase(at, folder.size());
            return what;
        }
        return "(nothing)";
    }
};

Texts names_of(const apps::SweepPlan& plan) {
    Texts names;
    for (const apps::SweepPoint& point : plan.points) names.push_back(point.name);
    return names;
}

}  // namespace

TEST_CASE("keys are called by as little as tells them apart") {
    CHECK(apps::short_names({"populations.v1.lambda", "seed"}) == Texts{"lambda", "seed"});
    CHECK(apps::short_names({"a.tau", "b.tau", "b.x.y"}) == Texts{"a.tau", "b.tau", "y"});
    CHECK(apps::short_names({"populations.v1.coupling.kappa", "test.populations.v1.coupling.kappa"}) ==
          Texts{"populations.v1.coupling.kappa", "test.populations.v1.coupling.kappa"});
}

TEST_CASE("names of files are safe, and of different texts different") {
    CHECK(apps::file_safe("lambda=0.06_seed=1") == "lambda=0.06_seed=1");
    CHECK(apps::file_safe("T=50 ms") == "T=50ms");
    const std::string one = apps::file_safe("folder=/a/b"), other = apps::file_safe("folder=/ab");
    CHECK(one.find('/') == std::string::npos);
    CHECK(one.starts_with("folder=ab-"));
    CHECK(one != other);
    CHECK(apps::file_safe(std::string(300, 'x')).size() < 120);
    CHECK(apps::file_safe(std::string(300, 'x')) != apps::file_safe(std::string(301, 'x')));
}

TEST_CASE("a grid is every combination, a list is crossed with it, and the last key varies fastest") {
    const Desk desk(
        "config: tiny.yaml\n"
        "list:\n"
        "  - {populations.v1.coupling.kappa: 5, populations.v1.coupling.sigma: 1}\n"
        "  - {populations.v1.coupling.kappa: 0}\n"
        "grid: {populations.v1.lambda: [0.1, 0.2], seed: 3}\n");
    const apps::SweepPlan plan = desk.plan();
    CHECK(plan.keys == Texts{"populations.v1.coupling.kappa", "populations.v1.coupling.sigma",
                             "populations.v1.lambda", "seed"});
    CHECK(names_of(plan) == Texts{"kappa=5_sigma=1_lambda=0.1_seed=3", "kappa=5_sigma=1_lambda=0.2_seed=3",
                                  "kappa=0_lambda=0.1_seed=3", "kappa=0_lambda=0.2_seed=3"});
    CHECK(plan.points[2].values == Texts{"0", "", "0.1", "3"});
    CHECK(plan.runs.size() == 4);
    CHECK(plan.runs[1].overrides == Texts{"populations.v1.coupling.kappa=5",
                                          "populations.v1.coupling.sigma=1", "populations.v1.lambda=0.2",
                                          "seed=3"});
    CHECK(test::contains(plan.runs[1].resolved, "lambda: 0.2\n"));
    CHECK(plan.is_analyzed);
}

TEST_CASE("what is swept at the test alone needs one run for all of it") {
    const Desk desk(
        "config: tiny.yaml\n"
        "grid: {seed: [1, 2]}\n"
        "analysis_grid: {populations.v1.lambda: [0.1, 0.2, 0.3]}\n");
    const apps::SweepPlan plan = desk.plan();
    CHECK(plan.keys == Texts{"seed", "test.populations.v1.lambda"});
    CHECK(plan.runs.size() == 2);
    CHECK(plan.runs[1].name == "seed=2");
    REQUIRE(plan.points.size() == 6);
    CHECK(plan.points[4].name == "seed=2_lambda=0.2");
    CHECK(plan.points[4].run == 1);
    CHECK(plan.points[4].overrides == Texts{"populations.v1.lambda=0.2"});
    CHECK(test::contains(plan.points[4].tested, "lambda: 0.2\n"));
    CHECK(test::contains(plan.runs[1].resolved, "lambda: 0.1\n"));
}

TEST_CASE("several configs are one more thing that points differ in") {
    const Desk desk(
        "config: [tiny.yaml, other.yaml]\n"
        "grid: {seed: [1, 2]}\n");
    const apps::SweepPlan plan = desk.plan();
    CHECK(plan.keys == Texts{"config", "seed"});
    REQUIRE(plan.runs.size() == 4);
    CHECK(plan.runs[1].name == "config=tiny_seed=2");
    CHECK(plan.runs[2].config == desk.dir.file("other.yaml"));
    CHECK(plan.runs[2].overrides == Texts{"seed=1"});
    CHECK(plan.points[3].values == Texts{"other", "2"});
}

TEST_CASE("a list can be the value of a key") {
    const Desk desk(
        "config: tiny.yaml\n"
        "grid: {analysis.set: [[], [populations.v1.lambda=0.02, presentation.T=80 ms]]}\n");
    const apps::SweepPlan plan = desk.plan();
    REQUIRE(plan.points.size() == 2);
    CHECK(test::contains(plan.points[1].tested, "T: 80 ms"));
    CHECK(test::contains(plan.points[0].tested, "T: 50 ms"));
}

TEST_CASE("what is wrong in a sweep file is said with its line") {
    const auto refusal = [](const std::string& text) { return Desk("config: tiny.yaml\n" + text).refusal(); };
    const auto says = [&](const std::string& text, const std::string& words) {
        const std::string said = refusal(text);
        CAPTURE(said);
        CHECK(said.find(words) == 0);
    };
    says("analyze: true\n", "sweep.yaml: must have a grid, a list, an analysis_grid or several configs");
    says("grdi: {seed: [1]}\n",
         "sweep.yaml:2: grdi: must be a known key, got \"grdi\" (did you mean \"grid\"?)");
    says("grid: {seed: [1]}\nscor: x\n",
         "sweep.yaml:3: scor: must be a known key, got \"scor\" (did you mean \"score\"?)");
    says("grid: {}\n", "sweep.yaml:2: grid: must be a map from keys to lists of values");
    says("grid:\n  seed: []\n", "sweep.yaml:3: grid.seed: must have a value, got an empty list");
    says("list: []\n", "sweep.yaml:2: list: must be a list of maps");
    says("list: [1]\n", "sweep.yaml:2: list: must be a list of maps");
    says("grid: {seed: [1, {a: 2}]}\n", "sweep.yaml:2: grid.seed: must give a key one value, got a map");
    says("grid:\n  seed: [1]\n  populations.v1.lamda: [0.1]\n",
         "sweep.yaml:4: populations.v1.lamda: must be a known key, got \"lamda\" (did you mean \"lambda\"?)");
    says("grid:\n  seed: [1]\n  populations.v1.lambda: [0.1, -1]\n",
         "sweep.yaml:4: populations.v1.lambda: must be");
    says("grid: {seed: [1]}\nset: [populations.v1.sheet.rowz=3]\n",
         "sweep.yaml: seed=1: set: populations.v1.sheet.rowz: must be a known key");
    says("grid: {seed: [1, 1]}\n", "sweep.yaml: the point seed=1 stands twice");
    says("grid: {populations.v1.lambda: [0.1, 0.2, 1e-1]}\n",
         "sweep.yaml: the points lambda=0.1 and lambda=1e-1 must differ, got values that mean the same");
    says("list: [{presentation.T: 50 ms}, {seed: 1}, {presentation.T: 0.05 s}]\n",
         "sweep.yaml: the points T=50ms and T=0.05s must differ");
    says("grid: {seed: [1]}\nanalysis_grid: {populations.v1.lambda: [0.2, 0.20]}\n",
         "sweep.yaml: the points seed=1_lambda=0.2 and seed=1_lambda=0.20 must differ");
    says("grid: {seed: [1]}\nset: ['populations.v1.lambda=0.1 #0.2']\n",
         "sweep.yaml: seed=1: set: populations.v1.lambda: must be a value alone");
    says("populations.v1.lambda: 3\n", "sweep.yaml:2: populations.v1.lambda: must be a name without \".\"");
    says("grid: {seed: [1]}\nscore: ks.circular_varianc\n", "sweep.yaml:3: score: must be one of ");
    says("grid: {seed: [1]}\nanalyze: false\nscore: ks.circular_variance\n",
         "sweep.yaml:4: score: must be one of ");
    says("list: [{seed: 1}]\ngrid:\n  seed: [1]\n", "sweep.yaml:4: seed: a point can set the key once only");
    says("grid: {seed: [1]}\nanalysis_grid:\n  populations.v1.lamda: [1]\n",
         "sweep.yaml:4: populations.v1.lamda: must be a known key");
    says("grid: {seed: [1]}\nanalysis_grid:\n  populations.v1.sheet.rows: [9]\n",
         "sweep.yaml: seed=1_rows=9: set: must leave name and shape");
    says("run: x.h5\ngrid: {seed: [1]}\n", "sweep.yaml:2: run: must be absent where `config` is given");
    says("analyze: false\ngrid: {seed: [1]}\nanalysis_grid: {seed: [1]}\n",
         "sweep.yaml:4: analysis_grid: must be absent");
    CHECK(Desk("grid: {seed: [1]}\n")
              .refusal()
              .find("sweep.yaml:1: config: must be given, or `run` in its place, got neither") == 0);
    CHECK(Desk("config: absent.yaml\ngrid: {seed: [1]}\n").refusal().find("absent.yaml: cannot be read") ==
          0);
}

TEST_CASE("a score is one of the columns that there will be") {
    for (const char* score : {"ks.circular_variance", "populations.v1.relE", "batches", "map.wavelength",
                              "summary.median_rate", "score"})
        CHECK(Desk(fmt::format("config: tiny.yaml\ngrid: {{seed: [1, 2]}}\nscore: {}\n", score)).refusal() ==
              "(nothing)");
    const auto circuit = [](const std::string& score) {
        return Desk(fmt::format("config: {}/configs/two_cells.yaml\ngrid: {{seed: [1, 2]}}\nscore: {}\n",
                                STRIATE_SOURCE_DIR, score))
            .refusal();
    };
    CHECK(circuit("populations.second.rate_Hz") == "(nothing)");
    CHECK(test::contains(circuit("populations.secnd.rate_Hz"),
                         "\"populations.secnd.rate_Hz\" (did you mean \"populations.second.rate_Hz\"?)"));
}

TEST_CASE("relative paths of a sweep are relative to it, and stand in the table as they are") {
    const Desk desk(
        "config: tiny.yaml\nset: [stimulus.array.dataset=/frames]\n"
        "grid: {stimulus.array.file: [a.h5, /b.h5]}\n");
    const apps::SweepPlan plan = desk.plan();
    REQUIRE(plan.runs.size() == 2);
    CHECK(plan.runs[0].config == desk.dir.file("tiny.yaml"));
    CHECK(plan.points[0].values == Texts{"a.h5"});
    CHECK(plan.runs[0].overrides.back() == fmt::format("stimulus.array.file=\"{}\"", desk.dir.file("a.h5")));
    CHECK(plan.runs[1].overrides.back() == "stimulus.array.file=/b.h5");
    CHECK(test::contains(plan.runs[0].resolved, "file: \"" + desk.dir.file("a.h5") + "\"\n"));
}

namespace {

void replace_all(std::string& text, const std::string& old, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(old, at)) != std::string::npos; at += by.size())
        text.replace(at, old.size(), by);
}

}  // namespace

TEST_CASE("the sweeps of the project are valid and say what they show") {
    const test::TempDir dir;
    for (const auto& entry : test::fs::directory_iterator(STRIATE_SOURCE_DIR "/configs/sweeps")) {
        CAPTURE(entry.path());
        CHECK(test::read_file(entry.path()).starts_with("# "));
        // Some take kernels from runs that are made when they are: here a bank in their place.
        std::string text = test::read_file(entry.path());
        replace_all(text, "kernels.kind: run", "kernels.kind: log_gabor");
        replace_all(text, "kernels.kind=run", "kernels.kind=log_gabor");
        replace_all(text, " ../../", " @");  // of data, which need not be there
        replace_all(text, "../", STRIATE_SOURCE_DIR "/configs/");
        replace_all(text, " @", " ../../");
        CHECK(apps::read_plan(dir.write(entry.path().filename(), text)).points.size() > 1);
    }
}

TEST_CASE("numbers of JSON get dotted names") {
    CHECK(flattened(R"({"a": 1, "b": {"c": 2.5, "d": "text", "e": {"f": -1}}})") ==
          apps::Numbers{{"a", 1.0}, {"b.c", 2.5}, {"b.e.f", -1.0}});
    CHECK(flattened(R"({"list": [1, 2]})") == apps::Numbers{{"list.0", 1.0}, {"list.1", 2.0}});
    CHECK(flattened(R"({"x/y": 1})") == apps::Numbers{{"x_y", 1.0}});
    CHECK(std::isnan(flattened(R"({"none": null})").at(0).second));
}

TEST_CASE("named things of a list are called by their names") {
    CHECK(flattened(R"({"map": {"n": 1},
                        "properties": [{"property": "cv", "n": 3, "ks": {"value": 0.1, "low": 0.05}},
                                       {"property": "bw", "n": 4, "ks": {"value": 0.2, "low": 0.1}}],
                        "others": [{"name": "cv", "ks": 7}, {"name": "new", "ks": 8}]})") ==
          apps::Numbers{{"map.n", 1.0},
                        {"n.cv", 3.0},
                        {"ks.cv", 0.1},
                        {"ks.cv.low", 0.05},
                        {"n.bw", 4.0},
                        {"ks.bw", 0.2},
                        {"ks.bw.low", 0.1},
                        {"others.ks.cv", 7.0},
                        {"ks.new", 8.0}});
}

TEST_CASE("times and speeds are no results") {
    CHECK(flattened(R"({"build_s": 1, "images_per_second": 2, "spikes": 3})") ==
          apps::Numbers{{"spikes", 3.0}});
}

TEST_CASE("a table has a column for every number that any point has") {
    apps::SweepTable table({"seed", "presentation.T", "kind"});
    table.add("one", {"1", "50 ms", "a,b"}, {{"x", 0.1}, {"seed", 9.0}});
    table.add("two", {"2", "80 ms", "say \"c\""}, {{"y", 2.0}, {"x", 1.0 / 3.0}});
    CHECK(table.columns == Texts{"x", "y"});
    CHECK(apps::as_csv(table) ==
          "point,seed,presentation.T,kind,x,y\n"
          "one,1,50 ms,\"a,b\",0.1,NaN\n"
          "two,2,80 ms,\"say \"\"c\"\"\",0.3333333333333333,2\n");

    const test::TempDir dir;
    apps::write_table(table, {"y", true}, dir.path().string(), "grid: {}\n");
    const auto file = sim::io::File::open(dir.file("table.h5"));
    CHECK(file.read<std::string>("/table/point") == Texts{"one", "two"});
    CHECK(file.read<double>("/table/presentation.T") == std::vector{50.0, 80.0});
    CHECK(file.read_attribute<std::string>("/table/presentation.T", "units") == "ms");
    CHECK(file.read<std::string>("/table/kind") == Texts{"a,b", "say \"c\""});
    CHECK(file.read<double>("/table/x") == std::vector{0.1, 1.0 / 3.0});
    CHECK(std::isnan(file.read<double>("/table/y").at(0)));
    CHECK(file.read<std::string>("/provenance/sweep") == Texts{"grid: {}\n"});
    CHECK(file.read_attribute<std::string>("/table", "score") == "y");
    CHECK(file.read_attribute<std::uint8_t>("/table", "maximise") == 1);
}

TEST_CASE("values of one unit are numbers, others are texts") {
    apps::SweepTable table({"k"});
    table.add("a", {"1e-3 s"}, {});
    table.add("b", {"2 s"}, {});
    CHECK(apps::swept_values(table, 0).unit == "s");
    CHECK(apps::swept_values(table, 0).numbers == std::vector{1e-3, 2.0});
    table.add("c", {"3 ms"}, {});
    CHECK_FALSE(apps::swept_values(table, 0).are_numbers);
}

TEST_CASE("the figure is a line, lines, a map or a row of names") {
    const auto draw = [](const Texts& keys, const std::vector<Texts>& values) {
        const test::TempDir dir;
        apps::SweepTable table(keys);
        for (std::size_t p = 0; p < values.size(); ++p)
            table.add("p", values[p], {{"score", p == 0 ? kNan : 0.1 * static_cast<double>(p)}});
        apps::draw_score(table, 0, dir.path().string());
        if (test::fs::exists(dir.file("score.png"))) CHECK(test::fs::file_size(dir.file("score.png")) > 5000);
        return test::fs::exists(dir.file("score.gp")) ? test::read_file(dir.file("score.gp")) : "";
    };
    using test::contains;
    const std::string one = draw({"a", "seed"}, {{"1", "1"}, {"1", "2"}, {"1", "3"}, {"2", "1"}, {"2", "2"}});
    CHECK(contains(one, "with lines"));
    CHECK(contains(one, "filledcurves"));
    CHECK(contains(one, "mean and range over seed"));
    const std::string two =
        draw({"a", "b"}, {{"1", "x"}, {"10", "x"}, {"100", "x"}, {"1", "y"}, {"10", "y"}});
    CHECK(contains(two, "'b:'"));
    CHECK(contains(two, "logscale x"));
    std::vector<Texts> many;
    for (int i = 0; i < 7; ++i)
        for (int j = 0; j < 7; ++j) many.push_back({std::to_string(i), std::to_string(j) + " ms"});
    const std::string map = draw({"a", "b"}, many);
    CHECK(contains(map, "with image"));
    CHECK(contains(map, "'b [ms]'"));
    CHECK_FALSE(contains(draw({"kind"}, {{"slca"}, {"lca"}, {"lif"}}), "with lines"));
    CHECK(draw({"a"}, {{"1"}, {"1"}}) == "");  // nothing to draw against
}

TEST_CASE("the commands of a task follow each other, tasks run side by side") {
    const test::TempDir dir;
    Texts ended;
    apps::Jobs jobs(2);
    for (const std::string name : {"a", "b", "c"}) {
        apps::Task task;  // of this very program, which is the one that is started
        task.commands = {{{"--version"}, dir.file(name + ".out")}, {{"--help"}, ""}};
        task.log = dir.file(name + ".log");
        task.succeeded = [&ended, name] { ended.push_back(name); };
        task.failed = [](const std::string& why) { FAIL(why); };
        jobs.add(std::move(task));
    }
    jobs.work([] {});
    std::sort(ended.begin(), ended.end());
    CHECK(ended == Texts{"a", "b", "c"});
    const std::string log = test::read_file(dir.file("b.log"));
    CHECK(log.starts_with("$ striate --version\n"));
    CHECK(test::contains(log, "$ striate --help\n"));
    CHECK_FALSE(test::read_file(dir.file("a.out")).empty());
}

TEST_CASE("overrides of the command line are of all points, after those of the file") {
    const Desk desk(
        "config: tiny.yaml\nset: [learning.batches=3, seed=5]\ngrid: {populations.v1.lambda: [0.1, 0.2]}\n");
    const apps::SweepPlan plan = desk.plan({"learning.batches=4"});
    REQUIRE(plan.runs.size() == 2);
    for (const apps::SweepRun& run : plan.runs) {
        CHECK(test::contains(run.resolved, "batches: 4\n"));
        CHECK(test::contains(run.resolved, "seed: 5\n"));
    }
    CHECK(desk.refusal({"learning.batches=-1"}).starts_with("--set: learning.batches: must be"));
    CHECK(desk.refusal({"learning.bitches=4"}).starts_with("--set: learning.bitches: must be a known key"));
    CHECK(desk.refusal({"populations.v1.lambda=0.3"}) ==
          "--set: populations.v1.lambda: must be a key that is not swept, is one of sweep.yaml");
}

TEST_CASE("points of a list can have names, and each a config of its own") {
    const auto desk_of = [](const std::string& list) {
        return Desk("config: [tiny.yaml, other.yaml]\nlist:\n" + list);
    };
    const apps::SweepPlan plan =
        desk_of("  - {point: one, config: other, seed: 3}\n  - {point: two, config: tiny}\n")
            .plan({"seed=7", "learning.batches=4"});
    CHECK(names_of(plan) == Texts{"one", "two"});
    CHECK(plan.keys == Texts{"config", "seed"});
    REQUIRE(plan.runs.size() == 2);
    CHECK(plan.runs[0].config.ends_with("/other.yaml"));
    CHECK(plan.points[0].values == Texts{"other", "3"});
    CHECK(plan.points[1].values == Texts{"tiny", ""});
    CHECK(test::contains(plan.runs[0].resolved, "seed: 3\n"));  // its own, and not that of the command line
    CHECK(test::contains(plan.runs[1].resolved, "seed: 7\n"));
    CHECK(test::contains(plan.runs[0].resolved, "batches: 4\n"));

    CHECK(names_of(Desk("config: tiny.yaml\nlist: [{point: a, seed: 1}, {point: b, seed: 2}]\n"
                        "grid: {populations.v1.lambda: [0.1, 0.2]}\n")
                       .plan()) == Texts{"a_lambda=0.1", "a_lambda=0.2", "b_lambda=0.1", "b_lambda=0.2"});
    CHECK(desk_of("  - {point: a, config: tiny}\n  - {point: a, config: other}\n").refusal() ==
          "sweep.yaml: the point a stands twice");
    CHECK(desk_of("  - {point: a, config: tiny}\n  - {point: b, config: othr}\n").refusal() ==
          "sweep.yaml:4: config: must be one of tiny, other, got \"othr\"");
    CHECK(desk_of("  - {point: a, config: tiny}\n  - {point: b, seed: 1}\n").refusal() ==
          "sweep.yaml:4: config: must be one of tiny, other, got nothing");
}

TEST_CASE("of networks in which several populations code one is analysed, by its name") {
    const auto desk_of = [](const std::string& more, const std::string& populations) {
        return Desk("config: other.yaml\ngrid: {seed: [1, 2]}\n" + more,
                    "frame: {height: 8 px, width: 8 px}\nstimulus: {kind: dead_leaves}\npopulations:\n" +
                        populations);
    };
    const std::string two =
        "  v1: {kind: slca}\n  cells: {kind: lif_delta, size: 3}\n"
        "  v2: {kind: slca, sees: {kind: population, population: {from: v1}}}\n";
    const apps::SweepPlan unnamed = desk_of("", two).plan();
    CHECK_FALSE(unnamed.is_analyzed);
    CHECK(unnamed.score.empty());
    const apps::SweepPlan named = desk_of("analyze: true\npopulation: v2\n", two).plan();
    CHECK(named.is_analyzed);
    CHECK(named.population == "v2");
    CHECK(named.score == "ks.circular_variance");
    CHECK(desk_of("score: populations.v2.relE\n", two).plan().score == "populations.v2.relE");
    CHECK(desk_of("score: populations.cells.rate_Hz\n", two).plan().score == "populations.cells.rate_Hz");
    CHECK(test::contains(desk_of("score: populations.cells.relE\n", two).refusal(), "score: must be one of"));
    for (const char* more : {"analyze: true\n", "analyze: true\npopulation: cells\n"})
        CHECK(test::contains(desk_of(more, two).refusal(), "population: must be one of v1, v2"));
    CHECK(desk_of("", "  v1: {kind: slca}\n").plan().is_analyzed);
    CHECK(test::contains(desk_of("analyze: true\n", "  cells: {kind: lif_delta, size: 3}\n").refusal(),
                         "analyze: must be false where no population codes"));
}
