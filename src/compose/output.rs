//! The objects of a draft: a tagged PDF/A, the record attached, the slots of sealing in `/PieceInfo`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pdf_writer::types::{AssociationKind, OutputIntentSubtype, PageMode, TabOrder};
use pdf_writer::{Date as PdfDate, Filter, Finish, Name, Pdf, Rect, Ref, Settings, Str, TextStr};

use super::chain::Fonts;
use super::conformance::Conformance;
use super::embed::{self, Embedded, compressed};
use super::error::ComposeError;
use super::fields;
use super::metadata::{self, About};
use super::page::{Mark, Page, Sheet};
use super::paint::{self, Painted};
use super::picture::{Gallery, Picture};
use super::prepared::PreparedTemplate;
use super::structure::{self, Numbering};
use super::subset::Subsets;
use super::template::Template;
use super::units::{Length, Mm};
use crate::crypto::DigestAlgorithm;
use crate::draft::{CodeSlot, Draft, RECORD_FILE, SealElement, SealSlot, Slots, seal_field};
use crate::record::Record;
use crate::time::{Date, Time};

/// Raised whenever the same template and record would give other bytes than before.
pub(crate) const ENGINE: u64 = 2;
const SRGB: &[u8] = include_bytes!("../../assets/icc/srgb.icc");

/// Numbers objects one after the other, so that the cross-reference table has no gaps.
struct Numbers(i32);

impl Numbers {
    fn take(&mut self, count: i32) -> Ref {
        let first = Ref::new(self.0);
        self.0 += count;
        first
    }

    fn next(&mut self) -> Ref {
        self.take(1)
    }
}

/// What is written beside the page itself.
pub(super) struct Matter<'a> {
    pub(super) title: &'a str,
    pub(super) creator: &'a str,
    /// Of all text that says nothing else (RFC 3066).
    pub(super) language: &'a str,
    pub(super) conformance: Conformance,
    pub(super) date: Moment,
    /// SHA-256 of the template, if the page was set by one.
    pub(super) template: Option<[u8; 32]>,
    pub(super) frequent: &'a [Arc<Embedded>],
    /// Compressed content beneath the text.
    pub(super) backdrop: Option<&'a [u8]>,
    /// By rising name, as a name tree has them.
    pub(super) attached: &'a [Attachment<'a>],
    /// The first 16 bytes of a digest over what the document is made of (ISO 32000-2, 14.4).
    pub(super) identifier: &'a dyn Fn(&[u8]) -> Vec<u8>,
    /// Side of the code's square in millimetres, if there is one.
    pub(super) code_side: Option<f64>,
    /// The pictures that the marks name by number.
    pub(super) gallery: Gallery<'a>,
}

/// A file that the document is about, in it (ISO 32000-2, 14.13).
#[derive(Clone, Copy)]
pub(crate) struct Attachment<'a> {
    /// Letters, digits, dots and hyphens.
    pub(crate) name: &'a str,
    /// Its media type.
    pub(crate) kind: &'a str,
    pub(crate) description: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) relation: AssociationKind,
}

/// A point in time in both spellings of a PDF.
pub(super) struct Moment {
    pub(super) pdf: PdfDate,
    /// ISO 8601 with the offset from UTC.
    pub(super) iso: String,
}

impl Moment {
    /// The first second of `date` in China.
    pub(super) fn of_day(date: Date) -> Self {
        Self::new(date, 0, 0, 0)
    }

    /// `time` as clocks in China show it.
    pub(super) fn of_time(time: Time) -> Self {
        let date = time.date_at_offset(8);
        let seconds = time.unix().saturating_add(8 * 3600).rem_euclid(86_400);
        let part = |value: i64| u8::try_from(value).unwrap_or_default();
        Self::new(
            date,
            part(seconds / 3600),
            part(seconds / 60 % 60),
            part(seconds % 60),
        )
    }

    fn new(date: Date, hour: u8, minute: u8, second: u8) -> Self {
        Self {
            pdf: PdfDate::new(date.year())
                .month(date.month())
                .day(date.day())
                .hour(hour)
                .minute(minute)
                .second(second)
                .utc_offset_hour(8)
                .utc_offset_minute(0),
            iso: format!("{date}T{hour:02}:{minute:02}:{second:02}+08:00"),
        }
    }
}

