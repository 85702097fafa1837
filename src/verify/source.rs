//! The file being judged: as a document, and by its digests, each byte digested once.
//!
//! A file in memory is whole. A larger one is read from its start to its end into a [`Skimmed`]; structure and digests come
//! from that one reading, so a file that changes meanwhile is judged as the bytes that were received, or not at all.

use core::cell::RefCell;
use core::ops::Range;
use std::io::{self, Read, Seek, SeekFrom};

use super::Verifier;
use super::coverage::Covered;
use super::finding::Code;
use super::report::Report;
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::pdf::{Digested, Document, Password, PdfError, PdfErrorKind, Skimmed, Wanted};

/// How often a file is read at most: once, and again if another digest, then a large stream, is needed.
const READINGS: usize = 4;
/// Bytes at the end of the file that are looked at for the algorithms of the last seal.
const TAIL: usize = 64 << 10;
/// How many times the file's length is digested at most, however many seals it claims to carry.
const DIGESTED: usize = 4;

/// The file being judged.
pub(super) struct Source<'a> {
    file: File<'a>,
    /// Digest states of beginnings of the file: seals of later revisions share them.
    states: RefCell<Vec<(DigestAlgorithm, usize, Hasher)>>,
    /// Where states are worth keeping.
    stops: RefCell<Vec<usize>>,
    /// Bytes that may still be digested.
    left: RefCell<usize>,
    wanted: RefCell<Wanted>,
}

enum File<'a> {
    Whole(&'a [u8]),
    Skimmed(&'a Skimmed<'a>),
}

impl<'a> Source<'a> {
    /// A file in memory.
    pub(super) fn whole(bytes: &'a [u8]) -> Self {
        Self::new(File::Whole(bytes), bytes.len())
    }

    fn skimmed(skimmed: &'a Skimmed<'a>) -> Self {
        Self::new(File::Skimmed(skimmed), skimmed.length())
    }

    fn new(file: File<'a>, length: usize) -> Self {
        Self {
            file,
            states: RefCell::default(),
            stops: RefCell::default(),
            left: RefCell::new(length.saturating_mul(DIGESTED).saturating_add(1 << 20)),
            wanted: RefCell::default(),
        }
    }

