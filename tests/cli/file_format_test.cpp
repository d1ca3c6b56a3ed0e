// docs/file_format.md says what stands in the files that the program writes: no dataset more, none less, each
// of the type, shape, units and meaning of its row.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "decoding/code_file.hpp"
#include "sim/io/striate_file.hpp"
#include "tests/linked.hpp"

namespace {

struct Row {
    std::string type, units, meaning;
    std::vector<std::string> shape;  // names of extents, or numbers
};
using Table = std::map<std::string, Row>;  // by dataset
using Extents = std::map<std::string, std::uint64_t>;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string unquoted(const std::string& text) { return replaced(text, "`", ""); }

/// Population of a row of a Markdown table; \| is a bar within a cell.
std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> all;
    std::istringstream in(replaced(line, "\\|", "\x01"));
    std::string cell;
    std::getline(in, cell, '|');  // before the first bar
    while (std::getline(in, cell, '|')) all.push_back(replaced(trimmed(cell), "\x01", "|"));
    return all;
}

/// "(rows, cols)" -> {"rows", "cols"}
std::vector<std::string> extents_in(const std::string& shape) {
    std::vector<std::string> all;
    std::istringstream in(shape.substr(1, shape.size() - 2));
    for (std::string one; std::getline(in, one, ',');) all.push_back(trimmed(one));
    return all;
}

std::string page() { return test::read_file(std::string(STRIATE_SOURCE_DIR) + "/docs/file_format.md"); }

/// The table below a heading of the page.
Table table_below(const std::string& heading) {
    Table table;
    bool below = false;
    std::istringstream lines(page());
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#")) below = line == heading;
        if (!below || !line.starts_with("| `/")) continue;
        const auto row = cells(line);
        REQUIRE_MESSAGE(row.size() == 5, line);
        std::string dataset = replaced(unquoted(row[0]), "<population>", "v1");
        for (const auto& [placeholder, name] :
             {std::pair{"<record>", "V"}, {"<projection>", "local"}, {"<image>", "0"}})
            dataset = replaced(dataset, placeholder, name);
        CHECK_MESSAGE(!table.contains(dataset), dataset, " stands twice");
        table[dataset] = {row[1], row[3], unquoted(row[4]), extents_in(row[2])};
    }
    return table;
}

/// Name of a dataset's type on disk, as the page writes it.
std::string type_of(const std::string& path, const std::string& dataset) {
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t object = H5Dopen2(file, dataset.c_str(), H5P_DEFAULT);
    const hid_t type = H5Dget_type(object);
    const std::pair<hid_t, const char*> known[] = {{H5T_IEEE_F32LE, "float32"}, {H5T_IEEE_F64LE, "float64"},
                                                   {H5T_STD_U8LE, "uint8"},     {H5T_STD_I32LE, "int32"},
                                                   {H5T_STD_U32LE, "uint32"},   {H5T_STD_U64LE, "uint64"}};
    const bool is_text = H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
                         H5Tget_cset(type) == H5T_CSET_ASCII && H5Tget_strpad(type) == H5T_STR_NULLPAD;
    std::string name = is_text ? "text" : "other";
    for (const auto& [one, its_name] : known)
        if (H5Tequal(type, one) > 0) name = its_name;
    H5Tclose(type);
    H5Dclose(object);
    H5Fclose(file);
    return name;
}

/// The extents of a dataset are those its row names; a name stands for one number in all rows.
void check_shape(const Row& row, const sim::io::Shape& shape, Extents& extents) {
    REQUIRE(row.shape.size() == shape.size());
    for (std::size_t k = 0; k < shape.size(); ++k) {
        std::uint64_t number = 0;
        const std::string& name = row.shape[k];
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        CAPTURE(name);
        if (error != std::errc{}) number = extents.try_emplace(name, shape[k]).first->second;
        CHECK(shape[k] == number);
    }
}

