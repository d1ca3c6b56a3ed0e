// `striate decode` of one file of codes and of several.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
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

/// Three classes; a frame's own neuron is at 1 with noise of this width, rectified.
decoding::CodeSet blobs(std::size_t n, double noise, std::uint64_t index) {
    sim::Stream stream(1, sim::Purpose::test, index);
    decoding::CodeSet set{n, 3, {}, {}, {}};
    for (std::size_t i = 0; i < n; ++i) {
        set.label.push_back(static_cast<std::int32_t>(stream.below(3)));
        set.spikes.push_back(static_cast<std::uint32_t>(4 + i % 3));  // 5 in the mean
        for (std::int32_t k = 0; k < 3; ++k)
            set.a.push_back(static_cast<float>(
                std::max(0.0, (set.label.back() == k ? 1.0 : 0.0) + noise * stream.normal())));
    }
    return set;
}

decoding::Codes codes(double noise) {
    return {"some_run.h5", "spikes", "seed: 1\n", 1, blobs(300, noise, 1), blobs(150, noise, 2)};
}

std::string written(const TempDir& dir, const std::string& name, const decoding::Codes& all) {
    sim::io::write_whole_file(dir.file(name), sim::io::Existing::replace,
                              [&](sim::io::File& file) { decoding::write(file, all); });
    return dir.file(name);
}

Finished succeeds(const Args& args) {
    Finished done = test::striate(args);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

}  // namespace

TEST_CASE("two files: a line and an entry each, the cleaner codes better in every number") {
    const TempDir dir;
    const std::string clean = written(dir, "clean.codes.h5", codes(0.2)),
                      noisy = written(dir, "noisy.codes.h5", codes(0.8));
    const Finished done = succeeds({"decode", clean, noisy, "--figure", dir.file("figure")});
    for (const char* words : {"\nclean ", "\nnoisy ", "logistic", "linear SVM", "RBF SVM", "k nearest",
                              "silhouette", "purity", "t-SNE", " 5.0 ", "spikes"})
        CHECK_MESSAGE(contains(done.out, words), std::string(words));
    CHECK(contains(done.err, "clean: RBF SVM "));
    const Finished as_json = succeeds({"decode", clean, noisy, "--json", "--quiet"});
    CHECK(as_json.err == "");
    const auto json = nlohmann::json::parse(as_json.out).at("codes");
    REQUIRE(json.size() == 2);
    const auto &one = json.at(0), &other = json.at(1);
    CHECK(one.at("name") == "clean");
    CHECK(one.at("run") == "some_run.h5");
    CHECK(one.at("maker") == "spikes");
    CHECK(one.at("n_training") == 300);
    CHECK(one.at("n_held_out") == 150);
    CHECK(one.at("size") == 3);
    CHECK(one.at("spikes_per_frame") == 5.0);
    CHECK(one.at("classifiers").size() == 4);
    for (const auto& [name, entry] : one.at("classifiers").items()) {
        CAPTURE(name);
        CHECK(entry.at("accuracy") > 0.98);
        CHECK(entry.at("accuracy") > other.at("classifiers").at(name).at("accuracy"));
        CHECK_FALSE(entry.at("setting").empty());
    }
    for (const char* where : {"separation", "separation_in_tsne"})
        for (const char* measure : {"silhouette", "neighbour_purity"})
            CHECK(one.at(where).at(measure) > other.at(where).at(measure));
    for (const char* name : {"decode.png", "decode.svg", "decode.gp"})
        CHECK(fs::file_size(dir.path() / "figure" / name) > 1000);
}

TEST_CASE("the same seed gives the same numbers at any number of threads") {
    const TempDir dir;
    const std::string path = written(dir, "codes.h5", codes(0.8));
    const auto json_with = [&](const char* threads) {
        return succeeds({"decode", path, "--threads", threads, "--json"}).out;
    };
    const std::string alone = json_with("1");
    CHECK(json_with("2") == alone);
    CHECK(json_with("7") == alone);
}

TEST_CASE("classifiers can be left out") {
    const TempDir dir;
    const std::string path = written(dir, "codes.h5", codes(0.3));
    const Finished done = succeeds({"decode", "--classifiers", "knn,logistic", path});
    CHECK(contains(done.out, "logistic"));
    CHECK(contains(done.out, "k nearest"));
    CHECK_FALSE(contains(done.out, "SVM"));
}

