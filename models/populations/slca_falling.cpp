// A spiking LCA whose threshold falls: a rank-order code. It solves the program of slca.cpp,
//
//     minimise  E(a) = 1/2 a'Qa - (b - lambda)'a   over a >= 0
//
// with far fewer spikes. What one spike stands for, the quantum q, is the same for all neurons and falls from the
// onset of the frame on, and their threshold with it:
//
//     q(t) = q0 e^{-t/tau}            g = b - lambda - Q a, the potential;  d_i = Q_ii
//     w_i = g_i / d_i                 how far neuron i is from where it should be
//     neuron i fires when w_i reaches k q: a_i += q
//     it takes back, by a spike of negative amount, when w_i falls to -k q while it is active: a_i -= min(q, a_i)
//
// A spike changes the potential of all it reaches at once, by -Q_ij times its amount. Who is lifted above the
// threshold fires at once, the farthest first. So the neuron that fires next is always the one that is farthest, and
// when is known in closed form: q = |w_i| / k, at t = tau ln(k q0 / |w_i|).
//
// Every spike that carries a whole q lowers E by at least q^2 d_i (k - 1/2), so that k > 1/2 must be; one that takes
// back less clears a neuron that a whole q has made active before. At time t no optimality condition of a neuron is
// violated by more than k q(t) d_i. See docs/models/slca_falling.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "sim/aligned.hpp"
#include "sim/coding_population.hpp"
#include "sim/elementary.hpp"
#include "sim/error.hpp"
#include "sim/log_of_part.hpp"
#include "sim/simd.hpp"

