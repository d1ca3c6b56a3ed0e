#include "analysis/recordings_file.hpp"

#include <span>

namespace analysis {

using sim::io::File;
using sim::io::kAny;
using sim::io::Shape;

// ---- gratings

Shape responses_shape(std::size_t n, const GratingAxes& axes) {
    return {n, axes.orientation.size(), axes.spatial_frequency.size(), axes.phase.size()};
}

void write_gratings(File& file, const GratingAxes& axes) {
    file.write("/gratings/orientation", axes.orientation,
               {"deg", "orientation of the bars, counter-clockwise from horizontal, in [0, 180)"});
    file.write("/gratings/spatial_frequency", axes.spatial_frequency, {"cycles/px", "spatial frequency"});
    file.write("/gratings/phase", axes.phase, {"deg", "phase, in [0, 360)"});
}

GratingAxes read_gratings(const File& file) {
    return {file.read<double>("/gratings/orientation", {kAny}),
            file.read<double>("/gratings/spatial_frequency", {kAny}),
            file.read<double>("/gratings/phase", {kAny})};
}

GratingRecording read_grating_recording(const File& file) {
    GratingRecording recording{read_gratings(file), {}, {}, {}};
    Shape shape = responses_shape(kAny, recording.axes);
    recording.network = file.read<float>("/network/responses", shape);
    shape[0] = file.shape("/network/responses")[0];
    if (file.exists("/linear")) recording.linear = file.read<float>("/linear/responses", shape);
    if (file.exists("/complex")) recording.complex = file.read<float>("/complex/responses", shape);
    return recording;
}

// ---- the other tests; a group that is not there is of a test that was not made

void write_drift(File& file, const DriftRecording& recording, const GratingAxes& axes,
                 const std::string& units) {
    if (recording.network.empty()) return;
    const Shape shape = responses_shape(recording.network.size() / axes.size(), axes);
    file.write("/drift/responses", std::span<const float>(recording.network), shape,
               {units, "response of the running network to each grating while it drifts, phase by phase"});
    if (!recording.complex.empty())
        file.write("/drift/complex", std::span<const float>(recording.complex), shape,
                   {units, "the same of complex cells"});
}

DriftRecording read_drift(const File& file, const GratingAxes& axes) {
    if (!file.exists("/drift")) return {};
    const Shape shape = responses_shape(kAny, axes);
    return {file.read<float>("/drift/responses", shape),
            file.exists("/drift/complex") ? file.read<float>("/drift/complex", shape) : std::vector<float>{}};
}

void write_contrast(File& file, const ContrastRecording& recording, const std::string& units) {
    if (recording.contrast.empty()) return;
    const Shape shape{recording.responses.size() / recording.contrast.size(), recording.contrast.size()};
    file.write("/contrast/contrast", recording.contrast, {"1", "norm of the frame"});
    file.write("/contrast/responses", std::span<const float>(recording.responses), shape,
               {units, "mean response over phases to each neuron's best grating at these contrasts"});
}

ContrastRecording read_contrast(const File& file) {
    if (!file.exists("/contrast")) return {};
    auto contrast = file.read<double>("/contrast/contrast", {kAny});
    const Shape shape{kAny, contrast.size()};
    return {std::move(contrast), file.read<float>("/contrast/responses", shape)};
}

void write_mask(File& file, const MaskRecording& recording, const std::string& units) {
    if (recording.alone.empty()) return;
    file.write("/mask/alone", recording.alone,
               {units, "mean response over phases to each neuron's best grating"});
    file.write("/mask/masked", recording.masked,
               {units, "the same with a grating of the same kind across it"});
}

MaskRecording read_mask(const File& file) {
    if (!file.exists("/mask")) return {};
    auto alone = file.read<float>("/mask/alone", {kAny});
    const Shape shape{alone.size()};
    return {std::move(alone), file.read<float>("/mask/masked", shape)};
}

void write_size(File& file, const SizeRecording& recording, const std::string& units) {
    if (recording.neuron.empty()) return;
    file.write("/size/neuron", recording.neuron, {"1", "neurons tested"});
    file.write("/size/diameter", recording.diameter, {"px", "diameter of the disc round the neuron's field"});
    file.write("/size/responses", std::span<const float>(recording.responses),
               {recording.neuron.size(), recording.diameter.size()},
               {units, "mean response over phases to the neuron's best grating within the disc"});
}

SizeRecording read_size(const File& file) {
    if (!file.exists("/size")) return {};
    SizeRecording recording{
        file.read<std::uint64_t>("/size/neuron", {kAny}), file.read<double>("/size/diameter", {kAny}), {}};
    recording.responses =
        file.read<float>("/size/responses", {recording.neuron.size(), recording.diameter.size()});
    return recording;
}

void write_noise(File& file, const NoiseRecording& recording) {
    if (recording.n_frames == 0) return;
    const Shape shape{recording.white.size() / (recording.height * recording.width), recording.height,
                      recording.width};
    file.write("/noise/sta_white", std::span<const float>(recording.white), shape,
               {"1", "spike-triggered average under white noise"});
    file.write("/noise/sta_sparse", std::span<const float>(recording.sparse), shape,
               {"1", "spike-triggered average under sparse noise: a few pixels on grey"});
    file.write_attribute("/noise", "n_frames", std::uint64_t{recording.n_frames});
}

NoiseRecording read_noise(const File& file) {
    if (!file.exists("/noise")) return {};
    auto white = file.read<float>("/noise/sta_white", {kAny, kAny, kAny});
    const Shape shape = file.shape("/noise/sta_white");
    return {file.read_attribute<std::uint64_t>("/noise", "n_frames"), shape[1], shape[2], std::move(white),
            file.read<float>("/noise/sta_sparse", shape)};
}

void write_natural(File& file, const NaturalRecording& recording, const std::string& units) {
    if (recording.n_frames == 0) return;
    file.write("/natural/codes", std::span<const float>(recording.codes),
               {recording.n_frames, recording.codes.size() / recording.n_frames},
               {units, "response to held-out frames: code a, or firing rate"});
    file.write("/natural/timestamps", recording.timestamps,
               {"ms", "time of each spike; presentation p lasts from p T to (p + 1) T"});
    file.write("/natural/node_ids", recording.node_ids, {"1", "neuron that fired it"});
    file.write_attribute("/natural", "T", recording.T);
    file.write_attribute("/natural", "n_repeated", std::uint64_t{recording.n_repeated});
    file.write_attribute("/natural", "n_repeats", std::uint64_t{recording.n_repeats});
}

NaturalRecording read_natural(const File& file) {
    if (!file.exists("/natural")) return {};
    NaturalRecording recording;
    recording.T = file.read_attribute<double>("/natural", "T");
    recording.n_frames = file.shape("/natural/codes").at(0);
    recording.n_repeated = file.read_attribute<std::uint64_t>("/natural", "n_repeated");
    recording.n_repeats = file.read_attribute<std::uint64_t>("/natural", "n_repeats");
    recording.codes = file.read<float>("/natural/codes", {kAny, kAny});
    recording.timestamps = file.read<double>("/natural/timestamps", {kAny});
    recording.node_ids = file.read<std::uint64_t>("/natural/node_ids", {recording.timestamps.size()});
    return recording;
}

void write_blank(File& file, const BlankRecording& recording) {
    if (recording.n_spikes.empty()) return;
    file.write("/blank/n_spikes", recording.n_spikes, {"1", "spikes of each neuron when nothing is shown"});
    if (!recording.responses.empty())
        file.write("/blank/responses", recording.responses, {"1", "mean response when nothing is shown"});
    if (!recording.complex.empty())
        file.write("/blank/complex", recording.complex, {"1", "the same of complex cells"});
    file.write_attribute("/blank", "duration", recording.duration);
}

BlankRecording read_blank(const File& file) {
    if (!file.exists("/blank")) return {};
    const auto means = [&](const char* path) {
        return file.exists(path) ? file.read<float>(path, {kAny}) : std::vector<float>{};
    };
    return {file.read_attribute<double>("/blank", "duration"),
            file.read<std::uint64_t>("/blank/n_spikes", {kAny}), means("/blank/responses"),
            means("/blank/complex")};
}

// ---- protocols

namespace {

std::string protocol_group(const std::string& name) { return "/protocols/" + name; }

}  // namespace

void write_protocol(File& file, const std::string& name, const std::vector<sim::NamedArray>& arrays) {
    for (const sim::NamedArray& one : arrays) {
        const Shape shape(one.shape.begin(), one.shape.end());
        file.write(protocol_group(name) + "/" + one.name, std::span<const double>(one.values), shape,
                   {one.unit, one.doc});
    }
}

std::vector<sim::NamedArray> read_protocol(const File& file, const std::string& name) {
    std::vector<sim::NamedArray> arrays;
    for (const std::string& array : file.children(protocol_group(name))) {
        const std::string dataset = protocol_group(name) + "/" + array;
        const Shape shape = file.shape(dataset);
        arrays.push_back({array,
                          file.read_attribute<std::string>(dataset, "units"),
                          file.read_attribute<std::string>(dataset, "description"),
                          {shape.begin(), shape.end()},
                          file.read<double>(dataset, shape)});
    }
    return arrays;
}

void write_recording(File& file, const std::string& test, const Recordings& of) {
    if (test == "gratings") {
        const Shape shape =
            responses_shape(of.gratings.network.size() / of.gratings.axes.size(), of.gratings.axes);
        write_gratings(file, of.gratings.axes);
        file.write("/network/responses", std::span<const float>(of.gratings.network), shape,
                   network_responses(of.response_units));
        if (!of.gratings.linear.empty())
            file.write("/linear/responses", std::span<const float>(of.gratings.linear), shape,
                       kLinearResponses);
        if (!of.gratings.complex.empty())
            file.write("/complex/responses", std::span<const float>(of.gratings.complex), shape,
                       complex_responses());
    }
    if (test == "drift") write_drift(file, of.drift, of.gratings.axes, of.response_units);
    if (test == "contrast") write_contrast(file, of.contrast, of.response_units);
    if (test == "mask") write_mask(file, of.mask, of.response_units);
    if (test == "size") write_size(file, of.size, of.response_units);
    if (test == "noise") write_noise(file, of.noise);
    if (test == "natural") write_natural(file, of.natural, of.response_units);
    if (test == "blank") write_blank(file, of.blank);
    if (of.protocols.contains(test)) write_protocol(file, test, of.protocols.at(test));
}

void read_recording(const File& file, const std::string& test, Recordings& into) {
    if (test == "gratings") {
        into.gratings = read_grating_recording(file);
        into.response_units = file.read_attribute<std::string>("/network/responses", "units");
    }
    if (test == "drift") into.drift = read_drift(file, into.gratings.axes);
    if (test == "contrast") into.contrast = read_contrast(file);
    if (test == "mask") into.mask = read_mask(file);
    if (test == "size") into.size = read_size(file);
    if (test == "noise") into.noise = read_noise(file);
    if (test == "natural") into.natural = read_natural(file);
    if (test == "blank") into.blank = read_blank(file);
    if (file.exists(protocol_group(test))) into.protocols[test] = read_protocol(file, test);
}

}  // namespace analysis
