//! What the verdict says where the authority list, or the department's status list, has something to say.

use std::collections::BTreeMap;

use yinxin::authority::{
    Attack, AuthorityError, AuthorityList, CertificateDraft, Change, IssuerDraft, ListDraft, Memory, Reason,
    Roots, Standing,
};
use yinxin::cose::status::{Freshness, Indices, Status, StatusDraft, StatusList};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, StatusReference};
use yinxin::pki::{Certificate, Signer, SoftwareSigner};
use yinxin::record::Identifier;
use yinxin::time::Time;
use yinxin::verify::{Code, Outcome, Report, Step, StepResult, Trust, Verifier, settle_versions};

mod common;
#[path = "common/vectors.rs"]
mod vectors;

use common::{Office, at, delegation, open_list, outcome_and_lead, pem, read, time};

const URI: &str = "https://zm.binhai.example/s/7";
const INDEX: u32 = 12_351;

fn office() -> Office {
    Office::with_key("p256")
}

fn root(name: &str) -> SoftwareSigner {
    let key = String::from_utf8(read(&format!("test-vectors/keys/{name}.key.pem"))).unwrap();
    SoftwareSigner::from_pem(&key, pem(name)).unwrap()
}

fn listed(certificate: Certificate) -> CertificateDraft {
    CertificateDraft::new(certificate, time("2024-01-01"), time("2049-01-01"))
}

/// A list under which the office of `residence` may issue it.
fn draft() -> ListDraft {
    let record = office().record("residence");
    let mut list = ListDraft::new("滨海市授权名录", time("2030-06-01"), time("2031-06-01"));
    list.issuers = vec![IssuerDraft::new(
        &record.issuer().name,
        record.issuer().code.clone(),
        vec![record.kind().code.to_string().parse().unwrap()],
        vec![listed(pem("p256").remove(0))],
    )];
    list
}

/// The verdict on the office's file under that list after `change`.
fn under(change: impl FnOnce(&mut ListDraft)) -> (Outcome, Code) {
    let mut list = draft();
    change(&mut list);
    let list = open_list(&list.sign(&root("root")).unwrap(), "root");
    let file = office().issue("residence").into_bytes();
    outcome_and_lead(&office().verifier_with(list).verify_pdf(&file, at()))
}

#[test]
fn scope_and_standing_have_findings_of_their_own() {
    let change = |standing, from: &str| Change {
        from: time(from),
        standing,
        reason: Reason::CertificateHold,
    };
    let suspended = |list: &mut ListDraft| {
        list.issuers[0].certificates[0].history = vec![change(Standing::Suspended, "2030-06-15")];
    };
    let doubt = |code| (Outcome::Indeterminate, code);
    let fatal = |code| (Outcome::NotAuthentic, code);
    assert_eq!(under(suspended), doubt(Code::CertificateSuspended));
    let restored = under(|list| {
        suspended(list);
        list.issuers[0].certificates[0]
            .history
            .push(change(Standing::InForce, "2030-06-20"));
    });
    assert_eq!(restored.0, Outcome::Authentic);
    let elsewhere = under(|list| list.issuers[0].regions = vec!["33".parse().unwrap()]);
    assert_eq!(elsewhere, fatal(Code::RegionNotPermitted));
    let another = under(|list| list.issuers[0].templates = vec![[7; 32]]);
    assert_eq!(another, fatal(Code::TemplateNotPermitted));
    let own = yinxin::compose::Template::builtin("residence").unwrap().hash();
    let right = under(|list| list.issuers[0].templates = vec![own]);
    // The code of the file does not say its template; the file does.
    assert_eq!(right.0, Outcome::Authentic);
    let mut list = draft();
    list.issuers[0].templates = vec![own];
    let list = open_list(&list.sign(&root("root")).unwrap(), "root");
    let alone = office().verifier_with(list).verify_text(&code(), at());
    assert_eq!(outcome_and_lead(&alone), doubt(Code::TemplateNotTold));
    let due = under(|list| list.next_update = time("2030-06-15"));
    assert_eq!(due, (Outcome::Authentic, Code::ListOverdue));
    let expired = under(|list| {
        (list.next_update, list.expires) = (time("2030-06-15"), time("2030-06-15"));
    });
    assert_eq!(expired, doubt(Code::ListExpired));
}

