//! Which algorithms are accepted, with what keys, and until when: data, looked up for the time asked about.
//!
//! What is not in the table is not accepted. The law names algorithms for government seals (GB/T 38540 and the rules for
//! commercial cryptography) but sets no day on which one of those below ends; days in the table are therefore this project's own default,
//! taken from the source each row names.

use core::fmt;

use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::time::{Date, Time};

/// What a row of the table is about.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Subject {
    /// A digest, in a signature or a time stamp.
    Digest(DigestAlgorithm),
    /// ECDSA.
    Ecdsa,
    /// Ed25519.
    Ed25519,
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1,
    /// RSASSA-PSS.
    RsaPss,
}

/// One row: an algorithm with keys of at least so many bits, and the last day on which it is accepted.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Row {
    /// The algorithm.
    pub subject: Subject,
    /// Bits of the key at least: of the modulus, or of the curve's order. 0 for digests.
    pub minimum_bits: u32,
    /// Year, month and day of the last day (UTC) on which it is accepted; `None` if no day is set.
    pub until: Option<(u16, u8, u8)>,
    /// Where the row is taken from.
    pub source: &'static str,
    /// Whether a law sets it; otherwise it is this project's own default.
    pub by_law: bool,
}

const fn row(subject: Subject, minimum_bits: u32, until: Option<(u16, u8, u8)>, source: &'static str) -> Row {
    Row {
        subject,
        minimum_bits,
        until,
        source,
        by_law: false,
    }
}

const FIPS_180: &str = "FIPS 180-4; NIST SP 800-131A Rev. 2, table 8";
const BITS_128: &str = "NIST SP 800-57 Part 1 Rev. 5, tables 2 and 4 (128 bits of security and above)";
const BITS_112: &str = "NIST SP 800-57 Part 1 Rev. 5, tables 2 and 4 (112 bits of security, through 2030)";

/// The table.
pub const ALGORITHMS: &[Row] = &[
    row(Subject::Digest(DigestAlgorithm::Sha256), 0, None, FIPS_180),
    row(Subject::Digest(DigestAlgorithm::Sha384), 0, None, FIPS_180),
    row(Subject::Digest(DigestAlgorithm::Sha512), 0, None, FIPS_180),
    row(Subject::Ecdsa, 256, None, BITS_128),
    row(Subject::Ed25519, 256, None, BITS_128),
    row(Subject::RsaPkcs1, 2048, Some((2030, 12, 31)), BITS_112),
    row(Subject::RsaPkcs1, 3072, None, BITS_128),
    row(Subject::RsaPss, 2048, Some((2030, 12, 31)), BITS_112),
    row(Subject::RsaPss, 3072, None, BITS_128),
];

/// An algorithm is not accepted at the time asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotAccepted {
    subject: Subject,
    key_bits: u32,
    until: Option<(u16, u8, u8)>,
}

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject, key_bits, ..
        } = self;
        match self.until {
            Some((year, month, day)) => write!(
                f,
                "{subject:?} with {key_bits} bits is accepted until {year}-{month:02}-{day:02}"
            ),
            None => write!(f, "{subject:?} with {key_bits} bits is not accepted"),
        }
    }
}

impl core::error::Error for NotAccepted {}

/// Whether signatures by `algorithm` with a key of `key_bits` bits are accepted at `at`.
///
/// # Errors
/// Occurs if the table has no row for the algorithm, its digest or keys of that size, or all of them have ended.
pub fn accepts(algorithm: SignatureAlgorithm, key_bits: u32, at: Time) -> Result<(), NotAccepted> {
    use SignatureAlgorithm as A;
    let subject = match algorithm {
        A::Ed25519 => Subject::Ed25519,
        A::EcdsaP256Sha256 | A::EcdsaP256Sha384 | A::EcdsaP384Sha256 | A::EcdsaP384Sha384 => Subject::Ecdsa,
        A::RsaPkcs1Sha256 | A::RsaPkcs1Sha384 | A::RsaPkcs1Sha512 => Subject::RsaPkcs1,
        A::RsaPssSha256 | A::RsaPssSha384 | A::RsaPssSha512 => Subject::RsaPss,
    };
    look_up(ALGORITHMS, Subject::Digest(algorithm.digest()), 0, at)?;
    look_up(ALGORITHMS, subject, key_bits, at)
}

/// Whether `digest` is accepted by itself at `at`, as in the imprint of a time stamp.
///
/// # Errors
/// As [`accepts`].
pub fn accepts_digest(digest: DigestAlgorithm, at: Time) -> Result<(), NotAccepted> {
    look_up(ALGORITHMS, Subject::Digest(digest), 0, at)
}

fn look_up(table: &[Row], subject: Subject, key_bits: u32, at: Time) -> Result<(), NotAccepted> {
    let mut fit = table
        .iter()
        .filter(|row| row.subject == subject && row.minimum_bits <= key_bits);
    if fit.clone().any(|row| holds(row, at)) {
        return Ok(());
    }
    Err(NotAccepted {
        subject,
        key_bits,
        until: fit.next_back().and_then(|row| row.until),
    })
}

