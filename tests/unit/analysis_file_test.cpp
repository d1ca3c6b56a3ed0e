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
#include <set>
#include <sstream>

#include "analysis/recordings_file.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

namespace fs = std::filesystem;
using analysis::Analysis;
using sim::io::File;

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

constexpr std::size_t kRows = 5, kCols = 6, kNeurons = kRows * kCols, kSide = 6, kPixels = kSide * kSide;

/// Responses of noise, the last neuron's all 0.
std::vector<float> with_a_silent_one(std::size_t n_each, std::uint64_t seed) {
    auto R = random_responses(kNeurons * n_each, seed);
    std::fill(R.end() - static_cast<std::ptrdiff_t>(n_each), R.end(), 0.0F);
    return R;
}

analysis::NaturalRecording some_natural() {
    analysis::NaturalRecording natural;
    natural.T = 10.0;
    natural.n_frames = 8;
    natural.n_repeated = 2;
    natural.n_repeats = 3;
    natural.codes = random_responses(natural.n_frames * kNeurons, 9);
    for (std::size_t k = 0; k < 280; ++k) {
        natural.timestamps.push_back(0.5 * static_cast<double>(k));
        natural.node_ids.push_back(k * k % kNeurons);
    }
    return natural;
}

analysis::Recordings some_recordings() {
    analysis::Recordings all;
    all.gratings.axes = {{0.0, 45.0, 90.0, 135.0}, {0.05, 0.1}, {0.0, 120.0, 240.0}};
    all.gratings.network = with_a_silent_one(all.gratings.axes.size(), 1);
    all.gratings.linear = with_a_silent_one(all.gratings.axes.size(), 2);
    all.drift = {with_a_silent_one(all.gratings.axes.size(), 12), {}};
    all.contrast = {{0.1, 0.2, 0.4, 0.8}, with_a_silent_one(4, 3)};
    all.mask = {with_a_silent_one(1, 4), with_a_silent_one(1, 5)};
    all.size = {{2, 3, 11}, {2.0, 4.0, 8.0, 16.0}, random_responses(12, 6)};
    all.noise = {7, kSide, kSide, with_a_silent_one(kPixels, 7), with_a_silent_one(kPixels, 8)};
    all.natural = some_natural();
    all.blank = {50.0, std::vector<std::uint64_t>(kNeurons, 3), random_responses(kNeurons, 11), {}};
    return all;
}

analysis::Gabor some_gabor(std::size_t i) {
    const auto x = static_cast<double>(i);
    return {.row = std::fmod(1.3 * x, 5.0),
            .col = std::fmod(2.1 * x, 5.0),
            .orientation = 6.0 * x,
            .frequency = 0.1 + 0.002 * x,
            .phase = std::fmod(100.0 * x, 360.0),
            .sigma_x = 1.0 + 0.1 * x,
            .sigma_y = 2.0,
            .amplitude = 1.0,
            .explained_variance = i % 5 == 0 ? 0.3 : 0.9};
}

/// An analysis of 5 x 6 neurons, made of noise; the last neuron is silent.
Analysis some_analysis(analysis::Recordings recordings = some_recordings()) {
    const analysis::Subject subject{.run = "runs/orientations.h5",
                                    .population = "v1",
                                    .seed = 9,
                                    .rows = kRows,
                                    .cols = kCols,
                                    .boundary = analysis::Boundary::periodic,
                                    .height = kSide,
                                    .width = kSide,
                                    .is_retinotopic = true,
                                    .Phi = random_responses(kNeurons * kPixels, 10),
                                    .complex = {0.5, 2.0, 3.0, 1.4, 0.5}};
    std::vector<analysis::Gabor> gabors;
    for (std::size_t i = 0; i < kNeurons; ++i) gabors.push_back(some_gabor(i));
    return analysis::analyse(subject, std::move(recordings), gabors);
}

std::string written(const TemporaryFile& file, const Analysis& a) {
    auto out = File::create(file.name());
    analysis::write(out, a);
    out.close();
    return file.name();
}

/// Equal to the last bit; all NaNs are equal.
bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
    return std::ranges::equal(a, b, [](T x, T y) { return same(x, y); });
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
    CHECK(same(a.tuning.OSI, b.tuning.OSI));
    CHECK(same(a.tuning.frequency_bandwidth, b.tuning.frequency_bandwidth));
    CHECK(same(a.tuning.schiller_index, b.tuning.schiller_index));
    CHECK(a.tuning.responds == b.tuning.responds);
}

