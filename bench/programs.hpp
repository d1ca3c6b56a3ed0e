// Solvers of one program, minimise 1/2 a'Qa - (b - lambda)'a over a >= 0, on one core.
#pragma once
#include "bench/suite.hpp"

namespace bench {

/// Cost of a spike on a dense problem.
Section spike_section();
/// The same on sheets of two sizes.
Section sheet_section();
/// All solvers on a dense problem, each at the fastest setting that reaches a relE.
Section solver_section();
/// The spiking ones on sheets.
Section sheet_solver_section();
/// Sheets of growing size at the same neighbourhood.
Section scaling_section();
/// What a step of Boost.Odeint costs beside one of a stepper written by hand (bench/steppers.cpp).
Section stepper_section();

}  // namespace bench
