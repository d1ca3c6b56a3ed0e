// Whatever is wrong with what a user gives, the program says where and what, picks the exit code of the one
// who can mend it, prints nothing to stdout and leaves no file behind.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>

#include "sim/io/striate_file.hpp"
#include "sim/rng.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::TempDir;

using test::kUnreadableFile;
using test::kWrongInput;

/// A folder with a tiny config in it, where commands go wrong.
class Desk {
  public:
    Desk() : config_(dir.write("tiny.yaml", test::tiny_config())) {}

    /// Runs the program: it must refuse, saying all of `words` in one line of stderr, and leave the folder as
    /// it was.
    Finished refuses(const Args& args, int exit_code, const std::vector<std::string>& words) const {
        const auto before = dir.names();
        const Finished done = test::striate(args, {.working_dir = dir.path()});
        CAPTURE(done.err);
        CHECK(done.exit_code == exit_code);
        CHECK(done.out == "");
        for (const std::string& word : words) {
            CAPTURE(word);
            CHECK(contains(done.err, word));
        }
        CHECK(dir.names() == before);
        return done;
    }

    /// `striate run` of the tiny config, with these arguments after it.
    Finished run_refuses(const Args& more, int exit_code, const std::vector<std::string>& words) const {
        Args args{"run", config_, "-o", output(), "--quiet"};
        args.insert(args.end(), more.begin(), more.end());
        return refuses(args, exit_code, words);
    }

    /// The same of the tiny config with one line changed.
    Finished config_refused(const std::string& key, const std::string& line,
                            const std::vector<std::string>& words) const {
        dir.write("tiny.yaml", test::with_line(test::tiny_config(), key, line));
        return run_refuses({}, kWrongInput, words);
    }

    void runs(const Args& more) const {
        Args args{"run", config_, "-o", output()};
        args.insert(args.end(), more.begin(), more.end());
        const Finished done = test::striate(args);
        CHECK_MESSAGE(done.exit_code == 0, done.err);
        CHECK(fs::exists(output()));
    }

    std::string output() const { return dir.file("out.h5"); }
    const std::string& config() const { return config_; }

    TempDir dir;

  private:
    std::string config_;
};

/// A colour photograph of noise that no frame of 12 x 12 px is too large for.
std::string ppm() {
    constexpr std::size_t kHeight = 60, kWidth = 120;
    sim::Stream noise(1, sim::Purpose::test, 0);
    std::string bytes = fmt::format("P6\n{} {}\n255\n", kWidth, kHeight);
    for (std::size_t k = 0; k < 3 * kHeight * kWidth; ++k) bytes += static_cast<char>(noise.below(256));
    return bytes;
}

Args photographs_in(const std::string& folder) {
    return {"--set", "stimulus.kind=natural_patches", "--set", "stimulus.natural_patches.folder=" + folder};
}

/// Frames of 12 x 12 px as a user would hand them over.
std::string frames_file(const TempDir& dir, const std::vector<float>& pixels) {
    const std::string path = dir.file("frames.h5");
    sim::io::File file = sim::io::File::create(path);
    file.write("/frames", std::span<const float>(pixels), {pixels.size() / 144, 12, 12}, {"1", "frames"});
    file.close();
    return path;
}

Args frames_from(const std::string& file, const std::string& dataset) {
    return {"--set", "stimulus.kind=array",
            "--set", "stimulus.array.file=" + file,
            "--set", "stimulus.array.dataset=" + dataset};
}

}  // namespace

// ---- the config

TEST_CASE("an unknown key is refused with its place, its dotted name and the nearest known one") {
    Desk().config_refused("sheet", "    sheet: {rowz: 8, cols: 8}",
                          {"tiny.yaml:8: populations.v1.sheet.rowz: ", "did you mean \"rows\"?"});
}

TEST_CASE("a block that does not exist is refused") {
    Desk().config_refused("sheet", "    sheat: {rows: 8, cols: 8}",
                          {"tiny.yaml:8: populations.v1.sheat: ", "\"sheet\"?"});
}

