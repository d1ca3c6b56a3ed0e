// The page of a sweep's table: numbers, links, and what it says of points that have no page.
#include "analysis/report_sweep.hpp"

#include <doctest/doctest.h>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace {

using Texts = std::vector<std::string>;

std::string table_with(const test::TempDir& dir, const Texts& points) {
    auto file = sim::io::File::create(dir.file("table.h5"));
    sim::io::mark_striate_file(file, "sweep");
    file.write("/table/point", points, {"1", "name of the point's files"});
    file.write("/table/T", std::vector{50.0, 80.0}, {"ms", "swept"});
    file.write("/table/kind", Texts{"a<b", "c"}, {"1", "swept"});
    file.write("/table/relE", std::vector{0.25, std::nan("")}, {"1", "result"});
    file.write("/table/spikes", std::vector{7.0, 9.0}, {"1", "result"});
    file.write_attribute("/table", "score", std::string("spikes"));
    file.write_attribute("/table", "maximise", std::uint8_t{1});
    const Texts sweep{"grid: {}\n"};
    file.write("/provenance/sweep", std::span<const std::string>(sweep), {}, {"1", "the sweep file, YAML"});
    sim::io::close_sealed(file);
    return dir.file("table.h5");
}

}  // namespace

TEST_CASE("the page of a sweep has a row a point, which leads to its page or says why there is none") {
    const test::TempDir dir;
    const auto sweep = analysis::read_sweep(table_with(dir, {"T=50#1", "T=80"}));
    CHECK(sweep.score == "spikes");
    CHECK(sweep.maximise);
    CHECK_FALSE(analysis::write_sweep_report(sweep, Texts{"", "nothing is <there>"},
                                             analysis::PageFile(dir.file("report")), std::nullopt));
    const std::string html = test::read_file(dir.file("report/index.html"));
    for (const char* words :
         {"A sweep of <b>2 points</b> over <code>T</code>, <code>kind</code>.",
          "The largest <code>spikes</code>, 9, is that of T=80.", "<th scope=\"col\">T [ms]</th>",
          "<a href=\"points/T=50%231/index.html\">T=50#1</a>", "<td>a&lt;b</td><td>7</td><td>0.25</td>",
          "T=80<div class=\"definition\">nothing is &lt;there&gt;</div>", "<td>c</td><td>9</td><td>–</td>"})
        CHECK_MESSAGE(test::contains(html, words), words);
}

TEST_CASE("the page of a point is made of its analysis, else of its run, where one is beside the table") {
    const test::TempDir dir;
    const auto sweep = analysis::read_sweep(table_with(dir, {"one", "two"}));
    CHECK_FALSE(analysis::file_of_point(sweep, "one"));
    dir.write("one.h5", "");
    CHECK(analysis::file_of_point(sweep, "one") == dir.file("one.h5"));
    dir.write("one.analysis.h5", "");
    CHECK(analysis::file_of_point(sweep, "one") == dir.file("one.analysis.h5"));
}

TEST_CASE("the table of a sweep cannot lead out of its folder") {
    for (const char* name : {"", ".", "..", "../one", "/one", "a/b"}) {
        const test::TempDir dir;
        CAPTURE(name);
        CHECK_THROWS_AS(analysis::read_sweep(table_with(dir, {name, "two"})), sim::IoError);
    }
}
