// Local contrast normalisation: what the retina makes of an image.
#pragma once
#include "models/stimuli/photograph.hpp"

namespace models {

/// s1 = s - G * s, n = sqrt(G * s1^2), s1 / max(mean n, n), with G a Gaussian of 15 x 15 px whose borders are
/// 3 standard deviations away, of sum 1. Images are mirrored at their borders. An image of one grey becomes
/// zero. source  Ladret, Casanova & Perrinet (2024), arXiv 2312.14685, which does not speak of borders
Image normalise_contrast(const Image& image);

}  // namespace models
