#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "analysis/map.hpp"
#include "analysis/tuning.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using analysis::Boundary;
using analysis::OrientationMap;
using analysis::Pinwheel;
using analysis::Spectrum;
using doctest::Approx;
using std::numbers::pi;

using Complex = std::complex<double>;
using Field = std::function<Complex(double row, double col)>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A field sampled on a sheet, as preferred orientations and weights.
struct Sheet {
    std::size_t rows, cols;
    std::vector<double> preferred, weight;

    OrientationMap map(double smoothing, Boundary boundary) const {
        return analysis::orientation_map(preferred, weight, rows, cols, smoothing, boundary);
    }
};

Sheet sheet_of(const std::vector<Complex>& z, std::size_t rows, std::size_t cols) {
    Sheet sheet{rows, cols, {}, {}};
    double greatest = 0.0;
    for (const Complex& value : z) greatest = std::max(greatest, std::abs(value));
    for (const Complex& value : z) {
        sheet.preferred.push_back(analysis::half_angle(value));
        sheet.weight.push_back(std::abs(value) / greatest);
    }
    return sheet;
}

Sheet sampled(const Field& field, std::size_t rows, std::size_t cols) {
    std::vector<Complex> z;
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < cols; ++c)
            z.push_back(field(static_cast<double>(r), static_cast<double>(c)));
    return sheet_of(z, rows, cols);
}

/// Every orientation as likely as any other, at every neuron.
Sheet in_no_order(std::size_t n, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 2);
    Sheet sheet{n, n, {}, std::vector<double>(n * n, 1.0)};
    for (std::size_t i = 0; i < n * n; ++i) sheet.preferred.push_back(stream.uniform(0.0, 180.0));
    return sheet;
}

/// n x n neurons of a Gaussian random field, a sum of waves of random amplitude and phase: wavenumbers 1 /
/// wavelength give or take 10 %, periodic over `period` sheet units.
Sheet random_field(std::size_t n, double wavelength, std::uint64_t seed, double period) {
    sim::Stream stream(seed, sim::Purpose::test, 3);
    const int most = static_cast<int>(1.5 * period / wavelength);
    std::vector<Complex> z(n * n), along(n);
    for (int i = -most; i <= most; ++i)
        for (int j = -most; j <= most; ++j) {
            const double distance = (std::hypot(i, j) / period * wavelength - 1.0) / 0.1;
            const double size = std::exp(-0.5 * distance * distance);
            const Complex amplitude = size * Complex{stream.normal(), stream.normal()};
            if (size < 1e-3) continue;
            const auto wave = [&](int k, std::size_t x) {
                return std::polar(1.0, 2.0 * pi * k * static_cast<double>(x) / period);
            };
            for (std::size_t c = 0; c < n; ++c) along[c] = amplitude * wave(j, c);
            for (std::size_t r = 0; r < n; ++r)
                for (std::size_t c = 0; c < n; ++c) z[r * n + c] += wave(i, r) * along[c];
        }
    return sheet_of(z, n, n);
}

int total_sign(const std::vector<Pinwheel>& pinwheels) {
    int total = 0;
    for (const Pinwheel& p : pinwheels) total += p.sign;
    return total;
}

double difference(const std::vector<double>& preferred, std::size_t rows, std::size_t cols,
                  Boundary boundary = Boundary::open) {
    return analysis::neighbour_difference(preferred, rows, cols, boundary);
}

}  // namespace

TEST_CASE("neighbours of a map in no order differ by 45 deg, of one orientation by 0") {
    for (const auto boundary : {Boundary::open, Boundary::periodic}) {
        // about 8000 pairs, each uniform in [0, 90]: 45 +- 0.3
        CHECK(std::abs(difference(in_no_order(64, 1).preferred, 64, 64, boundary) - 45.0) < 1.5);
        CHECK(difference(std::vector<double>(64, 33.0), 8, 8, boundary) == 0.0);
    }
}

