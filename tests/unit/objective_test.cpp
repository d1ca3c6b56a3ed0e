// What codes are asked for: identities of the objectives, codes against solvers that share no code, and the
// rule of learning against finite differences.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "sim/circuit_build.hpp"
#include "sim/error.hpp"
#include "sim/plasticity.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"
#include "tests/encoder.hpp"

namespace {

using Eigen::MatrixXd;
using Eigen::MatrixXf;
using Eigen::VectorXd;
using sim::Params;

constexpr Eigen::Index kPixels = 25, kNeurons = 12, kFrames = 3;

MatrixXf random_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t number) {
    sim::Stream stream(11, sim::Purpose::test, number);
    MatrixXf m(rows, cols);
    for (float& x : m.reshaped()) x = static_cast<float>(stream.normal());
    return m;
}

/// 12 neurons that see 5 x 5 px, with random fields of norms about `norm`.
sim::Network network(const std::string& objective, double lambda, float norm = 1.0F,
                     const std::string& neurons = "kind: slca, slca: {q: 0.02 tau}") {
    sim::RunSettings settings(
        Params::parse("frame: {height: 5 px, width: 5 px}\nstimulus: {kind: dead_leaves}\n"
                      "populations: {v1: {sheet: {rows: 3, cols: 4}, objective: {" +
                          objective + "}, lambda: " + std::to_string(lambda) + ", " + neurons + "}}\n",
                      "test"));
    sim::Network made = std::move(settings.populations[0].codes->network);
    made.lay_out();
    MatrixXf Phi = random_matrix(kPixels, kNeurons, 1).colwise().normalized();
    if (norm != 1.0F)
        for (Eigen::Index i = 0; i < kNeurons; ++i) Phi.col(i) *= norm + 0.05F * static_cast<float>(i);
    made.fields().set_values({Phi.data(), static_cast<std::size_t>(Phi.size())});
    made.refresh_interaction();
    return made;
}

MatrixXd fields(const sim::Network& of) {
    const auto values = of.fields().values();
    return Eigen::Map<const MatrixXf>(values.data(), kPixels, kNeurons).cast<double>();
}

/// Frames that a few of the fields make up, so that codes are sparse.
MatrixXf frames(const sim::Network& of) {
    const MatrixXf a = (random_matrix(kNeurons, kFrames, 2).array() - 0.8F).max(0.0F);
    return fields(of).cast<float>() * a + 0.1F * random_matrix(kPixels, kFrames, 3);
}

double energy(const sim::Network& of, const MatrixXf& s, const MatrixXf& a) {
    return of.energy(of.fields().residual(s, a).cast<double>().squaredNorm(),
                     {of.pose(s).price.data(), static_cast<std::size_t>(kNeurons)},
                     {a.data(), static_cast<std::size_t>(kNeurons)});
}

/// Nearest point with sum `sum` and no part below 0 (Held, Wolfe & Crowder 1974).
VectorXd on_simplex(const VectorXd& x, double sum) {
    std::vector<double> sorted(x.begin(), x.end());
    std::ranges::sort(sorted, std::greater());
    double so_far = 0.0, shift = 0.0;
    for (std::size_t k = 0; k < sorted.size(); ++k) {
        so_far += sorted[k];
        const double candidate = (so_far - sum) / static_cast<double>(k + 1);
        if (sorted[k] > candidate) shift = candidate;
    }
    return (x.array() - shift).max(0.0);
}

double distance_squared(const VectorXd& x, const VectorXd& y) { return (x - y).squaredNorm(); }

/// KDS by projected gradient steps: 1/2 |s - Phi a|^2 + lambda sum a_j |s - phi_j|^2 over a >= 0, sum a =
/// sum.
VectorXd kds(const MatrixXd& Phi, const VectorXd& s, double lambda, double sum) {
    VectorXd weight(kNeurons);
    for (Eigen::Index j = 0; j < kNeurons; ++j) weight(j) = lambda * distance_squared(s, Phi.col(j));
    const double step = 1.0 / (Phi.transpose() * Phi).trace();  // the trace is above the largest eigenvalue
    VectorXd a = VectorXd::Constant(kNeurons, sum / kNeurons);
    for (int k = 0; k < 200000; ++k)
        a = on_simplex(a + step * (Phi.transpose() * (s - Phi * a) - weight), sum);
    return a;
}

}  // namespace

