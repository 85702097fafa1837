//! When a busy server wants to be asked again (RFC 9110, clause 10.2.3).

use std::time::Duration;

/// Longest time that a server is believed to want to be left alone: else one answer could shut an authority out for ever.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

/// How long to wait by `value`: seconds, or a date. `date` is the server's own clock (its Date field), against which its dates are
/// held; without it `clock`, seconds since 1970.
pub(super) fn parse(value: &str, date: Option<&str>, clock: i64) -> Option<Duration> {
    let value = value.trim();
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        // More digits than a number holds is long all the same.
        Err(_) if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) => LONGEST.as_secs(),
        Err(_) => {
            let now = date.and_then(|date| http_date(date.trim())).unwrap_or(clock);
            u64::try_from(http_date(value)?.saturating_sub(now)).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds).min(LONGEST))
}

/// Seconds since 1970 of an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that servers may write (RFC 9110, clause
/// 5.6.7).
fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, rest) = text.split_once(", ")?;
    let mut words = rest.split(' ');
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (clock, zone) = (words.next()?, words.next()?);
    if zone != "GMT" || words.next().is_some() || day.len() != 2 || year.len() != 4 {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)?.checked_add(1)?;
    let text = format!("{year}-{month:02}-{day}T{clock}Z");
    Some(text.parse::<crate::time::Time>().ok()?.unix())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1994-11-06T08:49:37Z
    const NOW: i64 = 784_111_777;

    #[test]
    fn seconds_and_dates_are_understood_and_nothing_waits_longer_than_an_hour() {
        let wait = |value: &str, date| parse(value, date, NOW).map(|wait| wait.as_secs());
        assert_eq!(wait("7", None), Some(7));
        assert_eq!(wait(" 0 ", None), Some(0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT", None), Some(10));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:00 GMT", None), Some(0));
        // The server's clock is 20 s behind ours.
        let date = Some("Sun, 06 Nov 1994 08:49:17 GMT");
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT", date), Some(30));
        assert_eq!(wait("Sun, 06 Nov 2094 08:49:47 GMT", None), Some(3600));
        assert_eq!(wait("99999999999999999999999999", None), Some(3600));
        for wrong in [
            "",
            "-1",
            "soon",
            "1.5",
            "Sun, 06 Nov 1994 08:49:47 CET",
            "Sun, 32 Nov 1994 08:49:47 GMT",
            "Sun, 6 Nov 94 08:49:47 GMT",
        ] {
            assert_eq!(wait(wrong, None), None, "{wrong}");
        }
    }
}