pub(super) fn write(
    prepared: &PreparedTemplate,
    record: &Record,
    sheet: &Sheet,
    gallery: Gallery<'_>,
) -> Result<Draft, ComposeError> {
    let (template, fonts) = (prepared.template(), prepared.fonts());
    let record_bytes = record.to_cbor();
    let identity = fonts.digest();
    let matter = Matter {
        // What viewers show as the window's title.
        title: &format!("{} {}", record.kind().name, record.number()),
        creator: &record.issuer().name,
        language: template.language(),
        conformance: prepared.conformance(),
        date: Moment::of_day(record.issued()),
        template: Some(template.hash()),
        frequent: prepared.frequent(),
        backdrop: prepared.backdrop(record.sample()),
        attached: &[Attachment {
            name: RECORD_FILE,
            kind: "application/cbor",
            description: "结果信息（CBOR）",
            bytes: &record_bytes,
            relation: AssociationKind::Data,
        }],
        identifier: &|content| identifier(template, &identity, &record_bytes, content),
        code_side: template.source.code_sides().next().map(Mm::millimetres),
        gallery,
    };
    write_pages(&matter, fonts, sheet)
}

/// Writes the pages of `sheet` with what stands beside them.
pub(super) fn write_pages(matter: &Matter<'_>, fonts: &Fonts, sheet: &Sheet) -> Result<Draft, ComposeError> {
    let mut subsets = Subsets::new(matter.frequent.iter().cloned());
    let painted: Vec<Painted> = sheet
        .pages
        .iter()
        .map(|page| paint::paint(page, &sheet.tree, &mut subsets))
        .collect();
    let subsets = subsets.finish(fonts)?;

    let mut numbers = Numbers(1);
    let (catalog, pages) = (numbers.next(), numbers.next());
    let page_numbers: Vec<(Ref, Ref)> = sheet
        .pages
        .iter()
        .map(|_| (numbers.next(), numbers.next()))
        .collect();
    let (xmp, profile) = (numbers.next(), numbers.next());
    let attached: Vec<(Ref, Ref)> = match matter.conformance.attaches() {
        true => matter
            .attached
            .iter()
            .map(|_| (numbers.next(), numbers.next()))
            .collect(),
        false => vec![],
    };
    let backdrop = matter.backdrop.map(|content| (numbers.next(), content));
    let code = sheet.code.map(|place| (numbers.next(), place.page));
    let fonts: Vec<_> = subsets
        .into_iter()
        .map(|(resource, subset)| (resource, subset, numbers.take(embed::OBJECTS)))
        .collect();
    let pictures: BTreeMap<usize, (Ref, &Picture)> = shown(sheet)
        .filter_map(|number| Some((number, matter.gallery.picture(number)?)))
        .collect::<BTreeMap<_, _>>()
        .into_iter()
        .map(|(number, picture)| (number, (numbers.take(picture.objects()), picture)))
        .collect();
    // Last, so that what sealing changes stands near what it adds.
    let numbering = Numbering::new(numbers.take(Numbering::objects(sheet)), sheet);
    let empty = sheet.seals.iter().any(|seal| seal.field.is_some());
    let empty = empty.then(|| numbers.next());
    let fields: Vec<Option<Ref>> = sheet
        .seals
        .iter()
        .map(|seal| seal.field.as_ref().map(|_| numbers.next()))
        .collect();
    let slots = slots(
        matter,
        sheet,
        &page_numbers,
        code.map(|(form, _)| form),
        &numbering,
    );

    let mut pdf = Pdf::with_settings_and_capacity(Settings { pretty: false }, 160 << 10);
    let (major, minor) = matter.conformance.version();
    pdf.set_version(major, minor);
    let contents: Vec<&[u8]> = painted.iter().map(|page| page.content.as_slice()).collect();
    let identifier = (matter.identifier)(&contents.concat());
    pdf.set_file_id((identifier.clone(), identifier));

    let objects = Objects {
        catalog,
        pages,
        xmp,
        profile,
        attached: attached.iter().map(|&(_, specification)| specification).collect(),
        structure: numbering.root(),
        fields: fields.iter().copied().flatten().collect(),
    };
    write_catalog(&mut pdf, matter, &slots, &objects);
    let kids = page_numbers.iter().map(|(page, _)| *page);
    let count = i32::try_from(sheet.pages.len()).unwrap_or(i32::MAX);
    pdf.pages(pages).kids(kids).count(count);

    for (index, (set, &(page, content))) in sheet.pages.iter().zip(&page_numbers).enumerate() {
        let mut object = pdf.page(page);
        object
            .parent(pages)
            .media_box(Rect::new(0.0, 0.0, points(set.width), points(set.height)));
        match backdrop {
            Some((backdrop, _)) => object.contents_array([backdrop, content]),
            None => object.contents(content),
        };
        let mut resources = object.resources();
        let mut dictionary = resources.fonts();
        for (resource, _, first) in &fonts {
            dictionary.pair(Name(format!("F{resource}").as_bytes()), *first);
        }
        dictionary.finish();
        let mut x_objects: Vec<(String, Ref)> = Vec::new();
        if let Some((form, _)) = code.filter(|(_, page)| *page == index) {
            x_objects.push(("Code".to_owned(), form));
        }
        let on_page: BTreeSet<usize> = shown_on(set).collect();
        x_objects.extend(on_page.iter().filter_map(|number| {
            let (first, _) = pictures.get(number)?;
            Some((format!("P{number}"), *first))
        }));
        if !x_objects.is_empty() {
            let mut dictionary = resources.x_objects();
            for (name, first) in x_objects {
                dictionary.pair(Name(name.as_bytes()), first);
            }
        }
        resources.finish();
        // Which list of the parent tree is the page's, and the order in which the tabulator key goes through annotations.
        object.struct_parents(i32::try_from(index).unwrap_or(i32::MAX));
        object.tab_order(TabOrder::StructureOrder);
        let on_page = sheet.seals.iter().zip(&fields);
        let on_page: Vec<Ref> = on_page
            .filter_map(|(seal, field)| field.filter(|_| seal.page == index))
            .collect();
        if !on_page.is_empty() {
            object.annotations(on_page);
        }
    }

    for (content, &(_, id)) in contents.iter().zip(&page_numbers) {
        deflated(&mut pdf, id, content);
    }
    if let Some((backdrop, content)) = backdrop {
        pdf.stream(backdrop, content).filter(Filter::FlateDecode);
    }
    let about = About {
        title: matter.title,
        creator: matter.creator,
        date: &matter.date.iso,
        language: matter.language,
        conformance: matter.conformance,
    };
    pdf.metadata(xmp, metadata::packet(&about).as_bytes());
    let data = compressed(SRGB);
    pdf.icc_profile(profile, &data).n(3).filter(Filter::FlateDecode);
    for (attachment, &(file, specification)) in matter.attached.iter().zip(&attached) {
        write_attached(&mut pdf, matter.date.pdf, attachment, (file, specification));
    }
    if let Some((form, _)) = code {
        // Nothing yet: sealing replaces this object by the code.
        pdf.form_xobject(form, b"").bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
    }
    for (_, subset, first) in &fonts {
        subset.write(&mut pdf, *first);
    }
    for (first, picture) in pictures.values() {
        picture.write(&mut pdf, *first);
    }
    let pages: Vec<Ref> = page_numbers.iter().map(|&(page, _)| page).collect();
    if let Some(empty) = empty {
        // What an empty field shows (ISO 32000-2, table 166): nothing yet.
        pdf.form_xobject(empty, b"").bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
        fields::write(&mut pdf, &numbering, sheet, (&pages, &fields), empty);
    }
    structure::write(&mut pdf, &numbering, sheet, &painted, (&pages, &fields));
    Ok(Draft::new(pdf.finish(), slots))
}

