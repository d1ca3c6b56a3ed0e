#include "convolution/spiking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "convolution/least_place.hpp"
#include "convolution/spiking_neurons.hpp"
#include "sim/error.hpp"
#include "sim/stop.hpp"

namespace convolution {
namespace {

using sim::kNever;
using sim::Time;

/// The anchor of the closed forms moves on after this long [tau]: P then stays small, and its rounding with
/// it.
constexpr double kAnchorLife = 4.0;
/// Spikes that should reach a place within one horizon: fewer, and its next horizon is twice as far; more
/// than four times as many, and it is half as far. It changes the time a presentation takes, and nothing
/// else.
constexpr std::uint32_t kSpikesOfHorizon = 8;
constexpr double kFirstHorizon = 1e-4, kFarthestHorizon = 1.0;  // [tau]
/// A network that fires more often is taken for one that runs away [spikes per place and tau].
constexpr double kMaxRate = 1e4;

/// One presentation. Places are what is searched: each has a time before which none of its neurons fires.
class Presentation {
  public:
    Presentation(const Task& task, const Correlations& Q, const SpikingSettings& settings, const Image& image)
        : Q_(Q),
          tau_(settings.tau),
          q_(settings.q * settings.tau),
          max_spikes_(kMaxRate * static_cast<double>(Q.grid().size()) * (1.0 + settings.T / settings.tau)),
          neurons_(task, Q, by_place(drive(task, image), Q.n_kernels()), tau_, q_, settings.self_inhibition),
          places_(Q.grid().size(), Place{{}, kFirstHorizon * tau_, 0, {}, false}),
          next_(Q.grid().rows, Q.grid().cols) {
        for (std::size_t place = 0; place < places_.size(); ++place) renew(place);
    }

    /// Calls on_spike(t, neuron, side), the neuron by place, for all spikes before t_end.
    template <class OnSpike>
    void run_until(Time t_end, OnSpike on_spike);

    std::uint64_t n_spikes() const { return n_spikes_; }
    const std::vector<std::int32_t>& counts() const { return neurons_.counts(); }
    /// What spikes stand for that came in a stretch of time of that length, after `before` was counted.
    Code code_since(std::span<const std::int32_t> before, Time duration) const;

  private:
    struct Place {
        Neurons::Moment horizon;  // up to which its key holds
        Time stretch;             // from one horizon to the next
        std::uint32_t n_touched;  // spikes since the last one
        Neurons::Prediction next;
        bool is_exact;  // the key is the time of `next`
    };

    void look_at(std::size_t place, const float* w, Side side);
    void renew(std::size_t place);
    void predict(std::size_t place);
    void fire(std::size_t place);
    void move_anchor();

