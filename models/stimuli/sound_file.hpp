// Sounds from files: the only place that knows libsndfile.
#pragma once
#include <string>
#include <vector>

namespace models {

struct Sound {
    double rate;                 // samples per second [Hz]
    std::vector<float> samples;  // at least one, all finite
};

/// A sound of one channel: WAV, FLAC and whatever else libsndfile reads. throws sim::IoError if the file
/// cannot be read, breaks off, has more channels, more than 2^26 samples or a rate above
/// 1 MHz, or holds no samples or one that is not a finite number
Sound read_sound(const std::string& path);

}  // namespace models
