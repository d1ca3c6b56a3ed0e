#include "convolution/admm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/parallel.hpp"
#include "sim/simd.hpp"

namespace convolution {

namespace {

constexpr std::size_t kAdaptFor = 100;     // iterations: while rho moves, convergence is not certain
constexpr double kLargestRatio = 1.2;      // of residuals, before rho changes
constexpr double kLargestChange = 1000.0;  // of rho at once
constexpr std::size_t kBlocks = 16;  // parts of the kernels, each summed in order: not the threads' number

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

/// Bounds of u along a row of the image.
struct Bounds {
    Plane low, high;
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

/// A row of one kernel. v is y + u of the last iteration, in its bounds; rho has changed by 1 / factor since.
struct Row {
    float* v;
    float* g;  // in: d' c; out: y
    const Bounds& last;
    const Bounds& now;
};

constexpr std::size_t kLanes = 16;  // sums side by side, for all widths of vector registers the same

/// v <- alpha (y + g) + (1 - alpha) (y + u)
STRIATE_SIMD void relax(const Row& row, float factor, float alpha, std::size_t n, Norms& norms) {
    float primal[kLanes] = {}, dual[kLanes] = {}, xx[kLanes] = {}, yy[kLanes] = {}, uu[kLanes] = {};
    float* const v = row.v;
    float* const g = row.g;
    const float *const low0 = row.last.low.data(), *const high0 = row.last.high.data(),
                       *const low = row.now.low.data(), *const high = row.now.high.data();
    const auto move = [&](std::size_t p, std::size_t lane) {
        const float u0 = clamped(v[p], low0[p], high0[p]), y0 = v[p] - u0, scaled = factor * u0;
        const float x = y0 - scaled + g[p], v1 = alpha * (y0 + g[p]) + (1.0F - alpha) * (y0 + scaled);
        const float u = clamped(v1, low[p], high[p]), y = v1 - u;
        v[p] = v1, g[p] = y;
        primal[lane] += (x - y) * (x - y), dual[lane] += (y - y0) * (y - y0);
        xx[lane] += x * x, yy[lane] += y * y, uu[lane] += u * u;
    };
    const std::size_t whole = n / kLanes * kLanes;
    for (std::size_t p = 0; p < whole; p += kLanes)
        for (std::size_t lane = 0; lane < kLanes; ++lane) move(p + lane, lane);
    for (std::size_t p = whole; p < n; ++p) move(p, p - whole);
    for (std::size_t lane = 0; lane < kLanes; ++lane)
        norms +=
            {static_cast<double>(primal[lane]), static_cast<double>(dual[lane]),
             static_cast<double>(xx[lane]), static_cast<double>(yy[lane]), static_cast<double>(uu[lane])};
}

}  // namespace

// Source of the ratio: Wohlberg (2017), arXiv 1704.06209; the formula is that of SPORCO's ConvBPDN.
AdmmSettings::AdmmSettings(double lambda)
    : rho(50.0 * lambda + 1.0), residual_ratio(1.0 + std::pow(18.3, std::log10(lambda) + 1.0)) {}

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
/// so that one plane a kernel is all that is kept, and it is read and written once an iteration. D (y - u) =
/// 2 D y
/// - D v: the first is transformed from the new y while it is at hand, the second follows the recursion of v
/// itself, where an error shrinks by 1 - alpha each time. When rho is divided by a factor, u = v - y is
/// multiplied by it.
class Admm::Run {
  public:
    Run(const Admm& solver, const Image& image)
        : solver_(solver),
          task_(solver.task_),
          alpha_(static_cast<float>(solver.settings_.relaxation)),
          v_(task_.kernels.n, Plane(image.size(), 0.0F)),
          s_(n_frequencies()),
          c_(n_frequencies()),
          Dy_(n_frequencies()),
          Dv_(n_frequencies()),
          blocks_(kBlocks) {
        Plane pixels(image.pixels.begin(), image.pixels.end());
        solver.fourier_.forward(pixels, s_);
        for (Block& block : blocks_) {
            block.spectrum.resize(n_frequencies());
            block.Dy.resize(n_frequencies());
            block.plane.resize(image.size());
        }
        set_rho(solver.settings_.rho);
        last_ = now_;
    }

    void iterate() {
        find_residual();
        sim::parallel_for(std::size_t{0}, blocks_.size(), [&](std::size_t b) { move(b); });
        std::ranges::fill(Dy_, 0.0F);
        for (const Block& block : blocks_)
            for (std::size_t f = 0; f < Dy_.size(); ++f) Dy_[f] += block.Dy[f];
        last_ = now_;
        factor_ = 1.0F;
        if (solver_.settings_.adapts && ++n_iterations_ < kAdaptFor) adapt();
    }
    Code code() const;

