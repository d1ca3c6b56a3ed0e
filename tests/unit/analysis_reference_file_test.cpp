#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "analysis/reference_file.hpp"
#include "sim/error.hpp"
#include "tests/support.hpp"

namespace {

/// What is said of a table that cannot be used, without its path.
std::string complaint(const std::string& table) {
    const test::TempDir folder;
    const std::string path = folder.write("cells.csv", table);
    try {
        analysis::read_references(path);
    } catch (const sim::IoError& error) {
        const std::string text = error.what();
        REQUIRE(text.starts_with(path + ":"));
        return text.substr(path.size() + 1);
    }
    return "nothing";
}

}  // namespace

TEST_CASE("every column of a table is a reference, of the values it has") {
    const test::TempDir folder;
    const std::string path = folder.write("cells.csv",
                                          "circular_variance, latency ,preferred_orientation\r\n0.5,40,10\r\n"
                                          "0.25, 60.5 ,170\r\n\r\n,-1e1,\r\n1,,80\r\n");
    const auto references = analysis::read_references(path);
    REQUIRE(references.size() == 3);
    const auto& variance = references[0];
    CHECK(variance.name == path + ":circular_variance");
    CHECK(variance.property == "circular_variance");
    CHECK(variance.cells == "all");
    CHECK(variance.citation == path);
    CHECK(variance.n == 3);
    CHECK(variance.bin_edges == analysis::v1_reference("circular_variance").bin_edges);
    CHECK(variance.bin_counts == std::vector<double>{0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1});
    CHECK(variance.distribution().cdf(0.25) == doctest::Approx(1.0 / 3.0));
    CHECK(variance.distribution().median() == 0.5);
    CHECK(references[1].property == "latency");
    CHECK(references[1].distribution().median() == 40.0);
    CHECK(references[1].bin_edges.empty());
    CHECK(references[1].units == "1");
    CHECK(references[2].units == "deg");
    CHECK(references[2].period == 180.0);
    CHECK(references[2].quantiles.front() == -10.0);  // 170 deg in the bins' range
    CHECK(references[2].bin_counts == std::vector<double>{2, 0, 1, 0});
}

TEST_CASE("a property in units that a model does not have may be in any") {
    const test::TempDir folder;
    const auto references =
        analysis::read_references(folder.write("cells.csv", "peak_spatial_frequency\n1\n2\n4\n"));
    CHECK(references[0].scaled);
    CHECK(references[0].bin_edges.empty());
}

TEST_CASE("a table that cannot be used is refused with the line") {
    CHECK(complaint("") == "1: must name the properties, but there is nothing");
    CHECK(complaint("a,,b\n1,2,3\n") == "1: column 2 must have a name");
    CHECK(complaint("a,a\n1,2\n") == "1: there are two columns \"a\"");
    CHECK(complaint("a,b\n1,2\n\n1\n") == "4: must have 2 columns as the first line has, got 1");
    CHECK(complaint("a,b\n1,2\n3,x4\n") == "3: b must be a number or nothing, got \"x4\"");
    CHECK(complaint("a,b\n1,2\n3 4,5\n") == "3: a must be a number or nothing, got \"3 4\"");
    CHECK(complaint("a\nnan\n") == "2: a must be a number or nothing, got \"nan\"");
    CHECK(complaint("a,b\n1,\n3,\n") == " b has no value");
    CHECK_THROWS_WITH_AS(analysis::read_references("/no/such.csv"), "/no/such.csv: cannot be opened",
                         sim::IoError);
}
