// The figure of decoded_codes.hpp.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "analysis/gnuplot.hpp"
#include "analysis/panels.hpp"
#include "apps/decoded_codes.hpp"
#include "sim/median.hpp"

namespace apps {
namespace {

using analysis::Gnuplot;

// Ten classes told apart (Tableau 10); an eleventh is like the first.
constexpr const char* kColours[] = {"#4E79A7", "#F28E2B", "#E15759", "#76B7B2", "#59A14F",
                                    "#EDC948", "#B07AA1", "#FF9DA7", "#9C755F", "#8A8A8A"};

constexpr std::size_t kAcross = 4;
constexpr double kLeft = 18.0, kTop = 62.0, kSide = 270.0, kStep = 292.0, kBand = 652.0;

/// x and y of the points of a class.
analysis::Rows points_of(const DecodedCodes& of, const decoding::Rows& points, std::size_t c) {
    analysis::Rows rows;
    for (std::size_t i = 0; i < of.embedding.label.size(); ++i)
        if (of.embedding.label[i] == static_cast<std::int32_t>(c))
            rows.push_back(
                {points(static_cast<Eigen::Index>(i), 0), points(static_cast<Eigen::Index>(i), 1)});
    return rows;
}

/// Points in the colours of their classes.
void draw_points(Gnuplot& plot, const DecodedCodes& of, const decoding::Rows& points) {
    std::vector<std::string> elements;
    for (std::size_t c = 0; c < of.labels.size(); ++c)
        if (const auto rows = points_of(of, points, c); !rows.empty())
            elements.push_back(fmt::format("{} with points pt 7 ps 0.25 lc rgb '{}'", plot.table(rows),
                                           kColours[c % std::size(kColours)]));
    plot << fmt::format("plot {}", fmt::join(elements, ", "));
}

/// The label of each class amid its points. Among principal components most would stand on each other.
void label_classes(Gnuplot& plot, const DecodedCodes& of) {
    for (std::size_t c = 0; c < of.labels.size(); ++c) {
        std::vector<double> x, y;
        for (const auto& point : points_of(of, of.embedding.tsne, c)) {
            x.push_back(point[0]);
            y.push_back(point[1]);
        }
        if (!x.empty())
            plot << fmt::format(
                "set label '{}' at {:.6g}, {:.6g} center front font 'DejaVu Sans:Bold,13' tc rgb '{}'",
                of.labels[c], sim::median(x), sim::median(y), analysis::kColourText);
    }
}

void draw_panel(Gnuplot& plot, const analysis::Box& box) {
    plot.panel(box);
    plot << "unset xtics; unset ytics; set border 15 lw 0.5; set offsets graph 0.03, graph 0.03, graph 0.03, "
            "graph 0.03";
}

void draw_file(Gnuplot& plot, const DecodedCodes& of, double left, double top) {
    draw_panel(plot, {left, top, kSide, kSide});
    const auto write = [&](double above, const std::string& words, const char* how) {
        plot.plain_text(left, above, words, how);
    };
    write(top - 40.0, of.name, "left font 'DejaVu Sans:Bold,12'");
    write(top - 12.0, "principal components", "left font ',10.5'");
    draw_points(plot, of, of.embedding.components);
    draw_panel(plot, {left, top + kStep, kSide, kSide});
    write(top + kStep - 12.0,
          fmt::format("t-SNE: silhouette {:.3f}, purity {:.3f}", of.embedding.of_tsne.silhouette,
                      of.embedding.of_tsne.purity),
          "left font ',10.5'");
    label_classes(plot, of);
    draw_points(plot, of, of.embedding.tsne);
}

}  // namespace

analysis::Figure draw_embeddings(std::span<const DecodedCodes> files, const std::string& dir) {
    const std::size_t across = std::min(kAcross, files.size()),
                      bands = (files.size() + kAcross - 1) / kAcross;
    const int width = static_cast<int>(2.0 * kLeft - 22.0 + kStep * static_cast<double>(across)),
              height = static_cast<int>(kBand * static_cast<double>(bands));
    Gnuplot plot("decode", width, height);
    for (std::size_t k = 0; k < files.size(); ++k)
        draw_file(plot, files[k], kLeft + kStep * static_cast<double>(k % kAcross),
                  kTop + kBand * static_cast<double>(k / kAcross));
    plot.draw(dir);
    return {"decode",
            "Codes in the plane",
            "Held-out codes in the colours of their classes: above, their first two principal components; "
            "below, t-SNE of the first 50 (van der Maaten & Hinton 2008), with the label of each class amid "
            "its points.",
            "Scatter plots of held-out codes: principal components and t-SNE",
            width,
            height};
}

}  // namespace apps
