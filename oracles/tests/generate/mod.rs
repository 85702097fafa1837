//! What the property tests generate from: valid records, texts, PDF syntax.
#![allow(dead_code, reason = "each test uses its part")]

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use yinxin::record::{
    DocumentType, Field, Holder, Identifier, Issuer, Item, MediaType, Parts, Picture, Record, Table,
    TypeCode, UnifiedCode,
};
use yinxin::time::Date;

/// `cases` runs from one fixed seed, so that a failure comes again; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` go further.
pub fn config(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_300_601);
    }
    config.failure_persistence = None;
    config
}

const UNIFIED: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A unified code whose check character is computed here, by the formula of GB 32100-2015, clause 5.
pub fn unified() -> impl Strategy<Value = UnifiedCode> {
    prop::collection::vec(0..31_usize, 17).prop_map(|digits| {
        let (mut sum, mut weight) = (0, 1);
        for digit in &digits {
            sum += digit * weight;
            weight = weight * 3 % 31;
        }
        let check = (31 - sum % 31) % 31;
        let text: String = digits
            .iter()
            .chain([&check])
            .map(|d| char::from(UNIFIED[*d]))
            .collect();
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    })
}

/// A citizen number with the check character of ISO 7064 MOD 11-2, as GB 11643-1999 wants.
fn citizen() -> impl Strategy<Value = String> {
    (100_000..999_999_u32, date(), 0..1000_u32).prop_map(|(area, birth, order)| {
        let body = format!("{area}{}{order:03}", birth.to_string().replace('-', ""));
        let remainder = body
            .bytes()
            .fold(0, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
        format!(
            "{body}{}",
            char::from(b"0123456789X"[((12 - remainder) % 11) as usize])
        )
    })
}

pub fn date() -> impl Strategy<Value = Date> {
    prop_oneof![
        8 => (1..=9999_u16, 1..=12_u8, 1..=28_u8),
        1 => Just((1, 1, 1)),
        1 => Just((9999, 12, 31)),
        1 => Just((2028, 2, 29)),
    ]
    .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

/// Characters that may stand in a record: those that print, of many scripts and planes, mostly Chinese.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        8 => prop::char::range('一', '龥'),
        4 => prop::char::range('!', '~'),
        2 => select(vec![' ', '\u{3000}', '（', '）', '，', '。', '·', '〔', '〕', '《', '》', '—', '…', '“', '”']),
        1 => prop::char::range('\u{20000}', '\u{2a6df}'),
        1 => prop::char::range('À', 'ÿ'),
        1 => prop::char::range('\u{0300}', '\u{034e}'),
        1 => prop::char::range('ء', 'ي'),
        1 => prop::char::range('\u{1f300}', '\u{1f6ff}'),
    ]
}

/// Characters that the bundled font has: digits, letters and those of the first level of GB 2312 used here.
fn set_character() -> impl Strategy<Value = char> {
    let chinese =
        "滨海市新港区望潮街道海棠路号栋单元室林若溪公安局派出所居住登记证明食品经营许可事项不作为使用";
    let signs = "，。；：、（）《》“”—…0123456789ABCWMilj.,-/ %";
    select(chinese.chars().chain(signs.chars()).collect::<Vec<_>>())
}

/// One line of 1 to `most` of these characters without outer spaces.
fn line_of(of: impl Strategy<Value = char>, most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(of, 1..=most).prop_map(|characters| {
        let line: String = characters.into_iter().collect();
        match line.trim() {
            "" => "空".to_owned(),
            line => line.to_owned(),
        }
    })
}

fn holder(name: impl Strategy<Value = String>) -> impl Strategy<Value = Holder> {
    let code = prop_oneof![
        unified().prop_map(|code| ("001".to_owned(), code.to_string())),
        citizen().prop_map(|code| ("111".to_owned(), code)),
        ("[2-9][0-9]{2}", "[A-Za-z0-9]{1,32}"),
    ];
    (name, code).prop_map(|(name, (code_type, code))| Holder {
        name,
        code_type,
        code,
    })
}

/// Any valid record: long and short, any script, any day of the calendar.
pub fn record() -> impl Strategy<Value = Record> {
    record_of(character().boxed(), (200, 1000, 64), 3)
}

/// A record without pictures that can be set in the bundled font, though it may not fit on the page.
pub fn record_for_paper() -> impl Strategy<Value = Record> {
    let sizes = prop_oneof![
        5 => Just((12, 20, 8)),
        1 => Just((60, 300, 20)),
        1 => Just((200, 1000, 64)),
    ];
    sizes.prop_flat_map(|(names, values, fields)| {
        record_of(set_character().boxed(), (names, values, fields), 1)
    })
}

/// A table whose heads are numbers; its cells may be empty.
fn table(cell: impl Strategy<Value = String>) -> impl Strategy<Value = Table> {
    let cells = prop::collection::vec(prop_oneof![Just(String::new()), cell], 0..24);
    (1..6_usize, cells).prop_map(|(columns, cells)| Table {
        label: String::new(),
        columns: (0..columns).map(|at| at.to_string()).collect(),
        rows: cells.chunks_exact(columns).map(<[String]>::to_vec).collect(),
    })
}

