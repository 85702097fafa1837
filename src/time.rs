//! Points in time and calendar dates. Nothing here reads a clock: time is always an argument.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: UTC, whole seconds since 1970-01-01T00:00:00Z (leap seconds not counted).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Time(i64);

/// A day of the proleptic Gregorian calendar, years 1 to 9999.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Date(time::Date);

/// Text that is not a time or a date of the form asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidTime;

impl fmt::Display for InvalidTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date or time of the form YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ")
    }
}

impl core::error::Error for InvalidTime {}

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four-digit years can say.
const RANGE: core::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

impl Time {
    /// The time `seconds` after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// Occurs if the year is not in 1 to 9999.
    pub fn from_unix(seconds: i64) -> Result<Self, InvalidTime> {
        if RANGE.contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(InvalidTime)
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// From calendar parts in UTC.
    ///
    /// # Errors
    /// Occurs if a part is out of range.
    pub fn from_parts(date: Date, hour: u8, minute: u8, second: u8) -> Result<Self, InvalidTime> {
        let clock = time::Time::from_hms(hour, minute, second).map_err(|_| InvalidTime)?;
        Self::from_unix(
            time::PrimitiveDateTime::new(date.0, clock)
                .assume_utc()
                .unix_timestamp(),
        )
    }

    /// As clocks in China show it.
    pub(crate) fn in_china(self) -> String {
        let seconds = self.unix().saturating_add(8 * 3600).rem_euclid(86_400);
        format!(
            "{} {:02}:{:02}:{:02} +08:00",
            self.date_at_offset(8),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }

    /// The day in UTC.
    #[must_use]
    pub fn date(self) -> Date {
        Date(self.civil().date())
    }

    /// The day on the clock of a place `hours` east of UTC (China: 8).
    #[must_use]
    pub fn date_at_offset(self, hours: i8) -> Date {
        Self(
            self.0
                .saturating_add(i64::from(hours) * 3600)
                .clamp(*RANGE.start(), *RANGE.end()),
        )
        .date()
    }

    /// The time `seconds` later (earlier if negative), clamped to years 1 to 9999.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds).clamp(*RANGE.start(), *RANGE.end()))
    }

    /// Seconds from `earlier` to this time; negative if `earlier` is later.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The date string of ISO 32000-2, 7.9.4, in UTC: `D:20300601000000+00'00'`.
    #[must_use]
    pub fn to_pdf(self) -> String {
        let t = self.civil();
        let (y, m, d) = (t.year(), u8::from(t.month()), t.day());
        format!(
            "D:{y:04}{m:02}{d:02}{:02}{:02}{:02}+00'00'",
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    /// Reads the date string of ISO 32000-2, 7.9.4. Parts after the year may be missing; a missing offset means UTC.
    ///
    /// # Errors
    /// Occurs if the text does not have that form.
    pub fn from_pdf(text: &[u8]) -> Result<Self, InvalidTime> {
        let rest = text.strip_prefix(b"D:").unwrap_or(text);
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(4..=14).contains(&digits) || digits % 2 != 0 {
            return Err(InvalidTime);
        }
        let (stamp, zone) = rest.split_at(digits);
        let part = |from: usize, missing: u32| stamp.get(from..from + 2).map_or(Ok(missing), number);
        let year = number(stamp.get(..4).ok_or(InvalidTime)?)?;
        let date = Date::from_numbers(year, part(4, 1)?, part(6, 1)?)?;
        let byte = |n: u32| u8::try_from(n).map_err(|_| InvalidTime);
        let local = Self::from_parts(date, byte(part(8, 0)?)?, byte(part(10, 0)?)?, byte(part(12, 0)?)?)?;
        let (sign, offset) = match zone {
            [] | [b'Z', ..] => return Ok(local),
            [b'+', offset @ ..] => (-1, offset),
            [b'-', offset @ ..] => (1, offset),
            _ => return Err(InvalidTime),
        };
        let hours = number(offset.get(..2).ok_or(InvalidTime)?)?;
        let minutes = match offset.get(2..) {
            None | Some([] | [b'\'']) => 0,
            Some([b'\'', rest @ ..]) => number(rest.get(..2).ok_or(InvalidTime)?)?,
            Some(rest) => number(rest.get(..2).ok_or(InvalidTime)?)?,
        };
        if hours > 23 || minutes > 59 {
            return Err(InvalidTime);
        }
        Self::from_unix(local.0 + sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
    }

    fn civil(self) -> time::OffsetDateTime {
        // The value was checked against `RANGE`, which the library covers.
        time::OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
    }
}

/// RFC 3339 in UTC: `2030-06-01T00:00:00Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.civil();
        write!(
            f,
            "{}T{:02}:{:02}:{:02}Z",
            self.date(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }
}

impl FromStr for Time {
    type Err = InvalidTime;

    /// `2030-06-01T00:00:00Z`, `2030-06-01T08:00:00+08:00`, or a day alone, which means its first second in UTC.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let bytes = text.as_bytes();
        let date: Date = text.get(..10).ok_or(InvalidTime)?.parse()?;
        let Some(clock) = bytes.get(10..19) else {
            return if bytes.len() == 10 {
                Self::from_parts(date, 0, 0, 0)
            } else {
                Err(InvalidTime)
            };
        };
        let [b'T', h1, h2, b':', m1, m2, b':', s1, s2] = clock else {
            return Err(InvalidTime);
        };
        let two = |a: &u8, b: &u8| number(&[*a, *b]).and_then(|n| u8::try_from(n).map_err(|_| InvalidTime));
        let local = Self::from_parts(date, two(h1, h2)?, two(m1, m2)?, two(s1, s2)?)?;
        match bytes.get(19..).unwrap_or_default() {
            [b'Z'] => Ok(local),
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
                let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
                if hours > 23 || minutes > 59 {
                    return Err(InvalidTime);
                }
                let offset = i64::from(hours) * 3600 + i64::from(minutes) * 60;
                Self::from_unix(if *sign == b'+' {
                    local.0 - offset
                } else {
                    local.0 + offset
                })
            }
            _ => Err(InvalidTime),
        }
    }
}

impl Date {
    /// The day `year`-`month`-`day`.
    ///
    /// # Errors
    /// Occurs if there is no such day, or the year is not in 1 to 9999.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, InvalidTime> {
        Self::from_numbers(year.into(), month.into(), day.into())
    }

    fn from_numbers(year: u32, month: u32, day: u32) -> Result<Self, InvalidTime> {
        let year = i32::try_from(year)
            .ok()
            .filter(|y| (1..=9999).contains(y))
            .ok_or(InvalidTime)?;
        let month = u8::try_from(month)
            .ok()
            .and_then(|m| time::Month::try_from(m).ok())
            .ok_or(InvalidTime)?;
        let day = u8::try_from(day).map_err(|_| InvalidTime)?;
        time::Date::from_calendar_date(year, month, day)
            .map(Self)
            .map_err(|_| InvalidTime)
    }

    /// The year, 1 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        u16::try_from(self.0.year()).unwrap_or_default()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.0.month().into()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.0.day()
    }

