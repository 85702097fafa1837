//! Files and entries are paired after whatever stopped the one who made them.

use std::convert::Infallible;
use std::fs;
use std::path::Path;

use yinxin::Limits;
use yinxin::register::{
    Action, AuditEntry, Entry, Fault, IssueError, Register, RegisterError, Shelf, ShelfError, State,
};

use crate::places::{Place, who};
use crate::rules::{first, reserve, trail};

#[expect(clippy::unnecessary_wraps, reason = "as `issue` calls it")]
fn file(entry: &Entry) -> Result<Vec<u8>, Infallible> {
    Ok(format!("{} {}", entry.identifier(), entry.key()).into_bytes())
}

/// What stands in a file that nobody was stopped at.
fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn sound(shelf: &Shelf, register: &mut dyn Register) -> bool {
    let checked = shelf.check(register, None).unwrap();
    assert_eq!(checked.faults, []);
    checked.issued == checked.files
}

pub fn file_that_cannot_be_made_keeps_its_identifier(place: &dyn Place) {
    let (shelf, mut register) = (place.shelf(), place.register());
    let failed = shelf.issue(&mut *register, &first("a"), &who(), |_| Err("no ink"));
    let Err(IssueError::Make {
        identifier,
        error: "no ink",
    }) = failed
    else {
        panic!("{failed:?}")
    };
    reserve(&mut *register, "b");
    let waiting = shelf.recover(&mut *register, &who()).unwrap().waiting;
    let keys: Vec<&str> = waiting.iter().map(Entry::key).collect();
    assert_eq!(keys, ["a", "b"]);
    let entry = shelf.issue(&mut *register, &first("a"), &who(), file).unwrap();
    assert_eq!(entry.identifier(), &identifier);
    let made = file(&entry).unwrap();
    assert_eq!(shelf.read(&entry).unwrap(), made);
    // Issued is issued: nothing is made again.
    let again = shelf.issue(
        &mut *register,
        &first("a"),
        &who(),
        |_| -> Result<_, Infallible> { unreachable!() },
    );
    assert_eq!(again.unwrap(), entry);
    // What is read is what was issued, or nothing.
    put(&shelf.path(&identifier), b"another");
    let read = shelf.read(&entry);
    assert!(
        matches!(&read, Err(ShelfError::Another(which)) if *which == identifier),
        "{read:?}"
    );
    fs::remove_file(shelf.path(&identifier)).unwrap();
    let read = shelf.read(&entry);
    assert!(
        matches!(&read, Err(ShelfError::Missing(which)) if *which == identifier),
        "{read:?}"
    );
    put(&shelf.path(&identifier), &made);
    assert!(sound(&shelf, &mut *register));
}

/// Stopped between placing the file and committing it.
pub fn placed_file_is_committed(place: &dyn Place) {
    let (shelf, mut register) = (place.shelf(), place.register());
    let entry = reserve(&mut *register, "a");
    put(&shelf.path(entry.identifier()), b"whole");
    let faults = shelf.check(&mut *register, None).unwrap().faults;
    assert_eq!(faults, [Fault::Orphan(shelf.path(entry.identifier()))]);
    let found = shelf.recover(&mut *register, &who()).unwrap();
    assert_eq!(found.completed, [entry.identifier().clone()]);
    assert!(found.waiting.is_empty() && found.set_aside.is_empty());
    assert!(sound(&shelf, &mut *register));
    assert_eq!(shelf.recover(&mut *register, &who()).unwrap(), Default::default());

    // The one who repeats the request before anybody recovers finds the file too.
    let entry = reserve(&mut *register, "b");
    put(&shelf.path(entry.identifier()), b"whole too");
    let made = |_: &Entry| -> Result<_, Infallible> { unreachable!() };
    let entry = shelf.issue(&mut *register, &first("b"), &who(), made).unwrap();
    assert_eq!(entry.state(), State::Issued);
    assert!(sound(&shelf, &mut *register));
}

/// Stopped while writing, and after placing but before clearing up.
pub fn unfinished_file_is_set_aside_on_record(place: &dyn Place) {
    let (shelf, mut register) = (place.shelf(), place.register());
    let entry = reserve(&mut *register, "a");
    let work = place.folder().join("shelf/work");
    let unfinished = work.join(format!("{}.0.tmp", entry.identifier()));
    fs::write(&unfinished, b"ha").unwrap();
    let strange = work.join("notes.txt");
    fs::write(&strange, b"?").unwrap();
    let found = shelf.recover(&mut *register, &who()).unwrap();
    assert_eq!(found.foreign, std::slice::from_ref(&strange));
    assert_eq!(
        fs::read(&strange).unwrap(),
        b"?",
        "what is not ours is left alone"
    );
    let [moved] = found.set_aside.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(fs::read(moved).unwrap(), b"ha");
    assert!(!unfinished.exists());
    let last = trail(&mut *register).pop().unwrap();
    let last = AuditEntry::from_bytes(&last, &Limits::DEFAULT).unwrap();
    assert!(matches!(last.action, Action::SetAside { .. }), "{last:?}");

    let entry = shelf.issue(&mut *register, &first("a"), &who(), file).unwrap();
    fs::hard_link(shelf.path(entry.identifier()), &unfinished).unwrap();
    let found = shelf.recover(&mut *register, &who()).unwrap();
    assert!(
        found.set_aside.is_empty(),
        "the same file under a second name: {found:?}"
    );
    assert!(!unfinished.exists());
    assert!(sound(&shelf, &mut *register));
}

