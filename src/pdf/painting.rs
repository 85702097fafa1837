//! Where a page paints a form, and what it does to it afterwards: as much as can be told from the page's own operators
//! (ISO 32000-2, 8.4 to 8.10 and 14.6).

use super::content::{Operand, Operations};
use super::error::PdfError;
use super::object::{Dictionary, Object, Ref};
use super::page::{Page, Rectangle};
use super::view::View;

/// Graphics states that may be saved on top of each other; annex C of ISO 32000-1 asks for 28.
const SAVED: usize = 256;
/// What a graphics state can hold that changes how a form is seen (table 57).
const CHANGING: [&[u8]; 8] = [b"AIS", b"BM", b"CA", b"HT", b"SMask", b"TR", b"TR2", b"ca"];

/// A form as a page paints it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Painted {
    /// Where the unit square of the form comes to lie, in the page's user space.
    pub(crate) place: Rectangle,
    /// The annotation whose appearance it is; `None` if the page's content paints it.
    pub(crate) annotation: Option<Ref>,
    /// Why it may be seen otherwise than it is drawn, if it may.
    pub(crate) fault: Option<&'static str>,
}

impl View<'_, '_> {
    /// Where `page` shows the form: in its content, the last time if there are several, or as an annotation that is neither
    /// hidden nor kept from view. `None` if it does not.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve) and [`decode`](Self::decode).
    pub(crate) fn painted(&self, page: &Page<'_>, form: Ref) -> Result<Option<Painted>, PdfError> {
        match self.painted_by_content(page, form)? {
            Some(painted) => Ok(Some(painted)),
            None => self.painted_by_annotation(page, form),
        }
    }

    fn painted_by_content(&self, page: &Page<'_>, form: Ref) -> Result<Option<Painted>, PdfError> {
        let empty = Object::Null;
        let resources = self.resolve(page.resources().unwrap_or(&empty))?;
        let Some(resources) = resources.as_dictionary() else {
            return Ok(None);
        };
        let objects = self.find(resources, b"XObject")?;
        let Some(objects) = objects.as_dictionary() else {
            return Ok(None);
        };
        let named = |entry: &&super::DictionaryEntry| entry.value.as_reference() == Some(form);
        let names = objects.entries().iter().filter(named);
        let names: Vec<&[u8]> = names.map(|entry| entry.key.as_slice()).collect();
        if names.is_empty() {
            return Ok(None);
        }
        let content = self.content(page)?;
        let states = self.find(resources, b"ExtGState")?;
        let mut painter = Painter {
            view: self,
            objects,
            states: states.as_dictionary(),
            names,
            state: State::new(),
            saved: vec![],
            marked: vec![],
            path: None,
            painted: None,
        };
        let mut operations = Operations::new(&content);
        while let Some(operator) = operations.next() {
            painter.follow(operator, &operations)?;
        }
        let mut painted = painter.painted;
        if let Some(painted) = &mut painted {
            let visible = page.visible_box();
            let whole = visible.and_then(|visible| visible.intersection(&painted.place));
            let near = |a: f64, b: f64| (a - b).abs() <= 0.01;
            let inside = whole.is_some_and(|whole| {
                near(whole.width(), painted.place.width()) && near(whole.height(), painted.place.height())
            });
            if !inside {
                painted
                    .fault
                    .get_or_insert("it lies outside of what is shown of the page");
            }
            if operations.odd() {
                painted
                    .fault
                    .get_or_insert("the page's content can be read in two ways");
            }
        }
        Ok(painted)
    }

    /// The page's content, its parts one after the other (7.8.2).
    fn content(&self, page: &Page<'_>) -> Result<Vec<u8>, PdfError> {
        let Some(contents) = page.dictionary().and_then(|page| page.find(b"Contents")) else {
            return Ok(vec![]);
        };
        let resolved = self.resolve(contents)?;
        let mut content = vec![];
        let parts = match &*resolved {
            Object::Array(parts) => parts,
            _ => core::slice::from_ref(contents),
        };
        for part in parts {
            let part = self.resolve(part)?;
            if let Some(stream) = part.as_stream() {
                content.extend(self.decode(stream)?);
                content.push(b'\n');
            }
        }
        Ok(content)
    }

