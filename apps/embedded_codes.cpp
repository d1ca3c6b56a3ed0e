#include "apps/embedded_codes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "analysis/report_codes.hpp"
#include "apps/compared_run.hpp"
#include "apps/decoded_codes.hpp"
#include "sim/error.hpp"
#include "sim/run_settings.hpp"

namespace apps {
namespace {

constexpr std::uint64_t kSeed = 1;              // as `striate decode` has it where none is given
constexpr std::size_t kMostPixels = 6'000'000;  // of a file, a byte each

/// Where a sense stands in the frame.
struct Part {
    analysis::ShownFrames shown;
    std::size_t first_pixel;
};

/// The senses that are present, or all that a stimulus without senses shows.
std::vector<Part> parts_of(const sim::Shows& shows) {
    if (shows.senses.empty()) return {{{"", shows.frame.height, shows.frame.width, {}}, 0}};
    std::vector<Part> parts;
    for (const sim::Sense& sense : shows.senses)
        if (sense.is_present)
            parts.push_back({{sense.name, sense.height, sense.width, {}}, sense.first_pixel});
    return parts;
}

/// Held-out frames of these numbers, the first for which there is room.
std::vector<analysis::ShownFrames> frames_of(const std::string& config, const std::string& path,
                                             const std::vector<std::uint32_t>& numbers) {
    const sim::RunSettings settings(sim::Params::parse(config, path));
    if (!settings.shows)
        throw sim::ConfigError(path + ": /provenance/config: must be of a run that shows frames");
    const auto stimulus = sim::make_stimulus(settings);
    std::vector<Part> parts = parts_of(*settings.shows);
    std::vector<float> frame(settings.shows->frame.height * settings.shows->frame.width);
    std::vector<double> ignored(stimulus->columns().size());
    const std::size_t n = std::min(numbers.size(), std::max<std::size_t>(1, kMostPixels / frame.size()));
    for (std::size_t k = 0; k < n; ++k) {
        stimulus->frame(sim::FrameSet::held_out, numbers[k], frame, ignored);
        for (auto& [shown, first] : parts) {
            const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(first);
            shown.pixels.insert(shown.pixels.end(), begin,
                                begin + static_cast<std::ptrdiff_t>(shown.height * shown.width));
        }
    }
    std::vector<analysis::ShownFrames> all;
    for (Part& part : parts) all.push_back(std::move(part.shown));
    return all;
}

std::vector<float> values(const decoding::Rows& points) {
    return {points.data(), points.data() + points.size()};
}

std::uint32_t n_active(const decoding::CodeSet& codes, std::size_t k) {
    const auto begin = codes.a.begin() + static_cast<std::ptrdiff_t>(k * codes.size);
    return static_cast<std::uint32_t>(std::count_if(begin, begin + static_cast<std::ptrdiff_t>(codes.size),
                                                    [](float a) { return a != 0.0F; }));
}

/// Index in its set of a file's frame; files of before format 5 have the first frames.
std::uint32_t number_of(const decoding::CodeSet& codes, std::size_t k) {
    return static_cast<std::uint32_t>(codes.frame.empty() ? k : codes.frame[k]);
}

analysis::EmbeddedCodes embedded(const DecodedCodes& of, const decoding::Codes& codes,
                                 const std::vector<std::size_t>& frames) {
    analysis::EmbeddedCodes all{.name = of.name,
                                .path = of.path,
                                .run = of.source,
                                .maker = of.maker,
                                .size = of.size,
                                .spikes = of.spikes,
                                .active = of.active,
                                .silhouette = of.separation.silhouette,
                                .purity = of.separation.purity,
                                .tsne_silhouette = of.embedding.of_tsne.silhouette,
                                .tsne_purity = of.embedding.of_tsne.purity,
                                .frame = {},
                                .label = {},
                                .fired = {},
                                .n_active = {},
                                .tsne = values(of.embedding.tsne),
                                .components = values(of.embedding.components),
                                .senses = {},
                                .why_no_frames = ""};
    for (std::size_t k = 0; k < of.embedding.label.size(); ++k) {
        all.frame.push_back(number_of(codes.held_out, frames[k]));
        all.label.push_back(static_cast<std::uint32_t>(codes.held_out.label[frames[k]]));
        all.fired.push_back(codes.held_out.spikes[frames[k]]);
        all.n_active.push_back(n_active(codes.held_out, frames[k]));
    }
    return all;
}

}  // namespace

void make_codes_report(const std::vector<std::string>& files, const std::filesystem::path& dir,
                       const std::optional<std::filesystem::path>& d3) {
    const auto names = names_of_files(files);
    std::vector<DecodedCodes> found;
    std::vector<analysis::EmbeddedCodes> all;
    for (std::size_t k = 0; k < files.size(); ++k) {
        const decoding::Codes codes = decoding::read_codes(files[k]);
        const decoding::Problem problem(codes, files[k], kSeed);
        tell_apart(found.emplace_back(described(names[k], files[k], codes)), problem);
        all.push_back(embedded(found.back(), codes, problem.held_out_frames()));
        try {
            all.back().senses = frames_of(codes.config, files[k], all.back().frame);
        } catch (const sim::Error& error) {
            all.back().why_no_frames = error.what();
        }
    }
    const auto draw = [&](const std::filesystem::path& figures) {
        return draw_embeddings(found, figures.string());
    };
    analysis::write_codes_report(all, dir, draw, d3);
}

}  // namespace apps
