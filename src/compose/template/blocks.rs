//! The shape of what the body of a template is made of: paragraphs, rules, tables, forms, pictures.

use serde::Deserialize;

use super::condition::Condition;
use super::format::Format;
use super::source::{Align, Colour, Vertical};
use super::text::Text;
use crate::compose::chain::Typeface;
use crate::compose::units::{Em, Mm, Pt};

/// What the body is made of, in order.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(in crate::compose) enum Block {
    Columnar(Columnar),
    Form(Form),
    Paragraph(Paragraph),
    Picture(PictureSource),
    Rule(RuleSource),
    Table(Table),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Paragraph {
    pub(in crate::compose) text: Text,
    pub(in crate::compose) size: Pt,
    /// From one line to the next.
    pub(in crate::compose) pitch: Pt,
    #[serde(default)]
    pub(in crate::compose) indent: Em,
    /// How far lines after the first start to the right of the left margin.
    #[serde(default)]
    pub(in crate::compose) hanging: Em,
    #[serde(default)]
    pub(in crate::compose) align: Align,
    /// Whether stops and commas of justified lines may hang outside the margin.
    #[serde(default)]
    pub(in crate::compose) hanging_marks: bool,
    #[serde(default)]
    pub(in crate::compose) bold: bool,
    #[serde(default)]
    pub(in crate::compose) font: Typeface,
    #[serde(default)]
    pub(in crate::compose) colour: Colour,
    /// How many full-width characters fill a line; their spacing is fitted.
    pub(in crate::compose) per_line: Option<PerLine>,
    /// Added between the characters.
    #[serde(default)]
    pub(in crate::compose) spacing: Em,
    #[serde(default)]
    pub(in crate::compose) before: Mm,
    #[serde(default)]
    pub(in crate::compose) after: Mm,
    /// A heading of this level, which stays with what follows.
    pub(in crate::compose) heading: Option<Level>,
    /// Whether lines that are only a heading such as 一、总则 or （一）范围 are set as one (GB/T 9704-2012, 7.3.3).
    #[serde(default)]
    pub(in crate::compose) levels: bool,
    /// Left out if a member without fallback is missing.
    #[serde(default)]
    pub(in crate::compose) optional: bool,
    pub(in crate::compose) when: Option<Condition>,
    #[serde(default)]
    pub(in crate::compose) new_page: bool,
}

/// Full-width characters of a line: 5 to 200.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "i64")]
pub(in crate::compose) struct PerLine(pub(in crate::compose) i32);

impl TryFrom<i64> for PerLine {
    type Error = String;

    fn try_from(count: i64) -> Result<Self, String> {
        match i32::try_from(count) {
            Ok(count @ 5..=200) => Ok(Self(count)),
            _ => Err(format!("a line has 5 to 200 characters, not {count}")),
        }
    }
}

/// The level of a heading.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "i64")]
pub(in crate::compose) enum Level {
    One,
    Two,
    Three,
}

impl TryFrom<i64> for Level {
    type Error = String;

