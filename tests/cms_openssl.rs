//! CMS and certificates against OpenSSL, both directions, and against damage.
//!
//! Keys and vectors: `test-vectors/keys` and `test-vectors/cms`, each with the commands that made them.

use std::path::{Path, PathBuf};
use std::process::Command;

use yinxin::asn1::{Reader, Rules, tag};
use yinxin::cms::{self, ID_DATA, Padding, SignatureFault, SignedData, SignerIdentifier, build};
use yinxin::crypto::{DigestAlgorithm, EcdsaForm, PublicKey, SignatureAlgorithm};
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, PathQuestion, Signer, SoftwareSigner, TrustAnchors};
use yinxin::time::Time;

const MESSAGE: &[u8] = "滨海市行政审批局 测试件 TEST\n".as_bytes();

fn vectors(rest: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("test-vectors")
        .join(rest)
}

fn read(rest: &str) -> Vec<u8> {
    std::fs::read(vectors(rest)).unwrap_or_else(|e| panic!("{rest}: {e}"))
}

fn certificate(name: &str) -> Certificate {
    let pem = String::from_utf8(read(&format!("keys/{name}.cert.pem"))).unwrap();
    Certificate::from_pem_many(&pem).unwrap().remove(0)
}

fn signer(name: &str) -> SoftwareSigner {
    let pem = String::from_utf8(read(&format!("keys/{name}.key.pem"))).unwrap();
    SoftwareSigner::from_pem(&pem, vec![certificate(name), certificate("intermediate")]).unwrap()
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn sign(signer: &dyn Signer, message: &[u8]) -> Vec<u8> {
    let chain: Vec<&[u8]> = signer.chain().iter().map(Certificate::der).collect();
    let digest = signer.algorithm().digest().digest(message);
    let attributes = build::signed_attributes(signer.algorithm(), &digest, chain[0]).unwrap();
    let signature = signer.sign(&attributes).unwrap();
    let made = build::signed_data(signer.algorithm(), &chain, &attributes, &signature).unwrap();
    let bound = build::reserve(signer.algorithm(), &chain, signer.signature_length(), None).unwrap();
    assert!(made.len() <= bound, "{} > {bound}", made.len());
    assert_eq!(
        build::reserve(signer.algorithm(), &chain, signature.len(), None),
        Ok(made.len())
    );
    made
}

/// What a verifier does: one signer, its certificate in the object and named by ESS, a path, and the
/// signature.
fn accepts(bytes: &[u8], message: &[u8]) -> Result<SignatureAlgorithm, String> {
    let limits = Limits::DEFAULT;
    let signed = SignedData::parse(bytes, &limits).map_err(|e| e.to_string())?;
    let [info] = signed.signer_infos.as_slice() else {
        return Err("not one signer".to_owned());
    };
    let certificates: Vec<Certificate> = signed
        .certificates
        .iter()
        .filter_map(|der| Certificate::try_from(*der).ok())
        .collect();
    let leaf = certificates
        .iter()
        .find(|c| info.matches(c.issuer_raw(), c.serial(), c.subject_key_identifier()))
        .ok_or("no certificate of the signer")?;
    if let Some(attributes) = &info.signed_attributes {
        for id in attributes.signing_certificates.iter().take(1) {
            if id.names(leaf.der(), leaf.issuer_raw(), leaf.serial()) != Some(true) {
                return Err("another certificate was meant".to_owned());
            }
        }
    }
    let algorithm = signed
        .verify(
            info,
            leaf.public_key(),
            signed.content.as_deref().unwrap_or(message),
        )
        .map_err(|e| e.to_string())?;
    if !leaf.permits(algorithm) {
        return Err("the certificate does not allow the algorithm".to_owned());
    }
    let anchors = TrustAnchors::new(vec![certificate("root")]);
    PathQuestion::new(&certificates, &anchors, at("2026-06-01T00:00:00Z"))
        .find(leaf)
        .map_err(|e| e.to_string())?;
    Ok(algorithm)
}

fn openssl_present() -> bool {
    match Command::new("openssl").arg("version").output() {
        Ok(out) if out.status.success() => {
            println!("{}", String::from_utf8_lossy(&out.stdout).trim());
            true
        }
        other => {
            println!("skipped: no working `openssl` on this machine ({other:?})");
            false
        }
    }
}

fn openssl(arguments: &[&str]) -> Result<(), String> {
    let out = Command::new("openssl").args(arguments).output().unwrap();
    if out.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&out.stderr).into_owned())
    }
}

