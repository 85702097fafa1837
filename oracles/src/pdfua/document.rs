//! What the file, the catalog and the metadata must say: clauses 5, 7.1, 7.10, 7.11, 7.15.

use lopdf::{Dictionary, Object};

use super::Checker;
use crate::reading::{dictionary_of, property};

impl<'a> Checker<'a> {
    pub(super) fn document(&mut self) {
        let Some(root) = self.root() else {
            return self.fail("7.1-t11", "no catalog");
        };
        self.identification();
        let marks = self.dictionary(root, "MarkInfo");
        let flag = |key| marks.and_then(|marks| self.find(marks, key)?.as_bool().ok());
        let (marked, suspects) = (flag("Marked"), flag("Suspects"));
        self.expect(marked == Some(true), "6.2-t01", "/MarkInfo has no /Marked true");
        self.expect(suspects != Some(true), "7.1-t04", "/Suspects is true");
        let shown = self
            .dictionary(root, "ViewerPreferences")
            .and_then(|preferences| self.find(preferences, "DisplayDocTitle")?.as_bool().ok());
        self.expect(shown == Some(true), "7.1-t10", "/DisplayDocTitle is not true");
        self.expect(self.tree.root.is_some(), "7.1-t11", "no structure tree");
        self.roles();
        self.optional_content(root);
        for object in self.reader.document.objects.values() {
            self.file_specification(object);
        }
        if let Some(form) = self.dictionary(root, "AcroForm") {
            let packets = self.list(form, "XFA");
            let dynamic = packets.iter().any(|packet| {
                let stream = self.resolve(packet).as_stream().ok();
                let text = stream.and_then(|stream| stream.get_plain_content().ok());
                text.is_some_and(|text| {
                    let text: String = String::from_utf8_lossy(&text).split_whitespace().collect();
                    text.contains("<dynamicRender>required")
                })
            });
            self.expect(!dynamic, "7.15-t01", "a dynamic XFA form");
        }
    }

    fn identification(&mut self) {
        let Some(packet) = self.packet() else {
            return self.fail("7.1-t08", "no /Metadata");
        };
        let space = "http://www.aiim.org/pdfua/ns/id/";
        let prefixes: Vec<&str> = packet
            .split("xmlns:")
            .filter_map(|rest| rest.split_once('='))
            .filter(|(_, value)| value.get(1..).is_some_and(|value| value.starts_with(space)))
            .map(|(prefix, _)| prefix.trim())
            .collect();
        let value = |name: &str| {
            prefixes
                .iter()
                .find_map(|prefix| property(&packet, &format!("{prefix}:{name}")))
        };
        let part = value("part");
        self.expect(part.is_some(), "5-t01", "the metadata do not claim PDF/UA");
        self.expect(
            part.is_none_or(|part| part == "1"),
            "5-t02",
            format!("part {part:?}"),
        );
        for (name, clause) in [("part", "5-t03"), ("amd", "5-t04"), ("corr", "5-t05")] {
            let named = value(name).is_some() && property(&packet, &format!("pdfuaid:{name}")).is_none();
            self.expect(!named, clause, format!("{name} has another prefix than pdfuaid"));
        }
        let title = packet
            .split_once("<dc:title")
            .and_then(|(_, rest)| rest.split_once("</dc:title>"));
        let attribute = property(&packet, "dc:title").is_some();
        let said = title.is_some_and(|(title, _)| title.contains("<rdf:li"));
        self.expect(said || attribute, "7.1-t09", "no dc:title");
    }

    fn roles(&mut self) {
        for (from, _) in self.tree.roles.clone() {
            if super::tree::is_standard(&from) {
                self.fail("7.1-t07", format!("the standard type {from} is mapped"));
            }
            let (mut name, mut steps) = (from.clone(), 0);
            while let Some(next) = self.tree.roles.get(&name) {
                name.clone_from(next);
                steps += 1;
                if steps > self.tree.roles.len() {
                    self.fail("7.1-t06", format!("{from} is mapped in a circle"));
                    break;
                }
            }
        }
        let unknown: Vec<String> = self
            .tree
            .elements
            .iter()
            .filter(|element| !super::tree::is_standard(&element.role))
            .map(|element| element.role.clone())
            .collect();
        for role in unknown {
            self.fail("7.1-t05", format!("{role:?} is no standard type"));
        }
    }

    fn optional_content(&mut self, root: &'a Dictionary) {
        let Some(properties) = self.dictionary(root, "OCProperties") else {
            return;
        };
        let others = self.list(properties, "Configs");
        let all = self.find(properties, "D").into_iter().chain(others);
        let reader = self.reader;
        let all: Vec<_> = all.filter_map(|one| dictionary_of(reader.resolve(one))).collect();
        for configuration in all {
            let named = self.text(configuration, "Name").is_some();
            self.expect(named, "7.10-t01", "a configuration without /Name");
            let automatic = configuration.has(b"AS");
            self.expect(!automatic, "7.10-t02", "a configuration with /AS");
        }
    }

    fn file_specification(&mut self, object: &'a Object) {
        let Some(dictionary) = dictionary_of(object) else {
            return;
        };
        let named = self.name(dictionary, "Type");
        let is_file = matches!(named, Some(b"Filespec" | b"F")) || named.is_none() && dictionary.has(b"EF");
        if is_file && dictionary.has(b"EF") {
            for key in ["F", "UF"] {
                let said = self.text(dictionary, key).is_some();
                self.expect(said, "7.11-t01", format!("a file specification without /{key}"));
            }
        }
    }
}
