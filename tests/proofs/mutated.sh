# Responses, deliveries and requests, mutated and passed to the C library whole and in pieces: one process for
# each core, each with a seed of its own, for MUTATED_SECONDS. Default: 15 minutes.
title='Mutated input'
purpose='This page is for readers who assess the library: it lists how many mutated inputs were read, whole and in pieces.'

source tests/checks/library.sh

tools() {
    install_packages gcc make
}

prove() {
    local seconds=${MUTATED_SECONDS:-900} first=${MUTATED_SEED:-1} cores seed cases
    local -a running=()
    cores=$(nproc)
    make BUILD="$built"
    mutated "$built"
    for ((seed = first; seed < first + cores; seed++)); do
        "$work/mutated" "$seed" "$seconds" > "$work/mutated-$seed" &
        running+=($!)
    done
    for seed in "${running[@]}"; do wait "$seed"; done

    cases=$(sed -n 's/^seed [0-9]*: \([0-9]*\) cases .*/\1/p' "$work"/mutated-* | awk '{ sum += $1 } END { print sum }')
    cat >&3 << END
$cases cases, and no fault. [tests/c/mutated](../../tests/c/mutated) mutates a valid input at one to four places
and passes it to the library through the C ABI, whole and then in pieces. A case fails if the outcomes differ in
anything that the library returns: states, statuses, offsets, messages, replies, events, bytes to send. It also
fails after a panic, or if an error displays the secret of the webhook's URL. The limits are small, so that inputs
reach them.

| Kind | Input | Read by |
|---|---|---|
| responses | the response to a registration | an exchange |
| connections | what a peer sends | a server connection |
| deliveries | the body of a delivery | a receiver, a server connection, and again from the stored JSON |
| requests | the URL and the cid of a registration | a request, which an exchange sends |

A case depends on its seed and its number alone: \`mutated SEED 0 NUMBER\` runs it again. How the cases ended, of
each process:

$(cat "$work"/mutated-*)
END
}
