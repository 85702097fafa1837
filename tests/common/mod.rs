//! One office with a key of `test-vectors/keys`, its seal and the list that lets it seal. Shared by the integration tests.
#![allow(dead_code, reason = "each test uses its part")]

use std::path::PathBuf;

use yinxin::authority::{
    AuthorityList, CertificateDraft, DelegationDraft, IssuerDraft, ListDraft, Memory, RootDraft, Roots,
};
use yinxin::compose::{Fonts, Picture, Template};
use yinxin::draft::Draft;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::record::{Issuer, Record};
use yinxin::seal::{Seal, Sealed};
use yinxin::time::Time;
use yinxin::verify::{Code, Outcome, Report, Trust, Verifier};

/// The time the tests are about: inside every certificate's and sample's validity.
pub fn at() -> Time {
    "2030-07-01T04:00:00Z".parse().unwrap()
}

/// A file of the root package; the package of the oracles, which includes this file too, lies one folder deeper.
pub fn path(relative: &str) -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = package.parent().filter(|_| package.ends_with("oracles"));
    root.unwrap_or(&package).join(relative)
}

pub fn read(relative: &str) -> Vec<u8> {
    std::fs::read(path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

pub fn pem(name: &str) -> Vec<Certificate> {
    let text = String::from_utf8(read(&format!("test-vectors/keys/{name}.cert.pem"))).unwrap();
    Certificate::from_pem_many(&text).unwrap()
}

/// A signer with the named test key; its chain is leaf and intermediate.
pub fn signer(name: &str) -> SoftwareSigner {
    let key = String::from_utf8(read(&format!("test-vectors/keys/{name}.key.pem"))).unwrap();
    let chain = [pem(name), pem("intermediate")].concat();
    let signer = SoftwareSigner::from_pem(&key, chain).unwrap();
    match name {
        "rsa2048-pss" => signer
            .with_algorithm(yinxin::crypto::SignatureAlgorithm::RsaPssSha256)
            .unwrap(),
        _ => signer,
    }
}

/// What the sample records name.
pub fn pictures() -> Vec<Picture> {
    let files = std::fs::read_dir(path("examples/data/pictures")).unwrap();
    files
        .map(|file| Picture::read(&std::fs::read(file.unwrap().path()).unwrap(), &Limits::DEFAULT).unwrap())
        .collect()
}

pub struct Office {
    key: String,
}

impl Office {
    pub fn with_key(key: &str) -> Self {
        Self { key: key.to_owned() }
    }

    pub fn signer(&self) -> SoftwareSigner {
        signer(&self.key)
    }

    pub fn record(&self, name: &str) -> Record {
        Record::from_json(
            &read(&format!("examples/data/records/{name}.json")),
            &Limits::DEFAULT,
        )
        .unwrap()
    }

    pub fn draft(&self, name: &str) -> Draft {
        let template = Template::builtin(name).unwrap();
        let prepared = template.prepare(&Fonts::bundled()).unwrap();
        prepared.compose_with(&self.record(name), &pictures()).unwrap()
    }

    pub fn seal(&self) -> Seal {
        let round = RoundSeal::new("滨海市测试专用局").with_legend("样章 TEST");
        Seal::new(Impression::round(&round, yinxin::font::bundled()).unwrap())
    }

    pub fn issue(&self, name: &str) -> Sealed {
        let draft = self.draft(name);
        let (signer, code_signer) = (self.signer(), signer("p256"));
        let sealing = draft.bind(Payload::of(&self.record(name)));
        let sealing = if self.key.starts_with("rsa") || self.key == "p384" {
            sealing.code_signer(&code_signer)
        } else {
            sealing
        };
        sealing.seal(&self.seal(), &signer, at()).unwrap()
    }

    /// A list under which this office's key (and the P-256 key, for codes) may seal as the issuer of sample `name` what
    /// `types` names.
    pub fn list(&self, name: &str, types: &[&str]) -> AuthorityList {
        let record = self.record(name);
        let mut keys = vec![self.key.as_str(), "p256"];
        keys.dedup();
        list_of(vec![entry(record.issuer(), &keys, types)])
    }

    /// A verifier for which this office may issue sample `name`.
    pub fn verifier_for(&self, name: &str) -> Verifier {
        let kind = self.record(name).kind().code.to_string();
        self.verifier_with(self.list(name, &[&kind]))
    }

    pub fn verifier_with(&self, list: AuthorityList) -> Verifier {
        Verifier::new(
            Trust::new()
                .roots(pem("root"))
                .certificates(pem("intermediate"))
                .list(list),
        )
    }

    pub fn verifier(&self) -> Verifier {
        self.verifier_for("residence")
    }
}

/// What lets `issuer` seal results of `types` with `keys`.
pub fn entry(issuer: &Issuer, keys: &[&str], types: &[&str]) -> IssuerDraft {
    let certificate =
        |key: &&str| CertificateDraft::new(pem(key).remove(0), time("2024-01-01"), time("2049-01-01"));
    let types = types.iter().map(|pattern| pattern.parse().unwrap()).collect();
    let certificates = keys.iter().map(certificate).collect();
    IssuerDraft::new(&issuer.name, issuer.code.clone(), types, certificates)
}

/// What leaves these types and regions to the sub-list of this name, which `other-root` signs.
pub fn delegation(name: &str, types: &[impl AsRef<str>], regions: &[impl AsRef<str>]) -> DelegationDraft {
    DelegationDraft {
        name: name.to_owned(),
        number: 1,
        threshold: 1,
        roots: vec![RootDraft {
            certificate: pem("other-root").remove(0),
        }],
        types: types.iter().map(|kind| kind.as_ref().parse().unwrap()).collect(),
        regions: regions.iter().map(|one| one.as_ref().parse().unwrap()).collect(),
        templates: vec![],
        depth: 0,
        sequence: 1,
        digest: None,
    }
}

/// A list of `issuers` under the root of the test keys.
pub fn list_of(mut issuers: Vec<IssuerDraft>) -> AuthorityList {
    issuers.sort_by(|a, b| a.code.as_str().cmp(b.code.as_str()));
    let mut list = ListDraft::new("滨海市授权名录", time("2030-06-01"), time("2031-06-01"));
    (list.sequence, list.previous) = (7, Some([6; 32]));
    list.issuers = issuers;
    let key = String::from_utf8(read("test-vectors/keys/root.key.pem")).unwrap();
    let root = SoftwareSigner::from_pem(&key, pem("root")).unwrap();
    open_list(&list.sign(&root).unwrap(), "root")
}

/// A list under the root of that name, by a verifier that has seen none before, later than any time tests ask about.
pub fn open_list(bytes: &[u8], root: &str) -> AuthorityList {
    let roots = Roots::any_of(pem(root)).unwrap();
    let mut memory = Memory::new(time("2049-01-01"));
    AuthorityList::open(bytes, &roots, &mut memory, &Limits::DEFAULT).unwrap()
}

pub fn time(text: &str) -> Time {
    text.parse().unwrap()
}

pub fn outcome_and_lead(report: &Report) -> (Outcome, Code) {
    (report.outcome, report.findings[0].code)
}
