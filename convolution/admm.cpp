#include "convolution/admm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/parallel.hpp"
#include "sim/simd.hpp"

namespace convolution {

namespace {

constexpr std::size_t kAdaptEvery = 10;    // iterations between changes of rho
constexpr double kLargestRatio = 1.2;      // of residuals, before rho changes
constexpr double kLargestChange = 1000.0;  // of rho at once
constexpr std::size_t kBlocks = 16;  // parts of the kernels, each summed in order: not the threads' number

/// The primal residual is wanted so many times the dual one. Source: Wohlberg (2017), arXiv 1704.06209; the
/// formula is that of SPORCO's ConvBPDN.
double wanted_ratio(double lambda) { return 1.0 + std::pow(18.3, std::log10(lambda) + 1.0); }

float clamped(float v, float low, float high) {
    const float below = v < high ? v : high;
    return below > low ? below : low;
}

/// conj(d) c, for all frequencies.
STRIATE_SIMD void correlate(const std::complex<float>* d, const std::complex<float>* c,
                            std::complex<float>* out, std::size_t n) {
    const float* const a = reinterpret_cast<const float*>(d);
    const float* const b = reinterpret_cast<const float*>(c);
    float* const to = reinterpret_cast<float*>(out);
    for (std::size_t i = 0; i < 2 * n; i += 2) {
        to[i] = a[i] * b[i] + a[i + 1] * b[i + 1];
        to[i + 1] = a[i] * b[i + 1] - a[i + 1] * b[i];
    }
}

/// sum += d w, for all frequencies.
STRIATE_SIMD void accumulate(const std::complex<float>* d, const std::complex<float>* w,
                             std::complex<float>* sum, std::size_t n) {
    const float* const a = reinterpret_cast<const float*>(d);
    const float* const b = reinterpret_cast<const float*>(w);
    float* const to = reinterpret_cast<float*>(sum);
    for (std::size_t i = 0; i < 2 * n; i += 2) {
        to[i] += a[i] * b[i] - a[i + 1] * b[i + 1];
        to[i + 1] += a[i] * b[i + 1] + a[i + 1] * b[i];
    }
}

/// w = y - u
STRIATE_SIMD void subtract(const float* v, const float* low, const float* high, float* w, std::size_t n) {
    for (std::size_t p = 0; p < n; ++p) w[p] = v[p] - 2.0F * clamped(v[p], low[p], high[p]);
}

/// v <- alpha (y + g) + (1 - alpha) v with u = v clamped to [low, high] and y = v - u.
STRIATE_SIMD void relax(float* v, const float* g, const float* low, const float* high, float alpha,
                        std::size_t n) {
    for (std::size_t p = 0; p < n; ++p)
        v[p] = alpha * (v[p] - clamped(v[p], low[p], high[p]) + g[p]) + (1.0F - alpha) * v[p];
}

/// v <- y + factor u: what a change of rho by 1 / factor does to the scaled multiplier.
STRIATE_SIMD void rescale(float* v, const float* low, const float* high, float factor, std::size_t n) {
    for (std::size_t p = 0; p < n; ++p) {
        const float u = clamped(v[p], low[p], high[p]);
        v[p] = v[p] - u + factor * u;
    }
}

/// Bounds of u along a row of the image.
struct Bounds {
    Plane low, high;
};

/// Squared norms that the residuals are made of.
struct Norms {
    double primal = 0.0, dual = 0.0;  // |x - y|, |y - y before|
    double x = 0.0, y = 0.0, u = 0.0;

