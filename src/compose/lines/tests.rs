use super::*;
use crate::compose::chain::Fonts;
use crate::compose::template::Piece;

fn text(text: &str) -> Vec<Glyph> {
    glyphs(&Fonts::bundled(), &[Piece::literal(text)], "test").unwrap()
}

fn broken(source: &str, ems: i32) -> Vec<String> {
    break_lines(&text(source), ems * 1000, 0, Fill::Justified)
        .iter()
        .map(|line| line.glyphs.iter().map(|placed| placed.glyph.character).collect())
        .collect()
}

fn closing(c: char) -> bool {
    Class::of(c).is(Class::CLOSING)
}

fn opening(c: char) -> bool {
    Class::of(c).is(Class::OPENING)
}

#[test]
fn closing_mark_never_starts_a_line() {
    for ems in 3..20 {
        for line in broken("经审查，该申请人符合《办法》（试行）规定的条件；同意登记。", ems)
        {
            assert!(!line.starts_with(closing), "{ems} ems: {line}");
        }
    }
}

#[test]
fn opening_mark_never_ends_a_line() {
    for ems in 3..20 {
        for line in broken("根据《条例》（国令第716号）“一网通办”〔2030〕1号文件", ems)
        {
            assert!(!line.ends_with(opening), "{ems} ems: {line}");
        }
    }
}

#[test]
fn number_and_word_are_not_divided() {
    for ems in 6..20 {
        let lines = broken("编号为2030110108的证明自2030年6月1日起生效certificate完毕", ems);
        for whole in ["2030110108", "2030年", "certificate"] {
            assert!(
                lines.iter().any(|line| line.contains(whole)),
                "{ems} ems: {lines:?}"
            );
        }
    }
}

#[test]
fn dash_of_two_ems_is_not_divided() {
    for ems in 3..12 {
        let lines = broken("甲乙丙丁——戊己庚辛……壬癸", ems);
        assert!(
            lines.iter().any(|l| l.contains("——")) && lines.iter().any(|l| l.contains("……")),
            "{ems}"
        );
    }
}

#[test]
fn word_longer_than_the_line_is_divided_after_a_full_stop() {
    let identifier = "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0";
    let lines = broken(identifier, 14);
    assert_eq!(lines.concat(), identifier);
    assert!(
        lines.len() > 2 && lines.iter().rev().skip(1).all(|line| line.ends_with('.')),
        "{lines:?}"
    );
}

#[test]
fn nothing_is_lost_at_any_width() {
    let source = "经审查，（2030）ABC-1号：甲、乙“丙”——完。";
    for ems in 1..30 {
        assert_eq!(broken(source, ems).concat(), source, "{ems} ems");
    }
}

#[test]
fn justified_line_reaches_the_margin() {
    let lines = break_lines(
        &text("经审查该申请人2030符合规定的全部条件予以登记"),
        9_500,
        0,
        Fill::Justified,
    );
    for line in lines.iter().rev().skip(1) {
        let drawn: i32 = line
            .glyphs
            .iter()
            .map(|placed| placed.before + placed.glyph.advance)
            .sum();
        assert_eq!(drawn, 9_500);
    }
}

#[test]
fn adjacent_marks_are_squeezed() {
    let line = single_line(&text("》，（甲"));
    assert_eq!(
        line.glyphs.iter().map(|placed| placed.before).collect::<Vec<_>>(),
        [0, -500, -500, 0]
    );
}

/// Text of everything that the rules are about, the same each time: words, numbers, marks that open, close and stand between.
fn mixture(seed: u32, length: usize) -> String {
    const PARTS: &[&str] = &[
        "经",
        "审",
        "查",
        "滨海市",
        "，",
        "。",
        "、",
        "（",
        "）",
        "《",
        "》",
        "“",
        "”",
        "〔",
        "〕",
        "：",
        "——",
        "……",
        "·",
        "2030年",
        "6月",
        "1日",
        "12.50",
        "元",
        "ABC",
        "well-known",
        " ",
        "certificate",
        "1.2.156.3005.2",
        "91330105-A",
        "％",
        "(",
        ")",
        "¥",
        "",
    ];
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut text = String::new();
    for _ in 0..length {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(PARTS[(state >> 16) as usize % PARTS.len()]);
    }
    text
}

fn characters(line: &Line) -> String {
    line.glyphs.iter().map(|placed| placed.glyph.character).collect()
}

/// Where the ink of a line ends: the pen after the last glyph, less the empty part of a mark's square.
fn ink_end(line: &Line) -> i32 {
    let pen: i32 = line
        .glyphs
        .iter()
        .map(|placed| placed.before + placed.glyph.advance)
        .sum();
    pen - line
        .glyphs
        .last()
        .map_or(0, |placed| i32::from(placed.glyph.blank.right))
}

