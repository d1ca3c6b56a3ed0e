# Code that waits for files and people is compiled with less effort: half the time to build it.
function(striate_is_cold target)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1> $<$<CONFIG:RelWithDebInfo>:-O0>)
endfunction()
