// The two sides of a weighted graph in the space of its slowest modes.
#pragma once
#include <vector>

#include "decoding/distances.hpp"

namespace decoding {

struct SpectralEmbedding {
    std::vector<double>
        eigenvalues;     // of the normalised Laplacian, ascending from 0, min(n, N) of them, each <= 1
    Rows frames, atoms;  // (n, k), (N, k), rows of unit length; 0 where a node has no edge
};

/// Of the bipartite graph of n frames and N atoms whose edges have the weights W (n, N), none below 0: its normalised
/// Laplacian is I - D^-1/2 [0 W; W' 0] D^-1/2, and its eigenvalues up to 1 are 1 - s for the singular values s of
/// D_n^-1/2 W D_N^-1/2. As many of them are 0 as the graph has parts that no edge joins. The embedding is of the
/// first k <= min(n, N) eigenvectors. O(edges N + N^3)
///
/// source   Dhillon (2001), Proc KDD 269; rows of unit length: Ng, Jordan & Weiss (2002)
SpectralEmbedding spectral_embedding(const RowsView& W, std::size_t k);

}  // namespace decoding
