// Kernels that all places share, against fields that are written out place by place, and against the convolutional
// solvers.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "bench/convolutional_descent.hpp"
#include "bench/convolutional_problem.hpp"
#include "sim/coding_sheet.hpp"
#include "sim/error.hpp"
#include "sim/population_settings.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"
#include "tests/encoder.hpp"
#include "tests/support.hpp"

namespace {

using Eigen::MatrixXd;
using Eigen::MatrixXf;

std::vector<float> noise(std::size_t n, std::uint64_t number) {
    sim::Stream stream(11, sim::Purpose::test, number);
    std::vector<float> values(n);
    for (float& value : values) value = static_cast<float>(stream.normal());
    return values;
}

MatrixXf noise(std::size_t rows, std::size_t cols, std::uint64_t number) {
    const auto values = noise(rows * cols, number);
    return Eigen::Map<const MatrixXf>(values.data(), static_cast<Eigen::Index>(rows),
                                      static_cast<Eigen::Index>(cols));
}

/// Kernels of noise, norms about 1, on a frame.
struct Case {
    std::size_t n, height, width;  // kernels
    std::size_t rows, cols;        // of a frame
    std::size_t stride;
    sim::Border border = sim::Border::valid;

    sim::Kernels kernels() const {
        sim::Kernels made{n, height, width, noise(n * height * width, n)};
        for (float& value : made.values) value /= std::sqrt(static_cast<float>(height * width));
        return made;
    }
    bool is_periodic() const { return border == sim::Border::periodic; }
    std::size_t places_down() const { return is_periodic() ? rows / stride : (rows - height) / stride + 1; }
    std::size_t places_across() const { return is_periodic() ? cols / stride : (cols - width) / stride + 1; }
    sim::SharedKernels shared() const {
        sim::SharedKernels made({sim::KernelSettings(sim::Params::parse("", "test")),
                                 {n, height, width, {}},
                                 rows,
                                 cols,
                                 {places_down(), places_across(), stride, border}});
        made.set_values(kernels().values);
        return made;
    }
    /// Every neuron's field, a column of a frame's pixels, by loops over all pixels of the frame.
    MatrixXd fields() const { return fields(kernels().values); }
    MatrixXd fields(const std::vector<float>& values) const {
        MatrixXd Phi = MatrixXd::Zero(static_cast<Eigen::Index>(rows * cols),
                                      static_cast<Eigen::Index>(places_down() * places_across() * n));
        Eigen::Index neuron = 0;
        for (std::size_t y = 0; y < places_down(); ++y)
            for (std::size_t x = 0; x < places_across(); ++x)
                for (std::size_t k = 0; k < n; ++k, ++neuron)
                    for (std::size_t r = 0; r < rows; ++r)
                        for (std::size_t c = 0; c < cols; ++c) {
                            const std::size_t i = (r + rows - y * stride) % rows,
                                              j = (c + cols - x * stride) % cols;
                            if (i >= height || j >= width) continue;
                            Phi(static_cast<Eigen::Index>(r * cols + c), neuron) =
                                static_cast<double>(values[(k * height + i) * width + j]);
                        }
        return Phi;
    }
    bench::convolution::Task task(double lambda) const { return {kernels(), lambda, border, false, stride}; }
};

/// Strides from 1 to beyond the kernel, kernels that are not square, one that fills the frame; periodic ones on frames as
/// small as may be, and larger.
constexpr auto kPeriodic = sim::Border::periodic;
const std::vector<Case> kCases{{3, 4, 3, 9, 11, 1},
                               {2, 4, 5, 13, 12, 2},
                               {3, 3, 2, 11, 10, 3},
                               {2, 2, 3, 12, 12, 5},
                               {4, 6, 7, 6, 7, 1},
                               {1, 3, 3, 3, 8, 2},
                               {3, 4, 3, 9, 11, 1, kPeriodic},
                               {2, 3, 4, 5, 7, 1, kPeriodic},
                               {2, 4, 5, 14, 12, 2, kPeriodic},
                               {2, 2, 3, 6, 9, 3, kPeriodic}};

sim::Interaction interaction(const Case& of, bool has_twins = false) {
    sim::Interaction Q;
    of.shared().gram(Q);
    if (has_twins) Q.add_twins();
    Q.make_weights();
    return Q;
}

/// Codes of few neurons, as solvers make them.
MatrixXf sparse_codes(std::size_t neurons, std::size_t frames) {
    return (noise(neurons, frames, 5).array() - 1.0F).cwiseMax(0.0F).matrix();
}

}  // namespace