/// The objects that the catalog names.
struct Objects {
    catalog: Ref,
    pages: Ref,
    xmp: Ref,
    profile: Ref,
    attached: Vec<Ref>,
    structure: Ref,
    /// The signature fields that the draft prepares.
    fields: Vec<Ref>,
}

fn write_attached(pdf: &mut Pdf, at: PdfDate, attached: &Attachment<'_>, (file, specification): (Ref, Ref)) {
    // A PDF is compressed already, and can be looked at in place if it is kept as it came.
    let plain = attached.kind == "application/pdf";
    let data = match plain {
        true => Cow::Borrowed(attached.bytes),
        false => Cow::Owned(compressed(attached.bytes)),
    };
    let mut embedded = pdf.embedded_file(file, &data);
    embedded.subtype(Name(attached.kind.as_bytes()));
    if !plain {
        embedded.filter(Filter::FlateDecode);
    }
    embedded
        .params()
        .size(i32::try_from(attached.bytes.len()).unwrap_or(i32::MAX))
        .modification_date(at);
    embedded.finish();
    let mut object = pdf.file_spec(specification);
    object
        .path(Str(attached.name.as_bytes()))
        .unic_file(TextStr(attached.name))
        .description(TextStr(attached.description))
        .association_kind(attached.relation);
    object.embedded_file_with_unicode(file);
}

/// The pictures on a page, by number.
fn shown_on(page: &Page) -> impl Iterator<Item = usize> + '_ {
    page.marks.iter().filter_map(|mark| match mark {
        Mark::Picture { picture, .. } => Some(*picture),
        _ => None,
    })
}

fn shown(sheet: &Sheet) -> impl Iterator<Item = usize> + '_ {
    sheet.pages.iter().flat_map(shown_on)
}

