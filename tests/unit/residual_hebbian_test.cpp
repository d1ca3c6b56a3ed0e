// How the learning rate and the neighbourhood of residual_hebbian are annealed, by hand.
#include <doctest/doctest.h>

#include <string>

#include "sim/dictionary.hpp"
#include "sim/plasticity.hpp"
#include "sim/rng.hpp"
#include "sim/sheet.hpp"

namespace {

using doctest::Approx;

constexpr std::size_t kBatches = 100;

std::unique_ptr<sim::Plasticity> rule(const std::string& keys) {
    static const sim::Sheet sheet(3, 4, sim::Boundary::open);  // which the rule goes on to look at
    return sim::Registry<sim::Plasticity>::instance().make(
        "residual_hebbian", sim::Params::parse("residual_hebbian: {" + keys + "}", "test"),
        {sheet, kBatches});
}

Eigen::MatrixXf random_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t index) {
    sim::Stream random(1, sim::Purpose::test, index);
    Eigen::MatrixXf all(rows, cols);
    for (Eigen::Index i = 0; i < all.size(); ++i) all.data()[i] = static_cast<float>(random.normal());
    return all;
}

/// Fields after one batch, the so-manieth, has been learned from.
std::vector<float> learned(const std::string& keys, std::size_t batch) {
    sim::Dictionary dictionary(sim::Sheet(3, 4, sim::Boundary::open), {5, 5, 0.0, 0.0});
    dictionary.initialise(1);
    const Eigen::MatrixXf residual = random_matrix(25, 3, 2), codes = random_matrix(12, 3, 3).cwiseMax(0.0F),
                          hidden;
    sim::Program program;
    rule(keys)->learn({batch, residual, codes, residual, hidden}, dictionary, program);
    return dictionary.values();
}

double greatest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    double greatest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        greatest = std::max(greatest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    return greatest;
}

}  // namespace

TEST_CASE("the neighbourhood narrows straight from its start to its end, over part of the run") {
    const auto one = rule("width_start: 3, width_end: 0.5, annealed_over: 0.5");
    CHECK(one->neighbourhood_width(0) == Approx(3.0));
    CHECK(one->neighbourhood_width(10) == Approx(2.5));  // a fifth of 50 batches
    CHECK(one->neighbourhood_width(50) == Approx(0.5));
    CHECK(one->neighbourhood_width(99) == Approx(0.5));
    CHECK(rule("width_start: 3")->neighbourhood_width(60) == 3.0);
    CHECK(rule("width_start: 7, width_end: 0")->neighbourhood_width(35) == Approx(3.5));  // 0.7 by default
}

TEST_CASE("a batch is learned from at the rate and width to which they have been annealed") {
    constexpr double kRounding = 1e-6;  // of fields of unit norm, float
    const std::string rates = "eta: 0.4, eta_end: 0.1, annealed_over: 0.5",
                      widths = "eta: 0.2, width_start: 2, width_end: 1, annealed_over: 0.5";
    CHECK(greatest_difference(learned(rates, 0), learned("eta: 0.4", 0)) < kRounding);
    CHECK(greatest_difference(learned(rates, 25), learned("eta: 0.25", 0)) < kRounding);
    CHECK(greatest_difference(learned(rates, 80), learned("eta: 0.1", 0)) < kRounding);
    CHECK(greatest_difference(learned(widths, 25), learned("eta: 0.2, width_start: 1.5", 0)) < kRounding);
    CHECK(greatest_difference(learned(widths, 80), learned("eta: 0.2, width_start: 1", 0)) < kRounding);
    // These tell rates and widths apart.
    CHECK(greatest_difference(learned("eta: 0.25", 0), learned("eta: 0.2", 0)) > 1e-3);
    CHECK(greatest_difference(learned("width_start: 1.5", 0), learned("width_start: 2", 0)) > 1e-4);
}
