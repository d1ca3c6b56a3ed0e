// The only place that knows libjpeg and libpng, and setjmp, by which both report errors.
//
// longjmp runs no destructors. So every call of theirs is in a step (`returns`) whose own variables need
// none: all that owns memory lives outside, and exceptions are thrown outside.
#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>  // after <cstdio>, which fmt includes
#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

#include "models/stimuli/picture.hpp"

namespace models {
namespace {

/// Where a library jumps to from an error, and what it said.
struct Failure {
    std::jmp_buf jump;
    std::array<char, JMSG_LENGTH_MAX> message{};

    [[noreturn]] void raise() { std::longjmp(jump, 1); }
    std::string text() const { return message.data(); }
};

/// Whether a step ran to its end. Not inlined, so that no caller's variables live beside setjmp.
[[gnu::noinline]] bool returns(Failure& failure, const std::function<void()>& step) {
    if (setjmp(failure.jump) != 0) return false;
    step();
    return true;
}

// ---- JPEG

// A crafted progressive file has thousands of scans, each of which goes over the whole picture.
constexpr int kMostScans = 50;
constexpr unsigned kExifMarker = JPEG_APP0 + 1, kLongestMarker = 0xFFFF;

/// libjpeg goes on over damage and counts warnings. These three are no damage: cameras write such files.
bool is_harmless(int message) {
    return message == JWRN_EXTRANEOUS_DATA || message == JWRN_ADOBE_XFORM || message == JWRN_JFIF_MAJOR;
}

class JpegReader {
  public:
    explicit JpegReader(Bytes file) : file_(file) {
        info_.err = jpeg_std_error(&errors_);
        info_.client_data = this;
        errors_.error_exit = [](j_common_ptr info) { of(info).fail(); };
        errors_.emit_message = [](j_common_ptr info, int level) {
            if (level < 0 && !is_harmless(info->err->msg_code)) of(info).fail();
        };
        progress_.progress_monitor = [](j_common_ptr info) { of(info).check_scans(); };
        step([&] { jpeg_create_decompress(&info_); });
        info_.progress = &progress_;
    }
    ~JpegReader() { jpeg_destroy_decompress(&info_); }
    JpegReader(const JpegReader&) = delete;
    JpegReader& operator=(const JpegReader&) = delete;

    Picture read() {
        step([&] {
            jpeg_mem_src(&info_, file_.data(), file_.size());
            jpeg_save_markers(&info_, kExifMarker, kLongestMarker);
            jpeg_read_header(&info_, TRUE);
        });
        check_size(info_.image_width, info_.image_height, file_);
        step([&] {
            // Settings as stb_image had them: exact integers, smooth chroma, RGB before grey.
            info_.dct_method = JDCT_ISLOW;
            info_.out_color_space = info_.num_components == 1   ? JCS_GRAYSCALE
                                    : info_.num_components == 4 ? JCS_CMYK
                                                                : JCS_RGB;
            jpeg_start_decompress(&info_);
        });
        const std::size_t width = info_.output_width, height = info_.output_height,
                          n_channels = static_cast<std::size_t>(info_.output_components);
        Picture picture{{height, width, std::vector<float>(height * width)}, orientation()};
        std::vector<JSAMPLE> pixels(width * n_channels);
        step([&] {
            JSAMPROW row = pixels.data();
            for (std::size_t r = 0; r < height; ++r) {
                jpeg_read_scanlines(&info_, &row, 1);
                if (n_channels == 4) ink_to_light(pixels);
                to_grey(pixels.data(), n_channels, 255.0F, {picture.grey.row(r), width});
            }
            jpeg_finish_decompress(&info_);
        });
        return picture;
    }

  private:
    static JpegReader& of(j_common_ptr info) { return *static_cast<JpegReader*>(info->client_data); }

    [[noreturn]] void fail() {
        errors_.format_message(reinterpret_cast<j_common_ptr>(&info_), failure_.message.data());
        failure_.raise();
    }
    void check_scans() {
        if (info_.input_scan_number <= kMostScans) return;
        std::strcpy(failure_.message.data(), "it has too many scans");
        failure_.raise();
    }
    void step(const std::function<void()>& calls) {
        if (!returns(failure_, calls))
            throw BadPicture(fmt::format("is damaged, or no JPEG that can be read: {}", failure_.text()));
    }

    /// Cyan, magenta, yellow and black to red, green and blue, in place. Adobe's files hold them inverted.
    void ink_to_light(std::span<JSAMPLE> pixels) const {
        const bool is_inverted = info_.saw_Adobe_marker != FALSE;
        for (std::size_t p = 0; p < pixels.size(); p += 4) {
            const auto light = [&](std::size_t c) {
                return is_inverted ? pixels[p + c] : JSAMPLE(255 - pixels[p + c]);
            };
            for (std::size_t c = 0; c < 3; ++c)
                pixels[p + c] = static_cast<JSAMPLE>((light(c) * light(3) + 127) / 255);
        }
    }

