// What `run`, `encode`, `recall`, `heterogeneity` and `sweep` print is what their files hold, in the unit that is
// named. Whether the files are right is asked elsewhere (tests/verification/run_numbers_test.cpp and others).
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "sim/io/striate_file.hpp"
#include "tests/linked.hpp"
#include "tests/photographs.hpp"
#include "tests/support.hpp"

namespace {

using doctest::Approx;
using test::Args;
using test::contains;
using test::Finished;
using test::Photographs;
using test::TempDir;
using Values = std::vector<double>;

Finished succeeds(const Args& args, const test::Surroundings& surroundings = {}) {
    Finished done = test::striate(args, surroundings);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

/// Of an odd number of values: the one in the middle.
double middle(Values values) {
    REQUIRE(values.size() % 2 == 1);
    std::ranges::sort(values);
    return values[values.size() / 2];
}

double mean(const Values& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Numbers of the line of a text that begins so, in order.
Values numbers_of(const std::string& text, const std::string& start) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with(start)) continue;
        Values found;
        for (std::size_t at = start.size(); at < line.size();) {
            std::size_t length = 0;
            try {
                found.push_back(std::stod(line.substr(at), &length));
            } catch (const std::exception&) {
                length = 0;
            }
            at += std::max<std::size_t>(length, 1);
        }
        return found;
    }
    FAIL("no line begins with ", start);
    return {};
}

constexpr const char* kHomogeneous = "size: 8, log_gabor: {orientations: 4}";
constexpr const char* kHeterogeneous = "size: 8, log_gabor: {orientations: 2, bandwidths: [10 deg, 30 deg]}";

void codes(const Photographs& photographs, const std::string& name, const char* kernels,
           const Args& more = {}) {
    const Finished done = photographs.run(photographs.coding(name, kernels), more);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
}

nlohmann::json heterogeneity(const Photographs& photographs, const std::string& name) {
    return nlohmann::json::parse(succeeds({"heterogeneity", photographs.dir.file(name), "--json"}).out)
        .at("runs")
        .at(0);
}

/// One active coefficient.
struct Coefficient {
    std::size_t kernel, row, col;
    double a, norm;
};

}  // namespace

