//! Attacks that need keys: malicious files sealed by somebody, seals under the wrong trust, codes that were moved or edited.
//!
//! Attacks on the bytes of a sealed file are data: `test-vectors/documents/reject`, run by `verify_vectors.rs`. Together they
//! reach every finding there is; the last test holds that.

mod common;
#[path = "common/forge.rs"]
mod forge;

use std::collections::{BTreeMap, BTreeSet};

use common::{Office, at, path, pem, read, signer, time};
use forge::{Anatomy, Change, Ending, mark, place};
use yinxin::asn1::{Reader, Rules, ecdsa_fixed_to_der, tag, tlv};
use yinxin::authority::{AuthorityList, CertificateDraft, IssuerDraft, ListDraft};
use yinxin::cbor::Value;
use yinxin::compose::Template;
use yinxin::crypto::{DigestAlgorithm, SignatureAlgorithm};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::payload::{Payload, TextForm, decode_text, encode_text};
use yinxin::pdf::update::stream_body;
use yinxin::pki::{Certificate, Signer, SoftwareSigner};
use yinxin::record::{Parts, Record};
use yinxin::seal::Place;
use yinxin::symbol::{Level, Symbol};
use yinxin::verify::{Code, Outcome, Report, Severity, Trust, Verifier};

/// What an attack came to.
struct Case {
    name: &'static str,
    report: Report,
    lead: Code,
}

#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    fn add(&mut self, name: &'static str, lead: Code, report: Report) {
        self.0.push(Case { name, report, lead });
    }
}

const P256: &str = "p256";

fn office() -> Office {
    Office::with_key(P256)
}

/// A list under which the office of `residence` may issue it.
fn list_draft() -> ListDraft {
    let record = office().record("residence");
    ListDraft {
        sequence: 7,
        issued: time("2030-06-01"),
        expires: time("2031-06-01"),
        previous: None,
        issuers: vec![IssuerDraft {
            name: record.issuer().name.clone(),
            code: record.issuer().code.clone(),
            types: vec![record.kind().code.to_string().parse().unwrap()],
            certificates: vec![certificate(P256)],
        }],
    }
}

/// That list, signed, after `change`.
fn list(change: impl FnOnce(&mut ListDraft)) -> AuthorityList {
    let mut draft = list_draft();
    change(&mut draft);
    let key = String::from_utf8(read("test-vectors/keys/root.key.pem")).unwrap();
    let root = SoftwareSigner::from_pem(&key, pem("root")).unwrap();
    AuthorityList::open(&draft.sign(&root).unwrap(), &pem("root"), &Limits::DEFAULT).unwrap()
}

fn certificate(key: &str) -> CertificateDraft {
    CertificateDraft {
        certificate: pem(key).remove(0),
        from: time("2024-01-01"),
        until: time("2049-01-01"),
        revoked: None,
    }
}

fn under(change: impl FnOnce(&mut ListDraft)) -> Verifier {
    office().verifier_with(list(change))
}

fn roots(name: &str) -> Verifier {
    Verifier::new(Trust::new().roots(pem(name)).certificates(pem("intermediate")))
}

/// The record of `residence` after `change`.
fn record(change: impl FnOnce(&mut Parts)) -> Record {
    let mut parts = office().record("residence").into_parts();
    change(&mut parts);
    Record::new(parts).unwrap()
}

fn compose(record: &Record) -> Draft {
    Template::builtin("residence").unwrap().compose(record).unwrap()
}

/// A result with this record, in itself flawless.
fn issue(record: &Record) -> Vec<u8> {
    let draft = compose(record);
    let sealing = draft.bind(Payload::of(record));
    sealing
        .seal(&office().seal(), &office().signer(), at())
        .unwrap()
        .into_bytes()
}

/// A code over `payload` by the named key.
fn code(payload: &Payload, key: &str) -> Vec<u8> {
    let signer = signer(key);
    let unsigned = payload
        .unsigned(signer.algorithm(), &signer.chain()[0].kid())
        .unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    unsigned.finish(&signature).unwrap()
}

