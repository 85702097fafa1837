//! Reading a file of any size once, in order: every byte is digested, and everything is kept but the data of large streams.
//!
//! Structure and digest come from the same bytes, each read once, so nothing that happens to the file meanwhile can make
//! them speak of two documents. Which bytes are left out is a guess made while they pass (the lexical form of a stream with
//! a large `/Length`); nothing relies on it, because the reader refuses to look at what was left out
//! ([`PdfErrorKind::Omitted`](super::PdfErrorKind)).

use core::ops::Range;
use std::io::{self, Read};

use super::omitted::Omitted;
use super::sieve::{Grain, Sieve};
use crate::crypto::{DigestAlgorithm, Hasher};

mod digests;

pub(crate) use digests::Digested;
use digests::Digests;

/// Bytes asked from the source at once. Larger blocks leave the processor's second cache and are not faster.
const BLOCK: usize = 256 << 10;
/// Bytes before and after the place of decision that the sieve can look at.
const BACK: usize = 4 << 10;
const AHEAD: usize = 4 << 10;

/// A file that was read once: its digests, and its bytes without the data of large streams.
///
/// [`Document::open_skimmed`](super::Document::open_skimmed) reads it as a document.
pub struct Skimmed<'r> {
    bytes: &'r [u8],
    omitted: Vec<Range<usize>>,
    digests: Digests,
}

/// What else than SHA-256 of the whole is wanted from one reading.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) algorithms: Vec<DigestAlgorithm>,
    pub(crate) spans: Vec<Digested>,
    /// Ranges of which no byte may be left out.
    pub(crate) keep: Vec<Range<usize>>,
    pub(crate) grain: Grain,
}

impl<'r> Skimmed<'r> {
    /// Reads `source` to its end, with digests by SHA-256 and by `algorithms`.
    ///
    /// `room` takes what is kept; it must be exactly as long as the file, and its content before does not matter. Memory
    /// that the system provides only when it is written to (a fresh private map) then takes no more than what is kept.
    ///
    /// # Errors
    /// Occurs if the source cannot be read, or is shorter or longer than `room`.
    pub fn read(source: impl Read, room: &'r mut [u8], algorithms: &[DigestAlgorithm]) -> io::Result<Self> {
        let wanted = Wanted {
            algorithms: algorithms.to_vec(),
            ..Wanted::default()
        };
        Self::read_for(source, room, &wanted)
    }

    /// As [`read`](Self::read), with what is `wanted` besides.
    pub(crate) fn read_for(mut source: impl Read, room: &'r mut [u8], wanted: &Wanted) -> io::Result<Self> {
        let length = room.len();
        let mut sieve = Sieve::new(room, &wanted.keep, wanted.grain);
        let mut digests = Digests::new(&wanted.algorithms, &wanted.spans);
        // Bytes `origin..origin + filled` of the file; those before `decided` have been dealt with.
        let mut window = vec![0; BACK + AHEAD + BLOCK];
        let (mut origin, mut filled, mut decided) = (0, 0, 0);
        loop {
            let got = fill(&mut source, window.get_mut(filled..).unwrap_or_default())?;
            filled += got;
            let end = origin + filled;
            if end > length {
                return Err(changed());
            }
            let last = filled < window.len();
            let limit = if last { end } else { end - AHEAD };
            let bytes = window.get(..filled).unwrap_or_default();
            let resumed = sieve.sift(bytes, origin, decided..limit);
            digests.update(
                bytes.get(decided - origin..limit - origin).unwrap_or_default(),
                decided,
                &resumed,
            );
            decided = limit;
            if last {
                break;
            }
            let from = (limit - origin).saturating_sub(BACK);
            window.copy_within(from..filled, 0);
            (origin, filled) = (origin + from, filled - from);
        }
        if decided != length {
            return Err(changed());
        }
        let (bytes, omitted) = sieve.finish();
        Ok(Self {
            bytes,
            omitted,
            digests,
        })
    }

