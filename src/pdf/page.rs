//! The page tree and what pages inherit (ISO 32000-2, 7.7.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::error::{PdfError, PdfErrorKind};
use super::indirect::Indirect;
use super::object::{Dictionary, Object, Ref};
use super::view::View;

/// A rectangle in default user space units (1/72 inch times `/UserUnit`), corners put in order (7.9.5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rectangle {
    /// The left side.
    pub left: f64,
    /// The lower side.
    pub bottom: f64,
    /// The right side.
    pub right: f64,
    /// The upper side.
    pub top: f64,
}

impl Rectangle {
    /// From left to right.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// From bottom to top.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.top - self.bottom
    }

    /// The rectangle an array of four numbers describes. `None` if `items` is something else.
    #[must_use]
    pub fn of(items: &[Object]) -> Option<Self> {
        let [a, b, c, d] = items else { return None };
        Some(Self::between([
            a.as_number()?,
            b.as_number()?,
            c.as_number()?,
            d.as_number()?,
        ]))
    }

    /// What both rectangles have in common; `None` if that has no area.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let common = Self {
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.min(other.right),
            top: self.top.min(other.top),
        };
        common.has_area().then_some(common)
    }

    fn has_area(&self) -> bool {
        self.left < self.right && self.bottom < self.top
    }

    /// The rectangle with two opposite corners.
    fn between([a, b, c, d]: [f64; 4]) -> Self {
        Self {
            left: a.min(c),
            bottom: b.min(d),
            right: a.max(c),
            top: b.max(d),
        }
    }
}

/// A page, with what it inherits from the nodes above.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// The page object's name.
    pub id: Ref,
    /// The page object; its value is a dictionary.
    pub object: Arc<Indirect<'a>>,
    /// `/MediaBox`, its own or inherited. The standard requires it; what is shown without it: [`visible_box`](Self::visible_box).
    pub media_box: Option<Rectangle>,
    /// `/CropBox`, its own or inherited, as the file states it.
    pub crop_box: Option<Rectangle>,
    /// `/Rotate`: clockwise degrees, 0, 90, 180 or 270.
    pub rotate: u16,
    /// `/UserUnit`: units of 1/72 inch, 1 unless the page says otherwise.
    pub user_unit: f64,
    /// The page or page tree node that has the `/Resources` which count for the page.
    pub resources_holder: Option<Arc<Indirect<'a>>>,
}

/// US Letter: what viewers show of a page that states no media box or an empty one.
const LETTER: Rectangle = Rectangle {
    left: 0.0,
    bottom: 0.0,
    right: 612.0,
    top: 792.0,
};

impl Page<'_> {
    /// What viewers show of the page: the crop box as far as it lies in the media box (ISO 32000-2, 14.11.2.1).
    ///
    /// The standard requires a media box with an area. Where there is none, MuPDF, PDFium, pdf.js and Poppler all show US
    /// Letter, and to all of them a crop box without area is none: so it is here. `None` if crop box and media box have nothing
    /// in common: of such a page those programs show different parts or nothing.
    #[must_use]
    pub fn visible_box(&self) -> Option<Rectangle> {
        let media = self.media_box.filter(Rectangle::has_area).unwrap_or(LETTER);
        match self.crop_box.filter(Rectangle::has_area) {
            Some(crop) => crop.intersection(&media),
            None => Some(media),
        }
    }

    /// The page's own dictionary.
    #[must_use]
    pub fn dictionary(&self) -> Option<&Dictionary> {
        self.object.dictionary()
    }

    /// The `/Resources` that count for the page, its own or inherited; possibly a reference.
    #[must_use]
    pub fn resources(&self) -> Option<&Object> {
        self.resources_holder.as_ref()?.dictionary()?.find(b"Resources")
    }
}

#[derive(Default)]
struct Inherited<'a> {
    media_box: Option<Rectangle>,
    crop_box: Option<Rectangle>,
    rotate: Option<u16>,
    resources: Option<Arc<Indirect<'a>>>,
}

