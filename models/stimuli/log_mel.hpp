// What the inner ear makes of a sound, roughly: its energy over frequency and time, both scales compressed.
#pragma once
#include <cstddef>
#include <vector>

#include "models/stimuli/sound_file.hpp"

namespace models {

struct LogMelSettings {
    double f_min, f_max;  // of all bands together [Hz]
    double window;        // length of a Hann window [ms]
    double range;         // energies lower than the greatest by this or more are 0 [dB]
};

/// Log-mel spectrogram of a sound, from its first to its last sample above 2 % of its peak: that span is
/// stretched to the frame's width, so that slow and fast speech look alike. Bands are triangles that overlap
/// by half, evenly spaced in mel = 2595 log10(1 + f / 700 Hz).
/// returns  shape (height, width): row 0 is the highest band, column 0 the earliest; 1 where the energy is
///          greatest, falling linearly in dB to 0 at `range` below it
/// throws   sim::Error if there is nothing to hear between f_min and f_max or f_max is above half the rate
/// Safe to call from several threads; the same sound gives the same bits.  O(width n log n), n of a window
/// source   Davis & Mermelstein (1980); mel scale of O'Shaughnessy (1987)
std::vector<float> log_mel(const Sound& sound, const LogMelSettings& settings, std::size_t height,
                           std::size_t width);

}  // namespace models
