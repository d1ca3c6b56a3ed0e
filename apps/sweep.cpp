#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <thread>

#include "apps/commands.hpp"
#include "apps/options.hpp"
#include "apps/status_line.hpp"
#include "apps/streams.hpp"
#include "apps/sweep_claims.hpp"
#include "apps/sweep_folder.hpp"
#include "apps/sweep_jobs.hpp"
#include "apps/sweep_plan.hpp"
#include "apps/sweep_results.hpp"
#include "apps/sweep_table.hpp"
#include "sim/error.hpp"
#include "sim/ranks.hpp"
#include "sim/stop.hpp"

namespace apps {
namespace {

namespace fs = std::filesystem;

struct SweepOptions : CommonOptions {
    std::string sweep, output;
    std::uint64_t jobs = 0;
    std::string part_text;
    Part part{0, 1};  // of the points
    /// Whether others may work in the folder at the same time.
    bool shares() const { return part.n > 1 || !part_text.empty(); }
};

/// The last lines of a log, indented.
std::string last_lines(const std::string& log) {
    constexpr std::size_t kLines = 5;
    std::deque<std::string> lines;
    std::ifstream in(log);
    for (std::string line; std::getline(in, line);) {
        lines.push_back("    " + line);
        if (lines.size() > kLines) lines.pop_front();
    }
    return fmt::format("{}", fmt::join(lines, "\n"));
}

/// How far a sweep is, on stderr.
class SweepProgress {
  public:
    SweepProgress(std::size_t points, std::size_t done, bool is_quiet)
        : points_(points), before_(done), done_(done), is_quiet_(is_quiet) {}

    void finished(const std::string& point, const std::string& score) {
        ++done_;
        tell(fmt::format("{:>4}/{}  {}  {}", done_ + failed_, points_, point, score));
    }
    void failed(const std::string& point, const std::string& why) {
        ++failed_;
        status_.show(fmt::format("{:>4}/{}  {}  FAILED: {}", done_ + failed_, points_, point, why), true);
    }
    void tell(const std::string& line) const {
        if (!is_quiet_) status_.show(line, true);
    }
    void show(std::size_t running) {
        if (is_quiet_ || !status_.is_due(false)) return;
        const std::size_t here = done_ - before_ + failed_, left = points_ - done_ - failed_;
        const double elapsed =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        const std::string time_left =
            here == 0
                ? ""
                : fmt::format("  {} left",
                              duration(elapsed * static_cast<double>(left) / static_cast<double>(here)));
        status_.show(fmt::format("{} of {} points done{}, {} at work{}", done_, points_,
                                 failed_ == 0 ? "" : fmt::format(", {} failed", failed_), running, time_left),
                     false);
    }
    std::size_t n_failed() const { return failed_; }

  private:
    std::size_t points_, before_, done_, failed_ = 0;
    bool is_quiet_;
    StatusLine status_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::size_t cores() { return std::max<std::size_t>(1, std::thread::hardware_concurrency()); }

/// A sweep being worked off.
class Sweep {
  public:
    Sweep(const SweepPlan& plan, const SweepFolder& folder, const SweepState& state,
          const SweepOptions& options);
    void work();
    std::size_t n_failed() const { return progress_.n_failed(); }

  private:
    void add_what_is_left();
    Task with_claim(Task task, const std::string& name,
                    const std::function<bool(const SweepState&)>& is_done);
    std::vector<std::size_t> points_left_of(std::size_t run) const;
    std::string threads_of_each(std::size_t tasks) const;
    Task run_task(std::size_t run);
    Task test_task(std::size_t point);
    void go_on_with_tests(std::size_t run);
    void finish(std::size_t point, const nlohmann::ordered_json& compared);
    void fail(std::size_t point, const std::string& why, const std::string& log);

