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
            std::vector<double> all;  // validation: 0.2, 0.9, 0.4; afterwards 0.01 a held-out frame
            for (const auto& setting : settings)
                all.push_back(tested.n() != 10         ? 0.01 * static_cast<double>(tested.n())
                              : setting.front() == 2.0 ? 0.9
                                                       : 0.1 + 0.1 * setting.front());
            return all;
        }};
    const auto decoded = decoding::decode(classifier, problem);
    CHECK(decoded.setting == decoding::Setting{2.0});
    CHECK(decoded.validation == 0.9);
    CHECK(decoded.accuracy == Approx(0.22));
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
