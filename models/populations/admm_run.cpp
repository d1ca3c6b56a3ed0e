#include "models/populations/admm_run.hpp"

#include <algorithm>
#include <complex>
#include <limits>

#include "sim/simd.hpp"

namespace models::admm {
namespace {

constexpr std::size_t kAdaptFor = 100;     // iterations: while rho moves, convergence is not certain
constexpr double kLargestRatio = 1.2;      // of residuals, before rho changes
constexpr double kLargestChange = 1000.0;  // of rho at once
constexpr float kInfinity = std::numeric_limits<float>::infinity();

float clamped(float v, float low, float high) {
    const float below = v < high ? v : high;
    return below > low ? below : low;
}

/// conj(d) c, for all frequencies.
void correlate(const std::complex<float>* d, const std::complex<float>* c, std::complex<float>* out,
               std::size_t n) {
    const float* const a = reinterpret_cast<const float*>(d);
    const float* const b = reinterpret_cast<const float*>(c);
    float* const to = reinterpret_cast<float*>(out);
    for (std::size_t i = 0; i < 2 * n; i += 2) {
        to[i] = a[i] * b[i] + a[i + 1] * b[i + 1];
        to[i + 1] = a[i] * b[i + 1] - a[i + 1] * b[i];
    }
}

/// sum += d w, for all frequencies.
void accumulate(const std::complex<float>* d, const std::complex<float>* w, std::complex<float>* sum,
                std::size_t n) {
    const float* const a = reinterpret_cast<const float*>(d);
    const float* const b = reinterpret_cast<const float*>(w);
    float* const to = reinterpret_cast<float*>(sum);
    for (std::size_t i = 0; i < 2 * n; i += 2) {
        to[i] += a[i] * b[i] - a[i + 1] * b[i + 1];
        to[i + 1] += a[i] * b[i + 1] + a[i + 1] * b[i];
    }
}

/// A row of one kernel.
struct Row {
    float* v;  // y + u of the last iteration
    float* g;  // in: the part of x - w that is of D'; out: y
    const float* r;
    const Bounds& last;  // of u, when v was found
    const Bounds& now;
};

struct Step {
    float factor;  // rho before, over rho now
    float alpha, per_rho;
};

constexpr std::size_t kLanes = 16;  // sums side by side, for all widths of vector registers the same

/// Sums of squares, lane by lane.
struct Lanes {
    float primal[kLanes] = {}, dual[kLanes] = {}, x[kLanes] = {}, y[kLanes] = {}, u[kLanes] = {};
};

/// At n <= kLanes pixels. Pointers are restricted, or compilers ask at run time which of so many overlap, and give up.
[[gnu::always_inline]] inline void relax_some(float* __restrict v, float* __restrict out,
                                              const float* __restrict r, const float* __restrict low0,
                                              const float* __restrict high0, const float* __restrict low,
                                              const float* __restrict high, const Step step, std::size_t n,
                                              Lanes& sums) {
    for (std::size_t p = 0; p < n; ++p) {
        const float g = out[p] + step.per_rho * r[p];
        const float u0 = clamped(v[p], low0[p], high0[p]), y0 = v[p] - u0, scaled = step.factor * u0;
        const float x = y0 - scaled + g, v1 = step.alpha * (y0 + g) + (1.0F - step.alpha) * (y0 + scaled);
        const float u = clamped(v1, low[p], high[p]), y = v1 - u;
        v[p] = v1, out[p] = y;
        sums.primal[p] += (x - y) * (x - y), sums.dual[p] += (y - y0) * (y - y0);
        sums.x[p] += x * x, sums.y[p] += y * y, sums.u[p] += u * u;
    }
}

/// v <- alpha (y + g) + (1 - alpha) (y + u), g = x - w
void relax(const Row& row, const Step& step, std::size_t n, Norms& norms) {
    Lanes sums;
    const std::size_t whole = n / kLanes * kLanes;
    const auto move = [&](std::size_t p, std::size_t lanes) {
        relax_some(row.v + p, row.g + p, row.r + p, &row.last.low[p], &row.last.high[p], &row.now.low[p],
                   &row.now.high[p], step, lanes, sums);
    };
    for (std::size_t p = 0; p < whole; p += kLanes) move(p, kLanes);
    if (whole < n) move(whole, n - whole);
    for (std::size_t lane = 0; lane < kLanes; ++lane)
        norms += {static_cast<double>(sums.primal[lane]), static_cast<double>(sums.dual[lane]),
                  static_cast<double>(sums.x[lane]), static_cast<double>(sums.y[lane]),
                  static_cast<double>(sums.u[lane])};
}

std::size_t reached(std::size_t places, std::size_t kernel, const sim::Grid& grid) {
    return grid.border == sim::Border::periodic ? places * grid.stride : (places - 1) * grid.stride + kernel;
}

}  // namespace

// One after the other: threads that wait for them may hold a lock.
Transforms::Transforms(const sim::Interaction& Q)
    : kernels(Q.kernels()),
      grid(Q.grid()),
      rows(reached(grid.rows, kernels->height, grid)),
      cols(reached(grid.cols, kernels->width, grid)),
      fourier(rows, cols),
      power(fourier.n_frequencies(), 0.0F) {
    for (std::size_t k = 0; k < kernels->n; ++k) {
        Plane plane(fourier.n_pixels(), 0.0F);
        for (std::size_t i = 0; i < kernels->height; ++i)
            std::copy_n(&kernels->kernel(k)[i * kernels->width], kernels->width, &plane[i * cols]);
        fourier.forward(plane, of_kernels.emplace_back(fourier.n_frequencies()));
        for (std::size_t f = 0; f < power.size(); ++f) power[f] += std::norm(of_kernels[k][f]);
    }
}

Run::Run(const Settings& settings, const Transforms& transforms, std::span<const double> lambda,
         bool is_signed, std::span<const double> b)
    : settings_(settings),
      transforms_(transforms),
      lambda_(lambda.begin(), lambda.end()),
      is_signed_(is_signed),
      alpha_(static_cast<float>(settings.relaxation)),
      r_(n_kernels(), Plane(transforms.fourier.n_pixels(), 0.0F)),
      v_(r_),
      s_(n_frequencies()),
      Dr_(n_frequencies()),
      c_(n_frequencies()),
      Dy_(n_frequencies()),
      Dv_(n_frequencies()),
      blocks_(kBlocks) {
    double sum = 0.0;
    for (const double one : lambda_) sum += one;
    const double mean = sum / static_cast<double>(n_kernels());
    residual_ratio_ = settings.residual_ratio(mean);
    rho_ = last_rho_ = settings.rho(mean);
    const Bounds open{Plane(transforms.cols, -kInfinity), Plane(transforms.cols, kInfinity)};
    for (Block& block : blocks_)
        block = {Spectrum(n_frequencies()),
                 Spectrum(n_frequencies()),
                 Plane(transforms.fourier.n_pixels()),
                 {},
                 open,
                 open,
                 open};
    split_drive(b);
}

/// Of all images s accounts for most: D D's = D b, the least squares.
void Run::split_drive(std::span<const double> b) {
    const Fourier& fourier = transforms_.fourier;
    transforms_.visit([&](std::size_t k, std::size_t neuron, std::size_t pixel) {
        r_[k][pixel] = static_cast<float>(b[neuron]);
    });
    sum_over_blocks(s_, [&](Block& block, std::size_t k) { fourier.forward(r_[k], block.spectrum); });
    for (std::size_t f = 0; f < s_.size(); ++f) {
        s_[f] = transforms_.power[f] > 0.0F ? s_[f] / transforms_.power[f] : 0.0F;
        c_[f] = s_[f] / static_cast<float>(fourier.n_pixels());
    }
    sum_over_blocks(Dr_, [&](Block& block, std::size_t k) {
        correlate_with(c_, k, block);
        for (std::size_t p = 0; p < block.plane.size(); ++p) r_[k][p] -= block.plane[p];
        fourier.forward(r_[k], block.spectrum);
    });
}

void Run::correlate_with(const Spectrum& image, std::size_t k, Block& block) const {
    sim::simd<correlate>(transforms_.of_kernels[k].data(), image.data(), block.spectrum.data(), image.size());
    transforms_.fourier.backward(block.spectrum, block.plane);  // FFTW's multiplies by n
}

void Run::iterate() {
    find_residual();
    sum_over_blocks(Dy_, [&](Block& block, std::size_t k) { move(block, k); });
    last_rho_ = rho_;
    if (settings_.adapts && ++n_iterations_ < kAdaptFor) adapt();
}

template <class Work>
void Run::sum_over_blocks(Spectrum& sum, const Work& work) {
    sim::parallel_for(std::size_t{0}, kBlocks, [&](std::size_t b) {
        Block& block = blocks_[b];
        std::ranges::fill(block.sum, 0.0F);
        block.norms = {};
        for (std::size_t k = first_kernel(b); k < first_kernel(b + 1); ++k) {
            work(block, k);
            sim::simd<accumulate>(transforms_.of_kernels[k].data(), block.spectrum.data(), block.sum.data(),
                                  c_.size());
        }
    });
    std::ranges::fill(sum, 0.0F);
    for (const Block& block : blocks_)
        for (std::size_t f = 0; f < sum.size(); ++f) sum[f] += block.sum[f];
}

/// c, and D v as it will be when v has moved.
void Run::find_residual() {
    const auto n = static_cast<float>(transforms_.fourier.n_pixels()), rho = static_cast<float>(rho_),
               factor = static_cast<float>(last_rho_ / rho_);
    for (std::size_t f = 0; f < c_.size(); ++f) {
        const float power = transforms_.power[f];
        const std::complex<float> Dy = Dy_[f], Du = factor * (Dv_[f] - Dy), Dr = Dr_[f] / rho,
                                  c = (s_[f] - Dr - Dy + Du) / (rho + power);
        Dv_[f] = alpha_ * (Dy + Dr + power * c) + (1.0F - alpha_) * (Dy + Du);
        c_[f] = c / n;
    }
}

void Run::bound(std::size_t k, double rho, Bounds& bounds) const {
    const auto threshold = static_cast<float>(lambda_[k] / rho);
    const sim::Grid& grid = transforms_.grid;
    for (std::size_t x = 0; x < grid.cols; ++x) {
        bounds.high[x * grid.stride] = threshold;
        if (is_signed_) bounds.low[x * grid.stride] = -threshold;
    }
}

/// v of a kernel, and what its y explains.
void Run::move(Block& block, std::size_t k) {
    const std::size_t cols = transforms_.cols;
    correlate_with(c_, k, block);
    bound(k, last_rho_, block.last);
    bound(k, rho_, block.now);
    const Step step{static_cast<float>(last_rho_ / rho_), alpha_, static_cast<float>(1.0 / rho_)};
    for (std::size_t y = 0; y < transforms_.rows; ++y) {
        const std::size_t first = y * cols;
        const bool open = is_open(y, transforms_.grid.rows);
        sim::simd<relax>({&v_[k][first], &block.plane[first], &r_[k][first], open ? block.last : block.closed,
                          open ? block.now : block.closed},
                         step, cols, block.norms);
    }
    transforms_.fourier.forward(block.plane, block.spectrum);
}

/// Moves rho so that both residuals shrink alike.
void Run::adapt() {
    Norms norms;
    for (const Block& block : blocks_) norms += block.norms;
    const double ratio = norms.ratio() / residual_ratio_;
    if (!std::isfinite(ratio) || ratio == 0.0 || (ratio < kLargestRatio && ratio > 1.0 / kLargestRatio))
        return;
    rho_ *= std::clamp(std::sqrt(ratio), 1.0 / kLargestChange, kLargestChange);
}

std::vector<float> Run::code() const {
    std::vector<float> code(transforms_.grid.size() * n_kernels());
    transforms_.visit([&](std::size_t k, std::size_t neuron, std::size_t pixel) {
        const auto high = static_cast<float>(lambda_[k] / last_rho_);
        code[neuron] = v_[k][pixel] - clamped(v_[k][pixel], is_signed_ ? -high : -kInfinity, high);
    });
    return code;
}

}  // namespace models::admm