TEST_CASE("neighbour differences by hand") {
    CHECK(difference({179.0, 1.0}, 1, 2) == Approx(2.0));
    CHECK(difference({0.0, 90.0}, 2, 1) == Approx(90.0));
    CHECK(difference({0.0, 10.0, 30.0}, 1, 3) == Approx(15.0));
    CHECK(difference({0.0, 10.0, 30.0}, 3, 1, Boundary::periodic) == Approx((10.0 + 20.0 + 30.0) / 6.0));
    CHECK(difference({0.0, kNan, 30.0, 50.0}, 2, 2) == Approx((30.0 + 20.0) / 2.0));
    CHECK(std::isnan(difference({0.0, kNan, kNan, 50.0}, 2, 2)));
    CHECK_THROWS_AS(difference({0.0, 1.0, 2.0}, 2, 2), sim::Error);
}

TEST_CASE("without smoothing a map is what the neurons are") {
    auto sheet = in_no_order(6, 2);
    sheet.preferred[7] = kNan;
    sheet.weight[9] = 0.25;
    const auto map = sheet.map(0.0, Boundary::open);
    for (std::size_t i = 0; i < 36; ++i) {
        if (i == 7) continue;
        CHECK(map.orientation[i] == Approx(sheet.preferred[i]));
        CHECK(map.selectivity[i] == Approx(sheet.weight[i]));
    }
    CHECK(std::isnan(map.orientation[7]));
    CHECK(map.selectivity[7] == 0.0);
}

TEST_CASE("smoothing keeps one orientation, bridges silent neurons and cancels orthogonal ones") {
    std::vector<double> preferred(30, 170.0), weight(30, 1.0);
    preferred[12] = kNan;
    for (const auto boundary : {Boundary::open, Boundary::periodic}) {
        const auto map = analysis::orientation_map(preferred, weight, 5, 6, 1.5, boundary);
        for (std::size_t i = 0; i < 30; ++i) {
            CHECK(map.orientation[i] == Approx(170.0));
            CHECK(map.selectivity[i] == Approx(1.0));
        }
    }
    const auto cancelled =
        analysis::orientation_map(std::vector{20.0, 110.0}, std::vector{1.0, 1.0}, 1, 2, 1.0, Boundary::open);
    // weights 1 and exp(-1/2)
    const double far = std::exp(-0.5);
    CHECK(cancelled.selectivity[0] == Approx((1.0 - far) / (1.0 + far)));
    CHECK(cancelled.orientation[0] == Approx(20.0));
    CHECK(cancelled.orientation[1] == Approx(110.0));
}

TEST_CASE("smoothing a wave on a periodic sheet damps it by the Gaussian's transfer") {
    const double k = 2.0 * pi / 12.0, sigma = 1.3;
    const auto sheet = sampled([&](double r, double) { return std::polar(1.0, k * r); }, 24, 24);
    const auto map = sheet.map(sigma, Boundary::periodic);
    for (std::size_t i = 0; i < 24 * 24; ++i) {
        // the Gaussian is cut off at 4 sigma, 6e-5 of its weight
        CHECK(map.selectivity[i] == Approx(std::exp(-0.5 * k * k * sigma * sigma)).epsilon(3e-4).scale(0));
        CHECK(std::abs(std::remainder(map.orientation[i] - sheet.preferred[i], 180.0)) < 1e-9);
    }
}

TEST_CASE("a pinwheel is +1 if orientation turns counter-clockwise with row 0 on top") {
    for (const int sign : {1, -1}) {
        // the angle of z grows counter-clockwise round (1.3, 0.8), rows running down
        const auto sheet =
            sampled([&](double r, double c) { return Complex(c - 0.8, sign * (1.3 - r)); }, 3, 3);
        const auto found = pinwheels(sheet.map(0.0, Boundary::open));
        REQUIRE(found.size() == 1);
        CHECK(found[0].row == Approx(1.3));
        CHECK(found[0].col == Approx(0.8));
        CHECK(found[0].sign == sign);
    }
}

