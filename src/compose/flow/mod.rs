//! From a bound template to set pages: the body flows, what is fixed stands. What has no place is an error that names it.

mod boxes;
mod cell;
mod columnar;
mod form;
mod galley;
mod issuer;
mod line;
mod margin;
mod pages;
mod setter;
mod table;

pub(super) use setter::{Available, baseline};

use super::chain::Fonts;
use super::error::ComposeError;
use super::page::{ArtifactKind, CodePlace, Mark, NodeId, Page, Role, SealPlace, Sheet, Tree};
use super::template::{Align, Block, CodePage, Pages, PictureSource, RuleSource, Template, Text};
use super::units::{Length, mm};
use crate::record::Record;
use galley::Galley;
use issuer::{Issuer, Standing};
use margin::CLEARANCE;
use pages::{Area, Cut};
use setter::{Setter, clear, overflow};

/// Lines that move to the last page with issuer and seal, so that these do not stand there alone: GB/T 9704-2012 wants no page
/// without text (7.3.5.6).
const COMPANY: usize = 2;

/// Sets `record` with `template`; `pictures` are those that it may draw.
pub(super) fn lay_out(
    template: &Template,
    record: &Record,
    fonts: &Fonts,
    pictures: &[Available],
) -> Result<Sheet, ComposeError> {
    let source = &*template.source;
    let (width, height) = template.page_size();
    let margin = source.page.margin;
    let top = height - margin.top.length();
    let (left, right) = (margin.left.length(), width - margin.right.length());
    if right - left < mm(40) {
        return Err(overflow("page", mm(40) - (right - left)));
    }
    let foot = margin.bottom.length() + source.footer.as_ref().map_or(0, Setter::footer_height);
    if top - foot < mm(40) {
        return Err(overflow("page", mm(40) - (top - foot)));
    }
    let mut setter = Setter {
        record,
        fonts,
        language: template.language(),
        pictures,
        left,
        right,
        room: top - foot,
        marks: Vec::new(),
        form_seals: Vec::new(),
        form_code: None,
        tree: Tree::new(),
        heading: 0,
        galley: Galley::default(),
    };
    // Read first, so it is in the tree before the body; put on its page later.
    let mut sample = Vec::new();
    let sample_top = top + source.header.as_ref().map_or(0, Setter::header_height);
    if record.sample() {
        setter.sample_mark(sample_top, true)?;
        sample = core::mem::take(&mut setter.marks);
    }
    setter.body(template)?;

    let tail = Tail::new(&setter, template, foot, width)?;
    let on_first = tail.code.filter(|_| tail.code_page == CodePage::First);
    let floor = |page: usize| match on_first {
        Some((place, _)) if page == 0 => foot.max(place.y + place.side),
        _ => foot,
    };
    let area = Area {
        top,
        floor: &floor,
        most: template.pages,
    };
    let cuts = setter.galley.divide(&area)?;
    let (cuts, standing) = tail.fit(&setter, cuts, &area)?;

    let count = cuts.len();
    let mut papers = setter.place(&cuts, top)?;
    let mut seals = core::mem::take(&mut setter.form_seals)
        .into_iter()
        .map(|(_, seal)| seal)
        .collect::<Vec<SealPlace>>();
    let mut code = setter.form_code.map(|(_, place)| place);
    for (index, paper) in papers.iter_mut().enumerate() {
        let number = (index + 1, count);
        let (first, last) = (index == 0, index + 1 == count);
        if record.sample() {
            if first {
                paper.extend(core::mem::take(&mut sample));
            } else {
                setter.sample_mark(sample_top, false)?;
            }
        }
        for (number, fixed) in source.boxes.iter().enumerate() {
            let shown = match fixed.get_ref().pages {
                Pages::All => true,
                Pages::First => first,
                Pages::Last => last,
            };
            if shown {
                setter.fixed(fixed.get_ref(), &format!("box[{number}]"), (width, height), first)?;
            }
        }
        if let Some(header) = &source.header {
            setter.margin_line(header, ArtifactKind::Header, top, number)?;
        }
        if let Some(footer) = &source.footer {
            setter.margin_line(footer, ArtifactKind::Footer, margin.bottom.length(), number)?;
        }
        if let (Some((place, _)), Some(source), true) = (on_first, &source.code, first) {
            setter.put_code(source, place)?;
            code = Some(place);
        }
        paper.extend(core::mem::take(&mut setter.marks));
    }
    if let Some(paper) = papers.last_mut() {
        if let Some((issuer, standing)) = tail.issuer.zip(standing) {
            seals.extend(setter.put_issuer(issuer, &standing, count - 1));
        }
        if let (Some((place, _)), Some(source), CodePage::Last) = (tail.code, &source.code, tail.code_page) {
            setter.put_code(source, place)?;
            code = Some(CodePlace {
                page: count - 1,
                ..place
            });
        }
        if let Some(notes) = tail.notes {
            setter.put_notes(notes, foot);
        }
        paper.extend(core::mem::take(&mut setter.marks));
    }
    let page = |paper: pages::Paper| Page {
        width,
        height,
        marks: paper.finish(),
    };
    Ok(Sheet {
        pages: papers.into_iter().map(page).collect(),
        tree: setter.tree,
        code,
        seals,
    })
}

