//! What people see while and after the work: progress, and a table that lines up with Chinese text in it.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// Steps of a known number: a bar on a terminal, one plain line a step elsewhere. Goes to standard error.
pub struct Progress {
    bar: Option<ProgressBar>,
    done: u64,
    total: u64,
}

impl Progress {
    pub fn new(total: usize) -> Self {
        let total = total as u64;
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
            ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, done: 0, total }
    }

    /// Says what is done now; the step before it is finished.
    pub fn step(&mut self, what: &str) {
        self.done = self.done.saturating_add(1);
        match &self.bar {
            Some(bar) => {
                bar.set_position(self.done.saturating_sub(1));
                bar.set_message(what.to_owned());
            }
            None => eprintln!("[{}/{}] {what}", self.done, self.total),
        }
    }

    /// Counts a step that is done, of so many that each has no line of its own.
    pub fn count(&mut self) {
        self.done = self.done.saturating_add(1);
        match &self.bar {
            Some(bar) => bar.set_position(self.done),
            None if self.done == self.total || self.done.is_multiple_of(1000) => {
                eprintln!("[{}/{}]", self.done, self.total);
            }
            None => {}
        }
    }

    /// A line that stays, above the bar.
    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A table of text, columns as wide as their widest cell; the last column is not padded.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self {
            rows: vec![head.iter().map(ToString::to_string).collect()],
        }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines; a rule follows the head.
    pub fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(column))
                    .map(|cell| width(cell))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut lines: Vec<String> = self
            .rows
            .iter()
            .map(|row| {
                let cells = row.iter().zip(&widths).map(|(cell, &wide)| pad(cell, wide));
                cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
            })
            .collect();
        let rule: Vec<String> = widths.iter().map(|&wide| "-".repeat(wide)).collect();
        lines.insert(1.min(lines.len()), rule.join("  "));
        lines
    }
}

/// `cell` with spaces up to `wide` columns of a terminal.
pub fn pad(cell: &str, wide: usize) -> String {
    format!("{cell}{}", " ".repeat(wide.saturating_sub(width(cell))))
}

/// Columns of a terminal: East Asian characters take two (Unicode Standard Annex 11, as far as these texts go).
pub fn width(text: &str) -> usize {
    text.chars()
        .map(|c| {
            if matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}') {
                2
            } else {
                1
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_under_chinese_text() {
        let mut table = Table::new(&["who", "what"]);
        table.row(vec!["滨海".into(), "a".into()]);
        table.row(vec!["x".into(), "b".into()]);
        assert_eq!(table.lines(), ["who   what", "----  ----", "滨海  a", "x     b"]);
    }
}
