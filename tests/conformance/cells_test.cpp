// What every population of a circuit owes, whichever it is: the tests loop over the registry.
#include "tests/cells.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <tuple>

#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "tests/support.hpp"

namespace {

using sim::Params;
using sim::Population;
using sim::Spike;
using sim::Time;
using test::contains;
using test::drive;
using test::Input;

constexpr std::uint32_t kNeurons = 5;
constexpr Time kT = 120.0;

/// Makes populations of one kind with its defaults; a required number is 1.
struct Kind {
    std::string name;
    std::unique_ptr<Population> make(std::size_t n = kNeurons) const {
        return sim::Registry<Population>::instance().make(name, Params::describing("test"), {n, 5, 0});
    }
    bool is_source() const { return make()->weight_unit().empty(); }
};

void for_each_kind(const std::function<void(const Kind&)>& check) {
    REQUIRE(!sim::Registry<Population>::instance().entries().empty());
    for (const std::string& name : sim::Registry<Population>::instance().names()) {
        CAPTURE(name);
        check({name});
    }
}
void for_each_neuron_kind(const std::function<void(const Kind&)>& check) {
    for_each_kind([&](const Kind& kind) {
        if (!kind.is_source()) check(kind);
    });
}

/// Excitation, some inhibition, and currents that come and go; all neurons in turn.
std::vector<Input> random_inputs(double strength) {
    sim::Stream random(9, sim::Purpose::test, 0);
    std::vector<Input> inputs;
    for (Time t = 0.0; t < kT; t -= 0.3 * std::log1p(-random.uniform())) {
        const auto neuron = static_cast<std::uint32_t>(random.below(kNeurons));
        if (random.uniform() < 0.05)
            inputs.push_back({t, random.uniform(-50.0, 150.0), neuron, Input::current});
        else
            inputs.push_back({t, strength * random.uniform(-0.3, 1.0), neuron});
    }
    return inputs;
}

/// Inputs strong enough to make this kind fire.
std::vector<Input> rousing_inputs(const Kind& kind) {
    for (const double strength : {3.0, 30.0, 300.0, 3000.0, 30000.0}) {
        auto inputs = random_inputs(strength);
        if (drive(*kind.make(), inputs, kT).size() >= 10) return inputs;
    }
    FAIL("nothing makes it fire");
    return {};
}

bool same(const std::vector<Spike>& x, const std::vector<Spike>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](const Spike& a, const Spike& b) { return a.t == b.t && a.neuron == b.neuron; });
}

}  // namespace

TEST_CASE("cells: each has units, variables with V_m first, and a page that names all its keys") {
    for_each_kind([](const Kind& kind) {
        const auto cells = kind.make();
        CHECK(cells->size() == kNeurons);
        CHECK(cells->weight_unit().empty() == cells->variables().empty());
        for (const auto& variable : cells->variables()) {
            CHECK(!variable.name.empty());
            CHECK(!variable.unit.empty());
        }
        const auto path =
            std::filesystem::path(STRIATE_SOURCE_DIR) / "docs/models" / fmt::format("{}.md", kind.name);
        REQUIRE_MESSAGE(std::filesystem::exists(path), path);
        const std::string page = test::read_file(path);
        CHECK(page.starts_with(fmt::format("# {}\n", kind.name)));
        const Params p = Params::describing("populations.NAME." + kind.name);
        const auto& entry = sim::Registry<Population>::instance().entries().at(kind.name);
        CHECK(!entry.doc.empty());
        entry.read(p);
        for (const sim::KeyInfo& key : p.keys()) {
            CAPTURE(key.key);
            CHECK(!key.doc.empty());
            CHECK(contains(page, fmt::format("`{}`", key.key.substr(key.key.rfind('.') + 1))));
        }
        for (const auto& variable : cells->variables())
            CHECK(contains(page, fmt::format("`{}`", variable.name)));
    });
}

TEST_CASE("cells: the same run gives the same bits") {
    for_each_neuron_kind([](const Kind& kind) {
        const auto inputs = rousing_inputs(kind);
        const auto one = kind.make(), other = kind.make();
        CHECK(same(drive(*one, inputs, kT), drive(*other, inputs, kT)));
        for (std::uint32_t i = 0; i < kNeurons; ++i)
            for (std::size_t v = 0; v < one->variables().size(); ++v)
                CHECK(one->value(v, i, kT) == other->value(v, i, kT));
    });
}

TEST_CASE("cells: a run in pieces, with glances ahead, is the run") {
    for_each_neuron_kind([](const Kind& kind) {
        const auto inputs = rousing_inputs(kind);
        const auto whole = kind.make(), pieces = kind.make();
        const auto expected = drive(*whole, inputs, kT);
        std::vector<Spike> spikes;
        std::size_t done = 0;
        for (Time t = 0.0; t < kT;) {
            t = std::min(kT, t + 0.37);
            pieces->next_spike(t + 5.0);
            std::vector<Input> part;
            for (; done < inputs.size() && inputs[done].t < t; ++done) part.push_back(inputs[done]);
            const auto more = drive(*pieces, part, t);
            spikes.insert(spikes.end(), more.begin(), more.end());
        }
        CHECK(same(spikes, expected));
        for (std::uint32_t i = 0; i < kNeurons; ++i)
            for (std::size_t v = 0; v < whole->variables().size(); ++v)
                CHECK(pieces->value(v, i, kT) == whole->value(v, i, kT));
    });
}