TEST_CASE("numbers of a run: text and JSON are those of the file") {
    const TempDir dir;
    // Activity is that of the last batch, so that some neurons are dead.
    const std::string config = dir.write("tiny.yaml", test::tiny_config()), output = dir.file("run.h5");
    const auto args = [&](const Args& more) {
        Args all{"run",     config,    "-o",    output,
                 "--quiet", "--force", "--set", "populations.v1.homeostasis.memory=1"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    const std::string text = succeeds(args({})).out;
    const auto json = nlohmann::json::parse(succeeds(args({"--json"})).out);
    const sim::io::File file = sim::io::open_striate_file(output, "network");
    const auto read = [&](const std::string& dataset) {
        return file.read<double>("/learning/v1/" + dataset);
    };
    const auto energy = read("held_out/energy");
    const double least = read("held_out/optimal_energy").back(), gap = read("held_out/relative_gap").back(),
                 dead = read("dead_neurons").back(), spikes = read("spikes_per_presentation").back();
    REQUIRE(dead > 0.0);
    const auto& one = json.at("populations").at("v1");
    CHECK(one.at("kind") == "slca");
    CHECK(one.at("size") == 64);
    CHECK(json.at("batches") == 20);
    CHECK(json.at("batch_size") == 10);
    CHECK(json.at("held_out") == 6);
    CHECK(one.at("spikes") == file.read<double>("/spikes/v1/timestamps").size());
    CHECK(one.at("held_out_energy_before") == energy.front());
    CHECK(one.at("held_out_energy") == energy.back());
    CHECK(one.at("held_out_optimal_energy") == least);
    CHECK(one.at("relE") == gap);
    CHECK(one.at("spikes_per_image") == spikes);
    CHECK(one.at("dead_neurons") == dead);
    const auto middle_of_held_out = [&](const char* name) {
        auto all = file.read<double>(std::string("/presentations/v1/") + name);
        std::vector<double> held_out(all.end() - 6, all.end());
        std::ranges::sort(held_out);
        return 0.5 * (held_out[2] + held_out[3]);
    };
    const double psnr = middle_of_held_out("psnr"), sparseness = middle_of_held_out("sparseness");
    CHECK(one.at("psnr_dB").get<double>() == Approx(psnr));
    CHECK(one.at("sparseness").get<double>() == Approx(sparseness));
    CHECK(
        contains(text, fmt::format("medians         PSNR {:.2f} dB, sparseness {:.5f}\n", psnr, sparseness)));
    const double kkt = middle_of_held_out("kkt"), at_most = one.at("relE_at_most");
    CHECK(one.at("kkt").get<double>() == Approx(kkt));
    CHECK(at_most > gap);
    CHECK(
        contains(text, fmt::format("certified       at most {:.2e} above the least, by duality; KKT residual "
                                   "{:.2e} (medians)\n",
                                   at_most, kkt)));
    const double images = 20 * 10,
                 at_least = images / file.read_attribute<double>("/provenance", "wall_time_s");
    CHECK(json.at("images_per_second") >= at_least);  // learning is all of that time but the last test
    CHECK(json.at("images_per_second") < 8.0 * at_least);

    CHECK(contains(text, fmt::format("held-out energy {:.4f} before, {:.4f} after; least possible {:.4f}\n",
                                     energy.front(), energy.back(), least)));
    CHECK(contains(text, fmt::format("relE of codes   {:.2e} (median", gap)));
    CHECK(contains(text, fmt::format("explained       {:.1f} % of what it sees\n",
                                     100.0 * (1.0 - one.at("unexplained").get<double>()))));
    CHECK(contains(text, fmt::format("spikes/image    {:.1f}\n", spikes)));
    CHECK(contains(text, fmt::format("dead neurons    {} of 64 ({:.2f} %)\n", dead, 100.0 * dead / 64.0)));
    CHECK(contains(text, "learned         20 batches of 10 in "));
    CHECK(
        contains(text, fmt::format(": {} spikes in {} recorded presentations, {:.4g} Hz",
                                   one.at("spikes").get<std::uint64_t>(),
                                   file.shape("/presentations/number")[0], one.at("rate_Hz").get<double>())));
    CHECK(contains(text, "time            212 presentations of "));  // 200, and two tests of 6
    const auto shares = numbers_of(text, "time spent");
    CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) <= 103.0);  // each is rounded
    CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) > 60.0);
}

TEST_CASE("numbers of a circuit: text and JSON agree, and speeds are events over seconds") {
    const TempDir dir;
    const Args args{
        "run", STRIATE_SOURCE_DIR "/configs/two_cells.yaml", "-o", dir.file("two.h5"), "--quiet", "--force"};
    Args as_json = args;
    as_json.push_back("--json");
    const std::string text = succeeds(args).out;
    const auto json = nlohmann::json::parse(succeeds(as_json).out);
    const sim::io::File file = sim::io::open_striate_file(dir.file("two.h5"), "network");
    for (const auto& [name, one] : json.at("populations").items()) {
        CAPTURE(name);
        const auto t = file.read<double>("/spikes/" + name + "/timestamps");
        CHECK(one.at("spikes") == t.size());
        CHECK(one.at("rate_Hz").get<double>() == Approx(static_cast<double>(t.size()) / 0.1));  // 100 ms
        CHECK(contains(
            text, fmt::format("{:15} 1 {}: {} spikes, {:.4g} Hz", name, one.at("kind").get<std::string>(),
                              t.size(), one.at("rate_Hz").get<double>())));
        if (t.size() < 3) continue;
        Values intervals;
        for (std::size_t k = 1; k < t.size(); ++k) intervals.push_back(t[k] - t[k - 1]);
        double squares = 0.0;
        for (const double x : intervals) squares += (x - mean(intervals)) * (x - mean(intervals));
        const double cv = std::sqrt(squares / static_cast<double>(intervals.size())) / mean(intervals);
        CHECK(one.at("cv").get<double>() == Approx(cv));
        CHECK(contains(text, fmt::format(", CV of intervals {:.3f}", one.at("cv").get<double>())));
    }
    CHECK(json.at("duration_ms") == 100.0);
    CHECK(json.at("synapses") == 2);
    CHECK(json.at("events_per_second").get<double>() ==
          Approx(json.at("events").get<double>() / json.at("simulation_s").get<double>()));
    CHECK(contains(text, fmt::format("events          {}: ", json.at("events").get<int>())));
}