    Norms& operator+=(const Norms& other) {
        primal += other.primal, dual += other.dual, x += other.x, y += other.y, u += other.u;
        return *this;
    }
    void add(float v, float g, float low, float high, float alpha) {
        const float u0 = clamped(v, low, high), y0 = v - u0, x1 = y0 - u0 + g;
        const float v1 = alpha * (y0 + g) + (1.0F - alpha) * v;
        const float u1 = clamped(v1, low, high), y1 = v1 - u1;
        const auto squared = [](float a) { return static_cast<double>(a) * static_cast<double>(a); };
        primal += squared(x1 - y1), dual += squared(y1 - y0);
        x += squared(x1), y += squared(y1), u += squared(u1);
    }
    /// Relative primal residual over the relative dual one.
    double ratio() const { return std::sqrt(primal / std::max(x, y) * u / dual); }
};

}  // namespace

Admm::Admm(const Task& task, std::size_t rows, std::size_t cols, const AdmmSettings& settings)
    : task_(task),
      grid_(grid_of(task, rows, cols)),
      rows_(rows),
      cols_(cols),
      settings_(settings),
      fourier_(rows, cols),
      kernels_(task.kernels.n, Spectrum(fourier_.n_frequencies())),
      power_(fourier_.n_frequencies(), 0.0F) {
    const Kernels& kernels = task_.kernels;
    sim::parallel_for(std::size_t{0}, kernels.n, [&](std::size_t k) {
        Plane plane(rows * cols, 0.0F);
        for (std::size_t i = 0; i < kernels.height; ++i)
            for (std::size_t j = 0; j < kernels.width; ++j)
                plane[i * cols + j] = kernels.kernel(k)[i * kernels.width + j];
        fourier_.forward(plane, kernels_[k]);
    });
    for (const Spectrum& kernel : kernels_)
        for (std::size_t f = 0; f < power_.size(); ++f) power_[f] += std::norm(kernel[f]);
}

/// One image. All of the iteration's state is v = y + u, for u = v where |v| is below the threshold t =
/// lambda / rho and u = +-t elsewhere. In these terms it is
///
///     c = (s - D (y - u)) / (rho + sum_k |d_k|^2)    at each frequency (Sherman & Morrison)
///     v <- alpha (y + D' c) + (1 - alpha) v          D' c correlates every kernel with the image c
///
/// so that one plane of v a kernel is all that is kept, and it is read and written once an iteration.
class Admm::Run {
  public:
    Run(const Admm& solver, const Image& image)
        : solver_(solver),
          task_(solver.task_),
          alpha_(static_cast<float>(solver.settings_.relaxation)),
          v_(task_.kernels.n, Plane(image.size(), 0.0F)),
          s_(n_frequencies()),
          c_(n_frequencies()),
          blocks_(kBlocks) {
        Plane pixels(image.pixels.begin(), image.pixels.end());
        solver.fourier_.forward(pixels, s_);
        for (Block& block : blocks_) {
            block.spectrum.resize(n_frequencies());
            block.explained.resize(n_frequencies());
            block.plane.resize(image.size());
        }
        set_rho(50.0 * task_.lambda + 1.0);
    }

    void iterate(bool adapts) {
        find_residual();
        for_kernels_of_each_block([&](std::size_t k, Block& block) {
            move(k, block, adapts);
            explain(k, block);
        });
        if (adapts) adapt();
    }
    Code code() const;

  private:
    /// What one thread works with at a time.
    struct Block {
        Spectrum spectrum, explained;  // of one plane; D (y - u), summed over its kernels
        Plane plane;
        Norms norms;
    };

    std::size_t n_frequencies() const { return solver_.fourier_.n_frequencies(); }
    bool is_open(std::size_t place, std::size_t places) const {
        return place % task_.stride == 0 && place / task_.stride < places;
    }
    const Bounds& bounds(std::size_t row) const { return is_open(row, solver_.grid_.rows) ? open_ : closed_; }
    template <class Use>
    void for_kernels_of_each_block(Use use);
    void set_rho(double rho);
    void find_residual();
    void move(std::size_t k, Block& block, bool measures);
    void explain(std::size_t k, Block& block) const;
    void adapt();

    const Admm& solver_;
    const Task& task_;
    float alpha_;
    double rho_ = 0.0;
    std::vector<Plane> v_;
    Spectrum s_, c_;
    std::vector<Block> blocks_;
    Bounds open_, closed_;  // of u in rows of the image where kernels may stand, and where none may
};

/// Calls use(kernel, its block), after the sums of each block were set to zero.
template <class Use>
void Admm::Run::for_kernels_of_each_block(Use use) {
    const std::size_t n = task_.kernels.n;
    sim::parallel_for(std::size_t{0}, blocks_.size(), [&](std::size_t b) {
        Block& block = blocks_[b];
        std::ranges::fill(block.explained, 0.0F);
        block.norms = {};
        for (std::size_t k = b * n / kBlocks; k < (b + 1) * n / kBlocks; ++k) use(k, block);
    });
}

void Admm::Run::set_rho(double rho) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    rho_ = rho;
    const std::size_t cols = solver_.cols_;
    closed_ = {Plane(cols, -kInfinity), Plane(cols, kInfinity)};
    open_ = closed_;
    for (std::size_t x = 0; x < cols; ++x)
        if (is_open(x, solver_.grid_.cols)) {
            open_.high[x] = static_cast<float>(task_.lambda / rho);
            if (task_.is_signed) open_.low[x] = -open_.high[x];
        }
}

