// Decoders on Gaussian blobs, where the best classifier is known, and against brute force.
#include <doctest/doctest.h>
#include <libsvm/svm.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>

#include "decoding/classifiers.hpp"
#include "decoding/linear_classifiers.hpp"
#include "decoding/nearest_neighbours.hpp"
#include "decoding/rbf_svm.hpp"
#include "decoding/sparse_rows.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using decoding::Codes;
using decoding::CodeSet;
using decoding::Problem;
using decoding::Samples;

/// Frames in a set, the class of each from `label_of(i)`, its code from `code_of(stream, label)`.
template <class Code>
CodeSet frames(std::size_t n, std::size_t size, std::int32_t n_classes, std::uint64_t index,
               const Code& code) {
    sim::Stream stream(3, sim::Purpose::test, index);
    CodeSet set{n, size, {}, {}, std::vector<std::uint32_t>(n, 0)};
    for (std::size_t i = 0; i < n; ++i) {
        set.label.push_back(static_cast<std::int32_t>(i) % n_classes);
        for (const double a : code(stream, set.label.back())) set.a.push_back(static_cast<float>(a));
    }
    return set;
}

template <class Code>
Codes codes(std::size_t n, std::size_t size, std::int32_t n_classes, const Code& code) {
    return {"", "spikes", "", 1, frames(n, size, n_classes, 1, code), frames(n, size, n_classes, 2, code)};
}

/// Two round Gaussian blobs in the plane, 2 d apart along a slanted line, of unit variance.
Codes two_blobs(std::size_t n, double d) {
    return codes(n, 2, 2, [d](sim::Stream& stream, std::int32_t label) {
        const double side = label == 0 ? -d : d;
        return std::array{0.6 * side + stream.normal(), 0.8 * side + stream.normal()};
    });
}

/// A disc of class 0 in a ring of class 1: no line parts them.
Codes disc_in_ring(std::size_t n) {
    return codes(n, 2, 2, [](sim::Stream& stream, std::int32_t label) {
        const double radius = label == 0 ? stream.uniform(0.0, 1.0) : stream.uniform(1.2, 2.0);
        const double angle = stream.uniform(0.0, 2.0 * std::numbers::pi);
        return std::array{radius * std::cos(angle), radius * std::sin(angle)};
    });
}

/// Five blobs at the corners of a simplex.
Codes five_blobs(std::size_t n) {
    return codes(n, 5, 5, [](sim::Stream& stream, std::int32_t label) {
        std::array<double, 5> a{};
        a[static_cast<std::size_t>(label)] = 3.0;
        for (double& x : a) x += 0.3 * stream.normal();
        return a;
    });
}

const decoding::Classifier& classifier(const std::string& name) {
    return *std::ranges::find(decoding::classifiers(), name, &decoding::Classifier::name);
}

/// Class of the k nearest training frames by sorting all, ties as documented.
std::int32_t slow_neighbours(const Samples& training, const Eigen::RowVectorXf& x, std::size_t k) {
    std::vector<std::pair<double, std::size_t>> all;
    for (std::size_t j = 0; j < training.n(); ++j) {
        double squared = 0.0;
        for (Eigen::Index d = 0; d < x.size(); ++d)
            squared += std::pow(static_cast<double>(x[d]) - training.a(static_cast<Eigen::Index>(j), d), 2);
        all.emplace_back(squared, j);
    }
    std::ranges::sort(all);
    std::vector<int> votes(training.n_classes, 0);
    for (std::size_t m = 0; m < k; ++m) ++votes[static_cast<std::size_t>(training.label[all[m].second])];
    for (std::size_t m = 0; m < k; ++m)
        if (const auto label = training.label[all[m].second];
            votes[static_cast<std::size_t>(label)] == std::ranges::max(votes))
            return label;
    return -1;
}

}  // namespace

TEST_CASE("linear classifiers come to the error that the best line has") {
    // of blobs 2 d apart: P(normal > d) wrongly; 4000 frames, so a standard deviation of 0.006
    const double d = 1.0, best = 1.0 - 0.5 * std::erfc(d / std::numbers::sqrt2);
    const Problem problem(two_blobs(4000, d), "blobs", 1);
    for (const char* name : {"logistic", "linear_svm"}) {
        CAPTURE(name);
        CHECK(decode(classifier(name), problem).accuracy == doctest::Approx(best).epsilon(0.02));
    }
}