namespace models {
namespace falling {
namespace {

using sim::kNever;
using sim::Time;

/// Neurons are ranked in blocks of kRows rows of kLanes, by lane, so that compilers make vectors of the loops. On a sheet
/// the rows of a block are of as many rows of the sheet: what a column reaches lies in few blocks. Of kFan blocks there is one node,
/// of kFan nodes one above them, and so on up to one for all. A dense Q reaches all: its block is all.
constexpr std::size_t kLanes = 8, kRows = 8, kBlock = kRows * kLanes, kFan = 8;
/// A presentation with more spikes than this is taken for one that q0 is far too small for.
constexpr std::uint64_t kMaxSpikes = 10'000'000;
/// One potential of two neurons is as large as lambda where that of one of them is near 0. What it rounds away, as a part
/// of their sum, and some more: who is closer than that to where it should be is there.
constexpr double kRounding = 2e-6;
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

struct Settings {
    explicit Settings(const sim::Params& p)
        : tau(p.number("tau", "ms", 25.0, sim::Check::positive, "time constant with which q falls")),
          q0(p.number("q0", "1", 1.0, sim::Check::positive,
                      "what a spike stands for at the onset of a frame: activity")),
          k(p.number("k", "1", 0.7, sim::Check::positive,
                     "threshold, as a part of q; in (1/2, 1]: below 1 a neuron takes more than it misses")),
          carry_over(
              p.flag("carry_over", false, "a presentation starts from the code the last one ended with")) {
        if (k <= 0.5 || k > 1.0) p.fail("k", "above 1/2 and at most 1");
    }
    Time tau;
    double q0, k;
    bool carry_over;
};

// Vectors of a row. Compilers that are given arrays make 16 numbers of some of the loops below.
using Floats = float __attribute__((vector_size(4 * kLanes)));
using Ints = std::int32_t __attribute__((vector_size(4 * kLanes)));
using Longs = std::int64_t __attribute__((vector_size(4 * kLanes)));
using FloatsAnywhere = float __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
inline const FloatsAnywhere& floats(const float* at) { return *reinterpret_cast<const FloatsAnywhere*>(at); }
inline FloatsAnywhere& floats(float* at) { return *reinterpret_cast<FloatsAnywhere*>(at); }

/// How far a neuron is from where it should be, as bits, which for what is not negative sort as the floats do. What is
/// negative counts for nothing.
/// per_d: 1/d, and -1/d if it is active: then the sign is masked away, so that too much counts as well as too little
constexpr std::int32_t kMagnitude = std::numeric_limits<std::int32_t>::max(),
                       kSign = std::numeric_limits<std::int32_t>::min();
inline std::int32_t rank_of(float g, float per_d) {
    return std::bit_cast<std::int32_t>(g * per_d) & ~(std::bit_cast<std::int32_t>(per_d) & kSign);
}
/// Of a row; the larger ones stay.
[[gnu::always_inline]] inline void rank_row(const FloatsAnywhere& g, const FloatsAnywhere& per_d,
                                            Ints& most) {
    const Floats w = g * per_d;
    const Ints ranks = reinterpret_cast<Ints>(w) & ~(reinterpret_cast<Ints>(per_d) & kSign);
    most = ranks > most ? ranks : most;
}

/// g -= amount w
[[gnu::always_inline]] inline void subtract(std::size_t n, const float* __restrict w, float amount,
                                            float* __restrict g) {
    if (n < kLanes) {
        for (std::size_t i = 0; i < n; ++i) g[i] -= amount * w[i];
        return;
    }
    // The last row may lie over the one before: it is taken from what stood there before that one was.
    const std::size_t i_last = n - kLanes;
    const Floats last = floats(g + i_last) - amount * floats(w + i_last);
    for (std::size_t i = 0; i < i_last; i += kLanes) floats(g + i) -= amount * floats(w + i);
    floats(g + i_last) = last;
}

/// The same by column j, of the n neurons that have potentials.
void subtract_column(const sim::Interaction& Q, std::size_t j, float amount, std::size_t n, float* g) {
    for (const auto run : Q.runs(j)) {
        if (run.first >= n) break;  // twins, which follow
        subtract(run.size, Q.weights(run).data(), amount, g + run.first);
    }
}

/// b, g = b - lambda and 1/d. returns whether any g is not finite
bool begin(std::size_t n, const double* __restrict drive, const double* __restrict lambda,
           const float* __restrict d, double* __restrict b, float* __restrict g, float* __restrict per_d) {
    constexpr std::int32_t kExponent = 0x7F800000;
    std::int32_t any = 0;
    for (std::size_t i = 0; i < n; ++i) {
        b[i] = drive[i];
        g[i] = static_cast<float>(drive[i] - lambda[i]);
        per_d[i] = 1.0F / d[i];
        any |= (std::bit_cast<std::int32_t>(g[i]) & kExponent) == kExponent ? 1 : 0;
    }
    return any != 0;
}

/// By lane: the largest rank, 0 if nobody is off, and the neuron that its block begins with.
struct Leaders {
    Ints rank{}, first{};
};
[[gnu::always_inline]] inline void follow(Leaders& leaders, const Ints& rank, const Ints& first) {
    const Ints is_ahead = rank > leaders.rank;
    leaders.rank = is_ahead ? rank : leaders.rank;
    leaders.first = is_ahead ? first : leaders.first;
}
constexpr Ints kLane{0, 1, 2, 3, 4, 5, 6, 7};

/// Potentials side by side, see FallingPopulation.
struct Potentials {
    const float *g, *per_d;
    const float *both, *per_d_twin;  // null where there are no twins
};

/// Where blocks lie: in bands, each of kRows rows of a sheet; or else one after the other in one band, all in one row.
struct Blocks {
    std::size_t row_length;  // neurons from one row of the sheet to the next
    std::size_t width;       // neurons from a block to the next one of its band
    std::size_t step;        // neurons from a row of a block to the next
    std::size_t band_length;
};

/// Blocks of one band, the first of which begins with neuron i. n_left: of the row, from i on
void rank_blocks(std::size_t n_blocks, std::size_t i, std::int32_t n_left, const Blocks& blocks,
                 const Potentials& of, Leaders* __restrict leaders) {
    for (std::size_t block = 0; block < n_blocks; ++block) {
        Ints most{};
        for (std::size_t row = 0, k = i; row < kRows; ++row, k += blocks.step) {
            rank_row(floats(of.g + k), floats(of.per_d + k), most);
            if (of.both != nullptr)
                rank_row(floats(of.both + k) - floats(of.g + k), floats(of.per_d_twin + k), most);
        }
        most &= kLane < n_left;  // beyond stands the next row
        leaders[block] = {most, Ints{} + static_cast<std::int32_t>(i)};
        i += blocks.width;
        n_left -= static_cast<std::int32_t>(blocks.width);
    }
}

/// Of each kFan nodes.
void rank_nodes(std::size_t n_nodes, const Leaders* __restrict below, Leaders* __restrict leaders) {
    for (std::size_t node = 0; node < n_nodes; ++node) {
        Leaders of = below[node * kFan];
        for (std::size_t child = node * kFan + 1; child < (node + 1) * kFan; ++child)
            follow(of, below[child].rank, below[child].first);
        leaders[node] = of;
    }
}

[[gnu::always_inline]] inline void larger(const Longs& x, Longs& most) { most = x > most ? x : most; }
/// The first of them: its rank above 32 bits that say its place, the neuron of its lane in the first row of its block.
std::int64_t first_of(const Leaders& leaders) {
    // The smaller place is the greater number. Side by side with its rank it is one number.
    const Ints place = kMagnitude - (leaders.first + kLane);
    const Ints one = __builtin_shufflevector(place, leaders.rank, 0, 8, 1, 9, 4, 12, 5, 13),
               other = __builtin_shufflevector(place, leaders.rank, 2, 10, 3, 11, 6, 14, 7, 15);
    Longs most = reinterpret_cast<Longs>(one);
    larger(reinterpret_cast<Longs>(other), most);
    larger(__builtin_shufflevector(most, most, 2, 3, 0, 1), most);
    larger(__builtin_shufflevector(most, most, 1, 0, 3, 2), most);
    return most[0];
}
constexpr std::int32_t rank_in(std::int64_t first) { return static_cast<std::int32_t>(first >> 32); }
constexpr std::size_t place_in(std::int64_t first) {
    return static_cast<std::size_t>(kMagnitude - (first & kMagnitude));
}

/// All neurons at once, in the pass that subtracts. returns first_of() all
std::int64_t subtract_and_rank(std::size_t n_blocks, const float* __restrict w, float amount,
                               float* __restrict g, const float* __restrict per_d) {
    Leaders of;
    for (std::size_t block = 0; block < n_blocks; ++block) {
        Ints most{};
        for (std::size_t row = 0; row < kRows; ++row) {
            const std::size_t i = block * kBlock + row * kLanes;
            const Floats less = floats(g + i) - amount * floats(w + i);
            floats(g + i) = less;
            rank_row(less, floats(per_d + i), most);
        }
        follow(of, most, Ints{} + static_cast<std::int32_t>(block * kBlock));
    }
    return first_of(of);
}

/// In place of how far neurons are the times at which the threshold comes down to it. at_onset: the threshold then
void times_of(std::size_t n, double at_onset, Time onset, Time tau, double* far) {
    for (std::size_t k = 0; k < n; ++k) far[k] = onset + tau * sim::log_of_normal(at_onset / far[k]);
}

std::size_t parts(std::size_t n, std::size_t of) { return (n + of - 1) / of; }

/// As a column in the midst of the n neurons tells: those in which it passes fewer places. Those of kernels that all places
/// share have long rows.
Blocks blocks_for(const sim::Interaction& Q, std::size_t n) {
    const std::size_t all = parts(n, kBlock) * kBlock;
    const Blocks in_one_row{all, kBlock, kLanes, all};
    if (Q.is_shared()) return in_one_row;
    std::vector<std::size_t> firsts, steps;
    std::size_t n_reached = 0;
    for (const auto run : Q.runs(n / 2)) {
        firsts.push_back(run.first);
        n_reached += run.size;
    }
    const std::size_t n_rows = firsts.size(), width = n_reached / n_rows;
    if ((n_rows + kRows - 1) * (width + kLanes - 1) >= n_rows * (width + kBlock - 1)) return in_one_row;
    for (std::size_t k = 1; k < n_rows; ++k) steps.push_back(firsts[k] - firsts[k - 1]);
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::ranges::nth_element(steps, middle);
    const std::size_t row_length = std::max(*middle, kLanes);
    return {row_length, kLanes, row_length, kRows * row_length};
}

class FallingPopulation final : public sim::CodingPopulation {
  public:
    FallingPopulation(const Settings& settings, const sim::Program& program);

