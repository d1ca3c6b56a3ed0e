// The subjects of the module, a file each.
#pragma once
#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "sim/installed_configs.hpp"
#include "sim/params.hpp"

namespace python {

void bind_export(pybind11::module_& module);
void bind_file(pybind11::module_& module);
void bind_run(pybind11::module_& module);
void bind_trained(pybind11::module_& module);
void bind_sparse_encode(pybind11::module_& module);
void bind_network(pybind11::module_& module);

/// A config as the package hands it over: the path of a file, or text.
struct Config {
    std::string path, text;  // one of them is empty
    std::vector<std::string> overrides;

    sim::Params read() const {
        return path.empty() ? sim::Params::parse(text, name(), overrides)
                            : sim::Params::load(sim::find_config(path, {}), overrides);
    }
    std::string name() const { return path.empty() ? "(dict)" : path; }
};

}  // namespace python