#[test]
fn a_list_that_must_not_be_relied_on_leaves_every_verdict_open_and_says_why() {
    let file = office().issue("residence").into_bytes();
    let kid = [0; 8];
    let attacks = [
        (Attack::ClockSetBack { seen: at() }, Code::ClockSetBack),
        (Attack::Equivocation { sequence: 1 }, Code::ListEquivocation),
        (Attack::FastForward { seen: 1, found: 99 }, Code::ListFastForward),
        (Attack::KidCollision { kid }, Code::ListKidCollision),
        (Attack::MixAndMatch("two lists"), Code::ListMixAndMatch),
        (Attack::Rollback { seen: 2, found: 1 }, Code::ListRollback),
        (Attack::Unrevocation { kid }, Code::ListUnrevocation),
    ];
    for (attack, code) in attacks {
        for trust in [Trust::new(), Trust::new().roots(pem("root"))] {
            let report = Verifier::new(trust.list_refused(attack)).verify_pdf(&file, at());
            assert_eq!(report.outcome, Outcome::Indeterminate, "{attack:?}");
            let found = report.findings.iter().any(|finding| finding.code == code);
            assert!(found, "{attack:?}: {:?}", report.findings);
        }
    }
}

/// The receiving counter: a flawless seal by an office that may not, the list updated, and an attempt to go back.
#[test]
fn a_counter_accepts_after_the_list_is_updated_and_cannot_be_rolled_back() {
    let file = office().issue("residence").into_bytes();
    let (limits, pinned) = (Limits::DEFAULT, Roots::any_of(pem("root")).unwrap());
    let mut first = draft();
    first.issuers[0].types = vec!["11109900MB2A000628058".parse().unwrap()];
    let first_bytes = first.sign(&root("root")).unwrap();
    let mut memory = Memory::new(at());
    let list = AuthorityList::open(&first_bytes, &pinned, &mut memory, &limits).unwrap();
    let mut second = draft();
    (second.sequence, second.previous) = (2, Some(list.digest()));
    let report = office().verifier_with(list).verify_pdf(&file, at());
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::NotAuthentic, Code::TypeNotPermitted)
    );
    let second_bytes = second.sign(&root("root")).unwrap();
    let mut memory = Memory::resume(&memory.to_bytes(), at(), &limits).unwrap();
    let list = AuthorityList::open(&second_bytes, &pinned, &mut memory, &limits).unwrap();
    let report = office().verifier_with(list).verify_pdf(&file, at());
    assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
    let mut memory = Memory::resume(&memory.to_bytes(), at(), &limits).unwrap();
    let back = AuthorityList::open(&first_bytes, &pinned, &mut memory, &limits);
    assert_eq!(
        back,
        Err(AuthorityError::Attack(Attack::Rollback { seen: 2, found: 1 }))
    );
}

#[test]
fn a_sub_list_lets_an_office_issue_within_its_scope_alone() {
    let file = office().issue("residence").into_bytes();
    let record = office().record("residence");
    let region = &record.issuer().code.as_str()[2..8];
    let verdict = |types: &str| {
        let mut top = draft();
        let mut below = draft();
        below.name = "下级名录".to_owned();
        top.issuers.clear();
        top.delegations = vec![delegation(&below.name, &[types], &[region])];
        let mut list = open_list(&top.sign(&root("root")).unwrap(), "root");
        let mut memory = Memory::new(at());
        let signed = below.sign(&root("other-root")).unwrap();
        list.open_sublist(&signed, &mut memory, &Limits::DEFAULT).unwrap();
        outcome_and_lead(&office().verifier_with(list).verify_pdf(&file, at()))
    };
    let kind = record.kind().code.to_string();
    assert_eq!(verdict(&kind).0, Outcome::Authentic);
    assert_eq!(
        verdict("11109900MB2A000628058"),
        (Outcome::NotAuthentic, Code::BeyondDelegation)
    );
}

