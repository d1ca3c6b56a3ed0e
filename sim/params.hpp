// Checked parameters: the only door from YAML to the simulator. Every key is read once, with its unit,
// default, range and meaning stated where it is read; a key that nothing read is an error. The same calls
// make the resolved config of a run and the reference of `striate models`.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim {

class Inputs;

/// Range a number must lie in.
enum class Check { any, positive, non_negative, unit_interval };

/// What one key of a config means; `striate models`, `striate schema` and docs/config.md are made of these.
struct KeyInfo {
    std::string key;   // dotted path, "population.slca.q"
    std::string type;  // "quantity", "integer", "flag", "text", "file", "choice", "list" (of texts, or of
                       // `unit`), "files"
    std::string unit;  // "ms", "1", ...; empty for what is no number
    std::string default_value;         // as YAML; empty for a required key
    std::string range;                 // "> 0"; empty where anything goes
    std::vector<std::string> choices;  // of a choice
    std::string doc;                   // one line
    bool per_neuron = false;           // a quantity that may differ from neuron to neuron
};

/// Neurons first to first + n - 1 of the n_all of a population, and what their chance is drawn from.
struct WhichNeurons {
    std::uint64_t seed;        // of the run
    std::uint32_t population;  // its number
    std::size_t first, n, n_all;
};

/// What one document gives to a key of another: a sweep to its config.
struct Assignment {
    std::string key, value;  // dotted; YAML on one line
    std::string place;       // "sweep.yaml:7"
    std::string absolute{};  // the value with its relative paths made absolute; empty if it has none

    /// As `Params::Overrides` and `--set` have it.
    std::string as_override() const { return key + "=" + (absolute.empty() ? value : absolute); }
};

/// One block (map) of a configuration.
/// All readers throw ConfigError "file:line: dotted.key: must be ..., got ..." on a value of wrong type, unit
/// or range.
class Params {
  public:
    using Overrides = std::vector<std::string>;  // "dotted.key=value", as `--set` takes them

    /// Parses a file, which joins `inputs`; relative paths in it are relative to its folder, those of
    /// `overrides` to the current one. throws IoError if it cannot be read, ConfigError if it is no YAML map.
    static Params load(const std::string& path, const Overrides& overrides = {});
    /// Parses text; `name` stands for the file in messages, relative paths are relative to the current
    /// folder.
    static Params parse(const std::string& text, const std::string& name, const Overrides& overrides = {});
    /// An empty block whose required keys read as placeholders: lists the keys a component reads.
    static Params describing(const std::string& path);

    double number(const std::string& key, std::string_view unit, std::optional<double> default_value,
                  Check check, const std::string& doc) const;
    std::int64_t integer(const std::string& key, std::optional<std::int64_t> default_value, Check check,
                         const std::string& doc) const;
    /// As `integer`, for a count: >= 1.
    std::size_t count(const std::string& key, std::optional<std::size_t> default_value,
                      const std::string& doc) const;
    bool flag(const std::string& key, bool default_value, const std::string& doc) const;
    std::string text(const std::string& key, std::optional<std::string> default_value,
                     const std::string& doc) const;
    std::string choice(const std::string& key, const std::vector<std::string>& choices,
                       const std::string& default_value, const std::string& doc) const;
    /// The path of a file or folder, made absolute: a relative one is relative to the folder of the config.
    /// A regular file joins `inputs`. `key` is one of those that `names_a_path` knows.
    std::string file(const std::string& key, std::optional<std::string> default_value,
                     const std::string& doc) const;
    /// As `file`, a list of them; one alone is a list of one.
    std::vector<std::string> files(const std::string& key, const std::string& doc,
                                   const std::vector<std::string>& default_value = {}) const;
    /// A list; one text alone is a list of one.
    std::vector<std::string> texts(const std::string& key, const std::string& doc,
                                   const std::vector<std::string>& default_value = {}) const;
    /// A list of quantities in one unit, each in its range, "[1 ms, 2.5 ms]"; empty when absent.
    std::vector<double> numbers(const std::string& key, std::string_view unit, Check check,
                                const std::string& doc) const;

