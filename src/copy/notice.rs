//! The last page of a copy: what it is, in full, with the place of the maker's seal.

use super::CopyError;
use crate::compose::Fonts;
use crate::compose::leaf::{Leaf, LeafMatter, Length, Lines, Style, mm};
use crate::draft::Draft;
use crate::terms::Terms;

const LEFT: Length = mm(25);
const RIGHT: Length = Leaf::WIDTH - mm(25);
const MEASURE: Length = RIGHT - LEFT;
const TOP: Length = Leaf::HEIGHT - mm(25);
/// Where values start, from the left margin.
const LABEL: Length = mm(38);
const SEAL_RADIUS: Length = mm(21);
const FOOT: Length = mm(30);

const TITLE: Style = bold(20_000);
const SUBTITLE: Style = plain(10_500);
const SAYS: Style = bold(12_500);
const TEXT: Style = plain(10_500);
const SMALL: Style = plain(9_000);
const GREY: [i32; 3] = [700, 700, 700];
const BLACK: [i32; 3] = [0, 0, 0];

const fn plain(size: Length) -> Style {
    Style { size, bold: false }
}

const fn bold(size: Length) -> Style {
    Style { size, bold: true }
}

/// Sets the page.
pub(super) fn set(terms: &Terms, fonts: &Fonts) -> Result<Draft, CopyError> {
    let mut page = Page {
        leaf: Leaf::new(fonts),
        y: TOP,
    };
    page.centred("加注件", TITLE, 28_000);
    page.centred("Annotated copy of a result, for one use", SUBTITLE, 22_000);
    page.rule();
    let (english, _) = terms.sentences();
    page.paragraph(&format!("{}。", terms.watermark().concat()), SAYS, 19_000);
    page.paragraph(&format!("{english}."), SMALL, 13_000);
    page.rule();
    for field in terms.fields() {
        page.row(&field.label, &field.value);
    }
    page.rule();
    for note in [
        "本件由制作单位核验原件属实后制作，各页所见签章仅为原件印模的图像；原件的二维码与结果信息不随本件提供。",
        "本件只供所载单位在所载期限内用于所载用途，以本页制作单位的电子签章为准，可凭原件摘要与原件核对。",
        "The maker found the original authentic; seals on the pages before are pictures of those on the original. \
         This copy is proved by the maker's electronic seal on this page, for the recipient and use named and for no other.",
    ] {
        page.paragraph(note, SMALL, 13_500);
    }
    page.seal(terms);
    Ok(page.leaf.finish(&LeafMatter {
        title: "加注件 Annotated copy",
        creator: &terms.maker.name,
        at: terms.made,
        attached: None,
    })?)
}

struct Page<'f> {
    leaf: Leaf<'f>,
    /// Where the next element starts.
    y: Length,
}

impl Page<'_> {
    fn centred(&mut self, text: &str, style: Style, pitch: Length) {
        let line = self.leaf.line(text, style);
        let x = LEFT + (MEASURE - line.width()) / 2;
        self.put(line, x, pitch);
    }

    fn paragraph(&mut self, text: &str, style: Style, pitch: Length) {
        let lines = self.leaf.lines(text, style, MEASURE, 20);
        self.put(lines, LEFT, pitch);
        self.y -= 4_000;
    }

    fn row(&mut self, label: &str, value: &str) {
        let top = self.y;
        let label = self.leaf.line(label, TEXT);
        self.leaf.put(label, LEFT, top, 16_500);
        let value = self.leaf.lines(value, TEXT, MEASURE - LABEL, 5);
        self.put(value, LEFT + LABEL, 16_500);
    }

    fn put(&mut self, lines: Lines, x: Length, pitch: Length) {
        let height = pitch * lines.count().max(1);
        self.leaf.put(lines, x, self.y, pitch);
        self.y -= height;
    }

    fn rule(&mut self) {
        self.y -= 5_000;
        self.leaf.colour(GREY);
        self.leaf.fill(LEFT, self.y, MEASURE, 500);
        self.leaf.colour(BLACK);
        self.y -= 9_000;
    }

    /// Name and day of the maker at the foot, and the place of its seal over them.
    fn seal(&mut self, terms: &Terms) {
        let centre = RIGHT - mm(38);
        let middle = FOOT + SEAL_RADIUS;
        let day = crate::terms::day(terms.made.date_at_offset(8));
        let mut y = middle + 10_000;
        for text in [&terms.maker.name, &day] {
            let lines = self.leaf.lines(text, TEXT, mm(74), 2);
            let (x, height) = (centre - lines.width() / 2, 16_000 * lines.count());
            self.leaf.put(lines, x, y, 16_000);
            y -= height;
        }
        self.leaf.seal_place(&terms.maker.name, centre, middle);
    }
}
