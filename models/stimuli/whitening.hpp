// What the retina and the LGN do to an image before V1 sees it: log and whitening.
#pragma once
#include "models/stimuli/photograph.hpp"

namespace models {

/// Turns grey values in [0, 1] into log(grey + 0.05), filters them with f exp(-(f / f0)^4), which flattens
/// the spectrum of a natural image (amplitude ~ 1/f) up to f0 and drops the noise beyond, and scales them to
/// zero mean and unit standard deviation.
/// f0      cycles/px; the highest frequency along an axis is 0.5
/// returns false, leaving the image as it was, if it is of one grey
/// Safe to call from several threads; the same image gives the same bits.  O(n log n)
/// source  Olshausen & Field (1997), with the log of van Hateren & van der Schaaf (1998)
bool whiten(Image& image, double f0);

}  // namespace models