/// A folder of one test's own, removed with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("yinxin-cms-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// All signers we can make: name, and the algorithm expected.
fn signers() -> Vec<(&'static str, SoftwareSigner)> {
    use SignatureAlgorithm as A;
    let rsa = |name, algorithm| signer(name).with_algorithm(algorithm).unwrap();
    vec![
        ("p256", signer("p256")),
        ("p384", signer("p384")),
        ("ed25519", signer("ed25519")),
        ("rsa2048", signer("rsa2048")),
        ("rsa3072", signer("rsa3072")),
        ("rsa3072-sha384", rsa("rsa3072", A::RsaPkcs1Sha384)),
        ("rsa2048-pss", rsa("rsa2048-pss", A::RsaPssSha256)),
        ("rsa2048-pss-sha512", rsa("rsa2048-pss", A::RsaPssSha512)),
    ]
}

#[test]
fn openssl_accepts_what_we_sign_and_no_other_message() {
    if !openssl_present() {
        return;
    }
    let folder = Folder::new("ours");
    let message = folder.file("message", MESSAGE);
    let other = folder.file("other", b"another message");
    let root = vectors("keys/root.cert.pem");
    for (name, signer) in signers() {
        let cms = folder.file(name, &sign(&signer, MESSAGE));
        let verify = |content: &str| {
            let root = root.to_str().unwrap();
            openssl(&[
                "cms",
                "-verify",
                "-binary",
                "-inform",
                "DER",
                "-in",
                &cms,
                "-content",
                content,
                "-CAfile",
                root,
                "-purpose",
                "any",
                "-out",
                "/dev/null",
            ])
        };
        if name == "ed25519" && verify(&message).is_err_and(|e| e.contains("eddsa_digest_signverify_init")) {
            // OpenSSL 3.0 has no EdDSA in CMS (RFC 8419); it can still check the signature over the
            // attributes.
            println!("ed25519: this OpenSSL has no EdDSA in CMS, checking with pkeyutl instead");
            ed25519_with_pkeyutl(&folder, &signer);
            continue;
        }
        verify(&message).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(
            verify(&other).is_err(),
            "{name}: OpenSSL accepted another message"
        );
    }
}

fn ed25519_with_pkeyutl(folder: &Folder, signer: &SoftwareSigner) {
    let made = sign(signer, MESSAGE);
    let signed = SignedData::parse(&made, &Limits::DEFAULT).unwrap();
    let info = &signed.signer_infos[0];
    let attributes = folder.file(
        "attributes",
        &info.signed_attributes.as_ref().unwrap().bytes_to_hash(),
    );
    let signature = folder.file("signature", &info.signature);
    let leaf = vectors("keys/ed25519.cert.pem");
    openssl(&[
        "pkeyutl",
        "-verify",
        "-rawin",
        "-certin",
        "-inkey",
        leaf.to_str().unwrap(),
        "-in",
        &attributes,
        "-sigfile",
        &signature,
    ])
    .unwrap();
}

