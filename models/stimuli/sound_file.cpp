#include "models/stimuli/sound_file.hpp"

#include <fmt/format.h>
#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string_view>

#include "models/stimuli/regular_file.hpp"
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

// A crafted file of a few bytes says, or unpacks to, more than any memory holds. This is 25 min of music.
constexpr sf_count_t kMostSamples = sf_count_t{1} << 26;
constexpr int kMostRate = 1'000'000;  // [Hz]

/// Up to n samples. Memory grows with what is there, not with what a header says.
std::vector<float> next_samples(SNDFILE* file, sf_count_t n) {
    constexpr sf_count_t kPiece = 1 << 16;
    std::vector<float> samples;
    for (sf_count_t n_read = 1; n_read > 0 && n > 0; n -= n_read) {
        const std::size_t n_before = samples.size();
        samples.resize(n_before + static_cast<std::size_t>(std::min(n, kPiece)));
        n_read = sf_read_float(file, samples.data() + n_before, std::min(n, kPiece));
        samples.resize(n_before + static_cast<std::size_t>(std::max<sf_count_t>(n_read, 0)));
    }
    return samples;
}

}  // namespace

Sound read_sound(const std::string& path) {
    check_is_regular(path);
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_READ, &info), sf_close);
    if (!file)
        throw sim::IoError(fmt::format("{}: cannot be read as a sound: {}", path, sf_strerror(nullptr)));
    if (breaks_off(file.get()))
        throw sim::IoError(path + ": breaks off: its header says another length than the file has");
    if (info.channels != 1)
        throw sim::IoError(fmt::format("{}: expected a sound of one channel, found {}", path, info.channels));
    if (info.frames == 0) throw sim::IoError(path + ": holds no samples");
    if (info.samplerate < 1 || info.samplerate > kMostRate)
        throw sim::IoError(fmt::format("{}: expected at most {} samples a second, found {}", path, kMostRate,
                                       info.samplerate));
    if (info.frames > kMostSamples)
        throw sim::IoError(
            fmt::format("{}: expected at most {} samples, found {}", path, kMostSamples, info.frames));
    Sound sound{static_cast<double>(info.samplerate), next_samples(file.get(), info.frames)};
    if (static_cast<sf_count_t>(sound.samples.size()) < info.frames)
        throw sim::IoError(
            fmt::format("{}: expected {} samples, found {}", path, info.frames, sound.samples.size()));
    if (!std::ranges::all_of(sound.samples, [](float x) { return std::isfinite(x); }))
        throw sim::IoError(path + ": holds a sample that is not a finite number");
    return sound;
}

}  // namespace models
