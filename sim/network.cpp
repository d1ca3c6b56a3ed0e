#include "sim/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "sim/elementary.hpp"
#include "sim/error.hpp"
#include "sim/finite.hpp"
#include "sim/names.hpp"
#include "sim/parallel.hpp"
#include "sim/per_neuron.hpp"
#include "sim/rng.hpp"
#include "sim/size_limit.hpp"

namespace sim {
namespace {

/// The block `receptive_field`: how neurons see a frame.
void read_receptive_field(const Params& at, const WhichNeurons& neurons, FieldGeometry& geometry) {
    const Params field = at.block("receptive_field");
    geometry.radii = numbers_of(field, neurons, "R", "px", 0.0, Check::non_negative,
                                "radius of the window exp(-(r/R)^6) a neuron sees; 0 px: the whole frame");
    const auto [least, most] = std::ranges::minmax(geometry.radii);
    if (least == 0.0 && most > 0.0) field.fail("R", "above 0 px of every neuron, or 0 px of all");
    geometry.R = most;
    if (least == most) geometry.radii.clear();
    geometry.span = field.number("span", "px", 0.0, Check::non_negative,
                                 "the neurons' places cover the middle span x span of the frame");
    if (geometry.span > static_cast<double>(std::min(geometry.height, geometry.width)))
        field.fail("span", "at most the frame's height and width");
}

/// A Gaussian too narrow to reach the nearest neighbour has no weight there is anything of; one much wider
/// than the sheet is flat on it, and takes for ever to sum.
void check_widths(const Params& lateral, std::pair<std::size_t, std::size_t> sheet, const Coupling& coupling,
                  double kappa) {
    constexpr double kNarrowest = 0.03;
    const double widest = std::max(100.0, 3.0 * static_cast<double>(std::max(sheet.first, sheet.second)));
    const auto check = [&](const char* key, double width) {
        if (width < kNarrowest || width > widest)
            lateral.fail(key, fmt::format("from {} to {} sheet units", kNarrowest, widest));
    };
    if (kappa == 0.0) return;
    check("sigma", coupling.sigma);
    check("surround_sigma", coupling.surround_sigma);
}

}  // namespace

FieldGeometry read_frame(const Params& root) {
    const Params frame = root.block("frame");
    const auto side = [&](const char* key, const char* doc) {
        const double px = frame.number(key, "px", 16.0, Check::positive, doc);
        if (px != std::floor(px)) frame.fail(key, "a whole number of px");
        check_fits(frame, key, px * sizeof(float), fmt::format("frames of {:g} px", px));
        return static_cast<std::size_t>(px);
    };
    const std::size_t height = side("height", "height of a frame");
    const std::size_t width = side("width", "width of a frame");
    return {height, width, 0.0, 0.0, {}};
}

FieldGeometry stacked(const std::vector<Sense>& senses) {
    FieldGeometry geometry{0, senses.front().width, 0.0, 0.0, {}};
    std::size_t pixels = 0;
    for (const Sense& sense : senses) {
        geometry.height += sense.height;
        pixels += sense.size();
        geometry.parts.push_back(
            {sense.first_pixel, sense.size(), sense.is_present ? std::sqrt(sense.weight) : 0.0});
    }
    const bool are_as_wide =
        std::ranges::all_of(senses, [&](const Sense& sense) { return sense.width == geometry.width; });
    if (!are_as_wide) geometry.height = 1, geometry.width = pixels;
    return geometry;
}

Reception read_reception(const Params& root, std::uint64_t seed, const FieldGeometry& size) {
    const Params frame = root.block("frame"), control = frame.block("gain_control");
    return {
        seed,
        frame.number("scale", "1", 1.0, Check::positive,
                     "pixels are multiplied by this; frames come with unit norm, so that the root of "
                     "height x width gives them unit variance"),
        frame.number("noise", "1", 0.0, Check::non_negative,
                     "norm of the white noise in each frame, as of retina and LGN; a frame without it "
                     "has unit norm"),
        size.height,
        size.width,
        frame.flag(
            "unit_norm", true,
            "frames cut from images, and those of the laboratory, have zero mean and unit norm; false: "
            "pixels "
            "are in standard deviations of the whole image, and the contrast of gratings is their amplitude"),
        {control.number(
             "width", "px", 0.0, Check::non_negative,
             "of the Gaussian G of divisive gain control, x / sqrt(s0^2 + G * x^2), before noise and "
             "scale; 0 px: none"),
         control.number(
             "s0", "1", 1.0, Check::positive,
             "local contrast, in the units of pixels, at which the gain has fallen to 1 / sqrt 2")}};
}

Presentation read_presentation_of_still(const Params& root) {
    Presentation presentation{};
    const Params shown = root.block("presentation");
    presentation.T = shown.number("T", "ms", 100.0, Check::positive, "how long a frame is shown");
    presentation.T0 = shown.number("T0", "ms", 0.3 * presentation.T, Check::non_negative,
                                   "the code is read over (T0, T]; 0.3 T if not given");
    if (presentation.T0 >= presentation.T) shown.fail("T0", "less than presentation.T");
    return presentation;
}

Presentation read_presentation(const Params& root) {
    Presentation presentation = read_presentation_of_still(root);
    presentation.n_frames =
        root.block("presentation")
            .count("frames", 1,
                   "of a movie, in a presentation: a stimulus that moves shows one every T / frames");
    return presentation;
}

NetworkSettings::NetworkSettings(const Params& at, const std::string& name, const Seen& seen)
    : seed(seen.seed),
      number(seen.number),
      senses(seen.senses),
      geometry(seen.frame),
      reception(seen.reception),
      population(name),
      presentation(seen.presentation),
      block(at) {
    if (at.has("kernels") || at.is_describing()) read_kernels(at);
    if (!kernels || at.is_describing()) read_sheet(at);
    if ((!kernels && senses.empty()) || at.is_describing()) read_receptive_field(at, neurons(), geometry);
    presentation.background = Background(at.block("background"), neurons());
    kind = Registry<Neurons>::instance().kind(at, "slca");
    lambda = at.number("lambda", "1", 0.1, Check::non_negative,
                       "threshold of the current: the weight of sparseness");
    lambda_spread = at.number(
        "lambda_spread", "1", 0.0, Check::non_negative,
        "standard deviation of log lambda_i over neurons, log-normal about lambda; 0: all the same");
    objective = Objective(at);
    if (objective.is_signed && presentation.background.is_on() && objective.delta == 0.0)
        at.block("objective")
            .fail("delta",
                  "above 0 where twins of signed codes have a background: what excites "
                  "both at once has no other end");
    const Params lateral = at.block("coupling");
    kappa = lateral.number(
        "kappa", "1", 0.0, Check::non_negative,
        "weight of smooth coding, kappa/2 a'La; neighbours pull each other's activity together");
    coupling.sigma =
        lateral.number("sigma", "1", 1.0, Check::positive, "width of the coupling, in sheet units");
    coupling.surround =
        lateral.number("surround", "1", 0.0, Check::non_negative,
                       "inhibition around that attraction, as a part of it: activity then comes in patches");
    coupling.surround_sigma =
        lateral.number("surround_sigma", "1", 3.0 * coupling.sigma, Check::positive,
                       "width of that inhibition, in sheet units; 3 sigma if not given");
    check_widths(lateral, {rows, cols}, coupling, kappa);
    if (!kernels || at.is_describing()) return;
    if (kappa > 0.0) lateral.fail("kappa", "0 where kernels are shared");
    if (objective.weighs_distance())
        at.block("objective").fail_here("l1 where kernels are shared", "another");
    if (objective.is_signed) check_twins_fit(at.block("kernels"), *kernels);
    if (objective.delta > 0.0) at.block("objective").fail("delta", "0 where kernels are shared");
}

/// A field for each neuron of a sheet.
void NetworkSettings::read_sheet(const Params& at) {
    const Params sheet = at.block("sheet");
    rows = sheet.count("rows", 16, "rows of neurons");
    cols = sheet.count("cols", 16, "columns of neurons");
    const double N = static_cast<double>(rows) * static_cast<double>(cols),
                 M = static_cast<double>(geometry.height) * static_cast<double>(geometry.width);
    check_fits(sheet, rows > cols ? "rows" : "cols", N * M * sizeof(float),
               fmt::format("the receptive fields of {:g} neurons, {:g} px each,", N, M));
    boundary =
        sheet.choice("boundary", {"open", "periodic"}, "open", "whether the sheet's edges meet") == "open"
            ? Boundary::open
            : Boundary::periodic;
}

/// Fields that all places share.
void NetworkSettings::read_kernels(const Params& at) {
    for (const char* other : {"sheet", "receptive_field"})
        if (at.has(other) && !at.is_describing()) at.fail(other, "left out where kernels are shared");
    if (!senses.empty()) at.fail("kernels", "left out where frames are of several senses");
    kernels = read_shared_kernels(at.block("kernels"), geometry.height, geometry.width);
    rows = kernels->places.rows, cols = kernels->places.cols * kernels->shape.n;
    boundary = Boundary::open;
}

namespace {

std::vector<std::vector<std::uint32_t>> only_itself(std::size_t n) {
    std::vector<std::vector<std::uint32_t>> itself(n);
    for (std::uint32_t j = 0; j < n; ++j) itself[j] = {j};
    return itself;
}

/// Each neuron reaches itself.
Interaction alone(std::size_t n) { return Interaction::local(only_itself(n)); }

/// What kernels do to each other before there are any: who solves by them has millions of neurons, too many for a pattern.
Interaction of_zeros(const SharedKernelSettings& shared, bool has_twins) {
    Kernels kernels = shared.shape;
    kernels.values.assign(kernels.n * kernels.height * kernels.width, 0.0F);
    Interaction Q = Interaction::shared(std::move(kernels), shared.places);
    if (has_twins) Q.add_twins();
    return Q;
}

/// What stands for the fields of a network that is only read and checked: of one neuron and one pixel where they are
/// many.
std::unique_ptr<Fields> not_laid_out(const NetworkSettings& settings) {
    if (settings.kernels) return std::make_unique<SharedKernels>(*settings.kernels);
    const FieldGeometry& geometry = settings.geometry;
    return std::make_unique<Dictionary>(Sheet(1, 1, Boundary::open),
                                        FieldGeometry{1, 1, geometry.R, geometry.span, {}});
}

}  // namespace

Network::Network(const NetworkSettings& settings)
    : settings_(settings),
      fields_(not_laid_out(settings)),
      sheet_(settings.rows, settings.cols, settings.boundary),
      neurons_(Registry<Neurons>::instance().make(settings.kind, settings.block,
                                                  {settings.seed, settings.number})) {
    const Objective& objective = settings.objective;
    if (!solves_program() && (objective.weighs_distance() || objective.is_signed))
        settings.block.fail(
            "objective", fmt::format("l1 and unsigned under kind {}, which solves no program", settings.kind),
            "another");
    if (!solves_program() && objective.delta > 0.0)
        settings.block.block("objective")
            .fail("delta", fmt::format("0 under kind {}, which solves no program", settings.kind));
    if (!solves_program() && settings.kernels)
        settings.block.fail("kernels",
                            fmt::format("left out under kind {}, which solves no program", settings.kind));
    if (neurons_->solves_by_kernels()) {
        if (!settings.kernels)
            settings.block.fail(
                "kernels", fmt::format("there under kind {}, which solves for kernels that all places share",
                                       settings.kind));
        if (settings.is_lateral_delayed)
            settings.block.fail("lateral",
                                fmt::format("at_once under kind {}, which fires no spikes", settings.kind));
    }
    const std::size_t n = size() + n_hidden();
    program = {neurons_->solves_by_kernels() ? of_zeros(*settings.kernels, n_hidden() > 0) : alone(n),
               std::vector<double>(n, settings.lambda)};
    std::ranges::copy(first_thresholds(settings), program.lambda.begin());
}

/// Fields and weights, all zero. A config is read without: large sheets take long.
void Network::lay_out() {
    if (settings_.kernels) return;  // they are few, and their Q is made whole
    auto dictionary = std::make_unique<Dictionary>(sheet_, settings_.geometry);
    if (settings_.kappa > 0.0) coupling_ = sheet_.laplacian(settings_.coupling);
    program.Q = pattern(*dictionary);
    fields_ = std::move(dictionary);
}

/// Of Q: neurons whose windows overlap, and those coupled on the sheet; twins reach whom those reach whose twins they
/// are, and their twins.
Interaction Network::pattern(const Dictionary& dictionary) {
    const bool sees_all = settings_.geometry.R == 0.0 && settings_.has_fields,
               has_hidden_of_kind = neurons_->n_hidden() > 0;
    if (sees_all || has_hidden_of_kind || settings_.objective.kind == Objective::Kind::simplex)
        return Interaction::dense(program.lambda.size());
    auto neighbours = settings_.has_fields ? dictionary.overlaps() : only_itself(size());
    is_coupled_beyond_fields_ = false;
    for (std::size_t i = 0; i < coupling_.size(); ++i) {
        const std::size_t n_overlapping = neighbours[i].size();
        for (const Neighbour& other : coupling_[i]) neighbours[i].push_back(other.neuron);
        std::sort(neighbours[i].begin(), neighbours[i].end());
        neighbours[i].erase(std::unique(neighbours[i].begin(), neighbours[i].end()), neighbours[i].end());
        is_coupled_beyond_fields_ |= neighbours[i].size() > n_overlapping;
    }
    if (!settings_.objective.is_signed) return Interaction::local(neighbours);
    const auto N = static_cast<std::uint32_t>(size());
    for (auto& of_one : neighbours) {
        const std::size_t n = of_one.size();
        for (std::size_t k = 0; k < n; ++k) of_one.push_back(N + of_one[k]);
    }
    neighbours.resize(2 * size());
    std::copy_n(neighbours.begin(), N, neighbours.begin() + N);
    return Interaction::local(neighbours);
}

std::vector<double> first_thresholds(const NetworkSettings& settings) {
    std::vector<double> lambda(settings.size(), settings.lambda);
    if (settings.lambda_spread == 0.0) return lambda;
    Stream stream(settings.seed, Purpose::thresholds, 0);
    const std::size_t n = settings.n_fields();
    for (std::size_t i = 0; i < lambda.size(); ++i)
        lambda[i] = i < n ? lambda[i] * sim::exp(settings.lambda_spread * stream.normal()) : lambda[i - n];
    return lambda;
}

std::size_t Network::n_thresholds() const {
    return settings_.kernels ? settings_.n_fields() : program.lambda.size();
}

std::vector<double> Network::thresholds() const {
    return {program.lambda.begin(), program.lambda.begin() + static_cast<std::ptrdiff_t>(n_thresholds())};
}

std::vector<double> Network::diagonal() const {
    std::vector<double> all(n_thresholds());
    for (std::size_t j = 0; j < all.size(); ++j) all[j] = program.Q.diagonal(j);
    return all;
}

// Places follow each other in the order of neurons, and the twins of all places come behind them.
void Network::set_thresholds(std::span<const double> lambda) {
    const std::size_t n = n_thresholds();
    if (lambda.size() != n) throw Error(fmt::format("thresholds must be {}, are {}", n, lambda.size()));
    for (std::size_t i = 0; i < program.lambda.size(); ++i) program.lambda[i] = lambda[i % n];
}

std::size_t Network::n_hidden() const {
    if (settings_.objective.is_signed) return size();
    return neurons_->n_hidden();
}

void Network::refresh_interaction() {
    if (settings_.is_lateral_delayed && lateral_.size() > 0) program.Q = std::move(lateral_);
    if (solves_program()) {
        if (!settings_.has_fields ||
            is_coupled_beyond_fields_)  // what is added below is no Gram matrix's to set
            program.Q.restore(std::vector<float>(program.Q.n_weights()));
        if (settings_.has_fields) fields().gram(program.Q);
        add_coupling();
        if (settings_.objective.kind == Objective::Kind::simplex) add_global_inhibition();
        if (settings_.objective.is_signed) add_twins();
        add_ridge();
        if (program.Q.is_shared() && !neurons_->solves_by_kernels()) program.Q.make_weights();
    }
    check_finite();
    if (settings_.is_lateral_delayed) delay_lateral();
}

/// Leaves the program the diagonal, which thresholds are made of.
void Network::delay_lateral() {
    lateral_ = std::move(program.Q);
    program.Q = alone(lateral_.size());
    for (std::uint32_t j = 0; j < lateral_.size(); ++j)
        program.Q.add(j, j, static_cast<float>(lateral_.diagonal(j)));
}

/// Weights and thresholds that are no numbers make codes that look like numbers: silent neurons.
void Network::check_finite() const {
    const std::string& name = settings_.kind;
    const auto check = [&](const char* what, std::size_t neuron, double value) {
        throw NumericsError(fmt::format("{}: neuron {}: {} has become {}", name, neuron, what, value));
    };
    const std::span<const double> lambda = program.lambda;
    if (const std::size_t i = first_not_finite(lambda); i < lambda.size())
        check("its threshold", i, lambda[i]);
    if (solves_program()) {  // Q_ij^2 <= Q_ii Q_jj, and what is added to that is finite
        for (std::size_t j = 0; j < program.Q.size(); ++j)
            if (!std::isfinite(program.Q.diagonal(j))) check("its field's norm", j, program.Q.diagonal(j));
        return;
    }
    for (std::size_t j = 0; j < program.Q.size(); ++j)
        for (const auto& run : program.Q.runs(j)) {
            const auto w = program.Q.weights(run);
            if (const std::size_t k = first_not_finite(w); k < w.size())
                check(fmt::format("its weight on neuron {}", run.first + k).c_str(), j,
                      static_cast<double>(w[k]));
        }
}

/// + rho 11': with the drive rho of everybody, the penalty rho/2 (sum a - 1)^2. Every spike inhibits all
/// neurons alike and at once, as through one interneuron without delay (docs/decisions/0013).
void Network::add_global_inhibition() {
    parallel_for(std::size_t{0}, size(), [&](std::size_t j) {
        const std::span<const float> column = std::as_const(program.Q).weights(program.Q.runs(j)[0]);
        std::vector<float> more(column.begin(), column.end());
        for (float& w : more) w += static_cast<float>(settings_.objective.rho);
        program.Q.set(j, 0, more);
    });
}

/// + kappa L
void Network::add_coupling() {
    parallel_for(std::size_t{0}, coupling_.size(), [&](std::size_t i) {
        for (const Neighbour& other : coupling_[i])
            program.Q.add(other.neuron, i, static_cast<float>(settings_.kappa * other.weight));
    });
}

/// Neuron N + i is neuron i with the opposite field: Q = [G -G; -G G].
void Network::add_twins() {
    const std::size_t N = size();
    std::copy_n(program.lambda.begin(), N, program.lambda.begin() + static_cast<std::ptrdiff_t>(N));
    if (program.Q.is_shared()) {
        program.Q.add_twins();
        return;
    }
    parallel_for(std::size_t{0}, N, [&](std::size_t j) {
        for (const auto& run : program.Q.runs(j)) {
            if (run.first >= N) break;
            const std::size_t n = std::min<std::size_t>(run.size, N - run.first);
            const std::span<const float> column = std::as_const(program.Q).weights(run).first(n);
            const std::vector<float> same(column.begin(), column.end());
            std::vector<float> opposite(n);
            std::transform(same.begin(), same.end(), opposite.begin(), std::negate<>());
            program.Q.set(j, N + run.first, opposite);
            program.Q.set(N + j, run.first, opposite);
            program.Q.set(N + j, N + run.first, same);
        }
    });
}

/// + delta 1, of twins too: what is then the ridge of a signed code, of whose twins one at most is active.
void Network::add_ridge() {
    if (settings_.objective.delta == 0.0) return;
    for (std::uint32_t i = 0; i < program.Q.size(); ++i)
        program.Q.add(i, i, static_cast<float>(settings_.objective.delta));
}

/// b: Phi^T s of every frame.
Eigen::MatrixXf Network::prices(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& b) const {
    const auto N = static_cast<Eigen::Index>(size());
    const Eigen::VectorXd lambda = Eigen::Map<const Eigen::VectorXd>(program.lambda.data(), N);
    if (!settings_.objective.weighs_distance()) return lambda.cast<float>().replicate(1, frames.cols());
    Eigen::MatrixXd price = lambda.replicate(1, frames.cols());  // |s - phi_j|^2 = |s|^2 + |phi_j|^2 - 2 b_j
    const std::vector<double> norms = fields().norms();
    const Eigen::ArrayXd phi = Eigen::Map<const Eigen::ArrayXd>(norms.data(), N).square();
    for (Eigen::Index k = 0; k < frames.cols(); ++k)
        price.col(k).array() *=
            frames.col(k).cast<double>().squaredNorm() + phi - 2.0 * b.col(k).cast<double>().array();
    return price.cast<float>();
}

// The population subtracts its own lambda_j, whatever the frame, so that what the price is above that is
// taken from the drive.
Problems Network::pose(const Eigen::MatrixXf& frames) const {
    const auto N = static_cast<Eigen::Index>(size());
    Eigen::MatrixXf b = fields().drive(frames), price = prices(frames, b);
    const Objective& objective = settings_.objective;
    if (objective.weighs_distance())
        b += (Eigen::Map<const Eigen::VectorXd>(program.lambda.data(), N).cast<float>())
                 .replicate(1, b.cols()) -
             price;
    if (objective.kind == Objective::Kind::simplex) b.array() += static_cast<float>(objective.rho);
    if (!objective.is_signed) return {std::move(b), std::move(price)};
    Eigen::MatrixXf drive(2 * N, b.cols());
    drive << b, -b;
    return {std::move(drive), std::move(price)};
}

Eigen::MatrixXf Network::codes(const Eigen::MatrixXd& activity) const {
    const auto N = static_cast<Eigen::Index>(size());
    if (!settings_.objective.is_signed) return activity.topRows(N).cast<float>();
    return (activity.topRows(N) - activity.bottomRows(N)).cast<float>();
}

Eigen::MatrixXf Network::optima(const Problems& posed, double tolerance) const {
    Program whole;
    if (settings_.is_lateral_delayed) whole = {lateral_, program.lambda};
    if (neurons_->solves_by_kernels()) {
        whole = program;
        whole.Q.make_weights();
    }
    const Program& solved = whole.lambda.empty() ? program : whole;
    Eigen::MatrixXd best(posed.drive.rows(), posed.drive.cols());
    parallel_for(Eigen::Index{0}, best.cols(), [&](Eigen::Index k) {
        const Eigen::VectorXd b = posed.drive.col(k).cast<double>();
        const auto a = optimum(solved, {b.data(), solved.Q.size()}, tolerance);
        std::copy(a.begin(), a.end(), best.col(k).data());
    });
    return codes(best);
}

/// a'La
double Network::roughness(std::span<const float> a) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < coupling_.size(); ++i) {
        if (a[i] == 0.0F) continue;
        double of_i = 0.0;
        for (const Neighbour& other : coupling_[i])
            of_i += other.weight * static_cast<double>(a[other.neuron]);
        sum += static_cast<double>(a[i]) * of_i;
    }
    return sum;
}

double Network::energy(double residual_squared, std::span<const float> price,
                       std::span<const float> a) const {
    double cost = 0.5 * residual_squared;
    if (!solves_program()) return cost;
    double activity = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == 0.0F) continue;
        activity += static_cast<double>(a[i]);
        squares += static_cast<double>(a[i]) * static_cast<double>(a[i]);
        cost += static_cast<double>(price[i]) * std::abs(static_cast<double>(a[i]));
    }
    cost += 0.5 * settings_.kappa * roughness(a) + 0.5 * settings_.objective.delta * squares;
    if (settings_.objective.kind == Objective::Kind::simplex)
        cost += 0.5 * settings_.objective.rho * (activity - 1.0) * (activity - 1.0);
    return cost;
}

}  // namespace sim
