// configs/stdp.yaml: synapses compete (Song, Miller & Abbott 2000, fig. 2).
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "sim/circuit_run.hpp"
#include "sim/io/hdf5.hpp"
#include "tests/support.hpp"

TEST_CASE("pair STDP divides equal synapses into strong and weak ones") {
    const test::TempDir dir;
    const std::string path = dir.file("stdp.h5");
    const auto summary = sim::run(
        sim::RunSettings(sim::Params::load(STRIATE_SOURCE_DIR "/configs/stdp.yaml")), {.output = path});
    const auto w = sim::io::File::open(path).read<double>("/projections/plastic/cell/weight");  // w_max 1 mV
    REQUIRE(w.size() == 200);
    const auto share = [&](double low, double high) {
        const auto n = std::count_if(w.begin(), w.end(), [&](double x) { return x >= low && x <= high; });
        return static_cast<double>(n) / static_cast<double>(w.size());
    };
    const double weak = share(0.0, 0.2), strong = share(0.8, 1.0);
    fmt::print("STDP: {:.0f} % of weights below 0.2 w_max, {:.0f} % above 0.8; {:.1f} Hz, CV {:.2f}\n",
               100.0 * weak, 100.0 * strong, summary.populations[0].rate, summary.populations[0].cv);
    // 40 % would be there if weights were spread evenly, and all above 0.8 as they start.
    CHECK(weak + strong > 0.8);
    CHECK(weak > 0.25);
    CHECK(strong > 0.25);
    CHECK(summary.populations[0].cv > 0.8);  // irregular, as balanced excitation and inhibition make it
}
