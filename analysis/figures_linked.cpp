#include "analysis/figures_linked.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/field_image.hpp"
#include "analysis/gnuplot.hpp"

namespace analysis {
namespace {

/// Columns [first, first + size) of a table of `width` columns, n rows of it.
std::vector<float> columns(const std::vector<float>& table, std::size_t width, std::size_t first,
                           std::size_t size) {
    std::vector<float> part;
    for (std::size_t row = 0; row < table.size(); row += width)
        part.insert(part.end(), table.begin() + static_cast<std::ptrdiff_t>(row + first),
                    table.begin() + static_cast<std::ptrdiff_t>(row + first + size));
    return part;
}

/// The run as one of its senses saw it. A sense's fields are drawn at their own scale, so that the root of
/// its weight, by which they are stacked, does not matter.
RecordedRun as_seen_by(const RecordedRun& run, const RecordedSense& sense) {
    RecordedRun part = run;
    const auto cut = [&](std::vector<float>& Phi) {
        Phi = columns(Phi, run.height * run.width, sense.first_pixel, sense.size());
    };
    cut(part.Phi);
    for (Snapshot& snapshot : part.snapshots) cut(snapshot.Phi);
    part.height = sense.height, part.width = sense.width;
    part.centre_row.assign(part.size(), 0.0);  // all see the whole frame
    part.centre_col.assign(part.size(), 0.0);
    return part;
}

/// The run on a sheet with a block a row; behind the last neuron stand empty fields.
RecordedRun in_blocks(RecordedRun run) {
    const std::size_t n = run.size();
    run.cols = run.block, run.rows = (n + run.block - 1) / run.block;
    run.Phi.resize(run.size() * run.height * run.width, 0.0F);
    run.centre_row.resize(run.size(), 0.0);
    run.centre_col.resize(run.size(), 0.0);
    return run;
}

struct NamedImage {
    std::string name;
    Image image;
};

NamedImage dictionary_of(const RecordedRun& run, const RecordedSense& sense) {
    const RecordedRun part = run.block > 0 ? in_blocks(as_seen_by(run, sense)) : as_seen_by(run, sense);
    return {sense.name, field_mosaic(FieldCrop(part), part, part.Phi, 0, 0, part.rows, part.cols)};
}

std::string place_words(const RecordedRun& run) {
    if (run.block == 0) return "each in its neuron’s place on the sheet";
    return fmt::format("{} neurons a row, which were taught to stand for a class: 0 at the top", run.block);
}

}  // namespace

std::optional<Figure> draw_dictionaries(const RecordedRun& run, const std::filesystem::path& dir) {
    if (run.Phi.empty()) return std::nullopt;
    constexpr double kGap = 20.0, kAbove = 28.0;
    std::vector<NamedImage> images;
    for (const RecordedSense& sense : run.senses) images.push_back(dictionary_of(run, sense));
    std::size_t widest = 0;
    for (const auto& [name, image] : images) widest = std::max(widest, image.width);
    const double k = magnification(widest, (kPage - kGap) / 2.0);
    const double step = k * static_cast<double>(widest) + kGap;
    const auto across =
        std::clamp<std::size_t>(static_cast<std::size_t>((kPage + kGap) / step), 1, images.size());
    double top = 0.0, bottom = 0.0;
    std::vector<Box> boxes;
    for (std::size_t m = 0; m < images.size(); ++m) {
        if (m % across == 0) top = bottom + kAbove;
        boxes.push_back({2.0 + static_cast<double>(m % across) * step, top,
                         k * static_cast<double>(images[m].image.width),
                         k * static_cast<double>(images[m].image.height)});
        bottom = std::max(bottom, top + boxes.back().height);
    }
    Gnuplot plot("dictionaries", static_cast<int>(static_cast<double>(across) * step - kGap) + 4,
                 static_cast<int>(bottom) + 4);
    for (std::size_t m = 0; m < images.size(); ++m) {
        plot.plain_text(boxes[m].left, boxes[m].top - 12.0, images[m].name,
                        "left font 'DejaVu Sans:Bold,12'");
        plot.picture(boxes[m], images[m].image);
    }
    plot.draw(dir);
    return Figure{
        "dictionaries",
        "One dictionary a sense",
        fmt::format("What each of the {} neurons stands for in every sense after {} batches: its field "
                    "Φ, {}, the same place in all mosaics. Each field is scaled to its own largest "
                    "absolute value, zero in mid grey.",
                    run.size(), run.snapshots.back().batch, place_words(run)),
        fmt::format("{} mosaics of receptive fields, one for each sense.", images.size()),
        plot.width(),
        plot.height()};
}

std::optional<Figure> draw_dictionary_evolution(const RecordedRun& run, const std::filesystem::path& dir) {
    if (run.snapshots.size() < 2) return std::nullopt;
    constexpr std::size_t kSide = 5;
    constexpr double kGap = 12.0, kLeft = 2.0, kAbove = 44.0;
    const std::size_t rows = std::min(kSide, run.rows), cols = std::min(kSide, run.cols);
    const double step = kPage / static_cast<double>(run.snapshots.size());
    double top = kAbove;
    std::vector<std::vector<std::pair<Box, Image>>> bands;
    for (const RecordedSense& sense : run.senses) {
        const RecordedRun part = as_seen_by(run, sense);
        const FieldCrop crop(part);
        auto& band = bands.emplace_back();
        for (const Snapshot& snapshot : part.snapshots) {
            const Image image = field_mosaic(crop, part, snapshot.Phi, 0, 0, rows, cols);
            const double k = (step - kGap) / static_cast<double>(image.width);
            band.push_back({{kLeft + static_cast<double>(band.size()) * step, top, step - kGap,
                             k * static_cast<double>(image.height)},
                            image});
        }
        top += band.front().first.height + kAbove;
    }
    Gnuplot plot("dictionary_evolution", static_cast<int>(kPage), static_cast<int>(top - kAbove) + 4);
    for (std::size_t m = 0; m < bands.size(); ++m)
        for (std::size_t i = 0; i < bands[m].size(); ++i) {
            const auto& [box, image] = bands[m][i];
            const auto batch = run.snapshots[i].batch;
            if (i == 0)
                plot.plain_text(box.left, box.top - 28.0, run.senses[m].name,
                                "left font 'DejaVu Sans:Bold,12'");
            plot.text(box.left, box.top - 10.0,
                      batch == 0 ? "before learning" : fmt::format("after {} batches", batch),
                      "left font ',11'");
            plot.picture(box, image);
        }
    plot.draw(dir);
    return Figure{
        "dictionary_evolution",
        "How the fields came about",
        fmt::format("The fields of the {} × {} neurons in the upper left corner of the sheet, in every "
                    "sense, at {} moments of learning, each scaled to its own largest absolute value.",
                    rows, cols, run.snapshots.size()),
        "Mosaics of the same receptive fields, from before learning to its end.",
        plot.width(),
        plot.height()};
}

namespace {

constexpr double kLabels = 36.0, kRow = 66.0, kPicture = 56.0, kGap = 8.0, kNamed = 34.0;

/// Where a picture of a sense stands: as high as a row allows, unless it is very wide.
Box picture_box(const RebuiltSense& sense, double left, double top) {
    const double k = std::min(kPicture / static_cast<double>(sense.height),
                              2.0 * kPicture / static_cast<double>(sense.width));
    return {left, top, k * static_cast<double>(sense.width), k * static_cast<double>(sense.height)};
}

void draw_frame(Gnuplot& plot, const RebuiltSense& sense, const std::vector<float>& frames, std::size_t row,
                const Box& box) {
    plot.picture(box,
                 field_picture(frames.data() + row * sense.height * sense.width, sense.height, sense.width));
}

/// The class that a rebuilt frame is nearest to, in another colour where it is not that of the label.
void say_named(Gnuplot& plot, double left, double top, std::size_t named, std::int32_t label) {
    const bool is_right = static_cast<std::int64_t>(named) == label;
    plot.plain_text(left, top, fmt::format("→ {}", named),
                    fmt::format("left font ',11' tc rgb '{}'", is_right ? kColourModel : kColourLinear));
}

/// The code as stems, neuron by neuron; those of the taught block of the label in another colour.
void draw_stems(Gnuplot& plot, const RebuiltFrames& all, std::size_t row, const Box& box, float most) {
    const std::size_t N = all.codes.size() / all.label.size();
    const auto label = static_cast<std::size_t>(all.label[row]);
    std::vector<std::vector<double>> stems;
    for (std::size_t i = 0; i < N; ++i) {
        const bool is_taught = all.block > 0 && i / all.block == label;
        stems.push_back({static_cast<double>(i), static_cast<double>(all.codes[row * N + i]),
                         packed(is_taught ? Rgb{0xD5, 0x5E, 0x00} : Rgb{0x00, 0x72, 0xB2})});
    }
    plot.panel(box);
    plot << fmt::format("set border 1; unset ytics; set xrange [-1:{}]; set yrange [0:{}]", N, most);
    if (row + 1 < all.label.size()) plot << "set format x ''";
    if (all.block > 0)
        for (std::size_t i = 0; i <= N / all.block; ++i)
            plot << fmt::format(
                "set arrow from {0}, graph 0 to {0}, graph 1 nohead lw 0.6 lc rgb '#D8D8D8' back",
                static_cast<double>(i * all.block) - 0.5);
    plot << fmt::format("plot {} using 1:2:3 with impulses lw 1.6 lc rgb variable", plot.table(stems));
}

/// Width of the columns of a sense: its frame, the frame rebuilt, and the class that this is nearest to.
double columns_of(const RebuiltSense& sense) {
    return 2.0 * (picture_box(sense, 0.0, 0.0).width + kGap) + kNamed + 12.0;
}

void head_sense(Gnuplot& plot, const RebuiltSense& sense, double left) {
    plot.plain_text(left, 16.0, sense.name, "left font 'DejaVu Sans:Bold,12'");
    plot.text(left, 34.0, sense.is_present ? "shown" : "not shown", "left font ',10'");
    plot.text(left + picture_box(sense, 0.0, 0.0).width + kGap, 34.0, "rebuilt", "left font ',10'");
}

void draw_sense_row(Gnuplot& plot, const RebuiltFrames& all, const RebuiltSense& sense, std::size_t row,
                    double left, double top) {
    Box box = picture_box(sense, left, top);
    draw_frame(plot, sense, sense.frames, row, box);
    box.left += box.width + kGap;
    say_named(plot, box.left + box.width + 4.0, top + 0.5 * kPicture, sense.named[row], all.label[row]);
    draw_frame(plot, sense, sense.rebuilt, row, box);
}

}  // namespace

void draw_recall(const RebuiltFrames& all, const std::filesystem::path& dir) {
    constexpr double kTop = 46.0;
    const std::size_t n = all.label.size();
    const float most = std::max(1e-30F, *std::ranges::max_element(all.codes));
    double stems_left = kLabels;
    for (const RebuiltSense& sense : all.senses) stems_left += columns_of(sense);
    const double width = std::max(kPage, stems_left + 400.0);
    Gnuplot plot("recall", static_cast<int>(width),
                 static_cast<int>(kTop + static_cast<double>(n) * kRow + 34.0));
    double left = kLabels;
    for (const RebuiltSense& sense : all.senses) {
        head_sense(plot, sense, left);
        left += columns_of(sense);
    }
    plot.text(stems_left, 16.0, "{/:Bold Code}", "left");
    plot.text(stems_left, 34.0,
              all.block > 0 ? "activity of each neuron; orange: the block taught to stand for the class"
                            : "activity of each neuron",
              "left font ',10'");
    for (std::size_t row = 0; row < n; ++row) {
        const double top = kTop + static_cast<double>(row) * kRow;
        plot.plain_text(8.0, top + 0.5 * kPicture, fmt::format("{}", all.label[row]),
                        "left font 'DejaVu Sans:Bold,13'");
        left = kLabels;
        for (const RebuiltSense& sense : all.senses) {
            draw_sense_row(plot, all, sense, row, left, top);
            left += columns_of(sense);
        }
        draw_stems(plot, all, row, {stems_left, top, width - stems_left - 12.0, kPicture}, most);
    }
    plot.draw(dir);
}

void draw_driven_blocks(const RebuiltFrames& all, const std::filesystem::path& dir) {
    constexpr double kLeft = 110.0, kTop = 30.0, kBand = kPicture + 34.0;
    double step = 0.0;
    for (const RebuiltSense& sense : all.senses)
        step = std::max(step, picture_box(sense, 0.0, 0.0).width + 2.0 * kGap);
    const std::size_t n = all.label.size();
    Gnuplot plot("blocks", static_cast<int>(kLeft + static_cast<double>(n) * step),
                 static_cast<int>(kTop + static_cast<double>(all.senses.size()) * kBand));
    for (std::size_t m = 0; m < all.senses.size(); ++m) {
        const RebuiltSense& sense = all.senses[m];
        const double top = kTop + static_cast<double>(m) * kBand;
        plot.plain_text(8.0, top + 0.5 * kPicture, sense.name, "left font 'DejaVu Sans:Bold,12'");
        for (std::size_t k = 0; k < n; ++k) {
            const Box box = picture_box(sense, kLeft + static_cast<double>(k) * step, top);
            if (m == 0)
                plot.plain_text(box.left, 14.0, fmt::format("block {}", all.label[k]), "left font ',11'");
            say_named(plot, box.left, top + kPicture + 12.0, sense.named[k], all.label[k]);
            draw_frame(plot, sense, sense.rebuilt, k, box);
        }
    }
    plot.draw(dir);
}

}  // namespace analysis
