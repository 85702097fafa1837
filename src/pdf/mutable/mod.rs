//! Content that can change what is shown without a byte being changed: facts, no opinions.
//!
//! A signature covers bytes. What a person sees also depends on the program, its settings, other files and what is clicked
//! on. [`View::mutable`] lists where a document leaves room for that; what each means is for the caller to say.

mod action;
mod annotation;
mod field;
mod font;
mod graph;
mod layer;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::error::{PdfError, PdfErrorKind};
use super::form::FormBudget;
use super::object::{Dictionary, Object, Ref};
use super::page::{Page, Rectangle};
use super::view::{Resolved, View};
use annotation::Widget;
use layer::Layers;

/// Facts of one view that are kept. Of more, the last says that there are more.
pub const MOST_FACTS: usize = 1_000;
/// How the text of a stamp begins that is a strip of a riding-seam seal.
pub(crate) const RIDING_SEAM: &str = "骑缝章";
/// Values that are looked at, for each object that a document may have: more than objects have on average.
const VALUES: usize = 16;
/// Steps of a path that are told: a page tree is rarely deeper than three.
const STEPS: usize = 32;

/// How much of the document is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Look {
    /// What can be shown: pages, annotations, fields, actions, layers.
    Shown,
    /// Every object, also those that nothing refers to: only this tells of [`FactKind::Dangling`] and [`FactKind::Unused`].
    Whole,
}

/// One place where what is shown does not depend on the bytes alone.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What.
    pub kind: FactKind,
    /// The object it is in, or for [`FactKind::Dangling`] the one that does not exist; `None` if it is no object of its own.
    pub object: Option<Ref>,
    /// Index of the page it belongs to, from 0. `None` if to the document or to no page alone.
    pub page: Option<usize>,
    /// The way to it: `page 3/Annots[0]/A`, `Root/OpenAction`; empty for what nothing leads to.
    pub path: String,
    /// Where on the page, in its user space.
    pub rectangle: Option<Rectangle>,
}

/// What starts an action (ISO 32000-2, 12.6.3).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Trigger {
    /// A person who clicks, points or goes there.
    ByHand,
    /// Opening, showing, printing, saving or closing.
    ByItself,
    /// Typing into a field, or what follows from that.
    OnInput,
}

/// An action that can show something else, send, fetch or run (12.6.4). Going somewhere in the same document is none.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// `/GoTo3DView`, `/RichMediaExecute`: changes what an embedded scene shows.
    Scene,
    /// `/GoToE`, `/GoToR`, `/GoToDp`, `/Thread` of another file: shows another document.
    OtherDocument,
    /// `/Hide`: hides or shows annotations.
    Hide,
    /// `/ImportData`: fills fields from another file.
    ImportData,
    /// `/JavaScript`, or a rendition that has a script.
    JavaScript,
    /// `/Launch`: starts a program or opens a file.
    Launch,
    /// `/Movie`, `/Rendition`, `/Sound`: plays.
    Play,
    /// `/ResetForm`: puts fields back.
    ResetForm,
    /// `/SetOCGState`: switches layers.
    SetLayers,
    /// `/SubmitForm`: sends fields away.
    SubmitForm,
    /// A type that the standard does not have.
    Unknown,
    /// `/URI`: opens an address.
    Uri,
}

/// What is known of a font whose program is not in the file (9.9.1).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Substitute {
    /// One of the 14 fonts that every reader has in some form (9.6.2.2).
    Standard,
    /// A font that is known by its name and encoding: another one shows the same characters in another shape.
    Named,
    /// A font whose codes are numbers of its own glyphs (`Identity`, 9.7.4.2): another one shows other characters.
    Unpredictable,
}

/// Where something is seen.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Medium {
    /// Only in print.
    Paper,
    /// Only on screen.
    Screen,
}

