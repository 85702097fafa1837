//! The fictional city of the demo: five sample records, the departments that issue them, and everybody's keys.

use rcgen::KeyPair;
use yinxin::crypto::SignatureAlgorithm;
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::pki::SoftwareSigner;
use yinxin::record::{Record, UnifiedCode};
use yinxin::seal::Seal;
use yinxin::time::{Date, Time};

use crate::authority::{Issued, Listed, NewKey, Root, Window};
use crate::files::{Fault, Named as _};

/// Name of record and template alike, and the record.
const RECORDS: [(&str, &str); 5] = [
    (
        "social-insurance",
        include_str!("../data/records/social-insurance.json"),
    ),
    ("residence", include_str!("../data/records/residence.json")),
    ("lease-filing", include_str!("../data/records/lease-filing.json")),
    ("employment", include_str!("../data/records/employment.json")),
    ("food-licence", include_str!("../data/records/food-licence.json")),
];

/// RSA keys are brought along, because making them is slow and the cryptographic library does not offer it.
const RSA_2048: &str = include_str!("../../test-vectors/keys/rsa2048.key.pem");
const RSA_3072: &str = include_str!("../../test-vectors/keys/rsa3072.key.pem");

/// The body that may seal results of every type, but only in its own name: 政务服务管理局.
const OFFICE: (&str, &str) = ("滨海市政务服务管理局", "11109900MB2A10998Q");

/// Kinds of keys that seal the demo's results, named as their folders are.
pub const KEY_KINDS: [KeyKind; 5] = [
    KeyKind::P256,
    KeyKind::Ed25519,
    KeyKind::Rsa2048,
    KeyKind::Rsa3072,
    KeyKind::Rsa2048Pss,
];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyKind {
    P256,
    Ed25519,
    Rsa2048,
    Rsa3072,
    Rsa2048Pss,
}

impl KeyKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Ed25519 => "ed25519",
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::Rsa2048Pss => "rsa2048-pss",
        }
    }
}

/// A department with its seal and its keys.
pub struct Department {
    pub name: String,
    pub code: UnifiedCode,
    pub types: Vec<String>,
    /// The visible mark.
    pub look: Seal,
    /// ECDSA P-256: seals, and signs the codes of RSA seals.
    pub seal: Issued,
    ed25519: Issued,
    rsa2048: Issued,
    rsa3072: Issued,
}

/// Everything the demo starts from.
pub struct World {
    pub root: Root,
    /// The issuers of the sample records.
    pub departments: Vec<Department>,
    /// On the list with every type, yet never the issuer of a sample.
    pub office: Department,
    /// The signed authority list.
    pub list: Vec<u8>,
    /// The time of sealing and of every verdict.
    pub at: Time,
    root_of_others: Root,
    window: Window,
}

