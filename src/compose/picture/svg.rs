//! SVG: paths in plain colours, as a content stream.
//!
//! `usvg` reads shapes, styles and transformations; what it would leave out, or what programs draw differently (text, pictures,
//! filters, gradients, references, scripts), is refused by name before.

use usvg::roxmltree::{Document, Node as Element, ParsingOptions};
use usvg::tiny_skia_path::PathSegment;
use usvg::{
    BlendMode, Color, FillRule, Group, LineCap, LineJoin, Node, Paint, PaintOrder, Path, Transform, Tree,
};

use super::PictureError;
use crate::limits::Limits;
use crate::record::MediaType;

const NAMESPACE: &str = "http://www.w3.org/2000/svg";
const SIMPLER: &str = "convert everything to plain paths in plain colours";

/// The size in thousandths of a user unit, and the content stream in user units with its origin at the lower left.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<(i32, i32, Vec<u8>), PictureError> {
    let text = core::str::from_utf8(bytes).map_err(damaged)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = ParsingOptions {
        // Entities multiply.
        allow_dtd: false,
        nodes_limit: u32::try_from(limits.picture_elements).unwrap_or(u32::MAX),
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(damaged)?;
    let root = document.root_element();
    if !root.has_tag_name((NAMESPACE, "svg")) {
        return Err(damaged("its root element is not svg"));
    }
    check(root, limits.depth)?;
    let tree = Tree::from_xmltree(&document, &usvg::Options::default()).map_err(damaged)?;
    let size = tree.size();
    let (width, height) = (thousandths(size.width())?, thousandths(size.height())?);
    let mut out = b"1 0 0 -1 0 ".to_vec();
    number(&mut out, size.height())?;
    out.extend_from_slice(b"cm\n");
    group(&mut out, tree.root(), limits.depth.saturating_mul(2))?;
    Ok((width, height, out))
}

/// Refuses what is not a shape in plain colours, at most `depth` deep.
fn check(element: Element<'_, '_>, depth: usize) -> Result<(), PictureError> {
    let deeper = depth.checked_sub(1).ok_or(PictureError::TooLarge {
        what: "nested elements",
        most: 64,
    })?;
    for attribute in element.attributes() {
        // Attributes of other programs say nothing about the picture; references are in the namespace of XLink.
        match attribute.namespace() {
            None => {}
            Some(other) if other.ends_with("xlink") => {}
            Some(_) => continue,
        }
        match attribute.name() {
            "style" => {
                for declaration in attribute.value().split(';') {
                    let (name, value) = declaration.split_once(':').unwrap_or((declaration, ""));
                    check_property(name.trim(), value.trim())?;
                }
            }
            name => check_property(name, attribute.value().trim())?,
        }
    }
    for child in element.children().filter(Element::is_element) {
        let name = child.tag_name();
        if name.namespace() != Some(NAMESPACE) {
            continue;
        }
        match name.name() {
            "title" | "desc" | "metadata" => {}
            "circle" | "defs" | "ellipse" | "g" | "line" | "path" | "polygon" | "polyline" | "rect" => {
                check(child, deeper)?;
            }
            other => return Err(unsupported(format!("<{}>", shown(other)))),
        }
    }
    Ok(())
}

fn check_property(name: &str, value: &str) -> Result<(), PictureError> {
    let plain = match name {
        "href" => false,
        // A pattern of dashes may have any number of them.
        "clip-path" | "filter" | "marker" | "marker-end" | "marker-mid" | "marker-start" | "mask"
        | "stroke-dasharray" => value == "none",
        _ => !name.starts_with("on") && !value.contains("url("),
    };
    match plain {
        true => Ok(()),
        false => Err(unsupported(format!("the attribute {}", shown(name)))),
    }
}

fn group(out: &mut Vec<u8>, group: &Group, depth: usize) -> Result<(), PictureError> {
    let deeper = depth
        .checked_sub(1)
        .ok_or_else(|| damaged("it is nested too deep"))?;
    if group.opacity().get() < 1.0 || group.blend_mode() != BlendMode::Normal {
        return Err(unsupported("transparency"));
    }
    if group.clip_path().is_some() || group.mask().is_some() || !group.filters().is_empty() {
        return Err(unsupported("a clip path, mask or filter"));
    }
    let turned = !group.transform().is_identity();
    if turned {
        out.extend_from_slice(b"q ");
        transform(out, group.transform())?;
    }
    for node in group.children() {
        match node {
            Node::Group(child) => self::group(out, child, deeper)?,
            Node::Path(path) => draw(out, path)?,
            Node::Image(_) => return Err(unsupported("an image")),
            Node::Text(_) => return Err(unsupported("text")),
        }
    }
    if turned {
        out.extend_from_slice(b"Q\n");
    }
    Ok(())
}