    fn painted_by_annotation(&self, page: &Page<'_>, form: Ref) -> Result<Option<Painted>, PdfError> {
        let Some(dictionary) = page.dictionary() else {
            return Ok(None);
        };
        let annotations = self.find(dictionary, b"Annots")?;
        for item in annotations.as_array().unwrap_or_default() {
            let annotation = self.resolve(item)?;
            let Some(annotation) = annotation.as_dictionary() else {
                continue;
            };
            let appearance = self.find(annotation, b"AP")?;
            let normal = appearance.as_dictionary().and_then(|a| a.find(b"N"));
            if normal.and_then(Object::as_reference) != Some(form) || annotation.find(b"OC").is_some() {
                continue;
            }
            let mark = self.mark(annotation)?;
            // Invisible, too, of which a reader that does not know the type takes notice (table 167).
            if let (Some(place), true, 0) = (mark.rectangle, mark.is_seen(), mark.flags & 1) {
                return Ok(Some(Painted {
                    place,
                    annotation: item.as_reference(),
                    fault: None,
                }));
            }
        }
        Ok(None)
    }
}

/// The part of the graphics state that is followed (8.4).
#[derive(Clone)]
struct State {
    matrix: [f64; 6],
    clipped: bool,
    changed: bool,
    invisible_text: bool,
    line: f64,
    miter: f64,
}

impl State {
    fn new() -> Self {
        Self {
            matrix: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            clipped: false,
            changed: false,
            invisible_text: false,
            line: 1.0,
            miter: 10.0,
        }
    }
}

/// Follows the operators of a page's content.
struct Painter<'v, 'd, 'a, 'o> {
    view: &'v View<'d, 'a>,
    objects: &'o Dictionary,
    states: Option<&'o Dictionary>,
    names: Vec<&'o [u8]>,
    state: State,
    saved: Vec<State>,
    /// The marked-content sequences that are open, and whether each is a layer.
    marked: Vec<bool>,
    /// The corners of the current path, in the page's user space.
    path: Option<Rectangle>,
    painted: Option<Painted>,
}

impl Painter<'_, '_, '_, '_> {
    fn follow(&mut self, operator: &[u8], operations: &Operations<'_>) -> Result<(), PdfError> {
        match operator {
            b"q" if self.saved.len() >= SAVED => self.fault("the page's graphics states are nested too deep"),
            b"q" => self.saved.push(self.state.clone()),
            b"Q" => {
                if let Some(state) = self.saved.pop() {
                    self.state = state;
                }
            }
            b"cm" => {
                if let Some(matrix) = operations.numbers() {
                    self.state.matrix = multiply(matrix, self.state.matrix);
                }
            }
            b"w" => self.state.line = operations.numbers().map_or(f64::MAX, |[width]: [f64; 1]| width),
            b"M" => self.state.miter = operations.numbers().map_or(f64::MAX, |[limit]: [f64; 1]| limit),
            b"Tr" => self.state.invisible_text = operations.numbers() == Some([3.0]),
            b"gs" => self.state.changed |= self.changes(operations.name())?,
            b"W" | b"W*" => self.state.clipped = true,
            b"BDC" | b"BMC" => {
                let is_layer =
                    matches!(operations.operands().first(), Some(Operand::Name(tag)) if tag == b"OC");
                if self.marked.len() < SAVED {
                    self.marked.push(is_layer);
                } else {
                    self.fault("the page's marked content is nested too deep");
                }
            }
            b"EMC" => {
                self.marked.pop();
            }
            b"m" | b"l" | b"c" | b"v" | b"y" => self.points(operations.operands()),
            b"re" => {
                if let Some([x, y, width, height]) = operations.numbers() {
                    self.corner(x, y);
                    self.corner(x + width, y);
                    self.corner(x, y + height);
                    self.corner(x + width, y + height);
                }
            }
            b"n" => self.path = None,
            b"f" | b"F" | b"f*" => self.paint_path(false),
            b"B" | b"B*" | b"b" | b"b*" | b"S" | b"s" => self.paint_path(true),
            b"sh" => self.fault("a shading is painted after it"),
            b"Tj" | b"TJ" | b"'" | b"\"" if !self.state.invisible_text => {
                self.fault("text is written after it, and where is not followed");
            }
            b"Do" => self.paint_object(operations.name())?,
            _ => {}
        }
        Ok(())
    }

    /// Takes note of what may change how the form is seen, once it is painted.
    fn fault(&mut self, what: &'static str) {
        if let Some(painted) = &mut self.painted {
            painted.fault.get_or_insert(what);
        }
    }

