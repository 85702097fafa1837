//! Where everything stands on the page of a verification record.
//!
//! Verdict, file, steps and authority list always fit; seals, findings and fields share what is left, each at least its
//! beginning, and what is left out is counted.

use super::{REPORT_FILE, VerificationRecord};
use crate::compose::ComposeError;
use crate::compose::leaf::{Leaf, LeafMatter, Length, Lines, Style, mm};
use crate::draft::Draft;
use crate::time::Time;
use crate::verify::{
    ENGINE, Finding, ListFacts, Outcome, Report, SealFacts, Severity, StepFacts, StepResult, covers, existed,
};

const LEFT: Length = mm(18);
const RIGHT: Length = Leaf::WIDTH - mm(18);
const MEASURE: Length = RIGHT - LEFT;
const TOP: Length = Leaf::HEIGHT - mm(14);
/// Where values start, from the left margin.
const LABEL: Length = mm(33);
/// Upper edge of the foot with the verifying department and its seal.
const FOOT: Length = mm(52);
const SEAL_RADIUS: Length = mm(21);

const TITLE: Style = bold(18_000);
const SUBTITLE: Style = plain(9_500);
const VERDICT: Style = bold(19_000);
const HEAD: Style = bold(8_500);
const TEXT: Style = plain(8_500);
const SMALL: Style = plain(7_500);
const PITCH: Length = 12_000;
const SMALL_PITCH: Length = 10_200;
/// Between one section and the next.
const GAP: Length = 6_000;
const HEAD_HEIGHT: Length = 15_000;
/// More entries of a list than any page holds: what is beyond is only counted, so that a hostile file costs no more.
const MOST: usize = 100;

const BLACK: [i32; 3] = [0, 0, 0];
const GREY: [i32; 3] = [700, 700, 700];
const GREEN: [i32; 3] = [0, 400, 220];
const AMBER: [i32; 3] = [600, 350, 0];
const RED: [i32; 3] = [700, 60, 60];

const fn plain(size: Length) -> Style {
    Style { size, bold: false }
}

const fn bold(size: Length) -> Style {
    Style { size, bold: true }
}

/// Sets the page.
pub(super) fn set(record: &VerificationRecord<'_>) -> Result<Draft, ComposeError> {
    let report = record.report;
    let mut page = Page {
        leaf: Leaf::new(&record.fonts),
        y: TOP,
    };
    page.title();
    page.verdict(report);
    page.subject(record);
    page.steps(&report.steps);
    page.standing(report.list.as_ref());
    page.shared(report);
    page.foot(record);
    // Strings, numbers and lists of them: there is nothing in a report that JSON cannot hold.
    let json = serde_json::to_vec(report).unwrap_or_default();
    page.leaf.finish(&LeafMatter {
        title: &format!("核验记录 Verification record: {}", record.subject.name),
        creator: &record.asked_by,
        at: report.at,
        attached: Some((
            REPORT_FILE,
            "application/json",
            "核验报告 Verification report (JSON)",
            &json,
        )),
    })
}

struct Page<'f> {
    leaf: Leaf<'f>,
    /// Where the next element starts.
    y: Length,
}

/// One entry of a list that may be cut: what stands side by side.
struct Entry(Vec<Part>);

/// A label and the texts beside it, below each other.
struct Part {
    x: Length,
    label: Lines,
    texts: Vec<Lines>,
    colour: [i32; 3],
}

impl Part {
    /// Whether it leaves the right half of the page free.
    fn fits_half(&self, half: Length) -> bool {
        let widest = self.texts.iter().map(Lines::width).max().unwrap_or(0);
        widest <= half - LABEL - 4_000
    }
}

impl Entry {
    fn height(&self) -> Length {
        let lines = |part: &Part| part.texts.iter().map(Lines::count).sum::<Length>();
        let most = self.0.iter().map(lines).max().unwrap_or(1).max(1);
        most.saturating_mul(SMALL_PITCH).saturating_add(2_000)
    }
}

