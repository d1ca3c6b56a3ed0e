#include "sim/senses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/size_limit.hpp"

namespace sim {

std::vector<Sense> read_senses(const Params& root) {
    std::vector<Sense> senses;
    if (!root.has("senses") && !root.is_describing()) return senses;
    const Params blocks = root.block("senses");
    std::size_t first_pixel = 0;
    for (const std::string& name : blocks.names()) {
        const Params p = blocks.block(name);
        const std::size_t height = side_of_frame(p, "height", 28.0, "height of its frames");
        const std::size_t width = side_of_frame(p, "width", 28.0, "width of its frames");
        senses.push_back({name,
                          height,
                          width,
                          p.number("weight", "1", 1.0, Check::positive, "w of its part of the energy"),
                          p.flag("present", true,
                                 "whether it is shown; one that is not drops out of the problem, and its "
                                 "frames can be rebuilt from the code"),
                          first_pixel,
                          {p, Registry<Stimulus>::instance().kind(p, "digits")}});
        first_pixel += height * width;
    }
    if (std::ranges::none_of(senses, &Sense::is_present)) root.fail("senses", "at least one that is present");
    return senses;
}

std::vector<float> fields_of(const Sense& sense, std::span<const float> stacked, std::size_t M) {
    std::vector<float> fields;
    for (std::size_t first = sense.first_pixel; first < stacked.size(); first += M)
        for (const float x : stacked.subspan(first, sense.size()))
            fields.push_back(x / static_cast<float>(std::sqrt(sense.weight)));
    return fields;
}

namespace {

class LinkedStimulus final : public Stimulus {
  public:
    LinkedStimulus(const std::vector<Sense>& senses, std::uint64_t seed) : senses_(senses) {
        for (const Sense& sense : senses)
            stimuli_.push_back(Registry<Stimulus>::instance().make(
                sense.stimulus.kind, sense.stimulus.block,
                {seed, sense.height, sense.width, stimuli_.empty() ? nullptr : stimuli_.front().get()}));
    }

    void frame(FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        frame_at(set, index, 0.0, pixels, shown);
    }
    bool moves() const override {
        return std::ranges::any_of(stimuli_, [](const auto& one) { return one->moves(); });
    }
    void frame_at(FrameSet set, std::uint64_t index, Time t, std::span<float> pixels,
                  std::span<double> shown) const override {
        std::size_t column = 0;
        for (std::size_t m = 0; m < senses_.size(); ++m) {
            const auto part = pixels.subspan(senses_[m].first_pixel, senses_[m].size());
            const std::size_t n_columns = stimuli_[m]->columns().size();
            stimuli_[m]->frame_at(set, index, t, part, shown.subspan(column, n_columns));
            column += n_columns;
            const auto scale = static_cast<float>(senses_[m].is_present ? std::sqrt(senses_[m].weight) : 0.0);
            for (float& pixel : part) pixel *= scale;
        }
    }
    std::vector<std::string> columns() const override {
        std::vector<std::string> all;
        for (std::size_t m = 0; m < senses_.size(); ++m)
            for (const std::string& column : stimuli_[m]->columns())
                all.push_back(senses_[m].name + "." + column);
        return all;
    }
    int label(FrameSet set, std::uint64_t index) const override {
        return stimuli_.front()->label(set, index);
    }
    std::uint64_t n_frames(FrameSet set) const override { return stimuli_.front()->n_frames(set); }
    std::string summary() const override {
        std::string all;
        for (std::size_t m = 0; m < senses_.size(); ++m)
            all += fmt::format("{}{}: {}", m == 0 ? "" : "; ", senses_[m].name, stimuli_[m]->summary());
        return all;
    }
    std::vector<std::string> warnings() const override {
        std::vector<std::string> all;
        for (const auto& stimulus : stimuli_)
            for (std::string& warning : stimulus->warnings()) all.push_back(std::move(warning));
        return all;
    }

  private:
    std::vector<Sense> senses_;
    std::vector<std::unique_ptr<Stimulus>> stimuli_;
};

}  // namespace

std::unique_ptr<Stimulus> make_linked_stimulus(const std::vector<Sense>& senses, std::uint64_t seed) {
    return std::make_unique<LinkedStimulus>(senses, seed);
}

}  // namespace sim