TEST_CASE("what once stood at the root and is said of a population now is answered with its place") {
    const Desk desk;
    desk.config_refused("presentation", "population: {kind: slca}",
                        {"tiny.yaml:12: population: must be populations.NAME"});
    for (const char* block : {"sheet", "receptive_field", "objective", "coupling", "background", "plasticity",
                              "homeostasis", "teaching"})
        desk.config_refused("presentation", fmt::format("{}: {{}}", block),
                            {fmt::format("tiny.yaml:12: {}: must be in the block of a population, "
                                         "populations.NAME.{}",
                                         block, block)});
}

TEST_CASE("a quantity in a wrong unit is refused with those it may have") {
    Desk().config_refused("presentation", "presentation: {T: 50 px}",
                          {"tiny.yaml:12: presentation.T: ", "ms", "got \"50 px\""});
}

TEST_CASE("a quantity without its unit is refused") {
    Desk().config_refused("presentation", "presentation: {T: 50}",
                          {"tiny.yaml:12: presentation.T: ", "\"10 ms\"", "got \"50\""});
}

TEST_CASE("a value of a wrong type is refused") {
    Desk desk;
    desk.config_refused("seed", "seed: seven", {"tiny.yaml:1: seed: must be an integer, got \"seven\""});
    desk.config_refused("seed", "seed: 1.5", {"tiny.yaml:1: seed: must be an integer, got \"1.5\""});
    desk.config_refused("seed", "seed: [1]", {"tiny.yaml:1: seed: must be an integer, got a list"});
    desk.config_refused("sheet", "    sheet: 8",
                        {"tiny.yaml:8: populations.v1.sheet: must be a block of keys, got \"8\""});
    desk.config_refused(
        "lambda", "    slca: {carry_over: maybe}",
        {"tiny.yaml:7: populations.v1.slca.carry_over: must be true or false, got \"maybe\""});
}

TEST_CASE("a size that is negative, zero or no whole number is refused") {
    Desk desk;
    for (const char* rows : {"-8", "0"})
        desk.config_refused("sheet", fmt::format("    sheet: {{rows: {}, cols: 8}}", rows),
                            {"tiny.yaml:8: populations.v1.sheet.rows: must be > 0, got"});
    desk.config_refused("frame", "frame: {height: -12 px, width: 12 px}",
                        {"tiny.yaml:2: frame.height: must be > 0, got \"-12 px\""});
    desk.config_refused("frame", "frame: {height: 12.5 px, width: 12 px}",
                        {"tiny.yaml:2: frame.height: must be a whole number of px, got \"12.5 px\""});
}

TEST_CASE("a number that is not finite is refused") {
    Desk desk;
    desk.config_refused("lambda", "    lambda: nan",
                        {"tiny.yaml:7: populations.v1.lambda: must be ", "\"nan\""});
    desk.config_refused("lambda", "    lambda: inf",
                        {"tiny.yaml:7: populations.v1.lambda: must be ", "\"inf\""});
}

TEST_CASE("a component nobody knows is refused with the nearest known one") {
    Desk().config_refused("kind", "    kind: slka",
                          {"tiny.yaml:6: populations.v1.kind: must be one of ", "did you mean \"slca\"?"});
    Desk().run_refuses({"--set", "stimulus.kind=dead_leafs"}, kWrongInput, {"dead_leaves"});
}

TEST_CASE("a key that stands twice is refused") {
    Desk desk;
    desk.config_refused("seed", "seed: 1\nseed: 2", {"tiny.yaml:2: seed: the key stands twice"});
    desk.config_refused("sheet", "    sheet: {rows: 8, cols: 8, rows: 9}",
                        {"tiny.yaml:8: populations.v1.sheet.rows: the key stands twice"});
}

TEST_CASE("what is no config is refused, whatever it is") {
    const Desk desk;
    const auto refused = [&](const std::string& text, const std::vector<std::string>& words) {
        desk.dir.write("tiny.yaml", text);
        desk.run_refuses({}, kWrongInput, words);
    };
    refused("sheet: {rows: 8", {"tiny.yaml:1: must be YAML"});
    refused("- 1\n- 2\n", {"tiny.yaml:1: must be a map of keys, got a list"});
    refused("seed: 1\n? [1, 2]\n: 3\n", {"tiny.yaml:2: a key must be text, got a list"});
    refused("sheet: &sheet\n  rows: *sheet\n", {"tiny.yaml", "deep"});
    refused("", {"duration", "required"});  // what it lacks is said
    refused("learning: {}\npopulations: {v1: {}}\n", {"stimulus.natural_patches.folder", "required"});
}

