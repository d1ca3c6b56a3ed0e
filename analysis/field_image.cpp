#include "analysis/field_image.hpp"

#include <algorithm>
#include <cmath>

namespace analysis {
namespace {

constexpr float kSupportLevel = 0.05F;  // of a field's largest value
constexpr std::uint8_t kGutter = 160;

float largest(const float* field, std::size_t n) {
    float most = 0.0F;
    for (std::size_t i = 0; i < n; ++i) most = std::max(most, std::abs(field[i]));
    return most;
}

std::uint8_t grey(float part) {
    return static_cast<std::uint8_t>(std::lround(127.5F * (1.0F + std::clamp(part, -1.0F, 1.0F))));
}

/// Farthest that a pixel of the field's support lies from the centre of its window, along a row or a column
/// [px].
long reach(const RecordedRun& run, std::size_t neuron) {
    const float* field = run.field(neuron);
    const float level = kSupportLevel * largest(field, run.height * run.width);
    const long row0 = std::lround(run.centre_row[neuron]), col0 = std::lround(run.centre_col[neuron]);
    long most = 0;
    for (std::size_t i = 0; i < run.height * run.width; ++i) {
        if (std::abs(field[i]) <= level) continue;
        const long row = static_cast<long>(i / run.width), col = static_cast<long>(i % run.width);
        most = std::max({most, std::abs(row - row0), std::abs(col - col0)});
    }
    return most;
}

bool all_equal(const std::vector<double>& x) {
    return std::all_of(x.begin(), x.end(), [&](double value) { return value == x.front(); });
}

}  // namespace

double magnification(std::size_t pixels, double room) {
    return std::max(1.0, std::floor(2.0 * room / static_cast<double>(pixels)) / 2.0);
}

FieldCrop::FieldCrop(const RecordedRun& run) : run_(&run), height_(run.height), width_(run.width) {
    measure();
}

void FieldCrop::measure() {
    std::vector<long> reaches;
    for (std::size_t i = 0; i < run_->size(); ++i) reaches.push_back(reach(*run_, i));
    std::ranges::sort(reaches);
    const long most = reaches.empty() ? 0 : reaches[(reaches.size() - 1) * 19 / 20];
    const auto side = static_cast<std::size_t>(2 * most + 1);
    whole_frame_ = side >= std::min(run_->height, run_->width) ||
                   (all_equal(run_->centre_row) && all_equal(run_->centre_col));
    if (!whole_frame_) height_ = width_ = side;
}

std::pair<long, long> FieldCrop::corner(std::size_t neuron) const {
    if (whole_frame_) return {0, 0};
    const long half = static_cast<long>(height_ / 2);
    return {std::lround(run_->centre_row[neuron]) - half, std::lround(run_->centre_col[neuron]) - half};
}

std::vector<float> FieldCrop::cut(const float* Phi, std::size_t neuron) const {
    const float* field = Phi + neuron * run_->height * run_->width;
    const auto [row0, col0] = corner(neuron);
    const long frame_height = static_cast<long>(run_->height), frame_width = static_cast<long>(run_->width);
    std::vector<float> box(height_ * width_);
    for (std::size_t k = 0; k < box.size(); ++k) {
        const long row = row0 + static_cast<long>(k / width_), col = col0 + static_cast<long>(k % width_);
        if (row >= 0 && row < frame_height && col >= 0 && col < frame_width)
            box[k] = field[row * frame_width + col];
    }
    return box;
}

void FieldCrop::paint(const float* Phi, std::size_t neuron, Raster& image, std::size_t top,
                      std::size_t left) const {
    const float most = largest(Phi + neuron * run_->height * run_->width, run_->height * run_->width);
    const std::vector<float> box = cut(Phi, neuron);
    for (std::size_t k = 0; k < box.size(); ++k)
        *image.at(top + k / width_, left + k % width_) = grey(most > 0.0F ? box[k] / most : 0.0F);
}

Raster field_picture(const float* field, std::size_t height, std::size_t width) {
    const float most = largest(field, height * width);
    Raster image(width, height, 1);
    for (std::size_t k = 0; k < height * width; ++k)
        image.bytes[k] = grey(most > 0.0F ? field[k] / most : 0.0F);
    return image;
}

Raster field_mosaic(const FieldCrop& crop, const RecordedRun& run, const std::vector<float>& Phi,
                    std::size_t first_row, std::size_t first_col, std::size_t rows, std::size_t cols) {
    const std::size_t down = crop.height() + 1, across = crop.width() + 1;
    Raster image(cols * across + 1, rows * down + 1, 1, kGutter);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < cols; ++c)
            crop.paint(Phi.data(), (first_row + r) * run.cols + first_col + c, image, 1 + r * down,
                       1 + c * across);
    return image;
}

}  // namespace analysis
