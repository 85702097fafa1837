//! `stamp` over a register in PostgreSQL, named by a file that holds its address.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::places::{Place, Server};

fn stamp(arguments: &[&str]) -> Output {
    let tests = std::env::current_exe().unwrap();
    let program = tests
        .parent()
        .and_then(Path::parent)
        .unwrap()
        .join("examples/stamp");
    let output = Command::new(program).args(arguments).output();
    output
        .unwrap_or_else(|e| panic!("{e}; build the program with: cargo build --all-features --example stamp"))
}

fn said(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

#[test]
fn list_is_issued_over_postgres_named_by_a_file() {
    let Some(server) = Server::start() else { return };
    let place = server.place("command");
    let path = |name: &str| place.folder().join(name);
    let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let socket = place
        .config
        .split_whitespace()
        .next()
        .unwrap()
        .trim_start_matches("host=");
    let address = format!(
        "postgres://postgres@{}/postgres?options=-c%20search_path%3Dcommand\n",
        socket.replace('/', "%2F")
    );
    let (register, shelf, keys, list, out) = (
        path("register.url"),
        path("shelf"),
        path("keys"),
        path("list.csv"),
        path("out"),
    );
    fs::write(&register, address).unwrap();
    let register = text(&register);
    let made = stamp(&["register", "new", &register]);
    assert!(made.status.success(), "{}", said(&made));
    let made = stamp(&["keys", "--out", &text(&keys), "--at", "2030-06-01"]);
    assert!(made.status.success(), "{}", said(&made));

    let mut rows = "request,number,holder.name,holder.code\n".to_owned();
    for row in 0..10 {
        rows += &format!("APP-{row},滨就登〔{{year}}〕{{number:7}}号,赵一帆,109900200107037012\n");
    }
    fs::write(&list, rows).unwrap();
    let base = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/data/records/employment.json"
    );
    let key = |name: &str| text(&keys.join(name));
    let batch = || {
        stamp(&[
            "batch",
            &text(&list),
            "--base",
            base,
            "--template",
            "employment",
            "--at",
            "2030-06-02",
            "--out",
            &text(&out),
            "--register",
            &register,
            "--shelf",
            &text(&shelf),
            "--actor",
            "批处理",
            "--threads",
            "3",
            "--seal",
            &key("seal.toml"),
            "--key",
            &key("seal.key.pem"),
            "--chain",
            &key("seal.pem"),
        ])
    };
    let made = batch();
    assert!(said(&made).contains("issued 10 of 10"), "{}", said(&made));
    let again = batch();
    assert!(
        said(&again).contains("10 of them were issued by an earlier run"),
        "{}",
        said(&again)
    );
    let checked = stamp(&["register", "check", &register, "--shelf", &text(&shelf)]);
    assert!(checked.status.success(), "{}", said(&checked));
    assert!(
        said(&checked).contains("issued 已签发 10, reserved 已占号 0, void 已作废 0, files 文件 10"),
        "{}",
        said(&checked)
    );
    let listed = stamp(&["register", "list", &register, "--state", "issued"]);
    assert!(said(&listed).ends_with("10 entries 条\n"), "{}", said(&listed));
}
