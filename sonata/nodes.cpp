#include "sonata/nodes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "sim/config_paths.hpp"
#include "sim/error.hpp"

namespace sonata {
namespace {

std::vector<std::string> as_texts(const sim::io::File& file, const std::string& dataset) {
    if (file.type(dataset) == "text") return file.read<std::string>(dataset);
    std::vector<std::string> all;
    for (const double value : file.read<double>(dataset)) all.push_back(fmt::format("{}", value));
    return all;
}

}  // namespace

Nodes::Nodes(std::shared_ptr<const sim::io::File> file, std::string name,
             std::shared_ptr<const sim::io::TypesTable> types, Problems& problems)
    : file_(std::move(file)),
      name_(std::move(name)),
      folder_("/nodes/" + name_ + "/"),
      types_(std::move(types)),
      problems_(&problems) {
    read_rows();
    read_model();
}

std::string Nodes::place() const { return fmt::format("{}: /nodes/{}", file_->path(), name_); }

void Nodes::problem(const std::string& dataset, const std::string& what) const {
    problems_->add(fmt::format("{}: {}{}", file_->path(), folder_, dataset), what);
}

std::vector<std::uint64_t> Nodes::ids(const std::string& dataset) const {
    return file_->read<std::uint64_t>(folder_ + dataset, {type_.size()});
}

void Nodes::read_rows() {
    type_ = file_->read<std::uint64_t>(folder_ + "node_type_id", {sim::io::kAny});
    const std::size_t n = type_.size();
    group_ = file_->exists(folder_ + "node_group_id") ? ids("node_group_id") : std::vector<std::uint64_t>(n);
    std::vector<std::uint64_t> rows(n);
    std::iota(rows.begin(), rows.end(), 0U);
    index_ = file_->exists(folder_ + "node_group_index") ? ids("node_group_index") : rows;
    row_of_.assign(n, n);
    const auto id = file_->exists(folder_ + "node_id") ? ids("node_id") : rows;
    for (std::size_t row = 0; row < n; ++row) {
        if (id[row] >= n || row_of_[id[row]] != n)
            throw sim::ConfigError(
                fmt::format("{}: {}node_id: must be 0 to {}, each once, in any order; entry {} is {}",
                            file_->path(), folder_, n - 1, row, id[row]));
        row_of_[id[row]] = row;
    }
    if (n == 0) problem("node_type_id", "must name at least one node");
}

/// Entries of a group; empty where it has no such attribute.
std::vector<std::string> Nodes::column(std::uint64_t group, const std::string& attribute) const {
    const std::string of_group = fmt::format("{}{}/", folder_, group), dataset = of_group + attribute;
    if (!file_->exists(dataset) || file_->is_group(dataset)) return {};
    const std::string library = of_group + "@library/" + attribute;
    if (!file_->exists(library)) return as_texts(*file_, dataset);
    const auto words = as_texts(*file_, library);
    std::vector<std::string> values;
    for (const std::uint64_t number : file_->read<std::uint64_t>(dataset))  // of its word
        values.push_back(number < words.size() ? words[number] : "");
    return values;
}

std::vector<std::string> Nodes::texts(const std::string& attribute) const {
    std::map<std::uint64_t, std::vector<std::string>> of_group;
    std::map<std::uint64_t, std::string> of_type;
    std::vector<std::string> all(size());
    for (std::size_t id = 0; id < size(); ++id) {
        const std::size_t row = row_of_[id];
        if (attribute == "node_id" || attribute == "population") {
            all[id] = attribute == "node_id" ? fmt::format("{}", id) : name_;
            continue;
        }
        if (attribute == "node_type_id" || attribute == "node_group_id") {
            all[id] = fmt::format("{}", attribute == "node_type_id" ? type_[row] : group_[row]);
            continue;
        }
        auto group = of_group.find(group_[row]);
        if (group == of_group.end())
            group = of_group.emplace(group_[row], column(group_[row], attribute)).first;
        if (index_[row] < group->second.size()) {
            all[id] = group->second[index_[row]];
        } else if (types_) {
            auto type = of_type.find(type_[row]);
            if (type == of_type.end())
                type = of_type.emplace(type_[row], types_->text(name_, type_[row], attribute)).first;
            all[id] = type->second;
        }
    }
    return all;
}

void Nodes::read_model() {
    const auto types = texts("model_type"), templates = texts("model_template");
    std::set<std::string> models;
    std::size_t n_virtual = 0;
    for (std::size_t id = 0; id < size(); ++id) {
        if (types[id] == "virtual")
            ++n_virtual;
        else if (types[id] == "point_neuron" || types[id] == "point_process")
            models.insert(templates[id]);
        else
            problem("model_type",
                    fmt::format("must be point_neuron (or point_process) or virtual, is \"{}\"", types[id]));
    }
    is_virtual_ = n_virtual == size();
    if (n_virtual > 0 && !is_virtual_)
        problem("model_type", "must be virtual of all nodes of a population or of none");
    if (models.size() > 1)
        problem(
            "model_template",
            fmt::format("must be the same for all nodes of a population, which is of one kind here; is {}",
                        fmt::join(models, ", ")));
    if (models.size() == 1) find_model(*models.begin());
}

void Nodes::find_model(const std::string& name) {
    std::vector<std::string> known;
    for (const auto& [nest, model] : nest_models()) {
        if (name == "nest:" + nest) model_ = &model;
        known.push_back("nest:" + nest);
    }
    if (model_ == nullptr)
        problem("model_template", fmt::format("must be one of {}, is \"{}\"", fmt::join(known, ", "), name));
}

// ---- parameters

/// One parameter, or a list of some, as it is said at a place.
void Nodes::take(const std::string& parameter, const Json& value, const std::string& place,
                 std::map<std::string, double>& said) const {
    if (value.is_array()) {
        for (std::size_t k = 0; k < value.size(); ++k)
            take(fmt::format("{}.{}", parameter, k), value[k], place, said);
        return;
    }
    if (model_->ignores(parameter)) return;
    if (model_->find(parameter) == nullptr) {
        problems_->add(fmt::format("{}: {}", place, parameter),
                       fmt::format("is no parameter of {} here", model_->kind));
        return;
    }
    if (!value.is_number() && !value.is_boolean()) {
        problems_->add(fmt::format("{}: {}", place, parameter), "must be a number");
        return;
    }
    said[parameter] = value.is_number() ? value.get<double>() : value.get<bool>() ? 1.0 : 0.0;
}

/// What a file of parameters says, in NEST's words.
Json Nodes::parameters_of(const std::string& path) const {
    const Json said = read_json(path);
    if (!said.is_object()) {
        problems_->add(path, "must be a block of parameters");
        return Json::object();
    }
    if (model_->translate == nullptr) return said;
    try {
        return model_->translate(said);
    } catch (const Json::exception& error) {  // what it should say and does not
        problems_->add(path, fmt::format("must be a neuron of the Cell Types Database: {}", error.what()));
        return Json::object();
    }
}

/// Parameters that files of the nodes' types hold.
void Nodes::take_types(const std::string& models, std::vector<std::string>& files, Values& values) const {
    if (!types_) return;
    std::map<std::uint64_t, std::map<std::string, double>> of_type;
    for (std::size_t id = 0; id < size(); ++id) {
        const std::uint64_t type = type_[row_of_[id]];
        auto said = of_type.find(type);
        if (said == of_type.end()) {
            said = of_type.emplace(type, std::map<std::string, double>{}).first;
            const std::string name = types_->text(name_, type, "dynamics_params");
            if (!name.empty()) {
                const std::string path = sim::absolute_path(name, models);
                files.push_back(path);
                const Json params = parameters_of(path);
                for (const auto& [key, value] : params.items()) take(key, value, path, said->second);
            }
        }
        for (const auto& [parameter, value] : said->second)
            values.try_emplace(parameter, size(), NAN).first->second[id] = value;
    }
}

/// Those that stand beside the nodes come before those of their types.
void Nodes::take_groups(Values& values) const {
    std::map<std::uint64_t, std::vector<std::size_t>> ids_of;
    for (std::size_t id = 0; id < size(); ++id) ids_of[group_[row_of_[id]]].push_back(id);
    for (const auto& [group, ids] : ids_of) {
        const std::string folder = fmt::format("{}{}/dynamics_params", folder_, group);
        if (!file_->exists(folder)) continue;
        for (const std::string& parameter : file_->children(folder)) {
            std::map<std::string, double> known;
            take(parameter, 0.0, fmt::format("{}: {}", file_->path(), folder), known);
            if (known.empty()) continue;
            const auto column = file_->read<double>(folder + "/" + parameter, {sim::io::kAny});
            for (const std::size_t id : ids) {
                const std::uint64_t index = index_[row_of_[id]];
                if (index >= column.size())
                    throw sim::IoError(fmt::format("{}: {}/{}: must have an entry {}, has {}", file_->path(),
                                                   folder, parameter, index, column.size()));
                values.try_emplace(parameter, size(), NAN).first->second[id] = column[index];
            }
        }
    }
}

Values Nodes::values(const std::string& models, std::vector<std::string>& files) const {
    Values all;
    take_types(models, files, all);
    take_groups(all);
    return all;
}

namespace {

/// One quantity where all are alike, else a list.
Json quantities(const std::vector<double>& values, const std::string& unit) {
    const auto text = [&](double value) {
        return unit == "1" ? fmt::format("{}", value) : fmt::format("{} {}", value, unit);
    };
    if (std::ranges::all_of(values, [&](double one) { return one == values.front(); }))
        return text(values.front());
    Json list = Json::array();
    for (const double value : values) list.push_back(text(value));
    return list;
}

}  // namespace

Json Nodes::as_population(const std::string& models, double v_init, const Receptors& receptors,
                          std::vector<std::string>& files) const {
    if (model_ == nullptr) return Json::object();  // which is a problem
    Json result{{"kind", model_->kind}, {"size", size()}};
    Values said = values(models, files);
    if (!std::isnan(v_init) && model_->find("V_m") != nullptr) {
        auto& V = said.try_emplace("V_m", size(), NAN).first->second;
        std::ranges::replace_if(
            V, [](double one) { return std::isnan(one); }, v_init);
    }
    if (model_->convert != nullptr) model_->convert(said, receptors);
    Json keys = Json::object();
    for (const Parameter& one : model_->parameters) {
        const auto found = said.find(one.nest);
        if (found == said.end() || one.key.empty()) continue;  // NEST's default is that of the kind
        const auto rest = said.find("E_L");
        const double rest_otherwise = model_->find("E_L") ? model_->find("E_L")->otherwise : NAN;
        for (std::size_t k = 0; k < size(); ++k) {
            double& value = found->second[k];
            if (!std::isnan(value)) continue;
            value = one.otherwise;
            if (!std::isnan(value)) continue;
            value = rest == said.end() || std::isnan(rest->second[k]) ? rest_otherwise : rest->second[k];
        }
        keys[one.key] = quantities(found->second, one.unit);
    }
    if (!keys.empty()) result[model_->kind] = std::move(keys);
    return result;
}

}  // namespace sonata
