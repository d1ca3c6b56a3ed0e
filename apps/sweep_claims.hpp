// Who does what, where several processes work on one sweep: locks of the file system (flock), which end with their process,
// or, on a shared folder, when the file server gives up its machine.
#pragma once
#include <cstddef>
#include <map>
#include <string>

namespace apps {

/// Part `number` (from 0) of n.
struct Part {
    std::size_t number, n;
};
/// "2/8" is part 1 of 8. throws ConfigError
Part read_part(const std::string& text);

enum class Lock { one, many };

/// A lock on a file, held by this process and all that it starts while it lives. Waits 30 s for another holder.
/// throws IoError
class Held {
  public:
    explicit Held(const std::string& path, Lock lock = Lock::one);
    ~Held();
    Held(const Held&) = delete;

  private:
    int file_;
};

/// Tasks that are this process's.
class Claims {
  public:
    Claims() = default;
    Claims(const Claims&) = delete;
    ~Claims();
    /// Whether it was nobody's. throws IoError
    bool take(const std::string& path);
    void let_go(const std::string& path);

  private:
    std::map<std::string, int> files_;
};

}  // namespace apps
