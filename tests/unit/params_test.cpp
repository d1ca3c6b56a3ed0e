#include "sim/params.hpp"

#include <doctest/doctest.h>

#include "sim/error.hpp"
#include "sim/units.hpp"

using sim::Check;
using sim::Params;

namespace {

std::string message(const auto& read) {
    try {
        read();
    } catch (const sim::Error& error) {
        return error.what();
    }
    return "(no error)";
}

}  // namespace

TEST_CASE("quantities carry their unit and are converted") {
    CHECK(sim::units::parse("10 ms", "ms") == 10.0);
    CHECK(sim::units::parse("0.25 s", "ms") == 250.0);
    CHECK(sim::units::parse(" 5.5px ", "px") == 5.5);
    CHECK(sim::units::parse("0.06", "1") == 0.06);
    for (const auto& [text, unit] :
         {std::pair{"10", "ms"}, {"10 mV", "ms"}, {"ten ms", "ms"}, {"0.1 tau", "1"}, {"", "1"}})
        CHECK_THROWS_AS(sim::units::parse(text, unit), std::invalid_argument);
}

TEST_CASE("formatted quantities read back to the same bits") {
    for (const double x : {0.1, 1.0 / 3.0, 1e-17, 123456.789}) {
        CHECK(sim::units::parse(sim::units::format(x, "ms"), "ms") == x);
        CHECK(sim::units::parse(sim::units::format(x, "1"), "1") == x);
    }
}

TEST_CASE("errors say where, which key, what was expected and what was found") {
    const Params p =
        Params::parse("a:\n  tau: -1 ms\n  n: 2.5\n  on: yes\n  kind: slac\n", "x.yaml").block("a");
    CHECK(message([&] { p.number("tau", "ms", 1.0, Check::positive, ""); }) ==
          "x.yaml:2: a.tau: must be > 0, got \"-1 ms\"");
    CHECK(message([&] { p.integer("n", 1, Check::any, ""); }) ==
          "x.yaml:3: a.n: must be an integer, got \"2.5\"");
    CHECK(message([&] { p.flag("on", false, ""); }) == "x.yaml:4: a.on: must be true or false, got \"yes\"");
    CHECK(message([&] {
              p.choice("kind", {"lca", "slca"}, "lca", "");
          }).find("did you mean \"slca\"?") != std::string::npos);
    CHECK(message([&] { p.number("missing", "ms", std::nullopt, Check::any, ""); }) ==
          "x.yaml:2: a.missing: must be a quantity in ms, s, us, got nothing (the key is required)");
}

TEST_CASE("numbers must be finite") {
    const Params p = Params::parse("x: nan\ny: inf\n", "x.yaml");
    CHECK_THROWS_AS(p.number("x", "1", 0.0, Check::any, ""), sim::ConfigError);
    CHECK_THROWS_AS(p.number("y", "1", 0.0, Check::any, ""), sim::ConfigError);
}

TEST_CASE("lists of quantities: each has its unit and its range, and reads back") {
    const Params p =
        Params::parse("t: [1 ms, 0.25 s]\nx: [0.5, 2]\nbad: [1 ms, 2]\nlow: [-1 ms]\n", "x.yaml");
    CHECK(p.numbers("t", "ms", Check::non_negative, "") == std::vector{1.0, 250.0});
    CHECK(p.numbers("x", "1", Check::any, "") == std::vector{0.5, 2.0});
    CHECK(p.numbers("absent", "ms", Check::any, "").empty());
    CHECK(message([&] { p.numbers("bad", "ms", Check::any, ""); }) ==
          "x.yaml:3: bad: must be a list of quantities in ms, s, us, got \"2\" in it");
    CHECK(message([&] { p.numbers("low", "ms", Check::non_negative, ""); }) ==
          "x.yaml:4: low: must be a list of quantities in ms, s, us, each >= 0, got \"-1 ms\" in it");
    CHECK_THROWS_AS(Params::parse("t: 1 ms\n", "x.yaml").numbers("t", "ms", Check::any, ""),
                    sim::ConfigError);
    const Params again = Params::parse(p.resolved(), "again");
    CHECK(again.numbers("t", "ms", Check::any, "") == std::vector{1.0, 250.0});
    CHECK(again.numbers("x", "1", Check::any, "") == std::vector{0.5, 2.0});
}