TEST_CASE("the place of a pinwheel is exact where z is bilinear in its cell") {
    sim::Stream stream(3, sim::Purpose::test, 4);
    for (int trial = 0; trial < 200; ++trial) {
        const double row = stream.uniform(), col = stream.uniform();
        const auto random = [&] { return Complex{stream.normal(), stream.normal()}; };
        const Complex b = random(), c = random(), d = 0.5 * random();
        const auto field = [&](double r, double k) {
            return b * (r - row) + c * (k - col) + d * (r * k - row * col);
        };
        for (const Pinwheel& p : pinwheels(sampled(field, 2, 2).map(0.0, Boundary::open)))
            CHECK(std::abs(field(p.row, p.col)) < 1e-9);
    }
}

TEST_CASE("z = cos(k row) + i cos(k col) has its pinwheels where both cosines are 0") {
    for (const double offset : {0.0, 0.3, 0.5})
        for (const int periods : {1, 2, 3}) {
            const std::size_t n = 24;
            const double k = 2.0 * pi * periods / static_cast<double>(n);
            const auto wave = [&](double x) { return std::cos(k * (x + offset)); };
            const auto sheet = sampled([&](double r, double c) { return Complex(wave(r), wave(c)); }, n, n);
            const auto found = pinwheels(sheet.map(0.0, Boundary::periodic));
            CHECK(found.size() == static_cast<std::size_t>(4 * periods * periods));
            CHECK(total_sign(found) == 0);
            for (const Pinwheel& p : found) {
                // near a zero a cosine is straight up to (k / 2)^3 / 6
                CHECK(std::abs(wave(p.row)) < 0.02);
                CHECK(std::abs(wave(p.col)) < 0.02);
            }
        }
}

TEST_CASE("a pinwheel on a neuron or between two is found once") {
    for (const double row : {1.0, 1.5})
        for (const double col : {1.0, 2.0, 1.5})
            for (int turn = 0; turn < 8; ++turn) {
                const Complex phase = std::polar(1.0, 0.7 * turn);
                const auto field = [&](double r, double c) {
                    return phase * Complex(c - col + 3.0 * (row - r), row - r);
                };
                const auto found = pinwheels(sampled(field, 4, 4).map(0.0, Boundary::open));
                REQUIRE(found.size() == 1);
                CHECK(found[0].row == Approx(row));
                CHECK(found[0].col == Approx(col));
                CHECK(found[0].sign == 1);
            }
}

TEST_CASE("an open sheet has the pinwheels inside it") {
    const auto field = [](double r, double c) {
        return Complex(std::cos(pi * r / 6.0), std::cos(pi * c / 6.0));
    };
    // zeros at 3, 9, 15, ...; rows to 13, columns to 20
    const auto found = pinwheels(sampled(field, 14, 21).map(0.0, Boundary::open));
    CHECK(found.size() == 2 * 3);
    CHECK(sampled(field, 14, 21).map(0.0, Boundary::open).area() == 13.0 * 20.0);
    CHECK(sampled(field, 14, 21).map(0.0, Boundary::periodic).area() == 14.0 * 21.0);
}

TEST_CASE(
    "on a periodic sheet the signs of the pinwheels sum to 0, and turning every orientation moves none") {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const auto sheet = in_no_order(15, seed);
        auto turned = sheet;
        for (double& orientation : turned.preferred) orientation = std::fmod(orientation + 67.0, 180.0);
        for (const double smoothing : {0.0, 1.0}) {
            const auto found = pinwheels(sheet.map(smoothing, Boundary::periodic));
            const auto again = pinwheels(turned.map(smoothing, Boundary::periodic));
            CHECK(!found.empty());
            CHECK(total_sign(found) == 0);
            REQUIRE(again.size() == found.size());
            for (std::size_t i = 0; i < found.size(); ++i) {
                CHECK(again[i].row == Approx(found[i].row));
                CHECK(again[i].col == Approx(found[i].col));
                CHECK(again[i].sign == found[i].sign);
            }
        }
    }
}

