// The edges of a population of a SONATA circuit. Source: the SONATA data format (Dai et al. 2020, PLoS Comput Biol
// 16:e1007696), section edges.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"
#include "sim/io/types_table.hpp"

namespace sim::io {

class SonataEdges {
  public:
    /// name: "/edges/NAME/". types: path of the table of their types, or "". The file has to outlive this.
    SonataEdges(const File& file, const std::string& name, const std::string& types);

    /// One of the datasets with an entry an edge, "source_node_id".
    std::vector<std::uint64_t> ids(const char* dataset) const;
    /// A number of each edge: as its group says at the place of the edge or, where the group does not, as its type
    /// does. throws IoError where neither says it, unless `otherwise` does
    std::vector<double> numbers(const std::string& name, std::optional<double> otherwise) const;
    /// Type of each edge; empty without a table.
    const std::vector<std::uint64_t>& types() const { return type_; }
    const std::optional<TypesTable>& table() const { return types_; }

  private:
    std::vector<std::uint64_t> ids_if_there(const char* dataset) const;
    std::vector<double> column(std::uint64_t group, const std::string& name) const;
    std::size_t place(std::size_t edge, std::size_t n) const;
    double number_of_type(std::size_t edge, const std::string& name, std::optional<double> otherwise,
                          std::map<std::uint64_t, double>& of_type) const;
    [[noreturn]] void fail(const std::string& name, const std::string& what) const;

    const File& file_;
    std::string name_, population_;
    std::size_t n_;
    std::vector<std::uint64_t> group_, index_, type_;
    std::optional<TypesTable> types_;
};

}  // namespace sim::io
