#include "convolution/spiking_neurons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/elementary.hpp"
#include "sim/error.hpp"
#include "sim/simd.hpp"

namespace convolution {
namespace {

using models::slca::Course;
using models::slca::kAtThreshold;
using sim::kNever;
using sim::Time;

/// What a spike does, and the stretch of time from now to a horizon.
struct Pass {
    double kick_P, kick_Y;            // q, (q/tau) e^{s/tau}, with the sign of the spike
    double s, tau_decay, decay;       // now
    double s_ahead, tau_decay_ahead;  // the horizon
    double dt, lambda_s;              // to it; lambda s there
};

/// Adds a spike to the K neurons of a place. returns a number whose sign bit is set if any slack is below 0
///
/// v+ is convex while u < b, so that it is highest at one of the ends of the stretch, and concave while u >
/// b, below its tangent: its value at the horizon or that of the tangent there, whichever is higher, bounds
/// both. So for v-, whose values are those of -I.
STRIATE_SIMD std::uint64_t add_spike(std::size_t K, const float* w, const Pass pass, const float* b,
                                     const double* theta, const double* spent, double* P, double* Y,
                                     double* slack) {
    std::uint64_t signs = 0;
    for (std::size_t k = 0; k < K; ++k) {
        const auto weight = static_cast<double>(w[k]), drive = static_cast<double>(b[k]);
        P[k] = sim::fused(-pass.kick_P, weight, P[k]);
        Y[k] = sim::fused(-pass.kick_Y, weight, Y[k]);
        const double I = sim::fused(drive, pass.s, P[k]) - pass.tau_decay * Y[k];
        const double tangent = sim::fused(sim::fused(Y[k], pass.decay, drive), pass.dt, I);
        const double end = sim::fused(drive, pass.s_ahead, P[k]) - pass.tau_decay_ahead * Y[k];
        const double on = tangent > end ? tangent : end;
        const double off = -(tangent < end ? tangent : end) - spent[k];
        slack[k] = theta[k] - ((on > off ? on : off) - pass.lambda_s);
        signs |= std::bit_cast<std::uint64_t>(slack[k]);
    }
    return signs;
}

/// Whether v might reach theta within dt: it rises no faster than by the larger of u and b.
bool may_reach(const Course& course, double theta, Time dt) {
    return course.v + std::max((std::max(course.u, course.b) - course.lambda) * dt, 0.0) >=
           theta * (1.0 - kAtThreshold);
}

/// Time before which v does not reach theta. On its way from u to b the current stays below
/// min(max(u, b), u + (b - u) dt/tau), which leaves a quadratic equation.
Time least_time(const Course& course, double theta) {
    const double way = theta * (1.0 - kAtThreshold) - course.v, slope = course.u - course.lambda;
    if (way <= 0.0) return 0.0;
    if (course.u >= course.b) return slope > 0.0 ? way / slope : kNever;
    const double bend = (course.b - course.u) / course.tau;
    const double root = std::sqrt(slope * slope + 2.0 * bend * way);
    return slope > 0.0 ? 2.0 * way / (slope + root) : (root - slope) / bend;
}

double sign_of(Side side) { return side == Side::on ? 1.0 : -1.0; }

}  // namespace

Neurons::Neurons(const Task& task, const Correlations& Q, std::vector<float> b, Time tau, double q,
                 double self_inhibition)
    : tau_(tau),
      q_(q),
      lambda_(task.lambda),
      self_inhibition_(self_inhibition),
      K_(Q.n_kernels()),
      diagonal_(Q.diagonal()),
      b_(std::move(b)),
      P_(b_.size(), 0.0),
      Y_(b_.size(), 0.0),
      spent_(b_.size(), task.is_signed ? 0.0 : kNever),
      counts_(b_.size(), 0),
      slack_(K_),
      nothing_(K_, 0.0F) {
    for (std::size_t i = 0; i < b_.size(); ++i)
        if (!std::isfinite(b_[i]))
            throw sim::NumericsError("convolutional slca", i, 0.0, fmt::format("the drive is {}", b_[i]));
    for (const float d : diagonal_) theta_.push_back((1.0 - self_inhibition) * q * static_cast<double>(d));
}

void Neurons::move_to(Time s) {
    s_ = s;
    decay_ = sim::exp(-s / tau_);
}

void Neurons::move_anchor() {
    for (std::size_t i = 0; i < b_.size(); ++i) {
        const double on = v(i, Side::on), off = v(i, Side::off);
        Y_[i] *= decay_;
        P_[i] = on + tau_ * Y_[i];
        spent_[i] = -on - off;
    }
    move_to(0.0);
}

double Neurons::v(std::size_t i, Side side) const {
    const double I = P_[i] + static_cast<double>(b_[i]) * s_ - tau_ * Y_[i] * decay_;
    return side == Side::on ? I - lambda_ * s_ : -I - lambda_ * s_ - spent_[i];
}

Course Neurons::course(std::size_t i, Side side) const {
    const double sign = sign_of(side), b = static_cast<double>(b_[i]);
    return {sign * (b + Y_[i] * decay_), v(i, side), sign * b, lambda_, tau_};
}

bool Neurons::add(std::size_t place, const float* w, Side side, const Moment& horizon) {
    const double kick = w == nullptr ? 0.0 : sign_of(side) * q_;
    const Pass pass{
        kick,           kick / (tau_ * decay_), s_, tau_ * decay_, decay_, horizon.s, horizon.tau_decay,
        horizon.s - s_, lambda_ * horizon.s};
    const std::size_t i = place * K_;
    const std::uint64_t signs = add_spike(K_, w == nullptr ? nothing_.data() : w, pass, &b_[i], theta_.data(),
                                          &spent_[i], &P_[i], &Y_[i], slack_.data());
    return signs >> 63U != 0;
}

Time Neurons::receive(std::size_t place, const float* w, Side side, const Moment& horizon) {
    Time first = horizon.s;
    if (!add(place, w, side, horizon)) return first;
    for (std::size_t k = 0; k < K_; ++k) {
        if (!may_fire(k)) continue;
        for (const Side way : {Side::on, Side::off}) {
            const Course its = course(place * K_ + k, way);
            if (may_reach(its, theta_[k], first - s_))
                first = std::min(first, s_ + least_time(its, theta_[k]));
        }
    }
    return first;
}

Neurons::Prediction Neurons::predict(std::size_t place, const Moment& horizon) {
    Prediction first{horizon.s};
    if (!add(place, nullptr, Side::on, horizon)) return first;
    for (std::size_t k = 0; k < K_; ++k) {
        if (!may_fire(k)) continue;
        for (const Side side : {Side::on, Side::off}) {
            const Course its = course(place * K_ + k, side);
            if (!may_reach(its, theta_[k], first.s - s_)) continue;
            const Time s = s_ + models::slca::time_to_threshold(its, theta_[k], -kNever);
            if (s < first.s) first = {s, k, side};
        }
    }
    return first;
}

void Neurons::reset(std::size_t i, Side side, const State& before) {
    const double own = self_inhibition_ * static_cast<double>(diagonal_[i % K_]) * sign_of(side) * q_;
    P_[i] = before.P - own - (side == Side::on ? theta_[i % K_] : 0.0);
    Y_[i] = before.Y - own / (tau_ * decay_);
    spent_[i] += theta_[i % K_];
    counts_[i] += side == Side::on ? 1 : -1;
}

std::size_t Neurons::bytes_per_neuron() { return sizeof(float) + 3 * sizeof(double) + sizeof(std::int32_t); }

}  // namespace convolution
