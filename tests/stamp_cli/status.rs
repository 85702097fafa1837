//! `stamp status`: what a department says of its results, and what a verifier makes of it.

use std::path::{Path, PathBuf};

use super::issuing::{keys, with};
use super::{data, folder, json_lines, shown, stamp, status, text};

const URI: &str = "https://zt.binhai.example/s/7";
const AT: &str = "2030-06-05T00:00:00Z";

/// A department, a result at place 17 of its list, and the list.
struct Office {
    keys: PathBuf,
    options: Vec<String>,
    dir: PathBuf,
}

impl Office {
    fn new(name: &str) -> Self {
        let (keys, options) = keys(&format!("{name}-keys"), &[]);
        let dir = folder(name);
        let record = data("records/employment.json");
        let issue = [
            "issue",
            "--record",
            shown(&record),
            "--template",
            "employment",
            "--at",
            "2030-06-02",
        ];
        let on_list = ["--status-list", URI, "--status-index", "17", "--out"];
        let made = with(
            &options,
            &[&issue[..], &on_list, &[shown(&dir.join("result.pdf"))]].concat(),
        );
        assert_eq!(status(&made), 0, "{}", text(&made.stderr));
        let office = Self { keys, options, dir };
        let new = ["new", "--uri", URI, "--size", "1000", "--at", "2030-06-02"];
        assert_eq!(status(&office.status("list-0", &new)), 0);
        office
    }

    /// `stamp status MORE` with the department's key, into a file of that name.
    fn status(&self, out: &str, more: &[&str]) -> std::process::Output {
        let out = self.dir.join(out);
        // Without the impression: --key and --chain.
        with(
            &self.options[2..],
            &[&["status"], more, &["--out", shown(&out)]].concat(),
        )
    }

    fn set(&self, out: &str, entry: &str, more: &[&str]) -> PathBuf {
        let list = self.dir.join("list-0");
        let set = ["set", shown(&list), "--entry", entry, "--at", "2030-06-03"];
        let made = self.status(out, &[&set[..], more].concat());
        assert_eq!(status(&made), 0, "{}", text(&made.stderr));
        self.dir.join(out)
    }

    fn verify(&self, list: Option<&Path>, at: &str, more: &[&str]) -> std::process::Output {
        let (authority, root) = (self.keys.join("authority.cbor"), self.keys.join("root.pem"));
        let result = self.dir.join("result.pdf");
        let mut arguments = vec!["verify", shown(&result), "--at", at];
        for path in [Some(authority.as_path()), Some(&root), list]
            .into_iter()
            .flatten()
        {
            arguments.extend(["--trust", shown(path)]);
        }
        arguments.extend(more);
        stamp(&arguments)
    }

    /// Exit status and leading finding.
    fn judged(&self, list: Option<&Path>, at: &str) -> (i32, String) {
        let output = self.verify(list, at, &["--json"]);
        let code = json_lines(&output)[0]["findings"][0]["code"].clone();
        (status(&output), code.as_str().unwrap_or_default().to_owned())
    }
}

#[test]
fn verdict_follows_what_the_list_says() {
    let office = Office::new("status-verdicts");
    let long = ["--expires", "2030-12-31"];
    let judged = |entry: &str, at: &str| office.judged(Some(&office.set("list-1", entry, &long)), at);
    assert_eq!(office.judged(None, AT), (2, "status.not-given".into()));
    assert_eq!(judged("17=valid", AT).0, 0);
    assert_eq!(judged("16=revoked", AT).0, 0, "another's place says nothing");
    assert_eq!(judged("17=revoked", AT), (1, "status.revoked".into()));
    assert_eq!(judged("17=suspended", AT), (2, "status.suspended".into()));
    assert_eq!(judged("17=replaced", AT), (1, "status.replaced".into()));
    assert_eq!(judged("17=lapsed", AT), (1, "status.lapsed".into()));
    // 容缺: not effective before hand-over, effective when the office says so, lapsed at the deadline whatever the list says.
    let waiting = "17=conditional@2030-07-01T00:00:00Z";
    assert_eq!(
        judged(waiting, "2030-06-30T23:59:59Z"),
        (2, "status.conditional".into())
    );
    assert_eq!(
        judged(waiting, "2030-07-01T00:00:00Z"),
        (1, "status.lapsed".into())
    );
    let waits = office.set("waits", waiting, &long);
    let handed = ["set", shown(&waits), "--entry", "17=valid", "--at", "2030-06-04"];
    let handed = [&handed[..], &long].concat();
    assert_eq!(status(&office.status("handed", &handed)), 0);
    assert_eq!(office.judged(Some(&office.dir.join("handed")), "2030-08-01").0, 0);
}