TEST_CASE("shared kernels: Q is the Gram matrix of the fields where they stand") {
    for (const Case& one : kCases) {
        const sim::Interaction Q = interaction(one);
        const MatrixXd Phi = one.fields(), G = Phi.transpose() * Phi;
        const auto n = static_cast<std::size_t>(G.cols());
        REQUIRE(Q.size() == n);
        CHECK(Q.is_shared());
        CHECK_FALSE(Q.is_dense());
        const auto all = Q.to_dense();
        const auto x = noise(n, 3);
        const std::vector<double> weights(x.begin(), x.end());
        std::size_t n_pairs = 0;
        for (std::size_t j = 0; j < n; ++j) {
            const auto column = static_cast<Eigen::Index>(j);
            for (std::size_t i = 0; i < n; ++i) {
                const double expected = G(static_cast<Eigen::Index>(i), column);
                CHECK(std::abs(Q(i, j) - expected) < 1e-6);
                CHECK(std::abs(static_cast<double>(all[i * n + j]) - expected) < 1e-6);
            }
            CHECK(std::abs(Q.diagonal(j) - G(column, column)) < 1e-6);
            CHECK(static_cast<double>(Q.greatest_excitation(j)) ==
                  doctest::Approx(std::max(0.0, -G.col(column).minCoeff())).epsilon(1e-5));
            CHECK(Q.column_dot(j, weights) ==
                  doctest::Approx(
                      G.col(column).dot(Eigen::Map<const Eigen::VectorXd>(weights.data(), G.rows())))
                      .epsilon(1e-4));
            std::size_t last = 0;  // runs ascend, and none holds what another has
            for (const auto& run : Q.runs(j)) {
                CHECK(run.first >= last);
                CHECK(Q.weights(run).size() == run.size);
                last = run.first + run.size;
                n_pairs += run.size;
            }
            CHECK(last <= n);
        }
        CHECK(Q.n_pairs() == n_pairs);
        CHECK(Q.n_weights() <= one.n * one.n * (2 * one.height - 1) * (2 * one.width - 1));
    }
}

TEST_CASE("shared kernels: drive, residual, norms and places are those of the fields where they stand") {
    for (const Case& one : kCases) {
        const sim::SharedKernels shared = one.shared();
        const MatrixXd Phi = one.fields();
        const auto N = static_cast<std::size_t>(Phi.cols()), M = one.rows * one.cols;
        REQUIRE(shared.size() == N);
        REQUIRE(shared.pixels() == M);
        const auto in_frame = shared.in_frame();
        const auto norms = shared.norms(), places = shared.visual_positions();
        for (std::size_t i = 0; i < N; ++i) {
            const auto neuron = static_cast<Eigen::Index>(i);
            CHECK(norms[i] == doctest::Approx(Phi.col(neuron).norm()).epsilon(1e-5));
            // As far from all pixels of the field to one side as to the other, the way round the frame.
            double down = 0.0, across = 0.0;
            const auto off = [](double at, double centre, std::size_t size) {
                const double n = static_cast<double>(size), apart = at - centre;
                return apart - n * std::round(apart / n);
            };
            for (std::size_t p = 0; p < M; ++p) {
                const double value = Phi(static_cast<Eigen::Index>(p), neuron);
                CHECK(static_cast<double>(in_frame[i * M + p]) == value);
                if (value == 0.0) continue;
                down += off(static_cast<double>(p / one.cols), places[2 * i], one.rows);
                across += off(static_cast<double>(p % one.cols), places[2 * i + 1], one.cols);
            }
            CHECK(std::abs(down) < 1e-9);
            CHECK(std::abs(across) < 1e-9);
            CHECK(places[2 * i] < static_cast<double>(one.rows));
            CHECK(places[2 * i + 1] < static_cast<double>(one.cols));
        }
        const MatrixXf S = noise(M, 3, 4), A = sparse_codes(N, 3);
        CHECK((shared.drive(S).cast<double>() - Phi.transpose() * S.cast<double>()).cwiseAbs().maxCoeff() <
              1e-5);
        CHECK((shared.residual(S, A).cast<double>() - (S.cast<double>() - Phi * A.cast<double>()))
                  .cwiseAbs()
                  .maxCoeff() < 1e-5);
    }
}

