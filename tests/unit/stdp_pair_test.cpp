// Pair STDP by hand, and against the sum over all pairs done one by one.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "sim/rng.hpp"
#include "sim/synapse_rule.hpp"

namespace {

using sim::Time;

std::unique_ptr<sim::SynapseRule> rule(const std::string& keys, const sim::SynapseRule::Context& context) {
    return sim::Registry<sim::SynapseRule>::instance().make(
        "stdp_pair", sim::Params::parse("stdp_pair: {" + keys + "}", "test.yaml"), context);
}

struct Event {
    Time t;
    bool is_post;
};

/// The same rule by looking back at every earlier spike, at every spike.
double brute_force(const std::vector<Event>& events, double w, double w_max, double A_plus, double A_minus,
                   Time tau_plus, Time tau_minus) {
    for (std::size_t k = 0; k < events.size(); ++k) {
        double change = 0.0;
        for (std::size_t l = 0; l < k; ++l) {
            const Time apart = events[k].t - events[l].t;
            if (events[k].is_post && !events[l].is_post) change += A_plus * std::exp(-apart / tau_plus);
            if (!events[k].is_post && events[l].is_post) change -= A_minus * std::exp(-apart / tau_minus);
        }
        w = std::clamp(w + w_max * change, 0.0, w_max);
    }
    return w;
}

std::vector<Event> random_events(std::uint64_t number) {
    sim::Stream random(1, sim::Purpose::test, number);
    std::vector<Event> events;
    for (Time t = 0.0; events.size() < 400;) {
        t += -10.0 * std::log1p(-random.uniform());
        events.push_back({t, random.uniform() < 0.5});
    }
    return events;
}

}  // namespace

TEST_CASE("pair STDP: weights worked out by hand") {
    // Windows of 20 and 40 ms, w_max 2, A_plus 0.1, A_minus 0.2: a pair changes w by 0.2 or 0.4 at most.
    const auto stdp = rule("tau_plus: 20 ms, tau_minus: 40 ms, A_plus: 0.1, A_minus: 0.2", {1, 1, 0.0, 2.0});
    double w = stdp->arrive(0, 0, 1.0, 10.0);  // nothing to pair with
    CHECK(w == 1.0);
    stdp->fire(0, 20.0);              // + 0.2 exp(-10/20)                              = + 0.12130613
    stdp->fire(0, 30.0);              // + 0.2 exp(-20/20)                              = + 0.07357589
    w = stdp->arrive(0, 0, w, 34.0);  // - 0.4 (exp(-14/40) + exp(-4/40))   = - 0.64381021
    CHECK(w == doctest::Approx(0.55107181).epsilon(3e-8));
    stdp->fire(0, 34.0);  // + 0.2 (exp(-24/20) + 1)                        = + 0.26023884
    CHECK(stdp->settle(0, 0, w) == doctest::Approx(0.81131066).epsilon(3e-8));
}

TEST_CASE("pair STDP: weights stop at their bounds and come back from there") {
    const auto stdp = rule("A_plus: 0.6, A_minus: 0.9", {1, 1, 0.5, 2.0});
    double w = stdp->arrive(0, 0, 1.0, 1.0);
    stdp->fire(0, 1.0);  // + 1.2
    w = stdp->settle(0, 0, w);
    CHECK(w == 2.0);
    w = stdp->arrive(0, 0, w, 1.0 + 1e-9);  // - 1.8
    CHECK(w == 0.5);
}

TEST_CASE("pair STDP agrees with all pairs done one by one, whenever one looks") {
    const std::string keys = "tau_plus: 17 ms, tau_minus: 34 ms, A_plus: 0.02, A_minus: 0.012";
    bool has_touched_bound = false;
    for (const double w_0 : {0.05, 1.0, 1.95}) {
        const auto events = random_events(static_cast<std::uint64_t>(100.0 * w_0));
        const auto lazy = rule(keys, {1, 1, 0.0, 2.0}), eager = rule(keys, {1, 1, 0.0, 2.0});
        double w_lazy = w_0, w_eager = w_0;
        std::size_t k = 0;
        for (const Event& event : events) {
            if (event.is_post) {
                lazy->fire(0, event.t);
                eager->fire(0, event.t);
            } else {
                w_lazy = lazy->arrive(0, 0, w_lazy, event.t);
                w_eager = eager->arrive(0, 0, w_eager, event.t);
                CHECK(w_lazy == w_eager);  // to the bit
            }
            w_eager = eager->settle(0, 0, w_eager);
            if (++k % 7 == 0) eager->forget();
            has_touched_bound = has_touched_bound || w_eager == 0.0 || w_eager == 2.0;
        }
        CHECK(eager->n_kept() < 7);
        w_lazy = lazy->settle(0, 0, w_lazy);
        CHECK(w_lazy == w_eager);
        // Traces add up the same exponentials in another order.
        CHECK(w_lazy ==
              doctest::Approx(brute_force(events, w_0, 2.0, 0.02, 0.012, 17.0, 34.0)).epsilon(1e-10));
        CHECK(w_lazy != w_0);
    }
    CHECK(has_touched_bound);
}