/// What stands on the last page below the body.
struct Tail<'a> {
    issuer: Option<Issuer<'a>>,
    notes: Option<margin::Notes<'a>>,
    /// Where the code stands, and how far down its caption goes.
    code: Option<(CodePlace, Length)>,
    code_page: CodePage,
    /// The lowest that the body may reach on the last page, whatever the issuer needs.
    floor: Length,
    /// The lowest that issuer and code may reach.
    fixed_floor: Length,
    margins: (Length, Length),
}

impl<'a> Tail<'a> {
    fn new(
        setter: &Setter<'a>,
        template: &'a Template,
        foot: Length,
        page_width: Length,
    ) -> Result<Self, ComposeError> {
        let source = &*template.source;
        let issuer = match &source.issuer {
            Some(issuer) => Some(setter.issuer(issuer)?),
            None => None,
        };
        let notes = match &source.notes {
            Some(notes) => Some(setter.notes(notes)?),
            None => None,
        };
        let ceiling = foot + notes.as_ref().map_or(0, margin::Notes::height);
        let code_page = source.code.as_ref().map_or(CodePage::Last, |code| code.page);
        let code = match &source.code {
            Some(code) => Some(Setter::code_place(code, page_width)?),
            None => None,
        };
        let mut floor = ceiling;
        if let Some((place, lowest)) = code {
            let below = match code_page {
                CodePage::First => foot,
                CodePage::Last => ceiling,
            };
            clear("code", lowest, below - CLEARANCE)?;
            if code_page == CodePage::Last {
                floor = floor.max(place.y + place.side);
            }
        }
        Ok(Self {
            issuer,
            notes,
            code,
            code_page,
            floor,
            fixed_floor: ceiling - CLEARANCE,
            margins: (setter.left, setter.right),
        })
    }

    /// Where the issuer stands if the body's last page is `cut`, the `page`th from 0.
    fn stand(&self, cut: Cut, page: usize) -> Result<Option<Standing>, ComposeError> {
        clear("body", cut.bottom, self.floor)?;
        let Some(issuer) = &self.issuer else {
            return Ok(None);
        };
        let code = self
            .code
            .filter(|_| self.code_page == CodePage::Last || page == 0)
            .map(|(place, _)| place);
        issuer
            .stand(self.margins, cut.bottom, self.fixed_floor, code)
            .map(Some)
    }