#[test]
fn old_list_decides_nothing_and_says_its_age() {
    let office = Office::new("status-stale");
    let week = office.set("week", "17=valid", &[]);
    assert_eq!(office.judged(Some(&week), "2030-06-09T23:59:59Z").0, 0);
    let late = office.judged(Some(&week), "2030-06-10");
    assert_eq!(
        late,
        (2, "status.stale".into()),
        "seven days unless told otherwise"
    );
    let list = office.set(
        "list-1",
        "17=valid",
        &["--expires", "2030-06-10", "--ttl", "86400"],
    );
    assert_eq!(office.judged(Some(&list), "2030-06-03T12:00:00Z").0, 0);
    assert_eq!(
        office.judged(Some(&list), "2030-06-20"),
        (2, "status.stale".into())
    );
    let said = text(&office.verify(Some(&list), "2030-06-20", &[]).stdout);
    assert!(said.contains("17 days old"), "{said}");
    let early = office.judged(Some(&list), "2030-06-02T12:00:00Z");
    assert_eq!(
        early,
        (2, "status.of-later".into()),
        "issued after the time asked about"
    );
    let (_, stranger) = keys("status-stranger", &[]);
    let forged = office.dir.join("forged");
    let zero = office.dir.join("list-0");
    let set = [
        "status",
        "set",
        shown(&zero),
        "--entry",
        "17=valid",
        "--at",
        "2030-06-04",
        "--out",
        shown(&forged),
    ];
    assert_eq!(status(&with(&stranger[2..], &set)), 0);
    assert_eq!(office.judged(Some(&forged), AT), (2, "status.untrusted".into()));
}

#[test]
fn replaced_result_says_by_which_version() {
    let office = Office::new("status-replaced");
    let list = office.set("list-1", "17=replaced@002", &[]);
    let line = &json_lines(&office.verify(Some(&list), AT, &["--json"]))[0];
    let said = line["findings"][0]["evidence"].to_string();
    let by = "by 1.2.156.3005.2.11109900MB2A000628045.11109900MB2A100330.2030051604471.002.";
    assert!(said.contains(by), "{said}");
    let show = text(&stamp(&["status", "show", shown(&list), "--index", "17", "--index", "18"]).stdout);
    assert!(
        show.contains("17: replaced by version 由第 002 版换发") && show.contains("18: valid"),
        "{show}"
    );
    let all = text(&stamp(&["status", "show", shown(&list)]).stdout);
    assert!(all.contains("replaced: 1") && all.contains("valid: 999"), "{all}");
}

