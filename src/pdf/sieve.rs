//! Which bytes of a passing file to keep: everything but the middle of large streams' data.
//!
//! A guess by the lexical form alone. A wrong guess costs memory or a second reading, never a wrong answer.

use core::ops::Range;

/// How finely to sift. Tests sift more finely than is worth it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grain {
    /// Data shorter than this are kept.
    pub(crate) least: usize,
    /// Bytes of the data kept at either end, so that a slip of some bytes in `/Length` is seen as what it is.
    pub(crate) margin: usize,
    /// What is left out starts and ends at multiples of this, because memory is given out in pages.
    pub(crate) page: usize,
}

impl Default for Grain {
    fn default() -> Self {
        Self {
            least: 64 << 10,
            margin: 64,
            page: 4 << 10,
        }
    }
}

impl Grain {
    fn down(self, position: usize) -> usize {
        position - position % self.page
    }

    fn up(self, position: usize) -> usize {
        position.checked_next_multiple_of(self.page).unwrap_or(usize::MAX)
    }
}

/// How far before `stream` its dictionary is looked at.
const DICTIONARY: usize = 2 << 10;
/// The file's first bytes are always kept: the header, and what makes a file linearised.
const HEAD: usize = 4 << 10;
/// And its last, where `startxref` is looked for.
const TAIL: usize = 4 << 10;

/// Keeps in `room` what is worth keeping.
pub(super) struct Sieve<'r, 'k> {
    room: &'r mut [u8],
    keep: &'k [Range<usize>],
    grain: Grain,
    /// Where the bytes begin that are always kept.
    tail: usize,
    omitted: Vec<Range<usize>>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Outside of large streams.
    Outside,
    /// In data of known length, of which `from..to` is left out.
    Known { from: usize, to: usize },
    /// In data of unknown length, left out beginning with `from`, up to `endstream`.
    Unknown { from: usize },
}

impl<'r, 'k> Sieve<'r, 'k> {
    /// A sieve that leaves out no stream of which a byte lies in one of the ranges `keep`.
    pub(super) fn new(room: &'r mut [u8], keep: &'k [Range<usize>], grain: Grain) -> Self {
        Self {
            tail: room.len().saturating_sub(TAIL),
            room,
            keep,
            grain,
            omitted: Vec::new(),
            state: State::Outside,
        }
    }

    /// Decides on `range` of the file. `window` has these bytes and some before and after, and starts at `origin`.
    ///
    /// Returns the positions at which something that was left out ends.
    pub(super) fn sift(&mut self, window: &[u8], origin: usize, range: Range<usize>) -> Vec<usize> {
        let mut resumed = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let next = match self.state {
                State::Outside => self.outside(window, origin, at..range.end),
                State::Known { from, to } => {
                    self.copy(window, origin, at..from.min(range.end));
                    let end = to.min(range.end);
                    self.omit(at.max(from)..end);
                    if end == to {
                        self.state = State::Outside;
                        resumed.push(to);
                    }
                    end
                }
                State::Unknown { .. } if at >= self.tail => {
                    self.state = State::Outside;
                    resumed.push(at);
                    at
                }
                State::Unknown { from } => match find(window, at - origin..range.end - origin, &ENDSTREAM) {
                    None => {
                        let end = range.end.min(self.tail);
                        self.copy(window, origin, at..from.min(end));
                        self.omit(at.max(from)..end);
                        end
                    }
                    Some(found) => {
                        let keyword = found + origin;
                        // Rounded down, but not before what was left out already.
                        let to = self.grain.down(keyword.saturating_sub(self.grain.margin));
                        let to = to.min(self.tail).max(at);
                        self.copy(window, origin, at..from.min(keyword));
                        if from < to {
                            self.omit(at.max(from)..to);
                        }
                        let copied = to.max(from.min(keyword));
                        let end = (keyword + ENDSTREAM.needle.len()).min(range.end);
                        self.copy(window, origin, copied..end);
                        if self.omitted.last().is_some_and(|omitted| omitted.end == to) {
                            resumed.push(to);
                        }
                        self.state = State::Outside;
                        end
                    }
                },
            };
            at = next;
        }
        resumed
    }

    /// What was kept, and the ranges that were not.
    pub(super) fn finish(self) -> (&'r [u8], Vec<Range<usize>>) {
        (self.room, self.omitted)
    }

    /// Keeps bytes up to the next stream's data; returns where it stopped.
    fn outside(&mut self, window: &[u8], origin: usize, range: Range<usize>) -> usize {
        let Some(found) = find(window, range.start - origin..range.end - origin, &STREAM) else {
            self.copy(window, origin, range.clone());
            return range.end;
        };
        let after = found + STREAM.needle.len();
        let end = (after + origin).min(range.end);
        self.copy(window, origin, range.start..end);
        let line = match window.get(after..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\n', ..]) => 1,
            _ => return end,
        };
        let before = window
            .get(found.saturating_sub(DICTIONARY)..found)
            .unwrap_or_default();
        let data = after + line + origin;
        let grain = self.grain;
        let state = match length(before) {
            Length::Needed => return end,
            Length::Known(length) => {
                let to = length
                    .checked_add(data)
                    .map(|end| grain.down(end.saturating_sub(grain.margin)).min(self.tail));
                let Some(to) = to.filter(|_| length >= grain.least) else {
                    return end;
                };
                let from = grain.up(data + grain.margin);
                State::Known { from, to }
            }
            Length::Unknown => State::Unknown {
                from: grain.up(data + grain.least),
            },
        };
        let guess = match state {
            State::Known { from, to } => from..to,
            State::Unknown { from } => from..from + 1,
            State::Outside => 0..0,
        };
        let wanted = |keep: &Range<usize>| keep.start < guess.end && guess.start < keep.end;
        if guess.start >= HEAD
            && guess.end <= self.tail
            && guess.start < guess.end
            && !self.keep.iter().any(wanted)
        {
            self.state = state;
        }
        end
    }

    fn copy(&mut self, window: &[u8], origin: usize, range: Range<usize>) {
        let from = window.get(range.start - origin..range.end.max(range.start) - origin);
        if let (Some(from), Some(to)) = (from, self.room.get_mut(range)) {
            to.copy_from_slice(from);
        }
    }

    fn omit(&mut self, range: Range<usize>) {
        match self.omitted.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.omitted.push(range),
        }
    }
}

