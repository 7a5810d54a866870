# How ./dev test runs and counts tests. Read by dev, in its root.
# shellcheck shell=sh
# shellcheck disable=SC2154 # build, root and MPLUA are dev's

passed=0 failed=0 skipped=0

# tally LABEL PASSED FAILED [SKIPPED]
tally()
{
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + ${4:-0}))
    line="$2 passed"
    [ "$3" = 0 ] || line="$line, $3 failed"
    [ "${4:-0}" = 0 ] || line="$line, $4 skipped"
    printf '%-32s %s\n' "$1" "$line"
}

summary()
{
    line="$passed passed, $failed failed"
    [ "$skipped" = 0 ] || line="$line, $skipped skipped"
    echo "$line"
    [ "$failed" = 0 ]
}

scratch()
{
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    cd "$root" || exit
    # shellcheck disable=SC3045 # dash and bash have it
    ulimit -c 0
}

# limited FILE COMMAND...: runs it for as long as the first line of FILE says ("-- time limit: 120 s"), else 60 s.
# Then it is asked by SIGQUIT what it waits for, and killed. Sets status and late; the output is in $tmp/log.
limited()
{
    limit=$(sed -n '1s/^-- time limit: \([0-9][0-9]*\) s\(, alone\)*$/\1/p' "$1")
    shift
    status=0 late=
    begin=$(date +%s)
    timeout --foreground -s QUIT -k 2 "${limit:=60}" "$@" </dev/null >"$tmp/log" 2>&1 || status=$?
    case $status in
    124 | 137) [ $(($(date +%s) - begin)) -lt "$limit" ] || late="not ready after $limit s" ;;
    esac
}

