// Rules of connection: who reaches whom.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "sim/error.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/run_settings.hpp"
#include "tests/support.hpp"

namespace {

using sim::Connector;
using sim::Contact;
using sim::Sheet;

std::vector<Contact> contacts(const std::string& rule, const std::string& keys, Connector::Context context) {
    const sim::Params p = sim::Params::parse(rule + ": {" + keys + "}", "test.yaml");
    std::vector<Contact> all;
    sim::Registry<Connector>::instance().make(rule, p, context)->connect([&](const Contact& one) {
        all.push_back(one);
    });
    return all;
}

/// What a rule says beforehand of the number of its contacts, in parts of what they are.
double expected(const std::string& rule, const std::string& keys, Connector::Context context) {
    const sim::Params p = sim::Params::parse(rule + ": {" + keys + "}", "test.yaml");
    return sim::Registry<Connector>::instance().make(rule, p, context)->n_expected() /
           static_cast<double>(contacts(rule, keys, context).size());
}

Connector::Context between(std::size_t sources, std::size_t targets, bool is_recurrent = false) {
    return {sources, targets, nullptr, nullptr, is_recurrent, 1, 0};
}

std::set<std::pair<std::uint32_t, std::uint32_t>> pairs(const std::vector<Contact>& contacts) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> all;
    for (const Contact& one : contacts) CHECK(all.insert({one.source, one.target}).second);
    return all;
}

bool has_autapses(const std::vector<Contact>& contacts) {
    return std::any_of(contacts.begin(), contacts.end(),
                       [](const Contact& c) { return c.source == c.target; });
}

}  // namespace

TEST_CASE("a pool: all near neurons and their twins, with weights that sum to one and fall with distance") {
    const Sheet sheet(6, 7, sim::Boundary::open);
    Connector::Context context{42, 42, &sheet, &sheet, false, 1, 0};
    const auto plain = contacts("pool", "sigma: 0.5, reach: 1.5", context);
    std::map<std::uint32_t, double> sum;
    for (const Contact& one : plain) {
        CHECK(sheet.distance(one.source, one.target) <= 1.5);
        CHECK(one.distance == sheet.distance(one.source, one.target));
        sum[one.target] += one.factor;
    }
    for (std::uint32_t i = 0; i < 42; ++i) CHECK(sum[i] == doctest::Approx(1.0));
    CHECK(plain.size() == pairs(plain).size());
    const auto weight = [&](const std::vector<Contact>& all, std::uint32_t source, std::uint32_t target) {
        for (const Contact& one : all)
            if (one.source == source && one.target == target) return one.factor;
        return 0.0;
    };
    // In the middle: itself, four at distance 1, four at sqrt 2.
    const double Z = 1.0 + 4.0 * std::exp(-2.0) + 4.0 * std::exp(-4.0);
    CHECK(weight(plain, 16, 16) == doctest::Approx(1.0 / Z));
    CHECK(weight(plain, 17, 16) == doctest::Approx(std::exp(-2.0) / Z));
    CHECK(weight(plain, 18, 16) == 0.0);

    context.twins = 42;
    const auto both = contacts("pool", "sigma: 0.5, reach: 1.5", context);
    CHECK(both.size() == 2 * plain.size());
    CHECK(weight(both, 42 + 17, 16) == doctest::Approx(0.5 * std::exp(-2.0) / Z));
    const auto spread = contacts("pool", "sigma: 0.5, reach: 1.5, spread: 0.4", context);
    CHECK(weight(spread, 17, 16) != doctest::Approx(weight(spread, 42 + 17, 16)));  // drawn apart
    sum.clear();
    double squares = 0.0, logs = 0.0;
    for (const Contact& one : spread) {
        sum[one.target] += one.factor;
        const double log = std::log(one.factor / weight(both, one.source, one.target));
        logs += log, squares += log * log;
    }
    for (std::uint32_t i = 0; i < 42; ++i) CHECK(sum[i] == doctest::Approx(1.0));
    const auto n = static_cast<double>(spread.size());
    CHECK(std::sqrt(squares / n - logs * logs / (n * n)) == doctest::Approx(0.4).epsilon(0.1));
    CHECK_THROWS_AS(contacts("pool", "sigma: 1", between(4, 4)), sim::ConfigError);
}

