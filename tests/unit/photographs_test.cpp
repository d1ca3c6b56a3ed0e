// Readers of photographs: what a format allows, how pictures are turned, and what must not be believed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>
#include <sys/stat.h>

#include "models/stimuli/photograph.hpp"
#include "sim/error.hpp"
#include "tests/support.hpp"

namespace {

using models::Image;
using test::contains;
using Value = std::function<unsigned(std::size_t, std::size_t, std::size_t)>;  // of row, column, channel

/// A different value at every place, up to `most`.
Value pattern(unsigned most) {
    return [most](std::size_t r, std::size_t c, std::size_t channel) {
        return static_cast<unsigned>((r * 37 + c * 11 + channel * 101 + r * c) * 2654435761U >> 7U) %
               (most + 1);
    };
}

std::string big_endian(std::uint32_t number, int n_bytes = 4) {
    std::string bytes;
    for (int k = n_bytes - 1; k >= 0; --k) bytes += static_cast<char>(number >> (8 * k) & 0xFFU);
    return bytes;
}

Image read(const std::string& bytes, std::size_t shrink = 1) {
    const test::TempDir dir;
    return models::read_photograph(dir.write("photograph", bytes), shrink);
}

/// Why it cannot be read, without its name.
std::string complaint(const std::string& bytes) {
    const test::TempDir dir;
    const std::string path = dir.write("photograph", bytes);
    try {
        models::read_photograph(path, 1);
    } catch (const sim::IoError& error) {
        const std::string text = error.what();
        REQUIRE(text.starts_with(path + ": "));
        return text.substr(path.size() + 2);
    }
    return "nothing";
}

// ---- a writer of PNG, for all that it can hold; nothing is compressed

std::string chunk(const std::string& name, const std::string& data) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const char c : name + data) {
        crc ^= static_cast<std::uint8_t>(c);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return big_endian(static_cast<std::uint32_t>(data.size())) + name + data + big_endian(~crc);
}

/// A zlib stream of one stored block.
std::string stored(const std::string& data) {
    REQUIRE(data.size() < 65536);
    std::uint32_t a = 1, b = 0;
    for (const char c : data) b = (b + (a = (a + static_cast<std::uint8_t>(c)) % 65521)) % 65521;
    const auto n = static_cast<std::uint32_t>(data.size());
    const auto little = [](std::uint32_t x) {
        return std::string{static_cast<char>(x & 0xFFU), static_cast<char>(x >> 8U & 0xFFU)};
    };
    return std::string("\x78\x01\x01", 3) + little(n) + little(~n) + data + big_endian(b << 16U | a);
}

struct Png {
    std::uint32_t height, width;
    int depth, type;  // as IHDR has them: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha
    std::size_t n_channels;
    Value value;
    bool is_interlaced = false;
    std::string before = {}, behind = {};  // chunks

    std::string rows(std::size_t top, std::size_t left, std::size_t down, std::size_t right) const {
        std::string bytes;
        for (std::size_t r = top; r < height && left < width; r += down) {
            bytes += '\0';  // no filter
            unsigned packed = 0;
            int n_bits = 0;
            for (std::size_t c = left; c < width; c += right)
                for (std::size_t channel = 0; channel < n_channels; ++channel) {
                    packed = packed << depth | value(r, c, channel);
                    n_bits += depth;
                    for (; n_bits >= 8; n_bits -= 8)
                        bytes += static_cast<char>(packed >> (n_bits - 8) & 0xFFU);
                }
            if (n_bits > 0) bytes += static_cast<char>(packed << (8 - n_bits) & 0xFFU);
        }
        return bytes;
    }
    std::string bytes() const {
        const std::string header = big_endian(width) + big_endian(height) + static_cast<char>(depth) +
                                   static_cast<char>(type) + std::string(2, '\0') +
                                   static_cast<char>(is_interlaced ? 1 : 0);
        std::string pixels;
        if (is_interlaced)  // Adam7
            for (const auto& [top, left, down, right] : std::vector<std::array<std::size_t, 4>>{{0, 0, 8, 8},
                                                                                                {0, 4, 8, 8},
                                                                                                {4, 0, 8, 4},
                                                                                                {0, 2, 4, 4},
                                                                                                {2, 0, 4, 2},
                                                                                                {0, 1, 2, 2},
                                                                                                {1, 0, 2, 1}})
                pixels += rows(top, left, down, right);
        else
            pixels = rows(0, 0, 1, 1);
        return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + before + chunk("IDAT", stored(pixels)) + behind +
               chunk("IEND", "");
    }
};