/// The text of a code that names entry `INDEX` of the list `URI`.
fn code() -> String {
    let office = office();
    let place = StatusReference::new(URI, INDEX).unwrap();
    let payload = Payload::of(&office.record("residence")).with_status(place);
    let sealed = office
        .draft("residence")
        .bind(payload)
        .seal(&office.seal(), &office.signer(), at())
        .unwrap();
    sealed.code_text().unwrap().to_owned()
}

fn signed(draft: &StatusDraft, key: &str) -> Vec<u8> {
    let signer = common::signer(key);
    let unsigned = draft
        .unsigned(signer.algorithm(), &signer.chain()[0].kid())
        .unwrap();
    let signature = signer.sign(&unsigned.to_be_signed()).unwrap();
    unsigned.finish(&signature).unwrap()
}

fn list_with(change: impl FnOnce(&mut StatusDraft)) -> StatusList {
    let mut draft = StatusDraft::new(URI, 4, 100_000, time("2030-07-01T00:00:00Z"))
        .unwrap()
        .expires(time("2030-07-08T00:00:00Z"));
    change(&mut draft);
    StatusList::parse(&signed(&draft, "p256"), &Limits::DEFAULT).unwrap()
}

fn judged(lists: Vec<StatusList>, at: Time) -> Report {
    let list = open_list(&draft().sign(&root("root")).unwrap(), "root");
    let trust = Trust::new()
        .roots(pem("root"))
        .certificates(pem("intermediate"))
        .list(list);
    Verifier::new(trust.statuses(lists)).verify_text(&code(), at)
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    status: String,
    deadline: Option<Time>,
    at: Time,
    outcome: String,
    finding: Option<String>,
}

#[test]
fn every_status_has_its_verdict() {
    let mut reached = BTreeMap::new();
    for (name, vector) in vectors::vectors::<Vector>("status/verdicts", 10) {
        let list = list_with(|draft| {
            if let Some(deadline) = vector.deadline {
                return draft.set_conditional(INDEX, deadline).unwrap();
            }
            let mut all = Status::ALL.into_iter();
            let status = all
                .find(|status| status.name() == vector.status)
                .unwrap_or(Status::Other(15));
            draft.set(INDEX, status).unwrap();
        });
        let report = judged(vec![list], vector.at);
        let outcome = format!("{:?}", report.outcome);
        assert_eq!(outcome, vector.outcome, "{name}: {:?}", report.findings);
        let of_status = |code: Code| code.name().starts_with("status.");
        let found = report.findings.iter().map(|finding| finding.code);
        let found: Vec<&str> = found.filter(|code| of_status(*code)).map(Code::name).collect();
        assert_eq!(found, vector.finding.as_deref().as_slice(), "{name}");
        let step = report
            .steps
            .iter()
            .find(|facts| facts.step == Step::Status)
            .unwrap();
        assert_eq!(
            step.result == StepResult::Passed,
            report.outcome == Outcome::Authentic,
            "{name}"
        );
        reached.insert(vector.finding.unwrap_or_default(), ());
    }
    assert!(reached.len() >= 9, "{reached:?}");
}

/// What the report says of the status list's answer.
fn told(report: &Report) -> serde_json::Value {
    serde_json::to_value(report).unwrap()["status"]["listed"].clone()
}

#[test]
fn of_two_lists_of_one_second_the_gravest_word_counts_in_either_order() {
    let valid = list_with(|_| {});
    assert_eq!(told(&judged(vec![valid.clone()], at())), "valid");
    let revoked = list_with(|draft| draft.set(INDEX, Status::Revoked).unwrap());
    for lists in [[&valid, &revoked], [&revoked, &valid]] {
        let report = judged(lists.map(Clone::clone).to_vec(), at());
        assert_eq!(
            outcome_and_lead(&report),
            (Outcome::NotAuthentic, Code::StatusRevoked)
        );
        assert_eq!(told(&report), "revoked");
    }
}

