// JSON as every command writes it.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace apps {

/// Indented, with a line end. Bytes that are no UTF-8, as names of files may have, become U+FFFD.
std::string json_text(const nlohmann::ordered_json& json);
std::string json_text(const nlohmann::json& json);

/// A text as JSON gives it back.
std::string as_json_has_it(const std::string& text);

}  // namespace apps
