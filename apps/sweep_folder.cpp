#include "apps/sweep_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "apps/json_text.hpp"
#include "sim/error.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/io/output.hpp"
#include "sim/io/striate_file.hpp"

namespace apps {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// "lambda: 0.06, now lambda: 0.08": the first lines in which two resolved configs differ.
std::string first_difference(const std::string& was, const std::string& is) {
    std::istringstream old_lines(was), new_lines(is);
    const auto next = [](std::istringstream& in) {
        std::string line;
        std::getline(in, line);
        const auto begin = line.find_first_not_of(' ');
        return begin == std::string::npos ? "nothing" : line.substr(begin);
    };
    while (old_lines || new_lines)
        if (const std::string a = next(old_lines), b = next(new_lines); a != b)
            return fmt::format("{}, now {}", a, b);
    return "nothing";
}

[[noreturn]] void refuse(const std::string& file, const std::string& was, const std::string& is) {
    throw sim::ConfigError(
        fmt::format("{}: was computed under other settings than the sweep now has ({}); --force computes it "
                    "again",
                    file, first_difference(was, is)));
}

std::string text_of(const Json& record, const char* key) { return record.value(key, std::string()); }

}  // namespace

Json read_json(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw sim::IoError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
    Json json = Json::parse(in, nullptr, false);
    if (!json.is_object()) throw sim::IoError(fmt::format("{}: must be a JSON object", path));
    return json;
}

SweepFolder::SweepFolder(std::string dir, bool is_shared) : dir_(std::move(dir)), is_shared_(is_shared) {
    std::error_code failure;
    fs::create_directories(dir_, failure);
    if (failure || !fs::is_directory(dir_))
        throw sim::IoError(fmt::format("{}: no folder can be made: {}", dir_,
                                       failure ? failure.message() : "a file is in the way"));
    lock_ = std::make_unique<Held>(file(".lock"), is_shared ? Lock::many : Lock::one);
}

/// What a run is made of: its config and, where it takes kernels, which learning they are of.
std::string SweepFolder::made_of(const SweepRun& run) {
    std::string made = run.resolved;
    for (const std::string& kernels : run.kernels)
        made += "# kernels of a run started " +
                sim::io::open_striate_file(kernels, "network")
                    .read_attribute<std::string>("/provenance", "started") +
                "\n";
    return made;
}

/// Whether a record is there and of these settings; of a point, if one is given.
bool SweepFolder::holds(const std::string& record, const SweepRun& run, const SweepPoint* point,
                        bool force) const {
    const std::string path = file(record), made = made_of(run);  // first: what the run takes must be there
    if (!fs::exists(path)) return false;
    const Json json = read_json(path);
    const bool is_analyzed = json.contains("compare"), must_be = point != nullptr && !point->tested.empty();
    for (const auto& [key, now] :
         {std::pair{"config", made}, {"tested", must_be && is_analyzed ? point->tested : ""}}) {
        const std::string was = text_of(json, key);
        if (was == as_json_has_it(now) || now.empty()) continue;
        if (!force) refuse(path, was, now);
        fs::remove(path);
        return false;
    }
    return is_analyzed || !must_be;
}

void SweepFolder::check_partial(const SweepRun& run, bool force) const {
    const std::string path = file(run.name + ".h5.partial");
    if (!fs::exists(path)) return;
    const std::string was = sim::io::File::open(path).read<std::string>("/provenance/config").at(0);
    if (was == run.resolved) return;
    if (!force) refuse(path, was, run.resolved);
    fs::remove(path);
}

SweepState SweepFolder::state_of(const SweepPlan& plan, bool force) const {
    SweepState state;
    for (const SweepPoint& point : plan.points)
        state.point_is_done.push_back(holds(point.name + ".json", plan.runs[point.run], &point, force));
    for (const SweepRun& run : plan.runs) {
        const bool is_given = !plan.trained.empty();
        if (!is_given && !is_shared_) check_partial(run, force);
        state.run_is_done.push_back(is_given || (holds(run.name + ".run.json", run, nullptr, force) &&
                                                 fs::exists(file(run.name + ".h5"))));
    }
    return state;
}

void SweepFolder::record_run(const SweepRun& run, const Json& summary) const {
    const Json record = {{"config", made_of(run)}, {"run", summary}};
    sim::io::write_text_file(file(run.name + ".run.json"), json_text(record), sim::io::Existing::replace);
}

void SweepFolder::record_point(const SweepPlan& plan, const SweepPoint& point, const Json& compared) const {
    const SweepRun& run = plan.runs[point.run];
    Json record = {{"point", point.name}};
    for (std::size_t k = 0; k < plan.keys.size(); ++k) record["set"][plan.keys[k]] = point.values[k];
    record["config"] = made_of(run);
    if (plan.trained.empty()) record["run"] = read_json(file(run.name + ".run.json")).at("run");
    if (!compared.is_null()) {
        record["tested"] = point.tested;
        record["compare"] = compared;
    }
    sim::io::write_text_file(file(point.name + ".json"), json_text(record), sim::io::Existing::replace);
}

Numbers SweepFolder::numbers_of(const SweepPoint& point) const {
    const Json record = read_json(file(point.name + ".json"));
    Json all = Json::object();
    for (const char* part : {"run", "compare"})
        if (record.contains(part)) all.update(record[part]);
    return flatten(all);
}

}  // namespace apps
