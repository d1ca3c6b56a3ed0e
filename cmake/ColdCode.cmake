# Code that waits for files and people is compiled with less effort, for a shorter build.
function(striate_is_cold target)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1> $<$<CONFIG:RelWithDebInfo>:-O0>)
endfunction()
