// Elementary functions whose bits depend on nothing but their argument: not on the machine, nor on the
// version of its C library, which picks other code where there is fused multiply-add (docs/decisions/0023).
// What spikes follow from calls these, and not those of std.
//
// Errors are below one unit in the last place but for pow; NaN, infinities and overflow as in std.
#pragma once

namespace sim {

double exp(double x);
/// e^x - 1
double expm1(double x);
double log(double x);
/// log(1 + x)
double log1p(double x);
/// For |x| < 1e6; further out those of std.
double sin(double x);
double cos(double x);
/// x^y for x >= 0; error below 2 + |y log x| units in the last place.
double pow(double x, double y);

}  // namespace sim