    const SweepPlan& plan_;
    const SweepFolder& folder_;
    Part part_;
    bool shares_;  // the folder with others that work on the same sweep
    bool is_forced_;
    SweepState state_;
    Claims claims_;
    std::set<std::string> begun_;  // here
    std::size_t cores_, jobs_at_once_;
    Jobs jobs_;
    SweepProgress progress_;
};

Sweep::Sweep(const SweepPlan& plan, const SweepFolder& folder, const SweepState& state,
             const SweepOptions& options)
    : plan_(plan),
      folder_(folder),
      part_(options.part),
      shares_(options.shares()),
      is_forced_(options.force),
      state_(state),
      cores_(options.threads == 0 ? cores() : options.threads),
      jobs_at_once_(std::min(options.jobs == 0 ? cores_ : options.jobs, plan.points.size())),
      jobs_(jobs_at_once_),
      progress_(
          plan.points.size(),
          static_cast<std::size_t>(std::count(state.point_is_done.begin(), state.point_is_done.end(), true)),
          options.quiet) {}

std::vector<std::size_t> Sweep::points_left_of(std::size_t run) const {
    std::vector<std::size_t> left;
    for (std::size_t p = 0; p < plan_.points.size(); ++p)
        if (plan_.points[p].run == run && !state_.point_is_done[p]) left.push_back(p);
    return left;
}

/// Cores that would stand idle beside so few tasks take part in them; results do not depend on it.
std::string Sweep::threads_of_each(std::size_t tasks) const {
    return fmt::format("{}", std::max<std::size_t>(1, cores_ / std::min(tasks, jobs_at_once_)));
}

void add_overrides(std::vector<std::string>& args, const sim::Params::Overrides& overrides) {
    for (const std::string& one : overrides) args.insert(args.end(), {"--set", one});
}

Task Sweep::run_task(std::size_t r) {
    const SweepRun& run = plan_.runs[r];
    const std::string output = folder_.file(run.name + ".h5"), summary = folder_.file(run.name + ".run.out");
    Task task;
    task.log = folder_.file(run.name + ".log");
    // What stands there unrecorded was left by a sweep that was killed before it could record it.
    const bool can_resume = fs::exists(output + ".partial");
    std::vector<std::string> args{"run",       run.config,
                                  "-o",        output,
                                  "--threads", threads_of_each(plan_.runs.size()),
                                  "--json",    can_resume ? "--resume" : "--force"};
    add_overrides(args, run.overrides);
    task.commands = {{std::move(args), summary}};
    task.succeeded = [this, r, summary] {
        folder_.record_run(plan_.runs[r], read_json(summary));
        fs::remove(summary);
        go_on_with_tests(r);
    };
    task.failed = [this, r, log = task.log](const std::string& why) {
        const auto left = points_left_of(r);
        fail(left.front(), why, log);
        for (const std::size_t point : std::span(left).subspan(1))
            progress_.failed(plan_.points[point].name, "so did its run");
    };
    return with_claim(std::move(task), run.name + ".run", [this, r](const SweepState& now) {
        if (!now.run_is_done[r]) folder_.check_partial(plan_.runs[r], is_forced_);
        return now.run_is_done[r];
    });
}

Task Sweep::test_task(std::size_t p) {
    const SweepPoint& point = plan_.points[p];
    const std::string run =
        plan_.trained.empty() ? folder_.file(plan_.runs[point.run].name + ".h5") : plan_.trained;
    const std::string analysis = folder_.file(point.name + ".analysis.h5"),
                      compared = folder_.file(point.name + ".compare.out");
    Task task;
    task.log = folder_.file(point.name + ".log");
    std::vector<std::string> args{
        "analyze", run, "-o", analysis, "--threads", threads_of_each(plan_.points.size()), "--force"};
    if (!plan_.population.empty()) args.insert(args.end(), {"--population", plan_.population});
    add_overrides(args, point.overrides);
    task.commands = {{std::move(args), ""}, {{"compare", analysis, "--json"}, compared}};
    task.succeeded = [this, p, compared] {
        finish(p, read_json(compared));
        fs::remove(compared);
    };
    task.failed = [this, p, log = task.log](const std::string& why) { fail(p, why, log); };
    return with_claim(std::move(task), point.name + ".point",
                      [p](const SweepState& now) { return now.point_is_done[p]; });
}

/// Among those that share a folder, the task of who claims it first; of nobody once it is done.
Task Sweep::with_claim(Task task, const std::string& name,
                       const std::function<bool(const SweepState&)>& is_done) {
    if (!shares_) return task;
    task.may_start = [this, name, is_done] {
        if (begun_.contains(name) || !claims_.take(folder_.file("." + name + ".lock"))) return false;
        begun_.insert(name);
        return !is_done(folder_.state_of(plan_, false));
    };
    const auto let_go = [this, name] { claims_.let_go(folder_.file("." + name + ".lock")); };
    task.succeeded = [let_go, then = std::move(task.succeeded)] {
        then();
        let_go();
    };
    return task;
}

/// First of all, and in their order: what is begun is finished before something else begins.
void Sweep::go_on_with_tests(std::size_t run) {
    const auto left = points_left_of(run);
    for (auto point = left.rbegin(); point != left.rend(); ++point)
        if (plan_.is_analyzed)
            jobs_.add_first(test_task(*point));
        else
            finish(*point, nullptr);
}

std::string score_of(const SweepPlan& plan, const Numbers& numbers) {
    const auto found = std::find_if(numbers.begin(), numbers.end(),
                                    [&](const auto& number) { return number.first == plan.score; });
    if (found != numbers.end()) return fmt::format("{} {:.5g}", plan.score, found->second);
    if (!plan.score_is_asked_for) return "";
    std::vector<std::string> names;
    for (const auto& [name, number] : numbers) names.push_back(name);
    const std::string nearest = sim::nearest_name(plan.score, names);
    return fmt::format("(there is no {}{})", plan.score,
                       nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
}

void Sweep::finish(std::size_t p, const nlohmann::ordered_json& compared) {
    const SweepPoint& point = plan_.points[p];
    folder_.record_point(plan_, point, compared);
    state_.point_is_done[p] = true;
    progress_.finished(point.name, score_of(plan_, folder_.numbers_of(point)));
}

void Sweep::fail(std::size_t p, const std::string& why, const std::string& log) {
    progress_.failed(plan_.points[p].name, fmt::format("{}; {} ends:\n{}", why, log, last_lines(log)));
}

/// Its own first, and then what others have not begun.
void Sweep::add_what_is_left() {
    for (const bool is_own : {true, false})
        for (std::size_t r = 0; r < plan_.runs.size(); ++r) {
            const bool is_test = state_.run_is_done[r];
            const auto is_asked = [&](std::size_t item) {
                return (item % part_.n == part_.number) == is_own;
            };
            if (!is_test && is_asked(r) && !points_left_of(r).empty()) jobs_.add(run_task(r));
            if (!is_test) continue;
            for (const std::size_t point : points_left_of(r)) {
                if (!is_asked(point)) continue;
                if (plan_.is_analyzed)
                    jobs_.add(test_task(point));
                else
                    finish(point, nullptr);
            }
        }
}

// Who shares a folder looks again when nothing is left to begin: whoever was at work may have died.
void Sweep::work() {
    const auto done = std::count(state_.point_is_done.begin(), state_.point_is_done.end(), true);
    progress_.tell(fmt::format("{} points{}, {} at a time", plan_.points.size(),
                               done == 0 ? "" : fmt::format(", {} of them done", done), jobs_at_once_));
    for (std::size_t n_begun = 0;; n_begun = begun_.size()) {
        add_what_is_left();
        jobs_.work([this] { progress_.show(jobs_.running()); });
        if (begun_.size() == n_begun || sim::hears_stop()) return;
        state_ = folder_.state_of(plan_, false);
    }
}

/// What is read is not written over.
void check_tables(const SweepPlan& plan, const SweepFolder& folder, const SweepOptions& options) {
    std::vector<fs::path> inputs{options.sweep, plan.trained};
    for (const SweepRun& run : plan.runs) inputs.emplace_back(run.config);
    for (const char* table : {"table.csv", "table.h5"})
        sim::io::Output(folder.file(table), sim::io::Existing::replace).must_not_be(inputs);
}

/// What is left to be done by whoever works on the plan here, alone or as a part.
std::size_t work_alone(const SweepPlan& plan, const SweepFolder& folder, const SweepOptions& options) {
    const sim::ranks::Alone alone;  // each rank starts processes of its own, and writes what they made
    Sweep sweep(plan, folder, folder.state_of(plan, false), options);
    sweep.work();
    return sweep.n_failed();
}

void sweep(SweepOptions options) {
    options.part =
        options.part_text.empty() ? Part{sim::ranks::here(), sim::ranks::n()} : read_part(options.part_text);
    const SweepPlan plan = read_plan(options.sweep, options.overrides);
    const SweepFolder folder(
        options.output.empty() ? fs::path(options.sweep).stem().string() : options.output, options.shares());
    sim::ranks::together([&] {
        if (!sim::ranks::is_first()) return;
        const Held table(folder.file(".table.lock"));
        check_tables(plan, folder, options);
        static_cast<void>(folder.state_of(plan, options.force));
    });
    std::size_t n_failed = work_alone(plan, folder, options);
    sim::ranks::together([] {});
    n_failed = sim::ranks::sum(n_failed);
    if (sim::ranks::is_first()) {
        const Held table(folder.file(".table.lock"));
        show_results(plan, folder, options.sweep, options);
    }
    if (sim::hears_stop())
        throw sim::Interrupted("the sweep was interrupted; the same command goes on with it");
    if (n_failed > 0)
        throw sim::Error(
            fmt::format("{} of {} points failed; their logs say why, the same command tries them "
                        "again",
                        n_failed, plan.points.size()));
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
    auto options = std::make_shared<SweepOptions>();
    CLI::App* command = app.add_subcommand("sweep", "Run a config under many settings, side by side");
    command->add_option("sweep", options->sweep, "The sweep, YAML (docs/sweep.md)")->required();
    command->add_option("-o,--output", options->output, "Folder to work in [SWEEP's name, here]");
    add_count(*command, "--jobs", options->jobs, "Points at a time, 0 for as many as there are cores", 0,
              1024);
    command
        ->add_option(
            "--part", options->part_text,
            "One of several that work on a sweep in one folder, as jobs of a Slurm array do: its own points "
            "first, then what others have left")
        ->type_name("I/N");
    add_common(*command, *options,
               {Common::set, Common::threads, Common::force, Common::quiet, Common::json});
    command->get_option("--set")->description(
        "Override a key of all points, after the sweep's own `set`: --set learning.batches=50");
    command->get_option("--threads")
        ->description("Threads to use in all, 0 for all cores; results do not depend on it");
    command->get_option("--force")->description(
        "Replace points that are there, computed under other settings");
    command->footer(
        "A sweep that was stopped or killed goes on when the same command is given again; what is done is "
        "not done again.\n"
        "A sweep file:\n"
        "  config: v1_sheet.yaml          # beside the sweep file; or run: sheet.h5\n"
        "  set: [learning.batches=200]    # for all points\n"
        "  grid: {population.lambda: [0.04, 0.06], seed: [1, 2, 3]}\n"
        "  score: ks.circular_variance    # a column of the table\n"
        "Examples:\n  striate sweep configs/sweeps/example.yaml -o example\n"
        "  striate sweep configs/sweeps/v1_lambda.yaml -o lambda --jobs 2");
    command->callback([options, &action] { action = [options] { sweep(*options); }; });
}

}  // namespace apps
