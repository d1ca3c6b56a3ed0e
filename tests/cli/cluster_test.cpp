// `striate cluster` of one file of codes and of several, and moons from the run to the clusters.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "decoding/code_file.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/rng.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::TempDir;

/// Three classes of four neurons each; `leak` is what the neurons of other classes do, against 1.
decoding::CodeSet classes(std::size_t n, double leak, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 1);
    decoding::CodeSet set{n, 12, {}, {}, std::vector<std::uint32_t>(n, 3)};
    for (std::size_t i = 0; i < n; ++i) {
        set.label.push_back(static_cast<std::int32_t>(i % 3));
        for (std::size_t j = 0; j < 12; ++j)
            set.a.push_back(static_cast<float>(stream.uniform() * (j % 3 == i % 3 ? 1.0 : leak)));
    }
    return set;
}

std::string written_codes(const TempDir& dir, const std::string& name, double leak, std::uint64_t seed) {
    const decoding::Codes all{
        "some_run.h5",
        "spikes",
        "frame: {height: 1 px}\nseed: " + std::to_string(seed) + "\nrecord: {every: 1}\n",
        seed,
        classes(30, 0.0, seed),
        classes(90, leak, seed)};
    sim::io::write_whole_file(dir.file(name), sim::io::Existing::replace,
                              [&](sim::io::File& file) { decoding::write(file, all); });
    return dir.file(name);
}

Finished ends_well(const Args& args) {
    Finished done = test::striate(args);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

}  // namespace

TEST_CASE("clusters of files: a line each, means over seeds, a figure") {
    const TempDir dir;
    const std::string apart = written_codes(dir, "apart.codes.h5", 0.0, 1),
                      near1 = written_codes(dir, "near1.codes.h5", 0.9, 2),
                      near2 = written_codes(dir, "near2.codes.h5", 0.9, 3);
    const Finished done = ends_well({"cluster", apart, near1, near2, "--figure", dir.file("figure")});
    for (const char* words :
         {"\napart ", "\nnear1 ", "\nnear2 ", "over seeds", "apart (+2)", "eigenvalue", "chance"})
        CHECK_MESSAGE(contains(done.out, words), done.out);
    CHECK(contains(done.err, "apart: accuracy 1.000"));
    for (const char* name : {"cluster.png", "cluster.svg", "cluster.gp"})
        CHECK(fs::file_size(dir.path() / "figure" / name) > 1000);

    const auto json = nlohmann::json::parse(
        ends_well({"cluster", apart, near1, near2, "--json", "--quiet", "--permutations", "99"}).out);
    const auto &one = json.at("codes").at(0), &other = json.at("codes").at(1);
    CHECK(one.at("accuracy") == 1.0);
    CHECK(one.at("n_clusters") == 3);
    CHECK(one.at("widest_gap") == 3);
    CHECK(one.at("specialisation") > 0.999);
    CHECK(one.at("specialisation_p") == 0.01);
    CHECK(std::abs(one.at("eigenvalue").get<double>()) < 1e-9);
    CHECK(one.at("eigenvalues").size() == 12);
    CHECK(other.at("accuracy") < 0.9);
    CHECK(other.at("specialisation") < 0.1);
    // Mean and Student's interval of three, which differ in their seeds alone: t = 4.303.
    const auto& mean = json.at("experiments").at(0).at("eigenvalue");
    double sum = 0.0, squares = 0.0;
    for (const auto& file : json.at("codes")) sum += file.at("eigenvalue").get<double>() / 3.0;
    for (const auto& file : json.at("codes"))
        squares += std::pow(file.at("eigenvalue").get<double>() - sum, 2);
    CHECK(mean.at("mean") == doctest::Approx(sum));
    CHECK(mean.at("high").get<double>() - sum ==
          doctest::Approx(4.3027 * std::sqrt(squares / 2.0 / 3.0)).epsilon(1e-4));
    CHECK(sum - mean.at("low").get<double>() == doctest::Approx(mean.at("high").get<double>() - sum));
}

TEST_CASE("clusters: the same bits at any number of threads, and of the set asked for") {
    const TempDir dir;
    const std::string path = written_codes(dir, "codes.h5", 0.7, 4);
    const auto json_with = [&](const char* threads) {
        return ends_well({"cluster", path, "--threads", threads, "--json", "--permutations", "200"}).out;
    };
    const std::string alone = json_with("1");
    CHECK(json_with("3") == alone);
    CHECK(nlohmann::json::parse(alone).at("codes").at(0).at("n") == 90);
    const auto training =
        nlohmann::json::parse(ends_well({"cluster", path, "--frames", "training", "--json"}).out);
    CHECK(training.at("codes").at(0).at("n") == 30);
    CHECK(training.at("codes").at(0).at("accuracy") == 1.0);
}

