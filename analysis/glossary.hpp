// What numbers of neurons and networks are called, mean and come from, for pages.
#pragma once
#include <span>
#include <string_view>

namespace analysis {

/// One number, by the name that files have it under.
struct Term {
    const char* name;        // "circular_variance"
    const char* label;       // "Circular variance"
    const char* group;       // "Orientation"
    const char* definition;  // a sentence or two, plain text
    const char* source;      // of the definition: a paper; "" where it is ours
};

/// All that are known, group by group, in the order in which a reader wants them.
std::span<const Term> glossary();

/// The one of this name; nullptr if it is not known.
const Term* find_term(std::string_view name);

}  // namespace analysis
