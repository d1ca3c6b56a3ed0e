// Printed characters: the only place that knows FreeType.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace models {

/// Characters of an outline font, white on black, each with the middle of its outline in the middle of the
/// frame. All have one scale: the largest at which the highest is at most `size` of the frame's height, and
/// the widest at most `size` of its width.
/// size     in (0, 1]
/// returns  for each character shape (height, width): the part of each pixel that is covered, in [0, 1]
/// throws   sim::IoError if the file cannot be read, is no outline font, or lacks one of the characters
std::vector<std::vector<float>> glyphs(const std::string& font_file, const std::string& characters,
                                       std::size_t height, std::size_t width, double size);

}  // namespace models