/// What the dictionary before `stream` says about its data.
#[derive(Debug, PartialEq)]
enum Length {
    Known(usize),
    /// A reference, or not found.
    Unknown,
    /// Not a stream, or one that reading needs: object streams, cross-reference streams, metadata.
    Needed,
}

/// Reads the end of `before`, which ends where `stream` starts.
fn length(before: &[u8]) -> Length {
    let dictionary = before.trim_ascii_end();
    if !dictionary.ends_with(b">>") {
        return Length::Needed;
    }
    let start = dictionary
        .windows(4)
        .rposition(|word| word == b" obj")
        .unwrap_or(0);
    let dictionary = dictionary.get(start..).unwrap_or_default();
    let has = |name: &[u8]| dictionary.windows(name.len()).any(|word| word == name);
    if has(b"/ObjStm") || has(b"/XRef") || has(b"/Metadata") {
        return Length::Needed;
    }
    // `/Length1` of a font is another key, so white space must follow.
    let key = dictionary.windows(8).rposition(
        |word| matches!(word, [name @ .., white] if name == b"/Length" && white.is_ascii_whitespace()),
    );
    let Some(value) = key.and_then(|key| dictionary.get(key + 8..)) else {
        return Length::Unknown;
    };
    let value = value.trim_ascii_start();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = value.split_at_checked(digits).unwrap_or_default();
    // A generation follows: it is a reference.
    if rest.trim_ascii_start().first().is_some_and(u8::is_ascii_digit) {
        return Length::Unknown;
    }
    let number = core::str::from_utf8(number)
        .ok()
        .and_then(|number| number.parse().ok());
    number.map_or(Length::Unknown, Length::Known)
}

/// A word to look for, and how far to move on after the byte under its end (Horspool).
struct Word {
    needle: &'static [u8],
    skip: [u8; 256],
}

static STREAM: Word = Word::new(b"stream");
static ENDSTREAM: Word = Word::new(b"endstream");

impl Word {
    const fn new(needle: &'static [u8]) -> Self {
        let length = needle.len();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "both words are shorter than 256 bytes"
        )]
        let mut skip = [length as u8; 256];
        let mut i = 0;
        while i + 1 < length {
            #[expect(clippy::cast_possible_truncation, reason = "as above")]
            {
                skip[needle[i] as usize] = (length - 1 - i) as u8;
            }
            i += 1;
        }
        Self { needle, skip }
    }
}

/// The first place in `range` of `window` where `word` starts; for `stream`, one that is not the end of `endstream`.
fn find(window: &[u8], range: Range<usize>, word: &Word) -> Option<usize> {
    let mut at = range.start;
    while at < range.end {
        let bytes = window.get(at..at + word.needle.len())?;
        let end = at.checked_sub(3).and_then(|before| window.get(before..at));
        if bytes == word.needle && (word.needle.len() > 6 || end != Some(b"end")) {
            return Some(at);
        }
        at += bytes
            .last()
            .map_or(1, |last| usize::from(word.skip[usize::from(*last)]));
    }
    None
}
