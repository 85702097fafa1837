//! What a time-stamping authority says (RFC 3161, clause 2.4.2): TSTInfo, the content of a time-stamp token.

use super::{AlgorithmIdentifier, CmsError, Result};
use crate::asn1::{self, Asn1Error, Oid, Reader, Rules, Tlv, tag};
use crate::error::At;
use crate::time::Time;

/// TSTInfo: some bytes with this digest existed at this time. True only once the token's signature verifies and the authority
/// is trusted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStampInfo<'a> {
    /// The policy under which the authority stamped.
    pub policy: Oid<'a>,
    /// The digest algorithm of the imprint, as named.
    pub imprint_algorithm: AlgorithmIdentifier<'a>,
    /// The digest of what was stamped.
    pub imprint: &'a [u8],
    /// Contents octets of the serial number: with the authority's name it is unique.
    pub serial: &'a [u8],
    /// genTime, cut to the second.
    pub time: Time,
    /// How far the true time may lie from `time` in either direction, in seconds, rounded up; `None` if the authority does not
    /// say. What is cut off `time` is included.
    pub accuracy: Option<u32>,
    /// Contents octets of the number that the request brought.
    pub nonce: Option<&'a [u8]>,
}

/// GeneralizedTime with seconds: `YYYYMMDDhhmmss`.
const WHOLE_SECONDS: usize = 14;

impl<'a> TimeStampInfo<'a> {
    /// Reads the eContent of a token, DER; nothing may follow it.
    ///
    /// # Errors
    /// Occurs if the bytes have another form, the version is not 1, or a critical extension is there: none is defined.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let rules = Rules::Der;
        let mut outer = Reader::new(bytes, rules);
        let mut inner = outer.expect(tag::SEQUENCE)?.reader(rules);
        outer.finish()?;
        let version = inner.expect(tag::INTEGER)?;
        if asn1::small_integer(&version)? != 1 {
            return Err(version.error(Asn1Error::Value).into());
        }
        let policy = inner.expect(tag::OID)?.oid()?;
        let mut imprint = inner.expect(tag::SEQUENCE)?.reader(rules);
        let imprint_algorithm = AlgorithmIdentifier::parse(&imprint.expect(tag::SEQUENCE)?, rules)?;
        let digest = imprint.expect(tag::OCTET_STRING)?.contents;
        imprint.finish()?;
        let serial = asn1::integer_contents(&inner.expect(tag::INTEGER)?)?;
        let (time, cut) = general_time(&inner.expect(tag::GENERALIZED_TIME)?)?;
        let accuracy = inner
            .optional(tag::SEQUENCE)?
            .map(|tlv| seconds(&tlv))
            .transpose()?;
        if let Some(ordering) = inner.optional(tag::BOOLEAN)?
            && ordering.contents != [0xff]
            && ordering.contents != [0]
        {
            return Err(ordering.error(Asn1Error::Value).into());
        }
        let nonce = inner
            .optional(tag::INTEGER)?
            .map(|nonce| asn1::integer_contents(&nonce))
            .transpose()?;
        // The authority's own name for itself proves nothing: whose key signed says its certificate.
        inner.optional(tag::CONTEXT_0_CONSTRUCTED)?;
        if let Some(extensions) = inner.optional(tag::CONTEXT_1_CONSTRUCTED)? {
            refuse_critical(&extensions)?;
        }
        inner.finish()?;
        Ok(Self {
            policy,
            imprint_algorithm,
            imprint: digest,
            serial,
            time,
            accuracy: accuracy.map(|seconds| seconds.saturating_add(u32::from(cut))),
            nonce,
        })
    }
}

