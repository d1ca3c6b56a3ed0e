// Neurons that fire at given times, listed in the config or in a file of SONATA spikes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/neurons/source.hpp"
#include "sim/error.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/units.hpp"

namespace models {
namespace {

struct SpikeListSettings {
    explicit SpikeListSettings(const sim::Params& p)
        : times(p.numbers("times", "ms", sim::Check::non_negative, "when the neurons fire, in any order")),
          neurons(p.numbers("neurons", "1", sim::Check::non_negative,
                            "the neuron of each time, counted from 0; every neuron if absent")),
          all_fire(neurons.empty()),
          file(p.file("file", "", "HDF5 file of SONATA spikes, instead of times and neurons")),
          population(p.text("population", "",
                            "population of the file whose spikes they are; may be left out where there is "
                            "one alone")) {
        if (!all_fire && neurons.size() != times.size())
            p.fail("neurons", fmt::format("as many as times, {}", times.size()),
                   fmt::format("{}", neurons.size()));
        for (const double neuron : neurons)
            if (neuron != std::floor(neuron) || neuron > 4294967294.0)
                p.fail("neurons", "numbers of neurons", fmt::format("{}", neuron));
        if (!file.empty() && (!times.empty() || !neurons.empty()))
            p.fail("file", "left out where times or neurons are given");
        if (file.empty() && !population.empty()) p.fail("population", "left out without a file");
        if (!file.empty()) all_fire = false;
    }
    std::vector<double> times, neurons;
    bool all_fire;
    std::string file, population;
};

using Listed = std::pair<Time, std::uint32_t>;

/// The spikes of one population of a file. Sources: the SONATA data format (Dai et al. 2020, PLoS Comput Biol
/// 16:e1007696), section spikes; before its version 0.1 a file held those of one population, as `gids`.
class SpikeFile {
  public:
    SpikeFile(const std::string& path, const std::string& population)
        : file_(sim::io::File::open(path)), group_(group_of(population)) {}

    /// Spikes of neurons first to first + n - 1 of n_all, numbered from first.
    std::vector<Listed> spikes_of(const sim::Population::Context& neurons) const {
        const std::string t_name = group_ + "/timestamps",
                          id_name = group_ + (file_.exists(group_ + "/node_ids") ? "/node_ids" : "/gids");
        const auto t = file_.read<double>(t_name, {sim::io::kAny});
        const auto id = file_.read<std::uint64_t>(id_name, {t.size()});
        const double to_ms = unit_of(t_name);
        const std::size_t n_all = std::max(neurons.n, neurons.n_all);
        std::vector<Listed> list;
        list.reserve(neurons.n == n_all ? t.size() : 0);
        for (std::size_t k = 0; k < t.size(); ++k) {
            if (id[k] >= n_all)
                fail(id_name, fmt::format("entry {} must be below {}, the size of the population, is {}", k,
                                          n_all, id[k]));
            if (!(t[k] >= 0.0) || !std::isfinite(t[k]))
                fail(t_name, fmt::format("entry {} must be 0 or later, is {}", k, t[k]));
            if (id[k] >= neurons.first && id[k] - neurons.first < neurons.n)
                list.emplace_back(t[k] * to_ms, static_cast<std::uint32_t>(id[k] - neurons.first));
        }
        return list;
    }

  private:
    [[noreturn]] void fail(const std::string& name, const std::string& what) const {
        throw sim::IoError(fmt::format("{}: {}: {}", file_.path(), name, what));
    }
    std::string group_of(const std::string& population) const {
        if (!file_.exists("/spikes")) fail("/spikes", "is not there: the file holds no spikes");
        const bool is_old = file_.exists("/spikes/timestamps");  // and names no population
        if (is_old && population.empty()) return "/spikes";
        const auto known = is_old ? std::vector<std::string>{} : file_.children("/spikes");
        if (population.empty() && known.size() == 1) return "/spikes/" + known.front();
        if (std::ranges::find(known, population) != known.end()) return "/spikes/" + population;
        throw sim::ConfigError(
            fmt::format("spike_list: population: must be {}, got {}",
                        is_old ? fmt::format("left out: {} names no populations", file_.path())
                               : fmt::format("one of those of {}: {}", file_.path(), fmt::join(known, ", ")),
                        population.empty() ? "nothing" : fmt::format("\"{}\"", population)));
    }
    /// In ms.
    double unit_of(const std::string& name) const {
        if (!file_.has_attribute(name, "units")) return 1.0;
        const auto unit = file_.read_attribute<std::string>(name, "units");
        if (unit == "milliseconds") return 1.0;  // as BMTK writes
        const auto known = sim::units::accepted("ms");
        if (std::ranges::find(known, unit) == known.end())
            fail(name, fmt::format("attribute \"units\" must be one of {}, is \"{}\"", fmt::join(known, ", "),
                                   unit));
        return sim::units::parse("1 " + unit, "ms");
    }

    sim::io::File file_;
    std::string group_;
};

/// The spikes that the config lists; of neuron 0 where all fire.
std::vector<Listed> listed(const SpikeListSettings& settings, const sim::Population::Context& neurons) {
    const std::size_t n_all = std::max(neurons.n, neurons.n_all);
    std::vector<Listed> list;
    for (std::size_t k = 0; k < settings.times.size(); ++k) {
        const double neuron = settings.all_fire ? neurons.first : settings.neurons[k];
        if (neuron >= static_cast<double>(n_all))
            throw sim::ConfigError(fmt::format(
                "spike_list: neurons: must be below {}, the size of the population, got {}", n_all, neuron));
        if (neuron >= neurons.first && neuron < static_cast<double>(neurons.first + neurons.n))
            list.emplace_back(settings.times[k], static_cast<std::uint32_t>(neuron) - neurons.first);
    }
    return list;
}

class SpikeList final : public Source {
  public:
    using Settings = SpikeListSettings;

    SpikeList(const Settings& settings, const Context& context)
        : Source(context.n),
          all_fire_(settings.all_fire),
          list_(settings.file.empty() ? listed(settings, context)
                                      : SpikeFile(settings.file, settings.population).spikes_of(context)) {
        std::sort(list_.begin(), list_.end());
    }
    using Population::start;
    void start(std::uint64_t /*presentation*/) override {
        at_ = 0;
        neuron_ = 0;
        n_fired_ = 0;
    }
    void state(sim::State& s) override { s(at_, neuron_, n_fired_); }
    double most_spikes_per_ms() const override { return sim::kNever; }  // as many as are listed
    std::optional<sim::Spike> next_spike(Time t_end) override {
        if (at_ == list_.size() || list_[at_].first >= t_end) return std::nullopt;
        return sim::Spike{list_[at_].first, 0, all_fire_ ? neuron_ : list_[at_].second};
    }
    void fire(const sim::Spike&) override {
        if (!all_fire_) {
            ++at_;
            return;
        }
        // Who fires twice at one time does so before the next one fires.
        std::size_t end = at_;
        while (end < list_.size() && list_[end].first == list_[at_].first) ++end;
        if (++n_fired_ < end - at_) return;
        n_fired_ = 0;
        if (++neuron_ < size()) return;
        neuron_ = 0;
        at_ = end;
    }

  private:
    bool all_fire_;
    std::vector<Listed> list_;  // sorted
    std::size_t at_ = 0;        // the next one
    // Where all fire: whose turn it is, and how often it has fired at this time.
    std::uint32_t neuron_ = 0;
    std::size_t n_fired_ = 0;
};

const sim::RegisterPopulation<SpikeList> spike_list{"spike_list",
                                                    "spikes at given times, listed or in a file"};

}  // namespace
}  // namespace models