pub(super) fn pages<'a>(view: View<'_, 'a>) -> Result<Vec<Page<'a>>, PdfError> {
    let catalog = view.catalog()?;
    let bad = PdfError::new(
        PdfErrorKind::BadPageTree,
        catalog.source.as_ref().map_or(0, |s| s.start),
    );
    let root = catalog
        .dictionary()
        .and_then(|d| d.find(b"Pages"))
        .and_then(Object::as_reference);
    let limits = &view.document().limits;
    let mut seen = BTreeSet::new();
    let mut pages = Vec::new();
    // Nodes still to visit, the next one last. A node is visited once, so the work is linear in the tree.
    let mut stack = vec![(root.ok_or(bad)?, Arc::new(Inherited::default()), limits.depth)];
    while let Some((id, above, depth)) = stack.pop() {
        let node = view.object(id)?.ok_or(bad)?;
        let at = node.source.as_ref().map_or(0, |s| s.start);
        let bad = PdfError::new(PdfErrorKind::BadPageTree, at);
        if !seen.insert(id) {
            return Err(bad);
        }
        let Object::Dictionary(dictionary) = &node.object else {
            return Err(bad);
        };
        let inherited = Arc::new(inherit(view, &node, dictionary, &above, bad)?);
        let kids = view.find(dictionary, b"Kids")?;
        let is_page = dictionary.is_name(b"Type", b"Page");
        match kids.as_array() {
            Some(kids) if !is_page => {
                let depth = depth
                    .checked_sub(1)
                    .ok_or(PdfError::new(PdfErrorKind::TooDeep, at))?;
                if kids.len().saturating_add(stack.len()) > limits.pdf_objects {
                    return Err(PdfError::new(PdfErrorKind::TooManyObjects, at));
                }
                for kid in kids.iter().rev() {
                    stack.push((kid.as_reference().ok_or(bad)?, Arc::clone(&inherited), depth));
                }
            }
            _ => {
                if pages.len() >= limits.pdf_pages {
                    return Err(PdfError::new(PdfErrorKind::TooManyPages, at));
                }
                pages.push(page(view, id, &node, &inherited, bad)?);
            }
        }
    }
    Ok(pages)
}

fn inherit<'a>(
    view: View<'_, 'a>,
    node: &Arc<Indirect<'a>>,
    dictionary: &Dictionary,
    above: &Inherited<'a>,
    bad: PdfError,
) -> Result<Inherited<'a>, PdfError> {
    let rotate = match &*view.find(dictionary, b"Rotate")? {
        Object::Null => above.rotate,
        Object::Integer(degrees) if degrees % 90 == 0 => {
            Some(u16::try_from(degrees.rem_euclid(360)).map_err(|_| bad)?)
        }
        _ => return Err(bad),
    };
    let resources = match dictionary.find(b"Resources") {
        None | Some(Object::Null) => above.resources.clone(),
        Some(_) => Some(Arc::clone(node)),
    };
    Ok(Inherited {
        media_box: rectangle(view, dictionary, b"MediaBox", bad)?.or(above.media_box),
        crop_box: rectangle(view, dictionary, b"CropBox", bad)?.or(above.crop_box),
        rotate,
        resources,
    })
}

fn page<'a>(
    view: View<'_, 'a>,
    id: Ref,
    object: &Arc<Indirect<'a>>,
    inherited: &Inherited<'a>,
    bad: PdfError,
) -> Result<Page<'a>, PdfError> {
    let dictionary = object.dictionary().ok_or(bad)?;
    let user_unit = match &*view.find(dictionary, b"UserUnit")? {
        Object::Null => 1.0,
        number => number
            .as_number()
            .filter(|unit| *unit > 0.0 && unit.is_finite())
            .ok_or(bad)?,
    };
    Ok(Page {
        id,
        object: Arc::clone(object),
        media_box: inherited.media_box,
        crop_box: inherited.crop_box,
        rotate: inherited.rotate.unwrap_or(0),
        user_unit,
        resources_holder: inherited.resources.clone(),
    })
}

