#include "decoding/distances.hpp"

#include <utility>

namespace decoding {

std::vector<std::size_t> nearest(const Eigen::Ref<const Eigen::RowVectorXf>& distances, std::size_t n) {
    std::vector<std::pair<float, std::size_t>> heap;  // the greatest of the n least in front
    for (std::size_t j = 0; j < static_cast<std::size_t>(distances.size()); ++j) {
        const float d = distances[static_cast<Eigen::Index>(j)];
        if (heap.size() == n && d >= heap.front().first) continue;
        if (heap.size() == n) {
            std::ranges::pop_heap(heap);
            heap.pop_back();
        }
        heap.emplace_back(d, j);
        std::ranges::push_heap(heap);
    }
    std::ranges::sort_heap(heap);
    std::vector<std::size_t> places;
    for (const auto& [d, j] : heap) places.push_back(j);
    return places;
}

}  // namespace decoding
