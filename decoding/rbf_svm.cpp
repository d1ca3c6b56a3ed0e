#include "decoding/rbf_svm.hpp"

#include <libsvm/svm.h>

#include <algorithm>
#include <utility>

#include "decoding/distances.hpp"
#include "decoding/sparse_rows.hpp"
#include "sim/parallel.hpp"

namespace decoding {
namespace {

/// The machine of two classes: f = sum of coef K(x, support vector) - rho is above 0 for the first.
struct Duel {
    std::int32_t first, second;
    std::vector<std::pair<std::size_t, double>> coef;  // training frame, its coefficient
    double rho = 0.0;
};

void print_nothing(const char*) {}

Duel solve(const Samples& training, const SparseRows<svm_node>& rows, std::int32_t first, std::int32_t second,
           const RbfSetting& setting) {
    std::vector<std::size_t> frames;
    std::vector<double> y;
    std::vector<svm_node*> x;
    for (std::size_t i = 0; i < training.n(); ++i) {
        const std::int32_t label = training.label[i];
        if (label != first && label != second) continue;
        frames.push_back(i);
        y.push_back(label == first ? 1.0 : -1.0);
        x.push_back(rows.row(i));
    }
    // a class that no frame is of loses
    if (std::ranges::find(y, 1.0) == y.end()) return {first, second, {}, 1.0};
    if (std::ranges::find(y, -1.0) == y.end()) return {first, second, {}, -1.0};
    const svm_problem pair{static_cast<int>(y.size()), y.data(), x.data()};
    svm_parameter how{};
    how.svm_type = C_SVC;
    how.kernel_type = RBF;
    how.gamma = setting.gamma;
    how.C = setting.C;
    how.cache_size = 300.0;  // MB
    how.eps = 1e-3;
    how.shrinking = 1;
    Duel duel{first, second, {}, 0.0};
    svm_model* solved = svm_train(&pair, &how);  // of 1 and -1 it always takes 1 for the first
    duel.rho = solved->rho[0];
    for (int s = 0; s < solved->l; ++s)
        duel.coef.emplace_back(frames[static_cast<std::size_t>(solved->sv_indices[s] - 1)],
                               solved->sv_coef[0][s]);
    svm_free_and_destroy_model(&solved);
    return duel;
}

std::vector<Duel> solve_all(const Samples& training, const RbfSetting& setting) {
    svm_set_print_string_function(print_nothing);
    const SparseRows<svm_node> rows(training);
    const auto n_classes = static_cast<std::int32_t>(training.n_classes);
    std::vector<Duel> duels;
    for (std::int32_t first = 0; first < n_classes; ++first)
        for (std::int32_t second = first + 1; second < n_classes; ++second)
            duels.push_back({first, second, {}, 0.0});
    sim::parallel_for(std::size_t{0}, duels.size(), [&](std::size_t d) {
        duels[d] = solve(training, rows, duels[d].first, duels[d].second, setting);
    });
    return duels;
}

/// All machines as one matrix product: most frames support several of them.
struct Machines {
    Rows support;          // (n_support, size)
    Eigen::MatrixXf coef;  // (n_support, n_duels)
    Eigen::RowVectorXf rho;

    Machines(const Samples& training, const std::vector<Duel>& duels) {
        std::vector<Eigen::Index> place(training.n(), -1);
        std::vector<std::size_t> frames;
        for (const Duel& duel : duels)
            for (const auto& [frame, coefficient] : duel.coef)
                if (place[frame] < 0) {
                    place[frame] = static_cast<Eigen::Index>(frames.size());
                    frames.push_back(frame);
                }
        support.resize(static_cast<Eigen::Index>(frames.size()), training.a.cols());
        for (std::size_t s = 0; s < frames.size(); ++s)
            support.row(static_cast<Eigen::Index>(s)) = training.a.row(static_cast<Eigen::Index>(frames[s]));
        coef.setZero(support.rows(), static_cast<Eigen::Index>(duels.size()));
        rho.resize(coef.cols());
        for (Eigen::Index d = 0; d < coef.cols(); ++d) {
            const Duel& duel = duels[static_cast<std::size_t>(d)];
            rho[d] = static_cast<float>(duel.rho);
            for (const auto& [frame, coefficient] : duel.coef)
                coef(place[frame], d) = static_cast<float>(coefficient);
        }
    }
};

std::int32_t winner(const Eigen::Ref<const Eigen::RowVectorXf>& f, const std::vector<Duel>& duels,
                    std::size_t n_classes) {
    std::vector<int> won(n_classes, 0);
    for (std::size_t d = 0; d < duels.size(); ++d)
        ++won[static_cast<std::size_t>(f[static_cast<Eigen::Index>(d)] > 0.0F ? duels[d].first
                                                                              : duels[d].second)];
    return static_cast<std::int32_t>(std::ranges::max_element(won) - won.begin());
}

}  // namespace

Found rbf_svm_classes(const Samples& training, const Samples& tested, const RbfSetting& setting) {
    const std::vector<Duel> duels = solve_all(training, setting);
    const Machines machines(training, duels);
    Found found(tested.n());
    const auto gamma = static_cast<float>(setting.gamma);
    for_blocks_of_distances(tested.a, machines.support, [&](Eigen::Index first, const Rows& D) {
        const Rows K = (-gamma * D.array()).exp();
        const Rows f = (K * machines.coef).rowwise() - machines.rho;
        for (Eigen::Index i = 0; i < f.rows(); ++i)
            found[static_cast<std::size_t>(first + i)] = winner(f.row(i), duels, tested.n_classes);
    });
    return found;
}

}  // namespace decoding