    const Correlations& Q_;
    Time tau_;
    double q_, max_spikes_;
    Neurons neurons_;
    std::vector<Place> places_;
    LeastPlace next_;    // when a place may fire, or its horizon; s, as its neurons have it
    Time anchor_ = 0.0;  // t = anchor + s
    std::uint64_t n_spikes_ = 0;
};

/// A spike (if w is not null) reaches a place. Its key becomes a time before which none of its neurons fires.
void Presentation::look_at(std::size_t place, const float* w, Side side) {
    Place& its = places_[place];
    its.is_exact = false;
    next_.keys(place, 1)[0] = neurons_.receive(place, w, side, its.horizon);
}

/// A place gets a new horizon. One that few spikes reach gets a far one: what is quiet costs little.
void Presentation::renew(std::size_t place) {
    Place& its = places_[place];
    if (its.n_touched < kSpikesOfHorizon)
        its.stretch = std::min(2.0 * its.stretch, kFarthestHorizon * tau_);
    else if (its.n_touched > 4 * kSpikesOfHorizon)
        its.stretch *= 0.5;
    its.n_touched = 0;
    its.horizon = neurons_.moment(neurons_.s() + its.stretch);
    look_at(place, nullptr, Side::on);
    next_.changed(place, 1);
}

/// The exact time of the first of a place's neurons to fire, or its horizon, if that comes first.
void Presentation::predict(std::size_t place) {
    Place& its = places_[place];
    its.next = neurons_.predict(place, its.horizon);
    its.is_exact = its.next.s < its.horizon.s;
    next_.keys(place, 1)[0] = its.next.s;
    next_.changed(place, 1);
}

void Presentation::fire(std::size_t place) {
    const std::size_t k = places_[place].next.k, i = place * Q_.n_kernels() + k, cols = Q_.grid().cols;
    const Side side = places_[place].next.side;
    neurons_.move_to(next_.key(place));
    if (static_cast<double>(++n_spikes_) > max_spikes_)
        throw sim::NumericsError("convolutional slca", i, anchor_ + neurons_.s(),
                                 "too many spikes: does the network run away, or is q too small?");
    const Neurons::State before = neurons_.state(i);
    Q_.for_each_run(k, place / cols, place % cols, [&](std::size_t first, std::size_t n, const float* w) {
        for (std::size_t p = 0; p < n; ++p) {
            look_at(first + p, w + p * Q_.n_kernels(), side);
            ++places_[first + p].n_touched;
        }
        next_.changed(first, n);
    });
    neurons_.reset(i, side, before);
    look_at(place, nullptr, side);
    next_.changed(place, 1);
}

void Presentation::move_anchor() {
    anchor_ += neurons_.s();
    neurons_.move_anchor();
    for (std::size_t place = 0; place < places_.size(); ++place) renew(place);
}

// Invariant: no neuron of a place fires before its key. A spike makes new keys for the places it reaches;
// those of all others hold, for nothing reached them. So the first of exact keys is the next spike.
template <class OnSpike>
void Presentation::run_until(Time t_end, OnSpike on_spike) {
    while (true) {
        sim::check_stop();
        const std::size_t place = next_.find();
        const Time s = next_.key(place);
        if (anchor_ + s >= t_end) break;
        if (places_[place].is_exact) {
            on_spike(anchor_ + s, place * Q_.n_kernels() + places_[place].next.k, places_[place].next.side);
            fire(place);
            if (neurons_.s() > kAnchorLife * tau_) move_anchor();
        } else if (s >= places_[place].horizon.s) {
            neurons_.move_to(s);
            renew(place);
        } else {
            predict(place);
        }
    }
}

Code Presentation::code_since(std::span<const std::int32_t> before, Time duration) const {
    std::vector<float> code(before.size());
    for (std::size_t i = 0; i < code.size(); ++i)
        code[i] = static_cast<float>(q_ / duration * (counts()[i] - before[i]));
    return by_kernel(code, Q_.n_kernels());
}

void check(const SpikingSettings& settings) {
    const auto demand = [](bool is_met, const char* key, const char* range, double got) {
        if (!is_met) throw sim::ConfigError(fmt::format("{}: must be {}, got {}", key, range, got));
    };
    demand(settings.tau > 0.0 && settings.tau < kNever, "tau", "> 0", settings.tau);
    demand(settings.q > 0.0 && settings.q < kNever, "q", "> 0", settings.q);
    demand(settings.self_inhibition >= 0.0 && settings.self_inhibition < 1.0, "self_inhibition", "in [0, 1)",
           settings.self_inhibition);
    demand(settings.T > 0.0 && settings.T < kNever, "T", "> 0", settings.T);
    demand(settings.T0 >= 0.0 && settings.T0 < settings.T, "T0", "in [0, T)", settings.T0);
}

}  // namespace

Spiking::Spiking(const Task& task, std::size_t rows, std::size_t cols, const SpikingSettings& settings)
    : task_(task), Q_(task, rows, cols), settings_(settings) {
    check(settings);
}

Solution Spiking::solve(const Image& image) const {
    Snapshot last = std::move(course(image, std::span(&settings_.T, 1))[0]);
    return {std::move(last.code), last.n_spikes};
}

std::vector<Snapshot> Spiking::course(const Image& image, std::span<const Time> times,
                                      std::vector<Spike>* spikes) const {
    struct Moment {
        Time t;
        std::size_t snapshot;
        bool is_begin;
    };
    std::vector<Moment> moments;
    for (std::size_t r = 0; r < times.size(); ++r) {
        moments.push_back({times[r] * settings_.T0 / settings_.T, r, true});
        moments.push_back({times[r], r, false});
    }
    std::ranges::stable_sort(moments, {}, &Moment::t);
    std::vector<Snapshot> snapshots(times.size());
    std::vector<std::vector<std::int32_t>> before(times.size());
    Q_.check_size(image);
    Presentation presentation(task_, Q_, settings_, image);
    const std::size_t K = Q_.n_kernels(), n_places = Q_.grid().size();
    const auto on_spike = [&](Time t, std::size_t i, Side side) {
        if (spikes != nullptr) spikes->push_back({t, i % K * n_places + i / K, side == Side::on});
    };
    for (const auto& [t, r, is_begin] : moments) {
        presentation.run_until(t, on_spike);
        if (is_begin) {
            before[r] = presentation.counts();
            continue;
        }
        const Time duration = t * (1.0 - settings_.T0 / settings_.T);
        snapshots[r] = {t, presentation.code_since(before[r], duration), presentation.n_spikes()};
        before[r] = {};
    }
    return snapshots;
}

std::vector<Spike> Spiking::spikes(const Image& image) const {
    std::vector<Spike> all;
    course(image, std::span(&settings_.T, 1), &all);
    return all;
}

std::size_t Spiking::bytes_per_neuron() { return Neurons::bytes_per_neuron() + sizeof(std::int32_t); }

}  // namespace convolution
