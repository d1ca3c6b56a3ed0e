#include "apps/decoded_codes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace apps {
namespace {

using Json = nlohmann::ordered_json;
using decoding::Classifier;
using decoding::Decoded;

std::string in_decimals(double x, int n) { return std::isfinite(x) ? fmt::format("{:.{}f}", x, n) : "-"; }

/// "C 10, gamma 1"
std::string words_of(const Classifier& classifier, const Decoded& decoded) {
    std::vector<std::string> words;
    for (std::size_t k = 0; k < decoded.setting.size(); ++k)
        words.push_back(fmt::format("{} {:g}", classifier.setting_names[k], decoded.setting[k]));
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string heading(const DecodedCodes& of, std::size_t width) {
    std::string text = fmt::format("{:{}}  {:8} {:>7} {:>6}", "codes", width, "made by", "spikes", "active");
    for (const auto& [classifier, decoded] : of.decoded) text += fmt::format(" {:>10}", classifier->words);
    return text + fmt::format(" {:>10} {:>6} {:>9} {:>6}\n", "silhouette", "purity", "of t-SNE", "purity");
}

std::string line(const DecodedCodes& of, std::size_t width) {
    std::string text =
        fmt::format("{:{}}  {:8} {:>7.1f} {:>6.3f}", of.name, width, of.maker, of.spikes, of.active);
    for (const auto& [classifier, decoded] : of.decoded) text += fmt::format(" {:>10.4f}", decoded.accuracy);
    return text + fmt::format(" {:>10} {:>6} {:>9} {:>6}\n", in_decimals(of.separation.silhouette, 3),
                              in_decimals(of.separation.purity, 3),
                              in_decimals(of.embedding.of_tsne.silhouette, 3),
                              in_decimals(of.embedding.of_tsne.purity, 3));
}

std::string chosen(const DecodedCodes& of, std::size_t width) {
    std::vector<std::string> words;
    for (const auto& [classifier, decoded] : of.decoded)
        words.push_back(fmt::format("{}: {}", classifier->words, words_of(*classifier, decoded)));
    return fmt::format("{:{}}  {}\n", of.name, width, fmt::join(words, "; "));
}

/// A number of a file that is averaged over seeds.
struct DecodedNumber {
    std::string heading, key;
    int digits;
    std::function<double(const DecodedCodes&)> of;
};

/// Those that all files of an experiment have.
std::vector<DecodedNumber> decoded_numbers(const DecodedCodes& first) {
    std::vector<DecodedNumber> all{
        {"spikes", "spikes_per_frame", 1, [](const auto& file) { return file.spikes; }},
        {"active", "active_fraction", 4, [](const auto& file) { return file.active; }}};
    for (std::size_t c = 0; c < first.decoded.size(); ++c)
        all.push_back({first.decoded[c].first->words, first.decoded[c].first->name, 4,
                       [c](const auto& file) { return file.decoded[c].second.accuracy; }});
    all.push_back(
        {"silhouette", "silhouette", 3, [](const auto& file) { return file.separation.silhouette; }});
    all.push_back({"purity", "neighbour_purity", 3, [](const auto& file) { return file.separation.purity; }});
    return all;
}

OverSeeds over_seeds(const DecodedExperiment& one, const DecodedNumber& number) {
    std::vector<double> values;
    for (const DecodedCodes* file : one) values.push_back(number.of(*file));
    return apps::over_seeds(values);
}

std::string means(const DecodedExperiment& one, std::size_t width) {
    std::string text = fmt::format("{:{}}  {:8}", name_of_experiment(one), width, one.front()->maker);
    for (const DecodedNumber& number : decoded_numbers(*one.front())) {
        const auto [mean, sd, half] = over_seeds(one, number);
        text += fmt::format(" {:>16}",
                            in_decimals(mean, number.digits) + " sd " + in_decimals(sd, number.digits));
    }
    return text + '\n';
}

std::string table_of_means(std::span<const DecodedCodes> files, std::size_t width) {
    std::string text = fmt::format("\n{:{}}  {:8}", "over seeds", width, "made by"), lines;
    for (const DecodedNumber& number : decoded_numbers(files.front()))
        text += fmt::format(" {:>16}", number.heading);
    for (const DecodedExperiment& one : decoded_experiments(files))
        if (one.size() > 1) lines += means(one, width);
    return lines.empty() ? "" : text + '\n' + lines;
}

Json json_of(const DecodedExperiment& one) {
    Json json{{"files", Json::array()}};
    for (const DecodedCodes* file : one) json["files"].push_back(file->name);
    for (const DecodedNumber& number : decoded_numbers(*one.front())) {
        const auto [mean, sd, half] = over_seeds(one, number);
        json[number.key] = {{"mean", mean}, {"sd", sd}, {"low", mean - half}, {"high", mean + half}};
    }
    return json;
}

constexpr const char* kDecodingLegend =
    "Classifiers: fraction of held-out frames classified rightly. Their settings, above, were chosen on the "
    "last sixth of\n"
    "the shuffled training frames, then they learned from all of these. spikes, active: of a held-out frame. "
    "silhouette,\n"
    "purity (share of the 10 nearest that are of the same class): of the held-out codes, then of 2000 of "
    "them "
    "in the plane\n"
    "of t-SNE.\n";

Json json_of(const decoding::Separation& of) {
    return {{"silhouette", of.silhouette}, {"neighbour_purity", of.purity}};
}

Json json_of(const Classifier& classifier, const Decoded& decoded) {
    Json setting = Json::object();
    for (std::size_t k = 0; k < decoded.setting.size(); ++k)
        setting[classifier.setting_names[k]] = decoded.setting[k];
    return {{"accuracy", decoded.accuracy}, {"validation", decoded.validation}, {"setting", setting}};
}

Json json_of(const DecodedCodes& of) {
    Json json{{"name", of.name},
              {"path", of.path},
              {"run", of.source},
              {"maker", of.maker},
              {"seed", of.seed},
              {"n_training", of.n_training},
              {"n_held_out", of.n_held_out},
              {"size", of.size},
              {"spikes_per_frame", of.spikes},
              {"active_fraction", of.active},
              {"classifiers", Json::object()}};
    for (const auto& [classifier, decoded] : of.decoded)
        json["classifiers"][classifier->name] = json_of(*classifier, decoded);
    json["separation"] = json_of(of.separation);
    json["separation_in_tsne"] = json_of(of.embedding.of_tsne);
    return json;
}

}  // namespace

DecodedCodes described(const std::string& name, const std::string& path, const decoding::Codes& codes) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    return {name,
            path,
            codes.source,
            codes.maker,
            codes.training.n,
            codes.held_out.n,
            codes.training.size,
            decoding::mean_spikes(codes.held_out),
            decoding::active_fraction(codes.held_out),
            {},
            {},
            {kNaN, kNaN},
            {{}, {}, {}, {kNaN, kNaN}},
            experiment_of(codes),
            codes.seed};
}