TEST_CASE("codes of photographs: what is measured of them and of what cuts leave, by a slow twin") {
    const Photographs photographs(3);
    codes(photographs, "banks", kHeterogeneous, {"--set", "populations.v1.lambda=0.3"});
    const sim::io::File file = photographs.file("banks.h5");
    const auto kernels = file.read<double>("/network/v1/kernels"),
               pixels = file.read<double>("/presentations/frames"),
               count = file.read<double>("/presentations/v1/active/count"),
               neuron = file.read<double>("/presentations/v1/active/neuron"),
               value = file.read<double>("/presentations/v1/active/value");
    constexpr std::size_t kSide = 24, kPixels = kSide * kSide, kKernels = 8, kSize = 8;
    REQUIRE(file.shape("/network/v1/kernels") == sim::io::Shape{kKernels, kSize, kSize});
    REQUIRE(count.size() == 3);
    std::vector<std::vector<Coefficient>> of_photograph(3);
    std::size_t next = 0;
    for (std::size_t p = 0; p < 3; ++p)
        for (std::size_t c = 0; c < static_cast<std::size_t>(count[p]); ++c, ++next) {
            const auto at = static_cast<std::size_t>(neuron[next]);
            double squares = 0.0;
            for (std::size_t i = 0; i < kSize * kSize; ++i)
                squares +=
                    kernels[at % kKernels * kSize * kSize + i] * kernels[at % kKernels * kSize * kSize + i];
            of_photograph[p].push_back({at % kKernels, at / kKernels / kSide, at / kKernels % kSide,
                                        value[next], std::sqrt(squares)});
        }
    REQUIRE(next == value.size());
    /// Squared error of what these coefficients explain.
    const auto error_of = [&](std::size_t p, const std::vector<Coefficient>& some) {
        Values left(pixels.begin() + static_cast<std::ptrdiff_t>(p * kPixels),
                    pixels.begin() + static_cast<std::ptrdiff_t>((p + 1) * kPixels));
        for (const Coefficient& one : some)
            for (std::size_t i = 0; i < kSize; ++i)
                for (std::size_t j = 0; j < kSize; ++j)
                    left[(one.row + i) % kSide * kSide + (one.col + j) % kSide] -=
                        one.a * kernels[(one.kernel * kSize + i) * kSize + j];
        double error = 0.0;
        for (const double x : left) error += x * x;
        return error;
    };
    const auto psnr_of = [&](std::size_t p, const std::vector<Coefficient>& some) {
        const auto first = pixels.begin() + static_cast<std::ptrdiff_t>(p * kPixels);
        const auto [least, most] = std::minmax_element(first, first + kPixels);
        return 20.0 * std::log10(*most - *least) - 10.0 * std::log10(error_of(p, some) / kPixels);
    };
    const auto psnr = file.read<double>("/presentations/v1/psnr"),
               sparseness = file.read<double>("/presentations/v1/sparseness"),
               energy = file.read<double>("/presentations/v1/energy");
    for (std::size_t p = 0; p < 3; ++p) {
        const auto& all = of_photograph[p];
        double sum = 0.0;
        for (const Coefficient& one : all) sum += std::abs(one.a);
        CHECK(psnr[p] == Approx(psnr_of(p, all)).epsilon(1e-4).scale(0));
        CHECK(sparseness[p] == Approx(1.0 - static_cast<double>(all.size()) / (kKernels * kPixels)));
        CHECK(energy[p] == Approx(0.5 * error_of(p, all) + 0.3 * sum).epsilon(1e-4).scale(0));
    }

    const auto json = heterogeneity(photographs, "banks.h5");
    CHECK(json.at("energy").at("value").get<double>() == Approx(middle(energy) / kPixels));
    CHECK(json.at("active_of_pixel").get<double>() ==
          Approx(middle(Values(count.begin(), count.end())) / kPixels));
    // What kernels of one breadth are used for: nothing is lost, nothing counted twice.
    double used = 0.0, narrower = 0.0;
    for (const auto& usage : json.at("usage_by_breadth")) {
        CHECK(usage.at("breadth_deg").get<double>() >= narrower);
        narrower = usage.at("breadth_deg").get<double>();
        used += usage.at("part").get<double>();
    }
    CHECK(used == Approx(1.0));
    const auto check_cuts = [&](const char* name, const auto& left_of) {
        for (const auto& cut : json.at(name)) {
            CAPTURE(cut.dump());
            Values all, silent;
            for (std::size_t p = 0; p < 3; ++p) {
                const std::vector<Coefficient> some = left_of(of_photograph[p], cut.at("cut").get<double>());
                all.push_back(psnr_of(p, some));
                silent.push_back(1.0 - static_cast<double>(some.size()) / (kKernels * kPixels));
            }
            CHECK(cut.at("psnr_dB").get<double>() == Approx(middle(all)).epsilon(1e-4).scale(0));
            CHECK(cut.at("sparseness").get<double>() == Approx(middle(silent)));
        }
    };
    const auto at_least = [](bool times_norm) {
        return [times_norm](std::vector<Coefficient> all, double cut) {
            std::erase_if(all, [&](const Coefficient& one) {
                return std::abs(one.a) * (times_norm ? one.norm : 1.0) < cut;
            });
            return all;
        };
    };
    check_cuts("cut_absolute", at_least(false));
    check_cuts("cut_norm_matched", at_least(true));
    check_cuts("cut_quantile_matched", [](std::vector<Coefficient> all, double part) {
        std::ranges::sort(all, std::greater{},
                          [](const Coefficient& one) { return std::abs(one.a) * one.norm; });
        all.resize(static_cast<std::size_t>(std::lround((1.0 - part) * static_cast<double>(all.size()))));
        return all;
    });
}