/// The time, and whether a fraction of a second was cut off: RFC 3161 lets genTime have one, RFC 5280 no other time.
fn general_time(tlv: &Tlv<'_>) -> asn1::Result<(Time, bool)> {
    let wrong = || tlv.error(Asn1Error::Value);
    let (whole, rest) = tlv.contents.split_at_checked(WHOLE_SECONDS).ok_or_else(wrong)?;
    let fraction = match rest {
        [b'Z'] => false,
        // DER: at least one digit, and no zero at the end (X.690, clause 11.7.3).
        [b'.', digits @ .., b'1'..=b'9', b'Z'] if all_digits(digits) => true,
        _ => return Err(wrong()),
    };
    let contents = [whole, b"Z"].concat();
    let whole = Tlv {
        contents: &contents,
        ..*tlv
    };
    Ok((asn1::time(&whole).map_err(|_| wrong())?, fraction))
}

fn all_digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

/// `Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] OPTIONAL, micros [1] OPTIONAL }`, rounded up to seconds.
fn seconds(tlv: &Tlv<'_>) -> asn1::Result<u32> {
    let mut inner = tlv.reader(Rules::Der);
    let whole = match inner.optional(tag::INTEGER)? {
        Some(seconds) => asn1::small_integer(&seconds)?,
        None => 0,
    };
    let mut part = false;
    for context in [tag::CONTEXT_0, tag::CONTEXT_1] {
        if let Some(fraction) = inner.optional(context)? {
            let number = Tlv {
                tag: tag::INTEGER,
                ..fraction
            };
            if !(1..=999).contains(&asn1::small_integer(&number)?) {
                return Err(fraction.error(Asn1Error::Value));
            }
            part = true;
        }
    }
    inner.finish()?;
    Ok(whole.saturating_add(u32::from(part)))
}

