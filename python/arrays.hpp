// Arrays on their way in and out.
#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pybind11/numpy.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/error.hpp"

namespace python {

namespace py = pybind11;

/// A vector becomes an array of this shape, which keeps it: nothing is copied.
template <class T>
py::array_t<T> handed_over(std::vector<T> values, std::vector<py::ssize_t> shape) {
    auto kept = std::make_unique<std::vector<T>>(std::move(values));
    const T* const data = kept->data();
    const py::capsule owner(kept.release(), [](void* p) { delete static_cast<std::vector<T>*>(p); });
    return py::array_t<T>(std::move(shape), data, owner);
}
template <class T>
py::array_t<T> handed_over(std::vector<T> values) {
    const auto n = static_cast<py::ssize_t>(values.size());
    return handed_over(std::move(values), {n});
}

/// Numbers of any real type and order as C-ordered T, copied only where they are not that already.
/// what: of the argument, for messages. throws ConfigError if they are no real numbers
template <class T>
py::array_t<T, py::array::c_style> numbers(const py::object& given, const std::string& what) {
    const py::array found = py::array::ensure(given);
    if (!found || !(found.dtype().kind() == 'f' || found.dtype().kind() == 'i' ||
                    found.dtype().kind() == 'u' || found.dtype().kind() == 'b')) {
        PyErr_Clear();
        throw sim::ConfigError(fmt::format("{}: must be an array of real numbers, got {}", what,
                                           found ? py::str(found.dtype()).cast<std::string>()
                                                 : py::str(py::type::of(given)).cast<std::string>()));
    }
    auto converted = py::array_t<T, py::array::c_style | py::array::forcecast>::ensure(found);
    if (!converted) throw py::error_already_set();
    return py::reinterpret_steal<py::array_t<T, py::array::c_style>>(converted.release());
}

inline std::vector<py::ssize_t> shape_of(const py::array& array) {
    return {array.shape(), array.shape() + array.ndim()};
}

/// throws ConfigError unless all are finite
template <class T>
void check_finite(const py::array_t<T, py::array::c_style>& array, const std::string& what) {
    for (py::ssize_t k = 0; k < array.size(); ++k)
        if (!std::isfinite(array.data()[k]))
            throw sim::ConfigError(fmt::format("{}: must be finite, value {} of shape ({}) is {}", what, k,
                                               fmt::join(shape_of(array), ", "), array.data()[k]));
}

}  // namespace python
