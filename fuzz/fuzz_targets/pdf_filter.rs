//! Stream data behind any chain of filters with any parameters. Oracle: the limit is kept, the same bytes come out twice,
//! and what the writer packs comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::pdf::update::{Update, stream_body};
use yinxin::pdf::{Document, Ref};

/// A file of a catalog only, to which the stream is appended.
const BASE: &[u8] = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n\
trailer<</Size 2/Root 1 0 R>>\nstartxref\n52\n%%EOF\n";
const FILTERS: [&str; 6] = [
    "/FlateDecode",
    "/LZWDecode",
    "/ASCII85Decode",
    "/ASCIIHexDecode",
    "/RunLengthDecode",
    "/DCTDecode",
];
const LIMIT: usize = 1 << 18;

/// The entries of the stream that the first bytes of `data` ask for: how many filters, then six bytes for each.
fn entries(data: &[u8]) -> (String, &[u8]) {
    let (count, mut rest) = data
        .split_first()
        .map_or((0, data), |(count, rest)| (count % 4, rest));
    let (mut filters, mut parameters) = (String::new(), String::new());
    for _ in 0..count {
        let Some(([kind, predictor, colors, bits, columns, early], tail)) = rest.split_first_chunk() else {
            break;
        };
        filters.push_str(FILTERS[usize::from(*kind) % FILTERS.len()]);
        let columns = if *columns == 255 {
            1 << 24
        } else {
            u32::from(*columns)
        };
        parameters.push_str(&format!(
            "<</Predictor {}/Colors {colors}/BitsPerComponent {bits}/Columns {columns}/EarlyChange {}>>",
            i16::from(*predictor % 20) - 2,
            early % 2
        ));
        rest = tail;
    }
    (format!("/Filter[{filters}]/DecodeParms[{parameters}]"), rest)
}

fn decode(entries: &str, data: &[u8], compress: bool) -> Option<Vec<u8>> {
    let mut limits = Limits::DEFAULT;
    limits.pdf_stream_bytes = LIMIT;
    let base = Document::open(BASE, &limits).expect("the base is sound");
    let mut update = Update::new(&base);
    let id: Ref = update.allocate();
    update.put(id, stream_body(entries.as_bytes(), data, compress));
    let whole = [BASE, &update.finish().expect("one stream fits").bytes].concat();
    let document = Document::open(&whole, &limits).expect("an appended file opens");
    let found = document.newest().object(id).expect("readable").expect("there");
    let stream = found.object.as_stream().expect("a stream");
    assert!(compress || document.newest().data(stream) == data);
    document.newest().decode(stream).ok()
}

fuzz_target!(|data: &[u8]| {
    let (entries, rest) = entries(data);
    let decoded = decode(&entries, rest, false);
    assert!(
        decoded.as_ref().is_none_or(|decoded| decoded.len() <= LIMIT),
        "more than the limit"
    );
    assert_eq!(decode(&entries, rest, false), decoded);
    assert_eq!(decode("", rest, true).as_deref(), Some(rest));
});
