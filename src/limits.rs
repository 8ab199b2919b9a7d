//! Limits of the memory that a peer's message uses.

/// Limits of a response or a delivery. Everything that a peer controls has a limit.
///
/// ```
/// let mut limits = atlas_webhook::Limits::default();
/// limits.body = 64 * 1024;
/// ```
///
/// A message that exceeds a limit fails with [`ErrorKind::Limit`](crate::ErrorKind::Limit) at the
/// byte that exceeds it. Memory use is bounded by the limits and the piece that was passed last:
///
/// * A body is stored as it was sent. To decode the gzip of a response or a delivery requires at
///   most twice [`body`](Self::body) and 16 KiB, in addition to the body as sent.
/// * An event requires at most three times the size of its JSON once decoded, and 80 bytes for each
///   of its [`values`](Self::values).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of each head, from the start line to its empty line, and of each trailer section.
    /// Default: 16 KiB.
    pub head: usize,
    /// Field lines in each head and each trailer section. Default: 100.
    pub fields: usize,
    /// Interim (1xx) responses before the final one. Default: 8.
    pub interim: usize,
    /// Bytes of the body, both as sent and with gzip removed. Default: 1 MiB.
    pub body: usize,
    /// Values in the JSON of a delivery: objects, arrays, strings, numbers, literals. Default:
    /// 20,000.
    pub values: usize,
    /// Bytes that the chunked coding adds to the data: all chunk sizes, extensions and line ends of
    /// one message. Default: 64 KiB.
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
