//! Whether what is seen is what was verified: what the facts of [`pdf::mutable`](crate::pdf::mutable) mean.
//!
//! A seal proves bytes. Where the same bytes can be shown in two ways, the verdict says so: a doubt where two honest programs,
//! or the same program tomorrow, may show another statement; a note where they may show the same statement in another look,
//! or where something has to be clicked or filled in first. Ordinary files have links, fonts of the system and fields: they
//! must stay without doubt, or nobody reads the doubts.

use std::collections::BTreeMap;

use super::drawing::Shown;
use super::finding::{Code, Finding, rank};
use super::report::Report;
use super::step::Step;
use crate::draft::{Draft, DraftError, LargeDraft};
use crate::limits::Limits;
use crate::pdf::mutable::{Action, Fact, FactKind, LayerState, Look, Medium, Substitute, Trigger, Watched};
use crate::pdf::{Document, PdfError, View};

/// Places that one finding names.
const PLACES: usize = 4;

/// Looks at the revision that was sealed last and, if there are later ones, at what the file shows now.
pub(super) fn judge(report: &mut Report, sealed: &View<'_, '_>, code: Option<&Shown>) {
    let watched = code.map(|shown| Watched {
        page: shown.page,
        place: shown.painted.place,
        annotation: shown.painted.annotation,
    });
    report.ledger.begin(Step::Seen);
    let newest = sealed.document().newest();
    let mut known = vec![];
    look(report, &mut known, sealed, watched, "sealed revision");
    if newest.index() != sealed.index() {
        look(report, &mut known, &newest, watched, "newest revision");
    }
    report.ledger.done(Step::Seen);
}

/// Adds the findings about one view that are not `known` of another.
fn look(
    report: &mut Report,
    known: &mut Vec<Finding>,
    view: &View<'_, '_>,
    watched: Option<Watched>,
    object: &str,
) {
    match view.mutable_over(Look::Shown, watched) {
        Ok(facts) => {
            let mut new = findings(&facts, watched, object);
            new.retain(|finding| {
                let same =
                    |other: &Finding| (other.code, &other.evidence) == (finding.code, &finding.evidence);
                !known.iter().any(same)
            });
            report.findings.extend(new.iter().cloned());
            known.extend(new);
        }
        Err(error) => report.find(Code::SeenNotRead, object, error.to_string()),
    }
}

impl Draft {
    /// What in the draft can change what is shown without a byte being changed, most weighty first: for whoever is about to
    /// seal it. The verifier finds the same in the sealed file, but for what only an update could bring out
    /// ([`Code::SeenUnused`], [`Code::SeenDangling`], [`Code::SeenFillable`]).
    ///
    /// # Errors
    /// Occurs if the draft cannot be read.
    pub fn lint(&self, limits: &Limits) -> Result<Vec<Finding>, DraftError> {
        Ok(lint(&self.document(limits)?)?)
    }
}

impl LargeDraft<'_> {
    /// As [`Draft::lint`].
    ///
    /// # Errors
    /// As [`Draft::lint`]; also if a large stream would be needed that was left out.
    pub fn lint(&self, limits: &Limits) -> Result<Vec<Finding>, DraftError> {
        Ok(lint(&self.document(limits)?)?)
    }
}

fn lint(document: &Document<'_>) -> Result<Vec<Finding>, PdfError> {
    let facts = document.newest().mutable(Look::Whole)?;
    let mut findings = findings(&facts, None, "file");
    rank(&mut findings);
    Ok(findings)
}

/// One finding a code, which names the first few places.
fn findings(facts: &[Fact], watched: Option<Watched>, object: &str) -> Vec<Finding> {
    let mut by_code: BTreeMap<Code, Vec<String>> = BTreeMap::new();
    for fact in facts {
        if let Some(code) = code_of(fact, watched, object == "file") {
            by_code.entry(code).or_default().push(place(fact));
        }
    }
    let sentence = |places: &[String]| {
        let mut named = places.to_vec();
        named.dedup();
        let more = named.len().saturating_sub(PLACES);
        named.truncate(PLACES);
        let more = if more > 0 {
            format!("; {more} more")
        } else {
            String::new()
        };
        format!("{}{more}", named.join("; "))
    };
    by_code
        .iter()
        .map(|(code, places)| Finding::new(*code, object, sentence(places)))
        .collect()
}

