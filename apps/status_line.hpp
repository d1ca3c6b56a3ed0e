// Progress on stderr: one line rewritten in place on a terminal, elsewhere a plain line every few seconds.
#pragma once
#include <chrono>
#include <string>

namespace apps {

/// Writes to stderr. A run does not end because nobody listens.
void say(const std::string& text);

/// "42 s", "3 min 07 s"
std::string duration(double seconds);

class StatusLine {
  public:
    StatusLine();
    /// Whether a new line should be shown now; the last one always is.
    bool is_due(bool is_last);
    void show(const std::string& line, bool is_last) const;

  private:
    bool is_terminal_;
    std::chrono::steady_clock::time_point shown_{};
};

}  // namespace apps
