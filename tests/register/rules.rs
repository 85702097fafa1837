//! Identifiers, places on status lists, versions, and who may do what when.

use std::collections::BTreeSet;
use std::thread;

use yinxin::Limits;
use yinxin::record::Identifier;
use yinxin::register::{
    Act, Action, AuditEntry, Chain, Entry, Head, Register, RegisterError, Request, State, export_trail,
    verify_trail,
};

use crate::places::{Place, issuer, type_code, who};

const LIST: &str = "https://zt.binhai.example/s/1";

pub fn first(key: &str) -> Request {
    Request::first(key, &type_code(), &issuer(), 2030).unwrap()
}

pub fn reserve(register: &mut dyn Register, key: &str) -> Entry {
    register.reserve(&first(key), &who()).unwrap()
}

/// Reserved and committed, with a digest of its own.
pub fn issued(register: &mut dyn Register, key: &str) -> Entry {
    let entry = reserve(register, key);
    register.commit(entry.identifier(), &digest(key), &who()).unwrap()
}

fn digest(key: &str) -> [u8; 32] {
    let mut digest = [7; 32];
    digest
        .iter_mut()
        .zip(key.bytes())
        .for_each(|(to, from)| *to = from);
    digest
}

pub fn all(register: &mut dyn Register) -> Vec<Entry> {
    let mut entries = Vec::new();
    loop {
        let after = entries.last().map_or(0, Entry::reserved);
        let page = register.entries(None, after).unwrap();
        if page.is_empty() {
            return entries;
        }
        entries.extend(page);
    }
}

pub fn trail(register: &mut dyn Register) -> Vec<Vec<u8>> {
    let mut trail: Vec<Vec<u8>> = Vec::new();
    loop {
        let page = register.trail(trail.len() as u64).unwrap();
        if page.is_empty() {
            return trail;
        }
        trail.extend(page);
    }
}

pub fn numbers_of_a_series_rise_by_one(place: &dyn Place) {
    let mut register = place.register();
    for number in 1..=12 {
        let entry = reserve(&mut *register, &format!("a{number}"));
        assert_eq!(entry.number(), number);
        assert_eq!(entry.state(), State::Reserved);
        let serial = format!("2030{number:08}");
        assert_eq!(
            entry.identifier(),
            &Identifier::compose(&type_code(), &issuer(), &serial, 1).unwrap()
        );
    }
    // Another year, another type: series of their own.
    let next = Request::first("b", &type_code(), &issuer(), 2031).unwrap();
    assert_eq!(
        register.reserve(&next, &who()).unwrap().identifier().serial(),
        "203100000001"
    );
    let other = "11109900MB2A000628022".parse().unwrap();
    let other = Request::first("c", &other, &issuer(), 2030).unwrap();
    assert_eq!(register.reserve(&other, &who()).unwrap().number(), 1);
    let body = "11109900MB2A100330".parse().unwrap();
    let body = Request::first("d", &type_code(), &body, 2030).unwrap();
    assert_eq!(register.reserve(&body, &who()).unwrap().number(), 1);
    assert_eq!(reserve(&mut *register, "a13").number(), 13);
}

pub fn same_request_is_given_the_same_identifier(place: &dyn Place) {
    let request = first("a").on_list(LIST, 1000).unwrap();
    let reserved = place.register().reserve(&request, &who()).unwrap();
    assert_eq!(place.register().reserve(&request, &who()).unwrap(), reserved);
    let mut register = place.register();
    let issued = register.commit(reserved.identifier(), &[1; 32], &who()).unwrap();
    assert_eq!(issued.state(), State::Issued);
    assert_eq!(issued.digest(), Some(&[1; 32]));
    assert_eq!(issued.status(), reserved.status());
    assert_eq!(register.reserve(&request, &who()).unwrap(), issued);
    assert_eq!(register.entry(reserved.identifier()).unwrap(), Some(issued));
    assert_eq!(trail(&mut *register).len(), 2, "repeating leaves no mark");
}

pub fn key_of_another_request_is_refused(place: &dyn Place) {
    let mut register = place.register();
    let entry = issued(&mut *register, "a");
    let others = [
        Request::first("a", &type_code(), &issuer(), 2031).unwrap(),
        Request::first("a", &"11109900MB2A000628022".parse().unwrap(), &issuer(), 2030).unwrap(),
        Request::replacing("a", entry.identifier()).unwrap(),
        first("a").on_list(LIST, 10).unwrap(),
    ];
    for other in others {
        let error = register.reserve(&other, &who()).unwrap_err();
        assert_eq!(error, RegisterError::Key("a".into()), "{other:?}");
    }
    assert_eq!(trail(&mut *register).len(), 2, "a refusal changes nothing");
}

