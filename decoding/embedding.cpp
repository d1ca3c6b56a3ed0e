#include "decoding/embedding.hpp"

#include "decoding/pca.hpp"
#include "decoding/tsne.hpp"

namespace decoding {

Embedding embed(const Samples& samples) {
    constexpr std::size_t kPoints = 2000, kComponents = 50;
    const Samples some = samples.part(0, std::min(kPoints, samples.n()));
    const Rows components = principal_components(some.a, kComponents);
    const Rows points = tsne(components);
    return {{some.label.begin(), some.label.end()},
            components.leftCols(2),
            points,
            separation(points, some.label, some.n_classes)};
}

}  // namespace decoding
