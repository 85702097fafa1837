//! The empty signature fields of a joint result: one for each body that issues it (ISO 32000-2, 12.7.5.5).
//!
//! They are there before the first seal, because that certifies the document for what is in it then and lets nothing be added.
//! The fields have no `/Lock`: a certification with P = 2 leaves nothing else to be filled, and a field once signed never changes.

use pdf_writer::{Chunk, Finish, Name, Rect, Ref, TextStr};

use super::error::ComposeError;
use super::output::points;
use super::page::{FieldPlace, Sheet};
use super::structure::Numbering;
use crate::draft::seal_field;
use crate::record::Record;

/// Print and Locked (table 167): PDF/A asks for the first, nobody should drag a seal.
const FLAGS: i32 = 4 | 128;

/// Leaves each body that issues the record the one field of its first place.
///
/// # Errors
/// Occurs if a body has no place for its seal; names it.
pub(super) fn settle(record: &Record, sheet: &mut Sheet) -> Result<(), ComposeError> {
    if record.joint().is_none() {
        return Ok(());
    }
    for issuer in record.issuers() {
        let is_its = |field: &FieldPlace| field.issuer == issuer.code;
        let places = sheet.seals.iter_mut().map(|seal| &mut seal.field);
        let mut places = places.filter(|field| field.as_ref().is_some_and(is_its));
        if places.next().is_none() {
            let issuer = issuer.name.clone();
            return Err(ComposeError::NoSealPlace { issuer });
        }
        places.for_each(|field| *field = None);
    }
    Ok(())
}

/// Writes the fields prepared for the seals of `sheet`, merged with their widgets; `empty` is the form that each shows.
pub(super) fn write(
    chunk: &mut Chunk,
    numbering: &Numbering,
    sheet: &Sheet,
    (pages, fields): (&[Ref], &[Option<Ref>]),
    empty: Ref,
) {
    for (index, (seal, field)) in sheet.seals.iter().zip(fields).enumerate() {
        let (Some(place), &Some(id), Some(&page)) = (&seal.field, field, pages.get(seal.page)) else {
            continue;
        };
        let half = place.side / 2;
        let [left, bottom] = [seal.x - half, seal.y - half].map(points);
        let [right, top] = [seal.x + half, seal.y + half].map(points);
        let mut widget = chunk.indirect(id).dict();
        widget.pair(Name(b"Type"), Name(b"Annot"));
        widget.pair(Name(b"Subtype"), Name(b"Widget"));
        widget.pair(Name(b"FT"), Name(b"Sig"));
        widget.pair(Name(b"T"), TextStr(&seal_field(&place.issuer)));
        // What a screen reader says in place of the picture (`/TU`, 14.9.3).
        let spoken = format!("电子印章 Electronic seal: {}", seal.name);
        widget.pair(Name(b"TU"), TextStr(&spoken));
        widget.pair(Name(b"Rect"), Rect::new(left, bottom, right, top));
        widget.pair(Name(b"P"), page);
        widget.pair(Name(b"F"), FLAGS);
        widget.pair(Name(b"StructParent"), numbering.seal(index).1);
        let mut look = widget.insert(Name(b"AP")).dict();
        look.pair(Name(b"N"), empty);
        look.finish();
    }
}