TEST_CASE("how many contacts a rule makes is known before it makes them") {
    const Sheet sheet(30, 30, sim::Boundary::periodic);
    const Connector::Context on_sheets{900, 900, &sheet, &sheet, false, 1, 0};
    CHECK(expected("all_to_all", "", between(30, 40)) == 1.0);
    CHECK(expected("one_to_one", "", between(30, 30)) == 1.0);
    CHECK(expected("fixed_indegree", "K: 7", between(30, 40)) == 1.0);
    // Some 4 000 and 10 000 draws scatter by 2 % and less; the bound is five times that.
    CHECK(expected("fixed_probability", "p: 0.1", between(200, 200)) == doctest::Approx(1.0).epsilon(0.1));
    CHECK(expected("pool", "sigma: 1", on_sheets) == doctest::Approx(1.0).epsilon(0.1));
    CHECK(expected("distance_dependent", "p0: 0.5, sigma: 2", on_sheets) ==
          doctest::Approx(1.0).epsilon(0.1));
}

TEST_CASE("all_to_all and one_to_one") {
    CHECK(pairs(contacts("all_to_all", "", between(3, 4))).size() == 12);
    CHECK(pairs(contacts("all_to_all", "", between(4, 4, true))).size() == 12);
    CHECK(pairs(contacts("all_to_all", "autapses: true", between(4, 4, true))).size() == 16);
    CHECK(pairs(contacts("one_to_one", "", between(2, 2))) ==
          std::set<std::pair<std::uint32_t, std::uint32_t>>{{0, 0}, {1, 1}});
    CHECK_THROWS_AS(contacts("one_to_one", "", between(2, 3)), sim::ConfigError);
}

TEST_CASE("fixed_probability joins each pair with its probability") {
    constexpr std::size_t n = 300;
    constexpr double p = 0.1;
    const auto all = contacts("fixed_probability", "p: 0.1", between(n, n));
    pairs(all);
    const double trials = n * n, expected = p * trials;
    // five standard deviations of the binomial law
    CHECK(std::abs(static_cast<double>(all.size()) - expected) < 5.0 * std::sqrt(expected * (1.0 - p)));
    // out-degrees scatter as binomial numbers do: chi-square of n degrees of freedom, within five deviations
    std::vector<double> degree(n);
    for (const Contact& one : all) degree[one.source] += 1.0;
    double chi_square = 0.0;
    for (const double d : degree) chi_square += std::pow(d - p * n, 2) / (n * p * (1.0 - p));
    CHECK(std::abs(chi_square - n) < 5.0 * std::sqrt(2.0 * n));
    CHECK(contacts("fixed_probability", "p: 0", between(n, n)).empty());
    CHECK(contacts("fixed_probability", "p: 1", between(3, 3, true)).size() == 6);
    Connector::Context other = between(n, n);
    other.number = 1;
    CHECK(pairs(contacts("fixed_probability", "p: 0.1", other)) != pairs(all));
    CHECK(pairs(contacts("fixed_probability", "p: 0.1", between(n, n))) == pairs(all));
}

TEST_CASE("fixed_indegree gives every target as many distinct sources, all sources alike") {
    constexpr std::size_t n = 200, K = 20;
    for (const bool is_recurrent : {false, true}) {
        const auto all = contacts("fixed_indegree", "K: 20", between(n, n, is_recurrent));
        pairs(all);
        CHECK(has_autapses(all) == !is_recurrent);
        std::map<std::uint32_t, std::size_t> in;
        std::vector<double> out(n);
        for (const Contact& one : all) {
            CHECK(one.source < n);
            ++in[one.target];
            out[one.source] += 1.0;
        }
        CHECK(in.size() == n);
        for (const auto& [target, degree] : in) CHECK(degree == K);
        double chi_square = 0.0;
        for (const double d : out) chi_square += std::pow(d - K, 2) / (K * (1.0 - 1.0 * K / n));
        CHECK(std::abs(chi_square - n) < 5.0 * std::sqrt(2.0 * n));
    }
    CHECK(contacts("fixed_indegree", "K: 3", between(3, 5)).size() == 15);
    CHECK_THROWS_AS(contacts("fixed_indegree", "K: 3", between(3, 3, true)), sim::ConfigError);
}

