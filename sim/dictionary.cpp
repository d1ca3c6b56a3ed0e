#include "sim/dictionary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>

#include "sim/elementary.hpp"
#include "sim/error.hpp"
#include "sim/parallel.hpp"
#include "sim/rng.hpp"

namespace sim {
namespace {

constexpr std::size_t kTileRows = 4, kTileCols = 16;  // neurons; products stay in the second-level cache
constexpr double kWindowCut = 0.01;                   // a window this faint is zero

/// Of a window of R = 1 the radius beyond which it is zero.
double cut_of_unit_window() { return sim::pow(-sim::log(kWindowCut), 1.0 / 6.0); }

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

}  // namespace

Dictionary::Dictionary(const Sheet& sheet, const FieldGeometry& geometry)
    : geometry_(geometry), rows_(sheet.rows()) {
    const auto place = [&](std::size_t i, std::size_t n, std::size_t pixels) {
        const double middle = 0.5 * (static_cast<double>(pixels) - 1.0);
        return middle + geometry.span * ((static_cast<double>(i) + 0.5) / static_cast<double>(n) - 0.5);
    };
    for (std::size_t row = 0; row < sheet.rows(); ++row)
        for (std::size_t col = 0; col < sheet.cols(); ++col)
            centre_.push_back(
                {place(row, sheet.rows(), geometry.height), place(col, sheet.cols(), geometry.width)});
    const double cut_of_unit = cut_of_unit_window();
    for (std::size_t i = 0; i < size(); ++i) cut_.push_back(radius(i) * cut_of_unit);
    greatest_cut_ = std::ranges::max(cut_);
    for (std::size_t top = 0; top < sheet.rows(); top += kTileRows) {
        first_in_row_.push_back(tiles_.size());
        for (std::size_t left = 0; left < sheet.cols(); left += kTileCols) {
            std::vector<std::vector<std::uint32_t>> of_plane(geometry.n_planes);
            for (std::size_t row = top; row < std::min(top + kTileRows, sheet.rows()); ++row)
                for (std::size_t col = left; col < std::min(left + kTileCols, sheet.cols()); ++col) {
                    const std::size_t neuron = row * sheet.cols() + col;
                    of_plane[plane(neuron)].push_back(static_cast<std::uint32_t>(neuron));
                }
            for (auto& neurons : of_plane)
                if (!neurons.empty()) add_tile(std::move(neurons));
        }
    }
    first_in_row_.push_back(tiles_.size());
    find_shared_pixels();
}

/// How much of a pixel a neuron sees.
double Dictionary::window(std::uint32_t neuron, Eigen::Index pixel) const {
    const Eigen::Index width = index(geometry_.width), M = index(pixels());
    if (pixel / M != index(plane(neuron))) return 0.0;
    if (geometry_.R == 0.0) return 1.0;
    pixel %= M;
    const double r = std::hypot(static_cast<double>(pixel / width) - centre_[neuron].row,
                                static_cast<double>(pixel % width) - centre_[neuron].col);
    return r > cut_[neuron] ? 0.0 : sim::exp(-sim::pow(r / radius(neuron), 6.0));
}

void Dictionary::add_tile(std::vector<std::uint32_t> neurons) {
    std::vector<Eigen::Index> seen;
    for (Eigen::Index pixel = 0; pixel < index(geometry_.n_inputs()); ++pixel)
        if (std::any_of(neurons.begin(), neurons.end(), [&](auto i) { return window(i, pixel) > 0.0; }))
            seen.push_back(pixel);
    Panel Phi(seen.size(), neurons.size()), windows(seen.size(), neurons.size());
    for (std::size_t p = 0; p < seen.size(); ++p)
        for (std::size_t n = 0; n < neurons.size(); ++n)
            windows.row(p)[n] = static_cast<float>(window(neurons[n], seen[p]));
    std::vector<Interaction::Stretch> stretches;
    for (const std::uint32_t neuron : neurons)
        if (!stretches.empty() && stretches.back().first + stretches.back().size == neuron)
            ++stretches.back().size;
        else
            stretches.push_back({neuron, 1});
    tiles_.push_back(
        {std::move(neurons), std::move(stretches), std::move(seen), std::move(Phi), std::move(windows)});
}

std::vector<double> Dictionary::visual_positions() const {
    std::vector<double> positions;
    for (const Point& centre : centre_) positions.insert(positions.end(), {centre.row, centre.col});
    return positions;
}

Dictionary::Rows Dictionary::rows_of(const Tile& tile, const FieldGeometry::Part& part) {
    const auto row = [&](std::size_t pixel) {
        return static_cast<std::size_t>(std::ranges::lower_bound(tile.pixels, index(pixel)) -
                                        tile.pixels.begin());
    };
    return {row(part.first), row(part.first + part.size)};
}

std::vector<double> Dictionary::norms(const Tile& tile, Rows rows) {
    std::vector<double> squared(tile.neurons.size(), 0.0);
    for (std::size_t p = rows.first; p < rows.last; ++p)
        for (std::size_t n = 0; n < squared.size(); ++n)
            squared[n] += static_cast<double>(tile.Phi.row(p)[n]) * static_cast<double>(tile.Phi.row(p)[n]);
    for (double& s : squared) s = std::sqrt(s);
    return squared;
}

std::vector<double> Dictionary::norms() const {
    std::vector<double> result(size());
    for (const Tile& tile : tiles_) {
        const auto of_tile = norms(tile, all_rows(tile));
        for (std::size_t n = 0; n < of_tile.size(); ++n) result[tile.neurons[n]] = of_tile[n];
    }
    return result;
}

/// factor: one for each neuron of the tile
void Dictionary::scale(Tile& tile, std::span<const float> factor, Rows rows) {
    for (std::size_t p = rows.first; p < rows.last; ++p)
        for (std::size_t n = 0; n < factor.size(); ++n) tile.Phi.row(p)[n] *= factor[n];
}

void Dictionary::normalise(Tile& tile, Rows rows, double norm) {
    std::vector<float> factor;
    for (const double is : norms(tile, rows))
        factor.push_back(is > 0.0 ? static_cast<float>(norm / is) : 0.0F);
    scale(tile, factor, rows);
}

void Dictionary::normalise(Tile& tile) const {
    if (geometry_.parts.empty()) normalise(tile, all_rows(tile), 1.0);
    for (const auto& part : geometry_.parts) normalise(tile, rows_of(tile, part), part.norm);
}

void Dictionary::initialise(std::uint64_t seed) {
    for (Tile& tile : tiles_) {
        for (std::size_t n = 0; n < tile.neurons.size(); ++n) {
            Stream stream(seed, Purpose::dictionary, tile.neurons[n]);
            for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
                tile.Phi.row(p)[n] = tile.window.row(p)[n] * static_cast<float>(stream.normal());
        }
        normalise(tile);
    }
}

ranks::Range Dictionary::tiles_of(std::size_t rank) const {
    const auto [first, last] = ranks::share(first_in_row_.size() - 1, rank);
    return {first_in_row_[first], first_in_row_[last]};
}

/// Ends of what neurons of each rank have of an array of all, in elements.
std::vector<std::size_t> Dictionary::ends_of_neurons(std::size_t size_of_each) const {
    std::vector<std::size_t> ends;
    for (std::size_t rank = 0; rank < ranks::n(); ++rank) {
        const std::size_t rows = kTileRows * ranks::share(first_in_row_.size() - 1, rank).last;
        ends.push_back(std::min(rows, rows_) * (size() / rows_) * size_of_each);
    }
    return ends;
}

void Dictionary::for_own_tiles(const std::function<void(std::size_t)>& work) const {
    ranks::together([&] {
        const auto [first, last] = tiles_of(ranks::here());
        parallel_for(first, last, work);
    });
}

/// The fields that every rank has learned.
void Dictionary::gather_tiles() {
    if (ranks::n() == 1) return;
    const auto values_of = [](Tile& tile) {
        return std::span(tile.Phi.row(0), tile.Phi.rows() * tile.Phi.stride());
    };
    std::vector<std::size_t> at{0}, ends;  // of each tile, of each rank
    for (Tile& tile : tiles_) at.push_back(at.back() + values_of(tile).size());
    for (std::size_t rank = 0; rank < ranks::n(); ++rank) ends.push_back(at[tiles_of(rank).last]);
    const auto all = std::make_unique_for_overwrite<float[]>(at.back());
    const auto [first, last] = tiles_of(ranks::here());
    for (std::size_t t = first; t < last; ++t) std::ranges::copy(values_of(tiles_[t]), &all[at[t]]);
    ranks::gather_parts(reinterpret_cast<std::byte*>(all.get()), ends, sizeof(float));
    for (std::size_t t = 0; t < tiles_.size(); ++t)
        if (t < first || t >= last) {
            const std::span<float> values = values_of(tiles_[t]);
            std::copy_n(&all[at[t]], values.size(), values.begin());
        }
}

Eigen::MatrixXf Dictionary::drive(const Eigen::MatrixXf& all_frames) const {
    Eigen::MatrixXf all(index(size()), all_frames.cols());
    const auto n_frames = static_cast<std::size_t>(all_frames.cols());
    ranks::together([&] {
        const auto [first, last] = ranks::share(n_frames);
        const auto frames = all_frames.middleCols(index(first), index(last - first));
        auto b = all.middleCols(index(first), index(last - first));
        const Eigen::MatrixXf by_pixel =
            frames.transpose();  // (B, M): the frames' values of one pixel side by side
        parallel_for(std::size_t{0}, tiles_.size(), [&](std::size_t t) {
            const Tile& tile = tiles_[t];
            Panel seen(tile.Phi.rows(), static_cast<std::size_t>(frames.cols()));
            for (std::size_t p = 0; p < seen.rows(); ++p)
                std::copy_n(by_pixel.col(tile.pixels[p]).data(), frames.cols(), seen.row(p));
            const Panel of_tile = outer_products(tile.Phi, seen);  // (neurons, B)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                for (Eigen::Index k = 0; k < frames.cols(); ++k) b(tile.neurons[n], k) = of_tile.row(n)[k];
        });
    });
    ranks::gather_columns(all);
    return all;
}

Eigen::MatrixXf Dictionary::residual(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& codes) const {
    Eigen::MatrixXf r = frames;
    ranks::fill_columns(r, [&](Eigen::Index k) {
        for (const Tile& tile : tiles_)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                if (const float a = codes(tile.neurons[n], k); a != 0.0F)
                    for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
                        r(tile.pixels[p], k) -= a * tile.Phi.row(p)[n];
    });
    return r;
}

/// window * (S Y^T), shape (pixels, neurons) of the tile.
Panel Dictionary::correlate(const Tile& tile, const Eigen::MatrixXf& frames, const Eigen::MatrixXf& y) {
    const auto B = static_cast<std::size_t>(y.cols());
    Panel seen(B, tile.Phi.rows()), active(B, tile.neurons.size());
    for (std::size_t k = 0; k < B; ++k) {
        for (std::size_t p = 0; p < tile.Phi.rows(); ++p) seen.row(k)[p] = frames(tile.pixels[p], index(k));
        for (std::size_t n = 0; n < tile.neurons.size(); ++n) active.row(k)[n] = y(tile.neurons[n], index(k));
    }
    Panel product = outer_products(seen, active);
    for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
        for (std::size_t n = 0; n < tile.neurons.size(); ++n) product.row(p)[n] *= tile.window.row(p)[n];
    return product;
}

/// Phi += window * (S Y^T).
void Dictionary::accumulate(Tile& tile, const Eigen::MatrixXf& frames, const Eigen::MatrixXf& y) {
    const Panel step = correlate(tile, frames, y);
    for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
        for (std::size_t n = 0; n < tile.neurons.size(); ++n) tile.Phi.row(p)[n] += step.row(p)[n];
}

Eigen::MatrixXf Dictionary::gradient(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& y) const {
    Eigen::MatrixXf result = Eigen::MatrixXf::Zero(index(geometry_.n_inputs()), index(size()));
    for_own_tiles([&](std::size_t t) { set_columns(tiles_[t], correlate(tiles_[t], frames, y), result); });
    ranks::gather_parts(result, ends_of_neurons(geometry_.n_inputs()));
    return result;
}

Eigen::MatrixXf Dictionary::pull(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& y) const {
    Eigen::MatrixXf result = Eigen::MatrixXf::Zero(index(geometry_.n_inputs()), index(size()));
    const Eigen::VectorXf total = y.rowwise().sum();
    for_own_tiles([&](std::size_t t) {
        const Tile& tile = tiles_[t];
        Panel to_frames = correlate(tile, frames, y);
        for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                to_frames.row(p)[n] -= total(tile.neurons[n]) * tile.window.row(p)[n] * tile.Phi.row(p)[n];
        set_columns(tile, to_frames, result);
    });
    ranks::gather_parts(result, ends_of_neurons(geometry_.n_inputs()));
    return result;
}

void Dictionary::set_columns(const Tile& tile, const Panel& values, Eigen::MatrixXf& to) {
    for (std::size_t n = 0; n < tile.neurons.size(); ++n)
        for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
            to(tile.pixels[p], tile.neurons[n]) = values.row(p)[n];
}

void Dictionary::add(const Eigen::MatrixXf& step) {
    for (Tile& tile : tiles_)
        for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                tile.Phi.row(p)[n] += step(tile.pixels[p], tile.neurons[n]);
}

void Dictionary::normalise() {
    for (Tile& tile : tiles_) normalise(tile);
}

void Dictionary::learn(const Eigen::MatrixXf& residual, const Eigen::MatrixXf& y) {
    for_own_tiles([&](std::size_t t) {
        accumulate(tiles_[t], residual, y);
        normalise(tiles_[t]);
    });
    gather_tiles();
}

void Dictionary::learn_freely(std::span<const float> keep, const Eigen::MatrixXf& frames,
                              const Eigen::MatrixXf& y) {
    for_own_tiles([&](std::size_t t) {
        std::vector<float> of_tile;
        for (const std::uint32_t neuron : tiles_[t].neurons) of_tile.push_back(keep[neuron]);
        scale(tiles_[t], of_tile, all_rows(tiles_[t]));
        accumulate(tiles_[t], frames, y);
    });
    gather_tiles();
}

std::vector<std::uint32_t> Dictionary::overlaps(std::size_t i) const {
    std::vector<std::uint32_t> result;
    const std::size_t cols = size() / rows_;
    for (std::size_t first = 0; first < size(); first += cols) {  // of a row of the sheet, all at one height
        if (geometry_.R > 0.0 && std::abs(centre_[i].row - centre_[first].row) > cut_[i] + greatest_cut_)
            continue;
        for (std::size_t j = first; j < first + cols; ++j)
            if (geometry_.R == 0.0 || std::hypot(centre_[i].row - centre_[j].row,
                                                 centre_[i].col - centre_[j].col) <= cut_[i] + cut_[j])
                result.push_back(static_cast<std::uint32_t>(j));
    }
    return result;
}

double Dictionary::n_overlaps(const Sheet& sheet, const FieldGeometry& geometry) {
    const double rows = static_cast<double>(sheet.rows()), cols = static_cast<double>(sheet.cols()),
                 R = geometry.radii.empty() ? geometry.R : std::ranges::min(geometry.radii),
                 reach = 2.0 * R * cut_of_unit_window();
    if (geometry.R == 0.0) return rows * cols * rows * cols;
    double n = 0.0;
    for (double down = 0.0; down < rows; ++down)  // of one neuron from another on the sheet, and as far up
        for (double right = 0.0; right < cols; ++right) {
            if (std::hypot(geometry.span * down / rows, geometry.span * right / cols) > reach) break;
            n += (down > 0.0 ? 2.0 : 1.0) * (right > 0.0 ? 2.0 : 1.0) * (rows - down) * (cols - right);
        }
    return n;
}

void Dictionary::find_shared_pixels() {
    for (std::size_t x = 0; x < tiles_.size(); ++x)
        for (std::size_t y = 0; y <= x; ++y) {
            SharedPixels shared{x, y, {}, {}};
            const auto &of_x = tiles_[x].pixels, &of_y = tiles_[y].pixels;
            if (of_x.empty() || of_y.empty() || of_x.back() < of_y.front() || of_y.back() < of_x.front())
                continue;
            for (std::size_t p = 0, q = 0; p < of_x.size() && q < of_y.size();)
                if (of_x[p] == of_y[q]) {
                    shared.rows_of_x.push_back(static_cast<std::uint32_t>(p++));
                    shared.rows_of_y.push_back(static_cast<std::uint32_t>(q++));
                } else {
                    of_x[p] < of_y[q] ? ++p : ++q;
                }
            if (!shared.rows_of_x.empty()) shared_.push_back(std::move(shared));
        }
}

std::vector<float> Dictionary::in_frame() const {
    std::vector<float> result(size() * pixels(), 0.0F);
    for (const Tile& tile : tiles_)
        for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                result[in_frame(tile.neurons[n], tile.pixels[p])] = tile.Phi.row(p)[n];
    return result;
}

void Dictionary::set_values(std::span<const float> fields) {
    if (fields.size() != centre_.size() * pixels())
        throw Error(
            fmt::format("fields must be {} numbers, are {}", centre_.size() * pixels(), fields.size()));
    for (Tile& tile : tiles_)
        for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                tile.Phi.row(p)[n] = fields[in_frame(tile.neurons[n], tile.pixels[p])];
    for (const auto& part : geometry_.parts)
        if (part.norm == 0.0)
            for (Tile& tile : tiles_)
                scale(tile, std::vector<float>(tile.neurons.size(), 0.0F), rows_of(tile, part));
}

}  // namespace sim