TEST_CASE("a dotted key is refused in configs of every kind") {
    const Desk desk;
    const auto refused = [&](const std::string& text, const std::vector<std::string>& words) {
        desk.dir.write("dotted.yaml", text);
        desk.refuses({"validate", "dotted.yaml"}, kWrongInput, words);
    };
    refused(test::tiny_config() + "populations.v1.lambda: 0.5\n",
            {"populations.v1.lambda: must be a name without \".\"", "\"populations: {v1: {lambda: ...}}\""});
    const std::string circuit =
        "duration: 10 ms\npopulations: {cells: {kind: lif_delta, size: 2, lif_delta: {tau_m: 10 ms}}}\n";
    refused(circuit + "record.rate_bin: 1 ms\n", {"dotted.yaml:3: record.rate_bin: must be a name"});
    refused(
        test::with_line(circuit, "populations", "populations: {cells: {kind: lif_delta, lif_delta.I_e: 1}}"),
        {"dotted.yaml:2: populations.cells.lif_delta.I_e: must be a name"});
    refused("stimulus: {kind: photographs, photographs.size: 4}\n",
            {"dotted.yaml:1: stimulus.photographs.size: must be a name"});
    refused("senses: {seen: {kind: array, array.file: x.h5}}\n",
            {"dotted.yaml:1: senses.seen.array.file: must be a name"});
}

TEST_CASE("a second document, text of another encoding and aliases without end are refused") {
    const Desk desk;
    const auto refused = [&](const std::string& text, const std::vector<std::string>& words) {
        desk.dir.write("tiny.yaml", text);
        desk.run_refuses({}, kWrongInput, words);
        desk.refuses({"validate", desk.config()}, kWrongInput, words);
    };
    refused(test::tiny_config() + "---\nseed: 99\n", {"tiny.yaml:", "must be one YAML document"});
    refused("seed: 1\npopulations: {\"Gr\xfcn\": {kind: slca}}\n", {"tiny.yaml:2: must be UTF-8 text"});
    std::string laughs = "a0: &a0 {k: 1}\n";
    for (int i = 1; i < 12; ++i)
        laughs += fmt::format("a{0}: &a{0} {{p: *a{1}, q: *a{1}, r: *a{1}, s: *a{1}, t: *a{1}}}\n", i, i - 1);
    refused(laughs, {"values that aliases (*) stand for"});
}

TEST_CASE("a name that does not work in files is refused") {
    for (const char* name : {"a/b", "\"\""})
        Desk().config_refused("v1", fmt::format("  {}:", name),
                              {"tiny.yaml:", "populations.", ": must be a name of 1 to 255 bytes"});
    for (const char* name : {".", "..", "a.b"})
        Desk().config_refused("v1", fmt::format("  {}:", name),
                              {"tiny.yaml:", "populations.", ": must be a name without \".\""});
}

TEST_CASE("an analysis that would fail after hours of work is refused before it") {
    const Desk desk;
    for (const auto& [set, words] :
         {std::pair{"gratings.orientations=3", "at least 4: tuning to orientation"},
          {"gratings.phases=2", "at least 3: F1/F0"},
          {"gratings.max_frequency=0.06 cycles/px", "above min_frequency"},
          {"natural_frames=1", "at least 2: correlations"},
          {"contrasts=[0.1, 0.1, 0.2, 0.3, 0.4]", "ascending, each once"},
          {"contrasts=[0.1, 0.2, 0.3]", "at least 4 norms"}}) {
        const std::string key = std::string(set).substr(0, std::string(set).find('='));
        desk.run_refuses({"--set", fmt::format("analysis.{}", set)}, kWrongInput,
                         {"--set: analysis." + key + ": must be ", words});
    }
    desk.run_refuses({"--set", "analysis.set=[analysis.gratings.phases=2]"}, kWrongInput,
                     {"analysis.set: ", "analysis.gratings.phases: must be at least 3"});
}