TEST_CASE("distance_dependent follows its Gaussian at every distance of the sheet") {
    const Sheet sheet(30, 30, sim::Boundary::periodic);
    const Connector::Context context{900, 900, &sheet, &sheet, true, 1, 0};
    const auto all = contacts("distance_dependent", "p0: 0.6, sigma: 2.5", context);
    CHECK_FALSE(has_autapses(all));
    std::map<double, double> joined, pairs_at;
    for (std::size_t j = 0; j < 900; ++j)
        for (std::size_t i = 0; i < 900; ++i)
            if (i != j) pairs_at[sheet.distance(i, j)] += 1.0;
    for (const Contact& one : all) {
        CHECK(one.distance == sheet.distance(one.source, one.target));
        joined[one.distance] += 1.0;
    }
    double expected = 0.0, variance = 0.0;  // of all
    for (const auto& [d, n] : pairs_at) {
        const double p = 0.6 * std::exp(-d * d / (2.0 * 2.5 * 2.5));
        expected += n * p;
        variance += n * p * (1.0 - p);
        if (n * p < 20.0) continue;
        CAPTURE(d);
        CHECK(std::abs(joined[d] - n * p) < 5.0 * std::sqrt(n * p * (1.0 - p)));
    }
    CHECK(std::abs(static_cast<double>(all.size()) - expected) < 5.0 * std::sqrt(variance));
    CHECK_THROWS_AS(contacts("distance_dependent", "sigma: 1", between(9, 9)), sim::ConfigError);
    const Sheet other(30, 30, sim::Boundary::open);
    CHECK_THROWS_AS(contacts("distance_dependent", "sigma: 1", {900, 900, &sheet, &other, false, 1, 0}),
                    sim::ConfigError);
}

namespace {

std::string synapse_file(const test::TempDir& dir, const std::vector<std::uint64_t>& source,
                         const std::vector<std::uint64_t>& target, const std::vector<double>& weight,
                         const std::vector<double>& delay) {
    const std::string name = dir.file("synapses.h5");
    sim::io::File file = sim::io::File::create(name);
    file.write("/some/source", source, {"1", ""});
    file.write("/some/target", target, {"1", ""});
    file.write("/some/weight", weight, {"mV", ""});
    file.write("/some/delay", delay, {"ms", ""});
    file.close();
    return "group: /some, file: " + name;
}

}  // namespace

TEST_CASE("from_file reads synapses as they stand, and says what is wrong with them") {
    const test::TempDir dir;
    const auto all = contacts("from_file", synapse_file(dir, {1, 0, 1}, {2, 0, 2}, {0.5, -1, 2}, {1, 2, 3}),
                              between(2, 3));
    REQUIRE(all.size() == 3);
    CHECK(all[1].source == 0);
    CHECK(all[2].target == 2);
    CHECK(all[1].weight == -1.0);
    CHECK(all[2].delay == 3.0);
    const auto refused = [&](const std::string& keys) {
        CHECK_THROWS_AS(contacts("from_file", keys, between(2, 3)), sim::IoError);
    };
    refused(synapse_file(dir, {2}, {0}, {1}, {1}));
    refused(synapse_file(dir, {0}, {3}, {1}, {1}));
    refused(synapse_file(dir, {0}, {0}, {std::nan("")}, {1}));
    refused(synapse_file(dir, {0}, {0}, {1}, {0}));
    refused(synapse_file(dir, {0, 1}, {0}, {1}, {1}));
    refused("file: absent.h5");
}

