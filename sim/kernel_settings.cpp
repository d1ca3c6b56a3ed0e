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

io::File open_run(const KernelSettings& settings) {
    return io::open_striate_file(settings.file, "convolution");
}

constexpr const char* kValues = "/kernels/values";

}  // namespace

KernelSettings::KernelSettings(const Params& block)
    : kind(block.choice(
          "kind", {"log_gabor", "random", "run"}, "log_gabor",
          "log_gabor: oriented filters; random: noise of unit norm, to learn from; run: those of "
          "another experiment")),
      log_gabor(read_log_gabor(block.block("log_gabor"),
                               block.count("size", 12, "height and width of a kernel [px]"))),
      n_random(block.block("random").count("n", 144, "kernels")),
      file(block.block("run").file("file", "", "the experiment's file")),
      has_unit_norm(
          block.choice("norm", {"peak", "unit"}, "peak",
                       "peak: the largest value of a log-Gabor kernel is 1, and norms differ; unit: "
                       "every norm is 1, as it always is of kernels that are random or learned") == "unit") {
    if (log_gabor.size < 2) block.fail("size", "at least 2 px");
    if (kind == "run" && file.empty() && !block.is_describing())
        block.block("run").fail("file", "that of an experiment under kernels.kind run", "none");
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
    const auto shape = open_run(settings).shape(kValues);
    return {shape.at(0), shape.at(1), shape.at(2), {}};
}

Kernels make_kernels(const KernelSettings& settings, std::uint64_t seed) {
    if (settings.kind == "random") return random_kernels(settings.n_random, settings.log_gabor.size, seed);
    if (settings.kind == "run") {
        Kernels kernels = shape_of(settings);
        kernels.values = open_run(settings).read<float>(kValues, {kernels.n, kernels.height, kernels.width});
        return kernels;
    }
    Kernels bank = log_gabor_bank(settings.log_gabor);
    if (settings.has_unit_norm) normalise(bank);
    return bank;
}

}  // namespace sim
