//! Every state in which a result can come to a clerk, the same on every run: what the answers look like. Ed25519 signs without chance.

use yinxin::authority::{
    Attack, AuthorityList, CertificateDraft, Change, IssuerDraft, ListDraft, Memory, Reason, Standing,
};
use yinxin::compose::{Conformance, Fonts, Template};
use yinxin::copy::AnnotatedCopy;
use yinxin::cose::status::{Status, StatusDraft, StatusList};
use yinxin::draft::Draft;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, StatusReference, TextForm, Whole};
use yinxin::pki::{Certificate, Signer as _, SoftwareSigner};
use yinxin::record::{Identifier, Issuer, Record};
use yinxin::seal::{Allow, RidingSeam, Seal, Sealing};
use yinxin::time::Time;
use yinxin::verify::{Report, Trust, Verifier, settle_versions};
use yinxin::whole::Rebuilder;

use crate::common::{Office, at, delegation, entry, list_of, open_list, pem, read, time};
use crate::forge;
use crate::made::{self, Subject, of_authority};
use crate::verdicts::Verdict;

#[path = "states_placed.rs"]
mod placed;
#[path = "states_refused.rs"]
mod refused;
#[path = "states_in_time.rs"]
mod times;

const RECIPIENT: &str = "滨海市公积金管理中心";
const PURPOSE: &str = "住房公积金提取";
const STATUS: &str = "https://zm.binhai.example/s/7";
const INDEX: u32 = 12_351;

/// All of them, by what is asked of them.
pub fn states() -> Vec<Verdict> {
    let all = [
        results(),
        copies(),
        codes(),
        standings(),
        authorities(),
        joint(),
        holders(),
        times::times(),
        refused::refused(),
        placed::placed(),
        broken(),
    ];
    all.into_iter().flatten().collect()
}

fn office() -> Office {
    Office::with_key("ed25519")
}

/// The sample `name` as if it were none.
fn record(name: &str) -> Record {
    let text = read(&format!("examples/data/records/{name}.json"));
    let mut json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    json["sample"] = false.into();
    Record::from_json(json.to_string().as_bytes(), &Limits::DEFAULT).unwrap()
}

fn draft(record: &Record) -> Draft {
    Template::builtin("residence").unwrap().compose(record).unwrap()
}

/// The residence proof, sealed, with `claims` in its code: the file and the text of the code.
fn issued(record: &Record, claims: Payload) -> (Vec<u8>, String) {
    let draft = draft(record);
    let sealing = draft.bind(claims);
    let sealed = sealing.seal(&office().seal(), &office().signer(), at()).unwrap();
    (sealed.to_bytes(), sealed.code_text().unwrap().to_owned())
}

fn residence() -> (Vec<u8>, String) {
    let record = record("residence");
    issued(&record, Payload::of(&record))
}

fn verdict(name: &'static str, bytes: &[u8], report: Report) -> Verdict {
    Verdict {
        name,
        bytes: bytes.to_vec(),
        report,
    }
}

fn file(name: &'static str, verifier: &Verifier, bytes: &[u8]) -> Verdict {
    verdict(name, bytes, verifier.verify_pdf(bytes, at()))
}

fn code(name: &'static str, verifier: &Verifier, text: &str) -> Verdict {
    verdict(name, text.as_bytes(), verifier.verify_text(text, at()))
}

fn results() -> Vec<Verdict> {
    let (bytes, _) = residence();
    let sample = office().issue("residence").to_bytes();
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>".to_owned();
    let pages = forge::file(&[
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>".to_owned(),
        page.clone(),
        page,
    ]);
    let pages = Draft::open(pages, &Limits::DEFAULT).unwrap();
    let sealing = pages.without_code().place(forge::place()).allow(Allow::Overhang);
    let sealing = sealing.riding_seam(RidingSeam::default());
    let seamed = sealing.seal(&office().seal(), &office().signer(), at()).unwrap();
    vec![
        file("authentic", &office().verifier(), &bytes),
        file("sample", &office().verifier(), &sample),
        file("riding-seam", &office().verifier(), &seamed.into_bytes()),
    ]
}