    /// Length of the file in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// The ranges of the file whose bytes were not kept, sorted.
    #[must_use]
    pub fn omitted(&self) -> &[Range<usize>] {
        &self.omitted
    }

    /// The digest of the whole file by one of the algorithms it was read with.
    #[must_use]
    pub fn digest(&self, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
        self.hasher(algorithm).map(Hasher::finish)
    }

    /// The state after the last byte of the file.
    pub(crate) fn hasher(&self, algorithm: DigestAlgorithm) -> Option<Hasher> {
        self.digests.whole(algorithm)
    }

    /// The digest of two ranges, if the reading took it.
    pub(crate) fn span(&self, span: &Digested) -> Option<Vec<u8>> {
        self.digests.span(span)
    }

    /// A digest state at or before byte `at`, and its position.
    pub(crate) fn state(&self, algorithm: DigestAlgorithm, at: usize) -> Option<(usize, Hasher)> {
        self.digests.state(algorithm, at)
    }

    /// The bytes of `range`, if all of them were kept.
    pub(crate) fn kept(&self, range: &Range<usize>) -> Option<&[u8]> {
        Omitted(&self.omitted).check(range).ok()?;
        self.bytes.get(range.clone())
    }

    /// The bytes; those of the ranges left out mean nothing.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes
    }
}

