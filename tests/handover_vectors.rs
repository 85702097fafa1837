//! Hostile packages, as data: each is refused by name, and none opens as another.
#![cfg(all(feature = "compose", feature = "seal"))]

mod common;
#[path = "common/vectors.rs"]
mod vectors;

use std::fmt::Write as _;

use common::{Office, at, path, pem};
use serde::Deserialize;
use yinxin::authority::{CertificateDraft, IssuerDraft, ListDraft};
use yinxin::crypto::DigestAlgorithm;
use yinxin::handover::{
    Agreement, Beside, HandOver, Inquiry, InquiryError, Package, PackageError, Reader, Role,
};
use yinxin::limits::Limits;
use yinxin::pki::SoftwareSigner;
use yinxin::verify::{Outcome, Trust, Verifier};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default, rename = "do")]
    done: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    expect: String,
}

/// A file to attach: its key in the name tree, `/F`, `/UF`, and its bytes; `same` is the place of another whose stream it shares.
#[derive(Clone)]
struct File {
    key: String,
    f: String,
    uf: String,
    bytes: Vec<u8>,
    other: Option<Vec<u8>>,
    same: Option<usize>,
    associated: bool,
    packing: Packing,
}

/// How the stream of a file is filtered (ISO 32000-2, 7.4.4).
#[derive(Clone, Copy)]
enum Packing {
    Plain,
    Deflated,
    /// Deflated, with the checksum of other bytes.
    Damaged,
}

impl Packing {
    fn pack(self, bytes: &[u8]) -> (&'static str, Vec<u8>) {
        let mut packed = miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6);
        match self {
            Self::Plain => return ("", bytes.to_vec()),
            Self::Deflated => {}
            Self::Damaged => *packed.last_mut().unwrap() ^= 1,
        }
        ("/Filter/FlateDecode", packed)
    }
}

