// Photographs as the convolutional experiment sees them: a square to test on, and what lies around it to
// learn from.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "convolution/problem.hpp"
#include "sim/params.hpp"

namespace convolution {

struct PhotographSettings {
    explicit PhotographSettings(const sim::Params& block);

    std::vector<std::string> folders, exclude;
    std::size_t size, n;
    bool picks;  // shrinking takes one pixel of each block, else their mean
    std::shared_ptr<sim::Inputs> inputs;
};

struct Photograph {
    std::string name;  // of the file
    Image square;      // the centre, contrast normalised, shape (size, size)
    Image whole;       // of which the square is the centre, contrast normalised on its own
};

using Warn = std::function<void(const std::string&)>;

/// The first n photographs in order of folder and file name that can be used. Each is shrunk by the largest
/// whole factor that leaves its shorter side `size` px. Files that cannot be read, are smaller or of one grey
/// are left out, each with a warning "FILE: why".
/// throws sim::IoError if a folder cannot be listed or no file can be used, sim::ConfigError if there is none
std::vector<Photograph> read_photographs(const PhotographSettings& settings, const Warn& warn = nullptr);

/// Square crops that share no pixel with the squares to test on.
class Crops {
  public:
    /// The photographs must outlive it. throws sim::ConfigError if none has room for a crop beside its square
    Crops(const std::vector<Photograph>& photographs, std::size_t size, std::uint64_t seed);

    /// A pure function of seed and index.
    Image operator()(std::uint64_t index) const;

  private:
    std::vector<const Photograph*> photographs_;  // with room
    std::size_t size_;
    std::uint64_t seed_;
};

}  // namespace convolution
