//! The shape of a template's text: page, lines of fixed meaning, issuer, code, notes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::blocks::{Block, Level};
use super::condition::Condition;
use super::text::{PageText, Text};
use crate::compose::chain::Typeface;
use crate::compose::units::{Em, Mm, Pt};

/// The version of the template's language.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "i64")]
pub(super) struct Format;

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
pub(in crate::compose) struct Source {
    #[expect(dead_code, reason = "there is one format; reading it checks it")]
    format: Format,
    pub(super) name: String,
    /// The first is the language of texts that say nothing else.
    #[serde(default)]
    pub(in crate::compose) languages: Languages,
    /// The template's own pictures by name; a record's picture of the same label does not take their place.
    #[serde(default)]
    pub(super) pictures: BTreeMap<String, OwnPicture>,
    pub(in crate::compose) page: PageSource,
    pub(in crate::compose) header: Option<MarginSource>,
    pub(in crate::compose) footer: Option<MarginSource>,
    pub(in crate::compose) title: Option<LineSource>,
    pub(in crate::compose) subtitle: Option<LineSource>,
    pub(in crate::compose) number: Option<LineSource>,
    #[serde(default)]
    pub(in crate::compose) body: Vec<Block>,
    #[serde(default, rename = "box")]
    pub(in crate::compose) boxes: Vec<toml::Spanned<BoxSource>>,
    pub(in crate::compose) issuer: Option<IssuerSource>,
    pub(in crate::compose) code: Option<CodeSource>,
    pub(in crate::compose) notes: Option<NotesSource>,
}

/// A picture that belongs to the template. Its bytes are given beside the text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnPicture {
    /// The name of its file, in the folder of the template.
    pub(super) file: FileName,
}

/// A file name without a folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct FileName(pub(super) String);

impl TryFrom<String> for FileName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let plain = !name.is_empty()
            && name.chars().count() <= 100
            && !name.starts_with('.')
            && !name.contains(['/', '\\', ':'])
            && !name.chars().any(char::is_control);
        if plain {
            Ok(Self(name))
        } else {
            Err("a picture's file is a plain name in the folder of the template".into())
        }
    }
}

/// Language tags (RFC 5646), at least one, none twice.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(in crate::compose) struct Languages(pub(in crate::compose) Vec<String>);

impl Default for Languages {
    fn default() -> Self {
        Self(vec!["zh-CN".to_owned()])
    }
}

impl TryFrom<Vec<String>> for Languages {
    type Error = String;

