#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <numbers>

#include "sim/dictionary.hpp"
#include "sim/homeostasis.hpp"
#include "sim/network.hpp"
#include "sim/plasticity.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"
#include "sim/sheet.hpp"

namespace {

Eigen::MatrixXf random_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 1);
    Eigen::MatrixXf m(rows, cols);
    for (float& x : m.reshaped()) x = static_cast<float>(stream.normal());
    return m;
}

/// Phi as a plain (M, N) matrix.
Eigen::MatrixXf plain(const sim::Dictionary& dictionary) {
    const auto fields = dictionary.values();
    return Eigen::Map<const Eigen::MatrixXf>(fields.data(), static_cast<Eigen::Index>(dictionary.pixels()),
                                             static_cast<Eigen::Index>(dictionary.size()));
}

}  // namespace

TEST_CASE("distances on a sheet, open and periodic") {
    const sim::Sheet open(4, 6, sim::Boundary::open), ring(4, 6, sim::Boundary::periodic);
    CHECK(open.distance(0, 5) == 5.0);
    CHECK(ring.distance(0, 5) == 1.0);
    CHECK(open.distance(0, 23) == doctest::Approx(std::hypot(3.0, 5.0)));
    CHECK(ring.distance(0, 23) == doctest::Approx(std::hypot(1.0, 1.0)));
}

