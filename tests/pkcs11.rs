//! Keys behind PKCS#11, tried with SoftHSM: each test makes a token of its own below the target folder.
//!
//! Which token SoftHSM uses is told by the environment of its process, so each test runs itself once more in a process with that.
//! Skips, and says so, where SoftHSM is not installed; in CI that is a failure.
#![cfg(feature = "pkcs11")]

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, CertificateType, KeyType, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use yinxin::asn1::{self, Reader, Rules, tag};
use yinxin::compose::Template;
use yinxin::crypto::{EcdsaForm, SignatureAlgorithm};
use yinxin::draft::Draft;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::pki::pkcs11::{Module, ModuleError, ModuleKey, Token, TokenChoice};
use yinxin::pki::{Certificate, KeyPassword, Signer, SignerError, SoftwareSigner};
use yinxin::record::Record;
use yinxin::seal::Seal;
use yinxin::time::Time;
use yinxin::verify::{Outcome, Trust, Verifier};

const PIN: &str = "123456";
const INSIDE: &str = "YINXIN_SOFTHSM";

fn library() -> Option<&'static Path> {
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ]
    .into_iter()
    .map(Path::new)
    .find(|path| path.exists())
}

/// Runs `test` in a process whose SoftHSM has no token yet.
fn inside(name: &str, test: impl FnOnce(&Path)) {
    let Some(library) = library() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "SoftHSM is not installed (softhsm2)"
        );
        println!("skipped: SoftHSM is not installed (Debian: softhsm2)");
        return;
    };
    if std::env::var_os(INSIDE).is_some() {
        return test(library);
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("softhsm").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("tokens")).unwrap();
    let configuration = folder.join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}/tokens\nlog.level = ERROR\n",
        folder.display()
    );
    std::fs::write(&configuration, text).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("SOFTHSM2_CONF", &configuration)
        .env(INSIDE, &folder)
        .output()
        .unwrap();
    print!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn certificates(key: &str) -> Vec<Certificate> {
    Certificate::from_pem_many(&file(&format!("test-vectors/keys/{key}.cert.pem"))).unwrap()
}

/// A new token with a session to put things on it.
fn token(library: &Path, label: &str) -> (Pkcs11, Session) {
    let module = Pkcs11::new(library).unwrap();
    let _ = module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
    let (pin, officer) = (AuthPin::from(PIN), AuthPin::from("87654321"));
    let initialised = module.get_slots_with_initialized_token().unwrap();
    let slots = module.get_slots_with_token().unwrap();
    let slot = slots
        .into_iter()
        .find(|slot| !initialised.contains(slot))
        .unwrap();
    module.init_token(slot, &officer, label).unwrap();
    // The slot's number changes with the token's serial number.
    let slots = module.get_slots_with_initialized_token().unwrap();
    let mut slots = slots.into_iter();
    let slot = slots
        .find(|slot| module.get_token_info(*slot).unwrap().label().trim_end() == label)
        .unwrap();
    {
        let session = module.open_rw_session(slot).unwrap();
        session.login(UserType::So, Some(&officer)).unwrap();
        session.init_pin(&pin).unwrap();
    }
    let session = module.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&pin)).unwrap();
    (module, session)
}

fn integers(der: &[u8]) -> Vec<Vec<u8>> {
    let mut inner = Reader::new(der, Rules::Der)
        .expect(tag::SEQUENCE)
        .unwrap()
        .reader(Rules::Der);
    let mut numbers = vec![];
    while !inner.is_empty() {
        numbers.push(asn1::unsigned_integer(&inner.read().unwrap()).unwrap().to_vec());
    }
    numbers
}

