#include "convolution/measures.hpp"

#include <algorithm>
#include <cmath>

#include "sim/quality.hpp"
#include "sim/stop.hpp"

namespace convolution {
namespace {

struct Coefficient {
    double size;  // it is cut by
    std::size_t at;
};

/// Active coefficients, the largest first.
std::vector<Coefficient> ranked(const Task& task, const Grid& grid, std::span<const float> code,
                                Reading reading) {
    const std::vector<double> norm = norms(task.kernels);
    std::vector<Coefficient> all;
    for (std::size_t at = 0; at < code.size(); ++at)
        if (code[at] != 0.0F)
            all.push_back({std::abs(static_cast<double>(code[at])) *
                               (reading == Reading::contrast ? norm[at / grid.size()] : 1.0),
                           at});
    std::ranges::sort(all, [](const Coefficient& x, const Coefficient& y) {
        return x.size != y.size ? x.size > y.size : x.at < y.at;
    });
    return all;
}

/// Explains the image with the first coefficients of a ranking, more and more of them.
class GrowingCode {
  public:
    GrowingCode(const Task& task, const Image& image, std::span<const float> code)
        : task_(task),
          image_(image),
          code_(code),
          grid_(grid_of(task, image.rows, image.cols)),
          explained_{image.rows, image.cols, std::vector<float>(image.size(), 0.0F)} {}

    const Grid& grid() const { return grid_; }

    Quality with_first(std::size_t n, const std::vector<Coefficient>& ranking) {
        for (; n_ < n; ++n_) {
            sim::check_stop();
            add(ranking[n_].at);
        }
        return {psnr(image_, explained_), 1.0 - static_cast<double>(n_) / static_cast<double>(code_.size())};
    }

  private:
    void add(std::size_t at) {
        const Kernels& kernels = task_.kernels;
        const std::size_t k = at / grid_.size(), y = at % grid_.size() / grid_.cols * grid_.stride,
                          x = at % grid_.cols * grid_.stride;
        const float* value = kernels.kernel(k).data();
        for (std::size_t i = 0; i < kernels.height; ++i)
            for (std::size_t j = 0; j < kernels.width; ++j)
                explained_.pixels[(y + i) % image_.rows * image_.cols + (x + j) % image_.cols] +=
                    code_[at] * *value++;
    }

    const Task& task_;
    const Image& image_;
    std::span<const float> code_;
    Grid grid_;
    Image explained_;
    std::size_t n_ = 0;
};

}  // namespace

double psnr(const Image& s, const Image& explained) {
    double sum = 0.0;
    for (std::size_t p = 0; p < s.size(); ++p) {
        const double error = static_cast<double>(s.pixels[p]) - static_cast<double>(explained.pixels[p]);
        sum += error * error;
    }
    return sim::psnr(s.pixels, sum);
}

std::vector<Quality> cut_below(const Task& task, const Image& image, std::span<const float> code,
                               Reading reading, std::span<const double> cut_offs) {
    GrowingCode growing(task, image, code);
    const auto ranking = ranked(task, growing.grid(), code, reading);
    std::vector<Quality> qualities;
    for (auto cut = cut_offs.rbegin(); cut != cut_offs.rend(); ++cut) {
        const auto kept = std::ranges::partition_point(
            ranking, [&](const Coefficient& coefficient) { return coefficient.size >= *cut; });
        qualities.push_back(growing.with_first(static_cast<std::size_t>(kept - ranking.begin()), ranking));
    }
    std::ranges::reverse(qualities);
    return qualities;
}

std::vector<Quality> cut_part(const Task& task, const Image& image, std::span<const float> code,
                              std::span<const double> parts) {
    GrowingCode growing(task, image, code);
    const auto ranking = ranked(task, growing.grid(), code, Reading::contrast);
    std::vector<Quality> qualities;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        const double kept = (1.0 - *part) * static_cast<double>(ranking.size());
        qualities.push_back(growing.with_first(static_cast<std::size_t>(std::lround(kept)), ranking));
    }
    std::ranges::reverse(qualities);
    return qualities;
}

}  // namespace convolution