/// table: of this kind of file; what all files have comes to it
void check_file(const std::string& path, Table table, Extents extents) {
    const sim::io::File file = sim::io::File::open(path);
    const std::string kind = sim::io::kind_of_striate_file(file);
    const bool reads_data = kind == "network";
    for (const auto& [dataset, row] : table_below("## What all files have"))
        if (reads_data || !dataset.starts_with("/provenance/inputs/")) table.emplace(dataset, row);
    const auto datasets = test::datasets_of(file);
    for (const std::string& dataset : datasets)
        CHECK_MESSAGE(table.contains(dataset), dataset, " stands in the file and not on the page");
    for (const auto& [dataset, row] : table) {
        const bool is_there = std::binary_search(datasets.begin(), datasets.end(), dataset);
        CHECK_MESSAGE(is_there, dataset, " stands on the page and not in the file");
        if (!is_there) continue;
        CAPTURE(dataset);
        CHECK(type_of(path, dataset) == row.type);
        CHECK(file.read_attribute<std::string>(dataset, "units") == row.units);
        CHECK(unquoted(file.read_attribute<std::string>(dataset, "description")) == row.meaning);
        check_shape(row, file.shape(dataset), extents);
    }
}

/// The object has these attributes, and the page names them.
void check_attributes(const std::string& path, const std::string& object,
                      const std::vector<std::string>& names) {
    const sim::io::File file = sim::io::File::open(path);
    const std::string text = page();
    for (const std::string& name : names) {
        CAPTURE(object);
        CAPTURE(name);
        CHECK(file.has_attribute(object, name));
        CHECK(test::contains(text, "`" + name + "`"));
    }
}

}  // namespace

TEST_CASE(
    "the page has a row for every dataset of a run that shows frames, and the run a dataset for every row") {
    Table table = table_below("### Where frames are shown");
    REQUIRE(table.size() > 20);
    for (const auto& [dataset, row] : table_below("### Of every network"))
        if (dataset.starts_with("/spikes/") || dataset == "/provenance/config") table.emplace(dataset, row);
    check_file(test::example().run, table,
               {{"N", 64},
                {"rows", 8},
                {"cols", 8},
                {"height", 12},
                {"width", 12},
                {"n_batches", 20},
                {"n_tests", 2},
                {"n_snapshots", 4},
                {"n_recorded", 5 * 10 + 6}});
    check_attributes(test::example().run, "/", {"striate_file", "striate_format", "magic", "version"});
    check_attributes(test::example().run, "/spikes/v1", {"sorting"});
    check_attributes(test::example().run, "/network/v1",
                     {"rows", "cols", "boundary", "height", "width", "kind", "size"});
    check_attributes(test::example().run, "/presentations", {"T", "T0"});
    check_attributes(test::example().run, "/presentations/shown", {"columns"});
    check_attributes(
        test::example().run, "/provenance",
        {"seed", "version", "git_hash", "hdf5_version", "stimulus", "host", "started", "wall_time_s"});
}

TEST_CASE(
    "the page has a row for every dataset of a run that sees through channels, and the run a dataset for "
    "every row") {
    const test::TempDir dir;
    const std::string path = dir.file("channels.h5");
    const auto done = test::striate(
        {"run", dir.write("tiny.yaml", test::tiny_config()), "-o", path, "--quiet", "--set",
         "populations.v1.channels={f0: [0.1 cycles/px, 0.3 cycles/px]}", "--set", "learning.batches=2"});
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    Table table = table_below("### Where frames are shown");
    table.merge(table_below("### Where a population sees through channels"));
    for (const auto& [dataset, row] : table_below("### Of every network"))
        if (dataset.starts_with("/spikes/") || dataset == "/provenance/config") table.emplace(dataset, row);
    check_file(path, table, {{"N", 64}});
}

TEST_CASE(
    "the page has a row for every dataset of a run whose places share kernels, and the run a dataset for "
    "every row") {
    const test::TempDir dir;
    const std::string path = dir.file("shared.h5");
    const auto done = test::striate({"run", dir.write("shared.yaml", R"(
frame: {height: 12 px, width: 10 px}
stimulus: {kind: dead_leaves}
populations:
  v1:
    kind: slca
    kernels: {kind: random, size: 4, stride: 2, random: {n: 3}}
    plasticity: {}
learning: {batches: 6, batch_size: 5, held_out: 4}
record: {snapshots: 2, frames: true}
)"),
                                     "-o", path, "--quiet"});
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    Table table = table_below("### Where frames are shown");
    for (const char* other :
         {"/network/v1/Phi", "/network/v1/Phi_initial", "/network/v1/position", "/network/v1/visual_position",
          "/learning/v1/snapshots/Phi", "/presentations/v1/codes"})
        table.erase(other);
    for (const char* heading : {"### Where all places share their kernels", "### Where frames are recorded"})
        for (const auto& [dataset, row] : table_below(heading)) table[dataset] = row;
    for (const auto& [dataset, row] : table_below("### Of every network"))
        if (dataset.starts_with("/spikes/") || dataset == "/provenance/config") table.emplace(dataset, row);
    check_file(path, table,
               {{"K", 3},
                {"h", 4},
                {"w", 4},
                {"height", 12},
                {"width", 10},
                {"n_batches", 6},
                {"n_tests", 2},
                {"n_snapshots", 2},
                {"n_recorded", 4}});
    check_attributes(path, "/network/v1",
                     {"rows", "cols", "stride", "border", "bank", "height", "width", "kind", "size"});
    const sim::io::File file = sim::io::File::open(path);
    CHECK(file.read_attribute<std::string>("/network/v1", "bank") == "random, learned");
}

