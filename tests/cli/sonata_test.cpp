// The spikes of a run, field by field as SONATA has them, read with nothing but the HDF5 library.
#include <doctest/doctest.h>
#include <hdf5.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support.hpp"

namespace {

std::string text_attribute(hid_t object, const char* name, bool& variable_utf8) {
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    REQUIRE(attribute >= 0);
    const hid_t type = H5Aget_type(attribute);
    variable_utf8 = H5Tis_variable_str(type) > 0 && H5Tget_cset(type) == H5T_CSET_UTF8;
    char* raw = nullptr;
    const hid_t memory = H5Tcopy(H5T_C_S1);
    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5T_CSET_UTF8);
    REQUIRE(H5Aread(attribute, memory, &raw) >= 0);
    std::string text = raw;
    H5free_memory(raw);
    H5Tclose(memory);
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

std::vector<std::uint32_t> uint32_attribute(hid_t object, const char* name) {
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    REQUIRE(attribute >= 0);
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    CHECK(H5Tequal(type, H5T_STD_U32LE) > 0);
    std::vector<std::uint32_t> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    H5Aread(attribute, H5T_NATIVE_UINT32, values.data());
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return values;
}

template <class T>
std::vector<T> dataset(hid_t file, const char* name, hid_t stored, hid_t native) {
    const hid_t handle = H5Dopen2(file, name, H5P_DEFAULT);
    REQUIRE(handle >= 0);
    const hid_t type = H5Dget_type(handle), space = H5Dget_space(handle);
    CHECK(H5Tequal(type, stored) > 0);
    CHECK(H5Sget_simple_extent_ndims(space) == 1);
    std::vector<T> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    if (!values.empty()) CHECK(H5Dread(handle, native, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(handle);
    return values;
}

/// The enum attribute `sorting` over uint8: none 0, by_id 1, by_time 2; here by_time.
void check_sorting(hid_t group) {
    const hid_t attribute = H5Aopen(group, "sorting", H5P_DEFAULT);
    REQUIRE(attribute >= 0);
    const hid_t type = H5Aget_type(attribute);
    CHECK(H5Tget_class(type) == H5T_ENUM);
    const hid_t base = H5Tget_super(type);
    CHECK(H5Tequal(base, H5T_STD_U8LE) > 0);
    REQUIRE(H5Tget_nmembers(type) == 3);
    const char* names[] = {"none", "by_id", "by_time"};
    for (std::uint8_t i = 0; i < 3; ++i) {
        std::uint8_t value = 255;
        CHECK(H5Tenum_valueof(type, names[i], &value) >= 0);
        CHECK(value == i);
    }
    std::uint8_t value = 255;
    CHECK(H5Aread(attribute, type, &value) >= 0);
    CHECK(value == 2);
    H5Tclose(base);
    H5Tclose(type);
    H5Aclose(attribute);
}

}  // namespace

TEST_CASE("spikes are written as SONATA asks, field by field") {
    const hid_t file = H5Fopen(test::example().run.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    REQUIRE(file >= 0);
    CHECK(uint32_attribute(file, "magic") == std::vector<std::uint32_t>{0x0A7A});
    CHECK(uint32_attribute(file, "version") == std::vector<std::uint32_t>{0, 1});
    const auto t = dataset<double>(file, "/spikes/v1/timestamps", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE);
    const auto id = dataset<std::uint64_t>(file, "/spikes/v1/node_ids", H5T_STD_U64LE, H5T_NATIVE_UINT64);
    REQUIRE(t.size() == id.size());
    CHECK(t.size() > 100);
    for (std::size_t k = 1; k < t.size(); ++k)
        CHECK((t[k - 1] < t[k] || (t[k - 1] == t[k] && id[k - 1] < id[k])));
    CHECK(*std::max_element(id.begin(), id.end()) < 64);
    const hid_t timestamps = H5Dopen2(file, "/spikes/v1/timestamps", H5P_DEFAULT);
    bool variable_utf8 = false;
    CHECK(text_attribute(timestamps, "units", variable_utf8) == "ms");
    CHECK(variable_utf8);
    H5Dclose(timestamps);
    const hid_t group = H5Gopen2(file, "/spikes/v1", H5P_DEFAULT);
    check_sorting(group);
    H5Gclose(group);
    H5Fclose(file);
}

TEST_CASE("a population that never spikes is written too, empty") {
    const test::TempDir dir;
    const std::string config = dir.write("tiny.yaml", test::tiny_config()), run = dir.file("run.h5");
    REQUIRE(test::striate(
                {"run", config, "-o", run, "--set", "populations.v1.kind=lca", "--set", "learning.batches=2"})
                .exit_code == 0);
    const hid_t file = H5Fopen(run.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    REQUIRE(file >= 0);
    CHECK(dataset<double>(file, "/spikes/v1/timestamps", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE).empty());
    CHECK(dataset<std::uint64_t>(file, "/spikes/v1/node_ids", H5T_STD_U64LE, H5T_NATIVE_UINT64).empty());
    H5Fclose(file);
}

TEST_CASE("spikes and reports of a circuit are written as SONATA asks") {
    const test::TempDir dir;
    const std::string run = dir.file("two.h5");
    REQUIRE(test::striate({"run", STRIATE_SOURCE_DIR "/configs/two_cells.yaml", "-o", run, "--quiet"})
                .exit_code == 0);
    const hid_t file = H5Fopen(run.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    REQUIRE(file >= 0);
    CHECK(uint32_attribute(file, "magic") == std::vector<std::uint32_t>{0x0A7A});
    CHECK(uint32_attribute(file, "version") == std::vector<std::uint32_t>{0, 1});
    CHECK(dataset<double>(file, "/spikes/first/timestamps", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE).size() == 3);
    CHECK(dataset<std::uint64_t>(file, "/spikes/first/node_ids", H5T_STD_U64LE, H5T_NATIVE_UINT64) ==
          std::vector<std::uint64_t>{0, 0, 0});
    CHECK(dataset<double>(file, "/spikes/second/timestamps", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE).empty());
    const hid_t group = H5Gopen2(file, "/spikes/first", H5P_DEFAULT);
    check_sorting(group);
    H5Gclose(group);

    const hid_t data = H5Dopen2(file, "/report/V_first/data", H5P_DEFAULT);
    REQUIRE(data >= 0);
    const hid_t type = H5Dget_type(data), space = H5Dget_space(data);
    CHECK(H5Tequal(type, H5T_IEEE_F32LE) > 0);
    hsize_t extent[2] = {};
    REQUIRE(H5Sget_simple_extent_ndims(space) == 2);
    H5Sget_simple_extent_dims(space, extent, nullptr);
    CHECK(extent[0] == 1000);
    CHECK(extent[1] == 1);
    bool variable_utf8 = false;
    CHECK(text_attribute(data, "units", variable_utf8) == "mV");
    CHECK(text_attribute(data, "variable", variable_utf8) == "V_m");
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(data);
    const std::string mapping = "/report/V_first/mapping/";
    CHECK(dataset<std::uint64_t>(file, (mapping + "node_ids").c_str(), H5T_STD_U64LE, H5T_NATIVE_UINT64) ==
          std::vector<std::uint64_t>{0});
    CHECK(dataset<std::uint64_t>(file, (mapping + "index_pointers").c_str(), H5T_STD_U64LE,
                                 H5T_NATIVE_UINT64) == std::vector<std::uint64_t>{0, 1});
    CHECK(dataset<std::uint64_t>(file, (mapping + "index_pointer").c_str(), H5T_STD_U64LE,
                                 H5T_NATIVE_UINT64) == std::vector<std::uint64_t>{0, 1});
    CHECK(dataset<double>(file, (mapping + "element_pos").c_str(), H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE) ==
          std::vector<double>{0.0});
    CHECK(dataset<std::uint32_t>(file, (mapping + "element_ids").c_str(), H5T_STD_U32LE, H5T_NATIVE_UINT32) ==
          std::vector<std::uint32_t>{0});
    CHECK(dataset<double>(file, (mapping + "time").c_str(), H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE) ==
          std::vector<double>{0.0, 100.0, 0.1});
    const hid_t time = H5Dopen2(file, (mapping + "time").c_str(), H5P_DEFAULT);
    CHECK(text_attribute(time, "units", variable_utf8) == "ms");
    H5Dclose(time);
    H5Fclose(file);
}

TEST_CASE("spikes of a file whose texts are of fixed length, and of a run's own file, are played") {
    const test::TempDir dir;
    const hid_t file = H5Fcreate(dir.file("fixed.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t groups = H5Pcreate(H5P_LINK_CREATE), text = H5Tcopy(H5T_C_S1), one = H5Screate(H5S_SCALAR);
    H5Pset_create_intermediate_group(groups, 1);
    H5Tset_size(text, 4);  // "ms", filled up
    const hsize_t n = 3;
    const hid_t row = H5Screate_simple(1, &n, nullptr);
    const double t[] = {5.0, 1.0, 3.0};
    const std::uint32_t id[] = {1, 0, 1};
    const auto write = [&](const char* name, hid_t type, const void* values) {
        const hid_t made = H5Dcreate2(file, name, type, row, groups, H5P_DEFAULT, H5P_DEFAULT);
        REQUIRE(H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
        return made;
    };
    const hid_t timestamps = write("/spikes/a/timestamps", H5T_NATIVE_DOUBLE, t);
    const hid_t units = H5Acreate2(timestamps, "units", text, one, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(units, text, "ms\0");
    H5Aclose(units);
    H5Dclose(timestamps);
    H5Dclose(write("/spikes/a/node_ids", H5T_NATIVE_UINT32, id));
    for (const hid_t space : {row, one}) H5Sclose(space);
    H5Tclose(text);
    H5Pclose(groups);
    H5Fclose(file);

    const auto played = [&](const std::string& from, const std::string& to) {
        const std::string config = dir.write(
            "play.yaml", "duration: 10 ms\npopulations: {a: {kind: spike_list, size: 2, spike_list: {file: " +
                             from + "}}}\n");
        const auto done = test::striate({"run", config, "-o", dir.file(to), "--quiet"});
        REQUIRE_MESSAGE(done.exit_code == 0, done.err);
        return sim::io::File::open(dir.file(to)).read<double>("/spikes/a/timestamps");
    };
    CHECK(played("fixed.h5", "once.h5") == std::vector{1.0, 3.0, 5.0});
    CHECK(played("once.h5", "twice.h5") == std::vector{1.0, 3.0, 5.0});
}
