#include "sim/params.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "sim/config_paths.hpp"
#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sim/names.hpp"
#include "sim/size_limit.hpp"
#include "sim/units.hpp"
#include "tests/support.hpp"

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

std::string refusal(const std::string& text, const Params::Overrides& overrides = {}) {
    return message([&] { Params::parse(text, "x.yaml", overrides); });
}

double number(const Params& p, const std::string& key) { return p.number(key, "1", 0.0, Check::any, ""); }

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

TEST_CASE("a key with a dot is refused where a block is read, and it is said how to nest it") {
    CHECK(refusal("a: 1\npopulation.lambda: 0.5\n") ==
          "x.yaml:2: population.lambda: must be a name without \".\", got \"population.lambda\"; keys of a "
          "block "
          "stand in it: \"population: {lambda: ...}\"");
    const Params p = Params::parse("population:\n  slca.q: 2\n", "x.yaml");
    CHECK(message([&] { p.block("population"); }).starts_with("x.yaml:2: population.slca.q: must be a name"));
    const Params set = Params::parse("", "x.yaml", {"population={slca.q: 2}"});
    CHECK(message([&] { set.block("population"); }).starts_with("--set: population.slca.q: must be a name"));
    // The keys of another document are dotted.
    const Params sweep = Params::parse("grid: {a.b: [1, 2]}\nlist: [{a.c: 3}]\n", "x.yaml");
    CHECK(sweep.choices_of_keys("grid", "").at(0).at(1).as_override() == "a.b=2");
    CHECK(sweep.assignments("list", "").at(0).at(0).as_override() == "a.c=3");
    sweep.check_all_read();
}

TEST_CASE("a config is one document of UTF-8 text") {
    CHECK(refusal("a: 1\n---\nb: 2\n").starts_with("x.yaml:2: must be one YAML document"));
    CHECK(refusal("---\n---\nb: 2\n").starts_with("x.yaml:2: must be one YAML document"));
    CHECK(refusal("# only\n---\na: 1\n...\n") == "(no error)");
    CHECK(refusal("a: 1\nb: Gr\xfcn\n") ==
          "x.yaml:2: must be UTF-8 text, got the byte 0xfc; save it as UTF-8");
    for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80"})
        CHECK(refusal(std::string("a: ") + bad).find("UTF-8") != std::string::npos);
    CHECK(refusal("a: Gr\xc3\xbcn \xe2\x82\xac \xf0\x9f\x98\x80\n") == "(no error)");
    CHECK(refusal("", {"a=Gr\xfcn"}).starts_with("--set: a: must be UTF-8"));
    CHECK(refusal("", {"a=1\n---\n2"}).starts_with("--set: a: must be one YAML document"));
}

TEST_CASE("aliases that expand to too much, and blocks and lists without end, are refused at once") {
    std::string maps = "a0: &a0 {k: 1}\n", lists = "a0: &a0 [1]\n";
    for (int i = 1; i < 12; ++i) {
        maps += fmt::format("a{0}: &a{0} {{", i);
        lists += fmt::format("a{0}: &a{0} [", i);
        for (int k = 0; k < 9; ++k) {
            maps += fmt::format("{}k{}: *a{}", k == 0 ? "" : ", ", k, i - 1);
            lists += fmt::format("{}*a{}", k == 0 ? "" : ", ", i - 1);
        }
        maps += "}\n";
        lists += "]\n";
    }
    for (const std::string& text : {maps, lists})
        CHECK(refusal(text).find("must be less than 100000 values that aliases (*) stand for") !=
              std::string::npos);
    for (const char* text : {"a: &a {b: *a}\n", "a: &a [*a]\n"})
        CHECK(refusal(text).find("must be blocks and lists at most 16 deep") != std::string::npos);
    CHECK(refusal("a: " + std::string(400, '[') + std::string(400, ']')).find("deep") != std::string::npos);
    CHECK(refusal("a: " + std::string(100000, '[')).starts_with("x.yaml:1: must be YAML"));
    CHECK(refusal("", {"a=" + std::string(30, '[') + std::string(30, ']')}).find("deep") !=
          std::string::npos);
    std::string deep = "a";
    for (int i = 0; i < 10000; ++i) deep += ".a";
    CHECK(refusal("", {deep + "=1"}).find("at most 16 blocks deep") != std::string::npos);
    // A list without aliases may be long.
    std::string longest = "a: [0";
    for (int i = 0; i < 200000; ++i) longest += ", 1";
    CHECK(refusal(longest + "]\n") == "(no error)");
}

