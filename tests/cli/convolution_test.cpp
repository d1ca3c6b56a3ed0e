// Convolutional experiments as a user meets them: same bits, wrong configs, and runs side by side.
#include <doctest/doctest.h>

#include <cmath>
#include <csignal>

#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace {

using test::contains;
using test::Finished;
using test::striate;

/// A folder with two photographs and configs that run in a moment.
struct Experiment {
    Experiment() {
        std::filesystem::create_directory(dir.path() / "photographs");
        for (const unsigned k : {1U, 2U}) {
            std::string pixels;
            for (unsigned p = 0; p < 24 * 60; ++p) pixels += static_cast<char>(k * p * p % 251);
            dir.write("photographs/" + std::to_string(k) + ".pgm", "P5 60 24 255\n" + pixels);
        }
    }
    std::string config(const std::string& name, const std::string& more) const {
        return dir.write(
            name + ".yaml",
            "images: {folders: photographs, size: 24}\nsolver: {admm: {iterations: 20}}\n" + more);
    }
    Finished run(const std::string& config, const test::Args& more = {}) const {
        test::Args args{"run", config, "--quiet"};
        args.insert(args.end(), more.begin(), more.end());
        return striate(args, {dir.path()});
    }
    test::TempDir dir;
};

const char* const kLearned =
    "kernels: {kind: random, size: 6, random: {n: 5}}\nlearning: {presentations: 5, crop: 16}\n"
    "record: {codes: true}\n";
const char* const kHomogeneous = "kernels: {size: 8, log_gabor: {orientations: 4}}\n";
const char* const kHeterogeneous =
    "kernels: {size: 8, log_gabor: {orientations: 2, bandwidths: [10 deg, 30 deg]}}\n";

}  // namespace

TEST_CASE(
    "a convolutional experiment gives the same bits at any number of threads, and others with its seed") {
    const Experiment experiment;
    const std::string config = experiment.config("learned", kLearned);
    const auto file = [&](const char* name) { return experiment.dir.file(name); };
    REQUIRE(experiment.run(config, {"-o", file("1.h5"), "--threads", "1"}).exit_code == 0);
    REQUIRE(experiment.run(config, {"-o", file("4.h5"), "--threads", "4"}).exit_code == 0);
    REQUIRE(experiment.run(config, {"-o", file("seed.h5"), "--set", "seed=2"}).exit_code == 0);
    CHECK(test::first_difference(file("1.h5"), file("4.h5")) == "");
    CHECK(test::first_difference(file("1.h5"), file("seed.h5")) != "");
}

