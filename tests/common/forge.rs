//! Sealed files taken apart and put together wrongly. Shared by the tests that attack.
#![allow(dead_code, reason = "each test uses its part")]

use std::collections::BTreeMap;
use std::ops::Range;

use yinxin::cms::build::{signed_attributes, signed_data};
use yinxin::crypto::SignatureAlgorithm;
use yinxin::draft::Draft;
use yinxin::impression::Impression;
use yinxin::limits::Limits;
use yinxin::pdf::edit::DictionaryEdit;
use yinxin::pdf::{Document, Object, Ref};
use yinxin::pki::{Certificate, Signer};
use yinxin::seal::{Allow, DocMdp, Identity, Place, Seal};

use crate::common::{Office, at};

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
    /// The array of `/ByteRange` with its brackets and the spaces behind it.
    pub byte_range: Range<usize>,
    /// The hex string of `/Contents` with its brackets.
    pub contents: Range<usize>,
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
        let field = fields.as_array().unwrap()[0].as_reference().unwrap();
        let dictionary = view.object(field).unwrap().unwrap();
        let value = dictionary.dictionary().unwrap().find(b"V").unwrap();
        let value = value.as_reference().unwrap();
        let dictionary = view.object(value).unwrap().unwrap();
        let contents = dictionary.value_span(b"Contents").unwrap();
        let byte_range = dictionary.value_span(b"ByteRange").unwrap();
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
            byte_range: byte_range.start..contents.start - " /Contents ".len(),
            contents,
            next: view.next_object_number(),
            startxref: view.revision().unwrap().startxref,
        }
    }
}

/// One object of a [`revision`].
pub enum Change {
    /// The body between `obj` and `endobj`.
    Body(String),
    /// Entries set and removed in the dictionary as it is.
    Edit(Vec<(String, String)>, Vec<String>),
    /// The entry says that the number is free.
    Free,
}

/// What [`revision`] writes at the end of the file.
pub struct Ending {
    /// Whether the trailer has `/Prev`.
    pub previous: bool,
    /// What the trailer has instead of the `/Root` it had.
    pub root: Option<u32>,
    /// More trailer entries.
    pub trailer: String,
}

impl Default for Ending {
    fn default() -> Self {
        Self {
            previous: true,
            root: None,
            trailer: String::new(),
        }
    }
}

/// `file` with a revision behind it that changes `objects`, with a table whatever the file uses.
pub fn revision(file: &[u8], objects: &BTreeMap<u32, Change>, ending: &Ending) -> Vec<u8> {
    let document = open(file);
    let view = document.newest();
    let root = view.catalog().unwrap().id;
    let mut out = file.to_vec();
    let mut table = String::from("xref\n");
    let mut size = view.next_object_number();
    for (number, change) in objects {
        size = size.max(number + 1);
        let body = match change {
            Change::Body(body) => body.clone().into_bytes(),
            Change::Edit(set, remove) => {
                let old = view.object(Ref::new(*number, 0)).unwrap().unwrap();
                let mut edit = DictionaryEdit::new(old.raw(), old.dictionary().unwrap());
                for (key, value) in set {
                    edit.set(key.as_bytes(), value.as_bytes());
                }
                for key in remove {
                    edit.remove(key.as_bytes());
                }
                edit.finish().text().to_vec()
            }
            Change::Free => {
                table.push_str(&format!("{number} 1\n0000000000 00001 f \n"));
                continue;
            }
        };
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(&body);
        out.extend_from_slice(b"\nendobj\n");
    }
    let start = out.len();
    let previous = match ending.previous {
        true => format!("/Prev {}", view.revision().unwrap().startxref),
        false => String::new(),
    };
    let root = ending.root.unwrap_or(root.number);
    let trailer = format!(
        "trailer\n<</Size {size}/Root {root} 0 R{previous}{}>>\n",
        ending.trailer
    );
    out.extend_from_slice(format!("{table}{trailer}startxref\n{start}\n%%EOF\n").as_bytes());
    out
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
    let hole = Anatomy::of(file).contents;
    let covered = [&file[..hole.start], &file[hole.end..]].concat();
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let digest = algorithm.digest().digest(&covered);
    let chain: Vec<&[u8]> = signer.chain().iter().map(Certificate::der).collect();
    let attributes = attributes(signed_attributes(algorithm, &digest, chain[0]).unwrap());
    let signature = signer.sign(&attributes).unwrap();
    let value = signed_data(algorithm, &chain, &attributes, &signature).unwrap();
    with_value(file, &value)
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