TEST_CASE("what would take more memory than there is is refused with what it would take") {
    const Desk desk;
    for (const char* set :
         {"populations.v1.sheet.rows=4000000000", "populations.v1.sheet.rows=9000000000000000000",
          "frame.height=1e30 px", "learning.batch_size=90000000000000", "learning.held_out=90000000000000",
          "analysis.noise_frames=90000000000000", "analysis.natural_frames=90000000000000",
          "analysis.gratings.phases=90000000000000", "stimulus.dead_leaves.size=90000000"}) {
        const std::string key = std::string(set).substr(0, std::string(set).find('='));
        desk.run_refuses({"--set", set}, kWrongInput,
                         {"--set: " + key + ": must be such that ", "fit into the memory of this machine"});
    }
    const Args million{"--set", "populations.v1.sheet={rows: 1000, cols: 1000}", "--set",
                       "populations.v1.receptive_field={R: 0 px}"};
    const std::vector<std::string> words{
        "populations.v1.sheet.cols: must be such that the interaction of 1000000 neurons and their fields "
        "(4e+03 GB) fit "
        "into the memory of this machine"};
    desk.run_refuses(million, kWrongInput, words);
    Args validate{"validate", desk.config()};
    validate.insert(validate.end(), million.begin(), million.end());
    desk.refuses(validate, kWrongInput, words);
    const std::string circuit =
        desk.dir.write("circuit.yaml",
                       "duration: 1000 ms\npopulations: {cells: {kind: lif_delta, size: 2}}\n"
                       "record: {state: {v: {population: cells, variable: V_m, every: 1 ms}}}\n");
    for (const char* set : {"record.state.v.every=1e-12 ms", "record.rate_bin=1e-12 ms"}) {
        const std::string key = std::string(set).substr(0, std::string(set).find('='));
        desk.refuses({"validate", circuit, "--set", set}, kWrongInput,
                     {"--set: " + key + ": must be such that ", "GB"});
    }
    desk.refuses({"validate", circuit, "--set", "populations.cells.size=1000000", "--set",
                  "projections.p={from: cells, to: cells, weight: 1 mV, delay: 1 ms}"},
                 kWrongInput, {"projections.p.connect.kind: must be such that 1e+12 synapses"});
}

TEST_CASE("a projection reaches each population once") {
    const Desk desk;
    const std::string circuit =
        desk.dir.write("circuit.yaml",
                       "duration: 10 ms\npopulations: {a: {size: 2}, b: {size: 2}}\n"
                       "projections: {p: {from: b, to: [a, a], weight: 1 mV, delay: 1 ms}}\n");
    desk.refuses({"validate", circuit}, kWrongInput,
                 {"circuit.yaml:3: projections.p.to: must be each name once"});
}

TEST_CASE("names that other simulators use are answered with ours") {
    const Desk desk;
    const auto refused = [&](const std::string& population, const std::string& words) {
        const std::string circuit =
            desk.dir.write("circuit.yaml",
                           fmt::format("duration: 10 ms\npopulations: {{a: {{size: 2, {}}}}}\n", population));
        desk.refuses({"validate", circuit}, kWrongInput, {words});
    };
    refused("kind: iaf_psc_delta", "\"iaf_psc_delta\" (which is \"lif_delta\" here)");
    refused("kind: SpikeSourcePoisson", "(which is \"poisson\" here)");
    refused("lif_delta: {tau_ref: 2 ms}", "\"tau_ref\" (which is \"t_ref\" here)");
    refused("lif_delta: {V_rest: -70 mV}", "(which is \"E_L\" here)");
    refused("lif_delta: {cm: 250 pF}", "(which is \"C_m\" here)");
    refused("lif_delta: {V_th: -75 mV}", "V_reset: must be below V_th, got -70 mV (the default)");
}