    /// A list of "dotted.key=value", as `--set` takes them, relative paths in it made absolute.
    Overrides overrides(const std::string& key, const std::string& doc) const;
    /// A map from keys of another document to lists of values (one value alone is a list of one): for each
    /// key, what each of its values assigns. Empty when absent; no list in it is.
    std::vector<std::vector<Assignment>> choices_of_keys(const std::string& key,
                                                         const std::string& doc) const;
    /// A list of maps from keys of another document to values: for each map, what it assigns. Empty when
    /// absent; no map in it is.
    std::vector<std::vector<Assignment>> assignments(const std::string& key, const std::string& doc) const;

    /// The block under `key`; an absent one is empty, so that its defaults apply.
    Params block(const std::string& key) const;
    /// This block, as one that speaks of neurons: `number` then takes, besides one quantity for all of them, a
    /// list of one each, a law that each is drawn from, or a dataset (docs/circuits.md), and gives that of one
    /// neuron, the first. Where it is still open which neurons there are, a list or dataset may have any
    /// length, and the mean stands for what a law would give.
    Params of_neurons(const std::optional<WhichNeurons>& which) const;
    /// Such a block, as neuron `first` + k sees it.
    Params of_neuron(std::size_t k) const;
    /// Whether any number read from such a block is not the same for all.
    bool tells_neurons_apart() const;
    bool has(const std::string& key) const;
    /// Keys of this block, in the order of the file, for a block whose keys are names of the user's choice;
    /// each must be read. "NAME" stands for them when keys are only listed.
    std::vector<std::string> names() const;
    /// Whether keys are only listed (`describing`), and nothing should be made of them.
    bool is_describing() const;

    /// throws ConfigError at `key`: "must be EXPECTED, got FOUND"; FOUND defaults to the text in the file.
    [[noreturn]] void fail(const std::string& key, const std::string& expected,
                           const std::string& found = "") const;

    /// throws ConfigError at this block itself.
    [[noreturn]] void fail_here(const std::string& expected, const std::string& found) const;

    /// throws ConfigError for the first key of the whole document that nothing has read, naming the nearest
    /// known key.
    void check_all_read() const;
    /// The whole document as read, defaults filled in, as YAML that `parse` takes.
    std::string resolved() const;
    /// The files read so far because this document names them, itself the first. Readers of folders add what
    /// they read; the set lives on with them.
    std::shared_ptr<Inputs> inputs() const;
    /// Every key read so far in the whole document, in order of reading.
    const std::vector<KeyInfo>& keys() const;

  private:
    struct Document;
    struct Node;
    struct PerNeuron;
    static Params made(std::shared_ptr<Document> document, const std::string& text, const std::string& name,
                       const Overrides& overrides);
    std::string absolute(const std::string& key, const std::string& path) const;
    double one_number(const std::string& key, std::string_view unit, std::optional<double> default_value,
                      Check check, const std::string& doc) const;
    void remember_number(const std::string& key, std::string_view unit, std::optional<double> default_value,
                         Check check, const std::string& doc, bool per_neuron, const std::string& text) const;
    std::vector<double> listed(const std::string& key, std::string_view unit, Check check,
                               bool per_neuron) const;
    double number_of_neuron(const std::string& key, std::string_view unit,
                            std::optional<double> default_value, Check check, const std::string& doc) const;
    std::vector<double> numbers_of_neurons(const std::string& key, std::string_view unit,
                                           std::optional<double> default_value, Check check,
                                           const std::string& doc) const;
    std::string found_at(const std::string& key) const;
    Params(std::shared_ptr<Document> document, std::shared_ptr<Node> node, std::string path);

    std::shared_ptr<Document> document_;
    std::shared_ptr<Node> node_;
    std::string path_;                    // dotted, "" at the root
    std::shared_ptr<PerNeuron> neurons_;  // of a block that speaks of neurons
    std::size_t neuron_ = 0;              // which, from the first
};

/// The known name nearest to `name` (edit distance), or "" when none is near.
std::string nearest_name(const std::string& name, const std::vector<std::string>& known);

}  // namespace sim
