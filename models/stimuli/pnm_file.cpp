// PGM and PPM, plain (P2, P3) and raw (P5, P6), of one or two bytes a value.
// Source: netpbm's manual pages pgm(5) and ppm(5).
#include <fmt/format.h>

#include "models/stimuli/picture.hpp"

namespace models {
namespace {

constexpr std::uint64_t kMostValue = 65535;

bool is_space(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }

class PnmReader {
  public:
    explicit PnmReader(Bytes file) : file_(file) {
        const std::uint8_t kind = file[1];  // behind 'P'
        is_plain_ = kind == '2' || kind == '3';
        n_channels_ = kind == '3' || kind == '6' ? 3 : 1;
    }

    Picture read() {
        const std::uint64_t width = number("width"), height = number("height");
        most_ = number("greatest value");
        if (most_ < 1 || most_ > kMostValue)
            throw BadPicture(
                fmt::format("is damaged: its greatest value must be in 1 to 65535, got {}", most_));
        if (!is_plain_) ++at_;  // one white space, whatever comes next
        check_size(width, height, file_);
        check_length(width * height * n_channels_);

        Picture picture{{height, width, std::vector<float>(height * width)}};
        std::vector<std::uint16_t> values(width * n_channels_);
        for (std::size_t r = 0; r < height; ++r) {
            for (std::uint16_t& value : values) value = next_value();
            to_grey(values.data(), n_channels_, static_cast<float>(most_), {picture.grey.row(r), width});
        }
        return picture;
    }

  private:
    [[noreturn]] static void breaks_off() { throw BadPicture("breaks off before its last pixel"); }

    void skip_spaces_and_comments() {
        while (at_ < file_.size() && (is_space(file_[at_]) || file_[at_] == '#'))
            if (file_[at_++] == '#')
                while (at_ < file_.size() && file_[at_] != '\n' && file_[at_] != '\r') ++at_;
    }

    std::uint64_t number(const char* what) {
        skip_spaces_and_comments();
        if (at_ >= file_.size()) breaks_off();
        if (!is_digit(file_[at_])) throw BadPicture(fmt::format("is damaged: its {} is no number", what));
        std::uint64_t value = 0;
        for (; at_ < file_.size() && is_digit(file_[at_]); ++at_) {
            value = 10 * value + (file_[at_] - std::uint64_t{'0'});
            if (value > 0xFFFFFFFF) throw BadPicture(fmt::format("is damaged: its {} is absurd", what));
        }
        return value;
    }

    /// A plain value takes two bytes at least, but for the last: before memory is taken.
    void check_length(std::uint64_t n_values) const {
        const std::uint64_t left = at_ < file_.size() ? file_.size() - at_ : 0,
                            needed = is_plain_ ? 2 * n_values - 1 : n_values * (most_ > 255 ? 2 : 1);
        if (left < needed) breaks_off();
    }

    std::uint16_t next_value() {
        std::uint64_t value = 0;
        if (is_plain_)
            value = number("pixel");
        else
            for (int k = most_ > 255 ? 2 : 1; k > 0; --k) value = value << 8U | file_[at_++];  // big-endian
        if (value > most_)
            throw BadPicture(
                fmt::format("is damaged: a pixel has the value {}, greater than {}", value, most_));
        return static_cast<std::uint16_t>(value);
    }

    Bytes file_;
    bool is_plain_ = false;
    std::size_t n_channels_ = 1;
    std::size_t at_ = 2;
    std::uint64_t most_ = 0;
};

}  // namespace

Picture read_pnm(Bytes file) { return PnmReader(file).read(); }

}  // namespace models
