//! Results that name their place on a status list in the seal: withdrawn as a whole code, and places that leave it open.

use yinxin::compose::{Fonts, Template};
use yinxin::cose::status::{Status, StatusList};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::payload::{Payload, StatusReference, TextForm, Whole};
use yinxin::record::Issuer;
use yinxin::seal::{Allow, Place, Seal};
use yinxin::verify::Verifier;
use yinxin::whole::Rebuilder;

use super::{INDEX, STATUS, file, issued, office, own_list, record, status_list, trust, verdict};
use crate::common::{at, entry, list_of, signer};
use crate::forge;
use crate::verdicts::Verdict;

#[path = "places.rs"]
mod places;

use places::{edited, signed_again};

fn place(index: u32) -> StatusReference {
    StatusReference::new(STATUS, index).unwrap()
}

pub fn placed() -> Vec<Verdict> {
    let revoked = status_list(|draft| draft.set(INDEX, Status::Revoked).unwrap());
    let valid = || status_list(|_| {});
    let window = |list| Verifier::new(trust(own_list()).statuses([list])).rebuilder(Rebuilder::builtin());
    let record = record("residence");
    let template = Template::builtin("residence").unwrap();
    let template = template.prepare(&Fonts::bundled()).unwrap();
    let drafted = template.compose(&record).unwrap();
    let sealing = drafted.without_code().status(place(INDEX));
    let sealed = sealing.seal(&office().seal(), &office().signer(), at()).unwrap();
    let whole = Whole::of(&sealed, &record, &template, &office().seal()).unwrap();
    let text = whole.text(&TextForm::Compact).unwrap();
    let withdrawn = window(revoked).verify_text(&text, at());
    let sealed = sealed.into_bytes();
    let other = Payload::of(&record).with_status(place(INDEX + 1));
    let (_, other) = issued(&record, other);
    let differ = window(valid()).verify_text_with_pdf(&other, &sealed, at());
    let malformed = signed_again(&edited(&sealed, "/Index 12351", "/Index -1"), "ed25519");
    vec![
        verdict("whole-code-withdrawn", &sealed, withdrawn),
        verdict("status-places-differ", &sealed, differ),
        file("status-place-unreadable", &window(valid()), &malformed),
        file(
            "status-place-of-another",
            &of_two_bodies(valid()),
            &second_names_it(),
        ),
    ]
}

/// Who knows both bodies.
fn of_two_bodies(list: StatusList) -> Verifier {
    let record = record("residence");
    let kind = record.kind().code.to_string();
    let other = Issuer {
        name: "滨海市政务服务中心".to_owned(),
        code: "11109900MB2A100330".parse().unwrap(),
    };
    let list_of_both = list_of(vec![
        entry(record.issuer(), &["ed25519"], &[&kind]),
        entry(&other, &["rsa2048"], &[&kind]),
    ]);
    Verifier::new(trust(list_of_both).statuses([list]))
}

/// The file of one body with the seal of another behind it, which names a place.
fn second_names_it() -> Vec<u8> {
    let seal = |file: Vec<u8>, index: Option<u32>, y_mm: f64, key: &str, look: &Seal| {
        let draft = Draft::open(file, &Limits::DEFAULT).unwrap();
        let (page, x_mm) = (0, 60.0);
        let mut sealing = draft.without_code().certifies(None);
        sealing = sealing.place(Place { page, x_mm, y_mm }).allow(Allow::Overlap);
        if let Some(index) = index {
            sealing = sealing.status(place(index));
        }
        sealing.seal(look, &signer(key), at()).unwrap().into_bytes()
    };
    let page = forge::page(600, 800, "0 0 20 20 re f");
    let first = seal(page, None, 60.0, "ed25519", &forge::mark());
    seal(first, Some(INDEX), 160.0, "rsa2048", &forge::mark())
}
