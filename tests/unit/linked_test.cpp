// Several senses, one code: the stacked problem against each sense taken by itself; teaching; recall.
#include "tests/linked.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <numeric>

#include "lab/encode.hpp"
#include "lab/recall.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/learning.hpp"

namespace {

using Eigen::MatrixXf;
using test::linked_config;
using test::paired_arrays;

constexpr std::size_t kFrames = test::kPairs, kClasses = test::kPairClasses;

sim::RunSettings settings(const std::string& text, const sim::Params::Overrides& overrides = {}) {
    return sim::RunSettings(sim::Params::parse(text, "linked.yaml", overrides));
}

/// A run of `text`. returns its file
std::string learned(const test::TempDir& dir, const std::string& text, const std::string& name = "run.h5") {
    sim::learn(settings(text), {.output = dir.file(name), .force = true});
    return dir.file(name);
}

MatrixXf frames_of(const sim::RunSettings& of, Eigen::Index n) {
    const auto stimulus = sim::make_stimulus(of);
    const sim::FieldGeometry& geometry = of.populations[0].codes->network.settings().geometry;
    MatrixXf frames(static_cast<Eigen::Index>(geometry.height * geometry.width), n);
    std::vector<double> ignored(stimulus->columns().size());
    for (Eigen::Index k = 0; k < n; ++k)
        stimulus->frame(sim::FrameSet::training, static_cast<std::uint64_t>(k),
                        {frames.col(k).data(), static_cast<std::size_t>(frames.rows())}, ignored);
    return frames;
}

}  // namespace

TEST_CASE("linked: each part of a field is kept at the root of its sense's weight") {
    const test::TempDir dir;
    const auto of = settings(linked_config(paired_arrays(dir)));
    sim::Network& network = of.populations[0].codes->network;
    network.lay_out();
    network.fields().initialise(1);
    const auto fields = network.fields().values();
    REQUIRE(fields.size() == 20 * 32);
    for (std::size_t i = 0; i < 20; ++i) {
        const float* field = fields.data() + i * 32;
        CHECK(std::inner_product(field, field + 20, field, 0.0) == doctest::Approx(1.0));
        CHECK(std::inner_product(field + 20, field + 32, field + 20, 0.0) == doctest::Approx(2.25));
    }
}

TEST_CASE("linked: the energy of a code is the weighted sum over senses, each through its own fields") {
    const test::TempDir dir;
    const std::string run = learned(dir, linked_config(paired_arrays(dir)));
    const sim::TrainedNetwork trained = sim::load_trained_network(run, {});
    const sim::Network& network = trained.network();
    const MatrixXf frames = frames_of(trained.settings(), 8);
    const MatrixXf codes = network.optima(network.pose(frames), 1e-6);
    const MatrixXf residual = network.fields().residual(frames, codes);
    const sim::io::File file = sim::io::File::open(run);
    const auto seen = file.read<float>("/network/v1/senses/seen/Phi"),
               heard = file.read<float>("/network/v1/senses/heard/Phi");
    CHECK(file.shape("/network/v1/senses/heard/Phi") == sim::io::Shape{4, 5, 3, 4});
    const Eigen::Map<const MatrixXf> Phi_seen(seen.data(), 20, 20), Phi_heard(heard.data(), 12, 20);
    for (Eigen::Index k = 0; k < 8; ++k) {
        const double expected =
            0.5 * (frames.col(k).head(20) - Phi_seen * codes.col(k)).squaredNorm() +
            0.5 * 2.25 * (frames.col(k).tail(12) / 1.5F - Phi_heard * codes.col(k)).squaredNorm() +
            0.02 * codes.col(k).sum();
        const std::vector<float> price(20, 0.02F);
        CHECK(network.energy(residual.col(k).squaredNorm(), price, {codes.col(k).data(), 20}) ==
              doctest::Approx(expected).epsilon(1e-5));
        CHECK(codes.col(k).sum() > 0.1F);
    }
}

