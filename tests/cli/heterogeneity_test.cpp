// Photographs coded by kernels that all places share, as a user meets them: what is left out or refused, spikes, and runs
// side by side.
#include "analysis/heterogeneity.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <map>
#include <thread>

#include "sim/provenance.hpp"
#include "tests/photographs.hpp"

namespace {

using test::Args;
using test::contains;
using test::Finished;
using test::Photographs;
using test::striate;

const char* const kNoise = "kind: random, size: 6, random: {n: 5}";
const char* const kOfRun = "kind: run, run: {file: learned.h5}";
const char* const kHomogeneous = "size: 8, log_gabor: {orientations: 4}";
const char* const kHeterogeneous = "size: 8, log_gabor: {orientations: 2, bandwidths: [10 deg, 30 deg]}";

void succeeds(const Finished& done) { REQUIRE_MESSAGE(done.exit_code == 0, done.err); }

const Args kBySpikes{"--set", "populations.v1.kind=slca_falling", "--set", "presentation.T=50 ms",
                     "--set", "populations.v1.lambda=1"};

}  // namespace

TEST_CASE("kernels are learned from crops of photographs, with the same bits at any number of threads") {
    const Photographs photographs(2);
    const std::string config = photographs.learning("learned", kNoise);
    const auto file = [&](const char* name) { return photographs.dir.file(name); };
    succeeds(photographs.run(config, {"-o", file("1.h5"), "--threads", "1"}));
    succeeds(photographs.run(config, {"-o", file("4.h5"), "--threads", "4"}));
    succeeds(photographs.run(config, {"-o", file("seed.h5"), "--set", "seed=2"}));
    CHECK(test::first_difference(file("1.h5"), file("4.h5")) == "");
    CHECK(test::first_difference(file("1.h5"), file("seed.h5")) != "");
    const sim::io::File run = photographs.file("1.h5");
    CHECK(run.shape("/learning/v1/energy") == sim::io::Shape{5});
    CHECK(run.read_attribute<std::string>("/network/v1", "bank") == "random, learned");
    CHECK(run.read<float>("/network/v1/kernels") != run.read<float>("/network/v1/kernels_initial"));
    CHECK(run.shape("/presentations/number") ==
          sim::io::Shape{2});  // each photograph once, though more are asked for

    // The middle 24 of 60 columns leave 18 at each side.
    const Finished refused =
        photographs.run(config, {"-o", file("large.h5"), "--set", "frame={height: 20 px, width: 20 px}"});
    CHECK(refused.exit_code == test::kWrongInput);
    CHECK(contains(refused.err,
                   "frame: must be at most 18 px high or wide, the room that these photographs leave"));
    CHECK_FALSE(std::filesystem::exists(file("large.h5.partial")));
}

TEST_CASE("what a config of a convolutional experiment said is answered with what a network says") {
    const test::TempDir dir;
    for (const char* word : {"kernels", "images", "coding", "solver"}) {
        const Finished old = striate({"validate", dir.write("old.yaml", std::string(word) + ": {}\n")});
        CHECK(old.exit_code == test::kWrongInput);
        CHECK(contains(old.err, std::string("old.yaml:1: ") + word + ": must be "));
    }
}

TEST_CASE("what is no photograph or of one grey is left out") {
    const Photographs photographs(2);
    photographs.dir.write("photographs/0.jpg", "no photograph");
    photographs.dir.write("photographs/1a.pgm", "P5 60 24 255\n" + std::string(60 * 24, '\x80'));
    const std::string config = photographs.coding("mixed", kHomogeneous),
                      output = photographs.dir.file("mixed.h5");
    const Args args{"run", config, "-o", output, "--set", "stimulus.photographs.n=2"};
    const Finished mixed = striate(args, {photographs.dir.path()});
    CHECK(mixed.exit_code == 0);
    CHECK(contains(mixed.err, "0.jpg: cannot be read as a JPEG, PNG, PGM or PPM image"));
    CHECK(contains(mixed.err, "1a.pgm: its centre square is of one grey"));
    CHECK(contains(mixed.out, "2 photographs"));
    for (const double psnr : photographs.file("mixed.h5").read<double>("/presentations/v1/psnr"))
        CHECK(std::isfinite(psnr));

    for (const char* name : {"photographs/1.pgm", "photographs/2.pgm", "mixed.h5"})
        std::filesystem::remove(photographs.dir.path() / name);
    const Finished none = photographs.run(config, {"-o", output});
    CHECK(none.exit_code == test::kUnreadableFile);
    CHECK(contains(none.err, "none of the 2 files in"));
    CHECK(contains(none.err, "0.jpg: cannot be read"));
    CHECK(photographs.dir.names() == std::vector<std::string>{"mixed.yaml", "photographs"});
}

