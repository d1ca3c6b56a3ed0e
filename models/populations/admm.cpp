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
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <memory>
#include <mutex>

#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/fourier.hpp"
#include "sim/parallel.hpp"
#include "sim/simd.hpp"

namespace models {
namespace admm {
namespace {

using sim::Fourier, sim::Plane, sim::Spectrum, sim::Time;

constexpr std::size_t kAdaptFor = 100;     // iterations: while rho moves, convergence is not certain
constexpr double kLargestRatio = 1.2;      // of residuals, before rho changes
constexpr double kLargestChange = 1000.0;  // of rho at once
constexpr std::size_t kBlocks = 16;  // parts of the kernels, each summed in order: not the threads' number
constexpr float kInfinity = std::numeric_limits<float>::infinity();

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

std::size_t reached(std::size_t places, std::size_t kernel, const sim::Grid& grid) {
    return grid.border == sim::Border::periodic ? places * grid.stride : (places - 1) * grid.stride + kernel;
}

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

/// The transforms that populations of one kind share, made anew when other kernels come.
class SharedTransforms {
  public:
    std::shared_ptr<const Transforms> of(const sim::Interaction& Q) {
        if (!Q.is_shared()) throw sim::ConfigError("admm: fields must be kernels that all places share");
        const std::lock_guard lock(mutex_);
        if (!last_ || !last_->are_of(Q)) last_ = std::make_shared<const Transforms>(Q);
        return last_;
    }

  private:
    std::mutex mutex_;
    std::shared_ptr<const Transforms> last_;
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

/// Of a neuron and its OFF twin, n neurons further on, the drive b is opposite: a neuron and its twin are one
/// coefficient of either sign.
class AdmmPopulation final : public sim::CodingPopulation {
  public:
    AdmmPopulation(const Settings& settings, const sim::Program& program,
                   std::shared_ptr<SharedTransforms> transforms)
        : settings_(settings), program_(program), transforms_(std::move(transforms)), b_(n(), 0.0) {}

    std::size_t size() const override { return program_.Q.size(); }
    void drive(std::span<const double> b) override { set_currents(b, 0.0); }
    using CodingPopulation::receive;
    void receive(std::span<const sim::Synapse> synapses, Time t) override {
        sim::check_arrivals("admm", synapses, t);
        for (const sim::Synapse& one : synapses)
            b_[untwinned(one.target)] += is_twin(one.target) ? -one.weight : one.weight;
        forget();
    }
    void set_current(std::uint32_t neuron, double I, Time t) override {
        std::vector<double> changed = b_;
        changed[untwinned(neuron)] = is_twin(neuron) ? -I : I;
        set_currents(changed, t);
    }
    void set_currents(std::span<const double> b, Time t) override {
        sim::check_drive("admm", b, t);
        std::copy_n(b.begin(), std::min(b.size(), n()), b_.begin());
        forget();
    }
    std::vector<sim::Variable> variables() const override { return {{"u", "1"}, {"a", "1"}}; }
    double value(std::size_t variable, std::uint32_t neuron, Time) const override {
        return variable == 0 ? u(neuron) : activity(neuron);
    }
    void state(sim::State& s) override {
        s(b_);
        if (s.is_loading()) forget();
    }
    std::optional<sim::Spike> next_spike(Time) override { return std::nullopt; }
    bool knows_next() const override { return true; }
    void fire(const sim::Spike&) override {}
    void advance(Time t) override { now_ = t; }
    void begin_readout() override {}  // the code is that of the drive there is
    void read_code(std::span<double> a) const override;

  private:
    std::span<const double> b() const override { return b_; }
    std::size_t n() const { return program_.Q.has_twins() ? size() / 2 : size(); }
    bool is_twin(std::size_t i) const { return i >= n(); }
    std::size_t untwinned(std::size_t i) const { return is_twin(i) ? i - n() : i; }
    void forget() {
        code_.clear();
        explained_.clear();
    }
    const std::vector<float>& code() const;
    const std::vector<double>& explained() const;
    double activity(std::size_t i) const {
        const auto a = static_cast<double>(code()[untwinned(i)]);
        return std::max(is_twin(i) ? -a : a, 0.0);
    }
    double u(std::size_t i) const;

