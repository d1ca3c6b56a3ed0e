// Linear classifiers, one against the rest of the classes, by liblinear.
#pragma once
#include <span>
#include <vector>

#include "decoding/samples.hpp"

namespace decoding {

enum class Loss {
    logistic,      // log(1 + exp(-y f))
    squared_hinge  // max(0, 1 - y f)^2, of the linear SVM
};

/// Fraction of `tested` whose class is that of the greatest f_c = w_c . a + b_c, for each C; w_c and b_c
/// minimise 1/2 |w_c|^2 + 1/2 b_c^2 + C sum of the loss over `training`, y = 1 for frames of class c and -1
/// for all others. C must ascend: each problem is begun at the solution of the last.
///
/// source   trust-region Newton method of Lin, Weng & Keerthi (2008); Fan et al. (2008), LIBLINEAR
std::vector<double> linear_accuracies(Loss loss, const Samples& training, const Samples& tested,
                                      std::span<const double> C);

}  // namespace decoding