namespace {

Eigen::MatrixXd dense(const std::vector<std::vector<sim::Neighbour>>& rows) {
    const auto n = static_cast<Eigen::Index>(rows.size());
    Eigen::MatrixXd all = Eigen::MatrixXd::Zero(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        for (const auto& other : rows[static_cast<std::size_t>(i)]) all(i, other.neuron) = other.weight;
    return all;
}

}  // namespace

TEST_CASE("the coupling is a graph Laplacian: symmetric, local, of row sum 0, positive semidefinite") {
    for (const auto boundary : {sim::Boundary::open, sim::Boundary::periodic}) {
        const sim::Sheet sheet(13, 15, boundary);
        const auto rows = sheet.laplacian({.sigma = 1.0});
        const Eigen::MatrixXd L = dense(rows);
        for (std::size_t i = 0; i < rows.size(); ++i)
            for (const auto& other : rows[i]) CHECK(sheet.distance(i, other.neuron) <= 3.0);
        CHECK((L - L.transpose()).norm() == 0.0);
        CHECK(L.rowwise().sum().cwiseAbs().maxCoeff() < 1e-14);
        CHECK(L(7 * 15 + 7, 7 * 15 + 7) == doctest::Approx(1.0));
        CHECK(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(L).eigenvalues()(0) > -1e-12);
    }
}

TEST_CASE("with a surround the cheapest pattern of activity has a wavelength, that of the closed form") {
    // On a ring of n, waves are eigenvectors: L(k) = 1 - K(k) + surround S(k), Gaussians' transforms.
    constexpr std::size_t n = 48;
    const sim::Sheet ring(n, n, sim::Boundary::periodic);
    const sim::Coupling coupling{.sigma = 1.5, .surround = 0.6, .surround_sigma = 4.5};
    const auto rows = ring.laplacian(coupling);
    const auto cost = [&](int waves) {
        double sum = 0.0;
        for (const auto& other : rows[0])
            sum += other.weight * std::cos(2.0 * std::numbers::pi * waves * (other.neuron % n) / double{n});
        return sum;
    };
    int cheapest = 0, cheapest_by_formula = 0;
    const auto formula = [&](int waves) {
        const double k = 2.0 * std::numbers::pi * waves / double{n};
        const auto gauss = [k](double sigma) { return std::exp(-0.5 * k * k * sigma * sigma); };
        // K has no centre: what is missing there is spread over the rest
        const double centre = 1.0 / (2.0 * std::numbers::pi * coupling.sigma * coupling.sigma);
        return 1.0 - (gauss(coupling.sigma) - centre) / (1.0 - centre) +
               coupling.surround * gauss(coupling.surround_sigma);
    };
    for (int waves = 0; waves <= 24; ++waves) {
        CHECK(cost(waves) == doctest::Approx(formula(waves)).epsilon(0.02).scale(1.0));
        CHECK(cost(waves) > 0.0);
        if (cost(waves) < cost(cheapest)) cheapest = waves;
        if (formula(waves) < formula(cheapest_by_formula)) cheapest_by_formula = waves;
    }
    CHECK(cheapest == cheapest_by_formula);
    CHECK(cheapest > 0);
}

TEST_CASE("smoothing keeps a constant, spreads a point as a Gaussian, and width 0 does nothing") {
    const sim::Sheet sheet(11, 17, sim::Boundary::open);
    CHECK((sheet.smooth(Eigen::MatrixXf::Ones(187, 2), 1.7F) - Eigen::MatrixXf::Ones(187, 2))
              .cwiseAbs()
              .maxCoeff() < 1e-6F);
    Eigen::MatrixXf point = Eigen::MatrixXf::Zero(187, 1);
    point(5 * 17 + 8) = 1.0F;
    CHECK(sheet.smooth(point, 0.0) == point);
    const Eigen::MatrixXf spread = sheet.smooth(point, 1.0);
    const double here = spread(5 * 17 + 8), row_off = spread(6 * 17 + 8), col_off = spread(5 * 17 + 9);
    CHECK(row_off / here == doctest::Approx(std::exp(-0.5)).epsilon(1e-3));
    CHECK(col_off / here == doctest::Approx(std::exp(-0.5)).epsilon(1e-3));
}

TEST_CASE("tiled drive, residual, learning and Gram matrix equal the plain matrix products") {
    // sheets that fill no tile, windows cut by the border, and the whole frame
    for (const auto& [rows, cols, R, span] :
         {std::tuple{11, 9, 2.5, 9.0}, {8, 8, 0.0, 0.0}, {5, 18, 3.0, 12.0}}) {
        const sim::Sheet sheet(static_cast<std::size_t>(rows), static_cast<std::size_t>(cols),
                               sim::Boundary::open);
        sim::Dictionary dictionary(sheet, {14, 12, R, span});
        dictionary.initialise(5);
        const Eigen::MatrixXf Phi = plain(dictionary);
        for (Eigen::Index n = 0; n < Phi.cols(); ++n)
            CHECK(Phi.col(n).norm() == doctest::Approx(1.0).epsilon(1e-6));

        const Eigen::MatrixXf S = random_matrix(168, 7, 1),
                              A = random_matrix(rows * cols, 7, 2).cwiseMax(0.0F);
        CHECK((dictionary.drive(S) - Phi.transpose() * S).cwiseAbs().maxCoeff() < 1e-5F);
        CHECK((dictionary.residual(S, A) - (S - Phi * A)).cwiseAbs().maxCoeff() < 1e-4F);

        sim::Interaction Q =
            sim::Interaction::local(dictionary.size(), [&](std::size_t j) { return dictionary.overlaps(j); });
        CHECK(static_cast<double>(Q.n_pairs()) == sim::Dictionary::n_overlaps(sheet, {14, 12, R, span}));
        dictionary.gram(Q);
        const Eigen::MatrixXf G = Phi.transpose() * Phi;
        for (Eigen::Index i = 0; i < G.rows(); ++i)
            for (Eigen::Index j = 0; j < G.cols(); ++j) {
                const double q = Q(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
                CHECK(std::abs(q - static_cast<double>(G(i, j))) < 1e-6);
                CHECK(q == Q(static_cast<std::size_t>(j), static_cast<std::size_t>(i)));
            }

        dictionary.learn(S, 0.1F * A);
        Eigen::MatrixXf learned = Phi + (Phi.array() != 0.0F).select(0.1F * S * A.transpose(), 0.0F);
        if (R == 0.0) {  // no window: the update is the plain one
            learned.colwise().normalize();
            CHECK((plain(dictionary) - learned).cwiseAbs().maxCoeff() < 1e-5F);
        }
        CHECK(((Phi.array() == 0.0F) && (plain(dictionary).array() != 0.0F)).count() ==
              0);  // nothing outside a window
    }
}

TEST_CASE("fields written and read back are the same dictionary") {
    const sim::Sheet sheet(6, 7, sim::Boundary::open);
    sim::Dictionary one(sheet, {10, 10, 2.0, 6.0}), other(sheet, {10, 10, 2.0, 6.0});
    one.initialise(9);
    other.set_values(one.values());
    CHECK(one.values() == other.values());
}

TEST_CASE("Q is the Gram matrix plus kappa L, and the energy of a code is its quadratic form") {
    const sim::RunSettings settings(
        sim::Params::parse("frame: {height: 10 px, width: 10 px}\n"
                           "stimulus: {kind: dead_leaves}\n"
                           "populations:\n"
                           "  v1:\n"
                           "    kind: slca\n"
                           "    lambda: 0.07\n"
                           "    sheet: {rows: 6, cols: 7}\n"
                           "    receptive_field: {R: 2 px, span: 6 px}\n"
                           "    coupling: {kappa: 3, sigma: 1.2}\n",
                           "test"));
    sim::Network& network = settings.populations[0].codes->network;
    network.lay_out();
    network.fields().initialise(3);
    network.refresh_interaction();
    const Eigen::MatrixXf s = random_matrix(100, 1, 4), a = random_matrix(42, 1, 5).cwiseMax(0.0F);
    const Eigen::VectorXd b = network.fields().drive(s).cast<double>(), code = a.cast<double>();
    const double by_parts = network.energy(network.fields().residual(s, a).cast<double>().squaredNorm(),
                                           {network.pose(s).price.data(), 42}, {a.data(), 42});
    const double by_program = 0.5 * s.cast<double>().squaredNorm() +
                              sim::energy(network.program, {b.data(), 42}, {code.data(), 42});
    CHECK(by_parts == doctest::Approx(by_program).epsilon(1e-5));
}

TEST_CASE("the learning rule is the gradient of the energy with a neighbourhood of width 0") {
    const sim::Sheet sheet(3, 4, sim::Boundary::open);
    sim::Dictionary dictionary(sheet, {5, 5, 0.0, 0.0});
    dictionary.initialise(1);
    const Eigen::MatrixXf before = plain(dictionary);
    const Eigen::MatrixXf r = random_matrix(25, 3, 6), a = random_matrix(12, 3, 7).cwiseMax(0.0F);
    auto rule = sim::Registry<sim::Plasticity>::instance().make(
        "residual_hebbian", sim::Params::parse("residual_hebbian: {eta: 0.01}", "test"), {sheet, 10});
    sim::Program program;
    const Eigen::MatrixXf frames = r, hidden;
    rule->learn({0, frames, a, r, hidden}, dictionary, program);
    const float power = a.squaredNorm() / static_cast<float>(a.size());
    Eigen::MatrixXf expected = before + 0.01F / (power * 3.0F) * r * a.transpose();
    expected.colwise().normalize();
    CHECK((plain(dictionary) - expected).cwiseAbs().maxCoeff() < 1e-6F);
}

TEST_CASE(
    "homeostasis raises the threshold of the busy, lowers that of the idle, within bounds, and counts the "
    "dead") {
    std::vector<double> lambda(3, 1.0);
    sim::Homeostasis homeostasis(
        sim::HomeostasisSettings(sim::Params::parse("homeostasis: {rate: 0.1, memory: 2}", "test")), lambda,
        3);
    Eigen::MatrixXf codes = Eigen::MatrixXf::Zero(3, 10);
    codes.row(0).setOnes();  // always active
    codes.row(1).head(3).setOnes();
    for (int batch = 0; batch < 60; ++batch) {
        homeostasis.observe(codes);
        homeostasis.move(lambda);
    }
    CHECK(homeostasis.activity()[0] == doctest::Approx(1.0));
    CHECK(homeostasis.activity()[1] == doctest::Approx(0.3));
    CHECK(lambda[0] == 3.0);
    CHECK(lambda[2] == 0.3);
    CHECK(homeostasis.dead() == 1);
}

TEST_CASE("in a sheet where nobody is active all are dead, at once and for as long as it lasts") {
    const std::vector<double> lambda(3, 1.0);
    sim::Homeostasis homeostasis(
        sim::HomeostasisSettings(sim::Params::parse("homeostasis: {memory: 2}", "test")), lambda, 3);
    Eigen::MatrixXf codes = Eigen::MatrixXf::Zero(3, 10);
    homeostasis.observe(codes);
    CHECK(homeostasis.dead() == 3);
    codes.setOnes();
    homeostasis.observe(codes);
    CHECK(homeostasis.dead() == 0);
}

TEST_CASE("a config is read without room for fields and weights, which large sheets take long to make") {
    const sim::RunSettings settings(
        sim::Params::parse("frame: {height: 32 px, width: 32 px}\nstimulus: {kind: dead_leaves}\n"
                           "populations: {v1: {kind: slca, sheet: {rows: 300, cols: 400}, "
                           "receptive_field: {R: 4 px, span: 20 px}, coupling: {kappa: 1}}}\n",
                           "test"));
    const sim::Network& network = settings.populations[0].codes->network;
    CHECK(network.program.Q.size() == 120000);
    CHECK(network.program.Q.n_weights() == 120000);
    CHECK(network.fields().values().size() == 1);
}