    std::size_t size() const override { return a_.size(); }
    bool knows_next() const override { return true; }
    bool has_graded_spikes() const override { return true; }
    double most_spikes_per_ms() const override { return kNever; }  // they end: each lowers E
    void drive(std::span<const double> b) override;
    std::optional<sim::Spike> next_spike(Time t_end) override;
    void fire(const sim::Spike& spike) override;
    bool run(Time end, std::size_t most, std::vector<sim::Spike>& spikes) override;
    void advance(Time t) override { now_ = t; }
    using CodingPopulation::receive;
    void receive(std::span<const sim::Synapse> synapses, Time t) override;
    void set_currents(std::span<const double> b, Time t) override;
    std::vector<sim::Variable> variables() const override { return {{"u", "1"}, {"a", "1"}}; }
    double value(std::size_t variable, std::uint32_t i, Time) const override {
        return variable == 0 ? u(i) : a_[i];
    }
    void begin_readout() override {}  // the code is what has been said up to the end
    void read_code(std::span<double> a) const override { std::copy_n(a_.begin(), a.size(), a.begin()); }
    std::vector<double> carried() const override { return settings_.carry_over ? a_ : std::vector<double>{}; }
    void restore(std::span<const double> carried) override;
    void state(sim::State& s) override;

  private:
    std::span<const double> b() const override { return b_; }
    /// The current of the LCA, b_i - sum_{j != i} Q_ij a_j, from its definition: g is less precise.
    double u(std::size_t i) const {
        return b_[i] - program_.Q.column_dot(i, a_) + program_.Q.diagonal(i) * a_[i];
    }
    double quantum(Time t) const { return settings_.q0 * sim::exp((onset_ - t) / settings_.tau); }
    Time time_of(double far) const {
        return onset_ + settings_.tau * sim::log(settings_.k * settings_.q0 / far);
    }
    void set_activity(std::size_t i, double a) {
        a_[i] = a;
        float& per_d = is_twin(i) ? per_d_twin_[i - n_] : per_d_[i];
        per_d = std::copysign(per_d, a > 0.0 ? -1.0F : 1.0F);
    }
    bool has_twins() const { return program_.Q.has_twins(); }
    bool is_twin(std::size_t i) const { return i >= n_; }
    std::size_t untwinned(std::size_t i) const { return is_twin(i) ? i - n_ : i; }
    float g(std::size_t i) const { return is_twin(i) ? both_[i - n_] - g_[i - n_] : g_[i]; }
    /// After b of a neuron has changed, or that of its twin.
    void add_up(std::size_t i) {
        both_[i] = static_cast<float>(b_[i] + b_[n_ + i] - program_.lambda[i] - program_.lambda[n_ + i]);
    }
    Potentials potentials() const {
        return {g_.data(), per_d_.data(), has_twins() ? both_.data() : nullptr, per_d_twin_.data()};
    }
    /// The two below after the potentials in some blocks have changed, band by band in ascending order; then what stands
    /// above all of these.
    void rank(std::size_t band, std::size_t first, std::size_t last);
    void rank_reached(std::size_t j);
    void rank_above();
    void rank_all() {
        if (is_whole_) return feel(0, 0.0);
        for (std::size_t band = 0; band < n_bands_; ++band) rank(band, 0, n_across_ - 1);
        rank_above();
    }
    /// g of who is reached by j; of a twin what its neuron would add.
    void subtract(std::size_t j, double amount) {
        const auto its_amount = static_cast<float>(amount);
        sim::simd<subtract_column>(program_.Q, untwinned(j), is_twin(j) ? -its_amount : its_amount, n_,
                                   g_.data());
    }
    void feel(std::size_t j, double amount);
    /// Who is not where it should be: by far, which is |g| / d.
    struct Off {
        std::size_t neuron;
        double g, far;
    };
    std::size_t leader() const;
    [[gnu::always_inline]] std::optional<Off> farthest() const;
    [[noreturn]] void throw_too_large(std::size_t i) const;
    /// What it says if it fires next: the quantum of its time, or of now if it has been lifted above the threshold.
    double amount_of(const Off& off) const {
        const double q = std::min(off.far / settings_.k, quantum_);
        return off.g > 0.0 ? q : -std::min(q, a_[off.neuron]);
    }
    void say(const Off& off, double amount);
    void count(std::size_t n_spikes, std::size_t last);

