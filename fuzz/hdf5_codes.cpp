// Codes, as `decode` reads them.
#include "decoding/code_file.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] { decoding::read_codes(fuzz::file_of(data, size, ".h5")); });
}
