// `striate cluster`: whether codes fall into clusters, and whether these are the classes of what was shown.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <cstdint>
#include <limits>
#include <memory>

#include "analysis/report.hpp"
#include "apps/clustered_codes.hpp"
#include "apps/commands.hpp"
#include "apps/compared_run.hpp"
#include "apps/experiments.hpp"
#include "apps/json_text.hpp"
#include "apps/options.hpp"
#include "apps/streams.hpp"

namespace apps {
namespace {

struct ClusterOptions : CommonOptions {
    std::vector<std::string> files;
    std::string figure, set = "held_out";
    std::uint64_t clusters = 0, starts = 100, permutations = 1000, seed = 1;
};

ClusteredCodes cluster_file(const std::string& path, const std::string& name, const ClusterOptions& options) {
    const decoding::Codes codes = decoding::read_codes(path);
    const decoding::CodeSet& set = options.set == "training" ? codes.training : codes.held_out;
    ClusteredCodes result{name,
                          path,
                          codes.source,
                          codes.maker,
                          experiment_of(codes),
                          codes.seed,
                          set.n,
                          set.size,
                          decoding::active_fraction(set),
                          {}};
    result.found =
        decoding::find_clusters(set, fmt::format("{}: /{}", path, options.set),
                                {options.clusters, options.starts, options.permutations, options.seed});
    if (!options.quiet) say(fmt::format("{}: accuracy {:.3f}\n", name, result.found.spectral.accuracy));
    return result;
}

void cluster(const ClusterOptions& options) {
    const auto limit = limit_threads(options.threads);
    if (!options.figure.empty()) analysis::make_directory(options.figure);
    const auto names = names_of_files(options.files);
    std::vector<ClusteredCodes> files;
    for (std::size_t k = 0; k < names.size(); ++k)
        files.push_back(cluster_file(options.files[k], names[k], options));
    print_text(options.json ? json_text(json_of(files)) : clusters_table(files));
    if (options.figure.empty()) return;
    draw_clusters(files, options.figure);
    if (!options.json) print("\nfigure  {}/cluster.png\n", options.figure);
}

}  // namespace

void add_cluster(CLI::App& app, Action& action) {
    auto options = std::make_shared<ClusterOptions>();
    CLI::App* command = app.add_subcommand("cluster", "Whether codes fall into clusters that are classes");
    command->add_option("codes", options->files, "Files of codes")->required();
    command->add_option("--frames", options->set, "Frames that are clustered: held_out or training")
        ->check(CLI::IsMember({"held_out", "training"}))
        ->capture_default_str();
    add_count(*command, "--clusters", options->clusters, "Clusters, 0 for as many as there are classes", 0,
              1000);
    add_count(*command, "--starts", options->starts, "Starts of k-means, of which the best is kept", 1,
              100'000);
    add_count(*command, "--permutations", options->permutations, "Permutations of the labels", 1, 1'000'000);
    command->add_option("--figure", options->figure,
                        "Draw embedding, eigenvalues and specialisation into this folder, SVG and PNG");
    add_count(*command, "--seed", options->seed, "Of k-means and permutations", 0,
              std::numeric_limits<std::int64_t>::max());
    add_common(*command, *options, {Common::threads, Common::quiet, Common::json});
    command->footer(
        "Frames and neurons are the two sides of a graph whose weights are the codes. A line a file; of "
        "files whose runs "
        "differ\n"
        "in their seeds alone the mean, with its interval.\n"
        "Examples: striate cluster moons.codes.h5\n"
        "          striate cluster seed1.codes.h5 seed2.codes.h5 seed3.codes.h5 --figure clusters");
    command->callback([options, &action] { action = [options] { cluster(*options); }; });
}

}  // namespace apps
