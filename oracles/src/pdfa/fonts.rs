//! The fonts that show something.

use lopdf::Dictionary;

use super::Checker;
use crate::content::{self, Visitor};
use crate::fonts::{self, Uses};

struct FontUses<'a>(Uses<'a>);

impl<'a> Visitor<'a> for FontUses<'a> {
    fn begin(&mut self, _: &[u8], _: Option<&Dictionary>) {}
    fn end(&mut self) {}
    fn paint(&mut self, _: &'static str) {}
    fn text(&mut self, font: &'a Dictionary, string: &[u8], mode: i64) {
        self.0.add(font, string, mode);
    }
    fn form(&mut self, _: Option<&'a lopdf::Stream>) {}
}

impl Checker<'_> {
    pub(super) fn fonts(&mut self) {
        let mut uses = FontUses(Uses::default());
        for (_, page) in content::pages(self.reader) {
            content::walk(self.reader, page, true, &mut uses);
        }
        for (part, what) in fonts::violations(self.reader, &uses.0) {
            if let Some(clause) = fonts::a_clause(part) {
                self.fail(clause, what);
            }
        }
    }
}