TEST_CASE("shared kernels learn down the gradient of the error, and keep unit norm") {
    constexpr double kEta = 1e-3;
    for (const Case& one : {kCases[0], kCases[1], kCases[7], kCases[9]}) {
        sim::SharedKernels shared = one.shared();
        sim::Kernels unit = one.kernels();
        normalise(unit);
        shared.set_values(unit.values);
        const MatrixXf frame = noise(one.rows * one.cols, 1, 6), codes = sparse_codes(shared.size(), 1);
        const auto error = [&](const std::vector<float>& values) {
            return 0.5 * (frame.cast<double>() - one.fields(values) * codes.cast<double>()).squaredNorm();
        };
        const std::size_t size = one.height * one.width;
        std::vector<double> slope;
        for (std::size_t p = 0; p < unit.values.size(); ++p) {
            std::vector<float> up = unit.values, down = unit.values;
            up[p] += 0.01F, down[p] -= 0.01F;
            slope.push_back((error(up) - error(down)) /
                            (static_cast<double>(up[p]) - static_cast<double>(down[p])));
        }
        shared.learn(shared.residual(frame, codes), codes, kEta);
        for (std::size_t k = 0; k < one.n; ++k) {
            double along = 0.0, norm = 0.0, most = 0.0;  // what is left along the sphere of unit norm
            for (std::size_t p = k * size; p < (k + 1) * size; ++p) {
                along += slope[p] * static_cast<double>(unit.values[p]);
                norm += static_cast<double>(shared.values()[p]) * static_cast<double>(shared.values()[p]);
                most = std::max(most, std::abs(slope[p]));
            }
            CHECK(norm == doctest::Approx(1.0));
            for (std::size_t p = k * size; p < (k + 1) * size; ++p) {
                const double was = static_cast<double>(unit.values[p]),
                             step = static_cast<double>(shared.values()[p]) - was;
                // Second order in eta, and single precision.
                CHECK(std::abs(step + kEta * (slope[p] - along * was)) <
                      kEta * most * kEta * most + 0.01 * kEta * most);
            }
        }
    }
}

TEST_CASE("shared kernels: a bank is called what it is") {
    const auto bank = [](const std::string& yaml, bool are_learned = false) {
        return sim::bank_of(sim::KernelSettings(sim::Params::parse(yaml, "test")), are_learned);
    };
    CHECK(bank("kind: log_gabor") == "homogeneous");
    CHECK(bank("log_gabor: {bandwidths: [5 deg, 10 deg]}") == "heterogeneous");
    CHECK(bank("norm: unit") == "homogeneous, unit norm");
    CHECK(bank("norm: unit", true) == "homogeneous, learned");
    CHECK(bank("kind: random", true) == "random, learned");
}

