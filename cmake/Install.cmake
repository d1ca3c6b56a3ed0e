# What `cmake --install` and `make deb` put where (docs/install.md): the program, its configs, manual page and completion, and the
# Python package where it is built.
include(GNUInstallDirs)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/striate FILES_MATCHING PATTERN *.yaml)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/striate RENAME copyright)

find_program(STRIATE_PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(GZIP gzip)
if(STRIATE_PYTHON3)  # completion, of what the program says of itself
    set(words)
    foreach(shell bash zsh fish)
        set(file ${PROJECT_BINARY_DIR}/completion.${shell})
        add_custom_command(OUTPUT ${file}
            COMMAND ${STRIATE_PYTHON3} ${PROJECT_SOURCE_DIR}/setup/completion ${shell} $<TARGET_FILE:striate> > ${file}
            DEPENDS striate ${PROJECT_SOURCE_DIR}/setup/completion VERBATIM)
        list(APPEND words ${file})
    endforeach()
    add_custom_target(completion ALL DEPENDS ${words})
    # Where each shell looks, and under which name.
    install(FILES ${PROJECT_BINARY_DIR}/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
            RENAME striate OPTIONAL)
    install(FILES ${PROJECT_BINARY_DIR}/completion.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _striate
            OPTIONAL)
    install(FILES ${PROJECT_BINARY_DIR}/completion.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
            RENAME striate.fish OPTIONAL)
endif()
if(STRIATE_PYTHON3 AND GZIP)  # the page is what the program says of itself
    set(page ${PROJECT_BINARY_DIR}/striate.1)
    add_custom_command(OUTPUT ${page}.gz
        COMMAND ${STRIATE_PYTHON3} ${PROJECT_SOURCE_DIR}/setup/man-page $<TARGET_FILE:striate> > ${page}
        COMMAND ${GZIP} -9nf ${page}
        DEPENDS striate ${PROJECT_SOURCE_DIR}/setup/man-page VERBATIM)
    add_custom_target(man_page ALL DEPENDS ${page}.gz)
    install(FILES ${page}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)  # where it has been made
endif()

if(TARGET striate_python)  # where Debian's Python looks; the module is for one version of it
    execute_process(COMMAND ${STRIATE_PYTHON3} -c "import sys; print('3.%d;3.%d' % (sys.version_info[1], sys.version_info[1] + 1))"
                    OUTPUT_VARIABLE versions OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    list(GET versions 0 this_python)
    list(GET versions 1 next_python)
    set(python_folder lib/python3/dist-packages/striate)
    install(TARGETS striate_python LIBRARY DESTINATION ${python_folder} OPTIONAL)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/python/striate/ DESTINATION ${python_folder}
            FILES_MATCHING PATTERN *.py PATTERN *.pyi PATTERN py.typed)
    set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3 (>= ${this_python}), python3 (<< ${next_python}), python3-numpy, gnuplot-nox, node-d3")
    set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3-matplotlib")
else()
    set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox, node-d3")
endif()

# For C++ programs of one's own (examples/own_neuron): headers, libraries, find_package(striate). Not in the Debian package.
include(CMakePackageConfigHelpers)
set(cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/striate)
install(TARGETS striate_warnings sim_io sim models EXPORT striate COMPONENT development
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/striate OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR}/striate)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/sim ${PROJECT_SOURCE_DIR}/models DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/striate
        COMPONENT development FILES_MATCHING PATTERN *.hpp)
install(EXPORT striate FILE striate-targets.cmake NAMESPACE striate:: DESTINATION ${cmake_folder} COMPONENT development)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/striate-config.cmake.in ${PROJECT_BINARY_DIR}/striate-config.cmake
                              INSTALL_DESTINATION ${cmake_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/striate-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/striate-config.cmake ${PROJECT_BINARY_DIR}/striate-config-version.cmake
        DESTINATION ${cmake_folder} COMPONENT development)

# The same by pkg-config, for other build systems, which take archives better than objects.
add_library(striate_models STATIC $<TARGET_OBJECTS:models>)
set_target_properties(striate_models PROPERTIES LINKER_LANGUAGE CXX)
install(TARGETS striate_models COMPONENT development ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/striate)
file(RELATIVE_PATH to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
set(of_ranks)
if(STRIATE_MPI)
    set(of_ranks " ompi-c")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/striate.pc.in ${PROJECT_BINARY_DIR}/striate.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/striate.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};striate;Unspecified;/")
set(CPACK_PACKAGE_NAME striate)
set(CPACK_PACKAGE_CONTACT "The Striate authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "spiking sparse coding on a sheet of primary visual cortex")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