pub fn file_being_written_is_left_alone(place: &dyn Place) {
    let (shelf, mut register) = (place.shelf(), place.register());
    let entry = reserve(&mut *register, "a");
    let path = place
        .folder()
        .join(format!("shelf/work/{}.0.tmp", entry.identifier()));
    let writing = fs::File::create(&path).unwrap();
    writing.lock().unwrap();
    let found = shelf.recover(&mut *register, &who()).unwrap();
    assert!(found.set_aside.is_empty() && path.exists());
    drop(writing);
    let found = shelf.recover(&mut *register, &who()).unwrap();
    assert_eq!(found.set_aside.len(), 1);
}

pub fn file_of_a_void_identifier_is_set_aside(place: &dyn Place) {
    let (shelf, mut register) = (place.shelf(), place.register());
    // Given up while the file is made.
    let mut clerk = place.register();
    let failed = shelf.issue(&mut *register, &first("a"), &who(), |entry| {
        clerk.void(entry.identifier(), "申请人撤回", &who()).unwrap();
        file(entry)
    });
    let Err(IssueError::Shelf(ShelfError::Register(RegisterError::Void(void)))) = failed else {
        panic!("{failed:?}")
    };
    let aside = place.folder().join(format!("shelf/set-aside/{void}.0.pdf"));
    assert!(!shelf.path(&void).exists() && aside.exists());

    // The same, and stopped before it could be set aside.
    put(&shelf.path(&void), b"late");
    let found = shelf.recover(&mut *register, &who()).unwrap();
    assert_eq!(
        found.set_aside,
        [place.folder().join(format!("shelf/set-aside/{void}.1.pdf"))]
    );
    assert_eq!(fs::read(&found.set_aside[0]).unwrap(), b"late");
    assert!(sound(&shelf, &mut *register));
}

/// Two make the file of one request at the same time.
pub fn first_file_in_its_place_stays(place: &dyn Place) {
    let (shelf, mut register) = (place.shelf(), place.register());
    let mut other = place.register();
    let second = shelf
        .issue(&mut *register, &first("a"), &who(), |_| {
            let made = shelf.issue(&mut *other, &first("a"), &who(), |_| {
                Ok::<_, Infallible>(b"first".to_vec())
            });
            made.map(|_| b"second".to_vec())
        })
        .unwrap();
    assert_eq!(fs::read(shelf.path(second.identifier())).unwrap(), b"first");
    assert!(sound(&shelf, &mut *register));
    let found = shelf.recover(&mut *register, &who()).unwrap();
    assert_eq!(fs::read(&found.set_aside[0]).unwrap(), b"second");
    assert!(sound(&shelf, &mut *register));
}

pub fn lost_altered_and_strange_files_are_found(place: &dyn Place) {
    let (shelf, mut register) = (place.shelf(), place.register());
    let mut paths = Vec::new();
    let mut identifiers = Vec::new();
    for key in ["a", "b", "c"] {
        let entry = shelf.issue(&mut *register, &first(key), &who(), file).unwrap();
        paths.push(shelf.path(entry.identifier()));
        identifiers.push(entry.identifier().clone());
    }
    fs::remove_file(&paths[0]).unwrap();
    fs::write(&paths[1], b"other").unwrap();
    let strange = paths[2].with_file_name("notes.txt");
    fs::write(&strange, b"?").unwrap();
    // The right name in the wrong folder.
    let elsewhere = place
        .folder()
        .join("shelf/results")
        .join(paths[2].file_name().unwrap());
    fs::copy(&paths[2], &elsewhere).unwrap();
    let faults = shelf.check(&mut *register, None).unwrap().faults;
    assert_eq!(faults.len(), 4, "{faults:?}");
    for fault in [
        Fault::Missing(identifiers[0].clone()),
        Fault::Altered(identifiers[1].clone()),
        Fault::Orphan(strange),
        Fault::Orphan(elsewhere),
    ] {
        assert!(faults.contains(&fault), "{faults:?}");
    }
    let again = shelf
        .issue(&mut *register, &first("a"), &who(), file)
        .unwrap_err();
    assert!(
        matches!(again, IssueError::Shelf(ShelfError::Missing(_))),
        "{again}"
    );
    let again = shelf
        .issue(&mut *register, &first("b"), &who(), file)
        .unwrap_err();
    assert!(
        matches!(
            again,
            IssueError::Shelf(ShelfError::Register(RegisterError::Digest(_)))
        ),
        "{again}"
    );
}
