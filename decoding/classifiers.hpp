// The classifiers by name, and how the settings of each are chosen.
#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "decoding/samples.hpp"

namespace decoding {

/// Values of a classifier's settings, in the order of their names.
using Setting = std::vector<double>;

struct Classifier {
    std::string name, words;                 // "rbf_svm", "RBF SVM"
    std::vector<std::string> setting_names;  // {"C", "gamma"}
    std::vector<Setting> candidates;         // of equally good ones the first is chosen
    std::size_t most_to_choose_with;         // frames at most from which candidates learn
    /// Classes of `tested` after learning from `training`, for each setting.
    std::function<std::vector<Found>(const Samples& training, const Samples& tested,
                                     std::span<const Setting> settings)>
        classes;
};

/// logistic, linear_svm, rbf_svm, knn
const std::vector<Classifier>& classifiers();

struct Decoded {
    Setting setting;          // the chosen one
    double validation = 0.0;  // its accuracy on the validation frames
    double accuracy = 0.0;    // on the held-out frames, learned anew from all training frames
    Found found{};            // of the held-out frames
};

/// Chooses a setting on the validation frames, then tests it on the held-out ones.
Decoded decode(const Classifier& classifier, const Problem& problem);

}  // namespace decoding
