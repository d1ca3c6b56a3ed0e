#include "decoding/clusters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "decoding/k_means.hpp"
#include "decoding/samples.hpp"
#include "sim/error.hpp"

namespace decoding {
namespace {

constexpr std::size_t kStartsOfCodes = 10;  // of k-means on codes, which have many dimensions
constexpr std::size_t kEigenvalues = 20;    // among which the widest gap is looked for

/// The weights of the graph, (n, atoms).
Rows edges_of(const CodeSet& set) {
    const Eigen::Map<const Rows> a(set.a.data(), static_cast<Eigen::Index>(set.n),
                                   static_cast<Eigen::Index>(set.size));
    if (a.minCoeff() >= 0.0F) return a;
    Rows twins(a.rows(), 2 * a.cols());
    twins << a.cwiseMax(0.0F), (-a).cwiseMax(0.0F);
    return twins;
}

Agreement agreement(std::span<const std::int32_t> group, std::span<const std::int32_t> label) {
    return {matched_accuracy(group, label), normalised_information(group, label)};
}

/// Groups of the frames that have edges; the others are not of any class.
Agreement spectral_agreement(const Clusters& found, const HowToCluster& how) {
    Rows points(found.embedding.frames.rows(), found.embedding.frames.cols());
    std::vector<std::int32_t> in_graph, label_of_silent;
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
        const auto k = static_cast<std::size_t>(i);
        if (found.embedding.frames.row(i).isZero()) {
            label_of_silent.push_back(found.label[k]);
            continue;
        }
        points.row(static_cast<Eigen::Index>(in_graph.size())) = found.embedding.frames.row(i);
        in_graph.push_back(found.label[k]);
    }
    const auto n = static_cast<Eigen::Index>(in_graph.size());
    std::vector<std::int32_t> group =
        k_means(points.topRows(n), found.n_clusters, how.n_starts, how.seed).group;
    const double right = matched_accuracy(group, in_graph) * static_cast<double>(n);
    in_graph.insert(in_graph.end(), label_of_silent.begin(), label_of_silent.end());
    group.resize(in_graph.size(), static_cast<std::int32_t>(found.n_clusters));
    return {right / static_cast<double>(in_graph.size()), normalised_information(group, in_graph)};
}

std::size_t widest(std::span<const double> eigenvalues) {
    std::size_t best = 1;
    const auto gap = [&](std::size_t k) { return eigenvalues[k] - eigenvalues[k - 1]; };
    for (std::size_t k = 2; k < std::min(kEigenvalues, eigenvalues.size()); ++k)
        if (gap(k) > gap(best)) best = k;
    return best;
}

}  // namespace

Clusters find_clusters(const CodeSet& set, const std::string& where, const HowToCluster& how) {
    check_frames(set, where);
    Clusters found{};
    found.labels = different_labels(set);
    if (found.labels.size() < 2)
        throw sim::IoError(fmt::format("{}/labels: must be of two classes or more, all are {}", where,
                                       found.labels.front()));
    for (const std::int32_t label : set.label)
        found.label.push_back(
            static_cast<std::int32_t>(std::ranges::lower_bound(found.labels, label) - found.labels.begin()));
    found.n_clusters = how.n_clusters > 0 ? how.n_clusters : found.labels.size();
    const Rows edges = edges_of(set);
    found.n_silent = static_cast<std::size_t>((edges.rowwise().maxCoeff().array() == 0.0F).count());
    const std::size_t n = set.n - found.n_silent, n_atoms = static_cast<std::size_t>(edges.cols());
    if (std::min(n, n_atoms) <= found.n_clusters)
        throw sim::IoError(fmt::format(
            "{}/codes: must have more than {} frames with activity, and more atoms than that, for as many "
            "clusters; has {} and {}",
            where, found.n_clusters, n, n_atoms));
    found.embedding = spectral_embedding(edges, found.n_clusters);
    found.spectral = spectral_agreement(found, how);
    const Eigen::Map<const Rows> a(set.a.data(), static_cast<Eigen::Index>(set.n),
                                   static_cast<Eigen::Index>(set.size));
    found.k_means = agreement(k_means(a, found.n_clusters, kStartsOfCodes, how.seed).group, found.label);
    const auto& eigenvalues = found.embedding.eigenvalues;
    found.gap = eigenvalues[found.n_clusters] - eigenvalues[found.n_clusters - 1];
    found.widest_gap = widest(eigenvalues);
    found.specialisation = specialisation({edges.data(), static_cast<std::size_t>(edges.size())}, found.label,
                                          how.n_permutations, how.seed);
    return found;
}

}  // namespace decoding
