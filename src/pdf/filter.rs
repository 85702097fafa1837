//! Stream filters that decode to data (ISO 32000-2, 7.4). Image filters are refused, not passed through.

use super::error::{PdfError, PdfErrorKind};
use super::flate::inflate;
use super::lexer::{hex_digit, is_white};
use super::object::{Dictionary, Object};
use super::predictor::{self, Parameters};

/// One step of a filter chain.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// The standard's name, without slash.
    pub(super) name: Vec<u8>,
    pub(super) parameters: Parameters,
}

/// The filters of a stream; `resolve` follows references.
pub(super) fn filters(
    dictionary: &Dictionary,
    mut resolve: impl FnMut(&Object) -> Result<Object, PdfError>,
) -> Result<Vec<Filter>, PdfError> {
    let unknown = || PdfError::new(PdfErrorKind::UnknownFilter, dictionary.span().start);
    let mut list = |key: &[u8]| match resolve(dictionary.find(key).unwrap_or(&Object::Null))? {
        Object::Array(items) => items.iter().map(&mut resolve).collect(),
        one => Ok(vec![one]),
    };
    let names: Vec<Object> = list(b"Filter")?;
    if names == [Object::Null] {
        return Ok(Vec::new());
    }
    let parameters: Vec<Object> = list(b"DecodeParms")?;
    // One dictionary for several filters is given to the first by some readers, to all or none by others.
    if parameters.len() > names.len().max(1)
        || (parameters.len() == 1 && names.len() > 1 && parameters != [Object::Null])
    {
        return Err(unknown());
    }
    let mut filters = Vec::new();
    for (i, name) in names.iter().enumerate() {
        filters.push(Filter {
            name: whole_name(name.as_name().ok_or_else(unknown)?).to_vec(),
            parameters: match parameters.get(i) {
                None | Some(Object::Null) => Parameters::default(),
                Some(Object::Dictionary(dictionary)) => Parameters::of(dictionary).map_err(|_| unknown())?,
                Some(_) => return Err(unknown()),
            },
        });
    }
    Ok(filters)
}

/// The whole name for one of the abbreviations of table 92. They are for inline images, but every reader takes them here.
fn whole_name(name: &[u8]) -> &[u8] {
    let known = ABBREVIATIONS.iter().find(|(short, _)| *short == name);
    known.map_or(name, |(_, whole)| whole)
}

/// Abbreviations of filters that decode to data, and what they stand for (table 92).
pub(super) const ABBREVIATIONS: [(&[u8], &[u8]); 5] = [
    (b"A85", b"ASCII85Decode"),
    (b"AHx", b"ASCIIHexDecode"),
    (b"Fl", b"FlateDecode"),
    (b"LZW", b"LZWDecode"),
    (b"RL", b"RunLengthDecode"),
];

/// What came out of a chain of filters.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Decoded {
    pub(super) data: Vec<u8>,
    /// Whether a checksum is wrong or missing behind deflated data that are complete.
    pub(super) unchecked: bool,
}

/// `data` decoded through `filters`, no step coming to more than `limit` bytes.
pub(super) fn decode(data: &[u8], filters: &[Filter], limit: usize) -> Result<Decoded, PdfErrorKind> {
    let mut decoded: Option<Vec<u8>> = None;
    let mut unchecked = false;
    let mut inflated = |input: &[u8]| {
        let (data, checked) = inflate(input, limit)?;
        unchecked |= !checked;
        Ok(data)
    };
    // Each step costs its output, so the number of steps is part of the bomb.
    if filters.len() > 8 {
        return Err(PdfErrorKind::UnknownFilter);
    }
    for filter in filters {
        let input = decoded.as_deref().unwrap_or(data);
        let output = match filter.name.as_slice() {
            b"FlateDecode" => predictor::undo(inflated(input)?, &filter.parameters)?,
            b"LZWDecode" => predictor::undo(
                lzw(input, filter.parameters.early_change, limit)?,
                &filter.parameters,
            )?,
            b"ASCIIHexDecode" => ascii_hex(input)?,
            b"ASCII85Decode" => ascii_85(input, limit)?,
            b"RunLengthDecode" => run_length(input, limit)?,
            _ => return Err(PdfErrorKind::UnknownFilter),
        };
        decoded = Some(output);
    }
    let data = match decoded {
        Some(decoded) => decoded,
        None if data.len() > limit => return Err(PdfErrorKind::TooMuchDecoded),
        None => data.to_vec(),
    };
    Ok(Decoded { data, unchecked })
}

