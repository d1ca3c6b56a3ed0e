// Populations that only send: nothing reaches them and nothing of them can be recorded but their spikes.
#pragma once
#include <cassert>

#include "sim/cells.hpp"

namespace models {

using sim::Time;

class Source : public sim::Cells {
  public:
    explicit Source(std::size_t n) : n_(n) {}
    std::size_t size() const final { return n_; }
    /// One may stand for very many.
    double most_spikes_per_ms() const override { return 1e6 * static_cast<double>(n_); }
    std::string weight_unit() const final { return ""; }
    std::string current_unit() const final { return ""; }
    std::vector<sim::Variable> variables() const final { return {}; }
    void receive(std::uint32_t, double, Time) final { assert(false && "nothing can reach a source"); }
    void set_current(std::uint32_t, double, Time) final { assert(false && "nothing can reach a source"); }
    double value(std::size_t, std::uint32_t, Time) const final {
        assert(false && "a source has no variables");
        return 0.0;
    }
    void advance(Time) final {}

  private:
    std::size_t n_;
};

}  // namespace models
