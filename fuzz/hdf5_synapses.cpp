// Synapses of a file.
#include "fuzz/fuzz.hpp"
#include "sim/connector.hpp"
#include "sim/params.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] {
        const auto block =
            sim::Params::parse("from_file: {file: " + fuzz::file_of(data, size, ".h5") + "}\n", "fuzz.yaml");
        const auto connector = sim::Registry<sim::Connector>::instance().make("from_file", block,
                                                                              {.sources = 10,
                                                                               .targets = 10,
                                                                               .source_sheet = nullptr,
                                                                               .target_sheet = nullptr,
                                                                               .is_recurrent = false,
                                                                               .seed = 1,
                                                                               .number = 0});
        std::uint64_t n = 0;
        connector->connect([&](const sim::Contact& contact) { n += contact.source; });
    });
}