    /// The file as a document: opened as every program opens it, or else with the verifier's password.
    pub(super) fn open(&self, verifier: &Verifier) -> Result<Document<'a>, PdfError> {
        let opened = match (self.open_with(&Password::default(), verifier), &verifier.password) {
            (Err(_), Some(password)) => self.open_with(password, verifier),
            (opened, _) => opened,
        };
        let document = opened.inspect_err(|error| {
            if error.kind == PdfErrorKind::Omitted {
                let start = usize::try_from(error.offset).unwrap_or(usize::MAX);
                self.wanted.borrow_mut().keep.push(start..start.saturating_add(1));
            }
        })?;
        // A code stands for a draft without the end of line that belongs to neither it nor the revision after it.
        let stops = document.revisions().iter().flat_map(|revision| {
            let end = revision.span.end;
            let revision = document.bytes().get(..end).unwrap_or_default();
            let ends_of_line = revision.iter().rev().take(2);
            let bare = end.saturating_sub(
                ends_of_line
                    .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                    .count(),
            );
            [bare, end]
        });
        *self.stops.borrow_mut() = stops.collect();
        Ok(document)
    }

    fn open_with(&self, password: &Password, verifier: &Verifier) -> Result<Document<'a>, PdfError> {
        match self.file {
            File::Whole(bytes) => Document::open_with(bytes, password, &verifier.limits),
            File::Skimmed(skimmed) => Document::open_skimmed(skimmed, password, &verifier.limits),
        }
    }

    /// Takes note of what `document`, opened from here, lacked. To be called when nothing more is read from it.
    pub(super) fn close(&self, document: &Document<'_>) {
        self.wanted.borrow_mut().keep.extend(document.missing());
    }

    /// The digest of what a seal covers; `None` if it cannot be taken from what is at hand.
    pub(super) fn digest(&self, algorithm: DigestAlgorithm, covered: &Covered) -> Option<Vec<u8>> {
        let before = covered.before.end;
        let after = covered.after.clone();
        let span = Digested {
            algorithm,
            before,
            after,
        };
        let taken = match self.file {
            File::Skimmed(skimmed) => skimmed.span(&span),
            File::Whole(_) => None,
        };
        let digest = taken.or_else(|| {
            let mut hasher = self.beginning(algorithm, before)?;
            hasher.update(self.at_hand(&span.after)?);
            self.pay(span.after.len())?;
            Some(hasher.finish())
        });
        if digest.is_none() && self.pay(span.after.len()).is_some() {
            self.wanted.borrow_mut().spans.push(span);
        }
        digest
    }

    /// The SHA-256 of the first `length` bytes; `None` if there are fewer, or it cannot be taken from what is at hand.
    pub(super) fn prefix(&self, length: usize) -> Option<Vec<u8>> {
        let before = 0..length;
        let after = length..length;
        self.digest(DigestAlgorithm::Sha256, &Covered { before, after })
    }

    /// What a seal covers, in one piece.
    pub(super) fn covered(&self, covered: &Covered) -> Option<Vec<u8>> {
        let both = self.at_hand(&covered.before).zip(self.at_hand(&covered.after));
        if both.is_none() {
            self.wanted.borrow_mut().keep.push(0..covered.after.end);
        }
        both.map(|(before, after)| [before, after].concat())
    }

    /// The state after the first `length` bytes.
    fn beginning(&self, algorithm: DigestAlgorithm, length: usize) -> Option<Hasher> {
        let own = self.state(algorithm, length);
        let (mut at, mut state) = match self.file {
            File::Whole(_) => own.unwrap_or_else(|| (0, Hasher::new(algorithm))),
            File::Skimmed(skimmed) => {
                let passed = skimmed.state(algorithm, length)?;
                let both = own.into_iter().chain([passed]);
                both.max_by_key(|(at, _)| *at)?
            }
        };
        self.at_hand(&(at..length))?;
        self.pay(length.saturating_sub(at))?;
        let stops = self.stops.borrow();
        let from = at;
        let between = stops.iter().copied().filter(|stop| (from..length).contains(stop));
        for stop in between.chain([length]) {
            state.update(self.at_hand(&(at..stop))?);
            at = stop;
            self.states.borrow_mut().push((algorithm, at, state.clone()));
        }
        Some(state)
    }

    /// The last state at or before byte `length` that was kept here.
    fn state(&self, algorithm: DigestAlgorithm, length: usize) -> Option<(usize, Hasher)> {
        let states = self.states.borrow();
        let fit = states
            .iter()
            .filter(|(other, at, _)| *other == algorithm && *at <= length);
        fit.max_by_key(|(_, at, _)| *at)
            .map(|(_, at, state)| (*at, state.clone()))
    }

    fn at_hand(&self, range: &Range<usize>) -> Option<&'a [u8]> {
        match self.file {
            File::Whole(bytes) => bytes.get(range.clone()),
            File::Skimmed(skimmed) => skimmed.kept(range),
        }
    }

    fn pay(&self, bytes: usize) -> Option<()> {
        let left = self.left.borrow().checked_sub(bytes)?;
        *self.left.borrow_mut() = left;
        Some(())
    }

    /// Whether nothing was asked for that was not at hand.
    fn sufficed(&self) -> bool {
        let wanted = self.wanted.borrow();
        wanted.keep.is_empty() && wanted.spans.is_empty()
    }
}