    fn changes(&self, name: Option<&[u8]>) -> Result<bool, PdfError> {
        let (Some(states), Some(name)) = (self.states, name) else {
            return Ok(false);
        };
        let state = self.view.find(states, name)?;
        let has = |key: &&[u8]| {
            state
                .as_dictionary()
                .is_some_and(|state| state.find(key).is_some())
        };
        Ok(CHANGING.iter().any(has))
    }

    /// The control points of a curve bound it, so the corners of all points bound the path.
    fn points(&mut self, operands: &[Operand]) {
        for pair in operands.chunks(2) {
            if let [Operand::Number(x), Operand::Number(y)] = pair {
                self.corner(*x, *y);
            }
        }
    }

    fn corner(&mut self, x: f64, y: f64) {
        let (x, y) = apply(self.state.matrix, x, y);
        let point = Rectangle {
            left: x,
            bottom: y,
            right: x,
            top: y,
        };
        self.path = Some(self.path.map_or(point, |path| union(&path, &point)));
    }

    fn paint_path(&mut self, stroke: bool) {
        let Some(mut path) = self.path.take() else { return };
        // A line of no width is as thin as the device has it. A joint reaches as far as the miter limit lets it (8.4.3.5).
        let [a, b, c, d, ..] = self.state.matrix;
        let scale = a.abs().max(b.abs()) + c.abs().max(d.abs());
        let width = if stroke {
            (self.state.line * scale * self.state.miter.max(1.5)).max(1.0)
        } else {
            0.0
        };
        path.left -= width;
        path.bottom -= width;
        path.right += width;
        path.top += width;
        if self.meets(&path) {
            self.fault("a line or an area is painted after it");
        }
    }

    fn paint_object(&mut self, name: Option<&[u8]>) -> Result<(), PdfError> {
        let Some(name) = name else { return Ok(()) };
        if self.names.contains(&name) {
            let place = image([0.0, 0.0, 1.0, 1.0], self.state.matrix);
            let fault = if self.state.clipped {
                Some("it is painted within a clipping path")
            } else if self.state.changed {
                Some("it is painted with transparency or the like")
            } else if self.marked.contains(&true) {
                Some("it is painted on a layer")
            } else {
                None
            };
            self.painted = Some(Painted {
                place,
                annotation: None,
                fault,
            });
            return Ok(());
        }
        if self.painted.is_none() {
            return Ok(());
        }
        let found = self.view.find(self.objects, name)?;
        let Some(stream) = found.as_stream() else {
            return Ok(());
        };
        let place = if stream.dictionary.is_name(b"Subtype", b"Image") {
            Some(image([0.0, 0.0, 1.0, 1.0], self.state.matrix))
        } else {
            let numbers = |key: &[u8]| -> Result<Vec<f64>, PdfError> {
                let list = self.view.find(&stream.dictionary, key)?;
                let items = list.as_array().unwrap_or_default().iter();
                Ok(items.take(7).filter_map(Object::as_number).collect())
            };
            let matrix = match numbers(b"Matrix")?.try_into() {
                Ok(matrix) => multiply(matrix, self.state.matrix),
                Err(_) => self.state.matrix,
            };
            let sides: Result<[f64; 4], _> = numbers(b"BBox")?.try_into();
            sides.ok().map(|sides| image(sides, matrix))
        };
        if place.is_none_or(|place| self.meets(&place)) {
            self.fault("an image or form is painted after it");
        }
        Ok(())
    }

    fn meets(&self, place: &Rectangle) -> bool {
        let Some(painted) = &self.painted else {
            return false;
        };
        // A hundredth of a unit is rounding. What cannot be compared may lie anywhere.
        let apart = place.right <= painted.place.left + 0.01
            || place.left >= painted.place.right - 0.01
            || place.top <= painted.place.bottom + 0.01
            || place.bottom >= painted.place.top - 0.01;
        !apart
    }
}

/// `first`, then `then` (8.3.4).
fn multiply(first: [f64; 6], then: [f64; 6]) -> [f64; 6] {
    let [a, b, c, d, e, f] = first;
    let [p, q, r, s, t, u] = then;
    [
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    ]
}

fn apply([a, b, c, d, e, f]: [f64; 6], x: f64, y: f64) -> (f64, f64) {
    (a * x + c * y + e, b * x + d * y + f)
}

