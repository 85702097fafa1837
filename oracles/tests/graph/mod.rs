//! Random documents: what their objects are, how each is spelled, and files that hold them in every style.
#![allow(dead_code, reason = "each test uses its part")]

pub mod coding;
pub mod file;
#[path = "../../../tests/common/random.rs"]
mod random;
pub mod same;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use coding::Coding;
pub use random::Random;

/// Any object but a stream (7.3).
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A real, as it is written.
    Real(String),
    String(Vec<u8>),
    Name(Vec<u8>),
    Array(Vec<Item>),
    Dictionary(BTreeMap<Vec<u8>, Item>),
    /// To the object at this place of the document's list.
    Reference(usize),
    /// To an object that no document has.
    Dangling(u32, u16),
}

/// The value of an indirect object.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Item(Item),
    Stream {
        entries: BTreeMap<Vec<u8>, Item>,
        data: Vec<u8>,
        /// In the order of encoding, which is the reverse of `/Filter`.
        codings: Vec<Coding>,
        /// Whether `/Length` is an object of its own.
        length_apart: bool,
    },
}

/// How many objects a document's list has, at most.
pub const OBJECTS: usize = 10;

/// Any name without the byte 0, which no name can hold (7.3.5).
fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[A-Za-z][A-Za-z0-9.+_-]{0,8}".prop_map(String::into_bytes),
        1 => prop::collection::vec(1..=255_u8, 1..6),
    ]
}

fn real() -> impl Strategy<Value = String> {
    let odd = [
        "4.",
        "-.002",
        "+17.5",
        ".5",
        "-0.0",
        "00.50",
        "123456789.125",
        "0.000001",
    ];
    prop_oneof![
        select(odd.to_vec()).prop_map(str::to_owned),
        "[+-]?[0-9]{1,6}\\.[0-9]{1,6}"
    ]
}

fn leaf() -> impl Strategy<Value = Item> {
    prop_oneof![
        1 => Just(Item::Null),
        1 => any::<bool>().prop_map(Item::Boolean),
        2 => prop_oneof![any::<i64>(), -300..300_i64].prop_map(Item::Integer),
        2 => real().prop_map(Item::Real),
        3 => prop::collection::vec(any::<u8>(), 0..24).prop_map(Item::String),
        1 => "[ -~\r\n]{0,24}".prop_map(|text| Item::String(text.into_bytes())),
        2 => name().prop_map(Item::Name),
        4 => (0..OBJECTS).prop_map(Item::Reference),
        // Each number with one generation: qpdf cannot linearize two of one number.
        1 => (9000..9100_u32).prop_map(|number| Item::Dangling(number, u16::try_from(number % 3).unwrap())),
    ]
}

pub fn item() -> impl Strategy<Value = Item> {
    leaf().prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Item::Array),
            prop::collection::btree_map(name(), inner, 0..6).prop_map(Item::Dictionary),
        ]
    })
}

pub fn entries() -> impl Strategy<Value = BTreeMap<Vec<u8>, Item>> {
    prop::collection::btree_map(name(), item(), 0..5)
}

pub fn body() -> impl Strategy<Value = Body> {
    let data = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(select(b"ab\0z~>\r\n ".to_vec()), 0..600),
        "(endstream|endobj|stream\n|startxref| |5 0 obj){0,9}".prop_map(String::into_bytes),
    ];
    let stream = (
        entries(),
        data,
        prop::collection::vec(coding::coding(), 0..4),
        any::<bool>(),
    );
    prop_oneof![
        3 => item().prop_filter("an object is no reference to another", |item| {
            !matches!(item, Item::Reference(_) | Item::Dangling(..))
        }).prop_map(Body::Item),
        2 => stream.prop_map(|(mut entries, data, codings, length_apart)| {
            for key in [b"Length".as_slice(), b"Filter", b"DecodeParms", b"F", b"Type"] {
                entries.remove(key);
            }
            Body::Stream { data: coding::fitting(data, &codings), entries, codings, length_apart }
        }),
    ]
}

/// The number and generation of each object of the document's list.
pub type Names = [(u32, u16); OBJECTS];

/// Writes items, each time in another of the ways in which they can be written.
pub struct Speller<'n> {
    pub random: Random,
    pub names: &'n Names,
}

