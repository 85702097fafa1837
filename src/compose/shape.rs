//! Scripts whose letters change with their neighbours, and text that runs from right to left.
//!
//! The direction of each character is that of Unicode Standard Annex 9; what no script of that kind touches keeps the glyphs that
//! `cmap` gave it. A paragraph runs from right to left if its language does, whatever it begins with: a Uyghur name in a
//! Chinese form does not move to the other side of its cell.

use core::ops::Range;
use std::sync::OnceLock;

use harfrust::{Buffer, ClusterLevel, Direction, Font, Language, Script, ShapeOptions, ShaperFont};
use unicode_bidi::{BidiInfo, Level};

use super::face::{Data, Face};
use super::glyph::{Glyph, Part, Voice, runs_backwards};
use super::marks::{Class, is_shaped};

/// A font as the shaper reads it: made when the first text needs it, `None` if the shaper cannot use the font.
#[derive(Default)]
pub(super) struct Shaper(OnceLock<Option<Font>>);

impl Shaper {
    fn font(&self, face: &Face) -> Option<&Font> {
        self.0
            .get_or_init(|| match &face.data {
                Data::Bundled(bytes) => Font::new(*bytes, face.number),
                Data::Given(bytes) => {
                    let bytes: std::sync::Arc<dyn AsRef<[u8]> + Send + Sync> = bytes.clone();
                    Font::new(bytes, face.number)
                }
            })
            .as_ref()
    }
}

/// Replaces the glyphs of scripts that need it by those of the shaper, and says of each in which direction it runs. `members` are the
/// ranges that come from members of the record: the direction of each is its own, as if it stood alone.
///
/// # Errors
/// The first character that cannot be shaped: its font has no rules or lacks a form.
pub(super) fn shape(
    voice: Voice<'_>,
    glyphs: Vec<Glyph>,
    members: &[Range<usize>],
) -> Result<Vec<Glyph>, char> {
    let rtl = runs_backwards(voice.language);
    let mut out = Vec::with_capacity(glyphs.len() + glyphs.len() / 2);
    let mut start = 0;
    for paragraph in glyphs.split(|glyph| glyph.character == '\n') {
        if start > 0 {
            out.push(Glyph::silent('\n'));
        }
        let from = out.len();
        let levels = levels(paragraph, start, members, rtl);
        shape_paragraph(voice, paragraph, levels, &mut out)?;
        for glyph in out.iter_mut().skip(from) {
            glyph.rtl = rtl;
        }
        start += paragraph.len() + 1;
    }
    Ok(out)
}

/// The embedding level of each glyph of a paragraph that begins with glyph number `start` of the text.
fn levels(glyphs: &[Glyph], start: usize, members: &[Range<usize>], rtl: bool) -> Vec<u8> {
    // FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE: without them the groups of a masked number would change places.
    const ISOLATE: char = '\u{2068}';
    const POP: char = '\u{2069}';
    let mut text = String::with_capacity(glyphs.len() * 3);
    let mut places = Vec::with_capacity(glyphs.len());
    let mut members = members.iter().skip_while(|member| member.end <= start).peekable();
    let mut open = false;
    for (number, glyph) in (start..).zip(glyphs) {
        while open && members.peek().is_some_and(|member| member.end <= number) {
            text.push(POP);
            open = false;
            members.next();
        }
        if !open && members.peek().is_some_and(|member| member.contains(&number)) {
            text.push(ISOLATE);
            open = true;
        }
        places.push(text.len());
        text.push(glyph.character);
    }
    let base = if rtl { Level::rtl() } else { Level::ltr() };
    let bidi = BidiInfo::new(&text, Some(base));
    let level = |at: usize| bidi.levels.get(at).map_or(0, Level::number);
    places.into_iter().map(level).collect()
}

/// What decides which characters are shaped together.
#[derive(Clone, Copy, PartialEq)]
struct Manner {
    level: u8,
    face: u16,
    /// `None` where `cmap` does.
    script: Option<Script>,
}

