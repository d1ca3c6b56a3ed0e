// What the retina and the LGN do to an image before V1 sees it: log and whitening.
#pragma once
#include "models/stimuli/photograph.hpp"

namespace models {

/// f^exponent exp(-(f / f0)^4). Of exponent 1 it flattens the spectrum of a natural image (amplitude ~ 1/f) up to f0 and
/// drops the noise beyond; of a higher one it passes a band, as cells of the LGN do.
struct WhiteningFilter {
    double f0;  // cycles/px; the highest frequency along an axis is 0.5
    double exponent = 1.0;
};

/// Turns grey values in [0, 1] into log(grey + 0.05), filters them, and scales them to zero mean and unit standard
/// deviation.
/// returns false, leaving the image as it was, if it is of one grey
/// Safe to call from several threads; the same image gives the same bits.  O(n log n)
/// source  Olshausen & Field (1997), with the log of van Hateren & van der Schaaf (1998)
bool whiten(Image& image, const WhiteningFilter& filter);

}  // namespace models
