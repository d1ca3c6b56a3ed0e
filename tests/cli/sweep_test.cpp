// `striate sweep`: a user's sweep, stopped, killed, failing and wrong.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::TempDir;

constexpr const char* kTwoByTwo =
    "config: tiny.yaml\n"
    "set: [learning.batches=10]\n"
    "grid: {populations.v1.lambda: [0.08, 0.1], seed: [1, 2]}\n";

/// A folder with the tiny config and a sweep of it, which works in the folder "out".
class Desk {
  public:
    explicit Desk(const std::string& sweep = kTwoByTwo, const std::string& config = test::tiny_config()) {
        dir.write("tiny.yaml", config);
        dir.write("sweep.yaml", sweep);
    }
    Args args(const Args& more = {}) const {
        Args all{"sweep", dir.file("sweep.yaml"), "-o", dir.file("out")};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    Finished sweep(const Args& more = {}) const { return test::striate(args(more)); }
    Finished succeeds(const Args& more = {}) const {
        const Finished done = sweep(more);
        CHECK_MESSAGE(done.exit_code == 0, done.err);
        return done;
    }
    std::string out(const std::string& name) const { return dir.file("out/" + name); }
    std::string table() const { return test::read_file(out("table.csv")); }

    TempDir dir;
};

/// A 2 x 2 sweep that ran in one go, one point at a time.
const Desk& whole() {
    static const Desk desk;
    static const Finished done = desk.succeeds({"--jobs", "1"});
    return desk;
}

/// Tries to lock a file, as a sweep does its folder's, for as long as this is there.
class Held {
  public:
    explicit Held(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
        is_mine_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0;
    }
    ~Held() { ::close(file_); }
    Held(const Held&) = delete;
    bool is_mine() const { return is_mine_; }

