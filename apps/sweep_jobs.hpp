// `striate` started by `striate`: commands of a task one after another, tasks side by side.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace apps {

/// A running process of this program. It is told to stop (SIGTERM) when this one dies, so that a run writes
/// its checkpoint and leaves no orphan.
class ChildProcess {
  public:
    /// args: the command line after "striate". Standard output goes to the file `out`, standard error (and
    /// output, where `out` is "") to the end of `log`. throws Error if it cannot be started
    ChildProcess(const std::vector<std::string>& args, const std::string& out, const std::string& log);

    /// How it ended, "" if well; nothing while it runs.
    std::optional<std::string> ended() const;
    void terminate() const;

  private:
    pid_t pid_;
};

/// Commands that make one result.
struct Task {
    struct Command {
        std::vector<std::string> args;
        std::string out;  // file of the standard output; "": the log
    };
    std::vector<Command> commands;
    std::string log;
    std::function<bool()> may_start = nullptr;  // asked when its turn comes; dropped if not
    std::function<void()> succeeded;
    std::function<void(const std::string& why)> failed;
};

/// Works off tasks, so many at a time. Tasks may add others when they succeed.
class Jobs {
  public:
    explicit Jobs(std::size_t at_once) : at_once_(at_once) {}

    void add(Task task) { waiting_.push_back(std::move(task)); }
    /// To be done before all others.
    void add_first(Task task) { waiting_.push_front(std::move(task)); }
    std::size_t running() const { return running_.size(); }

    /// Calls look() now and then. Once a stop is asked for (sim/stop.hpp), no more are started and those that
    /// run are told to stop; returns when all have ended.
    void work(const std::function<void()>& look);

  private:
    struct Running {
        Task task;
        std::size_t command;
        ChildProcess process;
    };
    void start();
    void collect(bool is_stopping);
    bool go_on(Running& running, bool is_stopping);

    std::size_t at_once_;
    std::deque<Task> waiting_;
    std::vector<Running> running_;
};

}  // namespace apps
