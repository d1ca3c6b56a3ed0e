// Clusters of codes: graphs whose eigenvalues are known, every partition and matching tried, entropies by hand.
#include <doctest/doctest.h>

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "decoding/clusters.hpp"
#include "decoding/k_means.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "tests/stimuli.hpp"

namespace {

using decoding::Rows;
using doctest::Approx;
using Labels = std::vector<std::int32_t>;

/// Weights of k parts that no edge joins: frame i and atom j are of parts i % k and j % k.
Rows parts(Eigen::Index n, Eigen::Index n_atoms, Eigen::Index k, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 1);
    Rows W = Rows::Zero(n, n_atoms);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n_atoms; ++j)
            if (i % k == j % k) W(i, j) = static_cast<float>(0.1 + stream.uniform());
    return W;
}

/// Singular values of D^-1/2 W D^-1/2, by Jacobi's rotations, no square in between.
Eigen::VectorXd singular_values(const Rows& W) {
    const Eigen::MatrixXd w = W.cast<double>();
    const Eigen::VectorXd frames = w.rowwise().sum().cwiseSqrt().cwiseInverse(),
                          atoms = w.colwise().sum().transpose().cwiseSqrt().cwiseInverse();
    return Eigen::JacobiSVD<Eigen::MatrixXd>(frames.asDiagonal() * w * atoms.asDiagonal()).singularValues();
}

decoding::CodeSet set_of(const Rows& a, const Labels& label) {
    return {static_cast<std::size_t>(a.rows()),
            static_cast<std::size_t>(a.cols()),
            {a.data(), a.data() + a.size()},
            label,
            std::vector<std::uint32_t>(label.size(), 0)};
}

Labels in_turn(std::size_t n, std::int32_t k) {
    Labels label;
    for (std::size_t i = 0; i < n; ++i) label.push_back(static_cast<std::int32_t>(i) % k);
    return label;
}

}  // namespace

TEST_CASE("a graph of k parts has k eigenvalues of 0, and its parts are points") {
    for (const Eigen::Index k : {2, 3, 5}) {
        CAPTURE(k);
        const Rows W = parts(60, 20, k, 3);
        const auto found = decoding::spectral_embedding(W, static_cast<std::size_t>(k));
        REQUIRE(found.eigenvalues.size() == 20);
        const auto n_zero = std::ranges::count_if(found.eigenvalues, [](double x) { return x < 1e-12; });
        CHECK(n_zero == k);
        CHECK(found.eigenvalues[static_cast<std::size_t>(k)] > 0.1);
        for (Eigen::Index i = 0; i < 60; ++i) {
            CHECK(found.frames.row(i).norm() == Approx(1.0).epsilon(1e-5));
            for (Eigen::Index j = 0; j < 20;
                 ++j)  // frames and atoms of a part alike, of two parts at right angles
                CHECK(std::abs(found.frames.row(i).dot(found.atoms.row(j)) - (i % k == j % k ? 1.0F : 0.0F)) <
                      1e-4F);
        }
    }
}

TEST_CASE("eigenvalues of the Laplacian: two frames and atoms by hand, others by the singular values") {
    Rows W(2, 2);
    W << 3.0F, 1.0F, 1.0F, 3.0F;  // D = 4: singular values 1 and (3 - 1) / 4
    const auto by_hand = decoding::spectral_embedding(W, 1);
    CHECK(by_hand.eigenvalues[0] == Approx(0.0));
    CHECK(by_hand.eigenvalues[1] == Approx(0.5).epsilon(1e-12));

    sim::Stream stream(5, sim::Purpose::test, 2);
    Rows random(30, 12);
    for (float& x : random.reshaped()) x = static_cast<float>(std::max(0.0, stream.normal()));
    for (const Rows& weights : {random, Rows(random.transpose())}) {  // more frames, or more atoms
        const auto found = decoding::spectral_embedding(weights, 3);
        const Eigen::VectorXd s = singular_values(weights);
        REQUIRE(found.eigenvalues.size() == 12);
        for (std::size_t d = 0; d < 12; ++d)
            CHECK(found.eigenvalues[d] == Approx(1.0 - s(static_cast<Eigen::Index>(d))).epsilon(1e-6));
    }
}

