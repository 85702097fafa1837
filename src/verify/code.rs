//! A scanned code on its own, or together with the file it came with.

use super::Verifier;
use super::authority::{Claimed, judge};
use super::chain::{Basis, Signer};
use super::facts::Carrier;
use super::finding::Code;
use super::finding::evidence::{self, Mark};
use super::grounds::Grounds;
use super::moment::Moment;
use super::report::Report;
use super::source::Source;
use super::status::Subject;
use super::step::Step;
use crate::crypto::{PublicKey, SignatureAlgorithm, verify_batch};
use crate::payload::{PayloadError, SignedPayload, Whole, decode_text};
use crate::pki::Certificate;
use crate::time::Time;

/// Verifies `text`; with `file`, that the code stands for that very file too.
pub(super) fn verify(verifier: &Verifier, text: &str, file: Option<&Source<'_>>, at: Time) -> Report {
    let object = decode_text(text.trim(), &verifier.limits);
    if let Ok(bytes) = &object
        && Whole::is_one(bytes)
    {
        return super::whole::verify(verifier, bytes, file, at);
    }
    let mut report = match file {
        Some(file) => super::pdf::examine(verifier, file, at),
        None => fileless(verifier, at),
    };
    report.carrier = Carrier::Reference;
    report.ledger.begin(Step::Code);
    // The very code that the file carries was judged with it, at the time that the file proves.
    let judged = report.own_code.is_some() && report.own_code == object.as_ref().ok().cloned();
    let Some(signed) = parse(verifier, &mut report, object) else {
        return report.conclude();
    };
    let Some(file) = file else {
        let signer = signer(verifier, &mut report, "code", &signed, &[]);
        return alone(verifier, report, &signed, signer);
    };
    let (grounds, moment) = (Grounds::given(verifier, at), Moment::unproven(at));
    let basis = Basis {
        grounds: &grounds,
        moment: &moment,
    };
    if !judged {
        check(verifier, &mut report, "code", &signed, &[], basis);
    }
    super::binding::belongs(verifier, &mut report, "code", &signed, file);
    report.ledger.done(Step::Code);
    report.conclude()
}

/// Verifies many codes, Ed25519 signatures together: half the time of one by one. Where the batch fails, each is checked alone,
/// so that the reports say which is at fault.
pub(super) fn verify_all(verifier: &Verifier, texts: &[&str], at: Time) -> Vec<Report> {
    let parsed: Vec<(Report, Option<SignedPayload>)> = texts
        .iter()
        .map(|text| {
            let object = decode_text(text.trim(), &verifier.limits);
            if let Ok(bytes) = &object
                && Whole::is_one(bytes)
            {
                return (super::whole::verify(verifier, bytes, None, at), None);
            }
            let mut report = fileless(verifier, at);
            report.ledger.begin(Step::Code);
            let signed = parse(verifier, &mut report, object);
            (report, signed)
        })
        .collect();
    let firsts: Vec<Option<(Certificate, Vec<u8>)>> = parsed
        .iter()
        .map(|(_, signed)| {
            let signed = signed.as_ref()?;
            let first = candidates(verifier, signed, &[]).into_iter().next()?;
            // The batch looks at keys and signatures alone; the header must say the same, as it must for a code by itself.
            let ed25519 = signed.sign1().header.algorithm == SignatureAlgorithm::Ed25519
                && matches!(first.public_key(), PublicKey::Ed25519(_));
            ed25519.then(|| (first, signed.sign1().to_be_signed(&[])))
        })
        .collect();
    let batch: Vec<(&PublicKey, &[u8], &[u8])> = firsts
        .iter()
        .zip(&parsed)
        .filter_map(|(first, (_, signed))| {
            let (certificate, message) = first.as_ref()?;
            Some((
                certificate.public_key(),
                message.as_slice(),
                signed.as_ref()?.sign1().signature.as_slice(),
            ))
        })
        .collect();
    let proven = verify_batch(&batch).is_ok();
    parsed
        .into_iter()
        .zip(firsts)
        .map(|((mut report, signed), first)| {
            let Some(signed) = signed else {
                return report.conclude();
            };
            let signer = match first {
                Some((certificate, _)) if proven => Some(certificate),
                _ => signer(verifier, &mut report, "code", &signed, &[]),
            };
            alone(verifier, report, &signed, signer)
        })
        .collect()
}

/// The verdict on a code without its file, once its signer is known.
fn alone(
    verifier: &Verifier,
    mut report: Report,
    signed: &SignedPayload,
    signer: Option<Certificate>,
) -> Report {
    let (grounds, moment) = (Grounds::given(verifier, report.at), Moment::unproven(report.at));
    let basis = Basis {
        grounds: &grounds,
        moment: &moment,
    };
    let trusted = signer.is_some_and(|signer| {
        let trusted = stands(verifier, &mut report, "code", signed, &signer, &[], basis);
        report.ledger.done(Step::Code);
        trusted
    });
    report.find(Code::CodeDocumentMissing, "code", "");
    if !signed.payload().joint_names().is_empty() {
        report.find(Code::JointCodeAlone, "code", "");
    }
    if signed.payload().sample() {
        report.find(Code::RecordSample, "code", "");
    }
    super::holder::check(verifier, &mut report, None, Some(signed.payload()));
    report.carry(None, Some(signed.payload().clone()));
    if trusted {
        report.prove();
    }
    report.conclude()
}

