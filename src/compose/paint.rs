//! The content stream of a page (ISO 32000-2, 8 and 9).

use super::page::{ArtifactKind, Mark, NodeId, Page, Role, Run, Tree};
use super::show::{hex, show};
use super::structure::role_name;
use super::subset::Subsets;
use super::units::{Length, write_integer, write_points};

/// The content of a page and what it says of the structure.
pub(super) struct Painted {
    pub(super) content: Vec<u8>,
    /// Which node each marked-content identifier belongs to, from 0.
    pub(super) marks: Vec<NodeId>,
    /// Where pictures and the code stand: left, bottom, right, top.
    pub(super) areas: Vec<(NodeId, [Length; 4])>,
}

/// A bracket that is written with the first thing drawn in it, so that none is empty.
enum Bracket {
    Closed,
    Asked(Mark),
    Open,
}

/// Draws the page; glyphs get their CIDs from `subsets` on the way.
pub(super) fn paint(page: &Page, tree: &Tree, subsets: &mut Subsets) -> Painted {
    let mut painted = Painted {
        content: Vec::with_capacity(16 << 10),
        marks: Vec::new(),
        areas: Vec::new(),
    };
    let mut bracket = Bracket::Closed;
    let mut owner = None;
    for mark in &page.marks {
        match mark {
            Mark::Open(_) | Mark::Artifact(_) => {
                owner = match *mark {
                    Mark::Open(node) => Some(node),
                    _ => None,
                };
                bracket = Bracket::Asked(mark.clone());
                continue;
            }
            Mark::Close => {
                if matches!(bracket, Bracket::Open) {
                    painted.content.extend_from_slice(b"EMC\n");
                }
                bracket = Bracket::Closed;
                continue;
            }
            Mark::Text(run) if run.line.glyphs.is_empty() => continue,
            Mark::Colour(_) => {}
            _ => {
                if let Bracket::Asked(asked) = &bracket {
                    begin(&mut painted, asked, tree);
                    bracket = Bracket::Open;
                }
            }
        }
        draw(&mut painted.content, mark, subsets);
        let area = match *mark {
            Mark::Code { x, y, side } | Mark::Symbol { x, y, side, .. } => Some([x, y, side, side]),
            Mark::Picture {
                x, y, width, height, ..
            } => Some([x, y, width, height]),
            _ => None,
        };
        if let Some(([x, y, width, height], node)) = area.zip(owner) {
            painted
                .areas
                .push((node, [x, y, x.saturating_add(width), y.saturating_add(height)]));
        }
    }
    painted
}

/// `/P <</MCID 3>> BDC`, or why what follows is an artifact (ISO 32000-1, 14.8.2.2.2).
fn begin(painted: &mut Painted, bracket: &Mark, tree: &Tree) {
    let out = &mut painted.content;
    match *bracket {
        Mark::Open(node) => {
            let role = tree.nodes().get(node.index()).map_or(Role::P, |node| node.role);
            out.push(b'/');
            out.extend_from_slice(role_name(role));
            out.extend_from_slice(b" <</MCID ");
            write_integer(out, i32::try_from(painted.marks.len()).unwrap_or(i32::MAX));
            out.extend_from_slice(b">> BDC\n");
            painted.marks.push(node);
        }
        Mark::Artifact(kind) => out.extend_from_slice(match kind {
            ArtifactKind::Footer => {
                b"/Artifact <</Type /Pagination /Subtype /Footer /Attached [/Bottom]>> BDC\n"
            }
            ArtifactKind::Header => {
                b"/Artifact <</Type /Pagination /Subtype /Header /Attached [/Top]>> BDC\n"
            }
            ArtifactKind::Layout => b"/Artifact <</Type /Layout>> BDC\n".as_slice(),
            ArtifactKind::Repeated => b"/Artifact <</Type /Pagination>> BDC\n",
        }),
        _ => {}
    }
}

fn draw(out: &mut Vec<u8>, mark: &Mark, subsets: &mut Subsets) {
    match mark {
        Mark::Fill { x, y, width, height } => {
            numbers(out, &[*x, *y, *width, *height]);
            out.extend_from_slice(b"re f\n");
        }
        Mark::Text(run) => text(out, run, subsets),
        Mark::Colour(parts) => {
            numbers(out, parts);
            out.extend_from_slice(b"rg ");
            numbers(out, parts);
            out.extend_from_slice(b"RG\n");
        }
        &Mark::Code { x, y, side } => {
            out.extend_from_slice(b"q ");
            numbers(out, &[side, 0, 0, side, x, y]);
            out.extend_from_slice(b"cm /Code Do Q\n");
        }
        &Mark::Picture {
            picture,
            x,
            y,
            width,
            height,
        } => {
            out.extend_from_slice(b"q ");
            numbers(out, &[width, 0, 0, height, x, y]);
            out.extend_from_slice(b"cm /P");
            write_integer(out, i32::try_from(picture).unwrap_or(i32::MAX));
            out.extend_from_slice(b" Do Q\n");
        }
        Mark::Symbol {
            content,
            x,
            y,
            module,
            ..
        } => {
            out.extend_from_slice(b"q ");
            numbers(out, &[*module, 0, 0, *module, *x, *y]);
            out.extend_from_slice(b"cm\n");
            out.extend_from_slice(content);
            out.extend_from_slice(b"Q\n");
        }
        Mark::Open(_) | Mark::Artifact(_) | Mark::Close => {}
    }
}

fn numbers(out: &mut Vec<u8>, lengths: &[Length]) {
    for &length in lengths {
        write_points(out, length);
        out.push(b' ');
    }
}

fn text(out: &mut Vec<u8>, run: &Run, subsets: &mut Subsets) {
    if let Some(actual) = &run.actual {
        out.extend_from_slice(b"/Span <</ActualText <FEFF");
        actual.encode_utf16().for_each(|unit| hex(out, unit));
        out.extend_from_slice(b">>> BDC\n");
    }
    out.extend_from_slice(b"BT ");
    if run.bold {
        // The Song style has one weight here: its outlines are widened by a stroke of 1/50 em, as office software does.
        out.extend_from_slice(b"2 Tr ");
        write_points(out, run.size / 50);
        out.extend_from_slice(b" w 1 j ");
    }
    numbers(out, &[run.x, run.y]);
    out.extend_from_slice(b"Td ");
    show(out, &run.line.glyphs, run.size, subsets);
    if run.bold {
        out.extend_from_slice(b"0 Tr ");
    }
    out.extend_from_slice(b"ET\n");
    if run.actual.is_some() {
        out.extend_from_slice(b"EMC\n");
    }
}
