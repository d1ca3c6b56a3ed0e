// How a network learns from a batch of presentations. Most rules learn the fields, from which the
// interaction follows (Q = Phi^T Phi + kappa L); some learn weights and thresholds inside the population as
// well.
#pragma once
#include <Eigen/Core>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/dictionary.hpp"
#include "sim/objective.hpp"
#include "sim/program.hpp"
#include "sim/registry.hpp"
#include "sim/shared_kernels.hpp"
#include "sim/sheet.hpp"

namespace sim {

/// A batch of presentations, as a rule sees it.
struct Experience {
    std::size_t batch;                // its number, from 0
    const Eigen::MatrixXf& frames;    // S, (M, B)
    const Eigen::MatrixXf& codes;     // A, (N, B)
    const Eigen::MatrixXf& residual;  // S - Phi A, (M, B)
    const Eigen::MatrixXf& hidden;    // spikes of the population's hidden neurons, (H, B)
};

class Plasticity {
  public:
    struct Context {
        const Sheet& sheet;
        std::size_t n_batches;     // of the whole run, for schedules
        std::size_t n_hidden = 0;  // neurons of the population besides the sheet's
        std::uint64_t seed = 1;    // of the run
        Objective objective = {};  // of the codes
        std::size_t n_pixels = 0;  // of a frame
    };

    virtual ~Plasticity() = default;

    /// Kind of population whose weights and thresholds (the program's Q and lambda) this rule learns itself;
    /// "" for a rule that learns the fields alone. Where a rule learns them, Q is no Gram matrix, norms
    /// are the rule's affair, and homeostasis leaves lambda alone.
    virtual std::string learns_weights_of() const { return ""; }

    /// Sets what the rule owns as it is before the first batch.
    virtual void prepare(Program& /*program*/) const {}

    /// Whether it learns fields of that sort.
    virtual bool learns(const Fields& fields) const = 0;
    /// Learns from a batch. fields: of a sort that it learns. A rule that learns fields alone leaves the program as
    /// it is.
    virtual void learn(const Experience& experience, Fields& fields, Program& program) = 0;

    /// Width of the neighbourhood on the sheet at a batch [sheet units]; 0 where a rule has none.
    virtual double neighbourhood_width(std::size_t /*batch*/) const { return 0.0; }

    /// Everything the rule remembers, for a checkpoint (fixed length), and back.
    virtual std::vector<double> state() const { return {}; }
    virtual void restore(std::span<const double> /*state*/) {}
};

/// A rule that learns one sort of fields: Dictionary or SharedKernels.
template <class Sort>
class PlasticityOf : public Plasticity {
  public:
    bool learns(const Fields& fields) const final { return dynamic_cast<const Sort*>(&fields) != nullptr; }
    void learn(const Experience& experience, Fields& fields, Program& program) final {
        change(experience, dynamic_cast<Sort&>(fields), program);
    }

  protected:
    virtual void change(const Experience& experience, Sort& fields, Program& program) = 0;
};

template <class Component>
using RegisterPlasticity = Register<Plasticity, Component>;

}  // namespace sim
