// Every number that a run prints or writes about its learning, against a slow twin: the energy by its formula,
// the least energy by coordinate descent, activity and dead neurons from the recorded codes, all in double and
// all from what stands in the file (fields, codes, spikes) and the frames that were given to it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/io/striate_file.hpp"
#include "sim/learning.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"
#include "tests/support.hpp"

namespace {

using doctest::Approx;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kSide = 6, kPixels = kSide * kSide, kNeurons = 20;
constexpr int kTraining = 18, kHeldOut = 7;  // an odd number of held-out frames: their median is one of them
constexpr int kBatch = 6, kBatches = 3;
constexpr double kLambda = 0.05, kMemory = 4.0, kFirstActivity = 0.02;

/// Frames of different norms, one a column: the training ones, then the held-out ones.
MatrixXd frames() {
    sim::Stream random(3, sim::Purpose::test, 0);
    MatrixXd all(kPixels, kTraining + kHeldOut);
    for (Eigen::Index k = 0; k < all.cols(); ++k) {
        for (Eigen::Index p = 0; p < kPixels; ++p) all(p, k) = random.normal();
        all.col(k) *= (0.4 + 0.1 * static_cast<double>(k % 9)) / all.col(k).norm();
    }
    return all.cast<float>().cast<double>();
}

/// A run whose fields stay as they are (eta is nothing), all of it recorded.
struct Numbers {
    Numbers() {
        const MatrixXd all = frames();
        {
            sim::io::File file = sim::io::File::create(dir.file("frames.h5"));
            const Eigen::MatrixXf pixels = all.cast<float>();
            file.write("/frames",
                       std::span<const float>(pixels.data(), static_cast<std::size_t>(pixels.size())),
                       {kTraining + kHeldOut, kSide, kSide}, {"1", "frames"});
        }
        const std::string config = fmt::format(
            R"(seed: 3
frame: {{height: {0} px, width: {0} px}}
stimulus: {{kind: array, array: {{file: {1}, dataset: /frames, held_out: {2}}}}}
populations:
  v1:
    kind: slca
    lambda: {3}
    slca: {{q: 0.2 tau}}
    sheet: {{rows: 4, cols: 5}}
    plasticity: {{kind: residual_hebbian, residual_hebbian: {{eta: 1e-12, width_start: 2, width_end: 1}}}}
    homeostasis: {{rate: 0, memory: {4}}}
presentation: {{T: 60 ms, T0: 20 ms}}
learning: {{batches: {5}, batch_size: {6}, held_out: {7}}}
record: {{every: 1, snapshots: 3}}
)",
            kSide, dir.file("frames.h5"), static_cast<double>(kHeldOut) / (kTraining + kHeldOut), kLambda,
            kMemory, kBatches, kBatch, kHeldOut);
        summary = sim::learn(sim::RunSettings(sim::Params::parse(config, "numbers.yaml")),
                             {.output = dir.file("run.h5")});
        REQUIRE(summary.codes.size() == 1);
        const sim::io::File file = sim::io::open_striate_file(dir.file("run.h5"), "network");
        const auto fields = file.read<double>("/network/v1/Phi");
        Phi = Eigen::Map<const MatrixXd>(fields.data(), kPixels, kNeurons);
        const auto of_all = file.read<double>("/presentations/v1/codes");
        codes = Eigen::Map<const MatrixXd>(of_all.data(), kNeurons, kTraining + kHeldOut);
        const auto which = file.read<double>("/presentations/shown");
        s.resize(kPixels, codes.cols());
        for (Eigen::Index k = 0; k < s.cols(); ++k)
            s.col(k) = all.col(static_cast<Eigen::Index>(which[static_cast<std::size_t>(k)]));
    }
    sim::io::File file() const { return sim::io::open_striate_file(dir.file("run.h5"), "network"); }
    std::vector<double> read(const std::string& dataset) const { return file().read<double>(dataset); }

    double energy(Eigen::Index frame, const VectorXd& a) const {
        return 0.5 * (s.col(frame) - Phi * a).squaredNorm() + kLambda * a.cwiseAbs().sum();
    }
    /// Coordinate descent (Friedman et al. 2007) until nothing moves: of a strictly convex problem.
    VectorXd best(Eigen::Index frame) const {
        VectorXd a = VectorXd::Zero(kNeurons);
        for (int sweep = 0; sweep < 20000; ++sweep) {
            double moved = 0.0;
            for (Eigen::Index i = 0; i < kNeurons; ++i) {
                const VectorXd field = Phi.col(i);
                const double rest = field.dot(s.col(frame) - Phi * a + field * a[i]);
                const double next = std::max(rest - kLambda, 0.0) / field.squaredNorm();
                moved = std::max(moved, std::abs(next - a[i]));
                a[i] = next;
            }
            if (moved < 1e-13) break;
        }
        return a;
    }

    const sim::CodeSummary& v1() const { return summary.codes[0]; }

    test::TempDir dir;
    sim::ShownSummary summary;
    MatrixXd Phi, codes, s;  // codes and frames: of the presentations, training first
};

