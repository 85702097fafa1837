//! Encrypted files: every revision of the standard handler opens with its passwords and says what the plain file says.

#[path = "../common/corpus.rs"]
mod corpus;
mod judge;
mod updates;

use std::collections::BTreeSet;
use std::fs;

use yinxin::limits::Limits;
use yinxin::pdf::{
    AnomalyKind, Dictionary, Document, Encryption, Object, OpenedAs, Password, PdfError, PdfErrorKind, Ref,
    View,
};

const FOLDER: &str = "test-vectors/pdf/encrypted";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    name: String,
    user: String,
    owner: String,
    revision: u8,
    algorithm: String,
    user_may_add: bool,
    user_may_sign: bool,
}

fn expectations() -> Vec<Expectation> {
    #[derive(serde::Deserialize)]
    struct All {
        file: Vec<Expectation>,
    }
    let text = fs::read_to_string(format!("{FOLDER}/expectations.toml")).unwrap();
    toml::from_str::<All>(&text).unwrap().file
}

fn vector(name: &str) -> Vec<u8> {
    fs::read(format!("{FOLDER}/{name}.pdf")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn open<'f>(file: &'f [u8], password: &str) -> Result<Document<'f>, PdfError> {
    Document::open_with(file, &Password::new(password), &Limits::DEFAULT)
}

fn refusal(file: &[u8], password: &str) -> PdfErrorKind {
    open(file, password).map(drop).unwrap_err().kind
}

/// `file` with the first `from` after the last `Encrypt` dictionary's beginning replaced by as many bytes.
fn patched(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut file = file.to_vec();
    let at = file
        .windows(from.len())
        .rposition(|w| w == from)
        .expect("the text to replace");
    file[at..at + to.len()].copy_from_slice(to);
    file
}

/// Whether two values say the same, references followed: numbers of objects differ between the plain file and its copies.
fn alike(
    a: (View<'_, '_>, &Object),
    b: (View<'_, '_>, &Object),
    seen: &mut BTreeSet<(Ref, Ref)>,
) -> Result<(), String> {
    if let (Object::Reference(x), Object::Reference(y)) = (a.1, b.1)
        && !seen.insert((*x, *y))
    {
        return Ok(());
    }
    let (one, other) = (a.0.resolve(a.1).unwrap(), b.0.resolve(b.1).unwrap());
    let dictionaries = |x: &Dictionary, y: &Dictionary, seen: &mut _| {
        for entry in x.entries() {
            let key = entry.key.escape_ascii();
            let found = y.find(&entry.key).ok_or(format!("/{key} is missing"))?;
            alike((a.0, &entry.value), (b.0, found), seen).map_err(|why| format!("/{key} {why}"))?;
        }
        Ok(())
    };
    match (&*one, &*other) {
        (Object::Array(x), Object::Array(y)) if x.len() == y.len() => x
            .iter()
            .zip(y)
            .try_for_each(|(x, y)| alike((a.0, x), (b.0, y), seen)),
        (Object::Dictionary(x), Object::Dictionary(y)) => dictionaries(x, y, seen),
        (Object::Stream(x), Object::Stream(y)) => {
            let data = b.0.decode(y).map_err(|error| error.to_string())?;
            if a.0.decode(x).unwrap() != data {
                return Err(format!("stream says {}", data.escape_ascii()));
            }
            // Length and filter are the encoding's.
            if x.dictionary.find(b"Type") != y.dictionary.find(b"Type") {
                return Err("is a stream of another type".to_owned());
            }
            Ok(())
        }
        (x, y) if x == y => Ok(()),
        (x, y) => Err(format!("is {y:?}, not {x:?}")),
    }
}

#[test]
fn every_revision_opens_with_either_password_and_says_what_the_plain_file_says() {
    let plain = vector("plain");
    let plain = Document::open(&plain, &Limits::DEFAULT).unwrap();
    assert!(plain.encryption().is_none());
    for expected in expectations() {
        let file = vector(&expected.name);
        for (password, opened_as) in [
            (&expected.owner, OpenedAs::Owner),
            (&expected.user, OpenedAs::User),
        ] {
            let document = open(&file, password).unwrap_or_else(|e| panic!("{}: {e}", expected.name));
            let encryption = document.encryption().unwrap();
            assert_eq!(encryption.opened_as(), opened_as, "{}", expected.name);
            assert_eq!(encryption.revision(), expected.revision, "{}", expected.name);
            assert_eq!(
                format!("{:?}", encryption.algorithm()),
                expected.algorithm,
                "{}",
                expected.name
            );
            let owner = opened_as == OpenedAs::Owner;
            assert_eq!(
                encryption.permits_new_fields(),
                owner || expected.user_may_add,
                "{}",
                expected.name
            );
            assert_eq!(
                encryption.permits_signing_fields(),
                owner || expected.user_may_sign,
                "{}",
                expected.name
            );
            assert_eq!(document.audit().unwrap(), [], "{}", expected.name);
            let (one, other) = (plain.newest(), document.newest());
            for key in [&b"Root"[..], b"Info"] {
                let value = |view: &View<'_, '_>| view.trailer().find(key).unwrap().clone();
                let same = alike((one, &value(&one)), (other, &value(&other)), &mut BTreeSet::new());
                same.unwrap_or_else(|why| panic!("{}: {why}", expected.name));
            }
        }
        assert_eq!(
            refusal(&file, "neither"),
            PdfErrorKind::WrongPassword,
            "{}",
            expected.name
        );
        let without =
            Document::open(&file, &Limits::DEFAULT).map(|d| d.encryption().map(Encryption::opened_as));
        match expected.user.as_str() {
            "" => assert_eq!(without, Ok(Some(OpenedAs::User)), "{}", expected.name),
            _ => assert_eq!(
                without.unwrap_err().kind,
                PdfErrorKind::PasswordNeeded,
                "{}",
                expected.name
            ),
        }
    }
}

