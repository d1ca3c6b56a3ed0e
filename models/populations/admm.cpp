// No neurons: a population whose code ADMM finds (models/populations/admm_run.hpp), the baseline beside spikes. See
// docs/models/admm.md.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include "models/populations/admm_run.hpp"
#include "sim/coding_population.hpp"
#include "sim/error.hpp"

namespace models {
namespace admm {
namespace {

using sim::Time;

/// The transforms that populations of one kind share, made anew when other kernels come.
class SharedTransforms {
  public:
    std::shared_ptr<const Transforms> of(const sim::Interaction& Q) {
        if (!Q.is_shared()) throw sim::ConfigError("admm: fields must be kernels that all places share");
        const std::lock_guard lock(mutex_);
        if (!last_ || !last_->are_of(Q)) last_ = std::make_shared<const Transforms>(Q);
        return last_;
    }

  private:
    std::mutex mutex_;
    std::shared_ptr<const Transforms> last_;
};

/// Of a neuron and its OFF twin, n neurons further on, the drive b is opposite: a neuron and its twin are one
/// coefficient of either sign.
class AdmmPopulation final : public sim::CodingPopulation {
  public:
    AdmmPopulation(const Settings& settings, const sim::Program& program,
                   std::shared_ptr<SharedTransforms> transforms)
        : settings_(settings), program_(program), transforms_(std::move(transforms)) {}

    std::size_t size() const override { return program_.Q.size(); }
    void drive(std::span<const double> b) override { set_currents(b, 0.0); }
    using CodingPopulation::receive;
    void receive(std::span<const sim::Synapse> synapses, Time t) override {
        sim::check_arrivals("admm", synapses, t);
        for (const sim::Synapse& one : synapses)
            drive()[untwinned(one.target)] += is_twin(one.target) ? -one.weight : one.weight;
        forget();
    }
    void set_current(std::uint32_t neuron, double I, Time t) override {
        std::vector<double> changed = drive();
        changed[untwinned(neuron)] = is_twin(neuron) ? -I : I;
        set_currents(changed, t);
    }
    void set_currents(std::span<const double> b, Time t) override {
        sim::check_drive("admm", b, t);
        std::copy_n(b.begin(), std::min(b.size(), n()), drive().begin());
        forget();
    }
    std::vector<sim::Variable> variables() const override { return {{"u", "1"}, {"a", "1"}}; }
    double value(std::size_t variable, std::uint32_t neuron, Time) const override {
        return variable == 0 ? u(neuron) : activity(neuron);
    }
    void state(sim::State& s) override {
        s(drive());
        if (s.is_loading()) forget();
    }
    std::optional<sim::Spike> next_spike(Time) override { return std::nullopt; }
    bool knows_next() const override { return true; }
    void fire(const sim::Spike&) override {}
    void advance(Time t) override { now_ = t; }
    void begin_readout() override {}  // the code is that of the drive there is
    void read_code(std::span<double> a) const override;

  private:
    std::span<const double> b() const override { return drive(); }
    /// 0 before any. One that is only asked what it is needs no memory for it.
    std::vector<double>& drive() const {
        b_.resize(n(), 0.0);
        return b_;
    }
    std::size_t n() const { return program_.Q.has_twins() ? size() / 2 : size(); }
    bool is_twin(std::size_t i) const { return i >= n(); }
    std::size_t untwinned(std::size_t i) const { return is_twin(i) ? i - n() : i; }
    void forget() {
        code_.clear();
        explained_.clear();
    }
    const std::vector<float>& code() const;
    const std::vector<double>& explained() const;
    double activity(std::size_t i) const {
        const auto a = static_cast<double>(code()[untwinned(i)]);
        return std::max(is_twin(i) ? -a : a, 0.0);
    }
    double u(std::size_t i) const;

    Settings settings_;
    const sim::Program& program_;
    std::shared_ptr<SharedTransforms> transforms_;
    Time now_ = 0.0;
    mutable std::vector<double> b_;  // drive(), shape (n)
    // Of the drive, once they are asked for.
    mutable std::vector<float> code_;        // of either sign, shape (n)
    mutable std::vector<double> explained_;  // D a, shape (pixels)
};

const std::vector<float>& AdmmPopulation::code() const {
    if (!code_.empty()) return code_;
    const auto transforms = transforms_->of(program_.Q);
    const std::span lambda = std::span(program_.lambda).first(transforms->kernels->n);
    Run run(settings_, *transforms, lambda, program_.Q.has_twins(), drive());
    for (std::size_t i = 0; i < settings_.iterations; ++i) run.iterate();
    return code_ = run.code();
}

/// Calls use(pixel of the kernel, pixel of the frame) for all that neuron i sees.
void visit(const Transforms& of, std::size_t i, const auto& use) {
    sim::visit_pixels(*of.kernels, of.grid, of.rows, of.cols, i / of.kernels->n, use);
}

const std::vector<double>& AdmmPopulation::explained() const {
    if (!explained_.empty()) return explained_;
    const auto transforms = transforms_->of(program_.Q);
    explained_.assign(transforms->fourier.n_pixels(), 0.0);
    for (std::size_t i = 0; i < n(); ++i) {
        const auto a = static_cast<double>(code()[i]);
        if (a == 0.0) continue;
        const auto kernel = transforms->kernels->kernel(i % transforms->kernels->n);
        visit(*transforms, i, [&](std::size_t p, std::size_t pixel) {
            explained_[pixel] += a * static_cast<double>(kernel[p]);
        });
    }
    return explained_;
}

/// The current of the LCA, b_i - sum_{j != i} Q_ij a_j.
double AdmmPopulation::u(std::size_t i) const {
    const auto transforms = transforms_->of(program_.Q);
    const std::size_t at = untwinned(i);
    const auto kernel = transforms->kernels->kernel(at % transforms->kernels->n);
    double missed = b()[at];
    visit(*transforms, at, [&](std::size_t p, std::size_t pixel) {
        missed -= static_cast<double>(kernel[p]) * explained()[pixel];
    });
    return (is_twin(i) ? -missed : missed) + program_.Q.diagonal(i) * activity(i);
}

void AdmmPopulation::read_code(std::span<double> a) const {
    const std::vector<float>& code = this->code();
    for (std::size_t i = 0; i < code.size(); ++i)
        if (!std::isfinite(code[i]))
            throw sim::NumericsError("admm", i, now_, fmt::format("its activity is {}", code[i]));
    const std::size_t n_on = std::min(a.size(), code.size());
    for (std::size_t i = 0; i < n_on; ++i) a[i] = std::max(static_cast<double>(code[i]), 0.0);
    for (std::size_t i = n_on; i < a.size(); ++i) a[i] = std::max(-static_cast<double>(code[i - n_on]), 0.0);
}

class Admm final : public sim::Neurons {
  public:
    using Settings = admm::Settings;
    Admm(const Settings& settings, const Context&) : settings_(settings) {}
    std::string name() const override { return "admm"; }
    bool solves_by_kernels() const override { return true; }
    std::unique_ptr<sim::CodingPopulation> population(const sim::Program& program) const override {
        return std::make_unique<AdmmPopulation>(settings_, program, transforms_);
    }

  private:
    Settings settings_;
    std::shared_ptr<SharedTransforms> transforms_ = std::make_shared<SharedTransforms>();
};

const sim::RegisterNeurons<Admm> registration{
    "admm", "no neurons: ADMM on kernels that all places share, the baseline beside spikes"};

}  // namespace
}  // namespace admm
}  // namespace models
