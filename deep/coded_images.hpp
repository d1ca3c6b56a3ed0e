// Convolutional codes of many small images, of which only the active coefficients are kept.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "models/stimuli/photograph.hpp"
#include "sim/coding_population.hpp"
#include "sim/kernels.hpp"

namespace deep {

inline constexpr std::size_t kPool = 4;  // positions a side of the squares whose maximum a network is shown

/// Maps of activity.
struct Maps {
    std::size_t n, rows, cols;

    std::size_t size() const { return n * rows * cols; }
};

class CodedImages {
  public:
    /// Maps of the codes that will be added.
    explicit CodedImages(const Maps& maps) : maps_(maps) {}

    /// code: shape of the maps
    void add(std::span<const float> code);

    std::size_t n() const { return codes_.size(); }
    /// Active coefficients of an image, all or those that a cut leaves: |x| at least `cut` times the image's
    /// largest |x|.
    std::size_t active(std::size_t image, double cut) const;

    /// What `pool` makes: two maps a kernel, ON and OFF.
    Maps pooled() const;
    /// The code of an image after a cut: of each kernel the largest x and the largest -x, or 0, in squares of
    /// kPool x kPool positions; squares at the lower and right border may be smaller.
    /// to: shape of pooled()
    void pool(std::size_t image, double cut, std::span<float> to) const;

  private:
    struct Active {
        std::uint32_t place;
        float value;
    };
    using Code = std::vector<Active>;

    /// |x| that a coefficient needs to stay.
    static float least(const Code& code, double cut);

    Maps maps_;
    std::vector<Code> codes_;
};

/// Codes of either sign, with periodic borders, of images of one size, by a kind whose codes are there at once, images side by side on the cores; the same bits
/// at any number of threads. throws sim::ConfigError if a kernel does not fit into the images
CodedImages code_images(const sim::Kernels& kernels, double lambda, const sim::Neurons& neurons,
                        std::span<const models::Image> images,
                        const std::function<void(std::size_t done)>& on_progress);

}  // namespace deep
