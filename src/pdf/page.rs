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
    /// `/MediaBox`.
    pub media_box: Rectangle,
    /// `/CropBox`, or the media box.
    pub crop_box: Rectangle,
    /// `/Rotate`: clockwise degrees, 0, 90, 180 or 270.
    pub rotate: u16,
    /// `/UserUnit`: units of 1/72 inch, 1 unless the page says otherwise.
    pub user_unit: f64,
    /// The page or page tree node that has the `/Resources` which count for the page.
    pub resources_holder: Option<Arc<Indirect<'a>>>,
}

impl Page<'_> {
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
    let media_box = inherited.media_box.ok_or(bad)?;
    let dictionary = object.dictionary().ok_or(bad)?;
    let user_unit = match &*view.find(dictionary, b"UserUnit")? {
        Object::Null => 1.0,
        number => number.as_number().filter(|unit| *unit > 0.0).ok_or(bad)?,
    };
    Ok(Page {
        id,
        object: Arc::clone(object),
        media_box,
        crop_box: inherited.crop_box.unwrap_or(media_box),
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
                numbers.push(view.resolve(item)?.as_number().ok_or(bad)?);
            }
            let numbers: [f64; 4] = numbers.try_into().map_err(|_| bad)?;
            Ok(Some(Rectangle::between(numbers)))
        }
        _ => Err(bad),
    }
}
