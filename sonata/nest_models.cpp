#include "sonata/nest_models.hpp"

#include <algorithm>
#include <cmath>

#include "sonata/glif.hpp"

namespace sonata {
namespace {

using Parameters = std::vector<Parameter>;

Parameters joined(Parameters all, const Parameters& others) {
    all.insert(all.end(), others.begin(), others.end());
    return all;
}

const Parameters kLif{{"E_L", "E_L", "mV", -70.0},         {"V_th", "V_th", "mV", -55.0},
                      {"V_reset", "V_reset", "mV", -70.0}, {"tau_m", "tau_m", "ms", 10.0},
                      {"C_m", "C_m", "pF", 250.0},         {"t_ref", "t_ref", "ms", 2.0},
                      {"I_e", "I_e", "pA", 0.0},           {"V_m", "V_init", "mV", NAN}};
const Parameters kCurrents{{"tau_syn_ex", "tau_syn_ex", "ms", 2.0}, {"tau_syn_in", "tau_syn_in", "ms", 2.0}};
const Parameters kConductances{{"E_ex", "E_ex", "mV", 0.0},
                               {"E_in", "E_in", "mV", -85.0},
                               {"tau_syn_ex", "tau_syn_ex", "ms", 0.2},
                               {"tau_syn_in", "tau_syn_in", "ms", 2.0}};

const Parameters kIafCond{{"E_L", "E_L", "mV", -70.0},         {"V_th", "V_th", "mV", -55.0},
                          {"V_reset", "V_reset", "mV", -60.0}, {"C_m", "C_m", "pF", 250.0},
                          {"g_L", "g_L", "nS", 16.6667},       {"t_ref", "t_ref", "ms", 2.0},
                          {"I_e", "I_e", "pA", 0.0},           {"V_m", "V_init", "mV", NAN}};
const Parameters kAeif{{"E_L", "E_L", "mV", -70.6},
                       {"V_th", "V_th", "mV", -50.4},
                       {"V_peak", "V_peak", "mV", 0.0},
                       {"V_reset", "V_reset", "mV", -60.0},
                       {"Delta_T", "Delta_T", "mV", 2.0},
                       {"C_m", "C_m", "pF", 281.0},
                       {"g_L", "g_L", "nS", 30.0},
                       {"t_ref", "t_ref", "ms", 0.0},
                       {"a", "a", "nS", 4.0},
                       {"b", "b", "pA", 80.5},
                       {"tau_w", "tau_w", "ms", 144.0},
                       {"I_e", "I_e", "pA", 0.0},
                       {"V_m", "V_init", "mV", NAN}};
const Parameters kHh{{"E_L", "E_L", "mV", -54.402},
                     {"E_Na", "E_Na", "mV", 50.0},
                     {"E_K", "E_K", "mV", -77.0},
                     {"C_m", "C_m", "pF", 100.0},
                     {"g_L", "g_L", "nS", 30.0},
                     {"g_Na", "g_Na", "nS", 12000.0},
                     {"g_K", "g_K", "nS", 3600.0},
                     {"t_ref", "t_ref", "ms", 2.0},
                     {"I_e", "I_e", "pA", 0.0},
                     {"V_m", "V_init", "mV", -65.0},
                     {"tau_syn_ex", "tau_syn_ex", "ms", 0.2},
                     {"tau_syn_in", "tau_syn_in", "ms", 2.0}};

const Parameters kIzhikevich{{"a", "a", "1", 0.02},          {"b", "b", "1", 0.2},
                             {"c", "c", "mV", -65.0},        {"d", "d", "mV", 8.0},
                             {"V_th", "V_peak", "mV", 30.0}, {"V_m", "V_init", "mV", -65.0},
                             {"I_e", "I_e", "pA", 0.0}};

}  // namespace

const Parameter* NestModel::find(const std::string& nest) const {
    const auto found = std::ranges::find(parameters, nest, &Parameter::nest);
    return found == parameters.end() ? nullptr : &*found;
}

bool NestModel::ignores(const std::string& nest) const {
    return std::ranges::find(ignored, nest) != ignored.end();
}

const std::map<std::string, NestModel>& nest_models() {
    // Those of NEST that end in _ps are the same equations, solved between its steps, as all are here.
    static const std::map<std::string, NestModel> all = [] {
        std::map<std::string, NestModel> known{
            {"iaf_psc_alpha", {"iaf_psc_alpha", joined(kLif, kCurrents)}},
            {"iaf_psc_alpha_ps", {"iaf_psc_alpha", joined(kLif, kCurrents)}},
            {"iaf_psc_exp", {"iaf_psc_exp", joined(kLif, kCurrents)}},
            {"iaf_psc_exp_ps", {"iaf_psc_exp", joined(kLif, kCurrents)}},
            {"iaf_psc_delta", {"lif_delta", kLif}},
            {"iaf_psc_delta_ps", {"lif_delta", kLif}},
            {"iaf_cond_exp", {"lif_cond_exp", joined(kIafCond, kConductances)}},
            {"aeif_cond_exp", {"adex", joined(kAeif, kConductances), {"gsl_error_tol"}}},
            {"hh_psc_alpha", {"hh", kHh}},
            {"izhikevich", {"izhikevich", kIzhikevich, {"consistent_integration"}}},
        };
        known.merge(glif_models());
        return known;
    }();
    return all;
}

}  // namespace sonata