#[test]
fn we_accept_what_openssl_signs_now() {
    if !openssl_present() {
        return;
    }
    let folder = Folder::new("theirs");
    let message = folder.file("message", MESSAGE);
    let pss = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"];
    let cases: [(&str, &str, &[&str]); 8] = [
        ("p256", "sha256", &["-cades"]),
        ("p256", "sha256", &["-noattr"]),
        ("p256", "sha256", &["-keyid"]),
        ("p256", "sha256", &["-nodetach", "-stream"]),
        ("p384", "sha384", &[]),
        ("rsa2048", "sha256", &["-keyid", "-noattr"]),
        ("rsa3072", "sha512", &["-cades"]),
        ("rsa2048-pss", "sha256", &pss),
    ];
    for (key, digest, more) in cases {
        let out = folder.file("out", b"");
        let path = |kind: &str| {
            vectors(&format!("keys/{key}.{kind}.pem"))
                .to_str()
                .unwrap()
                .to_owned()
        };
        let between = vectors("keys/intermediate.cert.pem");
        let (certificate, private) = (path("cert"), path("key"));
        let mut arguments = vec![
            "cms",
            "-sign",
            "-binary",
            "-in",
            &message,
            "-outform",
            "DER",
            "-out",
            &out,
            "-signer",
            &certificate,
            "-inkey",
            &private,
            "-certfile",
            between.to_str().unwrap(),
            "-md",
            digest,
        ];
        arguments.extend(more);
        openssl(&arguments).unwrap();
        let bytes = std::fs::read(&out).unwrap();
        accepts(&bytes, MESSAGE).unwrap_or_else(|e| panic!("{key} {more:?}: {e}"));
        if !more.contains(&"-nodetach") {
            assert!(accepts(&bytes, b"another message").is_err(), "{key} {more:?}");
        }
    }
}

#[test]
fn committed_vectors_verify_as_named() {
    use SignatureAlgorithm as A;
    assert_eq!(read("cms/message.txt"), MESSAGE);
    for (name, expected) in [
        ("p256", Ok(A::EcdsaP256Sha256)),
        ("p256-noattr", Ok(A::EcdsaP256Sha256)),
        ("p256-keyid", Ok(A::EcdsaP256Sha256)),
        ("p256-attached-indefinite", Ok(A::EcdsaP256Sha256)),
        ("p384", Ok(A::EcdsaP384Sha384)),
        ("rsa2048", Ok(A::RsaPkcs1Sha256)),
        ("rsa3072-sha512", Ok(A::RsaPkcs1Sha512)),
        ("rsa2048-pss", Ok(A::RsaPssSha256)),
        ("rsapss-only", Ok(A::RsaPssSha256)),
        ("rsa2048-pss-salt20", Ok(A::RsaPssSha256)),
        (
            "p256-sha1",
            Err("algorithm 1.3.14.3.2.26 is not accepted, or not with these parameters"),
        ),
        ("two-signers", Err("not one signer")),
    ] {
        let bytes = read(&format!("cms/{name}.der"));
        assert_eq!(
            accepts(&bytes, MESSAGE),
            expected.map_err(str::to_owned),
            "{name}"
        );
    }
}

#[test]
fn each_of_two_signers_verifies_with_its_own_certificate_only() {
    let bytes = read("cms/two-signers.der");
    let signed = SignedData::parse(&bytes, &Limits::DEFAULT).unwrap();
    let leaves = [certificate("p256"), certificate("p384")];
    assert_eq!(signed.signer_infos.len(), 2);
    for info in &signed.signer_infos {
        let verified: Vec<bool> = leaves
            .iter()
            .map(|leaf| {
                let named = info.matches(leaf.issuer_raw(), leaf.serial(), None);
                let verified = signed.verify(info, leaf.public_key(), MESSAGE).is_ok();
                assert_eq!(named, verified);
                verified
            })
            .collect();
        assert_eq!(verified.iter().filter(|v| **v).count(), 1);
    }
}