TEST_CASE("cells: saved and given back to another, a run goes on with the same bits") {
    for_each_kind([](const Kind& kind) {
        const auto inputs = kind.is_source() ? std::vector<Input>{} : rousing_inputs(kind);
        const Time T = kind.is_source() ? 5000.0 : kT;
        const auto unbroken = kind.make();
        const auto expected = drive(*unbroken, inputs, T);
        for (const Time cut : {0.0, 17.3, 60.0}) {
            const auto first = kind.make(), second = kind.make();
            std::vector<Input> before, after;
            for (const Input& input : inputs) (input.t < cut ? before : after).push_back(input);
            auto spikes = drive(*first, before, cut);
            first->next_spike(cut + 3.0);  // what was found ahead is found again
            sim::State saved;
            first->state(saved);
            sim::State given(saved.saved());
            drive(*second, inputs, 40.0);  // whatever it did before
            second->state(given);
            given.check_empty();
            const auto more = drive(*second, after, T);
            spikes.insert(spikes.end(), more.begin(), more.end());
            CAPTURE(cut);
            CHECK(same(spikes, expected));
            for (std::uint32_t i = 0; i < kNeurons; ++i)
                for (std::size_t v = 0; v < unbroken->variables().size(); ++v)
                    CHECK(second->value(v, i, T) == unbroken->value(v, i, T));
        }
    });
}

TEST_CASE("cells: every presentation starts from rest, and its number picks what is drawn") {
    for_each_kind([](const Kind& kind) {
        const auto inputs = kind.is_source() ? std::vector<Input>{} : rousing_inputs(kind);
        if (!kind.make()->inner_weights().empty()) return;  // what was learned stays
        const Time T = kind.is_source() ? 5000.0 : kT;
        const auto cells = kind.make();
        const auto first = drive(*cells, inputs, T);
        cells->start(7);
        const auto other = drive(*cells, inputs, T);
        CHECK(same(first, other) == (kind.name != "poisson"));
        cells->start(0);
        CHECK(same(drive(*cells, inputs, T), first));
    });
}

TEST_CASE("cells: looking changes nothing") {
    for_each_neuron_kind([](const Kind& kind) {
        const auto inputs = rousing_inputs(kind);
        const auto unseen = kind.make(), seen = kind.make();
        const auto expected = drive(*unseen, inputs, kT);
        std::vector<Spike> spikes;
        const auto look = [&](Time from, Time to) {
            for (std::uint32_t i = 0; i < kNeurons; ++i)
                for (std::size_t v = 0; v < seen->variables().size(); ++v)
                    for (const double part : {0.0, 0.3, 1.0}) {
                        const double value = seen->value(v, i, from + part * (to - from));
                        REQUIRE(std::isfinite(value));
                        REQUIRE(value == seen->value(v, i, from + part * (to - from)));
                    }
        };
        Time t = 0.0;
        const auto fire_before = [&](Time t_end) {
            while (const auto spike = seen->next_spike(t_end)) {
                look(t, spike->t);
                seen->fire(*spike);
                spikes.push_back(*spike);
                t = spike->t;
            }
            look(t, t_end);
            t = t_end;
        };
        for (const Input& input : inputs) {
            fire_before(input.t);
            if (input.kind == Input::spike)
                seen->receive(input.neuron, input.value, input.t);
            else
                seen->set_current(input.neuron, input.value, input.t);
        }
        fire_before(kT);
        CHECK(same(spikes, expected));
    });
}

TEST_CASE("cells: a neuron does not feel what its neighbours feel, nor how many there are") {
    for_each_neuron_kind([](const Kind& kind) {
        if (!kind.make()->inner_weights().empty())
            return;  // weights inside the population: they do feel each other
        const auto inputs = rousing_inputs(kind);
        const auto together = drive(*kind.make(), inputs, kT);
        for (std::uint32_t i = 0; i < kNeurons; ++i) {
            std::vector<Input> own;
            for (Input input : inputs)
                if (input.neuron == i) {
                    input.neuron = 0;
                    own.push_back(input);
                }
            std::vector<Time> expected;
            for (const Spike& spike : together)
                if (spike.neuron == i) expected.push_back(spike.t);
            CHECK(test::times(drive(*kind.make(1), own, kT)) == expected);
        }
    });
}

