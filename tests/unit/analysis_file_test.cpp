#include "analysis/analysis_file.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

namespace fs = std::filesystem;
using analysis::Analysis;
using sim::io::File;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A name for a file that is gone at the end of the test.
class TemporaryFile {
  public:
    TemporaryFile() : path_(fs::temp_directory_path() / fmt::format("striate_analysis_{}.h5", getpid())) {}
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { fs::remove(path_); }
    std::string name() const { return path_.string(); }

  private:
    fs::path path_;
};

std::vector<float> random_responses(std::size_t n, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 6);
    std::vector<float> R(n);
    for (float& r : R) r = static_cast<float>(stream.uniform());
    return R;
}

/// An analysis of 5 x 6 neurons, made of noise; the last neuron is silent.
Analysis some_analysis() {
    Analysis a;
    a.gratings = {{0.0, 45.0, 90.0, 135.0}, {0.05, 0.1}, {0.0, 120.0, 240.0}};
    const std::size_t n = 30, each = a.gratings.size();
    const auto measure = [&](std::uint64_t seed) {
        auto R = random_responses(n * each, seed);
        std::fill(R.end() - static_cast<std::ptrdiff_t>(each), R.end(), 0.0F);
        return analysis::GratingResponses{R, analysis::measure_tuning(R, a.gratings)};
    };
    a.network = measure(1);
    a.linear = measure(2);
    a.map = analysis::measure_map("linear", a.linear.tuning.preferred_orientation,
                                  std::vector<double>(n, 1.0), 5, 6, 0.8, analysis::Boundary::periodic);
    a.comparisons = analysis::compare_with_v1(a.network.tuning, 9);
    a.run = "runs/orientations.h5";
    return a;
}

std::string written(const TemporaryFile& file, const Analysis& a) {
    auto out = File::create(file.name());
    analysis::write(out, a);
    out.close();
    return file.name();
}

/// Equal to the last bit; all NaNs are equal.
bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
bool same(const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return same(x, y); });
}
bool same(const analysis::Interval& a, const analysis::Interval& b) {
    return same(a.value, b.value) && same(a.low, b.low) && same(a.high, b.high);
}

void check_same(const analysis::GratingResponses& a, const analysis::GratingResponses& b) {
    CHECK(a.responses == b.responses);
    CHECK(same(a.tuning.preferred_orientation, b.tuning.preferred_orientation));
    CHECK(same(a.tuning.circular_variance, b.tuning.circular_variance));
    CHECK(same(a.tuning.half_bandwidth, b.tuning.half_bandwidth));
    CHECK(same(a.tuning.orth_pref, b.tuning.orth_pref));
    CHECK(same(a.tuning.F1_F0, b.tuning.F1_F0));
    CHECK(same(a.tuning.peak_spatial_frequency, b.tuning.peak_spatial_frequency));
    CHECK(a.tuning.responds == b.tuning.responds);
}

void check_same(const analysis::MapMeasures& a, const analysis::MapMeasures& b) {
    CHECK(a.source == b.source);
    CHECK(a.map.rows == b.map.rows);
    CHECK(a.map.cols == b.map.cols);
    CHECK(a.map.boundary == b.map.boundary);
    CHECK(a.map.smoothing == b.map.smoothing);
    CHECK(same(a.map.orientation, b.map.orientation));
    CHECK(same(a.map.selectivity, b.map.selectivity));
    REQUIRE(a.pinwheels.size() == b.pinwheels.size());
    for (std::size_t i = 0; i < a.pinwheels.size(); ++i) {
        CHECK(a.pinwheels[i].row == b.pinwheels[i].row);
        CHECK(a.pinwheels[i].col == b.pinwheels[i].col);
        CHECK(a.pinwheels[i].sign == b.pinwheels[i].sign);
    }
    CHECK(same(a.spectrum.wavenumber, b.spectrum.wavenumber));
    CHECK(same(a.spectrum.power, b.spectrum.power));
    CHECK(same(a.neighbour_difference, b.neighbour_difference));
    CHECK(same(a.wavelength, b.wavelength));
    CHECK(same(a.pinwheel_density, b.pinwheel_density));
}

void check_same(const std::vector<analysis::Comparison>& a, const std::vector<analysis::Comparison>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(a[i].property == b[i].property);
        CHECK(a[i].citation == b[i].citation);
        CHECK(same(a[i].ks, b[i].ks));
        CHECK(same(a[i].wasserstein, b[i].wasserstein));
        CHECK(same(a[i].median_model, b[i].median_model));
        CHECK(same(a[i].median_macaque, b[i].median_macaque));
        CHECK(same(a[i].ceiling, b[i].ceiling));
        CHECK(a[i].n == b[i].n);
    }
}

void check_same(const Analysis& a, const Analysis& b) {
    CHECK(same(a.gratings.orientation, b.gratings.orientation));
    CHECK(same(a.gratings.spatial_frequency, b.gratings.spatial_frequency));
    CHECK(same(a.gratings.phase, b.gratings.phase));
    check_same(a.network, b.network);
    check_same(a.linear, b.linear);
    check_same(a.map, b.map);
    check_same(a.comparisons, b.comparisons);
    CHECK(a.run == b.run);
}

