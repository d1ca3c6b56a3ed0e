# Warnings ride on a target, so that nothing of ours leaks into other people's headers.
add_library(striate_warnings INTERFACE)
target_compile_options(striate_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(STRIATE_WERROR)
    target_compile_options(striate_warnings INTERFACE -Werror)
endif()
