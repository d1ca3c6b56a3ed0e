#include "convolution/unfinished.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"

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

Unfinished::Unfinished(const ExperimentSettings& settings, const sim::io::Output& output,
                       const RunOptions& options)
    : settings_(settings),
      output_(output),
      provenance_{settings.resolved, settings.seed, sim::records_of(*settings.inputs), sim::timestamp()} {
    const fs::path partial = output.partial();
    const bool is_there = fs::exists(partial);
    if (options.resume) {
        if (!is_there)
            throw sim::IoError(fmt::format(
                "{}: must exist to resume from, found {}", partial.string(),
                fs::exists(output.path()) ? "a finished run, " + output.path().string() : "nothing"));
        read();
        return;
    }
    if (is_there && !options.force)
        throw sim::IoError(fmt::format("{}: an unfinished run; --resume goes on with it, --force starts over",
                                       partial.string()));
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
    sim::io::write_sealed_file(output_.unfinished(), [&](sim::io::File& file) {
        sim::io::mark_striate_file(file, kKind);
        sim::write_provenance(file, provenance_);
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
    output_.publish_partial(output_.unfinished());
}

void Unfinished::read() {
    const sim::io::File file = sim::io::open_striate_file(output_.partial().string(), kKind);
    sim::check_same_run(file, provenance_);
    provenance_.started = file.read_attribute<std::string>("/provenance", "started");
    if (!file.exists("/learning")) return;
    constexpr std::uint64_t kAny = sim::io::kAny;
    auto values = file.read<float>("/learning/kernels", {kAny, kAny, kAny});
    const auto shape = file.shape("/learning/kernels");
    auto energy = file.read<double>("/learning/energy", {kAny});
    const sim::io::Shape crops{energy.size()}, kernels{shape[0]};
    learned_ = Learned{{shape[0], shape[1], shape[2], std::move(values)},
                       file.read<double>("/learning/lambda", kernels),
                       file.read<double>("/learning/activity", kernels),
                       std::move(energy),
                       file.read<double>("/learning/energy_of_no_code", crops)};
    for (const std::uint64_t i : file.read<std::uint64_t>("/photographs/number", {kAny})) {
        const std::string group = group_of(i);
        const auto numbers = file.read<double>(group + "/measures", {kAny});
        auto place = file.read<std::uint64_t>(group + "/place", {kAny});
        const sim::io::Shape active{place.size()};
        photographs_[i] = {measured_of(numbers, shape[0], settings_.solver.spikes()), std::move(place),
                           file.read<float>(group + "/value", active)};
    }
}

}  // namespace convolution
