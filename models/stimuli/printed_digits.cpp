// Digits as a font has them: an ideal picture of each class, as the second sense of Barari & Kim.
#include <fmt/format.h>

#include <algorithm>

#include "models/stimuli/contrast.hpp"
#include "models/stimuli/glyphs.hpp"
#include "models/stimuli/shown_digit.hpp"
#include "sim/params.hpp"
#include "sim/registry.hpp"
#include "sim/stimulus.hpp"

namespace models {
namespace {

struct PrintedDigitsSettings {
    std::string font;
    double size;
    sim::Params params;

    explicit PrintedDigitsSettings(const sim::Params& p)
        : font(p.file("font", "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
                      "file of an outline font (Debian: fonts-liberation, which has Arial's proportions)")),
          size(
              p.number("size", "1", 0.75, sim::Check::positive,
                       "height of the highest digit, in heights of the frame; less where the widest would be "
                       "wider than so much of the frame's width")),
          params(p) {
        if (size > 1.0) p.fail("size", "at most 1");
    }
};

class PrintedDigits final : public sim::Stimulus {
  public:
    using Settings = PrintedDigitsSettings;

    PrintedDigits(const Settings& settings, const Context& context)
        : font_(settings.font),
          context_(context),
          digit_(settings.params, context.leader),
          pictures_(glyphs(settings.font, "0123456789", context.height, context.width, settings.size)) {
        for (std::vector<float>& picture : pictures_) scale_to_unit_norm(picture);
    }

    void frame(sim::FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        const int digit = label(set, index);
        std::ranges::copy(pictures_[static_cast<std::size_t>(digit)], pixels.begin());
        shown[0] = digit;
    }
    std::vector<std::string> columns() const override { return {"label"}; }
    int label(sim::FrameSet set, std::uint64_t index) const override { return digit_(set, index); }
    std::uint64_t n_frames(sim::FrameSet set) const override { return digit_.period(set); }
    std::string summary() const override {
        return fmt::format("printed digits of {} x {} px from {}", context_.height, context_.width, font_);
    }

  private:
    std::string font_;
    Context context_;
    ShownDigit digit_;
    std::vector<std::vector<float>> pictures_;  // of each digit, shape (height, width)
};

const sim::RegisterStimulus<PrintedDigits> printed_digits{"printed_digits",
                                                          "digits of a font, each class one picture"};

}  // namespace
}  // namespace models
