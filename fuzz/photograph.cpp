// Photographs: JPEG, PNG, PGM, PPM, EXIF.
#include "models/stimuli/photograph.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] { models::read_photograph(fuzz::file_of(data, size), 3); });
}