#[test]
fn our_objects_have_the_shape_pades_asks_for() {
    for (name, signer) in signers() {
        let made = sign(&signer, MESSAGE);
        let signed = SignedData::parse(&made, &Limits::DEFAULT).unwrap();
        let info = &signed.signer_infos[0];
        let attributes = info.signed_attributes.as_ref().unwrap();
        let leaf = &signer.chain()[0];
        assert_eq!(
            (signed.version, info.version, signed.signer_infos.len()),
            (1, 1, 1),
            "{name}"
        );
        assert_eq!((signed.content_type, &signed.content), (ID_DATA, &None));
        assert_eq!(signed.certificates.len(), 2);
        assert!(info.unsigned_attributes.is_empty() && signed.revocation.is_empty());
        assert!(matches!(
            info.identifier,
            SignerIdentifier::IssuerAndSerial { .. }
        ));
        assert!(attributes.sorted && attributes.duplicates.is_empty());
        assert_eq!(attributes.attributes.len(), 3);
        assert_eq!(attributes.signing_time, None);
        let [id] = attributes.signing_certificates.as_slice() else {
            panic!("one ESSCertIDv2");
        };
        assert_eq!((id.version, &id.digest), (2, &Ok(DigestAlgorithm::Sha256)));
        assert!(id.issuer.is_some() && id.serial.is_some());
        assert_eq!(id.names(leaf.der(), leaf.issuer_raw(), leaf.serial()), Some(true));
        let other = certificate("other-root");
        assert_eq!(
            id.names(other.der(), other.issuer_raw(), other.serial()),
            Some(false)
        );
        assert_eq!(accepts(&made, MESSAGE), Ok(signer.algorithm()), "{name}");
    }
}

#[test]
fn same_key_and_message_give_the_same_bytes_where_the_algorithm_does() {
    for name in ["ed25519", "rsa2048"] {
        assert_eq!(
            sign(&signer(name), MESSAGE),
            sign(&signer(name), MESSAGE),
            "{name}"
        );
    }
}

#[test]
fn wrong_message_wrong_key_wrong_type() {
    for (name, signer) in signers() {
        let made = sign(&signer, MESSAGE);
        let signed = SignedData::parse(&made, &Limits::DEFAULT).unwrap();
        let info = &signed.signer_infos[0];
        let key = signer.chain()[0].public_key();
        assert_eq!(
            signed.verify(info, key, b"another"),
            Err(SignatureFault::MessageDigest),
            "{name}"
        );
        let digest = info.digest().unwrap().digest(MESSAGE);
        assert_eq!(
            info.verify(key, cms::ID_TST_INFO, &digest),
            Err(SignatureFault::ContentType),
            "{name}"
        );
        assert_eq!(
            info.verify_direct(key, MESSAGE),
            Err(SignatureFault::SignedAttributes)
        );
        for other in ["other-root", "rsa2048", "p384", "ed25519"].map(certificate) {
            if other.public_key() == key {
                continue;
            }
            let fault = signed.verify(info, other.public_key(), MESSAGE).unwrap_err();
            let ecdsa = |key: &PublicKey| matches!(key, PublicKey::P256(_) | PublicKey::P384(_));
            // ecdsa-with-SHA256 names no curve.
            let same_kind = ecdsa(key) == ecdsa(other.public_key())
                && matches!(key, PublicKey::Rsa(_)) == matches!(other.public_key(), PublicKey::Rsa(_));
            let expected = if same_kind {
                SignatureFault::Signature
            } else {
                SignatureFault::Key
            };
            assert_eq!(fault, expected, "{name}");
        }
    }
}

#[test]
fn trailing_zeros_are_measured_and_nothing_else_is_padding() {
    for name in ["p256", "p256-attached-indefinite"] {
        let bytes = read(&format!("cms/{name}.der"));
        let mut padded = bytes.clone();
        padded.extend([0; 500]);
        let expected = Padding {
            object: bytes.len(),
            zero: true,
        };
        assert_eq!(Padding::of(&padded), Ok(expected));
        assert_eq!(Padding::of(&bytes), Ok(expected));
        assert!(
            SignedData::parse(&padded, &Limits::DEFAULT).is_err(),
            "padding must be cut first"
        );
        *padded.last_mut().unwrap() = 1;
        assert!(!Padding::of(&padded).unwrap().zero);
    }
}

#[test]
fn input_cut_at_any_length() {
    for name in ["p256", "p256-attached-indefinite", "rsa2048-pss"] {
        let bytes = read(&format!("cms/{name}.der"));
        for length in 0..bytes.len() {
            assert!(
                SignedData::parse(&bytes[..length], &Limits::DEFAULT).is_err(),
                "{name} at {length}"
            );
        }
    }
    let der = certificate("p256").der().to_vec();
    for length in 0..der.len() {
        assert!(
            Certificate::try_from(&der[..length]).is_err(),
            "certificate at {length}"
        );
    }
}

