#include "models/stimuli/shown_digit.hpp"

#include <fmt/format.h>

namespace models {

ShownDigit::ShownDigit(const sim::Params& p, const sim::Stimulus* leader) : params_(p), leader_(leader) {
    for (const auto set : {sim::FrameSet::training, sim::FrameSet::held_out}) (*this)(set, 0);
}

int ShownDigit::operator()(sim::FrameSet set, std::uint64_t index) const {
    if (leader_ == nullptr) return static_cast<int>(index % kDigits);
    const int label = leader_->label(set, index);
    if (label < 0 || label >= kDigits)
        params_.fail_here("shown beside a first sense whose frames are labelled 0 to 9",
                          label < 0 ? "frames without labels" : fmt::format("a frame labelled {}", label));
    return label;
}

std::uint64_t ShownDigit::period(sim::FrameSet set) const {
    return leader_ == nullptr ? kDigits : leader_->n_frames(set);
}

}  // namespace models
