// One figure: a gnuplot script with its data, drawn as SVG and as PNG.
//
// The script is written to a file and gnuplot is started on it, rather than fed through a pipe: a missing or
// failing gnuplot is then an exit status and never a SIGPIPE, and the script stays beside the figure for
// whoever wants to restyle it for a paper.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/colour.hpp"

namespace analysis {

/// A picture of grey (1 channel), coloured (3 channels) or coloured and transparent (4) pixels, row by row from the top.
struct Raster {
    std::size_t width, height, channels;
    std::vector<std::uint8_t> bytes;  // shape (height, width, channels)

    Raster(std::size_t w, std::size_t h, std::size_t c, std::uint8_t fill = 255)
        : width(w), height(h), channels(c), bytes(w * h * c, fill) {}

    std::uint8_t* at(std::size_t row, std::size_t col) { return &bytes[(row * width + col) * channels]; }
    void set(std::size_t row, std::size_t col, Rgb colour);
    /// Of four channels: from 0, where the paper is seen, to 1.
    void set(std::size_t row, std::size_t col, Rgb colour, double opacity);
};

/// A rectangle of the figure [px], from its upper left corner.
struct Box {
    double left, top, width, height;
};

/// A round step that makes at most `most` steps of a range > 0.
std::string ticks(double range, int most = 5);

class Gnuplot {
  public:
    /// width, height  of the figure [px] as a browser shows it; the PNG has twice as many.
    Gnuplot(std::string name, int width, int height);

    const std::string& name() const { return name_; }
    int width() const { return width_; }
    int height() const { return height_; }

    /// Adds commands to the script.
    Gnuplot& operator<<(std::string_view commands);

    /// Adds a table and returns what stands for it after `plot`, "$d0"; a NaN leaves a hole.
    std::string table(const std::vector<std::vector<double>>& rows);

    /// Starts a panel whose axes enclose `box`, without title, labels and key.
    void panel(const Box& box);
    /// Text at a place of the figure [px]. `options` is gnuplot's: "right", "font ',11'", "tc rgb '#555555'".
    void text(double left, double top, std::string_view words, std::string_view options = "");
    /// The same of any text, as it stands: "_" lowers nothing and quotes are quotes.
    void plain_text(double left, double top, std::string_view words, std::string_view options = "");
    /// A panel that is just this picture, its pixels square to those of the screen; its axes count pixels of
    /// the picture from the centre of the first. `more` are further elements of the plot.
    void picture(const Box& box, const Raster& image, const std::string& more = "");

    /// Writes dir/NAME.svg, NAME.png and the script NAME.gp, which holds all that is drawn.
    /// throws IoError if a file cannot be written, one is there that this did not draw, or gnuplot is missing
    /// or fails
    void draw(const std::filesystem::path& dir) const;

  private:
    std::string script() const;
    /// Adds a picture's pixels and returns what draws them after `plot`.
    std::string pixels(const Raster& image);

    std::string name_;
    int width_, height_;
    std::string data_, commands_;
    std::size_t n_tables_ = 0, n_pictures_ = 0;
};

}  // namespace analysis