/// `Extensions` (RFC 5280, clause 4.1): SEQUENCE OF `SEQUENCE { OID, critical BOOLEAN DEFAULT FALSE, OCTET STRING }`.
fn refuse_critical(extensions: &Tlv<'_>) -> Result<()> {
    let mut all = extensions.reader(Rules::Der);
    while !all.is_empty() {
        let mut one = all.expect(tag::SEQUENCE)?.reader(Rules::Der);
        one.expect(tag::OID)?.oid()?;
        if let Some(critical) = one.optional(tag::BOOLEAN)? {
            // DER leaves false out, so whatever stands here is meant to be critical.
            return Err(At::new(CmsError::Attribute, critical.offset));
        }
        one.expect(tag::OCTET_STRING)?;
        one.finish()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::oids;
    use super::*;

    /// The members of a TSTInfo, to be changed one by one.
    fn members() -> Vec<Vec<u8>> {
        let sha256 = asn1::tlv(tag::SEQUENCE, &[&asn1::oid_tlv(oids::SHA256)]);
        let imprint = asn1::tlv(
            tag::SEQUENCE,
            &[&sha256, &asn1::tlv(tag::OCTET_STRING, &[&[7; 32]])],
        );
        vec![
            asn1::unsigned(&[1]),
            asn1::oid_tlv(oids::SHA512),
            imprint,
            asn1::unsigned(&[42]),
            asn1::tlv(tag::GENERALIZED_TIME, &[b"20300701040000Z"]),
        ]
    }

    fn info(members: &[Vec<u8>]) -> Vec<u8> {
        let parts: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
        asn1::tlv(tag::SEQUENCE, &parts)
    }

    fn refused(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> bool {
        let mut changed = members();
        change(&mut changed);
        TimeStampInfo::parse(&info(&changed)).is_err()
    }

    #[test]
    fn the_least_there_can_be_is_read() {
        let bytes = info(&members());
        let read = TimeStampInfo::parse(&bytes).unwrap();
        assert_eq!(
            (read.imprint, read.serial, read.accuracy),
            (&[7; 32][..], &[42][..], None)
        );
        assert_eq!(read.time, "2030-07-01T04:00:00Z".parse().unwrap());
        assert_eq!(read.imprint_algorithm.oid, oids::SHA256);
    }

    #[test]
    fn everything_there_can_be_is_read() {
        let mut all = members();
        all[4] = asn1::tlv(tag::GENERALIZED_TIME, &[b"20300701040000.25Z"]);
        let accuracy = [
            asn1::unsigned(&[2]),
            asn1::tlv(tag::CONTEXT_0, &[&[5]]),
            asn1::tlv(tag::CONTEXT_1, &[&[1, 0x90]]),
        ];
        all.push(asn1::tlv(tag::SEQUENCE, &accuracy.each_ref().map(Vec::as_slice)));
        all.push(asn1::tlv(tag::BOOLEAN, &[&[0xff]]));
        all.push(asn1::unsigned(&[9]));
        all.push(asn1::tlv(tag::CONTEXT_0_CONSTRUCTED, &[]));
        let extension = asn1::tlv(
            tag::SEQUENCE,
            &[&asn1::oid_tlv(oids::SHA1), &asn1::tlv(tag::OCTET_STRING, &[])],
        );
        all.push(asn1::tlv(tag::CONTEXT_1_CONSTRUCTED, &[&extension]));
        let bytes = info(&all);
        let read = TimeStampInfo::parse(&bytes).unwrap();
        // Two seconds, some thousandths, and what was cut off.
        assert_eq!(read.accuracy, Some(4));
        assert_eq!(read.time, "2030-07-01T04:00:00Z".parse().unwrap());
    }

    #[test]
    fn another_form_is_refused() {
        assert!(refused(|all| all[0] = asn1::unsigned(&[2])), "version");
        assert!(refused(|all| drop(all.remove(1))), "policy");
        assert!(refused(|all| drop(all.remove(3))), "serial number");
        assert!(refused(|all| drop(all.remove(4))), "time");
        assert!(refused(|all| all.push(vec![tag::NULL, 0])), "more");
        assert!(
            refused(|all| all.push(asn1::tlv(tag::BOOLEAN, &[&[1]]))),
            "boolean"
        );
        let mut behind = info(&members());
        behind.push(0);
        assert!(TimeStampInfo::parse(&behind).is_err(), "bytes behind");
        let twice = [members()[2].clone(), vec![0]].concat();
        assert!(refused(|all| all[2] = twice), "imprint");
    }

    #[test]
    fn a_time_of_another_form_is_refused() {
        for time in [
            &b"2030070104Z"[..],
            b"20300701040000",
            b"20300701040000+0800",
            b"20300701040000.Z",
            b"20300701040000.0Z",
            b"20300701040000.50Z",
            b"20300701040000,5Z",
            b"20300701040000.a5Z",
            b"20301301040000Z",
        ] {
            let written = asn1::tlv(tag::GENERALIZED_TIME, &[time]);
            assert!(refused(|all| all[4] = written), "{}", time.escape_ascii());
        }
        assert!(refused(
            |all| all[4] = asn1::tlv(tag::UTC_TIME, &[b"300701040000Z"])
        ));
    }

    #[test]
    fn an_accuracy_out_of_range_is_refused() {
        for (tag, value) in [(tag::CONTEXT_0, &[0][..]), (tag::CONTEXT_1, &[0x03, 0xe8])] {
            let accuracy = asn1::tlv(tag::SEQUENCE, &[&asn1::tlv(tag, &[value])]);
            assert!(refused(|all| all.push(accuracy)), "{value:?}");
        }
        let most = asn1::tlv(tag::SEQUENCE, &[&asn1::tlv(tag::CONTEXT_0, &[&[0x03, 0xe7]])]);
        let mut all = members();
        all.push(most);
        let bytes = info(&all);
        assert_eq!(TimeStampInfo::parse(&bytes).unwrap().accuracy, Some(1));
    }

    #[test]
    fn a_critical_extension_is_refused() {
        let extension = asn1::tlv(
            tag::SEQUENCE,
            &[
                &asn1::oid_tlv(oids::SHA1),
                &asn1::tlv(tag::BOOLEAN, &[&[0xff]]),
                &asn1::tlv(tag::OCTET_STRING, &[]),
            ],
        );
        let extensions = asn1::tlv(tag::CONTEXT_1_CONSTRUCTED, &[&extension]);
        assert!(refused(|all| all.push(extensions)));
    }
}
