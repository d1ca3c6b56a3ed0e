#include "analysis/gnuplot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "sim/error.hpp"
#include "sim/io/output.hpp"

namespace analysis {
namespace {

constexpr double kPngScale = 2.0;
constexpr double kFontSize = 12.0;

// Looks that all figures share. {0} name, {1} width, {2} height [px], {3} {4} size of the PNG, {5} its
// magnification, {6} magnification of its type (Cairo's points are 4/3 of the SVG's), {7} font size. X and Y
// turn pixels into screen coordinates; gnuplot counts to the last of its 20 steps per pixel, hence the - 1.
constexpr const char* kPreamble = R"(# gnuplot {0}.gp draws {0}.svg; gnuplot -e png=1 {0}.gp draws {0}.png
if (!exists("png")) png = 0
W = {1}.0; H = {2}.0
X(px) = px * 20.0 / (W * 20.0 - 1.0)
Y(px) = (H - px) * 20.0 / (H * 20.0 - 1.0)
set encoding utf8
if (png) {{
    set terminal pngcairo size {3},{4} font "DejaVu Sans,{7}" fontscale {6} linewidth {5} pointscale {5} dashlength {5} background "white"
    set output "{0}.png"
}} else {{
    set terminal svg size {1},{2} font "DejaVu Sans,{7}" standalone background "white"
    set output "{0}.svg"
}}
)";

// Axes as every panel starts with them; {0} their colour.
constexpr const char* kPlainAxes =
    "unset title; unset label; unset arrow; unset object; unset key; unset xlabel; unset ylabel; unset "
    "logscale\n"
    "set border 3 lw 0.8 lc rgb '{0}'; set xrange [*:*]; set yrange [*:*]; set format '%h'\n"
    "set xtics nomirror out scale 0.5 tc rgb '{0}' font ',10.5' autofreq\n"
    "set ytics nomirror out scale 0.5 tc rgb '{0}' font ',10.5' autofreq";

// Axes of a picture; labels stay, for they stand beside it.
constexpr const char* kNoAxes =
    "unset title; unset key; unset xlabel; unset ylabel; unset logscale; unset border; unset tics";

std::string margins(const Box& box) {
    return fmt::format(
        "set lmargin at screen X({}); set rmargin at screen X({}); set tmargin at screen Y({}); set bmargin "
        "at screen Y({})",
        box.left, box.left + box.width, box.top, box.top + box.height);
}

// Ten digits, for a packed colour has so many.
std::string number(double x) { return std::isfinite(x) ? fmt::format("{:.10g}", x) : "NaN"; }

void write_file(const std::filesystem::path& path, std::string_view bytes) {
    sim::io::write_text_file(path, std::string(bytes), sim::io::Existing::replace);
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// gnuplot ends well even where the disk had no room for what it drew.
void check_drawn(const std::filesystem::path& path, std::string_view end) {
    constexpr std::size_t kTail = 64;
    const std::string bytes = read_file(path);
    if (bytes.find(end, bytes.size() - std::min(bytes.size(), kTail)) == std::string::npos)
        throw sim::IoError(fmt::format("{}: was not drawn to its end (is the disk full?)", path.string()));
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

/// Where the reader's screen is dark so are figures: paper, axes and words, what is black or pale, and the blue and orange of
/// model and fields, which words have too; other data keep their colours.
constexpr const char* kDark =
    "<style>@media (prefers-color-scheme: dark) { #gnuplot_canvas > rect { fill: #17191c }"
    " [stroke*='107, 107, 107'] { stroke: #9aa0a6 } [fill*='107,107,107'] { fill: #9aa0a6 }"
    " [fill*='34,34,34'] { fill: #e6e7e9 } [stroke*='17,  17,  17'] { stroke: #f2f2f2 }"
    " [fill*='17,17,17'] { fill: #f2f2f2 } [fill='black'] { fill: #e6e7e9 }"
    " [stroke*='169, 201, 226'] { stroke: #2f4a5e } [fill*='169,201,226'] { fill: #2f4a5e }"
    " [stroke*='  0, 114, 178'] { stroke: #6cb6e6 } [fill*='(0,114,178'] { fill: #6cb6e6 }"
    " [stroke*='213,  94,   0'] { stroke: #ff9a4d } [fill*='213,94,0'] { fill: #ff9a4d } }</style>\n<g "
    "id=\"gnuplot_canvas\">";

/// What gnuplot's SVG lacks: bold type of text that is not enhanced, a fall-back where DejaVu Sans is not
/// installed (Verdana is as wide), and pixels that stay crisp when magnified.
void finish_svg(const std::filesystem::path& path) {
    std::string svg = read_file(path);
    replace_all(svg, R"(font-family="DejaVu Sans:Bold")", R"(font-family="DejaVu Sans" font-weight="bold")");
    replace_all(svg, R"(font-family="DejaVu Sans")", R"(font-family="DejaVu Sans, Verdana, sans-serif")");
    replace_all(svg, "<g id=\"gnuplot_canvas\">", kDark);
    replace_all(svg, "<image ", R"(<image style="image-rendering:pixelated" )");
    write_file(path, svg);
}

/// Starts gnuplot in `dir` with its messages going to `log`; returns its exit status.
int run_gnuplot(const std::filesystem::path& dir, const std::string& script, bool png,
                const std::string& log) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, dir.c_str());
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0644);
    // -d: the user's own start-up file must not change the figures.
    std::string words[] = {"gnuplot", "-d", "-e", png ? "png=1" : "png=0", script};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                         words[3].data(), words[4].data(), nullptr};
    pid_t child = 0;
    const int failure = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure == ENOENT)
        throw sim::IoError(
            "gnuplot: is needed to draw figures and was not found; install the package gnuplot-nox.");
    if (failure != 0)
        throw sim::IoError(fmt::format("gnuplot: cannot be started: {}.", std::strerror(failure)));
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) throw sim::IoError(fmt::format("gnuplot: was lost: {}.", std::strerror(errno)));
    return status;
}

