// A dictionary Phi of a field for each neuron: the feed-forward weights, which are receptive fields. Each neuron
// sees one plane of the frame through a window; neurons of one plane that are near on the sheet are kept in tiles that
// share pixels, so that drive, learning and Gram matrix are products of small dense matrices.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/fields.hpp"
#include "sim/outer_products.hpp"
#include "sim/ranks.hpp"
#include "sim/sheet.hpp"

namespace sim {

/// What part of a frame each neuron sees.
struct FieldGeometry {
    std::size_t height, width;  // of a frame [px]
    double
        R;  // window exp(-(r/R)^6) round the neuron's place in the frame [px], the widest; 0: the whole frame
    double span;  // the sheet's neurons have their places over the middle span x span [px]

    /// Pixels of a frame on which fields are kept at a norm of their own.
    struct Part {
        std::size_t first, size;
        double norm;  // 0: nothing is seen of them
    };
    std::vector<Part> parts{};    // empty: all pixels, at unit norm
    std::vector<double> radii{};  // R of each neuron; empty: the same for all
    /// What is seen is so many planes of height x width, one below the other (sim/channels.hpp).
    std::size_t n_planes = 1;
    std::vector<std::uint32_t> plane{};  // that each neuron sees; empty: the only one

    std::size_t n_inputs() const { return n_planes * height * width; }
};

class Dictionary final : public Fields {
  public:
    /// All zero.
    Dictionary(const Sheet& sheet, const FieldGeometry& geometry);

    std::size_t size() const override { return centre_.size(); }
    std::size_t pixels() const override { return geometry_.height * geometry_.width; }
    std::vector<double> visual_positions() const override;

    /// White noise under each window, normalised.
    void initialise(std::uint64_t seed) override;

    Eigen::MatrixXf drive(const Eigen::MatrixXf& frames) const override;
    Eigen::MatrixXf residual(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& codes) const override;
    /// Phi += window * (R Y^T), then normalised. residual: (M, B), y: (N, B).
    void learn(const Eigen::MatrixXf& residual, const Eigen::MatrixXf& y);
    /// Phi_i = keep_i Phi_i + window * (S Y^T)_i, at whatever norm comes out: Oja's rule is of this form.
    /// keep: (N), frames: (M, B), y: (N, B).
    void learn_freely(std::span<const float> keep, const Eigen::MatrixXf& frames, const Eigen::MatrixXf& y);
    /// window * (S Y^T): with the residual for S, minus the gradient of 1/2 |s - Phi y|^2. frames: (M, B), y:
    /// (N, B); returns (M, N), zero outside the windows.
    Eigen::MatrixXf gradient(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& y) const;
    /// window * sum_k y_ik (s_k - phi_i): minus the gradient of 1/2 sum_k y_ik |s_k - phi_i|^2. Shapes as of
    /// `gradient`.
    Eigen::MatrixXf pull(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& y) const;
    /// Phi += step, shape (M, N), zero outside the windows.
    void add(const Eigen::MatrixXf& step);
    /// Every field to unit norm, or each of its parts to the norm of that part; one that is zero stays.
    void normalise();
    std::vector<double> norms() const override;

    /// Neurons whose windows overlap that of one, in whatever planes, sorted, with itself: they hold the pattern of
    /// Phi^T Phi, in longer stretches.
    std::vector<std::uint32_t> overlaps(std::size_t neuron) const;
    /// How many pairs these are of all neurons, before they are laid out; at least, where windows are of several sizes.
    static double n_overlaps(const Sheet& sheet, const FieldGeometry& geometry);
    /// The pattern of Q holds overlaps().
    void gram(Interaction& Q) const override;

    /// All fields as full frames, and back; parts of norm 0 are left zero.
    std::vector<float> values() const override { return in_frame(); }
    void set_values(std::span<const float> fields) override;
    std::vector<std::uint64_t> shape() const override {
        return {rows_, size() / rows_, geometry_.height, geometry_.width};
    }
    std::string dataset() const override { return "Phi"; }
    std::vector<float> in_frame() const override;

  private:
    struct Tile {
        std::vector<std::uint32_t> neurons;
        std::vector<Interaction::Stretch> stretches;  // the same, in stretches of neighbours
        std::vector<Eigen::Index> pixels;             // of all planes, that any of them sees, sorted
        Panel Phi;                                    // (pixels, neurons)
        Panel window;                                 // the same shape
    };
    /// Of two tiles: which rows of their matrices are of the same pixels.
    struct SharedPixels {
        std::size_t x, y;
        std::vector<std::uint32_t> rows_of_x, rows_of_y;
    };
    struct Point {
        double row, col;
    };

    std::uint32_t plane(std::size_t neuron) const {
        return geometry_.plane.empty() ? 0 : geometry_.plane[neuron];
    }
    double radius(std::size_t neuron) const {
        return geometry_.radii.empty() ? geometry_.R : geometry_.radii[neuron];
    }
    /// Index into fields as full frames, of a neuron and a pixel of its plane.
    std::size_t in_frame(std::uint32_t neuron, Eigen::Index pixel) const {
        return neuron * pixels() + static_cast<std::size_t>(pixel) % pixels();
    }
    void add_tile(std::vector<std::uint32_t> neurons);
    // Tiles are dealt to ranks (sim/ranks.hpp) by whole rows of them, so that the neurons of a rank follow each other.
    ranks::Range tiles_of(std::size_t rank) const;
    std::vector<std::size_t> ends_of_neurons(std::size_t size_of_each) const;
    void for_own_tiles(const std::function<void(std::size_t tile)>& work) const;
    void gather_tiles();
    class Products;  // of tiles
    double window(std::uint32_t neuron, Eigen::Index pixel) const;
    void find_shared_pixels();
    static Panel correlate(const Tile& tile, const Eigen::MatrixXf& frames, const Eigen::MatrixXf& y);
    static void set_columns(const Tile& tile, const Panel& values, Eigen::MatrixXf& to);
    static void accumulate(Tile& tile, const Eigen::MatrixXf& frames, const Eigen::MatrixXf& y);
    /// Rows of a tile's matrices.
    struct Rows {
        std::size_t first, last;
    };
    static Rows all_rows(const Tile& tile) { return {0, tile.Phi.rows()}; }
    static Rows rows_of(const Tile& tile, const FieldGeometry::Part& part);
    static std::vector<double> norms(const Tile& tile, Rows rows);
    static void scale(Tile& tile, std::span<const float> factor, Rows rows);
    static void normalise(Tile& tile, Rows rows, double norm);
    void normalise(Tile& tile) const;

    FieldGeometry geometry_;
    std::size_t rows_;           // of the sheet
    std::vector<Point> centre_;  // place of each neuron in the frame
    std::vector<double> cut_;    // radius beyond which its window is zero [px]
    double greatest_cut_ = 0.0;
    std::vector<Tile> tiles_;
    std::vector<std::size_t>
        first_in_row_{};  // tile of each row of tiles; behind the last the number of tiles
    std::vector<SharedPixels> shared_;
};

}  // namespace sim
