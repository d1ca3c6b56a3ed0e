// Drawing frames: the senses of linked dictionaries, 28 x 28 px each. Needs setup/fetch-digits; what cannot
// be made is passed over with the reason.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "sim/error.hpp"
#include "sim/stimulus.hpp"

namespace {

constexpr std::size_t kSide = 28;

std::unique_ptr<sim::Stimulus> made(const std::string& kind, const std::string& keys) {
    return sim::Registry<sim::Stimulus>::instance().make(
        kind, sim::Params::parse(kind + ": {" + keys + "}", "bench"), {1, kSide, kSide});
}

void draw(benchmark::State& state, const std::string& kind, const std::string& keys) try {
    const auto stimulus = made(kind, keys);
    std::vector<float> pixels(kSide * kSide);
    std::vector<double> shown(stimulus->columns().size());
    std::uint64_t index = 0;
    for (auto _ : state) stimulus->frame(sim::FrameSet::training, index++, pixels, shown);
} catch (const sim::Error& error) {
    state.SkipWithError(error.what());
}

void make(benchmark::State& state, const std::string& kind, const std::string& keys) try {
    for (auto _ : state) benchmark::DoNotOptimize(made(kind, keys));
} catch (const sim::Error& error) {
    state.SkipWithError(error.what());
}

const std::string kMnist = "folder: demo/digits/mnist";
const std::string kFashion = "folder: /usr/share/datasets/fashion-mnist";
const std::string kSpoken = "folder: demo/digits/spoken, held_out: [f5, m8]";

BENCHMARK_CAPTURE(make, mnist, "digits", kMnist)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(make, fashion_mnist, "digits", kFashion)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(make, printed, "printed_digits", "")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(make, spoken, "spoken_digits", kSpoken)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(draw, mnist, "digits", kMnist)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(draw, mnist_shuffled, "digits", kMnist + ", order: shuffled")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(draw, printed, "printed_digits", "")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(draw, spoken, "spoken_digits", kSpoken)->Unit(benchmark::kMicrosecond);

}  // namespace
