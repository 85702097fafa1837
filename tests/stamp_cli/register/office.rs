//! An office that issues over its register, by the command line.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::issuing::{keys, with};
use crate::{data, folder, json_lines, shown, stamp, status, text};

pub const AT: &str = "2030-06-02T01:00:00Z";
pub const LIST: [&str; 4] = [
    "--status-list",
    "https://zt.binhai.example/s/7",
    "--status-places",
    "1000",
];

pub struct Office {
    pub keys: PathBuf,
    pub options: Vec<String>,
    pub dir: PathBuf,
    pub register: PathBuf,
    pub shelf: PathBuf,
}

impl Office {
    pub fn new(name: &str) -> Self {
        let (keys, options) = keys(&format!("{name}-keys"), &[]);
        let dir = folder(name);
        let (register, shelf) = (dir.join("register.sqlite"), dir.join("shelf"));
        let made = stamp(&["register", "new", shown(&register)]);
        assert_eq!(status(&made), 0, "{}", text(&made.stderr));
        Self {
            keys,
            options,
            dir,
            register,
            shelf,
        }
    }

    pub fn over<'a>(&'a self, command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
        let over = [
            "--register",
            shown(&self.register),
            "--shelf",
            shown(&self.shelf),
            "--actor",
            "窗口 03",
        ];
        [command, &over, &["--template", "employment", "--at", AT], more].concat()
    }

    pub fn issue(&self, record: &Path, more: &[&str]) -> Output {
        with(
            &self.options,
            &self.over(&["issue", "--record", shown(record)], more),
        )
    }

    pub fn batch(&self, list: &Path) -> Vec<String> {
        let base = data("records/employment.json");
        let out = self.dir.join("out");
        let batch = [
            "batch",
            shown(list),
            "--base",
            shown(&base),
            "--out",
            shown(&out),
            "--threads",
            "2",
        ];
        let all = self.over(&batch, &LIST);
        all.into_iter()
            .map(str::to_owned)
            .chain(self.options.iter().cloned())
            .collect()
    }

    pub fn entries(&self) -> Vec<Value> {
        json_lines(&stamp(&["register", "list", shown(&self.register), "--json"]))
    }

    /// The department's status list, on which everything is valid.
    pub fn status_list(&self) -> PathBuf {
        let list = self.dir.join("list");
        let (uri, at) = (["--uri", LIST[1], "--size", "1000"], ["--at", "2030-06-02"]);
        let new = [&["status", "new"][..], &uri, &at, &["--out", shown(&list)]].concat();
        assert_eq!(status(&with(&self.options[2..], &new)), 0);
        list
    }

    /// Register, trail and files must agree.
    pub fn check(&self) -> String {
        let checked = stamp(&[
            "register",
            "check",
            shown(&self.register),
            "--shelf",
            shown(&self.shelf),
        ]);
        assert_eq!(
            status(&checked),
            0,
            "{}{}",
            text(&checked.stdout),
            text(&checked.stderr)
        );
        text(&checked.stdout)
    }

    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = files_below(&self.shelf.join("results"));
        found.sort();
        found
    }
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).map(|entries| entries.map(|entry| entry.expect("entry").path()));
    let entries = entries.map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    let (folders, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
    folders
        .iter()
        .flat_map(|folder| files_below(folder))
        .chain(files)
        .collect()
}

/// A record that leaves identifier and number to the register.
pub fn record(dir: &Path, name: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
    let text = std::fs::read_to_string(data("records/employment.json")).expect("record");
    let mut record: Value = serde_json::from_str(&text).expect("JSON");
    record.as_object_mut().expect("object").remove("identifier");
    record["number"] = "滨就登〔{year}〕{number:7}号".into();
    change(&mut record);
    let path = dir.join(name);
    std::fs::write(&path, record.to_string()).expect("record");
    path
}
