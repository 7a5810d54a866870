# What `cmake --install` brings where, and the Debian package that `cpack` makes of it. Included by CMakeLists.txt.
include(GNUInstallDirs)

set(HERE ${CMAKE_SOURCE_DIR}/doc/package)
install(TARGETS mplua)
install(FILES doc/mplua.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES doc/completion/mplua.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME mplua)
install(FILES doc/completion/_mplua DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES doc/completion/mplua.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY lua/meta DESTINATION ${CMAKE_INSTALL_DATADIR}/mplua)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY doc/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/doc FILES_MATCHING PATTERN "*.md" PATTERN "*.svg"
        PATTERN api EXCLUDE PATTERN completion EXCLUDE PATTERN package EXCLUDE)
install(DIRECTORY scripts/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
        PATTERN bench EXCLUDE PATTERN api EXCLUDE)

# The documents name the examples as they are called in the sources.
file(CREATE_LINK examples ${CMAKE_BINARY_DIR}/scripts SYMBOLIC)
install(FILES ${CMAKE_BINARY_DIR}/scripts DESTINATION ${CMAKE_INSTALL_DOCDIR})

add_custom_target(uninstall
    COMMAND ${CMAKE_COMMAND} -D MANIFEST=${CMAKE_BINARY_DIR}/install_manifest.txt -P ${HERE}/uninstall.cmake)

# ---- the package ----

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "the mplua authors <maintainers@mplua.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Lua 5.4 that runs Lua functions in real processes")
set(CPACK_PACKAGE_DESCRIPTION
"Processes, pools, queues, pipes, locks, shared tables and more over one
shared memory, as Python's multiprocessing offers them. Any process may be
killed at any moment: what is shared stays whole, and the others go on.
.
Specs of busted run under it, too.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION interpreters)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4, lua-dkjson")   # which are loaded when they are asked for
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "lua-busted")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${HERE}/debian.cmake)
include(CPack)