TEST_CASE("a key that nothing reads is an error, and the nearest known one is named") {
    const Params p = Params::parse("population:\n  lamda: 0.1\n", "x.yaml");
    p.block("population").number("lambda", "1", 0.1, Check::any, "");
    CHECK(message([&] { p.check_all_read(); }) ==
          "x.yaml:2: population.lamda: must be a known key, got \"lamda\" (did you mean \"lambda\"?); known "
          "here: lambda");
}

TEST_CASE("overrides come last, make blocks, and are named as the place of an error") {
    const Params p = Params::parse("a: {x: 1}\n", "x.yaml", {"a.x=2", "b.c.y=3 ms"});
    CHECK(p.block("a").number("x", "1", 0.0, Check::any, "") == 2.0);
    CHECK(p.block("b").block("c").number("y", "ms", 0.0, Check::any, "") == 3.0);
    const Params bad = Params::parse("", "x.yaml", {"a.x=-1"});
    CHECK(message([&] { bad.block("a").number("x", "1", 0.0, Check::positive, ""); }) ==
          "--set: a.x: must be > 0, got \"-1\"");
    CHECK_THROWS_AS(Params::parse("", "x.yaml", {"novalue"}), sim::ConfigError);
    CHECK_THROWS_AS(Params::parse("a: 1\n", "x.yaml", {"a.x=1"}), sim::ConfigError);
}

TEST_CASE("the resolved config reads back to itself") {
    const auto read = [](const Params& p) {
        p.number("tau", "ms", 10.0, Check::positive, "");
        p.block("b").text("name", "a \"quoted\" text", "");
        p.block("b").texts("list", "");
        p.block("b").block("c").flag("on", true, "");
        return p.resolved();
    };
    const std::string once = read(Params::parse("b: {list: [x, 'y z']}\n", "x.yaml"));
    CHECK(once == read(Params::parse(once, "again")));
    CHECK(once.find("tau: 10 ms") != std::string::npos);
}

TEST_CASE("a block of names of the user's choice is read name by name, in the order of the file") {
    const auto read = [](const Params& p) {
        std::string said;
        const Params cells = p.block("cells");
        for (const std::string& name : cells.names())
            said += name + ":" + std::to_string(cells.block(name).integer("n", 1, Check::any, "")) + " ";
        p.check_all_read();
        return said;
    };
    const Params p = Params::parse("cells:\n  v: {n: 3}\n  a:\n    n: 5\n", "x.yaml");
    CHECK(read(p) == "v:3 a:5 ");
    CHECK(read(Params::parse(p.resolved(), "again")) == "v:3 a:5 ");
    CHECK(read(Params::parse("cells: {v: {n: 3}}", "x.yaml", {"cells.v.n=4", "cells.w.n=9"})) == "v:4 w:9 ");
    CHECK(Params::parse("", "x.yaml").block("cells").names().empty());
    CHECK(Params::describing("").block("cells").names() == std::vector<std::string>{"NAME"});
    CHECK(message([&] {
              read(Params::parse("cells:\n  a:\n    m: 5\n", "x.yaml"));
          }).find("x.yaml:3: cells.a.m: ") == 0);
    CHECK(message([&] {
              read(Params::parse("cells:\n  a.b: {n: 5}\n", "x.yaml"));
          }).find("x.yaml:2: cells.a.b: must be a name") == 0);
    CHECK(message([&] { read(Params::parse("cells:\n  a: 5\n", "x.yaml")); }) ==
          "x.yaml:2: cells.a: must be a block of keys, got \"5\"");
}

TEST_CASE("one text alone is a list of one; an absent list has its default, and an empty one is empty") {
    const Params p = Params::parse("one: x\nempty: []\n", "x.yaml");
    CHECK(p.texts("one", "") == std::vector<std::string>{"x"});
    CHECK(p.texts("empty", "", {"a"}).empty());
    CHECK(p.texts("absent", "", {"a", "b"}) == std::vector<std::string>{"a", "b"});
    CHECK(p.resolved() == "one: [\"x\"]\nempty: []\nabsent: [\"a\", \"b\"]\n");
}

TEST_CASE("documents that are no map, duplicate keys and broken YAML are errors with a line") {
    CHECK(message([] { Params::parse("- 1\n", "x.yaml"); }) == "x.yaml:1: must be a map of keys, got a list");
    CHECK(message([] { Params::parse("a: 1\nb: 2\na: 3\n", "x.yaml"); }) ==
          "x.yaml:3: a: the key stands twice");
    CHECK(message([] { Params::parse("a: [1\n", "x.yaml"); }).starts_with("x.yaml:2: must be YAML"));
    CHECK_THROWS_AS(Params::load("/nowhere/x.yaml"), sim::IoError);
}
