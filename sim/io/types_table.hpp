// Types of nodes and edges of a SONATA circuit: a table of text, a row for each type. Source: the SONATA data format
// (Dai et al. 2020, PLoS Comput Biol 16:e1007696), section CSV.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sim::io {

class TypesTable {
  public:
    /// id: name of the column with the numbers of the types. throws IoError "FILE:LINE: ..."
    TypesTable(std::string path, const std::string& id);

    const std::string& path() const { return path_; }
    /// Whether a column has an entry for any type, one that is not NULL.
    bool has(const std::string& column) const;
    /// Entry of a type of a population; "" where there is none, or NULL. throws IoError for a type that is not there
    std::string text(const std::string& population, std::uint64_t type, const std::string& column) const;
    /// As `text`, a number. throws IoError where it is none
    std::optional<double> number(const std::string& population, std::uint64_t type,
                                 const std::string& column) const;
    /// Where the type stands: "FILE:LINE".
    std::string place(const std::string& population, std::uint64_t type) const;

  private:
    struct Row {
        std::size_t line;
        std::vector<std::string> entries;
    };
    void add(std::size_t line, std::vector<std::string> entries, const std::string& id);
    const Row& row(const std::string& population, std::uint64_t type) const;
    [[noreturn]] void fail(std::size_t line, const std::string& what) const;

    std::string path_;
    std::vector<std::string> columns_;
    std::map<std::pair<std::string, std::uint64_t>, Row> rows_;  // a population of "" stands for every one
};

}  // namespace sim::io
