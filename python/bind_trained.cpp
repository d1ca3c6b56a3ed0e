// Trained networks: shown frames of the caller's, tested, compared.
#include <pybind11/stl.h>

#include <filesystem>

#include "analysis/analysis_file.hpp"
#include "analysis/comparison_json.hpp"
#include "lab/analyze.hpp"
#include "lab/encode.hpp"
#include "lab/nir_file.hpp"
#include "models/stimuli/contrast.hpp"
#include "python/arrays.hpp"
#include "python/bind.hpp"
#include "python/call.hpp"
#include "sim/given_frames.hpp"

namespace python {
namespace {

using Frames = py::array_t<float, py::array::c_style>;

class Trained {
  public:
    Trained(const std::string& path, const std::vector<std::string>& overrides, const std::string& population)
        : trained_(call<sim::TrainedNetwork>(
              0, [&] { return sim::load_trained_network(path, overrides, population); })) {}

    std::string population() const { return trained_.population().name; }
    std::vector<std::size_t> frame_shape() const { return {frame().height, frame().width}; }

    /// returns codes and numbers of spikes
    py::tuple encode(const py::object& given, const std::string& by, const py::object& normalise,
                     std::size_t threads) const {
        const Frames frames = numbers<float>(given, "frames");
        const auto [n, height, width] = check_shape(frames);
        check_finite(frames, "frames");
        std::vector<float> pixels(frames.data(), frames.data() + frames.size());
        const sim::Reception& reception = trained_.settings().shows->reception;
        if (normalise.is_none() ? reception.has_unit_norm : normalise.cast<bool>())
            for (std::size_t k = 0; k < n; ++k)
                models::normalise(std::span(pixels).subspan(k * height * width, height * width));
        const lab::Maker maker = lab::maker_of(by);
        auto codes = call<decoding::CodeSet>(threads, [&, n = n] {
            const auto stimulus = sim::given_frames(std::move(pixels), reception);
            return lab::encode(trained_, *stimulus, sim::FrameSet::held_out, n, maker);
        });
        return py::make_tuple(handed_over(std::move(codes.a), shape_of_codes(codes.a.size(), codes.size, n)),
                              handed_over(std::move(codes.spikes)));
    }

    void export_nir(const std::string& run, const std::string& output, bool force) const {
        call(0, [&] {
            const sim::io::Output place(output,
                                        force ? sim::io::Existing::replace : sim::io::Existing::refuse);
            place.must_not_be(std::vector<std::filesystem::path>{run});
            lab::write_nir(trained_, run, place);
        });
    }

    /// returns frames of the config's stimulus as the network receives them, and their labels
    py::tuple frames(const std::string& set, std::uint64_t first, std::size_t n) const {
        if (set != "training" && set != "held_out")
            throw sim::ConfigError(fmt::format("set: must be training or held_out, got \"{}\"", set));
        sim::Frames drawn = call<sim::Frames>(0, [&] {
            const sim::Shows& shows = *trained_.settings().shows;
            return sim::draw_frames(
                *sim::make_stimulus(trained_.settings()), frame().height * frame().width, shows.presentation,
                set == "training" ? sim::FrameSet::training : sim::FrameSet::held_out, first, n);
        });
        std::vector<float> pixels(drawn.pixels.data(), drawn.pixels.data() + drawn.pixels.size());
        return py::make_tuple(handed_over(std::move(pixels), {static_cast<py::ssize_t>(n), rows(), cols()}),
                              handed_over(std::move(drawn.labels)));
    }

  private:
    const sim::FieldGeometry& frame() const { return trained_.settings().shows->frame; }
    py::ssize_t rows() const { return static_cast<py::ssize_t>(frame().height); }
    py::ssize_t cols() const { return static_cast<py::ssize_t>(frame().width); }

    struct Sizes {
        std::size_t n, height, width;
    };
    Sizes check_shape(const Frames& frames) const {
        const auto shape = shape_of(frames);
        const bool is_right = shape.size() == 3 && shape[0] > 0 && shape[1] == rows() && shape[2] == cols();
        if (!is_right)
            throw sim::ConfigError(fmt::format("frames: must have shape (n, {}, {}) with n > 0, got ({})",
                                               rows(), cols(), fmt::join(shape, ", ")));
        return {static_cast<std::size_t>(shape[0]), frame().height, frame().width};
    }
    /// Of movies whose frames are read one by one there are several codes a presentation.
    static std::vector<py::ssize_t> shape_of_codes(std::size_t numbers, std::size_t size, std::size_t n) {
        const auto rows = static_cast<py::ssize_t>(n), cols = static_cast<py::ssize_t>(size);
        const auto each = static_cast<py::ssize_t>(numbers / (n * size));
        if (each == 1) return {rows, cols};
        return {rows, each, cols};
    }

    sim::TrainedNetwork trained_;
};

void analyze(const std::string& run, const std::string& output, const std::vector<std::string>& overrides,
             const std::string& population, bool force, std::size_t threads, const py::object& on_message) {
    const auto tell = [&](const std::string& text) {
        if (on_message.is_none()) return;
        call_back([&] {
            on_message(text);
            return py::none();
        });
    };
    call(threads, [&] {
        const sim::io::Output place(output, force ? sim::io::Existing::replace : sim::io::Existing::refuse);
        place.must_not_be(std::vector<std::filesystem::path>{run});
        lab::analyze(sim::load_trained_network(run, overrides, population), run, place, tell);
    });
}

/// Every property beside macaque V1, and measures of the whole network, as JSON.
std::string compared(const std::string& path) {
    const auto analysis = call<analysis::Analysis>(0, [&] { return analysis::read(path); });
    nlohmann::ordered_json json = {{"properties", nlohmann::ordered_json::array()},
                                   {"summary", nlohmann::ordered_json::object()}};
    for (const analysis::Comparison& one : analysis.comparisons)
        json["properties"].push_back(analysis::json_of(one));
    for (const analysis::Measure& one : analysis.summary) json["summary"][one.name] = one.value;
    json["score"] = analysis::overall_score(analysis.comparisons);
    return json.dump();
}

}  // namespace

void bind_trained(py::module_& module) {
    py::class_<Trained>(module, "Trained")
        .def(py::init<std::string, std::vector<std::string>, std::string>())
        .def_property_readonly("population", &Trained::population)
        .def_property_readonly("frame_shape", &Trained::frame_shape)
        .def("encode", &Trained::encode)
        .def("export_nir", &Trained::export_nir)
        .def("frames", &Trained::frames);
    module.def("analyze", &analyze);
    module.def("compared", &compared);
}

}  // namespace python
