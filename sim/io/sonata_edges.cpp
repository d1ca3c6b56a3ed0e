#include "sim/io/sonata_edges.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace sim::io {

SonataEdges::SonataEdges(const File& file, const std::string& name, const std::string& types)
    : file_(file),
      name_(name),
      population_(std::filesystem::path(name).parent_path().filename().string()),
      n_(file.shape(name + "source_node_id").at(0)),
      group_(ids_if_there("edge_group_id")),
      index_(ids_if_there("edge_group_index")) {
    if (types.empty()) return;
    types_.emplace(types, "edge_type_id");
    type_ = ids("edge_type_id");
}

void SonataEdges::fail(const std::string& name, const std::string& what) const {
    throw IoError(fmt::format("{}: {}{}: {}", file_.path(), name_, name, what));
}

std::vector<std::uint64_t> SonataEdges::ids(const char* dataset) const {
    return file_.read<std::uint64_t>(name_ + dataset, {n_});
}

std::vector<std::uint64_t> SonataEdges::ids_if_there(const char* dataset) const {
    return file_.exists(name_ + dataset) ? ids(dataset) : std::vector<std::uint64_t>{};
}

std::vector<double> SonataEdges::numbers(const std::string& name, std::optional<double> otherwise) const {
    std::map<std::uint64_t, std::vector<double>> of_group;
    std::map<std::uint64_t, double> of_type;
    std::vector<double> all(n_);
    for (std::size_t k = 0; k < n_; ++k) {
        const std::uint64_t group = group_.empty() ? 0 : group_[k];
        auto found = of_group.find(group);
        if (found == of_group.end()) found = of_group.emplace(group, column(group, name)).first;
        all[k] = found->second.empty() ? number_of_type(k, name, otherwise, of_type)
                                       : found->second[place(k, found->second.size())];
    }
    return all;
}

/// Empty where a group does not say it.
std::vector<double> SonataEdges::column(std::uint64_t group, const std::string& name) const {
    const std::string dataset = fmt::format("{}/{}", group, name);
    if (!file_.exists(name_ + std::to_string(group)) || !file_.exists(name_ + dataset)) return {};
    auto values = file_.read<double>(name_ + dataset, {kAny});
    if (index_.empty() && values.size() != n_)
        fail(dataset, fmt::format("must have shape ({}), has ({})", n_, values.size()));
    if (values.empty()) fail(dataset, "must have an entry for each edge of the group");
    return values;
}

/// Where an edge stands in its group, which has n entries.
std::size_t SonataEdges::place(std::size_t edge, std::size_t n) const {
    if (index_.empty()) return edge;
    if (index_[edge] >= n)
        fail("edge_group_index", fmt::format("entry {} must be below {}, is {}", edge, n, index_[edge]));
    return index_[edge];
}

double SonataEdges::number_of_type(std::size_t edge, const std::string& name, std::optional<double> otherwise,
                                   std::map<std::uint64_t, double>& of_type) const {
    if (types_) {
        const auto known = of_type.find(type_[edge]);
        if (known != of_type.end()) return known->second;
        if (const auto said = types_->number(population_, type_[edge], name))
            return of_type.emplace(type_[edge], *said).first->second;
    }
    if (otherwise) return *otherwise;
    fail(fmt::format("{}/{}", group_.empty() ? 0 : group_[edge], name),
         types_ ? fmt::format("must be there, or a column of {}", types_->path()) : "must be there");
}

}  // namespace sim::io
