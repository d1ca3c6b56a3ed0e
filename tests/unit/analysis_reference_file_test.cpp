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

TEST_CASE("tables are read as R and spreadsheets write them") {
    const test::TempDir folder;
    for (const std::string& table : {
             std::string("\xEF\xBB\xBFOSI,latency\n0.5,40\n0.25,60.5\n"),               // a byte order mark
             std::string("\"\",\"OSI\",\"latency\"\n\"1\",0.5,40\n\"2\",0.25,60.5\n"),  // R: write.csv
             std::string("\"OSI\";\"latency\"\n0,5;40\n0,25;60,5\n"),                   // R: write.csv2
             std::string("\xEF\xBB\xBFOSI;latency\r\n0,5;40\r\n0,25;60,5\r\n"),  // a European spreadsheet
             std::string("OSI;latency\n0.5;40\n0.25;60.5"),
             std::string("OSI,latency\r0.5,40\r\r0.25,60.5\r"),
             std::string("\n\"OSI\" , latency\n\"0.5\", 40 \nNA,NA\n0.25,\"60.5\"\n"),
         }) {
        CAPTURE(table);
        const auto references = analysis::read_references(folder.write("cells.csv", table));
        REQUIRE(references.size() == 2);
        CHECK(references[0].property == "OSI");
        CHECK(references[0].n == 2);
        CHECK(references[0].quantiles.front() == 0.25);
        CHECK(references[0].quantiles.back() == 0.5);
        CHECK(references[1].property == "latency");
        CHECK(references[1].n == 2);
        CHECK(references[1].quantiles.front() == 40.0);
        CHECK(references[1].quantiles.back() == 60.5);
    }
    const auto odd = analysis::read_references(folder.write("odd.csv", "\"a, \"\"b\"\"\nc\";d\n1;2\n"));
    CHECK(odd[0].property == "a, \"b\"\nc");
}

TEST_CASE("what may be read in two ways, or is written in other letters, is refused with the line") {
    CHECK(complaint("a,b;c\n1,2,3\n").starts_with("1: must have commas or semicolons"));
    CHECK(complaint("a;b\n1.234;2\n3;1,5\n") ==
          "3: numbers must have decimal points or decimal commas, got \"1,5\" here and a \".\" on line 2");
    CHECK(complaint("a;b\n1.234,5;2\n").starts_with("2: numbers must have decimal points or"));
    CHECK(complaint("a;b\n1,234,5;2\n") == "2: a must be a number or nothing, got \"1,234,5\"");
    CHECK(complaint("a\n0,5\n") ==
          "2: must have 1 columns as the first line has, got 2; numbers with a decimal comma need semicolons "
          "between them");
    CHECK(complaint("\xFF\xFEO\0S\0").starts_with("1: must be UTF-8, found UTF-16"));
    CHECK(complaint("a,b\n1,\"2\n3,4\n") == "2: has a quote that is never closed");
    CHECK(complaint("a,\"b\nc\"\n1,\"2\"3\n") == "3: has text behind the quoted \"2\"");
    CHECK(complaint("osi,b\n1,2\n") == "1: there is no property \"osi\"; did you mean \"OSI\"?");
    CHECK(complaint("b,Circular_Variance\n1,2\n") ==
          "1: there is no property \"Circular_Variance\"; did you mean \"circular_variance\"?");
}

TEST_CASE("values that a property cannot have are refused with the line") {
    CHECK(complaint("circular_variance\n0.5\n50\n") == "3: circular_variance must be in 0 to 1, got 50");
    CHECK(complaint("b;OSI\n1;-0,1\n") == "2: OSI must be in 0 to 1, got -0,1");
    CHECK(complaint("rate\n-1\n") == "2: rate must be at least 0, got -1");
    CHECK(complaint("gabor_explained\n1.5\n") == "2: gabor_explained must be at most 1, got 1.5");
    CHECK(complaint("half_bandwidth\n90.5\n") == "2: half_bandwidth must be in 0 to 90, got 90.5");
}
