// Which program this is. A new commit compiles this file alone anew.
#include "sim/provenance.hpp"

namespace sim {

std::string striate_version() { return STRIATE_VERSION; }
std::string git_hash() { return STRIATE_GIT_HASH; }

}  // namespace sim
