// Params of blocks that speak of neurons: numbers that differ from neuron to neuron, as a list, drawn from a
// law, or from a dataset of an HDF5 file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/elementary.hpp"
#include "sim/error.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/params_document.hpp"
#include "sim/rng.hpp"
#include "sim/synonyms.hpp"
#include "sim/units.hpp"

namespace sim {

Params Params::of_neurons(const std::optional<WhichNeurons>& which) const {
    Params view = *this;
    view.neurons_ = std::make_shared<PerNeuron>(PerNeuron{which, path_, {}, false});
    view.neuron_ = 0;
    return view;
}

Params Params::of_neuron(std::size_t k) const {
    Params view = *this;
    view.neuron_ = k;
    return view;
}

bool Params::tells_neurons_apart() const { return neurons_ && neurons_->tells_apart; }

/// What is read once for all neurons is picked from for each.
double Params::number_of_neuron(const std::string& key, std::string_view unit,
                                std::optional<double> default_value, Check check,
                                const std::string& doc) const {
    const std::string path = join_path(path_, key);
    auto at = neurons_->values.find(path);
    if (at == neurons_->values.end()) {
        std::vector<double> all;
        const YAML::Node& yaml = node_->yaml;
        if (has(key) && (yaml[key].IsSequence() || yaml[key].IsMap()))
            all = numbers_of_neurons(key, unit, default_value, check, doc);
        else if (const double one = one_number(key, unit, default_value, check, doc); has(key))
            all = {one};
        neurons_->tells_apart |= has(key) && !yaml[key].IsScalar();
        at = neurons_->values.emplace(path, PerNeuron::Values{std::move(all), unit}).first;
    }
    const std::vector<double>& all = at->second.all;
    if (!all.empty()) return all[all.size() > 1 ? neuron_ : 0];
    // A default may follow from other keys, which differ.
    const double value = default_value.value_or(1.0);
    if (value != document_->number_left_out.at(path)) document_->told_apart.insert(path);
    return value;
}

namespace {

const std::vector<std::string> kLaws{"normal", "uniform", "lognormal"};

struct Law {
    std::string kind;
    double first, second;    // mean and standard deviation; of uniform: low and high
    double most = INFINITY;  // what is drawn above is this