#[test]
fn department_is_told_what_is_wrong_with_which_entry() {
    let office = Office::new("status-wrong");
    let list = office.dir.join("list-0");
    for (entry, wanted) in [
        ("17", "give INDEX=valid"),
        ("17=void", "17=void: give INDEX=valid"),
        ("17=conditional", "say until when it waits"),
        ("17=conditional@soon", "17=conditional@soon"),
        ("17=replaced@1", "versions 2 to 999"),
        ("1000=revoked", "1000=revoked: the list has the places 0 to 999"),
        ("-1=revoked", "-1=revoked"),
    ] {
        let option = format!("--entry={entry}");
        let made = office.status("wrong", &["set", shown(&list), &option]);
        let said = text(&made.stderr);
        assert_eq!(status(&made), 3, "{entry}: {said}");
        assert!(said.contains(wanted), "{wanted} in {said}");
        assert!(!office.dir.join("wrong").exists(), "nothing is written");
    }
    let set = ["set", shown(&list), "--at", "2030-06-03"];
    let both = ["--entry", "17=revoked", "--entry", "17=valid"];
    let twice = text(&office.status("wrong", &[set, both].concat()).stderr);
    assert!(twice.contains("place 17 is given twice"), "{twice}");
    // Verifiers would take the list before, or hear both and believe the graver.
    for at in ["2030-06-01", "2030-06-02"] {
        let made = office.status(
            "wrong",
            &["set", shown(&list), "--at", at, "--entry", "17=revoked"],
        );
        assert_eq!(status(&made), 3);
        assert!(
            text(&made.stderr).contains("must be issued later"),
            "{}",
            text(&made.stderr)
        );
    }
    let revoked = office.set("revoked", "17=revoked", &[]);
    for word in ["valid", "suspended", "replaced@002", "conditional@2030-07-01"] {
        let entry = format!("17={word}");
        let set = ["set", shown(&revoked), "--at", "2030-06-04", "--entry", &entry];
        let said = text(&office.status("wrong", &set).stderr);
        assert!(said.contains("withdrawn for good"), "{said}");
    }
    assert!(!office.dir.join("wrong").exists(), "nothing is written");
    let huge = ["new", "--uri", URI, "--size", "4294967295"];
    let huge = text(&office.status("wrong", &huge).stderr);
    assert!(
        huge.contains("keep several lists"),
        "what no verifier reads is not made: {huge}"
    );
    for (more, wanted) in [
        (["--uri", "nonsense", "--size", "8"], "--uri: "),
        (["--uri", URI, "--size", "0"], "--size"),
        (
            ["--uri", URI, "--size", "8"],
            "--expires 2030-01-01T00:00:00Z: is not after the time of issue",
        ),
    ] {
        let end = ["new", "--at", "2030-06-02", "--expires", "2030-01-01"];
        let made = office.status("wrong", &[&end[..], &more].concat());
        let said = text(&made.stderr);
        assert_eq!(status(&made), 3, "{said}");
        assert!(said.contains(wanted), "{wanted} in {said}");
    }
    let small = [
        "new",
        "--uri",
        URI,
        "--size",
        "8",
        "--bits",
        "1",
        "--at",
        "2030-06-02",
    ];
    assert_eq!(status(&office.status("small", &small)), 0);
    let small = office.dir.join("small");
    let made = office.status("wrong", &["set", shown(&small), "--entry", "1=suspended"]);
    assert!(text(&made.stderr).contains("too few"), "{}", text(&made.stderr));
}

/// Places follow the order of the files; whoever repeats the command for one that failed would give it the first place once more.
#[test]
fn each_file_of_several_is_told_its_place_and_a_failed_one_the_place_left_for_it() {
    let office = Office::new("status-several");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let told = |command: &[&str], files: &[(&str, &Path)], suffix: &str, place: &[&str]| {
        let (input, out) = (folder("status-several-in"), folder("status-several-out"));
        for (name, from) in files {
            std::fs::copy(from, input.join(name)).expect("input");
        }
        std::fs::write(input.join(format!("b.{suffix}")), "neither").expect("input");
        let (at, paths) = (["--at", "2030-06-02"], [shown(&input), "--out", shown(&out)]);
        let list = [&["--status-list", URI, "--status-index"], place].concat();
        let made = with(&office.options, &[command, &paths, &at, &list].concat());
        assert_eq!(status(&made), 1, "{}", text(&made.stderr));
        text(&made.stderr)
    };
    let page = root.join("test-vectors/pdf/encrypted/plain.pdf");
    let seal = [
        "seal",
        "--x",
        "60",
        "--y",
        "60",
        "--allow-overhang",
        "--allow-overlap",
    ];
    let seal = [&seal[..], &["--allow-pdfa-loss"]].concat();
    let pages = [("a.pdf", page.as_path()), ("c.pdf", &page)];
    let record = data("records/employment.json");
    let records = [("a.json", record.as_path()), ("c.json", &record)];
    let issue = ["issue", "--template", "employment", "--record"];
    for said in [
        told(&seal, &pages, "pdf", &["18"]),
        told(&issue, &records, "json", &["18"]),
    ] {
        let line = |name: &str, words: &str| {
            let is_it = |line: &&str| line.contains(name) && line.contains(words);
            said.lines().any(|line| is_it(&line))
        };
        for (name, words) in [
            ("a.", "status index 状态位置 18"),
            (
                "b.",
                "place 19 is still free; repeat it alone with --status-index 19",
            ),
            ("c.", "status index 状态位置 20"),
        ] {
            assert!(line(name, words), "{name} {words}: {said}");
        }
    }
}

