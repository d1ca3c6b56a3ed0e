#include "deep/network.hpp"

#include <ATen/Parallel.h>
#include <torch/nn.h>
#include <torch/optim.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "sim/rng.hpp"

namespace deep {
namespace {

namespace nn = torch::nn;

constexpr std::int64_t kMaps = 32;

std::int64_t as_int(std::size_t n) { return static_cast<std::int64_t>(n); }

nn::Conv2d convolution(std::int64_t from, std::int64_t to, std::int64_t size, std::int64_t stride = 1) {
    // No bias: the batch normalisation that follows would take it away.
    return nn::Conv2d(nn::Conv2dOptions(from, to, size).padding(size / 2).stride(stride).bias(false));
}

class NetworkImpl : public nn::Module {
  public:
    explicit NetworkImpl(const Inputs& inputs)
        : pool_(as_int(inputs.stem.pool)),
          stem_(convolution(as_int(inputs.channels), kMaps, as_int(inputs.stem.size))),
          first_(convolution(kMaps, kMaps, 3)),
          second_(convolution(kMaps, kMaps, 3)),
          wide_(convolution(kMaps, 2 * kMaps, 3, 2)),
          stem_norm_(kMaps),
          first_norm_(kMaps),
          second_norm_(kMaps),
          wide_norm_(2 * kMaps),
          classes_(nn::LinearOptions(2 * kMaps, as_int(kClasses)).bias(false)) {
        register_module("stem", stem_), register_module("stem_norm", stem_norm_);
        register_module("first", first_), register_module("first_norm", first_norm_);
        register_module("second", second_), register_module("second_norm", second_norm_);
        register_module("wide", wide_), register_module("wide_norm", wide_norm_);
        register_module("classes", classes_);
    }

    torch::Tensor forward(const torch::Tensor& images) {
        torch::Tensor x = torch::max_pool2d(torch::relu(stem_norm_(stem_(images))), pool_, pool_, 0, 1, true);
        const torch::Tensor inner = torch::relu(first_norm_(first_(x)));
        x = torch::relu(x + second_norm_(second_(inner)));
        x = torch::relu(wide_norm_(wide_(x)));
        return classes_(x.mean({2, 3}));
    }

  private:
    std::int64_t pool_;
    nn::Conv2d stem_, first_, second_, wide_;
    nn::BatchNorm2d stem_norm_, first_norm_, second_norm_, wide_norm_;
    nn::Linear classes_;
};
TORCH_MODULE(Network);

/// Normal weights of variance 2 / (inputs of a neuron). libtorch draws its own from one generator that all
/// threads share.
void draw_weights(Network& network, std::uint64_t seed) {
    const torch::NoGradGuard no_grad;
    std::uint64_t index = 0;
    for (torch::Tensor& weights : network->parameters()) {
        if (weights.dim() < 2) continue;  // of a normalisation: ones and zeros, which need no chance
        sim::Stream stream(seed, sim::Purpose::initial_weights, index++);
        const double scale =
            std::sqrt(2.0 * static_cast<double>(weights.size(0)) / static_cast<double>(weights.numel()));
        float* const values = weights.data_ptr<float>();
        for (std::int64_t i = 0; i < weights.numel(); ++i)
            values[i] = static_cast<float>(scale * stream.normal());
    }
}

using Indices = std::vector<std::size_t>;

/// 0 .. n - 1 in an order that is drawn (Fisher & Yates).
Indices shuffled(std::size_t n, std::uint64_t seed, std::size_t epoch) {
    Indices order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    sim::Stream stream(seed, sim::Purpose::training, epoch);
    for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
    return order;
}

torch::Tensor images_of(const Inputs& inputs, std::span<const std::size_t> which) {
    torch::Tensor images = torch::empty(
        {as_int(which.size()), as_int(inputs.channels), as_int(inputs.rows), as_int(inputs.cols)});
    float* to = images.data_ptr<float>();
    for (const std::size_t i : which) inputs.show(i, {to, inputs.size()}), to += inputs.size();
    return images;
}

torch::Tensor labels_of(const Inputs& inputs, std::span<const std::size_t> which) {
    torch::Tensor labels = torch::empty({as_int(which.size())}, torch::kLong);
    for (std::size_t i = 0; i < which.size(); ++i)
        labels.data_ptr<std::int64_t>()[i] = inputs.labels[which[i]];
    return labels;
}

/// use(images) for parts of `order` of `size` images, the last maybe smaller.
template <class Use>
void in_batches(std::span<const std::size_t> order, std::size_t size, Use use) {
    for (std::size_t first = 0; first < order.size(); first += size)
        use(order.subspan(first, std::min(size, order.size() - first)));
}

/// Mean cross-entropy of the last epoch.
double train(Network& network, const Inputs& inputs, const TrainingSettings& settings, std::uint64_t seed) {
    network->train();
    torch::optim::Adam adam(network->parameters(), torch::optim::AdamOptions(settings.rate));
    auto& options = static_cast<torch::optim::AdamOptions&>(adam.param_groups().front().options());
    const std::size_t per_epoch = (inputs.n() + settings.batch - 1) / settings.batch;
    double steps = 0.0, sum = 0.0;
    for (std::size_t epoch = 0; epoch < settings.epochs; ++epoch) {
        sum = 0.0;
        const Indices order = shuffled(inputs.n(), seed, epoch);
        in_batches(order, settings.batch, [&](std::span<const std::size_t> batch) {
            const double part = steps++ / static_cast<double>(settings.epochs * per_epoch);
            options.lr(settings.rate * 0.5 * (1.0 + std::cos(std::numbers::pi * part)));
            adam.zero_grad();
            torch::Tensor loss = torch::nll_loss(torch::log_softmax(network(images_of(inputs, batch)), 1),
                                                 labels_of(inputs, batch));
            loss.backward();
            adam.step();
            sum += loss.item<double>() * static_cast<double>(batch.size());
        });
    }
    return sum / static_cast<double>(inputs.n());
}

double accuracy(Network& network, const Inputs& inputs, std::size_t batch_size) {
    const torch::NoGradGuard no_grad;
    network->eval();
    Indices all(inputs.n());
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::int64_t right = 0;
    in_batches(all, batch_size, [&](std::span<const std::size_t> batch) {
        const torch::Tensor found = network(images_of(inputs, batch)).argmax(1);
        right += found.eq(labels_of(inputs, batch)).sum().item<std::int64_t>();
    });
    return static_cast<double>(right) / static_cast<double>(inputs.n());
}

}  // namespace

Trained train_and_test(const Inputs& training, std::span<const Inputs> tests,
                       const TrainingSettings& settings, std::uint64_t seed) {
    at::set_num_threads(1);  // of the thread that calls
    Network network(training);
    draw_weights(network, seed);
    Trained trained{train(network, training, settings, seed), {}};
    for (const Inputs& test : tests) trained.accuracy.push_back(accuracy(network, test, settings.batch));
    return trained;
}

}  // namespace deep