/// Eight threads, each key asked for by two of them.
pub fn threads_get_no_number_twice(place: &dyn Place) {
    const EACH: usize = 30;
    drop(place.register());
    let registers: Vec<_> = (0..8).map(|_| place.register()).collect();
    let entries: Vec<Entry> = thread::scope(|scope| {
        let work: Vec<_> = registers
            .into_iter()
            .enumerate()
            .map(|(thread, mut register)| {
                scope.spawn(move || {
                    let keys = (0..EACH).map(|key| format!("{} {key}", thread / 2));
                    keys.map(|key| reserve(&mut *register, &key)).collect::<Vec<_>>()
                })
            })
            .collect();
        work.into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let numbers: BTreeSet<u32> = entries.iter().map(Entry::number).collect();
    let keys: BTreeSet<&str> = entries.iter().map(Entry::key).collect();
    assert_eq!(numbers, (1..=4 * EACH as u32).collect());
    assert_eq!(keys.len(), numbers.len());
    assert_eq!(all(&mut *place.register()).len(), numbers.len());
}

pub fn places_on_a_list_are_unique_and_not_in_order(place: &dyn Place) {
    let mut register = place.register();
    let places: Vec<u32> = (0..60)
        .map(|number| {
            let request = first(&number.to_string()).on_list(LIST, 64).unwrap();
            let entry = register.reserve(&request, &who()).unwrap();
            assert_eq!(entry.status().unwrap().uri(), LIST);
            entry.status().unwrap().index()
        })
        .collect();
    let unique: BTreeSet<u32> = places.iter().copied().collect();
    assert_eq!(unique.len(), 60);
    assert!(unique.iter().all(|place| *place < 64));
    // In order by accident once in 60! runs.
    assert!(!places.is_sorted());
    // Another list has its own places.
    let other = first("other")
        .on_list("https://zt.binhai.example/s/2", 1)
        .unwrap();
    assert_eq!(
        register
            .reserve(&other, &who())
            .unwrap()
            .status()
            .unwrap()
            .index(),
        0
    );
}

pub fn full_list_is_refused(place: &dyn Place) {
    let mut register = place.open_odd().unwrap();
    for number in 0..3 {
        let request = first(&number.to_string()).on_list(LIST, 3).unwrap();
        let entry = register.reserve(&request, &who()).unwrap();
        assert_eq!(
            entry.status().unwrap().index(),
            number,
            "drawn from the numbers given"
        );
    }
    // A place given up is not given again: the list may have been seen with it.
    let entry = reserve_on(&mut *register, "1");
    register.void(entry.identifier(), "申请人撤回", &who()).unwrap();
    let error = register
        .reserve(&first("3").on_list(LIST, 3).unwrap(), &who())
        .unwrap_err();
    assert_eq!(error, RegisterError::ListFull { uri: LIST.into() });
    assert_eq!(
        reserve(&mut *register, "4").number(),
        4,
        "the refused request took no number"
    );
}

fn reserve_on(register: &mut dyn Register, key: &str) -> Entry {
    register
        .reserve(&first(key).on_list(LIST, 3).unwrap(), &who())
        .unwrap()
}

pub fn version_is_replaced_by_one_other(place: &dyn Place) {
    let mut register = place.register();
    let old = issued(&mut *register, "a");
    let request = Request::replacing("b", old.identifier()).unwrap();
    let new = register.reserve(&request, &who()).unwrap();
    assert_eq!(new.replaces(), Some(old.identifier()));
    assert_eq!(new.identifier().serial(), old.identifier().serial());
    assert_eq!(new.identifier().version(), "002");
    assert_eq!(register.reserve(&request, &who()).unwrap(), new);

    let second = Request::replacing("c", old.identifier()).unwrap();
    let replaced = RegisterError::Replaced {
        by: new.identifier().clone(),
    };
    assert_eq!(register.reserve(&second, &who()), Err(replaced.clone()));
    register.commit(new.identifier(), &[2; 32], &who()).unwrap();
    assert_eq!(register.reserve(&second, &who()), Err(replaced));

    let third = Request::replacing("d", new.identifier()).unwrap();
    let third = register.reserve(&third, &who()).unwrap();
    assert_eq!(third.identifier().version(), "003");
    assert_eq!(
        issued(&mut *register, "e").number(),
        2,
        "versions take no numbers"
    );
}

pub fn version_given_up_is_replaced_again_under_another(place: &dyn Place) {
    let mut register = place.register();
    let old = issued(&mut *register, "a");
    let request = Request::replacing("b", old.identifier()).unwrap();
    let new = register.reserve(&request, &who()).unwrap();
    register.void(new.identifier(), "材料有误", &who()).unwrap();
    // The same request stays refused; another one is a decision anew, and gets another version.
    assert_eq!(
        register.reserve(&request, &who()),
        Err(RegisterError::Void(new.identifier().clone()))
    );
    let again = Request::replacing("c", old.identifier()).unwrap();
    let again = register.reserve(&again, &who()).unwrap();
    assert_eq!(again.identifier().version(), "003");
    assert_eq!(again.replaces(), Some(old.identifier()));
}

pub fn replacing_takes_a_version_that_was_issued(place: &dyn Place) {
    let mut register = place.register();
    let never = Identifier::compose(&type_code(), &issuer(), "203000000009", 1).unwrap();
    let cases = {
        let reserved = reserve(&mut *register, "a").identifier().clone();
        let void = reserve(&mut *register, "b").identifier().clone();
        register.void(&void, "撤回", &who()).unwrap();
        [
            (never.clone(), RegisterError::Unknown(never)),
            (reserved.clone(), RegisterError::NotIssued(reserved)),
            (void.clone(), RegisterError::Void(void)),
        ]
    };
    for (identifier, error) in cases {
        let request = Request::replacing("c", &identifier).unwrap();
        assert_eq!(register.reserve(&request, &who()), Err(error));
    }
}

pub fn versions_and_numbers_end(place: &dyn Place) {
    let mut register = place.register();
    let entry = issued(&mut *register, "a");
    place.execute("UPDATE register_entry SET version = 999");
    let request = Request::replacing("b", entry.identifier()).unwrap();
    assert_eq!(register.reserve(&request, &who()), Err(RegisterError::Exhausted));
    place.execute("UPDATE register_entry SET number = 99999999");
    assert_eq!(
        register.reserve(&first("c"), &who()),
        Err(RegisterError::Exhausted)
    );
}

pub fn issued_is_never_void(place: &dyn Place) {
    let mut register = place.register();
    let stays = issued(&mut *register, "a");
    let error = register.void(stays.identifier(), "撤回", &who()).unwrap_err();
    assert_eq!(error, RegisterError::Issued(stays.identifier().clone()));

    let gone = reserve(&mut *register, "b");
    let void = register.void(gone.identifier(), "撤回", &who()).unwrap();
    assert_eq!((void.state(), void.digest()), (State::Void, None));
    assert_eq!(register.void(gone.identifier(), "又撤回", &who()).unwrap(), void);
    let error = register.commit(gone.identifier(), &[1; 32], &who()).unwrap_err();
    assert_eq!(error, RegisterError::Void(gone.identifier().clone()));
    assert_eq!(register.reserve(&first("b"), &who()), Err(error));
    assert_eq!(
        reserve(&mut *register, "c").number(),
        3,
        "its number is not given again"
    );
}

pub fn commit_takes_one_file(place: &dyn Place) {
    let mut register = place.register();
    let entry = reserve(&mut *register, "a");
    let issued = register.commit(entry.identifier(), &[1; 32], &who()).unwrap();
    assert_eq!(
        register.commit(entry.identifier(), &[1; 32], &who()).unwrap(),
        issued
    );
    let error = register.commit(entry.identifier(), &[2; 32], &who()).unwrap_err();
    assert_eq!(error, RegisterError::Digest(entry.identifier().clone()));
    let never = Identifier::compose(&type_code(), &issuer(), "203000000009", 1).unwrap();
    let unknown = RegisterError::Unknown(never.clone());
    assert_eq!(register.commit(&never, &[1; 32], &who()), Err(unknown.clone()));
    assert_eq!(register.void(&never, "撤回", &who()), Err(unknown.clone()));
    assert_eq!(
        register.note_set_aside(&never, &[1; 32], "残件", &who()),
        Err(unknown)
    );
    assert_eq!(register.entry(&never).unwrap(), None);
    assert_eq!(trail(&mut *register).len(), 2);
}

pub fn texts_that_do_not_print_are_refused(place: &dyn Place) {
    let mut register = place.register();
    let long = "长".repeat(201);
    for actor in ["", "a\nb", " a", "a\u{202e}b", &long] {
        let by = Act { actor, at: who().at };
        let refused = register.reserve(&first("a"), &by).unwrap_err();
        assert!(
            matches!(refused, RegisterError::Text { member: "actor", .. }),
            "{refused}"
        );
        assert!(Request::first(actor, &type_code(), &issuer(), 2030).is_err());
    }
    let entry = reserve(&mut *register, "a");
    let refused = register.void(entry.identifier(), "", &who()).unwrap_err();
    assert!(
        matches!(refused, RegisterError::Text { member: "reason", .. }),
        "{refused}"
    );
    assert_eq!(
        Request::first("a", &type_code(), &issuer(), 0),
        Err(RegisterError::Year(0))
    );
    assert!(first("a").on_list("http://zt.binhai.example/s/1", 10).is_err());
    assert!(first("a").on_list(LIST, 0).is_err());
    assert_eq!(trail(&mut *register).len(), 1);
}

pub fn whoever_waits_too_long_is_told(place: &dyn Place) {
    let mut register = place.open_odd().unwrap();
    let entry = reserve(&mut *register, "a");
    place.held(&mut || {
        assert_eq!(register.reserve(&first("b"), &who()), Err(RegisterError::Busy));
        assert_eq!(
            register.commit(entry.identifier(), &[1; 32], &who()),
            Err(RegisterError::Busy)
        );
        // Reading does not wait, and neither does a request that has its identifier.
        assert_eq!(register.entry(entry.identifier()).unwrap().as_ref(), Some(&entry));
        assert_eq!(reserve(&mut *register, "a"), entry);
    });
    assert_eq!(
        reserve(&mut *register, "b").number(),
        2,
        "it works again afterwards"
    );
}

pub fn newer_register_is_refused(place: &dyn Place) {
    drop(place.register());
    place.execute("UPDATE register_schema SET version = 2");
    assert_eq!(place.open().err(), Some(RegisterError::Schema { found: 2 }));
    for sql in [
        "UPDATE register_schema SET version = -1",
        "DELETE FROM register_schema",
        "INSERT INTO register_schema VALUES (1), (1)",
    ] {
        place.execute(sql);
        assert!(
            matches!(place.open().err(), Some(RegisterError::Damaged { .. })),
            "{sql}"
        );
    }
}

pub fn trail_says_who_did_what(place: &dyn Place) {
    let mut register = place.register();
    assert_eq!(register.head().unwrap(), Head::NONE);
    let old = issued(&mut *register, "a");
    let request = Request::replacing("b", old.identifier()).unwrap();
    let new = register
        .reserve(&request.on_list(LIST, 1).unwrap(), &who())
        .unwrap();
    register.void(new.identifier(), "材料有误", &who()).unwrap();
    register
        .note_set_aside(new.identifier(), &[9; 32], "残件", &who())
        .unwrap();

    let bytes = trail(&mut *register);
    let mut chain = Chain::new(None);
    let entries: Vec<AuditEntry> = bytes
        .iter()
        .map(|bytes| chain.push(bytes, &Limits::DEFAULT).unwrap())
        .collect();
    let head = register.head().unwrap();
    assert_eq!(chain.finish().unwrap(), head);
    assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
    let actions: Vec<&Action> = entries.iter().map(|entry| &entry.action).collect();
    assert_eq!(
        actions,
        [
            &Action::Reserved {
                key: "a".into(),
                replaces: None,
                status: None
            },
            &Action::Issued { digest: digest("a") },
            &Action::Reserved {
                key: "b".into(),
                replaces: Some(old.identifier().clone()),
                status: new.status().cloned(),
            },
            &Action::Voided {
                reason: "材料有误".into()
            },
            &Action::SetAside {
                digest: [9; 32],
                reason: "残件".into()
            },
        ]
    );
    assert!(
        entries
            .iter()
            .all(|entry| entry.actor == who().actor && entry.at == who().at)
    );
    assert_eq!(&entries[0].identifier, old.identifier());
    assert_eq!(&entries[4].identifier, new.identifier());
    let exported = export_trail(bytes.iter().map(Vec::as_slice));
    assert_eq!(verify_trail(&exported, Some(&head), &Limits::DEFAULT), Ok(head));
}