TEST_CASE(
    "weighted: the price of codes is the quadratic form of the Laplacian of the graph of frames and fields") {
    const sim::Network net = network("kind: weighted", 0.3, 0.7F);
    const MatrixXf s = frames(net), x = random_matrix(kNeurons, kFrames, 4).cwiseAbs();
    constexpr Eigen::Index kNodes = kFrames + kNeurons;
    MatrixXd W = MatrixXd::Zero(kNodes, kNodes), Z(kNodes, kPixels);
    W.topRightCorner(kFrames, kNeurons) = x.transpose().cast<double>();
    W.bottomLeftCorner(kNeurons, kFrames) = x.cast<double>();
    Z << s.transpose().cast<double>(), fields(net).transpose();
    const MatrixXd L = MatrixXd(W.rowwise().sum().asDiagonal()) - W;
    const double form = 0.3 * (Z.transpose() * L * Z).trace();
    CHECK(static_cast<double>(net.pose(s).price.cwiseProduct(x).sum()) ==
          doctest::Approx(form).epsilon(1e-5));  // floats
}

TEST_CASE("the energy of a code is that of the program it is a code of") {
    for (const std::string objective : {"kind: l1", "kind: weighted", "kind: simplex, rho: 4"}) {
        CAPTURE(objective);
        const sim::Network net = network(objective, 0.15, 0.8F);
        const MatrixXf s = frames(net).col(0), a = random_matrix(kNeurons, 1, 5).cwiseMax(0.0F);
        const VectorXd b = net.pose(s).drive.cast<double>(), code = a.cast<double>();
        const double constant = 0.5 * s.cast<double>().squaredNorm() + (objective.ends_with("4") ? 2.0 : 0.0);
        CHECK(energy(net, s, a) ==
              doctest::Approx(constant + sim::energy(net.program, {b.data(), 12}, {code.data(), 12}))
                  .epsilon(1e-5));
    }
}

TEST_CASE("weighted: under fields of unit norm its codes are those of l1 at another threshold, scaled") {
    constexpr double kLambda = 0.12;
    const sim::Network weighted = network("kind: weighted", kLambda);
    const MatrixXf s = frames(weighted).col(1);
    const double r2 = s.cast<double>().squaredNorm();
    const sim::Network l1 = network("kind: l1", kLambda * (1.0 + r2) / (1.0 + 2.0 * kLambda));
    const MatrixXf of_weighted = weighted.optima(weighted.pose(s), 1e-6), of_l1 = l1.optima(l1.pose(s), 1e-6);
    REQUIRE((of_l1.array() > 0.0F).count() > 1);
    CHECK((of_weighted - static_cast<float>(1.0 + 2.0 * kLambda) * of_l1).cwiseAbs().maxCoeff() < 1e-5F);
}

TEST_CASE("simplex: its codes are those of KDS, for the sum they have, which goes to 1 with rho") {
    double last = 1.0;
    for (const double rho : {2.0, 20.0, 200.0}) {
        const sim::Network net = network("kind: simplex, rho: " + std::to_string(rho), 0.05, 1.2F);
        const MatrixXf s = frames(net).col(1);
        const VectorXd a = net.optima(net.pose(s), 1e-6).cast<double>();
        CHECK((a - kds(fields(net), s.cast<double>(), 0.05, a.sum())).cwiseAbs().maxCoeff() < 1e-4);
        CHECK(std::abs(a.sum() - 1.0) < 0.3 * last);  // in proportion to 1/rho: a tenth each time
        last = std::abs(a.sum() - 1.0);
        if (rho == 200.0)
            CHECK((a - kds(fields(net), s.cast<double>(), 0.05, 1.0)).cwiseAbs().maxCoeff() < 0.01);
    }
}

