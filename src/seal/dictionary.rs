//! The signature dictionary with its two holes: `/ByteRange` and `/Contents`.

use core::ops::Range;

use crate::payload::StatusReference;
use crate::pdf::{Body, FieldLock, LockAction, Ref, text_string};

/// What a seal allows to be changed afterwards (ISO 32000-2, table 257, `/P`).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum DocMdp {
    /// P = 1: nothing but validation data and document time stamps.
    NoChanges,
    /// P = 2: filling in forms and sealing prepared fields.
    FormFilling,
    /// P = 3: also annotations.
    Annotations,
}

impl DocMdp {
    /// The level with the value `/P`, if it is one.
    pub(super) fn of(level: i64) -> Option<Self> {
        [Self::NoChanges, Self::FormFilling, Self::Annotations]
            .into_iter()
            .find(|one| i64::from(one.level()) == level)
    }

    /// The value of `/P`.
    #[must_use]
    pub fn level(self) -> u8 {
        match self {
            Self::NoChanges => 1,
            Self::FormFilling => 2,
            Self::Annotations => 3,
        }
    }
}

/// Room for four offsets of up to 2^64 and the brackets: files above 10 GB still fit (a narrower hole silently
/// corrupted files above 100 MB elsewhere).
const BYTE_RANGE_WIDTH: usize = 88;

/// More than everything in the dictionary takes whose length does not vary much.
const ENTRIES: usize = 400;

/// The dictionary of a PAdES baseline signature (EN 319 142-1, clause 6.3): no `/Cert`, no `/Reason`, the signing time in `/M` alone.
///
/// `program` is the version of the sealing program, `at` the date as PDF writes it, `reference` the array of signature references, empty for none: see [`references`].
/// `status` is the result's place on a status list; without one nothing is written.
///
/// Two parts are kept, the holes: the array of `/ByteRange` with its brackets, the hex string of `/Contents` with its angle
/// brackets. The latter is never encrypted (ISO 32000-2, 7.6.2), and what is before them may grow by encryption.
pub(super) fn signature_dictionary(
    (name, program): (&[u8], &str),
    at: &str,
    reference: &[u8],
    status: Option<&StatusReference>,
    contents_length: usize,
) -> Body {
    let parts: [&[u8]; 7] = [
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (",
        at.as_bytes(),
        b") /Name ",
        name,
        b" /Prop_Build << /App << /Name /yinxin /REx (",
        program.as_bytes(),
        b") >> >>",
    ];
    let room = name.len().saturating_add(reference.len()).saturating_add(ENTRIES);
    let mut body = Body::with_capacity(contents_length.saturating_mul(2).saturating_add(room));
    body.write(|text| {
        parts.iter().for_each(|part| text.extend_from_slice(part));
        if !reference.is_empty() {
            text.extend_from_slice(b" /Reference ");
            text.extend_from_slice(reference);
        }
        if let Some(status) = status {
            text.push(b' ');
            text.extend_from_slice(status.to_signature().as_bytes());
        }
    });
    push_holes(&mut body, contents_length);
    body
}

/// The dictionary of a document time stamp (ISO 32000-2, 12.8.5; EN 319 142-1, clause 5.4.3). Holes as in [`signature_dictionary`].
pub(super) fn time_stamp_dictionary(contents_length: usize) -> Body {
    let mut body = Body::from(b"<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161");
    push_holes(&mut body, contents_length);
    body
}

fn push_holes(body: &mut Body, contents_length: usize) {
    // An opening and a closing bracket, and what is to be written over in between.
    let hole = |text: &mut Vec<u8>, [open, filling, close]: [u8; 3], width: usize| {
        text.push(open);
        text.resize(text.len().saturating_add(width), filling);
        text.push(close);
    };
    body.write(|text| text.extend_from_slice(b" /ByteRange "))
        .write_kept(|text| hole(text, *b"[ ]", BYTE_RANGE_WIDTH - 2))
        .write(|text| text.extend_from_slice(b" /Contents "))
        .write_kept(|text| hole(text, *b"<0>", contents_length.saturating_mul(2)))
        .write(|text| text.extend_from_slice(b" >>"));
}

/// The signature references (ISO 32000-2, table 256) for a certification and for the lock of the field; empty if there is neither.
///
/// Everything direct, as verifiers expect; Acrobat's own indirect form needs a special case in each of them. The lock's `/P` is not
/// repeated: it counts as it stands in the field, and a DocMDP transform would make a second certification (12.8.2.2).
pub(super) fn references(certifies: Option<DocMdp>, lock: Option<&FieldLock>, catalog: Ref) -> Vec<u8> {
    let mut text = vec![];
    let reference = |method: &str| {
        format!(
            "<< /Type /SigRef /TransformMethod /{method} /TransformParams << /Type /TransformParams /V /1.2 "
        )
    };
    if let Some(level) = certifies {
        text.extend(reference("DocMDP").bytes());
        text.extend(format!("/P {} >> >>", level.level()).bytes());
    }
    if let Some(lock) = lock {
        text.extend(reference("FieldMDP").bytes());
        let action = match lock.action {
            LockAction::All => "All",
            LockAction::Include => "Include",
            LockAction::Exclude => "Exclude",
        };
        text.extend(format!("/Action /{action} ").bytes());
        if lock.action != LockAction::All {
            text.extend(b"/Fields [");
            for field in &lock.fields {
                text.extend(text_string(field));
            }
            text.extend(b"] ");
        }
        // Required for this method, implied for the other.
        text.extend(format!(">> /Data {catalog} >>").bytes());
    }
    if text.is_empty() {
        text
    } else {
        [b"[", &text[..], b"]"].concat()
    }
}

/// `[0 a b c]` padded with spaces to fill the hole.
pub(super) fn byte_range_text(contents: &Range<usize>, file_length: usize) -> Vec<u8> {
    let mut text = format!(
        "[0 {} {} {}]",
        contents.start,
        contents.end,
        file_length.saturating_sub(contents.end)
    )
    .into_bytes();
    // Four numbers of at most 20 digits, three spaces and two brackets are 85 bytes: always within the hole.
    text.resize(BYTE_RANGE_WIDTH.max(text.len()), b' ');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_the_kept_parts() {
        let at = crate::time::Time::from_unix(0).unwrap().to_pdf();
        let reference = references(Some(DocMdp::NoChanges), None, Ref::new(1, 0));
        let body = signature_dictionary((b"(A)", "0.1.0"), &at, &reference, None, 10);
        let text = String::from_utf8(body.text().to_vec()).unwrap();
        assert!(text.contains(" /Contents <00000000000000000000> >>"));
        assert!(text.contains(&format!(
            "/ByteRange [{}] /Contents",
            " ".repeat(BYTE_RANGE_WIDTH - 2)
        )));
        assert!(text.contains("/P 1 >>") && !text.contains("/Cert") && !text.contains("/Reason"));
    }

    #[test]
    fn a_level_is_read_by_its_number() {
        for level in [DocMdp::NoChanges, DocMdp::FormFilling, DocMdp::Annotations] {
            assert_eq!(DocMdp::of(level.level().into()), Some(level));
        }
        assert_eq!((DocMdp::of(0), DocMdp::of(4)), (None, None));
    }

    #[test]
    fn the_widest_offsets_fit() {
        let text = byte_range_text(&(usize::MAX - 1..usize::MAX), usize::MAX);
        assert_eq!(text.len(), BYTE_RANGE_WIDTH);
    }
}