/// A copy for the housing fund, made by the issuer.
fn copy() -> Vec<u8> {
    let (original, _) = residence();
    let maker = record("residence").issuer().clone();
    let asked = AnnotatedCopy::new(RECIPIENT, PURPOSE, "2030-08-01".parse().unwrap(), maker);
    let draft = asked.compose(&office().verifier(), &original, at()).unwrap();
    let sealing = draft.without_code();
    let sealed = sealing.seal(&office().seal(), &office().signer(), at()).unwrap();
    sealed.to_bytes()
}

fn copies() -> Vec<Verdict> {
    let (verifier, bytes) = (office().verifier(), copy());
    let ours = verifier.clone().recipient(RECIPIENT);
    let late = ours.verify_pdf(&bytes, time("2030-09-01"));
    vec![
        file("copy-for-us", &ours, &bytes),
        file(
            "copy-for-another",
            &verifier.clone().recipient("滨海市住房局"),
            &bytes,
        ),
        verdict("copy-expired", &bytes, late),
        file("copy-recipient-not-given", &verifier, &bytes),
    ]
}

fn codes() -> Vec<Verdict> {
    let verifier = office().verifier();
    let (bytes, text) = residence();
    let both = verifier.verify_text_with_pdf(&text, &bytes, at());
    let record = record("residence");
    let (other, _) = issued(&record_of_version(2), Payload::of(&record_of_version(2)));
    let moved = verifier.verify_text_with_pdf(&text, &other, at());
    // A whole code holds the seal's own certificate alone.
    let key = String::from_utf8(read("test-vectors/keys/ed25519.key.pem")).unwrap();
    let signer = SoftwareSigner::from_pem(&key, pem("ed25519")).unwrap();
    let template = Template::builtin("residence").unwrap();
    let prepared = template.prepare(&Fonts::bundled()).unwrap();
    let draft = prepared.compose(&record).unwrap();
    let sealed = draft
        .without_code()
        .seal(&office().seal(), &signer, at())
        .unwrap();
    let whole = Whole::of(&sealed, &record, &prepared, &office().seal()).unwrap();
    let whole = whole.text(&TextForm::Compact).unwrap();
    // The draft that a code stands for may be had by anybody, and be sealed with nothing in it that says what it is.
    let silent = template.prepare(&Fonts::bundled()).unwrap();
    let silent = silent.conforming_to(Conformance::A2b).compose(&record).unwrap();
    let seal = |sealing: Sealing<'_>| sealing.seal(&office().seal(), &signer, at()).unwrap();
    let its_code = seal(silent.bind(Payload::of(&record)));
    let silent = seal(silent.without_code()).into_bytes();
    let unbound = verifier.verify_text_with_pdf(its_code.code_text().unwrap(), &silent, at());
    let window = verifier.clone().rebuilder(Rebuilder::builtin());
    let rebuilt = window.verify_text(&whole, at());
    vec![
        code("code-alone", &verifier, &text),
        verdict("code-with-file", &bytes, both),
        verdict("code-of-another-file", &other, moved),
        verdict("code-with-a-file-that-says-nothing", &silent, unbound),
        verdict(
            "whole-code",
            rebuilt.rebuilt().unwrap(),
            window.verify_text(&whole, at()),
        ),
        code("whole-code-not-rebuilt", &verifier, &whole),
        code("code-damaged", &verifier, &text[..text.len() / 2]),
    ]
}

/// The residence proof in a later version.
fn record_of_version(version: u16) -> Record {
    let mut parts = record("residence").into_parts();
    let old = &parts.identifier;
    parts.identifier =
        Identifier::compose(old.type_code(), old.issuer_code(), old.serial(), version).unwrap();
    Record::new(parts).unwrap()
}

