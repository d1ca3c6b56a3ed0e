// Finished runs, as `encode`, `analyze` and `report` read them.
#include "analysis/recorded_run.hpp"
#include "fuzz/fuzz.hpp"
#include "sim/trained_network.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string& file = fuzz::file_of(data, size, ".h5");
    fuzz::attempt([&] { sim::load_trained_network(file, {}); });
    return fuzz::attempt([&] { analysis::read_run(file); });
}