    fn try_from(tags: Vec<String>) -> Result<Self, String> {
        if tags.is_empty() || tags.len() > 32 {
            return Err("a template has 1 to 32 languages".into());
        }
        for (at, tag) in tags.iter().enumerate() {
            let fits = |part: &str| {
                (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            if tag.len() > 35 || !tag.split('-').all(fits) {
                return Err(format!("`{tag}` is not a language tag such as zh-CN or en"));
            }
            if tags.iter().take(at).any(|other| other == tag) {
                return Err(format!("language `{tag}` is given twice"));
            }
        }
        Ok(Self(tags))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct PageSource {
    #[serde(default)]
    pub(in crate::compose) orientation: Orientation,
    pub(in crate::compose) margin: Margin,
    #[serde(default)]
    pub(in crate::compose) border: Border,
    /// What lies under the whole page.
    #[serde(default)]
    pub(in crate::compose) background: Background,
    /// Large pale words across every page.
    pub(in crate::compose) watermark: Option<Words>,
    /// The most pages that a result may have.
    pub(in crate::compose) most: Option<u16>,
}

/// Words of the template alone, which no record changes: 1 to 40 characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::compose) struct Words(pub(in crate::compose) String);

impl TryFrom<String> for Words {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains(['{', '}']) {
            return Err("a watermark is the same on every result; it has no placeholders".into());
        }
        if (1..=40).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err("a watermark has 1 to 40 characters on one line".into())
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(in crate::compose) enum Orientation {
    #[default]
    Portrait,
    Landscape,
}

/// The frame around the page.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(in crate::compose) enum Border {
    #[default]
    None,
    /// A thick and a thin rule.
    Rule,
    /// The ornament of a licence.
    Licence,
}

/// What lies under the whole page.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(in crate::compose) enum Background {
    #[default]
    None,
    /// Fine interlaced curves (底纹).
    Guilloche,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Margin {
    pub(in crate::compose) top: Mm,
    pub(in crate::compose) right: Mm,
    pub(in crate::compose) bottom: Mm,
    pub(in crate::compose) left: Mm,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(in crate::compose) enum Align {
    #[default]
    Left,
    Centre,
    Right,
    Justify,
}

/// Where text stands between the upper and the lower edge of its cell or box.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(in crate::compose) enum Vertical {
    Top,
    Middle,
    Bottom,
}

/// A colour: `black`, `grey`, `red` (that of official documents) or `#RRGGBB`; kept as thousandths of red, green and blue.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub(in crate::compose) struct Colour(pub(in crate::compose) [i32; 3]);

impl TryFrom<String> for Colour {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no colour; write black, grey, red or #RRGGBB");
        match text.as_str() {
            "black" => return Ok(Self([0, 0, 0])),
            "grey" => return Ok(Self([500, 500, 500])),
            // GB/T 9704-2012, 6.1 asks for Y 80, M 80; in sRGB that is about this.
            "red" => return Ok(Self([850, 100, 90])),
            _ => {}
        }
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let value = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| i32::from_str_radix(digits, 16).ok())
            .ok_or_else(wrong)?;
        Ok(Self(
            [16, 8, 0].map(|shift| ((value >> shift & 0xFF) * 1000 + 127) / 255),
        ))
    }
}

/// One line: title, subtitle, number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct LineSource {
    pub(in crate::compose) text: Text,
    pub(in crate::compose) size: Pt,
    pub(in crate::compose) align: Option<Align>,
    /// Added between the characters.
    #[serde(default)]
    pub(in crate::compose) spacing: Em,
    #[serde(default)]
    pub(in crate::compose) bold: bool,
    #[serde(default)]
    pub(in crate::compose) font: Typeface,
    #[serde(default)]
    pub(in crate::compose) colour: Colour,
    /// Space above.
    #[serde(default)]
    pub(in crate::compose) before: Mm,
}

/// The line that every page repeats at its head or foot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct MarginSource {
    pub(in crate::compose) text: PageText,
    pub(in crate::compose) size: Pt,
    pub(in crate::compose) align: Option<Align>,
    /// Where it stands on pages of even number.
    pub(in crate::compose) even_align: Option<Align>,
    /// What the first page says instead; empty for nothing.
    pub(in crate::compose) first: Option<PageText>,
    #[serde(default)]
    pub(in crate::compose) bold: bool,
    #[serde(default)]
    pub(in crate::compose) font: Typeface,
    #[serde(default)]
    pub(in crate::compose) colour: Colour,
    /// How far it stays from the margin that it is aligned to.
    #[serde(default)]
    pub(in crate::compose) indent: Em,
    /// How far outside the type area the line stands; without it a footer is the last line of the type area.
    pub(in crate::compose) away: Option<Mm>,
    /// Weight of a rule between the line and the type area.
    pub(in crate::compose) rule: Option<Pt>,
}

/// Which pages show a box.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(in crate::compose) enum Pages {
    All,
    #[default]
    First,
    Last,
}