fn write_catalog(pdf: &mut Pdf, matter: &Matter<'_>, slots: &Slots, objects: &Objects) {
    let mut object = pdf.catalog(objects.catalog);
    object
        .pages(objects.pages)
        .metadata(objects.xmp)
        .lang(TextStr(matter.language));
    object.viewer_preferences().display_doc_title(true);
    object.mark_info().marked(true);
    object.pair(Name(b"StructTreeRoot"), objects.structure);
    object
        .output_intents()
        .push()
        .subtype(OutputIntentSubtype::PDFA)
        .output_condition_identifier(TextStr("sRGB"))
        .info(TextStr("sRGB IEC 61966-2-1"))
        .dest_output_profile(objects.profile);
    if !objects.attached.is_empty() {
        let mut names = object.names();
        let mut files = names.embedded_files();
        let mut tree = files.names();
        for (attachment, &specification) in matter.attached.iter().zip(&objects.attached) {
            tree.insert(Str(attachment.name.as_bytes()), specification);
        }
        tree.finish();
        files.finish();
        names.finish();
        object.insert(Name(b"AF")).array().items(&objects.attached);
    }
    if let [_, _, ..] = objects.attached.as_slice() {
        // Not as a collection (12.3.5): programs that know those show an attached file in place of the pages that were sealed.
        object.page_mode(PageMode::UseAttachments);
    }

    if !objects.fields.is_empty() {
        object.form().fields(objects.fields.iter().copied());
    }
    let mut pieces = object.insert(Name(b"PieceInfo")).dict();
    let mut piece = pieces.insert(Name(b"Yinxin")).dict();
    piece.pair(Name(b"LastModified"), matter.date.pdf);
    let mut private = piece.insert(Name(b"Private")).dict();
    private.pair(Name(b"Engine"), i32::try_from(ENGINE).unwrap_or(i32::MAX));
    if let Some(hash) = matter.template {
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        private.pair(Name(b"Template"), Str(hash.as_bytes()));
    }
    if let Some(code) = &slots.code {
        let mut entry = private.insert(Name(b"Code")).dict();
        entry.pair(Name(b"Form"), reference(code.form));
        entry.pair(Name(b"Page"), reference(code.page));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "millimetres with three decimals fit"
        )]
        entry.pair(Name(b"Side"), code.side_mm as f32);
    }
    let mut seals = private.insert(Name(b"Seals")).array();
    for seal in &slots.seals {
        let mut entry = seals.push().dict();
        entry.pair(Name(b"Name"), TextStr(&seal.name));
        entry.pair(Name(b"Page"), reference(seal.page));
        entry
            .insert(Name(b"Centre"))
            .array()
            .items([seal.centre_pt.0, seal.centre_pt.1]);
        if let Some(element) = &seal.element {
            entry.pair(Name(b"Element"), reference(element.number));
            entry.pair(Name(b"StructParent"), element.key);
        }
        if let Some(field) = &seal.field {
            entry.pair(Name(b"Field"), TextStr(field));
        }
    }
}

fn deflated(pdf: &mut Pdf, id: Ref, content: &[u8]) {
    let data = compressed(content);
    pdf.stream(id, &data).filter(Filter::FlateDecode);
}

fn slots(
    matter: &Matter<'_>,
    sheet: &Sheet,
    pages: &[(Ref, Ref)],
    form: Option<Ref>,
    numbering: &Numbering,
) -> Slots {
    let number = |reference: Ref| u32::try_from(reference.get()).unwrap_or_default();
    let page = |index: usize| pages.get(index).map_or(0, |&(page, _)| number(page));
    let code = form
        .zip(matter.code_side)
        .zip(sheet.code)
        .map(|((form, side), place)| CodeSlot::new(number(form), page(place.page), side));
    let seals = sheet
        .seals
        .iter()
        .enumerate()
        .map(|(index, seal)| {
            let (element, key) = numbering.seal(index);
            let centre = (points(seal.x), points(seal.y));
            let slot = SealSlot::new(seal.name.clone(), page(seal.page), centre);
            match &seal.field {
                Some(field) => slot.prepared(seal_field(&field.issuer)),
                None => slot.in_structure(SealElement::new(number(element), key)),
            }
        })
        .collect();
    Slots::new(code, seals)
}

fn reference(number: u32) -> Ref {
    Ref::new(i32::try_from(number).unwrap_or(1))
}

/// The first 16 bytes of a SHA-256 over what the draft is made of (ISO 32000-2, 14.4).
fn identifier(template: &Template, fonts: &[u8], record: &[u8], content: &[u8]) -> Vec<u8> {
    let mut bytes = b"yinxin draft 2\0".to_vec();
    bytes.extend_from_slice(&template.hash());
    bytes.extend_from_slice(fonts);
    bytes.extend_from_slice(&DigestAlgorithm::Sha256.digest(content));
    bytes.extend_from_slice(record);
    let mut digest = DigestAlgorithm::Sha256.digest(&bytes);
    digest.truncate(16);
    digest
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a page has fewer than 2^24 thousandths of a point"
)]
pub(super) fn points(length: Length) -> f32 {
    length as f32 / 1000.0
}
