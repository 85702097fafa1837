//! What is attacked: files sealed by this library and files signed by pyHanko, from the same two drafts.

use std::collections::BTreeMap;

use crate::common::{Office, at, path, read};
use crate::edit::{Edit, Names, apply};
use crate::forge::{self, Form};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pki::Signer as _;
use yinxin::seal::{Allow, DocMdp, Identity};

/// Where the drafts are, and what pyHanko made of them (`make.py` there).
const FOLDER: &str = "test-vectors/attacks/bases";

/// The files by name. The parts of a name say who sealed (`own`, `pyhanko`), how the draft's sections are written (`table`,
/// `stream`; `result` for one that the composer made), and what the seal permits or has with it (`approval`, `p1` to `p3`, `lock`,
/// `lta`).
pub struct Bases(BTreeMap<String, Vec<u8>>);

const LEVELS: [(&str, Option<DocMdp>); 4] = [
    ("approval", None),
    ("p1", Some(DocMdp::NoChanges)),
    ("p2", Some(DocMdp::FormFilling)),
    ("p3", Some(DocMdp::Annotations)),
];

impl Bases {
    pub fn make() -> Self {
        let mut files = BTreeMap::new();
        for form in ["table", "stream"] {
            let draft = read(&format!("{FOLDER}/draft-{form}.pdf"));
            for (level, certifies) in LEVELS {
                files.insert(format!("own-{form}-{level}"), sealed(draft.clone(), certifies));
            }
        }
        files.insert("own-result".to_owned(), office().issue("residence").into_bytes());
        for entry in std::fs::read_dir(path(FOLDER)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if let Some(name) = name
                .strip_suffix(".pdf")
                .filter(|name| name.starts_with("pyhanko-"))
            {
                files.insert(name.to_owned(), read(&format!("{FOLDER}/{name}.pdf")));
            }
        }
        Self(files)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, file)| (name.as_str(), file.as_slice()))
    }

    /// The files that one of `wanted` names: words that must all be parts of the name, `-word` for one that must not; no word
    /// for every file. Files made by this library are sealed anew if `before` does something to the draft.
    pub fn chosen(&self, wanted: &[String], before: &[Edit]) -> Vec<(String, Vec<u8>)> {
        let fits = |name: &str, words: &str| {
            words.split_whitespace().all(|word| match word.strip_prefix('-') {
                Some(word) => name.split('-').all(|part| part != word),
                None => name.split('-').any(|part| part == word),
            })
        };
        let chosen = self
            .iter()
            .filter(|(name, _)| wanted.iter().any(|words| fits(name, words)));
        chosen
            .map(|(name, file)| match before {
                [] => (name.to_owned(), file.to_vec()),
                _ => (name.to_owned(), prepared(name, before)),
            })
            .collect()
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        match name {
            "draft" => read(&format!("{FOLDER}/draft-table.pdf")),
            "page" => forge::page(200, 200, "0 0 20 20 re f"),
            _ => self.0[name].clone(),
        }
    }
}

fn office() -> Office {
    Office::with_key("ed25519")
}

/// The named file of this library, from a draft to which something was done before it was sealed.
fn prepared(name: &str, before: &[Edit]) -> Vec<u8> {
    let parts: Vec<&str> = name.split('-').collect();
    let &["own", form, level] = &parts[..] else {
        panic!("{name} is not sealed here")
    };
    let mut draft = read(&format!("{FOLDER}/draft-{form}.pdf"));
    let names = Names::of(&draft, false);
    for edit in before {
        apply(&names, &mut draft, edit, Form::Own, &|_| panic!("no other file"));
    }
    let certifies = LEVELS.iter().find(|(known, _)| *known == level).unwrap().1;
    sealed(draft, certifies)
}

/// `draft` sealed with room to spare in its signature value, as other programs leave it.
fn sealed(draft: Vec<u8>, certifies: Option<DocMdp>) -> Vec<u8> {
    let signer = office().signer();
    let identity = Identity {
        signature_length: 4096,
        ..Identity::of(&signer)
    };
    let draft = Draft::open(draft, &Limits::DEFAULT).unwrap();
    let sealing = draft.without_code().place(forge::place()).certifies(certifies);
    // Who prepares an attack does not mind what lies beneath.
    let prepared = sealing
        .allow(Allow::Overlap)
        .prepare(&forge::mark(), &identity, at())
        .unwrap();
    let signature = signer.sign(prepared.to_be_signed()).unwrap();
    prepared.finish(&signature).unwrap().into_bytes()
}
