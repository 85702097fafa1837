//! Which bytes a seal stands for: arithmetic on raw bytes, before any cryptography.
//!
//! Every open verifier studied missed one of these checks, and each was enough to forge a file (universal forgery, gap injection,
//! signature wrapping). ISO 32000-2, 12.8.1; EN 319 142-1, clause 5.4.

use core::ops::Range;

use super::finding::Code;
use crate::pdf::{Entry, Revision};

/// The bytes of one seal: everything before its value, everything after it up to the end of its revision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Covered {
    /// From the first byte of the file to the `<` of `/Contents`.
    pub(super) before: Range<usize>,
    /// From after the `>` to the end of what is covered.
    pub(super) after: Range<usize>,
}

/// Why the range is refused: the finding and what was seen.
pub(super) type Refusal = (Code, String);

/// Reads `/ByteRange` and checks it against the file: `values` are the array's integers as parsed, `token` the span of the
/// `/Contents` hex string (with its angle brackets) inside the signature dictionary that the cross-reference names, `decoded`
/// what the parser made of it.
pub(super) fn check(
    file: &[u8],
    values: &[i64],
    token: &Range<usize>,
    decoded: &[u8],
) -> Result<Covered, Refusal> {
    let malformed = |what: &str| Err((Code::RangeMalformed, what.to_owned()));
    let &[start, before, after, length] = values else {
        return malformed("/ByteRange does not hold four integers");
    };
    let offset = |value: i64| usize::try_from(value).ok();
    let (Some(start), Some(before), Some(after), Some(length)) =
        (offset(start), offset(before), offset(after), offset(length))
    else {
        return malformed("/ByteRange holds a negative number");
    };
    let end = after.saturating_add(length);
    if start != 0 {
        return malformed("/ByteRange does not start at the first byte");
    }
    if before > after || end > file.len() {
        return malformed("/ByteRange overlaps itself or leaves the file");
    }
    let gap = before..after;
    if gap != *token {
        return Err((
            Code::GapNotContents,
            format!(
                "gap {}..{}, /Contents {}..{}",
                gap.start, gap.end, token.start, token.end
            ),
        ));
    }
    // The gap is the very token the parser read; it must be plain hex, because white space in it would be room for an attacker.
    let bytes = file.get(gap.clone()).unwrap_or_default();
    let Some(digits) = bytes.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">")) else {
        return Err((Code::GapNotContents, "the gap is not a hex string".to_owned()));
    };
    if digits.len() % 2 != 0 || decoded.len() != digits.len() / 2 {
        return Err((
            Code::GapNotContents,
            "the hex string has an odd or unexpected length".to_owned(),
        ));
    }
    let same = digits.chunks_exact(2).zip(decoded).all(|(pair, byte)| {
        matches!((nibble(pair.first()), nibble(pair.get(1))), (Some(high), Some(low)) if high << 4 | low == *byte)
    });
    if !same {
        return Err((
            Code::GapNotContents,
            "the gap holds something other than the signature value".to_owned(),
        ));
    }
    Ok(Covered {
        before: 0..gap.start,
        after: gap.end..end,
    })
}

/// Which revision the covered bytes end with: `ends` are the revisions' ends (after `%%EOF` and its end of line), oldest first.
///
/// At most four bytes of end-of-line may follow uncovered: writers differ in what they count to the revision.
pub(super) fn revision(file: &[u8], covered: &Covered, ends: &[usize]) -> Option<usize> {
    let end = covered.after.end;
    ends.iter().position(|&revision| {
        let slack = end.min(revision)..end.max(revision);
        file.get(slack).is_some_and(only_ends_of_line)
    })
}