    Settings settings_;
    const sim::Program& program_;
    std::vector<double> b_, a_;
    // Of a neuron and its OFF twin, n neurons further on, one potential says that of the other, since their Q and so
    // what they lose are opposite: g + g_twin = b + b_twin - lambda - lambda_twin. So what follows has one entry for
    // both, and a spike passes half of Q.
    std::size_t n_;  // without twins
    bool is_whole_;  // Q is dense, and its columns are whole blocks: one pass does all
    Blocks blocks_;
    std::size_t n_across_, n_bands_;
    // Filled up to whole blocks with neurons that are never off.
    sim::AlignedVector<float> g_, both_;            // both: g + g_twin
    sim::AlignedVector<float> per_d_, per_d_twin_;  // 1/d, below 0 of who is active
    /// Of blocks, of kFan of these, and so on, each filled up to a multiple of kFan; the last one is of all neurons.
    std::vector<sim::AlignedVector<Leaders>> levels_;
    /// Of one level: what has been ranked, and what stands above has not.
    struct Stretch {
        std::size_t first, last;
    };
    std::vector<Stretch> ranked_;
    std::int64_t first_ = 0;        // of all, see first_of()
    std::vector<double> far_;       // of run(), kept for its memory
    Time onset_ = 0.0, now_ = 0.0;  // of the frame
    double quantum_ = 0.0;          // of the last that was said, or what was set since
    std::uint64_t n_spikes_ = 0;
};

FallingPopulation::FallingPopulation(const Settings& settings, const sim::Program& program)
    : settings_(settings),
      program_(program),
      b_(program.Q.size(), 0.0),
      a_(program.Q.size(), 0.0),
      n_(has_twins() ? program.Q.size() / 2 : program.Q.size()),
      is_whole_(program.Q.is_dense() && n_ % kBlock == 0),
      blocks_(blocks_for(program.Q, n_)),
      n_across_(parts(blocks_.row_length, blocks_.width)),
      n_bands_(parts(n_, blocks_.band_length)) {
    // The last row of a block may run over.
    const std::size_t n_filled = n_bands_ * blocks_.band_length + kLanes;
    g_.assign(n_filled, 0.0F);
    per_d_.assign(n_filled, 0.0F);
    if (has_twins()) {
        both_.assign(n_filled, 0.0F);
        per_d_twin_.assign(n_filled, 0.0F);
    }
    std::size_t n = n_bands_ * n_across_;
    for (; n > 1; n = parts(n, kFan)) levels_.emplace_back(parts(n, kFan) * kFan);
    levels_.emplace_back(1);
}

/// Blocks first to last of a band.
void FallingPopulation::rank(std::size_t band, std::size_t first, std::size_t last) {
    const std::size_t x = first * blocks_.width, before = band * n_across_;
    sim::simd<rank_blocks>(last - first + 1, band * blocks_.band_length + x,
                           static_cast<std::int32_t>(blocks_.row_length - x), blocks_, potentials(),
                           &levels_[0][before + first]);
    ranked_.push_back({before + first, before + last});
}

/// All that column j reaches: of each band from the first block to the last; where all stand in one, run by run.
void FallingPopulation::rank_reached(std::size_t j) {
    const std::size_t row_length = blocks_.row_length, width = blocks_.width;
    const auto runs = program_.Q.runs(untwinned(j));
    std::size_t row = runs[0].first / row_length, row_begin = row * row_length;
    std::size_t band = kNone, first = 0, last = 0;
    for (const auto run : runs) {
        if (run.first >= n_) break;  // twins, which follow
        // Row by row: a run may be longer than one.
        for (std::size_t i = run.first, end = run.first + run.size; i < end; i = row_begin + row_length) {
            for (; i >= row_begin + row_length; row_begin += row_length) ++row;
            const std::size_t from = (i - row_begin) / width,
                              to = (std::min(end, row_begin + row_length) - 1 - row_begin) / width;
            if (row / kRows != band || (width == kBlock && from > last)) {
                if (band != kNone) rank(band, first, last);
                band = row / kRows;
                first = from;
                last = to;
            }
            first = std::min(first, from);
            last = std::max(last, to);
        }
    }
    rank(band, first, last);
}

void FallingPopulation::rank_above() {
    for (std::size_t level = 1; level < levels_.size(); ++level) {
        std::size_t n = 0;  // stretches that share a node become one
        for (const Stretch& below : ranked_) {
            const Stretch above{below.first / kFan, below.last / kFan};
            if (n > 0 && above.first <= ranked_[n - 1].last)
                ranked_[n - 1].last = above.last;
            else
                ranked_[n++] = above;
        }
        ranked_.resize(n);
        for (const auto& [first, last] : ranked_)
            sim::simd<rank_nodes>(last - first + 1, &levels_[level - 1][first * kFan],
                                  &levels_[level][first]);
    }
    ranked_.clear();
    first_ = sim::simd<first_of>(levels_.back()[0]);
}

/// Of a block some rank as its first does; of equals always the same one.
std::size_t FallingPopulation::leader() const {
    const std::int32_t rank = rank_in(first_);
    const std::size_t i = place_in(first_);
    // All rows are looked at: where a search ends cannot be foreseen.
    unsigned own = 0, of_twins = 0;
    for (std::size_t row = 0, k = i; row < kRows; ++row, k += blocks_.step)
        own |= static_cast<unsigned>(rank_of(g_[k], per_d_[k]) == rank) << row;
    for (std::size_t row = 0, k = i; has_twins() && row < kRows; ++row, k += blocks_.step)
        of_twins |= static_cast<unsigned>(rank_of(both_[k] - g_[k], per_d_twin_[k]) == rank) << row;
    const int row = std::countr_zero(own | of_twins);
    const std::size_t found = i + static_cast<std::size_t>(row) * blocks_.step;
    return (own >> static_cast<unsigned>(row) & 1U) != 0 ? found : n_ + found;
}

void FallingPopulation::throw_too_large(std::size_t i) const {
    throw sim::NumericsError("slca_falling", i, now_, fmt::format("its potential is {}: too large", g(i)));
}

/// None if nobody is off.
inline std::optional<FallingPopulation::Off> FallingPopulation::farthest() const {
    if (rank_in(first_) == 0) return std::nullopt;
    const std::size_t i = leader();
    const double g = static_cast<double>(this->g(i));
    const double far = std::abs(g * static_cast<double>(per_d_[untwinned(i)]));
    if (!std::isfinite(far)) throw_too_large(i);
    if (has_twins() && std::abs(g) < kRounding * std::abs(static_cast<double>(both_[untwinned(i)])))
        return std::nullopt;
    return Off{i, g, far};
}

void FallingPopulation::drive(std::span<const double> b) {
    onset_ = now_ = 0.0;
    quantum_ = settings_.q0;
    n_spikes_ = 0;
    if (!settings_.carry_over) std::fill(a_.begin(), a_.end(), 0.0);
    if (sim::simd<begin>(n_, b.data(), program_.lambda.data(), program_.Q.diagonals().data(), b_.data(),
                         g_.data(), per_d_.data()))
        sim::check_drive("slca_falling", b, 0.0);
    if (has_twins()) {
        sim::check_drive("slca_falling", b, 0.0);
        std::copy(b.begin() + static_cast<std::ptrdiff_t>(n_), b.end(),
                  b_.begin() + static_cast<std::ptrdiff_t>(n_));
        std::copy_n(per_d_.begin(), n_, per_d_twin_.begin());
        for (std::size_t i = 0; i < n_; ++i) add_up(i);
    }
    for (std::size_t j = 0; settings_.carry_over && j < b.size(); ++j) {
        if (a_[j] <= 0.0) continue;
        set_activity(j, a_[j]);
        subtract(j, a_[j]);
    }
    rank_all();
}

// Invariant: at no time before now_ was anybody above the threshold.
std::optional<sim::Spike> FallingPopulation::next_spike(Time t_end) {
    const std::optional<Off> off = farthest();
    if (!off) return std::nullopt;
    const Time t = std::max(now_, time_of(off->far));
    if (t >= t_end) return std::nullopt;
    return sim::Spike{t, 0, static_cast<std::uint32_t>(off->neuron), amount_of(*off)};
}

void FallingPopulation::fire(const sim::Spike& spike) {
    now_ = spike.t;
    count(1, spike.neuron);
    say(*farthest(), spike.amount);
}

// The same spikes. Logarithms wait until the end, where they do not wait for each other: here it is only asked who is
// above the threshold of that time, but for those so near to it that rounding might decide.
bool FallingPopulation::run(Time end, std::size_t most, std::vector<sim::Spike>& spikes) {
    constexpr double kNear = 1e-3;
    const std::size_t first = spikes.size();
    far_.clear();
    const double threshold = settings_.k * quantum(end);
    bool is_through = false;
    while (far_.size() < most) {
        const std::optional<Off> off = farthest();
        is_through = !off || off->far < (1.0 - kNear) * threshold ||
                     (off->far < (1.0 + kNear) * threshold && time_of(off->far) >= end);
        if (is_through) break;
        const double amount = amount_of(*off);
        far_.push_back(off->far);
        spikes.push_back({0.0, 0, static_cast<std::uint32_t>(off->neuron), amount});
        say(*off, amount);
    }
    sim::simd<times_of>(far_.size(), settings_.k * settings_.q0, onset_, settings_.tau, far_.data());
    for (std::size_t k = 0; k < far_.size(); ++k) spikes[first + k].t = now_ = std::max(now_, far_[k]);
    if (!far_.empty()) count(far_.size(), spikes.back().neuron);
    return is_through;
}

void FallingPopulation::say(const Off& off, double amount) {
    quantum_ = std::min(off.far / settings_.k, quantum_);
    set_activity(off.neuron, a_[off.neuron] + amount);
    feel(off.neuron, amount);
}

void FallingPopulation::count(std::size_t n_spikes, std::size_t last) {
    n_spikes_ += n_spikes;
    if (n_spikes_ > kMaxSpikes)
        throw sim::NumericsError("slca_falling", last, now_,
                                 fmt::format("more than {} spikes in one presentation: are the drives too "
                                             "large, or is q0 or tau too small?",
                                             kMaxSpikes));
}

/// What a spike of j does to all it reaches.
void FallingPopulation::feel(std::size_t j, double amount) {
    if (is_whole_) {
        // One column after the other: who looks up where this one begins waits for memory.
        const float* const w = program_.Q.weights({0, static_cast<std::uint32_t>(n_), j * n_}).data();
        first_ = sim::simd<subtract_and_rank>(n_ / kBlock, w, static_cast<float>(amount), g_.data(),
                                              per_d_.data());
        return;
    }
    subtract(j, amount);
    rank_reached(j);
    rank_above();
}

// What arrives adds to the drive for the rest of the presentation: nothing leaks here. Where it lifts a neuron above the
// threshold, the quantum is lifted with it, to what it misses: else it would say so in ever so many of the small quanta
// of a late time.
void FallingPopulation::receive(std::span<const sim::Synapse> synapses, Time t) {
    sim::check_arrivals("slca_falling", synapses, t);
    now_ = t;
    for (const sim::Synapse& one : synapses) {
        const std::size_t i = untwinned(one.target);
        b_[one.target] += one.weight;
        if (!is_twin(one.target)) g_[i] += static_cast<float>(one.weight);
        if (has_twins()) add_up(i);
        const std::size_t band = i / blocks_.band_length, block = i % blocks_.row_length / blocks_.width;
        rank(band, block, block);
        rank_above();
    }
    if (const std::optional<Off> off = farthest()) {
        const double q = off->far / settings_.k;
        if (q > quantum(t)) onset_ = t + std::min(settings_.tau * sim::log(q / settings_.q0), 0.0);
    }
    quantum_ = quantum(t);
}

// A new frame: the quantum starts anew, from the code there is.
void FallingPopulation::set_currents(std::span<const double> b, Time t) {
    sim::check_drive("slca_falling", b, t);
    onset_ = now_ = t;
    quantum_ = settings_.q0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        if (!is_twin(i)) g_[i] += static_cast<float>(b[i] - b_[i]);
        b_[i] = b[i];
    }
    for (std::size_t i = 0; i < both_.size() && i < n_; ++i) add_up(i);
    rank_all();
}

void FallingPopulation::restore(std::span<const double> carried) { std::ranges::copy(carried, a_.begin()); }

/// The rest follows from these.
void FallingPopulation::state(sim::State& s) {
    s(b_, a_, g_, onset_, now_, quantum_, n_spikes_);
    if (!s.is_loading()) return;
    for (std::size_t i = 0; i < n_; ++i) {
        per_d_[i] = 1.0F / program_.Q.diagonals()[i];
        if (!has_twins()) continue;
        per_d_twin_[i] = per_d_[i];
        add_up(i);
    }
    for (std::size_t i = 0; i < a_.size(); ++i) set_activity(i, a_[i]);
    rank_all();
}

class Falling final : public sim::Neurons {
  public:
    using Settings = falling::Settings;
    Falling(const Settings& settings, const Context&) : settings_(settings) {}
    std::string name() const override { return "slca_falling"; }
    std::unique_ptr<sim::CodingPopulation> population(const sim::Program& program) const override {
        return std::make_unique<FallingPopulation>(settings_, program);
    }

  private:
    Settings settings_;
};

const sim::RegisterNeurons<Falling> registration{
    "slca_falling",
    "spiking LCA whose threshold falls: a rank-order code, far fewer spikes, each of its own amount"};

}  // namespace
}  // namespace falling
}  // namespace models
