# What ./dev lint checks. Read by dev, after run.sh.
# shellcheck shell=sh
# shellcheck disable=SC2154 # build and llvm are dev's

# check LABEL COMMAND...: one test that prints what it has to complain about
check()
{
    label=$1
    shift
    if output=$("$@" 2>&1); then
        tally "$label" 1 0
    else
        printf '%s\n' "$output"
        tally "$label" 0 1
    fi
}

# none TEXT: complains when its input has lines
none()
{
    found=$(cat)
    [ -z "$found" ] || { printf '%s:\n%s\n' "$1" "$found" && return 1; }
}

lint_format() { c_files -print0 | xargs -0 -r "clang-format-$llvm" --dry-run -Werror; }

lint_tidy()
{
    configure "$build" &&
        find src spec/core -name '*.c' -print0 | xargs -0 -r -n 1 -P "$(nproc)" "clang-tidy-$llvm" --quiet -p "$build"
}

lint_cppcheck()
{
    cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,performance,portability -j "$(nproc)" \
        -I src src spec
}

lint_syntax() { for file in dev spec/*.sh; do sh -n "$file" || return; done; }

lint_layers()
{
    {
        grep -rnE '#[[:space:]]*include.*(lua|"[^"]*/)' src/core
        grep -rnE '#[[:space:]]*include[[:space:]]*[<"](lua|lualib|lauxlib)\.h' src | grep -v '^src/bind/lmp\.h:'
    } | none "the core includes only its own, and only bind/lmp.h Lua's headers"
}

lint_lengths()
{
    find src lua scripts -name '*.[ch]' -o -name '*.lua' | while read -r file; do
        case $file in
        */codec*) most=600 ;;
        *) most=300 ;;
        esac
        awk -v most=$most 'END { if (NR > most) print FILENAME ": " NR " lines, at most " most }' "$file"
    done | none "too long"
}

# What is no row of CMakeLists.txt is never built, embedded or tested.
lint_rows()
{
    {
        find src -name '*.c'
        (cd lua && find mp -name '*.lua')
        (cd spec/core && find . -name '*_test.c' | sed 's,./\(.*\)_test.c,\1,')
    } | while read -r row; do
        grep -qE "(^|[[:space:]])$row([[:space:])]|\$)" CMakeLists.txt || echo "$row"
    done | none "no row in CMakeLists.txt"
}

lint_paths()
{
    grep -rnE "(^|[[:space:]\"'\`(])\\.\\./" src lua scripts spec doc README.md CMakeLists.txt .ci dev |
        none "a path that may lead out of the tree"
}

# What is made of doc/api has to be what doc/api says.
lint_api()
{
    made=$(mktemp -d) && lua5.4 scripts/api/generate.lua "$made" &&
        (cd "$made" && find . -type f) | while read -r file; do
            cmp -s "$made/$file" "$file" || echo "${file#./}"
        done | none "not what ./dev api writes" && diff -rq "$made/lua/meta" lua/meta
    set -- $?
    rm -rf "$made"
    return "$1"
}

lint()
{
    check "clang-format" lint_format
    check "clang-tidy" lint_tidy
    check "cppcheck" lint_cppcheck
    check "luacheck" luacheck --quiet --no-color lua scripts spec doc/api .busted
    check "sh -n" lint_syntax
    check "shellcheck" shellcheck dev spec/run.sh spec/lint.sh .ci/run
    check "layers" lint_layers
    check "lengths" lint_lengths
    check "rows of CMakeLists.txt" lint_rows
    check "paths" lint_paths
    check "files made of doc/api" lint_api
}
