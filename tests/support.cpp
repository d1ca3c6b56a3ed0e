#include "tests/support.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace test {
namespace {

std::string read_stream(std::FILE* file) {
    std::string text;
    char part[4096];
    std::rewind(file);
    for (std::size_t n; (n = std::fread(part, 1, sizeof part, file)) > 0;) text.append(part, n);
    return text;
}

/// In a child: nothing but system calls.
void redirect(int descriptor, Goes where) {
    if (where == Goes::nowhere) ::close(descriptor);
    if (where == Goes::to_full_disk) ::dup2(::open("/dev/full", O_WRONLY), descriptor);
    int ends[2];
    if (where != Goes::to_broken_pipe || ::pipe(ends) != 0) return;
    ::close(ends[0]);
    ::dup2(ends[1], descriptor);
}

}  // namespace

TempDir::TempDir() {
    std::string name = (fs::temp_directory_path() / "striate_test_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
    path_ = name;
}
TempDir::~TempDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return file(name);
}

std::vector<std::string> TempDir::names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(path_)) all.push_back(entry.path().filename().string());
    std::sort(all.begin(), all.end());
    return all;
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in.is_open(), path.string(), " must be there");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Striate::Striate(const Args& args, const Surroundings& surroundings)
    : out_(std::tmpfile(), std::fclose), err_(std::tmpfile(), std::fclose) {
    if (!out_ || !err_) throw std::runtime_error("no temporary file can be made");
    std::vector<char*> argv{const_cast<char*>(STRIATE_PROGRAM)};
    for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    const std::string folder = surroundings.working_dir.string();
    std::vector<char*> environment;
    for (char** one = environ; *one != nullptr; ++one) environment.push_back(*one);
    for (const std::string& one : surroundings.environment)
        environment.push_back(const_cast<char*>(one.c_str()));
    environment.push_back(nullptr);
    // A signal that comes before the program runs ends the child as it would end the program.
    sigset_t all, before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    pid_ = ::fork();
    if (pid_ != 0) ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ > 0) return;
    // Threads of the parent may hold locks: nothing but system calls from here to exec.
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::dup2(::fileno(out_.get()), STDOUT_FILENO);
    ::dup2(::fileno(err_.get()), STDERR_FILENO);
    redirect(STDOUT_FILENO, surroundings.out);
    redirect(STDERR_FILENO, surroundings.err);
    const rlimit limit{surroundings.disk_space, surroundings.disk_space};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (const int signal : {SIGINT, SIGTERM, SIGSEGV, SIGABRT, SIGFPE, SIGILL}) ::signal(signal, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::signal(SIGXFSZ, SIG_IGN);  // writing fails instead
    if (::chdir(folder.c_str()) == 0) ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
}

