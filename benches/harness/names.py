"""What is measured and who is compared, as BENCHMARKS.md and its pictures name them."""

PEERS = ["library", "ureq-proto", "httparse", "hyper", "llhttp"]
NAMES = {
    "library": "atlas_webhook",
    "ureq-proto": "ureq-proto",
    "httparse": "http + httparse",
    "hyper": "hyper",
    "llhttp": "llhttp + cJSON",
    "raw": "raw socket, C",
    "socket-rust": "**own socket, Rust**",
    "socket-c": "**own socket, C ABI**",
    "bundled-rust": "**bundled, Rust**",
    "bundled-c": "**bundled, C ABI**",
    "ureq": "ureq",
    "curl": "libcurl",
    "py-socket": "**own socket, Python**",
    "py-bundled": "**bundled, Python**",
    "py-http": "http.client",
    "py-requests": "requests",
    "py-httpx": "httpx",
}
CASES = {
    "build": "build a request",
    "parse-length": "parse, Content-Length",
    "parse-chunked": "parse, chunked",
    "both-plain": "build + parse, one short response",
    "both-length": "build + parse, Content-Length",
    "both-chunked": "build + parse, chunked",
    "bytes-292": "292 bytes, one at a time",
    "head-16k": "head of 16 KiB, whole",
    "head-1k-bytes": "head of 1 KiB, by bytes",
    "head-2k-bytes": "head of 2 KiB, by bytes",
    "head-4k-bytes": "head of 4 KiB, by bytes",
    "head-8k-bytes": "head of 8 KiB, by bytes",
    "head-16k-bytes": "head of 16 KiB, by bytes",
    "body-1m": "body of 1 MiB, whole",
    "body-1m-reads": "body of 1 MiB, reads of 16 KiB",
}
