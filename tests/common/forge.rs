//! Sealed files taken apart and put together wrongly. Shared by the tests that attack.
#![allow(dead_code, unused_imports, reason = "each test uses its part")]

use std::ops::Range;

use yinxin::cms::build::{signed_attributes, signed_data};
use yinxin::crypto::SignatureAlgorithm;
use yinxin::draft::Draft;
use yinxin::impression::Impression;
use yinxin::limits::Limits;
use yinxin::pdf::{Document, Object, Ref};
use yinxin::pki::{Certificate, Signer};
use yinxin::seal::{Allow, DocMdp, Identity, Place, Seal};

use crate::common::{Office, at};

#[path = "append.rs"]
mod append;

pub use append::{Change, Ending, Form, revision};

/// A page of a few hundred bytes, written by hand: catalog 1, pages 2, page 3, content 4.
pub fn page(width: u32, height: u32, content: &str) -> Vec<u8> {
    file(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Resources<<>>/Contents 4 0 R>>"),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
    ])
}

/// A file of one revision whose objects are 1 and on, the first of them the catalog.
pub fn file(objects: &[String]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let size = objects.len() + 1;
    let mut table = format!("xref\n0 {size}\n0000000000 65535 f \n");
    for (number, body) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let start = file.len();
    let end = format!("{table}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    file.extend_from_slice(end.as_bytes());
    file
}

/// An impression of a few hundred bytes.
pub fn mark() -> Seal {
    Seal::new(Impression::pdf(&page(20, 20, "1 0 0 rg 0 0 20 20 re f"), 10.0).unwrap())
}

pub fn place() -> Place {
    Place {
        page: 0,
        x_mm: 30.0,
        y_mm: 30.0,
    }
}

pub fn open(file: &[u8]) -> Document<'_> {
    Document::open(file, &Limits::DEFAULT).unwrap()
}

/// `file`, whatever it is, sealed by `office` without a code.
pub fn seal(office: &Office, file: Vec<u8>, certifies: Option<DocMdp>) -> Vec<u8> {
    let draft = Draft::open(file, &Limits::DEFAULT).unwrap();
    let sealing = draft.without_code().place(place()).certifies(certifies);
    // Who forges does not mind what lies beneath, or what becomes of PDF/A.
    sealing
        .allow(Allow::Overlap)
        .allow(Allow::PdfaLoss)
        .seal(&mark(), &office.signer(), at())
        .unwrap()
        .into_bytes()
}

/// A small page sealed.
pub fn small(office: &Office) -> Vec<u8> {
    seal(office, page(200, 200, "0 0 20 20 re f"), Some(DocMdp::NoChanges))
}

/// The same with room for signature values of 8 KB.
pub fn roomy(office: &Office) -> Vec<u8> {
    let draft = Draft::open(page(200, 200, "0 0 20 20 re f"), &Limits::DEFAULT).unwrap();
    let signer = office.signer();
    let identity = Identity {
        signature_length: 8192,
        ..Identity::of(&signer)
    };
    let prepared = draft
        .without_code()
        .place(place())
        .prepare(&mark(), &identity, at())
        .unwrap();
    let signature = signer.sign(prepared.to_be_signed()).unwrap();
    prepared.finish(&signature).unwrap().into_bytes()
}

/// Where the parts of a sealed file are.
pub struct Anatomy {
    pub catalog: Ref,
    pub page: Ref,
    pub content: Ref,
    pub field: Ref,
    pub value: Ref,
    /// The field and the dictionary of a second signature.
    pub stamp: Option<(Ref, Ref)>,
    /// The array of `/ByteRange` with its brackets and the spaces behind it.
    pub byte_range: Range<usize>,
    /// The hex string of `/Contents` with its brackets.
    pub contents: Range<usize>,
    /// Where the bytes end that the seal covers.
    pub covered: usize,
    pub next: u32,
    pub startxref: usize,
}