TEST_CASE("a path in a config is relative to the config, wherever the program is started") {
    const Desk desk;
    fs::create_directories(desk.dir.path() / "data");
    frames_file(desk.dir, std::vector<float>(144 * 20, 0.1F));
    fs::rename(desk.dir.file("frames.h5"), desk.dir.file("data/frames.h5"));
    std::string config = test::tiny_config();
    const std::string leaves = "kind: dead_leaves, dead_leaves: {canvases: 2, size: 48, r_max: 16 px}";
    REQUIRE(contains(config, leaves));
    config.replace(config.find(leaves), leaves.size(),
                   "kind: array, array: {file: data/frames.h5, dataset: /frames}");
    desk.dir.write("tiny.yaml", config);
    const TempDir elsewhere;
    const auto from_elsewhere = [&](const Args& args) {
        const Finished done = test::striate(args, {.working_dir = elsewhere.path()});
        CHECK_MESSAGE(done.exit_code == 0, done.err);
    };
    from_elsewhere({"run", desk.config(), "-o", desk.output(), "--quiet"});
    from_elsewhere({"analyze", desk.output()});
    // One given on the command line is relative to where it is given.
    desk.refuses({"run", desk.config(), "--set", "stimulus.array.file=frames.h5"}, kUnreadableFile,
                 {desk.dir.file("frames.h5")});
}

TEST_CASE("a config that is not there or is a folder is an unreadable file") {
    const Desk desk;
    desk.refuses({"run", "absent.yaml"}, kUnreadableFile, {"absent.yaml: cannot be read"});
    desk.refuses({"validate", "absent.yaml"}, kUnreadableFile, {"absent.yaml: cannot be read"});
    desk.refuses({"validate", desk.dir.path().string()}, kUnreadableFile, {"cannot be read"});
}

TEST_CASE("a bad override is refused") {
    const Desk desk;
    desk.run_refuses({"--set", "seed"}, kWrongInput, {"--set: must be key=value, got \"seed\""});
    desk.run_refuses({"--set", "=1"}, kWrongInput, {"--set: must be key=value"});
    desk.run_refuses({"--set", "frame.=1"}, kWrongInput, {"--set: must be key=value"});
    desk.run_refuses({"--set", "populations.v1.sheet.rowz=8"}, kWrongInput,
                     {"--set: populations.v1.sheet.rowz: ", "\"rows\"?"});
    desk.run_refuses({"--set", "population.lambda=0.2"}, kWrongInput,
                     {"population: must be populations.NAME"});
    desk.run_refuses({"--set", "seed.x=1"}, kWrongInput, {"--set: seed.x: \"seed\" is no block"});
    desk.run_refuses({"--set", "populations.v1.sheet.rows=many"}, kWrongInput,
                     {"--set: populations.v1.sheet.rows: must be an integer"});
    desk.run_refuses({"--set", "presentation.T=50"}, kWrongInput, {"--set: presentation.T: ", "\"50\""});
    desk.run_refuses({"--set", "seed=[1"}, kWrongInput, {"--set: seed: "});
    desk.run_refuses({"--set", "seed=1 # one"}, kWrongInput, {"--set: seed: ", "comment"});
    desk.run_refuses({"--set", "populations.v1.sheet={rows: 8, cols: 8, rows: 9}"}, kWrongInput,
                     {"--set: populations.v1.sheet.rows: the key stands twice"});
}

TEST_CASE("an override for the analysis that would fail after a long run is refused before it") {
    const Desk desk;
    const std::string set = "analysis.set=[populations.v1.lamda=0.01]";
    desk.run_refuses({"--set", set}, kWrongInput, {"analysis.set: ", "populations.v1.lamda", "\"lambda\"?"});
    desk.refuses({"validate", desk.config(), "--set", set}, kWrongInput, {"analysis.set: "});
}

TEST_CASE("a command line that makes no sense is refused") {
    const Desk desk;
    desk.run_refuses({"--frobnicate"}, kWrongInput, {"--frobnicate"});
    desk.run_refuses({"--threads", "two"}, kWrongInput, {"--threads"});
    desk.run_refuses({"--threads", "-1"}, kWrongInput, {"--threads"});
    desk.run_refuses({"--resume", "--force"}, kWrongInput, {"--resume", "--force"});
    desk.refuses({}, kWrongInput, {"Usage: striate", "Subcommands:", "analyze"});
    desk.refuses({"anayze", "run.h5"}, kWrongInput, {"\"anayze\" (did you mean \"analyze\"?)"});
    desk.refuses({"run"}, kWrongInput, {"config"});
    desk.refuses({"analyze"}, kWrongInput, {"run"});
}

