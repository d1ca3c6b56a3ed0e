#include "convolution/experiment_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "convolution/orientation.hpp"
#include "sim/io/striate_file.hpp"

namespace convolution {
namespace {

using sim::io::Shape;

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
std::vector<float> windowed_patch(const Image& image, std::size_t top, std::size_t left, std::size_t size) {
    std::vector<float> patch;
    const double centre = 0.5 * static_cast<double>(size - 1);
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t j = 0; j < size; ++j) {
            const double R =
                std::hypot(static_cast<double>(i) - centre, static_cast<double>(j) - centre) / centre;
            const double weight = R < 1.0 ? 0.5 * (1.0 + std::cos(std::numbers::pi * R)) : 0.0;
            patch.push_back(image.pixels[(top + i) * image.cols + left + j] * static_cast<float>(weight));
        }
    return patch;
}

Patches patches_of(const std::vector<Photograph>& photographs, std::size_t size) {
    Patches patches;
    OrientationMeter meter(size, size);
    for (const Photograph& photograph : photographs)
        for (std::size_t top = 0; top + size <= photograph.square.rows; top += kPatchStep)
            for (std::size_t left = 0; left + size <= photograph.square.cols; left += kPatchStep)
                patches.add(meter, windowed_patch(photograph.square, top, left, size));
    return patches;
}

}  // namespace

ExperimentFile::ExperimentFile(sim::io::File& file, const ExperimentSettings& settings,
                               const sim::Provenance& provenance, const std::vector<Photograph>& photographs)
    : file_(file), settings_(settings) {
    sim::io::mark_striate_file(file, "convolution");
    sim::write_provenance(file, provenance);
    file.write_attribute("/", "scenario", settings.scenario());
    const std::size_t size = settings.photographs.size;
    std::vector<float> pixels;
    std::vector<std::string> names;
    for (const Photograph& photograph : photographs) {
        pixels.insert(pixels.end(), photograph.square.pixels.begin(), photograph.square.pixels.end());
        names.push_back(photograph.name);
    }
    file.write("/images/pixels", std::span<const float>(pixels), {photographs.size(), size, size},
               {"1", "centre of each photograph, contrast normalised"});
    file.write_attribute("/images", "names", fmt::format("{}", fmt::join(names, ", ")));
    const Patches patches = patches_of(photographs, settings.kernels.log_gabor.size);
    file.write("/images/patches/theta", patches.theta,
               {"rad", "direction of change of luminance of each patch, from x (right) towards y (down)"});
    file.write("/images/patches/bandwidth", patches.bandwidth,
               {"rad", "breadth of orientation of each patch, sqrt(-ln coherence)"});
    file.write("/images/patches/power", patches.power, {"1", "squared gradient of each patch, summed"});
}

void ExperimentFile::write_kernels(const Kernels& initial, const Learned& learned) {
    const Kernels& kernels = learned.kernels;
    const Shape shape{kernels.n, kernels.height, kernels.width};
    file_.write("/kernels/initial", std::span<const float>(initial.values), shape,
                {"1", "kernels before learning"});
    file_.write("/kernels/values", std::span<const float>(kernels.values), shape,
                {"1", "kernels that the photographs are coded with"});
    Patches oriented;
    OrientationMeter meter(kernels.height, kernels.width);
    for (std::size_t k = 0; k < kernels.n; ++k) oriented.add(meter, kernels.kernel(k));
    file_.write("/kernels/theta", oriented.theta, {"rad", "direction of change of luminance, as of patches"});
    file_.write("/kernels/bandwidth", oriented.bandwidth, {"rad", "breadth of orientation, as of patches"});
    file_.write("/learning/energy", learned.energy,
                {"1", "energy of a pixel of each crop's code, before learning from it"});
    file_.write("/learning/energy_of_no_code", learned.energy_of_no_code,
                {"1", "the same of a code that is zero: half the crop's power"});
    file_.write("/learning/lambda", learned.lambda, {"1", "threshold of each kernel when learning ended"});
    file_.write("/learning/activity", learned.activity,
                {"1", "running part of positions where each kernel is active, when learning ended"});
}