/// What bounds the rectangle with the corners `sides` once it is moved by `matrix`.
fn image([x0, y0, x1, y1]: [f64; 4], matrix: [f64; 6]) -> Rectangle {
    let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)];
    let corners = corners.map(|(x, y)| apply(matrix, x, y));
    let fold = |pick: fn((f64, f64)) -> f64, choose: fn(f64, f64) -> f64, start: f64| {
        corners.into_iter().map(pick).fold(start, choose)
    };
    Rectangle {
        left: fold(|c| c.0, f64::min, f64::INFINITY),
        bottom: fold(|c| c.1, f64::min, f64::INFINITY),
        right: fold(|c| c.0, f64::max, f64::NEG_INFINITY),
        top: fold(|c| c.1, f64::max, f64::NEG_INFINITY),
    }
}

fn union(a: &Rectangle, b: &Rectangle) -> Rectangle {
    Rectangle {
        left: a.left.min(b.left),
        bottom: a.bottom.min(b.bottom),
        right: a.right.max(b.right),
        top: a.top.max(b.top),
    }
}

#[cfg(test)]
mod tests {
    use super::super::builder::Builder;
    use super::*;

    /// What the page says of form 5, named `/Code`, with `content`; another form, 6, is `/Other`.
    fn painted(content: &str) -> Option<Painted> {
        let file = Builder::new()
            .object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 200 200]>>")
            .object(
                3,
                "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</Code 5 0 R/Other 6 0 R>>\
                 /ExtGState<</Pale<</ca 0.1>>/Wide<</LW 3>>>>>>>>",
            )
            .stream(4, "", content)
            .stream(5, "/Subtype/Form/BBox[0 0 1 1]", "")
            .stream(6, "/Subtype/Form/BBox[0 0 10 10]/Matrix[1 0 0 1 5 0]", "")
            .table("/Size 7/Root 1 0 R");
        let document = file.open();
        let view = document.newest();
        let pages = view.pages().unwrap();
        view.painted(&pages[0], Ref::new(5, 0)).unwrap()
    }

    const CODE: &str = "q 50 0 0 50 100 100 cm /Code Do Q\n";

    #[test]
    fn a_form_painted_last_is_seen_as_it_is() {
        let painted = painted(&format!("0 0 200 200 re f BT (x) Tj ET {CODE}")).unwrap();
        assert_eq!(painted.fault, None);
        let place = painted.place;
        assert_eq!(
            (place.left, place.bottom, place.right, place.top),
            (100.0, 100.0, 150.0, 150.0)
        );
    }

    #[test]
    fn what_is_painted_later_beside_the_form_is_no_fault() {
        for beside in [
            "0 0 90 90 re f",
            "/Other Do",
            "q 1 0 0 1 60 60 cm 0 0 m 10 10 l S Q",
            "3 Tr (hidden) Tj",
            "100 100 m 150 150 l n",
            "/Wide gs",
        ] {
            let painted = painted(&format!("{CODE}{beside}")).unwrap();
            assert_eq!(painted.fault, None, "{beside}");
        }
    }

    #[test]
    fn what_is_painted_later_over_the_form_is_a_fault() {
        for over in [
            "110 110 5 5 re f",
            "0 0 m 200 200 l S",
            "1 0 0 1 95 95 cm /Other Do",
            "0 0 99 99 re B",
            "/Shade sh",
            "BT (x) Tj ET",
            "q 1 0 0 1 60 60 cm 0 0 m 20 0 80 80 99 99 c f Q",
            "BI /W 1 ID x EI",
            "}",
        ] {
            let painted = painted(&format!("{CODE}{over}")).unwrap();
            assert!(painted.fault.is_some(), "{over}");
        }
    }

    #[test]
    fn a_form_painted_in_a_way_that_changes_it_is_a_fault() {
        for before in ["0 0 9 9 re W n", "/Pale gs", "/OC /L BDC", "100 0 0 100 0 0 cm"] {
            let painted = painted(&format!("{before} {CODE}")).unwrap();
            assert!(painted.fault.is_some(), "{before}");
        }
        for undone in [
            "q 0 0 9 9 re W n Q",
            "q /Pale gs Q",
            "/OC /L BDC EMC",
            "/Span /L BDC",
        ] {
            let painted = painted(&format!("{undone} {CODE}")).unwrap();
            assert_eq!(painted.fault, None, "{undone}");
        }
    }

    #[test]
    fn a_string_that_names_the_form_does_not_paint_it() {
        assert_eq!(painted("(q /Code Do Q) Tj"), None);
        assert_eq!(painted("/Else Do"), None);
    }
}
