// The Gram matrix of a dictionary: products of pairs of tiles, dealt to ranks.
#include <algorithm>
#include <memory>
#include <numeric>

#include "sim/dictionary.hpp"
#include "sim/parallel.hpp"

namespace sim {
namespace {

Panel transposed(const Panel& panel) {
    Panel result(panel.stride(), panel.rows());
    for (std::size_t r = 0; r < panel.rows(); ++r)
        for (std::size_t c = 0; c < panel.stride(); ++c) result.row(c)[r] = panel.row(r)[c];
    return result;
}

}  // namespace

/// A product of two tiles is two blocks of Q: columns of the one in rows of the other, and the other way round. A block is
/// of the rank that has its columns. Where these are two, one of them makes the product, in turns, and tells the other its
/// block.
class Dictionary::Products {
  public:
    Products(const Dictionary& dictionary, Interaction& Q)
        : tiles_(dictionary.tiles_), shared_(dictionary.shared_), Q_(Q) {
        for (std::size_t rank = 0; rank < ranks::n(); ++rank)
            rank_of_.resize(dictionary.tiles_of(rank).last, rank);
        lay_out(told_, &Ranks::hears, &Ranks::makes);
        lay_out(heard_, &Ranks::makes, &Ranks::hears);
    }

    /// Product p, where it is this rank's to make.
    void make(std::size_t p) {
        const auto& [tile_x, tile_y, rows_of_x, rows_of_y] = shared_[p];
        if (ranks_of(p).makes != ranks::here()) return;
        const Panel product = outer_products(tiles_[tile_x].Phi, rows_of_x, tiles_[tile_y].Phi, rows_of_y);
        put(p, tile_x, tile_y, product);
        if (tile_x != tile_y) put(p, tile_y, tile_x, transposed(product));
    }

    void exchange() { ranks::trade(told_.values.get(), told_.ends, heard_.values.get(), heard_.ends); }

    /// The block of product p, where this rank has been told it.
    void put_heard(std::size_t p) {
        const Ranks of = ranks_of(p);
        if (of.hears != ranks::here() || of.makes == ranks::here()) return;
        const auto [columns, rows] = told_of(p);
        write(columns, rows, heard_.of(of.makes, p), tiles_[rows].Phi.stride());
    }

  private:
    struct Ranks {
        std::size_t makes, hears;
    };
    /// A block for each product that goes from rank to rank, in the order of ranks, then of products.
    struct Blocks {
        std::vector<std::size_t> ends;  // of each rank's blocks
        std::vector<std::size_t> at;    // of each product's, behind the first of its rank
        std::unique_ptr<float[]> values;
        float* of(std::size_t rank, std::size_t p) const {
            return values.get() + (rank == 0 ? 0 : ends[rank - 1]) + at[p];
        }
    };
    struct Block {
        std::size_t columns, rows;  // tiles
    };

    Ranks ranks_of(std::size_t p) const {
        const std::size_t x = shared_[p].x, y = shared_[p].y;
        if ((x + y) % 2 == 0) return {rank_of_[x], rank_of_[y]};
        return {rank_of_[y], rank_of_[x]};
    }
    Block told_of(std::size_t p) const {
        const std::size_t x = shared_[p].x, y = shared_[p].y;
        return rank_of_[x] == ranks_of(p).hears ? Block{x, y} : Block{y, x};
    }
    /// Room for blocks of which this rank is `mine`, another `other`.
    void lay_out(Blocks& blocks, std::size_t Ranks::*other, std::size_t Ranks::*mine) const {
        blocks.ends.resize(ranks::n());
        blocks.at.resize(shared_.size());
        for (std::size_t p = 0; p < shared_.size(); ++p) {
            const Ranks of = ranks_of(p);
            if (of.*mine != ranks::here() || of.*other == ranks::here()) continue;
            const auto [columns, rows] = told_of(p);
            blocks.at[p] = blocks.ends[of.*other];
            blocks.ends[of.*other] += tiles_[columns].neurons.size() * tiles_[rows].Phi.stride();
        }
        std::partial_sum(blocks.ends.begin(), blocks.ends.end(), blocks.ends.begin());
        blocks.values = std::make_unique_for_overwrite<float[]>(blocks.ends.back());
    }
    void put(std::size_t p, std::size_t columns, std::size_t rows, const Panel& block) {
        if (rank_of_[columns] == ranks::here()) return write(columns, rows, block.row(0), block.stride());
        std::copy_n(block.row(0), tiles_[columns].neurons.size() * block.stride(),
                    told_.of(rank_of_[columns], p));
    }
    void write(std::size_t columns, std::size_t rows, const float* block, std::size_t stride) {
        for (const std::uint32_t neuron : tiles_[columns].neurons) {
            Q_.set(neuron, tiles_[rows].stretches, block);
            block += stride;
        }
    }

    const std::vector<Tile>& tiles_;
    const std::vector<SharedPixels>& shared_;
    Interaction& Q_;
    std::vector<std::size_t> rank_of_;  // each tile
    Blocks told_, heard_;
};

void Dictionary::gram(Interaction& Q) const {
    Products products(*this, Q);
    const auto for_all = [&](void (Products::*work)(std::size_t)) {
        ranks::together([&] {
            parallel_for(std::size_t{0}, shared_.size(), [&](std::size_t p) { (products.*work)(p); });
        });
    };
    for_all(&Products::make);
    products.exchange();
    for_all(&Products::put_heard);
    Q.gather_columns(ends_of_neurons(1));
}

}  // namespace sim