TEST_CASE("k-means finds what trying every partition finds") {
    sim::Stream stream(6, sim::Purpose::test, 3);
    Rows x(8, 2);
    for (float& value : x.reshaped()) value = static_cast<float>(stream.normal());
    double least = std::numeric_limits<double>::infinity();
    for (int partition = 0; partition < 6561; ++partition) {  // 3^8
        Labels group;
        for (int rest = partition, i = 0; i < 8; ++i, rest /= 3) group.push_back(rest % 3);
        double inertia = 0.0;
        for (std::int32_t c = 0; c < 3; ++c) {
            Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(2);
            const auto n = static_cast<double>(std::ranges::count(group, c));
            for (Eigen::Index i = 0; i < 8; ++i)
                if (group[static_cast<std::size_t>(i)] == c) mean += x.row(i).cast<double>() / n;
            for (Eigen::Index i = 0; i < 8; ++i)
                if (group[static_cast<std::size_t>(i)] == c)
                    inertia += (x.row(i).cast<double>() - mean).squaredNorm();
        }
        least = std::min(least, inertia);
    }
    CHECK(decoding::k_means(x, 3, 50, 1).inertia == Approx(least).epsilon(1e-5));
    CHECK(decoding::k_means(x, 3, 1, 1).inertia > 0.999 * least);
    const auto all_alone = decoding::k_means(x, 8, 50, 1);
    CHECK(all_alone.inertia == Approx(0.0));
    const Rows alike = Rows::Ones(5, 2);  // more groups than different points
    CHECK(decoding::k_means(alike, 3, 2, 1).inertia == 0.0);
}

TEST_CASE("accuracy is under the best of all matchings") {
    sim::Stream stream(7, sim::Purpose::test, 4);
    for (const auto& [n_groups, n_classes] : {std::pair{4, 4}, {5, 3}, {3, 5}, {1, 2}}) {
        Labels group, label;
        for (int i = 0; i < 60; ++i) {
            group.push_back(static_cast<std::int32_t>(stream.below(static_cast<std::uint64_t>(n_groups))));
            label.push_back(static_cast<std::int32_t>(stream.below(static_cast<std::uint64_t>(n_classes))));
        }
        Labels match(static_cast<std::size_t>(std::max(n_groups, n_classes)));  // class of each group
        std::iota(match.begin(), match.end(), 0);
        std::ptrdiff_t most = 0;
        do {
            std::ptrdiff_t right = 0;
            for (std::size_t i = 0; i < 60; ++i)
                right += match[static_cast<std::size_t>(group[i])] == label[i];
            most = std::max(most, right);
        } while (std::ranges::next_permutation(match).found);
        CHECK(decoding::matched_accuracy(group, label) == Approx(static_cast<double>(most) / 60.0));
    }
}

TEST_CASE("normalised information by hand") {
    CHECK(decoding::normalised_information(Labels{0, 0, 1, 1}, Labels{1, 1, 0, 0}) == Approx(1.0));
    CHECK(decoding::normalised_information(Labels{0, 0, 1, 1}, Labels{0, 1, 0, 1}) == Approx(0.0));
    CHECK(decoding::normalised_information(Labels{0, 0, 0}, Labels{0, 0, 0}) == 0.0);
    // H = .5623, .6931, of both 1.0397: .2158 / .6277
    CHECK(decoding::normalised_information(Labels{0, 0, 0, 1}, Labels{0, 0, 1, 1}) ==
          Approx(0.3437).epsilon(1e-3));
}

TEST_CASE("specialisation: what an atom tells of the class, by hand") {
    const auto of = [](const std::vector<float>& a, const Labels& label) {
        return decoding::specialisation(a, label, 99, 1);
    };
    CHECK(of({1, 0, 0, 2, 3, 0, 0, 1}, {0, 1, 0, 1}).index == Approx(1.0));
    CHECK(of({1, 2, 2, 4, 1, 2, 3, 6}, {0, 1, 0, 1}).index == Approx(0.0));
    // P(atom | class) = 3/4, 1/4: 1 - H(3/4) / log 2 for both atoms, whatever the size of the classes
    const auto mixed = of({3, 1, 1, 3}, {0, 1});
    CHECK(mixed.index == Approx(0.188722).epsilon(1e-5));
    CHECK(of({3, 1, 6, 2, 3, 1, 1, 3}, {0, 0, 0, 1}).index == Approx(mixed.index));
    CHECK(of({3, -1, -1, 3}, {0, 1}).index == Approx(mixed.index));  // the amount counts
    CHECK(mixed.of_atom[0] == Approx(0.188722).epsilon(1e-5));
    CHECK(std::isnan(of({1, 0, 2, 0}, {0, 1}).of_atom[1]));  // silent
    const auto lone = of({1, 1, 0, 0}, {0, 1});              // one class alone is active
    CHECK(std::isnan(lone.index));
    CHECK(std::isnan(lone.p));
}

