// Synapses listed in an HDF5 file, such as the weights that a circuit's run has recorded or the edges of a
// SONATA network.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/connector.hpp"
#include "sim/io/hdf5.hpp"

namespace models {
namespace {

struct FromFileSettings {
    explicit FromFileSettings(const sim::Params& p)
        : file(p.file("file", std::nullopt, "HDF5 file")),
          group(p.text("group", "/",
                       "group of the datasets source, target (neurons), weight (unit of the target) and "
                       "delay (ms), one entry a synapse; or a population of SONATA edges, /edges/NAME")) {}
    std::string file, group;
};

/// What the datasets of one synapse each are called.
struct Names {
    std::string source, target, weight, delay;
};

class FromFile final : public sim::Connector {
  public:
    using Settings = FromFileSettings;
    FromFile(const Settings& settings, const Context& context)
        : path_(settings.file), context_(context), names_(names_below(with_slash(settings.group))) {
        const sim::io::File file = sim::io::File::open(path_);
        const std::string group = with_slash(settings.group);
        const bool is_sonata = file.exists(group + "source_node_id");
        if (is_sonata) names_ = names_of_edges(group);
        source_ = file.read<std::uint64_t>(names_.source, {sim::io::kAny});
        target_ = file.read<std::uint64_t>(names_.target, {source_.size()});
        weight_ = file.read<double>(names_.weight, {is_sonata ? sim::io::kAny : source_.size()});
        delay_ = file.read<double>(names_.delay, {weight_.size()});
        if (is_sonata) put_by_edge(file, group);
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
    static std::string with_slash(const std::string& group) {
        return group + (group.ends_with('/') ? "" : "/");
    }
    static Names names_below(const std::string& group) {
        return {group + "source", group + "target", group + "weight", group + "delay"};
    }
    /// Source: the SONATA data format (Dai et al. 2020, PLoS Comput Biol 16:e1007696), section edges.
    static Names names_of_edges(const std::string& group) {
        return {group + "source_node_id", group + "target_node_id", group + "0/syn_weight",
                group + "0/delay"};
    }
    [[noreturn]] void fail(const std::string& name, const std::string& what) const {
        throw sim::IoError(fmt::format("{}: {}: {}", path_, name, what));
    }
    /// Edges say at which place of the columns of their group they stand; without, at their own.
    void put_by_edge(const sim::io::File& file, const std::string& group) {
        const std::size_t n = source_.size();
        const std::string id_name = group + "edge_group_id", index_name = group + "edge_group_index";
        if (file.exists(id_name)) {
            const auto id = file.read<std::uint64_t>(id_name, {n});
            const auto other = std::ranges::find_if(id, [](std::uint64_t one) { return one != 0; });
            if (other != id.end())
                fail(id_name, fmt::format("entry {} must be 0, the one group that is read, is {}",
                                          other - id.begin(), *other));
        }
        if (!file.exists(index_name)) {
            if (weight_.size() != n)
                fail(names_.weight, fmt::format("must have shape ({}), has ({})", n, weight_.size()));
            return;
        }
        const auto index = file.read<std::uint64_t>(index_name, {n});
        std::vector<double> weight(n), delay(n);
        for (std::size_t k = 0; k < n; ++k) {
            if (index[k] >= weight_.size())
                fail(index_name,
                     fmt::format("entry {} must be below {}, is {}", k, weight_.size(), index[k]));
            weight[k] = weight_[index[k]];
            delay[k] = delay_[index[k]];
        }
        weight_ = std::move(weight);
        delay_ = std::move(delay);
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

    std::string path_;
    Context context_;
    Names names_;
    std::vector<std::uint64_t> source_, target_;
    std::vector<double> weight_, delay_;
};

const sim::RegisterConnector<FromFile> from_file{"from_file",
                                                 "synapses listed in an HDF5 file, with weights and delays"};

}  // namespace
}  // namespace models
