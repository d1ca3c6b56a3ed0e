// Runs, from a config to a file.
#include <pybind11/stl.h>

#include <chrono>
#include <map>

#include "python/arrays.hpp"
#include "python/bind.hpp"
#include "python/call.hpp"
#include "sim/learning.hpp"
#include "sim/summary_json.hpp"
#include "sonata/load.hpp"

namespace python {
namespace {

using sim::BatchProgress;

/// What a callback is handed after a batch: numbers at once, arrays when they are asked for. Alive while it is called.
class Batch {
  public:
    explicit Batch(const BatchProgress& progress) : progress_(&progress) {}
    void end() { progress_ = nullptr; }

    std::size_t done() const { return now().batches_done; }
    std::size_t of() const { return now().batches; }
    double elapsed_s() const { return now().elapsed_s; }
    std::map<std::string, std::map<std::string, double>> measures() const {
        std::map<std::string, std::map<std::string, double>> all;
        for (const auto& one : now().learned)
            all[one.population] = {{"energy", one.last.energy},
                                   {"reconstruction_error", one.last.reconstruction_error},
                                   {"active_fraction", one.last.active_fraction},
                                   {"spikes_per_presentation", one.last.spikes_per_presentation},
                                   {"dead_neurons", static_cast<double>(one.last.dead_neurons)}};
        return all;
    }
    py::array fields(const std::string& population) const {
        const sim::Fields& fields = of_population(population).network.fields();
        const auto shape = fields.shape();
        return handed_over(fields.values(), {shape.begin(), shape.end()});
    }
    py::array thresholds(const std::string& population) const {
        return handed_over(of_population(population).network.thresholds());
    }

  private:
    const BatchProgress& now() const {
        if (progress_ == nullptr)
            throw sim::Error("a batch can be asked while its callback lasts; keep its arrays");
        return *progress_;
    }
    const sim::CodingSheet& of_population(const std::string& name) const {
        for (const auto& one : now().learned)
            if (one.population == name) return *one.sheet;
        throw sim::ConfigError(fmt::format("no population \"{}\" learns", name));
    }
    const BatchProgress* progress_;
};

/// Tells at most ten times a second.
class Pace {
  public:
    bool is_due(bool is_last) {
        const auto now = std::chrono::steady_clock::now();
        if (!is_last && now - last_ < std::chrono::milliseconds(100)) return false;
        last_ = now;
        return true;
    }

  private:
    std::chrono::steady_clock::time_point last_{};
};

/// Functions of the package that are told how it goes; None where nobody asks.
struct Told {
    py::object on_message, on_progress, on_batch;
};

void tell_of_batches(const Told& told, sim::RunOptions& options) {
    if (told.on_batch.is_none() && told.on_progress.is_none()) return;
    options.on_batch = [&told, pace = Pace(), last = std::size_t{0}](const BatchProgress& progress) mutable {
        if (!told.on_progress.is_none() && pace.is_due(progress.done == progress.all))
            call_back([&] {
                told.on_progress(progress.done, progress.all, "frames", progress.elapsed_s);
                return py::none();
            });
        const bool is_new = progress.batches_done != std::exchange(last, progress.batches_done);
        if (told.on_batch.is_none() || !is_new) return;  // held-out frames are no batch
        call_back([&] {
            const auto batch = std::make_shared<Batch>(progress);
            const py::object handle = py::cast(batch);
            struct Ended {
                Batch& batch;
                ~Ended() { batch.end(); }
            } const ended{*batch};
            return py::object(told.on_batch(handle));
        });
    };
}

void tell_of_time(const Told& told, sim::RunOptions& options) {
    if (told.on_progress.is_none()) return;
    options.on_progress = [&told, pace = Pace()](const sim::CircuitProgress& progress) mutable {
        if (pace.is_due(progress.t == progress.duration))
            call_back([&] {
                told.on_progress(progress.t, progress.duration, "ms", progress.elapsed_s);
                return py::none();
            });
    };
}

std::string json_text(const nlohmann::ordered_json& json) {
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// returns what the run says at its end, as JSON
std::string run(const Config& config, const std::string& output, bool force, bool resume, std::size_t threads,
                const Told& told) {
    sim::RunOptions options;
    options.output = output;
    options.force = force;
    options.resume = resume;
    if (!told.on_message.is_none())
        options.on_message = [&told](const std::string& text) {
            call_back([&] {
                told.on_message(text);
                return py::none();
            });
        };
    tell_of_time(told, options);
    tell_of_batches(told, options);
    return call<std::string>(threads, [&] {
        sim::RunSettings settings = sim::read_settings(config.read(), config.name());
        if (settings.shows) return json_text(sim::json_of(sim::learn(std::move(settings), options)));
        return json_text(sim::json_of(sim::run(std::move(settings), options)));
    });
}

}  // namespace

void bind_run(py::module_& module) {
    py::class_<Batch, std::shared_ptr<Batch>>(module, "Batch",
                                              "What `on_batch` is handed after a batch of learning. It can "
                                              "be asked while the callback lasts; arrays are copies, "
                                              "which stay.")
        .def_property_readonly("done", &Batch::done, "Batches learned so far.")
        .def_property_readonly("of", &Batch::of, "Batches of the run.")
        .def_property_readonly("elapsed_s", &Batch::elapsed_s, "Wall time of this process [s].")
        .def_property_readonly("measures", &Batch::measures,
                               "By population: energy, reconstruction_error, active_fraction, "
                               "spikes_per_presentation, dead_neurons.")
        .def("fields", &Batch::fields, py::arg("population"),
             "Fields so far, float32, (rows, cols, height, width); of shared kernels (K, height, width).")
        .def("thresholds", &Batch::thresholds, py::arg("population"),
             "Thresholds lambda so far, (neurons); of shared kernels (K).");
    module.def("run",
               [](const std::string& path, const std::string& text, const std::vector<std::string>& overrides,
                  const std::string& output, bool force, bool resume, std::size_t threads,
                  py::object on_message, py::object on_progress, py::object on_batch) {
                   const Told told{std::move(on_message), std::move(on_progress), std::move(on_batch)};
                   return run({path, text, overrides}, output, force, resume, threads, told);
               });
    module.def("sonata_config", [](const std::string& path) {
        return call<std::string>(0, [&] { return sonata::config_text(path); });
    });
    module.def("resolved", [](const std::string& path, const std::string& text,
                              const std::vector<std::string>& overrides) {
        const Config config{path, text, overrides};
        return call<std::string>(0,
                                 [&] { return sim::read_settings(config.read(), config.name()).resolved; });
    });
}

}  // namespace python
