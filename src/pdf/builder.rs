//! Small hand-made files for the tests, with right offsets unless a test wants wrong ones.

use crate::limits::Limits;

use super::{AnomalyKind, Document, PdfErrorKind, Ref};

/// The start of nearly every test file: a catalog and one page.
pub(super) const PAGE: [(u32, &str); 3] = [
    (1, "<</Type/Catalog/Pages 2 0 R>>"),
    (
        2,
        "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]/Rotate 90>>",
    ),
    (3, "<</Type/Page/Parent 2 0 R/Resources<<>>>>"),
];

/// Entries of the trailer of nearly every test file.
pub(super) const TRAILER: &str = "/Size 9/Root 1 0 R";

/// A file being written.
#[derive(Clone, Default)]
pub(super) struct Builder {
    pub(super) bytes: Vec<u8>,
    rows: Vec<(u32, usize)>,
    pub(super) startxref: usize,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            bytes: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(),
            ..Self::default()
        }
    }

    /// A file of [`PAGE`], not closed.
    pub(super) fn page() -> Self {
        PAGE.iter()
            .fold(Self::new(), |file, (number, body)| file.object(*number, body))
    }

    pub(super) fn raw(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.bytes.extend_from_slice(bytes.as_ref());
        self
    }

    /// An entry for `number` at the present end.
    pub(super) fn entry(mut self, number: u32) -> Self {
        self.rows.push((number, self.bytes.len()));
        self
    }

    pub(super) fn object(self, number: u32, body: impl AsRef<[u8]>) -> Self {
        let head = format!("{number} 0 obj\n");
        self.entry(number).raw(head).raw(body).raw("\nendobj\n")
    }

    pub(super) fn stream(self, number: u32, entries: &str, data: impl AsRef<[u8]>) -> Self {
        self.object(
            number,
            super::update::stream_body(entries.as_bytes(), data.as_ref(), false),
        )
    }

    /// A table of the objects since the last section, `trailer` between `<<` and `>>`, and the end of the file.
    pub(super) fn table(self, trailer: &str) -> Self {
        let mut file = self.section(trailer);
        let end = format!("startxref\n{}\n%%EOF\n", file.startxref);
        file = file.raw(end);
        file
    }

    /// A table and a trailer only.
    pub(super) fn section(mut self, trailer: &str) -> Self {
        self.startxref = self.bytes.len();
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_unstable();
        let mut text = String::from("xref\n0 1\n0000000000 65535 f \n");
        for (number, offset) in rows {
            text.push_str(&format!("{number} 1\n{offset:010} 00000 n \n"));
        }
        self.raw(text).raw(format!("trailer\n<<{trailer}>>\n"))
    }

    /// A cross-reference stream `number` of the objects since the last section and of `members` (number, container,
    /// index), and the end of the file.
    pub(super) fn xref_stream(self, number: u32, entries: &str, members: &[(u32, u32, u32)]) -> Self {
        let file = self.xref_stream_section(number, entries, members);
        let end = format!("startxref\n{}\n%%EOF\n", file.startxref);
        file.raw(end)
    }

    /// A cross-reference stream only.
    pub(super) fn xref_stream_section(
        mut self,
        number: u32,
        entries: &str,
        members: &[(u32, u32, u32)],
    ) -> Self {
        self.startxref = self.bytes.len();
        let mut rows: Vec<(u32, [u32; 3])> = vec![(number, [1, u32::try_from(self.startxref).unwrap(), 0])];
        rows.extend(
            std::mem::take(&mut self.rows)
                .into_iter()
                .map(|(n, o)| (n, [1, u32::try_from(o).unwrap(), 0])),
        );
        rows.extend(
            members
                .iter()
                .map(|(n, container, index)| (*n, [2, *container, *index])),
        );
        rows.sort_unstable();
        let index: Vec<String> = rows.iter().map(|(n, _)| format!("{n} 1")).collect();
        let data: Vec<u8> = rows
            .iter()
            .flat_map(|(_, row)| row.iter().flat_map(|v| v.to_be_bytes()))
            .collect();
        let entries = format!("/Type/XRef/W[4 4 4]/Index[{}]{entries}", index.join(" "));
        let body = super::update::stream_body(entries.as_bytes(), &data, true);
        self.raw(format!("{number} 0 obj\n")).raw(body).raw("\nendobj\n")
    }

    pub(super) fn open(&self) -> Document<'_> {
        self.try_open().unwrap()
    }

    pub(super) fn try_open(&self) -> Result<Document<'_>, PdfErrorKind> {
        Document::open(&self.bytes, &Limits::DEFAULT).map_err(|e| e.kind)
    }

    pub(super) fn refusal(&self) -> PdfErrorKind {
        self.try_open().expect_err("a refusal")
    }
}

/// The kinds of what is odd about the sections of `document`.
pub(super) fn kinds(document: &Document<'_>) -> Vec<AnomalyKind> {
    document.anomalies().iter().map(|a| a.kind).collect()
}

/// The kinds of what is odd about all of `document`.
pub(super) fn audited(document: &Document<'_>) -> Vec<AnomalyKind> {
    document.audit().unwrap().iter().map(|a| a.kind).collect()
}

/// The refusal of object `number` in the newest view.
pub(super) fn object_refusal(file: &Builder, number: u32) -> PdfErrorKind {
    file.open()
        .newest()
        .object(Ref::new(number, 0))
        .expect_err("a refusal")
        .kind
}
