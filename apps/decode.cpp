#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "analysis/report.hpp"
#include "apps/commands.hpp"
#include "apps/compared_run.hpp"
#include "apps/decoded_codes.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"
#include "sim/error.hpp"

namespace apps {
namespace {

struct DecodeOptions : CommonOptions {
    std::vector<std::string> files, classifiers;
    std::string figure;
    std::uint64_t seed = 1;
    bool only_classifiers = false;
};

std::vector<std::string> known_classifiers() {
    std::vector<std::string> names;
    for (const auto& classifier : decoding::classifiers()) names.push_back(classifier.name);
    return names;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void tell(const DecodeOptions& options, const std::string& line) {
    if (!options.quiet) say(line + '\n');
}

DecodedCodes decode_file(const std::string& path, const std::string& name, const DecodeOptions& options) {
    decoding::Codes codes = decoding::read_codes(path);
    DecodedCodes result = described(name, path, codes);
    const decoding::Problem problem(std::move(codes), path, options.seed);
    result.label.assign(problem.held_out().label.begin(), problem.held_out().label.end());
    for (const auto& classifier : decoding::classifiers()) {
        if (std::ranges::find(options.classifiers, classifier.name) == options.classifiers.end()) continue;
        const auto start = std::chrono::steady_clock::now();
        result.decoded.emplace_back(&classifier, decoding::decode(classifier, problem));
        tell(options, fmt::format("{}: {} {:.4f} ({:.1f} s)", name, classifier.words,
                                  result.decoded.back().second.accuracy, seconds_since(start)));
    }
    if (options.only_classifiers) return result;
    const auto start = std::chrono::steady_clock::now();
    tell_apart(result, problem);
    tell(options, fmt::format("{}: silhouette, purity, t-SNE ({:.1f} s)", name, seconds_since(start)));
    return result;
}

void decode(const DecodeOptions& options) {
    const auto limit = limit_threads(options.threads);
    if (!options.figure.empty() && options.only_classifiers)
        throw sim::ConfigError(
            "--only-classifiers: must not be given with --figure, which draws what it leaves out");
    if (!options.figure.empty()) analysis::make_directory(options.figure);
    const auto names = names_of_files(options.files);
    std::vector<DecodedCodes> files;
    for (std::size_t k = 0; k < names.size(); ++k)
        files.push_back(decode_file(options.files[k], names[k], options));
    print_text(options.json ? json_text(json_of(files)) : decoding_table(files));
    if (options.figure.empty()) return;
    static_cast<void>(draw_embeddings(files, options.figure));
    if (!options.json) print("\nfigure  {}/decode.png\n", options.figure);
}

}  // namespace

void add_decode(CLI::App& app, Action& action) {
    auto options = std::make_shared<DecodeOptions>();
    options->classifiers = known_classifiers();
    CLI::App* command = app.add_subcommand("decode", "How well codes tell classifiers what was shown");
    command->add_option("codes", options->files, "Files of codes")->required();
    command
        ->add_option("--classifiers", options->classifiers,
                     "Those to test, of logistic,linear_svm,rbf_svm,knn [all]; rbf_svm takes minutes")
        ->type_name("NAME,...")
        ->delimiter(',')
        ->allow_extra_args(false)  // what follows is a file
        ->check(CLI::IsMember(known_classifiers()));
    command->add_flag("--only-classifiers", options->only_classifiers,
                      "No silhouette, purity and t-SNE, which take most of the time of few classifiers");
    command->add_option("--figure", options->figure,
                        "Draw principal components and t-SNE into this folder, SVG and PNG");
    add_count(*command, "--seed", options->seed, "Of the order of frames, and so of the validation frames", 0,
              std::numeric_limits<std::int64_t>::max());
    add_common(*command, *options, {Common::threads, Common::quiet, Common::json});
    command->footer(
        "A line a file: accuracy on held-out frames, how far apart the classes are, "
        "spikes of a frame.\n"
        "Of files whose runs differ in their seeds alone the mean; of others the difference from the first, "
        "with a test.\n"
        "Examples: striate decode linked.codes.h5\n"
        "          striate decode pixels.codes.h5 linked.codes.h5 --figure decode\n"
        "          striate decode linked.codes.h5 --json > decode.json\n"
        "          striate decode linked.codes.h5 --classifiers logistic,linear_svm");
    command->callback([options, &action] { action = [options] { decode(*options); }; });
}

}  // namespace apps