TEST_CASE("a merge key is not understood, and that is said") {
    CHECK(refusal("a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n").starts_with("x.yaml:3: b.<<: merge keys are not"));
}

TEST_CASE("an override below an anchor changes what it names and no other alias of it") {
    const std::string text =
        "a:\n"
        "  lif: &lif\n"
        "    V: {x: 1, y: 2}\n"
        "    tau: 3\n"
        "b: {lif: *lif}\n"
        "c: *lif\n";
    const auto read = [&](const Params::Overrides& overrides) {
        const Params p = Params::parse(text, "x.yaml", overrides);
        std::vector<double> all;
        for (const Params& lif : {p.block("a").block("lif"), p.block("b").block("lif"), p.block("c")}) {
            all.push_back(number(lif.block("V"), "x"));
            number(lif.block("V"), "y");
            all.push_back(number(lif, "tau"));
        }
        p.check_all_read();
        return all;
    };
    using Values = std::vector<double>;
    CHECK(read({}) == Values{1, 3, 1, 3, 1, 3});
    CHECK(read({"a.lif.tau=4"}) == Values{1, 4, 1, 3, 1, 3});
    CHECK(read({"b.lif.V.x=5", "c.tau=6"}) == Values{1, 3, 5, 3, 1, 6});
    CHECK(read({"b.lif.V={x: 7, y: 2}", "b.lif.V.x=8"}) == Values{1, 3, 8, 3, 1, 3});
    // Keys that an override leaves keep their places, and so do the blocks it goes through.
    const Params p = Params::parse(text, "x.yaml", {"a.lif.tau=4"});
    const Params V = p.block("a").block("lif").block("V");
    CHECK(message([&] { V.fail("y", "odd"); }) == "x.yaml:3: a.lif.V.y: must be odd, got \"2\"");
    CHECK(message([&] {
              p.block("a").block("lif").fail("q", "there");
          }).starts_with("x.yaml:2: a.lif.q: must be there"));
    CHECK(message([&] {
              p.block("b").block("lif").fail("tau", "odd");
          }).starts_with("x.yaml:4: b.lif.tau: must be odd"));
}

TEST_CASE("an override is a value alone: a comment behind it or a key given twice is refused") {
    const auto text = [](const std::string& value) {
        return Params::parse("", "x.yaml", {"a=" + value}).text("a", "", "");
    };
    CHECK(
        refusal("", {"a=one #two"}) ==
        "--set: a: must be a value alone, got \"one #two\", of which YAML takes \"#two\" for a comment; put "
        "text that holds \" #\" in quotes");
    for (const char* value : {"#one", "[1, 2] # three", "{x: 1} #", "'one' # two", "1 #2 #3", "1\n# two"})
        CHECK(refusal("", {std::string("a=") + value}).find("for a comment") != std::string::npos);
    CHECK(text("one#two") == "one#two");
    CHECK(text("'one #two'") == "one #two");
    CHECK(text("\"#two\"") == "#two");
    CHECK(refusal("", {"a={x: 1, y: 2, x: 3}"}) == "--set: a.x: the key stands twice");
    CHECK(refusal("", {"a={b: {x: 1, x: 3}}"}) == "--set: a.b.x: the key stands twice");
    const Params p = Params::parse("a: {x: 1}\n", "x.yaml", {"a={x: -1}"});
    CHECK(message([&] { p.block("a").number("x", "1", 0.0, Check::positive, ""); }) ==
          "--set: a.x: must be > 0, got \"-1\"");
}

TEST_CASE("what is wrong with a key that was not given is said of its default") {
    const Params p = Params::parse("V_th: -80 mV\n", "x.yaml");
    p.number("V_reset", "mV", -70.0, Check::any, "");
    CHECK(message([&] { p.fail("V_reset", "below V_th"); }) ==
          "x.yaml:1: V_reset: must be below V_th, got -70 mV (the default)");
    CHECK(message([&] { p.fail("V_th", "lower"); }) == "x.yaml:1: V_th: must be lower, got \"-80 mV\"");
    CHECK(message([&] { p.fail("other", "there"); }) == "x.yaml:1: other: must be there, got nothing");
}

