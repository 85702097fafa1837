//! Encoders of the data filters (7.4) and their predictors, written for the tests, in the many forms the standard allows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::{Item, Random};

/// One filter with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Coding {
    Hex,
    Ascii85,
    RunLength,
    Flate(Predictor),
    Lzw { early: bool, predictor: Predictor },
}

/// Table 10; `kind` 1 means none.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor {
    pub kind: u8,
    pub colors: usize,
    pub bits: usize,
    pub columns: usize,
}

impl Predictor {
    pub const NONE: Self = Self {
        kind: 1,
        colors: 1,
        bits: 8,
        columns: 1,
    };

    fn row(&self) -> usize {
        (self.colors * self.bits * self.columns).div_ceil(8)
    }

    fn pixel(&self) -> usize {
        (self.colors * self.bits).div_ceil(8)
    }

    fn encode(&self, data: &[u8], random: &mut Random) -> Vec<u8> {
        match self.kind {
            1 => data.to_vec(),
            2 => data.chunks(self.row()).flat_map(|row| self.tiff(row)).collect(),
            kind => {
                let zeros = vec![0; self.row()];
                let mut above: &[u8] = &zeros;
                let mut output = Vec::new();
                for row in data.chunks(self.row()) {
                    let filter = if kind == 15 {
                        random.below(5)
                    } else {
                        usize::from(kind) - 10
                    };
                    output.push(u8::try_from(filter).unwrap());
                    output.extend(self.png(filter, row, above));
                    above = row;
                }
                output
            }
        }
    }

    /// Differences to the sample on the left, of 8 or 16 bits (TIFF 6.0, section 14).
    fn tiff(&self, row: &[u8]) -> Vec<u8> {
        let wide = self.bits == 16;
        let step = self.pixel();
        let mut output = row.to_vec();
        let samples = if wide { 2 } else { 1 };
        for at in (step..row.len()).step_by(samples) {
            if wide {
                let word = |at: usize| u16::from_be_bytes([row[at], row[at + 1]]);
                let difference = word(at).wrapping_sub(word(at - step)).to_be_bytes();
                output[at..at + 2].copy_from_slice(&difference);
            } else {
                output[at] = row[at].wrapping_sub(row[at - step]);
            }
        }
        output
    }

    /// ISO/IEC 15948, clause 9.
    fn png(&self, filter: usize, row: &[u8], above: &[u8]) -> Vec<u8> {
        let left = |line: &[u8], at: usize| at.checked_sub(self.pixel()).map_or(0, |at| line[at]);
        let predicted = |at: usize| {
            let (a, b, c) = (left(row, at), above[at], left(above, at));
            match filter {
                0 => 0,
                1 => a,
                2 => b,
                3 => u8::try_from((u16::from(a) + u16::from(b)) / 2).unwrap(),
                _ => {
                    let p = i16::from(a) + i16::from(b) - i16::from(c);
                    let distance = |x: u8| (p - i16::from(x)).abs();
                    if distance(a) <= distance(b) && distance(a) <= distance(c) {
                        a
                    } else if distance(b) <= distance(c) {
                        b
                    } else {
                        c
                    }
                }
            }
        };
        let bytes = row.iter().enumerate();
        bytes.map(|(at, byte)| byte.wrapping_sub(predicted(at))).collect()
    }

    fn parameters(&self) -> BTreeMap<Vec<u8>, Item> {
        let mut parameters = BTreeMap::new();
        if self.kind > 1 {
            let count = |value: usize| Item::Integer(i64::try_from(value).unwrap());
            parameters.insert(b"Predictor".to_vec(), Item::Integer(self.kind.into()));
            parameters.insert(b"Columns".to_vec(), count(self.columns));
            // What has its default value may be absent.
            if self.colors != 1 {
                parameters.insert(b"Colors".to_vec(), count(self.colors));
            }
            if self.bits != 8 {
                parameters.insert(b"BitsPerComponent".to_vec(), count(self.bits));
            }
        }
        parameters
    }
}

fn predictor() -> impl Strategy<Value = Predictor> {
    let png = (10..=15_u8, 1..5_usize, select(vec![1, 2, 4, 8, 16]), 1..20_usize);
    let tiff = (Just(2_u8), 1..5_usize, select(vec![8, 16]), 1..20_usize);
    prop_oneof![
        2 => Just(Predictor::NONE),
        2 => png.prop_map(|(kind, colors, bits, columns)| Predictor { kind, colors, bits, columns }),
        1 => tiff.prop_map(|(kind, colors, bits, columns)| Predictor { kind, colors, bits, columns }),
    ]
}

