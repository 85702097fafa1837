//! What it costs to read what acceptance rests on, of twice the size: twice as much, not four times. Sizes are far above those of
//! offices, since whoever sends such a file chooses them.

mod common;
#[path = "common/processor.rs"]
mod processor;

use std::cell::RefCell;
use std::time::Duration;

use common::{Office, at, pem, time};
use processor::Moment;
use yinxin::authority::{
    AuthorityList, CertificateDraft, Change, IssuerDraft, ListDraft, ListSet, Memory, Reason, Standing,
};
use yinxin::cbor::Value;
use yinxin::cose::status::{StatusDraft, StatusList};
use yinxin::crypto::{DigestAlgorithm, SignatureAlgorithm};
use yinxin::limits::Limits;
use yinxin::register::{Action, AuditEntry, export_trail, verify_trail};
use yinxin::verify::{Outcome, settle_versions};

/// Checks that `work` on the second, of twice the size, costs no more than 3.3 times the first: what is linear costs about 2, what is
/// quadratic 4.
fn assert_linear<T>(what: &str, [half, whole]: [T; 2], work: impl Fn(&T)) {
    let time = |input: &T, turns: u32| {
        let start = Moment::now();
        (0..turns).for_each(|_| work(input));
        start.elapsed()
    };
    // Some systems count the time of a processor in steps of 4 ms.
    let enough = |turns: &u32| time(&half, *turns) >= Duration::from_millis(60);
    let turns = (0..12).map(|power| 1 << power).find(enough).unwrap_or(1 << 12);
    let least = |input: &T| (0..3).map(|_| time(input, turns)).min().unwrap();
    let (half, whole) = (least(&half), least(&whole));
    println!("{what}: {turns} times {half:?}, and for twice as much {whole:?}");
    assert!(whole * 3 < half * 10, "{what}: {half:?}, {whole:?}");
}

/// A body that may do `types`.
fn body(types: impl Iterator<Item = String>) -> IssuerDraft {
    IssuerDraft::new(
        "滨海市公安局",
        "11109900MB2A10113K".parse().unwrap(),
        types.map(|kind| kind.parse().unwrap()).collect(),
        vec![CertificateDraft::new(
            pem("p256").remove(0),
            time("2024-01-01"),
            time("2049-01-01"),
        )],
    )
}

/// A list that nobody has signed.
fn list(sequence: u64, issuer: IssuerDraft) -> AuthorityList {
    let mut list = ListDraft::new("滨海市授权名录", time("2030-06-01"), time("2031-06-01"));
    list.sequence = sequence;
    list.previous = (sequence > 1).then_some([6; 32]);
    list.issuers = vec![issuer];
    AuthorityList::dangerous_unverified(&list.file().unwrap(), &Limits::DEFAULT).unwrap()
}

#[test]
fn comparing_two_lists_is_linear_in_the_types_of_a_body() {
    let pair = |count: u32| {
        let types = |first: u32| (first..first + count).map(|number| format!("{number:06}*"));
        [list(1, body(types(0))), list(2, body(types(500_000)))]
    };
    assert_linear(
        "differences of 5,000 types",
        [5_000, 10_000].map(pair),
        |[old, new]| {
            assert!(old.differences(new).len() > 10_000);
        },
    );
}

#[test]
fn comparing_two_lists_is_linear_in_the_history_of_a_certificate() {
    let pair = |count: i64| {
        let with = |sequence: u64, shift: i64| {
            let mut issuer = body(std::iter::once("0*".to_owned()));
            let first = issuer.certificates[0].from;
            let change = |number: i64| Change {
                from: first.plus_seconds(2 * number + shift),
                standing: match number % 2 {
                    0 => Standing::Suspended,
                    _ => Standing::InForce,
                },
                reason: Reason::Unspecified,
            };
            issuer.certificates[0].history = (0..count).map(change).collect();
            list(sequence, issuer)
        };
        [with(1, 0), with(2, 1)]
    };
    assert_linear(
        "differences of 5,000 changes",
        [5_000, 10_000].map(pair),
        |[old, new]| {
            assert!(old.differences(new).len() > 10_000);
        },
    );
}

#[test]
fn sorting_lists_that_delegate_to_none_of_each_other_is_linear() {
    let files = |count: u64| -> Vec<Vec<u8>> {
        let names = (0..count).map(|number| {
            let mut list = ListDraft::new(format!("名录 {number}"), time("2030-06-01"), time("2031-06-01"));
            list.issuers = vec![body(std::iter::once("0*".to_owned()))];
            list.file().unwrap().to_bytes()
        });
        names.collect()
    };
    assert_linear("sorting 200 lists", [200, 400].map(files), |files| {
        let files = files.iter().map(Vec::as_slice).collect();
        assert!(ListSet::sort(files, &Limits::DEFAULT).is_err());
    });
}

