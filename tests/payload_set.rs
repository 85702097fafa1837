//! A file over several codes comes back from any of them that are enough, and never as another file.

#[path = "common/random.rs"]
mod random;

use random::Random;
use yinxin::limits::Limits;
use yinxin::payload::{SetError, Sets, SplitRule, split};
use yinxin::symbol::{Level, Symbol};

fn texts(file: &[u8], rule: &SplitRule) -> Vec<String> {
    split(file, rule, &Limits::DEFAULT).unwrap()
}

fn collected<'a>(texts: impl IntoIterator<Item = &'a String>) -> Sets {
    let mut sets = Sets::new(&Limits::DEFAULT);
    for text in texts {
        sets.add(text).unwrap();
    }
    sets
}

#[test]
fn any_85_percent_of_the_codes_give_the_file_in_any_order() {
    let mut numbers = Random(1);
    for length in [1, 63, 616, 617, 5_000, 15_000, 60_000] {
        let file = numbers.bytes(length);
        let texts = texts(&file, &SplitRule::DEFAULT);
        for _ in 0..40 {
            let mut kept = texts.clone();
            numbers.shuffle(&mut kept);
            kept.truncate(texts.len() - texts.len() * 15 / 100);
            let sets = collected(&kept);
            assert_eq!(
                sets.whole().unwrap(),
                std::slice::from_ref(&file),
                "{length} bytes"
            );
        }
    }
}

#[test]
fn first_codes_alone_are_the_file_itself() {
    let file = Random(2).bytes(15_000);
    let texts = texts(&file, &SplitRule::DEFAULT);
    let sets = collected(texts.iter().take(file.len().div_ceil(616)));
    assert_eq!(sets.whole().unwrap(), [file]);
}

#[test]
fn parts_of_two_sets_scanned_together_give_both_files() {
    let mut numbers = Random(3);
    let files = [numbers.bytes(15_000), numbers.bytes(60_000)];
    let mut mixed: Vec<String> = files
        .iter()
        .flat_map(|file| texts(file, &SplitRule::DEFAULT))
        .collect();
    numbers.shuffle(&mut mixed);
    let sets = collected(&mixed);
    let mut whole = sets.whole().unwrap();
    whole.sort_by_key(Vec::len);
    assert_eq!((sets.count(), whole), (2, files.to_vec()));
}

#[test]
fn every_code_of_the_default_rule_fits_version_20_m() {
    let file = Random(4).bytes(200_000);
    for text in texts(&file, &SplitRule::DEFAULT) {
        assert!(
            Symbol::of_text(&text, Level::M).unwrap().version() <= 20,
            "{} characters",
            text.len()
        );
    }
}

#[test]
fn too_few_codes_say_how_many_more() {
    let file = Random(5).bytes(15_000);
    let sets = collected(texts(&file, &SplitRule::DEFAULT).iter().take(20));
    let Err(SetError::Missing { have, more, .. }) = sets.whole() else {
        panic!("{:?}", sets.whole());
    };
    assert_eq!((have, more), (20, 5));
}

#[test]
fn same_code_twice_changes_nothing() {
    let file = Random(6).bytes(3_000);
    let texts = texts(&file, &SplitRule::DEFAULT);
    let sets = collected(texts.iter().chain(&texts));
    assert_eq!(sets.whole().unwrap(), [file]);
}

#[test]
fn codes_in_lower_case_are_read() {
    let file = Random(7).bytes(1_000);
    let lower: Vec<String> = texts(&file, &SplitRule::DEFAULT)
        .iter()
        .map(|text| text.to_lowercase())
        .collect();
    assert_eq!(collected(&lower).whole().unwrap(), [file]);
}

/// The text of a part made by hand.
fn part(set: &[u8], length: u64, index: u64, data: &[u8]) -> String {
    use yinxin::cbor::Value;
    let value = Value::Array(vec![
        Value::Bytes(set.to_vec()),
        Value::Unsigned(length),
        Value::Unsigned(index),
        Value::Bytes(data.to_vec()),
    ]);
    format!("YXS:{}", base45::encode(value.encode()))
}

