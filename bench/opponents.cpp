#include "bench/opponents.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "sim/simd.hpp"

namespace bench {
namespace {

// All opponents work on dense problems: one run per column.
const float* column(const sim::Program& program, std::size_t j) {
    return program.Q.weights(program.Q.runs(j)[0]).data();
}

/// x -= scale * w. Single precision: as fast as it gets.
void subtract(float* x, const float* w, float scale, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) x[i] -= scale * w[i];
}

/// One step of all currents and integrators; returns how many neurons are at their threshold, listed in
/// `fired`.
std::size_t step_all(float* u, float* v, const float* b, const float* lambda, const float* theta, float decay,
                     float gain, float dt, std::size_t n, std::uint32_t* fired) {
    std::size_t count = 0;
    for (std::size_t from = 0; from < n; from += 32) {
        const std::size_t end = std::min(n, from + 32);
        int any = 0;
        for (std::size_t i = from; i < end; ++i) {  // exact over the step: u relaxes to b
            const float excess = u[i] - b[i];
            v[i] += (b[i] - lambda[i]) * dt + excess * gain;
            u[i] = b[i] + excess * decay;
            any |= v[i] >= theta[i] ? 1 : 0;
        }
        if (any != 0)
            for (std::size_t i = from; i < end; ++i)
                if (v[i] >= theta[i]) fired[count++] = static_cast<std::uint32_t>(i);
    }
    return count;
}

/// The block of 32 coordinates that holds the move which lowers the energy most: step[i]^2 d_i, step = [a + g/d]_+ - a.
/// gain: room for those of a block each. In one pass with the column of the last move.
void subtract_and_rank(float* g, const float* w, float scale, const float* a, const float* per_d,
                       const float* d, std::size_t n_blocks, std::int32_t* gain) {
    for (std::size_t block = 0; block < n_blocks; ++block) {
        std::int32_t most = 0;
        for (std::size_t k = 0; k < 32; ++k) {
            const std::size_t i = 32 * block + k;
            g[i] -= scale * w[i];
            const float to = a[i] + g[i] * per_d[i], step = (to > 0.0F ? to : 0.0F) - a[i];
            const std::int32_t bits = std::bit_cast<std::int32_t>(step * step * d[i]);
            most = bits > most ? bits : most;
        }
        gain[block] = most;
    }
}

}  // namespace

