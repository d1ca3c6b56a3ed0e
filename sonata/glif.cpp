#include "sonata/glif.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/error.hpp"

namespace sonata {
namespace {

constexpr std::size_t kReceptors = 16;

std::vector<Parameter> glif_parameters() {
    std::vector<Parameter> all{
        {"E_L", "E_L", "mV", -78.85},
        {"V_th", "V_th", "mV", -51.68},
        {"V_reset", "V_reset", "mV", -78.85},
        {"C_m", "C_m", "pF", 58.72},
        {"g", "g", "nS", 9.43},
        {"t_ref", "t_ref", "ms", 3.75},
        {"V_m", "V_init", "mV", NAN},
        {"voltage_reset_fraction", "reset_fraction", "1", 0.2},
        {"voltage_reset_add", "", "mV", 18.51},
        {"th_spike_add", "th_spike_add", "mV", 0.37},
        {"th_spike_decay", "th_spike_decay", "1", 0.009},
        {"th_voltage_index", "th_voltage_index", "1", 0.005},
        {"th_voltage_decay", "th_voltage_decay", "1", 0.09},
        {"tau_syn_ex", "tau_syn_ex", "ms", 2.0},  // which convert picks
        {"tau_syn_in", "tau_syn_in", "ms", 2.0},
        {"spike_dependent_threshold", "", "1", 0.0},
        {"after_spike_currents", "", "1", 0.0},
        {"adapting_threshold", "", "1", 0.0},
    };
    const std::vector<double> decay{0.003, 0.1}, amp{-9.18, -198.94};
    for (std::size_t k = 0; k < 2; ++k) {
        const std::string nest = fmt::format(".{}", k), here = fmt::format("_{}", k + 1);
        all.push_back({"asc_amps" + nest, "asc_amp" + here, "pA", amp[k]});
        all.push_back({"asc_decay" + nest, "asc_decay" + here, "1", decay[k]});
        all.push_back({"asc_r" + nest, "asc_r" + here, "1", 1.0});
        all.push_back({"asc_init" + nest, "asc_init" + here, "pA", 0.0});
    }
    for (std::size_t k = 0; k < kReceptors; ++k) all.push_back({fmt::format("tau_syn.{}", k), "", "ms", 2.0});
    return all;
}

/// A parameter of one node, or NEST's default.
class Node {
  public:
    Node(Values& values, std::size_t node, std::size_t n) : values_(&values), node_(node), n_(n) {}
    double operator[](const std::string& name) const {
        static const NestModel model{"glif_psc", glif_parameters()};
        const auto found = values_->find(name);
        if (found != values_->end() && !std::isnan(found->second[node_])) return found->second[node_];
        const Parameter* const known = model.find(name);
        return known == nullptr ? NAN : known->otherwise;
    }
    void set(const std::string& name, double value) const {
        values_->try_emplace(name, n_, NAN).first->second[node_] = value;
    }

