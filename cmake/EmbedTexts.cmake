# Text files as constants of a C++ source, so that a program holds them.
#
# striate_embeds(TARGET NAMESPACE NAME FILE...): const std::string_view NAMESPACE::NAME is the files, one after the other.
function(striate_embeds target namespace name)
    list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    add_custom_command(OUTPUT ${source}
        COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DSOURCE=${source} -DNAMESPACE=${namespace} -DNAME=${name}
                -P ${PROJECT_SOURCE_DIR}/cmake/embed_texts.cmake
        DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_texts.cmake VERBATIM)
    target_sources(${target} PRIVATE ${source})
    set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
endfunction()
