#include "models/populations/slca_state.hpp"

#include <fmt/format.h>

#include "sim/error.hpp"

namespace models::slca {

StateBetweenSpikes::StateBetweenSpikes(const Settings& settings, const sim::Program& program)
    : settings_(settings), program_(program) {
    const std::size_t n = program.Q.size();
    for (auto* member : {&b_, &c_, &theta_, &Y_, &P_}) member->assign(n, 0.0);
    v_readout_.assign(n, 0.0);
    count_.assign(n, 0);
}

void StateBetweenSpikes::start(std::span<const double> b) {
    const std::size_t n = b.size();
    const std::vector<double> before = carried();
    anchor_ = 0.0;
    move_to(0.0, 1.0);
    n_spikes_ = 1;
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        b_[i] = b[i];
        c_[i] = b[i] - program_.lambda[i];
        theta_[i] = settings_.q * program_.Q.diagonal(i);
        Y_[i] = 0.0;
        P_[i] = 0.0;
        sum += b[i];
    }
    if (!std::isfinite(sum))
        for (std::size_t i = 0; i < n; ++i)
            if (!std::isfinite(b[i]))
                throw sim::NumericsError("slca", i, 0.0, fmt::format("the drive is {}", b[i]));
    for (std::size_t i = 0; i < before.size() / 2; ++i) {
        Y_[i] = before[i] - b[i];
        set_v(i, before[n + i]);
    }
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

void StateBetweenSpikes::count_spike(std::size_t j, Time t) {
    ++count_[j];
    if (++n_spikes_ > kMaxSpikes)
        throw sim::NumericsError(
            "slca", j, t,
            fmt::format(
                "more than {} spikes in one presentation: does the network run away, or is q too small?",
                kMaxSpikes));
}

void StateBetweenSpikes::begin_readout() {
    std::fill(count_.begin(), count_.end(), 0U);
    for (std::size_t i = 0; i < b_.size(); ++i) v_readout_[i] = v(i);
    readout_start_ = anchor_ + s_;
}

void StateBetweenSpikes::read_code(std::span<double> a) const {
    const Time duration = anchor_ + s_ - readout_start_;
    const bool counts_only = settings_.decoder == Decoder::count;
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double left = counts_only ? 0.0 : (v(i) - v_readout_[i]) / theta_[i];
        a[i] = settings_.q * std::max(count_[i] + left, 0.0) / duration;
        sum += a[i];
    }
    if (!std::isfinite(sum))
        for (std::size_t i = 0; i < a.size(); ++i)
            if (!std::isfinite(a[i]))
                throw sim::NumericsError("slca", i, anchor_ + s_, fmt::format("its activity is {}", a[i]));
}

std::vector<double> StateBetweenSpikes::carried() const {
    if (!settings_.carry_over) return {};
    const std::size_t n = b_.size();
    std::vector<double> state(2 * n);
    for (std::size_t i = 0; i < n; ++i) {
        state[i] = u(i);
        state[n + i] = v(i);
    }
    return state;
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
