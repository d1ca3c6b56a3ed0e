#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <thread>

#include "apps/commands.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/status_line.hpp"
#include "apps/streams.hpp"
#include "apps/sweep_figure.hpp"
#include "apps/sweep_folder.hpp"
#include "apps/sweep_jobs.hpp"
#include "apps/sweep_plan.hpp"
#include "apps/sweep_table.hpp"
#include "sim/error.hpp"
#include "sim/provenance.hpp"
#include "sim/stop.hpp"

namespace apps {
namespace {

namespace fs = std::filesystem;

struct SweepOptions : CommonOptions {
    std::string sweep, output;
    std::uint64_t jobs = 0;
};

std::string text_of_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

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
    std::vector<std::size_t> points_left_of(std::size_t run) const;
    std::string threads_of_each(std::size_t tasks) const;
    Task run_task(std::size_t run);
    Task test_task(std::size_t point);
    void go_on_with_tests(std::size_t run);
    void finish(std::size_t point, const nlohmann::ordered_json& compared);
    void fail(std::size_t point, const std::string& why, const std::string& log);

    const SweepPlan& plan_;
    const SweepFolder& folder_;
    SweepState state_;
    std::size_t cores_, jobs_at_once_;
    Jobs jobs_;
    SweepProgress progress_;
};

Sweep::Sweep(const SweepPlan& plan, const SweepFolder& folder, const SweepState& state,
             const SweepOptions& options)
    : plan_(plan),
      folder_(folder),
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
    return task;
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

void Sweep::work() {
    const auto done = std::count(state_.point_is_done.begin(), state_.point_is_done.end(), true);
    progress_.tell(fmt::format("{} points{}, {} at a time", plan_.points.size(),
                               done == 0 ? "" : fmt::format(", {} of them done", done), jobs_at_once_));
    for (std::size_t r = 0; r < plan_.runs.size(); ++r) {
        if (points_left_of(r).empty()) continue;
        if (!state_.run_is_done[r])
            jobs_.add(run_task(r));
        else if (plan_.is_analyzed)
            for (const std::size_t point : points_left_of(r)) jobs_.add(test_task(point));
        else
            go_on_with_tests(r);
    }
    jobs_.work([this] { progress_.show(jobs_.running()); });
}

SweepTable table_of(const SweepPlan& plan, const SweepFolder& folder) {
    SweepTable table(plan.keys);
    for (const SweepPoint& point : plan.points)
        if (fs::exists(folder.file(point.name + ".json")))
            table.add(point.name, point.values, folder.numbers_of(point));
    return table;
}

/// The best points that have a number in the column, the very best first.
std::vector<std::size_t> best_points(const SweepTable& table, std::size_t column, bool maximise) {
    constexpr std::size_t kMost = 5;
    std::vector<std::size_t> order;
    for (std::size_t p = 0; p < table.points.size(); ++p)
        if (std::isfinite(table.results[p][column])) order.push_back(p);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
        const double a = table.results[x][column], b = table.results[y][column];
        return maximise ? a > b : a < b;
    });
    order.resize(std::min(kMost, order.size()));
    return order;
}

/// One a line.
std::string ranking(const SweepTable& table, std::size_t column, bool maximise) {
    std::string text =
        fmt::format("best by {} ({} is best)\n", table.columns[column], maximise ? "largest" : "smallest");
    for (const std::size_t p : best_points(table, column, maximise))
        text += fmt::format("  {:<10.5g} {}\n", table.results[p][column], table.points[p]);
    return text;
}

/// A machine without gnuplot still has the table.
std::string figure_of(const SweepTable& table, std::size_t column, const SweepFolder& folder) {
    try {
        draw_score(table, column, folder.path());
        return folder.file("score.png");
    } catch (const sim::IoError& error) {
        say(fmt::format("no figure: {}\n", error.what()));
        return "";
    }
}

/// Where results are, and which points are best.
struct Results {
    const SweepPlan& plan;
    const SweepFolder& folder;
    const SweepTable& table;
    std::optional<std::size_t> column;  // of the score
    std::string figure;                 // "" for none
};

void print_results_in_words(const Results& of) {
    if (of.column) print_text(ranking(of.table, *of.column, of.plan.maximise));
    print("table           {} ({} of {} points), {}\n", of.folder.file("table.csv"), of.table.points.size(),
          of.plan.points.size(), of.folder.file("table.h5"));
    if (!of.figure.empty()) print("figure          {}\n", of.figure);
}

void print_results_as_json(const Results& of) {
    nlohmann::ordered_json json{{"table", of.folder.file("table.csv")},
                                {"points", of.plan.points.size()},
                                {"done", of.table.points.size()},
                                {"figure", of.figure}};
    if (of.column) {
        json["score"] = of.table.columns[*of.column];
        json["best"] = nlohmann::ordered_json::array();
        for (const std::size_t p : best_points(of.table, *of.column, of.plan.maximise))
            json["best"].push_back(
                {{"point", of.table.points[p]}, {"score", of.table.results[p][*of.column]}});
    }
    print_text(json_text(json));
}

/// The table, the best points and the figure, from all that is done.
void show_results(const SweepPlan& plan, const SweepFolder& folder, const SweepOptions& options) {
    const SweepTable table = table_of(plan, folder);
    if (table.points.empty()) return;
    std::string text = text_of_file(options.sweep);
    for (const std::string& one : options.overrides) text += fmt::format("# --set {}\n", one);
    write_table(table, folder.path(), text);
    const auto column = table.find(plan.score);
    const std::string figure = column ? figure_of(table, *column, folder) : "";
    (options.json ? print_results_as_json : print_results_in_words)({plan, folder, table, column, figure});
    if (!column && plan.score_is_asked_for) plan.refuse_score(table.columns);
}

/// What is read is not written over.
void check_tables(const SweepPlan& plan, const SweepFolder& folder, const SweepOptions& options) {
    std::vector<fs::path> inputs{options.sweep, plan.trained};
    for (const SweepRun& run : plan.runs) inputs.emplace_back(run.config);
    for (const char* table : {"table.csv", "table.h5"})
        sim::io::Output(folder.file(table), sim::io::Existing::replace).must_not_be(inputs);
}

void sweep(const SweepOptions& options) {
    const SweepPlan plan = read_plan(options.sweep, options.overrides);
    const SweepFolder folder(options.output.empty() ? fs::path(options.sweep).stem().string()
                                                    : options.output);
    check_tables(plan, folder, options);
    const SweepState state = folder.state_of(plan, options.force);
    Sweep sweep(plan, folder, state, options);
    sweep.work();
    show_results(plan, folder, options);
    if (sim::hears_stop())
        throw sim::Interrupted("the sweep was interrupted; the same command goes on with it");
    if (sweep.n_failed() > 0)
        throw sim::Error(
            fmt::format("{} of {} points failed; their logs say why, the same command tries them "
                        "again",
                        sweep.n_failed(), plan.points.size()));
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
    auto options = std::make_shared<SweepOptions>();
    CLI::App* command = app.add_subcommand("sweep", "Run a config under many settings, side by side");
    command->add_option("sweep", options->sweep, "The sweep, YAML (docs/sweep.md)")->required();
    command->add_option("-o,--output", options->output, "Folder to work in [SWEEP's name, here]");
    add_count(*command, "--jobs", options->jobs, "Points at a time, 0 for as many as there are cores", 0,
              1024);
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
