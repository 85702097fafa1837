//! A complete PDF that is not sealed yet (待盖章件), and the places it reserves for the code and the seals.

/// The name under which a draft carries its record, as an associated file (ISO 32000-2, 14.13).
pub const RECORD_FILE: &str = "record.cbor";

/// A composed PDF and its slots. Sealing only appends to it, so the sealed file begins with these bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    bytes: Vec<u8>,
    slots: Slots,
}

/// What a draft reserves. Stored in the catalog's `/PieceInfo` (ISO 32000-2, 14.5), so that it can be read back.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slots {
    /// The box for the QR code, if the template has one.
    pub code: Option<CodeSlot>,
    /// One place per seal, in the template's order.
    pub seals: Vec<SealSlot>,
}

/// The square reserved for the QR code: an empty Form XObject with `/BBox [0 0 1 1]` that the page already paints.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct CodeSlot {
    /// Object number of the Form XObject that sealing replaces.
    pub form: u32,
    /// Object number of the page that paints it.
    pub page: u32,
    /// Side of the square in millimetres, quiet zone included.
    pub side_mm: f64,
}

/// Where one seal goes.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct SealSlot {
    /// The sealing body's name as printed.
    pub name: String,
    /// Object number of the page.
    pub page: u32,
    /// Centre of the impression in points (1/72 inch) of the page's user space, origin at the lower left.
    pub centre_pt: (f32, f32),
}

impl Draft {
    /// A draft from a whole PDF and the slots it reserves; the caller vouches that they agree.
    #[must_use]
    pub fn new(bytes: Vec<u8>, slots: Slots) -> Self {
        Self { bytes, slots }
    }

    /// The PDF.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the draft reserves.
    #[must_use]
    pub fn slots(&self) -> &Slots {
        &self.slots
    }

    /// The PDF, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl Slots {
    /// Slots of a code and any number of seals.
    #[must_use]
    pub fn new(code: Option<CodeSlot>, seals: Vec<SealSlot>) -> Self {
        Self { code, seals }
    }
}

impl CodeSlot {
    /// A square of `side_mm` millimetres, painted by page object `page` through form object `form`.
    #[must_use]
    pub fn new(form: u32, page: u32, side_mm: f64) -> Self {
        Self { form, page, side_mm }
    }
}

impl SealSlot {
    /// A place for the seal of `name` on page object `page`, centred at `centre_pt` points.
    #[must_use]
    pub fn new(name: String, page: u32, centre_pt: (f32, f32)) -> Self {
        Self {
            name,
            page,
            centre_pt,
        }
    }
}