# shellcheck disable=SC1003 # "$a\" ends the last line when it is not ended
show_log() { sed '$a\' "$tmp/log"; }

# judge FILE: counts what the run of FILE by limited reported
judge()
{
    file=$1
    running=$(sed -n '$s/^test //p' "$tmp/report")
    # shellcheck disable=SC2046 # three numbers
    set -- $(sed -n 's/^total \([0-9]* [0-9]* [0-9]*\)$/\1/p' "$tmp/report" | tail -n 1)
    problem=$late
    if [ -z "$problem" ]; then
        if [ $# != 3 ]; then
            problem="died with status $status"
        elif [ $(($1 + $2 + $3)) = 0 ]; then
            problem="has no tests"
        elif [ "$2" = 0 ] && [ "$status" != 0 ]; then
            problem="ended with status $status"
        fi
    fi
    set -- "${1:-0}" "${2:-0}" "${3:-0}"
    [ -z "$problem" ] || set -- "$1" $(($2 + 1)) "$3"
    [ "$2" = 0 ] || show_log
    [ -z "$problem" ] || echo "FAILED $file: $problem${running:+, in test \"$running\"}"
    tally "$file" "$@"
}

# build_core_tests DIR CMAKE_OPTION...
build_core_tests()
{
    lock
    if configure "$@" && compile "$1" core_tests; then set -- 0; else set -- 1; fi
    unlock
    return "$1"
}

# run_core_tests LABEL DIR [LAUNCHER...]
run_core_tests()
{
    label=$1 dir=$2
    shift 2
    rm -f "$tmp/junit"
    "$@" ctest --test-dir "$dir" --parallel 2 --no-tests=error --output-on-failure --output-junit "$tmp/junit" >"$tmp/log" 2>&1 || true
    number() { sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\".*/\1/p" "$tmp/junit" | head -n 1; }
    if [ -s "$tmp/junit" ] && [ "$(number tests)" -gt 0 ]; then
        set -- "$(number tests)" "$(number failures)" "$(number skipped)"
    else
        set -- 1 1 0
    fi
    [ "$2" = 0 ] || show_log
    tally "$label" $(($1 - $2 - $3)) "$2" "$3"
}

# core_tests LABEL DIR SANITIZER [LAUNCHER...]
core_tests()
{
    if build_core_tests "$2" -D MPLUA_SANITIZE="$3"; then
        label=$1 dir=$2
        shift 3
        run_core_tests "$label" "$dir" "$@"
    else
        tally "$1: the build" 0 1
    fi
}

# crash_points DIR: is each one in the sources where some test killed? How many kills were there?
crash_points()
{
    log=$1/Testing/Temporary/LastTest.log
    sed -n 's/^points: //p' "$log" | tr ' ' '\n' | sort -u >"$tmp/visited"
    find "$root/src" -name '*.c' -exec sed -n 's/.*MP_KILLPOINT("\([^"]*\)").*/\1/p' {} + | sort -u >"$tmp/points"
    missed=$(comm -23 "$tmp/points" "$tmp/visited" | tr '\n' ' ')
    [ -z "$missed" ] || echo "FAILED crash points: nobody was killed at $missed"
    tally "crash points" $(($(wc -l <"$tmp/points") - $(echo "$missed" | wc -w))) "$(echo "$missed" | wc -w)"
    awk '/_crash: [0-9]/ { kills += $4 + $6 + 2 * $13 } /^Test time/ { time += $4 }
        END { printf "%d kills at crash points, all core tests took %.0f s\n", kills, time }' "$log"
}

all_core_tests()
{
    core_tests "core tests" "$build" ""
    crash_points "$build"
    core_tests "core tests, ASan and UBSan" "$build/asan" address
    if setarch -R true 2>/dev/null; then # TSan knows only some places for memory
        core_tests "core tests, TSan" "$build/tsan" thread setarch -R
    else
        core_tests "core tests, TSan" "$build/tsan" thread
    fi
}

# lane FILE...: runs those specs that no other lane has begun, each in a directory below $tmp/specs, and says when one
# has ended.
lane()
{
    all=$tmp number=0
    for spec; do
        number=$((number + 1))
        tmp=$all/specs/$number
        mkdir "$tmp" 2>/dev/null || continue
        : >"$tmp/report"
        MPLUA_REPORT=$tmp/report limited "$spec" "$MPLUA" "$(command -v busted)" "$spec"
        echo "$status $late" >"$tmp/ended"
        echo ended
    done
}

# judge_lanes FILE...: judges them in this order while the lanes run; the counts go to $tmp/counts
judge_lanes()
{
    all=$tmp number=1
    while read -r _; do
        while [ -s "$all/specs/$number/ended" ]; do
            tmp=$all/specs/$number
            read -r status late <"$tmp/ended"
            judge "$1${ASAN_OPTIONS:+, ASan}"
            shift
            number=$((number + 1))
        done
    done
    for spec; do tally "$spec: its lane died" 0 1; done
    echo "$passed $failed $skipped" >"$all/counts"
}

# specs FILE...: two at a time; then, one by one, those whose first line says so ("-- time limit: 120 s, alone").
# shellcheck disable=SC2086 # no blanks in their names
specs()
{
    alone=
    for spec; do
        shift
        spec=${spec#"$root"/}
        if sed -n 1p "$spec" | grep -q ', alone$'; then
            alone="$alone $spec"
        else
            set -- "$@" "$spec"
        fi
    done
    mkdir "$tmp/specs"
    { lane "$@" >&3 3>&- | lane "$@" >&3 3>&-; } 3>&1 | judge_lanes "$@" # with & signals would be ignored
    read -r passed failed skipped <"$tmp/counts"
    rm -r "$tmp/specs" && mkdir "$tmp/specs"
    lane $alone | judge_lanes $alone
    read -r passed failed skipped <"$tmp/counts"
    rm -r "$tmp/specs"
}

# The same with a program that the address sanitizer watches. It must not take what it is not meant for: signals that a
# test sends, and memory for what is free again.
sanitized_specs()
{
    lock
    if configure "$build/asan" -D MPLUA_SANITIZE=address -D MPLUA_TESTING=ON && compile "$build/asan" mplua; then
        program=$build/asan/mplua
    else
        program=
    fi
    unlock
    if [ -z "$program" ]; then
        tally "mplua with ASan: the build" 0 1
        return
    fi
    plain=${MPLUA:-}
    export MPLUA="$program"
    export ASAN_OPTIONS=quarantine_size_mb=8:handle_segv=0:verify_asan_link_order=0
    specs "$@"
    unset ASAN_OPTIONS
    MPLUA=$plain
}

build_fuzzers()
{
    lock
    if configure "$build/fuzz" -D CMAKE_C_COMPILER="clang-$llvm" -D MPLUA_FUZZ=ON -D MPLUA_SANITIZE=address &&
        compile "$build/fuzz" codec_fuzz && compile "$build/fuzz" options_fuzz; then set -- 0; else set -- 1; fi
    unlock
    return "$1"
}

# fuzz TARGET SECONDS: what the tree has of it, what earlier runs found, and new inputs for the rest of the time
fuzz()
{
    target=$1 seconds=$2
    set --
    [ "$target" != options ] || set -- -close_fd_mask=2 # it tells what is wrong with each
    mkdir -p "$build/fuzz/corpus/$target"
    "$build/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=60 -print_final_stats=1 \
        -artifact_prefix="$build/fuzz/" "$@" "$build/fuzz/corpus/$target" "$root/spec/fuzz/corpus/$target"
}

# Both for some seconds, side by side: ./dev fuzz does the same for longer.
fuzzers()
{
    if ! build_fuzzers; then
        tally "fuzzers: the build" 0 1
        return
    fi
    fuzz options 5 >"$tmp/options" 2>&1 &
    other=$!
    fuzz codec 5 >"$tmp/log" 2>&1 && codec=0 || codec=$?
    wait $other && options=0 || options=$?
    [ "$codec" = 0 ] || show_log
    [ "$options" = 0 ] || cat "$tmp/options"
    failed_ones=$(((codec != 0) + (options != 0)))
    tally "fuzzers" $((2 - failed_ones)) $failed_ones
    sed -n 's/^stat::number_of_executed_units: *//p' "$tmp/log" "$tmp/options" |
        paste -sd ' ' | sed 's/^\(.*\) \(.*\)$/\1 hostile messages, \2 command lines/'
}

documents()
{
    : >"$tmp/report"
    # shellcheck disable=SC2046 # no blanks in their names
    MPLUA_REPORT=$tmp/report limited spec/docs.lua "$MPLUA" spec/docs.lua $(find README.md doc -name '*.md')
    judge "documents"
}

scripts()
{
    for script in scripts/[0-9][0-9]_*.lua; do
        limited "$script" "$MPLUA" "$script"
        if [ "$status" = 0 ]; then
            tally "$script" 1 0
        else
            show_log
            echo "FAILED $script: ${late:-ended with status $status}"
            tally "$script" 0 1
        fi
    done
}

instructions()
{
    : >"$tmp/report"
    mkdir -p "$tmp/profiles"
    MPLUA_REPORT=$tmp/report limited spec/instructions.lua "$MPLUA" spec/instructions.lua "$tmp/profiles"
    judge "instructions"
    grep '^skipped: ' "$tmp/log" || true
}

# random NAME LIMIT ARGUMENTS: runs spec/NAME.lua, at most LIMIT seconds; what it found is in $tmp/log. Its own standard
# output is for the lines that it tests.
random()
{
    name=$1 limit=$2 status=0
    shift 2
    timeout --foreground -s QUIT -k 2 "$limit" "$MPLUA" "spec/$name.lua" "$@" </dev/null >"$tmp/lines" 2>"$tmp/log" ||
        status=$?
    if [ "$status" = 0 ]; then
        tally "$name" 1 0
        grep "^$name: " "$tmp/log"
    else
        show_log
        echo "FAILED $name: ended with status $status"
        tally "$name" 0 1
    fi
}

# Kills of a family's processes for so many seconds, and of so many families' first ones.
torture()
{
    random torture $(($1 + 120)) "$1" "$3"
    random endings $(($2 / 5 + 120)) "$2" "$3"
}
