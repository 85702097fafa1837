//! Sealing and verifying encrypted files of every revision, with programs of others as judges where they are installed.

mod common;
#[path = "common/corpus.rs"]
mod corpus;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Office, at, pem};
use yinxin::draft::Draft;
use yinxin::impression::Impression;
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::{Document, Object, Password};
use yinxin::seal::{Allow, DocMdp, Place, Seal, SealError, Sealed, Sealing};
use yinxin::verify::{Code, Outcome, Trust, Verifier};

const FOLDER: &str = "test-vectors/pdf/encrypted";

/// Files with the user's and the owner's password.
const FILES: [(&str, &str, &str); 13] = [
    ("r2-rc4-40", "user", "owner"),
    ("r3-rc4-128", "user", "owner"),
    ("r4-rc4-128", "user", "owner"),
    ("r4-aes-128", "user", "owner"),
    ("r4-aes-128-cleartext-metadata", "user", "owner"),
    ("r4-aes-128-object-streams", "user", "owner"),
    ("r5-aes-256", "user", "owner"),
    ("r6-aes-256", "user", "owner"),
    ("r6-aes-256-chinese", "印信", "印章"),
    ("r6-aes-256-linearised", "user", "owner"),
    ("r6-aes-256-object-streams", "user", "owner"),
    ("r6-aes-256-empty-user", "", "owner"),
    ("r3-rc4-128-empty-user", "", "owner"),
];