TEST_CASE("linked: what is coded without a sense is what a network without it would code") {
    const test::TempDir dir;
    const std::string run = learned(dir, linked_config(paired_arrays(dir)));
    const sim::TrainedNetwork trained = sim::load_trained_network(run, {"senses.heard.present=false"});
    const MatrixXf frames = frames_of(trained.settings(), 10);
    CHECK(frames.bottomRows(12).norm() == 0.0F);
    const sim::Network& network = trained.network();
    const MatrixXf linked = network.optima(network.pose(frames), 1e-6);

    // The program of the seen alone, built from its fields by plain matrix products.
    const auto seen = sim::fields_of(trained.settings().shows->senses[0], trained.learned, 32);
    const Eigen::MatrixXd Phi = Eigen::Map<const MatrixXf>(seen.data(), 20, 20).cast<double>();
    const sim::Program alone{sim::Interaction::dense(Phi.transpose() * Phi), std::vector<double>(20, 0.02)};
    for (Eigen::Index k = 0; k < 10; ++k) {
        const Eigen::VectorXd b = Phi.transpose() * frames.col(k).head(20).cast<double>();
        const auto best = sim::optimum(alone, {b.data(), 20}, 1e-7);
        for (Eigen::Index i = 0; i < 20; ++i)
            CHECK(static_cast<double>(linked(i, k)) ==
                  doctest::Approx(best[static_cast<std::size_t>(i)]).epsilon(1e-3));
    }
}

TEST_CASE("linked: labels leak into no code of a test, not even where they taught") {
    const test::TempDir dir, shuffled_dir;
    std::vector<std::int32_t> shuffled;
    for (std::size_t k = 0; k < kFrames; ++k)
        shuffled.push_back(static_cast<std::int32_t>((k / 3) % kClasses));
    const std::string teaching = "    teaching: {current: 0.02, inhibition: 0.5, block: 5}\n";
    const std::string run = learned(dir, linked_config(paired_arrays(dir), teaching));
    const sim::TrainedNetwork trained = sim::load_trained_network(run, {"senses.heard.present=false"});
    const auto other = settings(linked_config(paired_arrays(shuffled_dir, shuffled), teaching),
                                {"senses.heard.present=false"});
    for (const auto set : {sim::FrameSet::training, sim::FrameSet::held_out}) {
        const auto codes =
            lab::encode(trained, *sim::make_stimulus(trained.settings()), set, kFrames, lab::Maker::spikes);
        const auto same = lab::encode(trained, *sim::make_stimulus(other), set, kFrames, lab::Maker::spikes);
        CHECK(codes.label != same.label);
        CHECK(codes.a == same.a);
        CHECK(codes.spikes == same.spikes);
        CHECK(std::accumulate(codes.a.begin(), codes.a.end(), 0.0) > 1.0);
    }
}

TEST_CASE("linked: the heard is recalled from the seen, the seen from the heard") {
    const test::TempDir dir;
    const std::string run = learned(dir, linked_config(paired_arrays(dir)));
    for (const char* absent : {"heard", "seen"}) {
        const auto trained = sim::load_trained_network(run, {fmt::format("senses.{}.present=false", absent)});
        const auto codes = lab::encode(trained, *sim::make_stimulus(trained.settings()),
                                       sim::FrameSet::held_out, kFrames, lab::Maker::spikes);
        const auto recalled = lab::recall(trained, codes, false);
        REQUIRE(recalled.size() == 1);
        CHECK(recalled[0].sense == absent);
        CHECK(recalled[0].prototypes.cols() == kClasses);
        CHECK(lab::share_right(recalled[0].named, codes.label) == 1.0);
    }
    CHECK_THROWS_AS(settings(linked_config(paired_arrays(dir)),
                             {"senses.heard.present=false", "senses.seen.present=false"}),
                    sim::ConfigError);
}

TEST_CASE("linked: taught blocks name the class when it is seen, and draw it when they alone are driven") {
    const test::TempDir dir;
    const std::string run = learned(
        dir, linked_config(paired_arrays(dir), "    teaching: {current: 0.02, inhibition: 1, block: 5}\n"));
    const auto trained = sim::load_trained_network(run, {});
    const auto codes = lab::encode(trained, *sim::make_stimulus(trained.settings()), sim::FrameSet::held_out,
                                   kFrames, lab::Maker::spikes);
    std::vector<std::size_t> named;
    for (std::size_t k = 0; k < codes.n; ++k)
        named.push_back(sim::most_active_block(std::span(codes.a).subspan(k * codes.size, codes.size), 5));
    CHECK(lab::share_right(named, codes.label) == 1.0);
    const auto driven = lab::drive_blocks(trained);
    CHECK(driven.n == kClasses);
    for (const auto& drawn : lab::recall(trained, driven, true))
        CHECK(lab::share_right(drawn.named, driven.label) == 1.0);
}

