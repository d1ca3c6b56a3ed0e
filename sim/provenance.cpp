#include "sim/provenance.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <span>

#include "sim/error.hpp"
#include "sim/io/digest.hpp"
#include "sim/io/striate_file.hpp"

namespace sim {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kSonataMagic = 0x0A7A;

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

void write_inputs(io::File& file, const std::vector<InputRecord>& inputs) {
    std::vector<std::string> path, digest;
    std::vector<std::uint64_t> size;
    for (const InputRecord& input : inputs) {
        path.push_back(input.path);
        size.push_back(input.size);
        digest.push_back(input.digest);
    }
    file.write("/provenance/inputs/path", path, {"1", "files that were read because the config names them"});
    file.write("/provenance/inputs/size", size, {"B", "their sizes"});
    file.write("/provenance/inputs/digest", digest, {"1", "XXH3 of 128 bits of their bytes"});
}

std::vector<InputRecord> read_inputs(const io::File& file) {
    const auto path = file.read<std::string>("/provenance/inputs/path", {io::kAny});
    const auto size = file.read<std::uint64_t>("/provenance/inputs/size", {path.size()});
    const auto digest = file.read<std::string>("/provenance/inputs/digest", {path.size()});
    std::vector<InputRecord> inputs;
    for (std::size_t i = 0; i < path.size(); ++i) inputs.push_back({path[i], size[i], digest[i]});
    return inputs;
}

const InputRecord* find(const std::vector<InputRecord>& inputs, const std::string& path) {
    const auto found = std::ranges::find(inputs, path, &InputRecord::path);
    return found == inputs.end() ? nullptr : &*found;
}

/// What is not as it was, in words; "" if nothing.
std::string what_changed(const std::vector<InputRecord>& was, const std::vector<InputRecord>& is) {
    for (const InputRecord& input : was) {
        const InputRecord* now = find(is, input.path);
        if (now == nullptr) return fmt::format("{} is no longer read", input.path);
        if (now->size != input.size || now->digest != input.digest)
            return fmt::format("{} has changed", input.path);
    }
    for (const InputRecord& input : is)
        if (find(was, input.path) == nullptr) return fmt::format("{} is new", input.path);
    return "";
}

}  // namespace

std::string timestamp() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    std::array<char, 32> text{};
    ::gmtime_r(&now, &utc);
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::vector<InputRecord> records_of(const Inputs& inputs) {
    std::vector<InputRecord> records;
    for (const fs::path& path : inputs.data()) {
        std::error_code error;
        const std::uintmax_t size = fs::file_size(path, error);
        if (error) throw IoError(fmt::format("{}: cannot be read: {}", path.string(), error.message()));
        records.push_back({path.string(), size, io::digest_of_file(path)});
    }
    return records;
}

void write_provenance(io::File& file, const Provenance& provenance) {
    file.write("/provenance/config", std::span<const std::string>(&provenance.config, 1), {},
               {"1", "the config as resolved, all defaults in, YAML"});
    write_inputs(file, provenance.inputs);
    file.write_attribute("/provenance", "seed", provenance.seed);
    file.write_attribute("/provenance", "version", striate_version());
    file.write_attribute("/provenance", "git_hash", git_hash());
    file.write_attribute("/provenance", "hdf5_version", io::hdf5_version());
    file.write_attribute("/provenance", "host", host_name());
    file.write_attribute("/provenance", "started", provenance.started);
}

void check_same_run(const io::File& file, const Provenance& now) {
    const auto format = file.read_attribute<std::uint32_t>("/", "striate_format");
    const auto version = file.read_attribute<std::string>("/provenance", "version");
    if (format != io::kFormatVersion || version != striate_version())
        throw IoError(fmt::format(
            "{}: must be of striate {} and format {} to go on with, is of {} and {}; --force starts over",
            file.path(), striate_version(), io::kFormatVersion, version, format));
    if (file.read<std::string>("/provenance/config", {}).at(0) != now.config)
        throw ConfigError(
            fmt::format("{}: the run was started with another config; --force starts over", file.path()));
    if (const std::string change = what_changed(read_inputs(file), now.inputs); !change.empty())
        throw ConfigError(fmt::format("{}: the run was started with other data: {}; --force starts over",
                                      file.path(), change));
}

void mark_as_sonata(io::File& file) {
    file.write_attribute("/", "magic", kSonataMagic);
    file.write_attribute("/", "version", std::vector<std::uint32_t>{0, 1});
}

}  // namespace sim