fn holds(row: &Row, at: Time) -> bool {
    row.until.is_none_or(|(year, month, day)| {
        // A day that does not exist has never come; a test holds that there is none.
        Date::new(year, month, day).is_ok_and(|last| at.date() <= last)
    })
}

/// Algorithms that are known and too weak, by dotted object identifier: what to call them, and since when they are
/// not accepted. They are not computed at all; see [`ALGORITHMS`] for those that are.
pub const WEAK: &[(&str, &str)] = &[
    (
        "1.2.840.113549.2.5",
        "MD5, not for signatures since RFC 6151 (2011)",
    ),
    (
        "1.2.840.113549.1.1.4",
        "RSA with MD5, not for signatures since RFC 6151 (2011)",
    ),
    (
        "1.3.14.3.2.26",
        "SHA-1, not for signatures since 2013 (NIST SP 800-131A)",
    ),
    (
        "1.2.840.113549.1.1.5",
        "RSA with SHA-1, not for signatures since 2013 (NIST SP 800-131A)",
    ),
    (
        "1.2.840.10045.4.1",
        "ECDSA with SHA-1, not for signatures since 2013 (NIST SP 800-131A)",
    ),
    (
        "1.2.840.10040.4.3",
        "DSA with SHA-1, not for signatures since 2013 (NIST SP 800-131A)",
    ),
    (
        "1.2.840.10040.4.1",
        "DSA, withdrawn for new signatures by FIPS 186-5 (2023)",
    ),
];

/// What the weak algorithm `oid` is called, and since when it is not accepted; `None` if it is not one of [`WEAK`].
#[must_use]
pub fn weakness(oid: &str) -> Option<&'static str> {
    WEAK.iter()
        .find(|(known, _)| *known == oid)
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn keys_below_the_least_size_are_not_accepted_at_any_time() {
        for (algorithm, bits) in [
            (SignatureAlgorithm::RsaPkcs1Sha256, 2047),
            (SignatureAlgorithm::RsaPssSha512, 1024),
            (SignatureAlgorithm::EcdsaP256Sha256, 255),
            (SignatureAlgorithm::Ed25519, 0),
        ] {
            let refused = accepts(algorithm, bits, at("2000-01-01T00:00:00Z")).unwrap_err();
            assert!(refused.to_string().ends_with("is not accepted"), "{refused}");
        }
    }

    #[test]
    fn a_short_key_is_accepted_to_the_end_of_its_last_day() {
        for algorithm in [
            SignatureAlgorithm::RsaPkcs1Sha256,
            SignatureAlgorithm::RsaPssSha256,
        ] {
            assert_eq!(accepts(algorithm, 2048, at("2030-12-31T23:59:59Z")), Ok(()));
            let refused = accepts(algorithm, 3071, at("2031-01-01T00:00:00Z")).unwrap_err();
            assert!(refused.to_string().contains("until 2030-12-31"), "{refused}");
            assert_eq!(accepts(algorithm, 3072, at("2031-01-01T00:00:00Z")), Ok(()));
        }
    }

    #[test]
    fn algorithms_without_a_last_day_are_accepted() {
        let late = at("2060-01-01T00:00:00Z");
        assert_eq!(accepts(SignatureAlgorithm::Ed25519, 256, late), Ok(()));
        assert_eq!(accepts(SignatureAlgorithm::EcdsaP384Sha384, 384, late), Ok(()));
        assert_eq!(accepts_digest(DigestAlgorithm::Sha256, late), Ok(()));
    }

    #[test]
    fn what_is_not_in_the_table_is_not_accepted() {
        let digest = Subject::Digest(DigestAlgorithm::Sha256);
        assert!(look_up(&[], digest, 0, at("2030-01-01T00:00:00Z")).is_err());
        let other = [row(Subject::Ecdsa, 256, None, "")];
        assert!(look_up(&other, Subject::Ed25519, 256, at("2030-01-01T00:00:00Z")).is_err());
    }

    #[test]
    fn every_day_in_the_table_exists_and_every_row_has_a_source() {
        for row in ALGORITHMS {
            assert!(
                row.until.is_none_or(|(y, m, d)| Date::new(y, m, d).is_ok()),
                "{row:?}"
            );
            assert!(!row.source.is_empty() && !row.by_law, "{row:?}");
        }
    }

    #[test]
    fn weak_algorithms_are_called_by_name() {
        assert!(weakness("1.3.14.3.2.26").unwrap().starts_with("SHA-1"));
        assert!(weakness("1.2.840.113549.1.1.4").unwrap().contains("MD5"));
        assert_eq!(weakness("2.16.840.1.101.3.4.2.1"), None);
    }
}
