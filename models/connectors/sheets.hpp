// What connectors between sheets ask of them.
#pragma once
#include "sim/connector.hpp"

namespace models {

/// throws ConfigError at `block` unless both populations are on sheets with like boundaries
inline void check_sheets(const sim::Params& block, const sim::Connector::Context& context) {
    const auto *source = context.source_sheet, *target = context.target_sheet;
    if (!source || !target || source->boundary() != target->boundary())
        block.fail_here("between populations on sheets with like boundaries",
                        source && target ? "boundaries that differ" : "a population without sheet");
}

}  // namespace models
