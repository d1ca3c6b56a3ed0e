// The balanced network of configs/brunel.yaml against mean-field theory: its rate, found self-consistently,
// and the irregularity of its spike trains. Source: Brunel (2000), J. Comput. Neurosci. 8, 183-208.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <map>
#include <numbers>

#include "sim/circuit_run.hpp"
#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace {

using std::numbers::pi;

// The neuron [ms, mV] and the numbers of synapses of configs/brunel.yaml.
constexpr double kTau = 20.0, kTheta = 20.0, kReset = 10.0, kRefractory = 2.0;
constexpr double kC_E = 80.0, kC_I = 20.0;

struct Couplings {
    double J, g, eta;  // mV; inhibition over excitation; external input over what reaches threshold alone
    double nu_ext() const { return eta * kTheta / (J * kTau); }  // of all external synapses [1/ms]
};

/// What a neuron gets when all fire at rate nu [1/ms]: tau dV/dt = -V + mu + sigma sqrt(tau) noise (eq. 4,
/// 5).
struct Input {
    Input(const Couplings& c, double nu)
        : mu(c.J * kTau * (c.nu_ext() + (kC_E - c.g * kC_I) * nu)),
          sigma(c.J * std::sqrt(kTau * (c.nu_ext() + (kC_E + c.g * c.g * kC_I) * nu))) {}
    double mu, sigma;
    double at(double V) const { return (V - mu) / sigma; }
};

/// Gauss-Legendre quadrature in 8 panels of 30 points.
template <class F>
double integral(F f, double a, double b) {
    constexpr int kPanels = 8;
    double sum = 0.0;
    for (int k = 0; k < kPanels; ++k)
        sum += boost::math::quadrature::gauss<double, 30>::integrate(f, a + (b - a) * k / kPanels,
                                                                     a + (b - a) * (k + 1) / kPanels);
    return sum;
}

/// exp(u^2) (1 + erf u)
double scaled_erfc(double u) { return std::exp(u * u) * std::erfc(-u); }

/// Rate [1/ms] (Siegert 1951; eq. 21 of Brunel 2000).
double siegert(const Input& input, double theta) {
    return 1.0 /
           (kRefractory + kTau * std::sqrt(pi) * integral(scaled_erfc, input.at(kReset), input.at(theta)));
}

/// CV of the intervals at rate nu (Brunel 2000, appendix A.1).
double first_passage_cv(const Input& input, double nu, double theta) {
    const auto inner = [](double x) {
        return integral([](double y) { return scaled_erfc(y) * scaled_erfc(y) * std::exp(-y * y); }, -8.0, x);
    };
    const auto outer = [&](double x) { return std::exp(x * x) * inner(x); };
    return nu * kTau * std::sqrt(2.0 * pi * integral(outer, input.at(kReset), input.at(theta)));
}

struct Firing {
    double rate, cv;  // Hz
};

/// All neurons fire at the rate that makes them fire at it.
Firing mean_field(const Couplings& couplings, double theta) {
    const auto excess = [&](double nu) { return siegert(Input(couplings, nu), theta) - nu; };
    std::uintmax_t steps = 100;
    const auto [low, high] = boost::math::tools::toms748_solve(
        excess, 1e-6, 0.49, boost::math::tools::eps_tolerance<double>(40), steps);
    const double nu = 0.5 * (low + high);
    return {1e3 * nu, first_passage_cv(Input(couplings, nu), nu, theta)};
}

constexpr double kWarmUp = 200.0;  // the start is forgotten after some tau [ms]

/// Rate and CV of the intervals of n neurons of some populations, all taken together. An interval counts if
/// it starts in a window that ends `kLongest` before the run: long intervals are not cut off.
Firing measure(const std::string& path, const std::vector<std::string>& populations, double n,
               double duration) {
    constexpr double kLongest = 400.0;
    const sim::io::File file = sim::io::open_striate_file(path, "network");
    double spikes = 0.0;
    std::vector<double> intervals;
    for (const std::string& population : populations) {
        const auto t = file.read<double>("/spikes/" + population + "/timestamps");
        const auto id = file.read<std::uint64_t>("/spikes/" + population + "/node_ids");
        std::map<std::uint64_t, double> last;
        for (std::size_t k = 0; k < t.size(); ++k) {
            if (t[k] < kWarmUp) continue;
            spikes += 1.0;
            if (last.contains(id[k]) && last[id[k]] < duration - kLongest)
                intervals.push_back(t[k] - last[id[k]]);
            last[id[k]] = t[k];
        }
    }
    double mean = 0.0, square = 0.0;
    for (const double x : intervals) mean += x / static_cast<double>(intervals.size());
    for (const double x : intervals)
        square += (x - mean) * (x - mean) / static_cast<double>(intervals.size());
    return {1e3 * spikes / (n * (duration - kWarmUp)), std::sqrt(square) / mean};
}

