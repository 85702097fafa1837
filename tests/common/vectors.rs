//! The shape that lists of vectors share: TOML with one `[[vector]]` a row, each with a `name` of its own, the `clause` that it is
//! about and one sentence of `why`; the rest is the test's.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

/// The name of each row of `test-vectors/{list}.toml`, and the rest of it. There are at least `least`, so that none is lost unseen.
pub fn vectors<T: DeserializeOwned>(list: &str, least: usize) -> Vec<(String, T)> {
    let path = format!("{}/test-vectors/{list}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut list: toml::Table = toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let Some(toml::Value::Array(rows)) = list.remove("vector") else {
        panic!("{path}: no vectors");
    };
    assert!(rows.len() >= least, "{path}: {} vectors", rows.len());
    let mut names = BTreeSet::new();
    let row = |row: toml::Value| {
        let mut row = row.try_into::<toml::Table>().unwrap();
        let mut text = |key: &str| match row.remove(key) {
            Some(toml::Value::String(text)) if !text.trim().is_empty() => text,
            other => panic!("{path}: {key} of {row:?}: {other:?}"),
        };
        let [name, _, _] = ["name", "clause", "why"].map(&mut text);
        assert!(names.insert(name.clone()), "{path}: {name} twice");
        let rest = row
            .try_into()
            .unwrap_or_else(|error| panic!("{path}: {name}: {error}"));
        (name, rest)
    };
    rows.into_iter().map(row).collect()
}
