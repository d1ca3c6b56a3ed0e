// What every component owes, whichever it is: the tests loop over the registries and name none of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <thread>
#include <variant>

#include "sim/batch_rule.hpp"
#include "sim/coding_population.hpp"
#include "sim/dictionary.hpp"
#include "sim/error.hpp"
#include "sim/plasticity.hpp"
#include "sim/rng.hpp"
#include "sim/run_settings.hpp"
#include "sim/simulation.hpp"
#include "sim/stimulus.hpp"
#include "tests/support.hpp"

namespace {

using sim::Params;
using sim::Registry;
using sim::Time;

std::vector<double> random_numbers(std::size_t n, std::uint64_t number) {
    sim::Stream random(3, sim::Purpose::test, number);
    std::vector<double> values(n);
    for (double& x : values) x = random.normal();
    return values;
}

template <class Base>
void check_docs(const std::string& block) {
    CHECK(!Registry<Base>::instance().entries().empty());
    for (const auto& [name, entry] : Registry<Base>::instance().entries()) {
        CAPTURE(name);
        CHECK(!entry.doc.empty());
        CHECK(!test::contains(entry.doc, "\n"));
        const Params p = Params::describing(block + "." + name);
        entry.read(p);
        for (const sim::KeyInfo& key : p.keys()) {
            CAPTURE(key.key);
            CHECK(key.key.starts_with(block + "." + name + "."));
            CHECK(!key.doc.empty());
            CHECK(!test::contains(key.doc, "\n"));
            CHECK((key.type != "choice" || key.choices.size() > 1));
        }
    }
}

}  // namespace

TEST_CASE("every component has a line of help, and so has every key it reads") {
    check_docs<sim::Stimulus>("stimulus");
    check_docs<sim::Neurons>("populations.NAME");
    check_docs<sim::Plasticity>("populations.NAME.plasticity");
    check_docs<sim::Connector>("projections.NAME.connect");
    check_docs<sim::SynapseRule>("projections.NAME.plasticity");
    check_docs<sim::BatchRule>("projections.NAME.plasticity");
}

// ---- neurons