/// Reads until `room` is full or the source ends.
fn fill(source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(got) => filled += got.min(rest.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn changed() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the file is not as long as it was said to be; it changed while it was read",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::pdf::{Document, Password, PdfErrorKind};

    fn opened<'a>(skimmed: &'a Skimmed<'_>) -> Document<'a> {
        Document::open_skimmed(skimmed, &Password::default(), &Limits::DEFAULT).unwrap()
    }

    /// Bytes that look like nothing, the same ones every time.
    fn noise(length: usize, mut seed: u64) -> Vec<u8> {
        let next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed.to_le_bytes()[3]
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    /// A file of streams with data of these lengths, and where the data stand.
    fn file(lengths: &[usize], referred: bool) -> (Vec<u8>, Vec<Range<usize>>) {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let mut entries = String::from("0000000000 65535 f \n");
        let mut spans = vec![];
        let mut object = |bytes: &mut Vec<u8>, body: &[u8], number: usize| {
            entries += &format!("{:010} 00000 n \n", bytes.len());
            bytes.extend(format!("{number} 0 obj\n").bytes());
            bytes.extend(body);
            bytes.extend(b"\nendobj\n");
        };
        object(&mut bytes, b"<</Type/Catalog/Pages 2 0 R>>", 1);
        object(&mut bytes, b"<</Type/Pages/Kids[]/Count 0>>", 2);
        let mut number = 3;
        for length in lengths {
            let data = noise(*length, *length as u64 + 1);
            let written = if referred {
                format!("{} 0 R", number + 1)
            } else {
                length.to_string()
            };
            let head = format!("<</Length1 7/Length {written}/Subtype/Image>>\nstream\r\n");
            let start = bytes.len() + format!("{number} 0 obj\n").len() + head.len();
            spans.push(start..start + length);
            object(
                &mut bytes,
                &[head.as_bytes(), &data, b"\nendstream"].concat(),
                number,
            );
            number += 1;
            if referred {
                object(&mut bytes, length.to_string().as_bytes(), number);
                number += 1;
            }
        }
        let xref = bytes.len();
        bytes.extend(
            format!(
                "xref\n0 {number}\n{entries}trailer<</Size {number}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n"
            )
            .bytes(),
        );
        (bytes, spans)
    }

    /// Gives few bytes at a time, now and then none.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            self.1 = self.1 * 7 % 100_003 + 1;
            if self.1.is_multiple_of(5) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = self.1.min(room.len());
            self.0.read(&mut room[..count])
        }
    }

    const LENGTHS: [usize; 6] = [10, 65_535, 70_000, 300_000, 1_000_000, 5_000];

    #[test]
    fn all_but_the_middle_of_large_streams_is_kept_as_it_was() {
        for referred in [false, true] {
            let (bytes, spans) = file(&LENGTHS, referred);
            let mut room = vec![b'?'; bytes.len()];
            let skimmed = Skimmed::read(Dribble(&bytes, 1), &mut room, &[DigestAlgorithm::Sha512]).unwrap();
            for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
                assert_eq!(skimmed.digest(algorithm), Some(algorithm.digest(&bytes)));
            }
            assert_eq!(skimmed.digest(DigestAlgorithm::Sha384), None);
            let omitted = skimmed.omitted();
            for range in omitted {
                assert!(
                    spans
                        .iter()
                        .any(|span| span.start < range.start && range.end < span.end),
                    "{range:?}"
                );
            }
            let sum: usize = omitted.iter().map(Range::len).sum();
            let least = if referred { 1_100_000 } else { 1_330_000 };
            assert!((least..1_370_000).contains(&sum), "{sum} {referred}");
            let mut at = 0;
            for range in omitted.iter().chain([&(bytes.len()..bytes.len())]) {
                assert!(skimmed.bytes()[at..range.start] == bytes[at..range.start]);
                at = range.end;
            }
        }
    }

    #[test]
    fn a_skimmed_document_says_what_the_whole_one_says() {
        for referred in [false, true] {
            let (bytes, _) = file(&LENGTHS, referred);
            let mut room = vec![0; bytes.len()];
            let skimmed = Skimmed::read(&*bytes, &mut room, &[]).unwrap();
            let (whole, part) = (
                Document::open(&bytes, &Limits::DEFAULT).unwrap(),
                opened(&skimmed),
            );
            assert_eq!(whole.audit().unwrap(), part.audit().unwrap());
            assert!(part.missing().is_empty());
            for number in 1..part.newest().next_object_number() {
                let id = crate::pdf::Ref::new(number, 0);
                let (a, b) = (
                    whole.newest().object(id).unwrap(),
                    part.newest().object(id).unwrap(),
                );
                assert_eq!(a.unwrap().object, b.unwrap().object);
            }
        }
    }

    #[test]
    fn the_first_and_the_last_bytes_of_a_file_are_always_kept() {
        for referred in [false, true] {
            let (bytes, _) = file(&[90_000], referred);
            let mut room = vec![0; bytes.len()];
            let skimmed = Skimmed::read(&*bytes, &mut room, &[]).unwrap();
            let [omitted] = skimmed.omitted() else {
                panic!("one stream")
            };
            assert!(
                omitted.start >= 4096 && omitted.end <= bytes.len() - 4096,
                "{omitted:?}"
            );
            opened(&skimmed).audit().unwrap();
        }
    }

    #[test]
    fn what_was_left_out_is_refused_and_remembered_not_taken_for_zeros() {
        let (bytes, spans) = file(&LENGTHS, false);
        let mut room = vec![0; bytes.len()];
        let skimmed = Skimmed::read(&*bytes, &mut room, &[]).unwrap();
        let document = opened(&skimmed);
        let view = document.newest();
        let stream = |number| view.object(crate::pdf::Ref::new(number, 0)).unwrap().unwrap();
        let (small, large) = (stream(3), stream(6));
        assert_eq!(
            view.data(small.object.as_stream().unwrap()),
            &bytes[spans[0].clone()]
        );
        assert!(document.missing().is_empty());
        assert_eq!(view.data(large.object.as_stream().unwrap()), b"");
        assert_eq!(document.missing().len(), 1);
        let error = view.decode(large.object.as_stream().unwrap()).unwrap_err();
        assert_eq!(error.kind, PdfErrorKind::Omitted);
        assert!(spans[3].contains(&usize::try_from(error.offset).unwrap()));

        // With that range named, a second reading keeps it.
        let wanted = Wanted {
            keep: document.missing(),
            ..Wanted::default()
        };
        let mut room = vec![0; bytes.len()];
        let again = Skimmed::read_for(&*bytes, &mut room, &wanted).unwrap();
        let document = opened(&again);
        let data = document.newest().data(large.object.as_stream().unwrap());
        assert!(data == &bytes[spans[3].clone()]);
    }

    #[test]
    fn an_object_of_which_something_was_left_out_is_refused() {
        // What looks like a stream is a string.
        let lie = b"9 0 obj <</Length 200000>>\nstream\n";
        for (before, after) in [(&b"("[..], &b")"[..]), (b"<</A (", b")>>")] {
            let (mut bytes, _) = file(&[], false);
            let tail = bytes.split_off(bytes.windows(4).position(|w| w == b"xref").unwrap());
            let tail = String::from_utf8(tail)
                .unwrap()
                .replace(&format!("startxref\n{}", bytes.len()), "startxref\nAT");
            bytes.extend(vec![b' '; 8192]);
            let place = bytes.len();
            bytes.extend(b"3 0 obj ");
            bytes.extend([before, lie, &vec![b'A'; 210_000], after].concat());
            bytes.extend(b" endobj\n");
            let tail = tail.replace("0 3\n", "0 4\n").replace("Size 3", "Size 4");
            let tail = tail
                .replace("trailer", &format!("{place:010} 00000 n \ntrailer"))
                .replace("AT", &bytes.len().to_string());
            bytes.extend(tail.bytes());
            let mut room = vec![0; bytes.len()];
            let skimmed = Skimmed::read(&*bytes, &mut room, &[]).unwrap();
            assert_eq!(skimmed.omitted().len(), 1);
            let document = opened(&skimmed);
            let found = document.newest().object(crate::pdf::Ref::new(3, 0));
            assert_eq!(found.unwrap_err().kind, PdfErrorKind::Omitted);
            assert_eq!(document.audit().unwrap_err().kind, PdfErrorKind::Omitted);
            assert!(!document.missing().is_empty());
        }
    }

    #[test]
    fn digests_of_spans_are_taken_in_passing_or_completed_from_a_state() {
        let (bytes, spans) = file(&LENGTHS, false);
        let after_large = spans[4].end + 20;
        let span = |before: usize, after: Range<usize>, algorithm| Digested {
            algorithm,
            before,
            after,
        };
        let spans = vec![
            span(0, 0..bytes.len(), DigestAlgorithm::Sha384),
            span(300_000, 300_100..900_000, DigestAlgorithm::Sha256),
            span(70_000, 70_000..70_000, DigestAlgorithm::Sha256),
            span(262_144, 262_145..bytes.len(), DigestAlgorithm::Sha512),
        ];
        let wanted = Wanted {
            spans: spans.clone(),
            ..Wanted::default()
        };
        let mut room = vec![0; bytes.len()];
        let skimmed = Skimmed::read_for(Dribble(&bytes, 3), &mut room, &wanted).unwrap();
        for span in &spans {
            let both = [&bytes[..span.before], &bytes[span.after.clone()]].concat();
            assert_eq!(skimmed.span(span), Some(span.algorithm.digest(&both)), "{span:?}");
        }
        assert_eq!(
            skimmed.span(&Digested {
                before: 1,
                ..spans[1].clone()
            }),
            None
        );
        let (at, mut state) = skimmed.state(DigestAlgorithm::Sha256, after_large).unwrap();
        assert!(at > 1_000_000 && at < after_large, "{at}");
        state.update(&bytes[at..after_large]);
        assert_eq!(
            state.finish(),
            DigestAlgorithm::Sha256.digest(&bytes[..after_large])
        );
    }

    #[test]
    fn a_source_of_another_length_is_refused() {
        let (bytes, _) = file(&[100_000], false);
        for room in [bytes.len() - 1, bytes.len() + 1, 0] {
            let error = Skimmed::read(&*bytes, &mut vec![0; room], &[]).err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }
}
