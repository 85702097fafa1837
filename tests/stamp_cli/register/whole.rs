//! `--carrier whole` over the register: what is printed has a place on the status list like any other result.

use std::path::{Path, PathBuf};

use super::office::*;
use crate::issuing::with;
use crate::{json_lines, shown, stamp, status, text};

impl Office {
    /// Exit status and leading finding of what is scanned, with the list that says `set` of a place.
    fn scanned(&self, paper: &Path, set: Option<&str>) -> (i32, String) {
        let base = self.status_list();
        let list = match set {
            None => base,
            Some(set) => {
                let next = self.dir.join("next");
                let change = [
                    "status",
                    "set",
                    shown(&base),
                    "--entry",
                    set,
                    "--at",
                    "2030-06-03",
                ];
                let made = with(
                    &self.options[2..],
                    &[&change[..], &["--out", shown(&next)]].concat(),
                );
                assert_eq!(status(&made), 0, "{}", text(&made.stderr));
                next
            }
        };
        let (authority, root) = (self.keys.join("authority.cbor"), self.keys.join("root.pem"));
        let mut arguments = vec!["scan", shown(paper), "--at", "2030-06-05", "--json"];
        for path in [&authority, &root, &list] {
            arguments.extend(["--trust", shown(path)]);
        }
        let output = stamp(&arguments);
        let code = json_lines(&output)[0]["findings"][0]["code"].clone();
        (status(&output), code.as_str().unwrap_or_default().to_owned())
    }

    fn place(&self, number: usize) -> String {
        self.entries()[number]["status_index"].to_string()
    }
}

#[test]
fn printed_whole_code_has_the_place_that_the_register_gave() {
    let office = Office::new("register-whole");
    let record = record(&office.dir, "first.json", |record| {
        record["request"] = "APP-1".into();
    });
    let (print, code) = (office.dir.join("print.pdf"), office.dir.join("code.png"));
    let shows = ["--print", shown(&print), "--code", shown(&code)];
    let whole = [&LIST[..], &["--carrier", "whole"], &shows].concat();
    let made = office.issue(&record, &whole);
    assert_eq!(status(&made), 0, "{}{}", text(&made.stdout), text(&made.stderr));
    let place = office.place(0);
    for paper in [&print, &code] {
        assert_eq!(office.scanned(paper, None).0, 0);
        let revoked = format!("{place}=revoked");
        assert_eq!(
            office.scanned(paper, Some(&revoked)),
            (1, "status.revoked".into())
        );
    }
    // The same request again prints nothing anew, and the file on the shelf stays.
    let file = std::fs::read(&office.files()[0]).expect("file");
    std::fs::remove_file(&print).expect("print");
    let again = office.issue(&record, &whole);
    assert!(text(&again.stdout).contains("was issued before"));
    assert_eq!(std::fs::read(&office.files()[0]).expect("file"), file);
    assert!(office.check().starts_with("issued 已签发 1,"));
}

#[test]
fn list_of_whole_codes_is_printed_with_a_place_each() {
    let office = Office::new("register-whole-list");
    let path = super::lists::list(&office.dir, 2, "");
    let print = office.dir.join("print");
    let mut arguments = office.batch(&path);
    for more in ["--carrier", "whole", "--print", shown(&print)] {
        arguments.push(more.to_owned());
    }
    let made = stamp(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(status(&made), 0, "{}{}", text(&made.stdout), text(&made.stderr));
    let mut papers: Vec<PathBuf> = files_below(&print);
    papers.sort();
    assert_eq!(papers.len(), 2);
    let (first, second) = (office.place(0), office.place(1));
    assert_ne!(first, second);
    let revoked = format!("{first}=revoked");
    assert_eq!(
        office.scanned(&papers[0], Some(&revoked)),
        (1, "status.revoked".into())
    );
    assert_eq!(office.scanned(&papers[1], Some(&revoked)).0, 0);
}