fn vector(name: &str) -> Vec<u8> {
    fs::read(format!("{FOLDER}/{name}.pdf")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn mark() -> Seal {
    let mark = fs::read(format!("{FOLDER}/plain.pdf")).unwrap();
    Seal::new(Impression::pdf(&mark, 20.0).unwrap())
}

fn place((x_mm, y_mm): (f64, f64)) -> Place {
    Place { page: 0, x_mm, y_mm }
}

/// `file` sealed, with a code if `record` says so.
fn sealed(
    file: Vec<u8>,
    password: &str,
    certifies: Option<DocMdp>,
    code: bool,
    centre: (f64, f64),
) -> Result<Vec<u8>, SealError> {
    let office = Office::with_key("p256");
    let draft = Draft::open_with(file, Password::new(password), &Limits::DEFAULT).unwrap();
    let sealing = match code {
        true => draft.bind(Payload::of(&office.record("residence"))).place_code(
            Place {
                page: 0,
                x_mm: 20.0,
                y_mm: 220.0,
            },
            50.0,
        ),
        false => draft.without_code(),
    };
    // What the page has there is not what these tests are about.
    let sealing = [Allow::Overhang, Allow::Overlap, Allow::PdfaLoss]
        .into_iter()
        .fold(sealing.place(place(centre)), Sealing::allow);
    let sealing = sealing.certifies(certifies);
    sealing
        .seal(&mark(), &office.signer(), at())
        .map(Sealed::into_bytes)
}

fn verifier() -> Verifier {
    Verifier::new(Trust::new().roots(pem("root")).certificates(pem("intermediate")))
}

#[test]
fn each_kind_of_encrypted_file_is_sealed_and_authentic_with_either_password() {
    for (name, user, owner) in FILES {
        let old = vector(name);
        let new = sealed(old.clone(), owner, Some(DocMdp::NoChanges), true, (60.0, 150.0))
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(new.starts_with(&old), "{name}");
        for password in [user, owner] {
            let report = verifier()
                .password(Password::new(password))
                .verify_pdf(&new, at());
            assert_eq!(
                report.outcome,
                Outcome::Authentic,
                "{name}: {:?}",
                report.findings
            );
        }
        let report = verifier().verify_pdf(&new, at());
        if user.is_empty() {
            assert_eq!(
                report.outcome,
                Outcome::Authentic,
                "{name}: {:?}",
                report.findings
            );
        } else {
            assert_eq!(report.outcome, Outcome::Indeterminate, "{name}");
            assert!(
                report
                    .findings
                    .iter()
                    .any(|finding| finding.code == Code::FileEncrypted),
                "{name}"
            );
        }
        let mut changed = new.clone();
        let last = old.len() - 40;
        changed[last] ^= 1;
        let report = verifier()
            .password(Password::new(owner))
            .verify_pdf(&changed, at());
        assert_ne!(report.outcome, Outcome::Authentic, "{name}");
    }
}

#[test]
fn nothing_that_sealing_writes_stays_in_clear_but_the_signature() {
    for (name, _, owner) in FILES {
        let old = vector(name);
        let new = sealed(old.clone(), owner, Some(DocMdp::NoChanges), true, (60.0, 150.0)).unwrap();
        let added = &new[old.len()..];
        for text in [
            &b"(D:2030"[..],
            b"(Seal1)",
            b"(YX1:",
            b"<FEFF",
            b"0 0 1 1 re",
            b"has the password",
        ] {
            assert!(
                !added.windows(text.len()).any(|w| w == text),
                "{name}: {}",
                text.escape_ascii()
            );
        }
        // The DER of the signature, as everybody must be able to read it.
        assert!(added.windows(14).any(|w| w == b"/Contents <308"), "{name}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    // ECDSA would draw a random number.
    let office = Office::with_key("ed25519");
    for (name, _, owner) in FILES {
        let seal = || {
            let draft = Draft::open_with(vector(name), Password::new(owner), &Limits::DEFAULT).unwrap();
            let sealing = draft.without_code().place(place((60.0, 150.0)));
            sealing
                .seal(&mark(), &office.signer(), at())
                .unwrap()
                .into_bytes()
        };
        assert!(seal() == seal(), "{name}");
    }
}

#[test]
fn what_an_object_had_before_says_the_same_after_it_was_rewritten() {
    for (name, user, owner) in FILES {
        let new = sealed(vector(name), owner, Some(DocMdp::NoChanges), false, (60.0, 150.0)).unwrap();
        let document = Document::open_with(&new, &Password::new(user), &Limits::DEFAULT).unwrap();
        let view = document.newest();
        let catalog = view.catalog().unwrap();
        let text = |object: &Object| object.as_string().map(|string| string.bytes.clone());
        assert_eq!(
            catalog.dictionary().unwrap().find(b"Lang").and_then(text),
            Some(b"zh-CN".to_vec()),
            "{name}"
        );
        let form = view.find(catalog.dictionary().unwrap(), b"AcroForm").unwrap();
        assert_eq!(
            form.as_dictionary().unwrap().find(b"DA").and_then(text),
            Some(b"/F 12 Tf".to_vec()),
            "{name}"
        );
        let page = &view.pages().unwrap()[0];
        let annotations = view.find(page.dictionary().unwrap(), b"Annots").unwrap();
        let texts: Vec<_> = annotations
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|annotation| {
                view.resolve(annotation)
                    .unwrap()
                    .as_dictionary()?
                    .find(b"Contents")
                    .and_then(text)
            })
            .collect();
        assert_eq!(texts, [b"".to_vec(), b"a direct annotation".to_vec()], "{name}");
    }
}

#[test]
fn a_second_seal_keeps_the_first_of_an_encrypted_file() {
    for (name, user, owner) in FILES {
        let first = sealed(vector(name), owner, None, false, (60.0, 150.0)).unwrap();
        let second = sealed(first.clone(), owner, None, false, (120.0, 150.0)).unwrap();
        assert!(second.starts_with(&first), "{name}");
        let report = verifier().password(Password::new(user)).verify_pdf(&second, at());
        assert_eq!(report.seals.len(), 2, "{name}");
        assert!(
            report.seals.iter().all(|seal| seal.intact),
            "{name}: {:?}",
            report.findings
        );
    }
}

#[test]
fn a_user_without_the_permission_needs_the_owner_password() {
    for name in [
        "r3-rc4-128-empty-user",
        "r6-aes-256-no-changes",
        "r6-aes-256-form-only",
    ] {
        let refused = sealed(vector(name), "", None, false, (60.0, 150.0)).unwrap_err();
        assert!(
            matches!(refused, SealError::OwnerPasswordNeeded),
            "{name}: {refused}"
        );
        assert!(refused.to_string().contains("owner password"));
        assert!(
            sealed(vector(name), "owner", None, false, (60.0, 150.0)).is_ok(),
            "{name}"
        );
    }
    assert!(sealed(vector("r6-aes-256-empty-user"), "", None, false, (60.0, 150.0)).is_ok());
}

#[test]
fn a_user_who_may_fill_in_may_sign_the_field_that_is_there() {
    let office = Office::with_key("p256");
    let attempt = |name: &str| {
        let draft = Draft::open(vector(name), &Limits::DEFAULT).unwrap();
        let sealing = draft.without_code().field("Place").certifies(None);
        sealing
            .seal(&mark(), &office.signer(), at())
            .map(Sealed::into_bytes)
    };
    let file = attempt("r6-aes-256-form-only").unwrap();
    let report = verifier().verify_pdf(&file, at());
    assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
    assert!(report.seals.iter().any(|seal| seal.field == "Place"));
    let refused = attempt("r6-aes-256-no-changes").unwrap_err();
    assert!(matches!(refused, SealError::OwnerPasswordNeeded), "{refused}");
}

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("yinxin-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Status and output of a program; `None`, with a word, if it cannot be run.
fn run(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            Some((
                output.status.code() == Some(0),
                String::from_utf8_lossy(&text).into_owned(),
            ))
        }
        Err(error) => {
            eprintln!("skipped: {program} cannot be run ({error})");
            None
        }
    }
}

const PYHANKO: &str = "
import sys
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
with open(sys.argv[1], 'rb') as file:
    reader = PdfFileReader(file, strict=True)
    reader.decrypt(sys.argv[2])
    found = list(reader.embedded_signatures)
    assert len(found) == int(sys.argv[3]), len(found)
    for signature in found:
        status = validate_pdf_signature(signature, ValidationContext(allow_fetching=False))
        assert status.intact and status.valid, status.summary()
        assert not status.coverage.name.startswith('UNCLEAR'), status.coverage
    assert status.coverage.name == 'ENTIRE_FILE', status.coverage
    print('valid')
";

#[test]
fn other_programs_find_sealed_encrypted_files_clean_and_valid() {
    let folder = Folder::new("seal-encrypted");
    let python = Path::new("target/venv/bin/python");
    for (name, user, owner) in FILES {
        let old = vector(name);
        let one = sealed(old.clone(), owner, None, true, (60.0, 150.0)).unwrap();
        let two = sealed(one, owner, None, false, (120.0, 150.0)).unwrap();
        let write = |kind: &str, bytes: &[u8]| {
            let path = folder.0.join(format!("{name}-{kind}.pdf"));
            fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (before, after) = (write("before", &old), write("after", &two));
        for password in [user, owner] {
            if let Some((clean, text)) = run("qpdf", &["--check", &format!("--password={password}"), &after])
            {
                assert!(clean, "{name}: {text}");
            }
        }
        if let Some((_, text)) = run("pdfsig", &["-nocert", "-upw", user, "-opw", owner, &after]) {
            assert_eq!(text.matches("Signature is Valid").count(), 2, "{name}: {text}");
        }
        let text_of = |file: &str| run("pdftotext", &["-upw", user, file, "-"]).map(|(_, text)| text);
        if let (Some(before), Some(after)) = (text_of(&before), text_of(&after)) {
            assert!(
                before.contains("Only who has the password reads this"),
                "{name}: {before}"
            );
            assert!(after.starts_with(before.trim_end()), "{name}: {after}");
        }
        // Both are so of the file before it was sealed, too.
        if name.contains("cleartext-metadata") {
            eprintln!("skipped: pyHanko decrypts what is plain metadata ({name})");
        } else if name.starts_with("r5") {
            eprintln!("skipped: pyHanko knows no revision 5 ({name})");
        } else if !python.exists() {
            eprintln!("skipped: pyHanko is not installed at {}", python.display());
        } else if let Some((fine, text)) = run(python.to_str().unwrap(), &["-c", PYHANKO, &after, owner, "2"])
        {
            assert!(fine, "{name}: {text}");
        }
    }
}

/// The encrypted files of the corpus that open with the empty password, or one of pyHanko's own.
#[test]
fn encrypted_files_of_a_corpus_are_sealed() {
    let Some(files) = corpus::pdfs(&[""]) else { return };
    let (mut done, mut opened, mut refused) = (0, 0, 0);
    let folder = Folder::new("seal-encrypted-corpus");
    for path in files {
        let old = fs::read(&path).unwrap();
        if !old.windows(8).any(|w| w == b"/Encrypt") {
            continue;
        }
        let passwords = ["", "ownersecret", "secret"];
        let opens =
            |password: &&str| Document::open_with(&old, &Password::new(*password), &Limits::DEFAULT).is_ok();
        let Some(password) = passwords.into_iter().find(opens) else {
            continue;
        };
        opened += 1;
        let new = match sealed(old.clone(), password, None, false, (11.0, 11.0)) {
            Ok(new) => new,
            Err(error) => {
                assert!(
                    matches!(error, SealError::OwnerPasswordNeeded),
                    "{}: {error}",
                    path.display()
                );
                refused += 1;
                continue;
            }
        };
        done += 1;
        assert!(new.starts_with(&old));
        let report = verifier()
            .password(Password::new(password))
            .verify_pdf(&new, at());
        assert!(
            report.seals.iter().any(|seal| seal.intact),
            "{}: {:?}",
            path.display(),
            report.findings
        );
        let file = folder.0.join("sealed.pdf");
        fs::write(&file, &new).unwrap();
        let password = format!("--password={password}");
        let check = |file: &Path| run("qpdf", &["--check", &password, file.to_str().unwrap()]);
        if let (Some((true, _)), Some((clean, text))) = (check(&path), check(&file)) {
            assert!(clean, "{}: {text}", path.display());
        }
    }
    if opened == 0 {
        eprintln!("skipped: no corpus");
        return;
    }
    eprintln!("{opened} encrypted files: {done} sealed, {refused} need the owner password");
    assert!(done > 0 && done + refused == opened);
}
