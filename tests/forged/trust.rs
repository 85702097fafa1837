//! Flawless seals under a trust that does not bear them.

use super::*;
use yinxin::authority::Reason;

/// Flawless seals under a trust that does not bear them.
pub fn trust(cases: &mut Cases) {
    let office = office();
    let file = office.issue("residence").into_bytes();
    let verify = |verifier: &Verifier| verifier.verify_pdf(&file, at());
    cases.add(
        "no trust",
        Code::TrustMissing,
        verify(&Verifier::new(Trust::new())),
    );
    cases.add("another root", Code::ChainMissing, verify(&roots("other-root")));
    cases.add("roots alone", Code::ListMissing, verify(&roots("root")));
    let sealed_by = |key: &str| forge::small(&Office::with_key(key));
    for (name, key, lead) in [
        ("expired certificate", "expired", Code::ChainExpired),
        (
            "certificate not yet valid",
            "not-yet-valid",
            Code::ChainNotYetValid,
        ),
    ] {
        cases.add(name, lead, roots("root").verify_pdf(&sealed_by(key), at()));
        // A list in the place of roots does not make up for the certificate's own days.
        let listed = list(|list| list.issuers[0].certificates.push(certificate(key)));
        let verifier = Verifier::new(Trust::new().list(listed));
        cases.add(name, lead, verifier.verify_pdf(&sealed_by(key), at()));
    }
    cases.add("issued by one that is no authority", Code::ChainInvalid, {
        let (root, signer) = no_authority();
        let draft = Draft::open(forge::page(200, 200, ""), &Limits::DEFAULT).unwrap();
        let sealed = draft
            .without_code()
            .place(place())
            .seal(&mark(), &signer, at())
            .unwrap();
        Verifier::new(Trust::new().roots([root])).verify_pdf(&sealed.to_bytes(), at())
    });

    cases.add("certificate not listed", Code::IssuerUnknown, {
        let ed25519 = Office::with_key("ed25519").issue("residence");
        under(|_| {}).verify_pdf(&ed25519.to_bytes(), at())
    });
    let other = office.record("food-licence").issuer().clone();
    cases.add(
        "listed for another type",
        Code::TypeNotPermitted,
        verify(&under(|list| {
            list.issuers[0].types = vec![
                office
                    .record("food-licence")
                    .kind()
                    .code
                    .to_string()
                    .parse()
                    .unwrap(),
            ];
        })),
    );
    cases.add(
        "listed for another body",
        Code::IssuerMismatch,
        verify(&under(|list| {
            list.issuers[0].name.clone_from(&other.name);
            list.issuers[0].code = other.code.clone();
        })),
    );
    cases.add(
        "revoked",
        Code::CertificateRevoked,
        verify(&under(|list| {
            let revoked = certificate(P256).revoked(time("2030-06-15"), Reason::PrivilegeWithdrawn);
            list.issuers[0].certificates[0] = revoked;
        })),
    );
    cases.add(
        "window over",
        Code::OutsideWindow,
        verify(&under(|list| {
            list.issuers[0].certificates[0].until = time("2030-06-15");
        })),
    );
    cases.add(
        "window not begun",
        Code::OutsideWindow,
        verify(&under(|list| {
            list.issuers[0].certificates[0].from = time("2030-07-15");
        })),
    );
    cases.add(
        "list expired",
        Code::ListExpired,
        verify(&under(|list| {
            (list.next_update, list.expires) = (time("2030-06-15"), time("2030-06-15"));
        })),
    );
    cases.add(
        "list of the future",
        Code::ListNotYetValid,
        verify(&under(|list| list.issued = time("2030-07-15"))),
    );
}

/// A root, and a signer whose certificate was issued by a mere signer's.
pub fn no_authority() -> (Certificate, SoftwareSigner) {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    let params = |name: &str, is_ca: IsCa| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = is_ca;
        params.not_before = rcgen::date_time_ymd(2024, 1, 1);
        params.not_after = rcgen::date_time_ymd(2049, 1, 1);
        params
    };
    let keys = [(); 3].map(|()| KeyPair::generate().unwrap());
    let root = params("TEST root", IsCa::Ca(BasicConstraints::Unconstrained));
    let middle = params("TEST department", IsCa::ExplicitNoCa);
    let leaf = params("TEST forged department", IsCa::ExplicitNoCa);
    let read = |der: &[u8]| Certificate::try_from(der).unwrap();
    let certificates = [
        read(root.self_signed(&keys[0]).unwrap().der()),
        read(
            middle
                .signed_by(&keys[1], &Issuer::from_params(&root, &keys[0]))
                .unwrap()
                .der(),
        ),
        read(
            leaf.signed_by(&keys[2], &Issuer::from_params(&middle, &keys[1]))
                .unwrap()
                .der(),
        ),
    ];
    let [root, middle, leaf] = certificates;
    let signer = SoftwareSigner::from_pem(&keys[2].serialize_pem(), vec![leaf, middle]).unwrap();
    (root, signer)
}
