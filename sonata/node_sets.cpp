#include "sonata/node_sets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sonata {
namespace {

std::string as_text(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>() ? "1" : "0";  // as HDF5 has it
    return value.is_number() ? fmt::format("{}", value.get<double>()) : "";
}

}  // namespace

NodeSets::Marks NodeSets::nobody() const {
    Marks marks;
    for (const Nodes& one : *populations_) marks.emplace_back(one.size(), char{0});
    return marks;
}

/// Those whose attributes are among what each rule says.
void NodeSets::add_matching(const Block& rules, Marks& marks) const {
    for (std::size_t p = 0; p < populations_->size(); ++p) {
        const Nodes& nodes = (*populations_)[p];
        std::vector<char> are_in(nodes.size(), char{1});
        for (const auto& [attribute, rule] : rules.children()) {
            std::set<std::string> values;
            const Json all = rule.json().is_array() ? rule.json() : Json::array({rule.json()});
            for (const Json& one : all) values.insert(as_text(one));
            const auto found = nodes.texts(attribute);
            for (std::size_t k = 0; k < nodes.size(); ++k)
                if (!values.contains(found[k])) are_in[k] = 0;
        }
        for (std::size_t k = 0; k < nodes.size(); ++k) marks[p][k] |= are_in[k];
    }
}

void NodeSets::add_named(const Block& from, const std::string& name, const std::set<std::string>& names,
                         Marks& marks) const {
    const Block defined = definitions_[name];
    const auto population = std::ranges::find(*populations_, name, &Nodes::name);
    if (names.contains(name)) {
        from.problem(fmt::format("\"{}\" is a union of itself", name));
    } else if (defined.is_there()) {
        auto inner = names;
        inner.insert(name);
        add(defined, inner, marks);
    } else if (population != populations_->end()) {
        std::ranges::fill(marks[static_cast<std::size_t>(population - populations_->begin())], char{1});
    } else if (name == "all") {
        for (auto& one : marks) std::ranges::fill(one, char{1});
    } else {
        from.problem(fmt::format(
            "must be a node set of {}, got \"{}\"",
            definitions_.is_there() ? definitions_.file() : "node_sets_file, which is not there", name));
    }
}

/// names: of the sets that this one is part of
void NodeSets::add(const Block& set, std::set<std::string> names, Marks& marks) const {
    if (set.json().is_object())
        add_matching(set, marks);
    else if (set.json().is_string())
        add_named(set, set.text(), names, marks);
    else if (set.json().is_array())
        for (const auto& [number, one] : set.children()) add_named(set, one.text(), names, marks);
    else
        set.wrong("the name of a node set, a list of names or a block of attributes");
}

std::vector<std::vector<std::uint32_t>> NodeSets::members(const Block& key) const {
    Marks marks = nobody();
    add(key, {}, marks);
    std::vector<std::vector<std::uint32_t>> all;
    for (const auto& of_population : marks) {
        all.emplace_back();
        for (std::uint32_t k = 0; k < of_population.size(); ++k)
            if (of_population[k] != 0) all.back().push_back(k);
    }
    return all;
}

}  // namespace sonata