/// For each revision, whether the file cut at its end, opened anew, shows what the whole file shows as that revision.
///
/// A verifier that cuts and opens again for each of many seals does quadratic work; here each revision is looked at once. What
/// is looked at is enough, because the reader comes to a revision of the whole file and to the last one of the cut file on the same bytes:
///
/// * it starts at the last `startxref` near the end. Behind the one that closes the revision nothing stands but its number, `%%EOF`
///   and ends of lines, so in the cut file it is the last, if it is near enough;
/// * the number is the same, and from there on sections are read by offsets that they state themselves: equal, as long as every
///   section lies before the cut (`/XRefStm` may point anywhere, 7.5.8.4);
/// * objects are read at the offsets that the sections state: equal, as long as these lie before the cut. One that starts
///   before it and ends behind would run over the end of the revision, which is reported as overlapping objects;
/// * whether a file is linearised is told by its first 1024 bytes, so the word must not stand in them behind the cut.
///
/// Offsets that do not count from the first byte are out of question: a header that stands later is reported for itself.
pub(super) fn closed(file: &[u8], revisions: &[Revision]) -> Vec<bool> {
    let mut closed = true;
    let each = revisions.iter().map(|revision| {
        closed &= is_closed(file, revision);
        closed
    });
    each.collect()
}

/// How far from the end of the file the reader looks for `startxref`, and from its start for `/Linearized`.
const NEAR: usize = 1024;

fn is_closed(file: &[u8], revision: &Revision) -> bool {
    let end = revision.span.end;
    let sections = revision.sections.iter().all(|section| section.end <= end);
    let entries = || {
        revision.entries.iter().all(|(_, entry)| match entry {
            Entry::Offset { offset, .. } => offset < end,
            Entry::Free { .. } | Entry::InStream { .. } => true,
        })
    };
    let says_linearised = |head: &[u8]| head.windows(11).any(|window| window == b"/Linearized");
    let head = file.get(..file.len().min(NEAR)).unwrap_or_default();
    let own = head.get(..head.len().min(end)).unwrap_or_default();
    let linearised_later = says_linearised(head) && !says_linearised(own);
    sections && revision.closing.len() <= NEAR && !linearised_later && entries()
}

/// Whether `bytes` are at most four bytes of end-of-line: what may stand between what one program and another count to a
/// revision (EN 319 142-1, clause 5.4).
pub(super) fn only_ends_of_line(bytes: &[u8]) -> bool {
    bytes.len() <= 4 && bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
}