/// Reads `file` into `room` and judges it, again if the first reading left out something that is needed. `unsettled` is the report
/// on a file that cannot be read in one go, with nothing in it.
pub(super) fn skim(
    mut file: impl Read + Seek,
    room: &mut [u8],
    unsettled: Report,
    judge: impl Fn(&Source<'_>) -> Report,
) -> io::Result<Report> {
    let wanted = Wanted {
        algorithms: hinted(&mut file, room.len())?,
        ..Wanted::default()
    };
    skim_for(wanted, file, room, unsettled, judge)
}

/// The digests that the last seal seems to need besides SHA-256: their identifiers in the hexadecimal `/Contents` near the end
/// of the file. A wrong guess costs time alone.
fn hinted(file: &mut (impl Read + Seek), length: usize) -> io::Result<Vec<DigestAlgorithm>> {
    let from = u64::try_from(length.saturating_sub(TAIL)).unwrap_or(u64::MAX);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(u64::try_from(TAIL).unwrap_or(u64::MAX))
        .read_to_end(&mut tail)?;
    let named = |identifier: &[u8]| {
        tail.windows(identifier.len())
            .any(|bytes| bytes.eq_ignore_ascii_case(identifier))
    };
    // RFC 5754, clause 2, in DER.
    let identifiers = [
        (b"0609608648016503040202", DigestAlgorithm::Sha384),
        (b"0609608648016503040203", DigestAlgorithm::Sha512),
    ];
    let found = identifiers
        .into_iter()
        .filter(|(identifier, _)| named(*identifier));
    Ok(found.map(|(_, algorithm)| algorithm).collect())
}

fn skim_for(
    mut wanted: Wanted,
    mut file: impl Read + Seek,
    room: &mut [u8],
    mut unsettled: Report,
    judge: impl Fn(&Source<'_>) -> Report,
) -> io::Result<Report> {
    for _ in 0..READINGS {
        file.rewind()?;
        let skimmed = Skimmed::read_for(&mut file, room, &wanted)?;
        let source = Source::skimmed(&skimmed);
        let report = judge(&source);
        if source.sufficed() {
            return Ok(report);
        }
        let more = source.wanted.into_inner();
        wanted.keep.extend(more.keep);
        wanted.spans.extend(more.spans);
    }
    let evidence = format!("read {READINGS} times, and something else was needed each time");
    unsettled.find(Code::FileUnsettled, "file", evidence);
    Ok(unsettled.conclude())
}

#[cfg(test)]
#[cfg(all(feature = "compose", feature = "seal"))]
mod tests {
    use super::*;
    use crate::compose::Template;
    use crate::impression::{Impression, RoundSeal};
    use crate::limits::Limits;
    use crate::payload::Payload;
    use crate::pdf::Grain;
    use crate::pdf::update::Update;
    use crate::pki::{Certificate, SoftwareSigner};
    use crate::record::Record;
    use crate::seal::{Seal, Sealed};
    use crate::time::Time;
    use crate::verify::{Outcome, Trust, Verifier, code, pdf};
    use std::io::Cursor;

    fn text(path: &str) -> String {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    fn at() -> Time {
        "2030-07-01T04:00:00Z".parse().unwrap()
    }

    fn chain(names: &[&str]) -> Vec<Certificate> {
        let pem: String = names
            .iter()
            .map(|name| text(&format!("test-vectors/keys/{name}.cert.pem")))
            .collect();
        Certificate::from_pem_many(&pem).unwrap()
    }

    fn issued(key: &str) -> Sealed {
        let record = text("examples/data/records/residence.json");
        let record = Record::from_json(record.as_bytes(), &Limits::DEFAULT).unwrap();
        let signer = |key: &str| {
            let pem = text(&format!("test-vectors/keys/{key}.key.pem"));
            SoftwareSigner::from_pem(&pem, chain(&[key, "intermediate"])).unwrap()
        };
        let (own, code) = (signer(key), signer("p256"));
        let seal =
            Seal::new(Impression::round(&RoundSeal::new("滨海市公安局"), crate::font::bundled()).unwrap());
        let draft = Template::builtin("residence").unwrap().compose(&record).unwrap();
        draft
            .bind(Payload::of(&record))
            .code_signer(&code)
            .seal(&seal, &own, at())
            .unwrap()
    }

    fn verifier() -> Verifier {
        Verifier::new(
            Trust::new()
                .roots(chain(&["root"]))
                .certificates(chain(&["intermediate", "p256"])),
        )
    }

    /// The verdict with as little kept as can be.
    fn sifted(verifier: &Verifier, file: &[u8]) -> Report {
        let grain = Grain {
            least: 40,
            margin: 8,
            page: 1,
        };
        let wanted = Wanted {
            grain,
            ..Wanted::default()
        };
        let judge = |source: &Source<'_>| pdf::verify(verifier, source, at());
        let empty = Report::new(verifier, at());
        skim_for(wanted, Cursor::new(file), &mut vec![0; file.len()], empty, judge).unwrap()
    }

    fn unsettled(report: &Report) -> bool {
        report
            .findings
            .iter()
            .any(|finding| finding.code == Code::FileUnsettled)
    }

    #[test]
    fn a_file_read_once_is_judged_as_in_memory_whatever_is_left_out() {
        let verifier = verifier();
        for key in ["p256", "p384", "rsa2048"] {
            let file = issued(key).into_bytes();
            let whole = verifier.verify_pdf(&file, at());
            assert_eq!(whole.outcome, Outcome::Authentic, "{:?}", whole.findings);
            assert_eq!(
                format!("{:?}", sifted(&verifier, &file)),
                format!("{whole:?}"),
                "{key}"
            );
        }
    }

    #[test]
    fn a_changed_file_read_once_is_never_judged_better_than_in_memory() {
        let verifier = verifier();
        let file = issued("p256").into_bytes();
        let (mut same, mut other) = (0, 0);
        for place in (0..file.len()).step_by(211).chain(file.len() - 1500..file.len()) {
            let mut changed = file.clone();
            changed[place] ^= 0x11;
            let (whole, part) = (verifier.verify_pdf(&changed, at()), sifted(&verifier, &changed));
            assert_ne!(part.outcome, Outcome::Authentic, "byte {place}");
            if unsettled(&part) {
                other += 1;
            } else {
                same += 1;
                assert_eq!(format!("{part:?}"), format!("{whole:?}"), "byte {place}");
            }
        }
        assert!(same > other * 20, "{same} {other}");
    }

    /// The data of the page's content written once more as they are, or with one byte more.
    fn with_content_again(file: &[u8], more: &[u8]) -> Vec<u8> {
        let document = Document::open(file, &Limits::DEFAULT).unwrap();
        let view = document.newest();
        let page = view.pages().unwrap().remove(0);
        let content = page.dictionary().unwrap().find(b"Contents").unwrap();
        let content = content.as_array().map_or(content, |parts| &parts[0]);
        let content = content.as_reference().unwrap();
        let old = view.object(content).unwrap().unwrap();
        let stream = old.object.as_stream().unwrap();
        let data = [view.data(stream), more].concat();
        let mut update = Update::new(&document);
        let filter = stream.dictionary.is_name(b"Filter", b"FlateDecode");
        let entries: &[u8] = if filter { b"/Filter/FlateDecode" } else { b"" };
        update.put(content, crate::pdf::update::stream_body(entries, &data, false));
        [file, &update.finish().unwrap().bytes].concat()
    }

    #[test]
    fn a_stream_written_again_is_compared_though_it_was_left_out_at_first() {
        let verifier = verifier();
        let sealed = issued("p256").into_bytes();
        for (more, outcome) in [(&b""[..], Outcome::Authentic), (b" ", Outcome::NotAuthentic)] {
            let file = with_content_again(&sealed, more);
            let whole = verifier.verify_pdf(&file, at());
            assert_eq!(whole.outcome, outcome, "{:?}", whole.findings);
            assert_eq!(format!("{:?}", sifted(&verifier, &file)), format!("{whole:?}"));
        }
    }

    #[test]
    fn a_code_beside_a_file_read_once_is_judged_as_in_memory() {
        let verifier = verifier();
        let (one, other) = (issued("p256"), issued("p384"));
        for (code, sealed) in [(&one, &one), (&one, &other)] {
            let (text, file) = (code.code_text().unwrap(), sealed.to_bytes());
            let whole = verifier.verify_text_with_pdf(text, &file, at());
            let part =
                verifier.verify_text_with_pdf_from(text, Cursor::new(&file), &mut vec![0; file.len()], at());
            assert_eq!(format!("{:?}", part.unwrap()), format!("{whole:?}"));
            let judge = |source: &Source<'_>| code::verify(&verifier, text, Some(source), at());
            let empty = Report::new(&verifier, at());
            let grain = Grain {
                least: 40,
                margin: 8,
                page: 1,
            };
            let wanted = Wanted {
                grain,
                ..Wanted::default()
            };
            let part = skim_for(wanted, Cursor::new(&file), &mut vec![0; file.len()], empty, judge);
            assert_eq!(format!("{:?}", part.unwrap()), format!("{whole:?}"));
        }
    }

    #[test]
    fn seals_of_one_file_share_the_digest_of_its_beginning_and_have_a_bound_together() {
        let bytes = vec![b'x'; 3_000_000];
        let source = Source::whole(&bytes);
        let covered = |before: usize, after: Range<usize>| Covered {
            before: 0..before,
            after,
        };
        // One reading of the file and little more, many times over, is cheap because states are kept.
        for seal in 0..500 {
            let cut = 2_990_000 + seal;
            let own = source
                .digest(DigestAlgorithm::Sha256, &covered(cut, cut..cut + 9))
                .unwrap();
            assert_eq!(own, DigestAlgorithm::Sha256.digest(&bytes[..cut + 9]));
        }
        assert_eq!(
            source.prefix(9).unwrap(),
            DigestAlgorithm::Sha256.digest(&bytes[..9])
        );
        // Each of these would take the whole file.
        let each = |seal: usize| source.digest(DigestAlgorithm::Sha256, &covered(seal, seal..bytes.len()));
        let taken = (1..100).filter(|seal| each(*seal).is_some()).count();
        assert!((1..4).contains(&taken), "{taken}");
    }
}
