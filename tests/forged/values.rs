//! Signature values that are wrong by themselves.

use super::trust::no_authority;
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

    cases.add("something behind the container", Code::PaddingWrong, {
        let mut padded = file.clone();
        padded[Anatomy::of(&file).contents.end - 2] = b'1';
        verify(&padded)
    });
    cases.add("a certificate of somebody else", Code::SpareCertificate, {
        let [kind, outer] = <[_; 2]>::try_from(stamp::children(&value())).unwrap();
        let mut members = stamp::children(&stamp::children(&outer)[0]);
        let place = members
            .iter()
            .position(|m| m[0] == tag::CONTEXT_0_CONSTRUCTED)
            .unwrap();
        let mut all = stamp::children(&members[place]);
        // Its issuer is not at hand.
        all.push(no_authority().1.chain()[0].der().to_vec());
        members[place] = stamp::joined(tag::CONTEXT_0_CONSTRUCTED, &all);
        let data = stamp::joined(tag::SEQUENCE, &members);
        let made = tlv(
            tag::SEQUENCE,
            &[&kind, &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
        );
        verify(&forge::with_value(&file, &made))
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
    // What the signature covers is as certain without; that is worth a note, in PAdES as in the older kind.
    cases.add(
        "attributes that name no certificate",
        Code::SignerCertificateUnbound,
        again(&file, &unbound),
    );
    let older = forge::swapped(&file, "/ETSI.CAdES.detached", "/adbe.pkcs7.detached");
    cases.add(
        "older kind, unbound",
        Code::SignerCertificateUnbound,
        again(&older, &unbound),
    );
    let with = |attributes: Vec<u8>, more: Vec<u8>| {
        let mut all = stamp::children(&attributes);
        all.push(more);
        yinxin::asn1::set_of(all)
    };
    cases.add(
        "attributes that name the certificate by SHA-1",
        Code::SignerCertificateBySha1,
        again(&file, &|attributes| {
            with(unbound(attributes), named_by_sha1(&pem(P256)[0], true))
        }),
    );
    cases.add(
        "attributes that name another certificate by SHA-1",
        Code::SignerCertificateMismatch,
        again(&file, &|attributes| {
            with(unbound(attributes), named_by_sha1(&pem("p384")[0], false))
        }),
    );
    cases.add(
        "the two attributes name two certificates",
        Code::SignerCertificateMismatch,
        again(&file, &|attributes| {
            with(attributes, named_by_sha1(&pem("p384")[0], true))
        }),
    );
    cases.add(
        "attributes for a time stamp",
        Code::ContentTypeWrong,
        again(&file, &|attributes| {
            let (data, stamp) = (yinxin::cms::ID_DATA, yinxin::cms::ID_TST_INFO);
            let (data, stamp) = (yinxin::asn1::oid_tlv(data), yinxin::asn1::oid_tlv(stamp));
            let all = stamp::children(&attributes);
            yinxin::asn1::set_of(all.iter().map(|a| stamp::replaced(a, &data, &stamp)).collect())
        }),
    );
    cases.add(
        "an attribute twice",
        Code::AttributeTwice,
        again(&file, &|attributes| {
            let first = stamp::children(&attributes).remove(0);
            with(attributes, first)
        }),
    );
    cases.add("another digest than the signature's", Code::AlgorithmMismatch, {
        let mut value = value();
        let sha256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
        for place in 0..value.len() - sha256.len() {
            // SHA-512 in its place.
            if value[place..].starts_with(&sha256) {
                value[place + sha256.len() - 1] = 3;
            }
        }
        verify(&forge::with_value(&file, &value))
    });
    cases.add("a key that is for RSASSA-PSS alone", Code::AlgorithmMismatch, {
        let certificates = [pem("rsapss-only"), pem("intermediate")].concat();
        let chain: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
        let hole = Anatomy::of(&file).contents;
        let covered = [&file[..hole.start], &file[hole.end..]].concat();
        let digest = DigestAlgorithm::Sha256.digest(&covered);
        let algorithm = SignatureAlgorithm::RsaPkcs1Sha256;
        let attributes = yinxin::cms::build::signed_attributes(algorithm, &digest, chain[0]).unwrap();
        let plain = rsa_key("rsapss-only").sign(algorithm, &attributes).unwrap();
        let value = yinxin::cms::build::signed_data(algorithm, &chain, &attributes, &plain).unwrap();
        verify(&forge::with_value(&file, &value))
    });
}

/// The named RSA key, made fit for any scheme.
fn rsa_key(name: &str) -> PrivateKey {
    use base64::Engine as _;
    let text = String::from_utf8(read(&format!("test-vectors/keys/{name}.key.pem"))).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    let [version, _, key] = <[_; 3]>::try_from(stamp::children(&der)).unwrap();
    let rsa_encryption = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    let kind = yinxin::asn1::oid_tlv(yinxin::asn1::Oid::new(&rsa_encryption));
    let algorithm = tlv(tag::SEQUENCE, &[&kind, &[tag::NULL, 0]]);
    PrivateKey::from_pkcs8(&tlv(tag::SEQUENCE, &[&version, &algorithm, &key])).unwrap()
}

/// signing-certificate (RFC 2634, clause 5.4) that names `certificate`, with issuerSerial or without.
fn named_by_sha1(certificate: &Certificate, with_serial: bool) -> Vec<u8> {
    let kind = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c];
    let hash = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
    let mut id = tlv(tag::OCTET_STRING, &[hash.as_ref()]);
    if with_serial {
        let directory = tlv(tag::CONTEXT_4_CONSTRUCTED, &[certificate.issuer_raw()]);
        let serial = tlv(tag::INTEGER, &[certificate.serial()]);
        id.extend(tlv(tag::SEQUENCE, &[&tlv(tag::SEQUENCE, &[&directory]), &serial]));
    }
    let list = tlv(tag::SEQUENCE, &[&tlv(tag::SEQUENCE, &[&id])]);
    let value = tlv(tag::SEQUENCE, &[&list]);
    let kind = yinxin::asn1::oid_tlv(yinxin::asn1::Oid::new(&kind));
    tlv(tag::SEQUENCE, &[&kind, &tlv(tag::SET, &[&value])])
}
