// Whole photographs, contrast normalised: a centre to test on, and what lies around it to learn from.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/stimuli/photograph.hpp"
#include "sim/params.hpp"

namespace models {

struct PhotographsSettings {
    /// folders: where a config names none; none: it has to
    explicit PhotographsSettings(const sim::Params& block, const std::vector<std::string>& folders = {});

    std::vector<std::string> folders, exclude;
    std::size_t size, n;
    bool picks;  // shrinking takes one pixel of each block, else their mean
    std::shared_ptr<sim::Inputs> inputs;
    sim::Params params;  // to name the key where folders hold nothing
};

struct Photograph {
    std::string name;  // of the file
    Image centre;      // contrast normalised
    Image whole;       // of which it is the centre, contrast normalised on its own
};

using Warn = std::function<void(const std::string&)>;

/// The first n photographs in order of folder and file name that can be used, with a centre of height x width px. Each is
/// shrunk by the largest whole factor that leaves its shorter side `size` px. Files that cannot be read, are smaller or of
/// one grey are left out, each with a warning "FILE: why".
/// throws sim::IoError if a folder cannot be listed or no file can be used, sim::ConfigError if there is none
std::vector<Photograph> read_photographs(const PhotographsSettings& settings, std::size_t height,
                                         std::size_t width, const Warn& warn = nullptr);

/// Crops of photographs that share no pixel with the centre squares of `size` px.
class Crops {
  public:
    /// height, width: of a crop. The photographs must outlive it.
    Crops(const std::vector<Photograph>& photographs, std::size_t size, std::size_t height, std::size_t width,
          std::uint64_t seed);

    /// Of photographs that have room for a crop beside their square.
    bool empty() const { return photographs_.empty(); }
    /// The most that they leave beside it [px].
    std::size_t room() const { return room_; }

    struct Place {
        std::size_t photograph, top, left;  // of its first pixel
    };
    /// A pure function of seed and index. Not of none.
    Place place(std::uint64_t index) const;
    Image operator()(std::uint64_t index) const;

  private:
    const std::vector<Photograph>& all_;
    std::vector<std::size_t> photographs_;  // with room
    std::size_t size_, height_, width_, room_ = 0;
    std::uint64_t seed_;
};

}  // namespace models
