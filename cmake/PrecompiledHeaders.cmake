# Where each file is compiled alone, headers of the standard library and of the libraries that files include are read once,
# not once for each file (docs/decisions/0021-time-of-a-build.md). None of them is ours, so that a change here compiles no
# more than what it is seen by. Files still include what they use.
set(STRIATE_PRECOMPILED
    <algorithm> <array> <atomic> <chrono> <cmath> <complex> <cstring> <deque> <filesystem> <functional> <map> <memory>
    <mutex> <numbers> <numeric> <optional> <set> <span> <sstream> <string> <string_view> <tuple> <utility> <vector>
    <Eigen/Core> <Random123/philox.h> <fmt/format.h> <fmt/ranges.h> <tbb/cache_aligned_allocator.h> <tbb/parallel_for.h>)

# Makes the headers of a target; others of the same compile options may use them.
function(striate_makes_precompiled target)
    target_link_libraries(${target} PRIVATE Eigen3::Eigen fmt::fmt TBB::tbb)
    target_precompile_headers(${target} PRIVATE ${STRIATE_PRECOMPILED} ${ARGN})
endfunction()

# One for what is compiled for speed, one for what is not (ColdCode.cmake). Batches of files (UnityBuild.cmake) have no use
# for them: to load 170 MB costs as much as reading the headers.
if(NOT STRIATE_UNITY)
    foreach(name precompiled precompiled_cold)
        add_library(${name} OBJECT ${CMAKE_CURRENT_LIST_DIR}/precompiled.cpp)
        target_link_libraries(${name} PRIVATE striate_warnings)
        striate_makes_precompiled(${name})
    endforeach()
    striate_is_cold(precompiled_cold)
endif()
function(striate_uses_precompiled target name)
    if(NOT STRIATE_UNITY)
        target_precompile_headers(${target} REUSE_FROM ${name})
    endif()
endfunction()
