//! Splitting a text into numeric, alphanumeric and byte segments of the least total length.
//!
//! The `qrcode` crate's own optimiser is greedy (its documentation says so) and takes byte pairs of UTF-8 for
//! Shift JIS kanji, which a reader then turns into other characters; hence this dynamic programme.
//! ISO/IEC 18004:2015, 7.4 (modes) and annex J (optimisation).

use qrcode::Version;
use qrcode::types::Mode;

/// The modes in use, in the order of their mode indicators.
const MODES: [Mode; 3] = [Mode::Numeric, Mode::Alphanumeric, Mode::Byte];

/// "Cannot": larger than any real cost, small enough to be added to.
const NEVER: u32 = u32::MAX / 4;

/// A run of bytes in one mode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Segment {
    pub(super) mode: Mode,
    pub(super) begin: usize,
    pub(super) end: usize,
}

/// The shortest split of `text` for the versions that share the count fields of `version`.
///
/// Costs are counted in sixths of a bit, so that a digit (10/3 bit) and an alphanumeric character (11/2 bit)
/// are whole numbers. Linear in the length of the text.
pub(super) fn split(text: &[u8], version: Version) -> Vec<Segment> {
    let heads = MODES.map(|mode| (4 + mode.length_bits_count(version) as u32) * 6);
    let mut costs = heads;
    // origins[i][m]: the mode of byte i on the cheapest way that stands in mode m after byte i
    let mut origins = Vec::with_capacity(text.len());
    for &byte in text {
        let own = costs_of(byte);
        let mut next = [0, 1, 2].map(|mode: usize| costs[mode].saturating_add(own[mode]).min(NEVER));
        let mut origin = [0_u8, 1, 2];
        let ended = next.map(|cost| cost.div_ceil(6) * 6);
        for to in 0..MODES.len() {
            for (from, &cost) in ended.iter().enumerate() {
                if cost < NEVER && cost + heads[to] < next[to] {
                    next[to] = cost + heads[to];
                    origin[to] = from as u8;
                }
            }
        }
        costs = next;
        origins.push(origin);
    }
    backtrack(&costs, &origins)
}

/// The length in bits of `segments`, headers included.
pub(super) fn bits(segments: &[Segment], version: Version) -> usize {
    let one = |segment: &Segment| {
        let length = segment.end - segment.begin;
        4 + segment.mode.length_bits_count(version) + segment.mode.data_bits_count(length)
    };
    segments.iter().map(one).sum()
}

/// No split of `text` is shorter than this many bits.
pub(super) fn floor_bits(text: &[u8]) -> usize {
    let cheapest = |&byte: &u8| costs_of(byte).into_iter().min().unwrap_or(NEVER) as usize;
    text.iter().map(cheapest).sum::<usize>() / 6
}

fn backtrack(costs: &[u32; 3], origins: &[[u8; 3]]) -> Vec<Segment> {
    let mut mode = (0..MODES.len()).min_by_key(|&mode| costs[mode]).unwrap_or(2);
    let mut segments: Vec<Segment> = Vec::new();
    for (index, origin) in origins.iter().enumerate().rev() {
        mode = usize::from(origin[mode]);
        match segments.last_mut() {
            Some(last) if last.mode == MODES[mode] => last.begin = index,
            _ => segments.push(Segment {
                mode: MODES[mode],
                begin: index,
                end: index + 1,
            }),
        }
    }
    segments.reverse();
    segments
}

/// What one byte costs in each mode, in sixths of a bit.
fn costs_of(byte: u8) -> [u32; 3] {
    match byte {
        b'0'..=b'9' => [20, 33, 48],
        b'A'..=b'Z' | b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b':' => [NEVER, 33, 48],
        _ => [NEVER, NEVER, 48],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way to cut the text and to choose modes, by brute force.
    fn shortest(text: &[u8], version: Version) -> usize {
        let mut best = usize::MAX;
        for plan in 0..3_usize.pow(text.len() as u32) {
            let modes: Vec<usize> = (0..text.len())
                .map(|i| plan / 3_usize.pow(i as u32) % 3)
                .collect();
            if text
                .iter()
                .zip(&modes)
                .any(|(&byte, &mode)| costs_of(byte)[mode] == NEVER)
            {
                continue;
            }
            let mut segments: Vec<Segment> = Vec::new();
            for (index, &mode) in modes.iter().enumerate() {
                match segments.last_mut() {
                    Some(last) if last.mode == MODES[mode] => last.end = index + 1,
                    _ => segments.push(Segment {
                        mode: MODES[mode],
                        begin: index,
                        end: index + 1,
                    }),
                }
            }
            best = best.min(bits(&segments, version));
        }
        best
    }

    #[test]
    fn split_is_not_the_shortest() {
        for version in [1, 10, 27].map(Version::Normal) {
            for text in [
                "12345678",
                "A1234567B",
                "a1b22c333",
                "AB12345ab",
                "1a2b3c4d5",
                "ABCDEFab1",
                "abcABCDEF",
                "123456Abc",
            ] {
                let segments = split(text.as_bytes(), version);
                assert_eq!(
                    bits(&segments, version),
                    shortest(text.as_bytes(), version),
                    "{text}"
                );
                assert_eq!(segments.first().map(|s| s.begin), Some(0));
                assert_eq!(segments.last().map(|s| s.end), Some(text.len()));
                assert!(segments.windows(2).all(|pair| pair[0].end == pair[1].begin));
            }
        }
    }

    #[test]
    fn url_with_digits_is_not_two_segments() {
        let text = format!("https://example.gov/v#{}", "8".repeat(300));
        let modes: Vec<Mode> = split(text.as_bytes(), Version::Normal(10))
            .iter()
            .map(|s| s.mode)
            .collect();
        assert_eq!(modes, [Mode::Byte, Mode::Numeric]);
    }

    #[test]
    fn floor_is_above_the_split() {
        for text in ["", "7", "HELLO WORLD", "https://a.b/c#0123456789"] {
            let segments = split(text.as_bytes(), Version::Normal(1));
            assert!(floor_bits(text.as_bytes()) <= bits(&segments, Version::Normal(1)));
        }
    }
}
