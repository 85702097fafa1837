//! Signature values that are wrong by themselves.

use super::*;

/// Signature values that are wrong by themselves, in files that are not.
pub fn values(cases: &mut Cases) {
    let (office, file) = (office(), forge::roomy(&office()));
    let verify = |file: &[u8]| office.verifier().verify_pdf(file, at());
    let vector = |name: &str| forge::with_value(&file, &read(&format!("test-vectors/cms/{name}.der")));
    cases.add("two signers", Code::SignerCount, verify(&vector("two-signers")));
    cases.add(
        "content in the container",
        Code::EnvelopedContent,
        verify(&vector("p256-attached-indefinite")),
    );
    cases.add(
        "no signed attributes",
        Code::AttributesWrong,
        verify(&vector("p256-noattr")),
    );
    cases.add("SHA-1", Code::AlgorithmRejected, verify(&vector("p256-sha1")));
    cases.add("value of another file", Code::DigestMismatch, {
        let other = forge::seal(&office, forge::page(200, 200, "0 0 99 99 re f"), None);
        let (hole, of_other) = (Anatomy::of(&file).contents, Anatomy::of(&other).contents);
        let mut moved = file.clone();
        moved[hole.start + 1..hole.end - 1].fill(b'0');
        moved[hole.start..][..of_other.len() - 1].copy_from_slice(&other[of_other.start..of_other.end - 1]);
        verify(&moved)
    });

    let value = || {
        let hole = Anatomy::of(&file).contents;
        let digits = std::str::from_utf8(&file[hole.start + 1..hole.end - 1]).unwrap();
        let pairs = digits
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        let length = Reader::new(&bytes, Rules::Ber).read().unwrap().raw.len();
        bytes[..length].to_vec()
    };
    let place_of = |value: &[u8], part: &[u8]| value.windows(part.len()).rposition(|w| w == part).unwrap();
    cases.add("one bit of the signature", Code::SignatureInvalid, {
        let mut value = value();
        *value.last_mut().unwrap() ^= 1;
        verify(&forge::with_value(&file, &value))
    });
    cases.add("another serial number", Code::SignerCertificateMissing, {
        let mut value = value();
        let serial = tlv(tag::INTEGER, &[pem(P256)[0].serial()]);
        let places: Vec<usize> = (0..value.len())
            .filter(|at| value[*at..].starts_with(&serial))
            .collect();
        // In the certificate, in the signer's identifier, in the signed attributes.
        let [_, identifier, _] = places.as_slice() else {
            panic!("{places:?}")
        };
        value[identifier + serial.len() - 1] ^= 1;
        verify(&forge::with_value(&file, &value))
    });
    cases.add("one bit of the intermediate", Code::ContainerInexact, {
        let mut value = value();
        let der = pem("intermediate")[0].der().to_vec();
        let at = place_of(&value, &der);
        value[at + der.len() - 1] ^= 1;
        verify(&forge::with_value(&file, &value))
    });

    let key = signer(P256);
    let again = |file: &[u8], attributes: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        verify(&forge::signed_again(file, &key, attributes))
    };
    assert_eq!(again(&file, &|same| same).outcome, Outcome::Authentic);
    cases.add(
        "attributes that name another certificate",
        Code::SignerCertificateMismatch,
        again(&file, &|attributes| {
            let (own, other) = (pem(P256), pem("p384"));
            let digest = |der: &[u8]| DigestAlgorithm::Sha256.digest(der);
            let (own, other) = (digest(own[0].der()), digest(other[0].der()));
            let at = attributes.windows(32).position(|w| w == own).unwrap();
            let mut changed = attributes;
            changed[at..at + 32].copy_from_slice(&other);
            changed
        }),
    );
    // The same attributes without signing-certificate-v2.
    let unbound = |attributes: Vec<u8>| {
        let mut set = Reader::new(&attributes, Rules::Der)
            .read()
            .unwrap()
            .reader(Rules::Der);
        let mut kept = vec![];
        while !set.is_empty() {
            kept.push(set.read().unwrap().raw.to_vec());
        }
        let named = pem(P256)[0].serial().to_vec();
        kept.retain(|attribute| !attribute.windows(named.len()).any(|w| w == named) || attribute.len() < 64);
        assert_eq!(kept.len(), 2);
        yinxin::asn1::set_of(kept)
    };
    cases.add(
        "attributes that name no certificate",
        Code::AttributesWrong,
        again(&file, &unbound),
    );
    // The older kind may do without; that is worth a note.
    let older = forge::swapped(&file, "/ETSI.CAdES.detached", "/adbe.pkcs7.detached");
    cases.add(
        "older kind, unbound",
        Code::SignerCertificateUnbound,
        again(&older, &unbound),
    );
}