/// One path with its colours (ISO 32000-2, 8.5).
fn draw(out: &mut Vec<u8>, path: &Path) -> Result<(), PictureError> {
    if !path.is_visible() {
        return Ok(());
    }
    let fill = path.fill();
    let stroke = path.stroke();
    if let Some(fill) = fill {
        colour(out, fill.paint(), fill.opacity().get(), b"rg ")?;
    }
    if let Some(stroke) = stroke {
        colour(out, stroke.paint(), stroke.opacity().get(), b"RG ")?;
        number(out, stroke.width().get())?;
        out.extend_from_slice(match stroke.linecap() {
            LineCap::Butt => b"w 0 J ",
            LineCap::Round => b"w 1 J ",
            LineCap::Square => b"w 2 J ",
        });
        match stroke.linejoin() {
            LineJoin::Miter => {
                out.extend_from_slice(b"0 j ");
                number(out, stroke.miterlimit().get())?;
                out.extend_from_slice(b"M ");
            }
            LineJoin::Round => out.extend_from_slice(b"1 j "),
            LineJoin::Bevel => out.extend_from_slice(b"2 j "),
            LineJoin::MiterClip => return Err(unsupported("the line join miter-clip")),
        }
        if stroke.dasharray().is_some() {
            return Err(unsupported("dashes"));
        }
        if path.paint_order() != PaintOrder::FillAndStroke && fill.is_some() {
            return Err(unsupported("a stroke beneath its fill"));
        }
    }
    segments(out, path)?;
    let even_odd = fill.is_some_and(|fill| fill.rule() == FillRule::EvenOdd);
    let operator: &[u8] = match (fill.is_some(), stroke.is_some(), even_odd) {
        (true, true, false) => b"B\n",
        (true, true, true) => b"B*\n",
        (true, false, false) => b"f\n",
        (true, false, true) => b"f*\n",
        (false, true, _) => b"S\n",
        (false, false, _) => b"n\n",
    };
    out.extend_from_slice(operator);
    Ok(())
}

fn segments(out: &mut Vec<u8>, path: &Path) -> Result<(), PictureError> {
    let mut numbers = |numbers: &[f32], operator: &[u8]| {
        for &value in numbers {
            number(out, value)?;
        }
        out.extend_from_slice(operator);
        Ok(())
    };
    let mut at = (0.0, 0.0);
    for segment in path.data().segments() {
        match segment {
            PathSegment::MoveTo(p) => {
                numbers(&[p.x, p.y], b"m ")?;
                at = (p.x, p.y);
            }
            PathSegment::LineTo(p) => {
                numbers(&[p.x, p.y], b"l ")?;
                at = (p.x, p.y);
            }
            PathSegment::QuadTo(c, p) => {
                // The cubic curve with the same points.
                let third = |end: f32, control: f32| end + (control - end) * 2.0 / 3.0;
                numbers(
                    &[
                        third(at.0, c.x),
                        third(at.1, c.y),
                        third(p.x, c.x),
                        third(p.y, c.y),
                        p.x,
                        p.y,
                    ],
                    b"c ",
                )?;
                at = (p.x, p.y);
            }
            PathSegment::CubicTo(a, b, p) => {
                numbers(&[a.x, a.y, b.x, b.y, p.x, p.y], b"c ")?;
                at = (p.x, p.y);
            }
            PathSegment::Close => numbers(&[], b"h ")?,
        }
    }
    Ok(())
}

fn colour(out: &mut Vec<u8>, paint: &Paint, opacity: f32, operator: &[u8]) -> Result<(), PictureError> {
    let Paint::Color(Color { red, green, blue }) = paint else {
        return Err(unsupported("a gradient or pattern"));
    };
    if opacity < 1.0 {
        return Err(unsupported("transparency"));
    }
    for part in [red, green, blue] {
        number(out, f32::from(*part) / 255.0)?;
    }
    out.extend_from_slice(operator);
    Ok(())
}

fn transform(out: &mut Vec<u8>, matrix: Transform) -> Result<(), PictureError> {
    let Transform {
        sx,
        ky,
        kx,
        sy,
        tx,
        ty,
    } = matrix;
    for value in [sx, ky, kx, sy, tx, ty] {
        number(out, value)?;
    }
    out.extend_from_slice(b"cm\n");
    Ok(())
}

/// Writes a number with at most five decimals, which is more than any program draws, and a space.
fn number(out: &mut Vec<u8>, value: f32) -> Result<(), PictureError> {
    let scaled = scaled(value, 100_000.0)?;
    if scaled < 0 {
        out.push(b'-');
    }
    let scaled = scaled.unsigned_abs();
    let text = format!("{}.{:05}", scaled / 100_000, scaled % 100_000);
    out.extend_from_slice(text.trim_end_matches('0').trim_end_matches('.').as_bytes());
    out.push(b' ');
    Ok(())
}

/// A side of the picture.
fn thousandths(side: f32) -> Result<i32, PictureError> {
    let side = i32::try_from(scaled(side, 1000.0)?).ok();
    side.filter(|side| *side > 0)
        .ok_or_else(|| damaged("its size is zero or too large"))
}

/// `value` times `by`, rounded. Readers need not take numbers beyond the fourteen bits of ISO 32000-1, annex C; a hundred times
/// that is no picture any more.
fn scaled(value: f32, by: f64) -> Result<i64, PictureError> {
    let value = f64::from(value);
    if value.is_nan() || value.abs() > 1_000_000.0 {
        return Err(damaged("it has a number beyond a million"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 10^11, and rounded")]
    Ok((value * by).round() as i64)
}

/// A name of the file, as far as it can be shown.
fn shown(name: &str) -> String {
    name.chars().take(40).flat_map(char::escape_default).collect()
}

fn unsupported(what: impl Into<String>) -> PictureError {
    PictureError::unsupported(what, SIMPLER)
}

fn damaged(message: impl core::fmt::Display) -> PictureError {
    PictureError::damaged(MediaType::Svg, message)
}
