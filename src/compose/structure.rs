//! The structure tree of a draft (ISO 32000-1, 14.7 and 14.8), as PDF/UA-1 asks for it.

use pdf_writer::{Chunk, Dict, Finish, Name, Rect, Ref, Str, TextStr};

use super::output::points;
use super::page::{Node, NodeId, Role, Scope, Sheet};
use super::paint::Painted;
use super::units::Length;

/// Where the elements of a document stand: object numbers follow one another, so nothing is looked up.
pub(super) struct Numbering {
    /// The root; elements come after it in the order of their nodes, and after them those reserved for seals.
    root: Ref,
    nodes: i32,
    pages: i32,
}

impl Numbering {
    /// How many objects the structure of `sheet` takes.
    pub(super) fn objects(sheet: &Sheet) -> i32 {
        count(1 + sheet.tree.nodes().len() + sheet.seals.len())
    }

    /// Numbers from `root` on.
    pub(super) fn new(root: Ref, sheet: &Sheet) -> Self {
        Self {
            root,
            nodes: count(sheet.tree.nodes().len()),
            pages: count(sheet.pages.len()),
        }
    }

    /// The root of the tree.
    pub(super) fn root(&self) -> Ref {
        self.root
    }

    fn element(&self, node: NodeId) -> Ref {
        self.at(count(node.index()))
    }

    /// The element reserved for seal `index`, which has none of the content of the draft, and its key in the parent tree.
    pub(super) fn seal(&self, index: usize) -> (Ref, i32) {
        let index = count(index);
        (
            self.at(self.nodes.saturating_add(index)),
            self.pages.saturating_add(index),
        )
    }

    fn at(&self, offset: i32) -> Ref {
        Ref::new(self.root.get().saturating_add(1).saturating_add(offset))
    }
}

/// Writes the tree of `sheet`, whose pages have the numbers `pages` and were painted as `painted`; `fields` are those prepared
/// for its seals, in their order.
pub(super) fn write(
    chunk: &mut Chunk,
    numbering: &Numbering,
    sheet: &Sheet,
    painted: &[Painted],
    (pages, fields): (&[Ref], &[Option<Ref>]),
) {
    let nodes = sheet.tree.nodes();
    let marks = painted.iter().zip(pages).flat_map(|(painted, &page)| {
        let marks = (0..).zip(&painted.marks);
        marks.map(move |(mark, node)| (node.index(), (page, mark)))
    });
    let content = Groups::new(nodes.len(), marks);
    let elements = nodes.iter().enumerate().skip(1);
    let elements = elements.map(|(index, node)| (node.parent.index(), numbering.at(count(index))));
    let seals = (0..sheet.seals.len()).map(|seal| (0, numbering.seal(seal).0));
    let children = Groups::new(nodes.len(), elements.chain(seals));
    let mut areas = vec![None; nodes.len()];
    for (node, area) in painted.iter().flat_map(|painted| &painted.areas) {
        if let Some(first @ None) = areas.get_mut(node.index()) {
            *first = Some(*area);
        }
    }

    for (index, (node, area)) in nodes.iter().zip(&areas).enumerate() {
        let (content, children) = (content.of(index), children.of(index));
        let index = count(index);
        let mut element = chunk.indirect(numbering.at(index)).dict();
        element.pair(Name(b"S"), Name(role_name(node.role)));
        let parent = if index == 0 {
            numbering.root
        } else {
            numbering.element(node.parent)
        };
        element.pair(Name(b"P"), parent);
        kids(&mut element, content, children);
        if node.role == Role::Note {
            // PDF/UA-1, 7.9: a note has an identifier.
            element.pair(Name(b"ID"), Str(identifier(index).as_bytes()));
        }
        if let Some(language) = &node.language {
            element.pair(Name(b"Lang"), TextStr(language));
        }
        if let Some(alt) = &node.alt {
            element.pair(Name(b"Alt"), TextStr(alt));
        }
        if let Some(actual) = &node.actual {
            element.pair(Name(b"ActualText"), TextStr(actual));
        }
        attributes(&mut element, node, area.as_ref());
    }
    for (index, seal) in sheet.seals.iter().enumerate() {
        // Sealing puts its widget into this element, and says the same of it (PDF/UA-1, 7.18.4). A prepared field is in it.
        let mut element = chunk.indirect(numbering.seal(index).0).dict();
        element.pair(Name(b"S"), Name(b"Form"));
        element.pair(Name(b"P"), numbering.element(NodeId::DOCUMENT));
        if let Some(&Some(field)) = fields.get(index) {
            let mut kid = element.insert(Name(b"K")).dict();
            kid.pair(Name(b"Type"), Name(b"OBJR"));
            kid.pair(Name(b"Obj"), field);
            if let Some(&page) = pages.get(seal.page) {
                kid.pair(Name(b"Pg"), page);
            }
        }
        if let Some(&page) = pages.get(seal.page) {
            element.pair(Name(b"Pg"), page);
        }
        element.pair(Name(b"Alt"), TextStr(&format!("印章：{}", seal.name)));
    }
    root(chunk, numbering, sheet, painted);
}

/// Items by the node they belong to, in their order, in two allocations for any number of nodes.
struct Groups<T> {
    /// Where the items of each node end.
    ends: Vec<usize>,
    items: Vec<T>,
}