fn status_list(change: impl FnOnce(&mut StatusDraft)) -> StatusList {
    let draft = StatusDraft::new(STATUS, 4, 100_000, time("2030-06-30T16:00:00Z")).unwrap();
    let mut draft = draft.expires(time("2030-07-07T16:00:00Z"));
    change(&mut draft);
    status_list_by(&office(), &draft)
}

fn status_list_by(office: &Office, draft: &StatusDraft) -> StatusList {
    let signer = office.signer();
    let kid = signer.chain()[0].kid();
    let unsigned = draft.unsigned(signer.algorithm(), &kid).unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    StatusList::parse(&unsigned.finish(&signature).unwrap(), &Limits::DEFAULT).unwrap()
}

/// The trust of a window of that list.
fn trust(list: AuthorityList) -> Trust {
    let trust = Trust::new().roots(pem("root")).certificates(pem("intermediate"));
    trust.list(list)
}

fn own_list() -> AuthorityList {
    let kind = record("residence").kind().code.to_string();
    office().list("residence", &[&kind])
}

fn standings() -> Vec<Verdict> {
    let record = record("residence");
    let place = StatusReference::new(STATUS, INDEX).unwrap();
    let (bytes, _) = issued(&record, Payload::of(&record).with_status(place));
    let judged = |name, list: Option<StatusList>, at: Time| {
        let verifier = Verifier::new(trust(own_list()).statuses(list));
        verdict(name, &bytes, verifier.verify_pdf(&bytes, at))
    };
    let set = |status| Some(status_list(|draft| draft.set(INDEX, status).unwrap()));
    let conditional = || {
        let deadline = time("2030-07-05T16:00:00Z");
        Some(status_list(|draft| {
            draft.set_conditional(INDEX, deadline).unwrap();
        }))
    };
    let verifier = office().verifier();
    let version = |version| {
        let record = record_of_version(version);
        let (bytes, _) = issued(&record, Payload::of(&record));
        (verifier.verify_pdf(&bytes, at()), bytes)
    };
    let ((first, bytes_of_first), (second, _)) = (version(1), version(2));
    let replaced = settle_versions(vec![first, second]).swap_remove(0);
    let expired = verifier.verify_pdf(&residence().0, time("2031-06-01"));
    vec![
        judged("status-valid", set(Status::Valid), at()),
        judged("status-revoked", set(Status::Revoked), at()),
        judged("status-suspended", set(Status::Suspended), at()),
        judged("status-replaced", set(Status::Replaced), at()),
        verdict("status-replaced-at-hand", &bytes_of_first, replaced),
        judged("status-conditional", conditional(), at()),
        judged(
            "status-conditional-met",
            set(Status::Valid),
            time("2030-07-03T02:00:00Z"),
        ),
        judged("status-lapsed-at-deadline", conditional(), time("2030-07-06")),
        judged("status-lapsed", set(Status::Lapsed), at()),
        judged("status-stale", set(Status::Valid), time("2030-07-20")),
        judged("status-stale-past-deadline", conditional(), time("2030-07-20")),
        judged("status-not-given", None, at()),
        judged("status-of-later", set(Status::Valid), time("2030-06-15")),
        verdict("result-expired", &residence().0, expired),
    ]
}

/// A list under which the office may issue the residence proof.
fn listed() -> ListDraft {
    let record = record("residence");
    let mut list = ListDraft::new("滨海市授权名录", time("2030-06-01"), time("2031-06-01"));
    (list.sequence, list.previous) = (7, Some([6; 32]));
    let kind = record.kind().code.to_string();
    list.issuers = vec![entry(record.issuer(), &["ed25519"], &[&kind])];
    list
}

fn signed(list: &ListDraft, root: &str) -> Vec<u8> {
    let key = String::from_utf8(read(&format!("test-vectors/keys/{root}.key.pem"))).unwrap();
    let root = SoftwareSigner::from_pem(&key, pem(root)).unwrap();
    list.sign(&root).unwrap()
}

