//! Attacks on a result that several bodies issue: seals missing, wrong, twice, out of order, and what is put in between.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/pki.rs"]
mod pki;
#[path = "common/vectors.rs"]
mod vectors;

use std::collections::BTreeMap;

use common::{Office, at, entry, list_of, time};
use forge::{Ending, revision};
use yinxin::authority::{AuthorityList, CertificateDraft, Change, IssuerDraft, Reason, Standing};
use yinxin::compose::Template;
use yinxin::draft::{Draft, Slots, seal_field};
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::pdf::{Document, Object};
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::record::{Issuer, Record, SealingOrder};
use yinxin::seal::{DocMdp, JointFault, Seal, SealError};
use yinxin::time::Time;
use yinxin::verify::{Trust, Verifier};

const KEYS: [&str; 3] = ["p256", "p384", "rsa2048"];
/// A listed body that does not issue the result.
const STRANGER: (&str, &str) = ("滨海市政务服务中心", "11109900MB2A100330");

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    order: Option<String>,
    seals: Vec<Sealing>,
    after: Option<usize>,
    what: Option<String>,
    #[serde(default)]
    list: Vec<Listed>,
    at: Option<Time>,
    outcome: String,
    finding: Option<String>,
    missing: Vec<usize>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealing {
    field: usize,
    key: Option<String>,
    #[serde(default)]
    plain: bool,
    level: Option<u8>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    body: usize,
    key: Option<String>,
    revoked: Option<Time>,
}

fn vectors() -> Vec<(String, Vector)> {
    vectors::vectors("joint/attacks", 20)
}

fn record(order: SealingOrder) -> Record {
    let mut parts = Office::with_key("p256").record("joint-licence").into_parts();
    parts.joint.as_mut().unwrap().order = order;
    Record::new(parts).unwrap()
}

fn issuers() -> Vec<Issuer> {
    let mut issuers: Vec<Issuer> = record(SealingOrder::Any).issuers().cloned().collect();
    issuers.push(Issuer {
        name: STRANGER.0.to_owned(),
        code: STRANGER.1.parse().unwrap(),
    });
    issuers
}

/// A test key, or one key that two certificates name.
fn certificate(key: &str) -> Certificate {
    match key.strip_prefix("twin-") {
        Some(serial) => {
            let mut subject =
                pki::Subject::new(&format!("Twin {serial}"), "Twin root", serial.parse().unwrap());
            subject.key = Some("Twins".to_owned());
            // digitalSignature, nonRepudiation
            subject
                .with(vec![pki::extension(15, true, &[3, 2, 6, 0xc0])])
                .certificate()
        }
        None => common::pem(key).remove(0),
    }
}

fn signer(key: &str) -> SoftwareSigner {
    match key.starts_with("twin-") {
        true => SoftwareSigner::from_pkcs8(&pki::pkcs8("Twins"), vec![certificate(key)]).unwrap(),
        false => common::signer(key),
    }
}

fn look(issuer: &Issuer) -> Seal {
    let round = RoundSeal::new(issuer.name.as_str()).with_legend("样章 TEST");
    Seal::new(Impression::round(&round, yinxin::font::bundled()).unwrap())
}

impl Sealing {
    fn seal(&self, file: Vec<u8>) -> Result<Vec<u8>, SealError> {
        let issuer = &issuers()[self.field];
        let signer = signer(self.key.as_deref().unwrap_or(KEYS[self.field]));
        if !self.plain {
            let draft = Draft::open(file, &Limits::DEFAULT).unwrap();
            let sealing = draft.without_code().joint(&issuer.code);
            return Ok(sealing.seal(&look(issuer), &signer, at())?.into_bytes());
        }
        let level = self.level.map(|level| match level {
            2 => DocMdp::FormFilling,
            _ => DocMdp::Annotations,
        });
        let draft = Draft::new(file, Slots::default());
        let sealing = draft
            .without_code()
            .field(seal_field(&issuer.code))
            .certifies(level);
        Ok(sealing.seal(&look(issuer), &signer, at())?.into_bytes())
    }
}

impl Vector {
    fn file(&self) -> Vec<u8> {
        let order = match self.order.as_deref() {
            Some("listed") => SealingOrder::Listed,
            _ => SealingOrder::Any,
        };
        let template = Template::builtin("food-licence").unwrap();
        let mut file = template.compose(&record(order)).unwrap().into_bytes();
        for (number, sealing) in self.seals.iter().enumerate() {
            if self.after == Some(number) {
                file = self.tampered(&file);
            }
            file = sealing.seal(file).unwrap_or_else(|error| panic!("{error}"));
        }
        if self.after == Some(self.seals.len()) {
            file = self.tampered(&file);
        }
        file
    }

