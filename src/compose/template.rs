//! Templates: how a kind of record looks on paper, as TOML.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::error::TemplateError;
use super::text::Text;
use super::units::{Em, Length, Mm, Pt, mm};
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;

/// How a kind of record looks on paper (版式模板). `docs/TEMPLATES.md` describes the keys.
///
/// A template is checked when it is read; composing can still fail on what only the record decides.
#[derive(Clone, Debug)]
pub struct Template {
    pub(super) source: Source,
    hash: [u8; 32],
}

/// The names of the built-in templates, for [`Template::builtin`].
pub const BUILTIN: &[&str] = &[
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
];

impl Template {
    /// Reads a template of at most `limits.template_bytes` bytes. Unknown keys and placeholders are refused.
    ///
    /// # Errors
    /// Occurs if the text is too long, is not TOML, or a key or value is not one that a template may have; the error says where.
    pub fn from_toml(text: &str, limits: &Limits) -> Result<Self, TemplateError> {
        if text.len() > limits.template_bytes {
            let message = format!(
                "the template has {} bytes, more than {}",
                text.len(),
                limits.template_bytes
            );
            return Err(TemplateError::new(text, 0, message));
        }
        let source: Source = toml::from_str(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            TemplateError::new(text, offset, error.message())
        })?;
        source
            .check()
            .map_err(|message| TemplateError::new(text, 0, message))?;
        // Line ends must not change which template this is.
        let digest = DigestAlgorithm::Sha256.digest(text.replace("\r\n", "\n").as_bytes());
        let mut hash = [0; 32];
        hash.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Ok(Self { source, hash })
    }

    /// The built-in template `name`, one of [`BUILTIN`].
    #[must_use]
    pub fn builtin(name: &str) -> Option<Self> {
        let text = match name {
            "employment" => include_str!("templates/employment.toml"),
            "food-licence" => include_str!("templates/food-licence.toml"),
            "lease-filing" => include_str!("templates/lease-filing.toml"),
            "residence" => include_str!("templates/residence.toml"),
            "social-insurance" => include_str!("templates/social-insurance.toml"),
            _ => return None,
        };
        // A built-in template that cannot be read is caught by the tests of this crate.
        Self::from_toml(text, &Limits::DEFAULT).ok()
    }

    /// SHA-256 of the template's text, line ends taken as line feeds. Names the template in drafts and payloads.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The template's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// Width and height of the page.
    pub(super) fn page_size(&self) -> (Length, Length) {
        match self.source.page.orientation {
            Orientation::Portrait => (mm(210), mm(297)),
            Orientation::Landscape => (mm(297), mm(210)),
        }
    }

    /// Every character that the template brings itself, and those that nearly every record brings.
    pub(super) fn frequent_characters(&self) -> BTreeSet<char> {
        let mut characters: BTreeSet<char> =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.*-年月日号第（）〔〕《》、，。；："
                .chars()
                .collect();
        self.source
            .visit(&mut |text| characters.extend(text.characters()));
        characters
    }
}

/// The whole template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    format: u32,
    name: String,
    pub(super) page: PageSource,
    pub(super) title: LineSource,
    pub(super) subtitle: Option<LineSource>,
    pub(super) number: Option<LineSource>,
    #[serde(default)]
    pub(super) body: Vec<Block>,
    pub(super) issuer: Option<IssuerSource>,
    pub(super) code: Option<CodeSource>,
    pub(super) notes: Option<NotesSource>,
    pub(super) footer: Option<LineSource>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageSource {
    #[serde(default)]
    pub(super) orientation: Orientation,
    pub(super) margin: Margin,
    #[serde(default)]
    pub(super) border: Border,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Orientation {
    #[default]
    Portrait,
    Landscape,
}

/// The frame around the page.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Border {
    #[default]
    None,
    /// A thick and a thin rule.
    Rule,
    /// The ornament of a licence.
    Licence,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Margin {
    pub(super) top: Mm,
    pub(super) right: Mm,
    pub(super) bottom: Mm,
    pub(super) left: Mm,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Align {
    #[default]
    Left,
    Centre,
    Right,
    Justify,
}

/// One line: title, number, footer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineSource {
    pub(super) text: Text,
    pub(super) size: Pt,
    pub(super) align: Option<Align>,
    /// Added between the characters.
    #[serde(default)]
    pub(super) spacing: Em,
    #[serde(default)]
    pub(super) bold: bool,
    /// Space above.
    #[serde(default)]
    pub(super) before: Mm,
}

/// What the body is made of, in order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Block {
    Paragraph(Paragraph),
    Rule(RuleSource),
    Table(Table),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paragraph {
    pub(super) text: Text,
    pub(super) size: Pt,
    /// From one line to the next.
    pub(super) pitch: Pt,
    #[serde(default)]
    pub(super) indent: Em,
    #[serde(default)]
    pub(super) align: Align,
    #[serde(default)]
    pub(super) bold: bool,
    #[serde(default)]
    pub(super) before: Mm,
    /// Left out if a member without fallback is missing.
    #[serde(default)]
    pub(super) optional: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSource {
    pub(super) weight: Pt,
    #[serde(default)]
    pub(super) before: Mm,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default)]
    pub(super) style: TableStyle,
    pub(super) label_width: Mm,
    pub(super) size: Pt,
    pub(super) pitch: Pt,
    /// The least height of a row.
    pub(super) row_height: Mm,
    #[serde(default = "one")]
    pub(super) columns: u8,
    /// Space between the columns of an open table.
    #[serde(default)]
    pub(super) column_gap: Mm,
    #[serde(default)]
    pub(super) before: Mm,
    /// Rows before the record's fields.
    #[serde(default)]
    pub(super) rows: Vec<Row>,
    /// Whether the record's own fields follow, in their order.
    #[serde(default)]
    pub(super) fields: bool,
    /// Rows after the record's fields.
    #[serde(default)]
    pub(super) closing_rows: Vec<Row>,
}

