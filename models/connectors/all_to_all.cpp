// Every source neuron reaches every target neuron.
#include "sim/connector.hpp"

namespace models {
namespace {

struct AllToAllSettings {
    explicit AllToAllSettings(const sim::Params& p)
        : autapses(p.flag("autapses", false, "whether neurons of a population reach themselves too")) {}
    bool autapses;
};

class AllToAll final : public sim::Connector {
  public:
    using Settings = AllToAllSettings;
    AllToAll(const Settings& settings, const Context& context) : set_(settings), context_(context) {}

    void connect(const std::function<void(const sim::Contact&)>& join) const override {
        for (std::uint32_t j = 0; j < context_.sources; ++j)
            for (std::uint32_t i = 0; i < context_.targets; ++i)
                if (set_.autapses || !context_.is_recurrent || i != j) join({j, i});
    }
    double n_expected() const override {
        return static_cast<double>(context_.sources) * static_cast<double>(context_.targets);
    }

  private:
    Settings set_;
    Context context_;
};

const sim::RegisterConnector<AllToAll> all_to_all{"all_to_all", "every source to every target"};

}  // namespace
}  // namespace models