TEST_CASE("numbers of heterogeneity: medians, differences and spikes are those of the files") {
    const Photographs photographs(3);
    codes(photographs, "one", kHomogeneous);
    codes(photographs, "many", kHeterogeneous);
    const sim::io::File one = photographs.file("one.h5"), many = photographs.file("many.h5");
    const std::string text =
        succeeds({"heterogeneity", photographs.dir.file("one.h5"), photographs.dir.file("many.h5")}).out;
    CHECK(contains(text, "medians of 3 photographs"));
    const auto read = [](const sim::io::File& file, const char* name) {
        return file.read<double>(std::string("/presentations/v1/") + name);
    };
    for (const auto& [name, file] : {std::pair{"one", &one}, {"many", &many}}) {
        CHECK(contains(text, fmt::format("\n{:24} {:.2f} [", name, middle(read(*file, "psnr")))));
        CHECK(contains(text, fmt::format(" {:.5f} [", middle(read(*file, "sparseness")))));
        CHECK(contains(text, fmt::format(" {:.5f} [", middle(read(*file, "energy")) / (24 * 24))));
        auto gaps = read(*file, "energy");
        const auto bound = read(*file, "energy_bound"), kkt = read(*file, "kkt");
        for (std::size_t k = 0; k < gaps.size(); ++k) gaps[k] = gaps[k] / bound[k] - 1.0;
        CHECK(contains(text, fmt::format("\n{:24} {:.2e} [{:.2e}, {:.2e}]", name, middle(gaps),
                                         *std::ranges::min_element(gaps), *std::ranges::max_element(gaps))));
        CHECK(contains(text, fmt::format(" {:.2e} [{:.2e}, ", middle(kkt), *std::ranges::min_element(kkt))));
    }
    // Photograph by photograph: "heterogeneous - homogeneous" of sparseness, the other way round of PSNR.
    const auto difference = [&](const sim::io::File& of, const sim::io::File& from, const char* name) {
        auto values = read(of, name);
        const auto less = read(from, name);
        for (std::size_t k = 0; k < values.size(); ++k) values[k] -= less[k];
        return middle(values);
    };
    CHECK(contains(text, fmt::format("{:52} {:12} {:.5f} [", "heterogeneous - homogeneous", "sparseness",
                                     difference(many, one, "sparseness"))));
    CHECK(contains(text, fmt::format("{:52} {:12} {:.2f} [", "homogeneous - heterogeneous", "PSNR [dB]",
                                     difference(one, many, "psnr"))));
    // After every cut, of absolute size.
    const auto cuts = heterogeneity(photographs, "one.h5").at("cut_absolute");
    REQUIRE(cuts.front().at("psnr_dB") > 1.05 * cuts.back().at("psnr_dB").get<double>());
    const std::string below = text.substr(text.find("coefficients |a| below are cut"));
    for (const auto& cut : cuts)
        CHECK(contains(below.substr(0, below.find("many ")),
                       fmt::format(" {:>7.2f} ", cut.at("psnr_dB").get<double>())));
}