/// Puts a test key on the token, with `id`, and its certificate.
fn put(session: &Session, key: &str, id: u8, each_time: bool, with_certificate: bool) {
    use base64::Engine as _;
    let text = file(&format!("test-vectors/keys/{key}.key.pem"));
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    let mut info = Reader::new(&der, Rules::Der)
        .expect(tag::SEQUENCE)
        .unwrap()
        .reader(Rules::Der);
    info.read().unwrap();
    let algorithm = info.read().unwrap();
    let inner = info.expect(tag::OCTET_STRING).unwrap().contents;
    let mut template = vec![
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Sign(true),
        Attribute::AlwaysAuthenticate(each_time),
        Attribute::Label(key.as_bytes().to_vec()),
        Attribute::Id(vec![id]),
    ];
    if key.starts_with("rsa") {
        let n = integers(inner);
        template.extend([
            Attribute::KeyType(KeyType::RSA),
            Attribute::Modulus(n[1].clone()),
            Attribute::PublicExponent(n[2].clone()),
            Attribute::PrivateExponent(n[3].clone()),
            Attribute::Prime1(n[4].clone()),
            Attribute::Prime2(n[5].clone()),
            Attribute::Exponent1(n[6].clone()),
            Attribute::Exponent2(n[7].clone()),
            Attribute::Coefficient(n[8].clone()),
        ]);
    } else if key == "ed25519" {
        let seed = Reader::new(inner, Rules::Der).read().unwrap().contents.to_vec();
        // PrintableString "edwards25519" (PKCS #11 3.0, 2.3.5)
        let curve = asn1::tlv(0x13, &[b"edwards25519"]);
        template.extend([
            Attribute::KeyType(KeyType::EC_EDWARDS),
            Attribute::EcParams(curve),
            Attribute::Value(seed),
        ]);
    } else {
        let mut parts = algorithm.reader(Rules::Der);
        parts.read().unwrap();
        let curve = parts.read().unwrap().raw.to_vec();
        let mut scalar = Reader::new(inner, Rules::Der).read().unwrap().reader(Rules::Der);
        scalar.read().unwrap();
        template.extend([
            Attribute::KeyType(KeyType::EC),
            Attribute::EcParams(curve),
            Attribute::Value(scalar.read().unwrap().contents.to_vec()),
        ]);
    }
    session.create_object(&template).unwrap();
    if with_certificate {
        put_certificate(session, &certificates(key)[0], &[id]);
    }
}

fn put_certificate(session: &Session, certificate: &Certificate, id: &[u8]) {
    session
        .create_object(&[
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Subject(certificate.subject_raw().to_vec()),
            Attribute::Id(id.to_vec()),
            Attribute::Value(certificate.der().to_vec()),
        ])
        .unwrap();
}

fn open(library: &Path) -> Token {
    let module = Module::load(library).unwrap();
    let pin = KeyPassword::new(PIN);
    module.open(TokenChoice::Label("seal"), Some(&pin)).unwrap()
}

fn seal() -> Seal {
    let look = RoundSeal::new("滨海市公安局");
    Seal::new(Impression::round(&look, yinxin::font::bundled()).unwrap())
}

fn sealed(signer: &dyn Signer, draft: &Draft, seal: &Seal) -> Vec<u8> {
    let at: Time = "2030-06-05T09:00:00Z".parse().unwrap();
    draft.without_code().seal(seal, signer, at).unwrap().into_bytes()
}

fn draft() -> Draft {
    let record = file("examples/data/records/residence.json");
    let record = Record::from_json(record.as_bytes(), &Limits::DEFAULT).unwrap();
    Template::builtin("residence").unwrap().compose(&record).unwrap()
}

fn outcome(file: &[u8]) -> Outcome {
    let root = certificates("root");
    let at: Time = "2030-06-05T09:00:00Z".parse().unwrap();
    let verifier = Verifier::new(Trust::new().roots(root));
    verifier.verify_pdf(file, at).outcome
}

#[test]
fn every_algorithm_of_the_token_seals_what_verifies() {
    inside("every_algorithm_of_the_token_seals_what_verifies", |library| {
        let (_module, session) = token(library, "seal");
        put_certificate(&session, &certificates("intermediate")[0], &[]);
        put_certificate(&session, &certificates("root")[0], &[]);
        for (id, key) in (1..).zip(["rsa2048", "rsa3072", "p256", "p384", "ed25519"]) {
            put(&session, key, id, false, true);
        }
        let opened = open(library);
        use SignatureAlgorithm as A;
        for (key, algorithms) in [
            (
                "rsa2048",
                &[
                    A::RsaPkcs1Sha256,
                    A::RsaPkcs1Sha384,
                    A::RsaPkcs1Sha512,
                    A::RsaPssSha256,
                ][..],
            ),
            ("rsa3072", &[A::RsaPkcs1Sha256, A::RsaPssSha384, A::RsaPssSha512]),
            ("p256", &[A::EcdsaP256Sha256]),
            ("p384", &[A::EcdsaP384Sha384]),
            ("ed25519", &[A::Ed25519]),
        ] {
            for algorithm in algorithms {
                let signer = opened
                    .signer(ModuleKey::Label(key), None)
                    .unwrap_or_else(|e| panic!("{key}: {e}"));
                assert_eq!(signer.algorithm(), algorithms[0], "{key}");
                let signer = signer
                    .with_algorithm(*algorithm)
                    .unwrap_or_else(|e| panic!("{algorithm}: {e}"));
                assert_eq!(signer.chain().len(), 3, "{key}: the chain is on the token");
                assert!(signer.sign(b"x").unwrap().len() <= signer.signature_length());
                let file = sealed(&signer, &draft(), &seal());
                assert_eq!(outcome(&file), Outcome::Authentic, "{algorithm}");
                println!("{algorithm}: sealed and verified");
            }
        }
        let wrong = opened.signer(ModuleKey::Label("p256"), None).unwrap();
        let wrong = wrong.with_algorithm(A::RsaPkcs1Sha256);
        assert!(matches!(wrong, Err(SignerError::Algorithm(_))));
    });
}

