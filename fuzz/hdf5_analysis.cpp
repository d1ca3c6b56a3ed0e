// Analyses, as `compare` and `report` read them.
#include "analysis/analysis_file.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] { analysis::read(fuzz::file_of(data, size, ".h5")); });
}
