//! One page of the original as it is painted on a page of the copy: its content, then what its annotations show.

use super::CopyError;
use crate::pdf::{Dictionary, Graft, GraftError, Object, Page, Rectangle, Ref, View};

/// NoRotate (ISO 32000-2, table 167): the annotation stands upright whatever the page does.
const NO_ROTATE: i64 = 1 << 4;

/// What a page paints, by the places of its forms.
pub(super) struct Painting {
    /// Its place, and the matrix it is painted through.
    pub(super) forms: Vec<(usize, [f64; 6])>,
    /// The place of its transparency group's attributes.
    pub(super) group: Option<usize>,
    pub(super) shown: Rectangle,
    pub(super) rotate: u16,
    pub(super) user_unit: f64,
}

const AS_IT_IS: [f64; 6] = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// Takes over page `index`.
pub(super) fn take(
    view: &View<'_, '_>,
    graft: &mut Graft<'_, '_>,
    (index, page): (usize, &Page<'_>),
) -> Result<Painting, CopyError> {
    let fault = |why| CopyError::Page {
        page: index.saturating_add(1),
        why,
    };
    let grafted = |error| CopyError::graft(index, error);
    let shown = page.visible_box().ok_or(grafted(GraftError::NothingShown))?;
    let mut forms = vec![(graft.page(page).map_err(grafted)?, AS_IT_IS)];
    let dictionary = page.dictionary();
    let group = match dictionary.and_then(|page| page.find(b"Group")) {
        None | Some(Object::Null) => None,
        Some(group) => {
            let group = view.resolve(group)?;
            Some(graft.stand_alone(&group).map_err(grafted)?)
        }
    };
    let annotations = match dictionary {
        Some(page) => view.find(page, b"Annots")?,
        None => crate::pdf::Resolved::Absent,
    };
    for annotation in annotations.as_array().unwrap_or_default() {
        let annotation = view.resolve(annotation)?;
        let Some(annotation) = annotation.as_dictionary() else {
            continue;
        };
        let mark = view.mark(annotation)?;
        let Some(rectangle) = mark.rectangle.filter(|_| mark.is_seen()) else {
            continue;
        };
        if annotation.find(b"OC").is_some() {
            return Err(grafted(GraftError::Layers));
        }
        let Some(appearance) = normal(view, annotation)? else {
            // A field that was never filled shows nothing; what else has no appearance is drawn by each program as it likes.
            if mark.subtype == "Widget" {
                continue;
            }
            return Err(fault("an annotation has no appearance of its own"));
        };
        if mark.flags & NO_ROTATE != 0 && page.rotate != 0 {
            return Err(fault("an annotation does not turn with the page"));
        }
        if let Some(matrix) = onto(view, appearance, rectangle)? {
            forms.push((graft.object(appearance).map_err(grafted)?, matrix));
        }
    }
    Ok(Painting {
        forms,
        group,
        shown,
        rotate: page.rotate,
        user_unit: page.user_unit,
    })
}

/// The form that is the annotation's normal appearance in its present state (ISO 32000-2, 12.5.5).
fn normal(view: &View<'_, '_>, annotation: &Dictionary) -> Result<Option<Ref>, CopyError> {
    let appearances = view.find(annotation, b"AP")?;
    let Some(normal) = appearances.as_dictionary().and_then(|all| all.find(b"N")) else {
        return Ok(None);
    };
    let resolved = view.resolve(normal)?;
    if resolved.as_stream().is_some() {
        return Ok(normal.as_reference());
    }
    let state = view.find(annotation, b"AS")?;
    let states = resolved.as_dictionary().zip(state.as_name());
    let Some(form) = states.and_then(|(states, state)| states.find(state)) else {
        return Ok(None);
    };
    let is_form = view.resolve(form)?.as_stream().is_some();
    Ok(form.as_reference().filter(|_| is_form))
}

/// The matrix that brings the appearance's box onto the annotation's rectangle (ISO 32000-2, 12.5.5, algorithm 8.1); `None` if
/// the box has no area, so that nothing is shown.
fn onto(view: &View<'_, '_>, form: Ref, rectangle: Rectangle) -> Result<Option<[f64; 6]>, CopyError> {
    let Some(object) = view.object(form)? else {
        return Ok(None);
    };
    let Some(stream) = object.object.as_stream() else {
        return Ok(None);
    };
    let Some(own) = view.rectangle(&stream.dictionary, b"BBox")? else {
        return Ok(None);
    };
    let given = view.find(&stream.dictionary, b"Matrix")?;
    let mut matrix = vec![];
    for item in given.as_array().unwrap_or_default().iter().take(7) {
        matrix.extend(view.resolve(item)?.as_number());
    }
    let [a, b, c, d, e, f] = <[f64; 6]>::try_from(matrix).unwrap_or(AS_IT_IS);
    let corners = [
        (own.left, own.bottom),
        (own.right, own.bottom),
        (own.left, own.top),
        (own.right, own.top),
    ]
    .map(|(x, y)| (a * x + c * y + e, b * x + d * y + f));
    let least = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::INFINITY, f64::min);
    let most = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::NEG_INFINITY, f64::max);
    let (left, right) = (least(|corner| corner.0), most(|corner| corner.0));
    let (bottom, top) = (least(|corner| corner.1), most(|corner| corner.1));
    let (x, y) = (
        rectangle.width() / (right - left),
        rectangle.height() / (top - bottom),
    );
    let matrix = [
        x,
        0.0,
        0.0,
        y,
        rectangle.left - left * x,
        rectangle.bottom - bottom * y,
    ];
    Ok(matrix.iter().all(|value| value.is_finite()).then_some(matrix))
}