TEST_CASE("spiking and analog neurons find the optimum of every objective") {
    for (const std::string objective :
         {"kind: l1", "kind: weighted", "kind: simplex, rho: 3", "signed: true"}) {
        for (const std::string neurons : {"kind: slca, slca: {q: 0.02 tau}", "kind: lca"}) {
            CAPTURE(objective);
            CAPTURE(neurons);
            const sim::Network net = network(objective, 0.1, 1.1F, neurons);
            const MatrixXf s = frames(net);
            const sim::Problems posed = net.pose(s);
            test::Encoder encoder(net.neurons(), net.program, {600.0, 200.0}, kFrames);
            const MatrixXf codes = net.codes(encoder.encode(posed.drive, 0));
            const MatrixXf best = net.optima(posed, 1e-6);
            REQUIRE(codes.rows() == kNeurons);
            CHECK((codes - best).cwiseAbs().maxCoeff() < 0.02F);
            for (Eigen::Index k = 0; k < kFrames; ++k)
                CHECK(energy(net, s.col(k), codes.col(k)) <
                      energy(net, s.col(k), best.col(k)) * (1.0 + 1e-3));
        }
    }
}

TEST_CASE("signed: the code is the LASSO's, by iterated shrinkage") {
    const sim::Network net = network("signed: true", 0.2);
    const MatrixXf s = 3.0F * random_matrix(kPixels, 1, 6);
    const MatrixXd Phi = fields(net);
    const double step = 1.0 / (Phi.transpose() * Phi).trace();
    VectorXd a = VectorXd::Zero(kNeurons);
    for (int k = 0; k < 20000; ++k) {
        const Eigen::ArrayXd x = a + step * Phi.transpose() * (s.cast<double>() - Phi * a);
        a = x.sign() * (x.abs() - 0.2 * step).max(0.0);
    }
    REQUIRE(a.minCoeff() < -0.1);
    REQUIRE(a.maxCoeff() > 0.1);
    CHECK((net.optima(net.pose(s), 1e-7).cast<double>() - a).cwiseAbs().maxCoeff() < 1e-5);
}

TEST_CASE("signed, with a ridge: the code is that of the elastic net, by iterated shrinkage") {
    const sim::Network net = network("signed: true, delta: 0.7", 0.2);
    const MatrixXf s = 3.0F * random_matrix(kPixels, 1, 6);
    const MatrixXd Phi = fields(net);
    const double step = 1.0 / ((Phi.transpose() * Phi).trace() + 0.7);
    VectorXd a = VectorXd::Zero(kNeurons);
    for (int k = 0; k < 20000; ++k) {
        const Eigen::ArrayXd x = a + step * (Phi.transpose() * (s.cast<double>() - Phi * a) - 0.7 * a);
        a = x.sign() * (x.abs() - 0.2 * step).max(0.0);
    }
    REQUIRE(a.minCoeff() < -0.1);
    REQUIRE(a.maxCoeff() > 0.1);
    const MatrixXf best = net.optima(net.pose(s), 1e-7);
    CHECK((best.cast<double>() - a).cwiseAbs().maxCoeff() < 1e-5);
    const double cost =
        0.5 * (s.cast<double>() - Phi * a).squaredNorm() + 0.2 * a.cwiseAbs().sum() + 0.35 * a.squaredNorm();
    CHECK(energy(net, s, best) == doctest::Approx(cost).epsilon(1e-5));
}

TEST_CASE("lca with the hard threshold: active neurons are not held back") {
    const sim::Network net = network("kind: l1", 0.3, 1.0F, "kind: lca, lca: {threshold: hard}");
    const MatrixXf s = frames(net).col(1);
    test::Encoder encoder(net.neurons(), net.program, {600.0, 200.0}, 1);
    const VectorXd a = encoder.encode(net.pose(s).drive, 0);
    const VectorXd missing = net.pose(s).drive.cast<double>() - fields(net).transpose() * fields(net) * a;
    REQUIRE((a.array() > 0.0).count() > 0);
    for (Eigen::Index i = 0; i < kNeurons; ++i) {
        if (a(i) > 0.0) CHECK(std::abs(missing(i)) < 1e-4);  // u = a: nothing left to explain along its field
        if (a(i) > 0.0) CHECK(a(i) > 0.3);
        if (a(i) == 0.0) CHECK(missing(i) <= 0.3 + 1e-4);
    }
}

