// How far a model is from macaque V1.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/property.hpp"
#include "analysis/statistics.hpp"
#include "analysis/tuning.hpp"
#include "analysis/v1_reference.hpp"

namespace analysis {

/// One property of a model's neurons beside a `Reference`. What a model without neurons to compare has no
/// number for is NaN.
struct Comparison {
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();

    std::string property, citation;
    Interval ks, wasserstein;  // Wasserstein-1 in units of the property; bootstrap over blocks of the sheet
    double median_model, median_macaque;  // in the units of each; NaN of a circular property
    double ceiling;                       // Kolmogorov-Smirnov distance expected of n macaque cells
    std::size_t n;                        // neurons compared
    double n_effective =
        static_cast<double>(n);             // independent ones that tell as much, see `effective_number`
    std::string reference = {};             // its name: "circular_variance_simple"
    std::string cells = "all";              // "all", "simple", ...
    std::string units = "1";                // of the property and of the macaque's median
    std::size_t n_macaque = 0;              // cells
    Interval similarity{none, none, none};  // see `resampled_similarity`, of n_macaque neurons
    Interval similarity_ceiling{none, none, none};  // that of the macaque with itself
    double p_value = none;  // of so great a distance were both drawn from one distribution, see `ks_p_value`
    bool scaled = false;    // both sides were divided by their medians, and distances are in units of these
};

/// The sheet the neurons are on, row by row; none: 0.
struct SheetSize {
    std::size_t rows = 0, cols = 0;
};

/// Every property of a model beside every reference of the same property, those of `v1_references` first,
/// then `more`; references of a single number (n = 0) are left out.
///
/// - References of simple (complex) cells are for the neurons of F1/F0 > 1 (<= 1), and are left out
///   if "F1_F0" is not among the properties.
/// - A circular property is cut where the first bin of the reference begins, and distances are along
///   the line.
/// - The median by which a scaled property is divided counts as known: intervals and p are those of the shape
///   alone, and p is too high.
/// - Similarity is read in the bins of the reference, or in ten of a tenth of its cells each if it has none.
///
/// - Neighbours are alike: intervals are from resamples of blocks of 8 x 8 places, and p is that of the effective number
///   of neurons. Of properties of other numbers of neurons than there are places each neuron counts.
///
/// seed     resamples of every property are the same
/// throws   sim::Error if lengths differ
/// source   Marques, Schrimpf & DiCarlo (2021), for the similarity and its ceiling
std::vector<Comparison> compare_with_v1(std::span<const Property> properties, std::uint64_t seed,
                                        const SheetSize& sheet = {}, std::span<const Reference> more = {});

/// What `Tuning` measures, as properties, NaN where a neuron does not respond.
std::vector<Property> properties(const Tuning& tuning);

/// What other views of the same cells are held against, beside the table of `compare_with_v1`.
inline constexpr std::array<std::string_view, 4> kBesideMacaque{"circular_variance", "half_bandwidth",
                                                                "orth_pref", "F1_F0"};
/// Before the names of these properties where gratings drift.
inline const std::string kOfDrift = "drift_";

/// How far cells are from all cells of the macaque.
struct Distance {
    std::string property;  // of kBesideMacaque
    double ks;
    std::size_t n;  // neurons
};

/// Of neurons whose field a Gabor function explains, those with an nx, which have learned something: a match that rests
/// on fields of noise shows here. Empty if no shapes are among the properties.
std::vector<Distance> compare_learned(std::span<const Property> properties);
/// Of all neurons under gratings that drift. Empty if these were not shown.
std::vector<Distance> compare_drift(std::span<const Property> properties);

/// Fewer neurons say too little of a distribution to be scored.
inline constexpr std::size_t kFewestNeurons = 20;

/// Whether some neurons have the property, but too few.
bool has_too_few(const Comparison& comparison);

/// Mean over properties of similarity / its ceiling, the ratio at most 1. Of a property all its references of
/// all cells count the same. A property that was looked for and that no neuron has counts 0; one that too few
/// have is left out. NaN without any.
double overall_score(std::span<const Comparison> comparisons);

/// Shapes of a model's receptive fields beside those of macaque V1.
struct ShapeComparison {
    std::string citation;
    Interval kl;     // divergence of the model from the macaque [nats], bootstrap over neurons
    double ceiling;  // to be expected of n cells of the macaque itself
    std::size_t n;   // neurons with a shape
};

/// `kl_divergence`, KL(macaque || model), of the joint counts of nx and ny in the bins of `v1_shapes`; a
/// shape beyond them counts in the bin at the rim.
///
/// nx, ny   shape (N), NaN where a neuron has none (its fit is poor)
/// throws   sim::Error if the lengths differ
ShapeComparison compare_shapes(std::span<const double> nx, std::span<const double> ny, std::uint64_t seed);

}  // namespace analysis
