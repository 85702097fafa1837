//! Deflated data in zlib form, both ways (ISO 32000-2, 7.4.4; RFC 1950, RFC 1951).

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use miniz_oxide::{MZ_ADLER32_INIT, mz_adler32_oxide};

use super::error::PdfErrorKind;

/// Every result deflates its own code while it is sealed: above this level the time doubles for a few hundred bytes.
const LEVEL: u8 = 3;

/// `data` in zlib form, always the same bytes for the same data.
pub(super) fn deflate(data: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(data, LEVEL)
}

/// `data` inflated to at most `limit` bytes, and whether the checksum behind them is right.
///
/// The last block must be complete: then every reader has these bytes. The checksum is a fact of its own, since qpdf,
/// mupdf, poppler and pdf.js all show data whose checksum is wrong or cut off. What follows it is not looked at.
pub(super) fn inflate(data: &[u8], limit: usize) -> Result<(Vec<u8>, bool), PdfErrorKind> {
    // No zlib data at all, but what some writers, qpdf among them, make of an empty stream, and all readers take for one.
    if data.is_empty() {
        return Ok((Vec::new(), true));
    }
    let (header, mut input) = data.split_first_chunk::<2>().ok_or(PdfErrorKind::CorruptStream)?;
    let [method, flags] = *header;
    // RFC 1950, 2.2: deflate, a window of at most 32 KiB, no preset dictionary.
    if method & 0x0F != 8
        || method >> 4 > 7
        || flags & 0x20 != 0
        || u16::from_be_bytes([method, flags]) % 31 != 0
    {
        return Err(PdfErrorKind::CorruptStream);
    }
    let mut output = vec![0; input.len().saturating_mul(2).clamp(64, 1 << 20).min(limit)];
    let mut position = 0;
    let mut state = Box::<DecompressorOxide>::default();
    loop {
        let (status, read, written) = decompress(
            &mut state,
            input,
            &mut output,
            position,
            TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
        );
        position += written;
        input = input.get(read..).unwrap_or_default();
        match status {
            TINFLStatus::Done => break,
            TINFLStatus::HasMoreOutput if output.len() < limit => {
                let more = output.len().saturating_mul(2).clamp(64, limit.max(64)).min(limit);
                output.resize(more, 0);
            }
            TINFLStatus::HasMoreOutput => return Err(PdfErrorKind::TooMuchDecoded),
            _ => return Err(PdfErrorKind::CorruptStream),
        }
    }
    output.truncate(position);
    output.shrink_to_fit();
    let sum = input.first_chunk::<4>().map(|sum| u32::from_be_bytes(*sum));
    let checked = sum == Some(mz_adler32_oxide(MZ_ADLER32_INIT, &output));
    Ok((output, checked))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"some data that must arrive as they were, some data that must arrive";

    #[test]
    fn complete_data_arrive_and_the_checksum_is_a_fact() {
        let packed = deflate(TEXT);
        let end = packed.len();
        let with = |data: &[u8]| inflate(data, 999).map(|(data, checked)| (data == TEXT, checked));
        assert_eq!(with(&packed), Ok((true, true)));
        assert_eq!(with(&[&packed[..], b"more"].concat()), Ok((true, true)));
        assert_eq!(with(&[&packed[..end - 4], b"abcd"].concat()), Ok((true, false)));
        assert_eq!(with(&packed[..end - 4]), Ok((true, false)));
        assert_eq!(with(&packed[..end - 1]), Ok((true, false)));
        for cut in 1..end - 4 {
            assert_eq!(with(&packed[..cut]), Err(PdfErrorKind::CorruptStream), "{cut}");
        }
        assert_eq!(with(b""), Ok((false, true)));
    }

    #[test]
    fn headers_that_zlib_does_not_have_are_refused() {
        let packed = deflate(TEXT);
        // No zlib header at all, another method, a window of 64 KiB, a wrong check, a preset dictionary.
        for header in [
            None,
            Some([0x79, 0x9C]),
            Some([0x88, 0x1C]),
            Some([0x78, 0x9D]),
            Some([0x78, 0xBB]),
        ] {
            let data = [
                header.as_ref().map_or(&[][..], |header| &header[..]),
                &packed[2..],
            ]
            .concat();
            assert_eq!(
                inflate(&data, 999),
                Err(PdfErrorKind::CorruptStream),
                "{header:?}"
            );
        }
    }

    #[test]
    fn limit_is_exact() {
        let packed = deflate(TEXT);
        assert_eq!(
            inflate(&packed, TEXT.len() - 1),
            Err(PdfErrorKind::TooMuchDecoded)
        );
        assert!(inflate(&packed, TEXT.len()).is_ok());
        assert_eq!(inflate(&packed, 0), Err(PdfErrorKind::TooMuchDecoded));
    }
}
