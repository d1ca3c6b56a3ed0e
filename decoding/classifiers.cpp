#include "decoding/classifiers.hpp"

#include <algorithm>
#include <limits>

#include "decoding/linear_classifiers.hpp"
#include "decoding/nearest_neighbours.hpp"
#include "decoding/rbf_svm.hpp"

namespace decoding {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

std::vector<double> first_values(std::span<const Setting> settings) {
    std::vector<double> values;
    for (const Setting& setting : settings) values.push_back(setting.front());
    return values;
}

Classifier linear(const char* name, const char* words, Loss loss, std::vector<Setting> C) {
    return {name,
            words,
            {"C"},
            std::move(C),
            kAll,
            [loss](const auto& training, const auto& tested, auto settings) {
                return linear_classes(loss, training, tested, first_values(settings));
            }};
}

Classifier rbf_svm() {
    std::vector<Setting> candidates;
    for (const double gamma : {0.25, 0.5, 1.0, 2.0})
        for (const double C : {3.0, 10.0}) candidates.push_back({C, gamma});
    // from 5000 frames: the best setting changes little with their number, the time with its square
    return {"rbf_svm",
            "RBF SVM",
            {"C", "gamma"},
            candidates,
            5000,
            [](const auto& training, const auto& tested, auto settings) {
                std::vector<Found> all;
                for (const Setting& setting : settings)
                    all.push_back(rbf_svm_classes(training, tested, {setting[0], setting[1]}));
                return all;
            }};
}

Classifier knn() {
    return {"knn",
            "k nearest",
            {"k"},
            {{1}, {3}, {4}, {5}, {6}, {8}, {10}, {15}, {20}},
            kAll,
            [](const auto& training, const auto& tested, auto settings) {
                std::vector<std::size_t> k;
                for (const double value : first_values(settings))
                    k.push_back(static_cast<std::size_t>(value));
                return neighbour_classes(training, tested, k);
            }};
}

}  // namespace

const std::vector<Classifier>& classifiers() {
    static const std::vector<Classifier> all{
        linear("logistic", "logistic", Loss::logistic, {{1}, {3}, {10}, {30}, {100}, {300}, {1000}}),
        linear("linear_svm", "linear SVM", Loss::squared_hinge, {{0.1}, {0.3}, {1}, {3}, {10}, {30}, {100}}),
        rbf_svm(), knn()};
    return all;
}

Decoded decode(const Classifier& classifier, const Problem& problem) {
    const Samples fitting = problem.fitting(), held_out = problem.held_out();
    std::vector<double> validation;
    for (const Found& found :
         classifier.classes(fitting.part(0, std::min(fitting.n(), classifier.most_to_choose_with)),
                            problem.validation(), classifier.candidates))
        validation.push_back(accuracy(found, problem.validation().label));
    const auto best = static_cast<std::size_t>(std::ranges::max_element(validation) - validation.begin());
    const Setting& chosen = classifier.candidates[best];
    Found found = std::move(classifier.classes(problem.training(), held_out, {&chosen, 1}).front());
    const double right = accuracy(found, held_out.label);
    return {chosen, validation[best], right, std::move(found)};
}

}  // namespace decoding