TEST_CASE("a convolutional experiment that is stopped or killed goes on with the same bits") {
    for (const char* solver : {"admm", "spikes"}) {
        CAPTURE(solver);
        const Experiment experiment;
        const std::string config = experiment.config("learned", kLearned),
                          whole = experiment.dir.file("whole.h5"), broken = experiment.dir.file("broken.h5"),
                          partial = broken + ".partial";
        const auto args = [&](const std::string& output, const test::Args& more = {}) {
            test::Args all{"run", config, "-o", output};
            for (const std::string set :
                 {"learning.presentations=600", "learning.homeostasis.rate=0.1", "coding.lambda=0.5",
                  "solver.spikes.T=5 ms", "solver.spikes.q=0.05"})
                all.insert(all.end(), {"--set", set});
            all.insert(all.end(), {"--set", std::string("solver.kind=") + solver});
            all.insert(all.end(), more.begin(), more.end());
            return all;
        };
        /// Runs until it says that it has done such a thing, and then sends the signal.
        const auto stopped = [&](const test::Args& more, const char* said, int signal) {
            test::Striate process(args(broken, more), {experiment.dir.path()});
            while (!contains(process.err_so_far(), said) && !process.wait_for(0.2)) continue;
            process.send(signal);
            return process.wait();
        };
        const auto finished = [&](const std::string& output, const test::Args& more = {}) {
            return striate(args(output, more), {experiment.dir.path()});
        };
        REQUIRE(finished(whole).exit_code == 0);

        const Finished first = stopped({}, "crop ", SIGINT);
        REQUIRE_MESSAGE(first.exit_code == 130, first.err);
        CHECK(contains(first.err, "--resume goes on from there"));
        CHECK_FALSE(std::filesystem::exists(broken));
        const std::size_t n_kept = sim::io::open_striate_file(partial, "unfinished convolution")
                                       .read<double>("/learning/energy")
                                       .size();
        CHECK(n_kept > 0);
        CHECK(n_kept < 600);
        const Finished again = finished(broken);
        CHECK(again.exit_code == test::kUnreadableFile);
        CHECK(contains(again.err, "an unfinished run; --resume goes on with it"));
        const Finished other = finished(broken, {"--resume", "--set", "seed=2"});
        CHECK(other.exit_code == test::kWrongInput);
        CHECK(contains(other.err, "started with another config"));

        stopped({"--resume"}, "crop ", SIGKILL);
        if (!std::filesystem::exists(broken)) stopped({"--resume"}, "photograph ", SIGTERM);
        if (!std::filesystem::exists(broken)) {
            const Finished last = finished(broken, {"--resume"});
            REQUIRE_MESSAGE(last.exit_code == 0, last.err);
        }
        CHECK(test::first_difference(whole, broken) == "");
        CHECK_FALSE(std::filesystem::exists(partial));
        const Finished nothing = finished(broken, {"--resume"});
        CHECK(nothing.exit_code == test::kUnreadableFile);
        CHECK(contains(nothing.err, "found a finished run"));
    }
}

TEST_CASE("what a convolutional experiment cannot do is said, and leaves no file") {
    const Experiment experiment;
    const std::string config = experiment.config("learned", kLearned);
    const Finished crop = experiment.run(config, {"--set", "learning.crop=20"});
    CHECK(crop.exit_code == test::kWrongInput);
    CHECK(contains(crop.err, "learning.crop: must be at most 18 px"));
    const Finished folder = experiment.run(config, {"--set", "images.folders=nowhere"});
    CHECK(folder.exit_code == test::kUnreadableFile);
    CHECK(contains(folder.err, "nowhere: cannot list this folder"));
    const Finished key = experiment.run(config, {"--set", "solver.admm.iteration=3"});
    CHECK(key.exit_code == test::kWrongInput);
    CHECK(contains(key.err, "did you mean \"iterations\"?"));
    CHECK(experiment.dir.names() == std::vector<std::string>{"learned.yaml", "photographs"});
    REQUIRE(experiment.run(config).exit_code == 0);
    CHECK(experiment.run(config).exit_code == test::kUnreadableFile);  // it is there
}

TEST_CASE("a convolutional experiment leaves out what is no photograph or of one grey, and ends well") {
    const Experiment experiment;
    experiment.dir.write("photographs/0.jpg", "no photograph");
    experiment.dir.write("photographs/1a.pgm", "P5 60 24 255\n" + std::string(60 * 24, '\x80'));
    const std::string config = experiment.config("mixed", kHomogeneous),
                      output = experiment.dir.file("mixed.h5");
    const test::Args args{"run", config, "-o", output, "--set", "images.n=2"};
    const Finished mixed = striate(args, {experiment.dir.path()});
    CHECK(mixed.exit_code == 0);
    CHECK(contains(mixed.err, "0.jpg: cannot be read as a JPEG, PNG, PGM or PPM image"));
    CHECK(contains(mixed.err, "1a.pgm: its centre square is of one grey"));
    CHECK(contains(mixed.out, "2 photographs"));
    for (const double psnr : sim::io::open_striate_file(output, "convolution").read<double>("/measures/psnr"))
        CHECK(std::isfinite(psnr));

    std::filesystem::remove(experiment.dir.path() / "photographs/1.pgm");
    std::filesystem::remove(experiment.dir.path() / "photographs/2.pgm");
    std::filesystem::remove(output);
    const Finished none = experiment.run(config, {"-o", output});
    CHECK(none.exit_code == test::kUnreadableFile);
    CHECK(contains(none.err, "none of the 2 files in"));
    CHECK(contains(none.err, "0.jpg: cannot be read"));
    CHECK(experiment.dir.names() == std::vector<std::string>{"mixed.yaml", "photographs"});
}

