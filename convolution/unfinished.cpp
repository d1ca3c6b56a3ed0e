#include "convolution/unfinished.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/run_file.hpp"

namespace convolution {
namespace {

namespace fs = std::filesystem;

const char* const kKind = "unfinished convolution";

/// Calls use(x) for every number that was measured, always in the same order.
template <class AnyMeasured, class Use>
void for_each_number(AnyMeasured& measured, Use use) {
    use(measured.energy);
    use(measured.psnr);
    use(measured.sparseness);
    for (auto* const cuts : {&measured.by_size, &measured.by_contrast, &measured.by_part})
        for (auto& quality : *cuts) use(quality.psnr), use(quality.sparseness);
    for (auto& contrast : measured.contrast) use(contrast);
    for (auto& [t, psnr, sparseness, spikes, events] : measured.course)
        use(t), use(psnr), use(sparseness), use(spikes), use(events);
}

std::vector<double> numbers_of(const Measured& measured) {
    std::vector<double> numbers;
    for_each_number(measured, [&](double x) { numbers.push_back(x); });
    return numbers;
}

Measured measured_of(const std::vector<double>& numbers, std::size_t n_kernels, bool has_course) {
    Measured measured{};
    measured.by_size.resize(kCutOffs.size());
    measured.by_contrast.resize(kCutOffs.size());
    measured.by_part.resize(kCutParts.size());
    measured.contrast.resize(n_kernels);
    if (has_course) measured.course.resize(kCourse.size());
    std::size_t next = 0;
    for_each_number(measured, [&](double& x) { x = numbers.at(next++); });
    return measured;
}

std::string group_of(std::size_t photograph) { return fmt::format("/photographs/{}", photograph); }

}  // namespace

Unfinished::Unfinished(const ExperimentSettings& settings, const RunOptions& options)
    : settings_(settings), partial_(options.output.string() + ".partial") {
    const bool is_there = fs::exists(partial_);
    if (options.resume) {
        if (!is_there)
            throw sim::IoError(fmt::format(
                "{}: must exist to resume from, found {}", partial_.string(),
                fs::exists(options.output) ? "a finished run, " + options.output.string() : "nothing"));
        read();
        return;
    }
    sim::check_output(options.output, options.force);
    if (is_there && !options.force)
        throw sim::IoError(fmt::format("{}: an unfinished run; --resume goes on with it, --force starts over",
                                       partial_.string()));
    write();
}

void Unfinished::keep(const Learned& learned) {
    learned_ = learned;
    write();
}

void Unfinished::keep(std::size_t photograph, Coded coded) {
    photographs_[photograph] = std::move(coded);
    write();
}

void Unfinished::write() const {
    sim::io::write_whole_file(partial_.string(), [&](sim::io::File& file) {
        sim::io::mark_striate_file(file, kKind);
        sim::write_provenance(file, settings_.resolved, settings_.seed);
        if (!learned_) return;
        const Kernels& kernels = learned_->kernels;
        file.write("/learning/kernels", std::span<const float>(kernels.values),
                   {kernels.n, kernels.height, kernels.width}, {"1", "so far"});
        file.write("/learning/lambda", learned_->lambda, {"1", "so far"});
        file.write("/learning/activity", learned_->activity, {"1", "so far"});
        file.write("/learning/energy", learned_->energy, {"1", "of the crops so far"});
        file.write("/learning/energy_of_no_code", learned_->energy_of_no_code, {"1", "of the crops so far"});
        std::vector<std::uint64_t> numbers;
        for (const auto& [photograph, coded] : photographs_) {
            numbers.push_back(photograph);
            const std::string group = group_of(photograph);
            file.write(group + "/measures", numbers_of(coded.measured), {"1", "one after the other"});
            file.write(group + "/place", coded.place, {"1", "of active coefficients"});
            file.write(group + "/value", coded.value, {"1", "of active coefficients"});
        }
        file.write("/photographs/number", numbers, {"1", "of the photographs so far"});
    });
}

void Unfinished::read() {
    const sim::io::File file = sim::io::open_striate_file(partial_.string(), kKind);
    if (file.read<std::string>("/provenance/config").at(0) != settings_.resolved)
        throw sim::ConfigError(fmt::format("{}: the run was started with another config; --force starts over",
                                           partial_.string()));
    if (!file.exists("/learning")) return;
    const auto shape = file.shape("/learning/kernels");
    learned_ = Learned{{shape[0], shape[1], shape[2], file.read<float>("/learning/kernels")},
                       file.read<double>("/learning/lambda"),
                       file.read<double>("/learning/activity"),
                       file.read<double>("/learning/energy"),
                       file.read<double>("/learning/energy_of_no_code")};
    for (const std::uint64_t i : file.read<std::uint64_t>("/photographs/number")) {
        const std::string group = group_of(i);
        const auto numbers = file.read<double>(group + "/measures");
        photographs_[i] = {measured_of(numbers, shape[0], settings_.solver.spikes()),
                           file.read<std::uint64_t>(group + "/place"), file.read<float>(group + "/value")};
    }
}

}  // namespace convolution
