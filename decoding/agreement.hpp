// How well groups that were found agree with classes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace decoding {

/// Fraction of points whose group is matched with their class, under the best matching of groups and classes one to one;
/// groups or classes that are too many are matched with nothing. group, label: (n), from 0. O((groups + classes)^3)
///
/// source   Kuhn (1955), Nav Res Logist Q 2:83
double matched_accuracy(std::span<const std::int32_t> group, std::span<const std::int32_t> label);

/// Mutual information of group and label divided by the mean of their entropies: 1 if each tells the other, 0 if they
/// are independent, or all points are in one group or of one class.
///
/// source   Vinh, Epps & Bailey (2010), JMLR 11:2837 (NMI_sum)
double normalised_information(std::span<const std::int32_t> group, std::span<const std::int32_t> label);

/// How far each atom's activity is of one class.
struct Specialisation {
    double index;                 // I(class; atom) / H(class) of a unit of activity; 0 to 1
    double chance;                // mean of the index over permutations of the labels
    double p;                     // (1 + permutations whose index is at least as great) / (1 + permutations)
    std::vector<double> of_atom;  // 1 - H(class | atom) / H(class); NaN of one that is silent
};

/// A class is drawn evenly, of it a unit of activity: how much does the atom that it is of tell about the class?
/// a: (n, N), row-major, of any sign, of which the amount counts; label: (n) from 0. NaN where fewer than two classes
/// have activity. Permutation r draws from sim::Stream(seed, Purpose::analysis, r). O(permutations x active), on all
/// cores, the same bits whatever their number
///
/// source   permutation test: Fisher (1935); p of sampled permutations: Phipson & Smyth (2010)
Specialisation specialisation(std::span<const float> a, std::span<const std::int32_t> label,
                              std::size_t n_permutations, std::uint64_t seed);

}  // namespace decoding