TEST_CASE("numbers of photographs coded by spikes, and what spikes cost") {
    const Photographs photographs(3);
    codes(photographs, "spikes", "kind: random, size: 6, random: {n: 5}",
          {"--set", "populations.v1.kind=slca_falling", "--set", "presentation.T=50 ms", "--set",
           "populations.v1.lambda=1"});
    Values n(3, 0.0);  // of a pixel
    for (const double t : photographs.file("spikes.h5").read<double>("/spikes/v1/timestamps"))
        n.at(static_cast<std::size_t>(t / 50.0)) += 1.0 / (24 * 24);
    const double spikes = middle(n),
                 events = spikes * 11 * 11 * 5 * 2;  // 6 x 6 px reach 11 x 11 places, ON and OFF
    REQUIRE(spikes > 0.0);
    const auto json = heterogeneity(photographs, "spikes.h5");
    CHECK(json.at("spikes").at("value").get<double>() == Approx(spikes));
    CHECK(json.at("synaptic_events").get<double>() == Approx(events));
    const std::string costs = succeeds({"heterogeneity", photographs.dir.file("spikes.h5")}).out;
    const std::string below = costs.substr(costs.find("spikes; energy at 23.6 pJ a synaptic event"));
    const auto found = numbers_of(below, "spikes  ");  // spikes, its interval, events, uJ a pixel, mJ in all
    REQUIRE(found.size() >= 6);
    CHECK(found[0] == Approx(spikes).epsilon(0.01).scale(0));
    const double uJ = 23.6e-12 * events * 1e6;
    CHECK(found[found.size() - 3] == Approx(events).epsilon(0.01).scale(0));
    CHECK(std::abs(found[found.size() - 2] - uJ) < 0.006);
    CHECK(std::abs(found.back() - uJ * 24 * 24 * 1e-3) < 0.006);
}

