//! Text in columns on a terminal: Han characters are two columns wide, and lines are broken where readers of either language
//! expect it.

/// The longest line, in columns.
pub(super) const LINE: usize = 100;

/// Names in a hostile file may hold terminal commands, or characters that turn the reading direction round (Unicode
/// Standard Annex 9): people must see what is there.
pub(crate) fn printable(text: &str) -> String {
    let hostile = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars()
        .map(|c| {
            if hostile(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// How many columns `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Unicode Standard Annex 11: wide and full-width characters take two columns, combining marks none.
fn columns(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1FAFF
        | 0x2_0000..=0x3_FFFD => 2,
        _ => 1,
    }
}

/// Writes `value` beside `label`, whose column is `room` wide, on as many lines as it needs.
pub(super) fn pair(out: &mut String, indent: usize, label: &str, room: usize, value: &str) {
    let label = printable(label);
    let start = indent.saturating_add(room);
    let mut lines = wrapped(&printable(value), LINE.saturating_sub(start)).into_iter();
    spaces(out, indent);
    out.push_str(&label);
    let first = lines.next().unwrap_or_default();
    if !first.is_empty() {
        spaces(out, room.saturating_sub(width(&label)).max(1));
        out.push_str(&first);
    }
    out.push('\n');
    for line in lines {
        spaces(out, start);
        out.push_str(&line);
        out.push('\n');
    }
}

fn spaces(out: &mut String, count: usize) {
    out.extend(core::iter::repeat_n(' ', count));
}

/// `text` in lines of at most `room` columns: broken at spaces and between Han characters, elsewhere only if a word is longer
/// than a line.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let room = room.max(20);
    let mut lines = vec![];
    let mut line = String::new();
    let mut used = 0;
    // Bytes of `line` up to the last place where it may be broken.
    let mut breakable = 0;
    let mut previous = ' ';
    for c in text.chars() {
        let wide = columns(c) == 2;
        if matches!(previous, ' ' | ',')
            || ((wide || columns(previous) == 2) && !closing(c) && !opening(previous))
        {
            breakable = line.len();
        }
        if used + columns(c) > room && c != ' ' {
            let at = if breakable == 0 { line.len() } else { breakable };
            let rest = line.split_off(at);
            lines.push(line.trim_end().to_owned());
            used = width(&rest);
            line = rest;
            breakable = 0;
        }
        line.push(c);
        used += columns(c);
        previous = c;
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// What must not start a line.
fn closing(c: char) -> bool {
    matches!(
        c,
        '，' | '。'
            | '、'
            | '；'
            | '：'
            | '！'
            | '？'
            | '）'
            | '］'
            | '》'
            | '”'
            | ')'
            | ','
            | '.'
            | ';'
            | ':'
            | ']'
    )
}

/// What must not end a line.
fn opening(c: char) -> bool {
    matches!(c, '（' | '［' | '《' | '“' | '(' | '[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_files_cannot_command_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[2Jb\u{202e}c\n海"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}海"
        );
    }

    #[test]
    fn no_line_is_wider_than_its_room_and_nothing_is_lost() {
        let text = "文件在盖章之后被改动，请使用盖章时的版本（或索取原始文件）。the file was changed after it was sealed; \
                    CN=averylongnamewithoutanyspaceatallthatgoesonandonandonandon 完";
        for room in 20..70 {
            let lines = wrapped(text, room);
            for line in &lines {
                assert!(width(line) <= room + 1, "{room}: {line}");
            }
            let bare = |text: &str| text.replace(' ', "");
            assert_eq!(bare(&lines.concat()), bare(text), "{room}");
        }
    }

    #[test]
    fn marks_that_combine_take_no_column() {
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("葛\u{fe00}"), 2);
    }

    #[test]
    fn no_line_starts_with_a_closing_mark_or_ends_with_an_opening_one() {
        let text = "一二三四五六七八九。十（一二三四五六七八）九十".repeat(3);
        for room in 20..40 {
            for line in wrapped(&text, room) {
                let (first, last) = (line.chars().next().unwrap(), line.chars().last().unwrap());
                assert!(!closing(first) && !opening(last), "{room}: {line}");
            }
        }
        assert!(closing('。') && closing('）') && !closing('一'));
    }

    #[test]
    fn values_start_in_one_column_beside_han_labels() {
        let mut out = String::new();
        pair(&mut out, 2, "as of 核验时点", 20, "x");
        pair(&mut out, 2, "by", 20, "x");
        let starts: Vec<_> = out
            .lines()
            .map(|line| width(line.split('x').next().unwrap()))
            .collect();
        assert_eq!(starts, [22, 22]);
    }
}
