// The HDF5 file of a circuit's run, written while it runs (docs/file_format.md).
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/parts.hpp"
#include "sim/run_settings.hpp"
#include "sim/state.hpp"
#include "sim/streaming_file.hpp"

namespace sim {

/// What a circuit writes while it runs, into a file that streams.
class CircuitFile {
  public:
    /// What the file holds. The populations have not moved into a simulation yet.
    static StreamingFile::Layout layout(const RunSettings& settings, Provenance provenance);

    /// file: of that layout, or of one that has more; it must outlive this
    CircuitFile(StreamingFile& file, const RunSettings& settings);

    bool records(std::uint32_t population) const { return is_recorded_[population] != 0; }
    /// Spikes in the order they happened; those of populations that are not recorded are left out.
    void append(std::span<const Spike> spikes);
    /// Writes those that still wait; once, at the end.
    void flush_spikes();
    /// Samples of a state record: rows of one value a neuron.
    void append_state(std::size_t record, std::span<const float> rows);
    /// Spikes that wait to be written.
    void state(State& s) { s(waiting_); }

  private:
    struct Waiting {
        std::vector<double> t;
        std::vector<std::uint64_t> id;
        std::vector<double> amount;
        void state(State& s) { s(t, id, amount); }
    };
    void flush(std::uint32_t population);
    std::string spikes(std::uint32_t population, const char* name) const;

    StreamingFile& file_;
    const RunSettings& settings_;
    std::vector<char> is_recorded_;  // by population: whether its spikes are
    std::vector<Waiting> waiting_;   // by population
};

// What is known at the end alone.

/// rates[p]: of population p, shape (bins) [Hz]
void write_rates(io::File& finished, const RunSettings& settings,
                 const std::vector<std::vector<double>>& rates);
/// Synapses of a projection; synapses_of: those of each source neuron.
void write_synapses(io::File& finished, const RunSettings& settings, std::size_t projection,
                    const std::function<std::vector<Synapse>(std::uint32_t source)>& synapses_of);
/// What the populations of a part have learned, and the recorded synapses to it; known on all ranks, which write together.
struct Learned {
    std::vector<std::vector<NamedArray>> inner_weights;       // by population
    std::vector<std::vector<std::vector<Synapse>>> synapses;  // by recorded projection, of each source neuron
    void state(State& s) { s(inner_weights, synapses); }
};
std::vector<Learned> learned_of(const RunSettings& settings, const Parts& parts);
void write_learned(io::File& finished, const RunSettings& settings, const std::vector<Learned>& of_parts);

}  // namespace sim