    fn tampered(&self, file: &[u8]) -> Vec<u8> {
        use forge::Change;
        let document = Document::open(file, &Limits::DEFAULT).unwrap();
        let view = document.newest();
        let new = view.next_object_number();
        let page = view.pages().unwrap().remove(0);
        let raw = |object: &Object| match object {
            Object::Reference(id) => format!("{} {} R", id.number, id.generation),
            Object::Array(items) => {
                let ids = items.iter().filter_map(Object::as_reference);
                ids.map(|id| format!("{} {} R ", id.number, id.generation))
                    .collect()
            }
            other => panic!("{other:?}"),
        };
        let of_page = |key: &[u8]| page.dictionary().unwrap().find(key).map_or_else(String::new, raw);
        let set = |key: &str, value: String| Change::Edit(vec![(key.to_owned(), value)], vec![]);
        let (contents, annotations, number) = (of_page(b"Contents"), of_page(b"Annots"), page.id.number);
        let stream = |data: &str| Change::Stream(String::new(), data.as_bytes().to_vec());
        let changes = match self.what.as_deref().unwrap() {
            "content" => vec![
                (new, stream("BT /F1 12 Tf 100 100 Td (and more) Tj ET")),
                (number, set("Contents", format!("[{contents} {new} 0 R]"))),
            ],
            "code" => vec![
                (new, stream("q 60 0 0 60 400 60 cm 0 0 1 1 re f Q")),
                (number, set("Contents", format!("[{contents} {new} 0 R]"))),
            ],
            "annotation" => vec![
                (new, Change::Body("<</Type/Annot/Subtype/FreeText/Rect[60 60 200 90]/DA(/Helv 12 Tf)/Contents(and more)>>".to_owned())),
                (number, set("Annots", format!("[{annotations} {new} 0 R]"))),
            ],
            what @ ("field" | "twin") => {
                let catalog = view.catalog().unwrap();
                let form = view.find(catalog.dictionary().unwrap(), b"AcroForm").unwrap();
                let fields = form.as_dictionary().unwrap().find(b"Fields").map_or_else(String::new, raw);
                let flags = if self.after == Some(0) { "" } else { "/SigFlags 3" };
                // A field of its own, or one that bears the name of another.
                let name = if what == "twin" { seal_field(&issuers()[1].code) } else { "Extra".to_owned() };
                vec![
                    (new, Change::Body(format!("<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/F 132/Rect[20 20 80 80]/P {number} 0 R>>"))),
                    (catalog.id.number, set("AcroForm", format!("<</Fields[{fields} {new} 0 R]{flags}>>"))),
                    (number, set("Annots", format!("[{annotations} {new} 0 R]"))),
                ]
            }
            other => panic!("{other}"),
        };
        revision(file, &BTreeMap::from_iter(changes), &Ending::default())
    }

    fn authority(&self) -> AuthorityList {
        let kind = record(SealingOrder::Any).kind().code.to_string();
        let mut entries: Vec<IssuerDraft> = issuers()
            .iter()
            .zip(KEYS)
            .map(|(issuer, key)| entry(issuer, &[key], &[&kind]))
            .collect();
        for listed in &self.list {
            if listed.body == KEYS.len() {
                entries.push(entry(&issuers()[listed.body], &["ed25519"], &[&kind]));
            }
            let body = &mut entries[listed.body];
            if let Some(key) = &listed.key {
                body.certificates = vec![CertificateDraft::new(
                    certificate(key),
                    time("2024-01-01"),
                    time("2049-01-01"),
                )];
            }
            body.certificates[0]
                .history
                .extend(listed.revoked.map(|from| Change {
                    from,
                    standing: Standing::Revoked,
                    reason: Reason::Superseded,
                }));
        }
        list_of(entries)
    }
}

