// Reads what the config of a network says into RunSettings, block by block: later ones name what stands in earlier ones.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/run_settings.hpp"

namespace sim {

class RunReader {
  public:
    RunReader(const Params& root, RunSettings& run)
        : root_(root), out_(run), is_describing_(root.is_describing()) {}

    void refuse_old_words() const;
    void shows();
    void populations();
    void check_sizes() const;
    void projections();
    void currents();
    void record();

  private:
    bool learns() const;
    std::uint32_t population(const Params& p, const std::string& key, const std::string& name) const;
    std::vector<std::uint32_t> neurons(const Params& p, std::uint32_t of) const;
    CutNormal cut_normal(const Params& p, const std::string& key, const std::string& unit,
                         std::optional<double> mean, Check check, const std::string& doc) const;
    void projection(const Params& p, const std::string& name, const std::string& to);
    void weights_and_delays(const Params& p, ProjectionSettings& one) const;
    void plasticity(const Params& p, ProjectionSettings& one) const;
    void state(const Params& p, const std::string& name);
    std::string target_unit(const Params& p, const std::string& key, const std::string& unit) const;
    const Population& cells(std::uint32_t number) const { return *out_.populations[number].cells; }

    Params root_;
    RunSettings& out_;
    bool is_describing_;
};

/// throws ConfigError where a name stands twice in the list under the key
std::vector<std::string> each_once(const Params& p, const std::string& key, std::vector<std::string> names);

}  // namespace sim
