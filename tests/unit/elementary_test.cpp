// Elementary functions against MPFR, and known bits, which have to be the same on every machine.
#include "sim/elementary.hpp"

#include <doctest/doctest.h>
#include <mpfr.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/exponentials.hpp"
#include "sim/rng.hpp"

namespace {

using Function = double (*)(double);
using Exact = int (*)(mpfr_t, const mpfr_t, mpfr_rnd_t);

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A number with room for all that matters.
class Wide {
  public:
    explicit Wide(double x) {
        mpfr_init2(value_, 200);
        mpfr_set_d(value_, x, MPFR_RNDN);
    }
    ~Wide() { mpfr_clear(value_); }
    Wide(const Wide&) = delete;
    mpfr_t& get() { return value_; }

  private:
    mpfr_t value_;
};

/// How far a function is from the exact one, in units of the last place.
double error(Function function, Exact exact, double x) {
    Wide result(x);
    exact(result.get(), result.get(), MPFR_RNDN);
    const double nearest = std::abs(mpfr_get_d(result.get(), MPFR_RNDN));
    mpfr_sub_d(result.get(), result.get(), function(x), MPFR_RNDN);
    return std::abs(mpfr_get_d(result.get(), MPFR_RNDN)) / (std::nextafter(nearest, kInfinity) - nearest);
}

double largest_error(Function function, Exact exact, double low, double high, bool is_of_size) {
    sim::Stream random(3, sim::Purpose::test, 0);
    double largest = 0.0;
    for (int k = 0; k < 20'000; ++k) {
        const double drawn = random.uniform(low, high);
        largest = std::max(largest, error(function, exact, is_of_size ? std::exp2(drawn) : drawn));
    }
    return largest;
}

}  // namespace

TEST_CASE("elementary functions are within a unit in the last place") {
    CHECK(largest_error(sim::exp, mpfr_exp, -708.0, 709.0, false) < 0.6);
    CHECK(largest_error(sim::exp, mpfr_exp, -745.0, -708.0, false) <= 1.0);  // rounded twice: subnormal
    CHECK(largest_error(sim::exp, mpfr_exp, -2.0, 2.0, false) < 0.6);
    CHECK(largest_error(sim::expm1, mpfr_expm1, -40.0, 709.0, false) < 1.0);
    CHECK(largest_error(sim::expm1, mpfr_expm1, -2.0, 2.0, false) < 1.0);
    CHECK(largest_error(sim::expm1, mpfr_expm1, -60.0, 0.0, true) < 1.0);
    CHECK(largest_error(sim::log, mpfr_log, 0.5, 2.0, false) < 1.0);
    CHECK(largest_error(sim::log, mpfr_log, -1074.0, 1024.0, true) < 1.0);
    CHECK(largest_error(sim::log1p, mpfr_log1p, -1.0, 1.0, false) < 1.0);
    CHECK(largest_error(sim::log1p, mpfr_log1p, -60.0, 1024.0, true) < 1.0);
    CHECK(largest_error(sim::sin, mpfr_sin, -7.0, 7.0, false) < 1.0);
    CHECK(largest_error(sim::sin, mpfr_sin, -1e6, 1e6, false) < 1.0);
    CHECK(largest_error(sim::sin, mpfr_sin, -60.0, 1.0, true) < 1.0);
    CHECK(largest_error(sim::cos, mpfr_cos, -7.0, 7.0, false) < 1.0);
    CHECK(largest_error(sim::cos, mpfr_cos, -1e6, 1e6, false) < 1.0);
}

TEST_CASE("elementary functions at the ends of what numbers hold") {
    CHECK(sim::exp(0.0) == 1.0);
    CHECK(sim::exp(kInfinity) == kInfinity);
    CHECK(sim::exp(-kInfinity) == 0.0);
    CHECK(sim::exp(709.79) == kInfinity);
    CHECK(sim::exp(-745.2) == 0.0);
    CHECK(std::isnan(sim::exp(NAN)));
    CHECK(sim::expm1(0.0) == 0.0);
    CHECK(sim::expm1(-kInfinity) == -1.0);
    CHECK(sim::expm1(kInfinity) == kInfinity);
    CHECK(std::isnan(sim::expm1(NAN)));
    CHECK(sim::log(1.0) == 0.0);
    CHECK(sim::log(0.0) == -kInfinity);
    CHECK(sim::log(kInfinity) == kInfinity);
    CHECK(std::isnan(sim::log(-1.0)));
    CHECK(std::isnan(sim::log(NAN)));
    CHECK(sim::log1p(0.0) == 0.0);
    CHECK(sim::log1p(-1.0) == -kInfinity);
    CHECK(sim::log1p(kInfinity) == kInfinity);
    CHECK(std::isnan(sim::log1p(-1.5)));
    CHECK(sim::sin(0.0) == 0.0);
    CHECK(sim::cos(0.0) == 1.0);
    CHECK(std::isnan(sim::sin(kInfinity)));
    CHECK(sim::pow(0.0, 2.0) == 0.0);
    CHECK(sim::pow(2.0, 0.0) == 1.0);
    CHECK(sim::pow(3.0, 4.0) == doctest::Approx(81.0).epsilon(1e-14));
}

TEST_CASE("elementary functions have the bits they always had") {
    // A digest of many values: it changes with the machine as soon as one bit of one of them does.
    std::uint64_t digest = 0xCBF29CE484222325;
    const auto add = [&digest](double x) {
        digest = (digest ^ std::bit_cast<std::uint64_t>(x)) * 0x100000001B3;
    };
    sim::Stream random(4, sim::Purpose::test, 0);
    for (int k = 0; k < 100'000; ++k) {
        const double x = random.uniform();
        for (const Function f : {sim::exp, sim::expm1, sim::log, sim::log1p, sim::sin, sim::cos})
            for (const double scale : {1.0, 30.0}) add(f(scale * x));
        add(sim::pow(x, 4.0));
        add(random.normal());
    }
    CHECK(digest == 0xB92A18AAC05F4194ULL);
}

TEST_CASE("exponentials, many at a time, are to the bit the logarithms of a stream's numbers in turn") {
    for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{0xFEDCBA9876543210}})
        for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{0x0000000300000007}}) {
            sim::Stream stream(seed, sim::Purpose::poisson, index);
            for (std::uint32_t block = 0; block < 2000; ++block)
                for (const double one : sim::exponentials(seed, sim::Purpose::poisson, index, block))
                    REQUIRE(std::bit_cast<std::uint64_t>(one) ==
                            std::bit_cast<std::uint64_t>(sim::log1p(-stream.uniform())));
        }
}