TEST_CASE(
    "the page has a row for every dataset of a run of linked senses, and the run a dataset for every row") {
    const test::TempDir dir;
    const std::string path = dir.file("linked.h5");
    const auto done =
        test::striate({"run", dir.write("linked.yaml", test::linked_config(test::paired_arrays(dir))), "-o",
                       path, "--quiet"});
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    Table table = table_below("### Where frames are shown");
    for (const auto& [dataset, row] : table_below("### Where senses are linked"))
        for (const std::string sense : {"seen", "heard"}) {
            Row& own = table[replaced(dataset, "<sense>", sense)] = row;
            for (std::string& extent : own.shape) extent = replaced(extent, "_of_sense", "_of_" + sense);
        }
    for (const auto& [dataset, row] : table_below("### Of every network"))
        if (dataset.starts_with("/spikes/") || dataset == "/provenance/config") table.emplace(dataset, row);
    check_file(path, table,
               {{"N", 20},
                {"n_batches", 60},
                {"height_of_seen", 4},
                {"width_of_seen", 5},
                {"height_of_heard", 3},
                {"width_of_heard", 4}});
    check_attributes(path, "/network/v1/senses/heard", {"weight", "first_pixel"});
    // frames of each sense have unit norm: the error of the stack is the mean by weight
    const sim::io::File file = sim::io::File::open(path);
    const auto error = [&](const std::string& of) {
        return file.read<double>("/learning/v1/" + of + "reconstruction_error");
    };
    const auto all = error(""), seen = error("senses/seen/"), heard = error("senses/heard/");
    for (std::size_t k = 0; k < all.size(); ++k)
        CHECK(all[k] ==
              doctest::Approx((seen[k] + 2.25 * heard[k]) / 3.25).epsilon(1e-5));  // float residuals
    CHECK(seen.back() < seen.front());
    CHECK(heard.back() < heard.front());
}

TEST_CASE(
    "the page has a row for every dataset of a run with graded spikes, whose amounts sum up to its codes") {
    const test::TempDir dir;
    const std::string path = dir.file("graded.h5");
    const auto done = test::striate({"run", dir.write("graded.yaml", R"(
frame: {height: 12 px, width: 12 px}
stimulus: {kind: dead_leaves}
populations: {v1: {kind: slca_falling, sheet: {rows: 5, cols: 7}, lambda: 0.05, plasticity: {}}}
learning: {batches: 4, batch_size: 5, held_out: 6}
record: {snapshots: 2}
)"),
                                     "-o", path, "--quiet"});
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    Table table = table_below("### Where frames are shown");
    for (const auto& [dataset, row] : table_below("### Where spikes are graded")) table[dataset] = row;
    for (const auto& [dataset, row] : table_below("### Of every network"))
        if (dataset.starts_with("/spikes/") || dataset == "/provenance/config") table.emplace(dataset, row);
    check_file(path, table,
               {{"N", 35},
                {"rows", 5},
                {"cols", 7},
                {"height", 12},
                {"width", 12},
                {"n_batches", 4},
                {"n_tests", 2},
                {"n_snapshots", 2},
                {"n_recorded", 6}});
    const sim::io::File file = sim::io::File::open(path);
    const auto t = file.read<double>("/spikes/v1/timestamps"),
               amount = file.read<double>("/spikes/v1/amount");
    const auto id = file.read<std::uint64_t>("/spikes/v1/node_ids"),
               number = file.read<std::uint64_t>("/presentations/number");
    const auto codes = file.read<float>("/presentations/v1/codes");
    const auto T = file.read_attribute<double>("/presentations", "T");
    std::vector<double> sums(codes.size(), 0.0);
    for (std::size_t k = 0; k < t.size(); ++k)
        for (std::size_t p = 0; p < number.size(); ++p)
            if (t[k] >= static_cast<double>(number[p]) * T && t[k] < static_cast<double>(number[p] + 1) * T)
                sums[p * 35 + id[k]] += amount[k];
    REQUIRE(t.size() > 30);
    CHECK(std::ranges::any_of(amount, [](double a) { return a < 0.0; }));
    for (std::size_t k = 0; k < sums.size(); ++k)
        CHECK(sums[k] == doctest::Approx(static_cast<double>(codes[k])).epsilon(1e-6));
}

