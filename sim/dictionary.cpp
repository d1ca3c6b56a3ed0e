#include "sim/dictionary.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "sim/rng.hpp"

namespace sim {
namespace {

constexpr std::size_t kTileSide = 8;  // neurons; a tile of 64 keeps its products in the second-level cache
constexpr double kWindowCut = 0.01;   // a window this faint is zero

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
    const auto height = index(geometry_.height), width = index(geometry_.width);
    Box box{0, 0, height, width};
    if (geometry_.R > 0.0) {
        double top = 1e9, left = 1e9, bottom = -1e9, right = -1e9;
        for (const auto i : neurons) {
            top = std::min(top, centre_[i].row - cut());
            bottom = std::max(bottom, centre_[i].row + cut());
            left = std::min(left, centre_[i].col - cut());
            right = std::max(right, centre_[i].col + cut());
        }
        box.top = std::max<Eigen::Index>(0, static_cast<Eigen::Index>(std::ceil(top)));
        box.left = std::max<Eigen::Index>(0, static_cast<Eigen::Index>(std::ceil(left)));
        box.height =
            std::min<Eigen::Index>(height - 1, static_cast<Eigen::Index>(std::floor(bottom))) - box.top + 1;
        box.width =
            std::min<Eigen::Index>(width - 1, static_cast<Eigen::Index>(std::floor(right))) - box.left + 1;
    }
    Eigen::MatrixXf window = Eigen::MatrixXf::Ones(box.pixels(), index(neurons.size()));
    if (geometry_.R > 0.0)
        for (std::size_t n = 0; n < neurons.size(); ++n)
            for (Eigen::Index row = 0; row < box.height; ++row)
                for (Eigen::Index col = 0; col < box.width; ++col) {
                    const Point& centre = centre_[neurons[n]];
                    const double r = std::hypot(static_cast<double>(box.top + row) - centre.row,
                                                static_cast<double>(box.left + col) - centre.col);
                    const double w = std::exp(-std::pow(r / geometry_.R, 6.0));
                    window(row * box.width + col, index(n)) = w < kWindowCut ? 0.0F : static_cast<float>(w);
                }
    Eigen::MatrixXf Phi = Eigen::MatrixXf::Zero(window.rows(), window.cols());
    tiles_.push_back({std::move(neurons), box, std::move(Phi), std::move(window)});
}

std::vector<double> Dictionary::visual_positions() const {
    std::vector<double> positions;
    for (const Point& centre : centre_) positions.insert(positions.end(), {centre.row, centre.col});
    return positions;
}

void Dictionary::normalise(Tile& tile) {
    for (Eigen::Index n = 0; n < tile.Phi.cols(); ++n)
        if (const float norm = tile.Phi.col(n).norm(); norm > 0.0F) tile.Phi.col(n) /= norm;
}

void Dictionary::randomise(std::uint64_t seed) {
    for (Tile& tile : tiles_) {
        for (std::size_t n = 0; n < tile.neurons.size(); ++n) {
            Stream stream(seed, Purpose::dictionary, tile.neurons[n]);
            for (Eigen::Index p = 0; p < tile.Phi.rows(); ++p)
                tile.Phi(p, index(n)) = tile.window(p, index(n)) * static_cast<float>(stream.normal());
        }
        normalise(tile);
    }
}

/// The pixels of `box` from every frame, (pixels of the box, B).
Eigen::MatrixXf Dictionary::crop(const Eigen::MatrixXf& frames, const Box& box) const {
    if (box.pixels() == frames.rows()) return frames;
    Eigen::MatrixXf part(box.pixels(), frames.cols());
    for (Eigen::Index row = 0; row < box.height; ++row)
        part.middleRows(row * box.width, box.width) =
            frames.middleRows((box.top + row) * index(geometry_.width) + box.left, box.width);
    return part;
}

Eigen::MatrixXf Dictionary::drive(const Eigen::MatrixXf& frames) const {
    Eigen::MatrixXf b(index(size()), frames.cols());
    tbb::parallel_for(std::size_t{0}, tiles_.size(), [&](std::size_t t) {
        const Tile& tile = tiles_[t];
        const Eigen::MatrixXf of_tile = tile.Phi.transpose() * crop(frames, tile.box);
        for (std::size_t n = 0; n < tile.neurons.size(); ++n) b.row(tile.neurons[n]) = of_tile.row(index(n));
    });
    return b;
}

Eigen::MatrixXf Dictionary::residual(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& codes) const {
    Eigen::MatrixXf r = frames;
    tbb::parallel_for(Eigen::Index{0}, frames.cols(), [&](Eigen::Index k) {
        for (const Tile& tile : tiles_)
            for (std::size_t n = 0; n < tile.neurons.size(); ++n) {
                const float a = codes(tile.neurons[n], k);
                if (a == 0.0F) continue;
                for (Eigen::Index row = 0; row < tile.box.height; ++row)
                    r.col(k).segment((tile.box.top + row) * index(geometry_.width) + tile.box.left,
                                     tile.box.width) -=
                        a * tile.Phi.col(index(n)).segment(row * tile.box.width, tile.box.width);
            }
    });
    return r;
}

void Dictionary::learn(const Eigen::MatrixXf& residual, const Eigen::MatrixXf& y) {
    tbb::parallel_for(std::size_t{0}, tiles_.size(), [&](std::size_t t) {
        Tile& tile = tiles_[t];
        Eigen::MatrixXf y_of_tile(index(tile.neurons.size()), y.cols());
        for (std::size_t n = 0; n < tile.neurons.size(); ++n)
            y_of_tile.row(index(n)) = y.row(tile.neurons[n]);
        const Eigen::MatrixXf gradient = crop(residual, tile.box) * y_of_tile.transpose();
        tile.Phi += tile.window.cwiseProduct(gradient);
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
Eigen::MatrixXf Dictionary::rows_of(const Tile& tile, const Box& part) {
    Eigen::MatrixXf result(part.pixels(), tile.Phi.cols());
    for (Eigen::Index row = 0; row < part.height; ++row)
        result.middleRows(row * part.width, part.width) = tile.Phi.middleRows(
            (part.top + row - tile.box.top) * tile.box.width + part.left - tile.box.left, part.width);
    return result;
}

void Dictionary::gram_of(const Tile& x, const Tile& y, Interaction& Q) const {
    const Box common = intersection(x.box, y.box);
    if (common.pixels() == 0) return;
    const Eigen::MatrixXf product = rows_of(x, common).transpose() * rows_of(y, common);
    const Eigen::MatrixXf transposed = product.transpose();
    // Neurons of a tile follow each other along a sheet row: copy them row by row into the columns of Q.
    const auto copy = [&Q](const Tile& rows, const Tile& columns, const Eigen::MatrixXf& block) {
        for (std::size_t j = 0; j < columns.neurons.size(); ++j)
            for (std::size_t i = 0, end; i < rows.neurons.size(); i = end) {
                for (end = i + 1;
                     end < rows.neurons.size() && rows.neurons[end] == rows.neurons[end - 1] + 1;)
                    ++end;
                Q.set(columns.neurons[j], rows.neurons[i], {block.col(index(j)).data() + i, end - i});
            }
    };
    copy(x, y, product);
    copy(y, x, transposed);
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
        for (std::size_t n = 0; n < tile.neurons.size(); ++n)
            for (Eigen::Index row = 0; row < tile.box.height; ++row) {
                const Eigen::Index at = (tile.box.top + row) * index(geometry_.width) + tile.box.left;
                std::copy_n(tile.Phi.col(index(n)).data() + row * tile.box.width, tile.box.width,
                            result.begin() + static_cast<std::ptrdiff_t>(tile.neurons[n] * pixels()) + at);
            }
    return result;
}

void Dictionary::set_fields(std::span<const float> fields) {
    for (Tile& tile : tiles_)
        for (std::size_t n = 0; n < tile.neurons.size(); ++n)
            for (Eigen::Index row = 0; row < tile.box.height; ++row) {
                const Eigen::Index at = (tile.box.top + row) * index(geometry_.width) + tile.box.left;
                std::copy_n(fields.begin() + static_cast<std::ptrdiff_t>(tile.neurons[n] * pixels()) + at,
                            tile.box.width, tile.Phi.col(index(n)).data() + row * tile.box.width);
            }
}

}  // namespace sim
