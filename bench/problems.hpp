// The problems every solver of the benchmarks is given.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "sim/io/output.hpp"
#include "sim/program.hpp"

namespace bench {

/// A folder that goes when it does.
class ScratchFolder {
  public:
    ScratchFolder();
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// A program, stimuli for it, and what the best codes reach.
struct Problem {
    sim::Program program;
    std::vector<std::vector<double>> drives;  // b of each stimulus, shape (n)
    std::vector<double> half_power;           // 1/2 |s|^2: with it, E is the energy of the reconstruction
    std::vector<double> least_energy;         // E*, by coordinate descent to a KKT residual of 1e-9

    /// E/E* - 1 of a code of stimulus k.
    double relative_gap(std::size_t k, const std::vector<double>& a) const;
};

/// N neurons that all see the same 16 x 16 natural patches, with the dictionary they have learned from 20 000
/// of them; 64 patches of the held-out strip, lambda 0.1.
/// source  is set to what the patches are: photographs, or dead leaves where there are none.
Problem natural_patches(std::size_t N, std::string& source);

/// Writes a dense problem for solvers in other languages: /Q (N, N), /lambda (N), /b (stimuli, N),
/// /half_power and /least_energy (stimuli).
void write(const Problem& problem, const sim::io::Output& output);

/// A retinotopic sheet of side x side neurons, 4 to a pixel in each direction; each reaches the same
/// neighbourhood, whatever the side. Random fields, 8 stimuli of noise with the same contrast per pixel.
Problem sheet(std::size_t side);

}  // namespace bench