#[test]
fn any_text_is_kept_whole_within_its_measure_with_marks_on_the_right_side() {
    for seed in 0..60 {
        let source = mixture(seed, 80);
        let glyphs = text(&source);
        let dense = |text: &str| text.chars().filter(|&c| c != ' ').collect::<String>();
        for measure in (12..40).map(|ems| ems * 1000 + 330) {
            for fill in [Fill::Ragged, Fill::Justified, Fill::Hanging] {
                let lines = break_lines(&glyphs, measure, 2000, fill);
                let all: String = lines.iter().map(characters).collect();
                assert_eq!(dense(&all), dense(&source), "{seed} {measure} {fill:?}");
                for (number, line) in lines.iter().enumerate() {
                    let shown = characters(line);
                    let says = format!("{seed} {measure} {fill:?} {number}: {shown}");
                    assert!(line.width <= measure, "{says}");
                    let hang = if fill == Fill::Hanging { 500 } else { 0 };
                    assert!(ink_end(line) <= measure + hang, "{says}");
                    // What has marks only, more of them than a line holds, has no right side.
                    let marks = |c: char| Class::of(c).is(Class::MARK) || "—…·％()¥".contains(c);
                    if shown.chars().all(marks)
                        || lines
                            .get(number.saturating_sub(1))
                            .is_some_and(|before| characters(before).chars().all(marks))
                    {
                        continue;
                    }
                    assert!(number == 0 || !shown.starts_with(closing), "{says}");
                    assert!(number + 1 == lines.len() || !shown.ends_with(opening), "{says}");
                }
            }
        }
    }
}

#[test]
fn closing_mark_that_almost_fits_is_taken_in_where_marks_give_way() {
    // Nine and a half squares; the comma inside can give up a quarter, the full stop half of its own.
    let lines = break_lines(&text("甲乙丙，丁戊己庚。辛壬"), 8_300, 0, Fill::Justified);
    assert_eq!(characters(&lines[0]), "甲乙丙，丁戊己庚。");
    assert_eq!(lines[0].width, 8_300);
    let ragged = break_lines(&text("甲乙丙，丁戊己庚。辛壬"), 8_300, 0, Fill::Ragged);
    assert_eq!(characters(&ragged[0]), "甲乙丙，丁戊己");
}

#[test]
fn stop_hangs_outside_the_margin_only_where_the_paragraph_says_so() {
    let source = text("甲乙丙丁戊己庚辛，壬癸子丑寅卯");
    let hanging = break_lines(&source, 8_000, 0, Fill::Hanging);
    assert_eq!(
        (characters(&hanging[0]).as_str(), hanging[0].width),
        ("甲乙丙丁戊己庚辛，", 8_000)
    );
    let justified = break_lines(&source, 8_000, 0, Fill::Justified);
    assert_eq!(characters(&justified[0]), "甲乙丙丁戊己庚");
}

#[test]
fn number_stays_with_its_unit() {
    for ems in 6..16 {
        for line in broken(
            "注册资本人民币3250万元，面积120㎡，有效期5年，依据第12号决定核发",
            ems,
        ) {
            let starts = line.chars().next().is_some_and(marks::is_unit);
            assert!(!starts, "{ems} ems: {line}");
        }
    }
}

#[test]
fn english_is_divided_at_spaces_and_written_hyphens_alone() {
    let source = "This well-known certificate is issued on request and re-issued without charge";
    for ems in 6..30 {
        for line in broken(source, ems) {
            for word in line.split(' ') {
                let part = ["well-", "known", "re-", "issued"].contains(&word);
                assert!(
                    part || source.split(' ').any(|whole| whole == word),
                    "{ems} ems: {word}"
                );
            }
        }
    }
}

#[test]
fn identifier_longer_than_a_line_begins_on_the_line_it_belongs_to() {
    let lines = broken(
        "编号：1.2.156.3005.2.11100000000013338W009.11330105002500287C",
        12,
    );
    assert!(lines[0].starts_with("编号：1.2.156.3005."), "{lines:?}");
}

#[test]
fn spaces_of_latin_text_are_stretched_before_anything_else() {
    let lines = break_lines(
        &text("The holder has no record at all"),
        8_000,
        0,
        Fill::Justified,
    );
    let first = &lines[0];
    assert_eq!(first.width, 8_000);
    for pair in first.glyphs.windows(2) {
        assert!(pair[1].before == 0 || pair[0].glyph.character == ' ');
    }
}

#[test]
fn centred_marks_of_taiwan_give_up_a_quarter_on_each_side() {
    let mut glyphs = text("甲，乙。」丙");
    for glyph in glyphs.iter_mut().filter(|glyph| "，。".contains(glyph.character)) {
        glyph.blank = marks::Blank {
            left: 250,
            right: 250,
        };
    }
    let befores: Vec<i32> = single_line(&glyphs)
        .glyphs
        .iter()
        .map(|placed| placed.before)
        .collect();
    assert_eq!(befores, [0, 0, 0, 0, -250, 0]);
}
