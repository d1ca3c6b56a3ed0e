#include "analysis/sense_pictures.hpp"

#include <algorithm>
#include <numeric>

namespace analysis {

SensePictures::SensePictures(const RecordedRun& run) : n_pixels_(run.height * run.width), place_(n_pixels_) {
    if (run.senses.empty()) {
        height_ = run.height, width_ = run.width;
        std::iota(place_.begin(), place_.end(), std::size_t{0});
        return;
    }
    for (const RecordedSense& sense : run.senses) {
        height_ = std::max(height_, sense.height);
        width_ += sense.width + (width_ > 0 ? 1 : 0);
    }
    std::size_t left = 0;
    for (const RecordedSense& sense : run.senses) {
        for (std::size_t p = 0; p < sense.size(); ++p)
            place_.at(sense.first_pixel + p) = p / sense.width * width_ + left + p % sense.width;
        left += sense.width + 1;
    }
}

std::vector<float> SensePictures::operator()(const std::vector<float>& frames) const {
    const std::size_t n = n_pixels_ == 0 ? 0 : frames.size() / n_pixels_, size = height_ * width_;
    std::vector<float> pictures(n * size, 0.0F);
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t p = 0; p < n_pixels_; ++p)
            pictures[k * size + place_[p]] = frames[k * n_pixels_ + p];
    return pictures;
}

RecordedRun SensePictures::operator()(RecordedRun run) const {
    run.height = height_, run.width = width_;
    run.Phi = (*this)(run.Phi);
    for (Snapshot& snapshot : run.snapshots) snapshot.Phi = (*this)(snapshot.Phi);
    // Every neuron sees the whole of every sense.
    std::ranges::fill(run.centre_row, 0.5 * (static_cast<double>(height_) - 1.0));
    std::ranges::fill(run.centre_col, 0.5 * (static_cast<double>(width_) - 1.0));
    return run;
}

}  // namespace analysis