namespace {

constexpr std::size_t kNeurons = 24;
constexpr Time kT0 = 50.0, kT = 250.0;

/// Two kernels at each of 3 x 4 places of a frame of 5 x 6 px: as many neurons.
sim::Kernels some_kernels() {
    const auto values = random_numbers(2 * 9, 1);
    sim::Kernels kernels{2, 3, 3, {values.begin(), values.end()}};
    sim::normalise(kernels);
    return kernels;
}
sim::Grid some_places() { return sim::places_of(some_kernels(), 5, 6, 1, sim::Border::valid); }

/// A dictionary of unit vectors that compete: in fewer dimensions than neurons, or those of kernels.
Eigen::MatrixXd dictionary_for(const sim::Neurons& neurons) {
    if (neurons.solves_by_kernels()) {
        const sim::Kernels kernels = some_kernels();
        Eigen::MatrixXd Phi = Eigen::MatrixXd::Zero(30, kNeurons);
        for (std::size_t i = 0; i < kNeurons; ++i)
            sim::visit_pixels(kernels, some_places(), 5, 6, i / 2, [&](std::size_t p, std::size_t pixel) {
                Phi(static_cast<Eigen::Index>(pixel), static_cast<Eigen::Index>(i)) =
                    static_cast<double>(kernels.kernel(i % 2)[p]);
            });
        return Phi;
    }
    constexpr Eigen::Index kDimensions = 12;
    const auto values = random_numbers(kNeurons * kDimensions, 1);
    Eigen::MatrixXd Phi = Eigen::Map<const Eigen::MatrixXd>(values.data(), kDimensions, kNeurons);
    Phi.colwise().normalize();
    return Phi;
}

/// Hidden neurons of the kind come last, unconnected. Where Q is read as weights it must inhibit: leaky
/// neurons that excite each other without bound may fire without end.
sim::Program program_for(const sim::Neurons& neurons) {
    if (neurons.solves_by_kernels()) {
        sim::Program program{sim::Interaction::shared(some_kernels(), some_places()),
                             std::vector<double>(kNeurons, 0.1)};
        program.Q.make_weights();
        return program;
    }
    const Eigen::MatrixXd Phi = dictionary_for(neurons);
    const std::size_t n = kNeurons + neurons.n_hidden();
    Eigen::MatrixXd Q = Eigen::MatrixXd::Identity(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
    Q.topLeftCorner(kNeurons, kNeurons) = Phi.transpose() * Phi;
    if (!neurons.solves_program()) Q = Q.cwiseMax(0.0).eval();
    return {sim::Interaction::dense(Q), std::vector<double>(n, 0.1)};
}

/// The drive of some image of unit norm.
std::vector<double> some_drive(const sim::Neurons& neurons, std::uint64_t number) {
    const Eigen::MatrixXd Phi = dictionary_for(neurons);
    const auto values = random_numbers(static_cast<std::size_t>(Phi.rows()), 10 + number);
    const Eigen::VectorXd image = Eigen::Map<const Eigen::VectorXd>(values.data(), Phi.rows()).normalized();
    const Eigen::VectorXd b = Phi.transpose() * image;
    return {b.begin(), b.end()};
}

/// Populations of every kind that reads these keys of its block, all alike but for them.
void for_each_kind(const std::string& keys, const std::function<void(const sim::Neurons&)>& check) {
    std::size_t n_checked = 0;
    for (const auto& [name, entry] : Registry<sim::Neurons>::instance().entries()) {
        CAPTURE(name);
        const Params root = Params::parse(name + ": {" + keys + "}", "test.yaml");
        const auto neurons = entry.make(root.block(name), {});
        if (!keys.empty() && neurons->solves_by_kernels()) {  // which carry nothing over
            CHECK_THROWS_AS(root.check_all_read(), sim::ConfigError);
            continue;
        }
        root.check_all_read();
        check(*neurons);
        ++n_checked;
    }
    CHECK(n_checked > 5);
}

/// The code of one presentation, its readout cut into `n_pieces`, and whether there were spikes.
struct Shown {
    std::vector<double> code;
    bool has_spikes;
};
Shown present(const sim::Neurons& neurons, const sim::Program& program, const std::vector<double>& b,
              int n_pieces) {
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons.population(program));
    population.drive(b);
    simulation.run_until(kT0);
    population.begin_readout();
    for (int k = 1; k <= n_pieces; ++k) simulation.run_until(kT0 + (kT - kT0) * k / n_pieces);
    Shown shown{std::vector<double>(kNeurons), !simulation.spikes().empty()};
    population.read_code(shown.code);
    return shown;
}

}  // namespace

TEST_CASE("every kind of neuron: a presentation cut in two is the same presentation") {
    for_each_kind("", [&](const sim::Neurons& neurons) {
        const sim::Program program = program_for(neurons);
        const Shown whole = present(neurons, program, some_drive(neurons, 0), 1);
        const Shown halves = present(neurons, program, some_drive(neurons, 0), 2);
        CHECK(*std::max_element(whole.code.begin(), whole.code.end()) > 0.1);
        // Events are exact up to rounding; an analog kind is integrated to a tolerance of about 1e-6 a step.
        const double tolerance = whole.has_spikes ? 1e-9 : 1e-5;
        for (std::size_t i = 0; i < kNeurons; ++i)
            CHECK(std::abs(halves.code[i] - whole.code[i]) <= tolerance * (1e-3 + whole.code[i]));
    });
}

TEST_CASE("every kind of neuron: the code is near the optimum of the program") {
    for_each_kind("", [&](const sim::Neurons& neurons) {
        const auto b = some_drive(neurons, 1);
        const sim::Program program = program_for(neurons);
        if (!neurons.solves_program()) return;
        const double least = sim::energy(program, b, sim::optimum(program, b));
        const double reached = sim::energy(program, b, present(neurons, program, b, 1).code);
        CHECK(reached >= least - 1e-6 * std::abs(least));
        CHECK(reached <= least + 0.02 * std::abs(least));
    });
}

