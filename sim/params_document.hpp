// The document behind Params: its YAML, what --set changed in it, and what has been read of it. Of the
// sources of Params only.
#pragma once
#include <filesystem>
#include <map>
#include <set>

#include "sim/inputs.hpp"
#include "sim/params.hpp"
#include "sim/yaml_text.hpp"

namespace sim {

/// "path.key"; `key` alone at the root.
std::string join_path(const std::string& path, const std::string& key);

struct Params::Node {
    YAML::Node yaml;  // undefined for a block the file does not have
};

struct Params::Document {
    std::string name;
    std::filesystem::path folder;  // that relative paths are relative to
    YAML::Node root;
    bool describing = false;
    std::set<std::string> overridden;         // dotted paths that came from --set
    std::map<std::string, int> line_of_copy;  // of maps copied for --set: dotted path -> line of the original
    std::set<std::string> blocks;             // maps that were entered
    std::vector<KeyInfo> keys;                // in order of reading
    std::map<std::string, std::string> value;  // dotted path of a key that was read -> its value as YAML
    std::map<std::string, double>
        number_left_out;               // dotted path of a number that was left out -> its default
    std::set<std::string> told_apart;  // of those, paths whose default differs from neuron to neuron
    std::shared_ptr<Inputs> inputs = std::make_shared<Inputs>();

    /// Reads `text` into the root.  throws ConfigError
    void read(const std::string& text);
    /// Gives one key another value, as "dotted.key=value" says.  throws ConfigError
    void apply(const std::string& override_text);

    /// "v1.yaml:41", "--set"
    std::string place(const YAML::Node& node, const std::string& path) const;
    /// The default of a key that was read, or "".
    std::string default_of(const std::string& path) const;
    void remember(KeyInfo info, const std::string& value_text);
    /// throws ConfigError for a key with a "." in the block at `path`
    void refuse_dotted_keys(const YAML::Node& block, const std::string& path) const;
    /// throws ConfigError for a key of the block at `path`, or below, that nothing has read
    void check_read(const YAML::Node& node, const std::string& path) const;
    std::vector<std::string> known_below(const std::string& path) const;
    std::string resolved() const;
    Assignment assignment(const std::string& path, const YAML::Node& key, const YAML::Node& given) const;

  private:
    /// Keys are text and stand once, blocks are not too deep, and aliases do not expand to too much.
    void check_form(const YAML::Node& node, const std::string& path, std::size_t depth,
                    std::size_t& n_left) const;
    void check_form(const YAML::Node& node, const std::string& path, std::size_t text_size) const;
    /// A copy of `map` with `given` at parts[at], parts[at + 1], ... below it. What is on the way is copied,
    /// so that other aliases of it stay as they are; the rest is shared.
    YAML::Node with(const YAML::Node& map, const std::vector<std::string>& parts, std::size_t at,
                    const YAML::Node& given);
};

/// What a block that speaks of neurons has read so far.
struct Params::PerNeuron {
    struct Values {
        std::vector<double> all;  // one for all neurons or one for each; none where the key is left out
        std::string_view unit;
    };
    std::optional<WhichNeurons> which;
    std::string block;                     // dotted path
    std::map<std::string, Values> values;  // by dotted path
    bool tells_apart = false;
};

bool in_range(double value, Check check);
/// "> 0"; "" where anything goes
const char* range_of(Check check);

/// Quantities as a YAML list.
std::string list_of(const std::vector<double>& values, std::string_view unit);

/// Makes relative paths in the value of `key` absolute; whether there are any.
bool make_absolute(YAML::Node value, const std::string& key, const std::filesystem::path& folder);

}  // namespace sim