fn rectangle(
    view: View<'_, '_>,
    dictionary: &Dictionary,
    key: &[u8],
    bad: PdfError,
) -> Result<Option<Rectangle>, PdfError> {
    let value = view.find(dictionary, key)?;
    match &*value {
        Object::Null => Ok(None),
        Object::Array(items) => {
            let mut numbers = Vec::new();
            for item in items.iter().take(5) {
                let number = view.resolve(item)?.as_number();
                numbers.push(number.filter(|number| number.is_finite()).ok_or(bad)?);
            }
            let numbers: [f64; 4] = numbers.try_into().map_err(|_| bad)?;
            Ok(Some(Rectangle::between(numbers)))
        }
        _ => Err(bad),
    }
}

#[cfg(test)]
mod tests {
    use super::super::builder::Builder;
    use super::*;

    const TRAILER: &str = "/Size 9/Root 1 0 R";

    /// The only page of a file whose page tree has `above` and whose page has `own` entries.
    fn page(above: &str, own: &str) -> Result<(u16, f64, Option<[f64; 4]>), PdfErrorKind> {
        let file = Builder::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, format!("<</Type/Pages/Kids[3 0 R]/Count 1{above}>>"))
            .object(3, format!("<</Type/Page/Parent 2 0 R{own}>>"))
            .table(TRAILER);
        let document = file.open();
        let page = document.newest().pages().map_err(|error| error.kind)?.remove(0);
        let shown = page.visible_box().map(|b| [b.left, b.bottom, b.right, b.top]);
        Ok((page.rotate, page.user_unit, shown))
    }

    #[test]
    fn what_is_shown_is_the_crop_box_within_the_media_box() {
        let media = "/MediaBox[0 0 600 800]";
        for (above, own, shown) in [
            (media, "", Some([0.0, 0.0, 600.0, 800.0])),
            ("", "/MediaBox[600 800 0 -10.5]", Some([0.0, -10.5, 600.0, 800.0])),
            (media, "/CropBox[100 700 20 10]", Some([20.0, 10.0, 100.0, 700.0])),
            (media, "/CropBox[-50 -50 700 400]", Some([0.0, 0.0, 600.0, 400.0])),
            (
                "/MediaBox[0 0 600 800]/CropBox[10 10 90 90]",
                "/MediaBox[50 0 99 99]",
                Some([50.0, 10.0, 90.0, 90.0]),
            ),
            (media, "/CropBox[600 800 1000 1000]", None),
            (media, "/CropBox[0 0 0 0]", Some([0.0, 0.0, 600.0, 800.0])),
            ("", "", Some([0.0, 0.0, 612.0, 792.0])),
            ("/MediaBox[0 0 0 0]", "", Some([0.0, 0.0, 612.0, 792.0])),
            ("", "/CropBox[12 92 612 892]", Some([12.0, 92.0, 612.0, 792.0])),
        ] {
            assert_eq!(page(above, own), Ok((0, 1.0, shown)), "{above} {own}");
        }
    }

    #[test]
    fn turns_are_inherited_and_taken_modulo_a_full_one() {
        for (above, own, turn) in [
            ("/Rotate 90", "", 90),
            ("/Rotate 90", "/Rotate 0", 0),
            ("", "/Rotate -90", 270),
            ("", "/Rotate 810", 90),
            ("/Rotate -630", "/Rotate null", 90),
        ] {
            assert_eq!(page(above, own).map(|page| page.0), Ok(turn), "{above} {own}");
        }
    }

    #[test]
    fn what_no_two_programs_read_alike_is_refused() {
        for own in [
            "/Rotate 45",
            "/Rotate(90)",
            "/MediaBox[0 0 9]",
            "/CropBox[0 0 /A 9]",
            "/UserUnit 0",
            "/UserUnit -1",
        ] {
            assert_eq!(
                page("/MediaBox[0 0 9 9]", own),
                Err(PdfErrorKind::BadPageTree),
                "{own}"
            );
        }
    }

    #[test]
    fn a_user_unit_is_the_page_s_own() {
        assert_eq!(page("/UserUnit 3", "").map(|page| page.1), Ok(1.0));
        assert_eq!(page("", "/UserUnit 2.5").map(|page| page.1), Ok(2.5));
    }
}