/// A small PDF with these files attached, however wrong.
fn pdf(files: &[File], kids: bool, annotation: bool) -> Vec<u8> {
    let mut objects: Vec<Vec<u8>> = vec![vec![]; 4];
    let mut number = |object: Vec<u8>| {
        objects.push(object);
        objects.len() - 1
    };
    let mut stream = |bytes: &[u8], packing: Packing| {
        let (filter, bytes) = packing.pack(bytes);
        let head = format!("<</Type/EmbeddedFile{filter}/Length {}>>\nstream\n", bytes.len());
        number([head.as_bytes(), &bytes, b"\nendstream"].concat())
    };
    let streams: Vec<(usize, usize)> = files
        .iter()
        .map(|file| {
            let first = stream(&file.bytes, file.packing);
            let other = file.other.as_deref();
            (first, other.map_or(first, |other| stream(other, Packing::Plain)))
        })
        .collect();
    let text = |text: &str| {
        let units: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        format!("<FEFF{units}>")
    };
    let mut specifications = vec![];
    for (file, own) in files.iter().zip(&streams) {
        let (f, uf) = file.same.map_or(*own, |same| streams[same]);
        specifications.push(number(
            format!(
                "<</Type/Filespec/F {}/UF {}/AFRelationship/Data/EF<</F {f} 0 R/UF {uf} 0 R>>>>",
                text(&file.f),
                text(&file.uf)
            )
            .into_bytes(),
        ));
    }
    let mut names = String::new();
    let mut associated = String::new();
    for (file, specification) in files.iter().zip(&specifications) {
        let _ = write!(names, "{} {specification} 0 R ", text(&file.key));
        if file.associated {
            let _ = write!(associated, "{specification} 0 R ");
        }
    }
    let tree = match kids {
        true => format!(
            "<</Kids[{} 0 R]>>",
            number(format!("<</Names[{names}]>>").into_bytes())
        ),
        false => format!("<</Names[{names}]>>"),
    };
    let on_page = match annotation {
        true => format!(
            "/Annots[<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS {} 0 R>>]",
            specifications[0]
        ),
        false => String::new(),
    };
    objects[1] =
        format!("<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles {tree}>>/AF[{associated}]>>").into_bytes();
    objects[2] = b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec();
    objects[3] =
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<<>>{on_page}>>").into_bytes();
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (number, object) in objects.iter().enumerate().skip(1) {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let start = out.len();
    let count = objects.len();
    let end =
        format!("xref\n0 {count}\n{table}trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    out.extend_from_slice(end.as_bytes());
    out
}

fn honest() -> Vec<u8> {
    let office = Office::with_key("p256");
    let record = office.record("residence");
    let mut list = ListDraft::new(
        "滨海市授权名录",
        common::time("2030-06-01"),
        common::time("2031-06-01"),
    );
    let certificate = pem("p256").remove(0);
    let certificate = CertificateDraft::new(
        certificate,
        common::time("2024-01-01"),
        common::time("2049-01-01"),
    );
    list.issuers = vec![IssuerDraft::new(
        &record.issuer().name,
        record.issuer().code.clone(),
        vec![record.kind().code.to_string().parse().unwrap()],
        vec![certificate],
    )];
    let key = String::from_utf8(common::read("test-vectors/keys/root.key.pem")).unwrap();
    let root = SoftwareSigner::from_pem(&key, pem("root")).unwrap();
    let inquiry = Inquiry::new(at())
        .file("a.pdf", office.issue("residence").into_bytes())
        .roots(pem("root"))
        .with(Role::List, list.sign(&root).unwrap());
    let made = HandOver::verify(inquiry, &Beside::new()).unwrap();
    let made = made.asked_by("滨海市住房公积金管理中心").purpose("提取");
    made.compose().unwrap().bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let digest = DigestAlgorithm::Sha256.digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts other bytes into a part, and its length and digest into the manifest: what whoever makes a package can do.
fn replace(files: &mut [File], name: &str, bytes: Vec<u8>) {
    let part = files.iter_mut().find(|file| file.key == name).unwrap();
    let (length, digest) = (part.bytes.len(), hex(&part.bytes));
    let (new_length, new_digest) = (bytes.len(), hex(&bytes));
    part.bytes = bytes;
    let manifest = files
        .iter_mut()
        .find(|file| file.key == "hand-over.json")
        .unwrap();
    let text = String::from_utf8(manifest.bytes.clone()).unwrap();
    let place = text.find(&format!("\"name\": \"{name}\"")).unwrap();
    let (before, after) = text.split_at(place);
    let after = after
        .replacen(
            &format!("\"length\": {length}"),
            &format!("\"length\": {new_length}"),
            1,
        )
        .replacen(&digest, &new_digest, 1);
    manifest.bytes = [before.as_bytes(), after.as_bytes()].concat();
}

/// What is attached to an honest package.
fn attached(package: &[u8], packing: Packing) -> Vec<File> {
    let package = Package::open(package, &Limits::DEFAULT).unwrap();
    let files = package.files().into_iter();
    files
        .map(|(name, bytes)| File {
            key: name.clone(),
            f: name.clone(),
            uf: name,
            bytes: bytes.to_vec(),
            other: None,
            same: None,
            associated: true,
            packing,
        })
        .collect()
}

fn made(case: &Case, package: &[u8]) -> Vec<u8> {
    let mut files = attached(package, Packing::Plain);
    let place = files.iter().position(|file| file.key == case.at).unwrap_or(0);
    let rename = |file: &mut File, to: &str| {
        for name in [&mut file.key, &mut file.f, &mut file.uf] {
            *name = to.to_owned();
        }
    };
    match case.done.as_str() {
        "" | "kids" | "annotation" | "rewrite" => {}
        "drop" => drop(files.remove(place)),
        "add" => {
            let mut file = files[place].clone();
            rename(&mut file, &case.at);
            files.push(file);
        }
        "repeat" => files.push(files[place].clone()),
        "share" => files[place].same = Some((place + 1) % files.len()),
        "flip" => files[place].bytes[100] ^= 1,
        "lengthen" => files[place].bytes.push(b'\n'),
        "rename" => rename(&mut files[place], &case.to),
        "names-differ" => files[place].f = "other.pdf".into(),
        "streams-differ" => files[place].other = Some(b"other".to_vec()),
        "deflate" => files[place].packing = Packing::Deflated,
        "damage" => files[place].packing = Packing::Damaged,
        "unassociated" => files[place].associated = false,
        "nest" => replace(&mut files, &case.at, package.to_vec()),
        "replace" => replace(&mut files, &case.at, b"no list".to_vec()),
        "manifest" => {
            let manifest = files
                .iter_mut()
                .find(|file| file.key == "hand-over.json")
                .unwrap();
            let text = String::from_utf8(manifest.bytes.clone()).unwrap();
            assert!(text.contains(&case.from), "{} is not in {text}", case.from);
            manifest.bytes = text.replacen(&case.from, &case.to, 1).into_bytes();
        }
        other => panic!("what is {other}?"),
    }
    let mut package = pdf(&files, case.done == "kids", case.done == "annotation");
    if case.done == "rewrite" {
        // In the structure itself, which offsets lead into.
        let (from, to) = (case.from.as_bytes(), case.to.as_bytes());
        assert_eq!(from.len(), to.len(), "{}", case.to);
        let place = package.windows(from.len()).position(|window| window == from);
        let place = place.unwrap_or_else(|| panic!("{} is not there", case.from));
        package[place..place + from.len()].copy_from_slice(to);
    }
    package
}

fn said(result: &Result<Package, PackageError>) -> &'static str {
    match result {
        Ok(package) => match package.replay(&Reader::new(pem("root")), &Beside::new()) {
            Ok(_) => "opens",
            Err(InquiryError::Lists(_)) => "opens-without-answer",
            Err(error) => panic!("{error}"),
        },
        Err(PackageError::Digest { .. }) => "digest",
        Err(PackageError::Extra { .. }) => "extra",
        Err(PackageError::Length { .. }) => "length",
        Err(PackageError::Manifest(_)) => "manifest",
        Err(PackageError::Missing { .. }) => "missing",
        Err(PackageError::Name { .. }) => "name",
        Err(PackageError::Nested { .. }) => "nested",
        Err(PackageError::NotAPackage) => "not-a-package",
        Err(PackageError::Part { .. }) => "part",
        Err(PackageError::Pdf(_)) => "pdf",
        Err(PackageError::Structure(_)) => "structure",
        Err(PackageError::Twice { .. }) => "twice",
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn hostile_packages_are_refused_by_name() {
    let package = honest();
    for (name, case) in vectors::vectors::<Case>("handover/hostile", 32) {
        let result = Package::open(&made(&case, &package), &Limits::DEFAULT);
        let said = said(&result);
        let wanted = case.expect.split("-or-").any(|wanted| wanted == said);
        assert!(wanted, "{name}: {said}, not {}: {:?}", case.expect, result.err());
        // A message must not carry what commands a terminal.
        if let Err(error) = &result {
            let message = error.to_string();
            assert!(
                !message.chars().any(|c| c.is_control() || c == '\u{202e}'),
                "{message:?}"
            );
        }
    }
}

/// Every byte of the part of a package that holds its structure may be anything: no panic, and no other contents.
#[test]
fn no_flipped_byte_opens_as_other_contents() {
    let package = honest();
    let files = |package: &Package| -> Vec<(String, Vec<u8>)> {
        let files = package.files().into_iter();
        files.map(|(name, bytes)| (name, bytes.to_vec())).collect()
    };
    let first = files(&Package::open(&package, &Limits::DEFAULT).unwrap());
    // What describes the parts lies before them and behind them; they themselves have digests.
    let (head, tail) = (package.len() / 6, package.len().saturating_sub(3000));
    let parts = (head..tail).step_by(397);
    let places = (0..head)
        .step_by(5)
        .chain(parts)
        .chain((tail..package.len()).step_by(5));
    for place in places {
        let mut bytes = package.clone();
        bytes[place] ^= 0x04;
        if let Ok(opened) = Package::open(&bytes, &Limits::DEFAULT) {
            assert!(files(&opened) == first, "byte {place}");
        }
    }
}

/// A package made by an earlier version: what was handed over once opens for good and leads to the same verdict. `YINXIN_BLESS=1` makes
/// it anew, which is only for a package that nobody has yet.
#[test]
fn kept_package_opens_and_leads_to_its_verdict() {
    let kept = path("test-vectors/handover/package.pdf");
    if std::env::var_os("YINXIN_BLESS").is_some() {
        let office = Office::with_key("p256");
        let draft = yinxin::Draft::open(honest(), &Limits::DEFAULT).unwrap();
        let sealed = draft
            .without_code()
            .seal(&office.seal(), &office.signer(), at())
            .unwrap();
        std::fs::write(&kept, sealed.to_bytes()).unwrap();
    }
    let bytes = std::fs::read(kept).unwrap();
    let package = Package::open(&bytes, &Limits::DEFAULT).unwrap();
    let names: Vec<String> = package.files().into_iter().map(|(name, _)| name).collect();
    let expected = [
        "received.pdf",
        "list-1.cbor",
        "root-1.cer",
        "report.json",
        "hand-over.json",
    ];
    assert_eq!(names, expected);
    let replay = package.replay(&Reader::new(pem("root")), &Beside::new()).unwrap();
    assert!(
        replay.agreement <= Agreement::SameVerdict,
        "{:?}",
        replay.differences
    );
    let verifier = Verifier::new(Trust::new().roots(pem("root")));
    assert_eq!(verifier.verify_pdf(&bytes, at()).outcome, Outcome::Authentic);
}

/// The honest package with other bytes for a part, as whoever makes packages can write it.
fn with_part(package: &[u8], name: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut files = attached(package, Packing::Deflated);
    let part = files.iter().find(|file| file.key == name).unwrap();
    let changed = change(part.bytes.clone());
    replace(&mut files, name, changed);
    pdf(&files, false, false)
}

/// A record is filed for what may be done with the file and what it says: where either was written otherwise, outcome and findings
/// that agree are not the same verdict.
#[test]
fn report_that_says_more_than_the_parts_is_not_the_same_verdict() {
    let package = honest();
    let agreement = |from: &str, to: &str| {
        let edited = with_part(&package, "report.json", |report| {
            let report = String::from_utf8(report).unwrap();
            assert!(report.contains(from), "{from}");
            report.replace(from, to).into_bytes()
        });
        let opened = Package::open(&edited, &Limits::DEFAULT).unwrap();
        opened
            .replay(&Reader::new(pem("root")), &Beside::new())
            .unwrap()
            .agreement
    };
    assert_eq!(agreement("\"no-sample\"", "\"yes\""), Agreement::Different);
    assert_eq!(agreement("\"no-reference\"", "\"valid\""), Agreement::Different);
    // The holder's name, in the record and in the fields.
    assert_eq!(agreement("林若溪", "王小明"), Agreement::Different);
    assert_eq!(
        agreement(
            "\"label\":\"居住事由\",\"value\":\"就业\"",
            "\"label\":\"居住事由\",\"value\":\"经商\""
        ),
        Agreement::Different
    );
    // Sentences and the program's name may be another version's.
    assert_eq!(
        agreement("may I accept it", "shall I accept it"),
        Agreement::SameVerdict
    );
    assert_eq!(agreement("yinxin 0.1.0", "yinxin 0.0.9"), Agreement::SameVerdict);
}

/// A report is read into memory many times its length: one that is longer than any version would write is not.
#[test]
fn report_that_is_out_of_all_proportion_is_not_read() {
    let edited = with_part(&honest(), "report.json", |mut report| {
        assert_eq!(report.pop(), Some(b'}'));
        report.extend_from_slice(b",\"new\":[0");
        report.extend_from_slice(&b",{\"\":0}".repeat(200_000));
        report.extend_from_slice(b"]}");
        report
    });
    let opened = Package::open(&edited, &Limits::DEFAULT).unwrap();
    let replay = opened.replay(&Reader::new(pem("root")), &Beside::new()).unwrap();
    assert_eq!(replay.agreement, Agreement::Different);
    let [difference] = replay.differences.as_slice() else {
        panic!("{:?}", replay.differences)
    };
    assert!(difference.filed.ends_with(" bytes"), "{difference:?}");
}