std::string pnm(const std::string& kind, std::size_t height, std::size_t width, unsigned most,
                const Value& value) {
    std::string bytes = fmt::format("{} # a comment\n{}\n# another\n {}\n{}\n", kind, width, height, most);
    const std::size_t n_channels = kind == "P3" || kind == "P6" ? 3 : 1;
    for (std::size_t r = 0; r < height; ++r)
        for (std::size_t c = 0; c < width; ++c)
            for (std::size_t channel = 0; channel < n_channels; ++channel)
                bytes += kind < "P4" ? fmt::format("{}\n", value(r, c, channel))
                                     : big_endian(value(r, c, channel), most > 255 ? 2 : 1);
    return bytes;
}

std::string jpeg(std::size_t height, std::size_t width) {
    std::vector<std::uint8_t> pixels;
    for (std::size_t r = 0; r < height; ++r)
        for (std::size_t c = 0; c < width; ++c) pixels.push_back(static_cast<std::uint8_t>(7 * r + 3 * c));
    std::string bytes;
    stbi_write_jpg_to_func(
        [](void* to, void* data, int n) {
            static_cast<std::string*>(to)->append(static_cast<const char*>(data),
                                                  static_cast<std::size_t>(n));
        },
        &bytes, static_cast<int>(width), static_cast<int>(height), 1, pixels.data(), 95);
    return bytes;
}

/// EXIF with an orientation, in either order of bytes.
std::string exif(unsigned orientation, bool is_little) {
    const auto number = [&](std::uint32_t x, int n_bytes) {
        std::string bytes = big_endian(x, n_bytes);
        return is_little ? std::string(bytes.rbegin(), bytes.rend()) : bytes;
    };
    const auto entry = [&](std::uint32_t tag, std::uint32_t value) {
        return number(tag, 2) + number(3, 2) + number(1, 4) + number(value, 2) + number(0, 2);
    };
    return (is_little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) + entry(0x100, 9) +
           entry(0x112, orientation) + number(0, 4);
}

std::string with_exif(const std::string& jpeg, const std::string& exif) {
    const std::string data = std::string("Exif\0\0", 6) + exif;
    return jpeg.substr(0, 2) + "\xFF\xE1" + big_endian(static_cast<std::uint32_t>(data.size() + 2), 2) +
           data + jpeg.substr(2);
}

/// What EXIF says of each orientation: the side that row 0 of the file is, and the side that column 0 is.
Image turned(const Image& file, unsigned orientation) {
    static const std::array<std::string, 9> sides = {"", "tl", "tr", "br", "bl", "lt", "rt", "rb", "lb"};
    const char row_0 = sides[orientation][0], column_0 = sides[orientation][1];
    const bool lies = orientation > 4;
    Image shown{lies ? file.width : file.height, lies ? file.height : file.width,
                std::vector<float>(file.pixels.size())};
    for (std::size_t r = 0; r < file.height; ++r)
        for (std::size_t c = 0; c < file.width; ++c) {
            std::size_t row = 0, column = 0;
            for (const auto& [side, distance, of] :
                 {std::tuple(row_0, r, file.height), std::tuple(column_0, c, file.width)}) {
                if (side == 't') row = distance;
                if (side == 'b') row = of - 1 - distance;
                if (side == 'l') column = distance;
                if (side == 'r') column = of - 1 - distance;
            }
            shown.row(row)[column] = file.row(r)[c];
        }
    return shown;
}

