//! Templates: how a kind of record looks on paper, as TOML.

mod advice;
mod blocks;
mod check;
mod condition;
mod format;
mod source;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) use blocks::{
    Block, Cell, Columnar, Columns, Form, Level, Paragraph, PictureSource, Row, RuleSource, Sign, Table,
    TableStyle, Total,
};
pub(super) use condition::Condition;
pub(super) use format::{Format, cents, money};
pub(super) use source::{
    Align, Background, Border, BoxSource, CodePage, CodeSource, Colour, IssuerSource, LineSource,
    MarginSource, NotesSource, NotesStyle, Orientation, Pages, Source, Vertical,
};
pub(super) use text::{Binding, Piece, Text};

use super::chain::Typeface;
use super::error::TemplateError;
use super::picture::Picture;
use super::units::{Length, mm};
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
/// | `pictures.NAME` | `file` (a picture of the template's own, in its folder) |
/// | top | `format` (1), `name`, `languages` (the first is spoken unless another is asked for) |
/// | `page` | `margin` (`top`, `right`, `bottom`, `left`), `orientation` (`portrait`, `landscape`), `border` (`none`, `rule`, `licence`), `background` (`none`, `guilloche`), `watermark`, `most` (pages) |
/// | `header`, `footer` | `text` (with `{page}` and `{pages}`), `first`, `size`, `align`, `even_align`, `indent`, `away`, `rule`, `bold`, `font`, `colour` |
/// | `title`, `subtitle`, `number` | `text`, `size`, `align`, `spacing`, `bold`, `font`, `colour`, `before` |
/// | `[[body]]` `body.paragraph` | `text`, `size`, `pitch`, `indent`, `hanging`, `align` (also `justify`), `hanging_marks`, `per_line`, `spacing`, `bold`, `font`, `colour`, `before`, `after`, `heading` (1 to 3), `levels` (一、 and （一） are headings), `optional`, `when`, `new_page` |
/// | `[[body]]` `body.rule` | `weight`, `colour`, `before`, `when` |
/// | `[[body]]` `body.picture` | `picture`, `width`, `height`, `align`, `alternative`, `before`, `optional`, `when` |
/// | `[[body]]` `body.table` | `style` (`grid`, `open`), `label_width`, `size`, `pitch`, `row_height`, `columns`, `column_gap`, `font`, `label_font`, `before`, `rows`, `fields`, `closing_rows`, `when`; a row has `label`, `second`, `value`, `optional`, `when` |
/// | `[[body]]` `body.columnar` | `table` (label of the record's), `size`, `pitch`, `row_height`, `padding`, `font`, `head_font`, `columns`, `total`, `page_total`, `before`, `optional`, `when`; a column has `column`, `label`, `second`, `width` or `share`, `align`, `format`; a total has `label`, `sums` |
/// | `[[body]]` `body.form` | `columns` (shares), `size`, `pitch`, `row_height`, `font`, `label_font`, `before`, `rows`, `when`; a row has `height`, `cells`; a cell has `label`, `second`, `value`, `picture`, `alternative`, `code` (side of the square), `sign` (`name`, `date`, `seal`), `span` (columns, rows), `align`, `vertical`, `indent`, `optional` |
/// | `[[box]]` | `left`, `top` (from the upper left corner of the page), `width`, `height`, `pages` (`first`, `last`, `all`), `text`, `heading` (1 to 3), `size`, `pitch`, `align`, `vertical`, `bold`, `font`, `colour`, `picture`, `alternative`, `frame`, `rule`, `optional`, `when` |
/// | `issuer` | `name`, `joint` (`name`, `when`), `date`, `size`, `pitch`, `font`, `bottom`, `before`, `indent`, `seal` |
/// | `code` | `side`, `left`, `bottom`, `caption`, `caption_size`, `page` (`first`, `last`) |
/// | `notes` | `lines`, `closing` (`left`, `right`), `style` (`plain`, `record`), `size`, `pitch`, `font`, `hanging`, `inset`, `rule` |
///
/// An `issuer` also has a name and a seal for each body that issues a joint result ([`Record::joint`](crate::record::Record::joint)),
/// after the names that the template itself brings; the one date stands below the last, as GB/T 9704-2012 has it. Each has an
/// empty signature field then, and so has a form's `sign` whose `name` is that of such a body.
///
/// A text is one string or a table of strings by language. `{holder.name}` stands for a member of the record, `{valid.to|长期}`
/// for that or the text after the bar, `{issued:date-han}` for the member in a format: `date`, `date-han`, `money`, `money-han`
/// (财务大写), `masked`. A `when` is `{valid.to}`, `!{valid.to}`, `{holder.code_type} == 111` or `{holder.code_type} != 111`; the
/// compared value is the record's own, days in the form 2030-06-01. A `font` is `song`, `hei`, `kai` or `fang`, a `colour`
/// `black`, `grey`, `red` or `#RRGGBB`.
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
    pub(super) source: Arc<Source>,
    hash: [u8; 32],
    /// Which of the languages, from 0.
    language: usize,
    /// The most pages that a result may have.
    pub(super) pages: usize,
    /// Its own pictures, as far as they were given.
    pictures: Arc<BTreeMap<String, Picture>>,
    /// As it was read, to say where something stands.
    text: Arc<str>,
}