fn nibble(digit: Option<&u8>) -> Option<u8> {
    match digit? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
        digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"head <0aFF> tail";

    fn code(values: &[i64], token: Range<usize>, decoded: &[u8]) -> Option<Code> {
        check(FILE, values, &token, decoded).err().map(|(code, _)| code)
    }

    #[test]
    fn exact_gap_is_accepted() {
        let covered = check(FILE, &[0, 5, 11, 5], &(5..11), &[0x0a, 0xff]).unwrap();
        assert_eq!((covered.before, covered.after), (0..5, 11..16));
    }

    #[test]
    fn what_is_no_hex_string_is_no_signature_value() {
        for (token, decoded) in [
            (0..4, &b""[..]),
            (5..10, &[0x0a, 0xff]),
            (6..11, &[0x0a, 0xff]),
            (0..0, b""),
        ] {
            let values = [0, token.start as i64, token.end as i64, 5];
            assert_eq!(
                code(&values, token, decoded),
                Some(Code::GapNotContents),
                "{values:?}"
            );
        }
    }

    #[test]
    fn malformed_ranges_are_refused() {
        for values in [
            &[][..],
            &[0, 5, 11],
            &[0, 5, 11, 5, 0],
            &[1, 4, 11, 5],
            &[0, -5, 11, 5],
            &[0, 11, 5, 5],
            &[0, 5, 11, 6],
            &[0, 5, i64::MAX, i64::MAX],
        ] {
            assert_eq!(
                code(values, 5..11, &[0x0a, 0xff]),
                Some(Code::RangeMalformed),
                "{values:?}"
            );
        }
    }

    #[test]
    fn an_empty_gap_is_a_gap_that_is_not_the_token() {
        assert_eq!(code(&[0, 5, 5, 11], 5..11, &[]), Some(Code::GapNotContents));
    }

    #[test]
    fn four_bytes_of_end_of_line_may_follow_and_no_more() {
        for (tail, may) in [
            (&b""[..], true),
            (b"\r\n\r\n", true),
            (b"\n\n\n\n\n", false),
            (b" ", false),
        ] {
            assert_eq!(only_ends_of_line(tail), may, "{}", tail.escape_ascii());
        }
    }

    #[test]
    fn a_gap_other_than_the_token_is_refused() {
        for (values, token) in [
            ([0, 4, 11, 5], 5..11),
            ([0, 5, 12, 4], 5..11),
            ([0, 5, 11, 5], 4..11),
        ] {
            assert_eq!(code(&values, token, &[0x0a, 0xff]), Some(Code::GapNotContents));
        }
        assert_eq!(
            code(&[0, 5, 11, 5], 5..11, &[0x0a, 0xfe]),
            Some(Code::GapNotContents),
            "other value"
        );
        assert_eq!(
            code(&[0, 5, 11, 5], 5..11, &[0x0a]),
            Some(Code::GapNotContents),
            "other length"
        );
        let spaced = check(b"head <0a F> tail", &[0, 5, 11, 5], &(5..11), &[0x0a, 0xf0]);
        assert_eq!(
            spaced.err().map(|(code, _)| code),
            Some(Code::GapNotContents),
            "white space"
        );
    }

    #[test]
    fn revisions_may_differ_by_ends_of_line_alone() {
        let file = b"one%%EOF\r\n\r\ntwo%%EOF\n";
        let covered = |end| Covered {
            before: 0..1,
            after: 2..end,
        };
        assert_eq!(revision(file, &covered(8), &[12, 21]), Some(0));
        assert_eq!(revision(file, &covered(20), &[12, 21]), Some(1));
        assert_eq!(revision(file, &covered(13), &[12, 21]), None);
    }

    use crate::limits::Limits;
    use crate::pdf::Document;

    /// A file of one revision; `fifth` is where the entry of object 5 leads, `trailer` what its trailer has besides.
    fn first(fifth: usize, trailer: &str) -> Vec<u8> {
        let objects = "1 0 obj<</Pages 2 0 R>>endobj 2 0 obj<</Kids[]/Count 0>>endobj\n";
        let mut file = format!("%PDF-1.7\n{objects}").into_bytes();
        let start = file.len();
        let table = format!(
            "xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000039 00000 n \n5 1\n{fifth:010} 00000 n \n\
             trailer<</Size 9/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n"
        );
        file.extend_from_slice(table.as_bytes());
        file
    }

    /// `file` with a revision that says nothing, begun with `text`.
    fn then(file: &[u8], text: &str) -> Vec<u8> {
        let at = file.windows(9).rposition(|w| w == b"startxref").unwrap();
        let digits = file[at + 10..].split(|b| *b == b'\n').next().unwrap();
        let previous = std::str::from_utf8(digits).unwrap();
        let mut out = file.to_vec();
        out.extend_from_slice(text.as_bytes());
        let start = out.len();
        let end =
            format!("xref\n0 0\ntrailer<</Size 9/Root 1 0 R/Prev {previous}>>\nstartxref\n{start}\n%%EOF\n");
        out.extend_from_slice(end.as_bytes());
        out
    }

    fn closed_of(file: &[u8]) -> Vec<bool> {
        let document = Document::open(file, &Limits::DEFAULT).unwrap();
        closed(file, document.revisions())
    }

    /// Whether the file cut where revision `index` ends, opened anew, shows the same revisions.
    fn cut_is_the_same(file: &[u8], index: usize) -> bool {
        let whole = Document::open(file, &Limits::DEFAULT).unwrap();
        let Some(cut) = file.get(..whole.revisions()[index].span.end) else {
            return false;
        };
        let Ok(part) = Document::open(cut, &Limits::DEFAULT) else {
            return false;
        };
        let same = |a: &Revision, b: &Revision| {
            let entries = |r: &Revision| r.entries.iter().collect::<Vec<_>>();
            let places = |r: &Revision| {
                (
                    r.span.clone(),
                    r.startxref,
                    r.sections.clone(),
                    r.trailer_span.clone(),
                )
            };
            places(a) == places(b) && entries(a) == entries(b)
        };
        let objects = |document: &Document<'_>| {
            let view = document.view(index).unwrap();
            let one = |number| view.object(crate::pdf::Ref::new(number, 0)).ok().flatten();
            (0..9)
                .map(|number| one(number).map(|o| o.raw().to_vec()))
                .collect::<Vec<_>>()
        };
        part.revisions().len() == index + 1
            && part
                .revisions()
                .iter()
                .zip(whole.revisions())
                .all(|(a, b)| same(a, b))
            && objects(&part) == objects(&whole)
    }

    #[test]
    fn revisions_that_are_whole_are_the_same_when_the_file_is_cut() {
        let mut file = first(9, "");
        for _ in 0..4 {
            file = then(&file, "");
        }
        assert_eq!(closed_of(&file), [true; 5]);
        assert!((0..5).all(|index| cut_is_the_same(&file, index)));
    }

    #[test]
    fn a_revision_with_an_object_behind_it_is_not_closed_nor_is_what_follows() {
        let end = first(0, "").len();
        let file = then(&first(end, ""), "5 0 obj(later)endobj\n");
        assert_eq!(closed_of(&file), [false, false]);
        assert!(!cut_is_the_same(&file, 0));
        // The last byte of the revision is its own.
        assert!(is_closed(
            &file,
            &Document::open(&first(end - 1, ""), &Limits::DEFAULT)
                .unwrap()
                .revisions()[0]
        ));
    }

    #[test]
    fn a_revision_with_a_section_behind_it_is_not_closed() {
        let whole = first(0, "/XRefStm 0000");
        let end = whole.len();
        let stream = "7 0 obj<</Type/XRef/W[1 1 1]/Index[7 1]/Size 9/Length 3>>stream\n\u{1}\u{1}\u{0}\nendstream endobj\n";
        let file = then(&first(0, &format!("/XRefStm {end:04}")), stream);
        assert_eq!(closed_of(&file), [false, false]);
        assert!(!cut_is_the_same(&file, 0));
    }

    #[test]
    fn a_revision_whose_startxref_is_far_from_its_end_is_not_closed() {
        let far = |blanks: usize| {
            let file = first(9, "");
            let at = file.windows(5).rposition(|w| w == b"%%EOF").unwrap();
            let wide = [&file[..at], " ".repeat(blanks).as_bytes(), &file[at..]].concat();
            // The closing of `file` is as long as its digits make it.
            let closing = file.len() - file.windows(9).rposition(|w| w == b"startxref").unwrap();
            (closed_of(&then(&wide, ""))[0], closing + blanks)
        };
        let (near, length) = far(0);
        assert!(near);
        let (exact, most) = far(NEAR - length);
        assert_eq!((exact, most), (true, NEAR));
        assert_eq!(far(NEAR - length + 1), (false, NEAR + 1));
    }

    #[test]
    fn a_word_behind_a_short_revision_must_not_make_it_linearised() {
        let file = then(&first(9, ""), "%/Linearized\n");
        assert_eq!(closed_of(&file), [false, false]);
        let long = then(&first(9, ""), &format!("%{}\n%/Linearized\n", "x".repeat(NEAR)));
        assert_eq!(closed_of(&long), [true, true]);
        let before = then(&first(9, "/A/Linearized"), "%/Linearized\n");
        assert_eq!(closed_of(&before), [true, true]);
    }
}