TEST_CASE("encode: by the optimum, codes of least energy; by frames, the pixels of the senses present") {
    const test::TempDir dir;
    const std::string run = learned(dir, linked_config(paired_arrays(dir)));
    // Long enough for spikes to come within 3 % of the optimum: the gap falls as 1/T^2.
    const auto trained =
        sim::load_trained_network(run, {"senses.seen.present=false", "presentation.T=400 ms"});
    const auto stimulus = sim::make_stimulus(trained.settings());
    const auto by = [&](lab::Maker maker) {
        return lab::encode(trained, *stimulus, sim::FrameSet::training, 30, maker);
    };
    const auto frames = by(lab::Maker::frames), optimum = by(lab::Maker::optimum),
               spikes = by(lab::Maker::spikes);
    REQUIRE(frames.size == 12);
    const MatrixXf expected = frames_of(trained.settings(), 30).bottomRows(12);
    CHECK(frames.a == std::vector<float>(expected.data(), expected.data() + expected.size()));
    CHECK(frames.spikes == std::vector<std::uint32_t>(30, 0));
    CHECK(*std::ranges::min_element(spikes.spikes) > 0);
    const auto energy = [&](const decoding::CodeSet& codes) {  // of all frames, seen of none
        const Eigen::Map<const MatrixXf> a(codes.a.data(), 20, 30);
        const MatrixXf residual = trained.network().fields().residual(frames_of(trained.settings(), 30), a);
        return 0.5 * residual.squaredNorm() + 0.02 * a.sum();
    };
    CHECK(energy(spikes) > energy(optimum) * (1.0 - 1e-5));
    CHECK(energy(spikes) < energy(optimum) * 1.03);
}

TEST_CASE("teaching: currents go where the label says, for as long as the settings say") {
    const auto teaching = [](const std::string& text) {
        return sim::TeachingSettings(sim::Params::parse(text, "t.yaml"), 6);
    };
    const std::vector<int> labels{1, 0, 2, -1};
    MatrixXf drive = MatrixXf::Constant(6, 4, 1.0F);
    inject(teaching("teaching: {current: 0.5, block: 2}"), 0, 10, labels, drive);
    MatrixXf expected = MatrixXf::Constant(6, 4, 1.0F);
    expected.block(2, 0, 2, 1).array() += 0.5F;
    expected.block(0, 1, 2, 1).array() += 0.5F;
    expected.block(4, 2, 2, 1).array() += 0.5F;
    CHECK(drive == expected);

    MatrixXf held_back = MatrixXf::Zero(6, 4);
    inject(teaching("teaching: {current: 0.5, inhibition: 2, block: 2}"), 0, 10, labels, held_back);
    CHECK(held_back.col(0) == Eigen::VectorXf{{-2.0F, -2.0F, 0.5F, 0.5F, -2.0F, -2.0F}});
    CHECK(held_back.col(3) == Eigen::VectorXf::Zero(6));

    MatrixXf movies = MatrixXf::Zero(6, 8);  // of two frames each
    inject(teaching("teaching: {current: 0.5, block: 2}"), 0, 10, labels, movies);
    for (Eigen::Index k = 0; k < 8; ++k)
        CHECK(movies.col(k) == expected.col(k / 2) - Eigen::VectorXf::Ones(6));

    MatrixXf everybody = MatrixXf::Zero(6, 2);
    const auto fixed = teaching("teaching: {currents: [1, 0, 0, 0, 0, -2], until: 0.3, block: 1}");
    inject(fixed, 2, 10, {labels.data(), 2}, everybody);
    CHECK(everybody(0, 1) == 1.0F);
    CHECK(everybody(5, 0) == -2.0F);
    CHECK(everybody.sum() == -2.0F);
    inject(fixed, 3, 10, {labels.data(), 2}, everybody);  // over
    CHECK(everybody.sum() == -2.0F);

    CHECK(sim::most_active_block(std::vector<float>{0, 1, 3, 0, 2, 2, 9}, 2) == 2);  // 9 is in no whole block
    CHECK_THROWS_AS(teaching("teaching: {block: 7}"), sim::ConfigError);
    CHECK_THROWS_AS(teaching("teaching: {currents: [1, 2], block: 1}"), sim::ConfigError);
}
