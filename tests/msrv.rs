//! The minimum Rust version that `Cargo.toml` promises is not below what the crate's own dependencies ask for.
//!
//! Only normal and build dependencies count: a user compiles those. The oracles may ask for more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn no_dependency_asks_for_more_than_the_stated_rust_version() {
    let metadata = metadata();
    let packages: BTreeMap<&str, &Value> = list(&metadata["packages"])
        .iter()
        .map(|p| (text(&p["id"]), p))
        .collect();
    let nodes: BTreeMap<&str, &Value> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|n| (text(&n["id"]), n))
        .collect();
    let root = text(&metadata["resolve"]["root"]);
    let ours = version(text(&packages[root]["rust_version"]));

    let mut reached = BTreeSet::new();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        if !reached.insert(id) {
            continue;
        }
        for dependency in list(&nodes[id]["deps"]) {
            let built = list(&dependency["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].as_str() != Some("dev"));
            if built {
                open.push(text(&dependency["pkg"]));
            }
        }
    }
    assert!(
        reached.len() > 20,
        "only {} packages reached: the walk is broken",
        reached.len()
    );

    let newer: Vec<String> = reached
        .iter()
        .map(|id| packages[id])
        .filter_map(|p| Some((p, p["rust_version"].as_str()?)))
        .filter(|(_, asked)| version(asked) > ours)
        .map(|(p, asked)| {
            format!(
                "{} {} asks for Rust {asked}",
                text(&p["name"]),
                text(&p["version"])
            )
        })
        .collect();
    assert!(
        newer.is_empty(),
        "Cargo.toml promises Rust {ours:?}, but\n{}",
        newer.join("\n")
    );
}

/// `cargo metadata` of this crate with every feature, for the platform of the test only.
fn metadata() -> Value {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--all-features",
            "--filter-platform",
            &target,
        ])
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn version(text: &str) -> Vec<u32> {
    let mut parts: Vec<u32> = text
        .split('.')
        .map(|part| part.parse().expect("a number"))
        .collect();
    parts.resize(3, 0);
    parts
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}
