// Running activity, thresholds and the count of dead neurons, by hand.
#include "sim/homeostasis.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {

using doctest::Approx;
using Values = std::vector<double>;

sim::Homeostasis homeostasis(const std::string& keys, const Values& lambda) {
    return {sim::HomeostasisSettings(sim::Params::parse("homeostasis: {" + keys + "}", "test")), lambda,
            lambda.size()};
}

}  // namespace

TEST_CASE("dead is who is active less than a hundredth as often as the mean neuron") {
    sim::Homeostasis of_all = homeostasis("rate: 0", Values(100, 1.0));
    Values activity(100, 1.0);
    activity[98] = 0.0099;  // the mean is 0.9802, a hundredth of it 0.0098
    activity[99] = 0.0097;
    of_all.restore(activity);
    CHECK(of_all.dead() == 1);
    activity[98] = 0.0097;
    of_all.restore(activity);
    CHECK(of_all.dead() == 2);
    of_all.restore(Values(100, 0.3));
    CHECK(of_all.dead() == 0);
}

TEST_CASE(
    "a threshold rises by no more than the rate, however busy its neuron, and falls by what is missing") {
    // Mean 0.1: the first neuron is busier by 9, which counts as 1; the second idle, -1; the third by half.
    const Values first{1.0, 2.0, 4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    sim::Homeostasis one = homeostasis("rate: 0.1", first);
    one.restore(Values{0.85, 0.0, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0});
    Values lambda = first;
    one.move(lambda);
    CHECK(lambda[0] == Approx(1.1));
    CHECK(lambda[1] == Approx(1.8));
    CHECK(lambda[2] == Approx(4.2));
    one.move(lambda);  // by the first thresholds, not by those of now
    CHECK(lambda[0] == Approx(1.2));
    CHECK(lambda[1] == Approx(1.6));
}

TEST_CASE("with targets thresholds move by factors, each to the activity its neuron is to have") {
    const Values first{1.0, 2.0, 4.0};
    sim::Homeostasis one{
        sim::HomeostasisSettings(
            sim::Params::parse("homeostasis: {rate: 0.1, target: [0.1, 0.2, 0.4]}", "test"), {1, 0, 0, 3, 3}),
        first, 3};
    one.restore(Values{0.15, 0.9, 0.4});  // by half too active; by far, which counts as 1; as it should be
    Values lambda = first;
    one.move(lambda);
    one.move(lambda);
    CHECK(lambda[0] == Approx(std::exp(0.1)));
    CHECK(lambda[1] == Approx(2.0 * std::exp(0.2)));
    CHECK(lambda[2] == 4.0);
    one.restore(Values{0.0, 0.0, 0.0});  // nobody was active: all fall, without end
    for (int k = 0; k < 100; ++k) one.move(lambda);
    CHECK(lambda[2] == Approx(4.0 * std::exp(-10.0)));
}

TEST_CASE("thresholds stay within their bounds, as multiples of the first") {
    const Values first{2.0, 2.0};
    sim::Homeostasis one = homeostasis("rate: 10, lowest: 0.25, highest: 1.5", first);
    one.restore(Values{1.0, 0.0});
    Values lambda = first;
    one.move(lambda);
    CHECK(lambda == Values{3.0, 0.5});
}

TEST_CASE("activity is a running share of presentations, forgotten over `memory` batches") {
    sim::Homeostasis one = homeostasis("rate: 0, memory: 4", Values(2, 1.0));
    one.restore(Values{0.5, 0.1});
    Eigen::MatrixXf codes = Eigen::MatrixXf::Zero(2, 4);
    codes(0, 1) = 0.3F;
    codes.row(1).head(3).setConstant(2.0F);
    one.observe(codes);
    CHECK(one.activity()[0] == Approx(0.75 * 0.5 + 0.25 * 0.25));
    CHECK(one.activity()[1] == Approx(0.75 * 0.1 + 0.25 * 0.75));
}