TEST_CASE("no slope is left where a linear classifier stands") {
    const Problem problem(five_blobs(200), "blobs", 1);
    const Samples training = problem.training();
    const auto slope_of = [](decoding::Loss loss, double margin) {  // of the loss at y f
        return loss == decoding::Loss::logistic ? -1.0 / (1.0 + std::exp(margin))
                                                : -2.0 * std::max(0.0, 1.0 - margin);
    };
    for (const auto loss : {decoding::Loss::logistic, decoding::Loss::squared_hinge}) {
        const std::array C{0.5, 20.0};
        const auto solutions = linear_weights(loss, training, C);
        for (std::size_t k = 0; k < C.size(); ++k)
            for (std::int32_t c = 0; c < 5; ++c) {
                const Eigen::RowVectorXd w = solutions[k].row(c);
                Eigen::RowVectorXd slope = w, at_zero = Eigen::RowVectorXd::Zero(6);
                for (Eigen::Index i = 0; i < training.a.rows(); ++i) {
                    Eigen::RowVectorXd x(6);
                    x << training.a.row(i).cast<double>(), 1.0;
                    const double y = training.label[static_cast<std::size_t>(i)] == c ? 1.0 : -1.0;
                    slope += C[k] * slope_of(loss, y * w.dot(x)) * y * x;
                    at_zero += C[k] * slope_of(loss, 0.0) * y * x;
                }
                // liblinear stops at 0.01 of the slope at 0, times the share of the smaller class, 1/5
                CHECK(slope.norm() < 0.01 / 5.0 * at_zero.norm());
            }
    }
}

TEST_CASE("duels between classes are those of libsvm itself") {
    // four blobs that overlap
    const Problem problem(
        codes(400, 2, 4,
              [](sim::Stream& stream, std::int32_t label) {
                  return std::array{(label % 2) + 0.6 * stream.normal(), (label / 2) + 0.6 * stream.normal()};
              }),
        "blobs", 1);
    const Samples training = problem.training(), tested = problem.held_out();
    const decoding::SparseRows<svm_node> rows(training), tested_rows(tested);
    std::vector<svm_node*> x = rows.rows();
    std::vector<double> y(training.label.begin(), training.label.end());
    const svm_problem all{static_cast<int>(y.size()), y.data(), x.data()};
    svm_parameter how{};
    how.svm_type = C_SVC;
    how.kernel_type = RBF;
    how.gamma = 0.7;
    how.C = 2.0;
    how.cache_size = 10.0;
    how.eps = 1e-3;
    svm_set_print_string_function([](const char*) {});
    svm_model* model = svm_train(&all, &how);
    std::vector<std::int32_t> found;
    for (std::size_t i = 0; i < tested.n(); ++i)
        found.push_back(static_cast<std::int32_t>(svm_predict(model, tested_rows.row(i))));
    svm_free_and_destroy_model(&model);
    const double accuracy = decoding::accuracy(found, tested.label);
    CHECK(accuracy > 0.5);
    // two frames at most: where classes win equally many duels, and at rounding
    CHECK(std::abs(decoding::accuracy(rbf_svm_classes(training, tested, {2.0, 0.7}), tested.label) -
                   accuracy) <= 2.0 / 400.0);
}

TEST_CASE("where no line parts the classes, a Gaussian kernel and neighbours do") {
    const Problem problem(disc_in_ring(900), "ring", 1);
    CHECK(decode(classifier("logistic"), problem).accuracy < 0.75);
    CHECK(decode(classifier("linear_svm"), problem).accuracy < 0.75);
    CHECK(decode(classifier("rbf_svm"), problem).accuracy > 0.98);
    CHECK(decode(classifier("knn"), problem).accuracy > 0.96);
}

TEST_CASE("every classifier tells several classes apart, and shuffled labels at chance") {
    const Problem problem(five_blobs(500), "blobs", 1);
    Codes random = five_blobs(500);
    sim::Stream stream(1, sim::Purpose::test, 9);
    for (CodeSet* set : {&random.training, &random.held_out})
        for (auto& label : set->label) label = static_cast<std::int32_t>(stream.below(5));
    const Problem chance(random, "chance", 1);
    for (const auto& each : decoding::classifiers()) {
        CAPTURE(each.name);
        CHECK(decode(each, problem).accuracy > 0.99);
        // 500 frames of five classes: 0.2 with a standard deviation of 0.018
        CHECK(decode(each, chance).accuracy == doctest::Approx(0.2).epsilon(0.4));
    }
}

TEST_CASE("most neighbours win, and the nearest of as many") {
    // at 0.4: first class 0 at 0, then class 1 at 1 and 1.5
    const CodeSet set{3, 1, {0.0F, 1.0F, 1.5F}, {0, 1, 1}, {0, 0, 0}}, tested{1, 1, {0.4F}, {1}, {0}};
    const Problem problem({"", "spikes", "", 1, set, tested}, "line", 1);
    CHECK(neighbour_classes(problem.training(), problem.held_out(), std::array<std::size_t, 3>{1, 2, 3}) ==
          std::vector<decoding::Found>{{0}, {0}, {1}});
}