TEST_CASE("the page has a row for every dataset of a circuit, and the circuit a dataset for every row") {
    const test::TempDir dir;
    const std::string path = dir.file("circuit.h5");
    const auto done = test::striate(
        {"run", dir.write("circuit.yaml", R"(
seed: 1
duration: 50 ms
populations: {v1: {kind: poisson, sheet: {rows: 2, cols: 3}, poisson: {rate: 100 Hz}}}
)"),
         "-o", path, "--set", "populations.v1.kind=lif_delta", "--set", "populations.v1.lif_delta.I_e=400 pA",
         "--set", "projections.local={from: v1, to: v1, weight: 0.1 mV, delay: 1 ms}", "--set",
         "record={weights: local, rate_bin: 10 ms}", "--set",
         "record.state.V={population: v1, variable: V_m, neurons: [0, 4], every: 2 ms}"});
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    Table table = table_below("### Of every network");
    REQUIRE(table.size() > 10);
    CHECK(table.at("/report/V/data").units == "of the variable");
    CHECK(table.at("/projections/local/v1/weight").units == "of the target's weights");
    table.at("/report/V/data").units = table.at("/projections/local/v1/weight").units = "mV";
    check_file(
        path, table,
        {{"n_times", 25}, {"n_recorded", 2}, {"n_recorded + 1", 3}, {"n_bins", 5}, {"n_synapses", 30}});
    check_attributes(path, "/", {"striate_file", "striate_format", "magic", "version"});
    check_attributes(path, "/spikes/v1", {"sorting"});
    check_attributes(path, "/report/V", {"population", "variable"});
    check_attributes(path, "/rates/v1/rate", {"bin_width"});
    check_attributes(path, "/projections/local/v1", {"from", "to"});
    check_attributes(path, "/network/v1", {"kind", "size", "rows", "cols", "boundary"});
    check_attributes(
        path, "/provenance",
        {"seed", "version", "git_hash", "hdf5_version", "host", "started", "duration", "wall_time_s"});
}

TEST_CASE("the page has a row for every dataset of an analysis, and the analysis a dataset for every row") {
    Table table = table_below("## The analysis file");
    REQUIRE(table.size() > 20);
    for (const auto& [dataset, row] : Table(table))  // the tuning datasets stand in /linear and /complex too
        if (dataset.starts_with("/network/"))
            for (const char* group : {"/linear/", "/complex/"})
                table.try_emplace(replaced(dataset, "/network/", group), row);
    check_file(test::example().analysis, table,
               {{"N", 64},
                {"rows", 8},
                {"cols", 8},
                {"height", 12},
                {"width", 12},
                {"n_orientations", 8},
                {"n_frequencies", 3},
                {"n_phases", 4},
                {"n_contrasts", 6},
                {"n_cells", 10},
                {"n_diameters", 8},
                {"n_frames", 30}});
    check_attributes(test::example().analysis, "/", {"striate_file", "striate_format"});
    check_attributes(test::example().analysis, "/map",
                     {"source", "boundary", "neighbour_difference_deg", "wavelength", "pinwheel_density",
                      "n_pinwheels", "smoothing"});
    check_attributes(test::example().analysis, "/noise", {"n_frames"});
    check_attributes(test::example().analysis, "/natural", {"T", "n_repeated", "n_repeats"});
    check_attributes(test::example().analysis, "/provenance", {"population"});
}

