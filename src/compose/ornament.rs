//! Frames around a page: plain rules, and the meander (回纹) of a licence.

use super::template::Border;
use super::units::{Length, mm, write_points};

/// Draws `border` around a page of `width` by `height`; empty for no border.
pub(super) fn draw(border: Border, width: Length, height: Length) -> Vec<u8> {
    let mut out = Vec::new();
    match border {
        Border::None => return out,
        Border::Rule => {
            out.extend_from_slice(b"/Artifact BMC q ");
            rectangle(&mut out, mm(12), width, height, 1_800);
            rectangle(&mut out, mm(12) + 3_500, width, height, 500);
        }
        Border::Licence => {
            // A dark gold that stays visible when copied in grey.
            out.extend_from_slice(b"/Artifact BMC q 0.66 0.45 0.16 RG 0.66 0.45 0.16 rg ");
            rectangle(&mut out, mm(9), width, height, 2_000);
            rectangle(&mut out, mm(18), width, height, 2_000);
            rectangle(&mut out, mm(19), width, height, 500);
            meander(&mut out, width, height);
        }
    }
    out.extend_from_slice(b"Q EMC\n");
    out
}

fn rectangle(out: &mut Vec<u8>, inset: Length, width: Length, height: Length, weight: Length) {
    write_points(out, weight);
    out.extend_from_slice(b" w ");
    for side in [inset, inset, width - 2 * inset, height - 2 * inset] {
        write_points(out, side);
        out.push(b' ');
    }
    out.extend_from_slice(b"re S\n");
}

/// One turn of the meander on a grid of 8 by 6; it starts and ends on the base line.
const TURN: [(i32, i32); 9] = [
    (0, 0),
    (0, 6),
    (6, 6),
    (6, 2),
    (3, 2),
    (3, 4),
    (3, 2),
    (6, 2),
    (6, 0),
];

fn meander(out: &mut Vec<u8>, width: Length, height: Length) {
    let (inner, band) = (mm(10) + 1_000, mm(7) - 2_000);
    out.extend_from_slice(b"0.9 w 0 j\n");
    // The corners: a square in a square.
    let far = (width - inner - band, height - inner - band);
    for (x, y) in [(inner, inner), (far.0, inner), (inner, far.1), far] {
        for step in 0..3 {
            let inset = band * step / 6;
            for side in [x + inset, y + inset, band - 2 * inset, band - 2 * inset] {
                write_points(out, side);
                out.push(b' ');
            }
            out.extend_from_slice(if step == 2 { b"re f\n" } else { b"re S\n" });
        }
    }
    let gap = mm(1);
    let start = inner + band + gap;
    for (length, vertical) in [(width - 2 * start, false), (height - 2 * start, true)] {
        let turns = (length / (band * 8 / 6)).max(1);
        for far_side in [false, true] {
            let across = if vertical { width } else { height };
            for turn in 0..turns {
                path(
                    out,
                    (start, inner, band),
                    (turn, turns, length),
                    far_side.then_some(across),
                    vertical,
                );
            }
        }
        out.extend_from_slice(b"S\n");
    }
}

/// One turn; the far side mirrors the near one, so that every side looks outward alike.
fn path(
    out: &mut Vec<u8>,
    (start, inner, band): (Length, Length, Length),
    (turn, turns, length): (i32, i32, Length),
    far: Option<Length>,
    vertical: bool,
) {
    let along = |column: i32| start + scaled(length, turn * 8 + column, turns * 8);
    let across = |row: i32| {
        let near = inner + band * row / 6;
        far.map_or(near, |far| far - near)
    };
    let last = (turn + 1 == turns).then_some((6, 0));
    let points = TURN.into_iter().chain(Some(last.unwrap_or((8, 0))));
    for (index, (column, row)) in points.enumerate() {
        let (a, b) = (along(column), across(row));
        let (x, y) = if vertical { (b, a) } else { (a, b) };
        write_points(out, x);
        out.push(b' ');
        write_points(out, y);
        out.extend_from_slice(if index == 0 { b" m " } else { b" l " });
    }
    out.push(b'\n');
}

/// `length * part / whole` without leaving 64 bits.
fn scaled(length: Length, part: i32, whole: i32) -> Length {
    i32::try_from(i64::from(length) * i64::from(part) / i64::from(whole.max(1))).unwrap_or(0)
}
