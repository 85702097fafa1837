//! Files as they were years ago: sealed, stamped and raised as the rows of `test-vectors/levels/past.toml` say, with a test authority.

use std::collections::BTreeMap;

use yinxin::asn1::{tag, tlv};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pki::{
    Certificate, Evidence, Missing, RevocationPolicy, SoftwareSigner, TimeStampError, TimeStamper,
};
use yinxin::seal::{DocMdp, Unstamped, ValidationData};
use yinxin::time::Time;
use yinxin::verify::{ChangePolicy, Report, Trust, Verifier};

use crate::made::{self, List, Response, Subject, extension, of_authority};
use crate::stamp::{self, Token};
use crate::{common, forge};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    certificate: Vec<Made>,
    list: Vec<Named>,
    response: Vec<Answer>,
    case: Vec<Case>,
}

/// A certificate of the test authority.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    name: String,
    issuer: String,
    serial: u8,
    from: String,
    to: String,
    /// `authority`, `seal` or `time`.
    role: String,
}

/// A revocation list and what it is called here.
#[derive(serde::Deserialize)]
struct Named {
    id: String,
    #[serde(flatten)]
    list: List,
}

/// An OCSP response and what it is called here.
#[derive(serde::Deserialize)]
struct Answer {
    id: String,
    #[serde(flatten)]
    response: Response,
}

/// What is done to the file after it was sealed.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Raise {
    /// Validation data: names of lists, responses and certificates.
    Data(Vec<String>),
    /// Bytes that are no list.
    Broken(String),
    /// A document time stamp: by whom and when.
    Stamp(String, String),
    /// A second seal.
    Seal(String),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// Who sealed.
    #[serde(default = "office")]
    by: String,
    /// The time stamp over the signature value: by whom and when.
    stamp: Option<(String, String)>,
    /// The lists and responses in the container of the first seal; the name of a certificate stands for bytes that are neither.
    #[serde(default)]
    carries: Vec<String>,
    /// `/DSS` of the draft.
    store: Option<String>,
    /// Whether the seals come without the certificates above the signer's.
    #[serde(default)]
    pub bare: bool,
    #[serde(default)]
    then: Vec<Raise>,
    #[serde(default = "root")]
    pub roots: Vec<String>,
    /// The lists and responses that the caller gives.
    #[serde(default)]
    given: Vec<String>,
    /// Whether the caller insists on evidence.
    #[serde(default)]
    insist: bool,
    /// The roots for time stamps, where the caller gives some.
    #[serde(default)]
    time_roots: Vec<String>,
    pub at: Time,
    pub outcome: String,
    /// The codes about time and trust that are found, each once, sorted.
    pub codes: Vec<String>,
    /// When the last seal is proven to have existed.
    pub proven: Option<Time>,
    pub clause: String,
    pub why: String,
}

fn office() -> String {
    "office".to_owned()
}

fn root() -> Vec<String> {
    vec!["root".to_owned()]
}

/// The test authority with everything it made.
pub struct World {
    certificates: BTreeMap<String, Certificate>,
    issuers: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<u8>>,
    responses: BTreeMap<String, Vec<u8>>,
    pub cases: Vec<Case>,
}

impl World {
    pub fn load() -> Self {
        let text = String::from_utf8(common::read("test-vectors/levels/past.toml")).unwrap();
        let Vectors {
            certificate,
            list,
            response,
            case,
        } = toml::from_str(&text).unwrap();
        let issuers = certificate.iter().map(|it| (it.name.clone(), it.issuer.clone()));
        Self {
            issuers: issuers.collect(),
            certificates: certificate
                .iter()
                .map(|it| (it.name.clone(), it.make()))
                .collect(),
            lists: list.into_iter().map(|it| (it.id, it.list.der())).collect(),
            responses: response
                .into_iter()
                .map(|it| (it.id, it.response.der(&[])))
                .collect(),
            cases: case,
        }
    }

    pub fn certificate(&self, name: &str) -> Certificate {
        let found = self.certificates.get(name);
        found.unwrap_or_else(|| panic!("no certificate {name}")).clone()
    }

    /// A signer whose chain has everything but the root.
    fn signer(&self, name: &str) -> SoftwareSigner {
        let mut chain = vec![self.certificate(name)];
        let mut issuer = self.issuers[name].clone();
        while self.issuers[&issuer] != issuer {
            chain.push(self.certificate(&issuer));
            issuer = self.issuers[&issuer].clone();
        }
        SoftwareSigner::from_pkcs8(&made::pkcs8(name), chain).unwrap()
    }

    fn authority(&self, name: &str, time: &str) -> Authority {
        let time: Time = time.parse().unwrap();
        let digits: String = time.to_string().chars().filter(char::is_ascii_digit).collect();
        let time = format!("{digits}Z").leak();
        Authority {
            token: Token {
                time,
                ..Token::default()
            },
            signer: self.signer(name),
        }
    }

    /// The signer of a seal of `case`.
    fn signer_of(&self, case: &Case, name: &str) -> SoftwareSigner {
        match case.bare {
            true => SoftwareSigner::from_pkcs8(&made::pkcs8(name), vec![self.certificate(name)]).unwrap(),
            false => self.signer(name),
        }
    }

    /// A RevocationInfoChoice (RFC 5652, clause 10.2.1; RFC 5940).
    fn choice(&self, name: &str) -> Vec<u8> {
        match (self.lists.get(name), self.responses.get(name)) {
            (Some(list), _) => list.clone(),
            (None, Some(response)) => {
                let kind = tlv(tag::OID, &[&[0x2b, 6, 1, 5, 5, 7, 16, 2]]);
                tlv(tag::CONTEXT_1_CONSTRUCTED, &[&kind, response])
            }
            (None, None) => self.certificate(name).der().to_vec(),
        }
    }

