//! Time stamps (RFC 3161): that something existed at a time, said by an authority whose key is for nothing else.
//!
//! Two kinds are met with: the document time stamp, a signature field of its own that covers a whole revision (ISO 32000-2,
//! 12.8.5), and the signature time stamp, an unsigned attribute over a seal's signature value (EN 319 122-1, clause 5.3).
//!
//! No verdict rests on a time stamp yet: chains are judged at the time asked about. So one of an authority that nobody trusts
//! here takes nothing from a seal that is right by itself, and is a note. One whose bytes or signature are *wrong* is worse than none: a
//! document time stamp is then a signature field like any other that does not fit the file, and an attribute, which anybody can add and
//! no signature covers, leaves a doubt about the container. What time stamps prove about expired certificates and algorithms
//! can be built on [`Stamp`] and [`trusted`] without touching the checks.

use super::finding::Code;
use super::report::{Report, TimeStampFacts};
use super::signature::{self, Binding, Fault};
use super::{Verifier, authority};
use crate::cms::{ID_TST_INFO, TimeStampInfo};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::limits::Limits;
use crate::pki::{Certificate, PathPolicy, VerifiedLinks, find_path_with, policy};
use crate::time::Time;

/// A time stamp whose imprint and signature are right. Whose it is, says [`trusted`].
pub(super) struct Stamp {
    pub(super) time: Time,
    /// Seconds.
    pub(super) accuracy: Option<u32>,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) signer: Certificate,
    /// The other certificates in the token. Not signed, not trusted.
    pub(super) others: Vec<Certificate>,
}

/// Checks the token `token`, which nothing may follow, over bytes whose digest `imprint_of` takes; `None` if that is too much
/// work.
///
/// Of the part of a token that no signature covers nothing is asked, unlike of a seal's container: authorities differ in
/// what they put there, and nothing is read from it but certificates that prove themselves.
pub(super) fn check(
    token: &[u8],
    limits: &Limits,
    imprint_of: impl FnOnce(DigestAlgorithm) -> Option<Vec<u8>>,
) -> Result<Stamp, Fault> {
    let malformed = |what: &str| Fault::new(Code::TimeStampMalformed, what);
    let (data, signer_info) = signature::parse(token, limits)?;
    if data.content_type != ID_TST_INFO {
        return Err(malformed("the content is no TSTInfo"));
    }
    let content = data
        .content
        .as_deref()
        .ok_or_else(|| malformed("there is no content"))?;
    let info = TimeStampInfo::parse(content).map_err(|error| malformed(&error.to_string()))?;
    let found = signature::certificates(&data, &signer_info)?;
    let judged = || {
        if signer_info.signed_attributes.is_none() {
            return Err(Fault::new(
                Code::AttributesWrong,
                "there are no signed attributes",
            ));
        }
        let own = |algorithm: DigestAlgorithm| Some(algorithm.digest(content));
        let (algorithm, binding) = signature::attested(&signer_info, &found.signer, ID_TST_INFO, own)?;
        // RFC 3161, clause 2.4.2: the token must name the authority's certificate; RFC 5816 lets version 2 do it.
        if binding == Binding::None {
            return Err(Fault::new(
                Code::AttributesWrong,
                "no signing-certificate attribute names the authority's certificate",
            ));
        }
        let imprint = info.imprint_algorithm.digest();
        let imprint = imprint.map_err(|e| signature::rejected(&e))?;
        let taken = imprint_of(imprint).ok_or_else(signature::beyond)?;
        if taken != info.imprint {
            return Err(Fault::new(Code::TimeStampImprint, ""));
        }
        Ok(algorithm)
    };
    match judged() {
        Ok(algorithm) => Ok(Stamp {
            time: info.time,
            accuracy: info.accuracy,
            algorithm,
            signer: found.signer,
            others: found.others,
        }),
        Err(fault) => Err(fault.by(found.signer)),
    }
}

/// The time stamps over a seal's signature value: those that are right. What is wrong with the others is in the report.
pub(super) fn of_signature(
    report: &mut Report,
    object: &str,
    tokens: &[Vec<u8>],
    value: &[u8],
    limits: &Limits,
) -> Vec<Stamp> {
    let mut stamps = vec![];
    for (index, token) in tokens.iter().enumerate() {
        // Several authorities may stamp one seal; the same token twice was copied (DSS `pades-t-duplicated`).
        if tokens.iter().take(index).any(|earlier| earlier == token) {
            report.find(Code::TimeStampDuplicate, object, "");
            continue;
        }
        match check(token, limits, |algorithm| Some(algorithm.digest(value))) {
            Ok(stamp) => stamps.push(stamp),
            // Not computed here is not wrong: it proves nothing, like one of an unknown authority.
            Err(fault) if fault.code == Code::AlgorithmRejected => {
                report.find(Code::TimeStampUntrusted, object, fault.evidence);
            }
            Err(fault) => {
                let evidence = format!("{} {}", fault.code.name(), fault.evidence);
                report.find(Code::TimeStampUnusable, object, evidence.trim_end());
            }
        }
    }
    stamps
}

/// What `stamp` says, and whether its authority is one that the caller trusts at the time asked about.
pub(super) fn judge(verifier: &Verifier, report: &mut Report, object: &str, stamp: &Stamp) -> TimeStampFacts {
    TimeStampFacts {
        time: stamp.time,
        accuracy_seconds: stamp.accuracy,
        authority: stamp.signer.subject().to_owned(),
        trusted: trusted(verifier, report, object, stamp),
    }
}

fn trusted(verifier: &Verifier, report: &mut Report, object: &str, stamp: &Stamp) -> bool {
    // Else whoever holds any certificate under a trusted root could state times.
    if !stamp.signer.is_for_time_stamping() {
        report.find(Code::TimeStampPurpose, object, stamp.signer.subject());
        return false;
    }
    let intermediates: Vec<Certificate> = stamp
        .others
        .iter()
        .chain(&verifier.trust.certificates)
        .cloned()
        .collect();
    // Another thread may be at the shared memory just now: then this path is checked without it.
    let mut shared = verifier.links.try_lock();
    let mut own = VerifiedLinks::new(0);
    let path = find_path_with(
        &stamp.signer,
        &intermediates,
        &verifier.anchors,
        report.at,
        &verifier.limits,
        &PathPolicy::default(),
        shared.as_deref_mut().unwrap_or(&mut own),
    );
    let refused = match path {
        Err(error) => error.to_string(),
        Ok(path) => {
            let own = policy::accepts(stamp.algorithm, stamp.signer.key_bits(), report.at);
            match own.err().map(|refused| refused.to_string()) {
                Some(refused) => refused,
                None => match authority::outdated(&path, report.at) {
                    Some(refused) => refused,
                    None => return true,
                },
            }
        }
    };
    report.find(Code::TimeStampUntrusted, object, refused);
    false
}
