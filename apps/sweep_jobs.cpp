#include "apps/sweep_jobs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string_view>
#include <thread>
#include <utility>

#include "sim/error.hpp"
#include "sim/stop.hpp"

namespace apps {
namespace {

constexpr const char* kThisProgram = "/proc/self/exe";
constexpr int kCannotStart = 127;  // as shells have it

/// Where a child's standard streams go.
struct Streams {
    int in, out, err;
};

/// In the child: nothing but system calls, for threads of the parent may have held locks.
[[noreturn]] void become(char* const* argv, char* const* environment, const Streams& streams, pid_t parent,
                         const sigset_t& signals) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(kCannotStart);  // it died before
    ::dup2(streams.in, STDIN_FILENO);
    ::dup2(streams.out, STDOUT_FILENO);
    ::dup2(streams.err, STDERR_FILENO);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &signals, nullptr);
    ::execve(kThisProgram, argv, environment);
    ::_exit(kCannotStart);
}

/// That of this process, but that it does not make the child one of several ranks (sim/ranks.cpp).
std::vector<char*> environment_of_one() {
    std::vector<char*> all;
    for (char** one = environ; *one != nullptr; ++one) {
        const std::string_view name(*one);
        if (!name.starts_with("PMIX_RANK=") && !name.starts_with("PMI_RANK=")) all.push_back(*one);
    }
    all.push_back(nullptr);
    return all;
}

/// A signal that comes between fork and exec waits, so that it ends the child and is not lost.
pid_t start(char* const* argv, const Streams& streams) {
    const std::vector<char*> environment = environment_of_one();
    sigset_t all, before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t parent = ::getpid(), child = ::fork();
    if (child == 0) become(argv, environment.data(), streams, parent, before);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return child;
}

int open_file(const std::string& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    if (file < 0) throw sim::IoError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
    return file;
}

/// The command as one would type it, at the end of the log.
void note_command(const std::vector<std::string>& args, const std::string& log) {
    std::ofstream out(log, std::ios::app);
    out << "$ striate";
    for (const std::string& arg : args)
        out << (arg.find_first_of(" []{}*'\"") == std::string::npos ? " " + arg : " '" + arg + "'");
    out << '\n';
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& args, const std::string& out,
                           const std::string& log) {
    note_command(args, log);
    std::vector<char*> argv{const_cast<char*>("striate")};
    for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    Streams streams{};
    streams.in = open_file("/dev/null", O_RDONLY);
    streams.err = open_file(log, O_WRONLY | O_CREAT | O_APPEND);
    streams.out = out.empty() ? streams.err : open_file(out, O_WRONLY | O_CREAT | O_TRUNC);
    pid_ = start(argv.data(), streams);
    const int failure = errno;
    for (const int file : {streams.in, streams.err}) ::close(file);
    if (!out.empty()) ::close(streams.out);
    if (pid_ < 0)
        throw sim::Error(fmt::format("another process cannot be started: {}", std::strerror(failure)));
}

std::optional<std::string> ChildProcess::ended() const {
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
    if (ended < 0) return fmt::format("was lost: {}", std::strerror(errno));
    if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? "" : fmt::format("ended with code {}", WEXITSTATUS(status));
}

void ChildProcess::terminate() const { ::kill(pid_, SIGTERM); }

void Jobs::start() {
    while (running_.size() < at_once_ && !waiting_.empty()) {
        Task task = std::move(waiting_.front());
        waiting_.pop_front();
        if (task.may_start && !task.may_start()) continue;
        const Task::Command& first = task.commands.front();
        ChildProcess process(first.args, first.out, task.log);
        running_.push_back({std::move(task), 0, process});
    }
}

/// Whether the task still runs.
bool Jobs::go_on(Running& running, bool is_stopping) {
    const auto how = running.process.ended();
    if (!how) return true;
    const Task& task = running.task;
    const bool is_last = running.command + 1 == task.commands.size();
    if (!how->empty()) {
        if (!is_stopping)
            task.failed(fmt::format("`striate {}` {}", task.commands[running.command].args[0], *how));
    } else if (is_last) {
        task.succeeded();
    } else if (!is_stopping) {
        const Task::Command& next = task.commands[++running.command];
        running.process = ChildProcess(next.args, next.out, task.log);
        return true;
    }
    return false;
}

void Jobs::collect(bool is_stopping) {
    std::vector<Running> still;
    for (Running& running : std::exchange(running_, {}))
        if (go_on(running, is_stopping)) still.push_back(std::move(running));
    running_ = std::move(still);
}

void Jobs::work(const std::function<void()>& look) {
    using namespace std::chrono_literals;
    bool is_stopping = false;
    while (true) {
        if (sim::hears_stop() && !std::exchange(is_stopping, true))
            for (const Running& running : running_) running.process.terminate();
        if (!is_stopping) start();
        if (running_.empty()) return;
        std::this_thread::sleep_for(10ms);
        collect(is_stopping);
        look();
    }
}

}  // namespace apps
