#include "tests/cli/commands.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace test {
namespace {

const char* const kCircuit = R"(seed: 3
duration: 60 ms
populations:
  in: {kind: poisson, size: 20, poisson: {rate: 300 Hz}}
  out: {kind: lif_delta, size: 20}
projections:
  join: {from: in, to: out, connect: {kind: fixed_indegree, fixed_indegree: {n: 5}}, weight: 4 mV, delay: 1 ms}
record:
  spikes: [in, out]
  state: {membrane: {population: out, variable: V_m, every: 1 ms}}
  weights: [join]
)";

const char* const kConvolution = R"(images: {folders: photographs, size: 24}
solver: {admm: {iterations: 10}}
kernels: {kind: random, size: 6, random: {n: 4}}
learning: {presentations: 3, crop: 16}
record: {codes: true}
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
                      convolution = dir_.write("convolution.yaml", kConvolution);
    const Args set{"--set", "checkpoint_every=1 ms"};
    all_.push_back({"run", {"run", sheet, "--quiet"}, true});
    all_.push_back({"circuit", {"run", circuit, "--quiet"}, false});
    all_.push_back({"convolution", {"run", convolution, "--quiet"}, true});
    all_.push_back(
        {"encode", {"encode", example().run, "--training", "20", "--held-out", "10", "--quiet"}, false});
    all_.push_back({"analyze", {"analyze", example().run}, false, true});
    for (const Writer& writer : all_) {
        const Finished done = striate(with_output(writer, whole(writer)));
        REQUIRE_MESSAGE(done.exit_code == 0, writer.name, ": ", done.err);
    }
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
