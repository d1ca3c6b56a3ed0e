#include "sim/error.hpp"

#include <fmt/format.h>

namespace sim {

NumericsError::NumericsError(const std::string& model, std::size_t neuron, Time t, const std::string& what)
    : Error(fmt::format("{}: neuron {} at t = {:.9g} ms: {}", model, neuron, t, what)) {}

}  // namespace sim