fn one() -> u8 {
    1
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum TableStyle {
    /// Ruled cells.
    #[default]
    Grid,
    /// Labels spread to one width, a colon, the value; no rules.
    Open,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) label: Text,
    pub(super) value: Text,
    #[serde(default)]
    pub(super) optional: bool,
}

/// Name and date of the issuing body, with the place of its seal (GB/T 9704-2012, 7.3.5).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerSource {
    pub(super) name: Text,
    pub(super) date: Text,
    pub(super) size: Pt,
    pub(super) pitch: Pt,
    /// From the lower edge of the page to the date's line; without it the block follows the body.
    pub(super) bottom: Option<Mm>,
    #[serde(default)]
    pub(super) before: Mm,
    /// How far the date stays from the right margin.
    #[serde(default = "four")]
    pub(super) indent: Em,
    /// Diameter of the seal; 0 for none.
    #[serde(default)]
    pub(super) seal: Mm,
}

fn four() -> Em {
    Em::thousandths(4_000)
}

/// The square of the QR code, measured from the lower left corner of the page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeSource {
    pub(super) side: Mm,
    pub(super) left: Mm,
    pub(super) bottom: Mm,
    pub(super) caption: Option<Text>,
    #[serde(default = "nine")]
    pub(super) caption_size: Pt,
}

fn nine() -> Pt {
    Pt::points(9)
}

/// Small print that ends at the bottom margin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotesSource {
    pub(super) lines: Vec<Text>,
    pub(super) size: Pt,
    pub(super) pitch: Pt,
    /// Whether a thin rule stands above.
    #[serde(default)]
    pub(super) rule: bool,
}

impl Source {
    /// What the types cannot say.
    fn check(&self) -> Result<(), String> {
        if self.format != 1 {
            return Err(format!("format {} is not known; write format = 1", self.format));
        }
        let tables = self.body.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        });
        for table in tables {
            if !(1..=2).contains(&table.columns) {
                return Err(format!("a table has 1 or 2 columns, not {}", table.columns));
            }
        }
        Ok(())
    }

    /// Shows every text to `see`.
    fn visit(&self, see: &mut dyn FnMut(&Text)) {
        let lines = [
            Some(&self.title),
            self.subtitle.as_ref(),
            self.number.as_ref(),
            self.footer.as_ref(),
        ];
        lines.into_iter().flatten().for_each(|line| see(&line.text));
        for block in &self.body {
            match block {
                Block::Paragraph(paragraph) => see(&paragraph.text),
                Block::Rule(_) => {}
                Block::Table(table) => {
                    for row in table.rows.iter().chain(&table.closing_rows) {
                        see(&row.label);
                        see(&row.value);
                    }
                }
            }
        }
        if let Some(issuer) = &self.issuer {
            see(&issuer.name);
            see(&issuer.date);
        }
        if let Some(caption) = self.code.as_ref().and_then(|code| code.caption.as_ref()) {
            see(caption);
        }
        if let Some(notes) = &self.notes {
            notes.lines.iter().for_each(see);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> TemplateError {
        Template::from_toml(text, &Limits::DEFAULT).unwrap_err()
    }

    const HEAD: &str =
        "format = 1\nname = \"t\"\n[page]\nmargin = { top = 20, right = 20, bottom = 20, left = 20 }\n";

    #[test]
    fn builtin_templates_are_all_readable_and_carry_their_name() {
        for name in BUILTIN {
            assert_eq!(Template::builtin(name).unwrap().name(), *name);
        }
    }

    #[test]
    fn unknown_key_is_refused_where_it_stands() {
        let error = refused(&format!(
            "{HEAD}[title]\ntext = \"印信\"\nsize = 22\n  colour = 1\n"
        ));
        assert_eq!((error.line, error.column), (8, 3), "{error}");
        assert!(error.message.contains("colour"), "{error}");
    }

    #[test]
    fn unknown_placeholder_is_refused_where_it_stands() {
        let error = refused(&format!("{HEAD}[title]\ntext = \"{{holder.nme}}\"\nsize = 22\n"));
        assert_eq!((error.line, error.column), (6, 8), "{error}");
        assert!(error.message.contains("holder.nme"), "{error}");
    }

    #[test]
    fn size_out_of_range_is_refused_where_it_stands() {
        let error = refused(&format!("{HEAD}[title]\ntext = \"a\"\nsize = 2200\n"));
        assert_eq!((error.line, error.column), (7, 8), "{error}");
    }

    #[test]
    fn unknown_block_is_refused_where_it_stands() {
        let error = refused(&format!(
            "{HEAD}[title]\ntext = \"a\"\nsize = 20\n[[body]]\n[body.tabel]\nsize = 1\n"
        ));
        assert_eq!(error.line, 9, "{error}");
    }

    #[test]
    fn line_ends_do_not_change_the_hash() {
        let text = format!("{HEAD}[title]\ntext = \"a\"\nsize = 20\n");
        let windows = text.replace('\n', "\r\n");
        let hash = |text: &str| Template::from_toml(text, &Limits::DEFAULT).unwrap().hash();
        assert_eq!(hash(&text), hash(&windows));
    }
}
