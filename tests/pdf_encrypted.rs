//! Encrypted files: every revision of the standard handler opens with its passwords and says what the plain file says;
//! whatever qpdf decrypts in a corpus decrypts to the same objects; updates that touch the encryption are refused.
//!
//! The corpus is not part of the repository. Where it or qpdf is absent, the test says so and passes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use yinxin::limits::Limits;
use yinxin::pdf::update::Update;
use yinxin::pdf::{
    AnomalyKind, Dictionary, Document, Object, OpenedAs, Password, PdfError, PdfErrorKind, Ref, View,
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
        let without = Document::open(&file, &Limits::DEFAULT).map(|d| d.encryption().map(|e| e.opened_as()));
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

/// `file` with an update whose trailer has `entries` besides what it needs.
fn updated(file: &[u8], password: &str, entries: &str, objects: &[(u32, &str)]) -> Vec<u8> {
    let document = open(file, password).unwrap();
    let revision = document.revisions().last().unwrap();
    let root = document.newest().catalog().unwrap().id;
    let mut out = file.to_vec();
    out.push(b'\n');
    let mut table = String::from("xref\n");
    for (number, body) in objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    if objects.is_empty() {
        table.push_str("0 0\n");
    }
    let at = out.len();
    let size = document.newest().next_object_number();
    let previous = revision.startxref;
    out.extend(table.bytes());
    out.extend(
        format!("trailer\n<</Size {size}/Root {root}/Prev {previous}{entries}>>\nstartxref\n{at}\n%%EOF\n")
            .bytes(),
    );
    out
}

fn source(view: &View<'_, '_>, key: &[u8]) -> String {
    let span = view.trailer().entry(key).unwrap().span.clone();
    let start = view.revision().unwrap().trailer_span.start;
    String::from_utf8_lossy(&view.bytes()[start + span.start..start + span.end]).into_owned()
}

#[test]
fn an_update_that_adds_drops_or_changes_encryption_is_refused() {
    let differs = PdfErrorKind::EncryptionDiffers;
    let plain = vector("plain");
    let dictionary = "<</Filter/Standard/V 1/R 2/P -4/O(01234567890123456789012345678901)/U(01234567890123456789012345678901)>>";
    assert_eq!(
        refusal(&updated(&plain, "", &format!("/Encrypt{dictionary}"), &[]), ""),
        differs,
        "added"
    );
    for name in ["r3-rc4-128", "r6-aes-256"] {
        let file = vector(name);
        let document = open(&file, "user").unwrap();
        let view = document.newest();
        let (id, encrypt) = (source(&view, b"ID"), source(&view, b"Encrypt"));
        let number: u32 = encrypt.split(' ').next().unwrap().parse().unwrap();
        let object = view.object(Ref::new(number, 0)).unwrap().unwrap();
        let text = String::from_utf8(object.raw().to_vec()).unwrap();
        let same = format!("/ID{id}/Encrypt {encrypt}");
        let outcome = |entries: &str, objects: &[(u32, &str)]| {
            let file = updated(&file, "user", entries, objects);
            open(&file, "user")
                .map(|d| d.anomalies().to_vec())
                .map_err(|e| e.kind)
        };
        assert_eq!(outcome(&same, &[]), Ok(vec![]), "{name}");
        assert_eq!(
            outcome(&same, &[(number, &text)]),
            Ok(vec![]),
            "{name}: written again as it was"
        );
        assert_eq!(outcome(&format!("/ID{id}"), &[]), Err(differs), "{name}: dropped");
        assert_eq!(
            outcome(&format!("/ID{id}/Encrypt null"), &[]),
            Err(differs),
            "{name}: null"
        );
        assert_eq!(
            outcome(&format!("/ID{id}/Encrypt {dictionary}"), &[]),
            Err(differs),
            "{name}: changed"
        );
        let other = text.replace("/P -4", "/P -8");
        assert_ne!(other, text);
        assert_eq!(
            outcome(&same, &[(number, &other)]),
            Err(differs),
            "{name}: redefined"
        );
        let renewed = outcome(&format!("/ID[<00><00>]/Encrypt {encrypt}"), &[]);
        match name {
            "r3-rc4-128" => assert_eq!(renewed, Err(differs), "the key is made of /ID"),
            _ => assert_eq!(renewed.unwrap()[0].kind, AnomalyKind::IdentifierDiffers),
        }
    }
}

#[test]
fn what_is_appended_reads_back_and_is_not_plain_in_the_file() {
    for expected in expectations() {
        let mut file = vector(&expected.name);
        let old = file.len();
        let document = open(&file, &expected.user).unwrap();
        let append = || {
            let mut update = Update::new(&document);
            let added = update.allocate();
            let body = b"<< /T (needle in clear) /N [(needle in clear) <6E6565646C65>] /E () /S << /Type /Sig /ByteRange [0 1 2 3] /Contents <00ff> >> >>";
            update.put(added, body);
            let stream = update.allocate();
            let entries = b"/Type /Needle /Note (needle in clear) /Next << /Length 7 >> ";
            update.put(
                stream,
                yinxin::pdf::update::stream_body(entries, b"a needle here\n", false),
            );
            let metadata = update.allocate();
            update.put(
                metadata,
                yinxin::pdf::update::stream_body(b"/Type/Metadata", b"xmp", false),
            );
            (added, stream, metadata, update.finish().unwrap())
        };
        let (added, stream, metadata, appended) = append();
        assert_eq!(append().3, appended, "the same input gives the same bytes");
        drop(document);
        file.extend(&appended.bytes);
        assert!(
            !file[old..].windows(6).any(|w| w == b"needle"),
            "{}",
            expected.name
        );
        assert!(
            file[old..].windows(6).any(|w| w == b"<00ff>"),
            "the value of a signature is never encrypted"
        );
        for password in [&expected.owner, &expected.user] {
            let document = open(&file, password).unwrap();
            assert_eq!(document.audit().unwrap(), [], "{}", expected.name);
            let view = document.newest();
            let found = view.object(added).unwrap().unwrap();
            let dictionary = found.dictionary().unwrap();
            let text = |object: Option<&Object>| object.unwrap().as_string().unwrap().bytes.clone();
            assert_eq!(text(dictionary.find(b"T")), b"needle in clear");
            assert_eq!(text(dictionary.find(b"E")), b"");
            let items = dictionary.find(b"N").unwrap().as_array().unwrap();
            assert_eq!(
                (text(items.first()), text(items.get(1))),
                (b"needle in clear".to_vec(), b"needle".to_vec())
            );
            let signature = dictionary.find(b"S").unwrap().as_dictionary().unwrap();
            assert_eq!(text(signature.find(b"Contents")), [0, 0xff]);
            for (id, data) in [(stream, &b"a needle here\n"[..]), (metadata, b"xmp")] {
                let found = view.object(id).unwrap().unwrap();
                assert_eq!(
                    view.decode(found.object.as_stream().unwrap()).unwrap(),
                    data,
                    "{}",
                    expected.name
                );
            }
            let plain_metadata = expected.name.contains("cleartext");
            let found = view.object(metadata).unwrap().unwrap();
            assert_eq!(
                view.data(found.object.as_stream().unwrap()) == b"xmp",
                plain_metadata,
                "{}",
                expected.name
            );
        }
        if let Some(json) = qpdf_json(&file, &expected.user) {
            let mut differences = Vec::new();
            let document = open(&file, &expected.user).unwrap();
            assert!(compare(&document.newest(), &json, &mut differences) >= 10);
            assert_eq!(differences, [""; 0], "{}", expected.name);
        } else {
            eprintln!("skipped: the comparison with qpdf, which cannot be run");
        }
    }
}

/// Passwords of corpus files: they are in the tests the files come from.
const PASSWORDS: [(&str, &str); 11] = [
    ("bug1782186.pdf", "Hello"),
    ("issue21579.pdf", "pässwört"),
    ("issue3371.pdf", "ELXRTQWS"),
    ("issue6010_1.pdf", "abc"),
    ("issue6010_2.pdf", "æøå"),
    ("pr6531_1.pdf", "asdfasdf"),
    ("print_protection.pdf", "1234"),
    // As the file's author typed it; qpdf, which prepares nothing, wants `SaSLprep`.
    ("saslprep-r6.pdf", "SªSL\u{ad}prep"),
    ("embedded-encrypted-nocf.pdf", "secret"),
    ("minimal-aes256-empty-encrypted-string.pdf", "secret"),
    ("", "usersecret"),
];

#[test]
fn what_qpdf_decrypts_decrypts_to_the_same_objects() {
    let root = std::env::var_os("PDF_CORPUS");
    let root = root.map_or_else(|| PathBuf::from("../shared/corpora/pdf"), PathBuf::from);
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    if files.is_empty() {
        eprintln!("skipped: no corpus at {}", root.display());
        return;
    }
    let (mut opened, mut compared, mut missed) = (0, 0, Vec::new());
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in &files {
        let bytes = fs::read(path).unwrap();
        if !bytes.windows(8).any(|w| w == b"/Encrypt") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let known = PASSWORDS
            .iter()
            .find(|(file, _)| *file == name)
            .or(PASSWORDS.last());
        let given = match open(&bytes, "") {
            Err(error) if error.kind == PdfErrorKind::PasswordNeeded => {
                known.map_or("", |(_, password)| password)
            }
            _ => "",
        };
        let prepared = if name == "saslprep-r6.pdf" {
            "SaSLprep"
        } else {
            given
        };
        let theirs = qpdf_json(&bytes, prepared);
        match open(&bytes, given) {
            Ok(document) if document.encryption().is_some() => {
                opened += 1;
                if let Some(theirs) = &theirs {
                    let mut differences = Vec::new();
                    compared += compare(&document.newest(), theirs, &mut differences);
                    assert_eq!(differences, [""; 0], "{}", path.display());
                }
            }
            Ok(_) => {}
            Err(error) => {
                refused
                    .entry(format!("{:?}", error.kind))
                    .or_default()
                    .push(name.clone());
                // What qpdf repairs is another matter.
                if theirs.is_some_and(|theirs| !theirs.to_string().is_empty())
                    && !error.kind.eq(&PdfErrorKind::BadXref)
                {
                    missed.push(format!("{name}: {error}"));
                }
            }
        }
    }
    eprintln!("encrypted files: {opened} opened, {compared} objects compared with qpdf");
    for (reason, names) in refused {
        eprintln!("refused, {reason}: {} ({})", names.len(), names.join(", "));
    }
    assert_eq!(missed, [""; 0]);
    assert!(opened >= 25, "of the corpus as it was, 31 opened");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf")) {
            files.push(path);
        }
    }
}