/// A JPEG of 16 x 16 px on whose Huffman tables stb_image 2.27 wrote beyond its own.
std::string crafted_jpeg() {
    constexpr std::string_view kHex =
        "ffd8ffe000104a46494600010101000100010000ffdb00430003020202222222222222222222222222222222ffff5f42"
        "60200000d1b0222222222222222222220202030202020303030304060404040404080606050609080a0a09080909240a"
        "0c0f0c0a0b0e0b09090d110d0e0f101011100a0c12131210130f101010ffdb0043010303030403000010ffc000110800"
        "10001003012200021101031101ffc400160001010100000000000000000000000000070405ffc4002410000104010402"
        "020300000000000000000102030406050708121311220014093132ffc400150101010000000000000000000000000000"
        "0006ffc4002311fe04000503050000000000000000000001050000000000000000000001022b03040506312112010060"
        "400001dc500015166181e1ffda963d976c9335e69b77d7e66da71781a5571c7f1cea71e24b39d7e32253f21a69ded471"
        "4a38b482e84b892a71691ecd2d213bf1efb91a74aceea1d05bfebb3c02e03c5407b4bdd97b54e627fb6edf9460148262"
        "138db85298547828370589727960e432896fc3828ea7528cea208dbe78191f07ad7fffd9";
    std::string bytes;
    for (std::size_t k = 0; k < kHex.size(); k += 2)
        bytes += static_cast<char>(std::stoi(std::string(kHex.substr(k, 2)), nullptr, 16));
    return bytes;
}

}  // namespace

TEST_CASE("photographs: 16 bits are read as the same picture of 8 bits is, in every format") {
    const Value eight = pattern(255);
    const Value sixteen = [&](auto r, auto c, auto channel) { return 257 * eight(r, c, channel); };
    const Image grey = read(pnm("P5", 12, 17, 255, eight)), colour = read(pnm("P6", 12, 17, 255, eight));
    CHECK(grey.pixels[1] == static_cast<float>(eight(0, 1, 0)) / 255.0F);
    CHECK(read(Png{12, 17, 8, 0, 1, eight}.bytes()).pixels == grey.pixels);
    CHECK(read(Png{12, 17, 8, 2, 3, eight}.bytes()).pixels == colour.pixels);
    CHECK(read(pnm("P2", 12, 17, 255, eight)).pixels == grey.pixels);
    CHECK(read(pnm("P3", 12, 17, 255, eight)).pixels == colour.pixels);
    for (const std::string& bytes : {pnm("P5", 12, 17, 65535, sixteen), pnm("P2", 12, 17, 65535, sixteen),
                                     Png{12, 17, 16, 0, 1, sixteen}.bytes()})
        CHECK(read(bytes).pixels == grey.pixels);
    for (const std::string& bytes : {pnm("P6", 12, 17, 65535, sixteen), pnm("P3", 12, 17, 65535, sixteen),
                                     Png{12, 17, 16, 2, 3, sixteen}.bytes()}) {
        const Image image = read(bytes);
        REQUIRE(image.pixels.size() == colour.pixels.size());
        for (std::size_t p = 0; p < image.pixels.size(); ++p)  // rounding of the sum of three channels
            CHECK(image.pixels[p] == doctest::Approx(colour.pixels[p]).epsilon(1e-6));
    }
    // more than 8 bits say
    CHECK(read("P5 1 1 65535\n\x12\x34").pixels[0] == static_cast<float>(0x1234) / 65535.0F);
    CHECK(read("P5 1 1 1000\n\x01\xF4").pixels[0] == 0.5F);
    CHECK(read("P5 1 1 100\n\x32").pixels[0] == 0.5F);
    CHECK(read("P2 2 1 4 1 3").pixels == std::vector<float>{0.25F, 0.75F});
    CHECK(read("P5 1 1 255 # belongs to the pixels").pixels[0] == static_cast<float>('#') / 255.0F);
}

