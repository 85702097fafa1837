//! What recovery says: what it rebuilt, or why it does not.

use core::fmt;

use super::super::error::PdfError;
use super::super::update::UpdateError;

/// One thing that was decided to make a file readable. `Display` says it to a person.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rebuilt {
    /// What was decided.
    pub what: What,
    /// The number of the object it is about; `None` for the whole file.
    pub object: Option<u32>,
    /// Where that object stands in the damaged file: bytes from its start. `None` if it stands nowhere.
    pub offset: Option<usize>,
}

/// What a [`Rebuilt`] is about. Clauses are of ISO 32000-2.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum What {
    /// A key of a page or page tree node had no usable value and was taken out (7.7.3.3).
    Attribute {
        /// The key, without slash.
        key: &'static [u8],
    },
    /// No trailer leads to a catalog; the last dictionary that calls itself one is used (7.7.2).
    CatalogFound,
    /// The catalog stood in the trailer and became an object (7.5.5).
    CatalogDirect,
    /// `/Count` of a page tree node was not the number of its pages (7.7.3.2).
    Count {
        /// What was written, if it was a number.
        written: Option<i64>,
        /// The pages that were found.
        pages: usize,
    },
    /// The last version of the object cannot be read, and the one before is used.
    EarlierVersion,
    /// No `endobj` after the value (7.3.10).
    Endobj,
    /// No `endstream` after the data (7.3.8).
    Endstream,
    /// A kid of a page tree node was no node, or led back to one that was seen; it was dropped (7.7.3).
    Kid,
    /// A page stood in the array of kids itself and became this object (7.7.3.2).
    KidDirect,
    /// `/Length` of a stream was not the length of its data (7.3.8.2).
    Length {
        /// What was written, if it was a number.
        written: Option<i64>,
        /// The bytes that the data take, up to `endstream`.
        data: usize,
    },
    /// The object cannot be read and counts as null.
    Lost,
    /// A page had no `/MediaBox` and got the one of US Letter, as viewers show it (7.7.3.3).
    MediaBox {
        /// The page, from 1.
        page: usize,
    },
    /// The object was taken out of a damaged object stream and stands by itself (7.5.7).
    Member {
        /// The number of the object stream.
        stream: u32,
    },
    /// The cross-reference entry led elsewhere; the object was found at the offset.
    Moved,
    /// The number is too large for most readers; the object is left out (ISO 32000-1, annex C).
    NumberTooLarge,
    /// An object stream cannot be decoded; its objects are lost (7.5.7).
    ObjectStreamLost,
    /// The catalog led to no page tree; a new one holds all pages in the order of the file (7.7.3).
    PageTree {
        /// How many pages that are.
        pages: usize,
    },
    /// The cross-reference section was written anew (7.5.4, 7.5.8).
    Section {
        /// The objects it knows.
        objects: usize,
    },
    /// No line end after `stream` (7.3.8.1).
    StreamLine,
    /// The value was malformed: what is no token became null or 0, what was left open was closed.
    Value,
    /// The object stands several times in the file; the last one is used (7.5.6).
    Versions(usize),
}

impl Rebuilt {
    pub(super) fn new(what: What, object: u32, offset: usize) -> Self {
        Self {
            what,
            object: Some(object),
            offset: (offset > 0).then_some(offset),
        }
    }

    pub(super) fn whole(what: What) -> Self {
        Self {
            what,
            object: None,
            offset: None,
        }
    }
}

impl fmt::Display for Rebuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.object, self.offset) {
            (Some(object), Some(offset)) => write!(f, "object {object} at byte {offset}: ")?,
            (Some(object), None) => write!(f, "object {object}: ")?,
            _ => {}
        }
        self.what.fmt(f)
    }
}

/// A number that may not have been written.
struct Written(Option<i64>);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => write!(f, "said {number}"),
            None => f.write_str("was missing"),
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute { key } => write!(f, "/{} was malformed and is left out", key.escape_ascii()),
            Self::CatalogFound => f.write_str("taken as the catalog, which no trailer names"),
            Self::CatalogDirect => f.write_str("the catalog, which stood in the trailer itself"),
            Self::Count { written, pages } => {
                write!(f, "/Count {}, and there are {pages} pages", Written(*written))
            }
            Self::EarlierVersion => f.write_str("cannot be read here, an earlier version is used"),
            Self::Endobj => f.write_str("endobj was missing"),
            Self::Endstream => f.write_str("endstream was missing"),
            Self::Kid => f.write_str("a kid that is no page or leads back is left out"),
            Self::KidDirect => f.write_str("a page that stood in the array of kids"),
            Self::Length { written, data } => {
                write!(f, "/Length {}, and the data take {data} bytes", Written(*written))
            }
            Self::Lost => f.write_str("cannot be read and counts as null"),
            Self::MediaBox { page } => {
                write!(f, "page {page} had no media box and gets that of US Letter")
            }
            Self::Member { stream } => write!(f, "taken out of the damaged object stream {stream}"),
            Self::Moved => f.write_str("found here, its cross-reference entry led elsewhere"),
            Self::NumberTooLarge => f.write_str("the number is too large, the object is left out"),
            Self::ObjectStreamLost => {
                f.write_str("an object stream that cannot be decoded, its objects are lost")
            }
            Self::PageTree { pages } => {
                write!(
                    f,
                    "the page tree was lost, a new one holds the {pages} pages of the file in its order"
                )
            }
            Self::Section { objects } => write!(f, "cross-reference section rebuilt from {objects} objects"),
            Self::StreamLine => f.write_str("no line end after stream"),
            Self::Value => f.write_str("the value was malformed and was mended"),
            Self::Versions(versions) => {
                write!(f, "stands {versions} times in the file, the last one is used")
            }
        }
    }
}

/// Why a file is not repaired.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecoveryError {
    /// The file is encrypted (7.6).
    Encrypted,
    /// Nothing in the file is a catalog (7.7.2).
    NoCatalog,
    /// No `%PDF-` within the first 1024 bytes (7.5.2), and nothing can be put in front of the file.
    NoHeader,
    /// No page can be found (7.7.3).
    NoPages,
    /// The strict reader reads the file as it is.
    NotDamaged,
    /// A limit is exceeded, or the file is refused with everything rebuilt.
    Pdf(PdfError),
    /// The file carries a signature (12.8), which a repair would break or disguise.
    Signed,
    /// The objects do not fit behind the file.
    Update(UpdateError),
}

impl fmt::Display for RecoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypted => {
                f.write_str("a damaged file that is encrypted cannot be repaired; ask for it decrypted")
            }
            Self::NoCatalog => {
                f.write_str("the file is damaged beyond repair: it has no catalog; ask for it again")
            }
            Self::NoHeader => f.write_str("no pdf header in the first 1024 bytes; ask for the file again"),
            Self::NoPages => {
                f.write_str("the file is damaged beyond repair: it has no pages; ask for it again")
            }
            Self::NotDamaged => f.write_str("the file is not damaged; use it as it is"),
            Self::Pdf(error) => write!(f, "the file is damaged beyond repair: {error}; ask for it again"),
            Self::Signed => f.write_str(
                "a damaged file that carries a signature is not repaired; ask for it as it was signed",
            ),
            Self::Update(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RecoveryError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Pdf(error) => Some(error),
            Self::Update(error) => Some(error),
            _ => None,
        }
    }
}

impl From<PdfError> for RecoveryError {
    fn from(error: PdfError) -> Self {
        Self::Pdf(error)
    }
}

impl From<UpdateError> for RecoveryError {
    fn from(error: UpdateError) -> Self {
        Self::Update(error)
    }
}
