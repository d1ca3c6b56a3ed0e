#include "sim/coding_sheet.hpp"

#include <fmt/format.h>

#include <limits>

#include "sim/error.hpp"
#include "sim/finite.hpp"
#include "sim/median.hpp"
#include "sim/parallel.hpp"
#include "sim/quality.hpp"
#include "sim/ranks.hpp"

namespace sim {
namespace {

/// Mean of |s - Phi a|^2 / |s|^2 over the frames that have any energy; NaN if none has.
/// Frames: a matrix, or rows of one.
template <class Frames>
double mean_unexplained(const Frames& frames, const Frames& residual) {
    using Row =
        Eigen::Array<float, 1, Eigen::Dynamic>;  // Eigen checks in debug builds alone that both are rows
    const Row energy = frames.colwise().squaredNorm().array();
    const Eigen::ArrayXf unexplained =
        (residual.colwise().squaredNorm().array() / energy.max(1e-30F)).transpose();
    const auto n = (energy > 0.0F).count();
    if (n == energy.size()) return static_cast<double>(unexplained.mean());
    if (n == 0) return std::numeric_limits<double>::quiet_NaN();
    return static_cast<double>((energy.transpose() > 0.0F).select(unexplained, 0.0F).sum()) /
           static_cast<double>(n);
}

std::unique_ptr<Plasticity> make_rule(const std::optional<ComponentChoice>& choice, const Network& network,
                                      std::size_t n_batches) {
    if (!choice) return nullptr;
    return Registry<Plasticity>::instance().make(
        choice->kind, choice->block,
        {network.sheet(), n_batches, network.neurons().n_hidden(), network.settings().seed,
         network.settings().objective, network.settings().geometry.n_inputs()});
}

/// A population that solves a program gets it from the dictionary; one that does not gets its weights and
/// thresholds from a plasticity made for it.
void check_that_they_fit(const Network& network, const Plasticity& rule, const ComponentChoice& choice,
                         const HomeostasisSettings& homeostasis, const TeachingSettings& teaching) {
    const NetworkSettings& settings = network.settings();
    const std::string learned = rule.learns_weights_of(), &kind = choice.kind;
    const auto quoted = [](const std::string& name) { return fmt::format("\"{}\"", name); };
    if (!learned.empty() && learned != settings.kind)
        settings.block.fail(
            "kind", fmt::format("{} under plasticity.kind {}, which learns its weights", learned, kind),
            quoted(settings.kind));
    if (!rule.learns(network.fields()))
        choice.block.fail("kind",
                          settings.kernels
                              ? "one that learns kernels which all places share"
                              : "one that learns a field for each neuron: there is no block kernels",
                          quoted(kind));
    if (learned.empty() && !network.solves_program())
        choice.block.fail("kind", fmt::format("one that learns the weights of kind {}", settings.kind),
                          quoted(kind));
    if (learned.empty()) return;
    const auto itself = [&](const char* what) {
        return fmt::format("0 under plasticity.kind {}, which {} itself", kind, what);
    };
    if (homeostasis.rate > 0.0)
        settings.block.block("homeostasis").fail("rate", itself("moves the thresholds"));
    if (settings.kappa > 0.0) settings.block.block("coupling").fail("kappa", itself("learns the weights"));
    if (teaching.is_on())
        settings.block.fail("teaching", fmt::format("left out under plasticity.kind {}", kind), "currents");
}

}  // namespace

void CodeMeasures::append(const CodeMeasures& more) {
    const auto add = [](std::vector<double>& to, const std::vector<double>& from) {
        to.insert(to.end(), from.begin(), from.end());
    };
    add(energy, more.energy);
    add(psnr, more.psnr);
    add(sparseness, more.sparseness);
    add(energy_bound, more.energy_bound);
    add(kkt, more.kkt);
}

CodeMeasures CodeMeasures::last(std::size_t n) const {
    const auto end_of = [n](const std::vector<double>& all) {
        return std::vector<double>(all.end() - static_cast<std::ptrdiff_t>(n), all.end());
    };
    return {end_of(energy), end_of(psnr), end_of(sparseness), end_of(energy_bound), end_of(kkt)};
}

std::vector<double> CodeMeasures::gap_at_most() const {
    std::vector<double> gaps;
    for (std::size_t k = 0; k < energy.size(); ++k)
        if (energy_bound[k] > 0.0) gaps.push_back(energy[k] / energy_bound[k] - 1.0);
    return gaps;
}

CodingSheet::CodingSheet(const NetworkSettings& settings, const std::optional<ComponentChoice>& plasticity,
                         const HomeostasisSettings& homeostasis, const TeachingSettings& taught,
                         std::size_t n_batches)
    : network(settings),
      teaching(taught),
      plasticity_(make_rule(plasticity, network, n_batches)),
      homeostasis_(homeostasis, network.program.lambda, settings.n_fields()) {
    if (plasticity_) check_that_they_fit(network, *plasticity_, *plasticity, homeostasis, teaching);
}

void CodingSheet::randomise() {
    network.lay_out();
    if (network.settings().has_fields) network.fields().initialise(network.settings().seed);
    if (plasticity_) plasticity_->prepare(network.program);
    network.refresh_interaction();
}

void CodingSheet::begin_as(Eigen::MatrixXf frames) {
    const Eigen::RowVectorXf norms = frames.colwise().norm();
    Eigen::Index blank = 0;
    if (norms.minCoeff(&blank) == 0.0F)
        network.settings().block.block("fields").fail(
            "kind", fmt::format("noise where frames are blank, as training frame {} is", blank));
    if (!network.settings().objective.weighs_distance()) frames.array().rowwise() /= norms.array();
    network.fields().set_values({frames.data(), static_cast<std::size_t>(frames.size())});
    network.refresh_interaction();
}

std::vector<double> CodingSheet::energies(std::size_t first, const Problems& posed,
                                          const Eigen::MatrixXf& residual,
                                          const Eigen::MatrixXf& codes) const {
    std::vector<double> result(static_cast<std::size_t>(codes.cols()));
    ranks::together([&] {
        const auto [begin, end] = ranks::share(result.size());
        parallel_for(begin, end, [&](std::size_t k) {
            const auto column = static_cast<Eigen::Index>(k);
            result[k] = network.energy(residual.col(column).cast<double>().squaredNorm(),
                                       {posed.price_of(column).data(), network.size()},
                                       {codes.col(column).data(), network.size()});
        });
    });
    ranks::gather_shares(std::span(result), result.size());
    if (const std::size_t k = first_not_finite(std::span<const double>(result)); k < result.size())
        throw NumericsError(
            fmt::format("{}: the energy of the code of frame {} is {}: pixels, weights or "
                        "codes are too large for these numbers",
                        network.settings().kind, first + k, result[k]));
    return result;
}

CodeMeasures CodingSheet::measure(std::size_t first, const Eigen::MatrixXf& frames, const Problems& posed,
                                  const Eigen::MatrixXf& residual, const Eigen::MatrixXf& codes) const {
    CodeMeasures measures{energies(first, posed, residual, codes), {}, {}, {}, {}};
    const Eigen::MatrixXf rest = network.fields().drive(residual);
    for (Eigen::Index k = 0; k < codes.cols(); ++k) {
        const auto of = [k](const Eigen::MatrixXf& all) {
            return std::span(all.col(k).data(), static_cast<std::size_t>(all.rows()));
        };
        measures.psnr.push_back(psnr(of(frames), residual.col(k).cast<double>().squaredNorm()));
        measures.sparseness.push_back(sparseness(of(codes)));
        const Certificate certificate =
            network.certify(measures.energy[static_cast<std::size_t>(k)], of(rest),
                            {posed.price_of(k).data(), network.size()}, of(codes));
        measures.energy_bound.push_back(certificate.bound);
        measures.kkt.push_back(certificate.kkt);
    }
    return measures;
}

/// Where nothing keeps norms but the rule: a code that solves its program costs at most what silence does, 1/2 |s|^2, and so
/// do the codes of a batch under the fields that were learned from it, unless the step was too long. What drives it besides,
/// a teacher, a background or a projection, may make it do what costs more, and so may frames that follow each other, of
/// which the mean is measured.
bool CodingSheet::must_pay() const {
    const NetworkSettings& settings = network.settings();
    return settings.objective.weighs_distance() && is_driven_by_stills_alone && !teaching.is_on() &&
           !settings.presentation.background.is_on();
}

void CodingSheet::check_pays(std::size_t batch, double energy, const Eigen::MatrixXf& frames) const {
    constexpr double kRounding = 1e-6;  // of floats, where all are silent
    const NetworkSettings& settings = network.settings();
    double none = 0.5 * frames.cast<double>().squaredNorm() / static_cast<double>(frames.cols());
    if (settings.objective.kind == Objective::Kind::simplex) none += 0.5 * settings.objective.rho;
    if (energy > none * (1.0 + kRounding))
        throw NumericsError(
            fmt::format("population {}: batch {}: its codes have an energy of {:.4g} in the mean, a silent "
                        "network has {:.4g}: learning "
                        "runs away; is its rate (eta) too high, or are presentations too short?",
                        settings.population, batch, energy, none));
}

BatchRecord CodingSheet::learn(std::size_t batch, const Eigen::MatrixXf& frames, const Problems& posed,
                               const Eigen::MatrixXf& codes, const Eigen::MatrixXf& hidden, double spikes) {
    const Eigen::MatrixXf residual = network.fields().residual(frames, codes);
    const std::vector<double> energy =
        energies(batch * static_cast<std::size_t>(codes.cols()), posed, residual, codes);
    if (must_pay()) check_pays(batch, mean(energy), frames);
    if (plasticity_)
        plasticity_->learn({batch, frames, codes, residual, hidden}, network.fields(), network.program);
    if (plasticity_ && must_pay())
        check_pays(batch,
                   mean(energies(batch * static_cast<std::size_t>(codes.cols()), network.pose(frames),
                                 network.fields().residual(frames, codes), codes)),
                   frames);
    adapt(codes);
    return {batch,
            mean(energy),
            mean_unexplained(frames, residual),
            static_cast<double>((codes.array() != 0.0F).count()) / static_cast<double>(codes.size()),
            spikes,
            homeostasis_.dead() * (network.size() / network.settings().n_fields()),
            plasticity_ ? plasticity_->neighbourhood_width(batch) : 0.0,
            sense_errors(frames, residual)};
}

std::vector<double> CodingSheet::sense_errors(const Eigen::MatrixXf& frames,
                                              const Eigen::MatrixXf& residual) const {
    std::vector<double> errors;
    for (const Sense& sense : network.settings().senses) {
        if (!sense.is_present) continue;
        const auto first = static_cast<Eigen::Index>(sense.first_pixel),
                   n = static_cast<Eigen::Index>(sense.size());
        errors.push_back(mean_unexplained(frames.middleRows(first, n), residual.middleRows(first, n)));
    }
    return errors;
}

/// Twins share the thresholds of those whose twins they are.
void CodingSheet::adapt(const Eigen::MatrixXf& codes) {
    const std::size_t n = network.settings().n_fields();
    const auto rows = static_cast<Eigen::Index>(n);
    homeostasis_.observe(Eigen::Map<const Eigen::MatrixXf>(codes.data(), rows, codes.size() / rows));
    if (learns_weights() || !homeostasis_.is_on()) return;
    std::vector<double> lambda = network.thresholds();
    homeostasis_.move(lambda);
    if (network.settings().objective.is_signed)
        for (std::size_t i = n; i < lambda.size(); ++i) lambda[i] = lambda[i - n];
    network.set_thresholds(lambda);
}

SheetState CodingSheet::state() const {
    return {network.fields().values(), learns_weights() ? network.program.Q.weights() : std::vector<float>{},
            network.thresholds(), homeostasis_.activity(),
            plasticity_ ? plasticity_->state() : std::vector<double>{}};
}

void CodingSheet::restore(const SheetState& from) {
    network.fields().set_values(from.fields);
    network.set_thresholds(from.lambda);
    network.refresh_interaction();
    if (learns_weights()) network.program.Q.restore(from.Q);
    homeostasis_.restore(from.activity);
    if (plasticity_) plasticity_->restore(from.plasticity);
}

}  // namespace sim
