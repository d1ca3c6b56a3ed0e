# Files of a target are compiled several at a time, so that headers and the templates that they share cost once and not
# once for each (docs/decisions/0021-time-of-a-build.md). Names in anonymous namespaces are unique within a target,
# therefore. The preset `dev` compiles each file alone, as an editor does, and so sees an include that is missing.
#
# striate_in_batches(TARGET [FILE...]): but for these files, the kernels that decide how fast a run is. The code that is
# made of them shall not depend on their neighbours.
option(STRIATE_UNITY "Compile several files at a time" ON)
function(striate_in_batches target)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${STRIATE_UNITY} UNITY_BUILD_BATCH_SIZE 14)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