#[test]
fn what_does_not_fit_fails_before_anything_is_sealed() {
    inside("what_does_not_fit_fails_before_anything_is_sealed", |library| {
        let (_module, session) = token(library, "seal");
        put(&session, "p256", 1, false, false);
        put(&session, "p384", 2, false, false);
        // The certificate of another key, under this key's identifier.
        put_certificate(&session, &certificates("expired")[0], &[2]);
        let module = Module::load(library).unwrap();
        let refused = Module::load(Path::new("/nowhere/lib.so")).err();
        assert!(matches!(refused, Some(ModuleError::Load(_))), "{refused:?}");
        let pin = KeyPassword::new(PIN);
        let refused = module.open(TokenChoice::Label("none"), Some(&pin)).err();
        assert!(
            matches!(&refused, Some(ModuleError::NoSuchToken(all)) if all[0].contains("seal")),
            "{refused:?}"
        );
        // The process is logged in by the session above, so that a PIN would not be looked at.
        session.logout().unwrap();
        let refused = module
            .open(TokenChoice::Only, Some(&KeyPassword::new("654321")))
            .err();
        assert!(matches!(refused, Some(ModuleError::Pin(_))), "{refused:?}");
        let refused = module.open(TokenChoice::Only, None).err();
        assert!(matches!(refused, Some(ModuleError::Pin(_))), "{refused:?}");

        let opened = module.open(TokenChoice::Only, Some(&pin)).unwrap();
        let refused = opened.signer(ModuleKey::Only, None).err();
        assert!(
            matches!(&refused, Some(ModuleError::SeveralKeys(all)) if all.len() == 2),
            "{refused:?}"
        );
        let refused = opened.signer(ModuleKey::Label("none"), None).err();
        assert!(
            matches!(&refused, Some(ModuleError::NoSuchKey(all)) if all.len() == 2),
            "{refused:?}"
        );
        let refused = opened.signer(ModuleKey::Id(&[1]), None).err();
        assert_eq!(refused, Some(ModuleError::NoCertificate));
        for (key, given) in [(&[2], None), (&[1], Some(certificates("expired")))] {
            let refused = opened.signer(ModuleKey::Id(key), given).err();
            let mismatch = matches!(
                refused,
                Some(ModuleError::Signer(
                    SignerError::Mismatch(_) | SignerError::Module(_)
                ))
            );
            assert!(mismatch, "{refused:?}");
        }
        opened
            .signer(ModuleKey::Id(&[1]), Some(certificates("p256")))
            .unwrap();
    });
}

#[test]
fn a_key_that_wants_its_pin_each_time_gets_it() {
    inside("a_key_that_wants_its_pin_each_time_gets_it", |library| {
        let (_module, session) = token(library, "seal");
        put_certificate(&session, &certificates("intermediate")[0], &[]);
        put(&session, "rsa2048", 1, true, true);
        put(&session, "p256", 2, true, true);
        let opened = open(library);
        let signer = opened.signer(ModuleKey::Label("rsa2048"), None).unwrap();
        for _ in 0..3 {
            let file = sealed(&signer, &draft(), &seal());
            assert_eq!(outcome(&file), Outcome::Authentic);
        }
        match opened.signer(ModuleKey::Label("p256"), None) {
            Ok(_) => println!("this SoftHSM digests for ECDSA itself"),
            Err(error) => assert_eq!(error, ModuleError::EachTime("CKM_ECDSA_SHA256")),
        }
    });
}

#[test]
fn a_lost_session_is_replaced_once_and_then_told() {
    inside("a_lost_session_is_replaced_once_and_then_told", |library| {
        let (module, session) = token(library, "seal");
        put(&session, "p256", 1, false, true);
        let opened = open(library);
        let signer = opened.signer(ModuleKey::Only, None).unwrap();
        signer.sign(b"before").unwrap();
        // Somebody else in the process logs out, which holds for all sessions.
        session.logout().unwrap();
        signer.sign(b"after a logout").unwrap();
        // The module is ended: sessions and handles are gone.
        drop(session);
        module.finalize().unwrap();
        signer.sign(b"after the end of the module").unwrap();
        assert_eq!(opened.sessions(), 1);
        // The token is gone: that cannot be mended.
        let folder = std::env::var(INSIDE).unwrap();
        let again = Pkcs11::new(library).unwrap();
        again.finalize().unwrap();
        std::fs::rename(format!("{folder}/tokens"), format!("{folder}/gone")).unwrap();
        std::fs::create_dir(format!("{folder}/tokens")).unwrap();
        let lost = signer.sign(b"without a token").unwrap_err();
        assert!(matches!(lost, SignerError::Lost(_)), "{lost:?}");
        println!("{lost}");
    });
}