/// Whether and where a layer is seen that content belongs to (8.11).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum LayerState {
    /// Nowhere, unless it is switched on.
    Off,
    /// On screen and paper, but it can be switched off.
    On,
    /// On one medium only.
    Only(Medium),
    /// As the magnification, language or user of the reader has it (`/AS` with `/Zoom`, `/Language`, `/User`).
    Reader,
}

/// What an object is that nothing refers to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Unused {
    /// An annotation.
    Annotation,
    /// A font.
    Font,
    /// A form or an image.
    Graphic,
    /// A page or a node of a page tree.
    Page,
    /// A stream of another kind: it may be a page's content.
    Stream,
}

/// What can change what is shown.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum FactKind {
    /// An action, and what starts it.
    Action(Action, Trigger),
    /// An image has other versions of itself (8.9.5.4); `printed` if one is for printing.
    AlternateImage {
        /// Whether one of them is the one to print.
        printed: bool,
    },
    /// An annotation that is no field fills an area over the page.
    AnnotationCovers,
    /// An annotation is hidden (12.5.3) on screen and paper.
    AnnotationHidden,
    /// An annotation or field is seen on one medium only.
    AnnotationOn(Medium),
    /// An annotation lies over a signature field that shows something, or over what was watched.
    AnnotationOver {
        /// The signature field, or the annotation watched; `None` for a watched place of the page's content.
        below: Option<Ref>,
        /// Whether the one above is a signature field, too.
        signature: bool,
    },
    /// An annotation has another look while the pointer is on it (12.5.5, `/R`, `/D`).
    ChangesUnderPointer,
    /// A reference to an object that does not exist: null, until an update defines it.
    Dangling,
    /// The data of a stream are in another file (7.3.8.2).
    ExternalStream,
    /// A field that can be filled.
    Fillable,
    /// A font whose program is not in the file.
    Font(Substitute),
    /// Content that belongs to a layer.
    Layer(LayerState),
    /// A moving, sounding or three-dimensional annotation: the program decides what it shows.
    Media,
    /// A field has a value and no appearance, or the form asks programs to draw all fields anew (`/NeedAppearances`, 12.7.3).
    NoAppearance,
    /// More was there than the limits allow to look at.
    NotRead,
    /// An image or form stands for another one in prepress (`/OPI`, 14.11.7 of ISO 32000-1).
    Opi,
    /// A collection (12.3.5): programs show the attached files.
    Portfolio,
    /// PostScript that takes the place of content in print (8.8.2 of ISO 32000-1).
    PostScript,
    /// Printing shows another part of the page than the screen does (table 147, `/PrintArea`, `/PrintClip`).
    PrintArea,
    /// Content of a page of another document (8.10.4).
    ReferenceXObject,
    /// A stamp that calls itself a strip of a riding-seam seal (骑缝章).
    RidingSeam,
    /// An object that nothing refers to.
    Unused(Unused),
    /// A text field's value is not the text that its appearance shows.
    ValueDiffers,
    /// An XFA form (annex K of ISO 32000-1); `dynamic` if programs that know it lay out the pages by it.
    Xfa {
        /// Whether the pages are laid out by the program.
        dynamic: bool,
    },
}

impl View<'_, '_> {
    /// Where what this revision shows can change without a byte being changed, pages first, in reading order.
    ///
    /// Linear in what is looked at, and bounded by the document's limits: what they leave out is told as
    /// [`FactKind::NotRead`]. What is not reachable or malformed is passed over: see [`Document::audit`](super::Document::audit).
    ///
    /// # Errors
    /// As [`catalog`](Self::catalog) and [`pages`](Self::pages). `Omitted` occurs if something is needed that was left out.
    pub fn mutable(&self, look: Look) -> Result<Vec<Fact>, PdfError> {
        self.mutable_over(look, None)
    }

