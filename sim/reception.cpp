#include "sim/reception.hpp"

#include <bit>
#include <cmath>

#include "sim/rng.hpp"
#include "sim/sheet.hpp"

namespace sim {

void control_gain(const GainControl& control, std::size_t height, std::size_t width,
                  std::span<float> pixels) {
    Eigen::Map<Eigen::ArrayXf> x(pixels.data(), static_cast<Eigen::Index>(pixels.size()));
    const Sheet frame(height, width, Boundary::open);
    const Eigen::ArrayXf local = frame.smooth(x.square().matrix(), control.width).array();
    x /= (static_cast<float>(control.s0 * control.s0) + local).sqrt();
}

void Reception::receive(std::uint64_t number, std::span<float> pixels) const {
    if (gain_control.width > 0.0) control_gain(gain_control, height, width, pixels);
    if (noise > 0.0) {
        Stream stream(seed, Purpose::noise, number);
        const double deviation = noise / std::sqrt(static_cast<double>(pixels.size()));
        for (float& pixel : pixels) pixel += static_cast<float>(deviation * stream.normal());
    }
    if (scale != 1.0)
        for (float& pixel : pixels) pixel *= static_cast<float>(scale);
}

namespace {

/// A stimulus as the network receives it.
class Received final : public Stimulus {
  public:
    Received(std::unique_ptr<Stimulus> stimulus, const Reception& reception)
        : stimulus_(std::move(stimulus)), reception_(reception) {}
    void frame(FrameSet set, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        frame_at(set, index, 0.0, pixels, shown);
    }
    bool moves() const override { return stimulus_->moves(); }
    /// Each frame of a movie has noise of its own.
    void frame_at(FrameSet set, std::uint64_t index, Time t, std::span<float> pixels,
                  std::span<double> shown) const override {
        stimulus_->frame_at(set, index, t, pixels, shown);
        const auto moment = t > 0.0 ? seed_of(0, std::bit_cast<std::uint64_t>(t)) : 0;
        reception_.receive((2 * index + static_cast<std::uint64_t>(set)) ^ moment, pixels);
    }
    std::vector<std::string> columns() const override { return stimulus_->columns(); }
    int label(FrameSet set, std::uint64_t index) const override { return stimulus_->label(set, index); }
    std::uint64_t n_frames(FrameSet set) const override { return stimulus_->n_frames(set); }
    std::string summary() const override { return stimulus_->summary(); }
    std::vector<std::string> warnings() const override { return stimulus_->warnings(); }

  private:
    std::unique_ptr<Stimulus> stimulus_;
    Reception reception_;
};

}  // namespace

std::unique_ptr<Stimulus> as_received(std::unique_ptr<Stimulus> drawn, const Reception& reception) {
    return std::make_unique<Received>(std::move(drawn), reception);
}

}  // namespace sim