TEST_CASE("names that other simulators use are answered with ours") {
    const Params p =
        Params::parse("kind: iaf_psc_delta\nrule: pairwise_bernoulli\ntau_ref: 2\nV_rest: 1\n", "x.yaml");
    CHECK(message([&] {
              p.choice("kind", {"iaf_psc_alpha", "lif_delta"}, "lif_delta", "");
          }) ==
          "x.yaml:1: kind: must be one of iaf_psc_alpha, lif_delta, got \"iaf_psc_delta\" (which is "
          "\"lif_delta\" "
          "here)");
    CHECK(message([&] {
              p.choice("rule", {"all_to_all", "fixed_probability"}, "all_to_all", "");
          }).find("(which is \"fixed_probability\" here)") != std::string::npos);
    // Only where ours is known.
    CHECK(message([&] { p.choice("kind", {"lca"}, "lca", ""); }).find("which is") == std::string::npos);
    const Params keys = Params::parse("v_rest: 1\n", "x.yaml");
    number(keys, "t_ref");
    number(keys, "E_L");
    CHECK(message([&] { keys.check_all_read(); }) ==
          "x.yaml:1: v_rest: must be a known key, got \"v_rest\" (which is \"E_L\" here); known here: E_L, "
          "t_ref");
}

TEST_CASE("names of the user's choice work in files and in dotted keys") {
    for (const char* good : {"v1", "second layer", "Gr\xc3\xbcn", "a-b_c", "0"}) CHECK(sim::is_a_name(good));
    for (const char* bad : {"", ".", "..", "a.b", "a/b", "a\nb", "\t", "\x7f"})
        CHECK_FALSE(sim::is_a_name(bad));
    CHECK_FALSE(sim::is_a_name(std::string(256, 'a')));
    CHECK_FALSE(sim::is_a_name(std::string("a\0b", 3)));
    for (const char* bad : {"''", "a/b", "\"a\\nb\""})
        CHECK(message([&] {
                  Params::parse(fmt::format("c: {{{}: 1}}", bad), "x.yaml").block("c").names();
              }).find("must be a name of 1 to 255 bytes") != std::string::npos);
}

TEST_CASE(
    "paths are relative to the config, those of overrides to the current folder; absolute ones are "
    "recorded") {
    const test::TempDir dir;
    test::fs::create_directories(dir.path() / "sub");
    const std::string data = dir.write("data.h5", "1"), here = dir.write("sub/here.h5", "2");
    const std::string config =
        dir.write("sub/x.yaml",
                  "file: ../data.h5\nset: [a.file=here.h5, 'a={folder: [d, /e], n: 1}', a.n=here.h5, bad]\n"
                  "b: {folders: [., /usr], font: ''}\nlist: [{c.file: here.h5, c.x: here.h5}]\n");
    const std::string folder = (dir.path() / "sub").string();

    const Params p = Params::load(config);
    CHECK(p.file("file", std::nullopt, "") == data);
    CHECK(p.block("b").files("folders", "") == std::vector<std::string>{folder + "/", "/usr"});
    CHECK(p.block("b").file("font", "", "") == "");
    CHECK(p.overrides("set", "") ==
          Params::Overrides{"a.file=\"" + here + "\"",
                            "a={\"folder\": [\"" + folder + "/d\", \"/e\"], \"n\": \"1\"}", "a.n=here.h5",
                            "bad"});
    const auto list = p.assignments("list", "").at(0);
    CHECK(list.at(0).value == "here.h5");  // as the table shows it
    CHECK(list.at(0).as_override() == "c.file=\"" + here + "\"");
    CHECK(list.at(1).as_override() == "c.x=here.h5");

    // What is recorded reads back to the same from anywhere.
    const Params again = Params::parse(p.resolved(), "again");
    CHECK(again.file("file", std::nullopt, "") == data);
    CHECK(again.overrides("set", "") == p.overrides("set", ""));

    const std::string current = test::fs::current_path().string();
    const Params set = Params::load(config, {"file=x.h5", "b={folders: y}"});
    CHECK(set.file("file", std::nullopt, "") == current + "/x.h5");
    CHECK(set.block("b").files("folders", "") == std::vector<std::string>{current + "/y"});
    CHECK(Params::parse("file: x.h5\n", "x.yaml").file("file", std::nullopt, "") == current + "/x.h5");

    CHECK(message([&] { Params::parse("file: ''\n", "x.yaml").file("file", std::nullopt, ""); }) ==
          "x.yaml:1: file: must be the path of a file or folder, got \"\"");
    CHECK_THROWS_AS(Params::parse("file: [a]\n", "x.yaml").file("file", "", ""), sim::ConfigError);
    CHECK_THROWS_AS(Params::parse("folders: {a: 1}\n", "x.yaml").files("folders", ""), sim::ConfigError);
}