fn text(cose: &[u8]) -> String {
    encode_text(cose, &TextForm::Compact).unwrap()
}

fn with_draft(payload: Payload, draft: &[u8]) -> Payload {
    let digest = DigestAlgorithm::Sha256.digest(draft).try_into().unwrap();
    payload.with_draft(draft.len() as u64, digest)
}

/// Signature values that are wrong by themselves, in files that are not.
fn values(cases: &mut Cases) {
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

/// Flawless seals under a trust that does not bear them.
fn trust(cases: &mut Cases) {
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
        Verifier::new(Trust::new().roots([root])).verify_pdf(sealed.bytes(), at())
    });

    cases.add("certificate not listed", Code::IssuerUnknown, {
        let ed25519 = Office::with_key("ed25519").issue("residence");
        under(|_| {}).verify_pdf(ed25519.bytes(), at())
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
            list.issuers[0].certificates[0].revoked = Some(time("2030-06-15"));
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
        verify(&under(|list| list.expires = time("2030-06-15"))),
    );
    cases.add(
        "list of the future",
        Code::ListNotYetValid,
        verify(&under(|list| list.issued = time("2030-07-15"))),
    );
}

/// A root, and a signer whose certificate was issued by a mere signer's.
fn no_authority() -> (Certificate, SoftwareSigner) {
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

/// Records that do not bear the result.
fn records(cases: &mut Cases) {
    let office = office();
    let verify = |file: &[u8]| office.verifier().verify_pdf(file, at());
    let day = |text: &str| Some(text.parse().unwrap());
    cases.add(
        "record expired",
        Code::RecordExpired,
        verify(&issue(&record(|parts| parts.valid_to = day("2030-06-20")))),
    );
    cases.add(
        "record not yet valid",
        Code::RecordNotYetValid,
        verify(&issue(&record(|parts| parts.valid_from = day("2030-08-01")))),
    );
    cases.add(
        "record of a future day",
        Code::RecordNotYetValid,
        verify(&issue(&record(|parts| {
            parts.issued = "2030-08-01".parse().unwrap();
            parts.valid_from = None;
            parts.valid_to = None;
        }))),
    );
    cases.add("record exchanged before sealing", Code::CodeRecordMismatch, {
        let draft = compose(&record(|parts| parts.holder.name = "冒名者".to_owned()));
        let sealing = draft.bind(Payload::of(&office.record("residence")));
        let sealed = sealing.seal(&office.seal(), &office.signer(), at()).unwrap();
        verify(sealed.bytes())
    });
    // Without a record the code says whose result it is; the seal must be that body's too.
    cases.add(
        "sealed by another body than the code names",
        Code::IssuerMismatch,
        {
            let own = office.record("residence");
            let draft = Draft::open(forge::page(400, 400, ""), &Limits::DEFAULT).unwrap();
            let code_signer = signer(P256);
            let sealed = draft
                .bind(Payload::of(&own))
                .code_signer(&code_signer)
                .place_code(
                    Place {
                        page: 0,
                        x_mm: 50.0,
                        y_mm: 50.0,
                    },
                    80.0,
                )
                .place(place())
                .seal(&mark(), &signer("ed25519"), at())
                .unwrap();
            let other = office.record("food-licence");
            let verifier = under(|list| {
                list.issuers.push(IssuerDraft {
                    name: other.issuer().name.clone(),
                    code: other.issuer().code.clone(),
                    types: vec![own.kind().code.to_string().parse().unwrap()],
                    certificates: vec![certificate("ed25519")],
                });
            });
            verifier.verify_pdf(sealed.bytes(), at())
        },
    );
}

/// A draft with the code's form already in it, `entries` and `content` as given, sealed without more.
fn drawn(draft: &Draft, entries: &str, content: &[u8], more: &[(u32, Change)]) -> Report {
    let form = draft.slots().code.as_ref().unwrap().form;
    let body = stream_body(entries.as_bytes(), content, false);
    let mut objects = BTreeMap::from([(form, Change::Body(String::from_utf8(body).unwrap()))]);
    for (number, change) in more {
        let change = match change {
            Change::Body(body) => Change::Body(body.clone()),
            Change::Edit(set, remove) => Change::Edit(set.clone(), remove.clone()),
            Change::Free => Change::Free,
        };
        objects.insert(*number, change);
    }
    let file = forge::revision(draft.bytes(), &objects, &Ending::default());
    let sealed = forge::seal(&office(), file, Some(yinxin::seal::DocMdp::NoChanges));
    office().verifier().verify_pdf(&sealed, at())
}

/// Drawings that do not show the code they are said to show.
fn drawings(cases: &mut Cases) {
    let office = office();
    let own = office.record("residence");
    let draft = compose(&own);
    let good = text(&code(&with_draft(Payload::of(&own), draft.bytes()), P256));
    let symbol = Symbol::of_text(&good, Level::M).unwrap();
    let content = symbol.form_content();
    let side = symbol.form_side();
    let scale = 1.0 / side as f64;
    let matrix = format!("[{scale:.8} 0 0 {scale:.8} 0 0]");
    let bounds = format!("[0 0 {side} {side}]");
    let form = |bounds: &str, matrix: &str, text: &str, more: &str| {
        let text = text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        format!(
            "/Type/XObject/Subtype/Form/BBox {bounds}/Matrix {matrix}/Resources<<>>{more}\
             /PieceInfo<</Yinxin<</LastModified(D:2030)/Private<</Text({text})>>>>>>"
        )
    };
    let whole = form(&bounds, &matrix, &good, "");
    let page = draft.slots().code.as_ref().unwrap().page;
    assert_eq!(drawn(&draft, &whole, &content, &[]).outcome, Outcome::Authentic);

    let other = Symbol::of_text("HTTPS://EVIL.EXAMPLE/", Level::M)
        .unwrap()
        .form_content();
    let mut add = |name, report| cases.add(name, Code::CodeDrawingMismatch, report);
    add("another symbol drawn", drawn(&draft, &whole, &other, &[]));
    add("nothing drawn", drawn(&draft, &whole, b"", &[]));
    add(
        "drawing cut off",
        drawn(&draft, &form("[0 0 1 1]", &matrix, &good, ""), &content, &[]),
    );
    add(
        "drawing mirrored",
        drawn(
            &draft,
            &form(&bounds, &format!("[-{scale:.8} 0 0 {scale:.8} 1 0]"), &good, ""),
            &content,
            &[],
        ),
    );
    add(
        "drawing on a layer that can be switched off",
        drawn(
            &draft,
            &form(&bounds, &matrix, &good, "/OC<</Type/OCG/Name(x)>>"),
            &content,
            &[],
        ),
    );
    add(
        "drawing without text",
        drawn(&draft, "/Type/XObject/Subtype/Form/BBox[0 0 1 1]", &other, &[]),
    );
    add(
        "page that does not paint the code",
        drawn(
            &draft,
            &whole,
            &content,
            &[(page, Change::Edit(vec![], vec!["Contents".to_owned()]))],
        ),
    );
    cases.add(
        "text that is no code",
        Code::CodeUnreadable,
        drawn(&draft, &form(&bounds, &matrix, "nonsense", ""), &content, &[]),
    );
    cases.add("code that is no stream", Code::CodeUnreadable, {
        let form = draft.slots().code.as_ref().unwrap().form;
        let slots = yinxin::draft::Slots::default();
        let objects = BTreeMap::from([(form, Change::Body("null".to_owned()))]);
        let file = Draft::new(
            forge::revision(draft.bytes(), &objects, &Ending::default()),
            slots,
        );
        let sealed = file
            .without_code()
            .place(place())
            .seal(&mark(), &office.signer(), at());
        office.verifier().verify_pdf(sealed.unwrap().bytes(), at())
    });
}

/// Codes that are not of this result, or not of one who may.
fn codes(cases: &mut Cases) {
    let office = office();
    let own = office.record("residence");
    let (draft, sealed) = (compose(&own), office.issue("residence"));
    let payload = || with_draft(Payload::of(&own), draft.bytes());
    let verifier = office.verifier();
    let in_file = |cose: Vec<u8>| {
        let sealed = draft
            .bind_signed(cose)
            .seal(&office.seal(), &office.signer(), at());
        verifier.verify_pdf(sealed.unwrap().bytes(), at())
    };
    assert_eq!(in_file(code(&payload(), P256)).outcome, Outcome::Authentic);
    cases.add(
        "code by an unknown key",
        Code::CodeKeyUnknown,
        in_file(code(&payload(), "ed25519")),
    );
    cases.add("code of another draft", Code::CodeDraftMismatch, {
        in_file(code(&with_draft(Payload::of(&own), b"another draft"), P256))
    });
    cases.add(
        "code of no draft",
        Code::CodeDraftMismatch,
        in_file(code(&Payload::of(&own), P256)),
    );
    cases.add("code of a mere prefix", Code::CodeDraftMismatch, {
        in_file(code(&with_draft(Payload::of(&own), &draft.bytes()[..9]), P256))
    });
    cases.add(
        "code with other claims",
        Code::CodeSignatureInvalid,
        in_file(edited(&code(&payload(), P256))),
    );
    cases.add("code of another record", Code::CodeRecordMismatch, {
        let other = record(|parts| parts.holder.name = "冒名者".to_owned());
        in_file(code(&with_draft(Payload::of(&other), draft.bytes()), P256))
    });

    let alone = |cose: &[u8], moment: &str| verifier.verify_text(&text(cose), time(moment));
    let genuine = code(&payload(), P256);
    cases.add(
        "code before its day of issue",
        Code::CodeNotYetValid,
        alone(&genuine, "2030-05-01"),
    );
    let dated = |from: &str, to: &str| {
        let record = record(|parts| {
            parts.valid_from = Some(from.parse().unwrap());
            parts.valid_to = Some(to.parse().unwrap());
        });
        code(&Payload::of(&record), P256)
    };
    cases.add(
        "code expired",
        Code::CodeExpired,
        alone(&dated("2030-06-01", "2030-06-20"), "2030-07-01"),
    );
    cases.add(
        "code not yet valid",
        Code::CodeNotYetValid,
        alone(&dated("2030-08-01", "2030-09-01"), "2030-07-01"),
    );
    cases.add(
        "code alone",
        Code::CodeDocumentMissing,
        alone(&genuine, "2030-07-01"),
    );

    let beside = |cose: &[u8], file: &[u8]| verifier.verify_text_with_pdf(&text(cose), file, at());
    assert_eq!(beside(&genuine, sealed.bytes()).outcome, Outcome::Authentic);
    cases.add("beside the file: a mere prefix", Code::CodeDraftMismatch, {
        beside(
            &code(&with_draft(Payload::of(&own), &draft.bytes()[..9]), P256),
            sealed.bytes(),
        )
    });
    cases.add("beside the file: an empty prefix", Code::CodeDraftMismatch, {
        beside(&code(&with_draft(Payload::of(&own), b""), P256), sealed.bytes())
    });
    cases.add(
        "beside the file: the whole sealed file",
        Code::CodeDraftMismatch,
        {
            beside(
                &code(&with_draft(Payload::of(&own), sealed.bytes()), P256),
                sealed.bytes(),
            )
        },
    );
    cases.add(
        "beside the file: other claims, same draft",
        Code::CodeRecordMismatch,
        {
            let other = record(|parts| parts.holder.name = "冒名者".to_owned());
            beside(
                &code(&with_draft(Payload::of(&other), draft.bytes()), P256),
                sealed.bytes(),
            )
        },
    );
    cases.add(
        "beside an unsealed file",
        Code::FileNotSigned,
        beside(&genuine, draft.bytes()),
    );

    #[cfg(feature = "scan")]
    {
        let picture = Symbol::of_text(&text(&genuine), Level::M).unwrap().to_png(4);
        cases.add(
            "no picture",
            Code::ImageUnreadable,
            verifier.verify_image(b"", at()),
        );
        cases.add(
            "half a picture",
            Code::ImageUnreadable,
            verifier.verify_image(&picture[..picture.len() / 2], at()),
        );
        let other = Symbol::of_text("ANOTHER CODE", Level::M).unwrap().to_png(4);
        let both = side_by_side(&picture, &other);
        cases.add(
            "two codes",
            Code::ImageSeveralCodes,
            verifier.verify_image(&both, at()),
        );
    }
}

/// The COSE object with another holder and the signature it had.
fn edited(cose: &[u8]) -> Vec<u8> {
    let mut value = Value::decode(cose, &Limits::DEFAULT).unwrap();
    let Value::Tag(_, inner) = &mut value else {
        panic!("no tag")
    };
    let Value::Array(members) = &mut **inner else {
        panic!("no array")
    };
    let Value::Bytes(claims) = &mut members[2] else {
        panic!("no claims")
    };
    let name = "林若溪".as_bytes();
    let at = claims.windows(name.len()).position(|w| w == name).unwrap();
    claims[at..at + name.len()].copy_from_slice("冒名者".as_bytes());
    value.encode()
}

/// Two grey pictures in one.
#[cfg(feature = "scan")]
fn side_by_side(left: &[u8], right: &[u8]) -> Vec<u8> {
    let decode = |file: &[u8]| {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.color_type, png::ColorType::Grayscale);
        (info.width as usize, info.height as usize, pixels)
    };
    let (left, right) = (decode(left), decode(right));
    let (width, height) = (left.0 + right.0 + 40, left.1.max(right.1) + 40);
    let mut pixels = vec![255; width * height];
    for (start, (own, rows, source)) in [(0, left.clone()), (left.0 + 40, right)] {
        for row in 0..rows {
            pixels[row * width + start..][..own].copy_from_slice(&source[row * own..][..own]);
        }
    }
    let mut file = vec![];
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

/// Files that are no sealed documents, or several at once.
fn files(cases: &mut Cases) {
    let office = office();
    let verify = |file: &[u8]| office.verifier().verify_pdf(file, at());
    for (name, file) in [
        ("empty file", &b""[..]),
        ("no PDF", b"\x89PNG\r\n\x1a\n"),
        ("header alone", b"%PDF-1.7\n"),
        ("zeros", &[0; 4096]),
    ] {
        cases.add(name, Code::FileUnreadable, verify(file));
    }
    let approved = forge::seal(&office, forge::page(200, 200, ""), None);
    let twice = forge::seal(&office, approved, None);
    cases.add("sealed twice", Code::ChangedBeforeLaterSeal, verify(&twice));
    let mut limits = Limits::DEFAULT;
    limits.signatures = 1;
    cases.add(
        "more seals than the limit",
        Code::FileUnreadable,
        office.verifier().limits(limits).verify_pdf(&twice, at()),
    );
}

fn all() -> Vec<Case> {
    let mut cases = Cases::default();
    values(&mut cases);
    trust(&mut cases);
    records(&mut cases);
    drawings(&mut cases);
    codes(&mut cases);
    files(&mut cases);
    cases.0
}

#[test]
fn attacks_are_answered_by_the_finding_that_names_them_and_every_finding_is_reached() {
    let cases = all();
    let mut wrong = vec![];
    for Case { name, report, lead } in &cases {
        let outcome = match lead.severity() {
            Severity::Fatal => Outcome::NotAuthentic,
            Severity::Doubt => Outcome::Indeterminate,
            Severity::Note => Outcome::Authentic,
        };
        // Notes have no rank worth a promise.
        let leads = match lead.severity() {
            Severity::Note => report.findings.iter().any(|finding| finding.code == *lead),
            _ => report
                .findings
                .first()
                .is_some_and(|finding| finding.code == *lead),
        };
        if report.outcome != outcome
            || !leads
            || report.authentic().is_ok() != (outcome == Outcome::Authentic)
        {
            wrong.push(format!(
                "{name}: expected {lead:?}, found {:?} {:#?}",
                report.outcome, report.findings
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let mut reached: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| case.report.findings.iter().map(|finding| finding.code.name()))
        .collect();
    let vectors: Vec<String> = std::fs::read_dir(path("test-vectors/documents/reject"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    // That these are found is for `verify_vectors.rs` to hold.
    let stated = |code: &Code| {
        vectors
            .iter()
            .any(|vector| vector.contains(&format!("\"{}\"", code.name())))
    };
    reached.extend(
        Code::ALL
            .iter()
            .filter(|code| stated(code))
            .map(|code| code.name()),
    );
    let missed: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !reached.contains(code.name()))
        .collect();
    assert!(missed.is_empty(), "no attack reaches {missed:?}");
}

/// Writers differ in what they count to the last line (EN 319 142-1, clause 5.4): up to four bytes of it may follow.
#[test]
fn ends_of_line_behind_a_sealed_file_are_the_only_bytes_that_may_follow_it() {
    let (verifier, file) = (office().verifier(), forge::small(&office()));
    for (tail, outcome) in [
        (&b"\n"[..], Outcome::Authentic),
        (b"\r\n\r\n", Outcome::Authentic),
        (b"\n\n\n\n\n", Outcome::NotAuthentic),
        (b" ", Outcome::NotAuthentic),
        (b"\0", Outcome::NotAuthentic),
        (b"%", Outcome::NotAuthentic),
    ] {
        let report = verifier.verify_pdf(&[&file, tail].concat(), at());
        assert_eq!(
            report.outcome,
            outcome,
            "{}: {:#?}",
            tail.escape_ascii(),
            report.findings
        );
    }
}

#[test]
fn hostile_texts_are_never_authentic() {
    let verifier = office().verifier();
    let own = office().record("residence");
    let genuine = text(&code(&Payload::of(&own), P256));
    assert_eq!(verifier.verify_text(&genuine, at()).outcome, Outcome::Authentic);
    let long = format!("YX1:{}", "0".repeat(100_000));
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "YX1",
        "YX1:",
        "yx1: ",
        "YX1::::",
        "https://",
        "https://#",
        "https://a#",
        "https://a#0",
        "http://a#1",
        "https://\u{202e}a#123",
        "javascript:alert(1)",
        "YX1:\u{ff10}\u{ff11}",
        "%PDF-1.7",
        "https://a#99999999999999999999999999999",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push(long);
    texts.push(format!("https://a.example/#{}", "9".repeat(8000)));
    texts.push(format!("{genuine}{genuine}"));
    texts.push(genuine.replacen("YX1:", "YX2:", 1));
    // Every character gone, doubled or another.
    for (at, character) in genuine.char_indices().skip(4).step_by(3) {
        let (before, after) = (&genuine[..at], &genuine[at + character.len_utf8()..]);
        texts.push(format!("{before}{after}"));
        texts.push(format!("{before}{character}{character}{after}"));
        let other = if character == 'A' { 'B' } else { 'A' };
        texts.push(format!("{before}{other}{after}"));
    }
    texts.extend((0..genuine.len()).map(|length| genuine[..length].to_owned()));
    for text in texts {
        let report = verifier.verify_text(&text, at());
        assert_ne!(report.outcome, Outcome::Authentic, "{text}");
        assert!(!report.findings.is_empty(), "{text}");
    }
}

/// A region's list may name certificates of an authority whose root nobody gave: the list speaks for them.
#[test]
fn a_listed_certificate_stands_without_the_root_of_its_issuer() {
    let key = String::from_utf8(read("test-vectors/keys/other-root.key.pem")).unwrap();
    let keeper = SoftwareSigner::from_pem(&key, pem("other-root")).unwrap();
    let list = list_draft().sign(&keeper).unwrap();
    let list = AuthorityList::open(&list, &pem("other-root"), &Limits::DEFAULT).unwrap();
    let file = office().issue("residence").into_bytes();
    for trust in [Trust::new(), Trust::new().roots(pem("other-root"))] {
        let report = Verifier::new(trust.list(list.clone())).verify_pdf(&file, at());
        assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    }
}

/// What is checked in a batch must be all that is checked one by one.
#[test]
fn a_batch_of_codes_is_judged_as_each_alone() {
    let ed25519 = Office::with_key("ed25519");
    let (verifier, key) = (ed25519.verifier(), ed25519.signer());
    let claims = Payload::of(&ed25519.record("residence"));
    // Signed with the Ed25519 key, and said to be ECDSA.
    let unsigned = claims
        .unsigned(SignatureAlgorithm::EcdsaP256Sha256, &key.chain()[0].kid())
        .unwrap();
    let signature = key.sign(&unsigned.to_be_signed()).unwrap();
    let said_otherwise = unsigned.finish(&ecdsa_fixed_to_der(&signature).unwrap()).unwrap();
    let texts = [
        text(&said_otherwise),
        text(&said_otherwise),
        text(&code(&claims, "ed25519")),
        text(&edited(&code(&claims, "ed25519"))),
        "nonsense".to_owned(),
    ];
    for chosen in [
        &[0, 1][..],
        &[0, 2],
        &[2, 2],
        &[2, 3],
        &[0, 1, 2, 3, 4],
        &[4],
        &[],
    ] {
        let texts: Vec<&str> = chosen.iter().map(|at| texts[*at].as_str()).collect();
        let together = verifier.verify_texts(&texts, at());
        assert_eq!(together.len(), texts.len());
        for (text, report) in texts.iter().zip(together) {
            let alone = verifier.verify_text(text, at());
            assert_eq!(
                (report.outcome, &report.findings),
                (alone.outcome, &alone.findings),
                "{chosen:?}"
            );
        }
    }
}

#[test]
fn every_bit_of_a_code_counts() {
    let verifier = office().verifier();
    let cose = code(&Payload::of(&office().record("residence")), P256);
    for at_byte in 0..cose.len() {
        for bit in 0..8 {
            let mut changed = cose.clone();
            changed[at_byte] ^= 1 << bit;
            let report = verifier.verify_text(&text(&changed), at());
            assert_ne!(report.outcome, Outcome::Authentic, "byte {at_byte}, bit {bit}");
        }
    }
    assert_eq!(decode_text(&text(&cose), &Limits::DEFAULT).unwrap(), cose);
}

#[test]
fn names_from_the_file_are_made_fit_to_be_shown() {
    let draft = Draft::open(forge::page(200, 200, ""), &Limits::DEFAULT).unwrap();
    let name = format!("\u{202e}\u{1b}[2J{}", "x".repeat(500));
    let sealing = draft.without_code().place(place()).field(name);
    let file = sealing
        .seal(&mark(), &office().signer(), at())
        .unwrap()
        .into_bytes();
    let file = forge::swapped(&file, "/MediaBox[0 0 200", "/MediaBox[0 0 201");
    let report = office().verifier().verify_pdf(&file, at());
    assert_eq!(
        common::outcome_and_lead(&report),
        (Outcome::NotAuthentic, Code::DigestMismatch)
    );
    assert!(
        report.findings[0].object.contains("xxxx"),
        "{:?}",
        report.findings[0]
    );
    for finding in &report.findings {
        let fit = |text: &str| text.chars().all(|c| !c.is_control() && c != '\u{202e}') && text.len() < 200;
        assert!(fit(&finding.object) && fit(&finding.evidence), "{finding:?}");
    }
    for seal in &report.seals {
        assert!(!seal.field.contains('\u{202e}') && seal.field.len() < 200);
    }
}
