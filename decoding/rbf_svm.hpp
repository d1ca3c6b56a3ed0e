// Support vector machine with Gaussian kernel, by libsvm.
#pragma once
#include "decoding/samples.hpp"

namespace decoding {

struct RbfSetting {
    double C;      // weight of the hinge loss
    double gamma;  // of the kernel exp(-gamma |x - y|^2)
};

/// The class that wins most of the duels between classes, of each frame of `tested`; each pair of classes has its own
/// machine, and of classes that win equally many the first is taken (as libsvm does).
///
/// source   Cortes & Vapnik (1995); Chang & Lin (2011), LIBSVM
Found rbf_svm_classes(const Samples& training, const Samples& tested, const RbfSetting& setting);

}  // namespace decoding
