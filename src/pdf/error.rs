//! What the reader refuses, and what it only reports.

use core::fmt;

use crate::error::At;

/// A refusal of the reader: what is wrong, and at which byte of the file (or of the decoded object stream).
pub type PdfError = At<PdfErrorKind>;

/// Why a file, or an object of it, is refused. Clauses are of ISO 32000-2.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PdfErrorKind {
    /// The trailer's `/Root` is not a reference to a dictionary (7.7.2).
    BadCatalog,
    /// A dictionary has a key that is not a name, or does not end with `>>` (7.3.7).
    BadDictionary,
    /// An `/Encrypt` that is no dictionary of direct values as the standard handler has them (7.6.4.2).
    BadEncryption,
    /// A hexadecimal string holds something other than digits and white space (7.3.4.3).
    BadHexString,
    /// A word that is no object where one was expected (7.3).
    BadKeyword,
    /// Something like a number that is not one (7.3.3).
    BadNumber,
    /// No `number generation obj` where the cross-reference section says so (7.3.10).
    BadObjectHeader,
    /// An object stream whose `/N`, `/First` or pairs of numbers are wrong (7.5.7).
    BadObjectStream,
    /// The page tree has a cycle, a kid that is no indirect dictionary, or a page without `/MediaBox` (7.7.3).
    BadPageTree,
    /// A stream without its data: `/Length` absent or wrong, no `endstream` there, or no end of line after `stream` (7.3.8).
    BadStream,
    /// A trailer without `/Size` or with a wrongly typed entry (7.5.5).
    BadTrailer,
    /// A cross-reference section that does not follow its grammar (7.5.4, 7.5.8).
    BadXref,
    /// An encrypted string, or the data of an encrypted stream, that cannot be decrypted: length or padding is wrong (7.6.3).
    CorruptCiphertext,
    /// Stream data that its filter cannot decode (7.4).
    CorruptStream,
    /// One revision is encrypted and another is not, or in another way (7.6.2).
    EncryptionDiffers,
    /// A stream whose data are in another file, `/F` (7.3.8.2).
    ExternalStream,
    /// An indirect object not closed by `endobj` (7.3.10).
    NoEndobj,
    /// No `%PDF-` within the first 1024 bytes (7.5.2).
    NoHeader,
    /// No `startxref` with a number near the end of the file (7.5.5).
    NoStartxref,
    /// The file is encrypted and does not open with the empty password (7.6.4).
    PasswordNeeded,
    /// `/Prev` points forward although the file is not linearised, or revisions end out of order (7.5.6).
    RevisionOrder,
    /// Bytes that were left out when the file was skimmed ([`Skimmed`](super::Skimmed)); the offset is where they start.
    Omitted,
    /// References lead to references, or lengths to lengths, without end.
    ReferenceChain,
    /// Values are nested deeper than `Limits::depth`.
    TooDeep,
    /// More cross-reference entries than `Limits::pdf_objects`.
    TooManyObjects,
    /// More pages than `Limits::pdf_pages`.
    TooManyPages,
    /// More cross-reference sections than `Limits::pdf_revisions`.
    TooManyRevisions,
    /// Streams decode to more than `Limits::pdf_stream_bytes` or `Limits::pdf_decoded_bytes`.
    TooMuchDecoded,
    /// Objects take many times the file in memory, all those together that are in use.
    TooMuchMemory,
    /// Objects overlap so much that reading them costs many times the file.
    TooMuchWork,
    /// The file ends inside a value.
    UnexpectedEnd,
    /// A filter, or parameters of one, that is not for data (`/DCTDecode`) or not known.
    UnknownFilter,
    /// Encryption with certificates or by another handler, or of an unpublished version (7.6.5, table 20).
    UnsupportedEncryption,
    /// The cross-reference entry leads to an object with another number or generation.
    WrongObject,
    /// The password is neither the owner's nor the user's (7.6.4).
    WrongPassword,
}

