#include "apps/sweep_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "apps/options.hpp"
#include "apps/sweep_columns.hpp"
#include "apps/sweep_names.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/run_settings.hpp"
#include "sim/synonyms.hpp"
#include "sim/trained_network.hpp"

namespace apps {
namespace {

using Settings = std::vector<sim::Assignment>;  // of one point

// ---- combinations

/// Every combination of one alternative of each factor; the last factor varies fastest.
std::vector<Settings> product(const std::vector<std::vector<Settings>>& factors) {
    std::vector<Settings> all{{}};
    for (const auto& factor : factors) {
        std::vector<Settings> longer;
        for (const Settings& so_far : all)
            for (const Settings& alternative : factor) {
                longer.push_back(so_far);
                longer.back().insert(longer.back().end(), alternative.begin(), alternative.end());
            }
        all = std::move(longer);
    }
    return all;
}

/// A key alone is a factor, whose alternatives are its values.
void add_grid(std::vector<std::vector<Settings>>& factors, const std::vector<Settings>& grid) {
    for (const Settings& values : grid) {
        factors.emplace_back();
        for (const sim::Assignment& value : values) factors.back().push_back({value});
    }
}

/// Of "KEY=VALUE".
std::string key_of(const std::string& assignment) { return assignment.substr(0, assignment.find('=')); }

void check_keys_differ(const Settings& settings) {
    std::set<std::string> seen;
    for (const sim::Assignment& one : settings)
        if (!seen.insert(one.key).second)
            throw sim::ConfigError(
                fmt::format("{}: {}: a point can set the key once only", one.place, one.key));
}

// Of a point that is no key of its config:
const std::string kConfigKey = "config";  // of which config it is, where there are several
const std::string kNameKey = "point";     // what it is called, in place of what the list sets

std::string value_of(const Settings& settings, const std::string& key) {
    for (const sim::Assignment& one : settings)
        if (one.key == key) return one.value;
    return "";
}

sim::Params::Overrides overrides_of(const sim::Params::Overrides& set, const Settings& settings) {
    sim::Params::Overrides all = set;
    for (const sim::Assignment& one : settings)
        if (one.key != kConfigKey && one.key != kNameKey) all.push_back(one.as_override());
    return all;
}

const std::string kTestPrefix = "test.";

std::string stem(const std::string& file) { return std::filesystem::path(file).stem().string(); }

/// Populations that, by their words, code and have fields, in a config that shows frames; they are checked later.
std::set<std::string> testable_in(const sim::Params& config) {
    std::set<std::string> names;
    if (!sim::shows_frames(config)) return names;
    const sim::Params blocks = config.block("populations");
    for (const std::string& name : blocks.names()) {
        const std::string kind = blocks.block(name).text("kind", "slca", "");
        const bool has_fields = blocks.block(name).block("fields").text("kind", "noise", "") != "none";
        if (has_fields && sim::Registry<sim::Neurons>::instance().entries().contains(kind))
            names.insert(name);
    }
    return names;
}

/// Reads a sweep file into a plan.
class Reader {
  public:
    Reader(const std::string& path, const sim::Params::Overrides& overrides)
        : path_(path), overrides_(overrides), plan_{"",    false, "", "", false,
                                                    false, {},    {}, {}, sim::Params::load(path)} {}
    SweepPlan read();

  private:
    void read_what_to_run();
    void read_configs(const std::vector<std::string>& files);
    void read_score();
    void read_what_to_sweep();
    void add_keys(const std::vector<Settings>& combinations, const std::string& prefix);
    std::vector<std::string> values_of(const Settings& learned, const Settings& tested) const;
    std::string name_of(const std::string& given, const std::vector<std::string>& values) const;
    void add_run(const Settings& learned);
    void add_trained_run();
    void add_points(const Settings& learned);
    std::string config_of(const Settings& learned) const;
    void resolve(SweepRun& run);
    [[noreturn]] void blame(const sim::ConfigError& error, const Settings& settings,
                            const std::string& name) const;
    void check_overrides() const;
    void check_points_differ() const;
    void check_score() const;

