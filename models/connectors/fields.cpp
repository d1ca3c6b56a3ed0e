// Feed-forward weights of a sheet that codes: each neuron is reached from where its field is, by what its
// field is there. A projection's weight is the factor.
#include <fmt/format.h>

#include "sim/connector.hpp"
#include "sim/network.hpp"

namespace models {
namespace {

struct FieldsSettings {
    explicit FieldsSettings(const sim::Params& p) : block(p) {}
    sim::Params block;
};

class Fields final : public sim::Connector {
  public:
    using Settings = FieldsSettings;
    Fields(const Settings& settings, const Context& context) : context_(context) {
        if (context.target_codes == nullptr)
            settings.block.fail_here("to a population that codes, whose fields it takes",
                                     "one that has no fields");
        const sim::FieldGeometry& seen = context.target_codes->settings().geometry;
        const std::size_t M = seen.height * seen.width;
        if (context.sources != M)
            settings.block.fail_here(
                fmt::format("from one neuron for each of the {} pixels of the fields", M),
                fmt::format("{} neurons", context.sources));
    }

    void connect(const std::function<void(const sim::Contact&)>& join) const override {
        const std::size_t M = context_.sources;
        const std::vector<float> Phi = context_.target_codes->fields().in_frame();
        for (std::uint32_t p = 0; p < M; ++p)
            for (std::uint32_t i = 0; i < context_.target_codes->size(); ++i)
                if (const float w = Phi[i * M + p]; w != 0.0F)
                    join({.source = p, .target = i, .factor = static_cast<double>(w)});
    }
    bool knows_fields() const override { return true; }
    double n_expected() const override {
        return static_cast<double>(context_.sources) * static_cast<double>(context_.targets);
    }

  private:
    Context context_;
};

const sim::RegisterConnector<Fields> from_fields{
    "fields", "from each pixel to the neurons that see it, by their receptive fields; weight is the factor"};

/// Lateral weights of a sheet that codes, through a projection to itself: what a spike does with a delay that
/// it would else do at once (`lateral: delayed`).
class Lateral final : public sim::Connector {
  public:
    using Settings = FieldsSettings;
    Lateral(const Settings& settings, const Context& context) : context_(context) {
        if (!context.is_recurrent || context.target_codes == nullptr)
            settings.block.fail_here("from a population that codes to itself", "other populations");
        if (context.target_codes->neurons().solves_by_kernels())
            settings.block.fail_here("of a kind that has weights", "one that has none");
    }

    void connect(const std::function<void(const sim::Contact&)>& join) const override {
        const sim::Interaction& Q = context_.target_codes->interaction();
        for (std::uint32_t j = 0; j < Q.size(); ++j)
            for (const auto& run : Q.runs(j)) {
                const auto w = Q.weights(run);
                for (std::uint32_t k = 0; k < run.size; ++k)
                    if (run.first + k != j && w[k] != 0.0F)
                        join({.source = j, .target = run.first + k, .factor = -static_cast<double>(w[k])});
            }
    }
    bool knows_fields() const override { return true; }
    double n_expected() const override {
        return static_cast<double>(context_.target_codes->interaction().n_pairs());
    }

  private:
    Context context_;
};

const sim::RegisterConnector<Lateral> lateral{
    "lateral",
    "within a population that codes: -Q_ij, of overlapping fields and coupling; weight is the factor"};

}  // namespace
}  // namespace models