/// Something at a fixed place of the page, measured from its upper left corner.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct BoxSource {
    pub(in crate::compose) left: Mm,
    pub(in crate::compose) top: Mm,
    pub(in crate::compose) width: Mm,
    #[serde(default)]
    pub(in crate::compose) height: Mm,
    #[serde(default)]
    pub(in crate::compose) pages: Pages,
    pub(in crate::compose) when: Option<Condition>,
    pub(in crate::compose) text: Option<Text>,
    /// Whether the text is a heading to a screen reader, and of which level.
    pub(in crate::compose) heading: Option<Level>,
    #[serde(default = "twelve")]
    pub(in crate::compose) size: Pt,
    pub(in crate::compose) pitch: Option<Pt>,
    #[serde(default)]
    pub(in crate::compose) align: Align,
    #[serde(default = "at_top")]
    pub(in crate::compose) vertical: Vertical,
    #[serde(default)]
    pub(in crate::compose) bold: bool,
    #[serde(default)]
    pub(in crate::compose) font: Typeface,
    #[serde(default)]
    pub(in crate::compose) colour: Colour,
    /// Left out if a member without fallback is missing.
    #[serde(default)]
    pub(in crate::compose) optional: bool,
    /// Label of a picture of the record, or name of one of the template's.
    pub(in crate::compose) picture: Option<String>,
    /// What is read out in place of the picture.
    pub(in crate::compose) alternative: Option<Text>,
    /// Weight of the line around the box.
    pub(in crate::compose) frame: Option<Pt>,
    /// Weight of a line along the upper edge.
    pub(in crate::compose) rule: Option<Pt>,
}

/// Name and date of the issuing body, with the place of its seal (GB/T 9704-2012, 7.3.5).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct IssuerSource {
    pub(in crate::compose) name: Text,
    /// The bodies that issue together with it, after it in order; each has its own seal.
    #[serde(default)]
    pub(in crate::compose) joint: Vec<Joint>,
    pub(in crate::compose) date: Text,
    pub(in crate::compose) size: Pt,
    pub(in crate::compose) pitch: Pt,
    #[serde(default)]
    pub(in crate::compose) font: Typeface,
    /// From the lower edge of the page to the date's line; without it the block follows the body.
    pub(in crate::compose) bottom: Option<Mm>,
    #[serde(default)]
    pub(in crate::compose) before: Mm,
    /// How far the date stays from the right margin.
    #[serde(default = "four")]
    pub(in crate::compose) indent: Em,
    /// Diameter of the seal; 0 for none.
    #[serde(default)]
    pub(in crate::compose) seal: Mm,
}

/// A body that issues together with the first.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Joint {
    pub(in crate::compose) name: Text,
    pub(in crate::compose) when: Option<Condition>,
}

fn four() -> Em {
    Em::thousandths(4_000)
}

/// The square of the QR code, measured from the lower left corner of the page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct CodeSource {
    pub(in crate::compose) side: Mm,
    pub(in crate::compose) left: Mm,
    pub(in crate::compose) bottom: Mm,
    pub(in crate::compose) caption: Option<Text>,
    #[serde(default = "nine")]
    pub(in crate::compose) caption_size: Pt,
    #[serde(default)]
    pub(in crate::compose) page: CodePage,
}

/// Which page has the code.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(in crate::compose) enum CodePage {
    First,
    #[default]
    Last,
}

fn nine() -> Pt {
    Pt::points(9)
}

fn twelve() -> Pt {
    Pt::points(12)
}

fn at_top() -> Vertical {
    Vertical::Top
}

/// Small print that ends at the bottom margin of the last page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct NotesSource {
    pub(in crate::compose) lines: Vec<Text>,
    pub(in crate::compose) size: Pt,
    pub(in crate::compose) pitch: Pt,
    #[serde(default)]
    pub(in crate::compose) font: Typeface,
    /// How far lines after the first of a note start to the right of it.
    #[serde(default)]
    pub(in crate::compose) hanging: Em,
    /// Space at either side of the text.
    #[serde(default)]
    pub(in crate::compose) inset: Em,
    /// Whether a thin rule stands above.
    #[serde(default)]
    pub(in crate::compose) rule: bool,
    #[serde(default)]
    pub(in crate::compose) style: NotesStyle,
    /// A last line with text at both margins.
    pub(in crate::compose) closing: Option<Ends>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(in crate::compose) enum NotesStyle {
    #[default]
    Plain,
    /// 版记: rules of 0.35 mm above and below, of 0.25 mm between the notes (GB/T 9704-2012, 7.4.1).
    Record,
}

/// Text at the left and at the right margin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::compose) struct Ends {
    pub(in crate::compose) left: Text,
    pub(in crate::compose) right: Text,
}
