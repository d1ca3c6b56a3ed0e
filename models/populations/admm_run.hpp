// Convolutional sparse coding by the alternating direction method of multipliers: no neurons, but the baseline beside
// spikes, and the solver of large images. It minimises E(a) = 1/2 a'Qa - b'a + sum lambda_i |a_i|, where Q = D'D and
// D a = sum_k d_k * a_k, kernels that all places share:
//
//     x <- argmin 1/2 x'Qx - b'x + rho/2 |x - w|^2,  w = y - u
//        = w + r / rho + D'[(s - D r / rho - D w) / (rho + sum_k |d_k|^2)]   at each frequency (Sherman & Morrison)
//     z <- alpha x + (1 - alpha) y                                           over-relaxation
//     y <- S(z + u)                                                          shrinkage by lambda_k / rho: the code
//     u <- u + z - y
//
// where b = D's + r: s is the image that accounts for most of the drive, r what is left of it: nothing but rounding where
// kernels stand at all pixels. In s alone what is near the optimum is not the difference of two large numbers.
//
// Source: Boyd et al. (2011), Found Trends Mach Learn 3:1; at each frequency Wohlberg (2014), ICASSP. How planes are
// kept in the cache: docs/decisions/0017. See docs/models/admm.md.
#pragma once
#include <cmath>
#include <memory>
#include <span>
#include <vector>

#include "sim/fourier.hpp"
#include "sim/interaction.hpp"
#include "sim/kernels.hpp"
#include "sim/parallel.hpp"
#include "sim/params.hpp"

namespace models::admm {

using sim::Fourier, sim::Plane, sim::Spectrum;

inline constexpr std::size_t kBlocks =
    16;  // parts of the kernels, each summed in order: not the threads' number

struct Settings {
    explicit Settings(const sim::Params& p)
        : iterations(p.count("iterations", 100, "iterations for a frame")),
          relaxation(
              p.number("relaxation", "1", 1.8, sim::Check::positive, "over-relaxation alpha, below 2")),
          first_rho(
              p.number("rho", "1", 0.0, sim::Check::non_negative,
                       "weight of the constraint at first; 0: 50 lambda + 1, lambda the mean threshold")),
          adapts(p.flag("adapts", true, "whether rho follows the residuals, in the first 100 iterations")),
          ratio(p.number("residual_ratio", "1", 0.0, sim::Check::non_negative,
                         "of primal to dual residual that rho aims at: higher, and a code after so many "
                         "iterations is sparser and less precise; 0: 1 + 18.3^(log10 lambda + 1)")) {
        if (relaxation >= 2.0) p.fail("relaxation", "below 2");
    }
    double rho(double lambda) const { return first_rho > 0.0 ? first_rho : 50.0 * lambda + 1.0; }
    // Source: Wohlberg (2017), arXiv 1704.06209; the formula is that of SPORCO's ConvBPDN.
    double residual_ratio(double lambda) const {
        return ratio > 0.0 ? ratio : 1.0 + std::pow(18.3, std::log10(lambda) + 1.0);
    }

    std::size_t iterations;
    double relaxation, first_rho;
    bool adapts;
    double ratio;
};

/// Squared norms that the residuals are made of: of x - y, y - y before, x, y and u.
struct Norms {
    double primal = 0.0, dual = 0.0, x = 0.0, y = 0.0, u = 0.0;

    Norms& operator+=(const Norms& other) {
        primal += other.primal, dual += other.dual, x += other.x, y += other.y, u += other.u;
        return *this;
    }
    /// Relative primal residual over the relative dual one.
    double ratio() const { return std::sqrt(primal / std::max(x, y) * u / dual); }
};

/// Bounds of u along a row of the frame.
struct Bounds {
    Plane low, high;
};

/// Kernels and their transforms, on the frame that places are of.
struct Transforms {
    explicit Transforms(const sim::Interaction& Q);

    bool are_of(const sim::Interaction& Q) const { return kernels == Q.kernels() && grid == Q.grid(); }
    /// Calls use(kernel, neuron, pixel where its upper left corner is) for all neurons, on all cores; a row of places at a
    /// time, so that what is numbered by place and what is numbered by kernel are both in the cache.
    void visit(const auto& use) const {
        sim::parallel_for(std::size_t{0}, grid.rows, [&](std::size_t y) {
            for (std::size_t k = 0; k < kernels->n; ++k)
                for (std::size_t x = 0; x < grid.cols; ++x)
                    use(k, (y * grid.cols + x) * kernels->n + k, (y * cols + x) * grid.stride);
        });
    }

    std::shared_ptr<const sim::Kernels> kernels;
    sim::Grid grid;
    std::size_t rows, cols;  // of the frame, as far as kernels reach [px]
    Fourier fourier;
    std::vector<Spectrum> of_kernels;
    std::vector<float> power;  // sum_k |d_k|^2 at each frequency
};

/// One problem. All of the iteration's state is v = y + u, for u = v where |v| is below the threshold t = lambda_k / rho
/// and u = +-t elsewhere; where no kernel may stand u = v. In these terms it is
///
///     c = (s - D r / rho - D (y - u)) / (rho + sum_k |d_k|^2)    at each frequency
///     v <- alpha (y + r / rho + D' c) + (1 - alpha) v            D' c correlates every kernel with the image c
///
/// so that one plane a kernel is all that is kept beside r, and it is read and written once an iteration. D (y - u) =
/// 2 D y - D v: the first is transformed from the new y while it is at hand, the second follows the recursion of v
/// itself, where an error shrinks by 1 - alpha each time. When rho is divided by a factor, u = v - y is multiplied by it.
class Run {
  public:
    /// lambda: of each kernel; b: place by place
    Run(const Settings& settings, const Transforms& transforms, std::span<const double> lambda,
        bool is_signed, std::span<const double> b);

    void iterate();
    /// y, place by place: exactly 0 where it is not active.
    std::vector<float> code() const;

  private:
    struct Block {
        Spectrum spectrum, sum;  // of one plane; D of all of the block's
        Plane plane;
        Norms norms;
        Bounds last, now, closed;  // of u, of the kernel at hand: when v was found, and when it is moved
    };

    std::size_t n_kernels() const { return transforms_.kernels->n; }
    std::size_t n_frequencies() const { return transforms_.fourier.n_frequencies(); }
    std::size_t first_kernel(std::size_t block) const { return block * n_kernels() / kBlocks; }
    bool is_open(std::size_t at, std::size_t places) const {
        return at % transforms_.grid.stride == 0 && at / transforms_.grid.stride < places;
    }
    /// Writes the bounds of u where kernel k may stand.
    void bound(std::size_t k, double rho, Bounds& bounds) const;
    /// Work on each block side by side, which leaves D of something in its sum; and the sum of these.
    template <class Work>
    void sum_over_blocks(Spectrum& sum, const Work& work);
    /// The plane of a kernel becomes D' of an image, whose transform is divided by n.
    void correlate_with(const Spectrum& image, std::size_t k, Block& block) const;
    void split_drive(std::span<const double> b);
    void find_residual();
    void move(Block& block, std::size_t k);
    void adapt();

    const Settings& settings_;
    const Transforms& transforms_;
    std::vector<double> lambda_;
    bool is_signed_;
    float alpha_;
    double residual_ratio_, rho_, last_rho_;  // now, and when v was found
    std::vector<Plane> r_, v_;
    Spectrum s_, Dr_, c_, Dy_, Dv_;
    std::vector<Block> blocks_;
    std::size_t n_iterations_ = 0;
};

}  // namespace models::admm
