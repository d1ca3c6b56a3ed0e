#include "analysis/figures_linked.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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

/// A picture in a figure, and what stands above it.
struct Plate {
    std::string name, note;  // in bold, and below that
    Raster image;
    Box box{};
};

/// Side by side at one magnification, as many as there is room for, and the others below.
void arrange(std::vector<Plate>& plates) {
    constexpr double kLeft = 2.0, kGap = 20.0, kAbove = 28.0;
    std::size_t widest = 1;
    for (const Plate& plate : plates) widest = std::max(widest, plate.image.width);
    const double k = magnification(widest, (kPage - kGap) / 2.0);
    double left = kLeft, top = kAbove, bottom = 0.0;
    for (Plate& plate : plates) {
        const double width = k * static_cast<double>(plate.image.width),
                     height = k * static_cast<double>(plate.image.height);
        if (left > kLeft && left + width > kPage) left = kLeft, top = bottom + kAbove;
        plate.box = {left, top, width, height};
        left += width + kGap;
        bottom = std::max(bottom, top + height);
    }
}

/// A figure just large enough for its plates, yet without words.
Figure draw_plates(const std::string& name, const std::vector<Plate>& plates,
                   const std::filesystem::path& dir) {
    double right = 0.0, bottom = 0.0;
    for (const auto& [words, note, image, box] : plates) {
        right = std::max(right, box.left + box.width);
        bottom = std::max(bottom, box.top + box.height);
    }
    Gnuplot plot(name, static_cast<int>(right) + 2, static_cast<int>(bottom) + 2);
    for (const auto& [words, note, image, box] : plates) {
        plot.plain_text(box.left, box.top - (note.empty() ? 12.0 : 28.0), words,
                        "left font 'DejaVu Sans:Bold,12'");
        plot.text(box.left, box.top - 10.0, note, "left font ',11'");
        plot.picture(box, image);
    }
    plot.draw(dir);
    return {name, "", "", "", plot.width(), plot.height()};
}

Plate dictionary_of(const RecordedRun& run, const RecordedSense& sense) {
    const RecordedRun part = run.block > 0 ? in_blocks(as_seen_by(run, sense)) : as_seen_by(run, sense);
    return {sense.name, "", field_mosaic(FieldCrop(part), part, part.Phi, 0, 0, part.rows, part.cols)};
}

std::string place_words(const RecordedRun& run) {
    if (run.block == 0) return "each in its neuron’s place on the sheet";
    return fmt::format("{} neurons a row, which were taught to stand for a class: 0 at the top", run.block);
}

constexpr std::size_t kPatch = 5;  // neurons along a side of what is drawn of every moment

/// A row of moments, as wide as the page.
std::vector<Plate> evolution_of(const RecordedRun& run, const RecordedSense& sense, double top) {
    constexpr double kLeft = 2.0, kGap = 12.0;
    const RecordedRun part = as_seen_by(run, sense);
    const FieldCrop crop(part);
    const double step = (kPage - kLeft) / static_cast<double>(part.snapshots.size());
    std::vector<Plate> plates;
    for (const auto& [batch, Phi] : part.snapshots) {
        const Raster image =
            field_mosaic(crop, part, Phi, 0, 0, std::min(kPatch, run.rows), std::min(kPatch, run.cols));
        const double k = (step - kGap) / static_cast<double>(image.width);
        plates.push_back({plates.empty() ? sense.name : "",
                          batch == 0 ? "before learning" : fmt::format("after {} batches", batch),
                          image,
                          {kLeft + static_cast<double>(plates.size()) * step, top, step - kGap,
                           k * static_cast<double>(image.height)}});
    }
    return plates;
}

}  // namespace

std::optional<Figure> draw_dictionaries(const RecordedRun& run, const std::filesystem::path& dir) {
    if (run.Phi.empty()) return std::nullopt;
    std::vector<Plate> plates;
    for (const RecordedSense& sense : run.senses) plates.push_back(dictionary_of(run, sense));
    arrange(plates);
    Figure figure = draw_plates("dictionaries", plates, dir);
    figure.title = "One dictionary a sense";
    figure.caption = fmt::format(
        "What each of the {} neurons stands for in every sense after {} batches: its field Φ, {}, the same "
        "place in all mosaics. Each field is scaled to its own largest absolute value, zero in mid grey.",
        run.size(), run.snapshots.back().batch, place_words(run));
    figure.alt = fmt::format("{} mosaics of receptive fields, one for each sense.", plates.size());
    return figure;
}

