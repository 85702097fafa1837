//! Which part of PDF/A a draft keeps, and what follows from it.

/// The part of ISO 19005 that a draft conforms to. All are tagged; those on PDF 1.7 conform to PDF/UA-1 as well.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Conformance {
    /// PDF/A-2b (ISO 19005-2): for archives that take no attached files of other formats (6.8). The draft carries no record, so
    /// that [`Draft::record_bytes`](crate::draft::Draft::record_bytes) finds none and a verifier cannot compare the paper with it.
    A2b,
    /// PDF/A-3b (ISO 19005-3): PDF 1.7 with the record attached.
    #[default]
    A3b,
    /// PDF/A-4f (ISO 19005-4, annex A): PDF 2.0 with the record attached. PDF/UA-1 is about PDF 1.7, so it is not claimed.
    A4f,
}

impl Conformance {
    /// `pdfaid:part` and what else identifies the part (ISO 19005-2, 6.6.4; ISO 19005-4, 6.7.3).
    pub(super) fn identification(self) -> &'static str {
        match self {
            Self::A2b => "<pdfaid:part>2</pdfaid:part>\n<pdfaid:conformance>B</pdfaid:conformance>\n",
            Self::A3b => "<pdfaid:part>3</pdfaid:part>\n<pdfaid:conformance>B</pdfaid:conformance>\n",
            Self::A4f => {
                "<pdfaid:part>4</pdfaid:part>\n<pdfaid:rev>2020</pdfaid:rev>\n\
                 <pdfaid:conformance>F</pdfaid:conformance>\n"
            }
        }
    }

    /// Major and minor number in the header.
    pub(super) fn version(self) -> (u8, u8) {
        match self {
            Self::A2b | Self::A3b => (1, 7),
            Self::A4f => (2, 0),
        }
    }

    /// Whether files of any format may be attached.
    pub(super) fn attaches(self) -> bool {
        self != Self::A2b
    }

    /// Whether PDF/UA-1 is claimed.
    pub(super) fn is_accessible(self) -> bool {
        self != Self::A4f
    }
}