fn ascii_hex(data: &[u8]) -> Result<Vec<u8>, PdfErrorKind> {
    let mut output = Vec::with_capacity(data.len() / 2);
    let mut high = None;
    for byte in data {
        match (hex_digit(*byte), high) {
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(first)) => {
                output.push(first << 4 | digit);
                high = None;
            }
            (None, _) if *byte == b'>' => break,
            (None, _) if is_white(*byte) => {}
            (None, _) => return Err(PdfErrorKind::CorruptStream),
        }
    }
    output.extend(high.map(|digit: u8| digit << 4));
    Ok(output)
}

fn ascii_85(data: &[u8], limit: usize) -> Result<Vec<u8>, PdfErrorKind> {
    let mut output = Vec::new();
    let mut group = 0u64;
    let mut count = 0usize;
    for byte in data {
        if output.len() > limit {
            return Err(PdfErrorKind::TooMuchDecoded);
        }
        match byte {
            b'z' if count == 0 => output.extend([0; 4]),
            b'!'..=b'u' => {
                group = group * 85 + u64::from(byte - b'!');
                count += 1;
                if count == 5 {
                    let word = u32::try_from(group).map_err(|_| PdfErrorKind::CorruptStream)?;
                    output.extend(word.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            b'~' => break,
            b if is_white(*b) => {}
            _ => return Err(PdfErrorKind::CorruptStream),
        }
    }
    if count == 1 {
        return Err(PdfErrorKind::CorruptStream);
    }
    if count > 1 {
        for _ in count..5 {
            group = group * 85 + 84;
        }
        let word = u32::try_from(group).map_err(|_| PdfErrorKind::CorruptStream)?;
        output.extend(word.to_be_bytes().into_iter().take(count - 1));
    }
    Ok(output)
}

fn run_length(data: &[u8], limit: usize) -> Result<Vec<u8>, PdfErrorKind> {
    let mut output = Vec::new();
    let mut rest = data;
    while let Some((length, tail)) = rest.split_first() {
        let length = usize::from(*length);
        match length {
            128 => break,
            0..=127 => {
                let run = tail.get(..=length).ok_or(PdfErrorKind::CorruptStream)?;
                output.extend_from_slice(run);
                rest = tail.get(run.len()..).unwrap_or_default();
            }
            _ => {
                let (byte, tail) = tail.split_first().ok_or(PdfErrorKind::CorruptStream)?;
                output.resize(output.len() + 257 - length, *byte);
                rest = tail;
            }
        }
        if output.len() > limit {
            return Err(PdfErrorKind::TooMuchDecoded);
        }
    }
    Ok(output)
}

/// LZW of 7.4.4: codes of 9 to 12 bits, 256 clears, 257 ends; `early` makes codes grow one entry sooner.
fn lzw(data: &[u8], early: bool, limit: usize) -> Result<Vec<u8>, PdfErrorKind> {
    let mut output: Vec<u8> = Vec::new();
    // Every entry of the table is a piece of the output: where it starts, and how long it is.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut previous: Option<(usize, usize)> = None;
    let (mut bits, mut available) = (0u32, 0u32);
    for byte in data {
        bits = bits << 8 | u32::from(*byte);
        available += 8;
        let width = match 258 + table.len() + usize::from(early) {
            0..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        };
        if available < width {
            continue;
        }
        available -= width;
        let code = usize::try_from(bits >> available & ((1 << width) - 1)).unwrap_or(0);
        match code {
            256 => {
                table.clear();
                previous = None;
                continue;
            }
            257 => break,
            _ => {}
        }
        let start = output.len();
        if let Some((from, length)) = previous
            && table.len() < 4096 - 258
        {
            // The entry of the previous code plus the byte that comes next, which is the next byte of the output.
            table.push((from, length + 1));
        }
        if let Ok(byte) = u8::try_from(code) {
            output.push(byte);
        } else {
            let (from, length) = *table.get(code - 258).ok_or(PdfErrorKind::CorruptStream)?;
            if output.len().saturating_add(length) > limit {
                return Err(PdfErrorKind::TooMuchDecoded);
            }
            for i in from..from + length {
                let byte = *output.get(i).ok_or(PdfErrorKind::CorruptStream)?;
                output.push(byte);
            }
        }
        previous = Some((start, output.len() - start));
        if output.len() > limit {
            return Err(PdfErrorKind::TooMuchDecoded);
        }
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::flate::deflate;

    fn chain(names: &[&str], data: &[u8], limit: usize) -> Result<Vec<u8>, PdfErrorKind> {
        let filters: Vec<_> = names
            .iter()
            .map(|name| Filter {
                name: name.as_bytes().to_vec(),
                parameters: Parameters::default(),
            })
            .collect();
        decode(data, &filters, limit).map(|decoded| decoded.data)
    }

    #[test]
    fn deflate_bomb_is_refused_at_the_limit() {
        let bomb = deflate(&vec![0; 1 << 20]);
        assert!(bomb.len() < 2000);
        assert_eq!(
            chain(&["FlateDecode"], &bomb, (1 << 20) - 1),
            Err(PdfErrorKind::TooMuchDecoded)
        );
        assert_eq!(
            chain(&["FlateDecode"], &bomb, 1 << 20).map(|d| d.len()),
            Ok(1 << 20)
        );
    }

    #[test]
    fn truncated_data_are_corrupt_not_repaired() {
        let data = deflate(b"some data that must arrive as they were");
        let last = data.len() - 1;
        assert_eq!(
            chain(&["FlateDecode"], &data[..last - 6], 99),
            Err(PdfErrorKind::CorruptStream)
        );
    }

    #[test]
    fn flate_of_no_bytes_is_empty_as_every_reader_has_it() {
        assert_eq!(chain(&["FlateDecode"], b"", 9).unwrap(), b"");
        assert_eq!(chain(&["ASCIIHexDecode", "FlateDecode"], b">", 9).unwrap(), b"");
        assert_eq!(
            chain(&["FlateDecode"], b"\n", 9),
            Err(PdfErrorKind::CorruptStream)
        );
    }

    #[test]
    fn image_and_unknown_filters_are_refused() {
        assert_eq!(chain(&["DCTDecode"], b"x", 9), Err(PdfErrorKind::UnknownFilter));
        assert_eq!(chain(&["Crypt"], b"x", 9), Err(PdfErrorKind::UnknownFilter));
        assert_eq!(
            chain(&["ASCIIHexDecode"; 9], b"3", 9),
            Err(PdfErrorKind::UnknownFilter)
        );
    }

    #[test]
    fn text_filters_decode_and_chain() {
        assert_eq!(chain(&["ASCIIHexDecode"], b"61 62 7>zz", 9).unwrap(), b"abp");
        assert_eq!(
            chain(&["ASCII85Decode"], b"87cURD]i,\"Ebo80~>", 99).unwrap(),
            b"Hello World!"
        );
        assert_eq!(chain(&["ASCII85Decode"], b"z!!~>", 99).unwrap(), b"\0\0\0\0\0");
        assert_eq!(
            chain(&["ASCII85Decode"], b"uuuuu~>", 99),
            Err(PdfErrorKind::CorruptStream)
        );
        assert_eq!(
            chain(&["RunLengthDecode"], b"\x02abc\xFEx\x80junk", 99).unwrap(),
            b"abcxxx"
        );
        assert_eq!(
            chain(&["RunLengthDecode"], b"\x05abc", 99),
            Err(PdfErrorKind::CorruptStream)
        );
        assert_eq!(
            chain(&["ASCIIHexDecode", "RunLengthDecode"], b"FE41>", 99).unwrap(),
            b"AAA"
        );
        assert_eq!(chain(&[], b"plain", 4), Err(PdfErrorKind::TooMuchDecoded));
    }

    #[test]
    fn lzw_decodes_the_example_of_the_standard() {
        // ISO 32000-2, 7.4.4.2: 45 45 45 45 45 65 45 45 45 66.
        let data = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        let expected = [45, 45, 45, 45, 45, 65, 45, 45, 45, 66];
        assert_eq!(chain(&["LZWDecode"], &data, 99).unwrap(), expected);
        assert_eq!(chain(&["LZWDecode"], &data, 8), Err(PdfErrorKind::TooMuchDecoded));
    }
}