/// The names of the built-in templates, for [`Template::builtin`].
pub const BUILTIN: &[&str] = &[
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
    "application-form",
    "official-document",
    "register",
    "no-record-letter",
    "vocational-certificate",
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
            .check(limits)
            .map_err(|(at, message)| TemplateError::new(text, at, message))?;
        // Line ends must not change which template this is.
        let digest = DigestAlgorithm::Sha256.digest(text.replace("\r\n", "\n").as_bytes());
        let mut hash = [0; 32];
        hash.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        let most = source.page.most.map_or(usize::MAX, usize::from);
        Ok(Self {
            source: Arc::new(source),
            hash,
            language: 0,
            pages: limits.composed_pages.min(most),
            pictures: Arc::default(),
            text: text.into(),
        })
    }

    /// The built-in template `name`, one of [`BUILTIN`].
    #[must_use]
    pub fn builtin(name: &str) -> Option<Self> {
        let text = match name {
            "application-form" => include_str!("builtin/application-form.toml"),
            "employment" => include_str!("builtin/employment.toml"),
            "food-licence" => include_str!("builtin/food-licence.toml"),
            "lease-filing" => include_str!("builtin/lease-filing.toml"),
            "official-document" => include_str!("builtin/official-document.toml"),
            "register" => include_str!("builtin/register.toml"),
            "no-record-letter" => include_str!("builtin/no-record-letter.toml"),
            "residence" => include_str!("builtin/residence.toml"),
            "social-insurance" => include_str!("builtin/social-insurance.toml"),
            "vocational-certificate" => include_str!("builtin/vocational-certificate.toml"),
            _ => return None,
        };
        // A built-in template that cannot be read is caught by the tests of this crate.
        let template = Self::from_toml(text, &Limits::DEFAULT).ok()?;
        Some(match name {
            "vocational-certificate" => {
                let emblem = include_bytes!("builtin/vocational-emblem.svg");
                template.with_picture("emblem", Picture::read(emblem, &Limits::DEFAULT).ok()?)
            }
            _ => template,
        })
    }

    /// The pictures that the template names: name and file name, which is one without a folder.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.source.pictures.iter();
        own.map(|(name, picture)| (name.as_str(), picture.file.0.as_str()))
    }

    /// The template with its own picture `name`, one of those that [`files`](Self::files) tells; others change nothing. The
    /// [`hash`](Self::hash) covers it.
    #[must_use]
    pub fn with_picture(mut self, name: &str, picture: Picture) -> Self {
        if self.source.pictures.contains_key(name) {
            let mut bytes = self.hash.to_vec();
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(&picture.sha256());
            let digest = DigestAlgorithm::Sha256.digest(&bytes);
            self.hash = digest.try_into().unwrap_or_default();
            Arc::make_mut(&mut self.pictures).insert(name.to_owned(), picture);
        }
        self
    }

    /// The same for results of at most `pages` pages.
    #[cfg(feature = "seal")]
    pub(crate) fn at_most(mut self, pages: usize) -> Self {
        self.pages = self.pages.min(pages);
        self
    }

    pub(super) fn pictures(&self) -> &BTreeMap<String, Picture> {
        &self.pictures
    }

    /// Name and file of a picture that was not given.
    pub(super) fn missing_picture(&self) -> Option<(&str, &str)> {
        self.files().find(|(name, _)| !self.pictures.contains_key(*name))
    }

    /// SHA-256 of the template's text, line ends taken as line feeds, and its pictures. Names the template in drafts and payloads.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The template's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The languages that the template speaks, the one it speaks unless another is asked for first (RFC 5646).
    #[must_use]
    pub fn languages(&self) -> &[String] {
        &self.source.languages.0
    }

    /// The same template in another one of its [`languages`](Self::languages); `None` if it does not speak it.
    #[must_use]
    pub fn in_language(&self, language: &str) -> Option<Self> {
        let at = self.languages().iter().position(|tag| tag == language)?;
        Some(Self {
            language: at,
            ..self.clone()
        })
    }

    /// The language that the template speaks now.
    #[must_use]
    pub fn language(&self) -> &str {
        self.languages()
            .get(self.language)
            .map_or("zh-CN", String::as_str)
    }

    /// Width and height of the page.
    pub(super) fn page_size(&self) -> (Length, Length) {
        match self.source.page.orientation {
            Orientation::Portrait => (mm(210), mm(297)),
            Orientation::Landscape => (mm(297), mm(210)),
        }
    }

    /// Every character that the template brings itself in the language it speaks, and those that nearly every record brings, each with the
    /// typeface it is set in.
    pub(super) fn frequent_characters(&self) -> BTreeSet<(Typeface, char)> {
        const RECORD: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.*-年月日号第（）〔〕《》、，。；：";
        let mut characters: BTreeSet<(Typeface, char)> =
            RECORD.chars().map(|c| (Typeface::Song, c)).collect();
        self.source.visit(&mut |typeface, text| {
            characters.extend(text.characters(self.language()).map(|c| (typeface, c)));
        });
        characters
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
            "{HEAD}[title]\ntext = \"印信\"\nsize = 22\n  weight = 1\n"
        ));
        assert_eq!((error.line, error.column), (8, 3), "{error}");
        assert!(error.message.contains("weight"), "{error}");
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
