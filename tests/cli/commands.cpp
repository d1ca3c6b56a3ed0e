#include "tests/cli/commands.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/linked.hpp"

namespace test {
namespace {

const char* const kCircuit = R"(seed: 3
duration: 60 ms
populations:
  in: {kind: poisson, size: 20, poisson: {rate: 300 Hz}}
  out: {kind: lif_delta, size: 20}
projections:
  join: {from: in, to: out, connect: {kind: fixed_indegree, fixed_indegree: {K: 5}}, weight: 4 mV, delay: 1 ms}
record:
  spikes: [in, out]
  state: {membrane: {population: out, variable: V_m, every: 1 ms}}
  weights: [join]
)";

const char* const kShown = R"(seed: 3
frame: {height: 6 px, width: 6 px}
stimulus: {kind: dead_leaves}
populations:
  v1: {kind: slca, sheet: {rows: 3, cols: 3}, plasticity: {kind: residual_hebbian}}
  cells: {kind: lif_delta, size: 9}
projections:
  up: {from: v1, to: cells, connect: {kind: one_to_one}, weight: 20 mV, delay: 1 ms}
presentation: {T: 20 ms, T0: 5 ms}
learning: {batches: 4, batch_size: 3, held_out: 3}
)";

const char* const kKernels = R"(frame: {height: 16 px, width: 16 px}
stimulus: {kind: photographs, photographs: {folders: photographs, size: 24}}
populations:
  v1:
    kind: admm
    lambda: 1
    objective: {signed: true}
    kernels: {kind: random, size: 6, random: {n: 4}}
    plasticity: {}
    admm: {iterations: 10}
learning: {batches: 3, batch_size: 1, held_out: 2, least_energy: false}
record: {frames: true}
)";

}  // namespace

Args with_output(const Writer& writer, const std::string& output, const Args& more) {
    Args args = writer.args;
    args.insert(args.end(), {"-o", output});
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

Writers::Writers() {
    fs::create_directory(dir_.path() / "photographs");
    for (const unsigned k : {1U, 2U}) {
        std::string pixels;
        for (unsigned p = 0; p < 24 * 60; ++p) pixels += static_cast<char>(k * p * p % 251);
        dir_.write("photographs/" + std::to_string(k) + ".pgm", "P5 60 24 255\n" + pixels);
    }
    const std::string sheet = dir_.write("sheet.yaml", tiny_config()),
                      circuit = dir_.write("circuit.yaml", kCircuit),
                      shown = dir_.write("shown.yaml", kShown),
                      kernels = dir_.write("kernels.yaml", kKernels);
    all_.push_back({"run", {"run", sheet, "--quiet"}, true});
    all_.push_back({"circuit", {"run", circuit, "--quiet"}, true});
    all_.push_back({"kernels", {"run", kernels, "--quiet"}, true});
    all_.push_back(
        {"encode", {"encode", example().run, "--training", "20", "--held-out", "10", "--quiet"}, false});
    all_.push_back({"analyze", {"analyze", example().run, "--quiet"}, false, true});
    all_.push_back({"shown", {"run", shown, "--quiet"}, true});
    for (const Writer& writer : all_) {
        const Finished done = striate(with_output(writer, whole(writer)));
        REQUIRE_MESSAGE(done.exit_code == 0, writer.name, ": ", done.err);
    }
}

Printers::Printers() {
    const std::string config = dir_.write("linked.yaml", linked_config(paired_arrays(dir_))),
                      run = dir_.file("linked.h5"), codes = dir_.file("codes.h5");
    for (const Args& args :
         {Args{"run", config, "-o", run, "--set", "learning.batches=2"}, Args{"encode", run, "-o", codes}}) {
        const Finished done = striate(args);
        REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    }
    dir_.write("sweep.yaml",
               "config: linked.yaml\nset: [learning.batches=1]\ngrid: {populations.v1.lambda: [0.02, 0.03]}\n"
               "analyze: false\nscore: populations.v1.held_out_energy\n");
    const std::string photographs = writers().dir().file("kernels.whole.h5");
    with_json_ = {{"compare", example().analysis},
                  {"heterogeneity", photographs, photographs},
                  {"recall", run, "--from", "seen"},
                  {"decode", codes, "--classifiers", "knn"},
                  {"cluster", codes, "--permutations", "9"},
                  {"sweep", dir_.file("sweep.yaml"), "-o", dir_.file("sweep")},
                  {"validate", config},
                  {"report", example().run, "-o", dir_.file("report")}};
    all_ = with_json_;
    for (const Args& args : {Args{"models"}, Args{"schema"}, Args{"help"}, Args{"help", "run"},
                             Args{"--help"}, Args{"run", "--help"}, Args{"--version"}})
        all_.push_back(args);
}

const Printers& printers() {
    static const Printers made;
    return made;
}

const Writers& writers() {
    static const Writers made;
    return made;
}

int number_from_environment(const char* name, int otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace test
