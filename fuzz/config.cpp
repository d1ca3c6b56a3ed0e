// Configs of every kind: all is read and checked, nothing is made of it and no file is opened.
#include "fuzz/fuzz.hpp"
#include "sim/run_settings.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt(
        [&] { sim::RunSettings{sim::Params::parse(std::string(fuzz::text_of(data, size)), "fuzz.yaml")}; });
}
