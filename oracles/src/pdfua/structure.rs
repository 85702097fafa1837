//! What may stand where in the structure tree, and what elements must say: clauses 7.2, 7.3, 7.4, 7.7, 7.9.

use std::collections::BTreeSet;

use super::Checker;
use super::tree::Kid;

impl Checker<'_> {
    pub(super) fn structure(&mut self) {
        for index in 0..self.tree.elements.len() {
            self.places(index);
            self.parts(index);
            self.alternatives(index);
        }
        self.headings();
        self.notes();
    }

    /// What an element may stand in.
    fn places(&mut self, index: usize) {
        let role = self.tree.role(Some(index)).to_owned();
        let above = self.tree.role(self.tree.above(index)).to_owned();
        let allowed: (&str, &[&str]) = match role.as_str() {
            "TR" => ("7.2-t04", &["Table", "THead", "TBody", "TFoot"]),
            "THead" => ("7.2-t05", &["Table"]),
            "TBody" => ("7.2-t06", &["Table"]),
            "TFoot" => ("7.2-t07", &["Table"]),
            "TH" => ("7.2-t08", &["TR"]),
            "TD" => ("7.2-t09", &["TR"]),
            "LI" => ("7.2-t17", &["L"]),
            "LBody" => ("7.2-t18", &["LI"]),
            "TOCI" => ("7.2-t26", &["TOC"]),
            _ => return,
        };
        self.expect(
            allowed.1.contains(&above.as_str()),
            allowed.0,
            format!("{role} stands in {above:?}"),
        );
    }

    /// What an element may hold.
    fn parts(&mut self, index: usize) {
        let role = self.tree.role(Some(index)).to_owned();
        let children = self.tree.children(index);
        let roles: Vec<String> = children
            .iter()
            .map(|child| self.tree.role(Some(*child)).to_owned())
            .collect();
        let count = |name: &str| roles.iter().filter(|role| *role == name).count();
        let (clause, allowed): (_, &[&str]) = match role.as_str() {
            "Table" => ("7.2-t03", &["TR", "THead", "TBody", "TFoot", "Caption"]),
            "TR" => ("7.2-t10", &["TH", "TD"]),
            "THead" => ("7.2-t36", &["TR"]),
            "TBody" => ("7.2-t37", &["TR"]),
            "TFoot" => ("7.2-t38", &["TR"]),
            "L" => ("7.2-t19", &["L", "LI", "Caption"]),
            "LI" => ("7.2-t20", &["Lbl", "LBody"]),
            "TOC" => ("7.2-t27", &["TOC", "TOCI", "Caption"]),
            _ => return,
        };
        if let Some(other) = roles.iter().find(|role| !allowed.contains(&role.as_str())) {
            self.fail(clause, format!("{role} holds {other:?}"));
        }
        if matches!(role.as_str(), "L" | "TOC") {
            self.expect(
                count("Caption") <= 1,
                clause,
                format!("{role} with several captions"),
            );
        }
        let caption = roles.iter().position(|role| role == "Caption");
        match role.as_str() {
            "Table" => {
                self.expect(count("THead") <= 1, "7.2-t11", "a table with several heads");
                self.expect(count("TFoot") <= 1, "7.2-t12", "a table with several feet");
                let body = count("TBody") > 0;
                self.expect(
                    body || count("TFoot") == 0,
                    "7.2-t13",
                    "a table with foot and no body",
                );
                self.expect(
                    body || count("THead") == 0,
                    "7.2-t14",
                    "a table with head and no body",
                );
                let outer = caption.is_none_or(|at| at == 0 || at + 1 == roles.len());
                self.expect(outer, "7.2-t03", "a caption in the middle of a table");
                self.expect(count("Caption") <= 1, "7.2-t03", "a table with several captions");
            }
            "L" => self.expect(
                caption.is_none_or(|at| at == 0),
                "7.2-t19",
                "a list's caption not in front",
            ),
            "TOC" => self.expect(
                caption.is_none_or(|at| at == 0),
                "7.2-t27",
                "a contents' caption not in front",
            ),
            _ => {}
        }
    }

    fn alternatives(&mut self, index: usize) {
        let element = &self.tree.elements[index];
        // Text that is said to be nothing is said all the same; an alternative that is empty is none.
        let said = self.text(element.dictionary, "Alt").is_some() || element.dictionary.has(b"ActualText");
        match element.role.as_str() {
            "Figure" => self.expect(said, "7.3-t01", "a figure without alternative text"),
            "Formula" => self.expect(said, "7.7-t01", "a formula without alternative text"),
            _ => {}
        }
    }

    fn headings(&mut self) {
        let (mut last, mut numbered, mut plain) = (0_u32, false, false);
        for index in 0..self.tree.elements.len() {
            let role = self.tree.role(Some(index)).to_owned();
            if role == "H" {
                plain = true;
                let siblings = match self.tree.elements[index].parent {
                    Some(parent) => self.tree.elements[parent]
                        .kids
                        .iter()
                        .filter(|kid| matches!(kid, Kid::Element(kid) if self.tree.role(Some(*kid)) == "H"))
                        .count(),
                    None => 1,
                };
                self.expect(siblings == 1, "7.4.4-t01", "a node with several /H");
            }
            let Some(level) = role.strip_prefix('H').and_then(|level| level.parse::<u32>().ok()) else {
                continue;
            };
            numbered = true;
            self.expect(
                level <= last + 1,
                "7.4.2-t01",
                format!("H{level} follows level {last}"),
            );
            last = level;
        }
        // veraPDF looks from both kinds of headings.
        for clause in ["7.4.4-t02", "7.4.4-t03"] {
            self.expect(!(numbered && plain), clause, "/H and /H1.. in one document");
        }
    }

    fn notes(&mut self) {
        let mut names = BTreeSet::new();
        for index in 0..self.tree.elements.len() {
            let element = &self.tree.elements[index];
            if element.role != "Note" {
                continue;
            }
            match self.text(element.dictionary, "ID") {
                None => self.fail("7.9-t01", "a note without /ID"),
                Some(name) => {
                    let fresh = names.insert(name);
                    self.expect(fresh, "7.9-t02", "two notes with one /ID");
                }
            }
        }
    }
}