void check_same(const analysis::MapMeasures& a, const analysis::MapMeasures& b) {
    CHECK(a.source == b.source);
    CHECK(a.map.rows == b.map.rows);
    CHECK(a.map.cols == b.map.cols);
    CHECK(a.map.boundary == b.map.boundary);
    CHECK(a.map.smoothing == b.map.smoothing);
    REQUIRE(a.densities.size() == b.densities.size());
    for (std::size_t k = 0; k < a.densities.size(); ++k) {
        CHECK(a.densities[k].smoothing == b.densities[k].smoothing);
        CHECK(same(a.densities[k].density, b.densities[k].density));
    }
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
        CHECK(a[i].reference == b[i].reference);
        CHECK(a[i].cells == b[i].cells);
        CHECK(a[i].units == b[i].units);
        CHECK(a[i].n_macaque == b[i].n_macaque);
        CHECK(same(a[i].similarity, b[i].similarity));
        CHECK(same(a[i].similarity_ceiling, b[i].similarity_ceiling));
        CHECK(same(a[i].p_value, b[i].p_value));
        CHECK(a[i].scaled == b[i].scaled);
    }
}

void check_same(const analysis::NaturalRecording& a, const analysis::NaturalRecording& b) {
    CHECK(a.T == b.T);
    CHECK(a.n_frames == b.n_frames);
    CHECK(a.n_repeated == b.n_repeated);
    CHECK(a.n_repeats == b.n_repeats);
    CHECK(a.codes == b.codes);
    CHECK(a.timestamps == b.timestamps);
    CHECK(a.node_ids == b.node_ids);
}

/// What was recorded after the gratings; of recordings or of an analysis.
template <class A, class B>
void check_same_tests(const A& a, const B& b) {
    CHECK(a.contrast.contrast == b.contrast.contrast);
    CHECK(a.contrast.responses == b.contrast.responses);
    CHECK(a.mask.alone == b.mask.alone);
    CHECK(a.mask.masked == b.mask.masked);
    CHECK(a.size.neuron == b.size.neuron);
    CHECK(a.size.diameter == b.size.diameter);
    CHECK(a.size.responses == b.size.responses);
    CHECK(a.noise.n_frames == b.noise.n_frames);
    CHECK(a.noise.height == b.noise.height);
    CHECK(a.noise.width == b.noise.width);
    CHECK(same(a.noise.white, b.noise.white));
    CHECK(same(a.noise.sparse, b.noise.sparse));
    check_same(a.natural, b.natural);
    CHECK(a.drift.network == b.drift.network);
    CHECK(a.blank.duration == b.blank.duration);
    CHECK(a.blank.n_spikes == b.blank.n_spikes);
    CHECK(a.blank.responses == b.blank.responses);
    CHECK(a.blank.complex == b.blank.complex);
}

/// Properties and measures, in whatever order.
void check_same_measures(const Analysis& a, const Analysis& b) {
    REQUIRE(a.properties.size() == b.properties.size());
    for (const auto& property : a.properties) {
        CAPTURE(property.name);
        const auto found = std::ranges::find(b.properties, property.name, &analysis::Property::name);
        REQUIRE(found != b.properties.end());
        CHECK(same(property.values, found->values));
        CHECK(property.units == found->units);
        CHECK(property.description == found->description);
    }
    REQUIRE(a.summary.size() == b.summary.size());
    for (const auto& measure : a.summary) {
        CAPTURE(measure.name);
        const auto found = std::ranges::find(b.summary, measure.name, &analysis::Measure::name);
        REQUIRE(found != b.summary.end());
        CHECK(same(measure.value, found->value));
        CHECK(measure.units == found->units);
        CHECK(measure.description == found->description);
    }
}

