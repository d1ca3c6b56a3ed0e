// The file of codes of docs/file_format.md: what a network makes of all frames of a labelled stimulus.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"

namespace decoding {

/// Codes of the frames of one set, with what each frame shows.
struct CodeSet {
    std::size_t n = 0, size = 0;      // frames, neurons
    std::vector<float> a;             // (n, size), row-major
    std::vector<std::int32_t> label;  // (n) class of each frame, from 0; -1 where it has none
    std::vector<std::uint32_t>
        spikes;  // (n) fired while each frame was shown; 0 where codes are made without
    std::vector<std::uint64_t>
        frame{};  // (n) index of each frame in its set; empty where nothing is known of it
    std::vector<double>
        shown{};  // (n, columns of Codes) what each frame shows, for readers of others: not read back
};

struct Codes {
    std::string source;  // the run file whose network made them
    std::string maker;   // "spikes", "optimum" of the program, "simplex", or "frames" themselves: no network
    std::string config;  // YAML, as resolved, under which they were made
    std::uint64_t seed = 0;  // of that config
    CodeSet training, held_out;
    std::string population{};            // of that run; "" in files of older programs
    std::vector<std::string> columns{};  // names of what is shown: "image"; not read back
    std::string run_config{};  // YAML, as resolved, under which it learned; "" in files of older programs
};

/// Mean number of spikes of a frame.
double mean_spikes(const CodeSet& set);
/// Fraction of activities that are not 0.
double active_fraction(const CodeSet& set);

/// Writes all of it, the root attributes too, into a new file.
void write(sim::io::File& file, const Codes& codes);

/// The codes at `path`.
///
/// throws IoError if it cannot be read, is no file of codes, is of a newer format than this program knows, if
/// shapes contradict each other, or if a code is not finite
Codes read_codes(const std::string& path);

}  // namespace decoding
