//! Counts the bytes that are read, moved or zeroed, for tests and fuzzers. These check that the
//! number is linear in the length of the message, regardless of how it is split into reads. Other
//! builds contain no counter.

#[cfg(not(any(test, fuzzing)))]
pub(crate) fn count(_bytes: usize) {}

#[cfg(any(test, fuzzing))]
pub(crate) use counting::count;
#[cfg(fuzzing)]
pub use counting::take;
#[cfg(all(test, not(fuzzing)))]
pub(crate) use counting::take;

#[cfg(any(test, fuzzing))]
mod counting {
    extern crate std;

    use core::cell::Cell;

    std::thread_local! {
        static WORK: Cell<usize> = const { Cell::new(0) };
    }

    pub(crate) fn count(bytes: usize) {
        WORK.with(|work| work.set(work.get().saturating_add(bytes)));
    }

    /// The work since the last call.
    #[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "public for fuzzers"))]
    pub fn take() -> usize {
        WORK.take()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::super::{Reader, Request, Response};
    use super::take;
    use crate::limits::Limits;

    /// The work of reading `response` in pieces of `length` bytes.
    fn work(response: &str, length: usize) -> usize {
        take();
        let mut reader = Reader::<Response>::new(Limits::default());
        for piece in response.as_bytes().chunks(length) {
            assert_eq!(reader.push(piece), Ok(piece.len()));
        }
        assert!(reader.is_done());
        take()
    }

    fn long_line(length: usize) -> String {
        format!("HTTP/1.1 204 No Content\r\nA: {}\r\n\r\n", "x".repeat(length))
    }

    fn many_folds(length: usize) -> String {
        format!("HTTP/1.1 204 No Content\r\nA:\r\n{}\r\n", " x\r\n".repeat(length / 4))
    }

    fn interim_heads(length: usize) -> String {
        let head = format!("HTTP/1.1 103 Early\r\nA: {}\r\n\r\n", "x".repeat(length / 5));
        format!("{}HTTP/1.1 204 No Content\r\n\r\n", head.repeat(5))
    }

    fn body(length: usize) -> String {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}", "x".repeat(length))
    }

    fn chunks(length: usize) -> String {
        let chunks = "1\r\nx\r\n".repeat(length / 6);
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
    }

    #[test]
    fn reading_a_request_costs_the_same_few_looks_at_each_byte_however_it_is_cut() {
        let start = "POST /a HTTP/1.1\r\nHost: a\r\n";
        for length in [1_000, 2_000, 4_000, 8_000, 16_000] {
            let filler = "x".repeat(length);
            let empty_lines = "\r\n".repeat(length / 2);
            for request in [
                format!("{start}A: {filler}\r\n\r\n"),
                format!("POST /{filler} HTTP/1.1\r\nHost: a\r\n\r\n"),
                format!("{empty_lines}{start}\r\n"),
                format!("{start}Content-Length: {length}\r\n\r\n{filler}"),
            ] {
                let work = |piece: usize| {
                    take();
                    let mut reader = Reader::<Request>::new(Limits::default());
                    for piece in request.as_bytes().chunks(piece) {
                        let read = reader.push(piece).unwrap_or(0);
                        if reader.is_paused() {
                            reader.resume();
                            let body = piece.get(read..).unwrap_or_default();
                            assert_eq!(reader.push(body), Ok(body.len()));
                        }
                    }
                    assert!(reader.is_done());
                    take()
                };
                let whole = work(request.len());
                for piece in [1, 2, 7, 1_000] {
                    assert_eq!(work(piece), whole);
                }
                let most = request.len().saturating_mul(5);
                assert!(whole <= most, "{whole}, at most {most}");
            }
        }
    }

    #[test]
    fn reading_costs_the_same_few_looks_at_each_byte_however_the_response_is_cut() {
        for response in [long_line, many_folds, interim_heads, body, chunks] {
            for length in [1_000, 2_000, 4_000, 8_000, 16_000] {
                let response = response(length);
                let whole = work(&response, response.len());
                for piece in [1, 2, 7, 1_000] {
                    assert_eq!(work(&response, piece), whole);
                }
                let most = response.len().saturating_mul(5);
                assert!(whole <= most, "{whole}, at most {most}");
            }
        }
    }
}
