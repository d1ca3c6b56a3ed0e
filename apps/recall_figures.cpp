#include "apps/recall_figures.hpp"

#include <algorithm>
#include <set>

#include "analysis/figures_linked.hpp"
#include "lab/recall.hpp"
#include "sim/senses.hpp"

namespace apps {
namespace {

/// Numbers of the first frame of each class.
std::vector<std::size_t> one_of_each_class(const std::vector<std::int32_t>& label) {
    std::vector<std::size_t> first;
    std::set<std::int32_t> seen;
    for (std::size_t k = 0; k < label.size(); ++k)
        if (seen.insert(label[k]).second) first.push_back(k);
    std::ranges::sort(first, {}, [&](std::size_t k) { return label[k]; });
    return first;
}

decoding::CodeSet chosen(const decoding::CodeSet& codes, const std::vector<std::size_t>& which) {
    decoding::CodeSet some{which.size(), codes.size, {}, {}, {}};
    for (const std::size_t k : which) {
        const auto row = codes.a.begin() + static_cast<std::ptrdiff_t>(k * codes.size);
        some.a.insert(some.a.end(), row, row + static_cast<std::ptrdiff_t>(codes.size));
        some.label.push_back(codes.label[k]);
        some.spikes.push_back(codes.spikes[k]);
    }
    return some;
}

/// Held-out frames in every sense, shown or not, stacked, (M, n).
Eigen::MatrixXf frames_of_all_senses(const sim::TrainedNetwork& trained,
                                     const std::vector<std::size_t>& which) {
    std::vector<sim::Sense> senses = trained.settings().shows->senses;
    for (sim::Sense& sense : senses) sense.is_present = true;
    const auto stimulus = sim::make_linked_stimulus(senses, trained.settings().seed);
    std::vector<double> ignored(stimulus->columns().size());
    Eigen::MatrixXf frames(static_cast<Eigen::Index>(senses.back().first_pixel + senses.back().size()),
                           static_cast<Eigen::Index>(which.size()));
    for (std::size_t k = 0; k < which.size(); ++k)
        stimulus->frame(
            sim::FrameSet::held_out, which[k],
            {frames.col(static_cast<Eigen::Index>(k)).data(), static_cast<std::size_t>(frames.rows())},
            ignored);
    return frames;
}

std::vector<float> values(const Eigen::MatrixXf& columns) {
    return {columns.data(), columns.data() + columns.size()};
}

/// What codes rebuild in every sense. frames: of all senses, or of no size
analysis::RebuiltFrames rebuilt(const sim::TrainedNetwork& trained, const decoding::CodeSet& codes,
                                const Eigen::MatrixXf& frames) {
    const sim::TeachingSettings& teaching = trained.population().codes->teaching;
    analysis::RebuiltFrames all{codes.label, codes.a, teaching.has_blocks() ? teaching.block : 0, {}};
    const std::vector<lab::Recalled> recalled = lab::recall(trained, codes, true);
    for (std::size_t m = 0; m < recalled.size(); ++m) {
        const sim::Sense& sense = trained.settings().shows->senses[m];
        Eigen::MatrixXf own;
        if (frames.size() > 0)
            own = frames.middleRows(static_cast<Eigen::Index>(sense.first_pixel),
                                    static_cast<Eigen::Index>(sense.size()));
        all.senses.push_back({sense.name, sense.height, sense.width, sense.is_present, values(own),
                              values(recalled[m].rebuilt), recalled[m].named});
    }
    return all;
}

}  // namespace

void draw_recall_figures(const sim::TrainedNetwork& trained, const decoding::CodeSet& codes,
                         const std::string& dir) {
    const std::vector<std::size_t> which = one_of_each_class(codes.label);
    analysis::draw_recall(rebuilt(trained, chosen(codes, which), frames_of_all_senses(trained, which)), dir);
    if (trained.population().codes->teaching.has_blocks())
        analysis::draw_driven_blocks(rebuilt(trained, lab::drive_blocks(trained), {}), dir);
}

}  // namespace apps