// ---- learning

namespace {

std::unique_ptr<sim::Plasticity> rule(const sim::Network& net, const std::string& keys) {
    return sim::Registry<sim::Plasticity>::instance().make(
        "residual_hebbian", Params::parse("residual_hebbian: {" + keys + "}", "test"),
        {net.sheet(), 10, 0, 1, net.settings().objective, static_cast<std::size_t>(kPixels)});
}

struct Batch {
    MatrixXf s, a;
};
Batch batch(const sim::Network& net) {
    return {frames(net), random_matrix(kNeurons, kFrames, 7).cwiseMax(0.0F)};
}

void learn(sim::Plasticity& rule, sim::Network& net, const Batch& from) {
    const MatrixXf residual = net.fields().residual(from.s, from.a), hidden(0, kFrames);
    rule.learn({0, from.s, from.a, residual, hidden}, net.fields(), net.program);
}

/// Mean of y^2 times frames: what the rule divides its step by.
double divisor(const Batch& of) {
    return of.a.cast<double>().squaredNorm() / static_cast<double>(of.a.size()) * kFrames;
}

/// sum over frames of 1/2 |s - Phi a|^2 + sum_j lambda_j a_j |s - phi_j|^2
double weighted_energy(const MatrixXd& Phi, const Batch& of, const std::vector<double>& lambda) {
    const MatrixXd s = of.s.cast<double>(), a = of.a.cast<double>();
    double sum = 0.5 * (s - Phi * a).squaredNorm();
    for (Eigen::Index k = 0; k < kFrames; ++k)
        for (Eigen::Index j = 0; j < kNeurons; ++j)
            sum += lambda[static_cast<std::size_t>(j)] * a(j, k) * distance_squared(s.col(k), Phi.col(j));
    return sum;
}

}  // namespace

/// sum over frames of a_i (sum_j a_j + 2 lambda_i): what bounds the curvature of the energy along field i.
double curvature(const Batch& of, Eigen::Index i, double lambda) {
    double sum = 0.0;
    for (Eigen::Index k = 0; k < kFrames; ++k)
        sum += static_cast<double>(of.a(i, k)) * (of.a.col(k).cast<double>().sum() + 2.0 * lambda);
    return sum;
}

TEST_CASE(
    "residual_hebbian, weighted and simplex: the step is minus the gradient over 1 + eta times the "
    "curvature") {
    for (const std::string kind : {"weighted", "simplex"}) {
        sim::Network net = network("kind: " + kind, 0.2, 0.9F);
        for (std::size_t i = 0; i < 12; ++i)
            net.program.lambda[i] = 0.1 + 0.02 * static_cast<double>(i);  // homeostasis
        const Batch from = batch(net);
        const MatrixXd before = fields(net);
        constexpr double kEta = 0.1, kStep = 1e-5;
        learn(*rule(net, "eta: 0.1"), net, from);
        const MatrixXd moved = (fields(net) - before) * (divisor(from) / kEta);
        for (const auto& [p, i] : {std::pair{0, 0}, {7, 3}, {24, 11}, {12, 6}}) {
            MatrixXd up = before, down = before;
            up(p, i) += kStep;
            down(p, i) -= kStep;
            const double slope = (weighted_energy(up, from, net.program.lambda) -
                                  weighted_energy(down, from, net.program.lambda)) /
                                 (2.0 * kStep);
            const double bound = curvature(from, i, net.program.lambda[static_cast<std::size_t>(i)]);
            CHECK(moved(p, i) * (1.0 + kEta / divisor(from) * bound) ==
                  doctest::Approx(-slope).epsilon(1e-3));
        }
    }
}