/// What qpdf makes of the file; `None` if it cannot be run or refuses the file.
fn qpdf_json(file: &[u8], password: &str) -> Option<Value> {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!(
        "yinxin-encrypted-{}-{}.pdf",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let path = std::env::temp_dir().join(name);
    fs::File::create(&path).and_then(|mut f| f.write_all(file)).ok()?;
    let output = Command::new("qpdf")
        .args([
            "--json=2",
            "--json-key=qpdf",
            "--json-stream-data=inline",
            "--decode-level=none",
        ])
        .arg(format!("--password={password}"))
        .arg(&path)
        .output();
    let _ = fs::remove_file(&path);
    serde_json::from_slice(&output.ok()?.stdout).ok()
}

/// Compares every object that qpdf lists with ours; says how many.
fn compare(view: &View<'_, '_>, json: &Value, differences: &mut Vec<String>) -> usize {
    let mut compared = 0;
    for (name, theirs) in json["qpdf"][1].as_object().expect("objects") {
        let Some(id) = name.strip_prefix("obj:") else {
            continue;
        };
        let numbers: Vec<u32> = id.split(' ').filter_map(|part| part.parse().ok()).collect();
        let id = Ref::new(numbers[0], u16::try_from(numbers[1]).unwrap());
        let ours = match view.object(id) {
            Ok(Some(ours)) => ours,
            // Also what is no object at all: qpdf repairs it to null.
            Ok(None) | Err(_) if theirs["stream"].is_null() && theirs["value"].is_null() => continue,
            Ok(None) => {
                differences.push(format!("{id} is absent"));
                continue;
            }
            Err(error) => {
                differences.push(format!("{id}: {error}"));
                continue;
            }
        };
        compared += 1;
        let equal = match &ours.object {
            Object::Stream(stream) => {
                // qpdf leaves embedded files that `/EFF` alone encrypts as they are.
                let attached =
                    stream.dictionary.is_name(b"Type", b"EmbeddedFile") && view.decode(stream).is_ok();
                let data = theirs["stream"]["data"]
                    .as_str()
                    .and_then(|data| STANDARD.decode(data).ok());
                let ours = view.decrypt(stream).ok().map(|data| data.into_owned());
                (ours == data || (attached && data.as_deref() == Some(view.data(stream))))
                    && same(
                        &Object::Dictionary(stream.dictionary.clone()),
                        &theirs["stream"]["dict"],
                    )
            }
            other => same(other, &theirs["value"]),
        };
        if !equal {
            differences.push(format!("{id} differs: {:?}, {theirs}", ours.object));
        }
    }
    compared
}

/// Whether strings and structure are alike; numbers and names are not what is tested.
fn same(ours: &Object, theirs: &Value) -> bool {
    match ours {
        Object::String(string) => match theirs.as_str().map(|text| text.split_at(2)) {
            Some(("b:", hex)) => {
                string
                    .bytes
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
                    == hex
            }
            // qpdf reads PDFDocEncoding in full, we as Latin-1.
            Some(("u:", text)) => {
                let read = yinxin::pdf::read_text_string(&string.bytes);
                read == text || (!text.is_ascii() && read.chars().count() == text.chars().count())
            }
            _ => false,
        },
        Object::Array(items) => theirs.as_array().is_some_and(|theirs| {
            theirs.len() == items.len() && items.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }),
        Object::Dictionary(dictionary) => dictionary.entries().iter().all(|entry| {
            // qpdf names are as they stand, ours are decoded; `/Length` is of the decrypted data there.
            let theirs = theirs.get(format!("/{}", String::from_utf8_lossy(&entry.key)));
            entry.key == b"Length" || theirs.is_none_or(|theirs| same(&entry.value, theirs))
        }),
        _ => true,
    }
}
