//! Set pages: what stands where, and what it is to a reader who cannot see it (ISO 32000-2, 14.8).
//!
//! Every mark but a colour stands between [`Mark::Open`] or [`Mark::Artifact`] and [`Mark::Close`]; these brackets do not nest.

use super::lines::Line;
use super::units::Length;
use crate::record::UnifiedCode;

/// All pages of a document with everything in its place.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// At least one.
    pub(super) pages: Vec<Page>,
    pub(super) tree: Tree,
    /// The square of the code, if there is one; its page has the [`Mark::Code`] that draws it.
    pub(super) code: Option<CodePlace>,
    pub(super) seals: Vec<SealPlace>,
}

/// One page.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) width: Length,
    pub(super) height: Length,
    pub(super) marks: Vec<Mark>,
}

/// Where the code goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct CodePlace {
    /// Which page, from 0.
    pub(super) page: usize,
    /// Lower left corner.
    pub(super) x: Length,
    pub(super) y: Length,
    pub(super) side: Length,
}

/// Where a seal goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct SealPlace {
    /// Which page, from 0.
    pub(super) page: usize,
    /// The sealing body's name as printed.
    pub(super) name: String,
    /// Centre.
    pub(super) x: Length,
    pub(super) y: Length,
    /// Of the several bodies that issue a joint result, the one whose seal this is, and the sides of its field.
    pub(super) field: Option<FieldPlace>,
}

/// A signature field to be prepared for a body, square around its seal's place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct FieldPlace {
    pub(super) issuer: UnifiedCode,
    pub(super) side: Length,
}

/// Something on a page. Lengths are thousandths of a point from the lower left corner.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// What follows belongs to this node, up to the next [`Mark::Close`].
    Open(NodeId),
    /// What follows is no part of what the document says, up to the next [`Mark::Close`].
    Artifact(ArtifactKind),
    Close,
    /// What follows is drawn in this colour: red, green, blue in thousandths.
    Colour([i32; 3]),
    Text(Run),
    /// A filled rectangle; rules are drawn as such, so that they are exactly as heavy as they should be.
    Fill {
        x: Length,
        y: Length,
        width: Length,
        height: Length,
    },
    /// The picture of this number, scaled to the rectangle.
    Picture {
        picture: usize,
        x: Length,
        y: Length,
        width: Length,
        height: Length,
    },
    /// The square of the code, empty until sealing fills it.
    Code {
        x: Length,
        y: Length,
        side: Length,
    },
    /// A code that is complete: content in units of modules, and how long a module is.
    Symbol {
        content: Vec<u8>,
        x: Length,
        y: Length,
        module: Length,
        side: Length,
    },
}

/// Why something is no part of what the document says (ISO 32000-2, 14.8.2.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ArtifactKind {
    /// What every page repeats below its text, such as the page number.
    Footer,
    /// What every page repeats above its text.
    Header,
    /// Rules and frames.
    Layout,
    /// The head or the sums of a table that goes on over pages, where they are repeated.
    Repeated,
}

/// One line of text from its starting point on the baseline.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) x: Length,
    pub(super) y: Length,
    pub(super) size: Length,
    pub(super) bold: bool,
    pub(super) line: Line,
    /// What a reader should extract where letters are spaced out (ISO 32000-2, 14.9.4).
    pub(super) actual: Option<Box<str>>,
}

/// The structure of a document. Node 0 is the document; every other comes after its parent, and children of one parent are
/// read in the order of their numbers.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// Which node of a [`Tree`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct NodeId(u32);

/// One structure element.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) role: Role,
    /// The document is its own parent.
    pub(super) parent: NodeId,
    /// What is said in place of what cannot be read out (ISO 32000-2, 14.9.3).
    pub(super) alt: Option<Box<str>>,
    /// The text that is meant, where the marks say it otherwise (ISO 32000-2, 14.9.4).
    pub(super) actual: Option<Box<str>>,
    /// Where it differs from the document's (RFC 3066, as in ISO 32000-2, 14.9.2).
    pub(super) language: Option<Box<str>>,
    /// Which cells a `TH` is the head of.
    pub(super) scope: Scope,
    /// How many columns and rows a cell takes.
    pub(super) span: (u16, u16),
}

/// Standard structure types (ISO 32000-1, 14.8.4), as far as composing uses them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    Document,
    Figure,
    H1,
    H2,
    H3,
    Note,
    P,
    Table,
    Td,
    Th,
    Tr,
}

/// Which cells a table head is the head of (ISO 32000-2, table 384).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scope {
    Column,
    Row,
}

impl NodeId {
    /// The document itself.
    pub(super) const DOCUMENT: Self = Self(0);

    pub(super) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl Tree {
    /// A document without content.
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node::new(Role::Document, NodeId::DOCUMENT)],
        }
    }

    /// Adds a node as the last child of `parent`.
    pub(super) fn add(&mut self, role: Role, parent: NodeId) -> NodeId {
        // Limits keep the elements of a document far below 2^32.
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node::new(role, parent));
        id
    }

    /// The node, to say more of it.
    pub(super) fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.index())
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

impl Node {
    fn new(role: Role, parent: NodeId) -> Self {
        Self {
            role,
            parent,
            alt: None,
            actual: None,
            language: None,
            scope: Scope::Row,
            span: (1, 1),
        }
    }
}