// ---- stimuli

TEST_CASE("instructions that nobody knows are refused") {
    test::Surroundings surroundings;
    surroundings.environment = {"STRIATE_SIMD=AVX2"};
    const Finished done = test::striate({"models"}, surroundings);
    CHECK(done.exit_code == kWrongInput);
    CHECK(test::contains(done.err, "STRIATE_SIMD: must be one of none, avx2, avx512, is \"AVX2\""));
}

TEST_CASE("a folder of photographs that is not there, empty, or holds none is unreadable") {
    const Desk desk;
    desk.run_refuses(photographs_in(desk.dir.file("absent")), kUnreadableFile,
                     {desk.dir.file("absent") + ": ", "No such file"});

    const TempDir photographs;
    const std::string folder = photographs.path().string();
    desk.run_refuses(photographs_in(folder), kUnreadableFile, {folder + ": none of its 0 files"});

    photographs.write("text.jpg", "not a photograph");
    desk.run_refuses(photographs_in(folder), kUnreadableFile,
                     {folder + ": none of its 1 files", photographs.file("text.jpg")});
}

TEST_CASE("a file that is no photograph is named and skipped beside one that is") {
    const Desk desk;
    const TempDir photographs;
    photographs.write("noise.ppm", ppm());
    photographs.write("text.jpg", "not a photograph");
    Args args{"run", desk.config(), "-o", desk.output()};
    for (const std::string& arg : photographs_in(photographs.path().string())) args.push_back(arg);
    const Finished done = test::striate(args);
    CHECK_MESSAGE(done.exit_code == 0, done.err);
    CHECK(contains(done.err, photographs.file("text.jpg") + ": cannot be read"));
    CHECK(contains(done.out, "from 1 photographs"));
    CHECK(fs::exists(desk.output()));
}

TEST_CASE("frames of the user's own are named by file, dataset and frame where they cannot be shown") {
    const Desk desk;
    std::vector<float> pixels(3 * 144, 0.1F);
    pixels[144 + 5] = std::numeric_limits<float>::quiet_NaN();
    const std::string file = frames_file(desk.dir, pixels);
    desk.run_refuses(frames_from(file, "/frames"), kUnreadableFile,
                     {file + ": /frames: frame 1 holds a value that is not a finite number"});
    desk.run_refuses(frames_from(file, "/fames"), kUnreadableFile, {file + ": /fames: no such dataset"});
    desk.run_refuses(frames_from(desk.dir.file("absent.h5"), "/frames"), kUnreadableFile, {"absent.h5: "});
    Args larger = frames_from(file, "/frames");
    larger.insert(larger.end(), {"--set", "frame.width=16 px"});
    desk.run_refuses(larger, kUnreadableFile, {file + ": /frames: ", "(n, 12, 16)", "(3, 12, 12)"});
}

// ---- HDF5 files

namespace {

/// analyze, report and compare refuse the file.
void no_command_reads(const Desk& desk, const std::string& file, const std::vector<std::string>& words) {
    for (const char* command : {"analyze", "report", "compare"}) {
        CAPTURE(command);
        desk.refuses({command, file}, kUnreadableFile, words);
    }
}

}  // namespace

TEST_CASE("HDF5 files that break off are refused wherever they do") {
    const Desk desk;
    for (const std::string& whole : {test::example().run, test::example().analysis}) {
        const std::string bytes = test::read_file(whole);
        for (const double part : {0.0, 0.001, 0.05, 0.3, 0.6, 0.9, 0.99, 0.9999}) {
            CAPTURE(part);
            const auto size = static_cast<std::size_t>(part * static_cast<double>(bytes.size()));
            const std::string file = desk.dir.write("broken.h5", bytes.substr(0, size));
            // As much as tells that it is HDF5 stands in the first hundredth.
            no_command_reads(desk, file,
                             {file, size == 0     ? "is empty"
                                    : part < 0.01 ? "its beginning is damaged"
                                                  : "is truncated"});
        }
    }
}

