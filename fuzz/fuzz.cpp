#include "fuzz/fuzz.hpp"

#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fuzz {
namespace {

namespace fs = std::filesystem;

class Folder {
  public:
    Folder() {
        const fs::path memory = "/dev/shm";
        std::string name =
            ((fs::exists(memory) ? memory : fs::temp_directory_path()) / "striate-fuzz-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) std::abort();
        path = name;
    }
    ~Folder() {
        std::error_code error;
        fs::remove_all(path, error);
    }
    fs::path path;
};

/// A child that tries a file (sim/io/guard.hpp) may crash, which its parent has to bear: that alone is no
/// finding, and libFuzzer is not to keep it as one.
const bool is_told = ::pthread_atfork(nullptr, nullptr, [] { __sanitizer_set_death_callback(nullptr); }) == 0;

}  // namespace

const std::string& file_of(const std::uint8_t* data, std::size_t size, const char* ending) {
    static const Folder folder;
    static const std::string path = (folder.path / (std::string("input") + ending)).string();
    // A new file each time: one that only changed would pass for the last one, if that was of the same size
    // and this tick of the clock (sim/io/guard.cpp).
    std::error_code ignored;
    fs::remove(path, ignored);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    file.close();
    if (!file) std::abort();
    return path;
}

}  // namespace fuzz
