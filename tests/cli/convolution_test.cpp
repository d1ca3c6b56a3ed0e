// Convolutional experiments as a user meets them: same bits, wrong configs, and runs side by side.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <map>
#include <thread>

#include "sim/io/striate_file.hpp"
#include "sim/provenance.hpp"
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
    for (const std::string solver : {"admm", "slca_falling"}) {
        CAPTURE(solver);
        const Experiment experiment;
        const std::string config = experiment.config("learned", kLearned),
                          whole = experiment.dir.file("whole.h5"), broken = experiment.dir.file("broken.h5"),
                          partial = broken + ".partial";
        const auto args = [&](const std::string& output, const test::Args& more = {}) {
            test::Args all{"run", config, "-o", output};
            for (const std::string set :
                 {"learning.presentations=600", "learning.homeostasis.rate=0.1", "coding.lambda=0.5",
                  "solver.presentation.T=50 ms", "solver.slca_falling.tau=5 ms"})
                all.insert(all.end(), {"--set", set});
            all.insert(all.end(), {"--set", "solver.kind=" + solver});
            if (solver != "admm") all.insert(all.end(), {"--set", "record.spikes=true"});
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
        CHECK(contains(first.err, "interrupted after crop "));
        CHECK_FALSE(contains(first.err, "interrupted after crop 0 "));
        CHECK(std::filesystem::exists(partial));
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

TEST_CASE("the spikes of a convolutional experiment are those that it counts and that make its codes") {
    std::string kind;
    SUBCASE("counted") { kind = "slca"; }
    SUBCASE("graded") { kind = "slca_falling"; }
    const Experiment experiment;
    const std::string config =
        experiment.config("spikes",
                          "kernels: {size: 6, log_gabor: {orientations: 3}}\ncoding: {lambda: 0.1}\n"
                          "record: {spikes: true, codes: true}\n");
    const auto run = [&](const char* output, const char* threads) {
        const std::string path = experiment.dir.file(output);
        const Finished done =
            experiment.run(config, {"-o", path, "--threads", threads, "--set", "solver.kind=" + kind, "--set",
                                    "solver.presentation={T: 40 ms, T0: 16 ms}", "--set",
                                    "solver.slca.q=0.2 tau", "--set", "solver.slca.decoder=count"});
        REQUIRE_MESSAGE(done.exit_code == 0, done.err);
        return path;
    };
    const std::string path = run("one.h5", "1");
    CHECK(test::first_difference(path, run("four.h5", "4")) == "");

    const sim::io::File file = sim::io::open_striate_file(path, "convolution");
    const auto t = file.read<double>("/spikes/convolution/timestamps");
    const auto id = file.read<std::uint64_t>("/spikes/convolution/node_ids");
    const bool is_graded = kind == "slca_falling";
    CHECK(file.exists("/spikes/convolution/amount") == is_graded);
    const auto amount =
        is_graded ? file.read<double>("/spikes/convolution/amount") : std::vector<double>(t.size(), 1.0);
    REQUIRE(amount.size() == t.size());
    const auto n_neurons = file.read_attribute<std::uint64_t>("/spikes/convolution", "n_neurons");
    CHECK(n_neurons == 24 * 24 * 6);
    CHECK(std::ranges::is_sorted(t));
    const auto course = file.read<double>("/measures/course/spikes");
    // A graded spike is part of the code whenever it came, others count while the code is read.
    const double T = 40.0, T0 = is_graded ? 0.0 : 16.0;
    std::size_t n_of_both = 0;
    for (const std::size_t photograph : {0U, 1U}) {
        const double begin = static_cast<double>(photograph) * T;
        std::map<std::uint64_t, double> code;  // ON less OFF
        std::size_t n = 0;
        for (std::size_t s = 0; s < t.size(); ++s) {
            if (t[s] < begin || t[s] >= begin + T) continue;
            ++n;
            REQUIRE(id[s] < 2 * n_neurons);
            if (t[s] >= begin + T0) code[id[s] % n_neurons] += id[s] < n_neurons ? amount[s] : -amount[s];
        }
        CHECK(static_cast<double>(n) ==
              doctest::Approx(course[(photograph + 1) * course.size() / 2 - 1] * 24 * 24));
        n_of_both += n;
        std::erase_if(code, [](const auto& one) { return std::abs(one.second) < 1e-12; });
        const std::string group = "/codes/" + std::to_string(photograph);
        const auto place = file.read<std::uint64_t>(group + "/place");
        const auto value = file.read<float>(group + "/value");
        REQUIRE(place.size() == code.size());
        REQUIRE(!place.empty());
        const double of_one = is_graded ? 1.0 : value[0] / code.at(place[0]);  // what a spike stands for
        CHECK(of_one > 0.0);
        for (std::size_t k = 0; k < place.size(); ++k)
            CHECK(value[k] == doctest::Approx(of_one * code.at(place[k])));
    }
    CHECK(n_of_both == t.size());
    const Finished admm = experiment.run(config, {"--force"});
    CHECK(admm.exit_code == test::kWrongInput);
    CHECK(contains(admm.err, "record.spikes: must be false where solver.kind is admm"));
}

TEST_CASE(
    "a network that is shown the photographs of an experiment codes them as well, and learns from their "
    "crops") {
    const Experiment experiment;
    const std::string config = experiment.config("experiment",
                                                 std::string(kHomogeneous) + "coding: {lambda: 0.2}\n"),
                      network = experiment.dir.write("network.yaml", R"(frame: {height: 24 px, width: 24 px}
stimulus: {kind: photographs, photographs: {folders: photographs, size: 24}}
populations:
  v1:
    kind: admm
    lambda: 0.2
    objective: {signed: true}
    kernels: {size: 8, border: periodic, log_gabor: {orientations: 4}}
    admm: {iterations: 20}
learning: {batch_size: 2, held_out: 2}
)");
    const auto file = [&](const char* name) { return experiment.dir.file(name); };
    REQUIRE(experiment.run(config, {"-o", file("experiment.h5")}).exit_code == 0);
    const Finished shown = experiment.run(network, {"-o", file("network.h5")});
    REQUIRE_MESSAGE(shown.exit_code == 0, shown.err);
    const auto of = [&](const char* name, const char* kind, const std::string& dataset) {
        return sim::io::open_striate_file(file(name), kind).read<double>(dataset);
    };
    for (const std::string measure : {"psnr", "sparseness"}) {
        const auto expected = of("experiment.h5", "convolution", "/measures/" + measure),
                   found = of("network.h5", "network", "/presentations/v1/" + measure);
        REQUIRE(found.size() == 2);
        for (std::size_t k = 0; k < 2; ++k) CHECK(found[k] == doctest::Approx(expected[k]).epsilon(1e-6));
    }

    // The middle 24 of 60 columns leave 18 at each side.
    const test::Args learns{"--set", "learning.batches=3",
                            "--set", "populations.v1.plasticity={}",
                            "--set", "populations.v1.kernels.border=valid"};
    test::Args crops = learns, too_large = learns;
    crops.insert(crops.end(), {"-o", file("learned.h5"), "--set", "frame={height: 18 px, width: 18 px}"});
    too_large.insert(too_large.end(), {"-o", file("too_large.h5")});
    const Finished learned = experiment.run(network, crops);
    CHECK_MESSAGE(learned.exit_code == 0, learned.err);
    const Finished refused = experiment.run(network, too_large);
    CHECK(refused.exit_code == test::kWrongInput);
    CHECK(contains(refused.err,
                   "frame: must be at most 18 px high or wide, the room that these photographs leave"));
    CHECK_FALSE(std::filesystem::exists(file("too_large.h5.partial")));
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

    experiment.dir.write("sweep.yaml",
                         "config: [one.yaml, many.yaml]\n"
                         "list: [{point: one, config: one}, {point: many, config: many}]\n");
    REQUIRE(striate({"sweep", file("sweep.yaml"), "-o", file("swept"), "--quiet"}).exit_code == 0);
    CHECK(test::first_difference(file("many.h5"), file("swept/many.h5")) == "");
    const Finished of_sweep = striate({"heterogeneity", file("swept")});
    CHECK(of_sweep.out == striate({"heterogeneity", file("one.h5"), file("many.h5")}).out);
    CHECK(striate({"heterogeneity", file("photographs")}).exit_code == test::kUnreadableFile);

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
        return experiment.run(
            spikes, {"-o", file(threads), "--threads", threads, "--set", "solver.kind=slca_falling", "--set",
                     "solver.presentation.T=50 ms", "--force"});
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
    CHECK(events.back() == doctest::Approx(n.back() * 11 * 11 * 5 * 2));  // 5 kernels of 6 x 6 px, ON and OFF
    CHECK(run.read<double>("/measures/course/psnr").back() == run.read<double>("/measures/psnr").back());
    const Finished compared = striate({"heterogeneity", file("1"), "--figures", file("figures")});
    CHECK_MESSAGE(compared.exit_code == 0, compared.err);
    CHECK(contains(compared.out, "23.6 pJ a synaptic event"));
    CHECK(std::filesystem::exists(file("figures") + "/heterogeneity_course.png"));

    const Finished late = experiment.run(spikes, {"--set", "solver.presentation.T0=100 ms"});
    CHECK(late.exit_code == test::kWrongInput);
    CHECK(contains(late.err, "solver.presentation.T0: must be less than presentation.T"));
    // What the config of an older version says.
    const Finished kind = experiment.run(spikes, {"--set", "solver.kind=spikes"});
    CHECK(kind.exit_code == test::kWrongInput);
    CHECK(contains(kind.err, "got \"spikes\" (which is \"slca_falling\" here)"));
    const Finished keys = experiment.run(spikes, {"--set", "solver.spikes.T=100 ms"});
    CHECK(keys.exit_code == test::kWrongInput);
    CHECK(contains(keys.err, "whose keys stand in a block of that name, and T and T0 in presentation"));
    CHECK(experiment.run(spikes, {"--set", "kernels.run.file=none.h5"}).exit_code == test::kUnreadableFile);
}

TEST_CASE("a sweep that takes the kernels of a run computes its points again when these were learned again") {
    const Experiment experiment;
    const auto file = [&](const char* name) { return experiment.dir.file(name); };
    const auto learn = [&](const char* seed) {
        return experiment.run(file("learned.yaml"),
                              {"-o", file("learned.h5"), "--force", "--set", std::string("seed=") + seed});
    };
    experiment.config("learned", kLearned);
    experiment.config("coded", "kernels: {kind: run, size: 6, run: {file: learned.h5}}\n");
    experiment.dir.write("sweep.yaml", "config: coded.yaml\ngrid: {coding.lambda: [0.1, 1]}\n");
    const auto sweep = [&](const test::Args& more = {}) {
        test::Args args{"sweep", file("sweep.yaml"), "-o", file("swept")};
        args.insert(args.end(), more.begin(), more.end());
        return striate(args);
    };
    const auto table = [&] { return test::read_file(file("swept/table.csv")); };
    const Finished without = sweep();
    CHECK(without.exit_code == test::kUnreadableFile);
    CHECK(contains(without.err, "learned.h5"));

    REQUIRE(learn("1").exit_code == 0);
    REQUIRE(sweep().exit_code == 0);
    CHECK(contains(table(), "lambda=0.1,0.1,5,"));
    CHECK(contains(sweep().err, "2 points, 2 of them done"));
    const std::string before = table();

    // Runs are told apart by the second in which they began.
    for (const std::string second = sim::timestamp(); sim::timestamp() == second;)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    REQUIRE(learn("2").exit_code == 0);
    const Finished refused = sweep();
    CHECK(refused.exit_code == test::kWrongInput);
    CHECK(contains(refused.err, "was computed under other settings"));
    CHECK(contains(refused.err, "# kernels of a run started "));
    REQUIRE(sweep({"--force"}).exit_code == 0);
    CHECK(table() != before);
}

TEST_CASE("a killed sweep of convolutional experiments goes on, with the same files") {
    const Experiment experiment;
    experiment.config("learned", kLearned);
    const std::string sweep = experiment.dir.write(
        "sweep.yaml", "config: learned.yaml\nset: [learning.presentations=300]\ngrid: {seed: [1, 2, 3]}\n");
    const auto args = [&](const char* output) {
        return test::Args{"sweep", sweep, "-o", experiment.dir.file(output), "--jobs", "1"};
    };
    REQUIRE(striate(args("whole")).exit_code == 0);
    {
        test::Striate process(args("broken"));
        while (!std::filesystem::exists(experiment.dir.file("broken/seed=2.h5.partial")))
            REQUIRE_FALSE(process.wait_for(0.2));
        process.send(SIGKILL);
        process.wait();
    }
    CHECK_FALSE(std::filesystem::exists(experiment.dir.file("broken/table.csv")));
    const Finished again = striate(args("broken"));
    REQUIRE_MESSAGE(again.exit_code == 0, again.err);
    CHECK(contains(again.err, "of them done"));
    CHECK(test::read_file(experiment.dir.file("whole/table.csv")) ==
          test::read_file(experiment.dir.file("broken/table.csv")));
    for (const char* name : {"seed=1.h5", "seed=2.h5", "seed=3.h5"})
        CHECK(test::first_difference(experiment.dir.file(std::string("whole/") + name),
                                     experiment.dir.file(std::string("broken/") + name)) == "");
}
