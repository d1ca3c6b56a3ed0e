// What an accuracy is of: a classifier of the test's own, whose accuracies say which frames it was given.
#include <doctest/doctest.h>

#include "decoding/classifiers.hpp"

namespace {

using doctest::Approx;

/// n frames of one neuron, of two classes in turn.
decoding::CodeSet frames(std::size_t n) {
    decoding::CodeSet set{n, 1, {}, {}, {}};
    for (std::size_t k = 0; k < n; ++k) {
        set.a.push_back(static_cast<float>(k % 2));
        set.label.push_back(static_cast<std::int32_t>(k % 2));
        set.spikes.push_back(0);
    }
    return set;
}

/// Classes of two, right in the first n frames alone.
decoding::Found right_in_the_first(const decoding::Samples& tested, std::size_t n) {
    decoding::Found found;
    for (std::size_t k = 0; k < tested.n(); ++k)
        found.push_back(k < n ? tested.label[k] : 1 - tested.label[k]);
    return found;
}

}  // namespace

TEST_CASE("accuracy is of held-out frames, by the setting that was best on the validation frames") {
    constexpr std::size_t kTraining = 60, kHeldOut = 22;
    const decoding::Problem problem({"run", "spikes", "", 1, frames(kTraining), frames(kHeldOut)}, "codes.h5",
                                    1);
    struct Asked {
        std::size_t training, tested, settings;
    };
    std::vector<Asked> asked;
    const decoding::Classifier classifier{
        "own",
        "own",
        {"C"},
        {{1.0}, {2.0}, {3.0}},
        1000,
        [&asked](const auto& training, const auto& tested, auto settings) {
            asked.push_back({training.n(), tested.n(), settings.size()});
            std::vector<decoding::Found>
                all;  // right: 2, 9, 4 of the 10 validation frames; then 11 held-out ones
            for (const auto& setting : settings)
                all.push_back(right_in_the_first(tested, tested.n() != 10         ? 11
                                                         : setting.front() == 2.0 ? 9
                                                         : setting.front() == 1.0 ? 2
                                                                                  : 4));
            return all;
        }};
    const auto decoded = decoding::decode(classifier, problem);
    CHECK(decoded.setting == decoding::Setting{2.0});
    CHECK(decoded.validation == 0.9);
    CHECK(decoded.accuracy == Approx(0.5));
    CHECK(decoded.found == right_in_the_first(problem.held_out(), 11));
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].training == 50);  // a sixth of 60 is kept for validation
    CHECK(asked[0].tested == 10);
    CHECK(asked[0].settings == 3);
    CHECK(asked[1].training == kTraining);
    CHECK(asked[1].tested == kHeldOut);
    CHECK(asked[1].settings == 1);
}

TEST_CASE("accuracy is the fraction of frames whose class was found") {
    const std::vector<std::int32_t> label{0, 1, 2, 1, 0}, found{0, 1, 1, 1, 1};
    CHECK(decoding::accuracy(found, label) == Approx(0.6));
}
