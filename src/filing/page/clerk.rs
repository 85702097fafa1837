//! The first page: the verdict, what was verified, the answers, and the place of the seal.

use super::super::{REPORT_FILE, VerificationRecord};
use super::section::{Entry, MOST, Section};
use super::sheet::{
    AMBER, BLACK, Colour, GAP, GREEN, LEFT, MEASURE, PITCH, RED, RIGHT, SMALL, SMALL_PITCH, Sheet, TEXT,
    colour,
};
use crate::compose::leaf::{Length, Style, mm};
use crate::verify::{Answer, ENGINE, Question, Report, Row, Words};

const VERDICT: Style = Style::bold(18_000);
/// Upper edge of the foot with the verifying department and its seal.
const FOOT: Length = mm(60);
const SEAL_RADIUS: Length = mm(21);

impl Sheet<'_> {
    /// Sets the page; returns what of the result's content goes on on the next.
    pub(super) fn clerk(&mut self, record: &VerificationRecord<'_>) -> Vec<Section> {
        let answers = record.report.answers();
        self.title("核验记录", "Verification record");
        for answer in answers.iter().filter(|it| it.question == Question::Accept) {
            self.verdict(record.report, answer);
        }
        self.subject(record);
        let others = answers.iter().filter(|it| it.question != Question::Accept);
        let sections = others.map(|answer| self.answer(answer)).collect();
        let more = self.share(sections, FOOT);
        self.foot(record);
        self.number(1, &record.subject.name);
        more
    }

    /// The verdict in a frame, with its reason and what to do.
    fn verdict(&mut self, report: &Report, answer: &Answer) {
        let (english, chinese) = report.advice();
        let colour = match answer.value {
            "no" | "no-sample" => RED,
            "cannot-tell" => AMBER,
            _ => GREEN,
        };
        let top = self.y;
        let inner = LEFT + mm(5);
        let measure = RIGHT - mm(3) - inner;
        self.y -= 4_000;
        self.leaf.colour(colour);
        for (text, style, pitch) in [(chinese, VERDICT, 25_000), (english, Style::bold(10_000), 15_000)] {
            let lines = self.leaf.lines(text, style, measure, 1);
            self.leaf.put(lines, inner, self.y, pitch);
            self.y -= pitch;
        }
        self.leaf.colour(BLACK);
        for Row { label, text, .. } in answer.rows.iter().filter(|row| row.name != "as-of") {
            let chinese = format!("{}：{}。", label.zh, text.zh);
            for said in [chinese, format!("{}: {}.", capital(&label.en), text.en)] {
                let lines = self.leaf.lines(&said, TEXT, measure, 3);
                self.down(lines, inner, PITCH);
            }
        }
        self.y -= 4_000;
        self.frame(top, colour);
        self.y -= GAP;
    }

    fn frame(&mut self, top: Length, colour: Colour) {
        let height = top - self.y;
        self.leaf.colour(colour);
        self.leaf.fill(LEFT, self.y, mm(2), height);
        for y in [self.y, top - 700] {
            self.leaf.fill(LEFT, y, MEASURE, 700);
        }
        self.leaf.fill(RIGHT - 700, self.y, 700, height);
        self.leaf.colour(BLACK);
    }

    fn subject(&mut self, record: &VerificationRecord<'_>) {
        let subject = &record.subject;
        let digest: String = subject.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        self.head("核验对象 What was verified");
        self.row("文件 File", &subject.name, 2);
        let length = match record.report.revisions {
            0 => format!("{} 字节 bytes", subject.length),
            count => format!("{} 字节 bytes，共 {count} 版 revisions: {count}", subject.length),
        };
        self.row("长度 Length", &length, 1);
        self.row("摘要 SHA-256", &digest, 2);
        self.row("核验时点 As of", &record.report.at.in_china(), 1);
        let or_blank = |text: &str| if text.is_empty() { "—" } else { text }.to_owned();
        self.row("核验单位 Asked by", &or_blank(&record.asked_by), 2);
        self.row("用途 Purpose", &or_blank(&record.purpose), 2);
        self.y -= GAP;
    }

    fn answer(&self, answer: &Answer) -> Section {
        let Words { en, zh } = answer.question.words();
        let head = format!("{zh} {}", capital(&en));
        let is_field = |row: &&Row| row.name == "field";
        let fields = answer.rows.iter().filter(is_field).take(MOST);
        let mut entries = self.pairs(fields.map(|row| (row.label.zh.as_str(), row.text.zh.as_str())));
        let others = answer.rows.iter().filter(|row| !is_field(row));
        entries.extend(others.map(|row| self.line(row)));
        let section = Section::new(head, entries, answer.rows.len());
        match answer.question {
            Question::Content => section.going_on(),
            _ => section,
        }
    }

    /// A line of an answer in both languages, side by side where there is room.
    fn line(&self, row: &Row) -> Entry {
        let Row { label, text, .. } = row;
        let label = format!("{} {}", label.zh, capital(&label.en));
        let english = capital(&text.en);
        let both = format!("{}  {english}", text.zh);
        let texts = match () {
            () if text.zh == text.en => vec![text.zh.clone()],
            () if self.fits(&both) => vec![both],
            () => vec![text.zh.clone(), english],
        };
        self.entry(&label, colour(row.severity), &texts)
    }

    /// The verifying department with the place of its seal, and what made the record.
    fn foot(&mut self, record: &VerificationRecord<'_>) {
        self.rule(FOOT - 2_000);
        let measure = mm(110);
        let notes = [
            format!("本记录由 {ENGINE} 生成，技术信息见第 2 页，完整核验报告见附件 {REPORT_FILE}。"),
            "相同的文件、信任依据与核验时点得出相同的记录；核验单位盖章后归档。".to_owned(),
            format!("Made by {ENGINE}; technical matters on page 2, {REPORT_FILE} attached."),
            "The same file, trust and time give the same record. To be sealed and filed.".to_owned(),
        ];
        self.y = FOOT - 8_000;
        for note in notes {
            let lines = self.leaf.lines(&note, SMALL, measure, 2);
            self.down(lines, LEFT, SMALL_PITCH);
        }
        let name = if record.asked_by.is_empty() {
            "核验单位（盖章）Verified by (seal)"
        } else {
            &record.asked_by
        };
        let centre = RIGHT - mm(32);
        let middle = FOOT - mm(3) - SEAL_RADIUS;
        let date = record.report.at.date_at_offset(8);
        let date = format!("{}年{}月{}日", date.year(), date.month(), date.day());
        self.y = middle + 6_000;
        for text in [name, &date] {
            let lines = self.leaf.lines(text, Style::plain(10_000), mm(60), 2);
            let x = centre - lines.width() / 2;
            self.down(lines, x, 14_000);
        }
        self.leaf.seal_place(&record.asked_by, centre, middle);
    }
}

/// With a capital letter, as lines on paper begin.
pub(super) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}
