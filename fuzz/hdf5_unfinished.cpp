// What is kept of an unfinished convolutional experiment, of the config in fuzz/convolution.yaml, and kernels
// of a finished one.
#include "convolution/experiment_file.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string& file = fuzz::file_of(data, size, ".h5.partial");
    static const convolution::ExperimentSettings settings(
        sim::Params::load(STRIATE_SOURCE_DIR "/fuzz/convolution.yaml"));
    convolution::RunOptions options;
    options.output = file.substr(0, file.size() - std::string(".partial").size());
    options.resume = true;
    fuzz::attempt([&] {
        const std::vector<convolution::Photograph> photographs;
        convolution::ExperimentFile(settings, photographs,
                                    sim::io::Output(options.output, sim::io::Existing::replace), options);
    });
    return fuzz::attempt([&] {
        convolution::KernelSettings kernels = settings.kernels;
        kernels.kind = "run";
        kernels.file = file;
        convolution::make_kernels(kernels, 1);
    });
}
