//! What the author of a template should look at, though it is no error: it may be meant, or matter for no record.

use std::collections::BTreeSet;

use super::blocks::Block;
use super::condition::Condition;
use super::source::{BoxSource, Pages};
use super::{Source, Template};
use crate::compose::chain::{Fonts, Typeface};
use crate::compose::error::TemplateError;
use crate::compose::units::Length;
use crate::record::text::line;
use crate::record::{FIELDS, Member, NAME_CHARACTERS};

/// Left, top, right and bottom from the upper left corner of the page.
type Edges = [Length; 4];

impl Template {
    /// Characters that the fonts lack, texts and conditions that no record can fill, boxes off the page, over each other or over
    /// the code: where in the template, and what. None of them keeps the template from being used.
    #[must_use]
    pub fn warnings(&self, fonts: &Fonts) -> Vec<TemplateError> {
        let mut found = Vec::new();
        let mut labels = BTreeSet::new();
        self.source.visit(&mut |typeface, text| {
            let own: BTreeSet<char> = text.characters(self.language()).collect();
            found.extend(lacking(own, typeface, fonts).map(|message| (text.at, message)));
            for member in text.members() {
                if let Member::Field(label) = member {
                    labels.insert(label.clone());
                    found.extend(unfillable(label).map(|message| (text.at, message)));
                }
            }
        });
        if labels.len() > FIELDS {
            let message = format!(
                "{} fields are named, and a record has at most {FIELDS}",
                labels.len()
            );
            found.push((0, message));
        }
        let conditions = self.source.conditions();
        found.extend(conditions.filter_map(|(at, condition)| Some((at, condition.unfillable()?))));
        self.crowded(&mut found);
        found.sort();
        let place = |(at, message)| TemplateError::new(&self.text, at, message);
        found.into_iter().map(place).collect()
    }

    /// Boxes that leave the page or lie over something.
    fn crowded(&self, found: &mut Vec<(usize, String)>) {
        let (width, height) = self.page_size();
        let mut placed: Vec<(Edges, &BoxSource)> = Vec::new();
        let code = self.source.code.as_ref().map(|code| {
            let (left, bottom, side) = (code.left.length(), code.bottom.length(), code.side.length());
            [left, height - bottom - side, left + side, height - bottom]
        });
        if code.is_some_and(|edges| leaves(edges, (width, height))) {
            found.push((0, "the code leaves the page; move it, or make it smaller".into()));
        }
        for spanned in &self.source.boxes {
            let (fixed, at) = (spanned.get_ref(), spanned.span().start);
            let (left, top) = (fixed.left.length(), fixed.top.length());
            let edges = [
                left,
                top,
                left + fixed.width.length(),
                top + fixed.height.length(),
            ];
            if leaves(edges, (width, height)) {
                found.push((at, "the box leaves the page; move it, or make it smaller".into()));
            }
            // Frames and rules are drawn around other things.
            if fixed.text.is_none() && fixed.picture.is_none() {
                continue;
            }
            if code.is_some_and(|code| overlap(code, edges)) {
                found.push((at, "the box lies over the code; move one of them".into()));
            }
            // At most `template_elements` of them; the first is enough to look.
            let over = placed.iter().take(200).position(|(other, source)| {
                let together = source.when.is_none() || fixed.when.is_none();
                together && same_page(source.pages, fixed.pages) && overlap(*other, edges)
            });
            if let Some(over) = over {
                let message = format!(
                    "the box lies over another one, number {}; move one of them",
                    over + 1
                );
                found.push((at, message));
            }
            placed.push((edges, fixed));
        }
    }
}

/// Which of the characters no font has.
fn lacking(own: BTreeSet<char>, typeface: Typeface, fonts: &Fonts) -> Option<String> {
    let lacks = |character: &char| *character != '\n' && fonts.find_in(typeface, *character).is_none();
    let lacking: Vec<char> = own.into_iter().filter(lacks).collect();
    let first = u32::from(*lacking.first()?);
    let shown: String = lacking.iter().take(20).collect();
    Some(format!(
        "no font has {shown} (the first is U+{first:04X}); add a font that has it, or use other characters"
    ))
}

/// Why no record has a field of this label.
fn unfillable(label: &str) -> Option<String> {
    let error = line(label, NAME_CHARACTERS).err()?;
    Some(format!("no record has a field of the label `{label}`: {error}"))
}

fn leaves([left, top, right, bottom]: Edges, (width, height): (Length, Length)) -> bool {
    left < 0 || top < 0 || right > width || bottom > height
}

fn overlap(a: Edges, b: Edges) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