  private:
    struct Block {
        Spectrum spectrum, Dy;  // of one plane; summed over the block's kernels
        Plane plane;
        Norms norms;
    };
    struct BoundsOfRows {
        Bounds open, closed;  // where kernels may stand, and where none may
    };

    std::size_t n_frequencies() const { return solver_.fourier_.n_frequencies(); }
    bool is_open(std::size_t place, std::size_t places) const {
        return place % task_.stride == 0 && place / task_.stride < places;
    }
    void set_rho(double rho);
    void find_residual();
    void move(std::size_t b);
    void adapt();

    const Admm& solver_;
    const Task& task_;
    float alpha_;
    double rho_ = 0.0;
    std::vector<Plane> v_;
    Spectrum s_, c_, Dy_, Dv_;
    std::vector<Block> blocks_;
    BoundsOfRows last_, now_;  // of u, when v was found and when it is moved
    std::size_t n_iterations_ = 0;
    float factor_ = 1.0F;  // by which u is multiplied before
};

void Admm::Run::set_rho(double rho) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    rho_ = rho;
    const std::size_t cols = solver_.cols_;
    now_.closed = now_.open = {Plane(cols, -kInfinity), Plane(cols, kInfinity)};
    for (std::size_t x = 0; x < cols; ++x)
        if (is_open(x, solver_.grid_.cols)) {
            now_.open.high[x] = static_cast<float>(task_.lambda / rho);
            if (task_.is_signed) now_.open.low[x] = -now_.open.high[x];
        }
}

/// c, and D v as it will be when v has moved.
void Admm::Run::find_residual() {
    const auto n = static_cast<float>(solver_.fourier_.n_pixels()), rho = static_cast<float>(rho_);
    for (std::size_t f = 0; f < c_.size(); ++f) {
        const float power = solver_.power_[f];
        const std::complex<float> Dy = Dy_[f], Du = factor_ * (Dv_[f] - Dy),
                                  c = (s_[f] - Dy + Du) / (rho + power);
        Dv_[f] = alpha_ * (Dy + power * c) + (1.0F - alpha_) * (Dy + Du);
        c_[f] = c / n;  // FFTW's transform back multiplies by n
    }
}

/// v of the kernels of a block, and what their y explains.
void Admm::Run::move(std::size_t b) {
    Block& block = blocks_[b];
    std::ranges::fill(block.Dy, 0.0F);
    block.norms = {};
    const std::size_t n = task_.kernels.n, cols = solver_.cols_;
    for (std::size_t k = b * n / kBlocks; k < (b + 1) * n / kBlocks; ++k) {
        correlate(solver_.kernels_[k].data(), c_.data(), block.spectrum.data(), c_.size());
        solver_.fourier_.backward(block.spectrum, block.plane);
        for (std::size_t y = 0; y < solver_.rows_; ++y) {
            float *const v = v_[k].data() + y * cols, *const g = block.plane.data() + y * cols;
            const bool open = is_open(y, solver_.grid_.rows);
            relax({v, g, open ? last_.open : last_.closed, open ? now_.open : now_.closed}, factor_, alpha_,
                  cols, block.norms);
        }
        solver_.fourier_.forward(block.plane, block.spectrum);
        accumulate(solver_.kernels_[k].data(), block.spectrum.data(), block.Dy.data(), c_.size());
    }
}

/// Moves rho so that both residuals shrink alike.
void Admm::Run::adapt() {
    Norms norms;
    for (const Block& block : blocks_) norms += block.norms;
    const double ratio = norms.ratio() / solver_.settings_.residual_ratio;
    if (!std::isfinite(ratio) || (ratio < kLargestRatio && ratio > 1.0 / kLargestRatio)) return;
    const double change = std::clamp(std::sqrt(ratio), 1.0 / kLargestChange, kLargestChange);
    factor_ = static_cast<float>(1.0 / change);
    set_rho(rho_ * change);
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
                code.push_back(value - clamped(value, last_.open.low[col], last_.open.high[col]));
            }
    return code;
}

Solution Admm::solve(const Image& image) const {
    Run run(*this, image);
    for (std::size_t i = 0; i < settings_.iterations; ++i) run.iterate();
    return {run.code(), settings_.iterations};
}

}  // namespace convolution
