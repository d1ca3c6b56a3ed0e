// The folder a sweep works in: what is done, what is left, and how it is known (docs/sweep.md).
//
// Of a run:    NAME.h5, NAME.run.json (its record), NAME.log
// Of a point:  NAME.analysis.h5, NAME.json (its record), NAME.log
// A record says what was computed from which config; it gets its name when all of it is there.
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/sweep_claims.hpp"
#include "apps/sweep_plan.hpp"
#include "apps/sweep_table.hpp"

namespace apps {

/// What is left to do.
struct SweepState {
    std::vector<bool> point_is_done, run_is_done;  // by point, by run
};

class SweepFolder {
  public:
    /// Makes the folder if need be and holds it until the program and all that it started have ended.
    /// is_shared: with others that say so. throws IoError if it cannot be written or another sweep is at work in it
    explicit SweepFolder(std::string dir, bool is_shared = false);

    std::string file(const std::string& name) const { return dir_ + "/" + name; }
    const std::string& path() const { return dir_; }

    /// What is done of a plan. What was computed under other settings than the plan now has is removed if
    /// `force`, else: throws ConfigError
    SweepState state_of(const SweepPlan& plan, bool force) const;

    /// The same of an unfinished run; state_of() does so itself where nobody else may be at work on it.
    void check_partial(const SweepRun& run, bool force) const;

    /// The record of a run from the JSON it printed.
    void record_run(const SweepRun& run, const nlohmann::ordered_json& summary) const;
    /// The record of a point, with that of its run in it; compared: what `striate compare` says, null for
    /// none.
    void record_point(const SweepPlan& plan, const SweepPoint& point,
                      const nlohmann::ordered_json& compared) const;

    /// All numbers of a point that is done.
    Numbers numbers_of(const SweepPoint& point) const;

  private:
    static std::string made_of(const SweepRun& run);
    bool holds(const std::string& record, const SweepRun& run, const SweepPoint* point, bool force) const;

    std::string dir_;
    bool is_shared_;
    std::unique_ptr<Held> lock_;
};

/// A JSON file. throws IoError if it cannot be read.
nlohmann::ordered_json read_json(const std::string& path);

}  // namespace apps
