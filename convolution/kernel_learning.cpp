#include "convolution/kernel_learning.hpp"

#include <utility>

namespace convolution {
namespace {

constexpr double kInitialActivity = 1e-3;  // of a position, of the order that codes to learn from have

}  // namespace

LearningSettings::LearningSettings(const sim::Params& block)
    : presentations(static_cast<std::size_t>(
          block.integer("presentations", 0, sim::Check::non_negative, "crops to learn from; 0: none"))),
      crop(block.count(
          "crop", 64,
          "height and width of a crop [px]; crops share no pixel with the squares that are coded")),
      iterations(block.count("iterations", 30, "of ADMM for a crop")),
      lambda(block.number("lambda", "1", 1.0, sim::Check::positive,
                          "price of activity while learning: kernels take shape when few are active")),
      eta(block.number("eta", "1", 0.3, sim::Check::positive, "learning rate at first")),
      slowing(block.number("slowing", "1", 400.0, sim::Check::positive,
                           "presentations after which the rate has halved: eta / (1 + i / slowing)")),
      homeostasis(block) {}

double LearningSettings::rate(std::size_t i) const { return eta / (1.0 + static_cast<double>(i) / slowing); }

Thresholds::Thresholds(const sim::HomeostasisSettings& settings, double lambda, std::size_t n_kernels)
    : initial_(lambda),
      lambda_(n_kernels, lambda),
      homeostasis_(settings, lambda_, n_kernels, kInitialActivity) {}

Kernels Thresholds::weigh(Kernels unit) const {
    for (std::size_t k = 0; k < unit.n; ++k)
        for (float& x : unit.kernel(k)) x *= static_cast<float>(initial_ / lambda_[k]);
    return unit;
}

Code Thresholds::unweigh(Code code) const {
    const std::size_t positions = code.size() / lambda_.size();
    for (std::size_t at = 0; at < code.size(); ++at)
        code[at] *= static_cast<float>(initial_ / lambda_[at / positions]);
    return code;
}

void Thresholds::follow(std::span<const float> code) {
    const auto n = static_cast<Eigen::Index>(lambda_.size());
    const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> maps(
        code.data(), n, static_cast<Eigen::Index>(code.size()) / n);
    homeostasis_.observe(maps.cwiseAbs());
    homeostasis_.move(lambda_);
}

KernelLearner::KernelLearner(const LearningSettings& settings, Task task)
    : settings_(settings),
      task_(std::move(task)),
      thresholds_(settings.homeostasis, settings.lambda, task_.kernels.n) {
    task_.lambda = settings.lambda;
    task_.border = Border::valid;
    if (settings.presentations > 0) normalise(task_.kernels);
}

Task KernelLearner::asked() const {
    Task asked = task_;
    asked.kernels = thresholds_.weigh(task_.kernels);
    return asked;
}

void KernelLearner::learn(const Image& crop, Code code) {
    const auto of_a_pixel = [&, task = asked()](const Code& any) {
        return energy(task, crop, any) / static_cast<double>(crop.size());
    };
    energy_.push_back(of_a_pixel(code));
    energy_of_no_code_.push_back(of_a_pixel(Code(code.size(), 0.0F)));
    code = thresholds_.unweigh(std::move(code));
    double power = 0.0;
    for (const double a : code) power += a * a / static_cast<double>(task_.kernels.n);
    if (power > 0.0) step(task_, crop, code, settings_.rate(energy_.size() - 1) / power);
    thresholds_.follow(code);
}

Learned KernelLearner::learned() const {
    return {task_.kernels, thresholds_.lambda(), thresholds_.activity(), energy_, energy_of_no_code_};
}

void KernelLearner::go_on_from(const Learned& before) {
    task_.kernels = before.kernels;
    thresholds_.restore(before.lambda, before.activity);
    energy_ = before.energy;
    energy_of_no_code_ = before.energy_of_no_code;
}

void step(Task& task, const Image& image, std::span<const float> code, double rate) {
    const Grid grid = grid_of(task, image.rows, image.cols);
    Image residual = reconstruct(task, code, image.rows, image.cols);
    for (std::size_t p = 0; p < image.size(); ++p) residual.pixels[p] = image.pixels[p] - residual.pixels[p];

    Kernels& kernels = task.kernels;
    for (std::size_t at = 0; at < code.size(); ++at) {
        if (code[at] == 0.0F) continue;
        const std::size_t y = at % grid.size() / grid.cols * grid.stride, x = at % grid.cols * grid.stride;
        float* value = kernels.kernel(at / grid.size()).data();
        for (std::size_t i = 0; i < kernels.height; ++i)
            for (std::size_t j = 0; j < kernels.width; ++j)
                *value++ += static_cast<float>(rate) * code[at] *
                            residual.pixels[(y + i) % image.rows * image.cols + (x + j) % image.cols];
    }
    normalise(kernels);
}

}  // namespace convolution
