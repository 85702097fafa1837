//! Time stamps (RFC 3161): that something existed at a time, said by an authority whose key is for nothing else.
//!
//! Two kinds are met with: the document time stamp, a signature field of its own that covers a whole revision (ISO 32000-2,
//! 12.8.5), and the signature time stamp, an unsigned attribute over a seal's signature value (EN 319 122-1, clause 5.3).
//!
//! One of an authority that nobody trusts here, or that was revoked, proves nothing and takes nothing from a seal that is right by
//! itself: a note. One whose bytes or signature are *wrong* is worse than none: a document time stamp is then a signature field like
//! any other that does not fit the file, and an attribute, which anybody can add and no signature covers, leaves a doubt about the
//! container. What the good ones prove is for [`past`](super::past).

use super::Verifier;
use super::chain::{self, Basis, Signer};
use super::facts::TimeStampFacts;
use super::finding::Code;
use super::grounds::Carried;
use super::moment::{Proof, ProvenTime};
use super::report::Report;
use super::signature::{self, Binding, Fault};
use crate::cms::{ID_TST_INFO, TimeStampInfo};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::limits::Limits;
use crate::pki::{Certificate, PathReason, policy};
use crate::time::Time;

/// A time stamp whose imprint and signature are right. Whose it is, says [`judge`].
pub(super) struct Stamp {
    pub(super) time: Time,
    /// Seconds.
    pub(super) accuracy: Option<u32>,
    pub(super) algorithm: SignatureAlgorithm,
    /// The digest of what was stamped.
    imprint: DigestAlgorithm,
    pub(super) signer: Certificate,
    /// The other certificates in the token. Not signed, not trusted.
    pub(super) others: Vec<Certificate>,
    /// Evidence of revocation in the token. Each piece must prove itself.
    pub(super) carried: Vec<Carried>,
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
        Ok((algorithm, imprint))
    };
    match judged() {
        Ok((algorithm, imprint)) => Ok(Stamp {
            time: info.time,
            accuracy: info.accuracy,
            algorithm,
            imprint,
            carried: Carried::all(&data.revocation_information(&signer_info)),
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

/// What `stamp` says, whether its authority is one that the caller trusts when the token is proven to have existed (EN 319 102-1,
/// clauses 5.4 and 5.6.2.4), and the time that this proves.
pub(super) fn judge(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    stamp: &Stamp,
    basis: Basis<'_>,
    by: Proof,
) -> (TimeStampFacts, Option<ProvenTime>) {
    let judged = trusted(verifier, stamp, basis);
    let facts = TimeStampFacts {
        time: stamp.time,
        accuracy_seconds: stamp.accuracy,
        authority: stamp.signer.subject().to_owned(),
        trusted: judged.is_ok(),
        revocation_known: judged == Ok(true),
    };
    if let Err((code, evidence)) = judged {
        report.find(code, object, evidence);
        return (facts, None);
    }
    // The true time lies as far from the one stated as the authority says (RFC 3161, clause 2.4.2); a good one is right to a second
    // (EN 319 421, clause 7.7.1).
    let accuracy = i64::from(stamp.accuracy.unwrap_or(0));
    if let Some(outer) = &basis.moment.proven
        && stamp.time.plus_seconds(accuracy.max(1).saturating_neg()) > outer.time.plus_seconds(1)
    {
        let evidence = format!("{} states a later time than {}", stamp.time, outer.time);
        report.find(Code::TimeStampOrder, object, evidence);
        return (facts, None);
    }
    let asked = basis.moment.asked;
    let proven = (stamp.time <= asked).then(|| ProvenTime {
        time: stamp.time.plus_seconds(accuracy).min(asked),
        by,
        authority: facts.authority.clone(),
    });
    (facts, proven)
}

/// Whether evidence tells that the authority was not revoked; else why it is not believed.
fn trusted(verifier: &Verifier, stamp: &Stamp, basis: Basis<'_>) -> Result<bool, (Code, String)> {
    // Else whoever holds any certificate under a trusted root could state times.
    if !stamp.signer.is_for_time_stamping() {
        return Err((Code::TimeStampPurpose, stamp.signer.subject().to_owned()));
    }
    let untrusted = |why: String| Err((Code::TimeStampUntrusted, why));
    if stamp.time < stamp.signer.valid_from() {
        return untrusted("it states a time before its authority's certificate was valid".to_owned());
    }
    // The token names the certificate.
    let signer = Signer {
        certificate: &stamp.signer,
        others: &stamp.others,
        bound: true,
    };
    let chain = match chain::find(verifier, signer, &verifier.time_anchors, basis, false) {
        Ok(chain) => chain,
        Err(error) => {
            let code = match error.reason {
                PathReason::Expired => Code::TimeStampExpired,
                PathReason::Revoked(_) => Code::TimeStampRevoked,
                _ => Code::TimeStampUntrusted,
            };
            return Err((code, error.to_string()));
        }
    };
    let then = basis.moment.time();
    let own = policy::accepts(stamp.algorithm, stamp.signer.key_bits(), then);
    if let Err(refused) = own.and(policy::accepts_digest(stamp.imprint, then)) {
        return untrusted(refused.to_string());
    }
    match chain::outdated(&chain, signer, basis) {
        Some(refused) => untrusted(refused),
        None => Ok(chain.revocation_known()),
    }
}
