// The GLIF models of the Allen Institute: as NEST has them, and as the Cell Types Database does.
#pragma once
#include "sonata/nest_models.hpp"

namespace sonata {

/// nest:glif_psc, and the names under which the Brain Modeling Toolkit takes the database's files: glif_lif_psc, ...
std::map<std::string, NestModel> glif_models();

}  // namespace sonata