impl World {
    /// The authority as of 2030-06-05, the week the sample results were issued: the demo reads no clock.
    pub fn new(records: &[(&'static str, Record)]) -> Result<Self, Fault> {
        let day = |year, month, day| Date::new(year, month, day).map(Date::start).named("date");
        let at = day(2030, 6, 5)?.plus_seconds(9 * 3600);
        let window = Window {
            from: day(2025, 1, 1)?,
            until: day(2045, 1, 1)?,
        };
        let root = Root::new("滨海市电子印章测试根", window)?;
        let mut departments: Vec<Department> = Vec::new();
        for (_, record) in records {
            let (issuer, kind) = (record.issuer(), record.kind().code.to_string());
            match departments
                .iter_mut()
                .find(|department| department.code == issuer.code)
            {
                Some(department) => department.types.push(kind),
                None => {
                    let number = departments.len() + 1;
                    departments.push(Department::new(
                        &root,
                        &issuer.name,
                        &issuer.code,
                        vec![kind],
                        number,
                    )?);
                }
            }
        }
        let office_code = OFFICE.1.parse().named("code of the office")?;
        let every_type = vec!["11109900MB2A000628*".to_owned()];
        let office = Department::new(&root, OFFICE.0, &office_code, every_type, departments.len() + 1)?;
        let listed: Vec<Listed<'_>> = departments
            .iter()
            .chain([&office])
            .map(Department::listed)
            .collect();
        let list = root.list(day(2030, 6, 1)?, day(2030, 7, 1)?, &listed)?;
        let root_of_others = Root::new("他人自建根", window)?;
        Ok(Self {
            root,
            departments,
            office,
            list,
            at,
            root_of_others,
            window,
        })
    }

    /// The department that issues `record`.
    pub fn issuer(&self, record: &Record) -> Result<&Department, Fault> {
        self.departments
            .iter()
            .find(|d| d.code == record.issuer().code)
            .ok_or("not in this city")
            .named("issuer")
    }

    /// A certificate in the department's name, from the right root, that nobody put on the list.
    pub fn unlisted(&self, department: &Department) -> Result<Issued, Fault> {
        self.root.issue(
            &department.name,
            &department.code,
            "电子印章（未收录）",
            &NewKey::P256.make()?,
        )
    }

    /// A certificate in the department's name from a root that somebody else made.
    pub fn impostor(&self, department: &Department) -> Result<Issued, Fault> {
        self.root_of_others.issue(
            &department.name,
            &department.code,
            "电子印章",
            &NewKey::P256.make()?,
        )
    }

    /// A time after the list has expired and while the certificates are valid.
    pub fn after_the_list(&self) -> Time {
        self.at.plus_seconds(40 * 86_400).min(self.window.until)
    }
}

impl Department {
    fn new(
        root: &Root,
        name: &str,
        code: &UnifiedCode,
        types: Vec<String>,
        number: usize,
    ) -> Result<Self, Fault> {
        let round = RoundSeal::new(name)
            .with_code(format!("109900000{number:04}"))
            .with_legend("样章 TEST");
        let look = Seal::new(Impression::round(&round, font::bundled()).named(name)?);
        let issue = |purpose: &str, key: KeyPair| root.issue(name, code, purpose, &key);
        let rsa = |pem: &str| KeyPair::from_pem(pem).named("test-vectors/keys");
        Ok(Self {
            name: name.to_owned(),
            code: code.clone(),
            types,
            look,
            seal: issue("电子印章", NewKey::P256.make()?)?,
            ed25519: issue("电子印章 Ed25519", NewKey::Ed25519.make()?)?,
            rsa2048: issue("电子印章 RSA-2048", rsa(RSA_2048)?)?,
            rsa3072: issue("电子印章 RSA-3072", rsa(RSA_3072)?)?,
        })
    }

    fn listed(&self) -> Listed<'_> {
        let certificates = [&self.seal, &self.ed25519, &self.rsa2048, &self.rsa3072]
            .map(Issued::certificate)
            .to_vec();
        Listed {
            name: &self.name,
            code: &self.code,
            types: &self.types,
            certificates,
        }
    }

    /// The department's signer of that kind.
    pub fn signer(&self, kind: KeyKind) -> Result<SoftwareSigner, Fault> {
        match kind {
            KeyKind::P256 => self.seal.signer(),
            KeyKind::Ed25519 => self.ed25519.signer(),
            KeyKind::Rsa2048 => self.rsa2048.signer(),
            KeyKind::Rsa3072 => self.rsa3072.signer(),
            KeyKind::Rsa2048Pss => self
                .rsa2048
                .signer()?
                .with_algorithm(SignatureAlgorithm::RsaPssSha256)
                .named("RSA key"),
        }
    }
}

/// The five records, by name.
pub fn records() -> Result<Vec<(&'static str, Record)>, Fault> {
    RECORDS
        .iter()
        .map(|(name, text)| {
            Ok((
                *name,
                Record::from_json(text.as_bytes(), &Limits::DEFAULT).named(name)?,
            ))
        })
        .collect()
}
