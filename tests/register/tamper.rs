//! Whoever writes into the database past the register is found out.

use yinxin::Limits;
use yinxin::register::{
    AuditEntry, AuditError, Fault, Head, RegisterError, Request, Shelf, State, export_trail, verify_trail,
};

use crate::places::{Place, who};
use crate::rules::{all, first, reserve, trail};
use crate::vectors::vectors;

/// Three results and a reissue, with their files. The head at the end.
fn filled(place: &dyn Place) -> (Shelf, Head) {
    let shelf = place.shelf();
    let mut register = place.register();
    let mut issue = |request: &Request| {
        let file = |entry: &yinxin::register::Entry| Ok::<_, String>(entry.key().as_bytes().to_vec());
        shelf.issue(&mut *register, request, &who(), file).unwrap()
    };
    let old = issue(&first("a"));
    issue(&first("b"));
    issue(&first("c"));
    issue(&Request::replacing("d", old.identifier()).unwrap());
    let checked = shelf.check(&mut *register, None).unwrap();
    assert_eq!(checked.faults, []);
    assert_eq!((checked.issued, checked.files), (4, 4));
    (shelf, checked.head.unwrap())
}

fn faults(place: &dyn Place, shelf: &Shelf, anchor: Option<&Head>) -> Vec<Fault> {
    shelf.check(&mut *place.register(), anchor).unwrap().faults
}

fn set(place: &dyn Place, sequence: u64, bytes: &[u8]) {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    place.execute(&format!(
        "UPDATE register_trail SET bytes = X'{hex}' WHERE sequence = {sequence}"
    ));
}

pub fn changed_entry_of_the_trail_is_found(place: &dyn Place) {
    let (shelf, head) = filled(place);
    let bytes = trail(&mut *place.register());
    let mut entry = AuditEntry::from_bytes(&bytes[2], &Limits::DEFAULT).unwrap();
    entry.actor = "窗口 04".into();
    set(place, 3, &entry.to_bytes());
    let found = faults(place, &shelf, None);
    assert_eq!(found, [Fault::Trail(AuditError::Previous { sequence: 4 })]);
    // Any single bit of any entry.
    let kept = export_trail(bytes.iter().map(Vec::as_slice));
    for at in 0..kept.len() {
        let mut other = kept.clone();
        other[at] ^= 1 << (at % 8);
        assert!(
            verify_trail(&other, Some(&head), &Limits::DEFAULT).is_err(),
            "byte {at}"
        );
    }
}

pub fn removed_and_reordered_entries_are_found(place: &dyn Place) {
    let (shelf, _) = filled(place);
    let bytes = trail(&mut *place.register());
    set(place, 3, &bytes[3]);
    set(place, 4, &bytes[2]);
    let moved = Fault::Trail(AuditError::Sequence {
        expected: 3,
        found: 4,
    });
    assert_eq!(faults(place, &shelf, None), std::slice::from_ref(&moved));
    set(place, 3, &bytes[2]);
    set(place, 4, &bytes[3]);
    assert_eq!(faults(place, &shelf, None), []);
    place.execute("DELETE FROM register_trail WHERE sequence = 3");
    assert_eq!(faults(place, &shelf, None), [moved]);
    // And nothing is chained to an end that is in the wrong place.
    set(place, 8, &bytes[6]);
    let refused = place.register().reserve(&first("x"), &who()).unwrap_err();
    assert!(matches!(refused, RegisterError::Damaged { .. }), "{refused}");
}

pub fn cut_trail_is_found(place: &dyn Place) {
    let (shelf, head) = filled(place);
    place.execute("DELETE FROM register_trail WHERE sequence > 6");
    let short = Fault::Trail(AuditError::Short {
        entries: 6,
        anchor: 8,
    });
    // The register itself says more than the trail.
    assert_eq!(faults(place, &shelf, None), [Fault::Unsaid]);
    assert_eq!(faults(place, &shelf, Some(&head)), std::slice::from_ref(&short));
    // Cut in both, and the file taken away: the anchor alone knows.
    let last = all(&mut *place.register()).pop().unwrap();
    std::fs::remove_file(shelf.path(last.identifier())).unwrap();
    place.execute("DELETE FROM register_entry WHERE reserved > 6");
    assert_eq!(faults(place, &shelf, None), []);
    assert_eq!(faults(place, &shelf, Some(&head)), [short]);
}

