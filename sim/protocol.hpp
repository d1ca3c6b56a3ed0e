// A test of the laboratory that is a file of its own (lab/protocols): `analysis.tests` names it, its block
// `analysis.NAME` has its keys, and what it records goes to /protocols/NAME of the analysis.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/named_array.hpp"
#include "sim/registry.hpp"

namespace sim {

struct TrainedNetwork;

class Protocol {
  public:
    struct Context {
        const TrainedNetwork& trained;
        std::uint32_t test;  // keeps its noise apart from that of other tests (lab/show.hpp)
    };
    virtual ~Protocol() = default;

    /// Shows what it has to show. Same network and settings, same bits.
    virtual std::vector<NamedArray> record() const = 0;
};

template <class Component>
using RegisterProtocol = Register<Protocol, Component>;

}  // namespace sim
