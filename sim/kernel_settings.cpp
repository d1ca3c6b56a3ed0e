#include "sim/kernel_settings.hpp"

#include <fmt/format.h>

#include <numbers>

#include "sim/io/striate_file.hpp"
#include "sim/size_limit.hpp"

namespace sim {
namespace {

LogGaborSettings read_log_gabor(const Params& block, std::size_t size) {
    LogGaborSettings settings;
    settings.size = size;
    settings.orientations =
        block.count("orientations", settings.orientations, "directions, evenly over half a turn");
    for (const double degrees : block.numbers("bandwidths", "deg", Check::positive,
                                              "breadths of orientation B_theta, each at every direction; "
                                              "[12 deg] if not given"))
        settings.bandwidths.push_back(degrees * std::numbers::pi / 180.0);
    if (settings.bandwidths.empty()) settings.bandwidths = {std::numbers::pi / 15.0};
    settings.frequency = block.number("frequency", "cycles/px", settings.frequency, Check::positive,
                                      "spatial frequency f0 at which kernels pass most");
    settings.frequency_width = block.number("frequency_width", "1", settings.frequency_width, Check::positive,
                                            "standard deviation of ln f about ln f0");
    return settings;
}

/// The file of the run that kernels are taken from, and where they stand in it.
struct Source {
    explicit Source(const KernelSettings& settings)
        : file(io::File::open(settings.file)), group("/network/" + settings.population) {
        io::check_kind(file, "network");
        kernels = group + "/kernels";
        if (!file.exists(kernels))
            throw IoError(fmt::format(
                "{}: {}: must be there, is not: the run is not finished, or has no such population "
                "whose places share kernels",
                settings.file, kernels));
    }

    io::File file;
    std::string group, kernels;
};

}  // namespace

KernelSettings::KernelSettings(const Params& block)
    : kind(block.choice(
          "kind", {"log_gabor", "random", "run"}, "log_gabor",
          "log_gabor: oriented filters; random: noise of unit norm, to learn from; run: those of "
          "another run")),
      log_gabor(read_log_gabor(block.block("log_gabor"),
                               block.count("size", 12, "height and width of a kernel [px]"))),
      n_random(block.block("random").count("n", 144, "kernels")),
      file(block.block("run").file("file", "", "the run's file")),
      population(block.block("run").text("population", "v1", "population of that run")),
      has_unit_norm(
          block.choice("norm", {"peak", "unit"}, "peak",
                       "peak: the largest value of a log-Gabor kernel is 1, and norms differ; unit: "
                       "every norm is 1, as it always is of kernels that are random or learned") == "unit") {
    if (log_gabor.size < 2) block.fail("size", "at least 2 px");
    if (kind == "run" && file.empty() && !block.is_describing())
        block.block("run").fail("file", "that of a run under kernels.kind run", "none");
    const double side = static_cast<double>(log_gabor.size);
    const auto bytes = [&](std::size_t n) { return static_cast<double>(n) * side * side * sizeof(float); };
    check_fits(block.block("random"), "n", bytes(n_random),
               fmt::format("{} kernels of {} px a side", n_random, log_gabor.size));
    check_fits(block.block("log_gabor"), "orientations",
               bytes(log_gabor.orientations * log_gabor.bandwidths.size()),
               fmt::format("{} x {} kernels of {} px a side", log_gabor.orientations,
                           log_gabor.bandwidths.size(), log_gabor.size));
}

Kernels shape_of(const KernelSettings& settings) {
    const std::size_t size = settings.log_gabor.size;
    if (settings.kind == "random") return {settings.n_random, size, size, {}};
    if (settings.kind == "log_gabor")
        return {2 * settings.log_gabor.orientations * settings.log_gabor.bandwidths.size(), size, size, {}};
    const Source source(settings);
    const auto shape = source.file.shape(source.kernels);
    if (shape.size() != 3)
        throw IoError(fmt::format("{}: {}: must have three dimensions, has {}", settings.file, source.kernels,
                                  shape.size()));
    return {shape.at(0), shape.at(1), shape.at(2), {}};
}

std::string bank_of(const KernelSettings& settings, bool are_learned) {
    const std::string learned = ", learned";
    std::string bank = "random";
    if (settings.kind == "log_gabor")
        bank = settings.log_gabor.bandwidths.size() > 1 ? "heterogeneous" : "homogeneous";
    if (settings.kind == "run") {
        const Source source(settings);
        bank = source.file.read_attribute<std::string>(source.group, "bank");
    }
    if (are_learned) return bank.ends_with(learned) ? bank : bank + learned;
    return bank + (settings.kind == "log_gabor" && settings.has_unit_norm ? ", unit norm" : "");
}

Kernels make_kernels(const KernelSettings& settings, std::uint64_t seed) {
    if (settings.kind == "random") return random_kernels(settings.n_random, settings.log_gabor.size, seed);
    if (settings.kind == "run") {
        Kernels kernels = shape_of(settings);
        const Source source(settings);
        kernels.values = source.file.read<float>(source.kernels, {kernels.n, kernels.height, kernels.width});
        return kernels;
    }
    Kernels bank = log_gabor_bank(settings.log_gabor);
    if (settings.has_unit_norm) normalise(bank);
    return bank;
}

}  // namespace sim