fn picture() -> impl Strategy<Value = Picture> {
    let kinds = select(vec![MediaType::Jpeg, MediaType::Png, MediaType::Svg]);
    (kinds, any::<[u8; 32]>()).prop_map(|(media_type, sha256)| Picture {
        label: String::new(),
        media_type,
        sha256,
    })
}

fn record_of(
    of: BoxedStrategy<char>,
    (names, values, fields): (usize, usize, usize),
    pictures: usize,
) -> BoxedStrategy<Record> {
    let name = move || {
        let of = of.clone();
        prop_oneof![3 => line_of(of.clone(), 12.min(names)), 1 => line_of(of, names)].boxed()
    };
    let value = {
        let short = name();
        prop_oneof![6 => short, 1 => name().prop_map(move |n| n.chars().cycle().take(values).collect::<String>().trim().to_owned())]
    };
    let paragraphs = (fields / 4).clamp(2, 15);
    let fields = prop::collection::vec((name(), value), 0..=fields).prop_map(|fields| {
        let unique = |(at, (label, value)): (usize, (String, String))| {
            let label: String = label.chars().take(190).collect::<String>().trim().to_owned();
            Field {
                label: format!("{at}{label}"),
                value,
            }
        };
        fields.into_iter().enumerate().map(unique).collect::<Vec<_>>()
    });
    let decision = prop::option::of(
        prop::collection::vec(name(), 1..=paragraphs).prop_map(|paragraphs| paragraphs.join("\n")),
    );
    let codes = (
        unified(),
        unified(),
        "[0-9]{3}",
        "[0-9A-Z]{1,32}",
        1..=999_u16,
        "[A-Za-z0-9-]{1,64}",
    );
    let days = (date(), prop::option::of(date()), prop::option::of(date()));
    let head = (
        name(),
        name(),
        name(),
        name().prop_map(|n| n.chars().take(128).collect::<String>().trim().to_owned()),
    );
    let beside = (
        prop::collection::vec(table(name()), 0..3),
        prop::collection::vec(picture(), 0..pictures),
    );
    (
        codes,
        head,
        holder(name()),
        (fields, beside),
        decision,
        days,
        any::<bool>(),
    )
        .prop_map(
            |(codes, (item, kind, issuer, number), holder, (fields, beside), decision, days, sample)| {
                let (mut tables, mut pictures) = beside;
                // Labels are told apart by number, as those of fields are.
                for (at, table) in tables.iter_mut().enumerate() {
                    table.label = at.to_string();
                }
                for (at, picture) in pictures.iter_mut().enumerate() {
                    picture.label = at.to_string();
                }
                let (body, sealer, digits, serial, version, item_code) = codes;
                let code: TypeCode = format!("{body}{digits}").parse().unwrap();
                let (issued, from, to) = days;
                let first = from.map_or(issued, |from| from.max(issued));
                Record::new(Parts {
                    item: Item {
                        code: item_code,
                        name: item,
                    },
                    identifier: Identifier::compose(&code, &sealer, &serial, version).unwrap(),
                    kind: DocumentType { code, name: kind },
                    number,
                    holder,
                    issuer: Issuer {
                        name: issuer,
                        code: sealer,
                    },
                    fields,
                    decision,
                    tables,
                    pictures,
                    issued,
                    valid_from: from,
                    valid_to: to.map(|to| to.max(first)),
                    sample,
                    joint: None,
                })
                .unwrap_or_else(|error| panic!("a valid record: {error}"))
            },
        )
        .boxed()
}

/// `bytes` after some changes: bytes replaced, parts removed, repeated or put elsewhere.
pub fn mutated(
    mut bytes: Vec<u8>,
    changes: &[(u8, prop::sample::Index, prop::sample::Index, u8)],
) -> Vec<u8> {
    for (kind, at, other, byte) in changes {
        if bytes.is_empty() {
            bytes.push(*byte);
        }
        let (at, other) = (at.index(bytes.len()), other.index(bytes.len()));
        match kind % 5 {
            0 => bytes[at] = *byte,
            1 => bytes[at] ^= 1 << (byte % 8),
            2 => drop(bytes.drain(at..(at + 1 + other % 16).min(bytes.len()))),
            3 => {
                let part = bytes[at..(at + 1 + usize::from(*byte)).min(bytes.len())].to_vec();
                bytes.splice(other..other, part);
            }
            _ => bytes.insert(at, *byte),
        }
    }
    bytes
}

pub fn changes() -> impl Strategy<Value = Vec<(u8, prop::sample::Index, prop::sample::Index, u8)>> {
    prop::collection::vec(any::<(u8, prop::sample::Index, prop::sample::Index, u8)>(), 1..6)
}
