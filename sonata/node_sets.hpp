// Sets of nodes, by their attributes or as the union of other sets. Source: the SONATA data format (Dai et al. 2020),
// section node sets.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "sonata/nodes.hpp"

namespace sonata {

class NodeSets {
  public:
    NodeSets(Block definitions, const std::vector<Nodes>& populations)
        : definitions_(std::move(definitions)), populations_(&populations) {}

    /// The nodes of each population, in order of its ids, that a key means: by a name ("all" are all, the name of a
    /// population all of its), or as a block of attributes. What is no set is a problem.
    std::vector<std::vector<std::uint32_t>> members(const Block& key) const;

  private:
    using Marks = std::vector<std::vector<char>>;  // [population][node]
    Marks nobody() const;
    void add(const Block& set, std::set<std::string> names, Marks& marks) const;
    void add_named(const Block& from, const std::string& name, const std::set<std::string>& names,
                   Marks& marks) const;
    void add_matching(const Block& rules, Marks& marks) const;

    Block definitions_;
    const std::vector<Nodes>* populations_;
};

}  // namespace sonata
