#include "sim/stop.hpp"

#include "sim/error.hpp"

namespace sim {

void throw_interrupted() { throw Interrupted("interrupted"); }

}  // namespace sim
