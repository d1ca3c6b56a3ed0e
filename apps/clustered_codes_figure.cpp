// The figure of clustered_codes.hpp.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "analysis/gnuplot.hpp"
#include "analysis/panels.hpp"
#include "apps/clustered_codes.hpp"
#include "decoding/pca.hpp"

namespace apps {
namespace {

// Ten classes told apart (Tableau 10), as in the figure of decoded codes.
constexpr const char* kClassColours[] = {"#4E79A7", "#F28E2B", "#E15759", "#76B7B2", "#59A14F",
                                         "#EDC948", "#B07AA1", "#FF9DA7", "#9C755F", "#8A8A8A"};
constexpr double kPanelSide = 250.0, kPanelStep = 310.0, kRowStep = 330.0, kMarginLeft = 50.0,
                 kMarginTop = 60.0;
constexpr Eigen::Index kMostPoints = 2000;

/// Words above a panel that was begun.
void write_title(analysis::Gnuplot& plot, const analysis::Box& box, const std::string& words) {
    plot.plain_text(box.left, box.top - 12.0, words, "left font ',10.5'");
}

/// Frames and atoms in the plane in which they differ most.
void draw_embedded(analysis::Gnuplot& plot, const ClusteredCodes& of, const analysis::Box& box) {
    const auto& embedding = of.found.embedding;
    const Eigen::Index n = std::min(embedding.frames.rows(), kMostPoints);
    decoding::Rows all(n + embedding.atoms.rows(), embedding.frames.cols());
    all << embedding.frames.topRows(n), embedding.atoms;
    const decoding::Rows plane = decoding::principal_components(all, 2);
    std::vector<analysis::Rows> of_class(of.found.labels.size());
    analysis::Rows atoms;
    for (Eigen::Index i = 0; i < plane.rows(); ++i) {
        const std::vector<double> point{plane(i, 0), plane(i, 1)};
        if (i < n)
            of_class[static_cast<std::size_t>(of.found.label[static_cast<std::size_t>(i)])].push_back(point);
        else if (embedding.atoms.row(i - n).any())
            atoms.push_back(point);
    }
    std::vector<std::string> elements;
    for (std::size_t c = 0; c < of_class.size(); ++c)
        if (!of_class[c].empty())
            elements.push_back(fmt::format("{} with points pt 7 ps 0.25 lc rgb '{}'", plot.table(of_class[c]),
                                           kClassColours[c % std::size(kClassColours)]));
    if (!atoms.empty())
        elements.push_back(fmt::format("{} with points pt 6 ps 0.5 lc rgb '#000000'", plot.table(atoms)));
    plot.panel(box);
    plot.plain_text(box.left, box.top - 34.0, of.name, "left font 'DejaVu Sans:Bold,12'");
    write_title(plot, box, fmt::format("embedding: accuracy {:.3f}", of.found.spectral.accuracy));
    plot << "unset xtics; unset ytics; set border 15 lw 0.5; set offsets graph 0.03, graph 0.03, graph 0.03, "
            "graph 0.03";
    plot << fmt::format("plot {}", fmt::join(elements, ", "));
}

/// Points over their numbers, from 1.
analysis::Rows numbered(const std::vector<double>& values, std::size_t most) {
    analysis::Rows rows;
    for (std::size_t k = 0; k < std::min(values.size(), most); ++k)
        rows.push_back({static_cast<double>(k + 1), values[k]});
    return rows;
}

void draw_eigenvalues(analysis::Gnuplot& plot, const ClusteredCodes& of, const analysis::Box& box) {
    const std::string table = plot.table(numbered(of.found.embedding.eigenvalues, 20));
    plot.panel(box);
    write_title(plot, box, "least eigenvalues of the Laplacian");
    plot << "set border 3 lw 0.5; set tics out nomirror; set yrange [0:*]; set xrange [0:21]";
    plot << fmt::format("set arrow from {0}, graph 0 to {0}, graph 1 nohead lc rgb '#AAAAAA' lw 0.5",
                        static_cast<double>(of.found.n_clusters) + 0.5);
    plot << fmt::format("plot {} with linespoints pt 7 ps 0.4 lc rgb '#4E79A7'", table);
    plot << "unset arrow";
}

void draw_specialisation(analysis::Gnuplot& plot, const ClusteredCodes& of, const analysis::Box& box) {
    std::vector<double> sorted;
    for (const double x : of.found.specialisation.of_atom)
        if (std::isfinite(x)) sorted.push_back(x);
    std::ranges::sort(sorted);
    const std::string table = plot.table(numbered(sorted, sorted.size()));
    plot.panel(box);
    write_title(plot, box,
                fmt::format("specialisation of atoms, sorted: {:.3f} in all", of.found.specialisation.index));
    plot << "set border 3 lw 0.5; set tics out nomirror; set yrange [0:1]; set xrange [0:*]";
    plot << fmt::format("plot {} with lines lw 1.5 lc rgb '#E15759'", table);
}

void draw_row(analysis::Gnuplot& plot, const ClusteredCodes& of, double top) {
    const auto box = [top](int column) {
        return analysis::Box{kMarginLeft + kPanelStep * column, top, kPanelSide, kPanelSide};
    };
    draw_embedded(plot, of, box(0));
    draw_eigenvalues(plot, of, box(1));
    draw_specialisation(plot, of, box(2));
}

}  // namespace

void draw_clusters(std::span<const ClusteredCodes> files, const std::string& dir) {
    analysis::Gnuplot plot("cluster", static_cast<int>(kMarginLeft + 3.0 * kPanelStep),
                           static_cast<int>(kMarginTop + kRowStep * static_cast<double>(files.size())));
    for (std::size_t k = 0; k < files.size(); ++k)
        draw_row(plot, files[k], kMarginTop + kRowStep * static_cast<double>(k));
    plot.draw(dir);
}

}  // namespace apps
