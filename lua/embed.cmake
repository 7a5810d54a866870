# Writes the Lua files FILES (paths below DIR) as C into OUT; src/bind/chunks.h declares what it defines.
# cmake -D DIR=lua -D "FILES=mp/init.lua;mp/pool.lua" -D OUT=chunks.c -P embed.cmake
set(arrays "")
set(rows "")
set(n 0)
foreach(file IN LISTS FILES)
    file(READ ${DIR}/${file} hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "(/init)?\\.lua$" "" name ${file})
    string(REPLACE "/" "." name ${name})
    string(APPEND arrays "static const unsigned char chunk_${n}[] = {${bytes}0};\n")
    string(APPEND rows "    {\"${name}\", \"=${file}\", (const char *)chunk_${n}, ${size}},\n")
    math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "#include \"bind/chunks.h\"\n\n${arrays}
const struct lmp_chunk lmp_chunks[] = {\n${rows}    {0},\n};\n")
