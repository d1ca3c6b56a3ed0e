// Sparse codes of a matrix under a dictionary.
#include "python/arrays.hpp"
#include "python/bind.hpp"
#include "python/call.hpp"
#include "sim/sparse_encode.hpp"

namespace python {
namespace {

using Matrix = py::array_t<double, py::array::c_style>;

Matrix matrix(const py::object& given, const char* what) {
    Matrix numbers_of = numbers<double>(given, what);
    if (numbers_of.ndim() != 2)
        throw sim::ConfigError(fmt::format("{}: must have two dimensions, got shape ({})", what,
                                           fmt::join(shape_of(numbers_of), ", ")));
    return numbers_of;
}

/// Rows of an array are columns of what the library takes: nothing is copied.
Eigen::Map<const Eigen::MatrixXd> columns(const Matrix& rows) {
    return {rows.data(), rows.shape(1), rows.shape(0)};
}

py::tuple sparse_encode(const py::object& X, const py::object& dictionary, double lambda,
                        const std::string& method, bool nonnegative, double tolerance, double T,
                        std::size_t threads) {
    const Matrix samples = matrix(X, "X"), atoms = matrix(dictionary, "dictionary");
    auto codes = call<sim::SparseCodes>(threads, [&] {
        return sim::sparse_encode(columns(samples), columns(atoms),
                                  {method, lambda, nonnegative, tolerance, T});
    });
    Matrix a({samples.shape(0), atoms.shape(0)});
    std::copy(codes.a.data(), codes.a.data() + codes.a.size(), a.mutable_data());
    return py::make_tuple(a, handed_over(std::move(codes.spikes)));
}

}  // namespace

void bind_sparse_encode(py::module_& module) { module.def("sparse_encode", &sparse_encode); }

}  // namespace python