fn shape_paragraph(
    voice: Voice<'_>,
    glyphs: &[Glyph],
    levels: Vec<u8>,
    out: &mut Vec<Glyph>,
) -> Result<(), char> {
    let manners = manners(voice, glyphs, levels.into_iter());
    let mut rest = glyphs.iter().zip(manners).collect::<Vec<_>>();
    let characters: Vec<char> = glyphs.iter().map(|glyph| glyph.character).collect();
    let mut start = 0;
    let mut rest = rest.as_mut_slice();
    while let [(_, manner), ..] = rest {
        let manner = *manner;
        let count = rest.iter().take_while(|(_, other)| *other == manner).count();
        let (run, tail) = rest.split_at_mut(count);
        rest = tail;
        let here = start..start + count;
        start = here.end;
        match manner.script {
            None => out.extend(run.iter().map(|(glyph, _)| Glyph {
                level: manner.level,
                ..**glyph
            })),
            Some(script) => shape_run(voice, (&characters, here), manner, script, out)?,
        }
    }
    Ok(())
}

/// How each glyph is set. Marks and digits beside a script that is shaped are set in its font, so that they match.
fn manners(voice: Voice<'_>, glyphs: &[Glyph], levels: impl Iterator<Item = u8>) -> Vec<Manner> {
    let own = |glyph: &Glyph| {
        let script = harfrust::unicode::script(u32::from(glyph.character));
        let real = !matches!(script, Script::COMMON | Script::INHERITED | Script::UNKNOWN);
        (is_shaped(glyph.character) && real).then_some((script, glyph.face))
    };
    let common = |glyph: &Glyph| {
        let c = glyph.character;
        is_shaped(c) || (c.is_ascii() && !c.is_ascii_alphabetic())
    };
    // A code of letters and digits is not set in two fonts.
    let mut codes = vec![false; glyphs.len()];
    let mut at = 0;
    for word in glyphs.split(|glyph| glyph.class.is(Class::SPACE)) {
        let code = word.iter().any(|glyph| glyph.character.is_ascii_alphabetic());
        if let Some(codes) = codes.get_mut(at..at + word.len()) {
            codes.fill(code);
        }
        at += word.len() + 1;
    }
    // From the left what a common character continues; then from the right, for those that nothing goes before.
    let mut neighbours: Vec<Option<(Script, u16)>> = Vec::with_capacity(glyphs.len());
    let mut current = None;
    for (glyph, &code) in glyphs.iter().zip(&codes) {
        current = own(glyph).or(if common(glyph) && !code { current } else { None });
        neighbours.push(current);
    }
    current = None;
    for ((glyph, neighbour), &code) in glyphs.iter().zip(&mut neighbours).zip(&codes).rev() {
        current = neighbour.or(if common(glyph) && !code { current } else { None });
        *neighbour = current;
    }
    let has = |face: u16, c: char| {
        voice
            .fonts
            .face(usize::from(face))
            .is_some_and(|face| face.glyph(c).is_some())
    };
    glyphs
        .iter()
        .zip(neighbours)
        .zip(levels)
        .map(|((glyph, neighbour), level)| match neighbour {
            Some((script, face)) if has(face, glyph.character) => Manner {
                level,
                face,
                script: Some(script),
            },
            // What runs to the left is mirrored where it has a mirror image: the shaper knows.
            _ => Manner {
                level,
                face: glyph.face,
                script: (level % 2 == 1 || is_shaped(glyph.character)).then_some(Script::COMMON),
            },
        })
        .collect()
}

/// How many characters on either side of a run the shaper looks at; it uses no more.
const CONTEXT: usize = 5;

