//! The pages after the verification record: what is attached, for whoever has only the paper.

use crate::compose::leaf::{Leaf, Length, Style, mm};

/// A line of the table.
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) what: String,
    pub(super) length: u64,
    pub(super) digest: &'a str,
}

const LEFT: Length = mm(18);
const RIGHT: Length = Leaf::WIDTH - mm(18);
const TOP: Length = Leaf::HEIGHT - mm(18);
const FOOT: Length = mm(12);
/// Where the columns start: number, name, what it is; the length ends at the right margin.
const NAME: Length = LEFT + mm(9);
const WHAT: Length = LEFT + mm(58);
const TITLE: Style = Style::bold(14_000);
const HEAD: Style = Style::bold(8_500);
const TEXT: Style = Style::plain(8_500);
const SMALL: Style = Style::plain(7_500);
const PITCH: Length = 12_000;
const GREY: [i32; 3] = [700, 700, 700];
const BLACK: [i32; 3] = [0, 0, 0];

/// Entries of a page: each takes two lines, and all fit between its head and its foot.
const MOST: usize = 23;

/// Adds the table of contents on pages of its own.
pub(super) fn set(leaf: &mut Leaf<'_>, entries: &[Entry<'_>]) {
    let pages = entries.chunks(MOST);
    let count = pages.len();
    let mut numbers = 1u64..;
    for (entries, page) in pages.zip(1u64..) {
        let mut y = begin(leaf);
        for (entry, number) in entries.iter().zip(&mut numbers) {
            put(leaf, &number.to_string(), TEXT, LEFT, y);
            put(leaf, entry.name, TEXT, NAME, y);
            put(leaf, &entry.what, TEXT, WHAT, y);
            ending(leaf, &format!("{} 字节 bytes", entry.length), TEXT, y);
            y -= PITCH;
            put(leaf, &format!("SHA-256 {}", entry.digest), SMALL, NAME, y);
            y -= PITCH + 3_000;
        }
        let foot = format!("移交目录第 {page} 页，共 {count} 页  contents, page {page} of {count}");
        let line = leaf.line(&foot, SMALL);
        let x = RIGHT - line.width();
        leaf.foot(line, x, FOOT, PITCH);
    }
}

/// Begins a page; returns where its first entry goes.
fn begin(leaf: &mut Leaf<'_>) -> Length {
    leaf.turn();
    let mut y = TOP;
    put(leaf, "移交目录 Contents of the hand-over package", TITLE, LEFT, y);
    y -= 24_000;
    let words = [
        "下列文件按收到时的原样附于本文件，由核验单位的一枚印章整体保护；凭自有的根证书可离线复核。",
        "These files are attached as they were received, under the one seal of the verifying body; they can be verified again \
         offline, under roots of one's own.",
    ];
    for text in words {
        let lines = leaf.lines(text, SMALL, RIGHT - LEFT, 2);
        let height = 10_500 * lines.count();
        leaf.put(lines, LEFT, y, 10_500);
        y -= height;
    }
    y -= 8_000;
    put(leaf, "序号", HEAD, LEFT, y);
    put(leaf, "文件名 Name", HEAD, NAME, y);
    put(leaf, "内容 What it is", HEAD, WHAT, y);
    ending(leaf, "大小 Size", HEAD, y);
    y -= PITCH + 2_000;
    leaf.colour(GREY);
    leaf.fill(LEFT, y, RIGHT - LEFT, 400);
    leaf.colour(BLACK);
    y - 4_000
}

fn put(leaf: &mut Leaf<'_>, text: &str, style: Style, x: Length, y: Length) {
    let line = leaf.line(text, style);
    leaf.put(line, x, y, PITCH);
}

/// Sets `text` so that it ends at the right margin.
fn ending(leaf: &mut Leaf<'_>, text: &str, style: Style, y: Length) {
    let line = leaf.line(text, style);
    let x = RIGHT - line.width();
    leaf.put(line, x, y, PITCH);
}
