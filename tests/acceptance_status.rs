//! Attacks on how a result stands: status lists of others, of other times, of stolen keys, and versions put together wrongly.

mod common;
#[path = "common/vectors.rs"]
mod vectors;

use common::{Office, at, delegation, entry, open_list, pem, read, signer, time};
use yinxin::authority::{
    AuthorityList, Change, DelegationDraft, IssuerDraft, ListDraft, Memory, Reason, Standing,
};
use yinxin::compose::{Conformance, Fonts, Template};
use yinxin::cose::status::{Status, StatusDraft, StatusList};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, StatusReference, TextForm, Whole};
use yinxin::pki::{Signer, SoftwareSigner};
use yinxin::record::Issuer;
use yinxin::time::Time;
use yinxin::verify::{Code, Outcome, Trust, Verifier};
use yinxin::whole::Rebuilder;

const URI: &str = "https://zm.binhai.example/s/7";
const INDEX: u32 = 12_351;
/// Another body, with the key `p384`.
const OTHER: (&str, &str) = ("滨海市政务服务中心", "11109900MB2A100330");

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    at: Option<Time>,
    lists: Vec<Given>,
    change: Option<Altered>,
    district: Option<District>,
    outcome: String,
    finding: Vec<String>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    by: String,
    #[serde(default = "uri")]
    uri: String,
    issued: Option<Time>,
    expires: Option<String>,
    ttl: Option<i64>,
    received: Option<Time>,
    #[serde(default = "bits")]
    bits: u32,
    #[serde(default = "size")]
    size: u32,
    stands: String,
    deadline: Option<Time>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Altered {
    key: String,
    revoked: Option<Time>,
    suspended: Option<Time>,
    until: Option<Time>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct District {
    types: Vec<String>,
    regions: Vec<String>,
    expires: Option<Time>,
}

fn uri() -> String {
    URI.to_owned()
}

fn bits() -> u32 {
    4
}

fn size() -> u32 {
    100_000
}

fn office() -> Office {
    Office::with_key("p256")
}

fn kind() -> String {
    office().record("residence").kind().code.to_string()
}

fn root(name: &str) -> SoftwareSigner {
    let key = String::from_utf8(read(&format!("test-vectors/keys/{name}.key.pem"))).unwrap();
    SoftwareSigner::from_pem(&key, pem(name)).unwrap()
}

impl Given {
    fn list(&self) -> StatusList {
        let issued = self.issued.unwrap_or_else(|| time("2030-07-01T00:00:00Z"));
        let mut draft = StatusDraft::new(&self.uri, self.bits, self.size, issued).unwrap();
        match self.expires.as_deref() {
            Some("") => {}
            Some(expires) => draft = draft.expires(time(expires)),
            None => draft = draft.expires(time("2030-07-08T00:00:00Z")),
        }
        if let Some(ttl) = self.ttl {
            draft = draft.ttl(ttl);
        }
        let mut all = Status::ALL.into_iter();
        match (self.deadline, all.find(|status| status.name() == self.stands)) {
            (Some(deadline), _) => draft.set_conditional(INDEX, deadline).unwrap(),
            // As a program writes it that knows nothing of deadlines.
            (None, Some(status)) => draft.set(INDEX, Status::Other(status.number())).unwrap(),
            (None, None) => assert!(self.stands.is_empty()),
        }
        let signer = signer(&self.by);
        let unsigned = draft
            .unsigned(signer.algorithm(), &signer.chain()[0].kid())
            .unwrap();
        let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
        let list = StatusList::parse(&unsigned.finish(&signature).unwrap(), &Limits::DEFAULT).unwrap();
        match self.received {
            Some(received) => list.received(received),
            None => list,
        }
    }
}

impl Vector {
    fn authority(&self) -> AuthorityList {
        let issuer = office().record("residence").issuer().clone();
        let other = Issuer {
            name: OTHER.0.to_owned(),
            code: OTHER.1.parse().unwrap(),
        };
        let mut list = ListDraft::new("滨海市授权名录", time("2030-06-01"), time("2031-06-01"));
        list.issuers = vec![
            entry(&issuer, &["p256", "ed25519"], &[&kind()]),
            entry(&other, &["p384"], &[&kind()]),
        ];
        if let Some(altered) = &self.change {
            altered.apply(&mut list.issuers);
        }
        let Some(district) = &self.district else {
            return open_list(&list.sign(&root("root")).unwrap(), "root");
        };
        let expires = district.expires.unwrap_or_else(|| time("2031-06-01"));
        let mut below = ListDraft::new("下级名录", time("2030-06-01"), expires);
        below.issuers = vec![entry(&issuer, &["rsa2048-pss"], &[&kind()])];
        list.delegations = vec![DelegationDraft {
            templates: vec![[7; 32]],
            ..delegation(&below.name, &district.types, &district.regions)
        }];
        let mut list = open_list(&list.sign(&root("root")).unwrap(), "root");
        let signed = below.sign(&root("other-root")).unwrap();
        list.open_sublist(&signed, &mut Memory::new(at()), &Limits::DEFAULT)
            .unwrap();
        list
    }
}

impl Altered {
    fn apply(&self, issuers: &mut [IssuerDraft]) {
        let der = pem(&self.key).remove(0);
        let mut certificates = issuers.iter_mut().flat_map(|issuer| &mut issuer.certificates);
        let found = certificates.find(|listed| listed.certificate == der).unwrap();
        for (from, standing) in [
            (self.revoked, Standing::Revoked),
            (self.suspended, Standing::Suspended),
        ] {
            found.history.extend(from.map(|from| Change {
                from,
                standing,
                reason: Reason::KeyCompromise,
            }));
        }
        found.until = self.until.unwrap_or(found.until);
    }
}

/// What names place `INDEX` of the list `URI`: a code that says so, a file whose seal does, and the code that stands for that file.
fn subjects() -> (String, Vec<u8>, String) {
    let office = office();
    let place = StatusReference::new(URI, INDEX).unwrap();
    let record = office.record("residence");
    let template = Template::builtin("residence").unwrap();
    let template = template.prepare(&Fonts::bundled()).unwrap();
    let draft = template.compose(&record).unwrap();
    let payload = Payload::of(&record).with_status(place.clone());
    let coded = draft.bind(payload).seal(&office.seal(), &office.signer(), at());
    let sealing = draft.without_code().status(place);
    let sealed = sealing.seal(&office.seal(), &office.signer(), at()).unwrap();
    let whole = Whole::of(&sealed, &record, &template, &office.seal()).unwrap();
    (
        coded.unwrap().code_text().unwrap().to_owned(),
        sealed.to_bytes(),
        whole.text(&TextForm::Compact).unwrap(),
    )
}

#[test]
fn no_list_but_the_issuers_own_of_that_time_makes_a_result_stand() {
    let (code, file, whole) = subjects();
    for (name, vector) in vectors::vectors::<Vector>("status/attacks", 35) {
        let trust = Trust::new()
            .roots(pem("root"))
            .certificates(pem("intermediate"))
            .list(vector.authority())
            .statuses(vector.lists.iter().map(Given::list));
        let verifier = Verifier::new(trust).rebuilder(Rebuilder::builtin());
        let time = vector.at.unwrap_or_else(at);
        for report in [
            verifier.verify_text(&code, time),
            verifier.verify_pdf(&file, time),
            verifier.verify_text(&whole, time),
        ] {
            let found = report.findings.iter().map(|finding| finding.code);
            let of_status = |code: &Code| code.name().starts_with("status.");
            let found: Vec<&str> = found.filter(of_status).map(Code::name).collect();
            let by = report.carrier;
            assert_eq!(found, vector.finding, "{name}, {by:?}: {:?}", report.findings);
            assert_eq!(
                format!("{:?}", report.outcome),
                vector.outcome,
                "{name}, {by:?}: {:?}",
                report.findings
            );
        }
    }
}

/// The keeper of a sub-list may write any body's code into it. Of a page that does not say what it is, only the region tells that he
/// was never let do so (docs/FORMAT.md, clause 6.4).
#[test]
fn a_sub_list_has_no_say_about_a_page_of_a_body_outside_its_regions() {
    let office = office();
    let template = Template::builtin("residence").unwrap();
    let template = template.prepare(&Fonts::bundled()).unwrap();
    let unsaid = template.conforming_to(Conformance::A2b);
    let draft = unsaid.compose(&office.record("residence")).unwrap();
    let place = StatusReference::new(URI, INDEX).unwrap();
    let sealing = draft.without_code().status(place);
    let sealed = sealing.seal(&office.seal(), &office.signer(), at()).unwrap();
    for (region, outcome) in [("109801", Outcome::NotAuthentic), ("109900", Outcome::Authentic)] {
        let vector = format!(
            r#"lists = [{{ by = "p256", stands = "revoked" }},
                {{ by = "rsa2048-pss", issued = "2030-07-01T01:00:00Z", stands = "valid" }}]
            district = {{ types = ["{}"], regions = ["{region}"] }}
            outcome = "{outcome:?}"
            finding = []"#,
            kind()
        );
        let vector: Vector = toml::from_str(&vector).unwrap();
        let trust = Trust::new()
            .roots(pem("root"))
            .certificates(pem("intermediate"))
            .list(vector.authority())
            .statuses(vector.lists.iter().map(Given::list));
        let report = Verifier::new(trust).verify_pdf(&sealed.to_bytes(), at());
        assert_eq!(report.outcome, outcome, "{region}: {:?}", report.findings);
    }
}