    /// As [`mutable`](Self::mutable), and which annotations lie over something else than signature fields.
    pub(crate) fn mutable_over(&self, look: Look, watched: Option<Watched>) -> Result<Vec<Fact>, PdfError> {
        let pages = self.pages()?;
        let mut looker = Looker::new(*self, look, &pages, watched)?;
        looker.graph()?;
        looker.annotations()?;
        looker.fields()?;
        looker.unused()?;
        Ok(looker.finish())
    }
}

/// A place over which nothing is to lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched {
    /// The page.
    pub(crate) page: Ref,
    /// In the page's user space.
    pub(crate) place: Rectangle,
    /// The annotation that shows something there; `None` if the page's content does, over which all annotations are.
    pub(crate) annotation: Option<Ref>,
}

/// Looks at one view.
struct Looker<'d, 'a, 'p> {
    view: View<'d, 'a>,
    look: Look,
    pages: &'p [Page<'a>],
    numbers: BTreeMap<u32, usize>,
    watched: Option<Watched>,
    layers: Layers,
    budget: FormBudget,
    /// Dictionaries of fonts, and fonts, that were looked at.
    fonts: BTreeSet<Ref>,
    /// Dictionaries of property lists that were looked at.
    lists: BTreeSet<Ref>,
    /// The annotations that are seen, and whether they are printed: page and rectangle.
    widgets: BTreeMap<Ref, Widget>,
    /// The objects reached, each with the one from which it was first; those where the walk starts with themselves.
    reached: HashMap<u32, u32>,
    /// What was not looked at.
    unread: BTreeSet<&'static str>,
    facts: Vec<Fact>,
}

impl<'d, 'a, 'p> Looker<'d, 'a, 'p> {
    fn new(
        view: View<'d, 'a>,
        look: Look,
        pages: &'p [Page<'a>],
        watched: Option<Watched>,
    ) -> Result<Self, PdfError> {
        let numbers = pages.iter().enumerate().map(|(i, page)| (page.id.number, i));
        let mut limits = view.document().limits.clone();
        limits.pdf_objects = limits.pdf_objects.saturating_mul(VALUES);
        let mut budget = FormBudget::new(&limits);
        Ok(Self {
            view,
            look,
            pages,
            numbers: numbers.collect(),
            watched,
            layers: Layers::read(&view, &mut budget)?,
            budget,
            fonts: BTreeSet::new(),
            lists: BTreeSet::new(),
            widgets: BTreeMap::new(),
            reached: HashMap::new(),
            unread: BTreeSet::new(),
            facts: vec![],
        })
    }

    /// Takes note of a fact about what stands at `rest` (such as `/A`) in `object`.
    fn note(
        &mut self,
        kind: FactKind,
        object: Option<Ref>,
        page: Option<usize>,
        rest: &str,
    ) -> Option<&mut Fact> {
        // The last place is for saying that there are more.
        if self.facts.len().saturating_add(1) >= MOST_FACTS {
            if self.facts.len() < MOST_FACTS {
                self.facts
                    .push(Fact::new(FactKind::NotRead, None, None, "more facts"));
            }
            return None;
        }
        self.facts.push(Fact::new(kind, object, page, rest));
        self.facts.last_mut()
    }

    /// Pays for `count` values; once they cannot be paid for, that is a fact.
    fn pay(&mut self, count: usize) -> bool {
        if self.budget.pay(count) {
            return true;
        }
        self.unread("more values than the limit");
        false
    }

    fn unread(&mut self, what: &'static str) {
        if self.unread.insert(what) {
            self.note(FactKind::NotRead, None, None, what);
        }
    }

    /// What was read, or nothing if it is malformed: only what stops all reading is an error.
    fn tolerate<T>(&mut self, outcome: Result<T, PdfError>) -> Result<Option<T>, PdfError> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind == PdfErrorKind::Omitted => Err(error),
            Err(error) if error.kind.is_damage() => Ok(None),
            Err(_) => {
                self.unread("more data than the limit");
                Ok(None)
            }
        }
    }

    /// What is at `key`, if it is a dictionary. Not copied: thousands may share a large one.
    fn dictionary<'o>(
        &mut self,
        holder: &'o Dictionary,
        key: &[u8],
    ) -> Result<Option<Resolved<'o, 'a>>, PdfError> {
        let view = self.view;
        let found = self.tolerate(view.find(holder, key))?;
        Ok(found.filter(|found| found.as_dictionary().is_some()))
    }

    fn finish(self) -> Vec<Fact> {
        let mut paths = Vec::new();
        // A path is for people: what it costs to find is bounded, and past that the object's number must do.
        let mut left = 200_000_usize;
        for fact in &self.facts {
            paths.push(fact.object.and_then(|object| self.path(object.number, &mut left)));
        }
        let mut facts = self.facts;
        for (fact, path) in facts.iter_mut().zip(paths) {
            match (path, fact.object) {
                (Some(path), _) => fact.path = path + &fact.path,
                (None, Some(object)) if !matches!(fact.kind, FactKind::Unused(_)) => {
                    fact.path = format!("object {}{}", object.number, fact.path);
                }
                _ => {}
            }
        }
        facts
    }

    /// The way from a page or the trailer to the object `number`.
    fn path(&self, number: u32, left: &mut usize) -> Option<String> {
        let mut steps = vec![];
        let mut child = number;
        for _ in 0..STEPS {
            if let Some(page) = self.numbers.get(&child) {
                steps.push(format!("page {}", page.saturating_add(1)));
                steps.reverse();
                return Some(steps.concat());
            }
            let parent = *self.reached.get(&child)?;
            if parent == child {
                steps.push("Root".to_owned());
                steps.reverse();
                return Some(steps.concat());
            }
            let generation = match self.view.locate(parent)?.1 {
                super::Entry::Offset { generation, .. } => generation,
                _ => 0,
            };
            let object = self.view.object(Ref::new(parent, generation)).ok()??;
            steps.push(step(&object.object, child, left)?);
            child = parent;
        }
        None
    }
}

