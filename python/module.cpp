// striate._striate: what the package is made of. Its names are of the package alone; users see python/striate/*.py.
#include "python/bind.hpp"
#include "python/call.hpp"
#include "sim/provenance.hpp"

PYBIND11_MODULE(_striate, module) {
    module.doc() = "The library behind the package striate.";
    module.attr("__version__") = sim::striate_version();
    python::register_errors(module);
    python::bind_export(module);
    python::bind_file(module);
    python::bind_run(module);
    python::bind_trained(module);
    python::bind_sparse_encode(module);
    python::bind_network(module);
}