fn same_page(a: Pages, b: Pages) -> bool {
    // The first page may be the last.
    a == b || a == Pages::All || b == Pages::All
}

impl Source {
    /// Every condition, with the place of what it is about as far as it is known.
    fn conditions(&self) -> impl Iterator<Item = (usize, &Condition)> {
        let boxes = self
            .boxes
            .iter()
            .map(|spanned| (spanned.span().start, spanned.get_ref().when.as_ref()));
        let blocks = self.body.iter().map(|block| match block {
            Block::Columnar(columnar) => (columnar.columns.span().start, columnar.when.as_ref()),
            Block::Form(form) => (form.columns.span().start, form.when.as_ref()),
            Block::Paragraph(paragraph) => (paragraph.text.at, paragraph.when.as_ref()),
            Block::Picture(picture) => (picture.alternative.at, picture.when.as_ref()),
            Block::Rule(rule) => (0, rule.when.as_ref()),
            Block::Table(table) => (0, table.when.as_ref()),
        });
        boxes.chain(blocks).filter_map(|(at, when)| Some((at, when?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::BUILTIN;
    use crate::limits::Limits;

    const HEAD: &str =
        "format = 1\nname = \"t\"\n[page]\nmargin = { top = 20, right = 20, bottom = 20, left = 20 }\n";

    fn warnings(text: &str) -> Vec<(usize, usize, String)> {
        let template = Template::from_toml(&format!("{HEAD}{text}"), &Limits::DEFAULT).unwrap();
        let warnings = template.warnings(&Fonts::bundled());
        warnings
            .into_iter()
            .map(|warning| (warning.line, warning.column, warning.message))
            .collect()
    }

    #[test]
    fn builtin_templates_have_nothing_to_warn_of() {
        for name in BUILTIN {
            let template = Template::builtin(name).unwrap();
            assert_eq!(template.warnings(&Fonts::bundled()), [], "{name}");
        }
    }

    #[test]
    fn characters_that_no_font_has_are_named_where_they_stand() {
        let found = warnings("[title]\ntext = \"印\u{30000}\"\nsize = 22\n");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), (6, 8));
        assert!(found[0].2.contains("U+30000"), "{found:?}");
    }

    #[test]
    fn labels_that_no_record_has_are_named() {
        let found = warnings("[title]\ntext = \"{fields.a\u{200b}b|x}\"\nsize = 22\n");
        assert!(
            found
                .iter()
                .any(|(line, _, message)| *line == 6 && message.contains("invisible")),
            "{found:?}"
        );
    }

    #[test]
    fn conditions_that_never_hold_are_named() {
        let paragraph = "[[body]]\n[body.paragraph]\ntext = \"a\"\nsize = 12\npitch = 16\nwhen = ";
        for (when, says) in [
            ("{holder.code_type} == 11", Some("three digits")),
            ("{holder.code_type} == 111", None),
            ("{issued} == 2030年6月1日", Some("2030-06-01")),
            ("{issued} == 2030-06-01", None),
            ("{issued} != x", Some("2030-06-01")),
        ] {
            let found = warnings(&format!("{paragraph}\"{when}\"\n"));
            match says {
                None => assert_eq!(found, [], "{when}"),
                Some(says) => assert!(found[0].2.contains(says), "{when}: {found:?}"),
            }
        }
    }

    #[test]
    fn boxes_off_the_page_or_over_each_other_are_named() {
        let fixed = |left: i32, more: &str| {
            format!("[[box]]\nleft = {left}\ntop = 20\nwidth = 40\nheight = 10\ntext = \"a\"\n{more}")
        };
        let at = |text: &str| {
            warnings(text)
                .into_iter()
                .map(|(line, _, message)| (line, message))
                .collect::<Vec<_>>()
        };
        assert_eq!(at(&(fixed(20, "") + &fixed(60, ""))), []);
        let found = at(&fixed(180, ""));
        assert!(
            found.len() == 1 && found[0].1.contains("leaves the page"),
            "{found:?}"
        );
        let found = at(&(fixed(20, "") + &fixed(50, "")));
        assert!(found.len() == 1 && found[0].1.contains("number 1"), "{found:?}");
        let apart = |when: &str| format!("when = \"{when}\"\n");
        let either = fixed(20, &apart("{valid.to}")) + &fixed(20, &apart("!{valid.to}"));
        assert_eq!(at(&either), []);
        let code = fixed(20, "") + "[code]\nside = 40\nleft = 20\nbottom = 250\n";
        let found = at(&code);
        assert!(
            found.len() == 1 && found[0].1.contains("over the code"),
            "{found:?}"
        );
    }
}
