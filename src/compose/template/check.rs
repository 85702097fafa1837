//! What only the whole template shows: languages of its texts, widths of its columns, cells of its forms.

use super::blocks::{Block, Columnar, Form};
use super::source::{BoxSource, Source};
use super::text::Text;
use crate::compose::chain::Typeface;
use crate::compose::units::Mm;
use crate::limits::Limits;

/// Where in the template, in bytes, and what is wrong there.
type Complaint = (usize, String);

impl Source {
    /// Checks what the single keys cannot show.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), Complaint> {
        let mut elements = 0_usize;
        let mut complaint = None;
        if self.code_sides().count() > 1 {
            return Err((0, "there are two codes; a result has one".into()));
        }
        self.visit(&mut |_, text| {
            elements += 1;
            if let Err(message) = text.check(&self.languages.0)
                && complaint.is_none()
            {
                complaint = Some((text.at, message));
            }
        });
        if let Some(complaint) = complaint {
            return Err(complaint);
        }
        if elements > limits.template_elements {
            let most = limits.template_elements;
            return Err((0, format!("the template has {elements} texts, more than {most}")));
        }
        for fixed in &self.boxes {
            check_box(fixed.get_ref()).map_err(|message| (fixed.span().start, message))?;
        }
        for block in &self.body {
            match block {
                Block::Columnar(columnar) => check_columnar(columnar)?,
                Block::Form(form) => check_form(form)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The side of every code that the template places.
    pub(in crate::compose) fn code_sides(&self) -> impl Iterator<Item = Mm> + '_ {
        let forms = self.body.iter().filter_map(|block| match block {
            Block::Form(form) => Some(form),
            _ => None,
        });
        let rows = forms.flat_map(|form| &form.rows);
        let cells = rows
            .flat_map(|row| &row.get_ref().cells)
            .filter_map(|cell| cell.code);
        self.code.iter().map(|code| code.side).chain(cells)
    }

    /// Shows every text to `see`.
    pub(super) fn visit(&self, see: &mut dyn FnMut(Typeface, &Text)) {
        let lines = [self.title.as_ref(), self.subtitle.as_ref(), self.number.as_ref()];
        lines
            .into_iter()
            .flatten()
            .for_each(|line| see(line.font, &line.text));
        for margin in [&self.header, &self.footer].into_iter().flatten() {
            see(margin.font, &margin.text.0);
            margin.first.iter().for_each(|first| see(margin.font, &first.0));
        }
        for block in &self.body {
            visit_block(block, see);
        }
        for BoxSource {
            text,
            alternative,
            font,
            ..
        } in self.boxes.iter().map(toml::Spanned::get_ref)
        {
            text.iter().chain(alternative).for_each(|text| see(*font, text));
        }
        if let Some(issuer) = &self.issuer {
            see(issuer.font, &issuer.name);
            issuer
                .joint
                .iter()
                .for_each(|joint| see(issuer.font, &joint.name));
            see(issuer.font, &issuer.date);
        }
        if let Some(caption) = self.code.as_ref().and_then(|code| code.caption.as_ref()) {
            see(Typeface::Song, caption);
        }
        if let Some(notes) = &self.notes {
            notes.lines.iter().for_each(|line| see(notes.font, line));
            if let Some(closing) = &notes.closing {
                see(notes.font, &closing.left);
                see(notes.font, &closing.right);
            }
        }
    }
}

fn visit_block(block: &Block, see: &mut dyn FnMut(Typeface, &Text)) {
    match block {
        Block::Columnar(columnar) => {
            for column in columnar.columns.get_ref() {
                let heads = column.label.iter().chain(&column.second);
                heads.for_each(|head| see(columnar.head_font, head));
            }
            let totals = [&columnar.total, &columnar.page_total];
            totals
                .into_iter()
                .flatten()
                .for_each(|total| see(columnar.font, &total.label));
        }
        Block::Form(form) => {
            for cell in form.rows.iter().flat_map(|row| &row.get_ref().cells) {
                let labels = [&cell.label, &cell.second].into_iter().flatten();
                labels.for_each(|label| see(form.label_font, label));
                let values = [&cell.value, &cell.alternative].into_iter().flatten();
                values.for_each(|value| see(form.font, value));
                if let Some(sign) = &cell.sign {
                    see(form.font, &sign.name);
                    see(form.font, &sign.date);
                }
            }
        }
        Block::Paragraph(paragraph) => see(paragraph.font, &paragraph.text),
        Block::Picture(picture) => see(Typeface::Song, &picture.alternative),
        Block::Rule(_) => {}
        Block::Table(table) => {
            for row in table.rows.iter().chain(&table.closing_rows) {
                see(table.label_font, &row.label);
                row.second.iter().for_each(|second| see(table.label_font, second));
                see(table.font, &row.value);
            }
        }
    }
}

fn check_box(fixed: &BoxSource) -> Result<(), String> {
    let has_height = fixed.height.length() > 0;
    if fixed.text.is_none() && fixed.picture.is_none() && fixed.frame.is_none() && fixed.rule.is_none() {
        return Err("a box has a text, a picture, a frame or a rule".into());
    }
    if !has_height && (fixed.text.is_some() || fixed.picture.is_some() || fixed.frame.is_some()) {
        return Err("a box with a text, a picture or a frame has a height".into());
    }
    if fixed.picture.is_some() && fixed.alternative.is_none() {
        return Err("a picture needs an alternative text".into());
    }
    Ok(())
}

fn check_columnar(columnar: &Columnar) -> Result<(), Complaint> {
    let at = columnar.columns.span().start;
    let columns = columnar.columns.get_ref();
    if !(1..=32).contains(&columns.len()) {
        return Err((at, format!("a table has 1 to 32 columns, not {}", columns.len())));
    }
    for column in columns {
        if column.width.is_some() == column.share.is_some() {
            return Err((at, "a column has either a width or a share".into()));
        }
        if column.column.is_none() && column.label.is_none() {
            return Err((at, "a column of row numbers has a label".into()));
        }
    }
    for total in [&columnar.total, &columnar.page_total].into_iter().flatten() {
        let shown = |name: &&String| columns.iter().any(|column| column.column.as_ref() == Some(name));
        if let Some(name) = total.sums.iter().find(|name| !shown(name)) {
            return Err((
                total.label.at,
                format!("the column `{name}` that is summed is not shown"),
            ));
        }
        if columns.first().is_some_and(|first| {
            first
                .column
                .as_ref()
                .is_some_and(|name| total.sums.contains(name))
        }) {
            return Err((
                total.label.at,
                "the first column has the label of the sums; sum others".into(),
            ));
        }
    }
    Ok(())
}

/// Every place of the grid is taken by exactly one cell.
fn check_form(form: &Form) -> Result<(), Complaint> {
    let width = form.columns.get_ref().len();
    if !(1..=64).contains(&width) {
        let at = form.columns.span().start;
        return Err((at, format!("a form has 1 to 64 columns, not {width}")));
    }
    // How many more rows each column is taken from above.
    let mut taken = vec![0_usize; width];
    for (number, row) in form.rows.iter().enumerate() {
        let at = row.span().start;
        let mut column = 0;
        for cell in &row.get_ref().cells {
            while taken.get(column).is_some_and(|&rows| rows > 0) {
                column += 1;
            }
            let end = column.saturating_add(cell.span.columns);
            let Some(places) = taken.get_mut(column..end) else {
                return Err((
                    at,
                    format!("the cells reach beyond the {width} columns of the form"),
                ));
            };
            if places.iter().any(|&rows| rows > 0) {
                return Err((at, "a cell lies over one that comes from above".into()));
            }
            if number + cell.span.rows > form.rows.len() {
                return Err((at, "a cell reaches below the last row of the form".into()));
            }
            if cell.value.is_some() && cell.label.is_some() {
                return Err((at, "a cell has a label or a value, not both".into()));
            }
            if cell.second.is_some() && cell.label.is_none() {
                return Err((at, "second needs a label".into()));
            }
            if cell.picture.is_some() && cell.alternative.is_none() {
                return Err((at, "a picture needs an alternative text".into()));
            }
            places.fill(cell.span.rows);
            column = end;
        }
        if taken.contains(&0) {
            return Err((
                at,
                format!("the cells do not fill the {width} columns of the form"),
            ));
        }
        taken.iter_mut().for_each(|rows| *rows -= 1);
    }
    Ok(())
}