TEST_CASE("the page has a row for every dataset of a file of codes, and the file a dataset for every row") {
    const test::TempDir dir;
    const std::string path = dir.file("codes.h5");
    const decoding::Codes codes{"run.h5",
                                "spikes",
                                "seed: 1",
                                1,
                                {3, 2, {1, 2, 3, 4, 5, 6}, {0, 1, 0}, {7, 8, 9}, {0, 1, 2}, {5, 6, 7}},
                                {1, 2, {1, 2}, {1}, {4}, {0}, {8}},
                                "v1",
                                {"image"}};
    sim::io::write_whole_file(path, sim::io::Existing::replace,
                              [&](sim::io::File& file) { decoding::write(file, codes); });
    const Table table = table_below("## The file of codes");
    REQUIRE(table.size() == 13);
    check_file(path, table, {{"n_training", 3}, {"n_held_out", 1}, {"size", 2}, {"n_columns", 1}});
    check_attributes(path, "/held_out/shown", {"columns"});
    check_attributes(path, "/", {"striate_file", "striate_format"});
    check_attributes(path, "/provenance", {"population", "maker", "seed"});
}

TEST_CASE("the page has a row for every dataset of a sweep's table, and the table a dataset for every row") {
    const test::TempDir dir;
    dir.write("tiny.yaml", test::tiny_config());
    const auto done = test::striate(
        {"sweep",
         dir.write("sweep.yaml",
                   "config: tiny.yaml\nset: [learning.batches=2]\nanalyze: false\n"
                   "grid: {presentation.T: [20 ms, 30 ms], populations.v1.kind: [slca, lca]}\n"),
         "-o", dir.file("out"), "--quiet"});
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    const std::string path = dir.file("out/table.h5");
    Table table = table_below("## The table of a sweep");
    REQUIRE(table.size() == 4);
    const Row key = table.at("/table/<key>"), result = table.at("/table/<result>");
    CHECK(key.type == "float64 or text");
    CHECK(key.units == "of the key");
    table.erase("/table/<key>");
    table.erase("/table/<result>");
    table["/table/presentation.T"] = {"float64", "ms", key.meaning, key.shape};
    table["/table/populations.v1.kind"] = {"text", "1", key.meaning, key.shape};
    for (const std::string& dataset : test::datasets_of(sim::io::File::open(path)))
        if (dataset.starts_with("/table/")) table.try_emplace(dataset, result);
    CHECK(table.contains("/table/populations.v1.held_out_energy"));
    check_file(path, table, {{"n_points", 4}});
    check_attributes(path, "/", {"striate_file", "striate_format"});
    check_attributes(path, "/table", {"columns", "score", "maximise"});
    check_attributes(path, "/provenance", {"version", "git_hash"});
}

TEST_CASE("only a partial file has checkpoints, and only a finished one what the page says") {
    const test::TempDir dir;
    const std::string config = dir.write("tiny.yaml", test::tiny_config());
    const sim::io::File partial =
        sim::io::open_striate_file(test::killed_run(dir, config) + ".partial", "network");
    const sim::io::File finished = sim::io::open_striate_file(test::example().run, "network");
    CHECK(partial.exists("/checkpoint/0/sequence"));
    CHECK(partial.exists("/checkpoint/1/sequence"));
    CHECK_FALSE(finished.exists("/checkpoint"));
    for (const char* dataset : {"/network/v1/Phi", "/network/v1/lambda", "/network/v1/Q_diagonal"}) {
        CHECK(finished.exists(dataset));
        CHECK_FALSE(partial.exists(dataset));
    }
    CHECK_FALSE(partial.has_attribute("/provenance", "wall_time_s"));
    for (const std::string& dataset : test::datasets_of(partial)) {
        CAPTURE(dataset);
        CHECK(partial.has_attribute(dataset, "description"));
    }
}

TEST_CASE("texts of others that spaces fill up, as Fortran has them, are read without these") {
    const test::TempDir dir;
    const std::string path = dir.file("spaces.h5");
    sim::io::File::create(path).close();
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1);
    const hsize_t n = 2;
    H5Tset_size(type, 4);
    H5Tset_strpad(type, H5T_STR_SPACEPAD);
    const hid_t space = H5Screate_simple(1, &n, nullptr),
                dataset = H5Dcreate2(file, "/words", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    CHECK(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, "ab  abcd") >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Tclose(type);
    H5Fclose(file);
    const sim::io::File read = sim::io::File::open(path);
    CHECK(read.type("/words") == "text");
    CHECK(read.read<std::string>("/words") == std::vector<std::string>{"ab", "abcd"});
}
