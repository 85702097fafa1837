//! The rules of ISO 14289-1 (PDF/UA-1) that a machine can check, as veraPDF counts them: `7.5-t01` is its first test of clause 7.5.
//!
//! The rules are read off the standard; which files of veraPDF's corpus they find is the test's business.

mod annotations;
mod content;
mod document;
mod language;
mod structure;
mod table;
mod tree;

use lopdf::Document;

use crate::fonts;
use crate::reading::Reader;
use tree::Tree;

/// A clause with the number of the test, and what breaks it.
pub type Violation = (&'static str, String);

/// What the checks share.
pub(crate) struct Checker<'a> {
    reader: Reader<'a>,
    tree: Tree<'a>,
    found: Vec<Violation>,
}

/// Everything that is wrong with `document`.
pub fn violations(document: &Document) -> Vec<Violation> {
    let reader = Reader { document };
    let mut checker = Checker {
        reader,
        tree: Tree::of(reader),
        found: Vec::new(),
    };
    checker.document();
    checker.structure();
    checker.tables();
    checker.annotations();
    let uses = checker.content();
    checker.languages();
    let fonts = fonts::violations(reader, &uses);
    for (rule, what) in fonts {
        if let Some(clause) = fonts::ua_clause(rule) {
            checker.fail(clause, what);
        }
    }
    checker.found.sort();
    checker.found.dedup();
    checker.found
}

impl<'a> Checker<'a> {
    fn fail(&mut self, clause: &'static str, what: impl Into<String>) {
        self.found.push((clause, what.into()));
    }

    fn expect(&mut self, holds: bool, clause: &'static str, what: impl Into<String>) {
        if !holds {
            self.fail(clause, what);
        }
    }
}

impl<'a> std::ops::Deref for Checker<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}
