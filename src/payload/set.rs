//! A file over several codes: any of them that are enough give it back, in any order.
//!
//! The first codes of a set carry the file piece by piece; the others are repair symbols of RaptorQ (RFC 6330), each of
//! which stands for any piece that is lost. Every part names its set, so the papers of two results can be scanned together.
//! Nothing is signed here: the file that comes out is verified like any other. Byte by byte: `docs/FORMAT.md`, clause 5.3.
//!
//! ```
//! use yinxin::limits::Limits;
//! use yinxin::payload::{Sets, SplitRule, split};
//!
//! let file = vec![0x25; 15_000];
//! let texts = split(&file, &SplitRule::DEFAULT, &Limits::DEFAULT)?;
//! let mut sets = Sets::new(&Limits::DEFAULT);
//! for text in texts.iter().rev().skip(texts.len() * 15 / 100) {
//!     sets.add(text)?;
//! }
//! assert_eq!(sets.whole()?, [file]);
//! # Ok::<(), yinxin::payload::SetError>(())
//! ```

use core::fmt;
use std::collections::BTreeMap;

use raptorq::{
    EncodingPacket, ObjectTransmissionInformation, PayloadId, SourceBlockDecoder, SourceBlockEncoder,
};

use super::text::{base45_strict, strip_prefix};
use crate::cbor::Value;
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;

const SCHEME: &str = "YXS:";
/// The least and most bytes of a part's piece: less is mostly heading, more is in no QR code.
const PIECE: core::ops::RangeInclusive<usize> = 64..=2_000;
/// Bytes of a part beside its piece, at most: array, set, three lengths.
const HEADING: usize = 1 + 9 + 5 + 5 + 3;
/// RFC 6330, clause 5.1.2: no more source symbols in a block, and encoding symbol identifiers of 24 bits.
const SYMBOLS: usize = 56_403;
const IDENTIFIERS: u32 = 1 << 24;

/// How a file is divided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SplitRule {
    /// Bytes of the file that one code carries, 64 to 2,000.
    pub piece_bytes: u16,
    /// Percent of the codes that may be lost, 0 to 80.
    pub loss_percent: u8,
}

impl SplitRule {
    /// Symbols of version 20-M, which print at 0.38 mm a module in 43 mm; 15 percent may be lost.
    pub const DEFAULT: Self = Self {
        piece_bytes: 616,
        loss_percent: 15,
    };
}

impl Default for SplitRule {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Why a file is not divided, a text is no part, or parts are not joined.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SetError {
    /// The file is empty or larger than the limit, which is the value in bytes.
    Length(usize),
    /// The rule is out of range; the value says what of it.
    Rule(&'static str),
    /// The text does not start with `YXS:`.
    Scheme,
    /// The text is damaged at this character.
    Characters(usize),
    /// The text is not a part as we write it; the value says why.
    Part(&'static str),
    /// More parts or sets than the limit, which is the value.
    TooMany(usize),
    /// Two parts with the same number say different things, or the joined file is not the one the set names.
    Contradiction {
        /// The set, as its eight bytes.
        set: [u8; 8],
    },
    /// Not enough parts yet.
    Missing {
        /// The set, as its eight bytes.
        set: [u8; 8],
        /// How many of its parts are there.
        have: usize,
        /// How many more are needed; one or two beyond that in rare cases.
        more: usize,
    },
}

/// The texts of the codes that carry `bytes`, the pieces first and the repair symbols after them.
///
/// # Errors
/// Occurs if the file is empty or longer than `limits.set_bytes`, the rule is out of range, or there would be more than
/// `limits.set_parts` codes.
pub fn split(bytes: &[u8], rule: &SplitRule, limits: &Limits) -> Result<Vec<String>, SetError> {
    let piece = usize::from(rule.piece_bytes);
    if !PIECE.contains(&piece) {
        return Err(SetError::Rule("a piece has 64 to 2,000 bytes"));
    }
    if rule.loss_percent > 80 {
        return Err(SetError::Rule("at most 80 percent may be lost"));
    }
    let shape = Shape::of(bytes.len(), piece, limits)?;
    // Two more than the pieces are enough in all but one of 10^7 cases (RFC 6330, clause 5.1.1, and its authors' measurements).
    let kept = 100_usize.saturating_sub(usize::from(rule.loss_percent)).max(1);
    let total = shape.pieces.saturating_add(2).saturating_mul(100).div_ceil(kept);
    if total > limits.set_parts {
        return Err(SetError::TooMany(limits.set_parts));
    }
    let mut padded = bytes.to_vec();
    padded.resize(shape.pieces.saturating_mul(piece), 0);
    let encoder = SourceBlockEncoder::new(0, &shape.information(), &padded);
    let repair = u32::try_from(total.saturating_sub(shape.pieces)).unwrap_or(u32::MAX);
    let set = identify(bytes);
    let packets = encoder
        .source_packets()
        .into_iter()
        .chain(encoder.repair_packets(0, repair));
    let texts = packets.map(|packet| {
        let (id, data) = packet.split();
        let part = Value::Array(vec![
            Value::Bytes(set.to_vec()),
            Value::Unsigned(u64::from(shape.length)),
            Value::Unsigned(u64::from(id.encoding_symbol_id())),
            Value::Bytes(data),
        ]);
        format!("{SCHEME}{}", base45::encode(part.encode()))
    });
    Ok(texts.collect())
}

/// Set, file length and piece length: what does not agree in these is another set.
type Key = ([u8; 8], u32, u16);

/// The data of each part by its number.
type Pieces = BTreeMap<u32, Vec<u8>>;

/// Collects the parts of any number of sets.
#[derive(Clone, Debug)]
pub struct Sets {
    limits: Limits,
    found: BTreeMap<Key, Pieces>,
    parts: usize,
}

impl Sets {
    /// No parts yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            found: BTreeMap::new(),
            parts: 0,
        }
    }

