#include "deep/coded_images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/error.hpp"
#include "sim/parallel.hpp"
#include "sim/shared_kernels.hpp"

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

namespace {

/// The program that kernels at every pixel pose, each neuron's OFF twin behind all neurons.
sim::Program program_of(const sim::Kernels& kernels, const sim::Grid& places, double lambda) {
    sim::Program program{sim::Interaction::shared(kernels, places), {}};
    program.Q.add_twins();
    program.lambda.assign(kernels.n, lambda);
    return program;
}

/// Codes images of one size.
class Coder {
  public:
    Coder(const sim::Kernels& kernels, double lambda, const sim::Neurons& neurons, std::size_t rows,
          std::size_t cols)
        : kernels_(kernels), neurons_(neurons), rows_(rows), cols_(cols) {
        if (const std::string missing = sim::missing_for_periodic(kernels, rows, cols, 1); !missing.empty())
            throw sim::ConfigError(fmt::format("images must be {}, are {} x {} px", missing, rows, cols));
        places = sim::places_of(kernels, rows, cols, 1, sim::Border::periodic);
        program_ = program_of(kernels, places, lambda);
    }

    sim::Grid places;

    /// Of either sign, shape (kernels, places).
    std::vector<float> operator()(const models::Image& image) const {
        const Eigen::Map<const Eigen::VectorXf> pixels(image.pixels.data(),
                                                       static_cast<Eigen::Index>(image.pixels.size()));
        const Eigen::MatrixXd b = sim::drive(kernels_, places, rows_, cols_, pixels).cast<double>();
        const std::size_t K = kernels_.n, n = K * places.size();
        std::vector<double> drive(b.data(), b.data() + n), activity(2 * n);
        for (std::size_t i = 0; i < n; ++i) drive.push_back(-drive[i]);
        const auto population = neurons_.population(program_);
        population->drive(drive);
        population->begin_readout();
        population->read_code(activity);
        std::vector<float> code(n);
        for (std::size_t i = 0; i < n; ++i)
            code[i % K * places.size() + i / K] = static_cast<float>(activity[i] - activity[n + i]);
        return code;
    }

  private:
    const sim::Kernels& kernels_;
    const sim::Neurons& neurons_;
    std::size_t rows_, cols_;
    sim::Program program_;
};

}  // namespace

CodedImages code_images(const sim::Kernels& kernels, double lambda, const sim::Neurons& neurons,
                        std::span<const models::Image> images,
                        const std::function<void(std::size_t done)>& on_progress) {
    const Coder coder(kernels, lambda, neurons, images.front().height, images.front().width);
    CodedImages coded({kernels.n, coder.places.rows, coder.places.cols});
    for (std::size_t first = 0; first < images.size(); first += kBatch) {
        const auto batch = images.subspan(first, std::min(kBatch, images.size() - first));
        std::vector<std::vector<float>> codes(batch.size());
        sim::parallel_for(std::size_t{0}, batch.size(), [&](std::size_t i) { codes[i] = coder(batch[i]); });
        for (const std::vector<float>& code : codes) coded.add(code);
        on_progress(coded.n());
    }
    return coded;
}

}  // namespace deep
