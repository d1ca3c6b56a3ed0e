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

/// Weights of the classes, (n_classes, size + 1), the bias last.
using Weights = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// For each C: w_c and b_c of f_c = w_c . a + b_c, which minimise 1/2 |w_c|^2 + 1/2 b_c^2 + C sum of the loss
/// over `training`, y = 1 for frames of class c and -1 for all others. Each C begins at the solution of the
/// one before, which is quickest if they ascend.
///
/// source   trust-region Newton method of Lin, Weng & Keerthi (2008); Fan et al. (2008), LIBLINEAR
std::vector<Weights> linear_weights(Loss loss, const Samples& training, std::span<const double> C);

/// The class of the greatest f_c of each frame of `tested`, for each C.
std::vector<Found> linear_classes(Loss loss, const Samples& training, const Samples& tested,
                                  std::span<const double> C);

}  // namespace decoding
