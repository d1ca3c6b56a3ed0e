// What all forms of the spiking LCA share: settings, and the course of a neuron between two spikes.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <optional>
#include <string>

#include "sim/coding_population.hpp"
#include "sim/elementary.hpp"
#include "sim/params.hpp"

namespace models::slca {

using sim::kNever;
using sim::Time;
/// A neuron this close to its threshold, relative to it, is at it: keeps exact ties of twins out of
/// rounding's hands.
constexpr double kAtThreshold = 1e-12;
/// The anchor of the closed forms moves on after this long [tau], well before e^{s/tau} loses digits.
constexpr double kAnchorLife = 16.0;
/// A presentation with more spikes than this is taken for a network that runs away.
constexpr std::uint64_t kMaxSpikes = 10'000'000;

/// What a neuron feels between two spikes that reach it.
struct Course {
    double u, v;       // now
    double b, lambda;  // drive and threshold of the current
    Time tau;

    double v_at(Time dt) const { return v + (b - lambda) * dt - (u - b) * tau * sim::expm1(-dt / tau); }
    double u_at(Time dt) const { return b + (u - b) * sim::exp(-dt / tau); }
    bool rises_later() const { return u < lambda && b > lambda; }
    /// When u crosses lambda; v has its extremum there. Only if u and b lie on different sides of lambda.
    Time turning_point() const { return tau * sim::log((b - u) / (b - lambda)); }
};

/// v after dt, held from below at v_floor.
inline double held_v(const Course& course, Time dt, double v_floor) {
    if (course.rises_later()) {
        const Time turn = course.turning_point();
        if (turn < dt) {  // falls to its minimum, perhaps the floor, then rises
            const double lowest = std::max(course.v_at(turn), v_floor);
            return lowest + (course.v_at(dt) - course.v_at(turn));
        }
    }
    return std::max(course.v_at(dt), v_floor);
}

/// Root of v(dt) = theta where v rises monotonically from below theta and is convex or concave: Newton from
/// the side from which it cannot overshoot.
inline Time rising_root(const Course& course, double theta) {
    const double rise = theta - course.v;
    Time dt = 0.0;  // concave (u >= b): the slope only falls, so Newton's steps from the left stay left
    if (course.u <
        course.b) {  // convex: from the right. Two upper bounds, by the first slope and by the asymptote
        const double slope = course.u - course.lambda;
        dt = (rise + (course.b - course.u) * course.tau) / (course.b - course.lambda);
        if (slope > 0.0) dt = std::min(dt, rise / slope);
    }
    for (int iteration = 0; iteration < 60; ++iteration) {
        const double slope = course.u_at(dt) - course.lambda;
        const Time step = (theta - course.v_at(dt)) / slope;
        if (!(std::abs(step) > 1e-15 * (dt + course.tau))) break;
        dt = std::max(dt + step, 0.0);
    }
    return dt;
}

/// Time until v reaches theta if no spike arrives, kNever if it will not.
inline Time time_to_threshold(const Course& course, double theta, double v_floor) {
    if (theta - course.v <= kAtThreshold * theta) return 0.0;
    const bool rises_now = course.u > course.lambda;
    const bool rises_in_the_end = course.b > course.lambda;
    if (!rises_now && !rises_in_the_end) return kNever;
    if (rises_now && !rises_in_the_end) {  // rises to a maximum, never to return
        const double highest = course.b == course.lambda ? course.v + (course.u - course.b) * course.tau
                                                         : course.v_at(course.turning_point());
        if (highest < theta) return kNever;
        return rising_root(course, theta);
    }
    if (rises_now) return rising_root(course, theta);
    const Time turn = course.turning_point();
    const Course rising{course.lambda, std::max(course.v_at(turn), v_floor), course.b, course.lambda,
                        course.tau};
    return turn + rising_root(rising, theta);
}

enum class Decoder { count, membrane };

/// Parts of u that decay in a step are multiples of 1 / kDecayScale, as on Loihi.
constexpr std::int64_t kDecayScale = 4096;

/// A digital chip that runs the network in steps, in integers (slca_fixed.cpp).
struct Hardware {
    Hardware(const sim::Params& p, Time tau)
        : weight_bits(bits(p, "weight_bits", 8, {2, 16}, "bits of a weight, its sign among them")),
          state_bits(bits(p, "state_bits", 24, {12, 32}, "bits of u and of v, which saturate")),
          step(p.number("step", "ms", 1.0, sim::Check::positive, "time of one step of the chip")),
          has_graded_spikes(
              p.choice("spikes", {"binary", "graded"}, "binary",
                       "binary: one in a step at most; graded: one that says how often v holds the "
                       "threshold") == "graded"),
          takes_threshold_off(p.choice("reset", {"subtract", "zero"}, "subtract",
                                       "v after a spike: less the threshold, or 0") == "subtract"),
          decay(std::llround(-sim::expm1(-step / tau) * static_cast<double>(kDecayScale))) {
        if (decay < 1) p.fail("step", "long enough for u to decay by 1/8192 of it: tau / 8192");
    }
    int weight_bits, state_bits;
    Time step;
    bool has_graded_spikes, takes_threshold_off;
    std::int64_t decay;  // of u in a step, in parts of kDecayScale

