//! The report for people on a terminal: the verdict, the answers in the order in which a clerk asks, then what helps whoever helps.

use super::answers::{Answer, Question, Row, Words};
use super::columns::{LINE, pair, width};
use super::report::Report;

/// The language of a text for people.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Language {
    /// English.
    English,
    /// Chinese, simplified characters.
    Chinese,
    /// English, and Chinese beside or below it.
    #[default]
    Both,
}

impl Report {
    /// The report as text for a terminal: lines of at most 100 columns (Han characters count two), each ended by a line feed.
    ///
    /// What comes from the file is shown with its control characters replaced.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let mut page = Page {
            language,
            out: String::new(),
        };
        let (english, chinese) = self.advice();
        page.head(english, chinese);
        for answer in self.answers() {
            page.answer(&answer);
        }
        page.technical(self);
        page.out
    }
}

/// A text that is being written.
pub(super) struct Page {
    pub(super) language: Language,
    pub(super) out: String,
}

/// Where values start, from the left edge of their section.
const LABEL: usize = 16;
const LABEL_BOTH: usize = 24;
pub(super) const INDENT: usize = 2;
/// The widest column of labels.
const WIDEST: usize = 40;

impl Page {
    fn answer(&mut self, answer: &Answer) {
        // The first answer stands below the verdict, which is its heading.
        if answer.question != Question::Accept {
            let Words { en, zh } = answer.question.words();
            self.gap();
            self.head(&en, &zh);
        }
        // Labels of the result are as long as their department likes.
        let is_field = |row: &&Row| row.name == "field";
        let fields = answer.rows.iter().filter(is_field);
        let widest = fields.map(|row| width(&row.label.en)).max().unwrap_or(0);
        for row in &answer.rows {
            let Row { label, text, .. } = row;
            match row.name {
                "field" => pair(&mut self.out, INDENT, &label.en, widest.min(WIDEST) + 2, &text.en),
                _ => self.rows(&label.en, &label.zh, &text.en, &text.zh),
            }
        }
    }

    /// A label and a value that is the same in every language.
    pub(super) fn row(&mut self, english: &str, chinese: &str, value: &str) {
        let (label, room) = (self.one(english, chinese), self.label());
        pair(&mut self.out, INDENT, &label, room, value);
    }

    /// A label and a value in each language asked for.
    pub(super) fn rows(&mut self, english: &str, chinese: &str, value: &str, chinese_value: &str) {
        let (mut label, room) = (self.one(english, chinese), self.label());
        let mut texts = self.both(value, chinese_value);
        texts.dedup();
        for text in texts {
            pair(&mut self.out, INDENT, &label, room, text);
            label.clear();
        }
    }

    pub(super) fn head(&mut self, english: &str, chinese: &str) {
        let line = self.one(english, chinese);
        let lines = match width(&line) > LINE {
            true => self.both(english, chinese),
            false => vec![line.as_str()],
        };
        for line in lines {
            pair(&mut self.out, 0, line, 0, "");
        }
    }

    pub(super) fn gap(&mut self) {
        self.out.push('\n');
    }

    pub(super) fn label(&self) -> usize {
        match self.language {
            Language::English | Language::Chinese => LABEL,
            Language::Both => LABEL_BOTH,
        }
    }

    /// On one line. Words that are the same in both languages have no Chinese of their own.
    pub(super) fn one(&self, english: &str, chinese: &str) -> String {
        let indent = english.len() - english.trim_start().len();
        match self.language {
            Language::English => english.to_owned(),
            _ if chinese.is_empty() => english.to_owned(),
            Language::Chinese => format!("{}{chinese}", " ".repeat(indent)),
            Language::Both => format!("{english} {chinese}"),
        }
    }

    pub(super) fn both<'t>(&self, english: &'t str, chinese: &'t str) -> Vec<&'t str> {
        match self.language {
            Language::English => vec![english],
            Language::Chinese => vec![chinese],
            Language::Both => vec![english, chinese],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_keeps_its_indent_in_chinese_and_stands_where_it_has_no_chinese() {
        let said = |language| Page {
            language,
            out: String::new(),
        };
        let chinese = said(Language::Chinese);
        assert_eq!(chinese.one("  certificate", "证书"), "  证书");
        assert_eq!(chinese.one("EN 319 102-1", ""), "EN 319 102-1");
        assert_eq!(said(Language::English).one("  time", "时间"), "  time");
        assert_eq!(said(Language::Both).one("  time", "时间"), "  time 时间");
        assert_eq!(said(Language::Both).one("EN 319 102-1", ""), "EN 319 102-1");
    }
}