    fn try_from(level: i64) -> Result<Self, String> {
        match level {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            3 => Ok(Self::Three),
            _ => Err(format!("a heading has level 1, 2 or 3, not {level}")),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct RuleSource {
    pub(in crate::compose) weight: Pt,
    #[serde(default)]
    pub(in crate::compose) colour: Colour,
    #[serde(default)]
    pub(in crate::compose) before: Mm,
    pub(in crate::compose) when: Option<Condition>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct PictureSource {
    /// Label of a picture of the record, or name of one of the template's.
    pub(in crate::compose) picture: String,
    /// The room it is given; it keeps its proportions within.
    pub(in crate::compose) width: Mm,
    pub(in crate::compose) height: Mm,
    #[serde(default = "centre")]
    pub(in crate::compose) align: Align,
    /// What is read out in its place.
    pub(in crate::compose) alternative: Text,
    #[serde(default)]
    pub(in crate::compose) before: Mm,
    #[serde(default)]
    pub(in crate::compose) optional: bool,
    pub(in crate::compose) when: Option<Condition>,
}

fn centre() -> Align {
    Align::Centre
}

/// Labels and values, one entry under the other or two side by side.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Table {
    #[serde(default)]
    pub(in crate::compose) style: TableStyle,
    pub(in crate::compose) label_width: Mm,
    pub(in crate::compose) size: Pt,
    pub(in crate::compose) pitch: Pt,
    #[serde(default)]
    pub(in crate::compose) font: Typeface,
    #[serde(default)]
    pub(in crate::compose) label_font: Typeface,
    /// The least height of a row.
    pub(in crate::compose) row_height: Mm,
    #[serde(default)]
    pub(in crate::compose) columns: Columns,
    /// Space between the columns of an open table.
    #[serde(default)]
    pub(in crate::compose) column_gap: Mm,
    #[serde(default)]
    pub(in crate::compose) before: Mm,
    /// Rows before the record's fields.
    #[serde(default)]
    pub(in crate::compose) rows: Vec<Row>,
    /// Whether the record's own fields follow, in their order.
    #[serde(default)]
    pub(in crate::compose) fields: bool,
    /// Rows after the record's fields.
    #[serde(default)]
    pub(in crate::compose) closing_rows: Vec<Row>,
    pub(in crate::compose) when: Option<Condition>,
}

/// How many entries stand side by side.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(try_from = "i64")]
pub(in crate::compose) enum Columns {
    #[default]
    One,
    Two,
}

impl Columns {
    pub(in crate::compose) fn count(self) -> u8 {
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
pub(in crate::compose) enum TableStyle {
    /// Ruled cells.
    #[default]
    Grid,
    /// Labels spread to one width, a colon, the value; no rules.
    Open,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Row {
    pub(in crate::compose) label: Text,
    /// The label once more in another language, smaller and below.
    pub(in crate::compose) second: Option<Text>,
    pub(in crate::compose) value: Text,
    #[serde(default)]
    pub(in crate::compose) optional: bool,
    pub(in crate::compose) when: Option<Condition>,
}

/// A table of the record, column by column, that may go on over many pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Columnar {
    /// Label of the record's table.
    pub(in crate::compose) table: String,
    pub(in crate::compose) size: Pt,
    pub(in crate::compose) pitch: Pt,
    #[serde(default)]
    pub(in crate::compose) font: Typeface,
    #[serde(default)]
    pub(in crate::compose) head_font: Typeface,
    /// The least height of a row.
    pub(in crate::compose) row_height: Mm,
    /// Space at either side of a cell's text.
    #[serde(default = "narrow")]
    pub(in crate::compose) padding: Mm,
    pub(in crate::compose) columns: toml::Spanned<Vec<Column>>,
    /// A last row with the sums of columns.
    pub(in crate::compose) total: Option<Total>,
    /// A row at the foot of every page with the sums of the rows on it.
    pub(in crate::compose) page_total: Option<Total>,
    #[serde(default)]
    pub(in crate::compose) before: Mm,
    /// Left out if the record has no such table.
    #[serde(default)]
    pub(in crate::compose) optional: bool,
    pub(in crate::compose) when: Option<Condition>,
}

fn narrow() -> Mm {
    Mm::millimetres_of(1)
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Column {
    /// The column of the record's table; without it the rows are numbered from 1.
    pub(in crate::compose) column: Option<String>,
    /// What stands above; without it the column's own name.
    pub(in crate::compose) label: Option<Text>,
    /// The label once more in another language, smaller and below.
    pub(in crate::compose) second: Option<Text>,
    /// Width in millimetres.
    pub(in crate::compose) width: Option<Mm>,
    /// Part of what the columns with a width leave.
    pub(in crate::compose) share: Option<Share>,
    #[serde(default)]
    pub(in crate::compose) align: Align,
    pub(in crate::compose) format: Option<Format>,
}

/// A part of a width, against the other parts: 1 to 100.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "i64")]
pub(in crate::compose) struct Share(pub(in crate::compose) i32);

impl TryFrom<i64> for Share {
    type Error = String;

    fn try_from(share: i64) -> Result<Self, String> {
        match i32::try_from(share) {
            Ok(share @ 1..=100) => Ok(Self(share)),
            _ => Err(format!("a share is 1 to 100, not {share}")),
        }
    }
}

/// A row of sums.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Total {
    pub(in crate::compose) label: Text,
    /// The columns of the record's table that are summed; every cell must be a number with at most two decimals.
    pub(in crate::compose) sums: Vec<String>,
}

/// A grid of cells, some of them merged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Form {
    /// Widths of the columns, against each other: they fill the type area.
    pub(in crate::compose) columns: toml::Spanned<Vec<Share>>,
    pub(in crate::compose) size: Pt,
    pub(in crate::compose) pitch: Pt,
    #[serde(default)]
    pub(in crate::compose) font: Typeface,
    #[serde(default)]
    pub(in crate::compose) label_font: Typeface,
    /// The least height of a row.
    pub(in crate::compose) row_height: Mm,
    pub(in crate::compose) rows: Vec<toml::Spanned<FormRow>>,
    #[serde(default)]
    pub(in crate::compose) before: Mm,
    pub(in crate::compose) when: Option<Condition>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct FormRow {
    /// From the left, those columns left out that a cell from above takes.
    pub(in crate::compose) cells: Vec<Cell>,
    pub(in crate::compose) height: Option<Mm>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Cell {
    pub(in crate::compose) label: Option<Text>,
    /// The label once more in another language, smaller and below.
    pub(in crate::compose) second: Option<Text>,
    pub(in crate::compose) value: Option<Text>,
    /// Label of a picture of the record, or name of one of the template's.
    pub(in crate::compose) picture: Option<String>,
    /// What is read out in place of the picture.
    pub(in crate::compose) alternative: Option<Text>,
    /// The side of the code's square; there is one code.
    pub(in crate::compose) code: Option<Mm>,
    /// A name and a date at the lower right, with the place of a seal.
    pub(in crate::compose) sign: Option<Sign>,
    /// Columns and rows that the cell takes.
    #[serde(default = "single")]
    pub(in crate::compose) span: Span,
    pub(in crate::compose) align: Option<Align>,
    pub(in crate::compose) vertical: Option<Vertical>,
    #[serde(default)]
    pub(in crate::compose) indent: Em,
    /// Stays empty if a member without fallback is missing.
    #[serde(default)]
    pub(in crate::compose) optional: bool,
}

/// Columns and rows of a cell: each 1 to 64.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "(i64, i64)")]
pub(in crate::compose) struct Span {
    pub(in crate::compose) columns: usize,
    pub(in crate::compose) rows: usize,
}

fn single() -> Span {
    Span { columns: 1, rows: 1 }
}

impl TryFrom<(i64, i64)> for Span {
    type Error = String;

    fn try_from((columns, rows): (i64, i64)) -> Result<Self, String> {
        match (usize::try_from(columns), usize::try_from(rows)) {
            (Ok(columns @ 1..=64), Ok(rows @ 1..=64)) => Ok(Self { columns, rows }),
            _ => Err(format!(
                "a cell takes 1 to 64 columns and rows, not {columns} by {rows}"
            )),
        }
    }
}

/// Who signs in a cell, and when.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Sign {
    pub(in crate::compose) name: Text,
    pub(in crate::compose) date: Text,
    /// Diameter of the seal; 0 for none.
    #[serde(default)]
    pub(in crate::compose) seal: Mm,
}