/// What a fact means; `None` if nothing. `issuing`: for whoever is about to seal, who can still take it out.
fn code_of(fact: &Fact, watched: Option<Watched>, issuing: bool) -> Option<Code> {
    Some(match fact.kind {
        // Whatever runs by itself comes before the reader has seen anything: also an address or a form that is sent, whose
        // answer may be shown in place of the document.
        FactKind::Action(_, Trigger::ByItself) => Code::SeenRuns,
        // Links and the button that sends a form are what ordinary files have: who clicks sees that it is another place.
        FactKind::Action(Action::Uri | Action::OtherDocument | Action::SubmitForm, _) => return None,
        FactKind::Action(..) => Code::SeenOnUse,
        FactKind::AlternateImage { printed: true } => Code::SeenPaperDiffers,
        // Programs of today show the base image.
        FactKind::AlternateImage { printed: false } => Code::SeenDrawnByProgram,
        // The code's own stamp was judged as the code.
        FactKind::AnnotationCovers
            if watched.is_some_and(|watched| fact.object.is_some() && watched.annotation == fact.object) =>
        {
            return None;
        }
        // A stamp on a page is what it looks like, and the seal covers both.
        FactKind::AnnotationCovers => Code::SeenCovers,
        FactKind::AnnotationHidden => Code::SeenAnnotationHidden,
        // Hardly anybody sees, before printing, what is only in the print; a mark without the flag to print is what many
        // programs leave behind.
        FactKind::AnnotationOn(Medium::Paper) => Code::SeenPaperDiffers,
        FactKind::AnnotationOn(Medium::Screen) => Code::SeenNotPrinted,
        FactKind::AnnotationOver { below, signature } => {
            let code = below.is_none() || watched.is_some_and(|watched| watched.annotation == below);
            match (code, signature) {
                (true, _) => Code::SeenCodeCovered,
                // Two seals side by side often touch, and each of them is judged by itself.
                (false, true) => Code::SeenCovers,
                (false, false) => Code::SeenSealCovered,
            }
        }
        FactKind::ChangesUnderPointer => Code::SeenUnderPointer,
        FactKind::Dangling => Code::SeenDangling,
        FactKind::ExternalStream | FactKind::ReferenceXObject => Code::SeenExternal,
        // What may be filled in later is for the seal's permission to say, and that is judged.
        FactKind::Fillable if !issuing => return None,
        FactKind::Fillable => Code::SeenFillable,
        // The letters are the same, their shape is not.
        FactKind::Font(Substitute::Standard | Substitute::Named) => Code::SeenFontNotEmbedded,
        FactKind::Font(Substitute::Unpredictable) => Code::SeenFontUnpredictable,
        FactKind::Layer(LayerState::On) => Code::SeenLayers,
        FactKind::Layer(LayerState::Off | LayerState::Reader) => Code::SeenLayerHidden,
        FactKind::Layer(LayerState::Only(_)) => Code::SeenPaperDiffers,
        FactKind::Media => Code::SeenMedia,
        // The value is covered by the seal, whoever draws it; that it is drawn otherwise has its own code.
        FactKind::NoAppearance => Code::SeenDrawnByProgram,
        FactKind::NotRead => Code::SeenNotRead,
        FactKind::Opi | FactKind::PostScript => Code::SeenPaperDiffers,
        FactKind::Portfolio => Code::SeenPortfolio,
        // Withdrawn by ISO 32000-2, and heeded by few.
        FactKind::PrintArea => Code::SeenNotPrinted,
        FactKind::RidingSeam => Code::SeenRidingSeam,
        FactKind::Unused(_) => Code::SeenUnused,
        FactKind::ValueDiffers => Code::SeenValueDiffers,
        // Also where the pages are fixed: a program that knows XFA takes the fields' values from there.
        FactKind::Xfa { .. } => Code::SeenXfa,
    })
}