    /// Takes the text of one code. A part that is there already changes nothing.
    ///
    /// # Errors
    /// Occurs if the text is no part, contradicts one that was added, or is one too many; the parts added before stay.
    pub fn add(&mut self, text: &str) -> Result<(), SetError> {
        let part = Part::parse(text, &self.limits)?;
        let parts = self.found.entry((part.set, part.length, part.piece)).or_default();
        if let Some(known) = parts.get(&part.index) {
            return match *known == part.data {
                true => Ok(()),
                false => Err(SetError::Contradiction { set: part.set }),
            };
        }
        if self.parts >= self.limits.set_parts {
            return Err(SetError::TooMany(self.limits.set_parts));
        }
        self.parts = self.parts.saturating_add(1);
        parts.insert(part.index, part.data);
        Ok(())
    }

    /// How many sets have a part here.
    #[must_use]
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// The files of all sets, in the order of their identifiers.
    ///
    /// # Errors
    /// Occurs if a set lacks parts, or its parts do not give the file that it names; [`each`](Self::each) tells for every set.
    pub fn whole(&self) -> Result<Vec<Vec<u8>>, SetError> {
        self.each().collect()
    }

    /// The file of each set, or why it is not there, in the order of their identifiers.
    pub fn each(&self) -> impl Iterator<Item = Result<Vec<u8>, SetError>> + '_ {
        self.found.iter().map(|(&(set, length, piece), parts)| {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let shape = Shape::of(length, usize::from(piece), &self.limits)?;
            join(set, &shape, parts)
        })
    }
}

/// One code of a set.
struct Part {
    set: [u8; 8],
    length: u32,
    piece: u16,
    index: u32,
    data: Vec<u8>,
}