#[test]
fn a_list_that_says_which_version_took_the_place_is_told_with_its_identifier() {
    let record = office().record("residence");
    let old = record.identifier();
    let third = Identifier::compose(old.type_code(), old.issuer_code(), old.serial(), 3).unwrap();
    let named = |list: StatusList| {
        let report = judged(vec![list], at());
        assert_eq!(
            outcome_and_lead(&report),
            (Outcome::NotAuthentic, Code::StatusReplaced)
        );
        report.findings[0].evidence.contains(&third.to_string())
    };
    assert!(named(list_with(|draft| draft.set_replaced(INDEX, 3).unwrap())));
    assert!(!named(list_with(|draft| draft.set_replaced(INDEX, 4).unwrap())));
    assert!(!named(list_with(|draft| draft
        .set(INDEX, Status::Replaced)
        .unwrap())));
}

#[test]
fn only_the_issuers_own_list_counts() {
    let mut draft = StatusDraft::new(URI, 1, 100_000, time("2030-07-01")).unwrap();
    draft.set(INDEX, Status::Revoked).unwrap();
    let foreign = StatusList::parse(&signed(&draft, "ed25519"), &Limits::DEFAULT).unwrap();
    let lead = |lists| outcome_and_lead(&judged(lists, at()));
    assert_eq!(
        lead(vec![foreign.clone()]),
        (Outcome::Indeterminate, Code::StatusUntrusted)
    );
    assert_eq!(lead(vec![]), (Outcome::Indeterminate, Code::StatusNotGiven));
    // A stranger's list beside the issuer's neither helps nor harms.
    let own = list_with(|_| {});
    assert_eq!(judged(vec![own, foreign], at()).outcome, Outcome::Authentic);
    let later = StatusDraft::new(URI, 1, 100_000, time("2030-08-01")).unwrap();
    let later = StatusList::parse(&signed(&later, "p256"), &Limits::DEFAULT).unwrap();
    assert_eq!(
        lead(vec![later.clone()]),
        (Outcome::Indeterminate, Code::StatusOfLater)
    );
    let revoked = list_with(|draft| draft.set(INDEX, Status::Revoked).unwrap());
    assert_eq!(
        lead(vec![later, revoked]),
        (Outcome::NotAuthentic, Code::StatusRevoked)
    );
}

#[test]
fn the_time_to_live_counts_from_when_the_list_was_received() {
    let draft = StatusDraft::new(URI, 1, 8, time("2030-07-01T00:00:00Z"))
        .unwrap()
        .ttl(3600);
    let list = StatusList::parse(&signed(&draft, "p256"), &Limits::DEFAULT).unwrap();
    let issued = time("2030-07-01T00:00:00Z");
    assert_eq!(list.freshness(issued.plus_seconds(-1)), Freshness::NotYet);
    assert_eq!(list.freshness(issued.plus_seconds(3599)), Freshness::Fresh);
    assert_eq!(list.freshness(issued.plus_seconds(3600)), Freshness::Stale);
    // Without an expiry one kept back could be served as new for ever.
    let list = list.received(issued.plus_seconds(60));
    assert_eq!(list.freshness(issued.plus_seconds(3600)), Freshness::Stale);
    let draft = draft.expires(time("2030-07-08"));
    let list = StatusList::parse(&signed(&draft, "p256"), &Limits::DEFAULT).unwrap();
    let list = list.received(issued.plus_seconds(60));
    assert_eq!(list.freshness(issued.plus_seconds(3600)), Freshness::Fresh);
    assert_eq!(list.freshness(issued.plus_seconds(3660)), Freshness::Stale);
    assert_eq!(
        (list.ttl(), list.expires()),
        (Some(3600), Some(time("2030-07-08")))
    );
}

