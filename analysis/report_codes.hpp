// The page of codes in the plane: a point is a frame, which it shows.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/figures.hpp"

namespace analysis {

/// Frames of one sense, or of a stimulus that has none.
struct ShownFrames {
    std::string name;  // of the sense; "" for none
    std::size_t height, width;
    std::vector<float> pixels;  // of the first points, shape (n, height, width)
};

/// Held-out codes of a file, each a point.
struct EmbeddedCodes {
    std::string name, path, run, maker;
    std::size_t size;                     // neurons
    double spikes;                        // of a held-out frame, mean
    double active;                        // mean fraction of neurons
    double silhouette, purity;            // of the classes among all held-out codes
    double tsne_silhouette, tsne_purity;  // among the points of t-SNE
    std::vector<std::uint32_t> frame;     // number of the held-out frame, shape (n)
    std::vector<std::uint32_t> label;     // its class
    std::vector<std::uint32_t> fired;     // spikes fired while it was shown
    std::vector<std::uint32_t> n_active;  // neurons whose activity is not 0
    std::vector<float> tsne, components;  // shape (n, 2)
    std::vector<ShownFrames> senses;
    std::string why_no_frames;  // where there are none
};

/// Writes dir/index.html. Returns whether the page is one to explore (`find_d3`).
///
/// draw    draws, into a folder, the figure for those without scripts
/// throws  IoError if a file cannot be read or written
bool write_codes_report(std::span<const EmbeddedCodes> files, const std::filesystem::path& dir,
                        const std::function<Figure(const std::filesystem::path&)>& draw,
                        const std::optional<std::filesystem::path>& d3);

}  // namespace analysis