TEST_CASE(
    "shared_hebbian: eta times the sum over frames and places, in parts of the mean power of a kernel") {
    const Case one = kCases[1];
    sim::SharedKernels shared = one.shared();
    const std::size_t N = shared.size(), K = one.n;
    const MatrixXf S = noise(one.rows * one.cols, 4, 7), A = sparse_codes(N, 4), none(0, 4);
    const MatrixXf R = shared.residual(S, A);
    const sim::Sheet sheet(1, N, sim::Boundary::open);
    const auto rule = sim::Registry<sim::Plasticity>::instance().make(
        "shared_hebbian", sim::Params::parse("shared_hebbian: {eta: 0.2, slowing: 10}", "test"),
        {sheet, 100});
    const std::vector<float> before = shared.values();
    sim::Program program;
    rule->learn({5, S, A, R, none}, shared, program);

    const double power = A.cast<double>().squaredNorm() / static_cast<double>(K);
    std::vector<double> expected(before.begin(), before.end());
    for (std::size_t i = 0; i < N; ++i)
        for (std::size_t p = 0; p < one.height * one.width; ++p) {
            const std::size_t place = i / K, row = place / one.places_across() * one.stride + p / one.width,
                              col = place % one.places_across() * one.stride + p % one.width;
            for (Eigen::Index frame = 0; frame < 4; ++frame)
                expected[i % K * one.height * one.width + p] +=
                    0.2 / 1.5 / power * static_cast<double>(A(static_cast<Eigen::Index>(i), frame)) *
                    static_cast<double>(R(static_cast<Eigen::Index>(row * one.cols + col), frame));
        }
    const std::size_t size = one.height * one.width;
    for (std::size_t k = 0; k < K; ++k) {
        double norm = 0.0;
        for (std::size_t p = 0; p < size; ++p) norm += expected[k * size + p] * expected[k * size + p];
        for (std::size_t p = 0; p < size; ++p)
            CHECK(static_cast<double>(shared.values()[k * size + p]) ==
                  doctest::Approx(expected[k * size + p] / std::sqrt(norm)).epsilon(1e-4));
    }
}

TEST_CASE(
    "shared kernels: every kind that solves a program codes with the shared Q as with one that is its own") {
    bool is_signed = false;
    Case one{3, 4, 4, 10, 12, 2};
    SUBCASE("codes that are not negative, borders") {}
    SUBCASE("codes of either sign, periodic") { is_signed = true, one.border = kPeriodic; }
    const sim::Interaction Q = interaction(one, is_signed);
    const std::size_t N = Q.size();
    std::vector<std::vector<std::uint32_t>> neighbours(N);
    for (std::size_t j = 0; j < N; ++j)
        for (const auto& run : Q.runs(j))
            for (std::uint32_t k = 0; k < run.size; ++k) neighbours[j].push_back(run.first + k);
    sim::Interaction own = sim::Interaction::local(N, [&](std::size_t j) { return neighbours[j]; });
    own.set_dense(Q.to_dense());
    MatrixXd Phi = one.fields();
    MatrixXf drive = one.shared().drive(noise(one.rows * one.cols, 4, 8));
    if (is_signed) {
        Phi = (MatrixXd(Phi.rows(), 2 * Phi.cols()) << Phi, -Phi).finished();
        drive = (MatrixXf(2 * drive.rows(), drive.cols()) << drive, -drive).finished();
    }
    const sim::Program shared{Q, std::vector<double>(N, 0.2)}, local{own, shared.lambda},
        dense{sim::Interaction::dense(MatrixXd(Phi.transpose() * Phi)), shared.lambda};
    for (const auto& [name, entry] : sim::Registry<sim::Neurons>::instance().entries()) {
        CAPTURE(name);
        const auto neurons = entry.make(sim::Params::parse("", "test"), {});
        if (!neurons->solves_program()) continue;
        const sim::Presentation presentation{600.0, 300.0};
        test::Encoder with_shared(*neurons, shared, presentation, 4);
        const MatrixXd code = with_shared.encode(drive, 0);
        for (Eigen::Index k = 0; k < 4; ++k) {
            const Eigen::VectorXd b = drive.col(k).cast<double>(), a = code.col(k);
            const auto best = sim::optimum(shared, {b.data(), N}, 1e-7);
            const double least = sim::energy(shared, {b.data(), N}, best);
            CHECK(sim::energy(shared, {b.data(), N}, {a.data(), N}) < least + 0.01 * std::abs(least));
            // Of lif_lca, twins that both fire now and then are off by more.
            CHECK(sim::kkt_residual(shared, {b.data(), N}, {a.data(), N}) < (is_signed ? 0.1 : 0.05));
        }
        if (neurons->solves_by_kernels()) continue;  // of no other Q
        test::Encoder with_own(*neurons, local, presentation, 4),
            with_dense(*neurons, dense, presentation, 4);
        const MatrixXd by_own = with_own.encode(drive, 0);
        // With a shared Q a neuron and its twin have one potential, which rounds otherwise than two.
        const bool has_two_as_one = is_signed && name == "slca_falling";
        CHECK((code - by_own).cwiseAbs().maxCoeff() <= (has_two_as_one ? 1e-4 : 0.0));
        const MatrixXd other = with_dense.encode(drive, 0);
        for (std::size_t k = 0; k < 4; ++k) {
            const auto spikes = with_shared.spikes(k), same = with_own.spikes(k);
            CHECK((has_two_as_one || std::equal(spikes.begin(), spikes.end(), same.begin(), same.end(),
                                                [](const sim::Spike& x, const sim::Spike& y) {
                                                    return x.t == y.t && x.neuron == y.neuron;
                                                })));
            const auto column = static_cast<Eigen::Index>(k);
            CHECK((code.col(column) - other.col(column)).cwiseAbs().maxCoeff() < 0.05);
        }
    }
}

