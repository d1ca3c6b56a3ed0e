// Texts that pages hold: the files of analysis/page (cmake/EmbedTexts.cmake), and files of the system.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace analysis {

extern const std::string_view page_style;   // CSS
extern const std::string_view page_script;  // JavaScript; needs D3

/// throws IoError if it cannot be read
std::string read_text(const std::filesystem::path& file);

}  // namespace analysis
