//! Time stamps that are wrong; what each of them comes to is in `verify_stamps.rs`.

use super::*;
use stamp::{Token, sealed_with, stamped, with_form};

pub fn stamps(cases: &mut Cases) {
    let file = forge::roomy(&office());
    let verify = |file: &[u8]| office().verifier().verify_pdf(file, at());
    let plain = |file: &[u8]| roots("root").verify_pdf(file, at());
    let of_another = Token {
        imprint_of: Some(b"other".to_vec()),
        ..Token::default()
    };
    cases.add(
        "document time stamp of other bytes",
        Code::TimeStampImprint,
        plain(&stamped(&with_form(), &of_another)),
    );
    let version = Token {
        version: 2,
        ..Token::default()
    };
    cases.add(
        "document time stamp of version 2",
        Code::TimeStampMalformed,
        plain(&stamped(&with_form(), &version)),
    );
    let by = |key| Token {
        key,
        ..Token::default()
    };
    let with = |token: &Token| verify(&sealed_with(&file, |value| vec![token.over(value)]));
    cases.add(
        "time stamp by an office",
        Code::TimeStampPurpose,
        with(&by("p256")),
    );
    cases.add(
        "time stamp of something else",
        Code::TimeStampUnusable,
        with(&of_another),
    );
    let expired = Token {
        imprint_algorithm: &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
        ..Token::default()
    };
    cases.add("time stamp with SHA-1", Code::TimeStampUntrusted, with(&expired));
    cases.add("time stamp copied", Code::TimeStampDuplicate, {
        verify(&sealed_with(&file, |value| {
            let token = Token::default().over(value);
            vec![token.clone(), token]
        }))
    });
}
