// Which kind of neurons a model of NEST is here, and how its parameters are called.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sonata/config.hpp"

namespace sonata {

/// Of each node, by the name of the parameter in NEST; NaN where nothing says it. Item k of a list is "NAME.k".
using Values = std::map<std::string, std::vector<double>>;

/// Of each node, the receptor that synapses of either sign reach, counted from 1; 0 where there are none.
struct Receptors {
    std::vector<std::size_t> ex, in;
};

/// A parameter of a model: its name in NEST, its key and unit here (the unit is NEST's too), and NEST's default; that of
/// a NaN is E_L. Without a key it is of use to `convert` alone.
struct Parameter {
    std::string nest, key, unit;
    double otherwise;
};

struct NestModel {
    std::string kind;
    std::vector<Parameter> parameters;
    std::vector<std::string> ignored{};  // what an exact solver has no use for
    /// What parameters mean together; may be empty.
    void (*convert)(Values&, const Receptors&) = nullptr;
    /// Parameters of NEST of what a file of other words says; may be empty.
    Json (*translate)(const Json&) = nullptr;

    const Parameter* find(const std::string& nest) const;
    bool ignores(const std::string& nest) const;
    /// Whether its synapses reach receptors that have time constants of their own.
    bool has_receptors() const { return convert != nullptr; }
};

/// By the name in NEST: "iaf_psc_alpha".
const std::map<std::string, NestModel>& nest_models();

}  // namespace sonata
