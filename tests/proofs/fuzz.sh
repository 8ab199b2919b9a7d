# Each fuzz target for FUZZ_SECONDS, twenty minutes unless set.
title='Fuzzing'
purpose='This page is for readers who assess the library: it lists what the fuzz targets check, and how long they ran.'

tools() {
    install_packages g++
}

prove() {
    tests/fuzz "${FUZZ_SECONDS:-1200}" | tee "$work/fuzz"
    cat >&3 << END
No target found a fault. Each target is built for libFuzzer, with AddressSanitizer and LeakSanitizer, debug assertions and
overflow checks. It starts from the corpus in \`fuzz/corpus\`.

$(< "$work/fuzz")

Edges and features are libFuzzer's measures of the code that the inputs reached, including the code of the target.

| Target | Checked for every input |
|---|---|
| capi | calls of the C ABI in any order with any arguments, including NULL, text that is not UTF-8 and lengths of -1, have the same result as the same calls of the Rust library: status, error, outputs, getters; no panic, no leak, no output on failure, no secret in a message |
| exchange | a response has the same result regardless of how it is split into reads, and of whether the request was sent before; consumed and remaining bytes are the input; limits are enforced; each byte is read or moved at most five times, and memory use is proportional |
| gzip | the output equals that of flate2, within the limit; a valid member is decoded regardless of its header; a member that is truncated, damaged or followed by other bytes is rejected |
| event | an event is accepted exactly if serde_json accepts an object; the canonical form is stable; the same contents in another order have the same key |
| reply | the interpretation equals that of a second reader of the JSON, member by member |
| request | for accepted input, httparse, serde_json and iri-string read the request back exactly, each header once; a rejected URL has an error with an offset; headers are rejected by the rules that the target implements independently |
| server | input has the same result regardless of how it is split into reads: deliveries in order, a rejection with its response, or a wait; limits are enforced; responses are constants; each byte is read or moved at most five times |
| transport | bytes that a server sends over a loopback socket in pieces, and then closes, have the result of an exchange for these bytes: reply or error with kind, offset and text; each request is sent once; a connection is kept exactly if HTTP permits it. As a proxy's response to CONNECT they give the documented error: the refusal with its status, invalid HTTP, or a failed TLS handshake. No hang, no descriptor left open |
END
}
