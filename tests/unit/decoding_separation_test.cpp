// Silhouette, purity, principal components and t-SNE against cases worked out by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "decoding/pca.hpp"
#include "decoding/separation.hpp"
#include "decoding/tsne.hpp"
#include "sim/rng.hpp"

namespace {

using decoding::Rows;

/// Blobs of unit variance at `distance` along their own axis each, one after the other.
Rows blobs(Eigen::Index n_each, Eigen::Index n_blobs, double distance) {
    sim::Stream stream(4, sim::Purpose::test, 1);
    Rows x(n_each * n_blobs, n_blobs);
    for (Eigen::Index i = 0; i < x.rows(); ++i)
        for (Eigen::Index d = 0; d < n_blobs; ++d)
            x(i, d) = static_cast<float>(stream.normal() + (i / n_each == d ? distance : 0.0));
    return x;
}

std::vector<std::int32_t> labels(Eigen::Index n_each, std::int32_t n_blobs) {
    std::vector<std::int32_t> all;
    for (std::int32_t c = 0; c < n_blobs; ++c) all.insert(all.end(), static_cast<std::size_t>(n_each), c);
    return all;
}

}  // namespace

TEST_CASE("silhouette and purity of four points on a line") {
    Rows x(4, 1);
    x << 0.0F, 1.0F, 4.0F, 6.0F;
    const std::vector<std::int32_t> label{0, 0, 1, 1};
    const auto found = decoding::separation(x, label, 2);
    // (b - a) / max(a, b) with a = 1, 1, 2, 2 and b = 5, 4, 3.5, 5.5
    CHECK(found.silhouette ==
          doctest::Approx((4.0 / 5.0 + 3.0 / 4.0 + 1.5 / 3.5 + 3.5 / 5.5) / 4.0).epsilon(1e-5));
    CHECK(found.purity == doctest::Approx(1.0 / 3.0));  // three others, one of them of the same class
}

TEST_CASE("a point alone in its class counts 0, and the nearest other class is the one that counts") {
    Rows x(4, 2);
    x << 0.0F, 0.0F, 3.0F, 4.0F, 0.0F, 1.0F, 60.0F, 80.0F;
    const std::vector<std::int32_t> label{0, 0, 1, 2};
    const double far = std::sqrt(9.0 + 9.0);               // from (3, 4) to (0, 1)
    CHECK(decoding::separation(x, label, 4).silhouette ==  // and a class may have no points
          doctest::Approx(((1.0 - 5.0) / 5.0 + (far - 5.0) / 5.0 + 0.0 + 0.0) / 4.0).epsilon(1e-4));
}

TEST_CASE("nothing separates a single class") {
    Rows x(3, 1);
    x << 0.0F, 1.0F, 2.0F;
    const std::vector<std::int32_t> label{1, 1, 1};
    CHECK(std::isnan(decoding::separation(x, label, 3).silhouette));
    CHECK(std::isnan(decoding::separation(x, label, 3).purity));
}

TEST_CASE("purity is 1 of blobs far apart and by chance of blobs on each other") {
    const auto label = labels(100, 3);
    CHECK(decoding::separation(blobs(100, 3, 20.0), label, 3).purity == 1.0);
    const auto mixed = decoding::separation(blobs(100, 3, 0.0), label, 3);
    CHECK(mixed.purity == doctest::Approx(1.0 / 3.0).epsilon(0.1));
    CHECK(std::abs(mixed.silhouette) < 0.03);
}

TEST_CASE("the first principal component is the long axis of a cloud") {
    // (2, 1) t + (-1, 2) e: variance along (2, 1) / sqrt 5 far greater
    sim::Stream stream(4, sim::Purpose::test, 2);
    Rows x(500, 2);
    std::vector<double> t;
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
        t.push_back(stream.normal());
        const double e = 0.01 * stream.normal();
        x.row(i) << static_cast<float>(7.0 + 2.0 * t.back() - e), static_cast<float>(t.back() + 2.0 * e);
    }
    const double mean = std::accumulate(t.begin(), t.end(), 0.0) / 500.0;
    const Rows components = decoding::principal_components(x, 5);
    REQUIRE(components.cols() == 5);
    CHECK(components.rightCols(3).isZero());  // the cloud has no more
    for (std::size_t i = 0; i < t.size(); ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        CHECK(components(row, 0) == doctest::Approx(std::sqrt(5.0) * (t[i] - mean)).epsilon(0.01).scale(1.0));
        CHECK(std::abs(components(row, 1)) < 0.1);
    }
}

TEST_CASE("t-SNE draws blobs apart that are apart, and the same picture each time") {
    const Rows x = blobs(40, 4, 8.0);
    const auto label = labels(40, 4);
    const Rows y = decoding::tsne(x);
    REQUIRE(y.rows() == 160);
    REQUIRE(y.cols() == 2);
    const auto in_the_plane = decoding::separation(y, label, 4);
    CHECK(in_the_plane.purity == 1.0);
    CHECK(in_the_plane.silhouette > 0.6);
    CHECK(y.colwise().mean().norm() < 1e-3 * y.norm());
    CHECK(y == decoding::tsne(x));
}

TEST_CASE("t-SNE of three points at equal distances is a triangle of equal sides") {
    const Rows y = decoding::tsne(Rows(Rows::Identity(3, 3)));
    const float side = (y.row(0) - y.row(1)).norm();
    CHECK(side > 0.0F);
    CHECK((y.row(0) - y.row(2)).norm() == doctest::Approx(side).epsilon(0.02));
    CHECK((y.row(1) - y.row(2)).norm() == doctest::Approx(side).epsilon(0.02));
}
