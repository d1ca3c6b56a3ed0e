#include "convolution/experiment_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>
#include <utility>

#include "convolution/orientation.hpp"
#include "sim/io/hdf5.hpp"
#include "sim/provenance.hpp"

namespace convolution {
namespace {

using sim::io::File;
using sim::io::Shape;
using Element = sim::StreamingFile::Element;

const std::string kSpikes = "/spikes/convolution";
constexpr std::uint8_t kSortedByTime = 2;

constexpr std::size_t kPatchStep = 6;  // between the patches whose orientation is measured [px]

/// Orientations of the patches of a photograph, of the size of a kernel.
struct Patches {
    std::vector<double> theta, bandwidth, power;

    void add(OrientationMeter& meter, std::span<const float> patch) {
        const Orientation orientation = meter(patch);
        theta.push_back(orientation.theta);
        bandwidth.push_back(orientation.bandwidth);
        power.push_back(orientation.power);
    }
};

/// A patch without the jumps at its rim, which have directions of their own: under a round window.
std::vector<float> windowed_patch(const models::Image& image, std::size_t top, std::size_t left,
                                  std::size_t size) {
    std::vector<float> patch;
    const double centre = 0.5 * static_cast<double>(size - 1);
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t j = 0; j < size; ++j) {
            const double R =
                std::hypot(static_cast<double>(i) - centre, static_cast<double>(j) - centre) / centre;
            const double weight = R < 1.0 ? 0.5 * (1.0 + std::cos(std::numbers::pi * R)) : 0.0;
            patch.push_back(image.row(top + i)[left + j] * static_cast<float>(weight));
        }
    return patch;
}

Patches patches_of(const std::vector<models::Photograph>& photographs, std::size_t size) {
    Patches patches;
    OrientationMeter meter(size, size);
    for (const models::Photograph& photograph : photographs)
        for (std::size_t top = 0; top + size <= photograph.centre.height; top += kPatchStep)
            for (std::size_t left = 0; left + size <= photograph.centre.width; left += kPatchStep)
                patches.add(meter, windowed_patch(photograph.centre, top, left, size));
    return patches;
}

std::uint64_t n_neurons_of(const ExperimentSettings& settings, const Kernels& kernels) {
    const std::size_t size = settings.photographs.size;
    return grid_of(settings.task(kernels), size, size).size() * kernels.n;
}

std::string code_of(std::size_t photograph, const char* name) {
    return fmt::format("/codes/{}/{}", photograph, name);
}

// ---- what is known at the end

void write_kernels(File& file, const Kernels& initial, const Learned& learned) {
    const Kernels& kernels = learned.kernels;
    const Shape shape{kernels.n, kernels.height, kernels.width};
    file.write("/kernels/initial", std::span<const float>(initial.values), shape,
               {"1", "kernels before learning"});
    file.write("/kernels/values", std::span<const float>(kernels.values), shape,
               {"1", "kernels that the photographs are coded with"});
    Patches oriented;
    OrientationMeter meter(kernels.height, kernels.width);
    for (std::size_t k = 0; k < kernels.n; ++k) oriented.add(meter, kernels.kernel(k));
    file.write("/kernels/theta", oriented.theta, {"rad", "direction of change of luminance, as of patches"});
    file.write("/kernels/bandwidth", oriented.bandwidth, {"rad", "breadth of orientation, as of patches"});
    file.write("/learning/energy", learned.energy,
               {"1", "energy of a pixel of each crop's code, before learning from it"});
    file.write("/learning/energy_of_no_code", learned.energy_of_no_code,
               {"1", "the same of a code that is zero: half the crop's power"});
    file.write("/learning/lambda", learned.lambda, {"1", "threshold of each kernel when learning ended"});
    file.write("/learning/activity", learned.activity,
               {"1", "running part of positions where each kernel is active, when learning ended"});
}

void write_cuts(File& file, const std::string& group, const std::string& cut, const std::vector<double>& cuts,
                const std::vector<Measured>& measured, std::vector<Quality> Measured::*qualities) {
    std::vector<double> psnr, sparseness;
    for (const Measured& one : measured)
        for (const Quality& quality : one.*qualities) {
            psnr.push_back(quality.psnr);
            sparseness.push_back(quality.sparseness);
        }
    const Shape shape{measured.size(), cuts.size()};
    file.write(group + "/cut", cuts, {"1", cut});
    file.write(group + "/psnr", std::span<const double>(psnr), shape, {"dB", "after each cut"});
    file.write(group + "/sparseness", std::span<const double>(sparseness), shape, {"1", "after each cut"});
}

void write_course(File& file, const std::vector<Measured>& measured) {
    const auto n_times = measured.front().course.size();
    const auto write = [&](const std::string& name, double Moment::*of, const sim::io::Meaning& meaning) {
        std::vector<double> values;
        for (const Measured& one : measured)
            for (const Moment& moment : one.course) values.push_back(moment.*of);
        file.write("/measures/course/" + name, std::span<const double>(values), {measured.size(), n_times},
                   meaning);
    };
    std::vector<double> t;
    for (const Moment& moment : measured.front().course) t.push_back(moment.t);
    file.write("/measures/course/t", t, {"ms", "since the presentation began"});
    write("psnr", &Moment::psnr, {"dB", "of the code so far"});
    write("sparseness", &Moment::sparseness, {"1", "of the code so far"});
    write("spikes", &Moment::spikes, {"1", "spikes of a pixel so far"});
    write("synaptic_events", &Moment::synaptic_events, {"1", "synaptic events of a pixel so far"});
}

void write_measures(File& file, const std::vector<Measured>& measured) {
    const auto write = [&](const std::string& name, double Measured::*of, const sim::io::Meaning& meaning) {
        std::vector<double> values;
        for (const Measured& one : measured) values.push_back(one.*of);
        file.write("/measures/" + name, values, meaning);
    };
    write("energy", &Measured::energy, {"1", "energy of a pixel of each photograph's code"});
    write("psnr", &Measured::psnr, {"dB", "peak signal-to-noise ratio of each reconstruction"});
    write("sparseness", &Measured::sparseness, {"1", "1 - active / all coefficients"});
    write_cuts(file, "/measures/absolute", "coefficients below are cut", kCutOffs, measured,
               &Measured::by_size);
    write_cuts(file, "/measures/norm_matched",
               "coefficients that times their kernel's norm are below are cut", kCutOffs, measured,
               &Measured::by_contrast);
    write_cuts(file, "/measures/quantile_matched",
               "part of the active coefficients that is cut, the smallest times their kernel's norm",
               kCutParts, measured, &Measured::by_part);
    std::vector<double> contrast;
    for (const Measured& one : measured)
        contrast.insert(contrast.end(), one.contrast.begin(), one.contrast.end());
    file.write("/measures/contrast", std::span<const double>(contrast),
               {measured.size(), contrast.size() / measured.size()},
               {"1", "sum of |coefficient| times norm, of each photograph and kernel"});
    if (!measured.front().course.empty()) write_course(file, measured);
}

}  // namespace

