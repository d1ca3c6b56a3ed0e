// The report of a small made-up run and analysis: what the page refers to is there, and it holds nothing that
// it should not.
#include "analysis/report.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/analysis_file.hpp"
#include "analysis/colour.hpp"
#include "analysis/comparison_words.hpp"
#include "analysis/glossary.hpp"
#include "analysis/gnuplot.hpp"
#include "analysis/page_arrays.hpp"
#include "analysis/panels.hpp"
#include "analysis/recorded_run.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

namespace {

namespace fs = std::filesystem;
using sim::io::File;

constexpr std::size_t kRows = 8, kCols = 8, kSide = 12, kNeurons = kRows * kCols, kPixels = kSide * kSide;
constexpr double kPresentation = 80.0;  // [ms]
constexpr std::uint64_t kBatches = 20;

bool have_gnuplot() {
    const bool have = std::system("command -v gnuplot > /dev/null 2>&1") == 0;  // NOLINT: a test
    if (!have) MESSAGE("gnuplot is not installed: the report is not tested");
    return have;
}

/// A folder of its own, removed at the end.
class TemporaryFolder {
  public:
    TemporaryFolder() : path_(fs::temp_directory_path() / ("striate_report_" + std::to_string(::getpid()))) {
        fs::remove_all(path_);
        fs::create_directories(path_);
    }
    ~TemporaryFolder() { fs::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    fs::path operator/(const std::string& name) const { return path_ / name; }

  private:
    fs::path path_;
};

std::string text_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// ---- a made-up run

/// Of a map with four pinwheels between the neurons, the same beyond each edge [deg].
double orientation_of(std::size_t neuron) {
    const auto wave = [](std::size_t place) {
        return std::cos(2.0 * std::numbers::pi * (static_cast<double>(place) + 0.5) / kCols);
    };
    const double angle = 0.5 * std::atan2(wave(neuron / kCols), wave(neuron % kCols));
    return std::fmod(180.0 + angle * 180.0 / std::numbers::pi, 180.0);
}

/// Gabor fields of these orientations.
std::vector<float> fields() {
    std::vector<float> Phi(kNeurons * kPixels);
    for (std::size_t i = 0; i < kNeurons; ++i) {
        const double theta = orientation_of(i) * std::numbers::pi / 180.0;
        for (std::size_t k = 0; k < kPixels; ++k) {
            const double y = 5.5 - static_cast<double>(k / kSide), x = static_cast<double>(k % kSide) - 5.5;
            const double across = -x * std::sin(theta) + y * std::cos(theta);
            Phi[i * kPixels + k] =
                static_cast<float>(0.2 * std::exp(-(x * x + y * y) / 8.0) * std::cos(1.2 * across));
        }
    }
    return Phi;
}

void write_network(File& file) {
    const std::vector<float> Phi = fields();
    const sim::io::Shape shape{kRows, kCols, kSide, kSide};
    file.write("/network/v1/Phi", std::span<const float>(Phi), shape, {"1", "dictionary"});
    file.write("/network/v1/Phi_initial", std::span<const float>(Phi), shape, {"1", "dictionary before"});
    const std::vector<double> centres(2 * kNeurons, 5.5);
    file.write("/network/v1/visual_position", std::span<const double>(centres), {kNeurons, 2},
               {"px", "centre"});
    for (const auto& [name, value] :
         {std::pair{"rows", kRows}, {"cols", kCols}, {"height", kSide}, {"width", kSide}, {"size", kNeurons}})
        file.write_attribute("/network/v1", name, static_cast<std::uint64_t>(value));
    file.write_attribute("/network/v1", "kind", std::string("slca<&>"));
}

void write_learning(File& file) {
    std::vector<std::uint64_t> batch, dead;
    std::vector<double> falling;
    for (std::uint64_t b = 0; b < kBatches; ++b) {
        batch.push_back(b);
        dead.push_back(kBatches - b);
        falling.push_back(0.2 + std::exp(-static_cast<double>(b) / 5.0));
    }
    file.write("/learning/batch", batch, {"1", "batch"});
    file.write("/learning/v1/dead_neurons", dead, {"1", "dead"});
    for (const char* name : {"energy", "reconstruction_error", "active_fraction", "spikes_per_presentation"})
        file.write(std::string("/learning/v1/") + name, falling, {"1", name});
    file.write("/learning/v1/held_out/batch", std::vector<std::uint64_t>{0, kBatches}, {"1", "batch"});
    file.write("/learning/v1/held_out/energy", std::vector<double>{1.25, 0.25}, {"1", "energy"});
    file.write("/learning/v1/held_out/optimal_energy", std::vector<double>{1.2, 0.24}, {"1", "optimum"});
    file.write("/learning/v1/held_out/relative_gap", std::vector<double>{1e-3, 5e-4}, {"1", "gap"});
}

/// Three presentations: training with a spike, held out with two, held out with none.
void write_presentations(File& file) {
    file.write("/spikes/v1/timestamps",
               std::vector<double>{5.0, 10 * kPresentation + 7.0, 10 * kPresentation + 9.0}, {"ms", "time"});
    file.write("/spikes/v1/node_ids", std::vector<std::uint64_t>{1, 3, 2}, {"1", "neuron"});
    file.write("/presentations/number", std::vector<std::uint64_t>{0, 10, 11}, {"1", "number"});
    file.write("/presentations/set", std::vector<std::uint8_t>{0, 1, 1}, {"1", "set"});
    file.write_attribute("/presentations", "T", kPresentation);
    file.write_attribute("/presentations", "T0", 24.0);
    file.write("/presentations/v1/energy", std::vector<double>{0.5, 0.4, 0.3}, {"1", "energy"});
    std::vector<float> codes(3 * kNeurons, 0.0F);
    codes[kNeurons + 3] = 0.7F;
    file.write("/presentations/v1/codes", std::span<const float>(codes), {3, kNeurons}, {"1", "code"});
}

void write_run(const fs::path& path) {
    File file = File::create(path.string());
    sim::io::mark_striate_file(file, "network");
    write_network(file);
    write_learning(file);
    write_presentations(file);
    const std::string config =
        "name: <b>\"x\" & 'y'</b>\npopulations:\n    v1:\n        kind: slca\n"
        "presentation:\n    T: 80 ms\n    T0: 24 ms\n";
    file.write("/provenance/config", std::span<const std::string>(&config, 1), {}, {"1", "config"});
    file.write_attribute("/provenance", "stimulus", std::string("patches <of> salt & pepper"));
    file.write_attribute("/provenance", "seed", std::uint64_t{7});
    file.close();
}

// ---- and its analysis

/// Responses tuned round each neuron's orientation, of seven widths, for every phase alike but for some
/// modulation.
std::vector<float> responses(const analysis::GratingAxes& axes, double sharpness) {
    std::vector<float> R;
    for (std::size_t i = 0; i < kNeurons; ++i)
        for (const double orientation : axes.orientation)
            for (const double frequency : axes.spatial_frequency)
                for (const double phase : axes.phase) {
                    const double angle = 2.0 * (orientation - orientation_of(i)) * std::numbers::pi / 180.0;
                    const double modulation = 1.0 + 0.5 * std::cos(phase * std::numbers::pi / 180.0);
                    R.push_back(static_cast<float>(std::exp((1.0 + 0.1 * static_cast<double>(i % 7)) *
                                                            sharpness * (std::cos(angle) - 1.0)) *
                                                   modulation * (frequency + static_cast<double>(i % 5))));
                }
    return R;
}

analysis::GratingRecording gratings() {
    analysis::GratingRecording all;
    for (int k = 0; k < 12; ++k) all.axes.orientation.push_back(15.0 * k);
    for (int k = 0; k < 8; ++k) all.axes.phase.push_back(45.0 * k);
    all.axes.spatial_frequency = {0.1, 0.2};
    all.network = responses(all.axes, 3.0);
    all.linear = responses(all.axes, 1.0);
    return all;
}

analysis::ContrastRecording contrasts() {
    analysis::ContrastRecording all{{0.1, 0.3, 1.0}, {}};
    for (std::size_t i = 0; i < kNeurons; ++i)
        for (const double contrast : all.contrast)
            all.responses.push_back(static_cast<float>(i % 4 == 3 ? 0.0 : contrast / (contrast + 0.3)));
    return all;
}

/// Half of the neurons, suppressed by the surround the more the higher their number.
analysis::SizeRecording sizes() {
    analysis::SizeRecording all{{}, {2.0, 4.0, 8.0, 12.0}, {}};
    for (std::uint64_t i = 0; i < kNeurons; i += 2) {
        all.neuron.push_back(i);
        for (const double response :
             {0.5, 1.0, 1.0 - 0.01 * static_cast<double>(i), 1.0 - 0.01 * static_cast<double>(i)})
            all.responses.push_back(static_cast<float>(response));
    }
    return all;
}

/// The fields themselves but for the first neuron, which never fired.
analysis::NoiseRecording noise() {
    std::vector<float> averages = fields();
    std::fill_n(averages.begin(), kPixels, std::numeric_limits<float>::quiet_NaN());
    return {1000, kSide, kSide, averages, averages};
}

/// What was recorded in all tests but the natural one.
analysis::Recordings all_tests() {
    analysis::Recordings all;
    all.gratings = gratings();
    all.contrast = contrasts();
    all.size = sizes();
    all.noise = noise();
    return all;
}

void write_analysis(const fs::path& path, const fs::path& run, analysis::Recordings recordings) {
    const analysis::Subject subject{run.string(), "v1",  7,     kRows,   kCols, analysis::Boundary::periodic,
                                    kSide,        kSide, false, fields()};
    const auto gabors = analysis::fit_gabors(subject.Phi, kSide, kSide);
    File file = File::create(path.string());
    analysis::write(file, analysis::analyse(subject, std::move(recordings), gabors));
    file.close();
}

/// An analysis of the gratings alone.
void write_analysis(const fs::path& path, const fs::path& run) {
    analysis::Recordings recordings;
    recordings.gratings = gratings();
    write_analysis(path, run, std::move(recordings));
}

// ---- what a page refers to

std::vector<std::string> references(const std::string& html) {
    std::vector<std::string> found;
    for (const std::string attribute : {"href=\"", "src=\""})
        for (auto at = html.find(attribute); at != std::string::npos; at = html.find(attribute, at + 1)) {
            const auto begin = at + attribute.size();
            found.push_back(html.substr(begin, html.find('"', begin) - begin));
        }
    return found;
}

void check_references(const fs::path& dir, const std::string& html, std::size_t at_least) {
    const auto all = references(html);
    CHECK(all.size() >= at_least);
    for (const std::string& name : all) {
        CAPTURE(name);
        if (name.starts_with("data:image/svg+xml,")) continue;
        REQUIRE(fs::is_regular_file(dir / name));
        CHECK(fs::file_size(dir / name) > 0);
    }
}

/// Of one file, without the library that makes a page one to explore.
void write_report(const analysis::ReportInput& input, const fs::path& dir) {
    CHECK_FALSE(analysis::write_report(std::span(&input, 1), dir, std::nullopt));
}

std::size_t n_of(const std::string& text, const std::string& words) {
    std::size_t n = 0;
    for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++n;
    return n;
}

bool mentions(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a report of an analysis shows every figure and number and loads nothing from elsewhere") {
    if (!have_gnuplot()) return;
    const TemporaryFolder folder;
    write_run(folder / "a<b&c.h5");
    write_analysis(folder / "analysis.h5", folder / "a<b&c.h5", all_tests());
    write_report(analysis::report_input(folder / "analysis.h5"), folder / "report");
    const std::string html = text_of(folder / "report/index.html");

    // On so small a sheet there is no close-up, and its spectrum may be too short. Each figure has one
    // picture and four links.
    check_references(folder / "report", html, 12 * 5);
    for (const char* name : {"receptive_fields", "evolution", "orientation_map", "tuning_at_pinwheels",
                             "tuning_histograms", "tuning_curves", "response_curves", "other_histograms",
                             "shapes", "spike_triggered_averages", "activity", "learning"})
        CHECK_MESSAGE(mentions(html, std::string("<figure id=\"") + name + "\">"), std::string(name));
    CHECK(n_of(html, "http://") == n_of(html, "http://www.w3.org/"));  // names of SVG's vocabularies
    CHECK_FALSE(mentions(html, "https://"));
    CHECK_FALSE(mentions(html, "needs an analysis"));
    for (const auto& entry : fs::directory_iterator(folder / "report/figures")) {
        CHECK(entry.path().extension() != ".log");
        if (entry.path().extension() == ".svg") CHECK_FALSE(mentions(text_of(entry.path()), "href='http"));
    }

    // A row for every comparison and every measure.
    const auto analysis = analysis::read((folder / "analysis.h5").string());
    for (const auto& comparison : analysis.comparisons)
        CHECK_MESSAGE(mentions(html, "<tr><td>" + analysis::label(comparison) + "</td>"),
                      comparison.reference);
    CHECK(mentions(html, "fewer than 20 neurons") ==
          std::ranges::any_of(analysis.comparisons, analysis::has_too_few));
    CHECK(analysis.summary.size() > 5);
    CHECK(mentions(html, "<tr><th scope=\"row\">Pinwheel density<div class=\"definition\">"));
    CHECK(mentions(html, "3.14<div class=\"definition\">Kaschube et al. (2010)"));
    CHECK(mentions(html, "<b>Ringach 2002a</b> Ringach, Shapley &amp; Hawken (2002)"));
    CHECK(mentions(html, "Overall score 0."));
}

TEST_CASE("figures of tests that were not made are left out") {
    if (!have_gnuplot()) return;
    const TemporaryFolder folder;
    write_run(folder / "run.h5");
    write_analysis(folder / "analysis.h5", folder / "run.h5");
    write_report(analysis::report_input(folder / "analysis.h5"), folder / "report");
    const std::string html = text_of(folder / "report/index.html");
    for (const char* name : {"response_curves", "spike_triggered_averages"}) {
        CHECK_FALSE_MESSAGE(mentions(html, name), std::string(name));
        CHECK_FALSE(fs::exists(folder / ("report/figures/" + std::string(name) + ".png")));
    }
    CHECK_FALSE(mentions(html, "Reverse correlation"));
    CHECK(mentions(html, "<figure id=\"other_histograms\">"));
}

namespace {

/// What the scripts of a page are given.
nlohmann::json data_of(const std::string& html) {
    const std::string begin = "id=\"striate-data\">";
    const auto at = html.find(begin) + begin.size();
    return nlohmann::json::parse(html.substr(at, html.find("</script>", at) - at));
}

/// Bytes of an array of a page.
std::string array_of(const std::string& html, const nlohmann::json& array) {
    const std::string begin = "id=\"" + array["array"].get<std::string>() + "\">";
    const auto at = html.find(begin) + begin.size();
    std::string text = html.substr(at, html.find('<', at) - at), bytes;
    std::uint32_t bits = 0;
    int n = 0;
    for (const char c : text) {
        const auto value =
            std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
        if (value == std::string_view::npos) break;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        if ((n += 6) >= 8) bytes += static_cast<char>(bits >> (n -= 8) & 255U);
    }
    return bytes;
}

std::vector<double> numbers_of(const std::string& html, const nlohmann::json& array) {
    const std::string bytes = array_of(html, array);
    std::vector<double> values(bytes.size() / sizeof(double));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(double));
    return values;
}

}  // namespace

TEST_CASE("bytes in base64") {
    CHECK(analysis::base64("") == "");
    CHECK(analysis::base64("a") == "YQ==");
    CHECK(analysis::base64("ab") == "YWI=");
    CHECK(analysis::base64("abc") == "YWJj");
    CHECK(analysis::base64(std::string_view("\xff\x00\xfe", 3)) == "/wD+");
}

TEST_CASE("numbers of which bytes are kept are off by half a step of 127") {
    analysis::PageArrays arrays("some");
    const std::vector<float> values{0.5F, -1.0F, 0.3F, 0.0F, NAN, 0.0F};
    const auto json = arrays.add_bytes(values, {2, 3});
    const std::string bytes = array_of(arrays.html(), json["values"]);
    CHECK(bytes == std::string("\x40\x81\x26\x00\x00\x00", 6));  // 64 -127 38 of 1/127; nothing of nothing
    CHECK(json["values"]["shape"] == nlohmann::json{2, 3});
}

TEST_CASE("numbers of which nibbles are kept are off by half a step of 7") {
    analysis::PageArrays arrays("some");
    const std::vector<float> values{0.5F, -1.0F, 0.3F};
    const auto json = arrays.add_nibbles(values, {1, 3});
    CHECK(array_of(arrays.html(), json["values"]) == "\x1c\x0a");  // 4 -7 2 of 1/7, above 8
    CHECK(json["values"]["type"] == "int4");
}

TEST_CASE("a page to explore holds the numbers of the files, and loads nothing from elsewhere") {
    if (!have_gnuplot()) return;
    const TemporaryFolder folder;
    write_run(folder / "run.h5");
    write_analysis(folder / "analysis.h5", folder / "run.h5", all_tests());
    std::ofstream(folder / "d3.js") << "// the library\n";
    const auto input = analysis::report_input(folder / "analysis.h5");
    CHECK(analysis::write_report(std::span(&input, 1), folder / "report", folder / "d3.js"));
    const std::string html = text_of(folder / "report/index.html");
    CHECK(mentions(html, "// the library"));
    CHECK_FALSE(mentions(html, "<script src"));
    const auto data = data_of(html);
    REQUIRE(data["runs"].size() == 1);
    const auto& run = data["runs"][0];
    const auto analysis = analysis::read((folder / "analysis.h5").string());
    std::size_t n_compared = 0;
    for (const auto& number : run["numbers"]) {
        const std::string name = number["name"];
        CAPTURE(name);
        const auto values = numbers_of(html, number["values"]);
        const auto expected = analysis.property(name);
        REQUIRE(values.size() == kNeurons);
        for (std::size_t i = 0; i < kNeurons; ++i)
            if (std::isfinite(expected[i])) CHECK(values[i] == expected[i]);
        n_compared += analysis::find_term(name) != nullptr;
    }
    CHECK(n_compared > 12);
    CHECK(run["presentations"]["number"] == nlohmann::json{10, 11});  // those held out
    CHECK(run["presentations"]["first"] == nlohmann::json{0, 2, 2});
    CHECK(numbers_of(html, run["map"]["orientation"]) == analysis.map.map.orientation);
}

TEST_CASE("several runs stand side by side on one page") {
    if (!have_gnuplot()) return;
    const TemporaryFolder folder;
    std::vector<analysis::ReportInput> inputs;
    for (const char* name : {"a.h5", "b.h5"}) {
        write_run(folder / name);
        inputs.push_back(analysis::report_input(folder / name));
    }
    std::ofstream(folder / "d3.js") << "// the library\n";
    CHECK(analysis::write_report(inputs, folder / "report", folder / "d3.js"));
    const std::string html = text_of(folder / "report/index.html");
    CHECK(data_of(html)["runs"].size() == 2);
    CHECK(mentions(html, "<h1>a.h5, b.h5</h1>"));
}

TEST_CASE("every number of an analysis is in the glossary") {
    const TemporaryFolder folder;
    write_run(folder / "run.h5");
    write_analysis(folder / "analysis.h5", folder / "run.h5", all_tests());
    const auto analysis = analysis::read((folder / "analysis.h5").string());
    for (const auto& property : analysis.properties)
        CHECK_MESSAGE(analysis::find_term(property.name) != nullptr, property.name);
    for (const auto& measure : analysis.summary)
        if (!measure.name.starts_with("median_"))
            CHECK_MESSAGE(analysis::find_term(measure.name) != nullptr, measure.name);
}

TEST_CASE("neurons for a figure are spread evenly over what they differ in") {
    const double none = NAN;
    const std::vector<double> values{5, none, 3, 1, 4, 2, 6, none};
    CHECK(analysis::even_sample(values, 3) == std::vector<std::size_t>{5, 4, 6});  // 2, 4, 6 of 1 ... 6
    CHECK(analysis::even_sample(values, 9) == std::vector<std::size_t>{3, 5, 2, 4, 0, 6});
    CHECK(analysis::even_sample(std::vector<double>{none}, 3).empty());
}

TEST_CASE("a model stands beside the macaque in the same units and range") {
    analysis::Reference macaque{};
    macaque.fractions = {0.0, 1.0};
    macaque.quantiles = {2.0, 6.0};
    macaque.bin_edges = {2.0, 4.0, 6.0};
    macaque.scaled = true;
    const auto scaled = analysis::side_by_side({10.0, NAN, 20.0, 30.0}, macaque);
    CHECK(scaled.model == std::vector<double>{0.5, 1.0, 1.5});
    CHECK(scaled.macaque.bin_edges == std::vector<double>{0.5, 1.0, 1.5});
    const auto wrapped =
        analysis::side_by_side({10.0, 170.0}, analysis::v1_reference("preferred_orientation"));
    CHECK(wrapped.model == std::vector<double>{10.0, -10.0});  // from -22.5 to 157.5 deg
}

TEST_CASE("names and texts from the files are escaped") {
    if (!have_gnuplot()) return;
    const TemporaryFolder folder;
    write_run(folder / "a<b&c.h5");
    write_report(analysis::report_input(folder / "a<b&c.h5"), folder / "report");
    const std::string html = text_of(folder / "report/index.html");
    CHECK(mentions(html, "<h1>a&lt;b&amp;c.h5</h1>"));
    CHECK(mentions(html, "patches &lt;of&gt; salt &amp; pepper"));
    CHECK(mentions(html, "slca&lt;&amp;&gt;"));
    CHECK(mentions(html, "&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt;"));
    for (const char* raw : {"a<b", "<of>", "salt & pepper", "\"x\""}) CHECK_FALSE(mentions(html, raw));
}

TEST_CASE("a report of a run alone shows fields and learning and says what an analysis adds") {
    if (!have_gnuplot()) return;
    const TemporaryFolder folder;
    write_run(folder / "run.h5");
    const auto input = analysis::report_input(folder / "run.h5");
    CHECK_FALSE(input.analysis);
    write_report(input, folder / "report");
    const std::string html = text_of(folder / "report/index.html");
    check_references(folder / "report", html, 4 * 5);
    CHECK(mentions(html, "striate analyze"));
    CHECK(mentions(html, "needs an analysis"));
    CHECK(mentions(html, "<figure id=\"learning\">"));
    CHECK_FALSE(mentions(html, "orientation_map"));
}

TEST_CASE("a report of a run that is barely begun shows what is there") {
    if (!have_gnuplot()) return;
    const TemporaryFolder folder;
    {
        File file = File::create((folder / "run.h5.partial").string());
        sim::io::mark_striate_file(file, "network");
        file.create_group("/presentations");
        const std::vector<float> Phi = fields();
        file.write("/network/v1/Phi_initial", std::span<const float>(Phi), {kRows, kCols, kSide, kSide},
                   {"1", "first"});
        for (const auto& [name, value] : {std::pair{"rows", kRows},
                                          {"cols", kCols},
                                          {"height", kSide},
                                          {"width", kSide},
                                          {"size", kNeurons}})
            file.write_attribute("/network/v1", name, static_cast<std::uint64_t>(value));
        file.close();
    }
    write_report(analysis::report_input(folder / "run.h5.partial"), folder / "report");
    const std::string html = text_of(folder / "report/index.html");
    check_references(folder / "report", html, 5);
    CHECK(mentions(html, "<figure id=\"receptive_fields\">"));
    CHECK_FALSE(mentions(html, "<figure id=\"learning\">"));
}

TEST_CASE("the presentation shown is the last held-out one with spikes, its times from its own beginning") {
    const TemporaryFolder folder;
    write_run(folder / "run.h5");
    const auto run = analysis::read_run((folder / "run.h5").string());
    REQUIRE(run.presentation);
    CHECK(run.presentation->number == 10);
    CHECK(run.presentation->held_out);
    CHECK(run.presentation->duration == kPresentation);
    CHECK(run.presentation->time == std::vector<double>{7.0, 9.0});
    CHECK(run.presentation->neuron == std::vector<std::size_t>{3, 2});
    CHECK(run.presentation->code[3] == 0.7F);
}

TEST_CASE("snapshots are few, in order, and hold the first and the last") {
    const TemporaryFolder folder;
    write_run(folder / "run.h5");
    {
        File file = File::reopen((folder / "run.h5").string());
        std::vector<std::uint64_t> batch;
        for (std::uint64_t b = 0; b < kBatches; b += 2) batch.push_back(b);
        const std::vector<float> Phi(batch.size() * kNeurons * kPixels, 0.5F);
        file.write("/learning/v1/snapshots/batch", batch, {"1", "batch"});
        file.write("/learning/v1/snapshots/Phi", std::span<const float>(Phi),
                   {batch.size(), kRows, kCols, kSide, kSide}, {"1", "dictionaries"});
        file.close();
    }
    const auto run = analysis::read_run((folder / "run.h5").string(), "", 5);
    REQUIRE(run.snapshots.size() == 5);
    CHECK(run.snapshots.front().batch == 0);
    CHECK(run.snapshots.back().batch == kBatches);
    for (std::size_t i = 1; i < 5; ++i) CHECK(run.snapshots[i].batch > run.snapshots[i - 1].batch);
    CHECK(run.Phi == fields());
}

TEST_CASE(
    "fields of fewer neurons than the config says are refused, also where nothing would be drawn of them") {
    const TemporaryFolder folder;
    const std::string path = (folder / "run.h5").string();
    for (const char* dataset : {"Phi", "Phi_initial"}) {
        CAPTURE(dataset);
        File file = File::create(path);
        sim::io::mark_striate_file(file, "network");
        file.create_group("/presentations");
        const std::vector<float> Phi = fields();
        for (const std::string name : {"Phi_initial", dataset})  // the former is there from the beginning
            if (!file.exists("/network/v1/" + name))
                file.write("/network/v1/" + name, std::span<const float>(Phi), {kRows, kCols, kSide, kSide},
                           {"1", "dictionary"});
        for (const auto& [name, value] : {std::pair{"rows", kRows},
                                          {"cols", kCols},
                                          {"height", kSide},
                                          {"width", kSide},
                                          {"size", kNeurons}})
            file.write_attribute("/network/v1", name, static_cast<std::uint64_t>(value));
        const std::string config =
            "populations:\n    v1:\n        sheet:\n            rows: 9\n            cols: 8\n";
        file.write("/provenance/config", std::span<const std::string>(&config, 1), {}, {"1", "config"});
        file.close();
        const std::string words =
            std::string("/network/v1/") + dataset + ": must have shape (9, 8, 12, 12), has (8, 8, 12, 12)";
        CHECK_THROWS_WITH_AS(write_report(analysis::report_input(path), folder / "report"),
                             doctest::Contains(words.c_str()), sim::IoError);
        CHECK_FALSE(fs::exists(folder / "report"));
    }
}

TEST_CASE("an analysis whose run is gone, or of another size, is refused") {
    const TemporaryFolder folder;
    write_run(folder / "run.h5");
    write_analysis(folder / "analysis.h5", "/nowhere/at/all.h5");
    CHECK_THROWS_WITH_AS(analysis::report_input(folder / "analysis.h5"),
                         doctest::Contains("/nowhere/at/all.h5"), sim::IoError);
    // A run that moved along with its analysis is found beside it.
    write_analysis(folder / "analysis.h5", "/nowhere/at/run.h5");
    CHECK(analysis::report_input(folder / "analysis.h5").run == folder / "run.h5");
    CHECK_THROWS_AS(write_report({folder / "none.h5", std::nullopt}, folder / "report"), sim::IoError);
}

TEST_CASE("without gnuplot the message names the package") {
    const TemporaryFolder folder;
    const char* path = std::getenv("PATH");
    const std::string before = path == nullptr ? "" : path;
    ::setenv("PATH", (folder / "").c_str(), 1);
    analysis::Gnuplot plot("empty", 100, 100);
    std::string message;
    try {
        plot.draw(folder / "");
    } catch (const sim::IoError& error) {
        message = error.what();
    }
    ::setenv("PATH", before.c_str(), 1);
    CHECK(mentions(message, "gnuplot-nox"));
}

TEST_CASE("a figure that gnuplot refuses is an error with its reason") {
    if (!have_gnuplot()) return;
    const TemporaryFolder folder;
    analysis::Gnuplot plot("broken", 100, 100);
    plot << "plot nonsense(";
    CHECK_THROWS_WITH_AS(plot.draw(folder / ""), doctest::Contains("broken.gp"), sim::IoError);
}

TEST_CASE("ticks are round and few") {
    CHECK(analysis::ticks(1.0, 5) == "0.2");
    CHECK(analysis::ticks(1.0, 4) == "0.25");
    CHECK(analysis::ticks(470.0, 5) == "100");
    CHECK(analysis::ticks(0.034, 5) == "0.01");
}

TEST_CASE("orientation has the same colour at 0 and 180 deg and steps of even size") {
    const auto difference = [](analysis::Rgb x, analysis::Rgb y) {
        return std::abs(x.r - y.r) + std::abs(x.g - y.g) + std::abs(x.b - y.b);
    };
    CHECK(difference(analysis::orientation_colour(0.0), analysis::orientation_colour(180.0)) == 0);
    CHECK(difference(analysis::orientation_colour(-30.0), analysis::orientation_colour(150.0)) == 0);
    CHECK(difference(analysis::orientation_colour(NAN), analysis::kColourNone) == 0);
    // One degree never jumps: round the wheel the largest channel difference of neighbours stays small.
    for (int k = 0; k < 180; ++k)
        CHECK(difference(analysis::orientation_colour(k), analysis::orientation_colour(k + 1)) < 30);
}
