//! Tables are regular and their cells have heads: clauses 7.2 and 7.5.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::Object;

use super::Checker;
use crate::reading::dictionary_of;

struct Cell {
    element: usize,
    head: bool,
}

impl<'a> Checker<'a> {
    pub(super) fn tables(&mut self) {
        for index in 0..self.tree.elements.len() {
            if self.tree.role(Some(index)) == "Table" {
                self.table(index);
            }
        }
    }

    fn table(&mut self, table: usize) {
        let mut rows = Vec::new();
        let mut groups = Vec::new();
        for child in self.tree.children(table) {
            match self.tree.role(Some(child)) {
                "TR" => {
                    rows.push(child);
                }
                "THead" | "TBody" | "TFoot" => {
                    let group: Vec<_> = self
                        .tree
                        .children(child)
                        .into_iter()
                        .filter(|row| self.tree.role(Some(*row)) == "TR")
                        .collect();
                    rows.extend(&group);
                    groups.push(group);
                }
                _ => {}
            }
        }
        let mut taken: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut cells = Vec::new();
        let mut widths = Vec::new();
        for (y, row) in rows.iter().enumerate() {
            let mut x = 0;
            for cell in self.tree.children(*row) {
                let role = self.tree.role(Some(cell));
                if !matches!(role, "TH" | "TD") {
                    continue;
                }
                let head = role == "TH";
                cells.push(Cell { element: cell, head });
                while taken.contains_key(&(y, x)) {
                    x += 1;
                }
                let span = |key| match self.attribute(cell, key) {
                    Some(Object::Integer(count)) => usize::try_from(*count).unwrap_or(1).clamp(1, 1000),
                    _ => 1,
                };
                let (columns, lines) = (span("ColSpan"), span("RowSpan"));
                for dy in 0..lines {
                    for dx in 0..columns {
                        if taken.insert((y + dy, x + dx), cell).is_some() {
                            self.fail("7.2-t15", "two cells of a table at one place");
                        }
                    }
                }
                x += columns;
            }
            widths.push((0..).take_while(|x| taken.contains_key(&(y, *x))).count());
        }
        let height = taken.keys().map(|(y, _)| y + 1).max().unwrap_or(0);
        self.expect(
            height <= rows.len(),
            "7.2-t41",
            format!("cells reach {height} rows down, there are {}", rows.len()),
        );
        if let Some(first) = widths.first() {
            for (row, width) in widths.iter().enumerate().skip(1) {
                // veraPDF counts two tests by what spans; irregular is irregular.
                for clause in ["7.2-t42", "7.2-t43"] {
                    let what = format!("row {row} of a table has {width} columns, the first {first}");
                    self.expect(width == first, clause, what);
                }
            }
        }
        self.heads(&cells);
    }

    fn heads(&mut self, cells: &[Cell]) {
        let names: BTreeSet<&[u8]> = cells
            .iter()
            .filter_map(|cell| self.text(self.tree.elements[cell.element].dictionary, "ID"))
            .collect();
        let mut unnamed = 0;
        for cell in cells {
            let listed: Vec<&[u8]> = match self.attribute(cell.element, "Headers") {
                Some(Object::Array(items)) => items
                    .iter()
                    .filter_map(|item| self.resolve(item).as_str().ok())
                    .collect(),
                _ => vec![],
            };
            let known = listed.iter().all(|name| names.contains(name));
            self.expect(
                known || cell.head,
                "7.5-t02",
                "a cell names a head that is not in the table",
            );
            unnamed += usize::from(!cell.head && listed.is_empty());
        }
        if unnamed == 0 {
            return;
        }
        let scoped = |cell: &&Cell| self.attribute(cell.element, "Scope").is_some();
        let all = cells.iter().filter(|cell| cell.head).all(|cell| scoped(&cell));
        self.expect(all, "7.5-t01", "a head without /Scope, and cells that name none");
    }

    /// The attribute `key` of an element, from `/A` or from its classes (ISO 32000-1, 14.7.5).
    pub(super) fn attribute(&self, index: usize, key: &str) -> Option<&'a Object> {
        let element = self.tree.elements[index].dictionary;
        let own = self.list(element, "A").into_iter();
        let classes = self.tree.root.and_then(|root| self.dictionary(root, "ClassMap"));
        let classed = self.list(element, "C").into_iter().flat_map(|name| {
            let name = self.resolve(name).as_name().ok();
            let name = name.map(|name| String::from_utf8_lossy(name).into_owned());
            classes
                .zip(name)
                .map(|(classes, name)| self.list(classes, &name))
                .unwrap_or_default()
        });
        own.chain(classed)
            .filter_map(|attributes| dictionary_of(self.resolve(attributes)))
            .find_map(|attributes| self.find(attributes, key))
    }
}
