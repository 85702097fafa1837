use super::*;
use crate::compose::chain::{Fonts, Typeface};
use crate::compose::glyph::glyphs;
use crate::compose::lines::{Fill, break_lines, single_line};
use crate::compose::template::Piece;

fn set(text: &str, language: &str) -> Vec<Glyph> {
    let fonts = Fonts::bundled();
    let voice = Voice {
        fonts: &fonts,
        typeface: Typeface::Song,
        language,
    };
    glyphs(voice, &[Piece::literal(text)], "test").unwrap()
}

/// The characters of a sequence in reading order.
fn read(glyphs: &[Glyph]) -> String {
    let glyphs = glyphs.iter().filter(|glyph| glyph.part != Part::Further);
    glyphs.map(|glyph| glyph.character).collect()
}

/// The characters of a line from left to right, of each cluster the first.
fn shown(glyphs: &[Glyph]) -> String {
    let line = single_line(glyphs);
    let first = line
        .glyphs
        .iter()
        .filter(|placed| placed.glyph.part == Part::First);
    first.map(|placed| placed.glyph.character).collect()
}

const UYGHUR: &str = "جىنايى قىلمىش خاتىرىسى يوق ئىسپاتنامىسى: ئېلان، ئۆي (2030-يىلى 6-ئاينىڭ 1-كۈنى) ھۆججەت.";
const TIBETAN: &str = "ཉེས་ཁྲིམས་ཟིན་ཐོ་མེད་པའི་ར་སྤྲོད། བསྒྲུབས་པའི་དཔང་ཡིག །2030 ལོའི་ཟླ་6 ཚེས་1 ཉིན།";

#[test]
fn shaping_loses_no_character_and_keeps_their_order() {
    for (text, language) in [(UYGHUR, "ug"), (TIBETAN, "bo"), (UYGHUR, "zh-CN"), (TIBETAN, "")] {
        assert_eq!(read(&set(text, language)), text);
    }
    let mixed = format!("申请人：{UYGHUR}\n{TIBETAN}（滨海市）");
    assert_eq!(read(&set(&mixed, "zh-CN")), mixed);
}

#[test]
fn nothing_is_lost_and_no_line_is_wider_than_its_measure_at_any_width() {
    for (text, language) in [(UYGHUR, "ug"), (TIBETAN, "bo")] {
        let glyphs = set(text, language);
        for measure in (2..40).map(|ems| ems * 500) {
            for fill in [Fill::Ragged, Fill::Justified] {
                let lines = break_lines(&glyphs, measure, 0, fill);
                let dense = |text: &str| text.replace(' ', "");
                let kept: String = lines.iter().map(|line| dense(&line.text())).collect();
                assert_eq!(kept, dense(text), "{language} {measure}");
                for line in &lines {
                    assert!(line.width <= measure.max(2_000), "{language} {measure}: {line:?}");
                }
            }
        }
    }
}

#[test]
fn right_to_left_text_is_drawn_from_the_right_and_its_numbers_from_the_left() {
    let shown = shown(&set("ئا 2030 ب", "ug"));
    assert_eq!(shown, "ب 2030 ائ");
}

#[test]
fn bracket_in_right_to_left_text_is_mirrored() {
    let set = set("ئا (ب)", "ug");
    let face = |glyph: &Glyph| usize::from(glyph.face);
    let fonts = Fonts::bundled();
    let opening = set.iter().find(|glyph| glyph.character == '(').unwrap();
    let closing = fonts.face(face(opening)).unwrap().glyph(')').unwrap();
    assert_eq!(opening.id, closing);
}

#[test]
fn name_in_another_direction_does_not_turn_a_chinese_line_round() {
    let shown = shown(&set("张三（ئالىم）到场", "zh-CN"));
    assert!(
        shown.starts_with("张三（") && shown.ends_with("）到场"),
        "{shown}"
    );
}

#[test]
fn tibetan_line_is_divided_after_tsheg_and_never_before_shad() {
    let glyphs = set(TIBETAN, "bo");
    for measure in (6..40).map(|ems| ems * 500) {
        let lines = break_lines(&glyphs, measure, 0, Fill::Ragged);
        for (number, line) in lines.iter().enumerate() {
            let text = line.text();
            assert!(!text.starts_with(['་', '།']), "{measure}: {text}");
            let last = number + 1 == lines.len();
            let fits = text.ends_with(['་', '།', 'ག', 'ོ']) || text.ends_with(|c: char| c.is_ascii_digit());
            assert!(last || fits || measure < 5_000, "{measure}: {text}");
        }
    }
}

#[test]
fn uyghur_word_is_not_divided_where_it_fits_on_a_line() {
    let glyphs = set(UYGHUR, "ug");
    let words: Vec<&str> = UYGHUR.split(' ').collect();
    for measure in (12..40).map(|ems| ems * 500) {
        for line in break_lines(&glyphs, measure, 0, Fill::Justified) {
            assert!(line.rtl);
            let text = line.text();
            let ends = text.split(' ').next_back().unwrap_or_default().chars().count();
            assert!(
                words.iter().any(|word| word.chars().count() == ends),
                "{measure}: {text}"
            );
        }
    }
}

#[test]
fn member_of_the_record_keeps_its_own_direction() {
    let fonts = Fonts::bundled();
    let voice = Voice {
        fonts: &fonts,
        typeface: Typeface::Song,
        language: "ug",
    };
    let member = Piece {
        text: "109**402".into(),
        member: Some("holder.code".into()),
    };
    let pieces = [Piece::literal("نومۇرى "), member, Piece::literal(" ئا")];
    let set = glyphs(voice, &pieces, "test").unwrap();
    assert!(shown(&set).contains("109**402"), "{}", shown(&set));
    assert_eq!(read(&set), "نومۇرى 109**402 ئا");
}

#[test]
fn suffix_is_joined_to_a_member_of_the_record() {
    let fonts = Fonts::bundled();
    let voice = Voice {
        fonts: &fonts,
        typeface: Typeface::Song,
        language: "ug",
    };
    let member = Piece {
        text: "كۈنى".into(),
        member: Some("issued".into()),
    };
    let apart = glyphs(voice, &[member, Piece::literal("گىچە")], "test").unwrap();
    let ids = |set: &[Glyph]| set.iter().map(|glyph| glyph.id).collect::<Vec<_>>();
    assert_eq!(ids(&apart), ids(&set("كۈنىگىچە", "ug")));
}

#[test]
fn stacked_letters_are_one_glyph_that_stands_for_all() {
    let set = set("བསྒྲུབས", "bo");
    let drawn = set.iter().filter(|glyph| glyph.part != Part::Silent).count();
    assert_eq!((drawn, set.len()), (4, 7));
}

#[test]
fn text_without_such_scripts_is_set_as_without_the_shaper() {
    let fonts = Fonts::bundled();
    for text in ["经审查，（2030）ABC-1号", "无犯罪记录证明 No. 12"] {
        let plain = glyphs(&fonts, &[Piece::literal(text)], "test").unwrap();
        assert_eq!(set(text, "zh-CN"), plain);
    }
}

mod oracle;