TEST_CASE("files of another kind are refused") {
    const Desk desk;
    no_command_reads(desk, desk.config(), {"tiny.yaml: must be an HDF5 file"});
    no_command_reads(desk, desk.dir.file("absent.h5"), {"absent.h5: does not exist"});
    no_command_reads(desk, frames_file(desk.dir, std::vector<float>(144)),
                     {"frames.h5: ", "found HDF5 of another kind"});
    desk.refuses({"analyze", test::example().analysis}, kUnreadableFile,
                 {"must be a file of kind network, found one of kind analysis"});
    desk.refuses({"compare", test::example().run}, kUnreadableFile,
                 {"must be a file of kind analysis, found one of kind network"});
}

TEST_CASE("bench refuses what it cannot measure, read or write before it measures") {
    const Desk desk;
    desk.refuses({"bench", "nosuch"}, kWrongInput, {"nosuch", "spike"});
    desk.refuses({"bench", "--compare", "absent.json"}, kUnreadableFile, {"absent.json: cannot be read"});
    desk.refuses({"bench", "--compare", "tiny.yaml"}, kUnreadableFile, {"tiny.yaml: is not what"});
    desk.dir.write("half.json", R"({"figures": [{"name": "spike"}]})");
    desk.refuses({"bench", "--compare", "half.json"}, kUnreadableFile, {"half.json: is not what"});
    desk.refuses({"bench", "-o", "tiny.yaml"}, kUnreadableFile, {"tiny.yaml: exists"});
    desk.refuses({"bench", "-o", "no/such/folder.json"}, kUnreadableFile, {"there is no folder no/such"});
}

TEST_CASE("a file of a newer format is refused with both versions") {
    const Desk desk;
    for (const char* kind : {"network", "analysis"}) {
        const std::string path = desk.dir.file("newer.h5");
        sim::io::File file = sim::io::File::create(path);
        file.write_attribute("/", "striate_file", std::string(kind));
        file.write_attribute("/", "striate_format", sim::io::kFormatVersion + 1);
        file.close();
        no_command_reads(desk, path,
                         {path, fmt::format("format version {} or older", sim::io::kFormatVersion),
                          fmt::format("found version {}", sim::io::kFormatVersion + 1)});
    }
}

TEST_CASE("a run that is not finished is not analysed") {
    const Desk desk;
    const std::string partial = test::killed_run(desk.dir, desk.config()) + ".partial";
    desk.refuses({"analyze", partial}, kUnreadableFile, {partial + ": the run is not finished"});
}

TEST_CASE("the run of an analysis is found where it was or beside it; if neither, its name is said") {
    const Desk desk;
    fs::create_directory(desk.dir.file("made"));
    fs::copy(test::example().run, desk.dir.file("made/run.h5"));
    REQUIRE(test::striate({"analyze", desk.dir.file("made/run.h5")}).exit_code == 0);
    fs::rename(desk.dir.file("made"), desk.dir.file("moved"));
    const std::string analysis = desk.dir.file("moved/run.analysis.h5");
    CHECK(test::striate({"compare", analysis}).exit_code == 0);

    fs::remove(desk.dir.file("moved/run.h5"));
    for (const char* command : {"compare", "report"})
        desk.refuses({command, analysis}, kUnreadableFile,
                     {analysis + ": ", desk.dir.file("made/run.h5") + ", which is not there"});
}

// ---- where it should go

TEST_CASE("an output that cannot be written is refused") {
    const Desk desk;
    const std::string nowhere = desk.dir.file("absent/out.h5"), below_a_file = desk.config() + "/out.h5";
    for (const std::string& output : {nowhere, below_a_file}) {
        desk.refuses({"run", desk.config(), "-o", output, "--quiet"}, kUnreadableFile, {output});
        desk.refuses({"analyze", test::example().run, "-o", output}, kUnreadableFile, {output});
        // Before any work: the stimulus has no end, and nothing says how many frames of it to show.
        desk.refuses({"encode", test::example().run, "-o", output}, kUnreadableFile, {output});
        desk.refuses({"bench", "spike", "-o", output}, kUnreadableFile, {output});
    }
    desk.refuses({"report", test::example().run, "-o", desk.config() + "/report"}, kUnreadableFile,
                 {desk.config() + "/report"});
    const std::string folder = desk.dir.path().string();
    desk.refuses({"run", desk.config(), "-o", folder, "--quiet", "--force"}, kUnreadableFile,
                 {folder + ": must be a file, is a folder"});
    desk.refuses({"run", desk.config(), "-o", folder + "/" + std::string(300, 'x'), "--quiet"},
                 kUnreadableFile, {"File name too long"});
}

