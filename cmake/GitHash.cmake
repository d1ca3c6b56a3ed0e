# The commit a run was made with, for its provenance. Taken when the project is configured.
execute_process(
    COMMAND git describe --always --dirty --abbrev=12
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    OUTPUT_VARIABLE STRIATE_GIT_HASH
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET)
if(NOT STRIATE_GIT_HASH)
    set(STRIATE_GIT_HASH "unknown")
endif()