impl Part {
    fn parse(text: &str, limits: &Limits) -> Result<Self, SetError> {
        let Some(rest) = strip_prefix(text, SCHEME) else {
            return Err(SetError::Scheme);
        };
        // Base45 takes three characters for two bytes.
        if rest.len() > PIECE.end().saturating_add(HEADING).saturating_mul(3).div_ceil(2) {
            return Err(SetError::Part("is longer than any code"));
        }
        let bytes = base45_strict(&rest.to_ascii_uppercase())
            .map_err(|at| SetError::Characters(at.saturating_add(SCHEME.len())))?;
        let value = Value::decode(&bytes, limits).map_err(|_| SetError::Part("is not deterministic CBOR"))?;
        let Some(
            [
                Value::Bytes(set),
                Value::Unsigned(length),
                Value::Unsigned(index),
                Value::Bytes(data),
            ],
        ) = value.as_array()
        else {
            return Err(SetError::Part("is not an array of set, length, number and piece"));
        };
        let set =
            <[u8; 8]>::try_from(set.as_slice()).map_err(|_| SetError::Part("has a set not of 8 bytes"))?;
        let index = u32::try_from(*index)
            .ok()
            .filter(|index| *index < IDENTIFIERS)
            .ok_or(SetError::Part("has a number above 24 bits"))?;
        let length = u32::try_from(*length).map_err(|_| SetError::Length(limits.set_bytes))?;
        let piece = u16::try_from(data.len()).map_err(|_| SetError::Part("has a piece of a wrong length"))?;
        if !PIECE.contains(&data.len()) {
            return Err(SetError::Part("has a piece of a wrong length"));
        }
        Shape::of(usize::try_from(length).unwrap_or(usize::MAX), data.len(), limits)?;
        Ok(Self {
            set,
            length,
            piece,
            index,
            data: data.clone(),
        })
    }
}

/// Lengths that belong together and are within the limits.
struct Shape {
    length: u32,
    piece: u16,
    pieces: usize,
}

impl Shape {
    fn of(length: usize, piece: usize, limits: &Limits) -> Result<Self, SetError> {
        let pieces = length.div_ceil(piece.max(1));
        let too_long = SetError::Length(limits.set_bytes);
        match (u32::try_from(length), u16::try_from(piece)) {
            _ if length == 0 || length > limits.set_bytes || pieces > SYMBOLS => Err(too_long),
            (Ok(length), Ok(piece)) => Ok(Self {
                length,
                piece,
                pieces,
            }),
            _ => Err(too_long),
        }
    }

    /// One block, not divided further: RFC 6330, clause 4.4.1.2, with Z, N and Al of 1.
    fn information(&self) -> ObjectTransmissionInformation {
        ObjectTransmissionInformation::new(u64::from(self.length), self.piece, 1, 1, 1)
    }
}

/// The file that `parts` give, if it is the one that the set names.
fn join(set: [u8; 8], shape: &Shape, parts: &Pieces) -> Result<Vec<u8>, SetError> {
    let have = parts.len();
    let missing = |more| Err(SetError::Missing { set, have, more });
    if have < shape.pieces {
        return missing(shape.pieces.saturating_sub(have));
    }
    let block = u64::from(shape.piece).saturating_mul(u64::try_from(shape.pieces).unwrap_or(u64::MAX));
    let mut decoder = SourceBlockDecoder::new(0, &shape.information(), block);
    let packets = parts
        .iter()
        .map(|(&index, data)| EncodingPacket::new(PayloadId::new(0, index), data.clone()));
    let Some(mut file) = decoder.decode(packets) else {
        return missing(1);
    };
    file.truncate(usize::try_from(shape.length).unwrap_or(usize::MAX));
    match identify(&file) == set {
        true => Ok(file),
        false => Err(SetError::Contradiction { set }),
    }
}

/// The first eight bytes of SHA-256: tells sets apart, and a file that was joined from parts of two.
fn identify(file: &[u8]) -> [u8; 8] {
    let digest = DigestAlgorithm::Sha256.digest(file);
    let mut set = [0; 8];
    set.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    set
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |set: &[u8; 8]| set.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match self {
            Self::Length(most) => write!(
                f,
                "a set carries a file of 1 to {most} bytes; raise the limit or shorten the file"
            ),
            Self::Rule(why) => f.write_str(why),
            Self::Scheme => f.write_str("not a part of a set: does not start with YXS:"),
            Self::Characters(at) => write!(f, "the text of the code is damaged at character {at}"),
            Self::Part(why) => write!(f, "the part of a set {why}"),
            Self::TooMany(most) => write!(
                f,
                "more than {most} parts; take larger pieces or scan fewer sets at once"
            ),
            Self::Contradiction { set } => {
                write!(
                    f,
                    "parts of set {} contradict each other; scan the papers again",
                    hex(set)
                )
            }
            Self::Missing { set, have, more } => write!(
                f,
                "set {} has {have} parts and needs {more} more; scan the codes that are left",
                hex(set)
            ),
        }
    }
}

impl core::error::Error for SetError {}
