//! The content stream of a page (ISO 32000-2, 8 and 9).

use super::page::{Mark, Page, Run};
use super::show::{hex, show};
use super::subset::Subsets;
use super::units::{Length, write_integer, write_points};

/// Draws the page; glyphs get their CIDs from `subsets` on the way.
pub(super) fn paint(page: &Page, subsets: &mut Subsets) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 << 10);
    for mark in &page.marks {
        match mark {
            Mark::Fill { x, y, width, height } => {
                for side in [x, y, width, height] {
                    write_points(&mut out, *side);
                    out.push(b' ');
                }
                out.extend_from_slice(b"re f\n");
            }
            Mark::Text(run) => text(&mut out, run, subsets),
            Mark::Colour(parts) => {
                numbers(&mut out, parts);
                out.extend_from_slice(b"rg ");
                numbers(&mut out, parts);
                out.extend_from_slice(b"RG\n");
            }
            &Mark::Code { x, y, side } => {
                out.extend_from_slice(b"q ");
                numbers(&mut out, &[side, 0, 0, side, x, y]);
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
                numbers(&mut out, &[width, 0, 0, height, x, y]);
                out.extend_from_slice(b"cm /P");
                write_integer(&mut out, i32::try_from(picture).unwrap_or(i32::MAX));
                out.extend_from_slice(b" Do Q\n");
            }
            // The structure is not written yet.
            Mark::Open(_) | Mark::Artifact(_) | Mark::Close => {}
        }
    }
    out
}

fn numbers(out: &mut Vec<u8>, lengths: &[Length]) {
    for &length in lengths {
        write_points(out, length);
        out.push(b' ');
    }
}

fn text(out: &mut Vec<u8>, run: &Run, subsets: &mut Subsets) {
    if run.line.glyphs.is_empty() {
        return;
    }
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