// Measured: 300 000 edges and as many spikes of a file stand after 0.1 to 0.2 s, 0.07 s of one core (AMD EPYC).
TEST_CASE("from_file reads SONATA edges, each with the weight and delay of its place in the group") {
    const test::TempDir dir;
    using Ids = std::vector<std::uint64_t>;
    int number = 0;
    const auto edges = [&](const Ids& group_id, const Ids& group_index, const std::vector<double>& weight) {
        const std::string name = dir.file(std::to_string(number++) + ".h5"), group = "/edges/a_to_b/";
        sim::io::File file = sim::io::File::create(name);
        file.write(group + "source_node_id", Ids{0, 1, 1}, {"1", ""});
        file.write(group + "target_node_id", Ids{2, 0, 1}, {"1", ""});
        if (!group_id.empty()) file.write(group + "edge_group_id", group_id, {"1", ""});
        if (!group_index.empty()) file.write(group + "edge_group_index", group_index, {"1", ""});
        file.write(group + "0/syn_weight", weight, {"mV", ""});
        file.write(group + "0/delay", std::vector{1.0, 2.0, 3.0}, {"ms", ""});
        file.close();
        return "group: /edges/a_to_b, file: " + name;
    };
    const auto all = contacts("from_file", edges({0, 0, 0}, {2, 0, 1}, {0.5, -1.0, 4.0}), between(2, 3));
    REQUIRE(all.size() == 3);
    CHECK(all[0].source == 0);
    CHECK(all[0].target == 2);
    CHECK(all[0].weight == 4.0);
    CHECK(all[0].delay == 3.0);
    CHECK(all[1].weight == 0.5);
    CHECK(all[2].delay == 2.0);
    CHECK(contacts("from_file", edges({}, {}, {0.5, -1.0, 4.0}), between(2, 3))[2].weight == 4.0);
    const auto refused = [&](const std::string& keys) {
        CHECK_THROWS_AS(contacts("from_file", keys, between(2, 3)), sim::IoError);
    };
    refused(edges({0, 1, 0}, {2, 0, 1}, {0.5, -1.0, 4.0}));
    refused(edges({0, 0, 0}, {2, 0, 3}, {0.5, -1.0, 4.0}));
    refused(edges({}, {}, {0.5, -1.0}));
}

TEST_CASE("from_file takes what a group of SONATA edges does not say from the table of their types") {
    const test::TempDir dir;
    using Ids = std::vector<std::uint64_t>;
    const std::string name = dir.file("edges.h5"), group = "/edges/a_to_b/";
    sim::io::File file = sim::io::File::create(name);
    file.write(group + "source_node_id", Ids{0, 1, 1}, {"1", ""});
    file.write(group + "target_node_id", Ids{2, 0, 1}, {"1", ""});
    file.write(group + "edge_type_id", Ids{7, 8, 8}, {"1", ""});
    file.write(group + "edge_group_id", Ids{0, 5, 0}, {"1", ""});
    file.write(group + "edge_group_index", Ids{1, 0, 0}, {"1", ""});
    file.write(group + "0/syn_weight", std::vector{0.5, 4.0}, {"mV", ""});
    file.write(group + "5/delay", std::vector{2.5}, {"ms", ""});
    file.close();
    const auto types = [&](const std::string& text) {
        std::ofstream(dir.file("types.csv")) << text;
        return fmt::format("group: /edges/a_to_b, file: {}, types: {{file: {}}}", name,
                           dir.file("types.csv"));
    };
    const std::string good =
        "edge_type_id population syn_weight delay nsyns\n"
        "7 a_to_b NULL 3.5 1\n"
        "8 \"a_to_b\" -2 4 3\n"
        "8 another -1 1 1\n";
    const auto all = contacts("from_file", types(good), between(2, 3));
    REQUIRE(all.size() == 3);
    CHECK(all[0].weight == 4.0);
    CHECK(all[0].delay == 3.5);
    CHECK(all[1].weight == -6.0);  // three synapses of -2
    CHECK(all[1].delay == 2.5);
    CHECK(all[2].weight == 1.5);
    CHECK(all[2].delay == 4.0);
    const std::string no_delay = "edge_type_id syn_weight\n7 1\n8 2\n";
    CHECK(contacts("from_file", types(no_delay) + ", delay: 1 ms", between(2, 3))[2].delay == 1.0);
    for (const std::string& bad : {no_delay, std::string("edge_type_id delay\n7 1\n8 1\n"),
                                   std::string("edge_type_id syn_weight delay\n7 1 1\n"),
                                   std::string("edge_type_id syn_weight delay\n7 1 1\n8 1 -1\n")})
        CHECK_THROWS_AS(contacts("from_file", types(bad), between(2, 3)), sim::IoError);
}

TEST_CASE("cut normal numbers keep their mean, and their sign") {
    sim::Stream random(1, sim::Purpose::test, 5);
    for (const double mean : {2.0, -2.0}) {
        const sim::CutNormal law{mean, 1.0};
        double sum = 0.0;
        constexpr int n = 20000;
        for (int k = 0; k < n; ++k) {
            const double x = law.draw(random) / mean;
            CHECK((x > 0.0 && x < 2.0));
            sum += x;
        }
        CHECK(std::abs(sum / n - 1.0) < 5.0 * 0.5 / std::sqrt(n));  // five standard errors at most
    }
    CHECK(sim::CutNormal{3.0, 0.0}.draw(random) == 3.0);
}