TEST_CASE("numbers of encode and recall are counted again from the codes") {
    const TempDir dir;
    const std::string config = dir.write("linked.yaml", test::linked_config(test::paired_arrays(dir))),
                      run = dir.file("linked.h5"), codes = dir.file("codes.h5");
    {  // frames of some classes are longer: the nearest is not that of the largest product
        sim::io::File file = sim::io::File::reopen(dir.file("pairs.h5"));
        auto heard = file.read<float>("/heard");
        for (std::size_t p = 0; p < heard.size(); ++p)
            heard[p] *= 1.0F + 2.0F * static_cast<float>(p / 12 % test::kPairClasses);
        file.overwrite<float>("/heard", heard);
    }
    // Too little learned to be right in all frames.
    succeeds({"run", config, "-o", run, "--quiet", "--set", "learning.batches=1"});
    const std::string text =
        succeeds({"encode", run, "--from", "seen", "-o", codes, "--quiet", "--training", "7"}).out;
    const sim::io::File file = sim::io::open_striate_file(codes, "codes");
    const auto spikes = file.read<double>("/held_out/spikes"), a = file.read<double>("/held_out/codes"),
               label = file.read<double>("/held_out/labels");
    CHECK(contains(text, "codes           7 training and 60 held-out frames, 20 numbers each, in "));
    CHECK(contains(text, fmt::format("spikes          {:.1f} a frame\n", mean(spikes))));

    // Rebuilt: Phi_heard a; nearest by cosine to the mean training frame of each class, which are the same frames.
    const std::string said = succeeds({"recall", run, "--from", "seen"}).out;
    const auto json = nlohmann::json::parse(succeeds({"recall", run, "--from", "seen", "--json"}).out);
    const auto Phi = sim::io::open_striate_file(run, "network").read<double>("/network/v1/senses/heard/Phi");
    const auto heard = sim::io::File::open(dir.file("pairs.h5")).read<double>("/heard");
    constexpr std::size_t kFrames = 60, kNeurons = 20, kPixels = 12, kClasses = 4;
    std::vector<Values> prototype(kClasses, Values(kPixels, 0.0));
    for (std::size_t k = 0; k < kFrames; ++k)
        for (std::size_t p = 0; p < kPixels; ++p) prototype[k % kClasses][p] += heard[k * kPixels + p];
    double right = 0.0;
    for (std::size_t k = 0; k < kFrames; ++k) {
        Values rebuilt(kPixels, 0.0);
        for (std::size_t i = 0; i < kNeurons; ++i)
            for (std::size_t p = 0; p < kPixels; ++p)
                rebuilt[p] += Phi[i * kPixels + p] * a[k * kNeurons + i];
        std::size_t best = 0;
        double most = -1e9;
        for (std::size_t c = 0; c < kClasses; ++c) {
            const auto& one = prototype[c];
            const double cosine = std::inner_product(one.begin(), one.end(), rebuilt.begin(), 0.0) /
                                  std::sqrt(std::inner_product(one.begin(), one.end(), one.begin(), 0.0));
            if (cosine > most) most = cosine, best = c;
        }
        right += static_cast<double>(best) == label[k] ? 1.0 / kFrames : 0.0;
    }
    MESSAGE("recall: right ", right);
    CHECK(right < 1.0);
    CHECK(json.at("rebuilt").at("heard").get<double>() == Approx(right));
    CHECK(json.at("frames") == kFrames);
    CHECK(contains(
        said, fmt::format("{:<15} {:.2f} % rebuilt nearest to the right class\n", "heard", 100.0 * right)));
}

TEST_CASE("the ranking of a sweep begins with the best point, and its table has the points' numbers") {
    const TempDir dir;
    dir.write("tiny.yaml", test::tiny_config());
    const auto sweep = [&](const std::string& name, const std::string& more) {
        const std::string file = dir.write(name + ".yaml",
                                           "config: tiny.yaml\nset: [learning.batches=3]\n"
                                           "grid: {populations.v1.lambda: [0.05, 0.2, 0.1]}\nanalyze: false\n"
                                           "score: populations.v1.held_out_energy\n" +
                                               more);
        return succeeds({"sweep", file, "-o", dir.file(name), "--quiet"}).out;
    };
    const std::string least = sweep("least", ""), most = sweep("most", "maximise: true\n");
    const sim::io::File table = sim::io::open_striate_file(dir.file("least/table.h5"), "sweep");
    const auto lambda = table.read<double>("/table/populations.v1.lambda"),
               energy = table.read<double>("/table/populations.v1.held_out_energy");
    CHECK(lambda == Values{0.05, 0.2, 0.1});
    for (std::size_t k = 0; k < 3; ++k) {
        const std::string run = dir.file(fmt::format("least/lambda={:g}.h5", lambda[k]));
        const sim::io::File file = sim::io::open_striate_file(run, "network");
        CHECK(energy[k] == file.read<double>("/learning/v1/held_out/energy").back());
    }
    const auto [low, high] = std::ranges::minmax_element(energy);
    const auto first_line = [&](Values::const_iterator best) {
        const double of = lambda[static_cast<std::size_t>(best - energy.begin())];
        return fmt::format("is best)\n  {:<10.5g} lambda={:g}\n", *best, of);
    };
    CHECK(contains(least, "(smallest " + first_line(low)));
    CHECK(contains(most, "(largest " + first_line(high)));
}
