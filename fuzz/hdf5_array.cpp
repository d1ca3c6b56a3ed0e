// A user's frames, and their labels.
#include <vector>

#include "fuzz/fuzz.hpp"
#include "sim/params.hpp"
#include "sim/registry.hpp"
#include "sim/stimulus.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] {
        const auto block = sim::Params::parse(
            "array: {dataset: /frames, file: " + fuzz::file_of(data, size, ".h5") + "}\n", "fuzz.yaml");
        const auto array = sim::Registry<sim::Stimulus>::instance().make("array", block, {1, 4, 4});
        std::vector<float> pixels(16);
        std::vector<double> shown(array->columns().size());
        for (std::uint64_t index = 0; index < 3; ++index) {
            array->frame(sim::FrameSet::training, index, pixels, shown);
            array->frame(sim::FrameSet::held_out, index, pixels, shown);
        }
    });
}
