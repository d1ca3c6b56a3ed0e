// Spoken digits, as log-mel spectrograms of recordings: a sense of another kind for the same classes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "models/stimuli/contrast.hpp"
#include "models/stimuli/log_mel.hpp"
#include "models/stimuli/shown_digit.hpp"
#include "sim/error.hpp"
#include "sim/inputs.hpp"
#include "sim/parallel.hpp"
#include "sim/registry.hpp"
#include "sim/rng.hpp"
#include "sim/units.hpp"

namespace models {
namespace {

namespace fs = std::filesystem;

struct SpokenDigitsSettings {
    std::string folder;
    std::vector<std::string> held_out;
    LogMelSettings log_mel;
    sim::Params params;

    explicit SpokenDigitsSettings(const sim::Params& p)
        : folder(p.file("folder", std::nullopt,
                        "folder of recordings named DIGIT_VOICE_SPEED.wav, of one channel each")),
          held_out(
              p.texts("held_out", "voices heard in the held-out set alone; some, not all, of the folder's")),
          log_mel{p.number("f_min", "Hz", 100.0, sim::Check::non_negative, "lower end of the lowest band"),
                  p.number("f_max", "Hz", 8000.0, sim::Check::positive, "upper end of the highest band"),
                  p.number("window", "ms", 25.0, sim::Check::positive, "length of the Hann window"),
                  p.number("range", "1", 50.0, sim::Check::positive,
                           "what is so many dB or more below the recording's loudest is 0")},
          params(p) {
        if (log_mel.f_max <= log_mel.f_min)
            p.fail("f_max", "above f_min", sim::units::format(log_mel.f_max, "Hz"));
        if (log_mel.window > 1000.0) p.fail("window", "at most 1000 ms");
    }
};

struct Recording {
    std::string file;  // full name
    int digit;
    std::string voice;
};

/// What the name DIGIT_VOICE_SPEED.wav says.
Recording recording_of(const fs::path& path) {
    const std::string name = path.stem().string();
    const std::size_t last = name.rfind('_');
    const bool is_named = name.size() > 2 && name[0] >= '0' && name[0] <= '9' && name[1] == '_' && last > 2 &&
                          last != std::string::npos;
    if (!is_named)
        throw sim::IoError(path.string() + ": must be named DIGIT_VOICE_SPEED.wav, as 7_f2_140.wav");
    return {path.string(), name[0] - '0', name.substr(2, last - 2)};
}

/// In order of file name.
std::vector<Recording> recordings_in(const std::string& folder) {
    std::error_code error;
    const fs::directory_iterator entries(folder, error);
    if (error)
        throw sim::IoError(
            fmt::format("{}: cannot list this folder of recordings: {}. setup/fetch-digits makes "
                        "demo/digits/spoken",
                        folder, error.message()));
    std::vector<Recording> recordings;
    for (const fs::directory_entry& entry : entries)
        if (entry.path().extension() == ".wav") recordings.push_back(recording_of(entry.path()));
    std::ranges::sort(recordings, {}, &Recording::file);
    return recordings;
}

class SpokenDigits final : public sim::Stimulus {
  public:
    using Settings = SpokenDigitsSettings;

    SpokenDigits(const Settings& settings, const Context& context)
        : folder_(settings.folder), context_(context), digit_(settings.params, context.leader) {
        const std::vector<Recording> recordings = recordings_in(settings.folder);
        divide(recordings, settings);
        spectrograms_.resize(recordings.size());
        sim::parallel_for(std::size_t{0}, recordings.size(), [&](std::size_t k) {
            settings.params.inputs()->add(recordings[k].file);
            spectrograms_[k] = spectrogram(recordings[k].file, settings.log_mel);
        });
    }

    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        const int digit = label(set, index);
        const auto& candidates = of(set)[static_cast<std::size_t>(digit)];
        sim::Stream stream(context_.seed, sim::Purpose::voices, 2 * index + static_cast<std::uint64_t>(set));
        const std::size_t k = candidates[stream.below(candidates.size())];
        std::ranges::copy(spectrograms_[k], pixels.begin());
        shown[0] = digit;
        shown[1] = static_cast<double>(k);
    }
    /// recording counts the files in order of name.
    std::vector<std::string> columns() const override { return {"label", "recording"}; }
    int label(sim::FrameSet set, std::uint64_t index) const override { return digit_(set, index); }
    std::string summary() const override {
        return fmt::format(
            "spoken digits of {} bands x {} moments from {} recordings in {}; {} voices, {} more "
            "in the held-out set",
            context_.height, context_.width, spectrograms_.size(), folder_, n_voices_, n_held_out_voices_);
    }

  private:
    using PerDigit = std::array<std::vector<std::size_t>, kDigits>;  // numbers of recordings

    const PerDigit& of(sim::FrameSet set) const {
        return set == sim::FrameSet::training ? training_ : held_out_;
    }

    /// Gives each recording to the set of its voice; each set gets every digit.
    void divide(const std::vector<Recording>& recordings, const Settings& settings) {
        std::set<std::string> voices;
        for (const Recording& recording : recordings) voices.insert(recording.voice);
        const std::set<std::string> apart(settings.held_out.begin(), settings.held_out.end());
        if (apart.empty() || apart.size() == voices.size() || !std::ranges::includes(voices, apart))
            settings.params.fail("held_out",
                                 fmt::format("some, not all, of the voices in {} ({})", settings.folder,
                                             fmt::join(voices, ", ")),
                                 fmt::format("[{}]", fmt::join(settings.held_out, ", ")));
        n_held_out_voices_ = apart.size();
        n_voices_ = voices.size() - apart.size();
        for (std::size_t k = 0; k < recordings.size(); ++k)
            (apart.contains(recordings[k].voice) ? held_out_
                                                 : training_)[static_cast<std::size_t>(recordings[k].digit)]
                .push_back(k);
        for (const PerDigit* set : {&training_, &held_out_})
            for (std::size_t digit = 0; digit < kDigits; ++digit)
                if ((*set)[digit].empty())
                    throw sim::IoError(fmt::format("{}: no voice of the {} set says {}", settings.folder,
                                                   set == &training_ ? "training" : "held-out", digit));
    }

    std::vector<float> spectrogram(const std::string& file, const LogMelSettings& settings) const {
        const Sound sound = read_sound(file);
        try {
            std::vector<float> levels = log_mel(sound, settings, context_.height, context_.width);
            scale_to_unit_norm(levels);
            return levels;
        } catch (const sim::Error& error) {
            throw sim::IoError(fmt::format("{}: {}", file, error.what()));
        }
    }

    std::string folder_;
    Context context_;
    ShownDigit digit_;
    std::size_t n_voices_ = 0, n_held_out_voices_ = 0;
    PerDigit training_, held_out_;
    std::vector<std::vector<float>> spectrograms_;  // of each recording, shape (height, width)
};

const sim::RegisterStimulus<SpokenDigits> spoken_digits{
    "spoken_digits", "log-mel spectrograms of spoken digits, the held-out ones by voices never learned from"};

}  // namespace
}  // namespace models