#[test]
fn sealed_file_and_printed_whole_code_are_withdrawn_by_their_place() {
    let office = Office::new("status-in-seals");
    let (draft, sealed) = (office.dir.join("plain.pdf"), office.dir.join("sealed.pdf"));
    let page = "test-vectors/pdf/encrypted/plain.pdf";
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(page), &draft).expect("page");
    let at = ["--at", "2030-06-02"];
    let seal = ["seal", shown(&draft), "--x", "60", "--y", "60"];
    let seal = [
        &seal[..],
        &["--allow-overhang", "--allow-overlap", "--allow-pdfa-loss"],
    ]
    .concat();
    let place = ["--status-list", URI, "--status-index", "18"];
    let made = with(
        &office.options,
        &[&seal[..], &at, &place, &["--out", shown(&sealed)]].concat(),
    );
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let (whole, print) = (office.dir.join("whole"), office.dir.join("print"));
    let records = ["employment", "residence"].map(|name| data(&format!("records/{name}.json")));
    let issue = ["issue", "--record", shown(&records[0]), shown(&records[1])];
    let template = ["--template", "employment", "--carrier", "whole"];
    let place = ["--status-list", URI, "--status-index", "19"];
    let folders = ["--out", shown(&whole), "--print", shown(&print)];
    let made = with(
        &office.options,
        &[&issue[..], &template, &at, &place, &folders].concat(),
    );
    assert_eq!(status(&made), 0, "{}", text(&made.stderr));
    let list = |entry: &str| office.set(&entry.replace('=', "-"), entry, &["--expires", "2030-12-31"]);
    let judged = |command: &str, file: &Path, list: &Path| {
        let (authority, root) = (office.keys.join("authority.cbor"), office.keys.join("root.pem"));
        let mut arguments = vec![command, shown(file), "--at", AT, "--json"];
        for path in [&authority, &root, list] {
            arguments.extend(["--trust", shown(path)]);
        }
        let output = stamp(&arguments);
        let code = json_lines(&output)[0]["findings"][0]["code"].clone();
        (status(&output), code.as_str().unwrap_or_default().to_owned())
    };
    let employment = print.join("employment.pdf");
    for (command, file, place) in [
        ("verify", &sealed, 18),
        ("scan", &employment, 19),
        ("verify", &whole.join("employment.pdf"), 19),
    ] {
        let (revoked, valid) = (list(&format!("{place}=revoked")), list(&format!("{place}=valid")));
        assert_eq!(
            judged(command, file, &revoked),
            (1, "status.revoked".into()),
            "{command} {}",
            file.display()
        );
        assert_eq!(judged(command, file, &valid).0, 0, "{command} {}", file.display());
    }
    // One option without the other names no place.
    let half = with(
        &office.options,
        &[&seal[..], &at, &["--status-list", URI, "--out", "x.pdf"]].concat(),
    );
    assert_eq!(status(&half), 3, "{}", text(&half.stderr));
}