#[test]
fn any_single_bit_flipped() {
    // The leaf alone, so that every byte of the object counts; the intermediate comes from elsewhere.
    let signer = signer("p256");
    let chain = [signer.chain()[0].der()];
    let digest = DigestAlgorithm::Sha256.digest(MESSAGE);
    let attributes = build::signed_attributes(signer.algorithm(), &digest, chain[0]).unwrap();
    let signature = signer.sign(&attributes).unwrap();
    let made = build::signed_data(signer.algorithm(), &chain, &attributes, &signature).unwrap();

    // What no signature protects, and what a verifier does not use: the two version numbers, and
    // digestAlgorithms of the SignedData, a hint for readers in one pass (RFC 5652, 5.1). Contents octets
    // only; their headers stay protected by form.
    let unprotected = unprotected_offsets(&made);
    let mut survived = vec![];
    let mut damaged = made.clone();
    for offset in 0..made.len() {
        for bit in 0..8 {
            damaged[offset] ^= 1 << bit;
            if flipped_verifies(&damaged, signer.chain()) {
                survived.push(offset);
            }
            damaged[offset] ^= 1 << bit;
        }
    }
    survived.dedup();
    assert!(flipped_verifies(&made, signer.chain()));
    for offset in &survived {
        assert!(
            unprotected.contains(offset),
            "a flip at {offset} still verifies; allowed: {unprotected:?}"
        );
    }
    assert!(!survived.is_empty(), "the list of exceptions is stale");
}

/// [`accepts`] with the certificate of the object, which the intermediate must have signed.
fn flipped_verifies(bytes: &[u8], chain: &[Certificate]) -> bool {
    let Ok(signed) = SignedData::parse(bytes, &Limits::DEFAULT) else {
        return false;
    };
    let ([info], [der]) = (signed.signer_infos.as_slice(), signed.certificates.as_slice()) else {
        return false;
    };
    let Ok(leaf) = Certificate::try_from(*der) else {
        return false;
    };
    let Some(attributes) = &info.signed_attributes else {
        return false;
    };
    info.matches(leaf.issuer_raw(), leaf.serial(), leaf.subject_key_identifier())
        && attributes
            .signing_certificates
            .first()
            .and_then(|id| id.names(leaf.der(), leaf.issuer_raw(), leaf.serial()))
            == Some(true)
        && signed.content.is_none()
        && info.unsigned_attributes.is_empty()
        && signed.verify(info, leaf.public_key(), MESSAGE).is_ok()
        && leaf.verify_signed_by(&chain[1]).is_ok()
}

fn unprotected_offsets(made: &[u8]) -> Vec<usize> {
    let enter = |reader: &mut Reader<'_>, kind| {
        let tlv = reader.expect(kind).unwrap();
        let contents = tlv.offset + tlv.header_len..tlv.offset + tlv.raw.len();
        (tlv.offset, contents)
    };
    let der = Rules::Der;
    let mut info = Reader::new(made, der).expect(tag::SEQUENCE).unwrap().reader(der);
    info.expect(tag::OID).unwrap();
    let explicit = info.expect(tag::CONTEXT_0_CONSTRUCTED).unwrap();
    let mut data = explicit.reader(der).expect(tag::SEQUENCE).unwrap().reader(der);
    let mut out: Vec<usize> = enter(&mut data, tag::INTEGER).1.collect();
    out.extend(enter(&mut data, tag::SET).1);
    data.expect(tag::SEQUENCE).unwrap();
    data.expect(tag::CONTEXT_0_CONSTRUCTED).unwrap();
    let mut infos = data.expect(tag::SET).unwrap().reader(der);
    let mut one = infos.expect(tag::SEQUENCE).unwrap().reader(der);
    out.extend(enter(&mut one, tag::INTEGER).1);
    out
}