void check_same(const Analysis& a, const Analysis& b) {
    CHECK(same(a.gratings.orientation, b.gratings.orientation));
    CHECK(same(a.gratings.spatial_frequency, b.gratings.spatial_frequency));
    CHECK(same(a.gratings.phase, b.gratings.phase));
    check_same(a.network, b.network);
    check_same(a.linear, b.linear);
    check_same(a.complex, b.complex);
    CHECK(a.is_complex == b.is_complex);
    check_same(a.map, b.map);
    check_same_tests(a, b);
    check_same_measures(a, b);
    check_same(a.comparisons, b.comparisons);
    CHECK(same(a.shapes.kl, b.shapes.kl));
    CHECK(same(a.shapes.ceiling, b.shapes.ceiling));
    CHECK(a.shapes.n == b.shapes.n);
    CHECK(a.shapes.citation == b.shapes.citation);
    CHECK(a.run == b.run);
    CHECK(a.population == b.population);
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
    const fs::path page = fs::path(STRIATE_SOURCE_DIR) / "docs/file_format.md";
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

TEST_CASE("an analysis of the gratings alone is read as it was written") {
    const TemporaryFile file;
    auto a = some_analysis();
    a.drift = {};
    a.contrast = {};
    a.mask = {};
    a.size = {};
    a.noise = {};
    a.natural = {};
    a.blank = {};
    check_same(a, analysis::read(written(file, a)));
}

TEST_CASE("recordings are read as they were written, test by test") {
    const TemporaryFile temporary;
    const analysis::Recordings a = some_recordings();
    analysis::Recordings b;
    auto file = File::create(temporary.name());
    for (const char* test : {"gratings", "drift", "contrast", "mask", "size", "noise", "natural", "blank"}) {
        analysis::write_recording(file, test, a);
        analysis::read_recording(file, test, b);
    }
    CHECK(a.gratings.axes.orientation == b.gratings.axes.orientation);
    CHECK(a.gratings.axes.spatial_frequency == b.gratings.axes.spatial_frequency);
    CHECK(a.gratings.axes.phase == b.gratings.axes.phase);
    CHECK(a.gratings.network == b.gratings.network);
    CHECK(a.gratings.linear == b.gratings.linear);
    check_same_tests(a, b);
}

TEST_CASE("every number has a description, a name of its own and units") {
    const Analysis a = some_analysis();
    std::set<std::string> names;
    const auto check = [&](const auto& one) {
        CAPTURE(one.name);
        CHECK(names.insert(one.name).second);
        CHECK_FALSE(one.description.empty());
        CHECK_FALSE(one.units.empty());
    };
    const std::size_t n_tuning = analysis::properties(a.network.tuning).size();  // described by the file
    REQUIRE(a.properties.size() > n_tuning + 15);
    for (std::size_t k = n_tuning; k < a.properties.size(); ++k) check(a.properties[k]);
    names.clear();
    REQUIRE(a.summary.size() > 15);
    for (const auto& measure : a.summary) check(measure);
}

TEST_CASE("every property that is known of macaque V1 is measured, in its units") {
    const Analysis a = some_analysis();
    for (const analysis::Reference& reference : analysis::v1_references()) {
        if (reference.n == 0) continue;  // one number of a map
        CAPTURE(reference.name);
        const auto found = std::ranges::find(a.properties, reference.property, &analysis::Property::name);
        REQUIRE(found != a.properties.end());
        if (!reference.scaled) CHECK(found->units == reference.units);
        CHECK(std::ranges::any_of(a.comparisons,
                                  [&](const auto& one) { return one.reference == reference.name; }));
    }
}

TEST_CASE("an analysis with nothing found is read as it was written") {
    const TemporaryFile file;
    analysis::Recordings silent = some_recordings();
    for (auto* responses :
         {&silent.gratings.network, &silent.gratings.linear, &silent.contrast.responses, &silent.mask.alone,
          &silent.mask.masked, &silent.size.responses, &silent.natural.codes})
        std::ranges::fill(*responses, 0.0F);
    std::ranges::fill(silent.noise.white, std::numeric_limits<float>::quiet_NaN());
    std::ranges::fill(silent.noise.sparse, std::numeric_limits<float>::quiet_NaN());
    silent.natural.timestamps.clear();
    silent.natural.node_ids.clear();
    auto a = some_analysis(silent);
    CHECK(a.map.pinwheels.empty());
    a.comparisons.clear();
    check_same(a, analysis::read(written(file, a)));
    a.properties.resize(analysis::properties(a.network.tuning).size());
    a.summary.clear();
    check_same(a, analysis::read(written(file, a)));
}

TEST_CASE("the file holds what docs/file_format.md says, and nothing else") {
    const TemporaryFile temporary;
    const auto file = File::open(written(temporary, some_analysis()));
    CHECK(file.read_attribute<std::string>("/", "striate_file") == "analysis");
    CHECK(file.read_attribute<std::uint32_t>("/", "striate_format") == analysis::file_format);
    auto expected = documented_datasets();
    REQUIRE(expected.size() > 20);
    for (std::size_t i = expected.size();
         i-- > 0;)  // "the tuning datasets of /network stand in /linear too, and in /complex"
        if (expected[i].dataset.starts_with("/network/") && expected[i].dataset != "/network/responses") {
            expected.push_back(expected[i]);
            expected.back().dataset.replace(0, std::strlen("/network"), "/linear");
            expected.push_back(expected[i]);
            expected.back().dataset.replace(0, std::strlen("/network"), "/complex");
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
    CHECK(file.has_attribute("/noise", "n_frames"));
    for (const char* name : {"T", "n_repeated", "n_repeats"}) CHECK(file.has_attribute("/natural", name));
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
    const auto says = [&](std::initializer_list<std::string> words) {
        const std::string message = why();
        CAPTURE(message);
        CHECK(message.starts_with(temporary.name()));
        for (const std::string& word : words) CHECK(message.find(word) != std::string::npos);
    };
    says({"does not exist"});
    const auto change = [&](auto&& edit) {
        written(temporary, some_analysis());
        auto file = File::reopen(temporary.name());
        edit(file);
        file.close();
    };
    change([](File& f) { f.write_attribute("/", "striate_file", std::string("network")); });
    says({"analysis", "network"});
    change([](File& f) { f.write_attribute("/", "striate_format", analysis::file_format + 1); });
    says({fmt::format("format version {} or older", analysis::file_format),
          fmt::format("found version {}", analysis::file_format + 1), "newer"});
    change([](File& f) { f.write_attribute("/map", "boundary", std::string("mirror")); });
    says({"/map", "open or periodic", "mirror"});
    change([](File& f) { f.write_attribute("/map", "n_pinwheels", std::uint64_t{77}); });
    says({"/map/pinwheels", "must have shape (77, 3)"});
    File::create(temporary.name()).close();
    says({"striate"});
    std::ofstream(temporary.name()) << "no HDF5";
    says({"must be an HDF5 file"});
}

TEST_CASE("complex cells that were recorded take the place of the layer that pools energy") {
    analysis::Recordings recordings = some_recordings();
    const std::size_t n = recordings.gratings.axes.size();
    recordings.gratings.complex = with_a_silent_one(n, 21);
    recordings.drift.complex = random_responses(kNeurons * n, 23);
    recordings.blank.complex = random_responses(kNeurons, 22);
    const auto complex = recordings.gratings.complex, network = recordings.gratings.network,
               blank = recordings.blank.responses, blank_complex = recordings.blank.complex;
    const auto drift = recordings.drift;
    const Analysis made = some_analysis(std::move(recordings));
    CHECK(made.complex.responses == complex);
    const auto tuning = analysis::measure_tuning(complex, made.gratings);
    CHECK(same(made.complex.tuning.F1_F0, tuning.F1_F0));

    const auto ratio = made.property("spontaneous_over_peak");
    REQUIRE(std::ranges::count(made.is_complex, 1) > 3);
    REQUIRE(std::ranges::count(made.is_complex, 0) > 3);
    for (std::size_t i = 0; i < kNeurons; ++i) {
        const bool is_complex = made.is_complex[i] != 0;
        double peak = 0.0;  // over 8 gratings, of 3 phases each
        for (std::size_t k = 0; k < n; k += 3) {
            double mean = 0.0;
            for (std::size_t phase = 0; phase < 3; ++phase)
                mean += static_cast<double>((is_complex ? complex : network)[i * n + k + phase]) / 3.0;
            peak = std::max(peak, mean);
        }
        const auto spontaneous = static_cast<double>((is_complex ? blank_complex : blank)[i]);
        if (peak > 0.0)
            CHECK(ratio[i] == doctest::Approx(spontaneous / peak));
        else
            CHECK(std::isnan(ratio[i]));
    }
    const auto drift_ratio = made.property("drift_F1_F0"),
               of_simple = analysis::measure_tuning(drift.network, made.gratings).F1_F0,
               of_complex = analysis::measure_tuning(drift.complex, made.gratings).F1_F0;
    for (std::size_t i = 0; i + 1 < kNeurons; ++i)
        CHECK(drift_ratio[i] == (made.is_complex[i] != 0 ? of_complex : of_simple)[i]);

    const TemporaryFile file;
    const Analysis read = analysis::read(written(file, made));
    check_same(read.complex, made.complex);
    CHECK(read.drift.complex == made.drift.complex);
    CHECK(read.blank.complex == made.blank.complex);
}
