// Writes small valid inputs for the fuzz targets to begin with: FOLDER/TARGET/NAME. fuzz/run adds configs and
// files that the program itself makes.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

#include "sim/io/hdf5.hpp"

namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& bytes) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
}

std::string number(std::uint32_t value, int n_bytes, bool is_little) {
    std::string bytes;
    for (int k = 0; k < n_bytes; ++k)
        bytes += static_cast<char>(value >> (8 * (is_little ? k : n_bytes - 1 - k)) & 0xFFU);
    return bytes;
}

void append(void* to, void* data, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

void write_photographs(const fs::path& folder) {
    constexpr int kHeight = 10, kWidth = 13;
    for (const int n_channels : {1, 3}) {
        std::string pixels;
        for (int p = 0; p < kHeight * kWidth * n_channels; ++p) pixels += static_cast<char>(p * p * 7 % 251);
        const std::string of = std::to_string(n_channels);
        std::string jpeg, png;
        stbi_write_jpg_to_func(append, &jpeg, kWidth, kHeight, n_channels, pixels.data(), 90);
        stbi_write_png_to_func(append, &png, kWidth, kHeight, n_channels, pixels.data(), kWidth * n_channels);
        write(folder / ("jpeg" + of), jpeg);
        write(folder / ("png" + of), png);
        // EXIF: little-endian, one entry, orientation 6.
        const std::string exif = std::string("Exif\0\0II*\0\x08\0\0\0\x01\0", 16) +
                                 std::string("\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 16);
        write(folder / ("exif" + of), jpeg.substr(0, 2) + "\xFF\xE1" +
                                          number(static_cast<std::uint32_t>(exif.size()) + 2, 2, false) +
                                          exif + jpeg.substr(2));
        const std::string size = " 13 10 ", kind = n_channels == 1 ? "P5" : "P6";
        write(folder / ("raw" + of), kind + size + "255\n" + pixels);
        write(folder / ("deep" + of), kind + " 13 5 65535\n" + pixels);
        write(folder / ("plain" + of),
              (n_channels == 1 ? "P2 # c\n" : "P3 # c\n") + std::string("2 1 9 1 2 3 4 5 6"));
    }
}

/// For the network with shared kernels that fuzz/run makes.
void write_work(const fs::path& folder) {
    for (const unsigned k : {1U, 2U}) {
        std::string pixels;
        for (unsigned p = 0; p < 20 * 40; ++p) pixels += static_cast<char>(k * p * p % 251);
        write(folder / ("photographs/" + std::to_string(k) + ".pgm"), "P5 40 20 255\n" + pixels);
    }
}

void write_arrays(const fs::path& folder) {
    const auto size = [](std::uint32_t n) { return number(n, 4, false); };
    write(folder / "images",
          number(0x0803, 4, false) + size(2) + size(3) + size(2) + std::string(12, '\x55'));
    write(folder / "labels", number(0x0801, 4, false) + size(3) + std::string("\x01\x02\x03"));
}

void write_sounds(const fs::path& folder) {
    std::string samples;
    for (std::uint32_t k = 0; k < 400; ++k) samples += number(k * k * 37, 2, true);
    const auto n = static_cast<std::uint32_t>(samples.size());
    const auto wav = [&](std::uint32_t format, std::uint32_t bits) {
        return "RIFF" + number(n + 36, 4, true) + "WAVEfmt " + number(16, 4, true) + number(format, 2, true) +
               number(1, 2, true) + number(8000, 4, true) + number(1000 * bits, 4, true) +
               number(bits / 8, 2, true) + number(bits, 2, true) + "data" + number(n, 4, true) + samples;
    };
    write(folder / "pcm16", wav(1, 16));
    write(folder / "pcm8", wav(1, 8));
    write(folder / "float", wav(3, 32));
    write(folder / "ulaw", wav(7, 8));
}

void write_tables(const fs::path& folder) {
    write(folder / "plain", "OSI,latency\n0.5,40\n,60\n");
    write(folder / "r", "\"\",\"OSI\"\n\"1\",0.5\n\"2\",NA\n");
    write(folder / "europe", "\xEF\xBB\xBFpreferred_orientation;\"la \"\"t\"\"\"\r\n0,5;40\r\n");
}

void write_hdf5(const fs::path& folder) {
    const auto create = [&](const std::string& name) {
        fs::create_directories((folder / name).parent_path());
        return sim::io::File::create((folder / name).string());
    };
    const std::vector<float> frames(5 * 16, 0.25F);
    const std::vector<double> ones(3, 1.0);
    const std::vector<std::uint64_t> neurons = {0, 1, 2};
    sim::io::File array = create("hdf5_array/frames");
    array.write("/frames", std::span<const float>(frames), {5, 4, 4}, {"1", "frames"});
    sim::io::File synapses = create("hdf5_synapses/synapses");
    for (const char* name : {"/source", "/target"}) synapses.write(name, neurons, {"1", "neuron"});
    for (const char* name : {"/weight", "/delay"}) synapses.write(name, ones, {"1", "of a synapse"});
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const fs::path folder = argv[1];
    write_photographs(folder / "photograph");
    write_work(folder / "work");
    write_arrays(folder / "idx");
    write_sounds(folder / "sound");
    write_tables(folder / "reference");
    write_hdf5(folder);
    for (const char* text : {"seed=2", "block.tau=5 ms", "other.list=[3]", "a.b={c: 1}"})
        write(folder / "override" / std::to_string(std::string(text).size()), text);
}
