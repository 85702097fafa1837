//! The peers' certificate data as records.

use serde::Deserialize;
use yinxin::record::{DocumentType, Field, Holder, Identifier, Issuer, Item, Parts, Record};
use yinxin::time::Date;

use super::protocol::{Failure, Job, read};

/// One line of the data file.
#[derive(Deserialize)]
struct Line {
    title: String,
    rows: Vec<(String, String)>,
    para: String,
    qr: String,
}

/// A record and the text of the code that goes on its page.
pub struct Entry {
    pub record: Record,
    pub code: String,
}

// The data name bodies without codes that a record must have: these are samples with right check characters.
const TYPE: &str = "11109900MB2A000628090";
const ISSUER: &str = "11109900MB2A100330";
/// 其他法人或其他组织有效证件: the unified codes in the data are random and have no right check character.
const HOLDER_CODE_TYPE: &str = "099";

/// Every record of the job's data, in order.
pub fn read_all(job: &Job) -> Result<Vec<Entry>, Failure> {
    let text = String::from_utf8(read(&job.data)?)?;
    text.lines()
        .enumerate()
        .map(|(at, line)| entry(at, serde_json::from_str(line)?))
        .collect()
}

fn entry(at: usize, line: Line) -> Result<Entry, Failure> {
    let find = |label: &str| {
        let row = line.rows.iter().find(|(own, _)| own == label);
        row.map(|(_, value)| value.clone())
            .ok_or_else(|| format!("record {at} has no row {label}"))
    };
    let validity = dates(&find("有效期限")?)?;
    let (kind, issuer) = (TYPE.parse()?, ISSUER.parse()?);
    let parts = Parts {
        item: Item {
            code: "11109900MB2A1003302014002000402".into(),
            name: find("许可事项")?,
        },
        identifier: Identifier::compose(&kind, &issuer, &format!("2026{at:07}"), 1)?,
        kind: DocumentType {
            code: kind,
            name: line.title.clone(),
        },
        number: find("决定文号")?,
        holder: Holder {
            name: find("申请人")?,
            code_type: HOLDER_CODE_TYPE.into(),
            code: find("统一社会信用代码")?,
        },
        issuer: Issuer {
            name: find("发证机关")?,
            code: issuer,
        },
        issued: *dates(&find("受理日期")?)?.first().ok_or("no date of issue")?,
        valid_from: validity.first().copied(),
        valid_to: validity.get(1).copied(),
        decision: Some(line.para.clone()),
        tables: Vec::new(),
        pictures: Vec::new(),
        joint: None,
        fields: line
            .rows
            .iter()
            .map(|(label, value)| Field {
                label: label.clone(),
                value: value.clone(),
            })
            .collect(),
        sample: false,
    };
    Ok(Entry {
        record: Record::new(parts)?,
        code: line.qr,
    })
}

/// The days in a text such as `2026年1月1日至2031年1月1日`.
fn dates(text: &str) -> Result<Vec<Date>, Failure> {
    let numbers: Vec<u16> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let day = |parts: &[u16]| -> Result<Date, Failure> {
        match parts {
            [year, month, day] => Ok(Date::new(*year, u8::try_from(*month)?, u8::try_from(*day)?)?),
            _ => Err(format!("not a date: {text}").into()),
        }
    };
    numbers.chunks(3).map(day).collect()
}
