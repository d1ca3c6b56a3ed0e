// Synapses listed in an HDF5 file, such as the weights that a circuit's run has recorded.
#include <fmt/format.h>

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
                       "delay (ms), one entry a synapse")) {}
    std::string file, group;
};

class FromFile final : public sim::Connector {
  public:
    using Settings = FromFileSettings;
    FromFile(const Settings& settings, const Context& context) : set_(settings), context_(context) {
        const sim::io::File file = sim::io::File::open(set_.file);
        source_ = file.read<std::uint64_t>(dataset("source"), {sim::io::kAny});
        const sim::io::Shape shape{source_.size()};
        target_ = file.read<std::uint64_t>(dataset("target"), shape);
        weight_ = file.read<double>(dataset("weight"), shape);
        delay_ = file.read<double>(dataset("delay"), shape);
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
    std::string dataset(const char* name) const {
        return set_.group + (set_.group.ends_with('/') ? "" : "/") + name;
    }
    [[noreturn]] void fail(const char* name, const std::string& what) const {
        throw sim::IoError(fmt::format("{}: {}: {}", set_.file, dataset(name), what));
    }
    void check() const {
        const std::size_t n = source_.size();
        for (std::size_t k = 0; k < n; ++k) {
            if (source_[k] >= context_.sources)
                fail("source",
                     fmt::format("entry {} must be below {}, is {}", k, context_.sources, source_[k]));
            if (target_[k] >= context_.targets)
                fail("target",
                     fmt::format("entry {} must be below {}, is {}", k, context_.targets, target_[k]));
            if (!std::isfinite(weight_[k])) fail("weight", fmt::format("entry {} must be finite", k));
            if (!(delay_[k] > 0.0) || !std::isfinite(delay_[k]))
                fail("delay", fmt::format("entry {} must be > 0 ms, is {}", k, delay_[k]));
        }
    }

    Settings set_;
    Context context_;
    std::vector<std::uint64_t> source_, target_;
    std::vector<double> weight_, delay_;
};

const sim::RegisterConnector<FromFile> from_file{"from_file",
                                                 "synapses listed in an HDF5 file, with weights and delays"};

}  // namespace
}  // namespace models