pub fn trail_written_anew_is_found_by_the_anchor(place: &dyn Place) {
    let (shelf, head) = filled(place);
    let mut previous = Head::NONE.hash;
    let mut written = Vec::new();
    for (at, bytes) in trail(&mut *place.register()).iter().enumerate() {
        let mut entry = AuditEntry::from_bytes(bytes, &Limits::DEFAULT).unwrap();
        entry.actor = "窗口 04".into();
        entry.previous = previous;
        let bytes = entry.to_bytes();
        set(place, at as u64 + 1, &bytes);
        written.push(bytes);
        let exported = export_trail(written.iter().map(Vec::as_slice));
        previous = verify_trail(&exported, None, &Limits::DEFAULT).unwrap().hash;
    }
    assert_eq!(
        faults(place, &shelf, None),
        [],
        "it is a good trail, of other deeds"
    );
    let anew = Fault::Trail(AuditError::Anchor { sequence: 8 });
    assert_eq!(faults(place, &shelf, Some(&head)), [anew]);
}

pub fn changed_register_is_found(place: &dyn Place) {
    let (shelf, _) = filled(place);
    let entries = all(&mut *place.register());
    let b = entries[1].identifier().clone();
    let kept = format!(
        "UPDATE register_entry SET key = 'b', list = NULL, place = NULL, closed = 4 WHERE identifier = '{b}'"
    );
    for change in [
        "key = 'z'",
        "list = 'https://zt.binhai.example/s/1', place = 1",
        "closed = 100",
    ] {
        place.execute(&format!(
            "UPDATE register_entry SET {change} WHERE identifier = '{b}'"
        ));
        let found = faults(place, &shelf, None);
        assert!(
            found.contains(&Fault::Disagrees(b.clone())),
            "{change}: {found:?}"
        );
        place.execute(&kept);
        assert_eq!(faults(place, &shelf, None), []);
    }
    // An issued result made void, to hide it: its file has no entry any more.
    place.execute(&format!(
        "UPDATE register_entry SET state = 2, digest = NULL WHERE identifier = '{b}'"
    ));
    let found = faults(place, &shelf, None);
    assert!(found.contains(&Fault::Disagrees(b.clone())), "{found:?}");
    assert!(found.contains(&Fault::Orphan(shelf.path(&b))), "{found:?}");
}

pub fn removed_number_is_a_gap(place: &dyn Place) {
    let (shelf, _) = filled(place);
    let b = all(&mut *place.register())[1].identifier().clone();
    place.execute(&format!("DELETE FROM register_entry WHERE identifier = '{b}'"));
    let found = faults(place, &shelf, None);
    let c = all(&mut *place.register())[1].identifier().clone();
    assert!(found.contains(&Fault::Gap { after: 1, before: c }), "{found:?}");
    assert!(found.contains(&Fault::Orphan(shelf.path(&b))), "{found:?}");
    assert!(found.contains(&Fault::Disagrees(b)), "{found:?}");
}