TEST_CASE("cells with a silent neuron hold no pinwheel") {
    auto sheet = in_no_order(10, 5);
    std::fill(sheet.preferred.begin(), sheet.preferred.end(), kNan);
    CHECK(pinwheels(sheet.map(1.0, Boundary::periodic)).empty());
    CHECK(radial_spectrum(sheet.map(1.0, Boundary::open)).power.empty());
}

TEST_CASE("the spectrum of a plane wave is in the ring of its wavenumber") {
    const auto wave = [](double r, double c) {
        return std::polar(1.0, 2.0 * pi * (3.0 * r + 4.0 * c) / 40.0);
    };
    const auto spectrum = radial_spectrum(sampled(wave, 40, 40).map(0.0, Boundary::periodic));
    REQUIRE(spectrum.wavenumber.size() == 20);
    for (std::size_t i = 0; i < 20; ++i)
        if (i == 4) {  // 5 / 40
            CHECK(spectrum.wavenumber[i] == Approx(0.125).epsilon(0.03).scale(0));
            CHECK(spectrum.power[i] == 1.0);
        } else {
            CHECK(spectrum.power[i] < 1e-20);
        }
    // the mean, here above the wave, is taken out
    const auto on_a_mean = [&](double r, double c) { return 2.0 + wave(r, c); };
    const auto open = radial_spectrum(sampled(on_a_mean, 40, 40).map(0.0, Boundary::open));
    const auto top = std::max_element(open.power.begin(), open.power.end()) - open.power.begin();
    CHECK(open.wavenumber[static_cast<std::size_t>(top)] == Approx(0.125).epsilon(0.03).scale(0));
    CHECK(std::is_sorted(open.wavenumber.begin(), open.wavenumber.end()));
    for (std::size_t i = 0; i < open.power.size(); ++i)
        if (std::abs(open.wavenumber[i] - 0.125) > 4.0 / 40.0)
            CHECK(open.power[i] < 1e-4);  // the Hann window
}

TEST_CASE("the wavelength of a spectrum that is the fitted function is exact") {
    for (const double a1 : {0.08, 0.15, 0.3})
        for (const double a2 : {0.015, 0.04}) {
            Spectrum spectrum;
            for (int i = 1; i <= 32; ++i) {
                const double k = i / 64.0, x = (k - a1) / a2;
                spectrum.wavenumber.push_back(k);
                spectrum.power.push_back(0.8 * std::exp(-0.5 * x * x) + 0.15 - 0.3 * k + 0.2 * k * k);
            }
            CHECK(analysis::wavelength(spectrum) == Approx(1.0 / a1).epsilon(1e-4).scale(0));
        }
}

TEST_CASE("a spectrum without a peak has no wavelength") {
    Spectrum falling, flat, rising, dip, beside_an_arch;
    for (int i = 1; i <= 32; ++i) {
        const double k = i / 64.0;
        for (auto* s : {&falling, &flat, &rising, &dip, &beside_an_arch}) s->wavenumber.push_back(k);
        falling.power.push_back(std::exp(-40.0 * k * k));
        flat.power.push_back(0.8 + 0.02 * (i % 3));
        rising.power.push_back(2.0 * k);
        dip.power.push_back(1.0 - 0.9 * std::exp(-200.0 * (k - 0.25) * (k - 0.25)));
        beside_an_arch.power.push_back(16.0 * k * (0.5 - k) +
                                       0.2 * std::exp(-2000.0 * (k - 0.4) * (k - 0.4)));
    }
    for (const auto& spectrum :
         {falling, flat, rising, dip, beside_an_arch, Spectrum{}, Spectrum{{0.1, 0.2, 0.3}, {0.0, 1.0, 0.0}}})
        CHECK(std::isnan(analysis::wavelength(spectrum)));
    CHECK(std::isnan(analysis::pinwheel_density(3, kNan, 100.0)));
    CHECK(analysis::pinwheel_density(12, 5.0, 100.0) == Approx(3.0));
}

