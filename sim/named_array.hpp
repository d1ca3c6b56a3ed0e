// Numbers with a name and a meaning, on their way to a file: what a component has to say that only it knows.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace sim {

struct NamedArray {
    std::string name, unit, doc;
    std::vector<std::size_t> shape;
    std::vector<double> values;  // row-major

    void state(auto& s) { s(name, unit, doc, shape, values); }
};

}  // namespace sim
