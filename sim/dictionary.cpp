#include "sim/dictionary.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "sim/rng.hpp"

namespace sim {
namespace {

constexpr std::size_t kTileSide = 8;  // neurons; a tile of 64 keeps its products in the second-level cache
constexpr double kWindowCut = 0.01;   // a window this faint is zero

Panel transposed(const Panel& panel) {
    Panel result(panel.stride(), panel.rows());
    for (std::size_t r = 0; r < panel.rows(); ++r)
        for (std::size_t c = 0; c < panel.stride(); ++c) result.row(c)[r] = panel.row(r)[c];
    return result;
}

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

}  // namespace

Dictionary::Dictionary(const Sheet& sheet, const FieldGeometry& geometry) : geometry_(geometry) {
    const auto place = [&](std::size_t i, std::size_t n, std::size_t pixels) {
        const double middle = 0.5 * (static_cast<double>(pixels) - 1.0);
        return middle + geometry.span * ((static_cast<double>(i) + 0.5) / static_cast<double>(n) - 0.5);
    };
    for (std::size_t row = 0; row < sheet.rows(); ++row)
        for (std::size_t col = 0; col < sheet.cols(); ++col)
            centre_.push_back(
                {place(row, sheet.rows(), geometry.height), place(col, sheet.cols(), geometry.width)});
    for (std::size_t top = 0; top < sheet.rows(); top += kTileSide)
        for (std::size_t left = 0; left < sheet.cols(); left += kTileSide) {
            std::vector<std::uint32_t> neurons;
            for (std::size_t row = top; row < std::min(top + kTileSide, sheet.rows()); ++row)
                for (std::size_t col = left; col < std::min(left + kTileSide, sheet.cols()); ++col)
                    neurons.push_back(static_cast<std::uint32_t>(row * sheet.cols() + col));
            add_tile(std::move(neurons));
        }
}

/// Radius beyond which a window is zero [px].
double Dictionary::cut() const { return geometry_.R * std::pow(-std::log(kWindowCut), 1.0 / 6.0); }

void Dictionary::add_tile(std::vector<std::uint32_t> neurons) {
    const Box box = box_round(neurons);
    Panel window = window_of(neurons, box);
    Panel Phi(window.rows(), neurons.size());
    std::vector<Eigen::Index> pixels;
    for (Eigen::Index p = 0; p < box.pixels(); ++p)
        pixels.push_back((box.top + p / box.width) * index(geometry_.width) + box.left + p % box.width);
    tiles_.push_back({std::move(neurons), box, std::move(pixels), std::move(Phi), std::move(window)});
}

/// The pixels that any of the neurons sees.
Dictionary::Box Dictionary::box_round(const std::vector<std::uint32_t>& neurons) const {
    const auto height = index(geometry_.height), width = index(geometry_.width);
    if (geometry_.R == 0.0) return {0, 0, height, width};
    double top = 1e9, left = 1e9, bottom = -1e9, right = -1e9;
    for (const auto i : neurons) {
        top = std::min(top, centre_[i].row - cut());
        bottom = std::max(bottom, centre_[i].row + cut());
        left = std::min(left, centre_[i].col - cut());
        right = std::max(right, centre_[i].col + cut());
    }
    const auto within = [](double x, Eigen::Index n) {
        return std::clamp<Eigen::Index>(static_cast<Eigen::Index>(x), 0, n - 1);
    };
    const Box corner{within(std::ceil(top), height), within(std::ceil(left), width), 0, 0};
    return {corner.top, corner.left, within(std::floor(bottom), height) - corner.top + 1,
            within(std::floor(right), width) - corner.left + 1};
}

Panel Dictionary::window_of(const std::vector<std::uint32_t>& neurons, const Box& box) const {
    Panel window(static_cast<std::size_t>(box.pixels()), neurons.size());
    for (Eigen::Index p = 0; p < box.pixels(); ++p)
        for (std::size_t n = 0; n < neurons.size(); ++n) {
            const Point& centre = centre_[neurons[n]];
            const double r = std::hypot(static_cast<double>(box.top + p / box.width) - centre.row,
                                        static_cast<double>(box.left + p % box.width) - centre.col);
            const double w = geometry_.R == 0.0 ? 1.0 : std::exp(-std::pow(r / geometry_.R, 6.0));
            window.row(static_cast<std::size_t>(p))[n] = w < kWindowCut ? 0.0F : static_cast<float>(w);
        }
    return window;
}

std::vector<double> Dictionary::visual_positions() const {
    std::vector<double> positions;
    for (const Point& centre : centre_) positions.insert(positions.end(), {centre.row, centre.col});
    return positions;
}

void Dictionary::normalise(Tile& tile) {
    std::vector<double> squared(tile.neurons.size(), 0.0);
    for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
        for (std::size_t n = 0; n < squared.size(); ++n)
            squared[n] += static_cast<double>(tile.Phi.row(p)[n]) * static_cast<double>(tile.Phi.row(p)[n]);
    for (double& s : squared) s = s > 0.0 ? 1.0 / std::sqrt(s) : 0.0;
    for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
        for (std::size_t n = 0; n < squared.size(); ++n) tile.Phi.row(p)[n] *= static_cast<float>(squared[n]);
}

void Dictionary::randomise(std::uint64_t seed) {
    for (Tile& tile : tiles_) {
        for (std::size_t n = 0; n < tile.neurons.size(); ++n) {
            Stream stream(seed, Purpose::dictionary, tile.neurons[n]);
            for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
                tile.Phi.row(p)[n] = tile.window.row(p)[n] * static_cast<float>(stream.normal());
        }
        normalise(tile);
    }
}

Eigen::MatrixXf Dictionary::drive(const Eigen::MatrixXf& frames) const {
    Eigen::MatrixXf b(index(size()), frames.cols());
    const Eigen::MatrixXf by_pixel =
        frames.transpose();  // (B, M): the frames' values of one pixel side by side
    tbb::parallel_for(std::size_t{0}, tiles_.size(), [&](std::size_t t) {
        const Tile& tile = tiles_[t];
        Panel seen(tile.Phi.rows(), static_cast<std::size_t>(frames.cols()));
        for (std::size_t p = 0; p < seen.rows(); ++p)
            std::copy_n(by_pixel.col(tile.pixels[p]).data(), frames.cols(), seen.row(p));
        const Panel of_tile = outer_products(tile.Phi, seen);  // (neurons, B)
        for (std::size_t n = 0; n < tile.neurons.size(); ++n)
            for (Eigen::Index k = 0; k < frames.cols(); ++k) b(tile.neurons[n], k) = of_tile.row(n)[k];
    });
    return b;
}

Eigen::MatrixXf Dictionary::residual(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& codes) const {
    Eigen::MatrixXf r = frames;
    tbb::parallel_for(Eigen::Index{0}, frames.cols(), [&](Eigen::Index k) {
        for (const Tile& tile : tiles_)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                if (const float a = codes(tile.neurons[n], k); a != 0.0F)
                    for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
                        r(tile.pixels[p], k) -= a * tile.Phi.row(p)[n];
    });
    return r;
}

void Dictionary::learn(const Eigen::MatrixXf& residual, const Eigen::MatrixXf& y) {
    tbb::parallel_for(std::size_t{0}, tiles_.size(), [&](std::size_t t) {
        Tile& tile = tiles_[t];
        const auto B = static_cast<std::size_t>(y.cols());
        Panel seen(B, tile.Phi.rows()), active(B, tile.neurons.size());
        for (std::size_t k = 0; k < B; ++k) {
            for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
                seen.row(k)[p] = residual(tile.pixels[p], index(k));
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                active.row(k)[n] = y(tile.neurons[n], index(k));
        }
        const Panel gradient = outer_products(seen, active);  // (pixels, neurons)
        for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                tile.Phi.row(p)[n] += tile.window.row(p)[n] * gradient.row(p)[n];
        normalise(tile);
    });
}

std::vector<std::vector<std::uint32_t>> Dictionary::overlaps() const {
    const double reach = geometry_.R > 0.0 ? 2.0 * cut() : 1e9;
    std::vector<std::vector<std::uint32_t>> result(size());
    for (std::size_t i = 0; i < size(); ++i)
        for (std::size_t j = 0; j < size(); ++j)
            if (std::hypot(centre_[i].row - centre_[j].row, centre_[i].col - centre_[j].col) <= reach)
                result[i].push_back(static_cast<std::uint32_t>(j));
    return result;
}

Dictionary::Box Dictionary::intersection(const Box& x, const Box& y) {
    const Eigen::Index top = std::max(x.top, y.top), left = std::max(x.left, y.left);
    return {top, left, std::max<Eigen::Index>(0, std::min(x.top + x.height, y.top + y.height) - top),
            std::max<Eigen::Index>(0, std::min(x.left + x.width, y.left + y.width) - left)};
}

/// Phi of a tile on a part of its box.
Panel Dictionary::part_of(const Tile& tile, const Box& part) {
    Panel result(static_cast<std::size_t>(part.pixels()), tile.neurons.size());
    for (Eigen::Index row = 0; row < part.height; ++row) {
        const Eigen::Index from =
            (part.top + row - tile.box.top) * tile.box.width + part.left - tile.box.left;
        std::copy_n(tile.Phi.row(static_cast<std::size_t>(from)),
                    static_cast<std::size_t>(part.width) * tile.Phi.stride(),
                    result.row(static_cast<std::size_t>(row * part.width)));
    }
    return result;
}

void Dictionary::gram_of(const Tile& x, const Tile& y, Interaction& Q) {
    const Box common = intersection(x.box, y.box);
    if (common.pixels() == 0) return;
    // Neurons of a tile follow each other along a sheet row: copy them row by row into the columns of Q.
    const auto copy = [&Q](const Tile& columns, const Tile& rows, const Panel& product) {
        for (std::size_t j = 0; j < columns.neurons.size(); ++j)
            for (std::size_t i = 0, end; i < rows.neurons.size(); i = end) {
                for (end = i + 1;
                     end < rows.neurons.size() && rows.neurons[end] == rows.neurons[end - 1] + 1;)
                    ++end;
                Q.set(columns.neurons[j], rows.neurons[i], {product.row(j) + i, end - i});
            }
    };
    const Panel product = outer_products(part_of(x, common), part_of(y, common));
    copy(x, y, product);
    if (&x != &y) copy(y, x, transposed(product));
}

void Dictionary::gram(Interaction& Q) const {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t x = 0; x < tiles_.size(); ++x)
        for (std::size_t y = 0; y <= x; ++y) pairs.emplace_back(x, y);
    tbb::parallel_for(std::size_t{0}, pairs.size(),
                      [&](std::size_t p) { gram_of(tiles_[pairs[p].first], tiles_[pairs[p].second], Q); });
}

std::vector<float> Dictionary::fields() const {
    std::vector<float> result(size() * pixels(), 0.0F);
    for (const Tile& tile : tiles_)
        for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                result[tile.neurons[n] * pixels() + static_cast<std::size_t>(tile.pixels[p])] =
                    tile.Phi.row(p)[n];
    return result;
}

void Dictionary::set_fields(std::span<const float> fields) {
    for (Tile& tile : tiles_)
        for (std::size_t p = 0; p < tile.Phi.rows(); ++p)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n)
                tile.Phi.row(p)[n] =
                    fields[tile.neurons[n] * pixels() + static_cast<std::size_t>(tile.pixels[p])];
}

}  // namespace sim
