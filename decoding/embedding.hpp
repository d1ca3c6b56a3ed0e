// Codes in the plane.
#pragma once
#include <cstdint>
#include <vector>

#include "decoding/separation.hpp"

namespace decoding {

struct Embedding {
    std::vector<std::int32_t> label;  // (n) class of each point
    Rows components;                  // (n, 2) first two principal components
    Rows tsne;                        // (n, 2)
    Separation of_tsne;               // of the classes in it
};

/// Of the first 2000 samples: enough to see classes, and t-SNE takes as long as their number squared. t-SNE
/// is of the first 50 principal components, as van der Maaten & Hinton (2008) have it.
Embedding embed(const Samples& samples);

}  // namespace decoding
