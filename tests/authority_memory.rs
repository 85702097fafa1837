//! What one list says that another does not, and what a verifier remembers of lists: by every single change, and by lists at random.

#[path = "common/lists.rs"]
mod lists;
#[path = "common/random.rs"]
mod random;

use lists::{draft, open, roots, signer, time};
use random::Random;
use yinxin::authority::{
    Attack, AuthorityError, AuthorityList, Change, Gravity, ListDraft, Memory, Reason, Standing,
};
use yinxin::cbor::Value;
use yinxin::limits::Limits;
use yinxin::time::Time;

#[test]
fn differences_lead_with_what_is_forbidden_and_what_is_granted() {
    let opened = |draft: &ListDraft| open(&draft.sign(&signer("root")).unwrap()).unwrap();
    let (old, mut newer) = (draft("list"), draft("list"));
    let before = opened(&old);
    newer.sequence = 8;
    newer.previous = Some(before.digest());
    newer.issuers[0]
        .types
        .push("11109900MB2A000628022".parse().unwrap());
    newer.issuers[1].certificates[0].history.clear();
    newer.delegations.clear();
    let found = before.differences(&opened(&newer));
    let gravities: Vec<Gravity> = found.iter().map(|difference| difference.gravity).collect();
    assert!(gravities.is_sorted_by(|a, b| a >= b), "{gravities:?}");
    let with = |gravity: Gravity| {
        let with: Vec<&str> = found
            .iter()
            .filter(|difference| difference.gravity == gravity)
            .map(|difference| difference.english.as_str())
            .collect();
        with.join("\n")
    };
    assert!(with(Gravity::Forbidden).contains("was revoked and is not any more"));
    assert!(with(Gravity::Grants).contains("type 11109900MB2A000628022 is now permitted"));
    assert!(with(Gravity::Restricts).contains("no longer delegated to"));
    assert!(with(Gravity::Neutral).contains("number 7 becomes 8"));
    assert!(found.iter().all(|difference| !difference.chinese.is_empty()));
    assert_eq!(before.differences(&before), []);
}

