// Figures of linked dictionaries: several senses, one code. Files and errors as in figures.hpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/figures.hpp"

namespace analysis {

/// What every neuron stands for in each sense, one mosaic a sense, neurons in the same order (Barari & Kim,
/// fig. 1); where blocks were taught a row is a block (fig. 4). run: of several senses
std::optional<Figure> draw_dictionaries(const RecordedRun& run, const std::filesystem::path& dir);
/// The same of a few neurons at moments of learning.
std::optional<Figure> draw_dictionary_evolution(const RecordedRun& run, const std::filesystem::path& dir);

/// Frames of one sense and what codes make of them.
struct RebuiltSense {
    std::string name;
    std::size_t height, width;       // [px]
    bool is_present;                 // whether the network was shown them
    std::vector<float> frames;       // shape (n, height, width); empty where there are none
    std::vector<float> rebuilt;      // Phi_m a, shape (n, height, width)
    std::vector<std::size_t> named;  // class that the rebuilt frame is nearest to, shape (n)
};

/// Presentations to be drawn.
struct RebuiltFrames {
    std::vector<std::int32_t> label;  // shape (n)
    std::vector<float> codes;         // shape (n, N)
    std::size_t block;                // neurons of the block of a class; 0: none were taught
    std::vector<RebuiltSense> senses;
};

/// A row for each presentation: frames as they are, as rebuilt, and the code (figs. 2, 3). Draws `recall`.
void draw_recall(const RebuiltFrames& all, const std::filesystem::path& dir);
/// What each block draws in every sense when it alone is driven. Draws `blocks`.
void draw_driven_blocks(const RebuiltFrames& all, const std::filesystem::path& dir);

}  // namespace analysis