impl Anatomy {
    pub fn of(file: &[u8]) -> Self {
        let document = open(file);
        let view = document.newest();
        let catalog = view.catalog().unwrap();
        let form = view.find(catalog.dictionary().unwrap(), b"AcroForm").unwrap();
        let fields = view.find(form.as_dictionary().unwrap(), b"Fields").unwrap();
        let fields = fields.as_array().unwrap();
        let value_of = |field: &Object| {
            let field = view.object(field.as_reference().unwrap()).unwrap().unwrap();
            field.dictionary().unwrap().find(b"V")?.as_reference()
        };
        let mut signed = fields
            .iter()
            .filter_map(|field| Some((field.as_reference()?, value_of(field)?)));
        let (field, value) = signed.next().unwrap();
        let dictionary = view.object(value).unwrap().unwrap();
        let contents = dictionary.value_span(b"Contents").unwrap();
        let byte_range = dictionary.value_span(b"ByteRange").unwrap();
        let spaces = file[byte_range.end..].iter().take_while(|byte| **byte == b' ');
        let room = byte_range.end + spaces.count().saturating_sub(1);
        let range = dictionary.dictionary().unwrap().find(b"ByteRange").unwrap();
        let range: Vec<i64> = range
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Object::as_integer)
            .collect();
        let page = view.pages().unwrap().remove(0);
        let part = page.dictionary().unwrap().find(b"Contents").unwrap();
        let content = match part {
            Object::Array(parts) => parts.last().unwrap().as_reference(),
            other => other.as_reference(),
        };
        Self {
            catalog: catalog.id,
            page: page.id,
            content: content.unwrap(),
            field,
            value,
            stamp: signed.next(),
            byte_range: byte_range.start..room,
            covered: match range[..] {
                [_, _, after, length] => usize::try_from(after + length).unwrap(),
                _ => file.len(),
            },
            contents,
            next: view.next_object_number(),
            startxref: view.revision().unwrap().startxref,
        }
    }
}

/// `file` with `value` as its signature value, padded with zeros.
pub fn with_value(file: &[u8], value: &[u8]) -> Vec<u8> {
    let hole = Anatomy::of(file).contents;
    let mut out = file.to_vec();
    let room = &mut out[hole.start + 1..hole.end - 1];
    room.fill(b'0');
    let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    room[..digits.len()].copy_from_slice(digits.as_bytes());
    out
}

/// A new signature value for `file` as it is, made with ECDSA P-256: `attributes` may change what is signed.
pub fn signed_again(
    file: &[u8],
    signer: &dyn Signer,
    attributes: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Vec<u8> {
    let parts = Anatomy::of(file);
    let covered = [
        &file[..parts.contents.start],
        &file[parts.contents.end..parts.covered],
    ]
    .concat();
    with_value(file, &value_over(&covered, signer, attributes))
}

/// A signature value over `covered`, made with ECDSA P-256.
fn value_over(covered: &[u8], signer: &dyn Signer, attributes: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let digest = algorithm.digest().digest(covered);
    let chain: Vec<&[u8]> = signer.chain().iter().map(Certificate::der).collect();
    let attributes = attributes(signed_attributes(algorithm, &digest, chain[0]).unwrap());
    let signature = signer.sign(&attributes).unwrap();
    signed_data(algorithm, &chain, &attributes, &signature).unwrap()
}

/// What [`sign_room`] fills: `/ByteRange` and `/Contents` without their values.
pub fn signature_room() -> String {
    let number = "9".repeat(10);
    format!(
        "/ByteRange[0 {number} {number} {number}]/Contents<{}>",
        "0".repeat(6000)
    )
}

/// Signs all of `file` in the room that its last revision, from `start` on, has for it.
pub fn sign_room(file: &mut [u8], start: usize, signer: &dyn Signer) {
    let room = signature_room();
    let at = file[start..]
        .windows(room.len())
        .position(|w| w == room.as_bytes());
    let at = start + at.expect("room for a signature");
    let hole = at + room.find('<').unwrap()..at + room.len();
    let range = format!(
        "/ByteRange[0 {:010} {:010} {:010}]",
        hole.start,
        hole.end,
        file.len() - hole.end
    );
    file[at..at + range.len()].copy_from_slice(range.as_bytes());
    let covered = [&file[..hole.start], &file[hole.end..]].concat();
    let value = value_over(&covered, signer, |same| same);
    let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    file[hole.start + 1..][..digits.len()].copy_from_slice(digits.as_bytes());
}

/// `file` with the first `from` replaced by `to` of the same length.
pub fn swapped(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = file
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap_or_else(|| panic!("{from} not found"));
    let mut out = file.to_vec();
    out[at..at + to.len()].copy_from_slice(to.as_bytes());
    out
}
