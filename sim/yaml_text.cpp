#include "sim/yaml_text.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <cstdint>
#include <sstream>

namespace sim {
namespace {

/// Bytes of the UTF-8 character at the start of `text`; 0 if there is none (RFC 3629: no overlong form, no
/// surrogate, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t n = first >= 0xC2 && first < 0xE0 ? 2
                          : (first & 0xF0) == 0xE0      ? 3
                          : first < 0xF5                ? 4
                                                        : 0;
    if (first < 0xC2 || n == 0 || text.size() < n) return 0;
    for (std::size_t k = 1; k < n; ++k)
        if ((byte(k) & 0xC0) != 0x80) return 0;
    const bool is_bad = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) >= 0xA0) ||
                        (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90);
    return is_bad ? 0 : n;
}

void check_utf8(const std::string& text) {
    int line = 1;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t n = utf8_length(std::string_view(text).substr(at));
        if (n == 0)
            throw BadYaml(line, fmt::format("must be UTF-8 text, got the byte {:#04x}; save it as UTF-8",
                                            static_cast<unsigned char>(text[at])));
        if (text[at] == '\n') ++line;
        at += n;
    }
}

/// Notes where documents start; YAML::Load reads the first and says nothing of others.
class Documents final : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override { lines.push_back(mark.line + 1); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

    std::vector<int> lines;
};

void check_one_document(const std::string& text) {
    std::istringstream in(text);
    YAML::Parser parser(in);
    Documents documents;
    while (parser.HandleNextDocument(documents))
        if (documents.lines.size() > 1)
            throw BadYaml(documents.lines[1],
                          "must be one YAML document, got a second one here (after \"---\")");
}

}  // namespace

YAML::Node read_yaml(const std::string& text) try {
    check_utf8(text);
    check_one_document(text);
    return YAML::Load(text);
} catch (const YAML::Exception& error) {
    throw BadYaml(error.mark.line + 1, "must be YAML: " + error.msg);
}

std::string comment_in(const std::string& text) {
    const auto meaning = [](const std::string& yaml) { return YAML::Dump(YAML::Load(yaml)); };
    for (std::size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at + 1)) {
        if (at > 0 && std::string_view(" \t\n").find(text[at - 1]) == std::string_view::npos) continue;
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string comment = text.substr(at, end - at);
        try {
            if (meaning(text) == meaning(text.substr(0, at) + text.substr(end))) return comment;
        } catch (const YAML::Exception&) {  // "#" stands in quotes
        }
    }
    return "";
}

std::string in_quotes(const std::string& text) {
    YAML::Emitter out;
    out << YAML::DoubleQuoted << text;
    return out.c_str();
}

std::string flow_style(const YAML::Node& value) {
    YAML::Emitter out;
    out.SetSeqFormat(YAML::Flow);
    out.SetMapFormat(YAML::Flow);
    out.SetStringFormat(YAML::DoubleQuoted);
    out << value;
    return out.c_str();
}

std::optional<std::string> on_one_line(const YAML::Node& value) {
    if (value.IsMap()) return std::nullopt;
    if (value.IsScalar() && value.Tag() != "!") return value.Scalar();  // "!": stands in quotes
    return flow_style(value);
}

std::string describe(const YAML::Node& node) {
    if (node.IsScalar()) return "\"" + node.Scalar() + "\"";
    if (node.IsMap()) return "a map";
    if (node.IsSequence()) return "a list";
    return "nothing";
}

}  // namespace sim