TEST_CASE("shared kernels: the optimum is the one that convolutional coordinate descent finds") {
    for (const Case& one : kCases) {
        const bench::convolution::Task task = one.task(0.2);
        const MatrixXf frame = noise(one.rows * one.cols, 1, 9);
        const bench::convolution::Image image{
            one.rows, one.cols, {frame.data(), frame.data() + frame.size()}};
        const auto found =
            bench::ConvolutionalDescent(task, one.rows, one.cols, {.tolerance = 1e-6}).solve(image).code;

        const sim::SharedKernels shared = one.shared();
        const sim::Program program{interaction(one), std::vector<double>(shared.size(), task.lambda)};
        const Eigen::VectorXd b = shared.drive(frame).cast<double>();
        const auto best = sim::optimum(program, {b.data(), shared.size()}, 1e-7);
        const std::vector<float> code(best.begin(), best.end());
        const double energy =
            bench::convolution::energy(task, image, bench::convolution::by_kernel(code, one.n));
        CHECK(energy == doctest::Approx(bench::convolution::energy(task, image, found)).epsilon(1e-5));
        CHECK(energy < bench::convolution::energy(task, image, bench::convolution::Code(code.size(), 0.0F)));
    }
}

namespace {

sim::RunSettings settings(const std::string& population,
                          const std::string& more = "stimulus: {kind: dead_leaves}\n") {
    return sim::RunSettings(sim::Params::parse("frame: {height: 12 px, width: 10 px}\n" + more +
                                                   "populations:\n  v1:\n    kind: slca\n" + population,
                                               "test.yaml"));
}

std::string refusal(const std::string& population,
                    const std::string& more = "stimulus: {kind: dead_leaves}\n") {
    try {
        settings(population, more);
    } catch (const sim::ConfigError& error) {
        return error.what();
    }
    return "";
}

const std::string kKernels = "    kernels: {kind: random, size: 4, stride: 3, random: {n: 5}}\n";

void refused(const std::string& more, const std::string& why) {
    CAPTURE(more);
    CHECK(test::contains(refusal(kKernels + more), "populations.v1." + why));
}

}  // namespace

