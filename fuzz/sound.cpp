// Recordings, and what the inner ear makes of them.
#include "fuzz/fuzz.hpp"
#include "models/stimuli/log_mel.hpp"
#include "models/stimuli/sound_file.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return fuzz::attempt([&] {
        const models::Sound sound = models::read_sound(fuzz::file_of(data, size, ".wav"));
        models::log_mel(sound, {100.0, 3000.0, 25.0, 50.0}, 8, 8);
    });
}