TEST_CASE("a run that is stopped or killed while it codes goes on with what is left, to the same bits") {
    const Photographs photographs(4);
    const std::string config = photographs.coding("coded", kNoise), whole = photographs.dir.file("whole.h5"),
                      broken = photographs.dir.file("broken.h5");
    const auto args = [&](const std::string& output, const Args& more = {}) {
        Args all{"run",   config,
                 "-o",    output,
                 "--set", "populations.v1.admm.iterations=1500",
                 "--set", "checkpoint.every=1e-6 s"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    /// Runs until one more photograph is coded, and then sends the signal.
    const auto stopped = [&](const Args& more, int signal) {
        test::Striate process(args(broken, more), {photographs.dir.path()});
        while (!contains(process.err_so_far(), " of 4 frames") && !process.wait_for(0.01)) continue;
        process.send(signal);
        return process.wait();
    };
    succeeds(striate(args(whole), {photographs.dir.path()}));
    const Finished interrupted = stopped({}, SIGINT);
    REQUIRE_MESSAGE(interrupted.exit_code == 130, interrupted.err);
    CHECK(contains(interrupted.err, " of 4 held-out frames; --resume goes on from there"));
    CHECK_FALSE(contains(interrupted.err, "interrupted after 0 of"));
    stopped({"--resume"}, SIGKILL);
    REQUIRE_FALSE(std::filesystem::exists(broken));
    const Finished last = striate(args(broken, {"--resume"}), {photographs.dir.path()});
    succeeds(last);
    CHECK(contains(last.err, " of 4 held-out frames"));
    CHECK(test::first_difference(whole, broken) == "");
}

TEST_CASE("graded spikes of either sign add up to the codes") {
    const Photographs photographs(2);
    Args args = kBySpikes;
    args.insert(args.end(), {"--set", "populations.v1.lambda=0.1"});
    succeeds(photographs.run(photographs.coding("spikes", "size: 6, log_gabor: {orientations: 3}"), args));
    const sim::io::File file = photographs.file("spikes.h5");
    const auto t = file.read<double>("/spikes/v1/timestamps"),
               amount = file.read<double>("/spikes/v1/amount");
    const auto id = file.read<std::uint64_t>("/spikes/v1/node_ids");
    const auto codes = analysis::read_active_codes(file, "v1", 24 * 24 * 6);
    REQUIRE(codes.size() == 2);
    std::vector<std::map<std::uint64_t, double>> sums(2);
    for (std::size_t s = 0; s < t.size(); ++s)
        sums.at(static_cast<std::size_t>(t[s] / 50.0))[id[s]] += amount[s];
    for (std::size_t p = 0; p < 2; ++p) {
        std::erase_if(sums[p], [](const auto& one) { return std::abs(one.second) < 1e-9; });
        REQUIRE(codes[p].size() == sums[p].size());
        CHECK(std::ranges::min(codes[p].value) < 0.0F);
        CHECK(std::ranges::max(codes[p].value) > 0.0F);
        for (std::size_t k = 0; k < codes[p].size(); ++k)
            CHECK(static_cast<double>(codes[p].value[k]) ==
                  doctest::Approx(sums[p].at(codes[p].neuron[k])).epsilon(1e-6));
    }
}

TEST_CASE("runs stand side by side, with differences, figures, and no others beside them") {
    const Photographs photographs(2);
    const auto file = [&](const char* name) { return photographs.dir.file(name); };
    succeeds(photographs.run(photographs.coding("one", kHomogeneous)));
    succeeds(photographs.run(photographs.coding("many", kHeterogeneous)));
    const Finished compared =
        striate({"heterogeneity", file("one.h5"), file("many.h5"), "--figures", file("figures")});
    CHECK_MESSAGE(compared.exit_code == 0, compared.err);
    CHECK(contains(compared.out, "medians of 2 photographs"));
    CHECK(contains(compared.out, "heterogeneous - homogeneous"));
    CHECK(contains(compared.out, "33.30"));  // published
    for (const char* name : {"scatter", "resilience", "orientations", "kernels"})
        CHECK(std::filesystem::exists(file("figures") + "/heterogeneity_" + name + ".png"));

    photographs.dir.write("sweep.yaml",
                          "config: [one.yaml, many.yaml]\nanalyze: false\n"
                          "list: [{point: one, config: one}, {point: many, config: many}]\n");
    succeeds(striate({"sweep", file("sweep.yaml"), "-o", file("swept"), "--quiet"}));
    CHECK(test::first_difference(file("many.h5"), file("swept/many.h5")) == "");
    const Finished of_sweep = striate({"heterogeneity", file("swept")});
    CHECK(of_sweep.out == striate({"heterogeneity", file("one.h5"), file("many.h5")}).out);
    CHECK(striate({"heterogeneity", file("photographs")}).exit_code == test::kUnreadableFile);

    const auto refused = [&](const Finished& done, int exit_code, const char* words) {
        CHECK(done.exit_code == exit_code);
        CHECK_MESSAGE(contains(done.err, words), done.err);
    };
    succeeds(
        photographs.run(file("one.yaml"), {"-o", file("other.h5"), "--set", "stimulus.photographs.n=1"}));
    refused(striate({"heterogeneity", file("one.h5"), file("other.h5")}), test::kWrongInput,
            "must have coded the same photographs");
    succeeds(photographs.run(file("one.yaml"), {"-o", file("blind.h5"), "--set", "record.frames=false"}));
    refused(striate({"heterogeneity", file("blind.h5")}), test::kUnreadableFile,
            "run it with record.frames: true");
    refused(striate({"heterogeneity", test::example().run}), test::kUnreadableFile,
            "must be a finished run of one population whose places share kernels");
}

TEST_CASE("kernels of a run code by spikes, at any number of threads, and their cost is counted") {
    const Photographs photographs(2);
    const auto file = [&](const char* name) { return photographs.dir.file(name); };
    succeeds(photographs.run(photographs.learning("learned", kNoise)));
    const std::string spikes = photographs.coding("spikes", kOfRun);
    const auto code = [&](const char* threads) {
        Args args{"-o", file(threads), "--threads", threads, "--set", "learning.batch_size=2"};
        args.insert(args.end(), kBySpikes.begin(), kBySpikes.end());
        succeeds(photographs.run(spikes, args));
    };
    code("1"), code("4");
    CHECK(test::first_difference(file("1"), file("4")) == "");
    const sim::io::File run = photographs.file("1");
    CHECK(run.read<float>("/network/v1/kernels") ==
          photographs.file("learned.h5").read<float>("/network/v1/kernels"));
    CHECK(run.read_attribute<std::string>("/network/v1", "bank") == "random, learned");

    const analysis::CodedPhotographs read = analysis::read_coded_photographs(file("1"));
    const auto &n = read.course.spikes, &events = read.course.synaptic_events;
    REQUIRE(n.size() == 2);
    CHECK(n[1].back() > 0.0);
    CHECK(events[1].back() ==
          doctest::Approx(n[1].back() * 11 * 11 * 5 * 2));  // 5 kernels of 6 x 6 px, ON and OFF
    for (std::size_t p = 0; p < 2; ++p) {
        CHECK(read.course.psnr[p].back() == doctest::Approx(read.psnr[p]).epsilon(1e-5));
        CHECK(read.course.sparseness[p].back() == doctest::Approx(read.sparseness[p]));
    }
    const Finished compared = striate({"heterogeneity", file("1"), "--figures", file("figures")});
    CHECK_MESSAGE(compared.exit_code == 0, compared.err);
    CHECK(contains(compared.out, "23.6 pJ a synaptic event"));
    CHECK(std::filesystem::exists(file("figures") + "/heterogeneity_course.png"));

    const Finished none = photographs.run(spikes, {"--set", "populations.v1.kernels.run.file=none.h5"});
    CHECK(none.exit_code == test::kUnreadableFile);
    const Finished other = photographs.run(spikes, {"--set", "populations.v1.kernels.run.population=v2"});
    CHECK(other.exit_code == test::kUnreadableFile);
    CHECK(contains(other.err, "/network/v2/kernels: must be there, is not"));
}

TEST_CASE("a sweep that takes the kernels of a run computes its points again when these were learned again") {
    const Photographs photographs(2);
    const auto file = [&](const char* name) { return photographs.dir.file(name); };
    const std::string learning = photographs.learning("learned", kNoise);
    const auto learn = [&](const char* seed) {
        succeeds(photographs.run(learning, {"--force", "--set", std::string("seed=") + seed}));
    };
    photographs.coding("coded", kOfRun);
    photographs.dir.write("sweep.yaml",
                          "config: coded.yaml\nanalyze: false\ngrid: {populations.v1.lambda: [0.1, 1]}\n");
    const auto sweep = [&](const Args& more = {}) {
        Args args{"sweep", file("sweep.yaml"), "-o", file("swept")};
        args.insert(args.end(), more.begin(), more.end());
        return striate(args);
    };
    const auto table = [&] { return test::read_file(file("swept/table.csv")); };
    const Finished without = sweep();
    CHECK(without.exit_code == test::kUnreadableFile);
    CHECK(contains(without.err, "learned.h5"));

    learn("1");
    succeeds(sweep());
    CHECK(contains(table(), "lambda=0.1,0.1,"));
    CHECK(contains(sweep().err, "2 points, 2 of them done"));
    const std::string before = table();

    // Runs are told apart by the second in which they began.
    for (const std::string second = sim::timestamp(); sim::timestamp() == second;)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    learn("2");
    const Finished refused = sweep();
    CHECK(refused.exit_code == test::kWrongInput);
    CHECK(contains(refused.err, "was computed under other settings"));
    CHECK(contains(refused.err, "# kernels of a run started "));
    succeeds(sweep({"--force"}));
    CHECK(table() != before);
}