/// c, divided by the number of pixels, with which FFTW's transform back multiplies.
void Admm::Run::find_residual() {
    const auto n = static_cast<float>(solver_.fourier_.n_pixels());
    c_ = s_;
    for (const Block& block : blocks_)
        for (std::size_t f = 0; f < c_.size(); ++f) c_[f] -= block.explained[f];
    for (std::size_t f = 0; f < c_.size(); ++f) c_[f] /= n * (static_cast<float>(rho_) + solver_.power_[f]);
}

/// v_k <- alpha (y + d_k' c) + (1 - alpha) v_k
void Admm::Run::move(std::size_t k, Block& block, bool measures) {
    correlate(solver_.kernels_[k].data(), c_.data(), block.spectrum.data(), c_.size());
    solver_.fourier_.backward(block.spectrum, block.plane);
    const std::size_t cols = solver_.cols_;
    for (std::size_t row = 0; row < solver_.rows_; ++row) {
        const Bounds& u = bounds(row);
        float* const v = v_[k].data() + row * cols;
        const float* const g = block.plane.data() + row * cols;
        if (measures)
            for (std::size_t x = 0; x < cols; ++x) block.norms.add(v[x], g[x], u.low[x], u.high[x], alpha_);
        relax(v, g, u.low.data(), u.high.data(), alpha_, cols);
    }
}

/// Adds d_k * (y - u) to what the block explains.
void Admm::Run::explain(std::size_t k, Block& block) const {
    const std::size_t cols = solver_.cols_;
    for (std::size_t row = 0; row < solver_.rows_; ++row) {
        const Bounds& u = bounds(row);
        subtract(v_[k].data() + row * cols, u.low.data(), u.high.data(), block.plane.data() + row * cols,
                 cols);
    }
    solver_.fourier_.forward(block.plane, block.spectrum);
    accumulate(solver_.kernels_[k].data(), block.spectrum.data(), block.explained.data(), c_.size());
}

/// Moves rho so that both residuals shrink alike.
void Admm::Run::adapt() {
    Norms norms;
    for (const Block& block : blocks_) norms += block.norms;
    const double ratio = norms.ratio() / wanted_ratio(task_.lambda);
    if (!std::isfinite(ratio) || (ratio < kLargestRatio && ratio > 1.0 / kLargestRatio)) return;
    const double change = std::clamp(std::sqrt(ratio), 1.0 / kLargestChange, kLargestChange);
    const std::size_t cols = solver_.cols_;
    sim::parallel_for(std::size_t{0}, v_.size(), [&](std::size_t k) {
        for (std::size_t row = 0; row < solver_.rows_; ++row) {
            const Bounds& u = bounds(row);
            rescale(v_[k].data() + row * cols, u.low.data(), u.high.data(), static_cast<float>(1.0 / change),
                    cols);
        }
    });
    set_rho(rho_ * change);
    for_kernels_of_each_block([&](std::size_t k, Block& block) { explain(k, block); });
}

Code Admm::Run::code() const {
    const Grid& grid = solver_.grid_;
    Code code;
    code.reserve(v_.size() * grid.size());
    for (const Plane& v : v_)
        for (std::size_t y = 0; y < grid.rows; ++y)
            for (std::size_t x = 0; x < grid.cols; ++x) {
                const std::size_t col = x * grid.stride;
                const float value = v[y * grid.stride * solver_.cols_ + col];
                code.push_back(value - clamped(value, open_.low[col], open_.high[col]));
            }
    return code;
}

Solution Admm::solve(const Image& image) const {
    Run run(*this, image);
    for (std::size_t i = 1; i <= settings_.iterations; ++i)
        run.iterate(i % kAdaptEvery == 0 && i < settings_.iterations);
    return {run.code(), settings_.iterations};
}

}  // namespace convolution
