//! Time stamps made here: tokens by the test authority, revisions with a document time stamp, seals with a time stamp.
#![allow(dead_code, reason = "each test uses its part")]

use std::collections::BTreeMap;

use yinxin::asn1::{self, Oid, Reader, Rules, tag, tlv};
use yinxin::cms::build::{signed_attributes, signed_data};
use yinxin::cms::{ID_DATA, ID_TST_INFO, Padding};
use yinxin::crypto::DigestAlgorithm;
use yinxin::pdf::{Object, View};
use yinxin::pki::{Certificate, Signer, SoftwareSigner};

use crate::common;
use crate::forge::{self, Anatomy, Change, Ending};

/// id-sha256, contents octets.
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// id-aa-timeStampToken, 1.2.840.113549.1.9.16.2.14.
const TIME_STAMP_TOKEN: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0e];
/// Hexadecimal digits kept for a token.
const ROOM: usize = 12_000;

/// What a token says, and how it is made.
#[derive(Clone)]
pub struct Token {
    /// The test key that signs.
    pub key: &'static str,
    /// genTime.
    pub time: &'static str,
    /// What is stamped instead of the true bytes.
    pub imprint_of: Option<Vec<u8>>,
    /// TSTInfo's version.
    pub version: u8,
    /// Whether the token says that its content is TSTInfo, inside and outside of the signed attributes.
    pub is_tst_info: bool,
    /// The digest algorithm that the imprint names.
    pub imprint_algorithm: &'static [u8],
    /// Done to the signed attributes before they are signed.
    pub attributes: fn(Vec<Vec<u8>>) -> Vec<Vec<u8>>,
    /// Done to the finished token.
    pub finish: fn(Vec<u8>) -> Vec<u8>,
}

impl Default for Token {
    fn default() -> Self {
        Self {
            key: "tsa",
            time: "20300701040500Z",
            imprint_of: None,
            version: 1,
            is_tst_info: true,
            imprint_algorithm: SHA256,
            attributes: |same| same,
            finish: |same| same,
        }
    }
}

impl Token {
    /// A token over `stamped`, DER.
    pub fn over(&self, stamped: &[u8]) -> Vec<u8> {
        let stamped = self.imprint_of.as_deref().unwrap_or(stamped);
        self.over_digest(&DigestAlgorithm::Sha256.digest(stamped))
    }

    /// The TSTInfo about bytes that have this SHA-256.
    fn info(&self, digest: &[u8]) -> Vec<u8> {
        let algorithm = tlv(tag::SEQUENCE, &[&asn1::oid_tlv(Oid::new(self.imprint_algorithm))]);
        tlv(
            tag::SEQUENCE,
            &[
                &asn1::unsigned(&[self.version]),
                &asn1::oid_tlv(ID_DATA),
                &tlv(tag::SEQUENCE, &[&algorithm, &tlv(tag::OCTET_STRING, &[digest])]),
                &asn1::unsigned(&[1]),
                &tlv(tag::GENERALIZED_TIME, &[self.time.as_bytes()]),
                &tlv(tag::SEQUENCE, &[&asn1::unsigned(&[1])]),
            ],
        )
    }

    /// A token over bytes that have this SHA-256, DER.
    pub fn over_digest(&self, digest: &[u8]) -> Vec<u8> {
        let info = self.info(digest);
        let signer = common::signer(self.key);
        let attributed = |attributes| (self.attributes)(attributes);
        (self.finish)(self.signed(&info, &signer, attributed))
    }

