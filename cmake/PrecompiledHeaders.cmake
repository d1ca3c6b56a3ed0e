# Headers that most files of a target include are read once for the target, not once for each file: a quarter of a
# build from scratch. Files still include what they use.
function(striate_precompile target)
    target_precompile_headers(${target} PRIVATE <algorithm> <cmath> <functional> <memory> <optional> <span> <string>
                                                <vector> <fmt/format.h> ${ARGN})
endfunction()
