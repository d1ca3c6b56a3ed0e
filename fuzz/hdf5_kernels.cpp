// Runs with shared kernels: kernels that another takes, and what is measured of codes.
#include "analysis/heterogeneity.hpp"
#include "fuzz/fuzz.hpp"
#include "sim/kernel_settings.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string& file = fuzz::file_of(data, size, ".h5");
    fuzz::attempt([&] { analysis::read_coded_photographs(file); });
    return fuzz::attempt([&] {
        sim::KernelSettings kernels(sim::Params::parse("", "fuzz.yaml"));
        kernels.kind = "run";
        kernels.file = file;
        sim::make_kernels(kernels, 1);
        sim::bank_of(kernels, false);
    });
}
