//! What must hold for every record and template: pages with everything on them, or an error that says why not.

use super::flow::{Available, lay_out};
use super::page::Mark;
use super::units::em;
use super::{BUILTIN, ComposeError, Fonts, Template};
use crate::limits::Limits;
use crate::record::{Field, Parts, Record, Table};

/// Noise that is the same every time (xorshift).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// Text that a record takes: of characters that the bundled font has, now and then of any.
    fn text(&mut self, most: usize) -> String {
        let length = match self.below(4) {
            0 => 1 + self.below(4.min(most)),
            1 => 1 + self.below(40.min(most)),
            2 => 1 + self.below(most),
            _ => most,
        };
        let any = self.one_in(24);
        let pools: [&[char]; 5] = [
            &[
                '滨', '海', '市', '人', '民', '政', '府', '证', '书', '的', '是', '一',
            ],
            &[
                '，', '。', '、', '（', '）', '《', '》', '“', '”', '：', '；', '？', '—', '…', '·',
            ],
            &['a', 'W', 'i', 'm', 'Q', '.', '-', ',', '(', ')', '%', '/', '@'],
            &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
            &[' ', '\u{3000}', 'A', '中'],
        ];
        let only = self.one_in(3).then(|| self.below(4));
        let mut text: String = (0..length)
            .map(|_| {
                if any && self.one_in(8) {
                    let code = u32::try_from(self.below(0x11_0000)).unwrap();
                    return char::from_u32(code).unwrap_or('字');
                }
                let pool = pools[only.unwrap_or_else(|| self.below(5))];
                pool[self.below(pool.len())]
            })
            .collect();
        let space = |c| matches!(c, ' ' | '\u{3000}');
        if text.starts_with(space) {
            text.replace_range(..text.chars().next().unwrap().len_utf8(), "首");
        }
        if text.ends_with(space) {
            text.pop();
            text.push('尾');
        }
        text
    }

    fn change(&mut self, mut parts: Parts) -> Option<Record> {
        for text in [
            &mut parts.kind.name,
            &mut parts.holder.name,
            &mut parts.issuer.name,
            &mut parts.item.name,
        ] {
            if self.one_in(3) {
                *text = self.text(200);
            }
        }
        if self.one_in(3) {
            parts.number = self.text(128);
        }
        for field in &mut parts.fields {
            if self.one_in(4) {
                field.value = self.text(1000);
            }
        }
        for at in 0..self.below(20) {
            if parts.fields.len() < 64 && self.one_in(2) {
                let (label, value) = (format!("{at}{}", self.text(190)), self.text(1000));
                parts.fields.push(Field { label, value });
            }
        }
        if self.one_in(2) {
            let paragraphs: Vec<String> = (0..1 + self.below(6)).map(|_| self.text(600)).collect();
            parts.decision = Some(paragraphs.join("\n"));
        }
        for table in &mut parts.tables {
            let Table { columns, rows, .. } = table;
            if self.one_in(2) {
                let count = self.below(60);
                *rows = (0..count)
                    .map(|_| {
                        columns
                            .iter()
                            .map(|_| {
                                if self.one_in(6) {
                                    String::new()
                                } else {
                                    self.text(30)
                                }
                            })
                            .collect()
                    })
                    .collect();
            }
            if self.one_in(20)
                && let Some(cell) = rows.first_mut().and_then(|row| row.last_mut())
            {
                *cell = self.text(1000);
            }
        }
        // What text may not stand in a record is tried elsewhere.
        Record::new(parts).ok()
    }
}

fn sample(name: &str) -> Parts {
    let path = format!("{}/examples/data/records/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let json = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Record::from_json(&json, &Limits::DEFAULT).unwrap().into_parts()
}

#[test]
fn any_record_is_set_on_its_pages_or_refused_by_name() {
    let fonts = Fonts::bundled();
    let mut noise = Noise(0x2030_0601_0000_0007);
    let (mut set, mut refused) = (0, 0);
    for name in BUILTIN {
        let template = Template::builtin(name).unwrap();
        let parts = sample(name);
        let pictures: Vec<Available> = ["emblem", "照片"]
            .map(|name| Available {
                name: name.to_owned(),
                width: 413,
                height: 531,
            })
            .into();
        for round in 0..40 {
            let Some(record) = noise.change(parts.clone()) else {
                continue;
            };
            match lay_out(&template, &record, &fonts, &pictures) {
                Ok(sheet) => {
                    set += 1;
                    assert!(!sheet.pages.is_empty());
                    for (number, page) in sheet.pages.iter().enumerate() {
                        for mark in &page.marks {
                            on_page(mark, (page.width, page.height)).unwrap_or_else(|what| {
                                panic!(
                                    "{name}, {round}, page {number}: {what}: {mark:?}\n{}",
                                    record.to_json()
                                )
                            });
                        }
                    }
                }
                Err(error) => {
                    refused += 1;
                    let text = error.to_string();
                    assert!(text.len() > 20 && !text.ends_with('.'), "{text}");
                    let known = matches!(
                        error,
                        ComposeError::MissingGlyph { .. }
                            | ComposeError::MissingMember { .. }
                            | ComposeError::Overflow { .. }
                    );
                    assert!(known || text.contains(';'), "{text}");
                }
            }
        }
    }
    assert!(set >= 60 && refused >= 60, "{set} set, {refused} refused");
}

/// Nothing is outside of the page, to a thousandth of a point.
fn on_page(mark: &Mark, (width, height): (i32, i32)) -> Result<(), &'static str> {
    let inside = |x: i32, y: i32, across: i32, up: i32| {
        if across < 0 || up < 0 {
            Err("has a negative size")
        } else if x < 0 || y < 0 || x + across > width || y + up > height {
            Err("is off the page")
        } else {
            Ok(())
        }
    };
    match mark {
        Mark::Text(run) => {
            // A hanging line starts to the left of its place.
            let before = run.line.glyphs.first().map_or(0, |placed| placed.before.min(0));
            let (start, end) = (run.x + em(before, run.size), run.x + em(run.line.width, run.size));
            inside(start, run.y - em(120, run.size), end - start, run.size)
        }
        &Mark::Fill { x, y, width, height }
        | &Mark::Picture {
            x, y, width, height, ..
        } => inside(x, y, width, height),
        &(Mark::Code { x, y, side } | Mark::Symbol { x, y, side, .. }) => inside(x, y, side, side),
        _ => Ok(()),
    }
}