#[test]
fn entries_are_read_back_in_every_width() {
    for bits in [1, 2, 4, 8] {
        let mut draft = StatusDraft::new(URI, bits, 1000, at()).unwrap();
        let holds = |status: &Status| u32::from(status.number()) < 1 << bits;
        for (index, status) in (0..1000).step_by(7).zip(Status::ALL.iter().cycle()) {
            match status {
                Status::Conditional if holds(status) => {
                    draft.set_conditional(index, time("2030-08-01")).unwrap();
                }
                status => assert_eq!(
                    draft.set(index, *status).is_ok(),
                    holds(status),
                    "{bits} {status:?}"
                ),
            }
        }
        let list = StatusList::parse(&signed(&draft, "p256"), &Limits::DEFAULT).unwrap();
        assert_eq!((list.bits(), list.len(), list.is_empty()), (bits, 1000, false));
        assert_eq!((list.ttl(), list.expires()), (None, None));
        for (index, status) in (0..1000).step_by(7).zip(Status::ALL.iter().cycle()) {
            let expected = if holds(status) { *status } else { Status::Valid };
            assert_eq!(list.status(index), Some(expected), "{bits} bits, entry {index}");
            assert_eq!(list.status(index + 1), Some(Status::Valid));
            let waits = expected == Status::Conditional;
            assert_eq!(list.deadline(index), waits.then(|| time("2030-08-01")));
        }
        assert_eq!(list.status(1000), None);
        assert!(draft.set(1000, Status::Revoked).is_err());
        assert_eq!(StatusDraft::after(&list, at()), draft);
    }
    assert!(StatusDraft::new(URI, 3, 8, at()).is_err());
    assert!(StatusDraft::new(URI, 1, 0, at()).is_err());
}

#[test]
fn no_bit_of_a_status_list_can_be_changed() {
    let mut draft = StatusDraft::new(URI, 4, 64, at()).unwrap();
    draft.set_conditional(5, time("2030-08-01")).unwrap();
    let bytes = signed(&draft, "p256");
    let certificate = pem("p256").remove(0);
    let verifies = |bytes: &[u8]| {
        let list = StatusList::parse(bytes, &Limits::DEFAULT);
        list.is_ok_and(|list| list.verify(certificate.public_key()).is_ok())
    };
    assert!(verifies(&bytes));
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1 << (at % 8);
        assert!(!verifies(&other), "byte {at}");
    }
    // Little that inflates to much.
    let large = StatusDraft::new(URI, 8, 1_000_000, at()).unwrap();
    let mut limits = Limits::DEFAULT;
    limits.status_bytes = 999_999;
    assert!(StatusList::parse(&signed(&large, "p256"), &limits).is_err());
}

#[test]
fn places_are_all_different_and_do_not_follow_the_order_of_issue() {
    for size in [1, 2, 3, 1000, 4097] {
        let indices = Indices::new([7; 32], size);
        let places: Vec<u32> = (0..size).map(|number| indices.place(number).unwrap()).collect();
        let mut sorted = places.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..size).collect::<Vec<_>>(), "every place once");
        assert_eq!(indices.place(size), None);
        if size >= 1000 {
            let neighbours = places.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1);
            assert!(neighbours.count() < 20, "{size}");
            let other = Indices::new([8; 32], size);
            assert_ne!(other.place(0).zip(other.place(1)), Some((places[0], places[1])));
        }
    }
}

#[test]
fn the_later_of_two_versions_stands() {
    let office = office();
    let verifier = office.verifier();
    let parts = || office.record("residence").into_parts();
    let issue = |version: u16| {
        let mut parts = parts();
        let old = &parts.identifier;
        parts.identifier =
            Identifier::compose(old.type_code(), old.issuer_code(), old.serial(), version).unwrap();
        let record = yinxin::record::Record::new(parts).unwrap();
        let template = yinxin::compose::Template::builtin("residence").unwrap();
        let draft = template.compose(&record).unwrap();
        let sealed = draft
            .bind(Payload::of(&record))
            .seal(&office.seal(), &office.signer(), at());
        verifier.verify_pdf(&sealed.unwrap().to_bytes(), at())
    };
    let settled = settle_versions(vec![issue(1), issue(2)]);
    assert_eq!(
        outcome_and_lead(&settled[0]),
        (Outcome::NotAuthentic, Code::StatusReplaced)
    );
    assert_eq!(settled[1].outcome, Outcome::Authentic);
    let alone = settle_versions(vec![issue(1)]);
    assert_eq!(alone[0].outcome, Outcome::Authentic);
}