TEST_CASE("photographs: every kind of PNG") {
    const Value values = pattern(255);
    const Image grey = read(pnm("P5", 11, 13, 255, values)), colour = read(pnm("P6", 11, 13, 255, values));
    for (const bool is_interlaced : {false, true}) {
        CAPTURE(is_interlaced);
        const auto read_png = [&](int depth, int type, std::size_t n_channels, const Value& value,
                                  const std::string& before = "") {
            return read(Png{11, 13, depth, type, n_channels, value, is_interlaced, before}.bytes());
        };
        CHECK(read_png(8, 0, 1, values).pixels == grey.pixels);
        CHECK(read_png(8, 2, 3, values).pixels == colour.pixels);
        CHECK(read_png(8, 4, 2, values).pixels == grey.pixels);  // alpha is not looked at
        CHECK(read_png(8, 6, 4, values).pixels == colour.pixels);
        for (const int depth : {1, 2, 4}) {
            const unsigned most = (1U << depth) - 1;
            CHECK(read_png(depth, 0, 1, pattern(most)).pixels ==
                  read(pnm("P5", 11, 13, 255, [&](auto r, auto c, auto channel) {
                      return pattern(most)(r, c, channel) * (255 / most);
                  })).pixels);
        }
        const std::string palette = chunk("PLTE", std::string("\xFF\0\0\0\xFF\0\0\0\xFF\xFF\xFF\xFF", 12));
        const Image of_palette = read_png(2, 3, 1, pattern(3), palette + chunk("tRNS", "\x01"));
        constexpr std::array<float, 4> kLuma = {0.299F, 0.587F, 0.114F, 1.0F};
        for (std::size_t r = 0; r < 11; ++r)
            for (std::size_t c = 0; c < 13; ++c)
                CHECK(of_palette.row(r)[c] == doctest::Approx(kLuma[pattern(3)(r, c, 0)]));
    }
}

TEST_CASE("photographs are turned as EXIF says, before they are shrunk") {
    const Image plain = read(jpeg(9, 14)), shrunk_source = read(Png{9, 14, 8, 0, 1, pattern(255)}.bytes());
    REQUIRE(plain.height == 9);
    for (unsigned orientation = 1; orientation <= 8; ++orientation) {
        CAPTURE(orientation);
        for (const bool is_little : {false, true}) {
            const Image image = read(with_exif(jpeg(9, 14), exif(orientation, is_little)));
            const Image expected = turned(plain, orientation);
            CHECK(image.height == expected.height);
            CHECK(image.width == expected.width);
            CHECK(image.pixels == expected.pixels);
        }
        Png png{9, 14, 8, 0, 1, pattern(255), false, "", chunk("eXIf", exif(orientation, true))};
        const Image expected = turned(shrunk_source, orientation);
        CHECK(read(png.bytes()).pixels == expected.pixels);
        CHECK(read(png.bytes(), 2).pixels ==
              models::box_average(expected.height, expected.width, 2, [&](std::size_t r, std::size_t c) {
                  return expected.row(r)[c];
              }).pixels);
    }
    // what makes no sense turns nothing
    for (const std::string& wrong :
         {exif(0, true), exif(9, false), std::string("II*"), exif(6, true).substr(0, 25),
          std::string("II*\0\xFF\xFF\xFF\xFF", 8), std::string()})
        CHECK(read(with_exif(jpeg(9, 14), wrong)).pixels == plain.pixels);
}