TEST_CASE("standard output that cannot be written is an error") {
    const Desk desk;
    const Finished done = test::striate({"validate", desk.config()}, {.disk_space = 1});
    CHECK(done.exit_code == kUnreadableFile);
}

TEST_CASE("an output that exists is overwritten with --force alone") {
    const Desk desk;
    desk.dir.write("out.h5", "precious");
    desk.run_refuses({}, kUnreadableFile, {"out.h5: exists; --force overwrites it"});
    CHECK(test::read_file(desk.output()) == "precious");
    desk.run_refuses({"--force", "--set", "stimulus.dead_leaves.size=8"}, kWrongInput, {"size"});
    CHECK(test::read_file(desk.output()) == "precious");
    desk.runs({"--force"});
    CHECK(test::first_difference(desk.output(), test::example().run) == "");

    const std::string analysis = desk.dir.write("out.analysis.h5", "precious");
    desk.refuses({"analyze", desk.output()}, kUnreadableFile, {analysis + ": exists; --force overwrites it"});
    CHECK(test::read_file(analysis) == "precious");
    CHECK(test::striate({"analyze", desk.output(), "--force"}).exit_code == 0);
    CHECK(test::striate({"compare", analysis}).exit_code == 0);
}

TEST_CASE("an unfinished run is neither overwritten nor gone on with unasked") {
    const Desk desk;
    desk.dir.write("out.h5.partial", "half done");
    desk.run_refuses({}, kUnreadableFile, {"out.h5.partial: an unfinished run; --resume", "--force"});
    CHECK(test::read_file(desk.output() + ".partial") == "half done");
    desk.run_refuses({"--resume"}, kUnreadableFile, {"out.h5.partial: must be an HDF5 file"});
    CHECK(test::read_file(desk.output() + ".partial") == "half done");
    desk.runs({"--force"});
    CHECK(desk.dir.names() == std::vector<std::string>{"out.h5", "tiny.yaml"});
}

TEST_CASE("there must be something to resume, and of the same config") {
    const Desk desk;
    desk.run_refuses({"--resume"}, kUnreadableFile, {"out.h5.partial: must exist to resume from"});
    desk.runs({});
    desk.run_refuses({"--resume"}, kUnreadableFile, {"out.h5.partial: must exist", "a finished run"});

    const std::string killed = test::killed_run(desk.dir, desk.config());
    const Args again{"run", desk.config(), "-o", killed, "--resume", "--set", "learning.batches=1000000"};
    Args other_seed = again;
    other_seed.insert(other_seed.end(), {"--set", "seed=8"});
    const Finished refused = test::striate(other_seed);
    CHECK(refused.exit_code == kWrongInput);
    CHECK(contains(refused.err, killed + ".partial: the run was started with another config"));
    test::Striate resumed(again);  // and the refusal has done no harm
    while (!contains(resumed.err_so_far(), " spikes")) REQUIRE_FALSE(resumed.wait_for(1.0));
    resumed.send(SIGINT);
    CHECK(resumed.wait().exit_code == 130);
}

TEST_CASE("a full disk is said and leaves a run to go on with") {
    const Desk desk;
    const auto needed = fs::file_size(test::example().run);
    const Args args{"run", desk.config(), "-o", desk.output(), "--quiet"};
    const Finished full = test::striate(args, {.disk_space = needed * 9 / 10});
    CHECK(full.exit_code == kUnreadableFile);
    CHECK(contains(full.err, "cannot be written: File too large"));
    CHECK_FALSE(fs::exists(desk.output()));
    desk.runs({"--resume"});
    CHECK(test::first_difference(desk.output(), test::example().run) == "");
}