    /// Makes room on the last page: where the tail does not fit below the body, the body's last lines go on to another page.
    fn fit(
        &self,
        setter: &Setter<'_>,
        mut cuts: Vec<Cut>,
        area: &Area<'_>,
    ) -> Result<(Vec<Cut>, Option<Standing>), ComposeError> {
        let page = cuts.len() - 1;
        if self.issuer.is_some() {
            setter.galley.accompany(&mut cuts, COMPANY, area.top);
        }
        let Some(&last) = cuts.last() else {
            return Ok((cuts, None));
        };
        let error = match self.stand(last, page) {
            Ok(standing) => return Ok((cuts, standing)),
            Err(error) => error,
        };
        let parting = setter.galley.parting(last, COMPANY);
        let Some(start) = parting.filter(|_| cuts.len() < area.most) else {
            return Err(error);
        };
        cuts.pop();
        cuts.push(Cut {
            end: start,
            bottom: setter.galley.bottom(last.start, start, area.top),
            ..last
        });
        setter.galley.divide_from(start, area, &mut cuts)?;
        // Fewer lines may not go on, and with more there is less room: what does not fit now fits nowhere.
        let Some(&last) = cuts.last() else {
            return Err(error);
        };
        let standing = self.stand(last, cuts.len() - 1)?;
        Ok((cuts, standing))
    }
}

impl<'a> Setter<'a> {
    /// Sets title and body into the galley.
    fn body(&mut self, template: &'a Template) -> Result<(), ComposeError> {
        let source = &*template.source;
        if let Some(title) = &source.title {
            self.line(title, "title", Align::Centre, Role::H1)?;
        }
        if let Some(subtitle) = &source.subtitle {
            self.line(subtitle, "subtitle", Align::Centre, Role::P)?;
        }
        if let Some(number) = &source.number {
            self.line(number, "number", Align::Right, Role::P)?;
        }
        for (index, block) in source.body.iter().enumerate() {
            let element = |kind: &str| format!("body[{index}] {kind}");
            match block {
                Block::Columnar(columnar) => self.columnar(columnar, &element("columnar"))?,
                Block::Form(form) => self.form(form, &element("form"))?,
                Block::Paragraph(paragraph) => self.paragraph(paragraph, &element("paragraph"))?,
                Block::Picture(picture) => self.flowing_picture(picture, &element("picture"))?,
                Block::Rule(rule) => self.flowing_rule(rule, &element("rule")),
                Block::Table(table) => self.table(table, &element("table"))?,
            }
        }
        Ok(())
    }

    fn flowing_rule(&mut self, source: &RuleSource, element: &str) {
        if !self.holds(source.when.as_ref()) {
            return;
        }
        let weight = source.weight.length();
        self.galley.name(element);
        self.marks.push(Mark::Artifact(ArtifactKind::Layout));
        self.marks.push(Mark::Colour(source.colour.0));
        self.marks.push(Mark::Fill {
            x: self.left,
            y: -weight,
            width: self.measure(),
            height: weight,
        });
        self.marks.push(Mark::Colour([0, 0, 0]));
        self.close();
        self.galley.push(self.marks.len(), weight, source.before.length());
    }

    fn flowing_picture(&mut self, source: &PictureSource, element: &str) -> Result<(), ComposeError> {
        if !self.holds(source.when.as_ref()) {
            return Ok(());
        }
        let Some((number, _)) = self.picture(&source.picture) else {
            if source.optional {
                return Ok(());
            }
            return Err(ComposeError::MissingMember {
                element: element.to_owned(),
                member: format!("pictures.{}", source.picture),
            });
        };
        let (width, height) = (source.width.length(), source.height.length());
        if width > self.measure() {
            return Err(overflow(element, width - self.measure()));
        }
        let alternative = self.spoken(&source.alternative, element)?;
        self.galley.name(element);
        let figure = self.open_new(Role::Figure, NodeId::DOCUMENT);
        if let Some(node) = self.tree.node_mut(figure) {
            node.alt = Some(alternative);
        }
        let x = self.left + setter::aligned(source.align, self.measure() - width);
        self.put_picture(number, (x, 0), (width, height), Align::Centre);
        self.close();
        self.galley.push(self.marks.len(), height, source.before.length());
        Ok(())
    }

    /// The text as it is read out in place of something.
    fn spoken(&self, text: &Text, element: &str) -> Result<Box<str>, ComposeError> {
        let pieces = self.required(text, element)?;
        let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        Ok(text.into())
    }
}
