//! The object of a whole code, and the file that is rebuilt from it. Oracles: what was read has one encoding; what is rebuilt has the
//! digest that the object names, the same again, and is accepted only if it is a file that the office sealed.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::payload::{TextForm, Whole, decode_text, encode_text};
use yinxin::pki::Certificate;
use yinxin::time::Time;
use yinxin::verify::{Outcome, Rebuild, Trust, Verifier};
use yinxin::whole::Rebuilder;

const VECTORS: &str = include_str!("../../test-vectors/whole/valid.toml");

/// The objects that the test office made.
static SEALED: LazyLock<BTreeSet<Vec<u8>>> = LazyLock::new(|| {
    let texts = VECTORS.lines().filter_map(|line| line.strip_prefix("text = '"));
    texts
        .map(|text| decode_text(text.trim_end_matches('\''), &Limits::DEFAULT).expect("a kept text"))
        .collect()
});

static CERTIFICATES: LazyLock<Vec<Certificate>> = LazyLock::new(|| {
    let pem = [
        include_str!("../../test-vectors/keys/root.cert.pem"),
        include_str!("../../test-vectors/keys/intermediate.cert.pem"),
        include_str!("../../test-vectors/keys/p256.cert.pem"),
        include_str!("../../test-vectors/keys/p384.cert.pem"),
        include_str!("../../test-vectors/keys/ed25519.cert.pem"),
        include_str!("../../test-vectors/keys/rsa2048.cert.pem"),
    ]
    .concat();
    Certificate::from_pem_many(&pem).expect("test certificates")
});

static REBUILDER: LazyLock<Rebuilder> = LazyLock::new(Rebuilder::builtin);

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let trust = Trust::new()
        .roots(CERTIFICATES.first().cloned())
        .certificates(CERTIFICATES.iter().cloned());
    Verifier::new(trust).rebuilder(REBUILDER.clone())
});

fuzz_target!(|data: &[u8]| {
    let Ok(whole) = Whole::parse(data, &Limits::DEFAULT) else {
        return;
    };
    assert_eq!(whole.encode(), data, "one object, two encodings");
    let kids = whole.certificates().iter();
    let known: Option<Vec<Certificate>> = kids
        .map(|kid| {
            CERTIFICATES
                .iter()
                .find(|certificate| certificate.kid() == *kid)
                .cloned()
        })
        .collect();
    let Some(certificates) = known else { return };
    let made = REBUILDER.rebuild(&whole, &certificates);
    assert!(
        made == REBUILDER.rebuild(&whole, &certificates),
        "one object, two files"
    );
    let Ok(text) = encode_text(data, &TextForm::Compact) else {
        return;
    };
    let at: Time = "2030-07-01T04:00:00Z".parse().expect("a time");
    let report = VERIFIER.verify_text(&text, at);
    assert_eq!(report.rebuilt(), made.as_deref().ok());
    if report.outcome == Outcome::Authentic {
        assert!(SEALED.contains(data), "a file that nobody sealed");
    }
});