  private:
    Values* values_;
    std::size_t node_, n_;
};

/// NEST switches parts of the model off by flags; here they are off where their numbers are 0.
void convert(Values& values, const Receptors& receptors) {
    const std::size_t n = receptors.ex.size();
    for (std::size_t k = 0; k < n; ++k) {
        const Node node(values, k, n);
        const bool has_reset = node["spike_dependent_threshold"] != 0.0;
        node.set("V_reset", has_reset ? node["E_L"] + node["voltage_reset_add"] : node["V_reset"]);
        node.set("voltage_reset_fraction", has_reset ? node["voltage_reset_fraction"] : 0.0);
        node.set("th_spike_add", has_reset ? node["th_spike_add"] : 0.0);
        const bool has_currents = node["after_spike_currents"] != 0.0;
        for (const char* const name : {"asc_amps.0", "asc_amps.1", "asc_init.0", "asc_init.1"})
            node.set(name, has_currents ? node[name] : 0.0);
        node.set("th_voltage_index", node["adapting_threshold"] != 0.0 ? node["th_voltage_index"] : 0.0);
        const auto tau = [&](std::size_t receptor) {
            return node[fmt::format("tau_syn.{}", receptor > 0 ? receptor - 1 : 0)];
        };
        node.set("tau_syn_ex", tau(receptors.ex[k]));
        node.set("tau_syn_in", tau(receptors.in[k]));
    }
}

Json scaled(const Json& list, double factor) {
    Json all = Json::array();
    for (const Json& one : list) all.push_back(one.get<double>() * factor);
    return all;
}

/// A neuron of the Cell Types Database, SI units from its reference potential. Source: the file format of the
/// database, as the Brain Modeling Toolkit reads it, with the time constants that it gives receptors.
template <bool has_reset, bool has_currents, bool has_threshold>
Json of_database(const Json& p) {
    if (!p.contains("coeffs")) return p;  // NEST's words already
    const Json& by = p.at("coeffs");
    const double zero = p.at("El_reference").get<double>();
    const auto number = [&](const char* name) { return p.at(name).get<double>(); };
    const auto factor = [&](const char* name) { return by.at(name).get<double>(); };
    const double E_L = 1e3 * (number("El") + zero);
    Json result{{"E_L", E_L},
                {"V_m", E_L},
                {"V_th", 1e3 * (factor("th_inf") * number("th_inf") + zero)},
                {"V_reset", 1e3 * zero},
                {"g", 1e9 * factor("G") / number("R_input")},
                {"C_m", 1e12 * factor("C") * number("C")},
                {"t_ref", 1e3 * number("spike_cut_length") * number("dt")},
                {"tau_syn", {5.5, 8.5, 2.8, 5.8}},
                {"spike_dependent_threshold", has_reset},
                {"after_spike_currents", has_currents},
                {"adapting_threshold", has_threshold}};
    if (has_reset) {
        const Json &threshold = p.at("threshold_dynamics_method").at("params"),
                   &reset = p.at("voltage_reset_method").at("params");
        result["th_spike_add"] = 1e3 * threshold.at("a_spike").get<double>();
        result["th_spike_decay"] = 1e-3 * threshold.at("b_spike").get<double>();
        result["voltage_reset_fraction"] = reset.at("a").get<double>();
        result["voltage_reset_add"] = 1e3 * reset.at("b").get<double>();
        if (has_threshold) {
            result["th_voltage_index"] = 1e-3 * factor("a") * threshold.at("a_voltage").get<double>();
            result["th_voltage_decay"] = 1e-3 * factor("b") * threshold.at("b_voltage").get<double>();
        }
    }
    if (has_currents) {
        const Json &amp = p.at("asc_amp_array"), &tau = p.at("asc_tau_array");
        result["asc_init"] = scaled(p.at("init_AScurrents"), 1e12);
        for (std::size_t k = 0; k < amp.size(); ++k) {
            result["asc_amps"].push_back(1e12 * amp.at(k).get<double>() *
                                         by.at("asc_amp_array").at(k).get<double>());
            result["asc_decay"].push_back(1e-3 / tau.at(k).get<double>());
        }
    }
    return result;
}

}  // namespace

std::map<std::string, NestModel> glif_models() {
    const NestModel model{"glif_psc", glif_parameters(), {"V_dynamics_method"}, convert};
    std::map<std::string, NestModel> all{{"glif_psc", model}};
    const auto add = [&](const char* name, Json (*translate)(const Json&)) {
        all.emplace(name, model).first->second.translate = translate;
    };
    add("glif_lif_psc", of_database<false, false, false>);
    add("glif_lif_r_psc", of_database<true, false, false>);
    add("glif_lif_asc_psc", of_database<false, true, false>);
    add("glif_lif_r_asc_psc", of_database<true, true, false>);
    add("glif_lif_r_asc_a_psc", of_database<true, true, true>);
    return all;
}

}  // namespace sonata