pub fn coding() -> impl Strategy<Value = Coding> {
    prop_oneof![
        Just(Coding::Hex),
        Just(Coding::Ascii85),
        Just(Coding::RunLength),
        predictor().prop_map(Coding::Flate),
        (any::<bool>(), predictor()).prop_map(|(early, predictor)| Coding::Lzw { early, predictor }),
    ]
}

impl Coding {
    pub fn filter(&self) -> &'static [u8] {
        match self {
            Self::Hex => b"ASCIIHexDecode",
            Self::Ascii85 => b"ASCII85Decode",
            Self::RunLength => b"RunLengthDecode",
            Self::Flate(_) => b"FlateDecode",
            Self::Lzw { .. } => b"LZWDecode",
        }
    }

    fn predictor(&self) -> &Predictor {
        match self {
            Self::Flate(predictor) | Self::Lzw { predictor, .. } => predictor,
            _ => &Predictor::NONE,
        }
    }

    fn parameters(&self) -> Item {
        let mut parameters = self.predictor().parameters();
        if let Self::Lzw { early: false, .. } = self {
            parameters.insert(b"EarlyChange".to_vec(), Item::Integer(0));
        }
        if parameters.is_empty() {
            Item::Null
        } else {
            Item::Dictionary(parameters)
        }
    }

    fn encode(&self, data: &[u8], random: &mut Random) -> Vec<u8> {
        let data = self.predictor().encode(data, random);
        match self {
            Self::Hex => hex(&data, random),
            Self::Ascii85 => ascii_85(&data, random),
            Self::RunLength => run_length(&data, random),
            Self::Flate(_) => flate(&data, random),
            Self::Lzw { early, .. } => lzw(&data, *early, random),
        }
    }
}

/// `data` cut so that it fills whole rows of the predictor that is applied first. Later ones see data of a length that
/// is not known before, so only the first coding may predict.
pub fn fitting(mut data: Vec<u8>, codings: &[Coding]) -> Vec<u8> {
    if let Some(first) = codings.first() {
        data.truncate(data.len() / first.predictor().row() * first.predictor().row());
    }
    data
}

/// What the stream's dictionary says of `codings`, and `data` encoded by all of them.
pub fn encode(data: &[u8], codings: &[Coding], random: &mut Random) -> (BTreeMap<Vec<u8>, Item>, Vec<u8>) {
    let mut encoded = data.to_vec();
    let (mut filters, mut parameters) = (Vec::new(), Vec::new());
    for (at, coding) in codings.iter().enumerate() {
        let coding = match coding {
            Coding::Flate(_) if at > 0 => &Coding::Flate(Predictor::NONE),
            Coding::Lzw { early, .. } if at > 0 => &Coding::Lzw {
                early: *early,
                predictor: Predictor::NONE,
            },
            other => other,
        };
        encoded = coding.encode(&encoded, random);
        // Decoded from first to last, so the coding applied last stands first.
        filters.insert(0, Item::Name(coding.filter().to_vec()));
        parameters.insert(0, coding.parameters());
    }
    let mut entries = BTreeMap::new();
    let single = |mut items: Vec<Item>, random: &mut Random| {
        if items.len() == 1 && random.one_in(2) {
            items.remove(0)
        } else {
            Item::Array(items)
        }
    };
    if !filters.is_empty() {
        let with_parameters = parameters.iter().any(|item| *item != Item::Null) || random.one_in(4);
        if with_parameters {
            // A single filter with an array of parameters, or the other way round, is a matter of taste of readers.
            let alone = filters.len() == 1 && random.one_in(2);
            let both = |mut items: Vec<Item>| {
                if alone {
                    items.remove(0)
                } else {
                    Item::Array(items)
                }
            };
            entries.insert(b"Filter".to_vec(), both(filters));
            entries.insert(b"DecodeParms".to_vec(), both(parameters));
        } else {
            entries.insert(b"Filter".to_vec(), single(filters, random));
        }
    }
    (entries, encoded)
}

fn hex(data: &[u8], random: &mut Random) -> Vec<u8> {
    let mut output = Vec::new();
    for byte in data {
        let pair = if random.one_in(2) {
            format!("{byte:02x}")
        } else {
            format!("{byte:02X}")
        };
        output.extend(pair.bytes());
        if random.one_in(16) {
            output.push(random.of(b" \n\r\t"));
        }
    }
    if data.last().is_some_and(|byte| byte & 15 == 0) && output.last() == Some(&b'0') && random.one_in(2) {
        output.pop();
    }
    output.push(b'>');
    output
}

