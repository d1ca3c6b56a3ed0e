// Colours of the figures.
#pragma once
#include <cstdint>

namespace analysis {

struct Rgb {
    std::uint8_t r, g, b;
};

/// 0xrrggbb, as gnuplot's `lc rgb variable` reads it.
double packed(Rgb colour);
/// 0xaarrggbb, aa 0 where nothing of the paper is seen; opacity: 0 to 1
double packed(Rgb colour, double opacity);

/// Colour of an orientation [deg, any], the same at 0 and at 180. Equal steps of orientation are equal steps
/// of perceived colour, and lightness goes once up and once down, so that the order also shows without colour
/// vision. source   OKLab: Ottosson (2020), A perceptual color space for image processing
Rgb orientation_colour(double degrees);

// Who is who in every figure; told apart also by the colour-blind (after Okabe & Ito 2008).
inline constexpr const char* kColourModel = "#0072B2";    // the running network
inline constexpr const char* kColourLinear = "#D55E00";   // its receptive fields alone
inline constexpr const char* kColourMacaque = "#111111";  // the monkey
inline constexpr const char* kColourPale = "#A9C9E2";     // the raw data under a blue curve
inline constexpr const char* kColourText = "#222222";
inline constexpr const char* kColourQuiet = "#6B6B6B";   // axes, notes
inline constexpr const char* kColourOnPale = "#232323";  // words on what stays pale where the paper is dark
inline constexpr Rgb kRgbQuiet{0x6B, 0x6B, 0x6B};
// Populations of a network, in order, and again from the first.
inline constexpr const char* kColourPopulations[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                     "#B08400", "#3A9BD1", "#6B6B6B"};
inline constexpr Rgb kColourNone{150, 150, 150};  // no orientation

}  // namespace analysis
