#include "models/stimuli/glyphs.hpp"

#include <fmt/format.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_BBOX_H
#include FT_OUTLINE_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

#include "models/stimuli/regular_file.hpp"
#include "sim/error.hpp"

namespace models {
namespace {

using Library = std::unique_ptr<FT_LibraryRec_, FT_Error (*)(FT_Library)>;
using Face = std::unique_ptr<FT_FaceRec_, FT_Error (*)(FT_Face)>;

Library start_freetype() {
    FT_Library library = nullptr;
    if (FT_Init_FreeType(&library) != 0) throw sim::Error("FreeType cannot be started.");
    return {library, FT_Done_FreeType};
}

Face open_font(const Library& library, const std::string& file) {
    check_is_regular(file);
    FT_Face face = nullptr;
    if (FT_New_Face(library.get(), file.c_str(), 0, &face) != 0)
        throw sim::IoError(file +
                           ": cannot be read as a font. Debian's package fonts-liberation has "
                           "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf");
    Face font(face, FT_Done_Face);
    if (!FT_IS_SCALABLE(face)) throw sim::IoError(file + ": is a font of pixels, not of outlines");
    return font;
}

/// Puts the outline of a character, in units of the font, into the font's slot.
FT_Outline& outline(const Face& font, const std::string& file, char character) {
    const FT_UInt index = FT_Get_Char_Index(font.get(), static_cast<unsigned char>(character));
    if (index == 0) throw sim::IoError(fmt::format("{}: has no character \"{}\"", file, character));
    if (FT_Load_Glyph(font.get(), index, FT_LOAD_NO_SCALE) != 0)
        throw sim::IoError(fmt::format("{}: the character \"{}\" is damaged", file, character));
    return font->glyph->outline;
}

FT_BBox bounds(FT_Outline& outline) {
    FT_BBox box{};
    FT_Outline_Get_BBox(&outline, &box);
    return box;
}

/// Draws an outline in units of 1/64 px, its origin at the frame's lower left corner.
std::vector<float> coverage(const Library& library, FT_Outline& outline, std::size_t height,
                            std::size_t width) {
    std::vector<std::uint8_t> pixels(height * width);
    FT_Bitmap bitmap{};
    bitmap.rows = static_cast<unsigned>(height);
    bitmap.width = static_cast<unsigned>(width);
    bitmap.pitch = static_cast<int>(width);  // positive: from the top row down
    bitmap.buffer = pixels.data();
    bitmap.num_grays = 256;
    bitmap.pixel_mode = FT_PIXEL_MODE_GRAY;
    if (FT_Outline_Get_Bitmap(library.get(), &outline, &bitmap) != 0)
        throw sim::Error("FreeType cannot draw into a frame of this size.");
    std::vector<float> covered;
    for (const std::uint8_t x : pixels) covered.push_back(static_cast<float>(x) / 255.0F);
    return covered;
}

}  // namespace

std::vector<std::vector<float>> glyphs(const std::string& font_file, const std::string& characters,
                                       std::size_t height, std::size_t width, double size) {
    const Library library = start_freetype();
    const Face font = open_font(library, font_file);
    const double rows = 64.0 * static_cast<double>(height), columns = 64.0 * static_cast<double>(width);

    double scale = std::min(rows, columns);  // 1/64 px for a unit of the font, which is far less than a frame
    for (const char character : characters) {
        const FT_BBox box = bounds(outline(font, font_file, character));
        if (box.xMax <= box.xMin || box.yMax <= box.yMin)
            throw sim::IoError(fmt::format("{}: the character \"{}\" is empty", font_file, character));
        scale = std::min({scale, size * rows / static_cast<double>(box.yMax - box.yMin),
                          size * columns / static_cast<double>(box.xMax - box.xMin)});
    }

    const auto scale_16_16 = static_cast<FT_Fixed>(std::lround(scale * 65536.0));
    const FT_Matrix matrix{scale_16_16, 0, 0, scale_16_16};
    std::vector<std::vector<float>> frames;
    for (const char character : characters) {
        FT_Outline& drawn = outline(font, font_file, character);
        FT_Outline_Transform(&drawn, &matrix);
        const FT_BBox box = bounds(drawn);
        FT_Outline_Translate(&drawn, (std::lround(columns) - box.xMin - box.xMax) / 2,
                             (std::lround(rows) - box.yMin - box.yMax) / 2);
        frames.push_back(coverage(library, drawn, height, width));
    }
    return frames;
}

}  // namespace models