/// Where in `holder` the reference to object `child` stands: `/Resources/XObject/Im0`.
fn step(holder: &Object, child: u32, left: &mut usize) -> Option<String> {
    let mut nodes: Vec<(&Object, usize, Option<String>)> = vec![(holder, 0, None)];
    let mut next = 0;
    while let Some((object, _, _)) = nodes.get(next) {
        *left = left.checked_sub(1)?;
        match *object {
            Object::Reference(id) if id.number == child => {
                let mut words = vec![];
                let mut at = next;
                while let Some((_, above, Some(word))) = nodes.get(at) {
                    words.push(word.as_str());
                    at = *above;
                }
                words.reverse();
                return Some(words.concat());
            }
            Object::Array(items) => {
                let items = items.iter().enumerate().filter(|(_, item)| holds(item));
                let items: Vec<_> = items
                    .map(|(i, item)| (item, next, Some(format!("[{i}]"))))
                    .collect();
                nodes.extend(items);
            }
            other => {
                let entries = other.as_dictionary().map_or(&[][..], Dictionary::entries);
                let entries = entries.iter().filter(|entry| holds(&entry.value));
                nodes.extend(entries.map(|entry| {
                    let key = entry.key.get(..entry.key.len().min(40)).unwrap_or_default();
                    (&entry.value, next, Some(format!("/{}", key.escape_ascii())))
                }));
            }
        }
        next = next.saturating_add(1);
        *left = left.saturating_sub(1);
    }
    None
}

/// Whether `object` can hold a reference.
fn holds(object: &Object) -> bool {
    matches!(
        object,
        Object::Reference(_) | Object::Array(_) | Object::Dictionary(_)
    )
}

impl Fact {
    fn new(kind: FactKind, object: Option<Ref>, page: Option<usize>, path: &str) -> Self {
        Self {
            kind,
            object,
            page,
            path: path.to_owned(),
            rectangle: None,
        }
    }
}