Codes GreedyDescent::operator()(const Problem& problem) const {
    const sim::Program& program = problem.program;
    const std::size_t n = program.Q.size(), n_blocks = n / 32;
    if (n % 32 != 0) throw std::invalid_argument("GreedyDescent: a multiple of 32 neurons");
    std::vector<float> a(n), g(n), d(n), per_d(n);
    std::vector<std::int32_t> gain(n_blocks);
    for (std::size_t i = 0; i < n; ++i) {
        d[i] = static_cast<float>(program.Q.diagonal(i));
        per_d[i] = 1.0F / d[i];
    }
    Codes codes(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(problem.drives.size()));
    for (std::size_t k = 0; k < problem.drives.size(); ++k) {
        for (std::size_t i = 0; i < n; ++i)
            g[i] = static_cast<float>(problem.drives[k][i] - program.lambda[i]);
        std::fill(a.begin(), a.end(), 0.0F);
        float step = 0.0F;
        for (std::size_t i = 0;;) {
            sim::simd<subtract_and_rank>(g.data(), column(program, i), step, a.data(), per_d.data(), d.data(),
                                         n_blocks, gain.data());
            const auto block =
                static_cast<std::size_t>(std::max_element(gain.begin(), gain.end()) - gain.begin());
            float most = -1.0F;
            for (std::size_t j = 32 * block; j < 32 * block + 32; ++j) {
                const float move = std::max(a[j] + g[j] * per_d[j], 0.0F) - a[j];
                if (move * move * d[j] > most) most = move * move * d[j], step = move, i = j;
            }
            if (std::abs(step) <= static_cast<float>(tolerance)) break;
            a[i] += step;
        }
        for (std::size_t i = 0; i < n; ++i)
            codes(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = static_cast<double>(a[i]);
    }
    return codes;
}

Codes ClockedSpiking::operator()(const Problem& problem) const {
    const sim::Program& program = problem.program;
    const std::size_t n = program.Q.size();
    std::vector<float> b(n), lambda(program.lambda.begin(), program.lambda.end()), theta(n), u(n), v(n),
        v_readout(n), count(n);
    std::vector<std::uint32_t> fired(n);
    for (std::size_t i = 0; i < n; ++i) theta[i] = static_cast<float>(q * program.Q.diagonal(i));
    const auto decay = static_cast<float>(std::exp(-step)), gain = 1.0F - decay;
    const auto dt = static_cast<float>(step), quantum = static_cast<float>(q);
    const auto n_steps = static_cast<std::size_t>(std::lround(T / step)),
               first_read = static_cast<std::size_t>(std::lround(T0 / step));
    Codes codes(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(problem.drives.size()));
    for (std::size_t k = 0; k < problem.drives.size(); ++k) {
        std::copy(problem.drives[k].begin(), problem.drives[k].end(), b.begin());
        u = b;
        std::fill(v.begin(), v.end(), 0.0F);
        for (std::size_t t = 0; t < n_steps; ++t) {
            if (t == first_read) {
                v_readout = v;
                std::fill(count.begin(), count.end(), 0.0F);
            }
            const std::size_t n_fired = sim::simd<step_all>(u.data(), v.data(), b.data(), lambda.data(),
                                                            theta.data(), decay, gain, dt, n, fired.data());
            for (std::size_t f = 0; f < n_fired; ++f) {
                const std::uint32_t j = fired[f];
                v[j] -= theta[j];
                ++count[j];
                const float u_j = u[j];
                sim::simd<subtract>(u.data(), column(program, j), quantum, n);
                u[j] = u_j;
            }
        }
        for (std::size_t i = 0; i < n; ++i) {
            float integral = quantum * count[i];
            if (membrane) integral = std::max(integral + quantum * (v[i] - v_readout[i]) / theta[i], 0.0F);
            codes(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = integral / (T - T0);
        }
    }
    return codes;
}

Codes ActiveColumns::operator()(const Problem& problem) const {
    const sim::Program& program = problem.program;
    const std::size_t n = program.Q.size();
    std::vector<float> b(n), target(n), u(n), lambda(program.lambda.begin(), program.lambda.end()), d(n);
    for (std::size_t i = 0; i < n; ++i) d[i] = static_cast<float>(program.Q.diagonal(i));
    const auto eta = static_cast<float>(step);
    Codes codes(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(problem.drives.size()));
    for (std::size_t k = 0; k < problem.drives.size(); ++k) {
        std::copy(problem.drives[k].begin(), problem.drives[k].end(), b.begin());
        for (std::size_t i = 0; i < n; ++i) u[i] = eta * b[i];  // the first step from rest
        for (int iteration = 1; iteration < iterations; ++iteration) {
            target = b;
            for (std::size_t j = 0; j < n; ++j) {
                if (u[j] <= lambda[j]) continue;
                const float a = (u[j] - lambda[j]) / d[j];
                sim::simd<subtract>(target.data(), column(program, j), a, n);
                target[j] += a * d[j];
            }
            for (std::size_t i = 0; i < n; ++i) u[i] += eta * (target[i] - u[i]);
        }
        for (std::size_t i = 0; i < n; ++i)
            codes(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) =
                static_cast<double>(std::max(u[i] - lambda[i], 0.0F) / d[i]);
    }
    return codes;
}

std::shared_ptr<const Eigen::MatrixXf> inhibition_of(const sim::Program& program) {
    const auto n = static_cast<Eigen::Index>(program.Q.size());
    Eigen::MatrixXf Q(n, n);
    for (Eigen::Index j = 0; j < n; ++j)
        std::copy_n(column(program, static_cast<std::size_t>(j)), n, Q.col(j).data());
    Q.diagonal().setZero();
    return std::make_shared<const Eigen::MatrixXf>(std::move(Q));
}

Codes DenseBatches::operator()(const Problem& problem) const {
    constexpr std::size_t kBatch = 64;
    const sim::Program& program = problem.program;
    const auto n = static_cast<Eigen::Index>(program.Q.size());
    Eigen::ArrayXf lambda(n), d(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        lambda[i] = static_cast<float>(program.lambda[static_cast<std::size_t>(i)]);
        d[i] = static_cast<float>(program.Q.diagonal(static_cast<std::size_t>(i)));
    }
    const auto eta = static_cast<float>(step);
    Codes codes(n, static_cast<Eigen::Index>(problem.drives.size()));
    for (std::size_t from = 0; from < problem.drives.size(); from += kBatch) {
        const std::size_t size = std::min(kBatch, problem.drives.size() - from);
        Eigen::MatrixXf b(n, static_cast<Eigen::Index>(size));
        for (std::size_t k = 0; k < size; ++k)
            std::copy(problem.drives[from + k].begin(), problem.drives[from + k].end(),
                      b.col(static_cast<Eigen::Index>(k)).data());
        Eigen::MatrixXf u = eta * b, a(b.rows(), b.cols()), inhibited(b.rows(), b.cols());
        const auto activity = [&] {
            for (Eigen::Index k = 0; k < u.cols(); ++k)
                a.col(k) = ((u.col(k).array() - lambda).max(0.0F) / d).matrix();
        };
        for (int iteration = 1; iteration < iterations; ++iteration) {
            activity();
            inhibited.noalias() = *inhibition * a;
            u += eta * (b - inhibited - u);
        }
        activity();
        codes.middleCols(static_cast<Eigen::Index>(from), static_cast<Eigen::Index>(size)) = a.cast<double>();
    }
    return codes;
}

Codes CoordinateDescent::operator()(const Problem& problem) const {
    const sim::Program& program = problem.program;
    const std::size_t n = program.Q.size();
    std::vector<float> a(n), g(n);  // g = b - lambda - Q a
    const auto bound = static_cast<float>(tolerance);
    Codes codes(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(problem.drives.size()));
    for (std::size_t k = 0; k < problem.drives.size(); ++k) {
        for (std::size_t i = 0; i < n; ++i)
            g[i] = static_cast<float>(problem.drives[k][i] - program.lambda[i]);
        std::fill(a.begin(), a.end(), 0.0F);
        for (bool moved = true; moved;) {
            moved = false;
            for (std::size_t i = 0; i < n; ++i) {
                const float off = a[i] > 0.0F ? std::abs(g[i]) : g[i];
                if (off <= bound) continue;
                const float step =
                    std::max(a[i] + g[i] / static_cast<float>(program.Q.diagonal(i)), 0.0F) - a[i];
                if (step == 0.0F) continue;
                a[i] += step;
                sim::simd<subtract>(g.data(), column(program, i), step, n);
                moved = true;
            }
        }
        for (std::size_t i = 0; i < n; ++i)
            codes(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = static_cast<double>(a[i]);
    }
    return codes;
}

}  // namespace bench
