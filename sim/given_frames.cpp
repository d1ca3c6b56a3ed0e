#include "sim/given_frames.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim {
namespace {

class GivenFrames final : public Stimulus {
  public:
    GivenFrames(std::vector<float> pixels, std::size_t size)
        : pixels_(std::move(pixels)), size_(size), n_(pixels_.size() / size) {}

    void frame(FrameSet /*set*/, std::uint64_t index, std::span<float> pixels,
               std::span<double> shown) const override {
        const std::uint64_t k = index % n_;
        std::ranges::copy(std::span(pixels_).subspan(k * size_, size_), pixels.begin());
        shown[0] = static_cast<double>(k);
    }
    std::vector<std::string> columns() const override { return {"frame"}; }
    std::uint64_t n_frames(FrameSet /*set*/) const override { return n_; }
    std::string summary() const override { return fmt::format("{} frames of the caller's", n_); }

  private:
    std::vector<float> pixels_;
    std::size_t size_, n_;
};

}  // namespace

std::unique_ptr<Stimulus> given_frames(std::vector<float> pixels, const Reception& reception) {
    return as_received(std::make_unique<GivenFrames>(std::move(pixels), reception.height * reception.width),
                       reception);
}

}  // namespace sim