TEST_CASE("shared kernels: what a config says of them") {
    const sim::RunSettings run = settings(kKernels + "    plasticity: {}\n    lambda_spread: 0.3\n");
    const sim::PopulationSettings& v1 = run.populations.front();
    const sim::NetworkSettings& net = v1.codes->network.settings();
    CHECK(v1.size == 3 * 3 * 5);  // places at 0, 3, 6 px down (of 8) and across (of 6)
    CHECK(net.rows == 3);
    CHECK(net.cols == 3 * 5);
    CHECK(net.n_fields() == 5);
    CHECK(v1.codes->learns());  // by shared_hebbian, the default here
    const std::vector<double>& lambda = v1.codes->network.program.lambda;
    for (std::size_t i = 0; i < lambda.size(); ++i) CHECK(lambda[i] == lambda[i % 5]);
    CHECK(lambda[0] != lambda[1]);
}

TEST_CASE("shared kernels: who solves by them keeps thresholds and diagonal once a kernel") {
    const sim::RunSettings run(
        sim::Params::parse("frame: {height: 12 px, width: 10 px}\nstimulus: {kind: dead_leaves}\n"
                           "populations: {v1: {kind: admm, objective: {signed: true}, lambda_spread: 0.2, "
                           "kernels: {kind: random, "
                           "size: 4, stride: 2, random: {n: 3}, border: periodic}}}\n",
                           "test"));
    sim::CodingSheet& sheet = *run.populations.front().codes;
    sheet.randomise();
    const sim::Program& program = sheet.network.program;
    CHECK(program.Q.size() == 2 * sheet.network.size());
    CHECK(program.lambda == sheet.network.thresholds());
    CHECK(program.lambda.size() == 3);
    CHECK(program.Q.diagonals().size() == 3);
    for (std::size_t j = 0; j < program.Q.size(); ++j)
        CHECK(program.Q.diagonal(j) == program.Q.diagonal(j % 3));
    const sim::Problems posed = sheet.network.pose(noise(120, 1, 3));
    for (Eigen::Index i = 0; i < posed.price.rows(); ++i)
        CHECK(posed.price(i, 0) == static_cast<float>(program.lambda[static_cast<std::size_t>(i) % 3]));
}

TEST_CASE("shared kernels: what does not go with them is refused by name") {
    refused("    sheet: {rows: 3}\n", "sheet: must be left out where kernels are shared, got a map");
    refused("    receptive_field: {R: 3 px}\n",
            "receptive_field: must be left out where kernels are shared, got a map");
    refused("    coupling: {kappa: 0.1}\n",
            "coupling.kappa: must be 0 where kernels are shared, got \"0.1\"");
    refused("    objective: {kind: simplex}\n",
            "objective: must be l1 where kernels are shared, got another");
    refused(
        "    plasticity: {kind: residual_hebbian}\n",
        "plasticity.kind: must be one that learns kernels which all places share, got \"residual_hebbian\"");
    refused("    plasticity: {}\n    teaching: {current: 1, block: 1}\n",
            "teaching: must be left out where kernels are shared, got a map");
    const auto periodic = [](const char* more) {
        return refusal(fmt::format(
            "    kernels: {{kind: random, size: 4, random: {{n: 5}}, border: periodic, {}}}\n", more));
    };
    CHECK(periodic("stride: 2") == "");
    CHECK(test::contains(
        periodic("stride: 3"),
        "kernels.border: must be valid, or the frame a multiple of the stride, 3 px, in height "
        "and width, got periodic on 12 x 10 px"));
    CHECK(test::contains(refusal("    kernels: {kind: random, size: 6, random: {n: 5}, border: periodic}\n"),
                         "kernels.border: must be valid, or the frame at least 11 x 11 px, so that no kernel "
                         "overlaps another one twice, got periodic on 12 x 10 px"));
    CHECK(
        test::contains(refusal("    sheet: {rows: 3}\n    plasticity: {kind: shared_hebbian}\n"),
                       "plasticity.kind: must be one that learns a field for each neuron: there is no block "
                       "kernels, got \"shared_hebbian\""));
    CHECK(test::contains(
        refusal("    kernels: {size: 11}\n"),
        "kernels.size: must be such that kernels fit into the frame of 12 x 10 px, got 11 x 11 px"));
    CHECK(test::contains(refusal("    kernels: {kind: random, size: 2, random: {n: 1000000000}}\n"),
                         "kernels.stride: must be such that there are at most 4294967295 neurons"));
    const std::string many = "    kernels: {kind: random, size: 2, random: {n: 27000000}}\n";  // 99 places
    CHECK(test::contains(refusal(many), "fit into the memory of this machine"));
    CHECK(test::contains(refusal(many + "    objective: {signed: true}\n"), "kernels.stride: must be such"));
    CHECK(test::contains(refusal("    kernels: {kind: random, size: 2, random: {n: 10000000}}\n"),
                         "fit into the memory of this machine"));
}

