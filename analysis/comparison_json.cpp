#include "analysis/comparison_json.hpp"

namespace analysis {

nlohmann::ordered_json json_of(const Interval& x) {
    return {{"value", x.value}, {"low", x.low}, {"high", x.high}};
}

nlohmann::ordered_json json_of(const Comparison& c) {
    return {{"reference", c.reference},
            {"property", c.property},
            {"cells", c.cells},
            {"citation", c.citation},
            {"units", c.units},
            {"scaled", c.scaled},
            {"n", c.n},
            {"n_effective", c.n_effective},
            {"n_macaque", c.n_macaque},
            {"median_model", c.median_model},
            {"median_macaque", c.median_macaque},
            {"ks", json_of(c.ks)},
            {"ks_ceiling", c.ceiling},
            {"p_value", c.p_value},
            {"wasserstein", json_of(c.wasserstein)},
            {"similarity", json_of(c.similarity)},
            {"similarity_ceiling", json_of(c.similarity_ceiling)}};
}

}  // namespace analysis