#[test]
fn attributes_signed_in_another_order_are_hashed_as_received() {
    let signer = signer("p256");
    let leaf = signer.chain()[0].der();
    let digest = DigestAlgorithm::Sha256.digest(MESSAGE);
    let sorted = build::signed_attributes(signer.algorithm(), &digest, leaf).unwrap();
    let mut parts = vec![];
    let mut reader = Reader::new(&sorted, Rules::Der)
        .expect(tag::SET)
        .unwrap()
        .reader(Rules::Der);
    while !reader.is_empty() {
        parts.push(reader.read().unwrap().raw);
    }
    parts.reverse();
    let reversed = yinxin::asn1::tlv(tag::SET, &parts);
    let signature = signer.sign(&reversed).unwrap();
    let made = build::signed_data(signer.algorithm(), &[leaf], &reversed, &signature).unwrap();
    let signed = SignedData::parse(&made, &Limits::DEFAULT).unwrap();
    let info = &signed.signer_infos[0];
    assert!(!info.signed_attributes.as_ref().unwrap().sorted);
    assert!(
        signed
            .verify(info, signer.chain()[0].public_key(), MESSAGE)
            .is_ok()
    );

    // The same attributes in DER order are not what was signed.
    let made = build::signed_data(signer.algorithm(), &[leaf], &sorted, &signature).unwrap();
    let signed = SignedData::parse(&made, &Limits::DEFAULT).unwrap();
    assert_eq!(
        signed.verify(&signed.signer_infos[0], signer.chain()[0].public_key(), MESSAGE),
        Err(SignatureFault::Signature)
    );
}

/// The signed attributes of `MESSAGE` by `signer`.
fn attributes_of(signer: &SoftwareSigner) -> Vec<u8> {
    let digest = DigestAlgorithm::Sha256.digest(MESSAGE);
    build::signed_attributes(signer.algorithm(), &digest, signer.chain()[0].der()).unwrap()
}

/// What the SET `set` holds.
fn inside(set: &[u8]) -> Reader<'_> {
    let mut reader = Reader::new(set, Rules::Der);
    reader.expect(tag::SET).unwrap().reader(Rules::Der)
}

#[test]
fn attribute_twice_is_never_verified() {
    let signer = signer("p256");
    let leaf = signer.chain()[0].der();
    let once = attributes_of(&signer);
    let mut reader = inside(&once);
    let first = reader.read().unwrap().raw;
    let twice = yinxin::asn1::tlv(tag::SET, &[first, first, reader.rest()]);
    let signature = signer.sign(&twice).unwrap();
    let made = build::signed_data(signer.algorithm(), &[leaf], &twice, &signature).unwrap();
    let signed = SignedData::parse(&made, &Limits::DEFAULT).unwrap();
    let info = &signed.signer_infos[0];
    assert_eq!(info.signed_attributes.as_ref().unwrap().duplicates.len(), 1);
    assert_eq!(
        signed.verify(info, signer.chain()[0].public_key(), MESSAGE),
        Err(SignatureFault::DuplicateAttribute)
    );
}

#[test]
fn key_limited_to_pss_signs_nothing_else() {
    let leaf = certificate("rsapss-only");
    assert!(leaf.permits(SignatureAlgorithm::RsaPssSha256));
    assert!(!leaf.permits(SignatureAlgorithm::RsaPssSha512));
    assert!(!leaf.permits(SignatureAlgorithm::RsaPkcs1Sha256));
}

#[test]
fn signer_refuses_a_key_of_another_certificate() {
    let pem = String::from_utf8(read("keys/p256.key.pem")).unwrap();
    for other in ["expired", "rsa2048"] {
        let error = SoftwareSigner::from_pem(&pem, vec![certificate(other)])
            .err()
            .unwrap();
        assert!(error.to_string().contains("does not belong"), "{error}");
    }
    assert!(SoftwareSigner::from_pem(&pem, vec![]).is_err());
    assert!(SoftwareSigner::from_pem("-----BEGIN PRIVATE KEY-----\n", vec![certificate("p256")]).is_err());
    assert!(
        signer("p256")
            .with_algorithm(SignatureAlgorithm::Ed25519)
            .is_err()
    );
}

