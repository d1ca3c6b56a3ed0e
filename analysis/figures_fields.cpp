#include <fmt/format.h>

#include <algorithm>

#include "analysis/field_image.hpp"
#include "analysis/figures.hpp"

namespace analysis {
namespace {

/// A part of the sheet: neurons [row, row + rows) x [col, col + cols).
struct Patch {
    std::size_t row, col, rows, cols;
};

/// The middle of the sheet, at most n x n neurons.
Patch middle(const RecordedRun& run, std::size_t n) {
    const std::size_t rows = std::min(n, run.rows), cols = std::min(n, run.cols);
    return {(run.rows - rows) / 2, (run.cols - cols) / 2, rows, cols};
}

constexpr std::size_t kDetailSide = 12;

/// Frames the patch that the detail shows, on the grid of the mosaic.
std::string frame(const Patch& patch, const FieldCrop& crop) {
    const auto edge = [](std::size_t n, std::size_t size) { return static_cast<double>(n * (size + 1)); };
    return fmt::format("set object 1 rectangle from {},{} to {},{} fs empty border lc rgb '{}' lw 1.6 front",
                       edge(patch.col, crop.width()), edge(patch.row, crop.height()),
                       edge(patch.col + patch.cols, crop.width()),
                       edge(patch.row + patch.rows, crop.height()), kColourLinear);
}

std::string crop_words(const RecordedRun& run, const FieldCrop& crop) {
    const bool cropped = crop.height() < run.height || crop.width() < run.width;
    return cropped ? fmt::format("cropped to the {} × {} px about the centre of its window", crop.height(),
                                 crop.width())
           : run.sees_of.empty() ? fmt::format("the whole frame of {} × {} px", run.height, run.width)
                                 : fmt::format("a pixel for each neuron on the sheet of {0}, {1} × {2}",
                                               run.sees_of, run.height, run.width);
}

Figure draw_one_mosaic(const std::string& name, const Raster& image, double room, const std::string& overlay,
                       const std::filesystem::path& dir) {
    const double k = magnification(image.width, room);
    const double width = k * static_cast<double>(image.width), height = k * static_cast<double>(image.height);
    Gnuplot plot(name, static_cast<int>(width) + 4, static_cast<int>(height) + 4);
    plot << overlay;
    plot.picture({2.0, 2.0, width, height}, image);
    plot.draw(dir);
    return {name, "", "", "", plot.width(), plot.height()};
}

/// Kernels, of which there are snapshots, as if each were the field of a neuron, eight in a row; behind the last stand empty ones.
RecordedRun as_sheet(const RecordedRun& run) {
    constexpr std::size_t kInRow = 8;
    RecordedRun sheet;
    sheet.cols = std::min(run.kernels.n, kInRow);
    sheet.rows = (run.kernels.n + sheet.cols - 1) / sheet.cols;
    sheet.height = run.kernels.height, sheet.width = run.kernels.width;
    sheet.centre_row.assign(sheet.size(), 0.0), sheet.centre_col.assign(sheet.size(), 0.0);
    sheet.snapshots = run.snapshots;
    for (Snapshot& one : sheet.snapshots) one.Phi.resize(sheet.size() * sheet.height * sheet.width, 0.0F);
    sheet.Phi = sheet.snapshots.back().Phi;
    return sheet;
}

Figure draw_kernels(const RecordedRun& run, const std::filesystem::path& dir) {
    const RecordedRun sheet = as_sheet(run);
    const Raster image = field_mosaic(FieldCrop(sheet), sheet, sheet.Phi, 0, 0, sheet.rows, sheet.cols);
    Figure figure = draw_one_mosaic("kernels", image, 800.0, "", dir);
    figure.title = "Kernels that all places share";
    figure.caption = fmt::format(
        "The {} kernels of {} × {} px after {} batches, each scaled to its own largest absolute value, zero "
        "in mid "
        "grey. One neuron of each stands at every place of the frame.",
        run.kernels.n, run.kernels.height, run.kernels.width, run.snapshots.back().batch);
    figure.alt = fmt::format("Mosaic of {} kernels in grey.", run.kernels.n);
    return figure;
}

}  // namespace

std::optional<Figure> draw_receptive_fields(const RecordedRun& run, const std::filesystem::path& dir) {
    if (run.kernels.n > 0 && !run.snapshots.empty()) return draw_kernels(run, dir);
    if (run.Phi.empty()) return std::nullopt;
    const FieldCrop crop(run);
    const Raster image = field_mosaic(crop, run, run.Phi, 0, 0, run.rows, run.cols);
    const Patch detail = middle(run, kDetailSide);
    const bool is_part = detail.rows < run.rows || detail.cols < run.cols;
    Figure figure =
        draw_one_mosaic("receptive_fields", image, kPage, is_part ? frame(detail, crop) : "", dir);
    figure.title = "Receptive fields on the sheet";
    figure.caption = fmt::format(
        "The receptive fields Φ of all {} × {} neurons after {} batches, each in its neuron’s place on the "
        "sheet: {}, scaled to its own largest absolute value, zero in mid grey.{}",
        run.rows, run.cols, run.snapshots.back().batch, crop_words(run, crop),
        is_part ? " The frame marks the close-up below." : "");
    figure.alt = fmt::format("Mosaic of {} by {} receptive fields in grey.", run.rows, run.cols);
    return figure;
}

std::optional<Figure> draw_receptive_field_detail(const RecordedRun& run, const std::filesystem::path& dir) {
    const Patch patch = middle(run, kDetailSide);
    if (run.Phi.empty() || run.kernels.n > 0 || (patch.rows == run.rows && patch.cols == run.cols))
        return std::nullopt;
    const FieldCrop crop(run);
    const Raster image = field_mosaic(crop, run, run.Phi, patch.row, patch.col, patch.rows, patch.cols);
    Figure figure = draw_one_mosaic("receptive_fields_detail", image, 800.0, "", dir);
    figure.title = "Close-up";
    figure.caption =
        fmt::format("The {} × {} neurons in the middle of the sheet (framed above), drawn in the same way.",
                    patch.rows, patch.cols);
    figure.alt = fmt::format("Close-up of {} by {} receptive fields.", patch.rows, patch.cols);
    return figure;
}

std::optional<Figure> draw_evolution(const RecordedRun& whole, const std::filesystem::path& dir) {
    if (whole.snapshots.size() < 2) return std::nullopt;
    const bool is_shared = whole.kernels.n > 0;
    const RecordedRun run = is_shared ? as_sheet(whole) : whole;
    const FieldCrop crop(run);
    const Patch patch = middle(run, 10);
    constexpr std::size_t across = 3;
    constexpr double gap = 16.0, above = 26.0;
    const std::size_t n = run.snapshots.size();
    const std::size_t cols = std::min(n, across), rows = (n + across - 1) / across;
    const std::size_t pixels_wide = patch.cols * (crop.width() + 1) + 1,
                      pixels_high = patch.rows * (crop.height() + 1) + 1;
    const double k = magnification(pixels_wide, (kPage - gap * (across - 1)) / across);
    const double width = k * static_cast<double>(pixels_wide), height = k * static_cast<double>(pixels_high);
    Gnuplot plot("evolution", static_cast<int>(static_cast<double>(cols) * (width + gap) - gap + 4.0),
                 static_cast<int>(static_cast<double>(rows) * (height + above) + 4.0));
    for (std::size_t i = 0; i < n; ++i) {
        const double left = 2.0 + static_cast<double>(i % across) * (width + gap);
        const double top = above + static_cast<double>(i / across) * (height + above);
        const auto batch = run.snapshots[i].batch;
        plot.text(left, top - 11.0, batch == 0 ? "before learning" : fmt::format("after {} batches", batch),
                  "left");
        plot.picture({left, top, width, height}, field_mosaic(crop, run, run.snapshots[i].Phi, patch.row,
                                                              patch.col, patch.rows, patch.cols));
    }
    plot.draw(dir);
    return Figure{
        "evolution",
        "How the fields came about",
        fmt::format("The {} at {} moments of learning, each scaled to its own largest absolute value, "
                    "zero in mid grey.",
                    is_shared ? "kernels"
                              : fmt::format("{} × {} receptive fields in the middle of the sheet", patch.rows,
                                            patch.cols),
                    n),
        fmt::format("{} mosaics of the same receptive fields, from before learning to its end.", n),
        plot.width(),
        plot.height()};
}

}  // namespace analysis