/// A list with its heading, of which `taken` entries fit.
struct Section {
    head: &'static str,
    entries: Vec<Entry>,
    taken: usize,
    /// How many more there are that were not even set, for no page would hold them.
    unset: usize,
}

impl Page<'_> {
    fn title(&mut self) {
        for (text, style, pitch) in [
            ("核验记录", TITLE, 24_000),
            ("Verification record", SUBTITLE, 14_000),
        ] {
            let line = self.leaf.line(text, style);
            let x = LEFT + (MEASURE - line.width()) / 2;
            self.leaf.put(line, x, self.y, pitch);
            self.y -= pitch;
        }
        self.y -= GAP;
    }

    /// The verdict in a frame, with the leading reason and what to do.
    fn verdict(&mut self, report: &Report) {
        let (english, chinese) = report.advice();
        let colour = match report.outcome {
            Outcome::Authentic if report.sample() => AMBER,
            Outcome::Authentic => GREEN,
            Outcome::NotAuthentic => RED,
            Outcome::Indeterminate => AMBER,
        };
        let top = self.y;
        let inner = LEFT + mm(5);
        let measure = RIGHT - mm(3) - inner;
        self.y -= 5_000;
        self.leaf.colour(colour);
        for (text, style, pitch) in [(chinese, VERDICT, 26_000), (english, bold(10_000), 15_000)] {
            let lines = self.leaf.lines(text, style, measure, 1);
            self.leaf.put(lines, inner, self.y, pitch);
            self.y -= pitch;
        }
        self.leaf.colour(BLACK);
        let leading = report.findings.first();
        if let Some(finding) = leading.filter(|finding| finding.code.severity() > Severity::Note) {
            let code = finding.code;
            let reasons = [
                format!("原因：{}。处理：{}。", code.chinese(), code.remedy_chinese()),
                format!("Reason: {}. To do: {}.", code.english(), code.remedy()),
            ];
            for reason in reasons {
                let lines = self.leaf.lines(&reason, TEXT, measure, 3);
                let height = PITCH * lines.count();
                self.leaf.put(lines, inner, self.y, PITCH);
                self.y -= height;
            }
        }
        let sub = report
            .sub_indication()
            .map_or_else(String::new, |sub| format!(" / {sub}"));
        let mut standard = format!("EN 319 102-1: {}{sub}", report.indication());
        if let Some(policy) = report.policy {
            standard.push_str(&format!("；改动规则 policy: {}", policy.name()));
        }
        let line = self.leaf.line(&standard, SMALL);
        self.leaf.put(line, inner, self.y, PITCH);
        self.y -= PITCH + 4_000;
        let height = top - self.y;
        self.leaf.colour(colour);
        self.leaf.fill(LEFT, self.y, mm(2), height);
        for y in [self.y, top - 700] {
            self.leaf.fill(LEFT, y, MEASURE, 700);
        }
        self.leaf.fill(RIGHT - 700, self.y, 700, height);
        self.leaf.colour(BLACK);
        self.y -= GAP;
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
        self.row("核验时点 As of", &local(record.report.at), 1);
        let or_blank = |text: &str| if text.is_empty() { "—" } else { text }.to_owned();
        self.row("核验单位 Asked by", &or_blank(&record.asked_by), 2);
        self.row("用途 Purpose", &or_blank(&record.purpose), 2);
        self.y -= GAP;
    }

    /// The steps in two columns, read downwards.
    fn steps(&mut self, steps: &[StepFacts]) {
        self.head("核验步骤 Steps");
        let rows = steps.len().div_ceil(2);
        let gap = mm(6);
        let column = (MEASURE - gap) / 2;
        let top = self.y;
        let mut lowest = top;
        for (index, facts) in steps.iter().enumerate() {
            let second = index >= rows;
            let row = if second { index - rows } else { index };
            let x = if second { LEFT + column + gap } else { LEFT };
            let y = top - SMALL_PITCH * Length::try_from(row).unwrap_or(0);
            let result = format!("{} {}", facts.result.chinese(), facts.result.english());
            let (colour, style) = match facts.result {
                StepResult::Passed => (GREEN, SMALL),
                StepResult::Failed => (RED, bold(SMALL.size)),
                StepResult::Undecided => (AMBER, bold(SMALL.size)),
                _ => (BLACK, SMALL),
            };
            let result = self.leaf.line(&result, style);
            let room = column - result.width() - 4_000;
            let name = format!("{} {}", facts.step.chinese(), facts.step.english());
            let name = self.leaf.lines(&name, SMALL, room, 1);
            self.leaf.put(name, x, y, SMALL_PITCH);
            let end = x + column - result.width();
            self.leaf.colour(colour);
            self.leaf.put(result, end, y, SMALL_PITCH);
            self.leaf.colour(BLACK);
            lowest = lowest.min(y - SMALL_PITCH);
        }
        self.y = lowest - GAP;
    }

    /// Under which list, how old it is, and how old what is known of the result's status.
    fn standing(&mut self, list: Option<&ListFacts>) {
        self.head("授权与状态 Authority and status");
        match list {
            None => self.row("名录 List", "无 none", 1),
            Some(list) => {
                // Whole days, rounded down; a list from the future has a negative age.
                let days = list.age_seconds.div_euclid(86_400);
                let facts = format!(
                    "第 {0} 号 no. {0}；签发 issued {1}；距核验时点 age {days} 天 days；有效至 good until {2}",
                    list.sequence,
                    local(list.issued),
                    local(list.expires)
                );
                self.row("名录 List", &facts, 2);
                let issuer = match &list.issuer {
                    Some((name, code)) => format!("{name}（{code}）"),
                    None => "名录未收录 not on the list".to_owned(),
                };
                self.row("机关 Body", &issuer, 2);
            }
        }
        let status =
            "本版本不核查结果是否已注销、撤销 whether it was withdrawn since is not checked in this version";
        self.row("状态 Status", status, 1);
        self.y -= GAP;
    }

    /// Findings, seals and fields share the room above the foot.
    fn shared(&mut self, report: &Report) {
        let (fields, unset) = self.fields(report);
        let mut sections = [
            Section {
                head: "核验发现 Findings",
                entries: report
                    .findings
                    .iter()
                    .take(MOST)
                    .map(|f| self.finding(f))
                    .collect(),
                taken: 0,
                unset: report.findings.len().saturating_sub(MOST),
            },
            Section {
                head: "签章 Seals",
                entries: report
                    .seals
                    .iter()
                    .take(MOST)
                    .map(|seal| self.seal(seal, report.revisions))
                    .collect(),
                taken: 0,
                unset: report.seals.len().saturating_sub(MOST),
            },
            Section {
                head: "核对内容（与纸面逐项比对） What it says, to be compared with the paper",
                entries: fields,
                taken: 0,
                unset,
            },
        ];
        // The line that counts what is left out, and the heading, are kept free for each.
        let fixed = |section: &Section| match section.entries.len() {
            0 => 0,
            _ => HEAD_HEIGHT + SMALL_PITCH + GAP,
        };
        let mut room = self.y - FOOT - sections.iter().map(fixed).sum::<Length>();
        take(&mut sections, &mut room);
        // The lists that are whole need no line to count what is left out.
        let whole = sections
            .iter()
            .filter(|s| !s.entries.is_empty() && s.taken == s.entries.len() && s.unset == 0);
        room += whole.map(|_| SMALL_PITCH).sum::<Length>();
        take(&mut sections, &mut room);
        for section in sections {
            self.section(section);
        }
    }

    fn section(&mut self, section: Section) {
        if section.entries.is_empty() {
            return;
        }
        self.head(section.head);
        let parts = |entries: &[Entry]| entries.iter().map(|entry| entry.0.len()).sum::<usize>();
        let left_out = section.unset + parts(section.entries.get(section.taken..).unwrap_or_default());
        for entry in section.entries.into_iter().take(section.taken) {
            let height = entry.height();
            for part in entry.0 {
                let mut top = self.y;
                self.leaf.colour(part.colour);
                self.leaf.put(part.label, part.x, top, SMALL_PITCH);
                self.leaf.colour(BLACK);
                for text in part.texts {
                    let used = SMALL_PITCH * text.count();
                    self.leaf.put(text, part.x + LABEL, top, SMALL_PITCH);
                    top -= used;
                }
            }
            self.y -= height;
        }
        if left_out > 0 {
            let more = format!(
                "另有 {left_out} 项，见附件 {REPORT_FILE}；and {left_out} more, see the attached {REPORT_FILE}"
            );
            let line = self.leaf.line(&more, bold(SMALL.size));
            self.leaf.put(line, LEFT + LABEL, self.y, SMALL_PITCH);
            self.y -= SMALL_PITCH;
        }
        self.y -= GAP;
    }

    fn finding(&self, finding: &Finding) -> Entry {
        let code = finding.code;
        let (word, colour) = match code.severity() {
            Severity::Fatal => ("错误 wrong", RED),
            Severity::Doubt => ("存疑 doubt", AMBER),
            Severity::Note => ("提示 note", BLACK),
        };
        // What to do stands before what was seen, which may be long.
        let mut what = format!("{}：{} → {}", code.name(), code.chinese(), code.remedy_chinese());
        for part in [&finding.object, &finding.evidence] {
            if !part.is_empty() {
                what.push_str(&format!(" [{part}]"));
            }
        }
        let texts = [what, format!("{} → {}", code.english(), code.remedy())];
        self.entry(word, colour, &texts)
    }

    fn seal(&self, seal: &SealFacts, revisions: usize) -> Entry {
        let time = match seal.signed_at {
            Some(at) => format!("自称时间 time claimed: {}", local(at)),
            None => "未写明时间 no time stated".to_owned(),
        };
        let (english, chinese) = covers(seal, revisions);
        let covers = format!("覆盖{chinese} covers {english}");
        let (indication, sub) = seal.verdict();
        let sub = sub.map_or_else(String::new, |sub| format!(" / {sub}"));
        let texts = [
            seal.signer
                .clone()
                .unwrap_or_else(|| "证书不明 certificate not known".to_owned()),
            format!("{time}；{covers}"),
            format!("{}；{indication}{sub}", seal.algorithm.as_deref().unwrap_or("—")),
        ];
        let mut texts = texts.to_vec();
        if let Some(proven) = &seal.proven {
            let (english, chinese) = existed(proven);
            texts.push(format!("证明 proven: {chinese} {english}"));
        }
        for stamp in &seal.time_stamps {
            let trusted = match (stamp.trusted, stamp.revocation_known) {
                (true, true) => "可信且未撤销 trusted, not revoked",
                (true, false) => "可信 trusted",
                (false, _) => "不能证明时间 proves nothing",
            };
            texts.push(format!(
                "时间戳 time stamp: {}（{trusted}）{}",
                local(stamp.time),
                stamp.authority
            ));
        }
        let colour = if seal.trusted && seal.intact { BLACK } else { AMBER };
        self.entry(&seal.field, colour, &texts)
    }

    /// The compared fields, two side by side where they are short; only an authentic file says anything.
    /// Returns how many were not set, too.
    fn fields(&self, report: &Report) -> (Vec<Entry>, usize) {
        let Ok(authentic) = report.authentic() else {
            return (vec![], 0);
        };
        let all = authentic.fields();
        let half = MEASURE / 2;
        let mut entries: Vec<Entry> = vec![];
        for field in all.iter().take(MOST) {
            // A value may have lines of its own; here each has one, or two.
            let value = [field.value.replace('\n', " ")];
            let mut part = self.part(&field.label, BLACK, &value, half - LABEL - 4_000);
            let narrow = part.texts.iter().map(Lines::count).sum::<Length>() <= 1;
            match entries.last_mut().map(|entry| entry.0.as_mut_slice()) {
                Some([first]) if narrow && first.fits_half(half) => {
                    part.x = LEFT + half;
                    if let Some(entry) = entries.last_mut() {
                        entry.0.push(part);
                    }
                }
                _ if narrow => entries.push(Entry(vec![part])),
                _ => entries.push(self.entry(&field.label, BLACK, &value)),
            }
        }
        (entries, all.len().saturating_sub(MOST))
    }

    fn entry(&self, label: &str, colour: [i32; 3], texts: &[String]) -> Entry {
        Entry(vec![self.part(label, colour, texts, MEASURE - LABEL)])
    }

    fn part(&self, label: &str, colour: [i32; 3], texts: &[String], measure: Length) -> Part {
        let texts = texts.iter().map(|text| self.leaf.lines(text, SMALL, measure, 2));
        Part {
            x: LEFT,
            label: self.leaf.lines(label, SMALL, LABEL - 4_000, 1),
            texts: texts.collect(),
            colour,
        }
    }

    /// The verifying department with the place of its seal, and what made the page.
    fn foot(&mut self, record: &VerificationRecord<'_>) {
        self.leaf.colour(GREY);
        self.leaf.fill(LEFT, FOOT - 2_000, MEASURE, 400);
        self.leaf.colour(BLACK);
        let measure = mm(95);
        let notes = [
            format!("本记录由 {ENGINE} 生成，完整核验报告见本文件附件 {REPORT_FILE}。"),
            "相同的文件、信任依据与核验时点得出相同的记录；核验单位盖章后归档。".to_owned(),
            format!("Made by {ENGINE}; the whole report is attached as {REPORT_FILE}."),
            "The same file, trust and time give the same record; to be sealed by the verifying body and filed."
                .to_owned(),
        ];
        let mut y = FOOT - 8_000;
        for note in notes {
            let lines = self.leaf.lines(&note, SMALL, measure, 2);
            let height = SMALL_PITCH * lines.count();
            self.leaf.put(lines, LEFT, y, SMALL_PITCH);
            y -= height;
        }
        let name = if record.asked_by.is_empty() {
            "核验单位（盖章）Verified by (seal)"
        } else {
            &record.asked_by
        };
        let centre = RIGHT - mm(32);
        let middle = FOOT - mm(2) - SEAL_RADIUS;
        let date = record.report.at.date_at_offset(8);
        let date = format!("{}年{}月{}日", date.year(), date.month(), date.day());
        let mut y = middle + 6_000;
        for (text, style) in [(name, plain(10_000)), (&date, plain(10_000))] {
            let lines = self.leaf.lines(text, style, mm(60), 2);
            let (x, height) = (centre - lines.width() / 2, 14_000 * lines.count());
            self.leaf.put(lines, x, y, 14_000);
            y -= height;
        }
        self.leaf.seal_place(&record.asked_by, centre, middle);
    }

    fn head(&mut self, text: &str) {
        let line = self.leaf.line(text, HEAD);
        self.leaf.put(line, LEFT, self.y, HEAD_HEIGHT - 3_000);
        self.y -= HEAD_HEIGHT - 2_500;
        self.leaf.colour(GREY);
        self.leaf.fill(LEFT, self.y, MEASURE, 400);
        self.leaf.colour(BLACK);
        self.y -= 2_500;
    }

    fn row(&mut self, label: &str, value: &str, most: usize) {
        let label = self.leaf.line(label, TEXT);
        self.leaf.put(label, LEFT, self.y, PITCH);
        let value = self.leaf.lines(value, TEXT, MEASURE - LABEL, most);
        let height = PITCH * value.count().max(1);
        self.leaf.put(value, LEFT + LABEL, self.y, PITCH);
        self.y -= height;
    }
}

/// Takes entries in turns, so that a long list leaves the beginning of the others their place.
fn take(sections: &mut [Section; 3], room: &mut Length) {
    let mut open = [true; 3];
    while open.contains(&true) {
        for (section, open) in sections.iter_mut().zip(&mut open) {
            match section.entries.get(section.taken) {
                Some(entry) if *open && entry.height() <= *room => {
                    *room -= entry.height();
                    section.taken += 1;
                }
                _ => *open = false,
            }
        }
    }
}

/// As clocks in China show it.
fn local(time: Time) -> String {
    let seconds = time.unix().saturating_add(8 * 3600).rem_euclid(86_400);
    format!(
        "{} {:02}:{:02}:{:02} +08:00",
        time.date_at_offset(8),
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
