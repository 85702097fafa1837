//! A sealed file with anything done to it: verify it under the default policy. Oracle: if it is accepted, its pages and what
//! lies on them are what the first seal covers; only validation data and fields that show nothing may have come after.
#![no_main]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::pdf::{Document, Object, Ref, View};
use yinxin::pki::Certificate;
use yinxin::time::Time;
use yinxin::verify::{Outcome, Trust, Verifier};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let read = |pem: &str| Certificate::from_pem_many(pem).expect("test certificates");
    let root = read(include_str!("../../test-vectors/keys/root.cert.pem"));
    let intermediate = read(include_str!("../../test-vectors/keys/intermediate.cert.pem"));
    Verifier::new(Trust::new().roots(root).certificates(intermediate)).limits(limits())
});

fn limits() -> Limits {
    let mut limits = Limits::DEFAULT;
    limits.pdf_stream_bytes = 1 << 20;
    limits.pdf_decoded_bytes = 8 << 20;
    limits
}

fuzz_target!(|data: &[u8]| {
    let at: Time = "2030-07-01T04:00:00Z".parse().expect("a time");
    let report = VERIFIER.verify_pdf(data, at);
    if report.outcome != Outcome::Authentic {
        return;
    }
    let lengths = report.seals.iter().filter_map(|seal| seal.revision_length);
    let length = lengths.min().expect("an authentic file has a seal");
    let signed = &data[..usize::try_from(length).expect("it is in memory")];
    let then = Document::open(signed, &limits()).expect("the sealed revision opens");
    let now = Document::open(data, &limits()).expect("an authentic file opens");
    assert_eq!(shown(&then.newest()), shown(&now.newest()));
});

/// Keys that say nothing of what a page looks like.
const UNSEEN: [&[u8]; 6] = [
    b"Parent",
    b"P",
    b"StructParent",
    b"StructParents",
    b"Metadata",
    b"Tabs",
];

/// What can be seen of a document, in words. Annotations without area are left out.
fn shown(view: &View<'_, '_>) -> String {
    let mut text = String::new();
    for page in view.pages().expect("pages") {
        let dictionary = page.dictionary().expect("a page");
        let visible = page.visible_box();
        let _ = write!(text, "page {visible:?} {} {}", page.rotate, page.user_unit);
        for object in [dictionary.find(b"Contents"), page.resources()]
            .into_iter()
            .flatten()
        {
            write(view, object, &mut text, &mut BTreeSet::new());
        }
        let annotations = dictionary.find(b"Annots").cloned().unwrap_or(Object::Null);
        let annotations = view.resolve(&annotations).expect("annotations");
        for annotation in annotations.as_array().unwrap_or_default() {
            let object = view.resolve(annotation).expect("an annotation");
            let Some(annotation) = object.as_dictionary() else {
                continue;
            };
            let corners = view.find(annotation, b"Rect").expect("a rectangle");
            let corners: Vec<f64> = corners
                .as_array()
                .unwrap_or_default()
                .iter()
                .filter_map(Object::as_number)
                .collect();
            if let [left, bottom, right, top] = corners[..]
                && (left - right) * (bottom - top) == 0.0
            {
                continue;
            }
            let _ = write!(text, "annotation {corners:?}");
            for key in [b"AP".as_slice(), b"AS", b"F", b"OC", b"Subtype"] {
                if let Some(value) = annotation.find(key) {
                    write(view, value, &mut text, &mut BTreeSet::new());
                }
            }
        }
    }
    text
}

/// `object` and what it leads to, streams decoded; what was written before is left out.
fn write(view: &View<'_, '_>, object: &Object, text: &mut String, seen: &mut BTreeSet<Ref>) {
    let mut stack = vec![object.clone()];
    while let Some(object) = stack.pop() {
        if let Object::Reference(id) = object {
            if !seen.insert(id) {
                continue;
            }
            if let Ok(Some(found)) = view.object(id) {
                stack.push(found.object.clone());
            }
            continue;
        }
        if let Object::Stream(stream) = &object {
            let data = view.decode(stream);
            let data = data.unwrap_or_else(|_| view.data(stream).to_vec());
            let _ = write!(text, "stream {data:?}");
        }
        match &object {
            Object::Array(items) => stack.extend(items.iter().rev().cloned()),
            other => match other.as_dictionary() {
                Some(dictionary) => {
                    let mut entries: Vec<_> = dictionary.entries().iter().collect();
                    entries.sort_by(|a, b| a.key.as_slice().cmp(b.key.as_slice()));
                    for entry in entries {
                        if !UNSEEN.contains(&entry.key.as_slice()) {
                            let _ = write!(text, "{:?}", entry.key);
                            stack.push(entry.value.clone());
                        }
                    }
                }
                None => {
                    let _ = write!(text, "{other:?}");
                }
            },
        }
    }
}
