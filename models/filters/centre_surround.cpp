// ON and OFF cells of retina and LGN: a difference of Gaussians (Rodieck 1965, Vision Res 5:583),
//
//     I = base + gain [+-(G_sigma - surround G_surround_sigma) * s]_+
//
// with Gaussians that sum to one over the plane; beyond its border a frame is grey.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "sim/elementary.hpp"
#include "sim/filter.hpp"

namespace models {
namespace {

struct CentreSurroundSettings {
    explicit CentreSurroundSettings(const sim::Params& p)
        : sign(p.choice("centre", {"light", "dark"}, "light",
                        "what excites it: light of ON cells, dark of OFF cells") == "light"
                   ? 1.0
                   : -1.0),
          sigma(p.number("sigma", "px", 0.7, sim::Check::positive, "width of the centre")),
          surround_sigma(p.number("surround_sigma", "px", 3.0 * sigma, sim::Check::positive,
                                  "width of the surround; 3 sigma if not given")),
          surround(
              p.number("surround", "1", 1.0, sim::Check::non_negative,
                       "weight of the surround, that of the centre being 1; 1: no answer to plain grey")),
          gain(p.number(
              "gain", "1", std::nullopt, sim::Check::positive,
              "current, in the current unit of the population's kind, per unit of the filtered frame")),
          base(p.number("base", "1", 0.0, sim::Check::any,
                        "current, in that unit, while nothing excites the cell")) {}
    double sign, sigma, surround_sigma, surround, gain, base;
};

class CentreSurround final : public sim::Filter {
  public:
    using Settings = CentreSurroundSettings;
    CentreSurround(const Settings& settings, const Context& context)
        : set_(settings), height_(context.height), width_(context.width) {
        const auto places = [](std::size_t n, std::size_t pixels) {  // centres of n even parts
            std::vector<double> at;
            for (std::size_t k = 0; k < n; ++k)
                at.push_back((static_cast<double>(k) + 0.5) * static_cast<double>(pixels) /
                                 static_cast<double>(n) -
                             0.5);
            return at;
        };
        row_ = profiles(places(context.sheet->rows(), height_), height_);
        col_ = profiles(places(context.sheet->cols(), width_), width_);
    }

    void currents(std::span<const float> frame, std::span<float> I) const override {
        const std::size_t rows = row_.centre.size() / height_, cols = col_.centre.size() / width_;
        std::vector<double> centre(rows * cols), surround(rows * cols);
        filter(frame, row_.centre, col_.centre, centre);
        filter(frame, row_.surround, col_.surround, surround);
        for (std::size_t i = 0; i < I.size(); ++i) {
            const double contrast = set_.sign * (centre[i] - set_.surround * surround[i]);
            I[i] = static_cast<float>(set_.base + set_.gain * std::max(contrast, 0.0));
        }
    }

  private:
    /// What each place takes of each pixel along one side, shape (places, pixels).
    struct Profiles {
        std::vector<double> centre, surround;
    };
    Profiles profiles(const std::vector<double>& places, std::size_t pixels) const {
        Profiles all;
        for (const double place : places)
            for (std::size_t k = 0; k < pixels; ++k) {
                const double d = static_cast<double>(k) - place;
                all.centre.push_back(gaussian(d, set_.sigma));
                all.surround.push_back(gaussian(d, set_.surround_sigma));
            }
        return all;
    }
    static double gaussian(double d, double sigma) {
        return sim::exp(-d * d / (2.0 * sigma * sigma)) / (sigma * std::sqrt(2.0 * std::numbers::pi));
    }
    /// Columns first, then rows: the Gaussian of two dimensions is a product.
    void filter(std::span<const float> frame, const std::vector<double>& row, const std::vector<double>& col,
                std::vector<double>& result) const {
        const std::size_t rows = row.size() / height_, cols = col.size() / width_;
        std::vector<double> half(height_ * cols, 0.0);
        for (std::size_t y = 0; y < height_; ++y)
            for (std::size_t j = 0; j < cols; ++j)
                for (std::size_t x = 0; x < width_; ++x)
                    half[y * cols + j] += col[j * width_ + x] * static_cast<double>(frame[y * width_ + x]);
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t y = 0; y < height_; ++y)
                for (std::size_t j = 0; j < cols; ++j)
                    result[i * cols + j] += row[i * height_ + y] * half[y * cols + j];
    }

    Settings set_;
    std::size_t height_, width_;
    Profiles row_, col_;
};

const sim::RegisterFilter<CentreSurround> centre_surround{
    "centre_surround", "ON or OFF cells: a difference of Gaussians, rectified"};

}  // namespace
}  // namespace models