#[test]
fn threads_sign_at_once_and_a_batch_uses_one_session() {
    inside("threads_sign_at_once_and_a_batch_uses_one_session", |library| {
        let (_module, session) = token(library, "seal");
        for (id, key) in (1..).zip(["rsa2048", "p256", "ed25519"]) {
            put(&session, key, id, false, true);
        }
        let (draft, seal) = (draft(), seal());
        for key in ["rsa2048", "p256", "ed25519"] {
            let opened = open(library);
            let module = opened.signer(ModuleKey::Label(key), None).unwrap();
            let text = file(&format!("test-vectors/keys/{key}.key.pem"));
            let software = SoftwareSigner::from_pem(&text, certificates(key)).unwrap();
            let rate = |signer: &dyn Signer| {
                let begun = Instant::now();
                for _ in 0..100 {
                    sealed(signer, &draft, &seal);
                }
                100.0 / begun.elapsed().as_secs_f64()
            };
            let (slow, quick) = (rate(&module), rate(&software));
            assert_eq!(opened.sessions(), 1, "one session for a batch on one thread");
            println!(
                "100 seals with {key}: {slow:.0} a second through SoftHSM, {quick:.0} with the key in memory"
            );

            let made = Mutex::new(0);
            std::thread::scope(|scope| {
                for thread in 0..4u8 {
                    let (module, made) = (&module, &made);
                    scope.spawn(move || {
                        for number in 0..10u8 {
                            let message = [thread, number];
                            let signature = module.sign(&message).unwrap();
                            let own = module.chain()[0].public_key();
                            own.verify(module.algorithm(), EcdsaForm::Der, &message, &signature)
                                .unwrap();
                            *made.lock().unwrap() += 1;
                        }
                    });
                }
            });
            assert_eq!(*made.lock().unwrap(), 40);
            assert!(opened.sessions() <= 4);
        }
    });
}

/// As seals are: one way of naming keys for every command.
#[test]
fn lists_are_signed_by_a_key_on_a_token() {
    inside("lists_are_signed_by_a_key_on_a_token", |library| {
        let (_module, session) = token(library, "office");
        put(&session, "p256", 1, false, true);
        put(&session, "ed25519", 2, false, true);
        let folder = std::env::var(INSIDE).unwrap();
        let path = |name: &str| format!("{folder}/{name}");
        std::fs::write(path("pin"), PIN).unwrap();
        let tests = std::env::current_exe().unwrap();
        let stamp = tests
            .parent()
            .and_then(Path::parent)
            .unwrap()
            .join("examples/stamp");
        let run = |arguments: &[&str], key: &str| {
            Command::new(&stamp)
                .args(arguments)
                .args(["--pkcs11", library.to_str().unwrap(), "--token", "office"])
                .args(["--key-password-file", &path("pin"), "--key-label", key])
                .output()
                .unwrap()
        };
        let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();

        let (uri, at) = ("https://zt.binhai.example/s/1", "2030-06-01T00:00:00Z");
        let new = [
            "status",
            "new",
            "--uri",
            uri,
            "--size",
            "8",
            "--at",
            at,
            "--out",
            &path("status"),
        ];
        let made = run(&new, "p256");
        assert!(made.status.success(), "{}", said(&made));
        let list = std::fs::read(path("status")).unwrap();
        let list = yinxin::cose::status::StatusList::parse(&list, &Limits::DEFAULT).unwrap();
        list.verify(certificates("p256")[0].public_key()).unwrap();

        let at: Time = at.parse().unwrap();
        let draft = yinxin::authority::ListDraft::new("滨海市授权名录", at, at.plus_seconds(86_400));
        std::fs::write(path("list"), draft.file().unwrap().to_bytes()).unwrap();
        for key in ["p256", "ed25519"] {
            let signed = run(&["authority", "sign", &path("list")], key);
            assert!(signed.status.success(), "{}", said(&signed));
        }
        let list = std::fs::read(path("list")).unwrap();
        let roots = ["p256", "ed25519"].map(|key| certificates(key).remove(0));
        let roots = yinxin::authority::Roots::new(roots, 2).unwrap();
        let mut memory = yinxin::authority::Memory::new(at);
        yinxin::authority::AuthorityList::open(&list, &roots, &mut memory, &Limits::DEFAULT).unwrap();

        let missing = run(&["authority", "sign", &path("list")], "nobody");
        assert_eq!(missing.status.code(), Some(3));
        assert!(said(&missing).contains("--key-label NAME"), "{}", said(&missing));
    });
}