TEST_CASE("photographs: what is damaged is said, and nothing is written past anything") {
    CHECK(contains(complaint(crafted_jpeg()), "is damaged, or no JPEG that can be read"));
    const std::string whole = jpeg(40, 60), png = Png{20, 30, 8, 0, 1, pattern(255)}.bytes();
    for (std::size_t n = 4; n + 2 < whole.size(); n += 13)
        CHECK(contains(complaint(whole.substr(0, n)), "is damaged, or no JPEG that can be read"));
    for (std::size_t n = 4; n < png.size(); n += 7)
        CHECK(contains(complaint(png.substr(0, n)), "is damaged, or no PNG that can be read"));
    std::string flipped = png;
    flipped[png.size() / 2] ^= 1;
    CHECK(contains(complaint(flipped), "is damaged, or no PNG that can be read"));

    CHECK(contains(complaint("P5 2 2 255\nabc"), "breaks off before its last pixel"));
    CHECK(contains(complaint("P5 2 2 256\nabcdefg"), "breaks off before its last pixel"));
    CHECK(contains(complaint("P2 2 2 255\n1 2 3"), "breaks off before its last pixel"));
    CHECK(contains(complaint("P2 2 2 255\n1 2 3 "), "breaks off before its last pixel"));
    CHECK(contains(complaint("P5 2"), "breaks off before its last pixel"));
    CHECK(contains(complaint("P5 2 -2 255\nabcd"), "its height is no number"));
    CHECK(contains(complaint("P5 2 2 0\nabcd"), "its greatest value must be in 1 to 65535, got 0"));
    CHECK(contains(complaint("P5 2 2 65536\nabcdabcd"), "must be in 1 to 65535, got 65536"));
    CHECK(contains(complaint("P5 0 2 255\n"), "it has no pixel"));
    CHECK(contains(complaint("P5 1 1 100\ne"), "a pixel has the value 101, greater than 100"));
    CHECK(contains(complaint("P2 1 1 100 101"), "a pixel has the value 101, greater than 100"));
    CHECK(contains(complaint("P2 99999999999999999999 1 1 1"), "its width is absurd"));
}

TEST_CASE("photographs: sizes are not believed") {
    std::string wide = jpeg(40, 60);
    const auto frame = wide.find(std::string("\xFF\xC0"));
    REQUIRE(frame != std::string::npos);
    wide.replace(frame + 5, 4, "\xFD\xE8\xFD\xE8");  // 65000 x 65000
    Png png{1, 1, 8, 0, 1, pattern(255)};
    png.value = [](auto...) { return 0U; };
    std::string large = png.bytes();
    large.replace(8, 25,
                  chunk("IHDR", big_endian(60000) + big_endian(60000) + std::string("\x08\0\0\0\0", 5)));
    for (const std::string& bytes :
         {wide, large, std::string("P5 60000 60000 255\n"), std::string("P2 1 4000000000 255\n"),
          std::string("P6 4294967295 4294967295 1\n")}) {
        const std::string said = complaint(bytes);
        CHECK_MESSAGE(contains(said, "px in"), said);
        CHECK(contains(said, "more than a photograph has"));
    }
}

TEST_CASE("photographs: what is not read is named") {
    const auto said = [](const std::string& bytes) {
        const std::string text = complaint(bytes),
                          start = "cannot be read as a JPEG, PNG, PGM or PPM image: it ";
        REQUIRE(text.starts_with(start));
        return text.substr(start.size());
    };
    CHECK(said("") == "is empty");
    CHECK(said("GIF89a...") == "is a GIF file");
    CHECK(said("BM....") == "is a BMP file");
    CHECK(said(std::string("MM\0*", 4)) == "is a TIFF file");
    CHECK(said("RIFF....WEBPVP8 ") == "is a WebP file");
    CHECK(said(std::string("\0\0\0\x1c"
                           "ftypheic",
                           12)) == "is a HEIC or AVIF file, or a film");
    CHECK(said("P4 1 1 x") == "is a PBM or PAM file");
    CHECK(said("MMxx") == "is no image that is known");
    CHECK(said("P") == "is no image that is known");
    const test::TempDir dir;
    REQUIRE(mkfifo(dir.file("pipe").c_str(), 0600) == 0);
    CHECK_THROWS_WITH_AS(models::read_photograph(dir.file("pipe"), 1),
                         (dir.file("pipe") + ": is no regular file").c_str(), sim::IoError);
}