impl Speller<'_> {
    /// White space or a comment; nothing only where a token needs none before it.
    fn gap(&mut self, needed: bool, output: &mut Vec<u8>) {
        let gaps = [
            &b" "[..],
            b" ",
            b"\n",
            b"\r\n",
            b"\r",
            b"\t",
            b"\x0c",
            b"\0",
            b"  ",
            b"%c (<[>)\n",
            b" %\r",
        ];
        if needed || self.random.one_in(3) {
            output.extend_from_slice(self.random.of(&gaps));
        }
    }

    pub fn item(&mut self, item: &Item, output: &mut Vec<u8>) {
        match item {
            Item::Null => output.extend_from_slice(b"null"),
            Item::Boolean(value) => output.extend(value.to_string().bytes()),
            Item::Integer(value) => output.extend(self.integer(*value).bytes()),
            Item::Real(text) => output.extend(text.bytes()),
            Item::String(bytes) if self.random.one_in(3) => self.hex(bytes, output),
            Item::String(bytes) => self.literal(bytes, output),
            Item::Name(name) => self.name(name, output),
            Item::Array(items) => {
                output.push(b'[');
                for item in items {
                    self.value(item, output);
                }
                self.gap(false, output);
                output.push(b']');
            }
            Item::Dictionary(entries) => {
                output.extend_from_slice(b"<<");
                self.entries(entries, output);
                output.extend_from_slice(b">>");
            }
            Item::Reference(at) => {
                let (number, generation) = self.names[*at];
                output.extend(format!("{number} {generation} R").bytes());
            }
            Item::Dangling(number, generation) => output.extend(format!("{number} {generation} R").bytes()),
        }
    }

    /// An item after another token.
    fn value(&mut self, item: &Item, output: &mut Vec<u8>) {
        let delimited = matches!(
            item,
            Item::String(_) | Item::Name(_) | Item::Array(_) | Item::Dictionary(_)
        );
        let after_delimiter = matches!(output.last(), Some(b'[' | b']' | b')' | b'>'));
        self.gap(!delimited && !after_delimiter, output);
        self.item(item, output);
    }

    pub fn entries(&mut self, entries: &BTreeMap<Vec<u8>, Item>, output: &mut Vec<u8>) {
        for (key, value) in entries {
            self.gap(false, output);
            self.name(key, output);
            self.value(value, output);
        }
        self.gap(false, output);
    }

    fn integer(&mut self, value: i64) -> String {
        let zeros = "0".repeat(self.random.below(3));
        match self.random.below(6) {
            0 if value >= 0 => format!("+{value}"),
            1 if value == 0 => "-0".to_owned(),
            2 if value >= 0 => format!("{zeros}{value}"),
            3 if value < 0 => format!("-{zeros}{}", value.unsigned_abs()),
            _ => value.to_string(),
        }
    }

    fn hex(&mut self, bytes: &[u8], output: &mut Vec<u8>) {
        output.push(b'<');
        for (at, byte) in bytes.iter().enumerate() {
            let mut pair = if self.random.one_in(2) {
                format!("{byte:02x}")
            } else {
                format!("{byte:02X}")
            };
            // The last digit, if 0, may be left out (7.3.4.3).
            if at + 1 == bytes.len() && byte & 15 == 0 && self.random.one_in(2) {
                pair.pop();
            }
            for digit in pair.bytes() {
                output.push(digit);
                if self.random.one_in(8) {
                    output.push(self.random.of(b" \n\r\t\0"));
                }
            }
        }
        output.push(b'>');
    }

    fn literal(&mut self, bytes: &[u8], output: &mut Vec<u8>) {
        let mut depth = 0_i32;
        let balanced = bytes.iter().all(|byte| {
            depth += i32::from(*byte == b'(') - i32::from(*byte == b')');
            depth >= 0
        }) && depth == 0;
        output.push(b'(');
        for (at, byte) in bytes.iter().enumerate() {
            let digit_follows = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
            let plain = match byte {
                b'(' | b')' => balanced,
                // A bare CR would be read as a line feed (7.3.4.2).
                b'\\' | b'\r' => false,
                _ => true,
            };
            let named = match byte {
                b'\n' => Some(b'n'),
                b'\r' => Some(b'r'),
                b'\t' => Some(b't'),
                8 => Some(b'b'),
                12 => Some(b'f'),
                b'(' | b')' | b'\\' => Some(*byte),
                _ => None,
            };
            match (self.random.below(6), named) {
                (0..=3, _) if plain => output.push(*byte),
                // Parentheses are all bare or all escaped, or they would no longer be balanced.
                (_, Some(letter)) if !balanced || !matches!(byte, b'(' | b')') => {
                    output.extend([b'\\', letter]);
                }
                _ if balanced && matches!(byte, b'(' | b')') => output.push(*byte),
                (4, _) if *byte < 0o100 && !digit_follows => output.extend(format!("\\{byte:o}").bytes()),
                _ => output.extend(format!("\\{byte:03o}").bytes()),
            }
            if self.random.one_in(20) {
                output.extend_from_slice(self.random.of(&[&b"\\\n"[..], b"\\\r\n"]));
            }
        }
        output.push(b')');
    }

    fn name(&mut self, name: &[u8], output: &mut Vec<u8>) {
        output.push(b'/');
        for byte in name {
            let special = !byte.is_ascii_graphic() || b"()<>[]{}/%#".contains(byte);
            if !special && !self.random.one_in(12) {
                output.push(*byte);
            } else if self.random.one_in(2) {
                output.extend(format!("#{byte:02x}").bytes());
            } else {
                output.extend(format!("#{byte:02X}").bytes());
            }
        }
    }
}
