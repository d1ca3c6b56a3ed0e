// The only place that knows Boost.Odeint.
#pragma once
#include <algorithm>
#include <array>
#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/integrate/integrate_const.hpp>
#include <boost/numeric/odeint/stepper/dense_output_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/euler.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/error.hpp"
#include "sim/stop.hpp"
#include "sim/time.hpp"

namespace sim::ode {

using State = std::vector<double>;

/// Steps after which an integration is taken for one that does not end.
constexpr std::uint64_t kMostSteps = 300'000;

/// Told of every step. throws NumericsError after kMostSteps, Interrupted
class StepCounter {
  public:
    void operator()(const State&, Time t) {
        check_stop();
        if (++n_ > kMostSteps)
            throw NumericsError("the solver has made " + std::to_string(kMostSteps) +
                                " steps and only come to t = " + std::to_string(t) +
                                " ms: its tolerance or its steps are too small for these equations");
    }

  private:
    std::uint64_t n_ = 0;
};

/// Integrates dx/dt = f(x, dxdt, t) from t0 to t1 with Dormand-Prince 5(4) and error control.
/// tolerance  absolute and relative error allowed in a step
/// throws NumericsError where no step is small enough
template <class System>
void integrate_adaptive(const System& f, State& x, Time t0, Time t1, Time first_step, double tolerance) {
    namespace odeint = boost::numeric::odeint;
    auto stepper = odeint::make_controlled(tolerance, tolerance, odeint::runge_kutta_dopri5<State>{});
    StepCounter counter;
    try {
        odeint::integrate_adaptive(stepper, f, x, t0, t1, first_step, std::ref(counter));
    } catch (const odeint::odeint_error&) {
        throw NumericsError(
            "the solver finds no step: the tolerance is too small, or the state is not finite");
    }
}

/// The same with Euler steps of `dt`, the last one shortened to end at t1.
template <class System>
void integrate_fixed(const System& f, State& x, Time t0, Time t1, Time dt) {
    namespace odeint = boost::numeric::odeint;
    odeint::euler<State> stepper;
    StepCounter counter;
    odeint::integrate_adaptive(stepper, f, x, t0, t1, dt, std::ref(counter));
}

/// The solution of dx/dt = f(x) in N variables, a step at a time, known everywhere within the last step:
/// Dormand-Prince 5(4) with error control and dense output. Started anew from begin_of_step() it makes the
/// same steps again, to the bit.
template <std::size_t N>
class Solution {
  public:
    using State = std::array<double, N>;
    /// Where a step begins; h is the size it tries first.
    struct Start {
        State x{};
        Time t = 0.0, h = 0.0;
    };

    /// tolerance  absolute and relative error allowed in a step;  longest_step [ms]
    Solution(double tolerance, Time longest_step)
        : solver_(boost::numeric::odeint::make_dense_output(tolerance, tolerance, longest_step, Stepper{})) {}

    void start(const Start& from) {
        start_ = from;
        is_cut_ = false;
        end_ = from.t;
        at_end_ = from.x;
        solver_.initialize(from.x, from.t, from.h);
    }
    /// One step, cut off at t_most. f(x, dxdt)
    /// returns false if it broke: no step is small enough, or the state is not finite
    template <class System>
    bool step(const System& f, Time t_most) {
        const auto system = [&f](const State& x, State& dxdt, Time) { f(x, dxdt); };
        if (is_cut_) solver_.initialize(at_end_, end_, solver_.current_time_step());
        start_ = {at_end_, end_, solver_.current_time_step()};
        try {
            solver_.do_step(system);
        } catch (const boost::numeric::odeint::odeint_error&) {
            return false;
        }
        is_cut_ = solver_.current_time() > t_most;
        end_ = is_cut_ ? t_most : solver_.current_time();
        at_end_ = is_cut_ ? dense(t_most) : solver_.current_state();
        return std::all_of(at_end_.begin(), at_end_.end(), [](double x) { return std::isfinite(x); });
    }
    const Start& begin_of_step() const { return start_; }
    Time begin() const { return start_.t; }
    Time end() const { return end_; }
    /// begin() <= t <= end()
    State at(Time t) const { return t >= end_ ? at_end_ : t <= start_.t ? start_.x : dense(t); }

  private:
    using Stepper = boost::numeric::odeint::runge_kutta_dopri5<State>;
    State dense(Time t) const {
        State x{};
        solver_.calc_state(t, x);
        return x;
    }

    typename boost::numeric::odeint::result_of::make_dense_output<Stepper>::type solver_;
    Start start_;
    Time end_ = 0.0;
    State at_end_{};
    bool is_cut_ = false;
};

}  // namespace sim::ode
