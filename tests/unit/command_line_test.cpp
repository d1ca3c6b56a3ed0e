// What the program prints is made to fit where it goes.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "apps/help.hpp"
#include "apps/json_text.hpp"
#include "apps/status_line.hpp"

TEST_CASE("a progress line is cut to the columns of the terminal, an ellipsis the last of them") {
    const std::string line = "batch 3/200  energy 0.4";
    CHECK(apps::cut(line, 200) == line);
    CHECK(apps::cut(line, line.size()) == line);
    CHECK(apps::cut(line, line.size() - 1) == "batch 3/200  energy 0…");
    CHECK(apps::cut(line, 6) == "batch…");
    CHECK(apps::cut(line, 1) == "…");
    CHECK(apps::cut(line, 0) == "");
    CHECK(apps::cut("", 0) == "");
}

TEST_CASE("characters of several bytes are one column, and are never cut within") {
    const std::string line = "σ=1 µs λ";
    CHECK(apps::cut(line, 8) == line);
    CHECK(apps::cut(line, 7) == "σ=1 µs…");
    CHECK(apps::cut(line, 6) == "σ=1 µ…");
    CHECK(apps::cut(line, 2) == "σ…");
}

TEST_CASE("help is broken between words, and goes on below what it says") {
    CHECK(apps::fit("one two three", 8) == "one two\nthree\n");
    CHECK(apps::fit("one,two,three", 8) == "one,two,\nthree\n");
    CHECK(apps::fit("  one two three", 10) == "  one two\n  three\n");
    CHECK(apps::fit("a\n\nb\n", 8) == "a\n\nb\n");
    CHECK(apps::fit("verylongword", 8) == "verylongword\n");
    CHECK(apps::fit("  --set KEY=VALUE             Override a key", 41) ==
          "  --set KEY=VALUE             Override a\n"
          "                              key\n");
}

TEST_CASE("JSON of text that is no UTF-8") {
    CHECK(apps::json_text(nlohmann::ordered_json{{"run", "a\xff"}}) ==
          "{\n  \"run\": \"a\xef\xbf\xbd\"\n}\n");
    CHECK(apps::as_json_has_it("a\xff") == "a\xef\xbf\xbd");
    CHECK(apps::as_json_has_it("plain") == "plain");
}