    /// The file of `case`.
    pub fn file(&self, case: &Case) -> Vec<u8> {
        let mut page = forge::page(200, 200, "0 0 20 20 re f");
        if let Some(store) = &case.store {
            let catalog = forge::open(&page).newest().catalog().unwrap().id.number;
            let edit = forge::Change::Edit(vec![("DSS".to_owned(), store.clone())], vec![]);
            let changes = BTreeMap::from([(catalog, edit)]);
            page = forge::revision(&page, &changes, &forge::Ending::default());
        }
        let draft = Draft::open(page, &Limits::DEFAULT).unwrap();
        let stamp = case.stamp.as_ref().map(|(by, time)| self.authority(by, time));
        let again = case.then.iter().any(|step| matches!(step, Raise::Seal(_)));
        let certifies = (!again).then_some(DocMdp::NoChanges);
        let by = self.signer_of(case, &case.by);
        let mut file = self.sealed(draft, &by, stamp.as_ref(), certifies);
        if !case.carries.is_empty() {
            let carried: Vec<Vec<u8>> = case.carries.iter().map(|name| self.choice(name)).collect();
            let value = stamp::value_of(&file);
            file = forge::with_value(&file, &stamp::carrying(&value, &carried));
        }
        for step in &case.then {
            let draft = Draft::open(file, &Limits::DEFAULT).unwrap();
            file = match step {
                Raise::Data(names) => {
                    let mut data = ValidationData::new();
                    for name in names {
                        data = match (self.lists.get(name), self.responses.get(name)) {
                            (Some(list), _) => data.revocation_list(list),
                            (None, Some(response)) => data.response(response),
                            (None, None) => data.certificates([&self.certificate(name)]),
                        };
                    }
                    draft.add_validation_data(&data).unwrap().unwrap().into_bytes()
                }
                Raise::Broken(bytes) => {
                    let data = ValidationData::new()
                        .revocation_list(bytes.as_bytes())
                        .response(bytes.as_bytes());
                    draft.add_validation_data(&data).unwrap().unwrap().into_bytes()
                }
                Raise::Stamp(by, time) => draft
                    .add_time_stamp(&self.authority(by, time))
                    .unwrap()
                    .into_bytes(),
                Raise::Seal(by) => self.sealed(draft, &self.signer_of(case, by), None, None),
            };
        }
        file
    }

    fn sealed(
        &self,
        draft: Draft,
        by: &SoftwareSigner,
        stamp: Option<&Authority>,
        certifies: Option<DocMdp>,
    ) -> Vec<u8> {
        // A certified file takes no second seal.
        let mut sealing = draft.without_code().place(forge::place()).certifies(certifies);
        if let Some(stamp) = stamp {
            sealing = sealing.time_stamp(stamp, Unstamped::Refuse);
        }
        let sealed = sealing
            .allow(yinxin::seal::Allow::Overlap)
            .allow(yinxin::seal::Allow::PdfaLoss)
            .seal(&forge::mark(), by, common::at());
        sealed.unwrap().into_bytes()
    }

    pub fn verifier(&self, case: &Case) -> Verifier {
        self.trusting(case, Trust::new())
    }

    /// The verifier of `case` that trusts what `trust` says as well.
    pub fn trusting(&self, case: &Case, trust: Trust) -> Verifier {
        let mut evidence = Evidence::new();
        for name in &case.given {
            match self.lists.get(name) {
                Some(list) => evidence.add_crl(list, &Limits::DEFAULT).unwrap(),
                None => evidence
                    .add_ocsp(&self.responses[name], &Limits::DEFAULT)
                    .unwrap(),
            }
        }
        let roots = case.roots.iter().map(|name| self.certificate(name));
        let time_roots = case.time_roots.iter().map(|name| self.certificate(name));
        let trust = trust.roots(roots).time_stamp_roots(time_roots).evidence(evidence);
        let verifier = Verifier::new(trust).policy(ChangePolicy::Pades);
        let mut policy = RevocationPolicy::default();
        policy.missing = Missing::Refused;
        match case.insist {
            true => verifier.revocation(policy),
            false => verifier,
        }
    }

    pub fn report(&self, name: &str) -> Report {
        let case = self.cases.iter().find(|case| case.name == name);
        let case = case.unwrap_or_else(|| panic!("no case {name}"));
        self.verifier(case).verify_pdf(&self.file(case), case.at)
    }
}

impl Made {
    fn make(&self) -> Certificate {
        let extensions = match self.role.as_str() {
            "authority" => of_authority(),
            "seal" => vec![],
            "time" => vec![extension(
                37,
                true,
                &tlv(tag::SEQUENCE, &[&tlv(tag::OID, &[&[0x2b, 6, 1, 5, 5, 7, 3, 8]])]),
            )],
            other => panic!("no role {other}"),
        };
        let mut subject = Subject::new(&self.name, &self.issuer, self.serial).with(extensions);
        (subject.from, subject.to) = (self.from.clone(), self.to.clone());
        subject.certificate()
    }
}

pub struct Authority {
    pub token: Token,
    pub signer: SoftwareSigner,
}

impl TimeStamper for Authority {
    fn token_length(&self) -> usize {
        4000
    }

    fn stamp(&self, imprint: &[u8]) -> Result<Vec<u8>, TimeStampError> {
        Ok(self.token.by(imprint, &self.signer))
    }
}