/// Where, and which: `JavaScript at Root/OpenAction`.
fn place(fact: &Fact) -> String {
    let what = match fact.kind {
        FactKind::Action(action, _) => format!("{action:?} at "),
        FactKind::AlternateImage { .. } => "alternate image at ".to_owned(),
        FactKind::Layer(_) => "layer at ".to_owned(),
        FactKind::Opi => "OPI at ".to_owned(),
        FactKind::PostScript => "PostScript at ".to_owned(),
        FactKind::NoAppearance => "field at ".to_owned(),
        _ => String::new(),
    };
    let path = if fact.path.is_empty() {
        fact.object
            .map_or_else(|| "file".to_owned(), |id| format!("object {}", id.number))
    } else {
        fact.path.chars().take(160).collect()
    };
    format!("{what}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{Rectangle, Ref};

    fn fact(kind: FactKind, object: Option<u32>, path: &str) -> Fact {
        Fact {
            kind,
            object: object.map(|number| Ref::new(number, 0)),
            page: None,
            path: path.to_owned(),
            rectangle: None,
        }
    }

    #[test]
    fn a_place_says_what_is_there_and_the_way_to_it() {
        let said = |kind| place(&fact(kind, Some(7), "page 1/A"));
        assert_eq!(
            said(FactKind::Action(Action::JavaScript, Trigger::ByHand)),
            "JavaScript at page 1/A"
        );
        let alternate = FactKind::AlternateImage { printed: true };
        assert_eq!(said(alternate), "alternate image at page 1/A");
        assert_eq!(said(FactKind::Layer(LayerState::On)), "layer at page 1/A");
        assert_eq!(said(FactKind::Opi), "OPI at page 1/A");
        assert_eq!(said(FactKind::PostScript), "PostScript at page 1/A");
        assert_eq!(said(FactKind::NoAppearance), "field at page 1/A");
        assert_eq!(said(FactKind::Portfolio), "page 1/A");
        assert_eq!(place(&fact(FactKind::Dangling, Some(7), "")), "object 7");
        assert_eq!(place(&fact(FactKind::Portfolio, None, "")), "file");
    }

    #[test]
    fn the_first_places_are_named_and_the_others_counted() {
        let facts = |count: u32| -> Vec<Fact> {
            let each = (1..=count).map(|number| fact(FactKind::Opi, Some(number), ""));
            each.collect()
        };
        let said = |count| findings(&facts(count), None, "file")[0].evidence.clone();
        assert_eq!(said(1), "OPI at object 1");
        let four = "OPI at object 1; OPI at object 2; OPI at object 3; OPI at object 4";
        assert_eq!(said(4), four);
        assert_eq!(said(6), format!("{four}; 2 more"));
    }

    #[test]
    fn the_codes_own_stamp_covers_nothing_and_what_lies_over_it_covers_the_code() {
        let stamp = Some(Ref::new(7, 0));
        let watched = |annotation| {
            Some(Watched {
                page: Ref::new(3, 0),
                place: Rectangle {
                    left: 0.0,
                    bottom: 0.0,
                    right: 9.0,
                    top: 9.0,
                },
                annotation,
            })
        };
        let covers = |object, annotation| {
            code_of(
                &fact(FactKind::AnnotationCovers, object, ""),
                watched(annotation),
                false,
            )
        };
        assert_eq!(covers(Some(7), stamp), None);
        assert_eq!(covers(Some(8), stamp), Some(Code::SeenCovers));
        assert_eq!(covers(Some(7), None), Some(Code::SeenCovers));
        assert_eq!(covers(None, None), Some(Code::SeenCovers));
        let over = |below: Option<u32>, signature, annotation| {
            let below = below.map(|number| Ref::new(number, 0));
            let kind = FactKind::AnnotationOver { below, signature };
            code_of(&fact(kind, Some(9), ""), watched(annotation), false)
        };
        assert_eq!(over(Some(7), false, stamp), Some(Code::SeenCodeCovered));
        assert_eq!(over(None, false, stamp), Some(Code::SeenCodeCovered));
        assert_eq!(over(Some(8), false, stamp), Some(Code::SeenSealCovered));
        assert_eq!(over(Some(8), true, stamp), Some(Code::SeenCovers));
        assert_eq!(over(Some(8), true, None), Some(Code::SeenCovers));
    }
}