TEST_CASE("runs stand side by side, with differences, figures, and no others beside them") {
    const Experiment experiment;
    REQUIRE(experiment.run(experiment.config("one", kHomogeneous)).exit_code == 0);
    REQUIRE(experiment.run(experiment.config("many", kHeterogeneous)).exit_code == 0);
    const auto file = [&](const char* name) { return experiment.dir.file(name); };
    const Finished compared =
        striate({"heterogeneity", file("one.h5"), file("many.h5"), "--figures", file("figures")});
    CHECK_MESSAGE(compared.exit_code == 0, compared.err);
    CHECK(contains(compared.out, "medians of 2 photographs"));
    CHECK(contains(compared.out, "heterogeneous - homogeneous"));
    CHECK(contains(compared.out, "33.30"));  // published
    for (const char* name : {"scatter", "resilience", "orientations", "kernels"})
        CHECK(std::filesystem::exists(file("figures") + "/heterogeneity_" + name + ".png"));

    REQUIRE(experiment.run(experiment.config("other", kHomogeneous), {"--set", "images.n=1"}).exit_code == 0);
    const Finished others = striate({"heterogeneity", file("one.h5"), file("other.h5")});
    CHECK(others.exit_code == test::kWrongInput);
    CHECK(contains(others.err, "must have coded the same photographs"));
    const Finished wrong_kind = striate({"heterogeneity", test::example().run});
    CHECK(wrong_kind.exit_code == test::kUnreadableFile);
}

TEST_CASE("kernels of a run code by spikes, at any number of threads, and their cost is counted") {
    const Experiment experiment;
    const auto file = [&](const char* name) { return experiment.dir.file(name); };
    REQUIRE(experiment.run(experiment.config("learned", kLearned), {"-o", file("learned.h5")}).exit_code ==
            0);
    const std::string spikes = experiment.config(
        "spikes", "kernels: {kind: run, size: 6, run: {file: learned.h5}}\ncoding: {lambda: 1}\n");
    const auto code = [&](const char* threads) {
        return experiment.run(spikes, {"-o", file(threads), "--threads", threads, "--set",
                                       "solver.kind=spikes", "--set", "solver.spikes.T=5 ms", "--force"});
    };
    const Finished one = code("1");
    CHECK_MESSAGE(one.exit_code == 0, one.err);
    CHECK(contains(one.out, "5, random, learned"));
    CHECK(contains(one.out, "spikes a pixel"));
    REQUIRE(code("4").exit_code == 0);
    CHECK(test::first_difference(file("1"), file("4")) == "");

    const sim::io::File run = sim::io::open_striate_file(file("1"), "convolution");
    const auto n = run.read<double>("/measures/course/spikes"),
               events = run.read<double>("/measures/course/synaptic_events");
    CHECK(n.back() > 0.0);
    CHECK(events.back() == doctest::Approx(n.back() * 11 * 11 * 5));  // 5 kernels of 6 x 6 px
    CHECK(run.read<double>("/measures/course/psnr").back() == run.read<double>("/measures/psnr").back());
    const Finished compared = striate({"heterogeneity", file("1"), "--figures", file("figures")});
    CHECK_MESSAGE(compared.exit_code == 0, compared.err);
    CHECK(contains(compared.out, "23.6 pJ a synaptic event"));
    CHECK(std::filesystem::exists(file("figures") + "/heterogeneity_course.png"));

    const Finished late = experiment.run(spikes, {"--set", "solver.spikes.T0=50 ms"});
    CHECK(late.exit_code == test::kWrongInput);
    CHECK(contains(late.err, "solver.spikes.T0: must be below T"));
    CHECK(experiment.run(spikes, {"--set", "kernels.run.file=none.h5"}).exit_code == test::kUnreadableFile);
}