  private:
    struct Range {
        std::int64_t least, most;
    };
    static int bits(const sim::Params& p, const std::string& key, std::int64_t usual, Range range,
                    const std::string& doc) {
        const std::string words = std::to_string(range.least) + " to " + std::to_string(range.most);
        const std::int64_t n = p.integer(key, usual, sim::Check::positive, doc + "; " + words);
        if (n < range.least || n > range.most) p.fail(key, words);
        return static_cast<int>(n);
    }
};

struct Settings {
    explicit Settings(const sim::Params& p)
        : tau(p.number("tau", "ms", 10.0, sim::Check::positive, "time constant of the current u")),
          q(tau *
            p.number("q", "tau", 0.1, sim::Check::positive, "what one spike stands for: activity x time")),
          t_ref(p.number("t_ref", "ms", 0.0, sim::Check::non_negative,
                         "time for which v stays at 0 after a spike")),
          carry_over(
              p.flag("carry_over", false, "a presentation starts from the state the last one ended in")) {
        const bool floored = p.flag("floor", false, "v is held from below at v_floor");
        const double level =
            p.number("v_floor", "ms", 0.0, sim::Check::any, "the floor of v, if floor is true");
        v_floor = floored ? level : -kNever;
        if (floored && level > 0.0) p.fail("v_floor", "<= 0 (v starts from 0)");
        starts_anywhere =
            p.choice("v_init", {"rest", "random"}, "rest",
                     "v as a presentation starts: rest, 0; random, uniform from 0 to the threshold, so that "
                     "neurons that "
                     "are driven alike do not fire together, and counts of spikes are right in the mean") ==
            "random";
        if (starts_anywhere && carry_over) p.fail("v_init", "rest where carry_over is true");
        const std::string name =
            p.choice("decoder", {"count", "membrane"}, floored || t_ref > 0.0 ? "count" : "membrane",
                     "how the code is read: from spikes alone, or with what is left in v");
        decoder = name == "count" ? Decoder::count : Decoder::membrane;
        if (decoder == Decoder::membrane && (floored || t_ref > 0.0))
            p.fail("decoder",
                   "count where there is a floor or a t_ref (v is not the integral of u - lambda then)");
        if (!p.has("hardware") && !p.is_describing()) return;
        hardware.emplace(p.block("hardware"), tau);
        if (carry_over) p.fail("carry_over", "false where there is hardware");
        if (floored) p.fail("floor", "false where there is hardware");
        if (t_ref > 0.0) p.fail("t_ref", "0 ms where there is hardware");
    }
    Time tau, q, t_ref;
    bool carry_over;
    double v_floor = -kNever;
    Decoder decoder = Decoder::membrane;
    bool starts_anywhere = false;        // v at the start of a presentation is uniform below the threshold
    std::optional<Hardware> hardware{};  // in steps and integers; none: exact
    sim::Neurons::Context context = {};  // whose chance picks it
};

// Three forms of one exact network, for speed alone:
/// v is free (no floor, no refractory time), and every neuron reaches every other.
std::unique_ptr<sim::CodingPopulation> dense_population(const Settings& settings,
                                                        const sim::Program& program);
/// v is free, and a neuron may reach only some others.
std::unique_ptr<sim::CodingPopulation> local_population(const Settings& settings,
                                                        const sim::Program& program);
/// v is held, from below by a floor or after a spike for t_ref, so that every neuron that a spike reaches has
/// to be looked at.
std::unique_ptr<sim::CodingPopulation> held_population(const Settings& settings, const sim::Program& program);
/// The network as settings.hardware runs it.
std::unique_ptr<sim::CodingPopulation> fixed_population(const Settings& settings,
                                                        const sim::Program& program);

}  // namespace models::slca