TEST_CASE("moons, from the config to the clusters; a rate that is too high ends with 4") {
    const TempDir dir;
    const std::string config = std::string(STRIATE_SOURCE_DIR) + "/configs/moons.yaml",
                      run = dir.file("moons.h5"), codes = dir.file("moons.codes.h5");
    ends_well({"run", config, "-o", run, "--quiet", "--set", "learning.batches=10"});
    ends_well({"encode", run, "--training", "10", "--held-out", "300", "-o", codes});
    const auto json = nlohmann::json::parse(ends_well({"cluster", codes, "--json"}).out).at("codes").at(0);
    CHECK(json.at("n_classes") == 2);
    CHECK(json.at("accuracy") > json.at("k_means_accuracy"));

    const Finished broken = test::striate({"run", config, "-o", dir.file("broken.h5"), "--set",
                                           "populations.v1.plasticity.residual_hebbian.optimizer=adam",
                                           "--set", "populations.v1.plasticity.residual_hebbian.eta=20"});
    CHECK(broken.exit_code == 4);
    CHECK_MESSAGE(contains(broken.err, "learning runs away"), broken.err);
    CHECK_FALSE(fs::exists(dir.path() / "broken.h5"));
}

TEST_CASE(
    "codes on the simplex sum to one and meet the conditions of its optimum; other objectives have none") {
    const TempDir dir;
    const std::string config = std::string(STRIATE_SOURCE_DIR) + "/configs/moons.yaml",
                      run = dir.file("moons.h5");
    ends_well({"run", config, "-o", run, "--quiet", "--set", "learning.batches=2"});
    const auto set_by = [&](const std::string& maker) {
        const std::string codes = dir.file(maker + ".h5");
        ends_well({"encode", run, "--by", maker, "--training", "1", "--held-out", "50", "-o", codes});
        return decoding::read_codes(codes).held_out;
    };
    const auto codes = set_by("simplex"), points = set_by("frames");
    const auto Phi = sim::io::File::open(run).read<float>("/network/v1/Phi");
    constexpr std::size_t N = 24;
    constexpr double kLambda = 5.0, kTolerance = 1e-3;  // single precision of drives of 10 and above
    for (std::size_t k = 0; k < codes.n; ++k) {
        double sum = 0.0, rebuilt[2] = {0.0, 0.0};
        for (std::size_t j = 0; j < N; ++j) {
            const double a = codes.a[k * N + j];
            sum += a;
            for (std::size_t p = 0; p < 2; ++p) rebuilt[p] += a * static_cast<double>(Phi[2 * j + p]);
        }
        CHECK(sum == doctest::Approx(1.0).epsilon(1e-4));
        double least = 1e9,
               most_of_active = -1e9;  // of the slopes of 1/2 |s - Phi a|^2 + lambda sum a |s - phi|^2
        for (std::size_t j = 0; j < N; ++j) {
            double slope = 0.0;
            for (std::size_t p = 0; p < 2; ++p) {
                const double phi = Phi[2 * j + p], s = points.a[2 * k + p];
                slope += phi * (rebuilt[p] - s) + kLambda * (s - phi) * (s - phi);
            }
            least = std::min(least, slope);
            if (codes.a[k * N + j] > 1e-4F) most_of_active = std::max(most_of_active, slope);
        }
        CHECK(most_of_active - least < kTolerance);  // all that are active have the least
    }
    const Finished refused =
        test::striate({"encode", run, "--by", "simplex", "--held-out", "5", "--training", "1", "-o",
                       dir.file("l1.h5"), "--set", "populations.v1.objective.kind=l1"});
    CHECK(refused.exit_code == test::kWrongInput);
    CHECK_MESSAGE(contains(refused.err, "whose objective.kind is not simplex"), refused.err);
}

TEST_CASE("what cannot be clustered is refused") {
    const TempDir dir;
    const std::string path = written_codes(dir, "codes.h5", 0.3, 5);
    const auto refuses = [](const Args& args, int code, const std::string& words) {
        const Finished done = test::striate(args);
        CHECK(done.exit_code == code);
        CHECK_MESSAGE(contains(done.err, words), done.err);
    };
    refuses({"cluster"}, test::kWrongInput, "codes");
    refuses({"cluster", dir.file("absent.h5")}, test::kUnreadableFile, "absent.h5");
    refuses({"cluster", test::example().run}, test::kUnreadableFile, "must be a file of kind codes");
    refuses({"cluster", path, "--clusters", "12"}, test::kUnreadableFile, "must have more than 12 frames");
    refuses({"cluster", path, "--starts", "0"}, test::kWrongInput, "--starts");
    refuses({"cluster", path, "--frames", "some"}, test::kWrongInput, "--frames");
    refuses({"cluster", path, "--figure", dir.write("file", "x")}, test::kUnreadableFile, "file");
}