TEST_CASE("a Gaussian random field has its wavelength, and about pi pinwheels per wavelength squared") {
    // pi <k^2> averaged over the power (Wolf & Geisel 1998); in two dimensions, for a ring of relative width
    // s = 0.1 / sqrt 2, <k^2> = (1 + 3 s^2) / wavelength^2
    const double expected = pi * 1.015;
    constexpr int n_maps = 12;
    for (const auto boundary : {Boundary::periodic, Boundary::open}) {
        double density = 0.0, worst = 0.0;
        for (int i = 0; i < n_maps; ++i) {
            const double wavelength = 7.0 + 0.25 * i;
            const auto sheet = random_field(64, wavelength, static_cast<std::uint64_t>(i),
                                            boundary == Boundary::periodic ? 64.0 : 256.0);
            const auto measures =
                analysis::measure_map("network", sheet.preferred, sheet.weight, 64, 64, 0.0, boundary);
            density += measures.pinwheel_density / n_maps;
            worst = std::max(worst, std::abs(measures.wavelength / wavelength - 1.0));
            CHECK(measures.neighbour_difference < 30.0);
            CHECK(measures.source == "network");
        }
        MESSAGE("mean pinwheel density " << density << ", worst relative error of the wavelength " << worst);
        CHECK(worst < 0.05);
        CHECK(density == Approx(expected).epsilon(0.05).scale(0));  // the mean of 12 maps, each +- 5 % (sd)
    }
}

TEST_CASE("noise adds pinwheels that smoothing takes away again") {
    const Sheet ordered = random_field(64, 10.0, 1, 64.0);
    const auto densities = [&](const std::vector<double>& preferred) {
        return analysis::measure_map("network", preferred, ordered.weight, 64, 64, 1.0, Boundary::periodic)
            .densities;
    };
    const auto of_order = densities(ordered.preferred);
    std::vector<double> noisy = ordered.preferred;
    for (std::size_t i = 0; i < noisy.size(); i += 5)
        noisy[i] = std::fmod(noisy[i] + 37.0 * static_cast<double>(i % 7), 180.0);
    const auto of_noise = densities(noisy);
    REQUIRE(of_order.size() == 4);
    for (std::size_t k = 1; k < 4; ++k) {
        CHECK(of_order[k].smoothing > of_order[k - 1].smoothing);
        CHECK(of_order[k].density == Approx(of_order[0].density).epsilon(0.1).scale(0));
        CHECK(of_noise[k].density < 1.001 * of_noise[k - 1].density);
    }
    CHECK(of_noise[0].density > 1.3 * of_noise[3].density);
    const auto shown =
        analysis::measure_map("network", noisy, ordered.weight, 64, 64, 1.0, Boundary::periodic);
    CHECK(shown.densities[2].density == shown.pinwheel_density);  // that of the smoothing it is shown under
}

TEST_CASE("shuffled orientations have no wavelength, or a density far from pi") {
    int with_peak = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto sheet = in_no_order(32, seed);
        const auto measures =
            analysis::measure_map("network", sheet.preferred, sheet.weight, 32, 32, 1.0, Boundary::periodic);
        if (std::isnan(measures.wavelength)) continue;
        ++with_peak;
        CHECK(measures.pinwheel_density > 5.0);
    }
    CHECK(with_peak <= 2);
}

TEST_CASE("neighbours are counted once, round the edge of a periodic sheet") {
    CHECK(analysis::neighbours(3, 4, Boundary::open).size() == 2 * 4 + 3 * 3);
    CHECK(analysis::neighbours(3, 4, Boundary::periodic).size() == 24);
    const std::vector<std::pair<std::size_t, std::size_t>> two{{0, 1}};
    CHECK(analysis::neighbours(1, 2, Boundary::open) == two);
}

