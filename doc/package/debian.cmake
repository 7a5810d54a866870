# What the rules of Debian ask of a package beyond what `cmake --install` brings. Run by cpack before it packs.
set(USR ${CPACK_TEMPORARY_DIRECTORY}/usr)
set(HERE ${CMAKE_CURRENT_LIST_DIR})

configure_file(${HERE}/copyright ${USR}/share/doc/mplua/copyright COPYONLY)
configure_file(${HERE}/changelog ${USR}/share/doc/mplua/changelog COPYONLY)
file(CHMOD ${USR}/share/doc/mplua/copyright ${USR}/share/doc/mplua/changelog
     PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
execute_process(
    COMMAND gzip -9n ${USR}/share/doc/mplua/changelog ${USR}/share/man/man1/mplua.1
    COMMAND_ERROR_IS_FATAL ANY)
