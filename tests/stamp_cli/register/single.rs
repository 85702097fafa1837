//! `stamp issue --register` and `stamp register`.

use std::path::Path;

use super::office::*;
use crate::issuing::with;
use crate::{data, json_lines, shown, stamp, status, text};

#[test]
fn register_gives_identifier_number_and_place_once() {
    let office = Office::new("register-issue");
    let source = record(&office.dir, "r.json", |_| ());
    let code = office.dir.join("code.png");
    let ask = [&["--request", "A-1", "--code", shown(&code)][..], &LIST].concat();
    let first = office.issue(&source, &ask);
    assert_eq!(status(&first), 0, "{}", text(&first.stderr));
    assert!(
        text(&first.stdout).contains(" issued 已签发: "),
        "{}",
        text(&first.stdout)
    );
    assert!(code.is_file());
    let files = office.files();
    assert_eq!(files.len(), 1);
    let bytes = std::fs::read(&files[0]).expect("file");
    let again = office.issue(&source, &ask);
    assert_eq!(status(&again), 0);
    assert!(
        text(&again.stdout).contains("was issued before"),
        "{}",
        text(&again.stdout)
    );
    assert_eq!(
        (office.files(), std::fs::read(&files[0]).expect("file")),
        (files.clone(), bytes)
    );
    let entries = office.entries();
    assert_eq!(
        (entries.len(), &entries[0]["state"], &entries[0]["number"]),
        (1, &"issued".into(), &1.into())
    );

    // What the file says is what the register gave.
    let root = office.keys.join("root.pem");
    let seen = stamp(&[
        "verify",
        shown(&files[0]),
        "--trust",
        shown(&root),
        "--at",
        "2030-06-03",
        "--json",
    ]);
    let line = &json_lines(&seen)[0];
    assert_eq!(line["findings"][0]["code"], "status.not-given", "{line}");
    let wanted = format!("entry {} of {}", entries[0]["status_index"], LIST[1]);
    assert!(
        line["findings"][0]["evidence"].to_string().contains(&wanted),
        "{line}"
    );
    let list = office.status_list();
    let seen = stamp(&[
        "verify",
        shown(&files[0]),
        "--trust",
        shown(&root),
        "--trust",
        shown(&list),
        "--at",
        "2030-06-03",
        "--json",
    ]);
    let line = &json_lines(&seen)[0];
    assert_eq!(status(&seen), 0, "{line}");
    assert_eq!(line["record"]["number"], "滨就登〔2030〕0000001号");
    assert_eq!(line["record"]["identifier"], entries[0]["identifier"]);
    office.check();
}

#[test]
fn reissue_replaces_the_version_that_stands() {
    let office = Office::new("register-reissue");
    let source = record(&office.dir, "r.json", |_| ());
    let ask = |key, more: &[&str]| office.issue(&source, &[&["--request", key][..], &LIST, more].concat());
    assert_eq!(status(&ask("A-1", &[])), 0);
    let entries = office.entries();
    let (old, place) = (
        entries[0]["identifier"].as_str().expect("identifier"),
        &entries[0]["status_index"],
    );
    let made = ask("A-2", &["--replaces", old]);
    let said = text(&made.stdout);
    assert_eq!(status(&made), 0, "{said}{}", text(&made.stderr));
    assert!(
        said.contains(&format!("stamp status set --entry {place}=replaced@002")),
        "{said}"
    );
    let forked = ask("A-3", &["--replaces", old]);
    assert_eq!(status(&forked), 1);
    assert!(
        text(&forked.stderr).contains("replaces that version already"),
        "{}",
        text(&forked.stderr)
    );
    let show = text(&stamp(&["register", "show", shown(&office.register), old]).stdout);
    let stands = show.find("the version that stands").expect("one stands");
    assert!(show.find(".002.").is_some_and(|second| second < stands), "{show}");
    assert!(
        show.contains("窗口 03 version 第 002 版: issued 签发, SHA-256 "),
        "{show}"
    );
    let files = office.files();
    let (root, trust) = (office.keys.join("root.pem"), "--trust");
    let list = office.status_list();
    let both = stamp(&[
        "verify",
        shown(&files[0]),
        shown(&files[1]),
        trust,
        shown(&root),
        trust,
        shown(&list),
        "--at",
        "2030-06-03",
    ]);
    assert_eq!(status(&both), 1);
    assert!(
        text(&both.stdout).contains("versions of one result"),
        "{}",
        text(&both.stdout)
    );
    office.check();
}

