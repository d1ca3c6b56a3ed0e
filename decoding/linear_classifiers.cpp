#include "decoding/linear_classifiers.hpp"

#include <linear.h>

#include <utility>

#include "decoding/sparse_rows.hpp"
#include "sim/parallel.hpp"

namespace decoding {
namespace {

void say_nothing(const char*) {}

/// Weights of one class against all others, the bias last.
std::vector<double> solve(const Samples& training, const SparseRows<feature_node>& rows, std::int32_t of,
                          Loss loss, double C, std::vector<double> start) {
    std::vector<double> y;
    for (const std::int32_t label : training.label) y.push_back(label == of ? 1.0 : -1.0);
    std::vector<feature_node*> x = rows.rows();
    const problem all{static_cast<int>(training.n()), static_cast<int>(training.size() + 1), y.data(),
                      x.data(), 1.0};
    parameter how{};
    how.solver_type = loss == Loss::logistic ? L2R_LR : L2R_L2LOSS_SVC;
    how.eps = 0.01;
    how.C = C;
    how.init_sol = start.data();
    model* solved = train(&all, &how);
    // liblinear's weights are for the class of the first row
    const double sign = solved->label[0] == 1 ? 1.0 : -1.0;
    std::vector<double> w(solved->w, solved->w + training.size() + 1);
    for (double& weight : w) weight *= sign;
    free_and_destroy_model(&solved);
    return w;
}

Found greatest(const Samples& tested, const Weights& w) {
    const auto size = tested.a.cols();
    const Eigen::MatrixXf f = (tested.a * w.leftCols(size).cast<float>().transpose()).rowwise() +
                              w.col(size).cast<float>().transpose();
    Found found(tested.n());
    for (std::size_t i = 0; i < found.size(); ++i) f.row(static_cast<Eigen::Index>(i)).maxCoeff(&found[i]);
    return found;
}

}  // namespace

std::vector<Weights> linear_weights(Loss loss, const Samples& training, std::span<const double> C) {
    set_print_string_function(say_nothing);
    const SparseRows<feature_node> rows(training, true);
    const std::size_t n_weights = training.size() + 1;
    std::vector<Weights> w(C.size(), Weights(training.n_classes, n_weights));
    sim::parallel_for(std::size_t{0}, training.n_classes, [&](std::size_t c) {
        std::vector<double> solution(n_weights, 0.0);
        for (std::size_t k = 0; k < C.size(); ++k) {
            solution = solve(training, rows, static_cast<std::int32_t>(c), loss, C[k], std::move(solution));
            w[k].row(static_cast<Eigen::Index>(c)) =
                Eigen::Map<const Eigen::RowVectorXd>(solution.data(), static_cast<Eigen::Index>(n_weights));
        }
    });
    return w;
}

std::vector<Found> linear_classes(Loss loss, const Samples& training, const Samples& tested,
                                  std::span<const double> C) {
    std::vector<Found> found;
    for (const Weights& w : linear_weights(loss, training, C)) found.push_back(greatest(tested, w));
    return found;
}

}  // namespace decoding
