//! Reads the wait that a peer requests, in the forms that servers use.

use core::iter;
use core::time::Duration;

/// One year of 365 days. A longer wait is useless to a program and overflows clocks.
pub(crate) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A number with this many digits before the decimal point exceeds [`LONGEST`].
const LONG: i64 = 9;

/// A decimal number of seconds, as JSON writes it (RFC 8259 section 6) or with less: rounded up,
/// and at most [`LONGEST`]. `None` for a negative number.
///
/// RFC 9110 section 10.2.3 permits whole numbers only. But if a wait is not understood, the retry
/// comes too early.
pub(crate) fn seconds(text: &[u8]) -> Option<Duration> {
    let text = text.trim_ascii();
    let (negative, unsigned) = match text.split_first()? {
        (b'-', unsigned) => (true, unsigned),
        _ => (false, text),
    };
    let end = unsigned.iter().position(|b| matches!(b, b'e' | b'E')).unwrap_or(unsigned.len());
    let (mantissa, exponent) = unsigned.split_at_checked(end)?;
    let exponent = match exponent.split_first() {
        Some((_, digits)) => integer(digits)?,
        None => 0,
    };
    let point = mantissa.iter().position(|&b| b == b'.').unwrap_or(mantissa.len());
    let (whole, fraction) = mantissa.split_at_checked(point)?;
    let fraction = fraction.get(1..).unwrap_or_default();
    let digits = || whole.iter().chain(fraction);
    if digits().next().is_none() || !digits().all(u8::is_ascii_digit) {
        return None;
    }
    let Some(zeros) = digits().position(|&digit| digit != b'0') else {
        return Some(Duration::ZERO);
    };
    if negative {
        return None;
    }
    // Digits before the decimal point, counted from the first that is not 0.
    let before = i64::try_from(point).ok()?.checked_sub(i64::try_from(zeros).ok()?)?;
    let before = before.saturating_add(exponent);
    if before > LONG {
        return Some(LONGEST);
    }
    let before = usize::try_from(before).unwrap_or(0);
    let mut significant = digits().skip(zeros);
    let padded = significant.by_ref().chain(iter::repeat(&b'0')).take(before);
    let floor = padded.fold(0_u64, |number, digit| {
        number.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0')))
    });
    let rest = significant.any(|&digit| digit != b'0');
    Some(Duration::from_secs(floor.saturating_add(u64::from(rest))).min(LONGEST))
}

/// `[ "+" / "-" ] 1*DIGIT`, as far from 0 as can be where it is too far.
fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first()? {
        (b'-', digits) => (true, digits),
        (b'+', digits) => (false, digits),
        _ => (false, text),
    };
    let number = crate::http1::number(digits)?;
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    Some(if negative { number.saturating_neg() } else { number })
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, seconds};
    use core::time::Duration;

    #[test]
    fn seconds_are_rounded_up_and_capped_however_they_are_written() {
        for (text, expected) in [
            ("0", Some(0)),
            ("30", Some(30)),
            (" 30\t", Some(30)),
            ("30.0", Some(30)),
            ("0030", Some(30)),
            ("1.5", Some(2)),
            ("1.0000000000000000000000000001", Some(2)),
            ("0.001", Some(1)),
            ("0.000", Some(0)),
            ("5.", Some(5)),
            (".5", Some(1)),
            ("3e1", Some(30)),
            ("3E+1", Some(30)),
            ("300e-1", Some(30)),
            ("301e-1", Some(31)),
            ("0.03e3", Some(30)),
            ("0.0301e3", Some(31)),
            ("1e-999999999999999999999", Some(1)),
            ("0e999999999999999999999", Some(0)),
            ("-0", Some(0)),
            ("-0.0", Some(0)),
            ("31535999", Some(31_535_999)),
            ("31535999.1", Some(31_536_000)),
            ("31536001", Some(31_536_000)),
            ("999999999", Some(31_536_000)),
            ("1e9", Some(31_536_000)),
            ("1e999999999999999999999", Some(31_536_000)),
            ("99999999999999999999", Some(31_536_000)),
            ("-1", None),
            ("-0.5", None),
            ("+5", None),
            ("", None),
            ("-", None),
            (".", None),
            ("e1", None),
            ("1e", None),
            ("1e+", None),
            ("1e1.5", None),
            ("1.2.3", None),
            ("1,5", None),
            ("0x1F", None),
            ("30 s", None),
            ("NaN", None),
            ("inf", None),
            ("\u{663}", None),
        ] {
            assert_eq!(seconds(text.as_bytes()), expected.map(Duration::from_secs), "{text}");
        }
        assert_eq!(LONGEST.as_secs(), 31_536_000);
    }
}