TEST_CASE("shared kernels: homeostasis moves the threshold of a kernel at all places alike") {
    sim::RunSettings run = settings(kKernels + "    plasticity: {}\n    homeostasis: {rate: 0.1}\n");
    sim::CodingSheet& sheet = *run.populations.front().codes;
    sheet.randomise();
    const std::size_t N = 45, B = 2;
    MatrixXf codes = MatrixXf::Zero(N, B);
    codes(0, 0) = codes(20, 1) = 1.0F;  // kernel 0, at two places
    const MatrixXf frames = noise(120, B, 1), hidden(0, B);
    const sim::Problems posed = sheet.network.pose(frames);
    sheet.learn(0, frames, posed, codes, hidden, 0.0);
    REQUIRE(sheet.activity().size() == 5);
    // Activity begins at 0.02 and is averaged over 20 batches; of 18 codes of a kernel, 9 places in 2 frames.
    CHECK(sheet.activity()[0] == doctest::Approx(0.95 * 0.02 + 0.05 * 2.0 / 18.0));
    CHECK(sheet.activity()[1] == doctest::Approx(0.95 * 0.02));
    const std::vector<double>& lambda = sheet.network.program.lambda;
    CHECK(lambda[0] > 0.1);
    CHECK(lambda[1] < 0.1);
    for (std::size_t i = 5; i < N; ++i) CHECK(lambda[i] == lambda[i % 5]);
}

