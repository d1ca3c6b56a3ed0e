// Tables of measurements of one's own, as `compare --reference` reads them.
#include "analysis/reference_file.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] { analysis::read_references(fuzz::file_of(data, size, ".csv")); });
}
