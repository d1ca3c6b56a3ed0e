// What a sweep file asks for: which runs, and which tests of each (docs/sweep.md).
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "sim/params.hpp"

namespace apps {

/// A network to train, or a circuit to run.
struct SweepRun {
    std::string name;                    // of its files
    std::string config;                  // path; "" where a trained network is given
    sim::Params::Overrides overrides;    // of the config
    std::string resolved;                // the config with them and all defaults in
    std::vector<std::string> kernels{};  // paths of the runs whose kernels its populations take
};

/// A row of the table: a run or, where runs are analysed, one test of it.
struct SweepPoint {
    std::string name;                  // of its files
    std::size_t run;                   // which of the runs
    std::vector<std::string> values;   // by key, as the sweep file has them; "" for a key it does not set
    sim::Params::Overrides overrides;  // of the test
    std::string tested;                // the config of the test, all defaults in; "" where there is none
};

struct SweepPlan {
    std::string trained;     // path of the trained network; "" where there are configs
    bool is_analyzed;        // whether the points are tests
    std::string population;  // that is tested; "" for the only one that can be
    std::string score;       // column of the table; "" for none
    bool score_is_asked_for, maximise;

    std::vector<std::string> keys;  // swept, "config" first if there are several; those of the test alone are
                                    // called "test.KEY"
    std::vector<SweepRun> runs;     // one where a trained network is given
    std::vector<SweepPoint> points;

    sim::Params file;  // the sweep file, for messages about it

    /// throws ConfigError at the file's `score`: no such column
    [[noreturn]] void refuse_score(const std::vector<std::string>& columns) const;
};

/// Reads a sweep file and checks the config of every point, so that nothing fails after hours which could
/// have failed at once.
/// overrides: of all points, after the file's own `set`; of the command line, as messages have it
///
/// throws IoError if a file cannot be read; ConfigError "sweep.yaml:7: populations.v1.lambda: must be ..." for
/// what is wrong in it
SweepPlan read_plan(const std::string& path, const sim::Params::Overrides& overrides = {});

}  // namespace apps
