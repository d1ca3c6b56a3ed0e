// t-SNE: points in the plane whose neighbours are those of the codes.
#pragma once
#include "decoding/distances.hpp"

namespace decoding {

/// t-distributed stochastic neighbour embedding of the rows of x: (n, 2), centred. Perplexity 30, or a third
/// of the other rows if that is less. Begins at the first two principal components, so that nothing is left
/// to chance (Kobak & Berens 2019). The same bits at any number of threads. O(n^2) memory and time a step.
///
/// source   van der Maaten & Hinton (2008); step size of Belkina et al. (2019)
Rows tsne(const RowsView& x);

}  // namespace decoding
