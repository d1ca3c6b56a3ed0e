// sim::Error and its children as exceptions of Python, which also are what Python's own would be.
#include <new>
#include <string>

#include "python/call.hpp"
#include "sim/error.hpp"

namespace python {
namespace {

namespace py = pybind11;

/// Messages are written for the command line: options become arguments.
std::string in_python_words(std::string text) {
    for (const auto& [option, argument] : {std::pair{"--resume", "resume=True"},
                                           {"--force", "force=True"},
                                           {"--set", "set"},
                                           {"--population", "population"},
                                           {"--by", "by"}})
        for (std::size_t at = 0; (at = text.find(option, at)) != std::string::npos;)
            text.replace(at, std::string(option).size(), argument);
    return text;
}

/// A class with two bases: the package's Error, and Python's own.
PyObject* add(py::module_& module, const char* name, const py::object& bases, const char* doc) {
    PyObject* const made =
        PyErr_NewExceptionWithDoc((std::string("striate.") + name).c_str(), doc, bases.ptr(), nullptr);
    if (made == nullptr) throw py::error_already_set();
    module.attr(name) = py::reinterpret_steal<py::object>(made);
    return made;
}

py::tuple with(PyObject* error, PyObject* of_python) {
    return py::make_tuple(py::handle(error), py::handle(of_python));
}

// Held by the module, which is never unloaded.
PyObject *g_error, *g_config, *g_io, *g_numerics, *g_interrupted;

void translate(std::exception_ptr thrown) {
    const auto raise = [](PyObject* type, const std::exception& error) {
        PyErr_SetString(type, in_python_words(error.what()).c_str());
    };
    try {
        std::rethrow_exception(thrown);
    } catch (const sim::ConfigError& error) {
        raise(g_config, error);
    } catch (const sim::IoError& error) {
        raise(g_io, error);
    } catch (const sim::NumericsError& error) {
        raise(g_numerics, error);
    } catch (const sim::Interrupted& error) {
        raise(g_interrupted, error);
    } catch (const sim::Error& error) {
        raise(g_error, error);
    } catch (const std::bad_alloc&) {
        PyErr_SetString(PyExc_MemoryError, "there is not enough memory");
    }
}

}  // namespace

void register_errors(py::module_& module) {
    g_error =
        add(module, "Error", py::reinterpret_borrow<py::object>(PyExc_Exception),
            "Anything that stops Striate. The message is a sentence that says where, what was expected and "
            "what was found.");
    g_config = add(module, "ConfigError", with(g_error, PyExc_ValueError),
                   "A config or an argument is wrong. Also a ValueError.");
    g_io = add(module, "IoError", with(g_error, PyExc_OSError),
               "A file cannot be read or written. Also an OSError.");
    g_numerics = add(
        module, "NumericsError", with(g_error, PyExc_ArithmeticError),
        "The numbers broke: not finite, a solver that made no progress, a network that runs away. Also an "
        "ArithmeticError.");
    g_interrupted =
        add(module, "Interrupted", py::reinterpret_borrow<py::object>(g_error),
            "A callback asked a run to stop. The message says whether resume=True goes on from there.");
    py::register_exception_translator(translate);
}

}  // namespace python
