// Photographs of noise, and configs that code them by kernels, or learn kernels from them, in a moment.
#pragma once
#include <string>

#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace test {

/// A folder of n photographs of 60 x 24 px, of which the middle 24 x 24 px are coded.
class Photographs {
  public:
    explicit Photographs(unsigned n) {
        std::filesystem::create_directory(dir.path() / "photographs");
        for (unsigned k = 1; k <= n; ++k) {
            std::string pixels;
            for (unsigned p = 0; p < 24 * 60; ++p) pixels += static_cast<char>((k * p * p + k * p / 7) % 251);
            dir.write("photographs/" + std::to_string(k) + ".pgm", "P5 60 24 255\n" + pixels);
        }
    }

    /// NAME.yaml, which codes them. kernels: keys of their block
    std::string coding(const std::string& name, const std::string& kernels) const {
        return config(name, 24, 0.01, "border: periodic, " + kernels, "");
    }
    /// NAME.yaml, which learns from crops of 16 px.
    std::string learning(const std::string& name, const std::string& kernels) const {
        return config(name, 16, 1.0, kernels, "    plasticity: {}\n    homeostasis: {rate: 0.1}\n");
    }
    /// Of a config of this folder.
    Finished run(const std::string& yaml, const Args& more = {}) const {
        Args args{"run", yaml, "--quiet"};
        args.insert(args.end(), more.begin(), more.end());
        return striate(args, {dir.path()});
    }
    sim::io::File file(const std::string& name) const {
        return sim::io::open_striate_file(dir.file(name), "network");
    }

    TempDir dir;

  private:
    std::string config(const std::string& name, int side, double lambda, const std::string& kernels,
                       const std::string& learned) const {
        const std::string size = std::to_string(side) + " px";
        return dir.write(
            name + ".yaml",
            "frame: {height: " + size + ", width: " + size +
                "}\nstimulus: {kind: photographs, photographs: {folders: photographs, size: 24}}\n"
                "populations:\n  v1:\n    kind: admm\n    lambda: " +
                std::to_string(lambda) +
                "\n    objective: {signed: true}\n    admm: {iterations: 20}\n    kernels: {" + kernels +
                "}\n" + learned + "learning: {" + (learned.empty() ? "" : "batches: 5, ") +
                "batch_size: 1, held_out: 1000, least_energy: false}\nrecord: {frames: true}\n");
    }
};

}  // namespace test