void ExperimentFile::write_coded(const std::map<std::size_t, Coded>& coded) {
    std::vector<Measured> measured;
    for (const auto& [i, one] : coded) {
        if (settings_.records_codes) write_code(i, one);
        measured.push_back(one.measured);
    }
    write_measures(measured);
}

void ExperimentFile::write_code(std::size_t i, const Coded& coded) {
    const std::string group = fmt::format("/codes/{}", i);
    file_.write(group + "/place", coded.place,
                {"1", "of each active coefficient: (kernel rows + row) cols + column"});
    file_.write(group + "/value", coded.value, {"1", "of each active coefficient"});
}

void ExperimentFile::write_cuts(const std::string& group, const std::string& cut,
                                const std::vector<double>& cuts, const std::vector<Measured>& measured,
                                std::vector<Quality> Measured::*qualities) {
    std::vector<double> psnr, sparseness;
    for (const Measured& one : measured)
        for (const Quality& quality : one.*qualities) {
            psnr.push_back(quality.psnr);
            sparseness.push_back(quality.sparseness);
        }
    const Shape shape{measured.size(), cuts.size()};
    file_.write(group + "/cut", cuts, {"1", cut});
    file_.write(group + "/psnr", std::span<const double>(psnr), shape, {"dB", "after each cut"});
    file_.write(group + "/sparseness", std::span<const double>(sparseness), shape, {"1", "after each cut"});
}

void ExperimentFile::write_course(const std::vector<Measured>& measured) {
    const auto n_times = measured.front().course.size();
    const auto write = [&](const std::string& name, double Moment::*of, const sim::io::Meaning& meaning) {
        std::vector<double> values;
        for (const Measured& one : measured)
            for (const Moment& moment : one.course) values.push_back(moment.*of);
        file_.write("/measures/course/" + name, std::span<const double>(values), {measured.size(), n_times},
                    meaning);
    };
    std::vector<double> t;
    for (const Moment& moment : measured.front().course) t.push_back(moment.t);
    file_.write("/measures/course/t", t, {"ms", "since the presentation began"});
    write("psnr", &Moment::psnr, {"dB", "of the code so far"});
    write("sparseness", &Moment::sparseness, {"1", "of the code so far"});
    write("spikes", &Moment::spikes, {"1", "spikes of a pixel so far"});
    write("synaptic_events", &Moment::synaptic_events, {"1", "synaptic events of a pixel so far"});
}

void ExperimentFile::write_measures(const std::vector<Measured>& measured) {
    const auto write = [&](const std::string& name, double Measured::*of, const sim::io::Meaning& meaning) {
        std::vector<double> values;
        for (const Measured& one : measured) values.push_back(one.*of);
        file_.write("/measures/" + name, values, meaning);
    };
    write("energy", &Measured::energy, {"1", "energy of a pixel of each photograph's code"});
    write("psnr", &Measured::psnr, {"dB", "peak signal-to-noise ratio of each reconstruction"});
    write("sparseness", &Measured::sparseness, {"1", "1 - active / all coefficients"});
    write_cuts("/measures/absolute", "coefficients below are cut", kCutOffs, measured, &Measured::by_size);
    write_cuts("/measures/norm_matched", "coefficients that times their kernel's norm are below are cut",
               kCutOffs, measured, &Measured::by_contrast);
    write_cuts("/measures/quantile_matched",
               "part of the active coefficients that is cut, the smallest times their kernel's norm",
               kCutParts, measured, &Measured::by_part);
    std::vector<double> contrast;
    for (const Measured& one : measured)
        contrast.insert(contrast.end(), one.contrast.begin(), one.contrast.end());
    file_.write("/measures/contrast", std::span<const double>(contrast),
                {measured.size(), contrast.size() / measured.size()},
                {"1", "sum of |coefficient| times norm, of each photograph and kernel"});
    if (settings_.solver.spikes()) write_course(measured);
}

void ExperimentFile::write_wall_time(double seconds) {
    file_.write_attribute("/provenance", "wall_time_s", seconds);
}

}  // namespace convolution