/// Whatever stands in a cell: an error that says so, from every call that comes by it.
pub fn garbled_cells_are_errors(place: &dyn Place) {
    let (shelf, _) = filled(place);
    let mut register = place.register();
    let b = all(&mut *register)[1].identifier().clone();
    place.execute("CREATE TABLE kept_entry AS SELECT * FROM register_entry");
    place.execute("CREATE TABLE kept_trail AS SELECT * FROM register_trail");
    for change in [
        "identifier = 'x'",
        "identifier = ''",
        "key = ''",
        "key = '\u{202e}'",
        "replaces = 'x'",
        "list = 'x', place = 1",
        "list = 'https://zt.binhai.example/s/1'",
        "place = 4294967296, list = 'https://zt.binhai.example/s/1'",
        "place = -1, list = 'https://zt.binhai.example/s/1'",
        "state = 3",
        "state = 0",
        "state = -9223372036854775808",
        "digest = X'00'",
        "digest = NULL",
        "closed = NULL",
        "closed = -1",
        "identifier = '1.2.156.3005.2.11109900MB2A000628021.11109900MB2A10113K.2030052012745.001.X'",
    ] {
        place.execute(&format!(
            "UPDATE register_entry SET {change} WHERE identifier = '{b}'"
        ));
        let read = register.entries(None, 0);
        assert!(
            matches!(read, Err(RegisterError::Damaged { .. })),
            "{change}: {read:?}"
        );
        assert!(shelf.check(&mut *register, None).is_err(), "{change}");
        // These may answer or not, but they return.
        let _ = (register.entry(&b), register.entries(Some(State::Reserved), 0));
        let _ = (
            shelf.recover(&mut *register, &who()),
            register.reserve(&first("b"), &who()),
        );
        place.execute("DELETE FROM register_entry; INSERT INTO register_entry SELECT * FROM kept_entry");
        place.execute("DELETE FROM register_trail; INSERT INTO register_trail SELECT * FROM kept_trail");
    }
    for bytes in [
        "",
        "00",
        "a0",
        "ff",
        "bf",
        "a10001",
        "9b7fffffffffffffff",
        "5b7fffffffffffffff",
    ] {
        place.execute(&format!(
            "UPDATE register_trail SET bytes = X'{bytes}' WHERE sequence = 8"
        ));
        let refused = register.reserve(&first("x"), &who()).unwrap_err();
        assert!(matches!(refused, RegisterError::Trail(_)), "{bytes}: {refused}");
        assert!(register.head().is_err());
        let found = faults(place, &shelf, None);
        assert!(
            matches!(found.as_slice(), [Fault::Trail(_)]),
            "{bytes}: {found:?}"
        );
    }
    place.execute(&format!(
        "UPDATE register_entry SET year = -1, number = -5, version = 70000 WHERE identifier = '{b}'"
    ));
    place.execute("DELETE FROM register_trail; INSERT INTO register_trail SELECT * FROM kept_trail");
    let _ = reserve(&mut *register, "x");
    let refused = register
        .reserve(&Request::replacing("y", &b).unwrap(), &who())
        .unwrap_err();
    assert!(!refused.to_string().is_empty());
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    sql: Option<String>,
    file: Option<String>,
    #[serde(default)]
    anchor: bool,
    #[serde(default)]
    refused: bool,
    #[serde(default)]
    found: Vec<String>,
}

/// `test-vectors/register/tampered.toml`. Each vector has a register of its own within `place`'s database: what the one before did to it
/// is taken back.
pub fn what_is_done_past_the_register_is_found(place: &dyn Place) {
    let (shelf, head) = filled(place);
    let named: Vec<(String, std::path::PathBuf)> = all(&mut *place.register())
        .iter()
        .map(|entry| (entry.identifier().to_string(), shelf.path(entry.identifier())))
        .collect();
    let of = |name: &str| {
        &named[["a", "b", "c", "d"]
            .iter()
            .position(|known| *known == name)
            .unwrap()]
    };
    let contents: Vec<Vec<u8>> = named
        .iter()
        .map(|(_, path)| std::fs::read(path).unwrap())
        .collect();
    place.execute("CREATE TABLE kept_entry AS SELECT * FROM register_entry");
    place.execute("CREATE TABLE kept_trail AS SELECT * FROM register_trail");
    let mut wrong = vec![];
    for (name, vector) in vectors::<Vector>("register/tampered", 20) {
        if let Some(sql) = &vector.sql {
            let sql = ["a", "b", "c", "d"].iter().fold(sql.clone(), |sql, key| {
                sql.replace(&format!("{{{key}}}"), &of(key).0)
            });
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| place.execute(&sql)));
            assert_eq!(done.is_err(), vector.refused, "{name}");
        }
        let stray = vector.file.as_deref().and_then(|file| {
            let (key, what) = file.split_once(' ').unwrap();
            let path = &of(key).1;
            match what {
                "remove" => std::fs::remove_file(path).unwrap(),
                "alter" => std::fs::write(path, b"other").unwrap(),
                _ => {
                    let stray = path.with_file_name("notes.txt");
                    std::fs::write(&stray, b"?").unwrap();
                    return Some(stray);
                }
            }
            None
        });
        let anchor = vector.anchor.then_some(&head);
        let mut kinds: Vec<String> = faults(place, &shelf, anchor)
            .iter()
            .map(|fault| {
                let said = format!("{fault:?}");
                said.split(|character: char| !character.is_alphabetic())
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        kinds.sort();
        kinds.dedup();
        if kinds != vector.found {
            wrong.push(format!("{name}: {kinds:?}"));
        }
        place.execute("DELETE FROM register_entry; INSERT INTO register_entry SELECT * FROM kept_entry");
        place.execute("DELETE FROM register_trail; INSERT INTO register_trail SELECT * FROM kept_trail");
        for ((_, path), bytes) in named.iter().zip(&contents) {
            std::fs::write(path, bytes).unwrap();
        }
        if let Some(stray) = stray {
            std::fs::remove_file(stray).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