ExperimentFile::ExperimentFile(const ExperimentSettings& settings,
                               const std::vector<models::Photograph>& photographs, sim::io::Output output,
                               const RunOptions& options)
    : settings_(settings), photographs_(photographs), file_(open(std::move(output), options)) {
    if (!file_.has_checkpoint()) write_checkpoint();  // from here on it can be gone on with
}

sim::StreamingFile ExperimentFile::open(sim::io::Output output, const RunOptions& options) {
    if (!options.resume) return sim::StreamingFile::create(std::move(output), layout(), options.force);
    sim::StreamingFile::Resumed resumed = sim::StreamingFile::resume(std::move(output), layout());
    if (!resumed.warning.empty() && options.on_warning) options.on_warning(resumed.warning);
    sim::State state(resumed.state);
    state(learned_, measured_);
    state.check_empty();
    return std::move(resumed.file);
}

sim::StreamingFile::Layout ExperimentFile::layout() {
    constexpr std::uint64_t kPerChunk = 16384;
    std::vector<sim::StreamingFile::Growing> streams;
    const auto add = [&](const std::string& name, Element element, const sim::io::Meaning& meaning) {
        streams.push_back({name, element, {}, kPerChunk, true, meaning});
    };
    if (settings_.records_codes)
        for (std::size_t i = 0; i < photographs_.size(); ++i) {
            add(code_of(i, "place"), Element::uint64,
                {"1", "of each active coefficient: (kernel rows + row) cols + column"});
            add(code_of(i, "value"), Element::float32, {"1", "of each active coefficient"});
        }
    if (settings_.records_spikes) {
        add(kSpikes + "/timestamps", Element::float64,
            {"ms", "time of each spike; photograph p is shown from p T to (p + 1) T"});
        add(kSpikes + "/node_ids", Element::uint64,
            {"1", "neuron that fired, as places of codes are numbered, and n_neurons more if it fired OFF"});
        if (settings_.solver.has_graded_spikes)
            add(kSpikes + "/amount", Element::float64,
                {"1", "activity that the spike stands for; below 0 where it takes some back"});
    }
    return {"convolution",
            {settings_.resolved, settings_.seed, sim::records_of(*settings_.inputs), sim::timestamp()},
            std::move(streams),
            [this](File& file) { write_header(file); }};
}

