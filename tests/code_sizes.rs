//! How large the codes of the sample results are, in bytes, characters, version and millimetres of paper.
//!
//! `cargo test --test code_sizes -- --nocapture` prints the tables of docs/BENCHMARKS.md. Keys are Ed25519, whose signatures are the
//! same in every run: an ECDSA signature of as many bytes packs to one byte more or less.

#[path = "common/mod.rs"]
mod common;

use common::{Office, at, pictures};
use yinxin::compose::{BUILTIN, Fonts, Template};
use yinxin::payload::{Payload, StatusReference, TextForm, Whole, encode_text};
use yinxin::pki::Signer as _;
use yinxin::symbol::{Level, PrintRule, Symbol};

/// Results of the demo first; the others are longer or rarer.
const FIVE: [&str; 5] = [
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
];
const BASE: &str = "https://zm.binhai.example/v";

fn names() -> impl Iterator<Item = &'static str> {
    let others = BUILTIN.iter().copied().filter(|name| !FIVE.contains(name));
    FIVE.into_iter().chain(others)
}

fn office() -> Office {
    Office::with_key("ed25519")
}

/// One text drawn: characters, version, side in millimetres with the quiet zone, at 0.38 mm a module.
struct Drawn {
    characters: usize,
    version: u8,
    side_mm: f64,
}

impl Drawn {
    fn of(text: &str) -> Option<Self> {
        let symbol = Symbol::of_text(text, Level::M).ok()?;
        let rule = PrintRule::DEFAULT;
        let modules = symbol.width() + 2 * rule.quiet_zone;
        Some(Self {
            characters: text.len(),
            version: symbol.version(),
            side_mm: modules as f64 * rule.minimum_module_mm,
        })
    }

    fn cells(drawn: &Option<Self>) -> String {
        match drawn {
            None => "- | - | -".to_owned(),
            Some(d) if d.version > PrintRule::DEFAULT.maximum_version => {
                format!("{} | {}: refused | -", d.characters, d.version)
            }
            Some(d) => format!("{} | {} | {:.1}", d.characters, d.version, d.side_mm),
        }
    }
}

/// The bytes of an object, packed, and its two texts.
fn texts(object: &[u8]) -> (usize, usize, [Option<Drawn>; 2]) {
    let compact = encode_text(object, &TextForm::Compact).ok();
    let packed = compact
        .as_ref()
        .map_or(0, |text| base45::decode(&text[4..]).unwrap().len());
    let url = encode_text(object, &TextForm::Url(BASE)).ok();
    let drawn = [compact, url].map(|text| text.and_then(|text| Drawn::of(&text)));
    (object.len(), packed, drawn)
}

fn reference(payload: &Payload) -> Vec<u8> {
    let signer = office().signer();
    let kid = signer.chain()[0].kid();
    let unsigned = payload.unsigned(signer.algorithm(), &kid).unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    unsigned.finish(&signature).unwrap()
}

/// The claims that `stamp issue` signs: all fields, the draft, the proof of the holder's code.
fn claims(name: &str) -> Payload {
    let record = office().record(name);
    let draft = office().draft(name);
    let digest = yinxin::crypto::DigestAlgorithm::Sha256.digest(draft.bytes());
    Payload::of(&record)
        .with_draft(draft.bytes().len() as u64, digest.try_into().unwrap())
        .with_holder_proof(record.holder())
        .unwrap()
}

/// The whole file in a code, if it is of a kind that can be.
fn whole(name: &str) -> Result<Vec<u8>, String> {
    let template = Template::builtin(name)
        .unwrap()
        .prepare(&Fonts::bundled())
        .unwrap();
    let record = office().record(name);
    let draft = template.compose_with(&record, &pictures()).unwrap();
    let sealed = draft
        .without_code()
        .seal(&office().seal(), &office().signer(), at());
    let whole = Whole::of(&sealed.unwrap(), &record, &template, &office().seal());
    whole
        .map(|whole| whole.encode())
        .map_err(|error| error.to_string())
}

const HEAD: &str = "\
| result | object, bytes | packed, bytes | `YX1:` characters | version | side, mm | address and digits | version | side, mm |
|---|---|---|---|---|---|---|---|---|";

fn row(name: &str, object: &[u8]) -> [Option<Drawn>; 2] {
    let (length, packed, drawn) = texts(object);
    let cells = drawn.each_ref().map(Drawn::cells);
    println!("| {name} | {length} | {packed} | {} | {} |", cells[0], cells[1]);
    drawn
}

#[test]
fn reference_codes_of_all_templates_stay_within_the_version_to_aim_at() {
    println!("reference\n\n{HEAD}");
    for name in names() {
        let drawn = row(name, &reference(&claims(name)));
        for drawn in drawn {
            let version = drawn.map_or(u8::MAX, |drawn| drawn.version);
            // A form with long texts of an applicant is the largest; a certificate of a line or two the smallest.
            let most = if name == "application-form" {
                25
            } else {
                PrintRule::DEFAULT.aim_version
            };
            assert!(version <= most, "{name}: version {version}");
        }
    }
    println!("| EU health certificate, median of 40 states | 361 | | 541 | 16 | 33.8 | | | |");
}

#[test]
fn a_status_reference_costs_less_than_fifty_bytes() {
    let list = StatusReference::new("https://zm.binhai.example/s/7", 123_456).unwrap();
    let (_, without, _) = texts(&reference(&claims("residence")));
    let (_, with, _) = texts(&reference(&claims("residence").with_status(list)));
    println!("status reference: {without} bytes packed become {with}");
    assert!(with > without && with - without < 50);
}

#[test]
fn whole_codes_of_the_five_results_stay_within_version_25() {
    println!("whole\n\n{HEAD}");
    for name in names() {
        match whole(name) {
            Err(why) => {
                println!("| {name} | {why} | | | | | | | |");
                assert!(!FIVE.contains(&name), "{name}: {why}");
            }
            Ok(object) => {
                let drawn = row(name, &object);
                if FIVE.contains(&name) {
                    for drawn in drawn {
                        let version = drawn.map_or(u8::MAX, |drawn| drawn.version);
                        assert!(
                            version <= PrintRule::DEFAULT.maximum_version,
                            "{name}: version {version}"
                        );
                    }
                }
            }
        }
    }
}
