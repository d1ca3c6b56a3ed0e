// Contrast normalisation of a frame, shared by the stimuli.
#pragma once
#include <span>

namespace models {

/// Gives a frame zero mean and Euclidean norm `norm`; a frame of one grey becomes all zero.
/// The sums run in one fixed order, so the bits depend on the values alone.
void normalise(std::span<float> pixels, double norm = 1.0);

/// Gives a frame Euclidean norm 1 and keeps its zeros, so that dark stays dark; a frame of zeros stays one.
void scale_to_unit_norm(std::span<float> pixels);

}  // namespace models
