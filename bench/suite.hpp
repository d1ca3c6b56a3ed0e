// What `striate bench` measures. Every figure of speed is given beside the floor: the time to add one column
// of Q, picked at random, to a vector, measured in the same run, so that figures of two machines, or of two
// days on one, can be compared. Beside the cost of a spike stands the floor of the train itself: the columns that
// fired, in their order.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "sim/io/output.hpp"

namespace bench {

/// One figure. Lower is better unless said otherwise.
struct Figure {
    std::string name;  // "spike/dense 512"
    double value;
    std::string unit;      // "ns", "us", "x", "%", "MB"
    double floor;          // what it is compared with, in the same unit; 0: nothing
    std::string note;      // "42.7 spikes", the setting that was fastest; may be empty
    bool is_speed = true;  // compared by --compare
};

struct Section {
    std::string title;
    std::vector<Figure> figures;
};

/// Runs the sections whose name is in `wanted` (all if it is empty), handing out each when it is done.
/// Names: those of section_names().
void run_suite(const std::vector<std::string>& wanted, const std::function<void(const Section&)>& on_done);

std::vector<std::string> section_names();

/// Writes the problem of the section `solvers`, for solvers in other languages (HDF5).
void export_problem(const sim::io::Output& output);

}  // namespace bench