impl PdfErrorKind {
    /// Whether the file is damaged, so that [`recovery`](super::recovery) may help before sealing; not so if it is
    /// encrypted, without a header, or over a limit.
    #[must_use]
    pub fn is_damage(self) -> bool {
        !matches!(
            self,
            Self::BadEncryption
                | Self::EncryptionDiffers
                | Self::NoHeader
                | Self::PasswordNeeded
                | Self::TooDeep
                | Self::TooManyObjects
                | Self::TooManyPages
                | Self::TooManyRevisions
                | Self::TooMuchDecoded
                | Self::TooMuchWork
                | Self::UnsupportedEncryption
                | Self::WrongPassword
        )
    }
}

impl fmt::Display for PdfErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadCatalog => "the trailer's /Root does not lead to a dictionary",
            Self::BadDictionary => "a dictionary has a key that is no name, or no end",
            Self::BadEncryption => "a malformed encryption dictionary",
            Self::BadHexString => "a hexadecimal string holds something other than digits",
            Self::BadKeyword => "a word that is no pdf object",
            Self::BadNumber => "a malformed number",
            Self::BadObjectHeader => "no indirect object where the cross-reference section says so",
            Self::BadObjectStream => {
                "an object stream contradicts its own header or the cross-reference section"
            }
            Self::BadPageTree => "the page tree is not a tree of pages",
            Self::BadStream => "a stream's data does not end where its /Length says",
            Self::BadTrailer => "a trailer entry is absent or has the wrong type",
            Self::BadXref => "a malformed cross-reference section",
            Self::CorruptCiphertext => "an encrypted string or stream that cannot be decrypted",
            Self::CorruptStream => "stream data that cannot be decoded",
            Self::EncryptionDiffers => "an update adds, drops or changes the encryption of the file",
            Self::ExternalStream => "a stream keeps its data in another file",
            Self::NoEndobj => "an indirect object is not closed by endobj",
            Self::NoHeader => "no pdf header in the first 1024 bytes",
            Self::NoStartxref => "no startxref near the end of the file",
            Self::PasswordNeeded => "a password must be given for the encryption stated",
            Self::RevisionOrder => "the revisions of the file are not in order",
            Self::Omitted => "bytes that were not kept when the file was read are needed; read all of it",
            Self::ReferenceChain => "references lead to references without end",
            Self::TooDeep => "values nested deeper than the limit",
            Self::TooManyObjects => "more objects than the limit",
            Self::TooManyPages => "more pages than the limit",
            Self::TooManyRevisions => "more cross-reference sections than the limit",
            Self::TooMuchDecoded => "streams decode to more bytes than the limit",
            Self::TooMuchMemory => "objects take more memory than the size of the file allows",
            Self::TooMuchWork => "objects overlap so much that reading them exceeds the limit",
            Self::UnexpectedEnd => "the file ends inside a value",
            Self::UnknownFilter => "a stream filter that is not supported",
            Self::UnsupportedEncryption => {
                "decrypt the file with the program that can: encryption without passwords, or of an unknown kind, is stated"
            }
            Self::WrongObject => "the cross-reference section leads to an object with another number",
            Self::WrongPassword => "another password must be given, the owner's or the user's, for the encryption stated",
        })
    }
}

/// Something odd that does not stop reading, but that a verifier must weigh.
///
/// An anomaly is a fact about the bytes, not a verdict: many honest producers write some of them, and every parser
/// differential starts with one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Anomaly {
    /// What is odd.
    pub kind: AnomalyKind,
    /// Bytes from the start of the file.
    pub offset: usize,
    /// The number of the object it is about, if it is about one.
    pub object: Option<u32>,
}