TEST_CASE("neighbours are those that sorting finds, ties too") {
    // more frames than a block of distances; few different codes, so that votes tie often
    const Problem problem(codes(300, 2, 3,
                                [](sim::Stream& stream, std::int32_t label) {
                                    return std::array{static_cast<double>(stream.below(40)) + label,
                                                      static_cast<double>(stream.below(60))};
                                }),
                          "grid", 1);
    const Samples training = problem.training(), tested = problem.held_out();
    const std::array<std::size_t, 4> k{1, 2, 4, 7};
    const auto fast = neighbour_classes(training, tested, k);
    for (std::size_t c = 0; c < k.size(); ++c) {
        std::vector<std::int32_t> found;
        for (Eigen::Index i = 0; i < tested.a.rows(); ++i)
            found.push_back(slow_neighbours(training, tested.a.row(i), k[c]));
        // frames at equal distances can change places by rounding
        CHECK(decoding::accuracy(fast[c], tested.label) ==
              doctest::Approx(decoding::accuracy(found, tested.label)).epsilon(0.03));
    }
    // all are neighbours: every class has as many, so that the nearest says
    CHECK(neighbour_classes(training, tested, std::array<std::size_t, 1>{100000}).front() == fast[0]);
}

TEST_CASE("a class of one frame breaks nothing, wherever the frame falls") {
    Codes all = five_blobs(60);
    for (std::int32_t& label : all.training.label)
        if (label == 3) label = 2;
    all.training.label[8] = 3;
    for (std::int32_t& label : all.held_out.label) label = std::min(label, 2);
    for (std::uint64_t seed = 1; seed <= 8; ++seed)
        for (const auto& each : decoding::classifiers())
            CHECK(decode(each, Problem(all, "blobs", seed)).accuracy > 0.5);
}

TEST_CASE("the frames are shuffled and scaled, and no frame is in two parts") {
    // the code of a frame is its number
    CodeSet set{60, 1, {}, {}, std::vector<std::uint32_t>(60, 0)};
    for (int i = 0; i < 60; ++i) {
        set.a.push_back(static_cast<float>(i));
        set.label.push_back(i < 30 ? 4 : 7);
    }
    const Problem problem({"", "spikes", "", 1, set, set}, "numbers", 1);
    CHECK(problem.labels() == std::vector<std::int32_t>{4, 7});
    CHECK(problem.fitting().n() == 50);
    CHECK(problem.validation().n() == 10);
    const auto all = problem.training();
    // variance of 0 .. 59: (60^2 - 1) / 12
    const double scale = std::sqrt((60.0 * 60.0 - 1.0) / 12.0);
    std::vector<int> numbers;
    for (Eigen::Index i = 0; i < 60; ++i) {
        numbers.push_back(static_cast<int>(std::lround(all.a(i, 0) * scale)));
        CHECK(all.a(i, 0) * scale == doctest::Approx(numbers.back()));
        CHECK(all.label[static_cast<std::size_t>(i)] == (numbers.back() < 30 ? 0 : 1));
    }
    CHECK_FALSE(std::ranges::is_sorted(numbers));
    std::ranges::sort(numbers);
    for (int i = 0; i < 60; ++i) CHECK(numbers[static_cast<std::size_t>(i)] == i);
    CHECK(problem.validation().a(9, 0) == all.a(59, 0));
    const Problem other({"", "spikes", "", 1, set, set}, "numbers", 2);
    CHECK(other.training().a != all.a);
}

TEST_CASE("codes that cannot be decoded are refused, with file and dataset") {
    const auto refuses = [](const std::function<void(Codes&)>& spoil, const char* words) {
        Codes all = five_blobs(20);
        spoil(all);
        CHECK_THROWS_WITH_AS(Problem(all, "some.h5", 1), doctest::Contains(words), sim::IoError);
    };
    refuses([](Codes& c) { c.training.label[3] = -1; },
            "some.h5: /training/labels: every frame must have a class from 0, frame 3 has -1");
    refuses([](Codes& c) { c.held_out.label[0] = 8; },
            "/held_out/labels: class 8 must be of a training frame too");
    refuses([](Codes& c) { std::ranges::fill(c.training.label, 2); },
            "must be of two classes or more, all are 2");
    refuses([](Codes& c) { std::ranges::fill(c.training.a, 1.0F); }, "/training/codes: must differ");
    refuses([](Codes& c) { c.held_out = {0, 5, {}, {}, {}}; }, "/held_out/codes: must hold frames");
    refuses([](Codes& c) { c.training.size = 0; }, "/training/codes: must be of one neuron or more");
}
