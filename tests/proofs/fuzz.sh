# Each fuzz target for FUZZ_SECONDS, twenty minutes unless set.
title='Fuzzing'

tools() {
    install_packages g++
}

prove() {
    tests/fuzz "${FUZZ_SECONDS:-1200}" | tee "$work/fuzz"
    cat >&3 << END
Nothing was found. Each target is built for libFuzzer with AddressSanitizer, which finds leaks too, with
debug assertions and checks of overflow, and starts from the corpus in \`fuzz/corpus\`.

$(< "$work/fuzz")

Edges and features are libFuzzer's measure of what code the inputs reached, the target's own included.

| Target | What holds for every input |
|---|---|
| capi | calls of the C ABI in any order with any arguments, NULL, text that is not UTF-8 and lengths of -1 among them, give what the Rust library gives when called alike: status, error, outputs, getters; no panic, no leak, no output written on failure, no secret in a message |
| exchange | an answer means the same however it is cut, whether the request was sent before it or not; what is taken and what is left over are what was given; limits hold; each byte is looked at or moved five times at most, and memory asked for in proportion |
| gzip | what is decoded is what flate2 decodes, within the limit; a sound member is decoded whatever its header holds, and none that is cut short, followed by something or damaged |
| event | an event is read of exactly what serde_json takes for an object; the canonical form is stable; the same content in another order has the same key |
| reply | what an answer means is what a second reading of its JSON, member by member, says |
| request | what is accepted gives a request that httparse, serde_json and iri-string read back exactly, each header once; URLs that are refused are told with an offset, headers refused by rules that the target has of its own |
| server | what a peer sends means the same however it is cut: deliveries in order, a rejection with its response, or a wait; limits hold; responses are constants; each byte is looked at or moved five times at most |
END
}
