//! A scanned code on its own, or together with the file it came with.

use super::Verifier;
use super::authority::{Claimed, judge};
use super::finding::Code;
use super::report::Report;
use crate::payload::{SignedPayload, decode_text};
use crate::pki::Certificate;
use crate::time::Time;

/// Verifies `text`; with `file`, that the code stands for that very file too.
pub(super) fn verify(verifier: &Verifier, text: &str, file: Option<&[u8]>, at: Time) -> Report {
    let mut report = match file {
        Some(file) => super::pdf::examine(verifier, file, at),
        None => Report::new(at),
    };
    let Some(signed) = read(verifier, &mut report, text) else {
        return report.conclude();
    };
    let trusted = check(verifier, &mut report, "code", &signed, &[]);
    match file {
        Some(file) => super::binding::belongs(verifier, &mut report, "code", &signed, file),
        None => {
            report.find(Code::CodeDocumentMissing, "code", "");
            if signed.payload().sample() {
                report.find(Code::RecordSample, "code", "");
            }
            report.carry(None, Some(signed.payload().clone()));
            if trusted {
                report.prove();
            }
        }
    }
    report.conclude()
}

/// Text to signed payload, or a finding.
pub(super) fn read(verifier: &Verifier, report: &mut Report, text: &str) -> Option<SignedPayload> {
    let parsed = decode_text(text.trim(), &verifier.limits)
        .and_then(|cose| SignedPayload::parse(&cose, &verifier.limits));
    match parsed {
        Ok(signed) => Some(signed),
        Err(error) => {
            report.find(Code::CodeUnreadable, "code", error.to_string());
            None
        }
    }
}

/// Checks who signed the payload, whether they may, and whether it stands at `report.at`.
///
/// True if nothing speaks against the key. `beside` are certificates that came with the code (in the file's seal): they can name the key, they give it no trust.
pub(super) fn check(
    verifier: &Verifier,
    report: &mut Report,
    object: &str,
    signed: &SignedPayload,
    beside: &[Certificate],
) -> bool {
    // `kid` is a hint of eight bytes: every certificate with it is tried, the signature decides (RFC 9052, clause 3.1).
    let kid = signed.kid();
    let from_list = verifier.trust.list.iter().flat_map(|list| list.by_kid(&kid));
    let mut candidates: Vec<Certificate> = from_list
        .filter_map(|(_, listed)| Certificate::try_from(listed.der()).ok())
        .collect();
    let known = verifier
        .trust
        .certificates
        .iter()
        .chain(&verifier.trust.roots)
        .chain(beside);
    for certificate in known {
        if certificate.kid() == kid && !candidates.iter().any(|c| c.der() == certificate.der()) {
            candidates.push(certificate.clone());
        }
    }
    if candidates.is_empty() {
        report.find(Code::CodeKeyUnknown, object, format!("key {}", hex(&kid)));
        return false;
    }
    let Some(signer) = candidates.iter().find(|c| signed.verify(c.public_key()).is_ok()) else {
        report.find(Code::CodeSignatureInvalid, object, format!("key {}", hex(&kid)));
        return false;
    };
    let payload = signed.payload();
    let claimed = Claimed::of(None, Some(payload));
    let judged = judge(verifier, report, object, signer, beside, claimed.as_ref());
    if let Some(expiry) = payload.expiry()
        && report.at > expiry
    {
        report.find(Code::CodeExpired, object, format!("expired {expiry}"));
    }
    if let Some(start) = payload.not_before()
        && report.at < start
    {
        report.find(Code::CodeNotYetValid, object, format!("valid from {start}"));
    } else if report.at < payload.issued() {
        report.find(
            Code::CodeNotYetValid,
            object,
            format!("issued {}", payload.issued()),
        );
    }
    judged.trusted
}

/// Reads the code in a picture and verifies it. The same code seen twice is one code.
#[cfg(feature = "scan")]
pub(super) fn verify_image(verifier: &Verifier, picture: &[u8], at: Time) -> Report {
    let mut report = Report::new(at);
    match crate::symbol::read::read_png(picture, &verifier.limits) {
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