/// Neurons that get, from sources of their own, what mean-field theory thinks they get at rate nu [1/ms].
Firing simulate_alone(const test::TempDir& dir, const Couplings& c, double nu, double duration) {
    constexpr std::size_t n = 200;
    const auto source = [&](const char* name, double rate) {
        return fmt::format("  {}: {{kind: poisson, size: {}, poisson: {{rate: {} kHz}}}}\n", name, n, rate);
    };
    const auto projection = [](const char* from, double weight) {
        return fmt::format(
            "  {}: {{from: {}, to: cells, connect: {{kind: one_to_one}}, weight: {} mV, delay: 1 ms}}\n",
            from, from, weight);
    };
    const std::string text =
        fmt::format(
            "duration: {} ms\npopulations:\n  cells: {{kind: lif_delta, size: {}, lif_delta: {{E_L: 0 mV, "
            "V_th: {} mV, V_reset: {} mV, V_init: 10 mV, tau_m: {} ms, t_ref: {} ms}}}}\n",
            duration, n, kTheta, kReset, kTau, kRefractory) +
        source("excitation", c.nu_ext() + kC_E * nu) + source("inhibition", kC_I * nu) + "projections:\n" +
        projection("excitation", c.J) + projection("inhibition", -c.g * c.J) + "record: {spikes: cells}\n";
    const std::string path = dir.file("alone.h5");
    sim::run(sim::RunSettings(sim::Params::parse(text, "alone.yaml")), {.output = path, .force = true});
    return measure(path, {"cells"}, n, duration);
}

Firing simulate(const test::TempDir& dir, const Couplings& c, double duration, int seed) {
    const std::string J = fmt::format("{} mV", c.J), gJ = fmt::format("{} mV", -c.g * c.J);
    const std::string rate = fmt::format("{} kHz", c.nu_ext());
    const sim::Params config = sim::Params::load(
        STRIATE_SOURCE_DIR "/configs/brunel.yaml",
        {fmt::format("seed={}", seed), fmt::format("duration={} ms", duration),
         "projections.excitation.weight=" + J, "projections.inhibition.weight=" + gJ,
         "projections.drive_e.weight=" + J, "projections.drive_i.weight=" + J,
         "populations.input_e.poisson.rate=" + rate, "populations.input_i.poisson.rate=" + rate});
    const std::string path = dir.file("network.h5");
    sim::run(sim::RunSettings(config), {.output = path, .force = true});
    return measure(path, {"excitatory", "inhibitory"}, 1000.0, duration);
}

/// Mean correlation of the spike counts of two excitatory neurons in 1 ms, from the variance of their sum:
/// that is 1 + (n - 1) rho times the mean for trains that are Poisson over so short a time.
double pair_correlation(const std::string& path) {
    const auto rate = sim::io::File::open(path).read<double>("/rates/excitatory/rate");  // bins of 1 ms
    const auto first = rate.begin() + static_cast<std::ptrdiff_t>(kWarmUp);
    const auto n_bins = static_cast<double>(rate.end() - first);
    double mean = 0.0, square = 0.0;
    for (auto x = first; x != rate.end(); ++x) mean += *x / n_bins;
    for (auto x = first; x != rate.end(); ++x) square += (*x - mean) * (*x - mean) / n_bins;
    constexpr double kNeurons = 800.0, kSpikes = kNeurons * 1e-3;  // in a bin, for 1 Hz
    return (square / mean * kSpikes - 1.0) / (kNeurons - 1.0);
}

const Couplings kConfig{0.2, 6.0, 1.1};   // those of configs/brunel.yaml
const Couplings kGentle{0.1, 5.0, 1.02};  // nearer to the limit of the theory, of many weak inputs

}  // namespace

// The theory takes synaptic input for white noise. A jump of J carries V beyond threshold by J/2 on average,
// as if it stood higher by as much; larger jumps of inhibition leave a skewness, which this neglects.
TEST_CASE("neurons with Poisson input fire at the rate and with the irregularity of theory") {
    const test::TempDir dir;
    const Firing theory = mean_field(kConfig, kTheta + 0.5 * kConfig.J);
    const Firing alone = simulate_alone(dir, kConfig, 1e-3 * theory.rate, 4000.0);
    fmt::print("Poisson input: {:.2f} Hz, CV {:.3f}; theory {:.2f} Hz, {:.3f}\n", alone.rate, alone.cv,
               theory.rate, theory.cv);
    // 200 neurons for 3.8 s are 15 000 spikes: 0.5 % and 0.6 % of statistical error; the rest is skewness.
    CHECK(alone.rate == doctest::Approx(theory.rate).epsilon(0.035));
    CHECK(alone.cv == doctest::Approx(theory.cv).epsilon(0.05));
}

// In the network input is not Poisson: trains more regular than that take away slow noise, so that the CV
// stays below the theory's, and the rate too. Rates of three seeds lay 2.2 to 3.4 % below theory (kConfig)
// and 0.0 to 0.4 % above it (kGentle).
TEST_CASE("the balanced network fires at the self-consistent rate, irregularly and without synchrony") {
    const test::TempDir dir;
    for (const auto& [couplings, tolerance] : {std::pair{kConfig, 0.05}, {kGentle, 0.02}}) {
        const Firing theory = mean_field(couplings, kTheta + 0.5 * couplings.J);
        const Firing network = simulate(dir, couplings, 1000.0, 1);
        const double correlation = pair_correlation(dir.file("network.h5"));
        fmt::print(
            "Brunel's network, J {} mV, g {}, eta {}: {:.2f} Hz, CV {:.3f}, correlation {:.4f}; theory "
            "{:.2f} Hz "
            "(without overshoot {:.2f}), {:.3f}\n",
            couplings.J, couplings.g, couplings.eta, network.rate, network.cv, correlation, theory.rate,
            mean_field(couplings, kTheta).rate, theory.cv);
        CHECK(network.rate == doctest::Approx(theory.rate).epsilon(tolerance));
        CHECK(network.cv < theory.cv);
        CHECK(network.cv > 0.7 * theory.cv);
        CHECK(std::abs(correlation) < 0.01);
    }
}
