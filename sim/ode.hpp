// The only place that knows Boost.Odeint.
#pragma once
#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/integrate/integrate_const.hpp>
#include <boost/numeric/odeint/stepper/euler.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>
#include <vector>

#include "sim/time.hpp"

namespace sim::ode {

using State = std::vector<double>;

/// Integrates dx/dt = f(x, dxdt, t) from t0 to t1 with Dormand-Prince 5(4) and error control.
/// tolerance  absolute and relative error allowed in a step
template <class System>
void integrate_adaptive(const System& f, State& x, Time t0, Time t1, Time first_step, double tolerance) {
    namespace odeint = boost::numeric::odeint;
    auto stepper = odeint::make_controlled(tolerance, tolerance, odeint::runge_kutta_dopri5<State>{});
    odeint::integrate_adaptive(stepper, f, x, t0, t1, first_step);
}

/// The same with Euler steps of `dt`, the last one shortened to end at t1.
template <class System>
void integrate_fixed(const System& f, State& x, Time t0, Time t1, Time dt) {
    namespace odeint = boost::numeric::odeint;
    odeint::euler<State> stepper;
    odeint::integrate_adaptive(stepper, f, x, t0, t1, dt);
}

}  // namespace sim::ode
