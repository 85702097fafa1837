//! Templates: how a kind of record looks on paper, as TOML.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::error::TemplateError;
use super::text::Text;
use super::units::{Em, Length, Mm, Pt, mm};
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;

/// How a kind of record looks on paper (版式模板).
///
/// A template is TOML; the built-in ones under `src/compose/templates` show every key. Lengths are millimetres, except sizes,
/// pitches and weights in points and indents and spacings in ems. A template is checked when it is read; composing can still
/// fail on what only the record decides.
///
/// | table | keys |
/// |---|---|
/// | top | `format` (1), `name` |
/// | `page` | `margin` (`top`, `right`, `bottom`, `left`), `orientation` (`portrait`, `landscape`), `border` (`none`, `rule`, `licence`) |
/// | `title`, `subtitle`, `number`, `footer` | `text`, `size`, `align`, `spacing`, `bold`, `before` |
/// | `[[body]]` `body.paragraph` | `text`, `size`, `pitch`, `indent`, `align` (also `justify`), `bold`, `before`, `optional` |
/// | `[[body]]` `body.rule` | `weight`, `before` |
/// | `[[body]]` `body.table` | `style` (`grid`, `open`), `label_width`, `size`, `pitch`, `row_height`, `columns`, `column_gap`, `before`, `rows`, `fields`, `closing_rows`; a row has `label`, `value`, `optional` |
/// | `issuer` | `name`, `date`, `size`, `pitch`, `bottom`, `before`, `indent`, `seal` |
/// | `code` | `side`, `left`, `bottom`, `caption`, `caption_size` |
/// | `notes` | `lines`, `size`, `pitch`, `rule` |
///
/// # Example
/// ```
/// use yinxin::compose::Template;
/// use yinxin::limits::Limits;
///
/// let text = r#"
///     format = 1
///     name = "proof"
///     [page]
///     margin = { top = 37, right = 26, bottom = 35, left = 28 }
///     [title]
///     text = "{type.nmae}"
///     size = 22
/// "#;
/// let error = Template::from_toml(text, &Limits::DEFAULT).unwrap_err();
/// assert_eq!((error.line, error.column), (7, 12)); // where the misspelt placeholder stands
/// ```
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

/// The version of the template's language.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "i64")]
struct Format;

impl TryFrom<i64> for Format {
    type Error = String;

    fn try_from(format: i64) -> Result<Self, String> {
        if format == 1 {
            Ok(Self)
        } else {
            Err(format!("format {format} is not known; write format = 1"))
        }
    }
}

/// The whole template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    #[expect(dead_code, reason = "there is one format; reading it checks it")]
    format: Format,
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
    #[serde(default)]
    pub(super) columns: Columns,
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

/// How many entries stand side by side.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(try_from = "i64")]
pub(super) enum Columns {
    #[default]
    One,
    Two,
}

impl Columns {
    pub(super) fn count(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

impl TryFrom<i64> for Columns {
    type Error = String;

    fn try_from(count: i64) -> Result<Self, String> {
        match count {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err(format!("a table has 1 or 2 columns, not {count}")),
        }
    }
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
