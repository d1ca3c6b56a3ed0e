// Source neuron i reaches target neuron i.
#include <fmt/format.h>

#include "sim/connector.hpp"

namespace models {
namespace {

struct OneToOneSettings {
    explicit OneToOneSettings(const sim::Params& p) : block(p) {}
    sim::Params block;
};

class OneToOne final : public sim::Connector {
  public:
    using Settings = OneToOneSettings;
    OneToOne(const Settings& settings, const Context& context) : context_(context) {
        if (context.sources != context.targets)
            settings.block.fail_here("between populations of equal size",
                                     fmt::format("{} and {} neurons", context.sources, context.targets));
    }

    void connect(const std::function<void(const sim::Contact&)>& join) const override {
        for (std::uint32_t i = 0; i < context_.sources; ++i) join({i, i});
    }
    double n_expected() const override { return static_cast<double>(context_.sources); }

  private:
    Context context_;
};

const sim::RegisterConnector<OneToOne> one_to_one{"one_to_one", "source i to target i"};

}  // namespace
}  // namespace models