TEST_CASE("p of specialisation is even where labels say nothing, and small where they do") {
    constexpr int kSets = 200;
    sim::Stream stream(8, sim::Purpose::test, 5);
    int n_below = 0;
    double sum = 0.0, excess = 0.0;
    for (int s = 0; s < kSets; ++s) {
        std::vector<float> a;
        for (int i = 0; i < 40 * 6; ++i) a.push_back(static_cast<float>(std::max(0.0, stream.normal())));
        Labels label;
        for (int i = 0; i < 40; ++i) label.push_back(static_cast<std::int32_t>(stream.below(3)));
        label[0] = 0, label[1] = 1, label[2] = 2;
        const auto found = decoding::specialisation(a, label, 99, static_cast<std::uint64_t>(s));
        n_below += found.p <= 0.05 ? 1 : 0;
        sum += found.p;
        excess += found.index - found.chance;
    }
    CHECK(n_below >= 1);  // 10 expected, standard deviation 3.1
    CHECK(n_below <= 20);
    CHECK(sum / kSets == Approx(0.5).epsilon(0.13));  // 3 standard errors of 0.02
    CHECK(std::abs(excess / kSets) < 0.005);
    std::vector<float> told;
    for (int i = 0; i < 40; ++i)
        for (int j = 0; j < 2; ++j)
            told.push_back(static_cast<float>((i % 2 == j ? 1.5 : 1.0) + 0.1 * stream.normal()));
    CHECK(decoding::specialisation(told, in_turn(40, 2), 999, 1).p == Approx(0.001));
}

TEST_CASE("clusters of codes: parts are found, silent frames count as wrong, signs make two atoms") {
    const Rows W = parts(60, 20, 4, 9);
    const auto found = decoding::find_clusters(set_of(W, in_turn(60, 4)), "here", {});
    CHECK(found.n_clusters == 4);
    CHECK(found.spectral.accuracy == 1.0);
    CHECK(found.spectral.information == Approx(1.0));
    CHECK(found.widest_gap == 4);
    CHECK(found.gap == Approx(found.embedding.eigenvalues[4]));
    CHECK(found.specialisation.index == Approx(1.0));
    CHECK(found.n_silent == 0);

    Rows with_silent = W;
    with_silent.topRows(6).setZero();
    const auto silent = decoding::find_clusters(set_of(with_silent, in_turn(60, 4)), "here", {});
    CHECK(silent.n_silent == 6);
    CHECK(silent.spectral.accuracy == Approx(0.9));

    Rows of_signs(60, 10);  // parts 0 and 1 excite half of the neurons each, 2 and 3 inhibit them
    for (Eigen::Index i = 0; i < 60; ++i)
        for (Eigen::Index j = 0; j < 10; ++j)
            of_signs(i, j) = i % 2 == j % 2
                                 ? (i % 4 < 2 ? 1.0F : -1.0F) * (1.0F + 0.1F * static_cast<float>(i % 7))
                                 : 0.0F;
    const auto twins = decoding::find_clusters(set_of(of_signs, in_turn(60, 4)), "here", {});
    CHECK(twins.embedding.atoms.rows() == 20);
    CHECK(twins.spectral.accuracy == 1.0);

    const auto two = decoding::find_clusters(set_of(W, in_turn(60, 4)), "here", {.n_clusters = 2});
    CHECK(two.spectral.accuracy == Approx(0.5));  // each cluster holds one class, or two
}

TEST_CASE("codes that cannot be clustered are refused") {
    const auto message = [](const decoding::CodeSet& set, const decoding::HowToCluster& how = {}) {
        return test::message_of<sim::IoError>([&] { decoding::find_clusters(set, "here", how); });
    };
    const Rows W = parts(12, 6, 2, 1);
    CHECK(message(set_of(W, Labels(12, 3))).find("here/labels: must be of two classes") != std::string::npos);
    CHECK(message(set_of(W, Labels(12, -1))).find("every frame must have a class") != std::string::npos);
    CHECK(message(set_of(W, in_turn(12, 2)), {.n_clusters = 6}).find("must have more than 6 frames") !=
          std::string::npos);
    CHECK(message(set_of(Rows::Zero(12, 6), in_turn(12, 2))).find("has 0 and 6") != std::string::npos);
}