#[test]
fn forged_part_never_gives_another_file() {
    let file = Random(8).bytes(6_000);
    let texts = texts(&file, &SplitRule::DEFAULT);
    let set = <[u8; 8]>::try_from(&yinxin::crypto::DigestAlgorithm::Sha256.digest(&file)[..8]).unwrap();
    let forged = part(&set, 6_000, 3, &[0x41; 616]);
    // Beside the real part of that number it is a contradiction, and what was added before stays.
    let mut sets = collected(&texts);
    assert_eq!(sets.add(&forged), Err(SetError::Contradiction { set }));
    assert_eq!(sets.whole().unwrap(), [file]);
    // In its place it spoils the digest that names the set.
    let mut sets = collected(
        texts
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != 3)
            .map(|(_, text)| text),
    );
    sets.add(&forged).unwrap();
    assert_eq!(sets.whole(), Err(SetError::Contradiction { set }));
}

#[test]
fn what_is_no_part_is_refused_with_the_reason() {
    let refused = |text: &str| Sets::new(&Limits::DEFAULT).add(text).unwrap_err();
    let set = [7; 8];
    assert_eq!(refused("YX1:ABC"), SetError::Scheme);
    assert_eq!(refused("YXS:AB\u{e9}"), SetError::Characters(6));
    assert_eq!(refused("YXS:A_B"), SetError::Characters(5));
    assert_eq!(
        refused(&format!("YXS:{}", "A".repeat(5_000))),
        SetError::Part("is longer than any code")
    );
    assert_eq!(refused("YXS:"), SetError::Part("is not deterministic CBOR"));
    assert_eq!(refused(&part(&set, 0, 0, &[0; 64])), SetError::Length(1 << 20));
    assert_eq!(
        refused(&part(&set, (1 << 20) + 1, 0, &[0; 64])),
        SetError::Length(1 << 20)
    );
    assert_eq!(
        refused(&part(&set, 1 << 40, 0, &[0; 64])),
        SetError::Length(1 << 20)
    );
    assert_eq!(
        refused(&part(&set, 100, 1 << 24, &[0; 64])),
        SetError::Part("has a number above 24 bits")
    );
    assert_eq!(
        refused(&part(&set, 100, 0, &[0; 63])),
        SetError::Part("has a piece of a wrong length")
    );
    assert_eq!(
        refused(&part(&set, 100, 0, &[0; 2_001])),
        SetError::Part("has a piece of a wrong length")
    );
    assert_eq!(
        refused(&part(&[7; 7], 100, 0, &[0; 64])),
        SetError::Part("has a set not of 8 bytes")
    );
    Sets::new(&Limits::DEFAULT)
        .add(&part(&set, 100, (1 << 24) - 1, &[0; 64]))
        .unwrap();
}

#[test]
fn limits_hold_for_making_and_for_collecting() {
    let mut limits = Limits::DEFAULT;
    limits.set_parts = 8;
    let file = Random(9).bytes(6_000);
    assert_eq!(
        split(&file, &SplitRule::DEFAULT, &limits),
        Err(SetError::TooMany(8))
    );
    assert_eq!(
        split(&[], &SplitRule::DEFAULT, &limits),
        Err(SetError::Length(1 << 20))
    );
    limits.set_bytes = 5_999;
    assert_eq!(
        split(&file, &SplitRule::DEFAULT, &limits),
        Err(SetError::Length(5_999))
    );
    let mut sets = Sets::new(&limits);
    limits.set_bytes = 6_000;
    let texts = texts(&file, &SplitRule::DEFAULT);
    assert_eq!(sets.add(&texts[0]), Err(SetError::Length(5_999)));
    let mut sets = Sets::new(&limits);
    for text in texts.iter().take(8) {
        sets.add(text).unwrap();
    }
    assert_eq!(sets.add(&texts[8]), Err(SetError::TooMany(8)));
    let rule = SplitRule {
        piece_bytes: 63,
        loss_percent: 0,
    };
    assert!(matches!(
        split(&file, &rule, &Limits::DEFAULT),
        Err(SetError::Rule(_))
    ));
    let rule = SplitRule {
        piece_bytes: 64,
        loss_percent: 81,
    };
    assert!(matches!(
        split(&file, &rule, &Limits::DEFAULT),
        Err(SetError::Rule(_))
    ));
}

#[test]
fn repair_symbols_of_high_number_do_not_cost_more() {
    // A set of one piece, given by nothing but repair symbols with numbers that no encoder of ours reaches: refused by the digest.
    let set = [7; 8];
    let mut sets = Sets::new(&Limits::DEFAULT);
    for index in 0..50 {
        sets.add(&part(
            &set,
            64 * 40,
            (1 << 24) - 1 - index * 7,
            &[index as u8; 64],
        ))
        .unwrap();
    }
    assert!(matches!(
        sets.whole(),
        Err(SetError::Contradiction { .. } | SetError::Missing { .. })
    ));
}
