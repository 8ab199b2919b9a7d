//! HTTP-date (RFC 9110 section 5.6.7) in its three forms, for `Retry-After` and `Date`.

use core::str;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds since 1970-01-01 00:00:00 UTC. The day's name is not checked against the date.
pub(crate) fn parse(value: &[u8]) -> Option<i64> {
    let text = str::from_utf8(value).ok()?;
    let mut words = text.split_ascii_whitespace();
    let day_name = words.next()?;
    let (day, month, year, time) = match (day_name.ends_with(','), words.next()?) {
        // Sun, 06 Nov 1994 08:49:37 GMT
        (true, day) if !day.contains('-') => {
            let (month, year, time) = (words.next()?, words.next()?, words.next()?);
            gmt(words.next()?)?;
            (day, month, number(year, 4)?, time)
        }
        // Sunday, 06-Nov-94 08:49:37 GMT
        (true, date) => {
            let mut date = date.split('-');
            let (day, month, year) = (date.next()?, date.next()?, date.next()?);
            let time = words.next()?;
            gmt(words.next()?)?;
            // Without a clock "more than 50 years in the future" cannot be known; 1970 to 2069 it is.
            let year = number(year, 2)?;
            let century = if year < 70 { 2000 } else { 1900 };
            (day, month, year.checked_add(century)?, time)
        }
        // Sun Nov  6 08:49:37 1994
        (false, month) => {
            let (day, time, year) = (words.next()?, words.next()?, words.next()?);
            (day, month, number(year, 4)?, time)
        }
    };
    if words.next().is_some() {
        return None;
    }
    let day = number(day, day.len().clamp(1, 2))?;
    let month = MONTHS.iter().position(|name| *name == month)?;
    let seconds = time_of_day(time)?;
    days_before(year, i64::try_from(month).ok()?, day)?.checked_mul(86_400)?.checked_add(seconds)
}

fn gmt(word: &str) -> Option<()> {
    (word == "GMT").then_some(())
}

/// Exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let all_digits = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| text.parse().ok())?
}

/// `hour:minute:second`; the second may be a leap second.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let mut part = |most| number(parts.next()?, 2).filter(|&n| n <= most);
    let (hour, minute, second) = (part(23)?, part(59)?, part(60)?);
    if parts.next().is_some() {
        return None;
    }
    hour.checked_mul(60)?.checked_add(minute)?.checked_mul(60)?.checked_add(second)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `month` counts from 0.
fn days_before(year: i64, month: i64, day: i64) -> Option<i64> {
    const DAYS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let before = usize::try_from(month).ok()?;
    let length = DAYS.get(before)?.checked_add(i64::from(leap && month == 1))?;
    if !(1..=length).contains(&day) {
        return None;
    }
    // Leap days of all years before this one.
    let past = year.checked_sub(1)?;
    let leap_days = past.div_euclid(4).checked_sub(past.div_euclid(100))?;
    let leap_days = leap_days.checked_add(past.div_euclid(400))?;
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    let months: i64 = DAYS.iter().take(before).sum();
    past.checked_mul(365)?
        .checked_add(leap_days)?
        .checked_add(months)?
        .checked_add(i64::from(leap && month > 1))?
        .checked_add(day)?
        .checked_sub(719_163)
}