#[test]
fn record_agrees_with_the_register_or_is_refused_before_anything_is_reserved() {
    let office = Office::new("register-agree");
    let refused = |source: &Path, more: &[&str], wanted: &str| {
        let made = office.issue(source, more);
        let said = text(&made.stderr);
        assert_eq!(status(&made), 1, "{said}");
        assert!(said.contains(wanted), "{wanted} in {said}");
        assert_eq!(office.entries().len(), 0, "{wanted}: nothing is reserved");
    };
    let ask = ["--request", "A-1"];
    refused(
        &data("records/employment.json"),
        &ask,
        "is not the one that the register gave to request A-1; leave it out",
    );
    let left = record(&office.dir, "left.json", |_| ());
    refused(&left, &[], "request: missing; give the number of the application");
    refused(&left, &["--request", "A\u{202e}"], "request: ");
    let strange = record(&office.dir, "strange.json", |record| {
        record["number"] = "{serial}".into();
    });
    refused(
        &strange,
        &ask,
        "{serial} is not known; the register gives {year}, {number}",
    );
    let glyph = record(&office.dir, "glyph.json", |record| {
        record["fields"][5]["value"] = "龘".into();
    });
    refused(&glyph, &ask, "龘");
    let own = record(&office.dir, "own.json", |record| record["request"] = "A-2".into());
    refused(
        &own,
        &ask,
        "the record says A-2, and --request A-1; leave out one of them",
    );
    let twice = office.dir.join("twice.json");
    std::fs::write(&twice, "{\"request\": \"1\", \"request\": \"2\"}").expect("record");
    refused(&twice, &ask, "request is given twice");
    refused(
        &left,
        &["--request", "A-1", "--replaces", "1.2.156"],
        "copy the identifier from the old result",
    );

    // What the register gave may be written into the record afterwards; other content may not.
    assert_eq!(status(&office.issue(&left, &ask)), 0);
    let given = office.entries()[0]["identifier"].clone();
    let same = record(&office.dir, "same.json", |record| record["identifier"] = given);
    assert_eq!(status(&office.issue(&same, &ask)), 0);
    let other = record(&office.dir, "other.json", |record| {
        record["holder"]["name"] = "赵二帆".into();
    });
    let made = office.issue(&other, &ask);
    assert_eq!(status(&made), 1);
    assert!(
        text(&made.stderr).contains("with other content, which stays"),
        "{}",
        text(&made.stderr)
    );
    office.check();
}