/// A report on a code without a file, to which the steps of files do not apply.
pub(super) fn fileless(verifier: &Verifier, at: Time) -> Report {
    let mut report = Report::new(verifier, at);
    report.carrier = Carrier::Reference;
    let of_files = [
        Step::Reading,
        Step::Structure,
        Step::Seals,
        Step::Coverage,
        Step::Changes,
        Step::Signature,
        Step::Record,
        Step::Drawing,
        Step::Seen,
    ];
    for step in of_files {
        report.ledger.begin(step);
        report.ledger.waive(step);
    }
    report
}

/// Text to signed payload, or a finding.
pub(super) fn read(verifier: &Verifier, report: &mut Report, text: &str) -> Option<SignedPayload> {
    parse(verifier, report, decode_text(text.trim(), &verifier.limits))
}

/// What a text holds as a signed payload, or a finding.
fn parse(
    verifier: &Verifier,
    report: &mut Report,
    object: Result<Vec<u8>, PayloadError>,
) -> Option<SignedPayload> {
    match object.and_then(|cose| SignedPayload::parse(&cose, &verifier.limits)) {
        Ok(signed) => Some(signed),
        Err(error) => {
            report.find(Code::CodeUnreadable, "code", error.to_string());
            None
        }
    }
}

/// Checks who signed the payload, whether they might when `basis` says, and whether it stands at `report.at`. True if nothing speaks against the key.
///
/// `beside` are certificates that came with the code (in the file's seal): they can name the key, they give it no trust.
pub(super) fn check(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signed: &SignedPayload,
    beside: &[Certificate],
    basis: Basis<'_>,
) -> bool {
    let signer = signer(verifier, report, object, signed, beside);
    signer.is_some_and(|signer| stands(verifier, report, object, signed, &signer, beside, basis))
}

/// The certificates at hand that the payload's `kid` may mean: a hint of eight bytes, so there may be several, and the
/// signature decides (RFC 9052, clause 3.1).
fn candidates(verifier: &Verifier, signed: &SignedPayload, beside: &[Certificate]) -> Vec<Certificate> {
    let (kid, trust) = (signed.kid(), &verifier.trust);
    let from_list = trust.list.iter().flat_map(|list| list.by_kid(&kid));
    let mut found: Vec<Certificate> = from_list
        .filter_map(|(_, listed)| listed.certificate().cloned())
        .collect();
    let given = trust.certificates.iter().chain(&trust.roots).chain(beside);
    found.extend(given.filter(|certificate| certificate.kid() == kid).cloned());
    found
}

/// The certificate whose key signed the payload, or a finding.
fn signer(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signed: &SignedPayload,
    beside: &[Certificate],
) -> Option<Certificate> {
    let candidates = candidates(verifier, signed, beside);
    let code = if candidates.is_empty() {
        Code::CodeKeyUnknown
    } else {
        Code::CodeSignatureInvalid
    };
    let signer = candidates
        .into_iter()
        .find(|c| signed.verify(c.public_key()).is_ok());
    if signer.is_none() {
        report.find(code, object, evidence::key(&signed.kid()));
    }
    signer
}

/// Whether the signer might say this when `basis` says, and whether it stands at `report.at`.
fn stands(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signed: &SignedPayload,
    signer: &Certificate,
    beside: &[Certificate],
    basis: Basis<'_>,
) -> bool {
    let payload = signed.payload();
    let claimed = Claimed::of(None, Some(payload)).map(|claimed| claimed.by(report.template));
    // The identifier of the key is a hint that the signature covers, and names no certificate for certain.
    let signer = Signer {
        certificate: signer,
        others: beside,
        bound: false,
    };
    let judged = judge(verifier, report, object, signer, claimed.as_ref(), basis);
    if let Some(expiry) = payload.expiry()
        && report.at > expiry
    {
        report.find(Code::CodeExpired, object, Mark::Expired.at(expiry));
    }
    if let Some(start) = payload.not_before()
        && report.at < start
    {
        report.find(Code::CodeNotYetValid, object, Mark::ValidFrom.at(start));
    } else if report.at < payload.issued() {
        report.find(Code::CodeNotYetValid, object, Mark::Granted.at(payload.issued()));
    }
    if let Some(subject) = Subject::of_code(payload, signer.certificate) {
        super::status::judge(verifier, report, object, &subject);
    }
    judged.trusted
}

/// Reads the code in a picture and verifies it. The same code seen twice is one code.
#[cfg(feature = "scan")]
pub(super) fn verify_image(verifier: &Verifier, picture: &[u8], at: Time) -> Report {
    let mut report = fileless(verifier, at);
    match crate::symbol::read::read_picture(picture, &verifier.limits) {
        Err(error) => report.find(Code::ImageUnreadable, "picture", error.to_string()),
        Ok(mut texts) => {
            texts.sort();
            texts.dedup();
            match texts.as_slice() {
                [] => report.find(Code::ImageUnreadable, "picture", "no code found"),
                [text] => return verify(verifier, text, None, at),
                several => {
                    report.find(
                        Code::ImageSeveralCodes,
                        "picture",
                        format!("{} codes", several.len()),
                    );
                }
            }
        }
    }
    report.conclude()
}