#[test]
fn a_joint_result_is_accepted_only_with_every_seal_by_its_body_and_nothing_in_between() {
    let mut wrong = vec![];
    for (name, vector) in vectors() {
        let file = vector.file();
        let report = Verifier::new(Trust::new().list(vector.authority()))
            .verify_pdf(&file, vector.at.unwrap_or_else(at));
        let missing: Vec<usize> = (0..report.required.len())
            .filter(|number| !report.required[*number].sealed)
            .collect();
        let found = (format!("{:?}", report.outcome), missing);
        let told = vector.finding.as_ref().is_none_or(|wanted| {
            let mut codes = report.findings.iter().map(|finding| finding.code.name());
            codes.any(|code| code == wanted)
        });
        if !told || found != (vector.outcome, vector.missing) {
            wrong.push(format!("{name}: {found:?} {:?}", report.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The name of the body that leads is the one on the authority list, not the one that the record gives itself.
#[test]
fn the_lists_answer_has_the_lists_name_of_the_leading_body() {
    let file = vectors()[0].1.file();
    let kind = record(SealingOrder::Any).kind().code.to_string();
    let mut issuers = issuers();
    issuers[0].name = "滨海市某局".to_owned();
    let entries = issuers
        .iter()
        .zip(KEYS)
        .map(|(issuer, key)| entry(issuer, &[key], &[&kind]));
    let report = Verifier::new(Trust::new().list(list_of(entries.collect()))).verify_pdf(&file, at());
    let told = report.list.unwrap().issuer.unwrap();
    assert_eq!(told, ("滨海市某局".to_owned(), issuers[0].code.to_string()));
}

/// A signer whose certificate says what `name` does.
fn named(name: &str) -> SoftwareSigner {
    let subject = pki::Subject::new(name, "Bodies root", 3);
    let certificate = subject
        .with(vec![pki::extension(15, true, &[3, 2, 6, 0xc0])])
        .certificate();
    SoftwareSigner::from_pkcs8(&pki::pkcs8(name), vec![certificate]).unwrap()
}

#[test]
fn a_certificate_that_says_it_is_another_bodys_is_not_put_to_use() {
    let template = Template::builtin("food-licence").unwrap();
    let draft = template.compose(&record(SealingOrder::Any)).unwrap();
    let (own, other) = (&issuers()[0], &issuers()[1]);
    let seal = |name: &str| {
        let sealing = draft.without_code().joint(&own.code);
        sealing.seal(&look(own), &named(name), at()).map(drop)
    };
    seal(&format!("Body #{}", own.code)).unwrap();
    seal("Body").unwrap();
    let refused = seal(&format!("Body #{}", other.code)).unwrap_err();
    let expected = JointFault::AnotherBody {
        certificate: other.code.clone(),
        issuer: own.code.clone(),
    };
    assert!(matches!(refused, SealError::Joint(fault) if fault == expected));
}

/// Without an authority list each certificate must say whose it is, and it must be the body whose field it sealed in.
#[test]
fn without_a_list_each_certificate_names_the_body_of_its_field() {
    let mut root = pki::Subject::new("Bodies root", "Bodies root", 9).with(pki::of_authority());
    root.to = "2049-01-01".to_owned();
    let root = root.certificate();
    let names = |order: [usize; 3]| order.map(|number| format!("Body #{}", issuers()[number].code));
    let verdict = |names: [String; 3]| {
        let template = Template::builtin("food-licence").unwrap();
        let mut file = template.compose(&record(SealingOrder::Any)).unwrap().into_bytes();
        for (number, name) in names.iter().enumerate() {
            // As a program seals that asks nobody.
            let field = seal_field(&issuers()[number].code);
            let draft = Draft::new(file, Slots::default());
            let sealing = draft.without_code().field(field);
            let sealing = sealing.certifies((number == 0).then_some(DocMdp::FormFilling));
            file = sealing
                .seal(&look(&issuers()[number]), &named(name), at())
                .unwrap()
                .into_bytes();
        }
        let report = Verifier::new(Trust::new().roots([root.clone()])).verify_pdf(&file, at());
        let joint = |code: &&str| code.starts_with("joint.") || code.starts_with("authority.issuer");
        let codes: Vec<&str> = report
            .findings
            .iter()
            .map(|finding| finding.code.name())
            .filter(joint)
            .collect();
        (format!("{:?}", report.outcome), codes)
    };
    assert_eq!(verdict(names([0, 1, 2])), ("Authentic".to_owned(), vec![]));
    let mismatch = "authority.issuer-mismatch";
    assert_eq!(
        verdict(names([0, 2, 1])),
        ("NotAuthentic".to_owned(), vec![mismatch; 2])
    );
    let mut one_says_nothing = names([0, 1, 2]);
    one_says_nothing[1] = "Body".to_owned();
    assert_eq!(
        verdict(one_says_nothing),
        ("Indeterminate".to_owned(), vec!["joint.unattributed"])
    );
}