TEST_CASE("homogeneity of a planar wave is the transfer of the Gaussian") {
    // e^{2 i theta} turns once in 16 columns: |sum| = e^{-(2 pi sigma / 16)^2 / 2}
    const auto wave = sampled([](double, double c) { return std::polar(1.0, 2.0 * pi * c / 16.0); }, 32, 32);
    for (const double sigma : {1.0, 2.0}) {
        const auto index = analysis::local_homogeneity(wave.preferred, 32, 32, sigma, Boundary::periodic);
        const double k = 2.0 * pi * sigma / 16.0;
        for (const double value : index)
            CHECK(value == Approx(std::exp(-0.5 * k * k)).epsilon(1e-3));  // cut at 4
    }
    const auto same = analysis::local_homogeneity(std::vector<double>(64, 20.0), 8, 8, 1.5, Boundary::open);
    for (const double value : same) CHECK(value == Approx(1.0));
}

TEST_CASE("homogeneity is least at a pinwheel, and silent neurons have none") {
    const auto wheel = sampled([](double r, double c) { return Complex{c - 8.0, 8.0 - r}; }, 17, 17);
    auto preferred = wheel.preferred;
    preferred[0] = kNan;
    const auto index = analysis::local_homogeneity(preferred, 17, 17, 1.5, Boundary::open);
    CHECK(index[8 * 17 + 8] < 0.1);  // the neuron in the middle itself has an orientation
    CHECK(index[8 * 17 + 16] > 0.9);
    CHECK(std::isnan(index[0]));
    CHECK_THROWS_AS(analysis::local_homogeneity(preferred, 16, 17, 1.0, Boundary::open), sim::Error);
}

TEST_CASE("distances to the nearest pinwheel, straight or round the edge") {
    const std::vector<Pinwheel> two{{0.5, 0.0, 1}, {6.0, 4.0, -1}};
    const auto open = analysis::pinwheel_distance(two, 8, 8, Boundary::open);
    const auto periodic = analysis::pinwheel_distance(two, 8, 8, Boundary::periodic);
    CHECK(open[0] == 0.5);
    CHECK(open[6 * 8 + 7] == 3.0);
    CHECK(open[7] == Approx(std::hypot(6.0, 3.0)));
    CHECK(periodic[7] == Approx(std::hypot(0.5, 1.0)));
    CHECK(periodic[7 * 8] == 1.5);
    CHECK(std::isnan(analysis::pinwheel_distance({}, 2, 2, Boundary::open)[3]));
}

TEST_CASE("a lattice of pinwheels has its count, wavelength, density and quality") {
    // cos(2 pi r / 12) + i cos(2 pi c / 12): 2 x 2 pinwheels per 12 x 12 neurons
    const std::size_t n = 48;
    const auto lattice = sampled(
        [](double r, double c) {
            return Complex{std::cos(2.0 * pi * (r + 0.3) / 12.0), std::cos(2.0 * pi * (c + 0.4) / 12.0)};
        },
        n, n);
    const auto measured =
        analysis::measure_map("network", lattice.preferred, lattice.weight, n, n, 0.0, Boundary::periodic);
    CHECK(measured.pinwheels.size() == 64);
    CHECK(analysis::pinwheel_density(64, 12.0, measured.map.area()) == Approx(4.0));
    CHECK(analysis::map_quality(4.0) == Approx(std::pow(4.0 / pi, 0.8) * std::exp(0.8 - 3.2 / pi)));
    // every neuron is within half a diagonal of the 6 x 6 between pinwheels
    for (const double d : analysis::pinwheel_distance(measured.pinwheels, n, n, Boundary::periodic))
        CHECK(d < 3.0 * std::sqrt(2.0) + 1e-9);
}

TEST_CASE("map quality is greatest at pi") {
    CHECK(analysis::map_quality(pi) == Approx(1.0));
    CHECK(analysis::map_quality(0.0) == 0.0);
    CHECK(analysis::map_quality(pi + 0.1) < 1.0);
    CHECK(analysis::map_quality(pi - 0.1) < 1.0);
    CHECK(analysis::map_quality(30.0) < 0.01);
    CHECK(std::isnan(analysis::map_quality(kNan)));
}