#[test]
fn raw_bytes_and_spans_stay_those_of_the_file() {
    let file = vector("r6-aes-256");
    let document = open(&file, "owner").unwrap();
    let view = document.newest();
    let info = view.find(view.trailer(), b"Info").unwrap();
    let info = info.indirect().unwrap();
    let title = info.value_span(b"Title").unwrap();
    assert!(info.raw() == &file[info.source.clone().unwrap()] && info.dictionary().unwrap().is_encrypted());
    assert!(!file[title].windows(9).any(|w| w == b"Encrypted"));
    let page = &view.pages().unwrap()[0];
    let content = view.find(page.dictionary().unwrap(), b"Contents").unwrap();
    let stream = content.as_stream().unwrap();
    assert_eq!(view.data(stream), &file[stream.data.clone()]);
    assert_ne!(view.data(stream), &*view.decrypt(stream).unwrap());
}

#[test]
fn damaged_or_foreign_encryption_is_refused_by_kind() {
    let file = vector("r6-aes-256");
    for (from, to, kind) in [
        (
            &b"/Filter /Standard"[..],
            &b"/Filter /PubSecur"[..],
            PdfErrorKind::UnsupportedEncryption,
        ),
        (
            b"/Filter /Standard",
            b"/Filter (tandard)",
            PdfErrorKind::BadEncryption,
        ),
        (b"/R 6", b"/R 7", PdfErrorKind::UnsupportedEncryption),
        (b"/V 5", b"/V 3", PdfErrorKind::UnsupportedEncryption),
        (
            b"/CFM /AESV3",
            b"/CFM /AESV2",
            PdfErrorKind::UnsupportedEncryption,
        ),
        (b"/StmF /StdCF", b"/StmF /Other", PdfErrorKind::BadEncryption),
        (b"/UE <", b"/XE <", PdfErrorKind::WrongPassword),
        (b"/P -4", b"/P .4", PdfErrorKind::BadEncryption),
    ] {
        assert_eq!(
            refusal(&patched(&file, from, to), "user"),
            kind,
            "{}",
            from.escape_ascii()
        );
    }
    // The owner's way does not use what is broken.
    assert!(open(&patched(&file, b"/UE <", b"/XE <"), "owner").is_ok());
}

#[test]
fn permissions_that_are_not_what_the_key_protects_are_an_anomaly() {
    let kinds = |file: &[u8]| -> Vec<AnomalyKind> {
        let document = open(file, "owner").unwrap();
        document.anomalies().iter().map(|anomaly| anomaly.kind).collect()
    };
    let file = vector("r6-aes-256-no-changes");
    assert_eq!(kinds(&file), []);
    assert_eq!(
        kinds(&patched(&file, b"/P -1324", b"/P -1020")),
        [AnomalyKind::PermissionsDiffer]
    );
    assert_eq!(
        kinds(&patched(&file, b"/Perms <", b"/Parms <")),
        [AnomalyKind::PermissionsDiffer]
    );
    let at = file.windows(8).position(|w| w == b"/Perms <").unwrap();
    let mut damaged = file.clone();
    damaged[at + 8] = if damaged[at + 8] == b'0' { b'1' } else { b'0' };
    assert_eq!(kinds(&damaged), [AnomalyKind::PermissionsDiffer]);
}

#[test]
fn data_that_do_not_decrypt_are_refused_and_not_passed_on() {
    let file = vector("r4-aes-128");
    let document = open(&file, "user").unwrap();
    let page = &document.newest().pages().unwrap()[0];
    let content = document
        .newest()
        .find(page.dictionary().unwrap(), b"Contents")
        .unwrap();
    let data = content.as_stream().unwrap().data.clone();
    // Padding of the last block depends on the last byte of the block before it.
    let mut damaged = file.clone();
    damaged[data.end - 17] ^= 0x40;
    let document = open(&damaged, "user").unwrap();
    let content = document
        .newest()
        .find(page.dictionary().unwrap(), b"Contents")
        .unwrap();
    let refused = document
        .newest()
        .decode(content.as_stream().unwrap())
        .unwrap_err();
    assert_eq!(refused.kind, PdfErrorKind::CorruptCiphertext);
}

#[test]
fn mutated_encrypted_files_never_panic_or_hang() {
    let mut state = 7u64;
    // The same numbers on every run.
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let (mut opened, mut refused) = (0, 0);
    for expected in expectations() {
        let original = vector(&expected.name);
        for round in 0..40 {
            let mut file = original.clone();
            for _ in 0..=round % 4 {
                let at = next(file.len());
                file[at] = u8::try_from(next(256)).unwrap();
            }
            let start = std::time::Instant::now();
            match open(&file, &expected.user) {
                Ok(document) => {
                    opened += 1;
                    let view = document.newest();
                    let _ = document.audit();
                    for number in 0..view.next_object_number().min(64) {
                        let found = view.object(Ref::new(number, 0)).ok().flatten();
                        if let Some(stream) = found.as_ref().and_then(|found| found.object.as_stream()) {
                            let _ = view.decode(stream);
                        }
                    }
                }
                Err(_) => refused += 1,
            }
            assert!(start.elapsed().as_secs() < 2, "{} round {round}", expected.name);
        }
    }
    assert!(opened > 0 && refused > 0, "{opened} opened, {refused} refused");
}