#[test]
fn resuming_a_memory_is_linear_in_what_it_remembers() {
    // As docs/FORMAT.md, clause 6.5, writes it: one list with so many certificates revoked.
    let memory = |count: u32| {
        let empty = Memory::new(at()).to_bytes();
        let Value::Tag(tag, value) = Value::decode(&empty, &Limits::DEFAULT).unwrap() else {
            panic!("no memory")
        };
        let mut members = value.as_map().unwrap().to_vec();
        let revoked = (0..count).map(|number| {
            let digest = DigestAlgorithm::Sha256.digest(&number.to_be_bytes());
            (digest, Value::integer(at().unix()))
        });
        let mut revoked: Vec<_> = revoked.collect();
        revoked.sort_by(|(a, _), (b, _)| a.cmp(b));
        let revoked = revoked.into_iter();
        let revoked = revoked.map(|(digest, from)| Value::Array(vec![Value::Bytes(digest), from]));
        let list = [
            Value::Array(vec![Value::text("滨海市授权名录")]),
            Value::Unsigned(1),
            Value::Unsigned(7),
            Value::Bytes(vec![6; 32]),
            Value::integer(at().unix()),
            Value::Array(revoked.collect()),
        ];
        let list = (1..).map(Value::Unsigned).zip(list).collect();
        members.last_mut().unwrap().1 = Value::Array(vec![Value::Map(list)]);
        Value::Tag(tag, Box::new(Value::Map(members))).encode()
    };
    assert_linear("a memory of 5,000", [5_000, 10_000].map(memory), |bytes| {
        let memory = Memory::resume(bytes, at(), &Limits::DEFAULT).unwrap();
        assert!(memory.lists().next().unwrap().revoked >= 5_000);
    });
}

#[test]
fn reading_a_status_list_is_linear_in_what_it_says_of_single_results() {
    let token = |count: u32| {
        let mut draft = StatusDraft::new("https://zm.binhai.example/s/7", 4, 3 * count, at()).unwrap();
        for index in 0..count {
            draft.set_conditional(2 * index, time("2030-08-01")).unwrap();
            draft.set_replaced(2 * index + 1, 2).unwrap();
        }
        let unsigned = draft.unsigned(SignatureAlgorithm::Ed25519, &[0; 8]).unwrap();
        unsigned.finish(&[0; 64]).unwrap()
    };
    assert_linear(
        "a status list with 5,000 deadlines",
        [5_000, 10_000].map(token),
        |bytes| {
            assert!(
                StatusList::parse(bytes, &Limits::DEFAULT)
                    .unwrap()
                    .deadline(8)
                    .is_some()
            );
        },
    );
}

#[test]
fn verifying_an_audit_trail_is_linear_in_its_entries() {
    let trail = |count: u64| {
        let identifier = Office::with_key("p256").record("residence").identifier().clone();
        let mut previous = [0; 32];
        let entries = (1..=count).map(|sequence| {
            let entry = AuditEntry {
                sequence,
                at: at(),
                actor: "窗口 03".to_owned(),
                action: Action::Issued { digest: [7; 32] },
                identifier: identifier.clone(),
                previous,
            };
            let bytes = entry.to_bytes();
            previous = DigestAlgorithm::Sha256.digest(&bytes).try_into().unwrap();
            bytes
        });
        let entries: Vec<Vec<u8>> = entries.collect();
        export_trail(entries.iter().map(Vec::as_slice))
    };
    assert_linear("a trail of 1,000", [1_000, 2_000].map(trail), |trail| {
        assert!(verify_trail(trail, None, &Limits::DEFAULT).unwrap().sequence >= 1_000);
    });
}

#[test]
fn settling_results_that_are_given_together_is_linear() {
    let office = Office::with_key("p256");
    let sealed = office.issue("residence");
    let (text, verifier) = (sealed.code_text().unwrap(), office.verifier());
    let results = |count: usize| {
        let reports = (0..count).map(|_| verifier.verify_text(text, at()));
        RefCell::new(Some(reports.collect::<Vec<_>>()))
    };
    // They come out as they went in, for the next turn.
    assert_linear("settling 100 results", [100, 200].map(results), |reports| {
        let settled = settle_versions(reports.take().unwrap());
        assert!(settled.iter().all(|report| report.outcome == Outcome::Authentic));
        reports.replace(Some(settled));
    });
}