#[test]
fn ecdsa_forms_convert_and_both_verify() {
    for (name, width) in [("p256", 32), ("p384", 48)] {
        let signer = signer(name);
        let der = signer.sign(MESSAGE).unwrap();
        let fixed = yinxin::asn1::ecdsa_der_to_fixed(&der, width).unwrap();
        assert_eq!(yinxin::asn1::ecdsa_fixed_to_der(&fixed).unwrap(), der);
        let key: &PublicKey = signer.chain()[0].public_key();
        assert!(
            key.verify(signer.algorithm(), EcdsaForm::Fixed, MESSAGE, &fixed)
                .is_ok()
        );
    }
}

#[test]
fn damaged_vectors_are_refused_or_read_but_never_a_panic() {
    let mut inputs: Vec<Vec<u8>> = [
        "p256",
        "p256-attached-indefinite",
        "rsa2048-pss",
        "two-signers",
        "p256-keyid",
    ]
    .iter()
    .map(|name| read(&format!("cms/{name}.der")))
    .collect();
    inputs.extend(["p256", "root", "rsapss-only"].map(|name| certificate(name).der().to_vec()));
    let mut state = 1u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut read = 0;
    for input in &inputs {
        for _ in 0..4000 {
            let mut bytes = input.clone();
            for _ in 0..=next(4) {
                let at = next(bytes.len());
                match next(3) {
                    0 => bytes[at] = u8::try_from(next(256)).unwrap(),
                    1 => bytes[at] = [0x80, 0x00, 0x30, 0xff, 0x84][next(5)],
                    _ => drop(bytes.splice(at..at, [0x30, 0x80])),
                }
            }
            let _ = Padding::of(&bytes);
            let _ = yinxin::asn1::check_der(&bytes, &Limits::DEFAULT);
            read += usize::from(Certificate::try_from(bytes.as_slice()).is_ok());
            if let Ok(signed) = SignedData::parse(&bytes, &Limits::DEFAULT) {
                read += 1;
                for info in &signed.signer_infos {
                    let _ = (info.scheme(), info.time_stamp_tokens().count());
                }
            }
        }
    }
    assert!(
        read > 100,
        "the damage is too coarse to reach the inner parsers: {read}"
    );
}

#[test]
fn more_certificate_identifiers_than_the_limit() {
    let signer = signer("p256");
    let leaf = signer.chain()[0].der();
    let once = attributes_of(&signer);
    let mut reader = inside(&once);
    let (content_type, message_digest) = (reader.read().unwrap().raw, reader.read().unwrap().raw);
    // 1.2.840.113549.1.9.16.2.47
    let oid = yinxin::asn1::tlv(
        tag::OID,
        &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47]],
    );
    let with = |count: usize| {
        let id = yinxin::asn1::tlv(
            tag::SEQUENCE,
            &[&yinxin::asn1::tlv(tag::OCTET_STRING, &[&[7; 32]])],
        );
        let ids = yinxin::asn1::tlv(tag::SEQUENCE, &[&id.repeat(count)]);
        let value = yinxin::asn1::tlv(tag::SET, &[&yinxin::asn1::tlv(tag::SEQUENCE, &[&ids])]);
        let attribute = yinxin::asn1::tlv(tag::SEQUENCE, &[&oid, &value]);
        let set = yinxin::asn1::tlv(tag::SET, &[content_type, message_digest, &attribute]);
        let made = build::signed_data(signer.algorithm(), &[leaf], &set, &[0]).unwrap();
        SignedData::parse(&made, &Limits::DEFAULT)
            .map(|s| s.version)
            .map_err(|e| e.kind)
    };
    assert_eq!(with(Limits::DEFAULT.certificates), Ok(1));
    assert_eq!(
        with(Limits::DEFAULT.certificates + 1),
        Err(cms::CmsError::TooMany)
    );
}