    int orientation() const {
        static constexpr std::array<std::uint8_t, 6> kExif = {'E', 'x', 'i', 'f', 0, 0};
        for (auto marker = info_.marker_list; marker != nullptr; marker = marker->next) {
            const Bytes data(marker->data, marker->data_length);
            if (marker->marker == kExifMarker && data.size() >= kExif.size() &&
                std::ranges::equal(data.first(kExif.size()), kExif))
                return exif_orientation(data.subspan(kExif.size()));
        }
        return 1;
    }

    Bytes file_;
    Failure failure_;
    jpeg_error_mgr errors_{};
    jpeg_progress_mgr progress_{};
    jpeg_decompress_struct info_{};
};

// ---- PNG

class PngReader {
  public:
    explicit PngReader(Bytes file) : left_(file), file_(file) {
        png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &failure_, fail, [](png_structp, auto) {});
        info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
        if (info_ == nullptr) {
            png_destroy_read_struct(&png_, nullptr, nullptr);
            throw std::bad_alloc();
        }
    }
    ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;

    Picture read() {
        step([&] { read_header(); });
        check_size(png_get_image_width(png_, info_), png_get_image_height(png_, info_), file_);
        step([&] { ask_for_grey_or_rgb(); });
        const std::size_t width = png_get_image_width(png_, info_),
                          height = png_get_image_height(png_, info_),
                          row_size = png_get_rowbytes(png_, info_);
        Picture picture{{height, width, std::vector<float>(height * width)}};
        if (png_get_interlace_type(png_, info_) == PNG_INTERLACE_NONE) {
            std::vector<png_byte> row(row_size);
            step([&] {
                for (std::size_t r = 0; r < height; ++r) {
                    png_read_row(png_, row.data(), nullptr);
                    row_to_grey(row.data(), picture.grey, r);
                }
            });
        } else {
            std::vector<png_byte> pixels(height * row_size);
            std::vector<png_bytep> rows;
            for (std::size_t r = 0; r < height; ++r) rows.push_back(pixels.data() + r * row_size);
            step([&] { png_read_image(png_, rows.data()); });
            for (std::size_t r = 0; r < height; ++r) row_to_grey(rows[r], picture.grey, r);
        }
        step([&] { png_read_end(png_, info_); });
        picture.orientation = orientation();
        return picture;
    }

  private:
    [[noreturn]] static void fail(png_structp png, png_const_charp message) {
        Failure& failure = *static_cast<Failure*>(png_get_error_ptr(png));
        std::strncpy(failure.message.data(), message, failure.message.size() - 1);
        failure.raise();
    }
    static void give(png_structp png, png_bytep to, std::size_t n) {
        Bytes& left = static_cast<PngReader*>(png_get_io_ptr(png))->left_;
        if (n > left.size()) png_error(png, "it breaks off");
        std::copy_n(left.begin(), n, to);
        left = left.subspan(n);
    }
    void step(const std::function<void()>& calls) {
        if (!returns(failure_, calls))
            throw BadPicture(fmt::format("is damaged, or no PNG that can be read: {}", failure_.text()));
    }

    void read_header() {
        png_set_read_fn(png_, this, give);
        // Texts, colour profiles and the like are not looked at.
        png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
        png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_AS_DEFAULT,
                                    reinterpret_cast<png_const_bytep>("eXIf"), 1);
        png_read_info(png_, info_);
    }
    void ask_for_grey_or_rgb() {
        if (png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
        if (png_get_bit_depth(png_, info_) < 8) png_set_expand_gray_1_2_4_to_8(png_);
        png_set_strip_alpha(png_);
        png_set_interlace_handling(png_);
        png_read_update_info(png_, info_);
    }
    void row_to_grey(const png_byte* row, Image& grey, std::size_t r) const {
        const std::size_t n_channels = png_get_channels(png_, info_);
        if (png_get_bit_depth(png_, info_) == 8)
            to_grey(row, n_channels, 255.0F, {grey.row(r), grey.width});
        else
            to_grey(reinterpret_cast<const BigEndian*>(row), n_channels, 65535.0F, {grey.row(r), grey.width});
    }
    struct BigEndian {
        png_byte high, low;
        explicit operator float() const { return static_cast<float>(high * 256 + low); }
    };

    int orientation() {
        png_bytep exif = nullptr;
        png_uint_32 n = 0;
        return png_get_eXIf_1(png_, info_, &n, &exif) != 0 ? exif_orientation({exif, n}) : 1;
    }

    Bytes left_, file_;  // left: not read yet
    Failure failure_;
    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
};

}  // namespace

Picture read_jpeg(Bytes file) { return JpegReader(file).read(); }
Picture read_png(Bytes file) { return PngReader(file).read(); }

}  // namespace models
