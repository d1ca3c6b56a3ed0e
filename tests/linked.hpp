// Frames of two senses that show the same classes, and a config that links them, small enough to learn at
// once.
#pragma once
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"
#include "sim/rng.hpp"
#include "tests/support.hpp"

namespace test {

inline constexpr std::size_t kPairs = 60, kPairClasses = 4;

/// Frames of two senses, of different shape, that show the same class: a class lights every fourth pixel,
/// from one of its own on, with a little noise. labels: by default those of the classes.
inline std::string paired_arrays(const TempDir& dir, std::vector<std::int32_t> labels = {}) {
    const std::string path = dir.file("pairs.h5");
    sim::io::File file = sim::io::File::create(path);
    std::vector<std::int32_t> shown;
    for (std::size_t k = 0; k < kPairs; ++k) shown.push_back(static_cast<std::int32_t>(k % kPairClasses));
    const auto write = [&](const std::string& name, std::size_t size, std::uint64_t index) {
        std::vector<float> pixels;
        sim::Stream random(3, sim::Purpose::test, index);
        for (const std::int32_t which : shown) {
            for (std::size_t p = 0; p < size; ++p) {
                const bool is_lit = p % kPairClasses == static_cast<std::size_t>(which);
                pixels.push_back((is_lit ? 1.0F : 0.0F) + 0.2F * static_cast<float>(random.normal()));
            }
            float* frame = pixels.data() + pixels.size() - size;
            const double norm = std::sqrt(std::inner_product(frame, frame + size, frame, 0.0));
            for (std::size_t p = 0; p < size; ++p) frame[p] /= static_cast<float>(norm);
        }
        file.write(name, std::span<const float>(pixels), {kPairs, size}, {"1", "frames"});
    };
    write("/seen", 20, 1);
    write("/heard", 12, 2);
    file.write("/labels", labels.empty() ? shown : labels, {"1", "classes"});
    return path;
}

/// more: further lines of the population, "    teaching: {...}\n"
inline std::string linked_config(const std::string& arrays, const std::string& more = "") {
    return fmt::format(R"(seed: 5
senses:
  seen:
    height: 4 px
    width: 5 px
    kind: array
    array: {{file: {0}, dataset: /seen, labels: /labels}}
  heard:
    height: 3 px
    width: 4 px
    weight: 2.25
    kind: array
    array: {{file: {0}, dataset: /heard, labels: /labels}}
populations:
  v1:
    kind: slca
    lambda: 0.02
    slca: {{q: 0.02 tau}}
    sheet: {{rows: 4, cols: 5}}
    plasticity: {{kind: residual_hebbian, residual_hebbian: {{eta: 0.05}}}}
    homeostasis: {{rate: 0}}
{1}presentation: {{T: 200 ms}}
learning: {{batches: 60, batch_size: 20, held_out: 10}}
)",
                       arrays, more);
}

}  // namespace test
