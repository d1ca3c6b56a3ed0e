// Labelled photographs of things: Fashion-MNIST, and CIFAR-10 where its files are at hand.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/stimuli/photograph.hpp"

namespace deep {

inline constexpr std::size_t kClasses = 10;  // of either data set

/// Grey images of one size, of values in [0, 1].
struct LabelledImages {
    std::size_t rows = 0, cols = 0;
    std::vector<models::Image> images;
    std::vector<std::uint8_t> labels;  // of each image, below kClasses

    std::size_t n() const { return labels.size(); }
};

/// A data set, parted as its authors did.
struct DataSet {
    std::string name;  // "Fashion-MNIST"
    LabelledImages training, held_out;
};

/// The first images of each part: of the binary version of CIFAR-10 if the folder holds its data_batch_1.bin,
/// grey by the mean of the colours; of Fashion-MNIST otherwise, in IDX files, gzipped or not.
///
/// throws sim::IoError if a file cannot be read or is not what it should be, sim::ConfigError if there are
///         fewer images than asked for
/// source  Xiao, Rasul & Vollgraf (2017), arXiv 1708.07747; Krizhevsky (2009), Learning Multiple Layers of
///         Features from Tiny Images
DataSet read_data_set(const std::string& folder, std::size_t n_training, std::size_t n_held_out);

}  // namespace deep