/// A row of the table in docs/file_format.md.
struct Documented {
    std::string dataset, type, shape, units, meaning;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

std::vector<Documented> documented_datasets() {
    const fs::path page = fs::path(__FILE__).parent_path() / "../../docs/file_format.md";
    std::ifstream in(page);
    REQUIRE_MESSAGE(in.good(), page.string());
    std::vector<Documented> rows;
    bool here = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("## ")) here = line == "## The analysis file";
        if (!here || !line.starts_with("| `/")) continue;
        std::vector<std::string> cells;
        std::string rest = replaced(line.substr(2), "\\|", "\x01");
        for (std::size_t end = 0; (end = rest.find(" |")) != std::string::npos; rest.erase(0, end + 3))
            cells.push_back(replaced(rest.substr(0, end), "\x01", "|"));
        REQUIRE(cells.size() == 5);
        rows.push_back({replaced(cells[0], "`", ""), cells[1], cells[2], cells[3], cells[4]});
    }
    return rows;
}

/// Every dataset of the file.
std::vector<std::string> datasets(const File& file) {
    std::vector<std::string> names;
    for (const auto& group : file.children("/"))
        for (const auto& name : file.children("/" + group)) names.push_back("/" + group + "/" + name);
    return names;
}

}  // namespace

TEST_CASE("an analysis is read as it was written") {
    const TemporaryFile file;
    auto a = some_analysis();
    REQUIRE(!a.map.pinwheels.empty());
    check_same(a, analysis::read(written(file, a)));
}

TEST_CASE("an analysis with nothing found is read as it was written") {
    const TemporaryFile file;
    auto a = some_analysis();
    std::fill(a.network.responses.begin(), a.network.responses.end(), 0.0F);
    a.network.tuning = analysis::measure_tuning(a.network.responses, a.gratings);
    a.map = analysis::measure_map("network", std::vector<double>(30, kNan), std::vector<double>(30, 1.0), 5,
                                  6, 1.0, analysis::Boundary::open);
    CHECK(a.map.pinwheels.empty());
    a.comparisons.clear();
    check_same(a, analysis::read(written(file, a)));
}

TEST_CASE("the file holds what docs/file_format.md says, and nothing else") {
    const TemporaryFile temporary;
    const auto file = File::open(written(temporary, some_analysis()));
    CHECK(file.read_attribute<std::string>("/", "striate_file") == "analysis");
    CHECK(file.read_attribute<std::uint32_t>("/", "striate_format") == analysis::file_format);
    auto expected = documented_datasets();
    REQUIRE(expected.size() > 20);
    for (std::size_t i = expected.size(); i-- > 0;)  // "the tuning datasets of /network stand in /linear too"
        if (expected[i].dataset.starts_with("/network/") && expected[i].dataset != "/network/responses") {
            expected.push_back(expected[i]);
            expected.back().dataset.replace(0, std::strlen("/network"), "/linear");
        }
    for (const auto& row : expected) {
        CAPTURE(row.dataset);
        REQUIRE(file.exists(row.dataset));
        const auto n_commas = std::count(row.shape.begin(), row.shape.end(), ',');
        CHECK(file.shape(row.dataset).size() ==
              (row.shape == "()" ? 0U : static_cast<std::size_t>(n_commas) + 1));
        CHECK(file.read_attribute<std::string>(row.dataset, "units") == row.units);
        CHECK(file.read_attribute<std::string>(row.dataset, "description") == row.meaning);
        if (row.type == "text")
            CHECK_NOTHROW(file.read<std::string>(row.dataset));
        else
            CHECK_NOTHROW(file.read<double>(row.dataset));
    }
    CHECK(datasets(file).size() == expected.size());
    for (const char* name : {"source", "boundary", "neighbour_difference_deg", "wavelength",
                             "pinwheel_density", "n_pinwheels", "smoothing"})
        CHECK(file.has_attribute("/map", name));
}

TEST_CASE("files of another kind, of a newer format, or damaged are refused, and the message says why") {
    const TemporaryFile temporary;
    const auto why = [&] {
        try {
            analysis::read(temporary.name());
        } catch (const sim::IoError& error) {
            return std::string(error.what());
        }
        return std::string("read without complaint");
    };
    const auto says = [&](std::initializer_list<const char*> words) {
        const std::string message = why();
        CAPTURE(message);
        CHECK(message.starts_with(temporary.name()));
        for (const char* word : words) CHECK(message.find(word) != std::string::npos);
    };
    says({"cannot be opened"});
    const auto change = [&](auto&& edit) {
        written(temporary, some_analysis());
        auto file = File::reopen(temporary.name());
        edit(file);
        file.close();
    };
    change([](File& f) { f.write_attribute("/", "striate_file", std::string("run")); });
    says({"analysis", "run"});
    change([](File& f) { f.write_attribute("/", "striate_format", analysis::file_format + 1); });
    says({"1", "2", "newer"});
    change([](File& f) { f.write_attribute("/map", "boundary", std::string("mirror")); });
    says({"/map", "open or periodic", "mirror"});
    change([](File& f) { f.write_attribute("/map", "n_pinwheels", std::uint64_t{77}); });
    says({"/map/pinwheels", "must have shape (77, 3)"});
    File::create(temporary.name()).close();
    says({"striate"});
    std::ofstream(temporary.name()) << "no HDF5";
    says({"cannot be opened"});
}
