#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/decoded_codes.hpp"

namespace apps {
namespace {

using Json = nlohmann::ordered_json;

/// The file of an experiment whose seed and frames are those of `file`; nullptr if there is none.
const DecodedCodes* partner(const DecodedCodes& file, const DecodedExperiment& in) {
    const auto place = std::ranges::find_if(in, [&](const DecodedCodes* other) {
        return other->seed == file.seed && !other->label.empty() && other->label == file.label;
    });
    return place == in.end() ? nullptr : *place;
}

std::string in_words(const Difference& difference) {
    const auto [mean, sd, half] = difference.of;
    std::string text = fmt::format("{:<10} {:>+8.4f} ", difference.classifier->words, mean);
    text += std::isnan(half) ? fmt::format("{:19}", "")
                             : fmt::format("[{:>+8.4f}, {:>+7.4f}]", mean - half, mean + half);
    for (const decoding::Paired& pair : difference.of_seed)
        text += fmt::format("  {}/{} p {:.2g}", pair.first_alone, pair.second_alone, pair.p);
    return text + '\n';
}

Json json_of(const Difference& difference) {
    const auto [mean, sd, half] = difference.of;
    Json json{
        {"mean", mean}, {"sd", sd}, {"low", mean - half}, {"high", mean + half}, {"seeds", Json::array()}};
    for (const decoding::Paired& pair : difference.of_seed)
        json["seeds"].push_back(
            {{"alone_right", pair.first_alone}, {"first_alone_right", pair.second_alone}, {"p", pair.p}});
    return json;
}

}  // namespace

std::vector<DecodedExperiment> decoded_experiments(std::span<const DecodedCodes> files) {
    return experiments_of(files, [](const DecodedCodes& a, const DecodedCodes& b) {
        return a.config == b.config && a.maker == b.maker && a.seed != b.seed;
    });
}

std::vector<Difference> differences(const DecodedExperiment& one, const DecodedExperiment& base) {
    std::vector<Difference> all;
    for (std::size_t c = 0; c < one.front()->decoded.size(); ++c) {
        std::vector<double> of_seed;
        std::vector<decoding::Paired> pairs;
        for (const DecodedCodes* file : one) {
            const DecodedCodes* other = partner(*file, base);
            if (other == nullptr) continue;
            const decoding::Decoded &mine = file->decoded[c].second, &its = other->decoded[c].second;
            of_seed.push_back(mine.accuracy - its.accuracy);
            pairs.push_back(decoding::paired(mine.found, its.found, file->label));
        }
        if (!pairs.empty()) all.push_back({one.front()->decoded[c].first, over_seeds(of_seed), pairs});
    }
    return all;
}

std::string table_of_differences(std::span<const DecodedCodes> files) {
    const auto experiments = decoded_experiments(files);
    std::size_t width = 12;
    for (const DecodedExperiment& one : experiments) width = std::max(width, name_of_experiment(one).size());
    std::string lines;
    for (const DecodedExperiment& one : std::span(experiments).subspan(1))
        for (const Difference& difference : differences(one, experiments.front()))
            lines += fmt::format("{:{}}  {}", name_of_experiment(one), width, in_words(difference));
    if (lines.empty()) return "";
    return fmt::format(
               "less {}; its 95 % interval over seeds; frames that it alone, or the other alone, names "
               "rightly,\n"
               "and p of McNemar's exact test, of each seed\n",
               name_of_experiment(experiments.front())) +
           lines + '\n';
}

Json json_of_differences(std::span<const DecodedCodes> files) {
    const auto experiments = decoded_experiments(files);
    Json all = Json::array();
    for (const DecodedExperiment& one : std::span(experiments).subspan(1)) {
        Json classifiers = Json::object();
        for (const Difference& difference : differences(one, experiments.front()))
            classifiers[difference.classifier->name] = json_of(difference);
        if (!classifiers.empty())
            all.push_back({{"of", one.front()->name},
                           {"from", experiments.front().front()->name},
                           {"classifiers", classifiers}});
    }
    return all;
}

}  // namespace apps
