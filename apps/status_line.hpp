// Progress on stderr: one line rewritten in place on a terminal, elsewhere a plain line every few seconds.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>

namespace apps {

/// "42 s", "3 min 07 s"
std::string duration(double seconds);

/// A line, or as much of its beginning as there are columns for, with an ellipsis in the last of them. A
/// terminal would go on in the next line, which "\r" does not take back.
std::string cut(const std::string& line, std::size_t columns);

class StatusLine {
  public:
    StatusLine();
    /// Whether a new line should be shown now; the last one always is.
    bool is_due(bool is_last);
    /// The last one is shown whole.
    void show(const std::string& line, bool is_last) const;

  private:
    bool is_terminal_;
    std::chrono::steady_clock::time_point shown_{};
};

}  // namespace apps
