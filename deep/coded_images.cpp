#include "deep/coded_images.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "convolution/population.hpp"
#include "sim/parallel.hpp"

namespace deep {
namespace {

constexpr std::size_t kBatch = 64;  // images coded side by side, whose whole codes are in memory

std::size_t squares(std::size_t positions) { return (positions + kPool - 1) / kPool; }

}  // namespace

void CodedImages::add(std::span<const float> code) {
    Code& active = codes_.emplace_back();
    for (std::size_t at = 0; at < code.size(); ++at)
        if (code[at] != 0.0F) active.push_back({static_cast<std::uint32_t>(at), code[at]});
}

float CodedImages::least(const Code& code, double cut) {
    float largest = 0.0F;
    for (const Active& x : code) largest = std::max(largest, std::abs(x.value));
    return static_cast<float>(cut) * largest;
}

std::size_t CodedImages::active(std::size_t image, double cut) const {
    const Code& code = codes_[image];
    return static_cast<std::size_t>(std::ranges::count_if(
        code, [bound = least(code, cut)](const Active& x) { return std::abs(x.value) >= bound; }));
}

Maps CodedImages::pooled() const { return {2 * maps_.n, squares(maps_.rows), squares(maps_.cols)}; }

void CodedImages::pool(std::size_t image, double cut, std::span<float> to) const {
    const Code& code = codes_[image];
    const Maps maps = pooled();
    std::ranges::fill(to, 0.0F);
    const float bound = least(code, cut);
    for (const auto& [place, value] : code) {
        if (std::abs(value) < bound) continue;
        const std::size_t kernel = place / (maps_.rows * maps_.cols), y = place / maps_.cols % maps_.rows,
                          x = place % maps_.cols, map = 2 * kernel + (value < 0.0F ? 1 : 0);
        float& largest = to[(map * maps.rows + y / kPool) * maps.cols + x / kPool];
        largest = std::max(largest, std::abs(value));
    }
}

CodedImages code_images(const convolution::Task& task, std::shared_ptr<const sim::Neurons> neurons,
                        std::span<const convolution::Image> images,
                        const std::function<void(std::size_t done)>& on_progress) {
    const std::size_t rows = images.front().rows, cols = images.front().cols;
    constexpr sim::Time kAny = 1.0;  // codes are there at once
    const convolution::Population population(task, rows, cols, std::move(neurons), kAny, 0.0);
    const convolution::Grid grid = convolution::grid_of(task, rows, cols);
    CodedImages coded({task.kernels.n, grid.rows, grid.cols});
    for (std::size_t first = 0; first < images.size(); first += kBatch) {
        const auto batch = images.subspan(first, std::min(kBatch, images.size() - first));
        std::vector<convolution::Code> codes(batch.size());
        sim::parallel_for(std::size_t{0}, batch.size(),
                          [&](std::size_t i) { codes[i] = population.solve(batch[i]).code; });
        for (const convolution::Code& code : codes) coded.add(code);
        on_progress(coded.n());
    }
    return coded;
}

}  // namespace deep
