#include "apps/clustered_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "apps/experiments.hpp"

namespace apps {
namespace {

using Json = nlohmann::ordered_json;

/// A number of a file that is printed, averaged over seeds, and in JSON.
struct ClusterNumber {
    const char *heading, *key;
    int digits;
    std::function<double(const ClusteredCodes&)> of;
};

const std::vector<ClusterNumber>& cluster_numbers() {
    static const std::vector<ClusterNumber> all{
        {"active", "active_fraction", 4, [](const auto& file) { return file.active; }},
        {"accuracy", "accuracy", 3, [](const auto& file) { return file.found.spectral.accuracy; }},
        {"NMI", "normalised_information", 3,
         [](const auto& file) { return file.found.spectral.information; }},
        {"k-means", "k_means_accuracy", 3, [](const auto& file) { return file.found.k_means.accuracy; }},
        {"NMI", "k_means_normalised_information", 3,
         [](const auto& file) { return file.found.k_means.information; }},
        {"eigenvalue", "eigenvalue", 4,
         [](const auto& file) { return file.found.embedding.eigenvalues[file.found.n_clusters - 1]; }},
        {"gap", "gap", 4, [](const auto& file) { return file.found.gap; }},
        {"special", "specialisation", 3, [](const auto& file) { return file.found.specialisation.index; }},
        {"chance", "specialisation_by_chance", 3,
         [](const auto& file) { return file.found.specialisation.chance; }}};
    return all;
}

std::string number_text(double x, int digits) {
    return std::isfinite(x) ? fmt::format("{:.{}f}", x, digits) : "-";
}

using ClusterExperiment = Experiment<ClusteredCodes>;

std::vector<ClusterExperiment> cluster_experiments(std::span<const ClusteredCodes> files) {
    return experiments_of(files, [](const ClusteredCodes& a, const ClusteredCodes& b) {
        return a.config == b.config && a.maker == b.maker && a.found.n_clusters == b.found.n_clusters;
    });
}

OverSeeds over_seeds(const ClusterExperiment& one, const ClusterNumber& number) {
    std::vector<double> values;
    for (const ClusteredCodes* file : one) values.push_back(number.of(*file));
    return apps::over_seeds(values);
}

std::string cluster_heading(const char* first, std::size_t width) {
    std::string text = fmt::format("{:{}}  {:8} {:>6} {:>6}", first, width, "made by", "frames", "silent");
    for (const ClusterNumber& number : cluster_numbers()) text += fmt::format(" {:>10}", number.heading);
    return text + fmt::format(" {:>6} {:>6}\n", "p", "widest");
}

std::string cluster_line(const ClusteredCodes& of, std::size_t width) {
    std::string text =
        fmt::format("{:{}}  {:8} {:>6} {:>6}", of.name, width, of.maker, of.n, of.found.n_silent);
    for (const ClusterNumber& number : cluster_numbers())
        text += fmt::format(" {:>10}", number_text(number.of(of), number.digits));
    return text +
           fmt::format(" {:>6} {:>6}\n", number_text(of.found.specialisation.p, 4), of.found.widest_gap);
}

std::string means_line(const ClusterExperiment& one, std::size_t width) {
    std::string text = fmt::format("{:{}}  {:8}", name_of_experiment(one), width, one.front()->maker);
    for (const ClusterNumber& number : cluster_numbers()) {
        const auto [mean, sd, half] = over_seeds(one, number);
        text += fmt::format(" {:>14}",
                            number_text(mean, number.digits) + " +-" + number_text(half, number.digits));
    }
    return text + '\n';
}

constexpr const char* kClusterLegend =
    "accuracy, NMI: of clusters in the spectral embedding of frames and atoms, under the best matching with "
    "classes; "
    "silent\n"
    "frames count as wrong. k-means: of the codes themselves. eigenvalue: of the normalised Laplacian, the "
    "one of the "
    "last\n"
    "cluster (0: parts that no edge joins); gap: to the next; widest: eigenvalues below the widest gap of "
    "the first 20. "
    "special:\n"
    "what the atom of a unit of activity tells of the class, 0 to 1; chance: its mean under labels permuted, "
    "and p.\n";

std::string table_of_means(const std::vector<ClusterExperiment>& experiments, std::size_t width) {
    std::string text = fmt::format("{:{}}  {:8}", "over seeds", width, "made by");
    for (const ClusterNumber& number : cluster_numbers()) text += fmt::format(" {:>14}", number.heading);
    text += '\n';
    bool has_any = false;
    for (const ClusterExperiment& one : experiments) {
        if (one.size() < 2) continue;
        text += means_line(one, width);
        has_any = true;
    }
    return has_any ? text + "Mean over seeds, +- half of its 95 % interval (Student's t).\n\n" : "";
}

Json file_json(const ClusteredCodes& of) {
    Json json{{"name", of.name},
              {"path", of.path},
              {"run", of.source},
              {"maker", of.maker},
              {"seed", of.seed},
              {"n", of.n},
              {"size", of.size},
              {"n_silent", of.found.n_silent},
              {"n_classes", of.found.labels.size()},
              {"n_clusters", of.found.n_clusters}};
    for (const ClusterNumber& number : cluster_numbers()) json[number.key] = number.of(of);
    json["specialisation_p"] = of.found.specialisation.p;
    json["widest_gap"] = of.found.widest_gap;
    json["eigenvalues"] = of.found.embedding.eigenvalues;
    json["specialisation_of_atom"] = of.found.specialisation.of_atom;
    return json;
}

Json experiment_json(const ClusterExperiment& one) {
    Json json{{"files", Json::array()}};
    for (const ClusteredCodes* file : one) json["files"].push_back(file->name);
    for (const ClusterNumber& number : cluster_numbers()) {
        const auto [mean, sd, half] = over_seeds(one, number);
        json[number.key] = {{"mean", mean}, {"low", mean - half}, {"high", mean + half}};
    }
    return json;
}

}  // namespace

std::string clusters_table(std::span<const ClusteredCodes> files) {
    const auto experiments = cluster_experiments(files);
    std::size_t width = 10;
    for (const ClusteredCodes& file : files) width = std::max(width, file.name.size());
    for (const ClusterExperiment& one : experiments) width = std::max(width, name_of_experiment(one).size());
    std::string text = cluster_heading("codes", width);
    for (const ClusteredCodes& file : files) text += cluster_line(file, width);
    return text + '\n' + table_of_means(experiments, width) + kClusterLegend;
}

Json json_of(std::span<const ClusteredCodes> files) {
    Json json{{"codes", Json::array()}, {"experiments", Json::array()}};
    for (const ClusteredCodes& file : files) json["codes"].push_back(file_json(file));
    for (const ClusterExperiment& one : cluster_experiments(files))
        if (one.size() > 1) json["experiments"].push_back(experiment_json(one));
    return json;
}

}  // namespace apps
