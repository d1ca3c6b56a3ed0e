// Configs of every kind: all is read and checked, nothing is made of it and no file is opened.
#include "convolution/experiment.hpp"
#include "fuzz/fuzz.hpp"
#include "sim/run_settings.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] {
        const auto config = sim::Params::parse(std::string(fuzz::text_of(data, size)), "fuzz.yaml");
        if (convolution::is_convolutional(config))
            convolution::ExperimentSettings{config};
        else
            sim::RunSettings{config};
    });
}
