// A small convolutional network that learns to tell classes: the only place that knows libtorch.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "deep/inputs.hpp"

namespace deep {

struct TrainingSettings {
    std::size_t epochs = 8, batch = 32;
    double rate = 2e-3;  // of Adam at first; it falls to zero along a half cosine
};

struct Trained {
    double loss;                   // mean cross-entropy of the last epoch
    std::vector<double> accuracy;  // on each set to be tested on
};

/// Trains a network and tests it. The network: the stem of 32 maps; a residual block of two 3 x 3
/// convolutions; a 3 x 3 convolution to 64 maps, every second position; the mean over positions; a linear
/// layer. Batch normalisation and rectification follow each convolution, so that the scale of inputs is
/// of no account. He's initial weights and the order of images are drawn from sim::Stream; one thread, so
/// that the same seed gives the same bits wherever several are trained at once.
///
/// tests   of the same shape as training
/// source  He, Zhang, Ren & Sun (2016), CVPR; Kingma & Ba (2015), ICLR
Trained train_and_test(const Inputs& training, std::span<const Inputs> tests,
                       const TrainingSettings& settings, std::uint64_t seed);

}  // namespace deep