TEST_CASE("residual_hebbian, weighted and simplex: no step raises the energy, at any eta") {
    for (const std::string kind : {"weighted", "simplex"})
        for (const double eta : {0.05, 1.0, 30.0, 1e6}) {
            sim::Network net = network("kind: " + kind, 0.5, 0.9F);
            Batch from = batch(net);
            from.a.row(3).setConstant(4.0F);  // a busy one, with whom a plain step of 0.05 overshoots
            const std::vector<double> lambda(12, 0.5);
            double last = weighted_energy(fields(net), from, lambda);
            for (int step = 0; step < 30; ++step) {
                learn(*rule(net, "eta: " + std::to_string(eta)), net, from);
                const double energy = weighted_energy(fields(net), from, lambda);
                CHECK(energy <= last * (1.0 + 1e-5));  // of floats
                last = energy;
            }
            CHECK(fields(net).norm() < 100.0);
        }
}

TEST_CASE("residual_hebbian, weighted: one neuron alone steps to the least energy, as eta grows") {
    sim::Network net = network("kind: weighted", 0.2, 0.9F);
    Batch from{frames(net), MatrixXf::Zero(kNeurons, kFrames)};
    from.a(5, 1) = 0.4F;  // 1/2 |s - a phi|^2 + lambda a |s - phi|^2: phi = s (1 + 2 lambda) / (a + 2 lambda)
    learn(*rule(net, "eta: 1e7"), net, from);
    const VectorXd expected = from.s.col(1).cast<double>() * (1.0 + 0.4) / (0.4 + 0.4);
    CHECK((fields(net).col(5) - expected).norm() < 1e-4 * expected.norm());
}

TEST_CASE("codes that cost more than silence end learning") {
    sim::RunSettings settings(
        Params::parse("frame: {height: 5 px, width: 5 px}\nstimulus: {kind: dead_leaves}\n"
                      "populations: {v1: {sheet: {rows: 3, cols: 4}, objective: {kind: weighted}, lambda: "
                      "0.2, plasticity: {\n"
                      "  residual_hebbian: {eta: 0.1}}}}\n",
                      "test"));
    sim::CodingSheet& sheet = *settings.populations[0].codes;
    sheet.randomise();
    const MatrixXf s = 0.3F * random_matrix(kPixels, kFrames, 3), hidden(0, kFrames);
    const sim::Problems posed = sheet.network.pose(s);
    const MatrixXf best = sheet.network.optima(posed, 1e-6);
    REQUIRE(best.any());
    CHECK_NOTHROW(sheet.learn(0, s, posed, best, hidden, 0.0));
    CHECK_NOTHROW(sheet.learn(1, s, sheet.network.pose(s), MatrixXf::Zero(kNeurons, kFrames), hidden, 0.0));
    std::string message;
    try {
        sheet.learn(7, s, sheet.network.pose(s), MatrixXf::Constant(kNeurons, kFrames, 3.0F), hidden, 0.0);
    } catch (const sim::NumericsError& error) {
        message = error.what();
    }
    CHECK(message.starts_with("population v1: batch 7: its codes have an energy of "));
    CHECK(message.find("learning runs away") != std::string::npos);

    sheet.is_driven_by_stills_alone = false;  // then codes answer to more than the frame
    CHECK_NOTHROW(
        sheet.learn(8, s, sheet.network.pose(s), MatrixXf::Constant(kNeurons, kFrames, 3.0F), hidden, 0.0));
}

TEST_CASE("only stills that are all that drives a population have to be explained") {
    const auto is_so = [](const char* more) {
        const sim::RunSettings settings(Params::parse(
            fmt::format(
                "frame: {{height: 5 px, width: 5 px}}\nstimulus: {{kind: dead_leaves, dead_leaves: {{drift: "
                "40 px/s}}}}\npopulations: {{noise: {{kind: poisson, size: 4, poisson: {{rate: 5 Hz}}}}, v1: "
                "{{sheet: {{rows: 3, cols: "
                "4}}}}}}\n{}",
                more),
            "test"));
        return settings.populations[1].codes->is_driven_by_stills_alone;
    };
    CHECK(is_so(""));
    CHECK_FALSE(is_so("presentation: {frames: 2}"));
    CHECK_FALSE(is_so("projections: {p: {from: noise, to: v1, weight: 1, delay: 1 ms}}"));
}