void tell_apart(DecodedCodes& of, const decoding::Problem& problem) {
    const auto held_out = problem.held_out();
    of.labels = problem.labels();
    of.separation = decoding::separation(held_out.a, held_out.label, held_out.n_classes);
    of.embedding = decoding::embed(held_out);
}

std::string decoding_table(std::span<const DecodedCodes> files) {
    std::size_t width = 8;
    for (const DecodedExperiment& one : decoded_experiments(files))
        width = std::max(width, name_of_experiment(one).size());
    std::string text = heading(files.front(), width);
    for (const DecodedCodes& file : files) text += line(file, width);
    text += table_of_means(files, width);
    if (const std::string less = table_of_differences(files); !less.empty()) text += '\n' + less;
    if (!files.front().decoded.empty()) {
        text += fmt::format("\n{:{}}  chosen\n", "codes", width);
        for (const DecodedCodes& file : files) text += chosen(file, width);
    }
    return text + '\n' + kDecodingLegend;
}

Json json_of(std::span<const DecodedCodes> files) {
    Json json{{"codes", Json::array()}, {"experiments", Json::array()}};
    for (const DecodedCodes& file : files) json["codes"].push_back(json_of(file));
    for (const DecodedExperiment& one : decoded_experiments(files))
        if (one.size() > 1) json["experiments"].push_back(json_of(one));
    json["differences"] = json_of_differences(files);
    return json;
}

}  // namespace apps
