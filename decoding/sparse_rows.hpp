// Codes as liblinear and libsvm take them: of each row the entries that are not 0.
#pragma once
#include <vector>

#include "decoding/samples.hpp"

namespace decoding {

/// Node is feature_node or svm_node: index from 1, value; an index of -1 ends a row.
template <class Node>
class SparseRows {
  public:
    /// bias  whether each row has one more entry, always 1, after the last neuron's
    explicit SparseRows(const Samples& samples, bool bias = false) {
        const Eigen::Index n = samples.a.rows(), size = samples.a.cols();
        nodes_.reserve(static_cast<std::size_t>((samples.a.array() != 0.0F).count() + 2 * n));
        for (Eigen::Index i = 0; i < n; ++i) {
            rows_.push_back(nodes_.data() + nodes_.size());  // reserved: it does not move
            for (Eigen::Index k = 0; k < size; ++k)
                if (const float a = samples.a(i, k); a != 0.0F) add(k + 1, a);
            if (bias) add(size + 1, 1.0);
            add(-1, 0.0);
        }
    }
    SparseRows(const SparseRows&) = delete;
    SparseRows& operator=(const SparseRows&) = delete;

    Node* row(std::size_t i) const { return rows_[i]; }
    const std::vector<Node*>& rows() const { return rows_; }

  private:
    void add(Eigen::Index index, double value) { nodes_.push_back({static_cast<int>(index), value}); }

    std::vector<Node> nodes_;
    std::vector<Node*> rows_;
};

}  // namespace decoding
