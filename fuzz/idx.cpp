// Arrays of bytes, as MNIST has them, plain or gzipped.
#include "fuzz/fuzz.hpp"
#include "models/stimuli/idx_file.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string& file = fuzz::file_of(data, size);
    fuzz::attempt([&] { models::read_idx(file, 1); });
    return fuzz::attempt([&] { models::read_idx(file, 3); });
}