impl<T: Copy> Groups<T> {
    fn new(nodes: usize, items: impl Iterator<Item = (usize, T)> + Clone) -> Self {
        let mut ends = vec![0_usize; nodes];
        for (node, _) in items.clone() {
            if let Some(end) = ends.get_mut(node) {
                *end += 1;
            }
        }
        let mut start = 0;
        for end in &mut ends {
            let count = *end;
            *end = start;
            start += count;
        }
        // Each end moves from the start of its group as the group is filled.
        let mut sorted: Vec<Option<T>> = vec![None; start];
        for (node, item) in items {
            let Some(end) = ends.get_mut(node) else { continue };
            if let Some(place) = sorted.get_mut(*end) {
                *place = Some(item);
            }
            *end += 1;
        }
        Self {
            ends,
            items: sorted.into_iter().flatten().collect(),
        }
    }

    fn of(&self, node: usize) -> &[T] {
        let start = node
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied();
        let end = self.ends.get(node).copied().unwrap_or_default();
        self.items.get(start.unwrap_or_default()..end).unwrap_or_default()
    }
}

/// The root with the parent tree, which says for each mark of each page which element holds it.
fn root(chunk: &mut Chunk, numbering: &Numbering, sheet: &Sheet, painted: &[Painted]) {
    let mut root = chunk.indirect(numbering.root).dict();
    root.pair(Name(b"Type"), Name(b"StructTreeRoot"));
    root.pair(Name(b"K"), numbering.element(NodeId::DOCUMENT));
    let mut tree = root.insert(Name(b"ParentTree")).dict();
    let mut entries = tree.insert(Name(b"Nums")).array();
    for (page, painted) in (0..).zip(painted) {
        entries.item::<i32>(page);
        let mut owners = entries.push().array();
        owners.items(painted.marks.iter().map(|&node| numbering.element(node)));
    }
    for index in 0..sheet.seals.len() {
        let (element, key) = numbering.seal(index);
        entries.item(key).item(element);
    }
    entries.finish();
    tree.finish();
    let next = numbering.pages.saturating_add(count(sheet.seals.len()));
    root.pair(Name(b"ParentTreeNextKey"), next);
    let notes: Vec<i32> = (0..)
        .zip(sheet.tree.nodes())
        .filter(|(_, node)| node.role == Role::Note)
        .map(|(index, _)| index)
        .collect();
    if !notes.is_empty() {
        let mut tree = root.insert(Name(b"IDTree")).dict();
        let mut names = tree.insert(Name(b"Names")).array();
        for index in notes {
            names
                .item(Str(identifier(index).as_bytes()))
                .item(numbering.at(index));
        }
    }
}

/// `/K`: marks of one page by their numbers, others by references.
fn kids(element: &mut Dict<'_>, content: &[(Ref, i32)], children: &[Ref]) {
    let page = content.first().map(|&(page, _)| page);
    if let Some(page) = page {
        element.pair(Name(b"Pg"), page);
    }
    match (content, children) {
        ([], []) => {}
        (&[(_, mark)], []) => {
            element.pair(Name(b"K"), mark);
        }
        ([], &[child]) => {
            element.pair(Name(b"K"), child);
        }
        _ => {
            let mut kids = element.insert(Name(b"K")).array();
            for &(other, mark) in content {
                if Some(other) == page {
                    kids.item(mark);
                } else {
                    let mut reference = kids.push().dict();
                    reference.pair(Name(b"Type"), Name(b"MCR"));
                    reference.pair(Name(b"Pg"), other);
                    reference.pair(Name(b"MCID"), mark);
                }
            }
            kids.items(children);
        }
    }
}

fn attributes(element: &mut Dict<'_>, node: &Node, area: Option<&[Length; 4]>) {
    let begin = |element: &mut Dict<'_>, owner: &[u8], write: &dyn Fn(&mut Dict<'_>)| {
        let mut attributes = element.insert(Name(b"A")).dict();
        attributes.pair(Name(b"O"), Name(owner));
        write(&mut attributes);
    };
    let (columns, rows) = node.span;
    match (node.role, area) {
        (Role::Th, _) => begin(element, b"Table", &|attributes| {
            let scope: &[u8] = match node.scope {
                Scope::Column => b"Column",
                Scope::Row => b"Row",
            };
            attributes.pair(Name(b"Scope"), Name(scope));
            spans(attributes, columns, rows);
        }),
        (Role::Td, _) if (columns, rows) != (1, 1) => {
            begin(element, b"Table", &|attributes| spans(attributes, columns, rows));
        }
        // A figure takes the place of a block, and readers are told its area (ISO 32000-1, 14.8.5.4.3).
        (Role::Figure, Some(area)) => begin(element, b"Layout", &|attributes| {
            attributes.pair(Name(b"Placement"), Name(b"Block"));
            let [x0, y0, x1, y1] = area.map(points);
            attributes.pair(Name(b"BBox"), Rect::new(x0, y0, x1, y1));
        }),
        _ => {}
    }
}

fn spans(attributes: &mut Dict<'_>, columns: u16, rows: u16) {
    for (key, span) in [(b"ColSpan", columns), (b"RowSpan", rows)] {
        if span != 1 {
            attributes.pair(Name(key), i32::from(span));
        }
    }
}

/// The name of a standard structure type.
pub(super) fn role_name(role: Role) -> &'static [u8] {
    match role {
        Role::Document => b"Document",
        Role::Figure => b"Figure",
        Role::H1 => b"H1",
        Role::H2 => b"H2",
        Role::H3 => b"H3",
        Role::Note => b"Note",
        Role::P => b"P",
        Role::Table => b"Table",
        Role::Td => b"TD",
        Role::Th => b"TH",
        Role::Tr => b"TR",
    }
}

/// Of one length, so that they are in order.
fn identifier(index: i32) -> String {
    format!("n{index:08}")
}

fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}