fn authorities() -> Vec<Verdict> {
    let (bytes, _) = residence();
    let under = |name, change: &dyn Fn(&mut ListDraft)| {
        let mut list = listed();
        change(&mut list);
        let list = open_list(&signed(&list, "root"), "root");
        file(name, &Verifier::new(trust(list)), &bytes)
    };
    let history = |standing, from: &str| Change {
        from: time(from),
        standing,
        reason: Reason::KeyCompromise,
    };
    let certificate = |list: &mut ListDraft, change: &dyn Fn(&mut CertificateDraft)| {
        change(&mut list.issuers[0].certificates[0]);
    };
    let delegated = |name, types: &str| {
        let record = record("residence");
        let (mut top, mut below) = (listed(), listed());
        below.name = "滨海市新港区授权名录".to_owned();
        (below.sequence, below.previous) = (3, Some([5; 32]));
        top.issuers.clear();
        let region = &record.issuer().code.as_str()[2..8];
        top.delegations = vec![delegation(&below.name, &[types], &[region])];
        let mut list = open_list(&signed(&top, "root"), "root");
        let mut memory = Memory::new(at());
        list.open_sublist(&signed(&below, "other-root"), &mut memory, &Limits::DEFAULT)
            .unwrap();
        file(name, &Verifier::new(trust(list)), &bytes)
    };
    let kind = record("residence").kind().code.to_string();
    let refused = Trust::new().roots(pem("root"));
    let refused = refused.list_refused(Attack::Rollback { seen: 8, found: 7 });
    let stranger = Office::with_key("p384").verifier();
    let other = Office::with_key("ed25519").list("food-licence", &[&kind]);
    vec![
        file("issuer-unknown", &stranger, &bytes),
        file("issuer-another", &Verifier::new(trust(other)), &bytes),
        under("type-not-permitted", &|list| {
            list.issuers[0].types = vec!["11109900MB2A000628058".parse().unwrap()];
        }),
        under("type-by-prefix", &|list| {
            list.issuers[0].types = vec!["11109900MB2A000628*".parse().unwrap()];
        }),
        under("region-not-permitted", &|list| {
            list.issuers[0].regions = vec!["33".parse().unwrap()];
        }),
        under("outside-window", &|list| {
            certificate(list, &|it| it.until = time("2030-06-01"));
        }),
        under("issuer-revoked", &|list| {
            certificate(list, &|it| {
                it.history = vec![history(Standing::Revoked, "2030-06-15")];
            });
        }),
        under("issuer-suspended", &|list| {
            certificate(list, &|it| {
                it.history = vec![history(Standing::Suspended, "2030-06-15")];
            });
        }),
        under("list-overdue", &|list| list.next_update = time("2030-06-15")),
        under("list-expired", &|list| {
            (list.next_update, list.expires) = (time("2030-06-15"), time("2030-06-15"));
        }),
        file("list-rolled-back", &Verifier::new(refused), &bytes),
        delegated("sub-list", &kind),
        delegated("sub-list-beyond-its-scope", "11109900MB2A000628058"),
        file(
            "list-not-given",
            &Verifier::new(Trust::new().roots(pem("root"))),
            &bytes,
        ),
        file("trust-not-given", &Verifier::new(Trust::new()), &bytes),
    ]
}

/// A certificate of the test authority for the key of that name.
fn certificate(name: &str, serial: u8, (from, to): (&str, &str), extensions: Vec<Vec<u8>>) -> Certificate {
    let mut subject = Subject::new(name, "root", serial).with(extensions);
    (subject.from, subject.to) = (from.to_owned(), to.to_owned());
    subject.certificate()
}

fn made_root() -> Certificate {
    certificate("root", 1, ("2024-01-01", "2060-01-01"), of_authority())
}

fn made_signer(name: &str, certificate: &Certificate) -> SoftwareSigner {
    SoftwareSigner::from_pkcs8(&made::pkcs8(name), vec![certificate.clone()]).unwrap()
}