    Settings settings_;
    const sim::Program& program_;
    std::shared_ptr<SharedTransforms> transforms_;
    std::vector<double> b_;  // shape (n)
    Time now_ = 0.0;
    // Of the drive, once they are asked for.
    mutable std::vector<float> code_;        // of either sign, shape (n)
    mutable std::vector<double> explained_;  // D a, shape (pixels)
};

const std::vector<float>& AdmmPopulation::code() const {
    if (!code_.empty()) return code_;
    const auto transforms = transforms_->of(program_.Q);
    const std::span lambda = std::span(program_.lambda).first(transforms->kernels->n);
    Run run(settings_, *transforms, lambda, program_.Q.has_twins(), b_);
    for (std::size_t i = 0; i < settings_.iterations; ++i) run.iterate();
    return code_ = run.code();
}

/// Calls use(pixel of the kernel, pixel of the frame) for all that neuron i sees.
void visit(const Transforms& of, std::size_t i, const auto& use) {
    sim::visit_pixels(*of.kernels, of.grid, of.rows, of.cols, i / of.kernels->n, use);
}

const std::vector<double>& AdmmPopulation::explained() const {
    if (!explained_.empty()) return explained_;
    const auto transforms = transforms_->of(program_.Q);
    explained_.assign(transforms->fourier.n_pixels(), 0.0);
    for (std::size_t i = 0; i < n(); ++i) {
        const auto a = static_cast<double>(code()[i]);
        if (a == 0.0) continue;
        const auto kernel = transforms->kernels->kernel(i % transforms->kernels->n);
        visit(*transforms, i, [&](std::size_t p, std::size_t pixel) {
            explained_[pixel] += a * static_cast<double>(kernel[p]);
        });
    }
    return explained_;
}

/// The current of the LCA, b_i - sum_{j != i} Q_ij a_j.
double AdmmPopulation::u(std::size_t i) const {
    const auto transforms = transforms_->of(program_.Q);
    const std::size_t at = untwinned(i);
    const auto kernel = transforms->kernels->kernel(at % transforms->kernels->n);
    double missed = b_[at];
    visit(*transforms, at, [&](std::size_t p, std::size_t pixel) {
        missed -= static_cast<double>(kernel[p]) * explained()[pixel];
    });
    return (is_twin(i) ? -missed : missed) + program_.Q.diagonal(i) * activity(i);
}

void AdmmPopulation::read_code(std::span<double> a) const {
    const std::vector<float>& code = this->code();
    for (std::size_t i = 0; i < code.size(); ++i)
        if (!std::isfinite(code[i]))
            throw sim::NumericsError("admm", i, now_, fmt::format("its activity is {}", code[i]));
    const std::size_t n_on = std::min(a.size(), code.size());
    for (std::size_t i = 0; i < n_on; ++i) a[i] = std::max(static_cast<double>(code[i]), 0.0);
    for (std::size_t i = n_on; i < a.size(); ++i) a[i] = std::max(-static_cast<double>(code[i - n_on]), 0.0);
}

class Admm final : public sim::Neurons {
  public:
    using Settings = admm::Settings;
    Admm(const Settings& settings, const Context&) : settings_(settings) {}
    std::string name() const override { return "admm"; }
    bool solves_by_kernels() const override { return true; }
    std::unique_ptr<sim::CodingPopulation> population(const sim::Program& program) const override {
        return std::make_unique<AdmmPopulation>(settings_, program, transforms_);
    }

  private:
    Settings settings_;
    std::shared_ptr<SharedTransforms> transforms_ = std::make_shared<SharedTransforms>();
};

const sim::RegisterNeurons<Admm> registration{
    "admm", "no neurons: ADMM on kernels that all places share, the baseline beside spikes"};

}  // namespace
}  // namespace admm
}  // namespace models