/// What an [`Anomaly`] is about. Clauses are of ISO 32000-2.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AnomalyKind {
    /// `/Extends` of an object stream leads to no object stream, or back to it (7.5.7); we do not follow it.
    BadExtends,
    /// The checksum of a deflated object stream or cross-reference stream is wrong or missing; the data are complete
    /// (RFC 1950, 2.2).
    ChecksumWrong,
    /// One section has two entries for an object; the first is used (7.5.4).
    DuplicateEntry,
    /// A dictionary has the same key twice; the last is used (7.3.7).
    DuplicateKey,
    /// One object stream has two objects of the same number; the cross-reference section says which counts (7.5.7).
    DuplicateMember,
    /// A revision does not end with `%%EOF` (7.5.5).
    EofMissing,
    /// A stream names another file for its data; what stands in this one is not used (7.3.8.2).
    ExternalStream,
    /// A revision uses a number with another generation than older ones left it to (7.5.4, 7.5.6).
    GenerationJump,
    /// A filter is named by an abbreviation that is for inline images; every reader takes it for the filter (table 92).
    FilterAbbreviation,
    /// A free entry with a generation above 65535 (7.5.4).
    GenerationTooLarge,
    /// Bytes before the header (7.5.2).
    HeaderNotFirst,
    /// A hybrid file lists an object in its table and, differently, in its `/XRefStm`, or gives the two another `/Root`
    /// or `/Prev`; the table is used (7.5.8.4).
    HybridConflict,
    /// Trailers of an encrypted file have different first halves of `/ID` (7.6.4.3).
    IdentifierDiffers,
    /// Lines of a cross-reference table or of `startxref` are not divided as 7.5.4 and 7.5.5 have it: blank lines,
    /// spaces, or several things on one line.
    LineLayout,
    /// A name with a `#` that no two hexadecimal digits follow, or with `#00` (7.3.5); read as it is spelled.
    NameEscape,
    /// A number not below the trailer's `/Size`, which the standard says to ignore and few readers do (7.5.5).
    NumberBeyondSize,
    /// An entry puts object 0, always free, in use (7.3.10, 7.5.4).
    NumberZero,
    /// An entry's offset is at white space before the object (7.5.4).
    OffsetInexact,
    /// An object claims bytes that another object or section claims too.
    OverlappingObjects,
    /// `/Pages` leads straight to a page, which some readers show and some do not (7.7.3.2).
    PagesIsPage,
    /// The encryption dictionary's `/Perms` does not decrypt to what `/P` and `/EncryptMetadata` say (7.6.4.4.11).
    PermissionsDiffer,
    /// `/Prev 0`, read as no `/Prev` (7.5.5).
    PrevZero,
    /// A reference has another generation than the object; read as null, but some readers show the object (7.3.10).
    ReferenceGeneration,
    /// A section of the chain has no `startxref` of its own, so it is no revision and is merged into the next one.
    SectionWithoutEnd,
    /// A second `%PDF-` header outside of objects.
    SeveralHeaders,
    /// Something other than white space between a section and its `startxref`.
    StartxrefDetached,
    /// `startxref` or `/Prev` points at white space before the section (7.5.5).
    StartxrefInexact,
    /// `%%EOF` on a line of its own that closes no revision (7.5.5).
    StrayEof,
    /// `/XRefStm` where it has no meaning: in a cross-reference stream, or no integer (7.5.8.4); not followed.
    StrayXrefStream,
    /// More than one line end, or other white space, between a stream's data and `endstream` (7.3.8.1).
    StreamEndInexact,
    /// Something other than line ends after the last `%%EOF` (7.5.5).
    TrailingBytes,
    /// Bytes that are neither white space, comment, object nor section: what is there is not part of any revision.
    UnclaimedBytes,
    /// A cross-reference stream entry of a type the standard does not define; read as null (7.5.8.3).
    UnknownEntryType,
    /// An object stream has an object that no entry leads to (7.5.7).
    UnlistedMember,
    /// An object that the section promises cannot be read.
    UnreadableObject,
    /// The entry leads to an object with another number or generation.
    WrongObject,
    /// A cross-reference table entry that is not exactly 20 bytes (7.5.4).
    XrefEntryWidth,
    /// A cross-reference stream's data are longer than `/W` and `/Index` say (7.5.8.2).
    XrefStreamSize,
    /// An entry in use at offset zero, where no object can be.
    ZeroOffset,
}