std::optional<Figure> draw_dictionary_evolution(const RecordedRun& run, const std::filesystem::path& dir) {
    if (run.snapshots.size() < 2) return std::nullopt;
    constexpr double kAbove = 44.0;
    std::vector<Plate> plates;
    double top = kAbove;
    for (const RecordedSense& sense : run.senses) {
        std::ranges::copy(evolution_of(run, sense, top), std::back_inserter(plates));
        top += plates.back().box.height + kAbove;
    }
    Figure figure = draw_plates("dictionary_evolution", plates, dir);
    figure.title = "How the fields came about";
    figure.caption = fmt::format(
        "The fields of the neurons in the upper left corner of the sheet, in every sense, at {} moments of "
        "learning, each scaled to its own largest absolute value, zero in mid grey.",
        run.snapshots.size());
    figure.alt = "Mosaics of the same receptive fields, from before learning to its end.";
    return figure;
}

namespace {

constexpr double kLabels = 36.0, kPictureRow = 66.0, kPicture = 56.0, kPictureGap = 8.0, kNamed = 34.0;

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
    plot << "unset arrow";
}

/// Width of the columns of a sense: its frame, the frame rebuilt, and the class that this is nearest to.
double columns_of(const RebuiltSense& sense) {
    return 2.0 * (picture_box(sense, 0.0, 0.0).width + kPictureGap) + kNamed + 12.0;
}

/// What stands above the columns.
void draw_heads(Gnuplot& plot, const RebuiltFrames& all) {
    double left = kLabels;
    const auto head = [&](const std::string& name, const char* note) {
        plot.plain_text(left, 16.0, name, "left font 'DejaVu Sans:Bold,12'");
        plot.text(left, 34.0, note, "left font ',10'");
    };
    for (const RebuiltSense& sense : all.senses) {
        head(sense.name, sense.is_present ? "shown" : "not shown");
        plot.text(left + picture_box(sense, 0.0, 0.0).width + kPictureGap, 34.0, "rebuilt",
                  "left font ',10'");
        left += columns_of(sense);
    }
    head("Code", all.block > 0 ? "activity of each neuron; orange: the block taught to stand for the class"
                               : "activity of each neuron");
}

/// The frame of one sense in one presentation, the frame rebuilt, and the class that this is nearest to.
void draw_sense_row(Gnuplot& plot, const RebuiltFrames& all, const RebuiltSense& sense, std::size_t row,
                    double left, double top) {
    Box box = picture_box(sense, left, top);
    draw_frame(plot, sense, sense.frames, row, box);
    box.left += box.width + kPictureGap;
    say_named(plot, box.left + box.width + 4.0, top + 0.5 * kPicture, sense.named[row], all.label[row]);
    draw_frame(plot, sense, sense.rebuilt, row, box);
}

}  // namespace

void draw_recall(const RebuiltFrames& all, const std::filesystem::path& dir) {
    constexpr double kTop = 46.0;
    const std::size_t n = all.label.size();
    const float most = std::max(1e-30F, *std::ranges::max_element(all.codes));
    double pictures = 0.0;
    for (const RebuiltSense& sense : all.senses) pictures += columns_of(sense);
    const double width = std::max(kPage, kLabels + pictures + 400.0);
    Gnuplot plot("recall", static_cast<int>(width),
                 static_cast<int>(kTop + static_cast<double>(n) * kPictureRow + 34.0));
    draw_heads(plot, all);
    for (std::size_t row = 0; row < n; ++row) {
        const double top = kTop + static_cast<double>(row) * kPictureRow;
        plot.plain_text(8.0, top + 0.5 * kPicture, fmt::format("{}", all.label[row]),
                        "left font 'DejaVu Sans:Bold,13'");
        double left = kLabels;
        for (const RebuiltSense& sense : all.senses) {
            draw_sense_row(plot, all, sense, row, left, top);
            left += columns_of(sense);
        }
        draw_stems(plot, all, row, {left, top, width - left - 12.0, kPicture}, most);
    }
    plot.draw(dir);
}

void draw_driven_blocks(const RebuiltFrames& all, const std::filesystem::path& dir) {
    constexpr double kLeft = 110.0, kTop = 30.0, kBand = kPicture + 34.0;
    double step = 60.0;
    for (const RebuiltSense& sense : all.senses)
        step = std::max(step, picture_box(sense, 0.0, 0.0).width + 2.0 * kPictureGap);
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
