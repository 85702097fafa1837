//! Files of keys that OpenSSL, Java, NSS and others made: each is read, or refused for the reason that its vector states.
#![cfg(feature = "seal")]

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, KeyChoice, KeyFile, KeyFileError, KeyPassword, Signer as _, SoftwareSigner};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    file: String,
    password: Option<String>,
    name: Option<String>,
    leaf: Option<String>,
    chain: Option<usize>,
    #[serde(default)]
    given: bool,
    refused: Option<String>,
    clause: String,
    why: String,
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/test-vectors/key-files"))
}

fn certificates(key: &str) -> Vec<Certificate> {
    let text = std::fs::read_to_string(folder().join(format!("../keys/{key}.cert.pem"))).unwrap();
    Certificate::from_pem_many(&text).unwrap()
}

fn open(file: &str, password: Option<&str>) -> Result<KeyFile, KeyFileError> {
    let bytes = std::fs::read(folder().join(file)).unwrap();
    KeyFile::read(&bytes, password.map(KeyPassword::new).as_ref(), &Limits::DEFAULT)
}

fn signer(vector: &Vector) -> Result<SoftwareSigner, KeyFileError> {
    let file = open(&vector.file, vector.password.as_deref())?;
    let choice = vector.name.as_deref().map_or(KeyChoice::Only, KeyChoice::Name);
    match &vector.leaf {
        Some(leaf) if vector.given => file.signer_with(choice, certificates(leaf)),
        _ => file.signer(choice),
    }
}

fn vectors() -> Vec<Vector> {
    let text = std::fs::read_to_string(folder().join("vectors.toml")).unwrap();
    toml::from_str::<Vectors>(&text).unwrap().vector
}

#[test]
fn every_vector_is_read_or_refused_as_it_says() {
    let vectors = vectors();
    for vector in &vectors {
        let about = format!("{} ({}: {})", vector.file, vector.clause, vector.why);
        match (signer(vector), &vector.refused, &vector.leaf) {
            (Err(error), Some(part), _) => {
                assert!(error.to_string().contains(part.as_str()), "{about}: {error}");
            }
            (Err(error), None, _) => panic!("{about}: {error}"),
            (Ok(_), Some(part), _) => panic!("{about}: read, not refused: {part}"),
            (Ok(signer), None, Some(leaf)) => {
                let chain = signer.chain();
                assert_eq!(chain[0].der(), certificates(leaf)[0].der(), "{about}");
                assert_eq!(chain.len(), vector.chain.unwrap_or(1), "{about}");
                for pair in chain.windows(2) {
                    pair[0].verify_signed_by(&pair[1]).expect(&about);
                }
                let signature = signer.sign(b"message").expect(&about);
                let form = yinxin::crypto::EcdsaForm::Der;
                let key = chain[0].public_key();
                key.verify(signer.algorithm(), form, b"message", &signature)
                    .expect(&about);
            }
            (Ok(_), None, None) => panic!("{about}: states no leaf"),
        }
    }
    assert!(vectors.len() > 50, "only {} vectors", vectors.len());
}

#[test]
fn every_file_has_a_vector() {
    let named: Vec<String> = vectors().into_iter().map(|vector| vector.file).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let tool = ["make.sh", "make.py", "vectors.toml", "java-made.p12"].contains(&name.as_str());
        assert!(tool || named.contains(&name), "{name} has no vector");
    }
}

#[test]
fn a_key_that_java_made_signs_with_its_own_certificate() {
    let file = open("java-made.p12", Some("correct-horse")).unwrap();
    assert_eq!(file.keys()[0].name(), Some("seal"));
    let id = file.keys()[0].id().unwrap().to_vec();
    let signer = file.signer(KeyChoice::Id(&id)).unwrap();
    assert!(signer.chain()[0].subject().contains("TEST java"));
    let other = file.signer(KeyChoice::Id(b"another"));
    assert!(matches!(other, Err(KeyFileError::NoSuchKey(_))));
}

#[test]
fn no_file_asks_for_more_than_the_limits_allow() {
    let bytes = std::fs::read(folder().join("openssl3.p12")).unwrap();
    let password = KeyPassword::new("correct-horse");
    let read = |change: fn(&mut Limits)| {
        let mut limits = Limits::DEFAULT;
        change(&mut limits);
        KeyFile::read(&bytes, Some(&password), &limits).map(|_| ())
    };
    // The code asks for 2048 rounds once, each of two encryptions for 2048 in one or two blocks.
    assert_eq!(read(|limits| limits.key_rounds = 3 * 2048), Ok(()));
    assert_eq!(
        read(|limits| limits.key_rounds = 3 * 2048 - 1),
        Err(KeyFileError::Costly)
    );
    assert_eq!(read(|limits| limits.certificates = 2), Err(KeyFileError::Costly));
    let refused = read(|limits| limits.key_file_bytes = 100);
    assert_eq!(refused, Err(KeyFileError::TooLarge { most: 100 }));

    let begun = Instant::now();
    for file in [
        "pbmac1-costly.p12",
        "code-costly.p12",
        "pbkdf2-costly.pem",
        "scrypt-costly.pem",
    ] {
        assert!(open(file, Some("correct-horse")).is_err());
    }
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_file_cut_or_changed_anywhere_is_refused() {
    let password = KeyPassword::new("correct-horse");
    for (file, step) in [("in-clear.p12", 17), ("java.p12", 301), ("nss.p12", 997)] {
        let bytes = std::fs::read(folder().join(file)).unwrap();
        for end in (0..bytes.len()).step_by(step) {
            let cut = KeyFile::read(&bytes[..end], Some(&password), &Limits::DEFAULT);
            assert!(cut.is_err(), "{file} cut at {end}");
        }
        let own = KeyFile::read(&bytes, Some(&password), &Limits::DEFAULT).unwrap();
        let own = own.signer(KeyChoice::Only).unwrap();
        for place in (1..bytes.len()).step_by(step) {
            let mut changed = bytes.clone();
            changed[place] ^= 0x20;
            // What the code does not cover (how lengths are written, the version) may change; the key may not.
            if let Ok(read) = KeyFile::read(&changed, Some(&password), &Limits::DEFAULT) {
                let signer = read.signer(KeyChoice::Only).unwrap();
                assert_eq!(signer.chain()[0].der(), own.chain()[0].der(), "{file} at {place}");
            }
        }
    }
}
