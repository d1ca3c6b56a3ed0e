// The gated rule against a twin in double precision that shares no code with it.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "sim/error.hpp"
#include "sim/plasticity.hpp"
#include "sim/rng.hpp"

namespace {

using Eigen::MatrixXd;
using Eigen::MatrixXf;

constexpr std::size_t kRows = 4, kCols = 5, kBatches = 100;
constexpr Eigen::Index kNeurons = kRows * kCols, kPixels = 36, kFrames = 3;

MatrixXf random_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t number) {
    sim::Stream stream(1, sim::Purpose::test, number);
    MatrixXf m(rows, cols);
    for (float& x : m.reshaped()) x = static_cast<float>(stream.normal());
    return m;
}

/// H a, weights exp(-d^2 / 2 w^2) of each neuron summing to one; of distances up to 4 w along either axis.
MatrixXd spread(const MatrixXd& a, double w) {
    MatrixXd result = MatrixXd::Zero(a.rows(), a.cols());
    for (std::size_t i = 0; i < kRows * kCols; ++i) {
        double sum = 0.0;
        for (std::size_t j = 0; j < kRows * kCols; ++j) {
            const double dy = static_cast<double>(i / kCols) - static_cast<double>(j / kCols);
            const double dx = static_cast<double>(i % kCols) - static_cast<double>(j % kCols);
            if (std::abs(dy) > 4.0 * w || std::abs(dx) > 4.0 * w) continue;
            const double h = std::exp(-(dx * dx + dy * dy) / (2.0 * w * w));
            sum += h;
            result.row(static_cast<Eigen::Index>(i)) += h * a.row(static_cast<Eigen::Index>(j));
        }
        result.row(static_cast<Eigen::Index>(i)) /= sum;
    }
    return result;
}

struct Constants {
    double eta, alpha, width, surround, surround_width;
};

MatrixXd twin(MatrixXd Phi, const MatrixXd& codes, const MatrixXd& residual, const Constants& with) {
    const MatrixXd size = codes.cwiseAbs();
    const MatrixXd gate =
        (spread(size, with.width) - with.surround * spread(size, with.surround_width * with.width))
            .cwiseMax(0.0);
    const MatrixXd y = codes.array() * (gate.array() / gate.mean()).pow(with.alpha);
    Phi += with.eta / (y.array().square().mean() * kFrames) * residual * y.transpose();
    return Phi.colwise().normalized();
}

/// After one batch, number `batch` of 100, has been learned from.
MatrixXd learned(const std::string& keys, std::size_t batch, const MatrixXf& codes, const MatrixXf& residual,
                 sim::Dictionary& dictionary) {
    const sim::Sheet sheet(kRows, kCols, sim::Boundary::open);
    const MatrixXf hidden;
    sim::Program program;
    sim::Registry<sim::Plasticity>::instance()
        .make("gated_hebbian", sim::Params::parse("gated_hebbian: {" + keys + "}", "test"), {sheet, kBatches})
        ->learn({batch, residual, codes, residual, hidden}, dictionary, program);
    const auto values = dictionary.values();
    return Eigen::Map<const MatrixXf>(values.data(), kPixels, kNeurons).cast<double>();
}

sim::Dictionary noise() {
    sim::Dictionary dictionary(sim::Sheet(kRows, kCols, sim::Boundary::open), {6, 6, 0.0, 0.0});
    dictionary.initialise(3);
    return dictionary;
}

MatrixXd fields_of(const sim::Dictionary& dictionary) {
    const auto values = dictionary.values();
    return Eigen::Map<const MatrixXf>(values.data(), kPixels, kNeurons).cast<double>();
}

}  // namespace

TEST_CASE("gated_hebbian: fields after a batch are those of the twin, as annealed") {
    const MatrixXf codes = (random_matrix(kNeurons, kFrames, 2).array().abs() > 0.7F)
                               .select(random_matrix(kNeurons, kFrames, 2), 0.0F),
                   residual = random_matrix(kPixels, kFrames, 3);
    REQUIRE(codes.minCoeff() < 0.0F);
    const std::string keys =
        "eta: 0.3, eta_end: 0.1, exponent_start: 1.5, exponent_end: 0.5, width_start: 1.6, width_end: 0.8, "
        "surround: 0.6, surround_width: 2, annealed_over: 0.5";
    const auto check = [&](std::size_t batch, const Constants& with) {
        CAPTURE(batch);
        sim::Dictionary dictionary = noise();
        const MatrixXd expected =
            twin(fields_of(dictionary), codes.cast<double>(), residual.cast<double>(), with);
        CHECK((learned(keys, batch, codes, residual, dictionary) - expected).cwiseAbs().maxCoeff() < 1e-5);
    };
    check(0, {0.3, 1.5, 1.6, 0.6, 2.0});
    check(25, {0.2, 1.0, 1.2, 0.6, 2.0});
    check(80, {0.1, 0.5, 0.8, 0.6, 2.0});
}

TEST_CASE("gated_hebbian: who is active alone in a quiet place learns more than within a surround") {
    MatrixXf codes = MatrixXf::Zero(kNeurons, 1);
    const MatrixXf residual = random_matrix(kPixels, 1, 3);
    sim::Dictionary silent = noise();
    const MatrixXd before = fields_of(silent);
    CHECK(learned("", 0, codes, residual, silent) == before);  // nobody was active
    codes(7) = 1.0F, codes(12) = -1.0F;
    sim::Dictionary dictionary = noise();
    const MatrixXd change = learned("", 0, codes, residual, dictionary) - before;
    for (Eigen::Index i = 0; i < kNeurons; ++i) CHECK((change.col(i).norm() > 1e-3) == (i == 7 || i == 12));
}

TEST_CASE("gated_hebbian goes with no objective but l1") {
    sim::Plasticity::Context context{sim::Sheet(2, 2, sim::Boundary::open), 1};
    context.objective.kind = sim::Objective::Kind::weighted;
    CHECK_THROWS_AS(sim::Registry<sim::Plasticity>::instance().make("gated_hebbian",
                                                                    sim::Params::parse("", "test"), context),
                    sim::ConfigError);
}
