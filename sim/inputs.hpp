// The files that a command has read because its config names them.
#pragma once
#include <filesystem>
#include <mutex>
#include <set>
#include <vector>

namespace sim {

/// Absolute paths, each once. All threads may add.
class Inputs {
  public:
    void add(const std::filesystem::path& file) {
        const std::lock_guard lock(mutex_);
        files_.insert(std::filesystem::absolute(file));
    }
    /// The config itself, of which a run keeps what it says and not how it is laid out.
    void add_config(const std::filesystem::path& file) {
        const std::lock_guard lock(mutex_);
        configs_.insert(std::filesystem::absolute(file));
    }
    /// All but configs, sorted.
    std::vector<std::filesystem::path> data() const {
        const std::lock_guard lock(mutex_);
        return {files_.begin(), files_.end()};
    }
    /// Configs too: what must not be written to.
    std::vector<std::filesystem::path> all() const {
        std::vector<std::filesystem::path> result = data();
        const std::lock_guard lock(mutex_);
        result.insert(result.end(), configs_.begin(), configs_.end());
        return result;
    }

  private:
    mutable std::mutex mutex_;
    std::set<std::filesystem::path> files_, configs_;
};

}  // namespace sim
