#include "lab/recall.hpp"

#include <algorithm>

#include "sim/error.hpp"
#include "sim/parallel.hpp"

namespace lab {
namespace {

constexpr std::size_t kPrototypeFrames = 10000;

/// Mean frame of each class over the first training frames, all senses stacked, (M, classes).
Eigen::MatrixXf class_means(const sim::RunSettings& settings) {
    std::vector<sim::Sense> senses = settings.shows->senses;
    for (sim::Sense& sense : senses) sense.is_present = true;
    const auto stimulus = sim::make_linked_stimulus(senses, settings.seed);
    const std::size_t in_set = stimulus->n_frames(sim::FrameSet::training),
                      n = in_set == 0 ? kPrototypeFrames : std::min(in_set, kPrototypeFrames),
                      M = senses.back().first_pixel + senses.back().size();
    std::vector<int> label(n);
    for (std::size_t k = 0; k < n; ++k) label[k] = stimulus->label(sim::FrameSet::training, k);
    const int n_classes = 1 + *std::ranges::max_element(label);
    if (std::ranges::min(label) < 0)
        throw sim::ConfigError("recall: the frames of the first sense must have labels");
    Eigen::MatrixXf means = Eigen::MatrixXf::Zero(static_cast<Eigen::Index>(M), n_classes);
    sim::parallel_for(0, n_classes, [&](int which) {
        std::vector<float> pixels(M);
        std::vector<double> ignored(stimulus->columns().size());
        std::size_t n_of_class = 0;
        for (std::size_t k = 0; k < n; ++k) {
            if (label[k] != which) continue;
            ++n_of_class;
            stimulus->frame(sim::FrameSet::training, k, pixels, ignored);
            means.col(which) += Eigen::Map<const Eigen::VectorXf>(pixels.data(), means.rows());
        }
        means.col(which) /= static_cast<float>(std::max<std::size_t>(n_of_class, 1));
    });
    return means;
}

/// Prototype of the largest cosine with each frame; the first where a frame is zero.
std::vector<std::size_t> nearest(const Eigen::MatrixXf& prototypes, const Eigen::MatrixXf& frames) {
    const Eigen::MatrixXf likeness = prototypes.colwise().normalized().transpose() * frames;
    std::vector<std::size_t> named(static_cast<std::size_t>(frames.cols()));
    for (Eigen::Index k = 0; k < frames.cols(); ++k) {
        Eigen::Index best = 0;
        likeness.col(k).maxCoeff(&best);
        named[static_cast<std::size_t>(k)] = static_cast<std::size_t>(best);
    }
    return named;
}

}  // namespace

std::vector<Recalled> recall(const sim::TrainedNetwork& trained, const decoding::CodeSet& codes,
                             bool of_all_senses) {
    const std::vector<sim::Sense>& senses = trained.settings().shows->senses;
    if (senses.size() < 2) throw sim::ConfigError("recall: must be of a run of several senses");
    const Eigen::MatrixXf means = class_means(trained.settings());
    const auto N = static_cast<Eigen::Index>(codes.size);
    const Eigen::Map<const Eigen::MatrixXf> a(codes.a.data(), N, static_cast<Eigen::Index>(codes.n));
    std::vector<Recalled> all;
    for (const sim::Sense& sense : senses) {
        if (sense.is_present && !of_all_senses) continue;
        const auto M = static_cast<Eigen::Index>(sense.size());
        const auto fields = sim::fields_of(sense, trained.learned, trained.network().fields().pixels());
        const Eigen::Map<const Eigen::MatrixXf> Phi(fields.data(), M, N);
        const Eigen::MatrixXf prototypes = means.middleRows(static_cast<Eigen::Index>(sense.first_pixel), M);
        const Eigen::MatrixXf rebuilt = Phi * a;
        all.push_back(
            {sense.name, sense.height, sense.width, prototypes, rebuilt, nearest(prototypes, rebuilt)});
    }
    return all;
}

double share_right(const std::vector<std::size_t>& named, const std::vector<std::int32_t>& label) {
    std::size_t right = 0;
    for (std::size_t k = 0; k < named.size(); ++k)
        right += static_cast<std::int64_t>(named[k]) == label[k] ? 1 : 0;
    return static_cast<double>(right) / static_cast<double>(named.size());
}

decoding::CodeSet drive_blocks(const sim::TrainedNetwork& trained) {
    const std::uint32_t p = trained.number;
    const std::size_t N = trained.population().size;
    sim::TeachingSettings teaching = trained.population().codes->teaching;
    teaching.current = 1.0, teaching.until = 1.0;
    const std::size_t n = N / teaching.block;
    decoding::CodeSet result;
    result.n = n, result.size = N;
    for (std::size_t k = 0; k < n; ++k) result.label.push_back(static_cast<int>(k));
    const sim::Shows& shows = *trained.settings().shows;
    const auto M = static_cast<Eigen::Index>(shows.frame.height * shows.frame.width);
    sim::Batch batch = trained.shown.pose(
        {0, Eigen::MatrixXf::Zero(M, static_cast<Eigen::Index>(n)), {}, {}, std::vector<int>(n, -1)});
    batch.drives[p].setZero();
    sim::inject(teaching, 0, 1, result.label, batch.drives[p]);
    sim::Lanes lanes = trained.shown.lanes(shows.presentation.still(), n);
    trained.shown.show(lanes, batch, 0);
    const Eigen::MatrixXf& codes = batch.codes[p];
    result.a.assign(codes.data(), codes.data() + codes.size());
    for (std::size_t k = 0; k < n; ++k) result.spikes.push_back(lanes.n_spikes(p, k));
    return result;
}

}  // namespace lab
