// What a config says of one population, in its block populations.NAME.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sim/coding_sheet.hpp"
#include "sim/filter.hpp"
#include "sim/params.hpp"
#include "sim/population.hpp"
#include "sim/sheet.hpp"

namespace sim {

struct RunSettings;

/// What a population that codes sees: nothing, frames, or the spikes of another through its fields, which are
/// as many neurons as pixels.
struct Sight {
    enum class Of { nothing, frame, population } of = Of::nothing;
    std::uint32_t from = 0;  // population
    double weight = 0.0;     // jump of u per spike and unit of Phi
    Time delay = 0.0;
};

struct PopulationSettings {
    std::string name, kind;
    std::size_t size;
    std::optional<Sheet> sheet;
    Params block;
    std::uint32_t number;
    std::size_t n_cells = 0;                         // size, and hidden neurons
    bool has_graded_spikes = false;                  // Population::has_graded_spikes()
    std::unique_ptr<CodingSheet> codes{};            // of one that codes
    std::string fields_file{}, fields_population{};  // run whose fields it starts from; "": noise
    Sight sight{};
    std::unique_ptr<Filter> filter{};     // of others: through which it sees frames
    std::unique_ptr<Population> cells{};  // a first one, to ask; moves into the simulation of a stretch

    /// A population at rest. seed: of the run
    std::unique_ptr<Population> make(std::uint64_t seed) const { return make(seed, 0, size); }
    /// Neurons first to first + n - 1 of it.
    std::unique_ptr<Population> make(std::uint64_t seed, std::uint32_t first, std::size_t n) const;
};

/// Reads the block populations.`name`. so_far: what is shown, and the populations that stand before it.
/// throws ConfigError; IoError for a file of a component that cannot be read
PopulationSettings read_population(const Params& root, const std::string& name, const RunSettings& so_far);

}  // namespace sim