TEST_CASE("a link on the way of a relative path is followed") {
    const test::TempDir dir;
    test::fs::create_directories(dir.path() / "real/deep");
    test::fs::create_symlink(dir.path() / "real/deep", dir.path() / "link");
    const std::string beside = dir.write("real/x.h5", "1");
    CHECK(test::fs::equivalent(sim::absolute_path("link/../x.h5", dir.path()), beside));
    CHECK(sim::absolute_path("../x.h5", dir.path() / "real/deep") == beside);
}

TEST_CASE("the files read are known: the config, and what its keys name") {
    const test::TempDir dir;
    const std::string data = dir.write("data.h5", "1");
    const std::string config = dir.write("x.yaml", "file: data.h5\nfolder: .\nfont: absent\n");
    const Params p = Params::load(config);
    const auto inputs = p.inputs();
    CHECK(inputs->all() == std::vector<test::fs::path>{config});
    for (const char* key : {"file", "folder", "font"}) p.file(key, std::nullopt, "");
    p.file("file", std::nullopt, "");
    CHECK(inputs->all() == std::vector<test::fs::path>{data, config});
    inputs->add("relative.pgm");  // what a reader of a folder adds, seen from every block
    CHECK(p.block("b").inputs()->all().size() == 3);
    CHECK(std::ranges::count(inputs->all(), test::fs::current_path() / "relative.pgm") == 1);
    CHECK(Params::parse("", "x.yaml").inputs()->all().empty());
    Params::describing("").file("file", std::nullopt, "");
}

TEST_CASE("what would not fit into memory is refused with what it would take") {
    const Params p = Params::parse("every: 1e-12 ms\n", "x.yaml");
    sim::check_fits(p, "every", 1e6, "a few samples");
    const std::string said = message([&] { sim::check_fits(p, "every", 8e15, "1e+15 samples"); });
    CHECK(said.starts_with(
        "x.yaml:1: every: must be such that 1e+15 samples (8e+06 GB) fit into the memory of this machine, "));
    CHECK(said.ends_with("GB, got \"1e-12 ms\""));
}

TEST_CASE("memory is what control groups leave, of the process or above it, in both versions") {
    const test::TempDir dir;
    const auto write = [&](const std::string& name, const std::string& text) {
        test::fs::create_directories(test::fs::path(dir.file(name)).parent_path());
        std::ofstream(dir.file(name)) << text;
    };
    CHECK(std::isinf(sim::memory_of_group(dir.file(""))));
    write("proc/self/cgroup", "3:cpuset,memory_x:/\n0::/slurm/job_7/step_0\n");
    CHECK(std::isinf(sim::memory_of_group(dir.file(""))));
    write("sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
    CHECK(std::isinf(sim::memory_of_group(dir.file(""))));
    write("sys/fs/cgroup/slurm/job_7/memory.max", "4096\n");
    CHECK(sim::memory_of_group(dir.file("")) == 4096.0);
    write("proc/self/cgroup", "4:cpu,memory:/slurm\n0::/\n");
    CHECK(std::isinf(sim::memory_of_group(dir.file(""))));
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/slurm/memory.limit_in_bytes", "1024\n");
    CHECK(sim::memory_of_group(dir.file("")) == 1024.0);
}