TEST_CASE("a step after which codes cost more than silence ends learning") {
    sim::RunSettings settings(
        Params::parse("frame: {height: 5 px, width: 5 px}\nstimulus: {kind: dead_leaves}\n"
                      "populations: {v1: {sheet: {rows: 3, cols: 4}, objective: {kind: simplex}, lambda: "
                      "0.2, plasticity: {\n"
                      "  residual_hebbian: {eta: 30, optimizer: adam}}}}\n",
                      "test"));
    sim::CodingSheet& sheet = *settings.populations[0].codes;
    sheet.randomise();
    const MatrixXf s = random_matrix(kPixels, kFrames, 3), hidden(0, kFrames);
    const sim::Problems posed = sheet.network.pose(s);
    CHECK_THROWS_AS(sheet.learn(0, s, posed, sheet.network.optima(posed, 1e-6), hidden, 0.0),
                    sim::NumericsError);
}

TEST_CASE("fields that start as frames are the first training frames, at their norm or at unit norm") {
    for (const std::string objective : {"simplex", "l1"}) {
        sim::RunSettings settings(
            Params::parse("seed: 3\nframe: {height: 1 px, width: 2 px}\nstimulus: {kind: moons}\n"
                          "populations: {v1: {sheet: {rows: 2, cols: 3}, objective: {kind: " +
                              objective + "}, fields: {kind: frames}}}\n",
                          "test"));
        sim::make_fields(settings);
        const auto stimulus = sim::make_stimulus(settings);
        const auto values = settings.populations[0].codes->network.fields().values();
        for (std::uint64_t i = 0; i < 6; ++i) {
            std::vector<float> frame(2);
            std::vector<double> shown(2);
            stimulus->frame(sim::FrameSet::training, i, frame, shown);
            const float norm = objective == "l1" ? std::hypot(frame[0], frame[1]) : 1.0F;
            CHECK(values[2 * i] == doctest::Approx(frame[0] / norm).epsilon(1e-6));
            CHECK(values[2 * i + 1] == doctest::Approx(frame[1] / norm).epsilon(1e-6));
        }
    }
}

TEST_CASE("a frame without an optimum has a code that is no number, and the others their own") {
    const sim::Network net = network("kind: l1", 0.15);
    sim::Problems posed = net.pose(frames(net));
    posed.drive(4, 1) = std::numeric_limits<float>::quiet_NaN();  // as if no search came to an end
    const MatrixXf best = net.optima(posed, 1e-6);
    CHECK(best.col(1).hasNaN());
    CHECK_FALSE(best.col(0).hasNaN());
    CHECK_FALSE(best.col(2).hasNaN());
}

TEST_CASE("residual_hebbian, projected: the step is tangent to the sphere, then the norm is restored") {
    sim::Network net = network("kind: l1", 0.2);
    const Batch from = batch(net);
    const MatrixXd Phi = fields(net), a = from.a.cast<double>();
    MatrixXd step = 0.3 / divisor(from) * (from.s.cast<double>() - Phi * a) * a.transpose();
    for (Eigen::Index i = 0; i < kNeurons; ++i)
        step.col(i) =
            (MatrixXd::Identity(kPixels, kPixels) - Phi.col(i) * Phi.col(i).transpose()) * step.col(i);
    learn(*rule(net, "eta: 0.3, projected: true"), net, from);
    CHECK((fields(net) - (Phi + step).colwise().normalized()).cwiseAbs().maxCoeff() < 1e-5);
}