Striate::~Striate() {
    if (has_ended_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void Striate::send(int signal) const {
    if (!has_ended_) ::kill(pid_, signal);
}

std::string Striate::err_so_far() const {
    std::string text;
    char part[4096];
    // Not through the stream: the process shares its position in the file.
    for (ssize_t n;
         (n = ::pread(::fileno(err_.get()), part, sizeof part, static_cast<off_t>(text.size()))) > 0;)
        text.append(part, static_cast<std::size_t>(n));
    return text;
}

constexpr std::chrono::minutes kLongest{5};

void Striate::note_end(int status) {
    has_ended_ = true;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool Striate::wait_for(double milliseconds) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
    for (int status = 0; !has_ended_; std::this_thread::sleep_for(std::chrono::microseconds(200))) {
        if (::waitpid(pid_, &status, WNOHANG) == pid_)
            note_end(status);
        else if (Clock::now() >= end)
            return false;
    }
    return true;
}

/// [s], of all its threads.
double Striate::processor_time() const {
    std::ifstream in(fmt::format("/proc/{}/stat", pid_));
    std::string text((std::istreambuf_iterator<char>(in)), {});
    std::istringstream fields(
        text.substr(std::min(text.rfind(')') + 1, text.size())));  // a name may hold anything
    std::vector<std::string> of{std::istream_iterator<std::string>(fields), {}};
    constexpr std::size_t kUser = 11, kSystem = 12;
    if (of.size() <= kSystem) return 0.0;
    return (std::stod(of[kUser]) + std::stod(of[kSystem])) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

bool Striate::ends_within(double seconds) {
    const double begin = processor_time();
    const auto start = std::chrono::steady_clock::now();
    while (!wait_for(20.0)) {
        if (processor_time() - begin > seconds) return false;
        if (std::chrono::steady_clock::now() - start > kLongest) return false;
    }
    return true;
}

Finished Striate::wait() {
    if (!wait_for(std::chrono::duration<double, std::milli>(kLongest).count())) {
        send(SIGKILL);
        if (int status = 0; ::waitpid(pid_, &status, 0) == pid_) note_end(status);
    }
    return {exit_code_, read_stream(out_.get()), read_stream(err_.get())};
}

Finished striate(const Args& args, const Surroundings& surroundings) {
    return Striate(args, surroundings).wait();
}

std::string tiny_config() {
    return R"(seed: 7
frame: {height: 12 px, width: 12 px}
stimulus: {kind: dead_leaves, dead_leaves: {canvases: 2, size: 48, r_max: 16 px}}
populations:
  v1:
    kind: slca
    lambda: 0.1
    sheet: {rows: 8, cols: 8}
    receptive_field: {R: 4 px, span: 6 px}
    plasticity: {kind: residual_hebbian, residual_hebbian: {eta: 0.05, width_start: 1, width_end: 0.5}}
    homeostasis: {rate: 0.02}
presentation: {T: 50 ms}
learning: {batches: 20, batch_size: 10, held_out: 6}
record: {every: 4, snapshots: 4}
analysis:
  gratings: {orientations: 8, frequencies: 3, phases: 4, temporal_frequency: 4 Hz}
  complex: {fraction: 0.5}
  cells: 10
  noise_frames: 100
  natural_frames: 30
)";
}

std::string with_line(const std::string& text, const std::string& key, const std::string& line) {
    std::istringstream lines(text);
    std::string result, one;
    int found = 0;
    while (std::getline(lines, one)) {
        const auto begin = one.find_first_not_of(' ');
        const bool is_it = begin != std::string::npos && one.compare(begin, key.size() + 1, key + ":") == 0;
        found += is_it ? 1 : 0;
        result += (is_it ? line : one) + "\n";
    }
    REQUIRE_MESSAGE(found == 1, "one line of the config must be that of ", key);
    return result;
}

Example::Example()
    : config(dir.write("tiny.yaml", tiny_config())),
      run(dir.file("tiny.h5")),
      analysis(dir.file("tiny.analysis.h5")) {
    for (const Args& args : {Args{"run", config, "-o", run, "--quiet"}, Args{"analyze", run}}) {
        const Finished done = striate(args);
        REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    }
}

const Example& example() {
    static const Example made;
    return made;
}

std::string killed_run(const TempDir& dir, const std::string& config) {
    const std::string output = dir.file("killed.h5");
    Striate process({"run", config, "-o", output, "--quiet", "--set", "learning.batches=1000000"});
    while (!fs::exists(output + ".partial")) {
        const bool has_ended = process.wait_for(1.0);
        if (has_ended) FAIL(process.wait().err);
    }
    process.send(SIGKILL);
    REQUIRE(process.wait().exit_code == 128 + SIGKILL);
    return output;
}

namespace {

void add_datasets(const sim::io::File& file, const std::string& group, std::vector<std::string>& all) {
    for (const std::string& name : file.children(group.empty() ? "/" : group)) {
        const std::string path = group + "/" + name;
        if (file.has_attribute(path, "units"))  // as every dataset has
            all.push_back(path);
        else
            add_datasets(file, path, all);
    }
}

/// All values as text or as the bits of doubles; every type of number in our files fits into those.
std::pair<std::vector<std::string>, std::vector<std::uint64_t>> values_of(const sim::io::File& file,
                                                                          const std::string& dataset) {
    try {
        std::vector<std::uint64_t> bits;
        for (const double x : file.read<double>(dataset)) bits.push_back(std::bit_cast<std::uint64_t>(x));
        return {{}, bits};
    } catch (const sim::IoError&) {
        return {file.read<std::string>(dataset), {}};
    }
}

}  // namespace

std::vector<std::string> datasets_of(const sim::io::File& file) {
    std::vector<std::string> all;
    add_datasets(file, "", all);
    std::sort(all.begin(), all.end());
    return all;
}

std::string first_difference(const std::string& one, const std::string& other) {
    return first_difference_but(one, other, {});
}

std::string first_difference_but(const std::string& one, const std::string& other,
                                 const std::vector<std::string>& left_out) {
    const sim::io::File x = sim::io::File::open(one), y = sim::io::File::open(other);
    const auto of_x = datasets_of(x), of_y = datasets_of(y);
    std::vector<std::string> in_one_only;
    std::set_symmetric_difference(of_x.begin(), of_x.end(), of_y.begin(), of_y.end(),
                                  std::back_inserter(in_one_only));
    if (!in_one_only.empty()) return in_one_only.front();
    for (const std::string& dataset : of_x)
        if (dataset != "/provenance/manifest" && std::ranges::count(left_out, dataset) == 0 &&
            (x.shape(dataset) != y.shape(dataset) || values_of(x, dataset) != values_of(y, dataset)))
            return dataset;
    return "";
}

}  // namespace test