/// Figures are drawn over figures of ours alone: the script, which stands beside them, says whose they are.
void check_are_ours(const std::filesystem::path& dir, const std::string& name) {
    const auto script = dir / (name + ".gp");
    if (read_file(script).starts_with(fmt::format("# gnuplot {}.gp draws ", name))) return;
    for (const char* ending : {".gp", ".svg", ".png", ".log"})
        if (const auto file = dir / (name + ending); exists(symlink_status(file)))
            throw sim::IoError(
                fmt::format("{}: exists, and is no figure of striate; choose another folder", file.string()));
}

/// Columns and style with which gnuplot draws the data of such a picture.
const char* style_of(const Raster& image) {
    if (image.channels == 4) return " using 1:2:3:4:5:6 with rgbalpha";
    return image.channels == 1 ? " matrix using 1:2:3:3:3 with rgbimage" : " using 1:2:3:4:5 with rgbimage";
}

}  // namespace

void Raster::set(std::size_t row, std::size_t col, Rgb colour) {
    std::uint8_t* pixel = at(row, col);
    pixel[0] = colour.r, pixel[1] = colour.g, pixel[2] = colour.b;
}

void Raster::set(std::size_t row, std::size_t col, Rgb colour, double opacity) {
    set(row, col, colour);
    at(row, col)[3] = static_cast<std::uint8_t>(std::lround(255.0 * opacity));
}

Gnuplot::Gnuplot(std::string name, int width, int height)
    : name_(std::move(name)), width_(width), height_(height) {}

std::string ticks(double range, int most) {
    const double rough = range / most;
    const double decade = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double step : {1.0, 2.0, 2.5, 5.0})
        if (step * decade >= rough * (1.0 - 1e-9)) return fmt::format("{:g}", step * decade);
    return fmt::format("{:g}", 10.0 * decade);
}

Gnuplot& Gnuplot::operator<<(std::string_view commands) {
    commands_ += commands;
    commands_ += '\n';
    return *this;
}

std::string Gnuplot::table(const std::vector<std::vector<double>>& rows) {
    const std::string name = fmt::format("$d{}", n_tables_++);
    data_ += name + " << EOD\n";
    for (const auto& row : rows) {
        for (const double x : row) data_ += number(x) + ' ';
        data_ += '\n';
    }
    data_ += "EOD\n";
    return name;
}

void Gnuplot::panel(const Box& box) {
    *this << fmt::format(fmt::runtime(kPlainAxes), kColourQuiet) << margins(box);
}

void Gnuplot::text(double left, double top, std::string_view words, std::string_view options) {
    const bool coloured = options.find("tc ") != std::string_view::npos;
    *this << fmt::format(R"(set label "{}" at screen X({}), screen Y({}) {} {})", words, left, top,
                         coloured ? "" : fmt::format("tc rgb '{}'", kColourText), options);
}

void Gnuplot::plain_text(double left, double top, std::string_view words, std::string_view options) {
    std::string quoted(words);
    replace_all(quoted, "'", "''");
    *this << fmt::format("set label '{}' at screen X({}), screen Y({}) noenhanced {}", quoted, left, top,
                         options);
}

/// Grey pixels row by row; of coloured ones a line each, for gnuplot takes long to unpack colours.
std::string Gnuplot::pixels(const Raster& image) {
    const std::string name = fmt::format("$p{}", n_pictures_++);
    data_ += name + " << EOD\n";
    for (std::size_t k = 0; k < image.width * image.height; ++k) {
        const std::uint8_t* pixel = &image.bytes[k * image.channels];
        const std::size_t row = k / image.width, col = k % image.width;
        if (image.channels == 1)
            data_ += std::to_string(pixel[0]) + (col + 1 == image.width ? '\n' : ' ');
        else
            data_ += fmt::format("{} {} {}\n", col, row, fmt::join(pixel, pixel + image.channels, " "));
    }
    data_ += "EOD\n";
    return name + style_of(image);
}

void Gnuplot::picture(const Box& box, const Raster& image, const std::string& more) {
    *this << kNoAxes << margins(box);
    *this << fmt::format("set xrange [-0.5:{0}.5]; set yrange [{1}.5:-0.5]", image.width - 1,
                         image.height - 1);
    *this << fmt::format("plot {}{}", pixels(image), more.empty() ? "" : ", " + more);
    *this << "unset label; unset arrow; unset object";
}

std::string Gnuplot::script() const {
    const auto px = [](double x) { return static_cast<int>(std::lround(x)); };
    return fmt::format(fmt::runtime(kPreamble), name_, width_, height_, px(kPngScale * width_),
                       px(kPngScale * height_), kPngScale, 0.75 * kPngScale, kFontSize) +
           data_ + "set multiplot\n" + commands_ + "unset multiplot\nset output\n";
}

void Gnuplot::draw(const std::filesystem::path& dir) const {
    check_are_ours(dir, name_);
    write_file(dir / (name_ + ".gp"), script());
    const std::string log = name_ + ".log";
    for (const bool png : {false, true}) {
        if (run_gnuplot(dir, name_ + ".gp", png, log) != 0)
            throw sim::IoError(fmt::format("{}: gnuplot failed on it: {}", (dir / (name_ + ".gp")).string(),
                                           read_file(dir / log)));
    }
    std::filesystem::remove(dir / log);
    check_drawn(dir / (name_ + ".png"), "IEND");
    check_drawn(dir / (name_ + ".svg"), "</svg>");
    finish_svg(dir / (name_ + ".svg"));
}

}  // namespace analysis
