// What besides orientation is in order on the sheet: spatial frequency, phase, and the place looked at.
#pragma once
#include <cstddef>
#include <span>

#include "analysis/map.hpp"

namespace analysis {

/// A difference between two neurons of a sheet.
struct Likeness {
    double neighbours;  // mean over neighbours in a row or a column; NaN if there are none
    double by_chance;   // mean over all pairs; NaN likewise
};

/// |log2 (f_i / f_j)| of spatial frequencies [octaves].
///
/// frequency  shape (rows, cols), above 0, in any unit; pairs with a NaN are left out
/// throws     sim::Error if the shape does not agree.  O(N log N)
Likeness frequency_likeness(std::span<const double> frequency, std::size_t rows, std::size_t cols,
                            Boundary boundary);

/// Absolute difference of phases [deg], in [0, 180]; 90 by chance if all are as likely. The phase of a Gabor
/// function is told from its own centre.
///
/// phase      shape (rows, cols) [deg]; pairs with a NaN are left out
/// throws     sim::Error if the shape does not agree.  O(N^2)
Likeness phase_likeness(std::span<const double> phase, std::size_t rows, std::size_t cols, Boundary boundary);

/// How well a neuron's place on the sheet tells where its receptive field is.
struct Retinotopy {
    double row, col;  // Pearson's correlation of the field's row (column) with the neuron's own, in [-1, 1]
    double scatter;   // root mean square distance from the best linear map of the sheet into the frame [px]
};

/// NaN if fewer than 4 neurons have a field or their places lie on one line.
///
/// field_row, field_col   centres, shape (rows, cols) [px]; a neuron with a NaN is left out
/// throws                 sim::Error if the shapes do not agree
Retinotopy retinotopy(std::span<const double> field_row, std::span<const double> field_col, std::size_t rows,
                      std::size_t cols);

}  // namespace analysis
