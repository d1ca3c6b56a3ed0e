#include "lab/analyze.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "analysis/analysis_file.hpp"
#include "analysis/measures.hpp"
#include "lab/battery.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/ranks.hpp"
#include "sim/size_limit.hpp"

namespace lab {
namespace {

using sim::TrainedNetwork;

/// Whether the neurons' fields have places in the frame: those of the population that sees it.
bool is_retinotopic(const TrainedNetwork& trained) {
    const auto& all = trained.settings().populations;
    const sim::PopulationSettings* one = &trained.population();
    while (one->sight.of == sim::Sight::Of::population) one = &all[one->sight.from];
    return one->codes && one->codes->network.settings().geometry.R > 0.0;
}

/// Whether neurons have neighbours.
bool has_sheet(const TrainedNetwork& trained) {
    return trained.codes() ? !trained.network().settings().kernels : trained.population().sheet.has_value();
}

/// Complex cells pool neighbours, which not all neurons have; and every field is looked at. throws ConfigError
void check_sheet(const TrainedNetwork& trained) {
    const sim::AnalysisSettings& analysis = *trained.settings().analysis;
    if (!has_sheet(trained) && analysis.complex.fraction > 0.0)
        analysis.gratings.block.block("complex").fail(
            "fraction", trained.codes() ? "0 where kernels are shared" : "0 of a population without a sheet");
    if (!trained.codes() || !trained.network().settings().kernels) return;
    const sim::NetworkSettings& network = trained.network().settings();
    const sim::FieldGeometry& frame = trained.settings().shows->frame;
    sim::check_fits(
        network.block.block("kernels"), "stride",
        static_cast<double>(network.size()) * static_cast<double>(frame.height * frame.width) * sizeof(float),
        fmt::format("the fields of {} neurons in the frame, which the analysis looks at,", network.size()));
}

analysis::Subject subject_of(const TrainedNetwork& trained, const std::string& run) {
    const sim::PopulationSettings& population = trained.population();
    const std::optional<sim::Sheet>& sheet =
        trained.codes() ? trained.network().sheet() : trained.population().sheet;
    const sim::FieldGeometry& frame = trained.settings().shows->frame;
    const auto& complex = trained.settings().analysis->complex;
    const bool is_complex_itself = complex.population == population.name;
    return {.run = std::filesystem::absolute(run).string(),
            .population = population.name,
            .seed = trained.settings().seed,
            .rows = sheet ? sheet->rows() : 1,
            .cols = sheet ? sheet->cols() : population.size,
            .boundary = !sheet || sheet->boundary() == sim::Boundary::open ? analysis::Boundary::open
                                                                           : analysis::Boundary::periodic,
            .height = frame.height,
            .width = frame.width,
            .is_retinotopic = is_retinotopic(trained),
            .Phi = trained.fields_in_frame(),
            .complex = {is_complex_itself ? 0.0 : complex.fraction, complex.width, complex.sharpness,
                        complex.exponent, complex.exponent_spread},
            .has_sheet = has_sheet(trained)};
}

/// Centres of the fields: of their Gabor functions where these explain the field, else of what the neurons see.
std::vector<Place> centres(const TrainedNetwork& trained, std::span<const analysis::Gabor> gabors) {
    const auto windows = trained.places_in_frame();
    std::vector<Place> all;
    for (std::size_t i = 0; i < trained.size(); ++i)
        all.push_back(!gabors.empty() && gabors[i].explained_variance >= analysis::kLeastExplained
                          ? Place{gabors[i].row, gabors[i].col}
                          : Place{windows[2 * i], windows[2 * i + 1]});
    return all;
}

/// What recordings must have in common to be of one analysis.
std::string identity(const TrainedNetwork& trained, const std::string& run) {
    const sim::io::File file = sim::io::File::open(run);
    return fmt::format("{}\n{}\n{}", std::filesystem::absolute(run).string(),
                       file.read_attribute<std::string>("/provenance", "started"),
                       trained.settings().resolved);
}

/// Neurons are dealt to ranks.
std::vector<analysis::Gabor> fit_gabors(const analysis::Subject& subject) {
    const std::size_t n = subject.rows * subject.cols, M = subject.height * subject.width;
    if (subject.Phi.size() != n * M) return analysis::fit_gabors(subject.Phi, subject.height, subject.width);
    std::vector<analysis::Gabor> all(n);
    sim::ranks::together([&] {
        const auto [first, last] = sim::ranks::share(n);
        const auto own = std::span(subject.Phi).subspan(first * M, (last - first) * M);
        std::ranges::copy(analysis::fit_gabors(own, subject.height, subject.width),
                          all.begin() + static_cast<std::ptrdiff_t>(first));
    });
    sim::ranks::gather_shares(std::span(all), n);
    return all;
}

}  // namespace

void analyze(const TrainedNetwork& trained, const std::string& run, const sim::io::Output& output,
             const std::function<void(const std::string&)>& on_message) {
    if (!trained.settings().shows->senses.empty())
        throw sim::ConfigError(fmt::format(
            "{}: must be a run of one sense that sees gratings, is of several senses; see `striate encode`",
            run));
    check_sheet(trained);
    const analysis::Subject subject = subject_of(trained, run);
    on_message(trained.codes()
                   ? fmt::format("testing {} neurons (lambda {}, kappa {})", trained.size(),
                                 trained.network().settings().lambda, trained.network().settings().kappa)
                   : fmt::format("testing {} cells ({}) by their firing rates", trained.size(),
                                 trained.population().kind));
    const auto gabors = fit_gabors(subject);
    auto recordings = record(trained, centres(trained, gabors), output, identity(trained, run), on_message);
    if (!output.is_ours()) return;  // what is left takes no longer on one rank
    const auto analysed = analysis::analyse(subject, std::move(recordings), gabors);
    sim::io::write_whole_file(output, [&](sim::io::File& file) { analysis::write(file, analysed); });
    std::filesystem::remove(output.partial());
}

}  // namespace lab