/// Every single change of a draft is told, and a region that is added is told as granted.
#[test]
fn each_change_of_a_list_is_told() {
    let opened = |draft: &ListDraft| open(&draft.sign(&signer("root")).unwrap()).unwrap();
    let before = opened(&draft("list"));
    let told = |change: fn(&mut ListDraft)| {
        let mut newer = draft("list");
        (newer.sequence, newer.previous) = (8, Some(before.digest()));
        let plain = before.differences(&opened(&newer));
        change(&mut newer);
        let found = before.differences(&opened(&newer));
        let new: Vec<_> = found
            .into_iter()
            .filter(|difference| !plain.contains(difference))
            .collect();
        assert!(!new.is_empty());
        let gravity = new.iter().map(|difference| difference.gravity).max().unwrap();
        let text: Vec<&str> = new.iter().map(|difference| difference.english.as_str()).collect();
        (gravity, text.join("\n"))
    };
    type Told = (fn(&mut ListDraft), Gravity, &'static str);
    let changes: &[Told] = &[
        (
            |l| l.name = "别的名录".into(),
            Gravity::Forbidden,
            "the name changes",
        ),
        (|l| l.sequence = 7, Gravity::Forbidden, "number 7 becomes 7"),
        (
            |l| l.previous = Some([9; 32]),
            Gravity::Forbidden,
            "does not name the other list",
        ),
        (|l| l.roots = 2, Gravity::Grants, "signed by set of roots 2"),
        (
            |l| l.issued = time("2030-06-02T00:00:00Z"),
            Gravity::Neutral,
            "issued 2030-06-02",
        ),
        (
            |l| l.next_update = time("2030-07-02T00:00:00Z"),
            Gravity::Neutral,
            "next due 2030-07-02",
        ),
        (
            |l| l.expires = time("2030-09-02T00:00:00Z"),
            Gravity::Neutral,
            "expires 2030-09-02",
        ),
        // What verifiers that have seen the other list will refuse.
        (
            |l| l.issued = time("2030-05-31T23:59:59Z"),
            Gravity::Forbidden,
            "which is before the other list",
        ),
        (
            |l| l.sequence = 7 + 10_001,
            Gravity::Forbidden,
            "more than 10000 ahead",
        ),
        (|l| drop(l.issuers.remove(0)), Gravity::Forbidden, "is gone"),
        (
            |l| l.issuers[0].name = "滨海市公安局甲".into(),
            Gravity::Neutral,
            "is now called",
        ),
        (
            |l| l.issuers[0].regions = vec!["10".parse().unwrap()],
            Gravity::Grants,
            "region 10 is now permitted",
        ),
        (
            |l| l.issuers[1].regions.clear(),
            Gravity::Restricts,
            "region 109900 is now named, and was permitted by 1099 before",
        ),
        (
            |l| l.issuers[1].regions.clear(),
            Gravity::Restricts,
            "region 1099 is no longer permitted",
        ),
        // A wider entry takes nothing away, a narrower one adds nothing.
        (
            |l| l.issuers[0].regions = vec!["10".parse().unwrap()],
            Gravity::Grants,
            "region 109900 is no longer named, and is still permitted by 10",
        ),
        (
            |l| l.issuers[0].types = vec!["1*".parse().unwrap()],
            Gravity::Grants,
            "is no longer named, and is still permitted by 1*",
        ),
        (
            |l| l.issuers[0].templates.clear(),
            Gravity::Grants,
            "no longer restricted by template",
        ),
        (
            |l| l.issuers[1].templates = vec![[3; 32]],
            Gravity::Restricts,
            "now restricted by template",
        ),
        (
            |l| l.issuers[0].types.push("11109900MB2A000628022".parse().unwrap()),
            Gravity::Grants,
            "is now permitted",
        ),
        (
            |l| l.issuers[0].certificates[0].until = time("2033-01-01"),
            Gravity::Grants,
            "may now seal from",
        ),
        (
            |l| l.issuers[0].certificates[0].until = time("2031-01-01"),
            Gravity::Restricts,
            "may now seal from",
        ),
        (
            |l| l.issuers[0].certificates[0].history.truncate(1),
            Gravity::Grants,
            "is taken back",
        ),
        (
            |l| l.issuers[1].certificates[0].history[0].from = time("2030-06-16"),
            Gravity::Forbidden,
            "or later",
        ),
        (
            |l| l.issuers[1].certificates[0].history[0].from = time("2030-06-14"),
            Gravity::Restricts,
            "revoked from",
        ),
        (|l| l.delegations[0].number = 2, Gravity::Grants, "signed by"),
        (
            |l| l.delegations[0].depth = 2,
            Gravity::Grants,
            "depth of further",
        ),
        (
            |l| l.delegations[0].templates.clear(),
            Gravity::Grants,
            "templates or depth",
        ),
        (
            |l| l.delegations[0].sequence = 4,
            Gravity::Neutral,
            "at least number 4",
        ),
        (
            |l| l.delegations[0].sequence = 2,
            Gravity::Grants,
            "at least number 2",
        ),
        (
            |l| l.delegations[0].digest = Some([1; 32]),
            Gravity::Neutral,
            "at least number 3",
        ),
        (
            |l| {
                l.delegations[0]
                    .types
                    .push("11109900MB2A000628033".parse().unwrap());
            },
            Gravity::Grants,
            "is now permitted",
        ),
        (
            |l| l.delegations[0].regions = vec!["109903".parse().unwrap()],
            Gravity::Grants,
            "109902 is no longer",
        ),
    ];
    for (change, gravity, says) in changes {
        let (found, text) = told(*change);
        assert_eq!(found, *gravity, "{says}: {text}");
        assert!(text.contains(says), "{says}: {text}");
    }
}

#[test]
fn a_new_body_is_told_with_when_its_certificates_may_seal_and_by_which_templates() {
    let opened = |draft: &ListDraft| open(&draft.sign(&signer("root")).unwrap()).unwrap();
    let mut fewer = draft("list");
    let new = fewer.issuers.remove(0);
    let told = opened(&fewer).differences(&opened(&draft("list")));
    let about: Vec<&str> = told
        .iter()
        .map(|difference| difference.english.as_str())
        .filter(|text| text.starts_with(&format!("{} ({})", new.name, new.code)))
        .collect();
    for certificate in &new.certificates {
        let window = format!("from {} until {}", certificate.from, certificate.until);
        assert!(about.iter().any(|text| text.contains(&window)), "{about:?}");
    }
    assert!(
        about
            .iter()
            .any(|text| text.contains("now restricted by template")),
        "{about:?}"
    );
}

/// What a verifier keeps is read again as it was; what is not its own is refused.
#[test]
fn memory_comes_back_and_nothing_else_passes_for_one() {
    let mut memory = Memory::new(time("2030-06-05"));
    let bytes = draft("list").sign(&signer("root")).unwrap();
    AuthorityList::open(&bytes, &roots(&["root"]), &mut memory, &Limits::DEFAULT).unwrap();
    let kept = memory.to_bytes();
    let resume = |bytes: &[u8]| Memory::resume(bytes, time("2030-06-05"), &Limits::DEFAULT);
    assert_eq!(resume(&kept).unwrap(), memory);
    let shown: Vec<_> = memory.lists().collect();
    assert_eq!((shown[0].sequence, shown[0].revoked), (7, 1));
    assert!(kept.len() < 250, "{} bytes", kept.len());
    for end in 0..kept.len() {
        assert!(resume(&kept[..end]).is_err(), "{end} bytes");
    }
    assert!(resume(&bytes).is_err());
}

/// The list of list.toml with another history, window and scope at random, number `sequence`.
fn random_draft(random: &mut Random, sequence: u64) -> ListDraft {
    let mut list = draft("list");
    list.sequence = sequence;
    list.name = format!("名录{}", random.below(3));
    list.delegations.truncate(random.below(2));
    for issuer in &mut list.issuers {
        let certificate = &mut issuer.certificates[0];
        certificate.history.clear();
        let mut from = certificate.from;
        let mut standing = Standing::InForce;
        for _ in 0..random.below(4) {
            from = from.plus_seconds(1 + i64::try_from(random.below(1_000_000)).unwrap());
            standing = match standing {
                Standing::InForce if random.one_in(2) => Standing::Suspended,
                Standing::Suspended if random.one_in(2) => Standing::InForce,
                _ => Standing::Revoked,
            };
            certificate.history.push(Change {
                from,
                standing,
                reason: Reason::Unspecified,
            });
            if standing == Standing::Revoked {
                break;
            }
        }
    }
    list
}

#[test]
fn what_is_remembered_comes_back_whatever_was_seen() {
    let mut random = Random(8);
    let now = time("2030-06-05");
    let resume = |bytes: &[u8], now: Time| Memory::resume(bytes, now, &Limits::DEFAULT);
    for _ in 0..60 {
        let mut memory = Memory::new(now.plus_seconds(i64::try_from(random.below(300)).unwrap()));
        let sequence = 2 + random.next() % 1000;
        let list = random_draft(&mut random, sequence);
        let signed = list.sign(&signer("root")).unwrap();
        let mut opened =
            AuthorityList::open(&signed, &roots(&["root"]), &mut memory, &Limits::DEFAULT).unwrap();
        if !list.delegations.is_empty() {
            let signed = draft("district").sign(&signer("district")).unwrap();
            opened
                .open_sublist(&signed, &mut memory, &Limits::DEFAULT)
                .unwrap();
        }
        let bytes = memory.to_bytes();
        let again = resume(&bytes, now).unwrap();
        assert_eq!((&again, again.to_bytes()), (&memory, bytes));
        assert_eq!(memory.lists().count(), 1 + list.delegations.len());
        let of_list = |issuer: &yinxin::authority::IssuerDraft| {
            let change = issuer.certificates[0].history.last();
            change.is_some_and(|change| change.standing == Standing::Revoked)
        };
        let revoked = list.issuers.iter().filter(|issuer| of_list(issuer)).count();
        assert_eq!(
            memory.lists().next().map(|seen| (seen.revoked, seen.sequence)),
            Some((revoked, sequence))
        );
        // The same list is always let in again, and the list before it never.
        let mut same = again.clone();
        assert!(AuthorityList::open(&signed, &roots(&["root"]), &mut same, &Limits::DEFAULT).is_ok());
        let mut older = list.clone();
        older.sequence -= 1;
        older.previous = (older.sequence > 1).then_some([1; 32]);
        let older = older.sign(&signer("root")).unwrap();
        let refused = AuthorityList::open(&older, &roots(&["root"]), &mut same, &Limits::DEFAULT);
        assert!(
            matches!(refused, Err(AuthorityError::Attack(Attack::Rollback { .. }))),
            "{refused:?}"
        );
    }
}

/// Nothing differs between a list and itself, and something between two that are not the same.
#[test]
fn two_lists_differ_just_if_they_are_not_the_same() {
    let mut random = Random(9);
    let limits = &Limits::DEFAULT;
    let mut lists = vec![];
    for _ in 0..24 {
        let sequence = 2 + random.next() % 3;
        let bytes = random_draft(&mut random, sequence).sign(&signer("root")).unwrap();
        let mut memory = Memory::new(time("2030-06-05"));
        lists.push(AuthorityList::open(&bytes, &roots(&["root"]), &mut memory, limits).unwrap());
    }
    for one in &lists {
        for other in &lists {
            let found = one.differences(other);
            assert_eq!(found.is_empty(), one.digest() == other.digest());
            assert!(found.is_sorted_by(|a, b| a.gravity >= b.gravity));
        }
    }
}

/// A memory file that somebody wrote into: refused where it is not one that was kept, and never more than it was.
#[test]
fn a_memory_that_was_edited_is_refused_or_says_what_it_says() {
    let mut memory = Memory::new(time("2030-06-05"));
    let limits = &Limits::DEFAULT;
    let mut list = AuthorityList::open(
        &draft("list").sign(&signer("root")).unwrap(),
        &roots(&["root"]),
        &mut memory,
        limits,
    )
    .unwrap();
    list.open_sublist(
        &draft("district").sign(&signer("district")).unwrap(),
        &mut memory,
        limits,
    )
    .unwrap();
    let kept = memory.to_bytes();
    let Value::Tag(tag, body) = Value::decode(&kept, limits).unwrap() else {
        panic!()
    };
    let members = body.as_map().unwrap().to_vec();
    let lists = members[2].1.as_array().unwrap().to_vec();
    let with = |lists: Vec<Value>| {
        let mut members = members.clone();
        members[2].1 = Value::Array(lists);
        let bytes = Value::Tag(tag, Box::new(Value::Map(members))).encode();
        Memory::resume(&bytes, time("2030-06-05"), limits)
    };
    assert_eq!(with(lists.clone()).unwrap(), memory);
    let named = |value: &Value, names: Vec<Value>| {
        let mut members = value.as_map().unwrap().to_vec();
        members[0].1 = Value::Array(names);
        Value::Map(members)
    };
    let backwards: Vec<Value> = lists.iter().rev().cloned().collect();
    let twice = vec![lists[0].clone(), lists[0].clone(), lists[1].clone()];
    let nameless = vec![named(&lists[0], vec![]), lists[1].clone()];
    for (what, lists) in [("backwards", backwards), ("twice", twice), ("nameless", nameless)] {
        let refused = with(lists).unwrap_err().to_string();
        assert!(refused.contains("do not rise by name"), "{what}: {refused}");
    }
    // One that remembers nothing is as on the first day.
    assert_eq!(with(vec![]).unwrap(), Memory::new(time("2030-06-05")));
    // No bit of it makes the library stumble.
    for at in 0..kept.len() * 8 {
        let mut other = kept.clone();
        other[at / 8] ^= 1 << (at % 8);
        if let Ok(memory) = Memory::resume(&other, time("2030-06-05"), limits) {
            let again = Memory::resume(&memory.to_bytes(), time("2030-06-05"), limits);
            assert_eq!(again, Ok(memory));
        }
    }
    let mut small = Limits::DEFAULT;
    small.authority_bytes = kept.len();
    assert!(Memory::resume(&kept, time("2030-06-05"), &small).is_ok());
    small.authority_bytes -= 1;
    let refused = Memory::resume(&kept, time("2030-06-05"), &small);
    assert_eq!(refused, Err(AuthorityError::TooLarge(kept.len() - 1)));
}