fn ascii_85(data: &[u8], random: &mut Random) -> Vec<u8> {
    let mut output = Vec::new();
    for group in data.chunks(4) {
        let mut word = [0; 4];
        word[..group.len()].copy_from_slice(group);
        let mut value = u32::from_be_bytes(word);
        if value == 0 && group.len() == 4 {
            output.push(b'z');
        } else {
            let mut digits = [0; 5];
            for digit in digits.iter_mut().rev() {
                *digit = b'!' + u8::try_from(value % 85).unwrap();
                value /= 85;
            }
            output.extend_from_slice(&digits[..=group.len()]);
        }
        if random.one_in(8) {
            output.push(random.of(b" \n\r\t"));
        }
    }
    output.extend_from_slice(b"~>");
    output
}

fn run_length(data: &[u8], random: &mut Random) -> Vec<u8> {
    let mut output = Vec::new();
    let mut rest = data;
    while let Some(first) = rest.first() {
        let run = rest.iter().take(128).take_while(|byte| *byte == first).count();
        if run > 1 && !random.one_in(4) {
            output.extend([u8::try_from(257 - run).unwrap(), *first]);
            rest = &rest[run..];
        } else {
            let count = rest.len().min(1 + random.below(128));
            output.push(u8::try_from(count - 1).unwrap());
            output.extend_from_slice(&rest[..count]);
            rest = &rest[count..];
        }
    }
    output.push(128);
    output
}

/// Zlib: packed by the library's own writer, or in blocks that are only stored (RFC 1950, RFC 1951, 3.2.4).
fn flate(data: &[u8], random: &mut Random) -> Vec<u8> {
    if random.one_in(2) {
        let body = yinxin::pdf::update::stream_body(b"", data, true);
        let start = body.windows(7).position(|at| at == b"stream\n").unwrap() + 7;
        return body[start..body.len() - b"\nendstream".len()].to_vec();
    }
    let mut output = vec![0x78, 0x01];
    let blocks: Vec<&[u8]> = if data.is_empty() {
        vec![data]
    } else {
        data.chunks(1 + random.below(200)).collect()
    };
    for (at, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        output.push(u8::from(at + 1 == blocks.len()));
        output.extend(length.to_le_bytes());
        output.extend((!length).to_le_bytes());
        output.extend_from_slice(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    output.extend((b << 16 | a).to_be_bytes());
    output
}

/// Codes of 9 to 12 bits; the table is cleared when it is full, and sometimes before.
fn lzw(data: &[u8], early: bool, random: &mut Random) -> Vec<u8> {
    let (mut bits, mut filled) = (0_u64, 0_u32);
    let mut output = Vec::new();
    let mut put = |code: usize, width: u32| {
        bits = bits << width | u64::try_from(code).unwrap();
        filled += width;
        while filled >= 8 {
            filled -= 8;
            output.push((bits >> filled & 0xff) as u8);
        }
    };
    let width = |entries: usize| match entries + usize::from(early) {
        0..=511 => 9,
        512..=1023 => 10,
        1024..=2047 => 11,
        _ => 12,
    };
    let mut table: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    // The decoder's table is one entry behind the encoder's, which has just sent the code that makes it grow.
    let mut known = 258;
    let mut word: Vec<u8> = Vec::new();
    put(256, 9);
    let code = |table: &BTreeMap<Vec<u8>, usize>, word: &[u8]| match word {
        [byte] => usize::from(*byte),
        _ => table[word],
    };
    let mut sent = false;
    for byte in data {
        let mut longer = word.clone();
        longer.push(*byte);
        if longer.len() == 1 || table.contains_key(&longer) {
            word = longer;
            continue;
        }
        put(code(&table, &word), width(known));
        if sent {
            known += 1;
        }
        sent = true;
        let next = 258 + table.len();
        if next >= 4094 || random.one_in(500) {
            put(256, width(known));
            table.clear();
            (known, sent) = (258, false);
        } else {
            table.insert(longer, next);
        }
        word = vec![*byte];
    }
    if !word.is_empty() {
        put(code(&table, &word), width(known));
        if sent {
            known += 1;
        }
    }
    put(257, width(known));
    put(0, 7);
    output
}
