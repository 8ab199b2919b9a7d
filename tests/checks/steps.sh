# Runs the steps of a check in parallel, one for each core.
#
#   step FUNCTION TITLE [after FUNCTION...] [needs PACKAGE...]
#   run_steps
#
# A step is a function. It runs in its own shell, with its own folder in $work. It starts when all
# steps after the word `after` have passed, and needs the Debian packages after `needs`. Its output
# is printed when it ends, so that the outputs of two steps never mix. A failed step does not end
# the others.

cores=$(getconf _NPROCESSORS_ONLN)
steps=()
failed=()
not_run=()
declare -A title after missing state started took
# The folder that all steps share.
shared_work=$work

step() {
    local name=$1 list='' word
    title[$name]=$2
    steps+=("$name")
    state[$name]=waiting
    shift 2
    for word; do
        case $list,$word in
        *,after | *,needs) list=$word ;;
        after,*)
            # It must be defined before, so that one pass over the list finds every step that can
            # start.
            [ -n "${state[$word]:-}" ] || fail "the step $name follows an unknown step $word"
            after[$name]+=" $word"
            ;;
        needs,*) have "$word" || missing[$name]+=" $word" ;;
        esac
    done
}

# ready NAME: whether the step can start. A step that can never start gets its reason.
ready() {
    local name=$1 other
    if [ -n "${missing[$name]:-}" ]; then
        state[$name]='not run'
        not_run+=("${title[$name]}: needs${missing[$name]}")
        return 1
    fi
    for other in ${after[$name]:-}; do
        case ${state[$other]} in
        passed) ;;
        failed | 'not run')
            state[$name]='not run'
            not_run+=("${title[$name]}: needs the step '${title[$other]}'")
            return 1
            ;;
        *) return 1 ;;
        esac
    done
}

start() {
    local name=$1
    state[$name]=running
    started[$name]=$SECONDS
    (
        work=$shared_work/$name
        servers=()
        mkdir "$work"
        trap 'code=$?; clean_up; times > "$work.times"; echo $code > "$work.code"' EXIT
        set -e
        "$name"
    ) &> "$shared_work/$name.log" < /dev/null &
    pids[$name]=$!
}

# processor_time NAME: the processor time of a step in seconds, which depends less on other work of
# the machine than its duration.
processor_time() {
    tail -n 1 "$shared_work/$1.times" 2> /dev/null \
        | sed 's/[ms]/ /g' | awk '{ printf "%d", 60 * ($1 + $3) + $2 + $4 + 0.5 }'
}

# end NAME: prints what the step printed.
end() {
    local name=$1 code=1
    [ ! -e "$shared_work/$name.code" ] || code=$(< "$shared_work/$name.code")
    took[$name]=$((SECONDS - started[$name]))
    printf '\n== %s\n' "${title[$name]}"
    cat "$shared_work/$name.log"
    if [ "$code" = 0 ]; then
        state[$name]=passed
        printf '== %s: passed in %d s\n' "${title[$name]}" "${took[$name]}"
    else
        state[$name]=failed
        failed+=("${title[$name]}")
        printf '== %s: FAILED after %d s, with exit code %s\n' "${title[$name]}" "${took[$name]}" "$code"
    fi
}

# Runs all steps. The failed steps are then in $failed. The skipped steps, with the reason, are in
# $not_run.
run_steps() {
    local name running begun=$SECONDS
    local -A pids
    while true; do
        running=0
        for name in "${steps[@]}"; do
            [ "${state[$name]}" != running ] || running=$((running + 1))
        done
        for name in "${steps[@]}"; do
            [ $running -lt "$cores" ] || break
            [ "${state[$name]}" = waiting ] && ready "$name" || continue
            start "$name"
            running=$((running + 1))
        done
        [ $running -gt 0 ] || break
        wait -n || true
        for name in "${!pids[@]}"; do
            kill -0 "${pids[$name]}" 2> /dev/null && continue
            unset "pids[$name]"
            end "$name"
        done
    done
    printf '\n%d s in all\n\n  seconds  of the processor\n' $((SECONDS - begun))
    for name in "${steps[@]}"; do
        printf '%9s %17s  %s\n' "${took[$name]:--}" "$(processor_time "$name")" "${title[$name]}"
    done
}

# The outcome of all steps, as the exit code. With STRICT=1 a step that was not run is a failure.
outcome() {
    if [ ${#failed[@]} -gt 0 ]; then
        printf '\nFailed:\n'
        printf '  %s\n' "${failed[@]}"
    fi
    if [ ${#not_run[@]} -gt 0 ]; then
        printf '\nNot checked (make ci-tools installs the packages):\n'
        printf '  %s\n' "${not_run[@]}"
    fi
    [ ${#failed[@]} -eq 0 ] || return 1
    [ ${#not_run[@]} -gt 0 ] || printf '\nEverything was checked, and passed.\n'
    [ ${#not_run[@]} -eq 0 ] || [ "${STRICT:-0}" != 1 ]
}