const Numbers& numbers() {
    static const Numbers one;
    return one;
}

}  // namespace

TEST_CASE("a run's energies, relE and their means are those of the recorded codes") {
    const Numbers& run = numbers();
    std::vector<double> reached, least, gap;
    const auto recorded = run.read("/presentations/v1/energy");
    REQUIRE(recorded.size() == kTraining + kHeldOut);
    for (Eigen::Index k = 0; k < kTraining + kHeldOut; ++k)  // codes, and the residual, are float
        CHECK(recorded[static_cast<std::size_t>(k)] ==
              Approx(run.energy(k, run.codes.col(k))).epsilon(1e-5).scale(0));
    for (Eigen::Index k = kTraining; k < kTraining + kHeldOut; ++k) {
        reached.push_back(run.energy(k, run.codes.col(k)));
        least.push_back(run.energy(k, run.best(k)));
        gap.push_back(reached.back() / least.back() - 1.0);
    }
    const auto mean = [](const std::vector<double>& x) {
        return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
    };
    std::ranges::sort(gap);
    const double relE = gap[kHeldOut / 2];
    REQUIRE(relE > 3e-5);  // well above the rounding of float energies, about 1e-6
    MESSAGE("relE ", run.v1().relative_gap, ", by the twin ", relE);
    CHECK(run.v1().energy == Approx(mean(reached)).epsilon(1e-5).scale(0));
    CHECK(run.v1().optimal_energy == Approx(mean(least)).epsilon(1e-5).scale(0));
    CHECK(run.v1().relative_gap == Approx(relE).epsilon(0.02).scale(0));
    CHECK(run.v1().before == Approx(mean(reached)).epsilon(1e-5).scale(0));  // nothing was learned
    CHECK(run.read("/learning/v1/held_out/energy") == std::vector<double>{run.v1().before, run.v1().energy});
    CHECK(run.read("/learning/v1/held_out/optimal_energy")[1] == run.v1().optimal_energy);
    CHECK(run.read("/learning/v1/held_out/relative_gap")[1] == run.v1().relative_gap);
    CHECK(run.read("/learning/v1/held_out/batch") == std::vector<double>{0, kBatches});
    double unexplained = 0.0;
    for (Eigen::Index k = kTraining; k < kTraining + kHeldOut; ++k)
        unexplained +=
            (run.s.col(k) - run.Phi * run.codes.col(k)).squaredNorm() / run.s.col(k).squaredNorm() / kHeldOut;
    CHECK(run.v1().unexplained == Approx(unexplained).epsilon(1e-5).scale(0));
}

TEST_CASE(
    "no code costs less than what each code shows of itself, and that is the best that its residual can "
    "show") {
    const Numbers& run = numbers();
    const auto bound = run.read("/presentations/v1/energy_bound"), kkt = run.read("/presentations/v1/kkt");
    REQUIRE(bound.size() == kTraining + kHeldOut);
    REQUIRE(kkt.size() == kTraining + kHeldOut);
    std::vector<double> gaps;
    for (Eigen::Index k = 0; k < kTraining + kHeldOut; ++k) {
        const VectorXd s = run.s.col(k), a = run.codes.col(k), r = s - run.Phi * a,
                       gain = run.Phi.transpose() * r;
        const double least = run.energy(k, run.best(k)), t_max = std::min(1e9, kLambda / gain.maxCoeff());
        double dual = -1e9, off = 0.0;  // 1/2 |s|^2 - 1/2 |s - t r|^2 along the ray, by looking everywhere
        for (int step = 0; step <= 20000; ++step)
            if (const double t = step * 1e-4; t <= t_max)
                dual = std::max(dual, 0.5 * s.squaredNorm() - 0.5 * (s - t * r).squaredNorm());
        for (Eigen::Index i = 0; i < kNeurons; ++i)
            off = std::max(off, a[i] > 0.0 ? std::abs(gain[i] - kLambda) : gain[i] - kLambda);
        const auto at = static_cast<std::size_t>(k);
        CHECK(bound[at] < least * (1.0 + 1e-5));
        CHECK(bound[at] == Approx(dual).epsilon(1e-3).scale(0));
        CHECK(bound[at] > dual * (1.0 - 1e-5));
        CHECK(kkt[at] == Approx(off).epsilon(1e-3).scale(0));
        if (k >= kTraining) gaps.push_back(run.energy(k, a) / bound[at] - 1.0);
    }
    std::ranges::sort(gaps);
    const double median = 0.5 * (gaps[(kHeldOut - 1) / 2] + gaps[kHeldOut / 2]);
    MESSAGE("relE at most ", run.v1().relative_gap_at_most, ", relE ", run.v1().relative_gap);
    CHECK(run.v1().relative_gap_at_most == Approx(median).epsilon(1e-3).scale(0));
    CHECK(run.v1().relative_gap_at_most > run.v1().relative_gap);
    CHECK(run.v1().kkt > 0.0);
}

