#include "apps/json_text.hpp"

#include <nlohmann/json.hpp>

namespace apps {
namespace {

template <class Json>
std::string text_of(const Json& json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string json_text(const nlohmann::ordered_json& json) { return text_of(json, 2) + '\n'; }
std::string json_text(const nlohmann::json& json) { return text_of(json, 2) + '\n'; }

std::string as_json_has_it(const std::string& text) {
    return nlohmann::json::parse(text_of(nlohmann::json(text), -1)).get<std::string>();
}

}  // namespace apps
