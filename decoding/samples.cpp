#include "decoding/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace decoding {
namespace {

void number_classes(CodeSet& set, const std::vector<std::int32_t>& classes, const std::string& group) {
    for (std::int32_t& label : set.label) {
        const auto place = std::ranges::lower_bound(classes, label);
        if (place == classes.end() || *place != label)
            throw sim::IoError(
                fmt::format("{}/labels: class {} must be of a training frame too, is of none", group, label));
        label = static_cast<std::int32_t>(place - classes.begin());
    }
}

/// Numbers below n in a random order (Fisher & Yates 1938).
std::vector<std::size_t> random_order(std::size_t n, std::uint64_t seed, std::uint64_t index) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    sim::Stream stream(seed, sim::Purpose::analysis, index);
    for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
    return order;
}

CodeSet in_order(const CodeSet& set, const std::vector<std::size_t>& order) {
    CodeSet result{set.n, set.size, {}, {}, {}};
    result.a.reserve(set.a.size());
    for (const std::size_t i : order) {
        const auto row = set.a.begin() + static_cast<std::ptrdiff_t>(i * set.size);
        result.a.insert(result.a.end(), row, row + static_cast<std::ptrdiff_t>(set.size));
        result.label.push_back(set.label[i]);
    }
    return result;
}

/// Sum over neurons of the variance of their activity.
double total_variance(const CodeSet& set) {
    std::vector<double> mean(set.size, 0.0);
    double squares = 0.0;
    for (std::size_t i = 0; i < set.a.size(); ++i) {
        const double a = set.a[i];
        mean[i % set.size] += a / static_cast<double>(set.n);
        squares += a * a / static_cast<double>(set.n);
    }
    return squares - std::inner_product(mean.begin(), mean.end(), mean.begin(), 0.0);
}

}  // namespace

std::vector<std::int32_t> different_labels(const CodeSet& set) {
    const std::set<std::int32_t> all(set.label.begin(), set.label.end());
    return {all.begin(), all.end()};
}

void check_frames(const CodeSet& set, const std::string& group) {
    if (set.n == 0) throw sim::IoError(group + "/codes: must hold frames, has none");
    if (set.size == 0) throw sim::IoError(group + "/codes: must be of one neuron or more, is of none");
    const auto unknown = std::ranges::find_if(set.label, [](std::int32_t label) { return label < 0; });
    if (unknown != set.label.end())
        throw sim::IoError(fmt::format("{}/labels: every frame must have a class from 0, frame {} has {}",
                                       group, unknown - set.label.begin(), *unknown));
}

Samples Samples::part(std::size_t first, std::size_t count) const {
    return {Eigen::Map<const Rows>(a.data() + first * size(), static_cast<Eigen::Index>(count), a.cols()),
            label.subspan(first, count), n_classes};
}

Problem::Problem(Codes codes, const std::string& path, std::uint64_t seed) {
    check_frames(codes.training, path + ": /training");
    check_frames(codes.held_out, path + ": /held_out");
    labels_ = different_labels(codes.training);
    if (labels_.size() < 2)
        throw sim::IoError(fmt::format("{}: /training/labels: must be of two classes or more, all are {}",
                                       path, labels_.front()));
    number_classes(codes.training, labels_, path + ": /training");
    number_classes(codes.held_out, labels_, path + ": /held_out");
    const double variance = total_variance(codes.training);
    if (!(variance > 0.0)) throw sim::IoError(path + ": /training/codes: must differ, all are alike");
    training_ = in_order(codes.training, random_order(codes.training.n, seed, 0));
    held_out_frames_ = random_order(codes.held_out.n, seed, 1);
    held_out_ = in_order(codes.held_out, held_out_frames_);
    const auto scale = static_cast<float>(1.0 / std::sqrt(variance));
    for (CodeSet* set : {&training_, &held_out_})
        for (float& a : set->a) a *= scale;
}

Samples Problem::view(const CodeSet& set) const {
    return {Eigen::Map<const Rows>(set.a.data(), static_cast<Eigen::Index>(set.n),
                                   static_cast<Eigen::Index>(set.size)),
            set.label, labels_.size()};
}

double accuracy(std::span<const std::int32_t> found, std::span<const std::int32_t> label) {
    std::size_t n_right = 0;
    for (std::size_t i = 0; i < label.size(); ++i) n_right += found[i] == label[i] ? 1 : 0;
    return static_cast<double>(n_right) / static_cast<double>(label.size());
}

}  // namespace decoding