    /// Days since 1970-01-01; negative before.
    #[must_use]
    pub fn days_since_epoch(self) -> i64 {
        self.start().0.div_euclid(86_400)
    }

    /// The day `days` after 1970-01-01.
    ///
    /// # Errors
    /// Occurs if the year is not in 1 to 9999.
    pub fn from_days_since_epoch(days: i64) -> Result<Self, InvalidTime> {
        Ok(Time::from_unix(days.checked_mul(86_400).ok_or(InvalidTime)?)?.date())
    }

    /// The first second of the day in UTC.
    #[must_use]
    pub fn start(self) -> Time {
        Time(self.0.midnight().assume_utc().unix_timestamp())
    }
}

/// `2030-06-01`
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

impl FromStr for Date {
    type Err = InvalidTime;

    /// `2030-06-01` and nothing else.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(InvalidTime);
        };
        Self::from_numbers(
            number(&[*y1, *y2, *y3, *y4])?,
            number(&[*m1, *m2])?,
            number(&[*d1, *d2])?,
        )
    }
}

fn number(digits: &[u8]) -> Result<u32, InvalidTime> {
    digits.iter().try_fold(0u32, |sum, digit| {
        if digit.is_ascii_digit() {
            sum.checked_mul(10)
                .and_then(|n| n.checked_add(u32::from(digit - b'0')))
                .ok_or(InvalidTime)
        } else {
            Err(InvalidTime)
        }
    })
}

macro_rules! serde_as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

serde_as_text!(Time);
serde_as_text!(Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_reads_and_prints() {
        for (text, unix) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2030-06-01T00:00:00Z", 1_906_502_400),
        ] {
            let time: Time = text.parse().unwrap();
            assert_eq!((time.unix(), time.to_string()), (unix, text.to_owned()));
        }
        let east: Time = "2030-06-01T08:00:00+08:00".parse().unwrap();
        assert_eq!(east.to_string(), "2030-06-01T00:00:00Z");
        for bad in [
            "",
            "2030-6-1",
            "2030-02-30",
            "2030-06-01T24:00:00Z",
            "2030-06-01T00:00:00",
            "2030-06-01x",
        ] {
            assert_eq!(bad.parse::<Time>(), Err(InvalidTime), "{bad}");
        }
    }

    #[test]
    fn pdf_dates_read_and_print() {
        let time: Time = "2030-06-01T12:34:56Z".parse().unwrap();
        assert_eq!(time.to_pdf(), "D:20300601123456+00'00'");
        for text in [
            "D:20300601123456+00'00'",
            "D:20300601123456Z",
            "D:20300601203456+08'00'",
            "20300601123456",
        ] {
            assert_eq!(Time::from_pdf(text.as_bytes()), Ok(time), "{text}");
        }
        assert_eq!(
            Time::from_pdf(b"D:2030").unwrap().to_string(),
            "2030-01-01T00:00:00Z"
        );
        for bad in [
            "D:",
            "D:203",
            "D:20301301",
            "D:20300601123456+8",
            "D:20300601123456+99'00'",
        ] {
            assert_eq!(Time::from_pdf(bad.as_bytes()), Err(InvalidTime), "{bad}");
        }
    }

    #[test]
    fn days_count_both_ways() {
        for text in [
            "0001-01-01",
            "1969-12-31",
            "1970-01-01",
            "2024-02-29",
            "9999-12-31",
        ] {
            let date: Date = text.parse().unwrap();
            assert_eq!(Date::from_days_since_epoch(date.days_since_epoch()), Ok(date));
            assert_eq!(date.to_string(), text);
        }
        assert!(Date::from_days_since_epoch(i64::MAX).is_err());
    }
}
