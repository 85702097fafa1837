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
/// Upper edge of the seal, with some air.
const ABOVE_SEAL: Length = FOOT + 2 * SEAL_RADIUS + mm(3);

const TITLE: Style = Style::bold(20_000);
const SUBTITLE: Style = Style::plain(10_500);
const SAYS: Style = Style::bold(12_500);
const TEXT: Style = Style::plain(10_500);
const SMALL: Style = Style::plain(9_000);
const GREY: [i32; 3] = [700, 700, 700];
const BLACK: [i32; 3] = [0, 0, 0];

const fn closer(style: Style) -> Style {
    Style {
        size: style.size * 4 / 5,
        ..style
    }
}

const fn closer_pitch(pitch: Length) -> Length {
    pitch * 4 / 5
}

/// Sets the page; terms that are longer than the room above the seal are set closer, and rows cut off that the file has whole.
pub(super) fn set(terms: &Terms, fonts: &Fonts) -> Result<Draft, CopyError> {
    let page = write(terms, fonts, false);
    let page = match page.y < ABOVE_SEAL {
        true => write(terms, fonts, true),
        false => page,
    };
    Ok(page.leaf.finish(&LeafMatter {
        title: "加注件 Annotated copy",
        creator: &terms.maker.name,
        at: terms.made,
        attached: &[],
    })?)
}

fn write<'f>(terms: &Terms, fonts: &'f Fonts, tight: bool) -> Page<'f> {
    let mut page = Page {
        leaf: Leaf::new(fonts),
        y: TOP,
        tight,
    };
    page.centred("加注件", TITLE, 28_000);
    page.centred("Annotated copy of a result, for one use", SUBTITLE, 22_000);
    page.rule();
    let (english, _) = terms.sentences();
    page.paragraph(&format!("{}。", terms.watermark().concat()), SAYS, 19_000, 8);
    page.paragraph(&format!("{english}."), SMALL, 13_000, 4);
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
        page.paragraph(note, SMALL, 13_500, 4);
    }
    page.seal(terms);
    page
}

struct Page<'f> {
    leaf: Leaf<'f>,
    /// Where the next element starts.
    y: Length,
    /// Whether the terms are too long to be set with room between them.
    tight: bool,
}

impl Page<'_> {
    fn centred(&mut self, text: &str, style: Style, pitch: Length) {
        let line = self.leaf.line(text, style);
        let x = LEFT + (MEASURE - line.width()) / 2;
        self.put(line, x, pitch);
    }

    /// Tight, it has at most so many lines.
    fn paragraph(&mut self, text: &str, style: Style, pitch: Length, most: usize) {
        let (style, pitch, most) = match self.tight {
            true => (closer(style), closer_pitch(pitch), most),
            false => (style, pitch, 20),
        };
        let lines = self.leaf.lines(text, style, MEASURE, most);
        self.put(lines, LEFT, pitch);
        self.y -= 4_000;
    }

    fn row(&mut self, label: &str, value: &str) {
        let (style, pitch, most) = match self.tight {
            true => (closer(TEXT), closer_pitch(16_500), 1),
            false => (TEXT, 16_500, 5),
        };
        let label = self.leaf.line(label, style);
        self.leaf.put(label, LEFT, self.y, pitch);
        let value = self.leaf.lines(value, style, MEASURE - LABEL, most);
        self.put(value, LEFT + LABEL, pitch);
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