    std::string path_;
    sim::Params::Overrides overrides_;  // of the command line
    SweepPlan plan_;
    std::vector<std::string> configs_;  // paths
    sim::Params::Overrides set_;
    std::set<std::string> testable_;              // populations of the first config that `analyze` could test
    std::set<std::string> listed_;                // keys of the list
    std::set<std::string> populations_, coding_;  // of the networks, and those that code what they see
    std::vector<Settings> runs_, tests_;          // tests of each run
};

void Reader::read_what_to_run() {
    const sim::Params& file = plan_.file;
    const auto configs = file.files("config", "config of the runs, or several");
    const std::string trained = file.file("run", "", "a trained network to test");
    if (configs.empty() && trained.empty()) file.fail("config", "given, or `run` in its place", "neither");
    if (!configs.empty() && !trained.empty()) file.fail("run", "absent where `config` is given");
    if (trained.empty())
        read_configs(configs);
    else
        plan_.trained = trained;
    plan_.is_analyzed =
        file.flag("analyze", !trained.empty() || testable_.size() == 1,
                  "whether the runs are analysed and compared; if not given, where one population codes");
    plan_.population = file.text("population", "", "population that is analysed, where several can be");
    if (plan_.is_analyzed && trained.empty() && testable_.empty())
        file.fail("analyze", "false where no population codes");
    if (plan_.is_analyzed && testable_.size() > 1 && !testable_.contains(plan_.population))
        file.fail("population", fmt::format("one of {}", fmt::join(testable_, ", ")),
                  plan_.population.empty() ? "nothing" : plan_.population);
    if (!plan_.is_analyzed && !trained.empty()) file.fail("analyze", "true where a trained network is given");
    set_ = file.overrides("set", "overrides of all points");
    set_.insert(set_.end(), overrides_.begin(), overrides_.end());
}

void Reader::read_configs(const std::vector<std::string>& files) {
    std::set<std::string> stems;
    for (const std::string& file : files) {
        configs_.push_back(file);
        if (!stems.insert(stem(file)).second) plan_.file.fail("config", "configs of different names", file);
        if (configs_.size() == 1) testable_ = testable_in(sim::Params::load(file));
    }
}

void Reader::read_score() {
    plan_.score_is_asked_for = plan_.file.has("score");
    const std::string usual = plan_.is_analyzed ? "ks.circular_variance"
                              : testable_.size() == 1
                                  ? fmt::format("populations.{}.held_out_energy", *testable_.begin())
                                  : "";
    plan_.score = plan_.file.text("score", usual, "column of the table that is drawn");
    plan_.maximise = plan_.file.flag("maximise", false, "whether the largest score is the best");
}

void Reader::read_what_to_sweep() {
    const sim::Params& file = plan_.file;
    std::vector<std::vector<Settings>> factors, of_test;
    auto list = file.assignments("list", "settings of points, crossed with the grid");
    for (const Settings& settings : list)
        for (const sim::Assignment& one : settings) listed_.insert(one.key);
    if (configs_.size() > 1 && !listed_.contains(kConfigKey)) {
        factors.emplace_back();
        for (const std::string& config : configs_)
            factors.back().push_back({{kConfigKey, stem(config), path_}});
    }
    if (!list.empty()) factors.push_back(std::move(list));
    add_grid(factors, file.choices_of_keys("grid", "keys and values to combine"));
    add_grid(of_test, file.choices_of_keys("analysis_grid", "keys and values of the test, to combine"));
    file.check_all_read();
    if (factors.empty() && of_test.empty())
        throw sim::ConfigError(fmt::format(
            "{}: must have a grid, a list, an analysis_grid or several configs, has nothing to sweep",
            path_));
    if (!of_test.empty() && !plan_.is_analyzed)
        file.fail("analysis_grid", "absent where nothing is analysed");
    if (!of_test.empty() && !plan_.trained.empty())
        file.fail("analysis_grid", "absent where a trained network is given: `grid` is of the test already");
    runs_ = product(factors);
    tests_ = product(of_test);
    if (!plan_.trained.empty()) tests_ = std::exchange(runs_, {{}});
}

void Reader::add_keys(const std::vector<Settings>& combinations, const std::string& prefix) {
    for (const Settings& settings : combinations) {
        check_keys_differ(settings);
        for (const sim::Assignment& one : settings)
            if (one.key != kNameKey &&
                std::find(plan_.keys.begin(), plan_.keys.end(), prefix + one.key) == plan_.keys.end())
                plan_.keys.push_back(prefix + one.key);
    }
}

std::vector<std::string> Reader::values_of(const Settings& learned, const Settings& tested) const {
    const bool test_is_all = !plan_.trained.empty();
    std::vector<std::string> values;
    for (const std::string& key : plan_.keys) {
        if (test_is_all)
            values.push_back(value_of(tested, key));
        else if (const std::string value = value_of(learned, key); !value.empty())
            values.push_back(value);
        else
            values.push_back(key.starts_with(kTestPrefix) ? value_of(tested, key.substr(kTestPrefix.size()))
                                                          : "");
    }
    return values;
}

std::string Reader::name_of(const std::string& given, const std::vector<std::string>& values) const {
    const auto keys = short_names(plan_.keys);
    std::string name = given;
    for (std::size_t k = 0; k < keys.size(); ++k)
        if (!values[k].empty() && (given.empty() || !listed_.contains(plan_.keys[k])))
            name += fmt::format("{}{}={}", name.empty() ? "" : "_", keys[k], values[k]);
    return file_safe(name.empty() ? stem(configs_.empty() ? plan_.trained : configs_.front()) : name);
}

std::string Reader::config_of(const Settings& learned) const {
    if (configs_.size() == 1 && !listed_.contains(kConfigKey)) return configs_.front();
    const std::string name = value_of(learned, kConfigKey);
    std::vector<std::string> names;
    for (const std::string& config : configs_) {
        if (stem(config) == name) return config;
        names.push_back(stem(config));
    }
    throw sim::ConfigError(fmt::format("{}: config: must be one of {}, got {}", learned.front().place,
                                       fmt::join(names, ", "),
                                       name.empty() ? "nothing" : "\"" + name + "\""));
}

/// The config of a run, all defaults in.
void Reader::resolve(SweepRun& run) {
    const sim::Params params = sim::Params::load(run.config, run.overrides);
    const sim::RunSettings network = sim::read_settings(params, run.config);
    for (const sim::PopulationSettings& one : network.populations) {
        populations_.insert(one.name);
        if (one.codes && one.sight.of != sim::Sight::Of::nothing) coding_.insert(one.name);
        if (!one.codes) continue;
        if (const auto& shared = one.codes->network.settings().kernels; shared && shared->bank.kind == "run")
            run.kernels.push_back(shared->bank.file);
    }
    run.resolved = network.resolved;
}

/// An error of `--set KEY=...` is one of the line of the sweep file that sets the key.
void Reader::blame(const sim::ConfigError& error, const Settings& settings, const std::string& name) const {
    const std::string what = error.what(), prefix = "--set: ";
    if (!what.starts_with(prefix)) throw sim::ConfigError(fmt::format("{}: {}: {}", path_, name, what));
    const std::string rest = what.substr(prefix.size());
    for (const sim::Assignment& one : settings)
        if (rest.starts_with(one.key + ":") || rest.starts_with(one.key + "."))
            throw sim::ConfigError(fmt::format("{}: {}", one.place, rest));
    for (const std::string& one : overrides_)
        if (rest.starts_with(key_of(one))) throw error;
    throw sim::ConfigError(fmt::format("{}: {}: set: {}", path_, name, rest));
}

void Reader::add_run(const Settings& learned) {
    SweepRun run{name_of(value_of(learned, kNameKey), values_of(learned, {})), config_of(learned),
                 overrides_of(set_, learned), ""};
    try {
        resolve(run);
    } catch (const sim::ConfigError& error) {
        blame(error, learned, run.name);
    }
    plan_.runs.push_back(std::move(run));
}

/// What stands for the config of a trained network also says which training it was.
void Reader::add_trained_run() {
    const sim::io::File file = sim::io::open_striate_file(plan_.trained, "network");
    plan_.runs.push_back({"",
                          "",
                          {},
                          file.read<std::string>("/provenance/config").at(0) + "# started " +
                              file.read_attribute<std::string>("/provenance", "started") + "\n"});
}

void Reader::add_points(const Settings& learned) {
    const SweepRun& run = plan_.runs.back();
    for (const Settings& tested : tests_) {
        SweepPoint point{"", plan_.runs.size() - 1, values_of(learned, tested),
                         overrides_of(plan_.trained.empty() ? sim::Params::Overrides{} : set_, tested), ""};
        point.name = name_of(value_of(plan_.trained.empty() ? learned : tested, kNameKey), point.values);
        try {
            if (plan_.is_analyzed)
                point.tested =
                    sim::settings_for_test("(the resolved config)", run.resolved, point.overrides).resolved;
        } catch (const sim::ConfigError& error) {
            blame(error, tested, point.name);
        }
        plan_.points.push_back(std::move(point));
    }
}

/// What every point sets itself has the values of the points.
void Reader::check_overrides() const {
    const auto& points = plan_.trained.empty() ? runs_ : tests_;
    const auto is_set_by = [](const std::string& key) {
        return [key](const Settings& settings) {
            return std::ranges::find(settings, key, &sim::Assignment::key) != settings.end();
        };
    };
    for (const std::string& one : overrides_)
        if (std::ranges::all_of(points, is_set_by(key_of(one))))
            throw sim::ConfigError(
                fmt::format("--set: {}: must be a key that is not swept, is one of {}", key_of(one), path_));
}

void Reader::check_points_differ() const {
    std::set<std::string> names;
    for (const SweepPoint& point : plan_.points)
        if (!names.insert(point.name).second)
            throw sim::ConfigError(fmt::format("{}: the point {} stands twice", path_, point.name));
    std::map<std::string, std::string> name_of_settings;  // 0.1 and 1e-1 are one value
    for (const SweepPoint& point : plan_.points) {
        const SweepRun& run = plan_.runs[point.run];
        const auto [first, is_new] = name_of_settings.emplace(
            fmt::format("{}\n{}\n{}", run.config, run.resolved, point.tested), point.name);
        if (!is_new)
            throw sim::ConfigError(
                fmt::format("{}: the points {} and {} must differ, got values that mean the same", path_,
                            first->second, point.name));
    }
}

void Reader::check_score() const {
    if (!plan_.score_is_asked_for) return;
    std::vector<std::string> columns;
    if (plan_.trained.empty()) columns = columns_of_networks(populations_, coding_);
    if (plan_.is_analyzed) std::ranges::copy(columns_of_analyses(), std::back_inserter(columns));
    if (std::ranges::find(columns, plan_.score) == columns.end()) plan_.refuse_score(columns);
}

SweepPlan Reader::read() {
    read_what_to_run();
    read_score();
    read_what_to_sweep();
    add_keys(runs_, "");
    add_keys(tests_, plan_.trained.empty() ? kTestPrefix : "");
    check_overrides();
    for (const Settings& learned : runs_) {
        if (plan_.trained.empty())
            add_run(learned);
        else
            add_trained_run();
        add_points(learned);
    }
    check_points_differ();
    check_score();
    return std::move(plan_);
}

}  // namespace

void SweepPlan::refuse_score(const std::vector<std::string>& columns) const {
    file.fail("score", fmt::format("one of {}", fmt::join(columns, ", ")),
              fmt::format("\"{}\"{}", score, sim::hint(score, columns)));
}

SweepPlan read_plan(const std::string& path, const sim::Params::Overrides& overrides) {
    return Reader(path, overrides).read();
}

}  // namespace apps
