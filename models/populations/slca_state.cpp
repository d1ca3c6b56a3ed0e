#include "models/populations/slca_state.hpp"

#include <fmt/format.h>

#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace models::slca {
namespace {

bool all_finite(std::span<const double> x) {
    constexpr std::uint64_t kExponent = 0x7FF0000000000000;
    bool all = true;
    for (const double element : x) all &= (std::bit_cast<std::uint64_t>(element) & kExponent) != kExponent;
    return all;
}

}  // namespace

SpikingCode::SpikingCode(const Settings& settings, const sim::Program& program)
    : settings_(settings), program_(program) {
    const std::size_t n = program.Q.size();
    for (auto* member : {&b_, &c_, &theta_}) member->assign(n, 0.0);
    v_readout_.assign(n, 0.0);
    count_.assign(n, 0);
}

void SpikingCode::start_from(std::span<const double> b, std::span<double> excess, std::span<double> v) {
    const std::size_t n = b.size();
    const std::vector<double> before = carried();
    for (std::size_t i = 0; i < n; ++i) {
        b_[i] = b[i];
        c_[i] = b[i] - program_.lambda[i];
        theta_[i] = settings_.q * program_.Q.diagonal(i);
    }
    std::fill(excess.begin(), excess.end(), 0.0);
    std::fill(v.begin(), v.end(), 0.0);
    if (!before.empty())
        for (std::size_t i = 0; i < n; ++i) {
            excess[i] = before[i] - b[i];
            v[i] = before[n + i];
        }
    if (settings_.starts_anywhere) {
        sim::Stream random(sim::seed_of(settings_.context.seed, presentation_),
                           sim::Purpose::initial_potentials, settings_.context.number);
        for (std::size_t i = 0; i < n; ++i) v[i] = theta_[i] * random.uniform();
    }
    if (!all_finite(b)) sim::check_drive("slca", b, 0.0);
    n_spikes_ = 1;
    std::fill(count_.begin(), count_.end(), 0U);
    std::copy(v.begin(), v.end(), v_readout_.begin());
    readout_start_ = 0.0;
}

void SpikingCode::change_drive(std::span<const double> b, std::span<double> excess, Time t) {
    sim::check_drive("slca", b, t);
    for (std::size_t i = 0; i < b.size(); ++i) {
        excess[i] += b_[i] - b[i];
        b_[i] = b[i];
        c_[i] = b[i] - program_.lambda[i];
    }
}

void SpikingCode::count_spike(std::size_t j, Time t, std::uint32_t n) {
    count_[j] += n;
    if (++n_spikes_ > kMaxSpikes)
        throw sim::NumericsError(
            "slca", j, t,
            fmt::format(
                "more than {} spikes in one presentation: does the network run away, or is q too small?",
                kMaxSpikes));
}

void SpikingCode::begin_readout() {
    std::fill(count_.begin(), count_.end(), 0U);
    write_v(v_readout_);
    readout_start_ = now();
}

void SpikingCode::read_code(std::span<double> a) const {
    if (settings_.hardware && now() == readout_start_)
        throw sim::ConfigError(
            "slca.hardware.step: must be shorter: no step lies in the time over which codes are read "
            "(presentation.T0 to T)");
    const double per_duration = settings_.q / (now() - readout_start_);
    std::vector<double> v(v_readout_);
    if (settings_.decoder == Decoder::membrane) write_v(v);
    for (std::size_t i = 0; i < a.size(); ++i)
        a[i] = per_duration * std::max(count_[i] + (v[i] - v_readout_[i]) / theta_[i], 0.0);
    if (!all_finite(a))
        for (std::size_t i = 0; i < a.size(); ++i)
            if (!std::isfinite(a[i]))
                throw sim::NumericsError("slca", i, now(), fmt::format("its activity is {}", a[i]));
}

std::vector<double> SpikingCode::carried() const {
    if (!settings_.carry_over) return {};
    const std::size_t n = b_.size();
    std::vector<double> both(2 * n);
    write_u({both.data(), n});
    write_v({both.data() + n, n});
    return both;
}

StateBetweenSpikes::StateBetweenSpikes(const Settings& settings, const sim::Program& program)
    : SpikingCode(settings, program) {
    for (auto* member : {&Y_, &P_}) member->assign(program.Q.size(), 0.0);
}

void StateBetweenSpikes::change_drive_now(std::span<const double> b, Time t) {
    std::vector<double> excess(b.size()), v_now(b.size());
    for (std::size_t i = 0; i < b.size(); ++i) {
        excess[i] = Y_[i] * decay_;
        v_now[i] = v(i);
    }
    change_drive(b, excess, t);
    for (std::size_t i = 0; i < b.size(); ++i) {
        Y_[i] = excess[i] * growth_;
        set_v(i, v_now[i]);
    }
}

void StateBetweenSpikes::start_from(std::span<const double> b) {
    SpikingCode::start_from(b, Y_, P_);
    anchor_ = 0.0;
    move_to(0.0, 1.0);
    for (std::size_t i = 0; i < b.size(); ++i) set_v(i, P_[i]);
}

void StateBetweenSpikes::write_u(std::span<double> to) const {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = u(i);
}

void StateBetweenSpikes::write_v(std::span<double> to) const {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = v(i);
}

void StateBetweenSpikes::move_to(double s, double decay) {
    s_ = s;
    decay_ = decay;
    growth_ = 1.0 / decay;
}

void StateBetweenSpikes::move_anchor() {
    for (std::size_t i = 0; i < b_.size(); ++i) {
        const double v_now = v(i);
        Y_[i] *= decay_;
        P_[i] = v_now + settings_.tau * Y_[i];
    }
    anchor_ += s_;
    move_to(0.0, 1.0);
}

void StateBetweenSpikes::restore(std::span<const double> state) {
    if (state.empty()) return;
    const std::size_t n = b_.size();
    anchor_ = 0.0;
    move_to(0.0, 1.0);
    for (std::size_t i = 0; i < n; ++i) {  // u = b and v = P, to the bit
        b_[i] = state[i];
        P_[i] = state[n + i];
        c_[i] = Y_[i] = 0.0;
    }
}

}  // namespace models::slca
