//! What a peer may make this library hold.

/// Upper bounds on a response. Everything that a peer controls has one.
///
/// ```
/// let mut limits = atlas_webhook::Limits::default();
/// limits.body = 64 * 1024;
/// ```
///
/// A response over a limit fails with [`ErrorKind::Limit`](crate::ErrorKind::Limit) at the byte that
/// passed it; memory never grows beyond the limits and the piece that was given last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one head, from the status line to its empty line; also of a trailer section.
    /// 16 KiB unless set.
    pub head: usize,
    /// Field lines in one head; also in a trailer section. 100 unless set.
    pub fields: usize,
    /// Interim (1xx) responses before the final one. 8 unless set.
    pub interim: usize,
    /// Bytes of the body, and once more of the body after gzip was removed. 1 MiB unless set.
    pub body: usize,
    /// Values in the JSON of a delivery: objects, arrays, strings, numbers, literals. 20,000 unless
    /// set.
    pub values: usize,
    /// Bytes that the chunked coding may cost beside the data: chunk sizes, extensions and line
    /// ends of one response together. 64 KiB unless set.
    pub chunk_overhead: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: 16 * 1024,
            fields: 100,
            interim: 8,
            body: 1024 * 1024,
            values: 20_000,
            chunk_overhead: 64 * 1024,
        }
    }
}
