// What a network is made of: neurons, fields, and the Q and lambda of the program it solves. What it makes of frames stands
// in network_codes.cpp.
#include "sim/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "sim/error.hpp"
#include "sim/finite.hpp"
#include "sim/parallel.hpp"
#include "sim/size_limit.hpp"
#include "sim/stop.hpp"

namespace sim {
namespace {

std::vector<std::uint32_t> only_itself(std::size_t j) { return {static_cast<std::uint32_t>(j)}; }

/// Each neuron reaches itself.
Interaction alone(std::size_t n) { return Interaction::local(n, only_itself); }

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
    const std::vector<double> lambda = first_thresholds(settings);
    const std::size_t n = size() + n_hidden();
    if (neurons_->solves_by_kernels()) {
        program = {of_zeros(*settings.kernels, n_hidden() > 0), lambda};
    } else {
        program = {alone(n), std::vector<double>(n, settings.lambda)};
        for (std::size_t i = 0; i < size(); ++i) program.lambda[i] = lambda[i % lambda.size()];
    }
}

/// Fields and weights, all zero. A config is read without: large sheets take long.
void Network::lay_out() {
    if (settings_.kernels) return;  // they are few, and their Q is made whole
    check_memory();
    auto dictionary = std::make_unique<Dictionary>(sheet_, settings_.geometry);
    if (settings_.kappa > 0.0) coupling_ = sheet_.laplacian(settings_.coupling);
    program.Q = pattern(*dictionary);
    fields_ = std::move(dictionary);
}

bool Network::is_dense() const {
    const bool sees_all = settings_.geometry.R == 0.0 && settings_.has_fields,
               has_hidden_of_kind = neurons_->n_hidden() > 0;
    return sees_all || has_hidden_of_kind || settings_.objective.kind == Objective::Kind::simplex;
}

double Network::least_memory() const {
    if (settings_.kernels) return 0.0;
    const auto n = static_cast<double>(program.lambda.size()), N = static_cast<double>(size());
    double pairs = settings_.has_fields ? Dictionary::n_overlaps(sheet_, settings_.geometry) : N;
    if (settings_.objective.is_signed) pairs *= 4.0;
    if (is_dense()) pairs = n * n;
    const double pixels = static_cast<double>(settings_.geometry.height * settings_.geometry.width);
    return sizeof(float) * (pairs + N * pixels);
}

void Network::check_memory() const {
    check_fits(settings_.block.block("sheet"), settings_.rows > settings_.cols ? "rows" : "cols",
               least_memory(),
               fmt::format("the interaction of {} neurons and their fields", program.lambda.size()));
}

/// Of Q: neurons whose windows overlap, and those coupled on the sheet; twins reach whom those reach whose twins they
/// are, and their twins.
Interaction Network::pattern(const Dictionary& dictionary) {
    if (is_dense()) return Interaction::dense(program.lambda.size());
    is_coupled_beyond_fields_ = false;
    return Interaction::local(program.lambda.size(), [&](std::size_t j) {
        check_stop();
        const std::size_t i = j % size();
        std::vector<std::uint32_t> reached = settings_.has_fields ? dictionary.overlaps(i) : only_itself(i);
        if (!coupling_.empty()) add_coupled(i, reached);
        if (settings_.objective.is_signed)
            for (std::size_t k = 0, n = reached.size(); k < n; ++k)
                reached.push_back(static_cast<std::uint32_t>(size()) + reached[k]);
        return reached;
    });
}

void Network::add_coupled(std::size_t neuron, std::vector<std::uint32_t>& reached) {
    const std::size_t n_overlapping = reached.size();
    for (const Neighbour& other : coupling_[neuron]) reached.push_back(other.neuron);
    std::sort(reached.begin(), reached.end());
    reached.erase(std::unique(reached.begin(), reached.end()), reached.end());
    is_coupled_beyond_fields_ |= reached.size() > n_overlapping;
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
    if (!neurons_->solves_by_kernels())
        std::copy_n(program.lambda.begin(), N, program.lambda.begin() + static_cast<std::ptrdiff_t>(N));
    if (program.Q.is_shared()) {
        program.Q.add_twins();
        return;
    }
    program.Q.fill_twins();
}

/// + delta 1, of twins too: what is then the ridge of a signed code, of whose twins one at most is active.
void Network::add_ridge() {
    if (settings_.objective.delta == 0.0) return;
    for (std::uint32_t i = 0; i < program.Q.size(); ++i)
        program.Q.add(i, i, static_cast<float>(settings_.objective.delta));
}

}  // namespace sim
