// Synapses listed in an HDF5 file, such as the weights that a circuit's run has recorded or the edges of a
// SONATA circuit.
#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <vector>

#include "sim/connector.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/io/sonata_edges.hpp"

namespace models {
namespace {

struct FromFileSettings {
    explicit FromFileSettings(const sim::Params& p)
        : file(p.file("file", std::nullopt, "HDF5 file")),
          group(p.text("group", "/",
                       "group of the datasets source, target (neurons), weight (unit of the target) and "
                       "delay (ms), one entry a synapse; or a population of SONATA edges, /edges/NAME")),
          types(p.block("types").file("file", "",
                                      "table of the types of SONATA edges (CSV): syn_weight, delay and nsyns "
                                      "of edges whose group does not have them")),
          delay(p.number("delay", "ms", 0.0, sim::Check::non_negative,
                         "of SONATA edges for which neither group nor type says one; 0 ms: each must")) {}
    std::string file, group, types;
    double delay;
};

class FromFile final : public sim::Connector {
  public:
    using Settings = FromFileSettings;
    FromFile(const Settings& settings, const Context& context) : path_(settings.file), context_(context) {
        const sim::io::File file = sim::io::File::open(path_);
        group_ = settings.group + (settings.group.ends_with('/') ? "" : "/");
        if (file.exists(group_ + "source_node_id"))
            read_edges(file, settings);
        else
            read_synapses(file);
        check();
    }

    void connect(const std::function<void(const sim::Contact&)>& join) const override {
        for (std::size_t k = 0; k < source_.size(); ++k)
            join({.source = static_cast<std::uint32_t>(source_[k]),
                  .target = static_cast<std::uint32_t>(target_[k]),
                  .weight = weight_[k],
                  .delay = delay_[k]});
    }
    double n_expected() const override { return static_cast<double>(source_.size()); }
    bool gives_weights() const override { return true; }

  private:
    void read_synapses(const sim::io::File& file) {
        names_ = {"source", "target", "weight", "delay"};
        source_ = file.read<std::uint64_t>(group_ + "source", {sim::io::kAny});
        target_ = file.read<std::uint64_t>(group_ + "target", {source_.size()});
        weight_ = file.read<double>(group_ + "weight", {source_.size()});
        delay_ = file.read<double>(group_ + "delay", {source_.size()});
    }
    void read_edges(const sim::io::File& file, const Settings& settings) {
        names_ = {"source_node_id", "target_node_id", "*/syn_weight", "*/delay"};
        const sim::io::SonataEdges edges(file, group_, settings.types);
        source_ = edges.ids("source_node_id");
        target_ = edges.ids("target_node_id");
        weight_ = edges.numbers("syn_weight", std::nullopt);
        delay_ = edges.numbers("delay", settings.delay > 0.0 ? std::optional(settings.delay) : std::nullopt);
        const auto n_synapses = edges.numbers("nsyns", 1.0);  // of one weight and delay each
        for (std::size_t k = 0; k < weight_.size(); ++k) weight_[k] *= n_synapses[k];
    }
    [[noreturn]] void fail(const std::string& name, const std::string& what) const {
        throw sim::IoError(fmt::format("{}: {}{}: {}", path_, group_, name, what));
    }
    void check() const {
        const std::size_t n = source_.size();
        for (std::size_t k = 0; k < n; ++k) {
            if (source_[k] >= context_.sources)
                fail(names_.source,
                     fmt::format("entry {} must be below {}, is {}", k, context_.sources, source_[k]));
            if (target_[k] >= context_.targets)
                fail(names_.target,
                     fmt::format("entry {} must be below {}, is {}", k, context_.targets, target_[k]));
            if (!std::isfinite(weight_[k])) fail(names_.weight, fmt::format("entry {} must be finite", k));
            if (!(delay_[k] > 0.0) || !std::isfinite(delay_[k]))
                fail(names_.delay, fmt::format("entry {} must be > 0 ms, is {}", k, delay_[k]));
        }
    }

    /// What the numbers of a synapse are called.
    struct Names {
        std::string source, target, weight, delay;
    };

    std::string path_, group_;
    Context context_;
    Names names_;
    std::vector<std::uint64_t> source_, target_;
    std::vector<double> weight_, delay_;
};

const sim::RegisterConnector<FromFile> from_file{"from_file",
                                                 "synapses listed in an HDF5 file, with weights and delays"};

}  // namespace
}  // namespace models