    /// The token of the TSTInfo `info` by `signer`.
    fn signed(
        &self,
        info: &[u8],
        signer: &SoftwareSigner,
        attributed: impl FnOnce(Vec<Vec<u8>>) -> Vec<Vec<u8>>,
    ) -> Vec<u8> {
        let chain: Vec<&[u8]> = signer.chain().iter().map(Certificate::der).collect();
        let signature_algorithm = signer.algorithm();
        let own = signature_algorithm.digest().digest(info);
        let mut attributes = children(&signed_attributes(signature_algorithm, &own, chain[0]).unwrap());
        if self.is_tst_info {
            attributes = attributes
                .iter()
                .map(|attribute| replaced(attribute, &asn1::oid_tlv(ID_DATA), &asn1::oid_tlv(ID_TST_INFO)))
                .collect();
        }
        let attributes = asn1::set_of(attributed(attributes));
        let signature = signer.sign(&attributes).unwrap();
        let detached = signed_data(signature_algorithm, &chain, &attributes, &signature).unwrap();
        // SignedData of version 3 with content (RFC 5652, clause 5.1).
        let [kind, outer] = <[_; 2]>::try_from(children(&detached)).unwrap();
        let mut members = children(&children(&outer)[0]);
        members[0] = asn1::unsigned(&[3]);
        let content = tlv(tag::CONTEXT_0_CONSTRUCTED, &[&tlv(tag::OCTET_STRING, &[info])]);
        let content_type = if self.is_tst_info { ID_TST_INFO } else { ID_DATA };
        members[2] = tlv(tag::SEQUENCE, &[&asn1::oid_tlv(content_type), &content]);
        let data = joined(tag::SEQUENCE, &members);
        tlv(
            tag::SEQUENCE,
            &[&kind, &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
        )
    }

    /// A token over bytes that have this SHA-256, by another authority than those of the test keys, DER.
    pub fn by(&self, digest: &[u8], signer: &SoftwareSigner) -> Vec<u8> {
        self.signed(&self.info(digest), signer, |same| same)
    }
}

/// `file` with a revision behind it that holds a document time stamp over all that precedes it and the revision itself.
pub fn stamped(file: &[u8], token: &Token) -> Vec<u8> {
    stamped_as(file, token, "/Type/DocTimeStamp/SubFilter/ETSI.RFC3161", "Stamp")
}

/// The same with other entries in the signature dictionary and another field name.
pub fn stamped_as(file: &[u8], token: &Token, entries: &str, name: &str) -> Vec<u8> {
    appended(file, entries, name, |covered| token.over(covered))
}

/// `file` with a revision behind it that holds another signature field, whose value is `value_of` the bytes it covers.
pub fn appended(file: &[u8], entries: &str, name: &str, value_of: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let document = forge::open(file);
    let view = document.newest();
    let next = view.next_object_number();
    let (field, value) = (next, next + 1);
    let page = view.pages().unwrap().remove(0);
    let range = "[0 0000000000 0000000000 0000000000]";
    let dictionary = format!(
        "<<{entries}/Filter/Adobe.PPKLite/ByteRange{range}/Contents<{}>>>",
        "0".repeat(ROOM)
    );
    let widget = format!(
        "<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/F 132/Rect[0 0 0 0]/P {} 0 R/V {value} 0 R>>",
        page.id.number
    );
    let annotations = with(&view, page.dictionary().unwrap().find(b"Annots"), field);
    let mut objects = BTreeMap::from([
        (field, Change::Body(widget)),
        (value, Change::Body(dictionary)),
        (
            page.id.number,
            Change::Edit(vec![("Annots".to_owned(), annotations)], vec![]),
        ),
    ]);
    let catalog = view.catalog().unwrap();
    let form = catalog.dictionary().unwrap().find(b"AcroForm").unwrap();
    let resolved = view.resolve(form).unwrap();
    let fields = with(&view, resolved.as_dictionary().unwrap().find(b"Fields"), field);
    match form {
        Object::Reference(id) => {
            let change = Change::Edit(vec![("Fields".to_owned(), fields)], vec![]);
            objects.insert(id.number, change);
        }
        _ => {
            let form = format!("<</Fields{fields}/SigFlags 3>>");
            let change = Change::Edit(vec![("AcroForm".to_owned(), form)], vec![]);
            objects.insert(catalog.id.number, change);
        }
    }
    let mut out = forge::revision(file, &objects, &Ending::default());
    let place = |needle: &str| {
        let found = out.windows(needle.len()).rposition(|w| w == needle.as_bytes());
        found.unwrap()
    };
    let (range_at, open) = (place(range), place(&format!("<{}", "0".repeat(ROOM))));
    let close = open + ROOM + 2;
    let written = format!("[0 {open:010} {close:010} {:010}]", out.len() - close);
    out[range_at..range_at + range.len()].copy_from_slice(written.as_bytes());
    let value = value_of(&[&out[..open], &out[close..]].concat());
    let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    out[open + 1..open + 1 + digits.len()].copy_from_slice(digits.as_bytes());
    out
}

/// The array `old`, wherever it stands, and a reference to object `number`.
fn with(view: &View<'_, '_>, old: Option<&Object>, number: u32) -> String {
    let null = Object::Null;
    let resolved = view.resolve(old.unwrap_or(&null)).unwrap();
    let items = resolved.as_array().unwrap_or_default();
    let mut text: Vec<String> = items
        .iter()
        .map(|item| {
            let id = item.as_reference().unwrap();
            format!("{} {} R", id.number, id.generation)
        })
        .collect();
    text.push(format!("{number} 0 R"));
    format!("[{}]", text.join(" "))
}

/// A page with an empty form.
pub fn with_form() -> Vec<u8> {
    let page = forge::page(200, 200, "0 0 20 20 re f");
    let form = vec![("AcroForm".to_owned(), "<</Fields[]>>".to_owned())];
    let change = Change::Edit(form, vec![]);
    forge::revision(&page, &BTreeMap::from([(1, change)]), &Ending::default())
}

/// The signature value in `file`, without padding.
pub fn value_of(file: &[u8]) -> Vec<u8> {
    let hole = Anatomy::of(file).contents;
    let digits = std::str::from_utf8(&file[hole.start + 1..hole.end - 1]).unwrap();
    let bytes = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    let bytes: Vec<u8> = bytes.collect();
    let length = Padding::of(&bytes).unwrap().object;
    bytes[..length].to_vec()
}

/// The sealed `file` with `tokens` of the signature value in its unsigned attributes.
pub fn sealed_with(file: &[u8], tokens: impl FnOnce(&[u8]) -> Vec<Vec<u8>>) -> Vec<u8> {
    forge::with_value(file, &with_tokens(&value_of(file), tokens))
}

/// The signature container `value` with `tokens` in its unsigned attributes, each an attribute value.
pub fn with_tokens(value: &[u8], tokens: impl FnOnce(&[u8]) -> Vec<Vec<u8>>) -> Vec<u8> {
    let [kind, outer] = <[_; 2]>::try_from(children(value)).unwrap();
    let mut members = children(&children(&outer)[0]);
    let infos = members.pop().unwrap();
    let mut info = children(&children(&infos)[0]);
    let signature = Reader::new(info.last().unwrap(), Rules::Der).read().unwrap();
    let values = asn1::set_of(tokens(signature.contents));
    let attribute = tlv(
        tag::SEQUENCE,
        &[&asn1::oid_tlv(Oid::new(TIME_STAMP_TOKEN)), &values],
    );
    info.push(tlv(tag::CONTEXT_1_CONSTRUCTED, &[&attribute]));
    members.push(tlv(tag::SET, &[&joined(tag::SEQUENCE, &info)]));
    let data = joined(tag::SEQUENCE, &members);
    tlv(
        tag::SEQUENCE,
        &[&kind, &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
    )
}

/// The signature container `value` with evidence of revocation beside its certificates (RFC 5652, clause 5.1): each a
/// RevocationInfoChoice. No signature covers it.
pub fn carrying(value: &[u8], evidence: &[Vec<u8>]) -> Vec<u8> {
    let [kind, outer] = <[_; 2]>::try_from(children(value)).unwrap();
    let mut members = children(&children(&outer)[0]);
    members.insert(4, joined(tag::CONTEXT_1_CONSTRUCTED, evidence));
    let data = joined(tag::SEQUENCE, &members);
    tlv(
        tag::SEQUENCE,
        &[&kind, &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
    )
}

/// The elements inside the one that `bytes` begins with.
pub fn children(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut inner = Reader::new(bytes, Rules::Ber).read().unwrap().reader(Rules::Ber);
    let mut found = vec![];
    while !inner.is_empty() {
        found.push(inner.read().unwrap().raw.to_vec());
    }
    found
}

pub fn joined(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    tlv(tag, &parts)
}

/// The attribute `attribute` with its value replaced, if it is `from`.
pub fn replaced(attribute: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let [kind, values] = <[_; 2]>::try_from(children(attribute)).unwrap();
    if children(&values) != [from.to_vec()] {
        return attribute.to_vec();
    }
    tlv(tag::SEQUENCE, &[&kind, &tlv(tag::SET, &[to])])
}