#[test]
fn identifier_that_waits_is_given_up_on_record() {
    let office = Office::new("register-void");
    let left = record(&office.dir, "left.json", |_| ());
    assert_eq!(status(&office.issue(&left, &["--request", "A-1"])), 0);
    let issued = office.entries()[0]["identifier"]
        .as_str()
        .expect("identifier")
        .to_owned();
    let void = |identifier: &str| {
        let void = ["register", "void", shown(&office.register), identifier];
        stamp(
            &[
                &void[..],
                &["--reason", "申请人撤回", "--actor", "窗口 03", "--at", AT],
            ]
            .concat(),
        )
    };
    let said = text(&void(&issued).stderr);
    assert!(said.contains("is issued and cannot be voided"), "{said}");
    // The picture of the code cannot be written, so the file is not made: its identifier waits.
    let code = office.dir.join("left.json/code.png");
    let failed = office.issue(&left, &["--request", "A-2", "--code", shown(&code)]);
    assert_eq!(status(&failed), 1);
    let said = text(&failed.stderr);
    assert!(
        said.contains("code.png") && said.contains("its identifier stays reserved"),
        "{said}"
    );
    let recover = [
        "register",
        "recover",
        shown(&office.register),
        "--shelf",
        shown(&office.shelf),
        "--actor",
        "夜班",
    ];
    let recovered = stamp(&recover);
    assert_eq!(status(&recovered), 1);
    let said = text(&recovered.stdout);
    assert!(said.contains("repeat request A-2"), "{said}");
    let waiting = office.entries()[1]["identifier"]
        .as_str()
        .expect("identifier")
        .to_owned();
    assert_eq!(status(&void(&waiting)), 0);
    let said = text(&office.issue(&left, &["--request", "A-2"]).stderr);
    assert!(said.contains("was given up; make a new request"), "{said}");
    assert_eq!(status(&stamp(&recover)), 0);
    let trail = office.dir.join("trail");
    let written = stamp(&[
        "register",
        "trail",
        shown(&office.register),
        "--out",
        shown(&trail),
    ]);
    assert_eq!(status(&written), 0);
    let trail = std::fs::read(&trail).expect("trail");
    yinxin::register::verify_trail(&trail, None, &yinxin::limits::Limits::DEFAULT).expect("a whole trail");
    office.check();
}

#[test]
fn register_that_is_not_there_is_never_begun_by_mistake() {
    let office = Office::new("register-missing");
    let left = record(&office.dir, "left.json", |_| ());
    let missing = office.dir.join("regsiter.sqlite");
    let issue = |register: &str| {
        let over = [
            "--register",
            register,
            "--shelf",
            shown(&office.shelf),
            "--actor",
            "a",
            "--request",
            "A-1",
        ];
        let issue = ["issue", "--record", shown(&left), "--template", "employment"];
        let output = with(&office.options, &[&issue[..], &over].concat());
        assert_eq!(status(&output), 3);
        text(&output.stderr)
    };
    let said = issue(shown(&missing));
    assert!(
        said.contains("no such register") && said.contains("stamp register new"),
        "{said}"
    );
    assert!(!missing.exists());
    let said = issue(shown(&left));
    assert!(
        said.contains("left.json: is neither an SQLite file nor one that holds"),
        "{said}"
    );
    let said = issue("postgres://u:secret@localhost/register");
    assert!(
        said.contains("write the address into a file for you alone") && !said.contains("secret"),
        "{said}"
    );
    let twice = stamp(&["register", "new", shown(&office.register)]);
    assert_eq!(status(&twice), 3);
    assert!(text(&twice.stderr).contains("exists already and is not overwritten"));
}

/// The address stands in a file, because everybody can see arguments.
#[cfg(feature = "register-postgres")]
#[test]
fn postgres_address_that_nobody_answers_is_named_by_its_file() {
    let office = Office::new("register-postgres");
    let address = office.dir.join("register.url");
    std::fs::write(&address, "postgres://u:secret@127.0.0.1:1/register\n").expect("address");
    for command in ["list", "new"] {
        let output = stamp(&["register", command, shown(&address)]);
        let said = text(&output.stderr);
        assert_eq!(status(&output), 3, "{said}");
        assert!(
            said.contains("register.url") && !said.contains("secret"),
            "{said}"
        );
    }
}

#[test]
fn end_of_the_trail_is_not_written_over_the_register() {
    let office = Office::new("register-head");
    let before = std::fs::read(&office.register).expect("register");
    std::fs::create_dir_all(&office.shelf).expect("shelf");
    let (register, shelf) = (shown(&office.register), shown(&office.shelf));
    let checked = stamp(&[
        "register", "check", register, "--shelf", shelf, "--head", register,
    ]);
    assert_ne!(status(&checked), 0);
    let said = text(&checked.stderr);
    assert!(said.contains("is an input and is not overwritten"), "{said}");
    assert!(std::fs::read(&office.register).expect("register") == before);
}