TEST_CASE("residual_hebbian, adam: the first step is eta in every pixel, and it goes on from its state") {
    sim::Network net = network("kind: weighted", 0.2, 0.9F);
    const Batch from = batch(net);
    const MatrixXd before = fields(net);
    const auto unbroken = rule(net, "eta: 0.01, optimizer: adam");
    learn(*unbroken, net, from);
    const MatrixXd moved = fields(net) - before;
    for (Eigen::Index i = 0; i < kNeurons; ++i)
        if (from.a.row(i).any()) CHECK((moved.col(i).array().abs() - 0.01).abs().maxCoeff() < 1e-5);

    sim::Network other = network("kind: weighted", 0.2, 0.9F);
    other.fields().set_values(net.fields().values());
    const auto resumed = rule(other, "eta: 0.01, optimizer: adam");
    CHECK(resumed->state().size() == unbroken->state().size());  // of one length before the first batch too
    resumed->restore(unbroken->state());
    learn(*unbroken, net, from);
    learn(*resumed, other, from);
    CHECK(net.fields().values() == other.fields().values());
}

TEST_CASE("gradient and pull stay within the windows, and are the plain products there") {
    const sim::Sheet sheet(5, 18, sim::Boundary::open);  // fills no tile
    sim::Dictionary dictionary(sheet, {14, 12, 3.0, 12.0});
    dictionary.initialise(5);
    const MatrixXf s = random_matrix(168, 7, 8), y = random_matrix(90, 7, 9);
    const auto values = dictionary.values();
    const Eigen::Map<const MatrixXf> Phi(values.data(), 168, 90);
    const MatrixXf gradient = dictionary.gradient(s, y), pull = dictionary.pull(s, y);
    // The window is the ratio of the two where it is not zero, and the same for both.
    const MatrixXf plain = s * y.transpose(), to_frames = plain - Phi * y.rowwise().sum().asDiagonal();
    for (Eigen::Index i = 0; i < Phi.size(); ++i) {
        const float window = gradient(i) / plain(i);
        CHECK(window > -1e-3F);
        CHECK(window < 1.0F + 1e-3F);
        CHECK(std::abs(pull(i) - window * to_frames(i)) < 1e-3F);
        if (Phi(i) == 0.0F) CHECK(gradient(i) == 0.0F);
    }
    dictionary.add(gradient);
    const auto moved = dictionary.values();
    CHECK((Eigen::Map<const MatrixXf>(moved.data(), 168, 90) - Phi - gradient).cwiseAbs().maxCoeff() < 1e-5F);
}

TEST_CASE("a sheet of local windows: Q of signed codes with a ridge, pair by pair, and its windows") {
    constexpr std::size_t N = 30;
    sim::RunSettings settings(Params::parse(
        "frame: {height: 14 px, width: 16 px}\nstimulus: {kind: dead_leaves}\n"
        "populations: {v1: {sheet: {rows: 5, cols: 6}, objective: {signed: true, delta: 0.5},\n"
        "  receptive_field: {R: {uniform: {low: 1.5 px, high: 3 px}}, span: 10 px}, lambda: 0.1}}\n",
        "test"));
    sim::CodingSheet& sheet = *settings.populations[0].codes;
    sheet.randomise();
    const auto values = sheet.network.fields().values();
    const MatrixXd Phi = Eigen::Map<const MatrixXf>(values.data(), 14 * 16, N).cast<double>();
    const MatrixXd G = Phi.transpose() * Phi;
    const sim::Interaction& Q = sheet.network.program.Q;
    REQUIRE(Q.size() == 2 * N);
    CHECK(!Q.is_dense());
    for (std::size_t i = 0; i < 2 * N; ++i)
        for (std::size_t j = 0; j < 2 * N; ++j) {
            const double sign = (i < N) == (j < N) ? 1.0 : -1.0;
            const double expected =
                sign * G(static_cast<Eigen::Index>(i % N), static_cast<Eigen::Index>(j % N)) +
                (i == j ? 0.5 : 0.0);
            CHECK(std::abs(Q(i, j) - expected) < 1e-6);
        }
    // Every window has a radius of its own, R (ln 100)^(1/6) at its rim, and nothing is seen beyond.
    const auto places = sheet.network.fields().visual_positions();
    const auto& radii = sheet.network.settings().geometry.radii;
    REQUIRE(radii.size() == N);
    for (std::size_t i = 0; i < N; ++i) {
        double furthest = 0.0;
        for (std::size_t pixel = 0; pixel < 14 * 16; ++pixel)
            if (Phi(static_cast<Eigen::Index>(pixel), static_cast<Eigen::Index>(i)) != 0.0)
                furthest =
                    std::max(furthest, std::hypot(static_cast<double>(pixel / 16) - places[2 * i],
                                                  static_cast<double>(pixel % 16) - places[2 * i + 1]));
        const double rim = radii[i] * std::pow(std::log(100.0), 1.0 / 6.0);
        CHECK(furthest <= rim);
        CHECK(furthest > rim - 1.0);
        CHECK(radii[i] >= 1.5);
        CHECK(radii[i] < 3.0);
    }
}

