#include "sim/io/seal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "sim/error.hpp"
#include "sim/io/digest.hpp"

namespace sim::io {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBegin = "striate sealed: ";

std::string text_of_seal(const fs::path& path) {
    return fmt::format("{}xxh3-128 of the {} bytes after the first {}: {}\n", kBegin,
                       fs::file_size(path) - kSealSize, kSealSize, digest_of_file(path, kSealSize));
}

}  // namespace

void seal(const fs::path& path) {
    const std::string text = text_of_seal(path);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
              ::fsync(fd) == 0;
    int why = errno;
    if (fd >= 0 && ::close(fd) != 0 && ok) ok = false, why = errno;
    if (!ok) throw IoError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(why)));
}

Seal check_seal(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::array<char, kSealSize> block{};
    in.read(block.data(), block.size());
    const std::string found(block.data(), ::strnlen(block.data(), block.size()));
    if (!in || !found.starts_with(kBegin)) return Seal::none;
    return found == text_of_seal(path) ? Seal::whole : Seal::broken;
}

}  // namespace sim::io
