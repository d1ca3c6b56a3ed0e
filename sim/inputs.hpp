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
    /// Sorted.
    std::vector<std::filesystem::path> files() const {
        const std::lock_guard lock(mutex_);
        return {files_.begin(), files_.end()};
    }

  private:
    mutable std::mutex mutex_;
    std::set<std::filesystem::path> files_;
};

}  // namespace sim
