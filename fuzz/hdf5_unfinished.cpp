// What is kept of an unfinished run, of the config in fuzz/kernels.yaml.
#include "fuzz/fuzz.hpp"
#include "sim/run_settings.hpp"
#include "sim/shown_file.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string& file = fuzz::file_of(data, size, ".h5.partial");
    static const sim::RunSettings settings(sim::Params::load(STRIATE_SOURCE_DIR "/fuzz/kernels.yaml"));
    return fuzz::attempt([&] {
        const std::string output = file.substr(0, file.size() - std::string(".partial").size());
        sim::StreamingFile::resume(
            sim::io::Output(output, sim::io::Existing::replace),
            sim::ShownFile::layout(settings, {settings.resolved, settings.seed, {}, ""},
                                   {"photograph", "row", "column"}, "photographs"));
    });
}
