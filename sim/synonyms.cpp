#include "sim/synonyms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "sim/params.hpp"

namespace sim {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;  // theirs, in small letters; ours

/// Names of NEST 3, PyNN 0.10, Brian 2 and GeNN 4, and what they are called in textbooks. A name that stands
/// twice is answered with the first of ours that is known at the place.
constexpr Pair kSynonyms[] = {
    // neurons
    {"iaf_psc_delta", "lif_delta"},
    {"if_curr_delta", "lif_delta"},
    {"lif", "lif_delta"},
    {"lif", "lif_lca"},
    {"iaf_delta", "lif_delta"},
    {"if_curr_exp", "iaf_psc_exp"},
    {"if_curr_alpha", "iaf_psc_alpha"},
    {"lif_curr_exp", "iaf_psc_exp"},
    {"iaf_cond_exp", "lif_cond_exp"},
    {"if_cond_exp", "lif_cond_exp"},
    {"aeif_cond_exp", "adex"},
    {"eif_cond_exp_isfa_ista", "adex"},
    {"hh_psc_alpha", "hh"},
    {"hh_cond_exp_traub", "hh"},
    {"hh_cond_exp", "hh"},
    {"traubmiles", "hh"},
    {"hodgkin_huxley", "hh"},
    {"izhikevichvariable", "izhikevich"},
    // sources
    {"poisson_generator", "poisson"},
    {"spikesourcepoisson", "poisson"},
    {"poissongroup", "poisson"},
    {"poissoninput", "poisson"},
    {"poissonnew", "poisson"},
    {"spike_generator", "spike_list"},
    {"spikesourcearray", "spike_list"},
    {"spikegeneratorgroup", "spike_list"},
    {"spikesource", "spike_list"},
    // connectors
    {"alltoallconnector", "all_to_all"},
    {"alltoall", "all_to_all"},
    {"onetooneconnector", "one_to_one"},
    {"onetoone", "one_to_one"},
    {"pairwise_bernoulli", "fixed_probability"},
    {"fixedprobabilityconnector", "fixed_probability"},
    {"fixedprobability", "fixed_probability"},
    {"fixedprobabilitynoautapse", "fixed_probability"},
    {"fixednumberpreconnector", "fixed_indegree"},
    {"fixednumberprewithreplacement", "fixed_indegree"},
    {"distancedependentprobabilityconnector", "distance_dependent"},
    {"fromfileconnector", "from_file"},
    {"fromlistconnector", "from_file"},
    // plasticity
    {"stdp_synapse", "stdp_pair"},
    {"stdp", "stdp_pair"},
    {"stdpmechanism", "stdp_pair"},
    {"spikepairrule", "stdp_pair"},
    // stimuli
    {"mnist", "digits"},
    // of older versions
    {"spikes", "slca_falling"},
    // keys of neurons
    {"tau_ref", "t_ref"},
    {"tau_refrac", "t_ref"},
    {"taurefrac", "t_ref"},
    {"t_refrac", "t_ref"},
    {"refractory", "t_ref"},
    {"v_rest", "E_L"},
    {"vrest", "E_L"},
    {"el", "E_L"},
    {"e_leak", "E_L"},
    {"e_rest", "E_L"},
    {"c", "C_m"},
    {"cm", "C_m"},
    {"v_thresh", "V_th"},
    {"vthresh", "V_th"},
    {"v_threshold", "V_th"},
    {"vt", "V_th"},
    {"vreset", "V_reset"},
    {"taum", "tau_m"},
    {"i_offset", "I_e"},
    {"ioffset", "I_e"},
    {"i_ext", "I_e"},
    {"tau_syn_e", "tau_syn_ex"},
    {"tau_syn_i", "tau_syn_in"},
    {"e_rev_e", "E_ex"},
    {"e_rev_i", "E_in"},
    {"e_exc", "E_ex"},
    {"e_inh", "E_in"},
    {"gl", "g_L"},
    {"g_leak", "g_L"},
    {"v_spike", "V_peak"},
    {"u_m", "U_init"},
    {"spike_times", "times"},
    // of populations and projections
    {"n", "size"},
    {"model", "kind"},
    {"cellclass", "kind"},
    {"params", "kind"},
    {"rule", "kind"},
    {"pre", "from"},
    {"source", "from"},
    {"post", "to"},
    {"target", "to"},
    {"conn_spec", "connect"},
    {"connector", "connect"},
    {"synapse_type", "plasticity"},
    {"indegree", "K"},
    {"p_connect", "p"},
    {"allow_autapses", "autapses"},
    {"allow_self_connections", "autapses"},
    {"weights", "weight"},
    {"delays", "delay"},
    {"taupre", "tau_plus"},
    {"taupost", "tau_minus"},
    {"apre", "A_plus"},
    {"apost", "A_minus"},
    {"wmax", "w_max"},
    {"wmin", "w_min"},
    // of a run
    {"simtime", "duration"},
    {"sim_time", "duration"},
    {"t_sim", "duration"},
    {"rng_seed", "seed"},
};

std::string small_letters(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

std::string hint(const std::string& name, const std::vector<std::string>& known) {
    const std::string theirs = small_letters(name);
    for (const auto& [their_name, our_name] : kSynonyms)
        if (their_name == theirs && std::ranges::find(known, our_name) != known.end())
            return fmt::format(" (which is \"{}\" here)", our_name);
    const std::string nearest = nearest_name(name, known);
    return nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest);
}

}  // namespace sim
