// Codes and classes as the decoders take them.
#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decoding/code_file.hpp"

namespace decoding {

/// One code a row.
using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A view of frames to learn from, or to be tested on.
struct Samples {
    Eigen::Map<const Rows> a;             // (n, size)
    std::span<const std::int32_t> label;  // (n) class, from 0 to n_classes - 1
    std::size_t n_classes;

    std::size_t n() const { return label.size(); }
    std::size_t size() const { return static_cast<std::size_t>(a.cols()); }
    /// Frames first .. first + n - 1.
    Samples part(std::size_t first, std::size_t n) const;
};

/// group  file and group of the set, for messages
/// throws IoError if there are no frames or neurons, or if a frame has no class
void check_frames(const CodeSet& set, const std::string& group);
/// All labels that there are, in order.
std::vector<std::int32_t> different_labels(const CodeSet& set);

/// What a decoder is to learn and where it is tested.
///
/// The frames of each set are shuffled, so that every part of one is a random sample. All codes are divided
/// by one number, the root of the training codes' total variance (the sum over neurons): settings then mean
/// the same for codes of any scale, and zeros stay zeros.
class Problem {
  public:
    /// path  of the file of `codes`, for messages
    /// throws IoError if codes are of size 0 or all alike, if a set has no frames, if a frame has no class,
    /// or if the training set has fewer than two classes or lacks one of the held-out set
    Problem(Codes codes, const std::string& path, std::uint64_t seed);

    /// All training frames.
    Samples training() const { return view(training_); }
    /// All training frames but those on which settings are chosen.
    Samples fitting() const { return training().part(0, training_.n - n_validation()); }
    /// The last sixth of the training frames: 10 000 of 60 000.
    Samples validation() const { return training().part(training_.n - n_validation(), n_validation()); }
    /// Frames on which nothing is chosen.
    Samples held_out() const { return view(held_out_); }
    /// The number that each of them has in the file.
    const std::vector<std::size_t>& held_out_frames() const { return held_out_frames_; }
    /// The label that each class has in the file.
    const std::vector<std::int32_t>& labels() const { return labels_; }

  private:
    std::size_t n_validation() const { return (training_.n + 5) / 6; }
    Samples view(const CodeSet& set) const;

    CodeSet training_, held_out_;
    std::vector<std::size_t> held_out_frames_;
    std::vector<std::int32_t> labels_;
};

/// The class that is found of each frame that is tested, in their order.
using Found = std::vector<std::int32_t>;

/// Fraction of frames whose class was found.
double accuracy(std::span<const std::int32_t> found, std::span<const std::int32_t> label);

}  // namespace decoding