TEST_CASE("PSNR and sparseness of every recorded presentation, and their medians over held-out frames") {
    const Numbers& run = numbers();
    const auto psnr = run.read("/presentations/v1/psnr"),
               sparseness = run.read("/presentations/v1/sparseness");
    REQUIRE(psnr.size() == kTraining + kHeldOut);
    REQUIRE(sparseness.size() == kTraining + kHeldOut);
    for (Eigen::Index k = 0; k < kTraining + kHeldOut; ++k) {
        const double range = run.s.col(k).maxCoeff() - run.s.col(k).minCoeff(),
                     error = (run.s.col(k) - run.Phi * run.codes.col(k)).squaredNorm() /
                             static_cast<double>(run.s.rows()),
                     silent = static_cast<double>((run.codes.col(k).array() == 0.0).count());
        const auto at = static_cast<std::size_t>(k);
        CHECK(psnr[at] == Approx(10.0 * std::log10(range * range / error)).epsilon(1e-5).scale(0));
        CHECK(sparseness[at] == Approx(silent / kNeurons).epsilon(1e-12).scale(0));
    }
    const auto median = [](const std::vector<double>& all) {
        std::vector<double> held_out(all.begin() + kTraining, all.end());
        std::ranges::sort(held_out);
        return 0.5 * (held_out[(kHeldOut - 1) / 2] + held_out[kHeldOut / 2]);
    };
    CHECK(run.v1().psnr == Approx(median(psnr)).epsilon(1e-12));
    CHECK(run.v1().sparseness == Approx(median(sparseness)).epsilon(1e-12));
}

TEST_CASE("a batch's energy, reconstruction error and active fraction are means over its frames") {
    const Numbers& run = numbers();
    const auto energy = run.read("/learning/v1/energy"),
               error = run.read("/learning/v1/reconstruction_error"),
               active = run.read("/learning/v1/active_fraction");
    REQUIRE(energy.size() == kBatches);
    for (int batch = 0; batch < kBatches; ++batch) {
        double sum = 0.0, unexplained = 0.0, on = 0.0;
        for (Eigen::Index k = batch * kBatch; k < (batch + 1) * kBatch; ++k) {
            sum += run.energy(k, run.codes.col(k));
            unexplained +=
                (run.s.col(k) - run.Phi * run.codes.col(k)).squaredNorm() / run.s.col(k).squaredNorm();
            on += static_cast<double>((run.codes.col(k).array() > 0.0).count());
        }
        const auto b = static_cast<std::size_t>(batch);
        CHECK(energy[b] == Approx(sum / kBatch).epsilon(1e-5).scale(0));
        CHECK(error[b] == Approx(unexplained / kBatch).epsilon(1e-5).scale(0));
        CHECK(active[b] == Approx(on / kBatch / kNeurons).epsilon(1e-12).scale(0));
    }
}

TEST_CASE("spikes per presentation are the recorded ones, mean over the frames of a batch") {
    const Numbers& run = numbers();
    const auto t = run.read("/spikes/v1/timestamps"),
               per_presentation = run.read("/learning/v1/spikes_per_presentation");
    constexpr double kT = 60.0;
    std::vector<double> of_batch(kBatches, 0.0);
    for (const double time : t) {
        const auto presentation = static_cast<int>(time / kT);
        if (presentation < kTraining)
            of_batch[static_cast<std::size_t>(presentation / kBatch)] += 1.0 / kBatch;
    }
    for (std::size_t b = 0; b < kBatches; ++b) CHECK(per_presentation[b] == Approx(of_batch[b]));
    CHECK(run.v1().spikes_per_presentation == per_presentation.back());
}

TEST_CASE("activity and dead neurons follow from the recorded codes") {
    const Numbers& run = numbers();
    VectorXd activity = VectorXd::Constant(kNeurons, kFirstActivity);
    const auto dead = run.read("/learning/v1/dead_neurons"),
               snapshots = run.read("/learning/v1/snapshots/activity");
    REQUIRE(snapshots.size() == kBatches * kNeurons);
    for (int batch = 0; batch < kBatches; ++batch) {
        const VectorXd on =
            (run.codes.middleCols(batch * kBatch, kBatch).array() > 0.0).cast<double>().rowwise().mean();
        activity += (on - activity) / kMemory;
        for (int i = 0; i < kNeurons; ++i)
            CHECK(snapshots[static_cast<std::size_t>(batch * kNeurons + i)] == Approx(activity[i]));
        CHECK(dead[static_cast<std::size_t>(batch)] ==
              static_cast<double>((activity.array() < 0.01 * activity.mean()).count()));
    }
    CHECK(static_cast<double>(run.v1().dead_neurons) == dead.back());
    const auto width = run.read("/learning/v1/neighbourhood_width");  // 2 to 1 over 0.7 x 3 batches
    for (int batch = 0; batch < kBatches; ++batch)
        CHECK(width[static_cast<std::size_t>(batch)] == Approx(2.0 - std::min(batch / 2.1, 1.0)));
}
