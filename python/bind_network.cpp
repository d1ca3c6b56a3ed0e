// Networks that are stepped by hand.
#include <pybind11/stl.h>

#include <algorithm>

#include "python/arrays.hpp"
#include "python/bind.hpp"
#include "python/call.hpp"
#include "sim/stepped_network.hpp"

namespace python {
namespace {

class Network {
  public:
    Network(const std::string& path, const std::string& text, const std::vector<std::string>& overrides,
            std::size_t threads)
        : threads_(threads), network_(call<std::unique_ptr<sim::SteppedNetwork>>(threads, [&] {
              const Config config{path, text, overrides};
              return std::make_unique<sim::SteppedNetwork>(sim::read_settings(config.read(), config.name()));
          })) {}

    void run(double dt) {
        call(threads_, [&] { network_->run(dt); });
    }
    double now() const { return network_->now(); }
    double duration() const { return network_->settings().duration; }

    std::vector<std::pair<std::string, std::size_t>> populations() const {
        std::vector<std::pair<std::string, std::size_t>> all;
        for (const auto& one : network_->settings().populations) all.emplace_back(one.name, one.size);
        return all;
    }
    /// Names and units.
    std::vector<std::pair<std::string, std::string>> variables(const std::string& population) const {
        std::vector<std::pair<std::string, std::string>> all;
        for (const sim::Variable& one : network_->variables(number(population)))
            all.emplace_back(one.name, one.unit);
        return all;
    }
    py::array state(const std::string& population, const std::string& variable) const {
        const std::uint32_t p = number(population);
        const auto& known = network_->variables(p);
        const auto found = std::ranges::find(known, variable, &sim::Variable::name);
        if (found == known.end()) {
            std::vector<std::string> names;
            for (const sim::Variable& one : known) names.push_back(one.name);
            throw sim::ConfigError(fmt::format("variable: must be one of {} ({}), got \"{}\"", population,
                                               fmt::join(names, ", "), variable));
        }
        return handed_over(network_->state(p, static_cast<std::size_t>(found - known.begin())));
    }

    /// By population: times and neurons, of all spikes since the last call.
    py::dict spikes() {
        const std::size_t n = network_->settings().populations.size();
        std::vector<std::vector<double>> t(n);
        std::vector<std::vector<std::uint64_t>> neuron(n);
        for (const sim::Spike& spike : network_->take_spikes()) {
            t[spike.population].push_back(spike.t);
            neuron[spike.population].push_back(spike.neuron);
        }
        py::dict all;
        for (std::size_t p = 0; p < n; ++p)
            all[py::str(network_->settings().populations[p].name)] =
                py::make_tuple(handed_over(std::move(t[p])), handed_over(std::move(neuron[p])));
        return all;
    }

    std::string current_unit(const std::string& population) const {
        return network_->current_unit(number(population));
    }
    void set_current(const std::string& population, const py::object& given, const py::object& neurons) {
        const std::uint32_t p = number(population);
        const std::size_t size = network_->settings().populations[p].size;
        std::vector<std::int64_t> which;
        if (neurons.is_none())
            for (std::size_t i = 0; i < size; ++i) which.push_back(static_cast<std::int64_t>(i));
        else
            which = neurons.cast<std::vector<std::int64_t>>();
        const auto I = numbers<double>(given, "I");
        check_finite(I, "I");
        if (I.size() != 1 && static_cast<std::size_t>(I.size()) != which.size())
            throw sim::ConfigError(fmt::format("I: must be one number, or one for each of {} neurons, got {}",
                                               which.size(), I.size()));
        for (const std::int64_t i : which)
            if (i < 0 || static_cast<std::size_t>(i) >= size)
                throw sim::ConfigError(fmt::format("neurons: must be from 0 to {}, got {}", size - 1, i));
        for (std::size_t k = 0; k < which.size(); ++k)
            network_->set_current(p, static_cast<std::uint32_t>(which[k]), I.data()[I.size() == 1 ? 0 : k]);
    }

  private:
    std::uint32_t number(const std::string& population) const {
        std::vector<std::string> names;
        for (const auto& one : network_->settings().populations) {
            if (one.name == population) return one.number;
            names.push_back(one.name);
        }
        throw sim::ConfigError(
            fmt::format("population: must be one of {}, got \"{}\"", fmt::join(names, ", "), population));
    }

    std::size_t threads_;
    std::unique_ptr<sim::SteppedNetwork> network_;
};

}  // namespace

void bind_network(py::module_& module) {
    py::class_<Network>(module, "Network")
        .def(py::init<std::string, std::string, std::vector<std::string>, std::size_t>())
        .def("run", &Network::run)
        .def("now", &Network::now)
        .def("duration", &Network::duration)
        .def("populations", &Network::populations)
        .def("variables", &Network::variables)
        .def("state", &Network::state)
        .def("spikes", &Network::spikes)
        .def("current_unit", &Network::current_unit)
        .def("set_current", &Network::set_current);
}

}  // namespace python