    double mean() const { return kind == "uniform" ? 0.5 * (first + second) : first; }
    double draw(Stream random) const {
        if (kind == "uniform") return random.uniform(first, second);
        if (kind == "normal") return first + second * random.normal();
        // Its logarithm is normal, of the variance s2 that gives the number itself this mean and deviation.
        const double ratio = second / first, s2 = sim::log1p(ratio * ratio);
        return std::min(first * sim::exp(std::sqrt(s2) * random.normal() - 0.5 * s2), most);
    }
};

Law read_law(const Params& p, const std::string& kind, std::string_view unit) {
    if (kind == "uniform") {
        const Law law{kind, p.number("low", unit, std::nullopt, Check::any, "least value"),
                      p.number("high", unit, std::nullopt, Check::any, "values are below")};
        if (law.first > law.second) p.fail("high", "at least low");
        return law;
    }
    Law law{kind,
            p.number("mean", unit, std::nullopt, kind == "normal" ? Check::any : Check::positive,
                     "mean of the values"),
            p.number("std", unit, std::nullopt, Check::non_negative, "their standard deviation")};
    if (kind == "lognormal" && p.has("most"))
        law.most = p.number("most", unit, std::nullopt, Check::positive, "what is drawn above becomes this");
    return law;
}

/// One for each neuron; the mean where it is open which there are.
std::vector<double> drawn(const Law& law, const std::string& key, const std::optional<WhichNeurons>& which) {
    if (!which) return {law.mean()};
    // The key tells its chance from that of others: a key more in a config changes no draw.
    const std::uint64_t seed = seed_of(which->seed, hash_of(key));
    std::vector<double> all;
    for (std::uint64_t i = which->first; i < which->first + which->n; ++i)
        all.push_back(law.draw(
            Stream(seed, Purpose::neuron_parameters, (std::uint64_t{which->population} << 32U) | i)));
    return all;
}

/// Of what stands for all neurons that of some; one where it is open which.
std::vector<double> part(const std::vector<double>& all, const std::optional<WhichNeurons>& which) {
    if (!which) return {all.front()};
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(which->first);
    return {begin, begin + static_cast<std::ptrdiff_t>(which->n)};
}

/// The values, in `unit`, of the dataset that block `p` names.
std::vector<double> from_dataset(const Params& p, std::string_view unit,
                                 const std::optional<WhichNeurons>& which) {
    const bool is_pure = unit == "1";
    const std::string path = p.file("file", std::nullopt, "HDF5 file with a value for each neuron"),
                      name = p.text("dataset", std::nullopt, "path of the dataset in it, shape (n)"),
                      in = p.choice("unit", is_pure ? std::vector<std::string>{"1"} : units::accepted(unit),
                                    is_pure ? "1" : units::accepted(unit).front(), "unit of its values");
    const io::File file = io::File::open(path);
    if (name.empty() || !file.exists(name))
        p.fail("dataset", fmt::format("the path of a dataset in {}", path));
    const auto said =
        file.has_attribute(name, "units") ? file.read_attribute<std::string>(name, "units") : in;
    if (said != in) p.fail("unit", fmt::format("{}, as the dataset's attribute \"units\" says", said), in);
    auto all = file.read<double>(name, {which ? which->n_all : io::kAny});
    if (all.empty()) p.fail("dataset", "one with values", "none");
    const double factor = is_pure ? 1.0 : units::parse("1 " + in, unit);
    for (double& value : all) value *= factor;
    return part(all, which);
}

}  // namespace

/// Of each of these neurons; of one where it is open which there are.
std::vector<double> Params::numbers_of_neurons(const std::string& key, std::string_view unit,
                                               std::optional<double> default_value, Check check,
                                               const std::string& doc) const {
    Params plain = *this;  // what stands below the key, and what is wrong with it, is said of all neurons
    plain.neurons_ = nullptr;
    const YAML::Node& yaml = node_->yaml;
    const YAML::Node found = yaml[key];
    const auto& which = neurons_->which;
    if (found.IsSequence()) {
        const auto all = plain.listed(key, unit, check, true);
        if (all.empty() || (which && all.size() != which->n_all))
            plain.fail(key,
                       which ? fmt::format("a list of {}, one for each neuron", which->n_all)
                             : "a list of one for each neuron",
                       fmt::format("{}", all.size()));
        plain.remember_number(key, unit, default_value, check, doc, true, list_of(all, unit));
        return part(all, which);
    }
    const Params p = plain.block(key);
    const auto law = std::ranges::find_if(kLaws, [&](const std::string& name) { return p.has(name); });
    if (law == kLaws.end() && !p.has("file")) {
        const std::string name = found.size() > 0 ? found.begin()->first.Scalar() : "";
        plain.fail(key,
                   fmt::format("one quantity, a list, a law ({}), or a dataset (file, dataset, unit)",
                               fmt::join(kLaws, ", ")),
                   fmt::format("\"{}\"{}", name, hint(name, kLaws)));
    }
    const std::string path = join_path(path_, key);
    const auto all = law == kLaws.end() ? from_dataset(p, unit, which)
                                        : drawn(read_law(p.block(*law), *law, unit),
                                                path.substr(neurons_->block.size()), which);
    for (std::size_t k = 0; k < all.size(); ++k)
        if (!in_range(all[k], check) || all[k] - all[k] != 0.0)
            plain.fail(key, check == Check::any ? "finite" : range_of(check),
                       fmt::format("{}{}", units::format(all[k], unit),
                                   which ? fmt::format(" of neuron {}", which->first + k) : ""));
    return all;
}

}  // namespace sim