TEST_CASE("every kind of neuron: the next spike is announced alike when asked again, and never in the past") {
    for_each_kind("", [&](const sim::Neurons& neurons) {
        const sim::Program program = program_for(neurons);
        const auto population = neurons.population(program);
        population->drive(some_drive(neurons, 0));
        Time now = 0.0;
        for (int k = 0; k < 200; ++k) {
            const auto first = population->next_spike(kT), second = population->next_spike(kT);
            REQUIRE(first.has_value() == second.has_value());
            if (!first) break;
            CHECK(first->t == second->t);
            CHECK(first->neuron == second->neuron);
            CHECK(first->t >= now);
            CHECK(first->t < kT);
            CHECK(first->neuron < kNeurons);
            now = first->t;
            population->fire(*first);
        }
    });
}

TEST_CASE("every kind of neuron: no drive, no spikes, no code") {
    for_each_kind("", [&](const sim::Neurons& neurons) {
        const sim::Program program = program_for(neurons);
        const Shown dark = present(neurons, program, std::vector<double>(kNeurons, 0.0), 1);
        CHECK(dark.code == std::vector<double>(kNeurons, 0.0));
        CHECK_FALSE(dark.has_spikes);
    });
}

TEST_CASE("every kind of neuron: a drive that is no number is an error that names the neuron") {
    for_each_kind("", [&](const sim::Neurons& neurons) {
        const sim::Program program = program_for(neurons);
        const auto population = neurons.population(program);
        for (const double bad :
             {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
            auto b = some_drive(neurons, 0);
            b[17] = bad;
            std::string message = "(no error)";
            try {
                population->drive(b);
            } catch (const sim::NumericsError& error) {
                message = error.what();
            }
            CHECK(test::contains(message, neurons.name() + ": neuron 17 "));
        }
    });
}

TEST_CASE("every kind of neuron: one presentation leaves no trace in the next, unless it shall") {
    for_each_kind("", [&](const sim::Neurons& neurons) {
        const sim::Program program = program_for(neurons);
        sim::Simulation simulation;
        sim::CodingPopulation& population = simulation.add(neurons.population(program));
        std::vector<double> first(kNeurons), again(kNeurons);
        for (auto* code : {&first, &again}) {
            simulation.restart();
            population.drive(some_drive(neurons, 0));
            simulation.run_until(kT0);
            population.begin_readout();
            simulation.run_until(kT);
            population.read_code(*code);
            CHECK(population.carried().empty());
            simulation.restart();  // something else between
            population.drive(some_drive(neurons, 2));
            simulation.run_until(0.7 * kT);
        }
        CHECK(first == again);
    });
}

TEST_CASE(
    "every kind of neuron: what is carried over, if anything, is restored to the bit, whatever was shown "
    "meanwhile") {
    for_each_kind("carry_over: true", [&](const sim::Neurons& neurons) {
        const sim::Program program = program_for(neurons);
        sim::Simulation simulation;
        sim::CodingPopulation& population = simulation.add(neurons.population(program));
        const auto show = [&](std::uint64_t number) {
            simulation.restart();
            population.drive(some_drive(neurons, number));
            simulation.run_until(0.77 * kT);
        };
        show(0);
        const auto carried = population.carried();
        REQUIRE_FALSE(carried.empty());
        show(1);
        CHECK(population.carried() != carried);
        population.restore(carried);
        std::size_t different = 0;
        for (std::size_t i = 0; i < carried.size(); ++i)
            if (std::bit_cast<std::uint64_t>(population.carried()[i]) !=
                std::bit_cast<std::uint64_t>(carried[i]))
                ++different;
        CHECK(different == 0);  // else a resumed run gives other bits than an unbroken one
    });
}

namespace {

/// Whether currents relax, so that a drive takes its time and an arrival is gone in the end. What keeps an arrival for
/// ever has no time constant, and takes a new drive at once.
bool forgets_arrivals(const sim::Neurons& neurons, const sim::Program& program,
                      const std::vector<double>& b) {
    sim::Simulation simulation;
    sim::CodingPopulation& population = simulation.add(neurons.population(program));
    population.drive(b);
    simulation.act(0, [&](sim::Population& p) { p.receive(4, 0.01, 0.0); });
    simulation.run_until(1e4);
    return std::abs(population.value(0, 4, 1e4) - b[4]) < 0.005;
}

}  // namespace

TEST_CASE(
    "every kind of neuron: a spike that arrives moves u by its weight, and in the end u is where the drive "
    "is") {
    for_each_kind("", [&](const sim::Neurons& neurons) {
        const sim::Program program = program_for(neurons);
        sim::Simulation simulation;
        sim::CodingPopulation& population = simulation.add(neurons.population(program));
        REQUIRE(population.variables().front().name == "u");
        std::vector<double> weak = some_drive(neurons, 0);
        for (double& b : weak) b *= 0.1;  // nobody fires
        population.drive(weak);
        const sim::Time t = 0.37 * kT;
        simulation.run_until(t);
        REQUIRE(simulation.spikes().empty());
        const double u = population.value(0, 4, t);
        simulation.act(0, [&](sim::Population& p) { p.receive(4, 0.01, t); });
        CHECK(population.value(0, 4, t) == doctest::Approx(u + 0.01).epsilon(1e-9).scale(0));
        simulation.act(0, [&](sim::Population& p) { p.set_current(4, 0.03, t); });
        const double expected = forgets_arrivals(neurons, program, weak) ? u + 0.01 : 0.03;
        CHECK(population.value(0, 4, t) == doctest::Approx(expected).epsilon(1e-9).scale(0));
        simulation.run_until(t + 1e4);  // long after, u is where the drive is
        CHECK(population.value(0, 4, t + 1e4) == doctest::Approx(0.03).epsilon(1e-5).scale(0));
        CHECK(population.value(0, 5, t + 1e4) == doctest::Approx(weak[5]).epsilon(1e-5).scale(0));
    });
}

TEST_CASE(
    "every kind of neuron: saved and given back to another, a presentation goes on with the same bits") {
    for_each_kind("", [&](const sim::Neurons& neurons) {
        const sim::Program program = program_for(neurons);
        struct Shown {
            sim::Simulation simulation;
            sim::CodingPopulation& population;
            explicit Shown(std::unique_ptr<sim::CodingPopulation> made)
                : population(simulation.add(std::move(made))) {}
            void run(sim::Time t) { simulation.run_until(t); }
        };
        Shown unbroken(neurons.population(program)), first(neurons.population(program)),
            second(neurons.population(program));
        second.population.drive(some_drive(neurons, 5));
        second.run(0.3 * kT);
        const std::vector<double> later = some_drive(neurons, 2);
        const std::vector<sim::Synapse> arrivals = {{3, 0.4, 0.0}, {17, -0.2, 0.0}, {4, 0.1, 0.0}};
        const auto begin = [&](Shown& one) {
            one.population.drive(some_drive(neurons, 0));
            one.run(kT0);
            one.population.begin_readout();
            one.simulation.act(0, [&](sim::Population& p) { p.receive(arrivals, kT0); });
            one.run(0.6 * kT);
        };
        const auto end = [&](Shown& one) {
            one.simulation.act(0, [&](sim::Population& p) { p.set_currents(later, 0.6 * kT); });
            one.run(0.8 * kT);
            one.simulation.act(0, [&](sim::Population& p) { p.set_current(2, 1.7, 0.8 * kT); });
            one.run(kT);
            std::vector<double> code(kNeurons);
            one.population.read_code(code);
            for (std::size_t v = 0; v < one.population.variables().size(); ++v)
                for (std::uint32_t i = 0; i < kNeurons; ++i) code.push_back(one.population.value(v, i, kT));
            for (const sim::Spike& spike : one.simulation.take_spikes())
                if (spike.t >= 0.6 * kT) code.push_back(spike.t + spike.neuron);
            return code;
        };
        begin(unbroken);
        begin(first);
        sim::State saved;
        first.simulation.state(saved);
        sim::State given(saved.saved());
        second.simulation.state(given);
        given.check_empty();
        const auto expected = end(unbroken), got = end(second);
        REQUIRE(expected.size() == got.size());
        for (std::size_t k = 0; k < got.size(); ++k) CHECK(got[k] == expected[k]);
    });
}

// ---- stimuli

namespace {

struct Frame {
    std::vector<float> pixels;
    std::vector<double> shown;
    bool operator==(const Frame&) const = default;
};

constexpr std::size_t kSide = 14;

struct Made {
    std::unique_ptr<sim::Stimulus> stimulus;
    std::size_t n_pixels;
};

Frame frame(const Made& made, sim::FrameSet set, std::uint64_t index) {
    Frame f{std::vector<float>(made.n_pixels, std::numeric_limits<float>::quiet_NaN()),
            std::vector<double>(made.stimulus->columns().size(), std::numeric_limits<double>::quiet_NaN())};
    made.stimulus->frame(set, index, f.pixels, f.shown);
    return f;
}

/// A stimulus with its defaults, of pictures or of points in the plane; nothing if it cannot be made without a file of
/// the user's.
Made made_without_files(const std::string& name, std::size_t height = kSide, std::size_t width = kSide) {
    try {
        return {Registry<sim::Stimulus>::instance().make(name, Params::parse("", "test.yaml"),
                                                         {5, height, width}),
                height * width};
    } catch (const sim::ConfigError& error) {
        if (height > 1 && test::contains(error.what(), "must be of a frame of 1 x 2 px"))
            return made_without_files(name, 1, 2);
        CHECK(test::contains(error.what(), "required"));
        return {nullptr, 0};
    }
}

}  // namespace

TEST_CASE("every stimulus that needs no files: a frame depends on seed, set and index alone") {
    std::size_t n_made = 0;
    for (const std::string& name : Registry<sim::Stimulus>::instance().names()) {
        CAPTURE(name);
        const Made made = made_without_files(name);
        if (!made.stimulus) continue;
        ++n_made;
        for (const auto set : {sim::FrameSet::training, sim::FrameSet::held_out}) {
            std::map<std::uint64_t, Frame> first;
            for (const std::uint64_t index : {7, 0, 123, 1}) first[index] = frame(made, set, index);
            std::map<std::uint64_t, Frame> again;
            std::thread([&] {  // in another order, from another thread
                for (const auto& [index, unused] : first) again[index] = frame(made, set, index);
            })
                .join();
            CHECK(first == again);
            CHECK(first.at(0) != first.at(1));
            for (const auto& [index, one] : first) {
                for (const float pixel : one.pixels) CHECK(std::isfinite(pixel));
                for (const double value : one.shown) CHECK(std::isfinite(value));
            }
            if (const auto n = made.stimulus->n_frames(set); n > 0)
                CHECK(frame(made, set, 1) == frame(made, set, n + 1));
        }
        CHECK(frame(made_without_files(name), sim::FrameSet::training, 7) ==
              frame(made, sim::FrameSet::training, 7));
        CHECK(!made.stimulus->summary().empty());
    }
    CHECK(n_made >= 2);
}

// ---- plasticity

namespace {

constexpr std::size_t kRows = 6, kFrames = 5, kBatches = 10, kHidden = 7;

/// What a rule learns.
struct Learner {
    std::variant<sim::Dictionary, sim::SharedKernels> sort;
    sim::Program program;

    sim::Fields& fields() {
        return std::visit([](auto& one) -> sim::Fields& { return one; }, sort);
    }
    const sim::Fields& fields() const {
        return std::visit([](const auto& one) -> const sim::Fields& { return one; }, sort);
    }
};

double worst_norm(const sim::Fields& fields) {
    double worst = 0.0;
    for (const double norm : fields.norms()) worst = std::max(worst, std::abs(norm - 1.0));
    return worst;
}

/// Fields of a neuron each on the sheet; kernels that 6 x 6 places share, one at each: as many neurons.
const sim::Sheet kSheet(kRows, kRows, sim::Boundary::open);

Learner learner_of_windows() { return {sim::Dictionary(kSheet, {kSide, kSide, 5.0, 8.0}), {}}; }

Learner learner_of_kernels() {
    const sim::Params block = Params::parse("kind: random\nsize: 4\nstride: 2\nrandom: {n: 1}", "test.yaml");
    return {sim::SharedKernels(sim::read_shared_kernels(block, kSide, kSide)), {}};
}

Eigen::MatrixXf some_matrix(std::size_t rows, std::uint64_t number) {
    const auto values = random_numbers(rows * kFrames, number);
    return Eigen::Map<const Eigen::MatrixXd>(values.data(), static_cast<Eigen::Index>(rows), kFrames)
        .cast<float>();
}

/// Every rule, with the sort of fields that it learns.
void for_each_rule(const std::function<void(const std::function<std::unique_ptr<sim::Plasticity>()>&,
                                            const Learner&)>& check) {
    for (const auto& [name, entry] : Registry<sim::Plasticity>::instance().entries()) {
        CAPTURE(name);
        const auto make = [&, &one = entry] {
            return one.make(Params::parse("", "test.yaml"), {kSheet, kBatches, kHidden});
        };
        Learner learner = learner_of_windows();
        if (!make()->learns(learner.fields())) learner = learner_of_kernels();
        CHECK(make()->learns(learner.fields()));
        const std::size_t n = learner.fields().size() + kHidden;
        learner.program = {sim::Interaction::dense(n), std::vector<double>(n, 0.1)};
        learner.fields().initialise(1);
        Learner prepared = learner;
        make()->prepare(prepared.program);
        check(make, prepared);
    }
}

void learn(sim::Plasticity& rule, std::size_t batch, Learner& learner, bool is_active = true) {
    const auto active = [&](std::size_t n, std::uint64_t number) {
        return Eigen::MatrixXf(some_matrix(n, number).cwiseMax(0.0F) * (is_active ? 1.0F : 0.0F));
    };
    const Eigen::MatrixXf codes = active(learner.fields().size(), 200 + batch);
    const Eigen::MatrixXf hidden = active(kHidden, 400 + batch);
    const Eigen::MatrixXf frames = some_matrix(learner.fields().pixels(), 300 + batch);
    const Eigen::MatrixXf residual = some_matrix(learner.fields().pixels(), 100 + batch);
    rule.learn({batch, frames, codes, residual, hidden}, learner.fields(), learner.program);
}

}  // namespace

TEST_CASE("every plasticity rule: receptive fields change and, under a program, keep unit norm") {
    for_each_rule([](const auto& make, const Learner& initial) {
        Learner learner = initial;
        const auto rule = make();
        for (std::size_t batch = 0; batch < kBatches; ++batch) {
            learn(*rule, batch, learner);
            if (rule->learns_weights_of().empty()) CHECK(worst_norm(learner.fields()) < 1e-5);  // floats
            CHECK(rule->neighbourhood_width(batch) >= 0.0);
        }
        CHECK(learner.fields().values() != initial.fields().values());
        for (const float value : learner.fields().values()) CHECK(std::isfinite(value));
    });
}

TEST_CASE("every plasticity rule: weights and thresholds change where it says so, and nowhere else") {
    for_each_rule([](const auto& make, const Learner& initial) {
        Learner learner = initial;
        const auto rule = make();
        for (std::size_t batch = 0; batch < kBatches; ++batch) learn(*rule, batch, learner);
        const bool learns = !rule->learns_weights_of().empty();
        CHECK((learner.program.Q.weights() != initial.program.Q.weights()) == learns);
        CHECK((learner.program.lambda != initial.program.lambda) == learns);
        if (learns) CHECK(Registry<sim::Neurons>::instance().entries().contains(rule->learns_weights_of()));
        for (const float weight : learner.program.Q.weights()) CHECK(std::isfinite(weight));
        for (const double threshold : learner.program.lambda) CHECK(threshold > 0.0);
    });
}

TEST_CASE("every plasticity rule: where nobody is active no field is learned") {
    for_each_rule([](const auto& make, const Learner& initial) {
        Learner learner = initial;
        learn(*make(), 0, learner, false);
        const auto before = initial.fields().values(), after = learner.fields().values();
        for (std::size_t k = 0; k < after.size(); ++k) CHECK(std::abs(after[k] - before[k]) < 1e-6);
    });
}

TEST_CASE("every plasticity rule: goes on from its state as if it had never stopped") {
    for_each_rule([](const auto& make, const Learner& initial) {
        Learner unbroken = initial, broken = initial;
        const auto rule = make();
        const std::size_t length = rule->state().size();
        for (std::size_t batch = 0; batch < kBatches; ++batch) {
            learn(*rule, batch, unbroken);
            CHECK(rule->state().size() == length);
        }
        std::vector<double> state = make()->state();
        for (std::size_t batch = 0; batch < kBatches; ++batch) {
            const auto resumed = make();
            resumed->restore(state);
            learn(*resumed, batch, broken);
            state = resumed->state();
        }
        CHECK(unbroken.fields().values() == broken.fields().values());
        CHECK(unbroken.program.Q.weights() == broken.program.Q.weights());
        CHECK(unbroken.program.lambda == broken.program.lambda);
    });
}
