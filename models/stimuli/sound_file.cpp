#include "models/stimuli/sound_file.hpp"

#include <fmt/format.h>
#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string_view>

#include "sim/error.hpp"

namespace models {
namespace {

/// libsndfile takes a WAV file that breaks off for a shorter one, and says so in its log alone:
/// "data : 54856 (should be 8956)".
bool breaks_off(SNDFILE* file) {
    std::array<char, 4096> log{};
    sf_command(file, SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()));
    return std::string_view(log.data()).find("(should be ") != std::string_view::npos;
}

}  // namespace

Sound read_sound(const std::string& path) {
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_READ, &info), sf_close);
    if (!file)
        throw sim::IoError(fmt::format("{}: cannot be read as a sound: {}", path, sf_strerror(nullptr)));
    if (breaks_off(file.get()))
        throw sim::IoError(path + ": breaks off: its header says another length than the file has");
    if (info.channels != 1)
        throw sim::IoError(fmt::format("{}: expected a sound of one channel, found {}", path, info.channels));
    if (info.frames == 0) throw sim::IoError(path + ": holds no samples");
    Sound sound{static_cast<double>(info.samplerate),
                std::vector<float>(static_cast<std::size_t>(info.frames))};
    const sf_count_t n = sf_read_float(file.get(), sound.samples.data(), info.frames);
    if (n < info.frames)
        throw sim::IoError(fmt::format("{}: expected {} samples, found {}", path, info.frames, n));
    if (!std::ranges::all_of(sound.samples, [](float x) { return std::isfinite(x); }))
        throw sim::IoError(path + ": holds a sample that is not a finite number");
    return sound;
}

}  // namespace models
