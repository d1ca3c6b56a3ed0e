// The JSON of a SONATA circuit and simulation: variables of the manifest put in, files that name each other read
// together. Source: the SONATA data format (Dai et al. 2020, PLoS Comput Biol 16:e1007696).
#pragma once
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace sonata {

using Json = nlohmann::ordered_json;

/// What of a circuit cannot be mapped. It is told at once, so that nobody has to find it out piece by piece.
class Problems {
  public:
    /// place: file and key
    void add(const std::string& place, const std::string& what);
    /// throws ConfigError with all of them, if there are any
    void tell(const std::string& config) const;

  private:
    std::vector<std::string> all_;
};

/// Reads a file of JSON. throws IoError, ConfigError "FILE:LINE: ..."
Json read_json(const std::string& path);

/// A value of a config, which knows where it stands. A key that is absent has the value null. What has another form than
/// is asked for is a problem, and reads as though it were absent.
class Block {
  public:
    Block(Json value, std::string file, std::string key, Problems& problems)
        : value_(std::move(value)), file_(std::move(file)), key_(std::move(key)), problems_(&problems) {}

    const Json& json() const { return value_; }
    bool is_there() const { return !value_.is_null(); }
    const std::string& file() const { return file_; }
    Block operator[](const std::string& key) const;
    /// Of a map or list, in their order.
    std::vector<std::pair<std::string, Block>> children() const;

    std::string text(const std::string& otherwise = "") const;
    double number(double otherwise) const;
    /// A list; one number alone is a list of one.
    std::vector<double> numbers() const;
    bool flag(bool otherwise) const;
    /// A path, made absolute: relative ones are relative to the folder of the file.
    std::string path() const;

    void problem(const std::string& what) const;
    /// "must be EXPECTED, got VALUE"
    void wrong(const std::string& expected) const;
    Problems& problems() const { return *problems_; }

  private:
    Json value_;
    std::string file_, key_;  // dotted
    Problems* problems_;
};

class Config {
  public:
    /// A circuit's config, a simulation's, or one that names both. throws IoError, ConfigError
    Config(const std::string& path, Problems& problems);
    /// One of the blocks at the root, whichever file it stands in.
    Block operator[](const std::string& key) const;
    /// All that were read.
    const std::vector<std::string>& files() const { return files_; }

  private:
    void read(const std::string& path, Problems& problems);

    std::map<std::string, Block> blocks_;
    std::vector<std::string> files_;
    Problems* problems_;
};

}  // namespace sonata
