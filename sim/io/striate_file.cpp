#include "sim/io/striate_file.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "sim/io/seal.hpp"

namespace sim::io {

void mark_striate_file(File& file, const std::string& kind) {
    file.write_attribute("/", "striate_file", kind);
    file.write_attribute("/", "striate_format", kFormatVersion);
}

std::string kind_of_striate_file(const File& file) {
    if (!file.has_attribute("/", "striate_file"))
        throw IoError(
            fmt::format("{}: must be a file written by striate, found HDF5 of another kind", file.path()));
    const auto version = file.read_attribute<std::uint32_t>("/", "striate_format");
    if (version > kFormatVersion)
        throw IoError(fmt::format(
            "{}: must be of format version {} or older, found version {}: a newer striate wrote it",
            file.path(), kFormatVersion, version));
    return file.read_attribute<std::string>("/", "striate_file");
}

void check_kind(const File& file, const std::string& kind) {
    const auto found = kind_of_striate_file(file);
    if (kind == "network" && (found == "run" || found == "circuit"))
        throw IoError(fmt::format("{}: must be of format version {}, is older: run it again", file.path(),
                                  kFormatVersion));
    if (found != kind)
        throw IoError(
            fmt::format("{}: must be a file of kind {}, found one of kind {}", file.path(), kind, found));
}

File open_striate_file(const std::string& path, const std::string& kind) {
    File file = File::open(path);
    check_kind(file, kind);
    return file;
}

void close_sealed(File& file) {
    file.write(kManifest, file.manifest(),
               {"1", "digest, name and shape of all that was written before this"});
    file.close();
    seal(file.path());
}

void write_sealed_file(const std::filesystem::path& path, const std::function<void(File&)>& fill) {
    File file = File::create(path.string());
    fill(file);
    close_sealed(file);
}

void write_whole_file(const Output& output, const std::function<void(File&)>& fill) {
    if (!output.is_ours()) return;
    write_sealed_file(output.unfinished(), fill);
    output.publish(output.unfinished());
}

void write_whole_file(const std::filesystem::path& path, Existing existing,
                      const std::function<void(File&)>& fill) {
    write_whole_file(Output(path, existing), fill);
}

}  // namespace sim::io