  private:
    int file_;
    bool is_mine_ = false;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

}  // namespace

TEST_CASE("a sweep makes a row for every point, and says which is best") {
    const Desk desk;
    const Finished done = desk.succeeds({"--jobs", "2"});
    for (const char* words :
         {"4 points, 2 at a time", "   4/4  ", "lambda=0.1_seed=2  ks.circular_variance "})
        CHECK_MESSAGE(contains(done.err, words), std::string(words));
    CHECK(contains(done.out, "best by ks.circular_variance (smallest is best)\n"));

    const auto rows = lines_of(desk.table());
    REQUIRE(rows.size() == 5);
    CHECK(rows[0].starts_with("point,populations.v1.lambda,seed,"));
    for (const char* column : {"populations.v1.held_out_energy", "populations.v1.spikes_per_image",
                               "ks.circular_variance", "ks.circular_variance.low", "map.pinwheel_density"})
        CHECK_MESSAGE(contains("," + rows[0] + ",", fmt::format(",{},", column)), column);
    CHECK_FALSE(contains(rows[0], "per_second"));
    CHECK(rows[1].starts_with("lambda=0.08_seed=1,0.08,1,"));
    CHECK(rows[4].starts_with("lambda=0.1_seed=2,0.1,2,"));
    CHECK(fs::exists(desk.out("score.png")));

    const auto record = nlohmann::json::parse(test::read_file(desk.out("lambda=0.1_seed=2.json")));
    CHECK(record.at("set").at("populations.v1.lambda") == "0.1");
    CHECK(record.at("run").at("batches") == 10);
    const auto file = sim::io::open_striate_file(desk.out("table.h5"), "sweep");
    CHECK(file.read<double>("/table/populations.v1.lambda") == std::vector{0.08, 0.08, 0.1, 0.1});
    const double energy = file.read<double>("/table/populations.v1.held_out_energy").at(3);
    CHECK(record.at("run").at("populations").at("v1").at("held_out_energy") == energy);
    CHECK(contains(rows[4], fmt::format(",{},", energy)));
}

TEST_CASE("a point is what `run`, `analyze` and `compare` make of its settings") {
    const TempDir dir;
    const std::string config = dir.write("tiny.yaml", test::tiny_config()), run = dir.file("run.h5");
    REQUIRE(test::striate({"run", config, "-o", run, "--set", "learning.batches=10", "--set", "seed=2",
                           "--set", "populations.v1.lambda=0.08"})
                .exit_code == 0);
    REQUIRE(test::striate({"analyze", run}).exit_code == 0);
    CHECK(test::first_difference(run, whole().out("lambda=0.08_seed=2.h5")) == "");
    // All but the path of the run.
    CHECK(test::first_difference(dir.file("run.analysis.h5"),
                                 whole().out("lambda=0.08_seed=2.analysis.h5")) == "/provenance/run");
}

TEST_CASE("the table is the same however many points run at a time") {
    const Desk desk;
    desk.succeeds({"--jobs", "2", "--quiet"});
    CHECK(desk.table() == whole().table());
    CHECK(test::first_difference(desk.out("table.h5"), whole().out("table.h5")) == "");
}

TEST_CASE("what is done is not done again, and the table is") {
    const Desk desk;
    desk.succeeds();
    const std::string run = desk.out("lambda=0.08_seed=1.h5"), record = desk.out("lambda=0.08_seed=1.json");
    const auto written = fs::last_write_time(run), recorded = fs::last_write_time(record);
    fs::remove(desk.out("table.csv"));
    fs::remove(desk.out("lambda=0.1_seed=1.h5"));  // to save space; its record stays
    CHECK(contains(desk.succeeds().err, "4 points, 4 of them done"));
    CHECK(fs::last_write_time(run) == written);
    CHECK(fs::last_write_time(record) == recorded);
    CHECK_FALSE(fs::exists(desk.out("lambda=0.1_seed=1.h5")));
    CHECK(desk.table() == whole().table());
}

TEST_CASE("a killed sweep goes on, with the same table") {
    const Desk desk;
    {
        test::Striate process(desk.args({"--jobs", "1"}));
        while (!fs::exists(desk.out("lambda=0.08_seed=2.log"))) REQUIRE_FALSE(process.wait_for(1.0));
        process.send(SIGKILL);
        process.wait();
    }
    CHECK_FALSE(fs::exists(desk.out("table.csv")));
    CHECK(contains(desk.succeeds().err, "1 of them done"));
    CHECK(desk.table() == whole().table());
}

TEST_CASE("an interrupted sweep stops its runs at a checkpoint and goes on from there") {
    const Desk desk(test::with_line(kTwoByTwo, "set", "set: [learning.batches=400]"));
    test::Striate process(desk.args({"--jobs", "2"}));
    const std::string partial = desk.out("lambda=0.08_seed=1.h5.partial");
    while (!fs::exists(partial)) REQUIRE_FALSE(process.wait_for(1.0));
    process.send(SIGINT);
    const Finished stopped = process.wait();
    CHECK(stopped.exit_code == 130);
    CHECK(contains(stopped.err, "the same command goes on with it"));
    CHECK(fs::exists(partial));

    desk.succeeds({"--jobs", "2"});
    CHECK(contains(test::read_file(desk.out("lambda=0.08_seed=1.log")), "resuming after "));
    const Desk again(test::read_file(desk.dir.file("sweep.yaml")));
    again.succeeds({"--jobs", "2"});
    CHECK(desk.table() == again.table());
}

TEST_CASE("a run stopped in its last batch goes on to its end, and knows its last measures") {
    const TempDir dir;
    const std::string run = dir.file("run.h5");
    Args args{"run",
              dir.write("tiny.yaml", test::tiny_config()),
              "-o",
              run,
              "--json",
              "--set",
              "learning.batches=1",
              "--set",
              "learning.batch_size=1000"};
    test::Striate process(args);
    while (!fs::exists(run + ".partial")) REQUIRE_FALSE(process.wait_for(1.0));
    process.send(SIGINT);
    Finished done = process.wait();
    if (done.exit_code == 130) {  // heard within the batch, and not just after it
        args.push_back("--resume");
        done = test::striate(args);
    }
    CHECK_MESSAGE(done.exit_code == 0, done.err);
    const auto json = nlohmann::json::parse(done.out);
    CHECK(json.at("populations").at("v1").at("spikes_per_image").get<double>() > 0.0);
}

TEST_CASE(
    "two sweeps do not work in one folder: a sweep at work holds it, and another waits until it is free") {
    const Desk desk(test::with_line(kTwoByTwo, "set", "set: [learning.batches=1000000]"));
    {
        test::Striate first(desk.args());
        while (!fs::exists(desk.out("lambda=0.08_seed=1.log"))) REQUIRE_FALSE(first.wait_for(1.0));
        CHECK_FALSE(Held(desk.out(".lock")).is_mine());
        first.send(SIGINT);
        CHECK(first.wait().exit_code == 130);
    }
    // How long a sweep holds its folder is left to no machine: the test holds that of a sweep that is done.
    desk.dir.write("sweep.yaml", kTwoByTwo);
    desk.succeeds({"--force"});
    auto held = std::make_unique<Held>(desk.out(".lock"));
    REQUIRE(held->is_mine());
    test::Striate second(desk.args());
    while (!contains(second.err_so_far(), "waiting for another sweep")) REQUIRE_FALSE(second.wait_for(1.0));
    CHECK_FALSE(contains(second.err_so_far(), "4 points"));
    held.reset();
    const Finished done = second.wait();
    CHECK_MESSAGE(done.exit_code == 0, done.err);
    CHECK(contains(done.err, "4 points, 4 of them done"));
}

TEST_CASE("a point that fails is said, with the end of its log, and the others go on") {
    const Desk desk(
        "config: tiny.yaml\n"
        "set: [learning.batches=5, stimulus.array.file=absent.h5, stimulus.array.dataset=/frames]\n"
        "grid: {stimulus.kind: [array, dead_leaves]}\n");
    const Finished done = desk.sweep();
    CHECK(done.exit_code == 1);
    for (const char* words : {"kind=array  FAILED: `striate run` ended with code 3", "absent.h5",
                              "kind=dead_leaves", "1 of 2 points failed"})
        CHECK_MESSAGE(contains(done.err, words), std::string(words));
    const auto rows = lines_of(desk.table());
    REQUIRE(rows.size() == 2);
    CHECK(rows[1].starts_with("kind=dead_leaves,dead_leaves,"));
    CHECK(contains(desk.sweep({"--quiet"}).err, "kind=array  FAILED"));  // tried again
}

TEST_CASE("all points of a run that fails have failed, and its log is shown once") {
    const Desk desk(
        "config: tiny.yaml\n"
        "set: [stimulus.kind=array, stimulus.array.file=absent.h5, stimulus.array.dataset=/frames]\n"
        "analysis_grid: {populations.v1.lambda: [0.1, 0.2]}\n");
    const Finished done = desk.sweep();
    CHECK(done.exit_code == 1);
    CHECK(contains(done.err, "lambda=0.2  FAILED: so did its run\n"));
    CHECK(contains(done.err, "2 of 2 points failed"));
    CHECK(done.err.find(" ends:\n") == done.err.rfind(" ends:\n"));
}

TEST_CASE("points of other settings are computed again only if that is asked for") {
    const Desk desk("config: tiny.yaml\nset: [learning.batches=5]\ngrid: {seed: [1]}\nanalyze: false\n");
    desk.succeeds();
    desk.dir.write("sweep.yaml",
                   "config: tiny.yaml\nset: [learning.batches=6]\ngrid: {seed: [1]}\nanalyze: false\n");
    const Finished refused = desk.sweep();
    CHECK(refused.exit_code == 2);
    CHECK(contains(refused.err, "seed=1.json: was computed under other settings"));
    CHECK(contains(refused.err, "batches: 5, now batches: 6"));
    desk.succeeds({"--force"});
    CHECK(sim::io::open_striate_file(desk.out("table.h5"), "sweep").read<double>("/table/batches") ==
          std::vector{6.0});
    desk.succeeds();
}

TEST_CASE("tests of one training share it, and a trained network can be swept alone") {
    const Desk desk(
        "config: tiny.yaml\n"
        "analysis_grid: {populations.v1.lambda: [0.05, 0.1], presentation.T: [50 ms, 60 ms]}\n"
        "score: median_model.circular_variance\nmaximise: true\n");
    const Finished done = desk.succeeds();
    CHECK(contains(done.out, "(largest is best)"));
    CHECK(fs::exists(desk.out("tiny.h5")));
    const auto rows = lines_of(desk.table());
    REQUIRE(rows.size() == 5);
    CHECK(rows[0].starts_with("point,test.populations.v1.lambda,test.presentation.T,"));
    CHECK(rows[4].starts_with("lambda=0.1_T=60ms,0.1,60 ms,"));

    const Desk of_run(
        "run: tiny.h5\ngrid: {populations.v1.lambda: [0.05, 0.1]}\nset: [presentation.T=60 ms]\n");
    fs::copy(desk.out("tiny.h5"), of_run.dir.file("tiny.h5"));
    of_run.succeeds();
    CHECK(lines_of(of_run.table())[0].starts_with("point,populations.v1.lambda,n.circular_variance"));
    CHECK(test::first_difference(of_run.out("lambda=0.1.analysis.h5"),
                                 desk.out("lambda=0.1_T=60ms.analysis.h5")) == "/provenance/run");
}

TEST_CASE("a circuit can be swept") {
    const Desk desk(
        fmt::format("config: {}/configs/two_cells.yaml\n"
                    "grid: {{projections.forward.weight: [4 mV, 8 mV]}}\n"
                    "score: populations.second.spikes\n",
                    STRIATE_SOURCE_DIR));
    CHECK(contains(desk.succeeds().out, "best by populations.second.spikes"));
    const auto rows = lines_of(desk.table());
    REQUIRE(rows.size() == 3);
    CHECK(contains(rows[0], "populations.first.rate_Hz"));
}

TEST_CASE("what is wrong is said before anything runs") {
    const Desk desk;
    const auto refused = [&](const std::string& text, int exit_code, const std::string& words) {
        desk.dir.write("sweep.yaml", text);
        const Finished done = desk.sweep();
        CAPTURE(done.err);
        CHECK(done.exit_code == exit_code);
        CHECK(contains(done.err, words));
        CHECK(done.out == "");
        CHECK_FALSE(fs::exists(desk.dir.file("out")));
    };
    refused("config: tiny.yaml\ngird: {seed: [1]}\n", 2, "sweep.yaml:2: gird: must be a known key");
    refused("config: tiny.yaml\ngrid: {populations.v1.lamda: [1]}\n", 2,
            "sweep.yaml:2: populations.v1.lamda: must be a known");
    refused("config: tiny.yaml\ngrid: {}\n", 2, "sweep.yaml:2: grid: must be");
    refused("config: tiny.yaml\ngrid: {seed: [1]}\nscore: ks.circular_varianc\n", 2,
            "(did you mean \"ks.circular_variance\"?)");
    refused("config: tiny.yaml\ngrid: {populations.v1.lambda: [0.1, 0.10, 1e-1]}\n", 2,
            "the points lambda=0.1 and lambda=0.10 must differ");
    refused("config: other.yaml\ngrid: {seed: [1]}\n", 3, "other.yaml: cannot be read");
    refused("run: tiny.yaml\ngrid: {seed: [1]}\n", 3, "tiny.yaml");
    CHECK(test::striate({"sweep", desk.dir.file("absent.yaml")}).exit_code == 3);
}

TEST_CASE("a folder that cannot be made is said") {
    const Desk desk;
    desk.dir.write("out", "a file");
    const Finished done = desk.sweep();
    CHECK(done.exit_code == 3);
    CHECK(contains(done.err, "out: no folder can be made"));
}

TEST_CASE("a score that no point turns out to have loses no point") {
    const Desk desk(
        "config: tiny.yaml\nset: [learning.batches=2, 'analysis.tests=[gratings]']\ngrid: {seed: [1]}\n"
        "score: summary.median_c50\n");
    const Finished done = desk.sweep();
    CHECK(done.exit_code == 2);
    CHECK(contains(done.err, "(there is no summary.median_c50"));
    CHECK(contains(done.err, "sweep.yaml:4: score: must be one of "));
    CHECK(lines_of(desk.table()).size() == 2);
}

/// What a sweep file could name as its score, from what is said of one that is none.
std::vector<std::string> possible_scores(const std::string& sweep) {
    const Desk desk(sweep + "score: \"?\"\n");
    const std::string said = desk.sweep().err, begin = "must be one of ", end = ", got ";
    const auto first = said.find(begin), last = said.find(end);
    REQUIRE_MESSAGE((first != std::string::npos && last != std::string::npos), said);
    std::vector<std::string> names;
    std::string list = said.substr(first + begin.size(), last - first - begin.size()) + ", ";
    for (std::size_t at; (at = list.find(", ")) != std::string::npos; list = list.substr(at + 2))
        names.push_back(list.substr(0, at));
    return names;
}

/// Columns of results of a table that are not among these.
std::string others_than(const std::vector<std::string>& known, const std::string& header,
                        std::size_t n_keys) {
    std::string others;
    std::istringstream in(header);
    std::size_t k = 0;
    for (std::string name; std::getline(in, name, ','); ++k)
        if (k > n_keys && std::find(known.begin(), known.end(), name) == known.end()) others += name + " ";
    return others;
}

TEST_CASE("every column that a table has can be its score") {
    CHECK(others_than(possible_scores(kTwoByTwo), lines_of(whole().table())[0], 2) == "");
    const std::string circuit =
        fmt::format("config: {}/configs/two_cells.yaml\ngrid: {{projections.forward.weight: [4 mV, 8 mV]}}\n",
                    STRIATE_SOURCE_DIR);
    const Desk desk(circuit);
    desk.succeeds();
    CHECK(others_than(possible_scores(circuit), lines_of(desk.table())[0], 1) == "");
}

TEST_CASE("the help of sweep has examples, and the first of them works") {
    const Finished help = test::striate({"sweep", "--help"});
    CHECK(help.exit_code == 0);
    CHECK(contains(help.out, "striate sweep configs/sweeps/example.yaml -o example"));
    const TempDir dir;
    const Finished done = test::striate(
        {"sweep", STRIATE_SOURCE_DIR "/configs/sweeps/example.yaml", "-o", dir.file("example")});
    CHECK_MESSAGE(done.exit_code == 0, done.err);
    CHECK(lines_of(test::read_file(dir.file("example/table.csv"))).size() == 5);
}