TEST_CASE("shared kernels: codes of either sign are those of a dense program with a twin for each neuron") {
    for (const char* border : {"valid", "periodic"}) {
        CAPTURE(border);
        sim::RunSettings run = settings(
            fmt::format("    kernels: {{kind: random, size: 4, stride: 2, random: {{n: 3}}, border: {}}}\n"
                        "    objective: {{signed: true}}\n    lambda_spread: 0.2\n    plasticity: {{}}\n",
                        border));
        sim::CodingSheet& sheet = *run.populations.front().codes;
        sheet.randomise();
        sim::Network& network = sheet.network;
        const auto N = static_cast<Eigen::Index>(network.size()), M = Eigen::Index{120}, B = Eigen::Index{4};
        REQUIRE(N == (border == std::string("valid") ? 5 * 4 : 6 * 5) * 3);
        REQUIRE(network.program.Q.size() == static_cast<std::size_t>(2 * N));
        const auto in_frame = network.fields().in_frame();
        const MatrixXd Phi = Eigen::Map<const MatrixXf>(in_frame.data(), M, N).cast<double>();
        MatrixXd both(M, 2 * N);
        both << Phi, -Phi;
        const sim::Program dense{sim::Interaction::dense(MatrixXd(both.transpose() * both)),
                                 network.program.lambda};
        for (std::size_t i = 0; i < static_cast<std::size_t>(N); ++i)
            CHECK(dense.lambda[i + static_cast<std::size_t>(N)] == dense.lambda[i]);

        const MatrixXf S = noise(static_cast<std::size_t>(M), static_cast<std::size_t>(B), 12);
        const sim::Problems posed = network.pose(S);
        REQUIRE(posed.drive.rows() == 2 * N);
        CHECK((posed.drive.cast<double>() - both.transpose() * S.cast<double>()).cwiseAbs().maxCoeff() <
              1e-5);
        const MatrixXf best = network.optima(posed, 1e-7);
        CHECK(best.minCoeff() < 0.0F);
        for (Eigen::Index k = 0; k < B; ++k) {
            const Eigen::VectorXd b = posed.drive.col(k).cast<double>();
            const auto a = sim::optimum(dense, {b.data(), static_cast<std::size_t>(2 * N)}, 1e-7);
            for (Eigen::Index i = 0; i < N; ++i)
                CHECK(std::abs(static_cast<double>(best(i, k)) - a[static_cast<std::size_t>(i)] +
                               a[static_cast<std::size_t>(N + i)]) < 1e-4);
        }

        // The best codes certify themselves; those without their OFF half still bound them from below.
        const auto measured = [&](const MatrixXf& a) {
            return sheet.measure(0, S, posed, network.fields().residual(S, a), a);
        };
        const MatrixXf half = best.cwiseMax(0.0F);
        const sim::CodeMeasures of_best = measured(best), of_half = measured(half),
                                of_none = measured(MatrixXf::Zero(N, B));
        REQUIRE(of_best.kkt.size() == static_cast<std::size_t>(B));
        for (std::size_t k = 0; k < static_cast<std::size_t>(B); ++k) {
            const Eigen::VectorXd b = posed.drive.col(static_cast<Eigen::Index>(k)).cast<double>();
            const auto residual = [&](const Eigen::VectorXf& on) {
                std::vector<double> a(static_cast<std::size_t>(2 * N), 0.0);
                for (Eigen::Index i = 0; i < N; ++i)
                    a[static_cast<std::size_t>(i)] = static_cast<double>(on[i]);
                return sim::kkt_residual(dense, {b.data(), a.size()}, a);
            };
            CHECK(of_best.kkt[k] < 1e-5);
            CHECK(of_best.energy_bound[k] > of_best.energy[k] * (1.0 - 1e-4));
            CHECK(of_half.energy_bound[k] < of_best.energy[k]);
            CHECK(of_half.energy_bound[k] > 0.0);
            CHECK(of_half.kkt[k] ==
                  doctest::Approx(residual(half.col(static_cast<Eigen::Index>(k)))).epsilon(1e-4));
            CHECK(of_none.kkt[k] == doctest::Approx(residual(Eigen::VectorXf::Zero(N))).epsilon(1e-4));
        }

        // Learning: the kernels move, and with them Q and the thresholds of both of each pair.
        sheet.learn(0, S, posed, best, MatrixXf(0, B), 0.0);
        network.refresh_interaction();
        REQUIRE(network.program.Q.size() == static_cast<std::size_t>(2 * N));
        const auto learned = network.fields().in_frame();
        CHECK(learned != in_frame);
        const MatrixXd moved = Eigen::Map<const MatrixXf>(learned.data(), M, N).cast<double>();
        const MatrixXd G = moved.transpose() * moved;
        for (Eigen::Index i = 0; i < N; ++i)
            for (Eigen::Index j = 0; j < N; ++j) {
                const auto on = static_cast<std::size_t>(j), off = static_cast<std::size_t>(N + j);
                CHECK(std::abs(network.program.Q(static_cast<std::size_t>(i), on) - G(i, j)) < 1e-6);
                CHECK(std::abs(network.program.Q(static_cast<std::size_t>(i), off) + G(i, j)) < 1e-6);
            }
    }
}