TEST_CASE("cells: at one instant the order in which neurons are reached does not matter") {
    for_each_neuron_kind([](const Kind& kind) {
        auto inputs = rousing_inputs(kind);
        for (Input& input : inputs) input.t = std::floor(input.t);
        std::stable_sort(inputs.begin(), inputs.end(), [](const Input& x, const Input& y) {
            return std::tie(x.t, x.neuron) < std::tie(y.t, y.neuron);
        });
        auto reversed = inputs;
        std::stable_sort(reversed.begin(), reversed.end(), [](const Input& x, const Input& y) {
            return std::tie(x.t, y.neuron) < std::tie(y.t, x.neuron);
        });
        REQUIRE(inputs.front().neuron != reversed.front().neuron);
        CHECK(same(drive(*kind.make(), inputs, kT), drive(*kind.make(), reversed, kT)));
    });
}

TEST_CASE("cells: numbers that are not finite are an error with model, neuron and time") {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const auto check = [](const Kind& kind, const std::function<void()>& act) {
        try {
            act();
            FAIL_CHECK("no error");
        } catch (const sim::NumericsError& error) {
            CAPTURE(error.what());
            CHECK(contains(error.what(), kind.name));
            CHECK(contains(error.what(), "neuron 3"));
            CHECK(contains(error.what(), "1.25"));
        }
    };
    for_each_neuron_kind([&](const Kind& kind) {
        for (const double bad : {kNan, kInfinity, -kInfinity}) {
            check(kind, [&] { kind.make()->receive(3, bad, 1.25); });
            check(kind, [&] { kind.make()->set_current(3, bad, 1.25); });
        }
    });
}

TEST_CASE("cells: no finite input makes them hang or speak of numbers that are none") {
    for_each_neuron_kind([&](const Kind& kind) {
        for (const double weight : {1e308, -1e308, 1e-308, 1e6, -1e6}) {
            CAPTURE(weight);
            const auto cells = kind.make();
            try {
                cells->receive(3, weight, 1.25);
                cells->receive(3, weight, 1.25);
                drive(*cells, {}, 3.0);
                for (std::size_t v = 0; v < cells->variables().size(); ++v)
                    CHECK(std::isfinite(cells->value(v, 3, 3.0)));
                const auto unasked = kind.make();  // what nobody asked for spikes does not hang either
                unasked->receive(3, weight, 1.25);
                if (!cells->variables().empty()) unasked->value(0, 3, 3.0);
            } catch (const sim::NumericsError& error) {
                CHECK(contains(error.what(), "neuron 3"));
            }
        }
    });
}

TEST_CASE("cells: spikes come in order, before the end that was asked for, and asking changes nothing") {
    for_each_kind([](const Kind& kind) {
        const auto cells = kind.make();
        const auto inputs = kind.is_source() ? std::vector<Input>{} : rousing_inputs(kind);
        const Time T = kind.is_source() ? 5000.0 : kT;
        const auto spikes = drive(*kind.make(), inputs, T);
        for (std::size_t k = 1; k < spikes.size(); ++k) CHECK(spikes[k - 1].t <= spikes[k].t);
        std::size_t k = 0, done = 0;
        for (; k < spikes.size(); ++k) {
            for (; done < inputs.size() && inputs[done].t <= spikes[k].t; ++done) {
                if (inputs[done].kind == Input::spike)
                    cells->receive(inputs[done].neuron, inputs[done].value, inputs[done].t);
                else
                    cells->set_current(inputs[done].neuron, inputs[done].value, inputs[done].t);
            }
            CHECK_FALSE(cells->next_spike(spikes[k].t));
            const auto spike = cells->next_spike(std::nextafter(spikes[k].t, 1e9));
            const auto again = cells->next_spike(std::nextafter(spikes[k].t, 1e9));
            REQUIRE(spike);
            REQUIRE(again);
            CHECK(spike->t == spikes[k].t);
            CHECK(again->t == spike->t);
            CHECK(again->neuron == spike->neuron);
            cells->fire(*spike);
        }
    });
}

TEST_CASE("at the very end of the refractory time an input counts the same whenever all happens") {
    int n_kinds = 0;
    for_each_neuron_kind([&](const Kind& kind) {
        const Params keys = Params::describing("test");
        sim::Registry<Population>::instance().make(kind.name, keys, {1, 1, 0});
        const auto all = keys.keys();
        if (std::none_of(all.begin(), all.end(),
                         [](const sim::KeyInfo& key) { return key.key.ends_with("t_ref"); }))
            return;
        ++n_kinds;
        for (const Time t_ref : {0.3, 1.0, 2.0, 2.1}) {
            std::vector<std::size_t> counts;
            for (const Time shift : {0.0, 1.0, 3.0, 5.0, 7.0, 0.7, 1.3, 11.1, 333.3, 1e4 / 3.0, 12345.678}) {
                const auto cells = test::make_cells(kind.name, fmt::format("t_ref: {} ms", t_ref));
                std::vector<Input> inputs;  // sums as those of a spike, its delay and the one before
                for (int k = 0; k < 40; ++k)
                    inputs.push_back({(shift + 0.1 + static_cast<double>(k) * t_ref) + 0.2, 1e4});
                counts.push_back(drive(*cells, inputs, shift + 200.0).size());
            }
            CAPTURE(t_ref);
            for (const std::size_t count : counts) CHECK(count == counts[0]);
        }
    });
    CHECK(n_kinds > 0);
}