fn shape_run(
    voice: Voice<'_>,
    (all, here): (&[char], Range<usize>),
    manner: Manner,
    script: Script,
    out: &mut Vec<Glyph>,
) -> Result<(), char> {
    let characters = all.get(here.clone()).unwrap_or_default();
    let first = characters.first().copied().unwrap_or_default();
    let face = voice.fonts.face(usize::from(manner.face)).ok_or(first)?;
    // Without rules a shaper only puts letters side by side.
    if script != Script::COMMON && !face.has_rules {
        return Err(first);
    }
    let font = face.shaper.font(face).ok_or(first)?;
    let backwards = manner.level % 2 == 1;
    let mut buffer = Buffer::new();
    // A vowel sign belongs to its letter: readers that sort glyphs by place would put it before the letter that it stands over.
    buffer.set_cluster_level(ClusterLevel::MonotoneGraphemes);
    buffer.set_direction(if backwards {
        Direction::RightToLeft
    } else {
        Direction::LeftToRight
    });
    buffer.set_script(Some(script));
    buffer.set_language(voice.language.parse::<Language>().ok());
    for (cluster, &character) in (0..).zip(characters) {
        buffer.push(u32::from(character), cluster);
    }
    // Letters are joined over the end of a run, too: a suffix to a member of the record, for example.
    let before = all
        .get(here.start.saturating_sub(CONTEXT)..here.start)
        .unwrap_or_default();
    let after = all.get(here.end..).unwrap_or_default().iter().take(CONTEXT);
    buffer.set_pre_context(&before.iter().collect::<String>());
    buffer.set_post_context(&after.collect::<String>());
    harfrust::shape(&ShaperFont::new(font), &mut buffer, ShapeOptions::new()).map_err(|_| first)?;

    let units = i64::from(font.units_per_em().max(1));
    let scaled = |value: i32| {
        let value = (i64::from(value) * 1000 + units / 2).div_euclid(units);
        i32::try_from(value).unwrap_or(0)
    };
    let mut drawn: Vec<Drawn> = buffer
        .glyph_infos()
        .iter()
        .zip(buffer.glyph_positions())
        .map(|(info, position)| Drawn {
            id: u16::try_from(info.glyph_id).unwrap_or(0),
            cluster: usize::try_from(info.cluster).unwrap_or(usize::MAX),
            advance: scaled(position.x_advance),
            offset: (scaled(position.x_offset), scaled(position.y_offset)),
        })
        .collect();
    if let Some(missing) = drawn.iter().find(|drawn| drawn.id == 0) {
        return Err(characters.get(missing.cluster).copied().unwrap_or(first));
    }
    if backwards {
        // The shaper's order is from left to right; ours is that of reading, with each cluster as it is drawn.
        let mut clusters: Vec<&mut [Drawn]> = drawn.chunk_by_mut(|a, b| a.cluster == b.cluster).collect();
        clusters.reverse();
        drawn = clusters
            .into_iter()
            .flat_map(|cluster| cluster.to_vec())
            .collect();
    }
    let mut rest = drawn.as_slice();
    while let [head, ..] = rest {
        let count = rest
            .iter()
            .take_while(|next| next.cluster == head.cluster)
            .count();
        let (cluster, tail) = rest.split_at(count);
        rest = tail;
        let end = rest.first().map_or(characters.len(), |next| next.cluster);
        let text = characters.get(head.cluster..end).ok_or(first)?;
        put(cluster, text, face, manner, out);
    }
    Ok(())
}

/// A glyph as the shaper placed it, in thousandths of an em.
#[derive(Clone, Copy)]
struct Drawn {
    id: u16,
    cluster: usize,
    advance: i32,
    offset: (i32, i32),
}

/// One cluster: its main glyph, which moves the pen over all of it, the further ones, and the characters that have none.
fn put(cluster: &[Drawn], text: &[char], face: &Face, manner: Manner, out: &mut Vec<Glyph>) {
    let short = |value: i32| i16::try_from(value).unwrap_or(0);
    let total: i32 = cluster.iter().map(|drawn| drawn.advance).sum();
    let main = cluster.iter().position(|drawn| drawn.advance != 0).unwrap_or(0);
    let mut pen = 0;
    let places: Vec<i32> = cluster
        .iter()
        .map(|drawn| {
            let place = pen + drawn.offset.0;
            pen += drawn.advance;
            place
        })
        .collect();
    let order = [main]
        .into_iter()
        .chain((0..cluster.len()).filter(|&at| at != main));
    let character = text.first().copied().unwrap_or_default();
    for at in order {
        let (Some(drawn), Some(&place)) = (cluster.get(at), places.get(at)) else {
            continue;
        };
        let (advance, along, part) = if at == main {
            (total, place, Part::First)
        } else {
            (0, place - total, Part::Further)
        };
        out.push(Glyph {
            character,
            face: manner.face,
            id: drawn.id,
            advance,
            kern: short(advance - face.advance(drawn.id)),
            offset: (short(along), short(drawn.offset.1)),
            class: Class::of(character),
            blank: Default::default(),
            part,
            level: manner.level,
            rtl: false,
        });
    }
    out.extend(text.iter().skip(1).map(|&character| Glyph {
        class: Class::of(character),
        level: manner.level,
        ..Glyph::silent(character)
    }));
}

#[cfg(test)]
mod tests;
