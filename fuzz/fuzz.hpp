// What the fuzz targets share. Each is a program of libFuzzer: it is given bytes, many thousands a second,
// and must come back, whatever they are, with nothing but a sim::Error.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/error.hpp"

namespace fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// A file in memory that holds the bytes of the moment; one for each process.
/// ending  of its name
const std::string& file_of(const std::uint8_t* data, std::size_t size, const char* ending = "");

/// What is wrong with an input is said by a sim::Error. Any other exception ends the program: a finding.
template <class Reader>
int attempt(const Reader& reader) {
    try {
        reader();
    } catch (const sim::Error&) {
    }
    return 0;
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
