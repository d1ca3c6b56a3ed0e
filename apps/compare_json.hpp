#pragma once
#include <nlohmann/json.hpp>
#include <span>

#include "apps/compared_run.hpp"

namespace apps {

/// Everything `striate compare` knows of a run; NaN is null. Its numbers are columns of a sweep's table (see
/// `flatten`), so "properties" is a list of things named by their reference: "ks.circular_variance_simple".
nlohmann::ordered_json json_of(const ComparedRun& run);
/// {"runs": [...]} of several, each with its name.
nlohmann::ordered_json json_of(std::span<const ComparedRun> runs);

}  // namespace apps
