// How a code comes about in time: held-out frames are flashed, and what the network says is read bin by bin. The first
// spikes, the transient and the rate that lasts are what recordings of latency show (Celebrini, Thorpe, Trotter &
// Imbert 1993).
#include "lab/show.hpp"
#include "sim/protocol.hpp"

namespace lab {
namespace {

using sim::Time;

struct TimeCourseSettings {
    explicit TimeCourseSettings(const sim::Params& p)
        : bin(p.number("bin", "ms", 5.0, sim::Check::positive, "time over which activity is read")),
          n_bins(p.count("bins", 40, "bins after the flash begins")),
          n_frames(p.count("frames", 100, "held-out frames")) {}
    Time bin;
    std::size_t n_bins, n_frames;
};

class TimeCourse final : public sim::Protocol {
  public:
    using Settings = TimeCourseSettings;
    TimeCourse(const Settings& settings, const Context& context) : set_(settings), context_(context) {}

    std::vector<sim::NamedArray> record() const override {
        const auto stimulus = sim::make_drawn_stimulus(context_.trained.settings());
        const std::size_t N = context_.trained.size(), n_bins = set_.n_bins;
        std::vector<double> mean(n_bins * N, 0.0), active(n_bins, 0.0);
        show_movies(
            context_.trained, context_.test, set_.n_frames, n_bins, set_.bin * static_cast<double>(n_bins),
            [&](std::size_t k, std::span<float> pixels) {
                std::vector<double> ignored(stimulus->columns().size());
                stimulus->frame(sim::FrameSet::held_out, k / n_bins, pixels, ignored);
            },
            [&](const Observation& shown) {
                for (Eigen::Index k = 0; k < shown.responses.cols(); ++k) {
                    const std::size_t bin = static_cast<std::size_t>(k) % n_bins;
                    for (std::size_t i = 0; i < N; ++i) {
                        const double a = shown.responses(static_cast<Eigen::Index>(i), k);
                        mean[bin * N + i] += a / static_cast<double>(set_.n_frames);
                        active[bin] += a > 0.0 ? 1.0 / static_cast<double>(set_.n_frames * N) : 0.0;
                    }
                }
            });
        std::vector<double> start(n_bins);
        for (std::size_t bin = 0; bin < n_bins; ++bin) start[bin] = set_.bin * static_cast<double>(bin);
        return {{"start", "ms", "when each bin begins, after the flash", {n_bins}, std::move(start)},
                {"activity",
                 context_.trained.response_units(),
                 "mean over frames of each neuron's activity in each bin",
                 {n_bins, N},
                 std::move(mean)},
                {"active",
                 "1",
                 "part of the neurons that are active in each bin, mean over frames",
                 {n_bins},
                 std::move(active)}};
    }

  private:
    Settings set_;
    Context context_;
};

const sim::RegisterProtocol<TimeCourse> time_course{"time_course",
                                                    "held-out frames are flashed: activity bin by bin"};

}  // namespace
}  // namespace lab
