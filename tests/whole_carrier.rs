//! The code that hides a file: from its text and the issuer's template the sealed PDF comes back byte for byte, or nothing does.

mod common;

use common::{Office, at, outcome_and_lead, pem, pictures};
use yinxin::Seal;
use yinxin::compose::{BUILTIN, Fonts, PreparedTemplate, Template};
use yinxin::impression::Impression;
use yinxin::payload::{Payload, TextForm, Whole, decode_text};
use yinxin::pki::SoftwareSigner;
use yinxin::seal::Sealed;
use yinxin::symbol::{Level, Symbol};
use yinxin::verify::{Carrier, Code, Outcome, Trust, Verifier};
use yinxin::whole::{HideError, Rebuilder};

/// The sample results that fit a code.
const FITTING: [&str; 5] = [
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
];

fn template(name: &str) -> PreparedTemplate {
    Template::builtin(name)
        .unwrap()
        .prepare(&Fonts::bundled())
        .unwrap()
}

/// A signer whose seals hold the signing certificate alone: all that the authority list has.
fn signer(key: &str) -> SoftwareSigner {
    let text = String::from_utf8(common::read(&format!("test-vectors/keys/{key}.key.pem"))).unwrap();
    SoftwareSigner::from_pem(&text, pem(key)).unwrap()
}

fn sealed(office: &Office, key: &str, name: &str) -> Sealed {
    let draft = template(name)
        .compose_with(&office.record(name), &pictures())
        .unwrap();
    draft
        .without_code()
        .seal(&office.seal(), &signer(key), at())
        .unwrap()
}

fn whole(office: &Office, name: &str, sealed: &Sealed) -> Result<Whole, HideError> {
    Whole::of(sealed, &office.record(name), &template(name), &office.seal())
}

/// What a window has: the list, the root, templates. No file and no certificate.
fn window(office: &Office, name: &str) -> Verifier {
    let kind = office.record(name).kind().code.to_string();
    let trust = Trust::new().roots(pem("root")).list(office.list(name, &[&kind]));
    Verifier::new(trust).rebuilder(Rebuilder::builtin())
}

#[test]
fn the_sealed_file_comes_back_byte_for_byte_and_is_verified_like_any() {
    for key in ["p256", "ed25519", "rsa2048"] {
        let office = Office::with_key(key);
        for name in BUILTIN {
            let sealed = sealed(&office, key, name);
            let whole = match whole(&office, name, &sealed) {
                Ok(whole) => whole,
                Err(HideError::Pictures(count)) => {
                    println!("{key} {name}: {count} pictures");
                    assert!(!FITTING.contains(name));
                    continue;
                }
                Err(error) => panic!("{key} {name}: {error}"),
            };
            for form in [TextForm::Compact, TextForm::Url("https://zm.binhai.example/v")] {
                let text = match whole.text(&form) {
                    Ok(text) => text,
                    Err(HideError::TooLarge { excess_bytes }) => {
                        println!("{key} {name}: {excess_bytes} bytes over");
                        assert!(
                            excess_bytes > 0 && !FITTING.contains(name),
                            "{key} {name}: {excess_bytes} over"
                        );
                        continue;
                    }
                    Err(error) => panic!("{key} {name}: {error}"),
                };
                let symbol = Symbol::of_text(&text, Level::M).unwrap();
                println!(
                    "{key} {name}: {} bytes, {} characters, version {}",
                    whole.encode().len(),
                    text.len(),
                    symbol.version()
                );
                let report = window(&office, name).verify_text(&text, at());
                assert_eq!(
                    report.outcome,
                    Outcome::Authentic,
                    "{key} {name}: {:#?}",
                    report.findings
                );
                assert!(report.rebuilt() == Some(&sealed.to_bytes()), "{key} {name}");
                assert_eq!(report.carrier, Carrier::Whole);
                assert_eq!(report.authentic().unwrap().record(), Some(&office.record(name)));
            }
        }
    }
}