TEST_CASE("v_init random: v begins anywhere below the threshold, so that counts are right in the mean") {
    // Neurons that reach nobody, at rest under a drive as strong as u begins: a = (b - lambda) / d.
    constexpr Eigen::Index n = 200;
    constexpr std::size_t kLanes = 20;
    sim::Program program{sim::Interaction::dense(2.0 * MatrixXd::Identity(n, n)),
                         std::vector<double>(n, 0.1)};
    const auto mean_count = [&](const std::string& v_init) {
        const auto neurons = sim::Registry<sim::Neurons>::instance().make(
            "slca", Params::parse("slca: {q: 0.5 tau, decoder: count, v_init: " + v_init + "}", "test"),
            {3, 1});
        test::Encoder encoder(*neurons, program, {150.0, 50.0}, kLanes);
        return encoder.encode(MatrixXf::Constant(n, kLanes, 0.4F), 9).mean();
    };
    // A code is a number of spikes times q / 100 ms = 0.05: 0.15, of three spikes, or their mean is not.
    CHECK(std::abs(mean_count("rest") - 0.15) < 1e-12);
    program.lambda.assign(n, 0.13);  // a = 0.135: 2.7 spikes
    CHECK(std::abs(mean_count("rest") - 0.135) > 0.01);
    CHECK(mean_count("random") == doctest::Approx(0.135).epsilon(0.012));  // 4 standard errors
}

TEST_CASE("an objective that does not fit is refused") {
    const auto message = [](const std::string& keys) -> std::string {
        try {
            sim::RunSettings(Params::parse(
                "stimulus: {kind: dead_leaves}\npopulations: {v1: {" + keys + "}}\n", "test.yaml"));
        } catch (const sim::ConfigError& error) {
            return error.what();
        }
        return "";
    };
    CHECK(message("objective: {signed: true}, background: {rate: 100 Hz}")
              .find("populations.v1.objective.delta: must be above 0 where twins of signed codes have a "
                    "background") != std::string::npos);
    CHECK(message("kind: sailnet, objective: {delta: 1}, plasticity: {kind: sailnet}")
              .find("objective.delta") != std::string::npos);
    CHECK(message("kernels: {kind: random}, objective: {delta: 1}").find("objective.delta: must be 0") !=
          std::string::npos);
    CHECK(message("fields: {kind: none}").find("fields.kind: must be noise or run") != std::string::npos);
    CHECK(message("fields: {kind: none}, sees: {kind: nothing}").find("objective.delta: must be above 0") !=
          std::string::npos);
    CHECK(message("receptive_field: {R: {uniform: {low: 0 px, high: 0 px}}, span: 3 px}") == "");
    CHECK(message("slca: {v_init: random, carry_over: true}").find("slca.v_init: must be rest") !=
          std::string::npos);
    CHECK(message("objective: {kind: simplex, signed: true}") ==
          "test.yaml:2: populations.v1.objective.signed: must be false unless objective.kind is l1, got "
          "\"true\"");
    CHECK(
        message("kind: sailnet, objective: {kind: weighted}, plasticity: {kind: sailnet}")
            .starts_with("test.yaml:2: populations.v1.objective: must be l1 and unsigned under kind sailnet, "
                         "which solves no program"));
    CHECK(
        message("objective: {kind: l0}").starts_with("test.yaml:2: populations.v1.objective.kind: must be"));
    CHECK(message("objective: {kind: weighted}").empty());
}