/// Three departments that issue one licence together.
struct Bodies {
    record: Record,
    issuers: Vec<Issuer>,
    certificates: Vec<Certificate>,
    /// By whose list each may issue it.
    verifier: Verifier,
}

const BODIES: [&str; 3] = ["body one", "body two", "body three"];

impl Bodies {
    fn new() -> Self {
        let record = record("joint-licence");
        let issuers: Vec<Issuer> = record.issuers().cloned().collect();
        let kind = record.kind().code.to_string();
        let certificates: Vec<Certificate> = (2..)
            .zip(BODIES)
            .map(|(serial, name)| certificate(name, serial, ("2028-01-01", "2035-01-01"), vec![]))
            .collect();
        let entries = issuers.iter().zip(&certificates).map(|(issuer, certificate)| {
            let listed = CertificateDraft::new(certificate.clone(), time("2028-01-01"), time("2035-01-01"));
            IssuerDraft::new(
                &issuer.name,
                issuer.code.clone(),
                vec![kind.parse().unwrap()],
                vec![listed],
            )
        });
        let list = list_of(entries.collect());
        Self {
            verifier: Verifier::new(Trust::new().roots([made_root()]).list(list)),
            record,
            issuers,
            certificates,
        }
    }

    fn draft(&self) -> Draft {
        let template = Template::builtin("food-licence").unwrap();
        template.compose(&self.record).unwrap()
    }

    fn signer(&self, key: usize) -> SoftwareSigner {
        made_signer(BODIES[key], &self.certificates[key])
    }

    fn look(&self, body: usize) -> Seal {
        let round = RoundSeal::new(self.issuers[body].name.as_str()).with_legend("样章 TEST");
        Seal::new(Impression::round(&round, yinxin::font::bundled()).unwrap())
    }

    /// Sealed in turn for each body with a key, which should be its own.
    fn sealed(&self, by: &[(usize, usize)]) -> Vec<u8> {
        by.iter().fold(self.draft().into_bytes(), |file, &(body, key)| {
            let draft = Draft::open(file, &Limits::DEFAULT).unwrap();
            let sealing = draft.without_code().joint(&self.issuers[body].code);
            let sealed = sealing.seal(&self.look(body), &self.signer(key), at());
            sealed.unwrap().into_bytes()
        })
    }
}

/// Three departments and what they have sealed.
fn joint() -> Vec<Verdict> {
    let bodies = Bodies::new();
    let judged = |name, by: &[(usize, usize)]| file(name, &bodies.verifier, &bodies.sealed(by));
    vec![
        judged("joint-complete", &[(0, 0), (1, 1), (2, 2)]),
        judged("joint-one-missing", &[(0, 0), (1, 1)]),
        judged("joint-wrong-body", &[(0, 0), (1, 2), (2, 1)]),
    ]
}

fn holders() -> Vec<Verdict> {
    let (bytes, text) = residence();
    let own = record("residence").holder().code.clone();
    let typed = |code: &str| office().verifier().holder(code);
    vec![
        file("holder-match", &typed(&own), &bytes),
        file("holder-no-match", &typed("109900197203154025"), &bytes),
        code("holder-not-stated", &typed(&own), &text),
    ]
}

fn broken() -> Vec<Verdict> {
    let (bytes, _) = residence();
    let mut altered = bytes.clone();
    // In the head of the file, which no program reads: only the digest tells.
    altered[10] ^= 1;
    let mut cut = bytes.clone();
    cut.truncate(bytes.len() / 2);
    let typed = office().verifier().holder("109900198809264025");
    vec![
        file("altered", &office().verifier(), &altered),
        file("cut-off", &office().verifier(), &cut),
        file("no-pdf", &typed, b"a letter"),
        file(
            "not-signed",
            &office().verifier(),
            draft(&record("residence")).bytes(),
        ),
    ]
}
