//! The attacks as data: `test-vectors/attacks/FAMILY.toml`.
//!
//! | key | meaning |
//! |---|---|
//! | `family`, `source` | what the family is called, and who described it |
//! | `variant.name` | stable, unique in the family |
//! | `variant.bases` | which files it is done to; see [`Bases::chosen`](crate::bases::Bases::chosen) |
//! | `variant.forms` | how the appended sections are written, one case each; `own` (as the file) unless given |
//! | `variant.before` | what is done to the draft before it is sealed (by this library) |
//! | `variant.edit` | what is done to the sealed file, in order; see `common/edit.rs` |
//! | `variant.expect` | the outcome: `not-authentic` unless given, `indeterminate` (then `why` says why that is enough), or `authentic` for a control |
//! | `variant.codes` | findings that must be there, under every policy |
//! | `variant.lead` | whether the first of `codes` must lead the report where the base has one signature; `true` unless given |
//! | `variant.policies` | under which policies `expect` holds, if not under all |
//! | `variant.clause`, `variant.why` | the rule, and one sentence of why it matters |
//! | `variant.pending` | why it does not hold yet; printed and counted |

use serde::Deserialize;

use crate::common::path;
use crate::edit::Edit;
use crate::forge::Form;
use yinxin::verify::Outcome;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    pub family: String,
    pub source: String,
    pub variant: Vec<Variant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    pub name: String,
    pub bases: Vec<String>,
    #[serde(default = "own")]
    pub forms: Vec<Form>,
    #[serde(default)]
    pub before: Vec<Edit>,
    pub edit: Vec<Edit>,
    #[serde(default)]
    pub expect: Expect,
    #[serde(default)]
    pub codes: Vec<String>,
    #[serde(default = "yes")]
    pub lead: bool,
    #[serde(default)]
    pub policies: Vec<String>,
    pub clause: String,
    pub why: String,
    pub pending: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    Authentic,
    Indeterminate,
    #[default]
    NotAuthentic,
}

impl Expect {
    pub fn is(self, outcome: Outcome) -> bool {
        match self {
            Self::Authentic => outcome == Outcome::Authentic,
            Self::Indeterminate => outcome == Outcome::Indeterminate,
            Self::NotAuthentic => outcome == Outcome::NotAuthentic,
        }
    }
}

fn own() -> Vec<Form> {
    vec![Form::Own]
}

fn yes() -> bool {
    true
}

/// The families by the names of their files.
pub fn families() -> Vec<(String, Family)> {
    let folder = path("test-vectors/attacks");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let family = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, family)
    };
    paths.iter().map(read).collect()
}
