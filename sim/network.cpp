#include "sim/network.hpp"

#include <algorithm>

#include "sim/parallel.hpp"

namespace sim {
namespace {

FieldGeometry read_geometry(const Params& root) {
    const Params frame = root.block("frame");
    const auto side = [&](const char* key, const char* doc) {
        const double px = frame.number(key, "px", 16.0, Check::positive, doc);
        if (px != static_cast<double>(static_cast<std::size_t>(px))) frame.fail(key, "a whole number of px");
        return static_cast<std::size_t>(px);
    };
    const std::size_t height = side("height", "height of a frame");
    const std::size_t width = side("width", "width of a frame");
    const Params field = root.block("receptive_field");
    const double R = field.number("R", "px", 0.0, Check::non_negative,
                                  "radius of the window exp(-(r/R)^6) a neuron sees; 0 px: the whole frame");
    const double span = field.number("span", "px", 0.0, Check::non_negative,
                                     "the neurons' places cover the middle span x span of the frame");
    if (span > static_cast<double>(std::min(height, width)))
        field.fail("span", "at most the frame's height and width");
    return {height, width, R, span};
}

}  // namespace

NetworkSettings::NetworkSettings(const Params& root)
    : seed(static_cast<std::uint64_t>(
          root.integer("seed", 1, Check::non_negative, "of all random numbers: same seed, same bits"))),
      geometry(read_geometry(root)),
      neurons(root.block("population")) {
    const Params sheet = root.block("sheet");
    rows = sheet.count("rows", 16, "rows of neurons");
    cols = sheet.count("cols", 16, "columns of neurons");
    boundary =
        sheet.choice("boundary", {"open", "periodic"}, "open", "whether the sheet's edges meet") == "open"
            ? Boundary::open
            : Boundary::periodic;
    population = neurons.text("name", "v1", "name of the population in the files");
    if (population.empty() || population.find('/') != std::string::npos)
        neurons.fail("name", "a name without \"/\"");
    kind = Registry<Neurons>::instance().kind(neurons, "slca");
    lambda = neurons.number("lambda", "1", 0.1, Check::non_negative,
                            "threshold of the current: the weight of sparseness");
    scale = root.block("frame").number(
        "scale", "1", 1.0, Check::positive,
        "pixels are multiplied by this; frames come with unit norm, so that the root of height x width gives "
        "them unit variance");
    const Params coupling = root.block("coupling");
    kappa = coupling.number(
        "kappa", "1", 0.0, Check::non_negative,
        "weight of smooth coding, kappa/2 a'La; neighbours pull each other's activity together");
    sigma = coupling.number("sigma", "1", 1.0, Check::positive, "width of the coupling, in sheet units");
    const Params shown = root.block("presentation");
    presentation.T = shown.number("T", "ms", 100.0, Check::positive, "how long a frame is shown");
    presentation.T0 = shown.number("T0", "ms", 0.3 * presentation.T, Check::non_negative,
                                   "the code is read over (T0, T]; 0.3 T if not given");
    if (presentation.T0 >= presentation.T) shown.fail("T0", "less than presentation.T");
}

namespace {

/// Pattern of Q: neurons whose windows overlap, and those coupled on the sheet.
Interaction pattern(const Dictionary& dictionary, const std::vector<std::vector<Neighbour>>& coupling) {
    auto neighbours = dictionary.overlaps();
    for (std::size_t i = 0; i < coupling.size(); ++i) {
        for (const Neighbour& other : coupling[i]) neighbours[i].push_back(other.neuron);
        std::sort(neighbours[i].begin(), neighbours[i].end());
        neighbours[i].erase(std::unique(neighbours[i].begin(), neighbours[i].end()), neighbours[i].end());
    }
    return Interaction::local(neighbours);
}

}  // namespace

Network::Network(const NetworkSettings& settings)
    : dictionary(Sheet(settings.rows, settings.cols, settings.boundary), settings.geometry),
      settings_(settings),
      sheet_(settings.rows, settings.cols, settings.boundary),
      neurons_(Registry<Neurons>::instance().make(settings.kind, settings.neurons, {})) {
    if (settings.kappa > 0.0) coupling_ = sheet_.coupling(settings.sigma);
    const std::size_t n = size() + neurons_->n_hidden();  // hidden neurons may reach everybody
    program = {n > size() ? Interaction::dense(n) : pattern(dictionary, coupling_),
               std::vector<double>(n, settings.lambda)};
}

void Network::refresh_interaction() {
    if (!solves_program()) return;
    dictionary.gram(program.Q);
    parallel_for(std::size_t{0}, coupling_.size(), [&](std::size_t i) {  // + kappa (D - K)
        double degree = 0.0;
        for (const Neighbour& other : coupling_[i]) {
            program.Q.add(other.neuron, i, static_cast<float>(-settings_.kappa * other.weight));
            degree += other.weight;
        }
        program.Q.add(i, i, static_cast<float>(settings_.kappa * degree));
    });
}

double Network::energy(double residual_squared, std::span<const float> a) const {
    double sum = 0.5 * residual_squared;
    if (!solves_program()) return sum;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == 0.0F) continue;
        double differences = 0.0;  // (L a)_i = sum_j K_ij (a_i - a_j)
        if (!coupling_.empty())
            for (const Neighbour& other : coupling_[i])
                differences +=
                    other.weight * (static_cast<double>(a[i]) - static_cast<double>(a[other.neuron]));
        sum += static_cast<double>(a[i]) * (program.lambda[i] + 0.5 * settings_.kappa * differences);
    }
    return sum;
}

}  // namespace sim