void ExperimentFile::write_header(File& file) const {
    const std::size_t size = settings_.photographs.size;
    std::vector<float> pixels;
    std::vector<std::string> names;
    for (const models::Photograph& photograph : photographs_) {
        pixels.insert(pixels.end(), photograph.centre.pixels.begin(), photograph.centre.pixels.end());
        names.push_back(photograph.name);
    }
    file.write("/images/pixels", std::span<const float>(pixels), {photographs_.size(), size, size},
               {"1", "centre of each photograph, contrast normalised"});
    file.write_attribute("/images", "names", fmt::format("{}", fmt::join(names, ", ")));
    const Patches patches = patches_of(photographs_, settings_.kernels.log_gabor.size);
    file.write("/images/patches/theta", patches.theta,
               {"rad", "direction of change of luminance of each patch, from x (right) towards y (down)"});
    file.write("/images/patches/bandwidth", patches.bandwidth,
               {"rad", "breadth of orientation of each patch, sqrt(-ln coherence)"});
    file.write("/images/patches/power", patches.power, {"1", "squared gradient of each patch, summed"});
    if (settings_.records_spikes) file.write_sorting(kSpikes, kSortedByTime);
}

void ExperimentFile::keep(const Learned& learned) {
    learned_ = learned;
    write_checkpoint();
}

void ExperimentFile::keep(std::size_t photograph, Coded coded) {
    waiting_[photograph] = std::move(coded);
    if (photograph != measured_.size()) return;
    for (auto next = waiting_.begin(); next != waiting_.end() && next->first == measured_.size();
         next = waiting_.erase(next)) {
        append(next->first, next->second);
        measured_.push_back(std::move(next->second.measured));
    }
    write_checkpoint();
}

void ExperimentFile::append(std::size_t photograph, const Coded& coded) {
    if (settings_.records_codes) {
        file_.append<std::uint64_t>(code_of(photograph, "place"), coded.place);
        file_.append<float>(code_of(photograph, "value"), coded.value);
    }
    if (settings_.records_spikes) append_spikes(photograph, coded.spikes);
}

void ExperimentFile::append_spikes(std::size_t photograph, const std::vector<Spike>& spikes) {
    const double offset = static_cast<double>(photograph) * settings_.solver.presentation.T;
    const std::uint64_t n_neurons = n_neurons_of(settings_, learned_->kernels);
    std::vector<std::tuple<double, std::uint64_t, double>> sorted;  // times may meet when the offset is added
    for (const Spike& spike : spikes)
        sorted.emplace_back(offset + spike.t, spike.neuron + (spike.is_on ? 0 : n_neurons), spike.amount);
    std::ranges::sort(sorted);
    std::vector<double> t, amount;
    std::vector<std::uint64_t> id;
    for (const auto& [when, who, how_much] : sorted) {
        t.push_back(when);
        id.push_back(who);
        amount.push_back(how_much);
    }
    file_.append<double>(kSpikes + "/timestamps", t);
    file_.append<std::uint64_t>(kSpikes + "/node_ids", id);
    if (settings_.solver.has_graded_spikes) file_.append<double>(kSpikes + "/amount", amount);
}

void ExperimentFile::write_checkpoint() {
    sim::State state;
    state(learned_, measured_);
    file_.write(state.saved());
}

void ExperimentFile::finish(const Kernels& initial, double wall_time_s) {
    file_.finish([&](File& file) {
        file.write_attribute("/", "scenario", settings_.scenario());
        write_kernels(file, initial, *learned_);
        write_measures(file, measured_);
        if (settings_.records_spikes)
            file.write_attribute(kSpikes, "n_neurons", n_neurons_of(settings_, learned_->kernels));
        file.write_attribute("/provenance", "wall_time_s", wall_time_s);
    });
}

}  // namespace convolution