TEST_CASE("runs of several seeds: means over seeds, and differences from the first seed by seed") {
    const TempDir dir;
    // what they were coded under is the same: what the network learned under tells experiments apart
    const auto write = [&](const std::string& name, double noise, std::uint64_t seed, const char* config) {
        decoding::Codes all = codes(noise);
        all.seed = seed;
        all.config = "seed: " + std::to_string(seed) + "\n";
        all.run_config = all.config + "lambda: " + config + "\n";
        return written(dir, name, all);
    };
    Args args{"decode",
              write("clean_1.codes.h5", 0.2, 1, "0.1"),
              write("clean_2.codes.h5", 0.3, 2, "0.1"),
              write("noisy_1.codes.h5", 0.8, 1, "0.2"),
              write("noisy_2.codes.h5", 0.9, 2, "0.2"),
              "--classifiers",
              "logistic",
              "--only-classifiers"};
    const Finished done = succeeds(args);
    CHECK(contains(done.out, "clean_1 (+1)"));
    CHECK(contains(done.out, "less clean_1 (+1)"));
    CHECK(contains(done.out, "McNemar"));
    args.push_back("--json");
    const auto json = nlohmann::json::parse(succeeds(args).out);
    const auto accuracy = [&](std::size_t file) {
        return json.at("codes").at(file).at("classifiers").at("logistic").at("accuracy").get<double>();
    };
    CHECK(json.at("codes").at(0).at("separation").at("silhouette").is_null());
    const auto& experiments = json.at("experiments");
    REQUIRE(experiments.size() == 2);
    CHECK(experiments.at(0).at("files") == nlohmann::json{"clean_1", "clean_2"});
    CHECK(experiments.at(0).at("logistic").at("mean").get<double>() ==
          doctest::Approx((accuracy(0) + accuracy(1)) / 2.0));
    CHECK(experiments.at(0).at("logistic").at("sd").get<double>() ==
          doctest::Approx(std::abs(accuracy(0) - accuracy(1)) / std::sqrt(2.0)));
    REQUIRE(json.at("differences").size() == 1);
    const auto& less = json.at("differences").at(0);
    CHECK(less.at("of") == "noisy_1");
    CHECK(less.at("from") == "clean_1");
    const auto& logistic = less.at("classifiers").at("logistic");
    CHECK(logistic.at("mean").get<double>() ==
          doctest::Approx((accuracy(2) + accuracy(3) - accuracy(0) - accuracy(1)) / 2.0));
    REQUIRE(logistic.at("seeds").size() == 2);
    const auto& seed = logistic.at("seeds").at(0);
    const double alone = seed.at("alone_right").get<double>(),
                 first = seed.at("first_alone_right").get<double>();
    CHECK((alone - first) / 150.0 == doctest::Approx(accuracy(2) - accuracy(0)));
    CHECK(seed.at("p") < 0.01);
}

TEST_CASE("files of other seeds or frames are not compared frame by frame") {
    const TempDir dir;
    decoding::Codes other = codes(0.3), shifted = codes(0.3);
    other.seed = 2;
    std::ranges::rotate(shifted.held_out.label, shifted.held_out.label.begin() + 1);
    const auto differences = [&](const decoding::Codes& all) {
        const auto done =
            succeeds({"decode", written(dir, "one.h5", codes(0.2)), written(dir, "other.h5", all),
                      "--classifiers", "knn", "--only-classifiers", "--json"});
        return nlohmann::json::parse(done.out).at("differences").size();
    };
    CHECK(differences(codes(0.3)) == 1);
    CHECK(differences(other) == 0);
    CHECK(differences(shifted) == 0);
}

TEST_CASE("what cannot be decoded is refused") {
    const TempDir dir;
    const auto refuses = [](const Args& args, int code, const std::string& words) {
        const Finished done = test::striate(args);
        CHECK(done.exit_code == code);
        CHECK_MESSAGE(contains(done.err, words), done.err);
    };
    const auto spoilt = [&](const std::function<void(decoding::Codes&)>& spoil) {
        decoding::Codes all = codes(0.3);
        spoil(all);
        return written(dir, "spoilt.h5", all);
    };
    refuses({"decode"}, test::kWrongInput, "codes");
    refuses({"decode", dir.file("absent.h5")}, test::kUnreadableFile, "absent.h5");
    refuses({"decode", test::example().run}, test::kUnreadableFile, "must be a file of kind codes");
    refuses({"decode", spoilt([](auto&) {}), "--classifiers", "oracle"}, test::kWrongInput, "oracle");
    refuses({"decode", spoilt([](auto& all) { all.training.label[7] = -1; })}, test::kUnreadableFile,
            "/training/labels: every frame must have a class");
    refuses({"decode", spoilt([](auto& all) {
                 for (auto& label : all.training.label) label = 1;
             })},
            test::kUnreadableFile, "must be of two classes or more");
    refuses({"decode", spoilt([](auto& all) {
                 for (auto* set : {&all.training, &all.held_out}) {
                     set->size = 0;
                     set->a.clear();
                 }
             })},
            test::kUnreadableFile, "/training/codes: must be of one neuron or more");
    refuses({"decode", spoilt([](auto&) {}), "--only-classifiers", "--figure", dir.file("figure")},
            test::kWrongInput, "--only-classifiers: must not be given with --figure");
    refuses({"decode", spoilt([](auto&) {}), "--figure", dir.write("file", "x")}, test::kUnreadableFile,
            "file");
}
