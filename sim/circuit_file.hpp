// The HDF5 file of a circuit's run, written while it runs (docs/file_format.md).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/circuit.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/provenance.hpp"

namespace sim {

class CircuitFile {
  public:
    /// Writes all that is known before the run.
    CircuitFile(io::File& file, const CircuitSettings& settings, const Provenance& provenance);

    /// Spikes in the order they happened; those of populations that are not recorded are left out.
    void append(std::span<const Spike> spikes);
    /// Writes those that still wait; once, at the end.
    void flush_spikes();
    /// Samples of a state record: rows of one value a neuron.
    void append_state(std::size_t record, std::span<const float> rows);
    /// rates[p]: of population p, shape (bins) [Hz]
    void write_rates(const std::vector<std::vector<double>>& rates);
    /// What the populations have learned, and the recorded synapses.
    void write_learned(std::span<Population* const> cells, const Simulation& simulation);
    void write_wall_time(double seconds);

  private:
    struct Waiting {
        std::vector<double> t;
        std::vector<std::uint64_t> id;
    };
    void flush(std::uint32_t population);
    void write_population(const CircuitPopulation& population);
    void create_spikes(const std::string& population);
    void create_report(const StateRecord& record);
    void write_synapses(const CircuitProjection& settings, const Projection& projection);
    std::string spikes(std::uint32_t population, const char* name) const;

    io::File& file_;
    const CircuitSettings& settings_;
    std::vector<char> is_recorded_;  // by population: whether its spikes are
    std::vector<Waiting> waiting_;   // by population
};

}  // namespace sim
