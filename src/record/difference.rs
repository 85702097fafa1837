//! What one record says that another does not: for whoever reviews a new version, or has to show later who changed what.

use core::fmt;

use super::parts::{Issuer, Joint, Parts};
use super::{Picture, Record, Table};

/// One difference between two records.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// The member, named as errors name it, what has a label by its label: `holder.name`, `fields[住所]`, `tables[名册].rows[3].姓名`.
    pub path: String,
    /// What people call it: the label on the paper, or the name of the member in GB/T 36903.
    pub label: String,
    /// What the older record says; `None` if it says nothing there. The holder's code is in clear.
    pub old: Option<String>,
    /// What the newer record says; `None` if it says nothing there.
    pub new: Option<String>,
}

impl Record {
    /// What `newer` says otherwise than this record, member by member in the order of the JSON form; empty if and only if they are
    /// equal.
    ///
    /// What has a label is compared with what has the same label; where only their order differs, that is the difference. Rows of
    /// tables have no name: those before the first and after the last that differ are the same, and those between are compared in
    /// their order; that a row has moved is not guessed.
    ///
    /// ```
    /// use yinxin::limits::Limits;
    /// use yinxin::record::Record;
    ///
    /// let json = include_str!("../../examples/data/records/residence.json");
    /// let old = Record::from_json(json.as_bytes(), &Limits::DEFAULT)?;
    /// let new = Record::from_json(json.replace("3栋1单元", "5栋2单元").as_bytes(), &Limits::DEFAULT)?;
    /// let [address, decision] = old.differences(&new).try_into().unwrap();
    /// assert_eq!(address.path, "fields[居住地址]");
    /// assert_eq!(address.new.as_deref(), Some("滨海市新港区望潮街道海棠路88号5栋2单元1502室"));
    /// assert_eq!(decision.label, "决定");
    /// # Ok::<(), yinxin::record::RecordError>(())
    /// ```
    #[must_use]
    pub fn differences(&self, newer: &Self) -> Vec<Difference> {
        // Every member is named, so that one that is added is not forgotten here.
        let Parts {
            item,
            kind,
            number,
            identifier,
            holder,
            issuer,
            fields,
            decision,
            tables,
            pictures,
            issued,
            valid_from,
            valid_to,
            sample,
            joint,
        } = &self.0;
        let new = &newer.0;
        let mut found = Differences(vec![]);
        found.both("item.code", "事项代码", &item.code, &new.item.code);
        found.both("item.name", "事项名称", &item.name, &new.item.name);
        found.both("type.code", "证照类型代码", &kind.code, &new.kind.code);
        found.both("type.name", "证照名称", &kind.name, &new.kind.name);
        found.both("number", "证照编号", number, &new.number);
        found.both("identifier", "证照标识", identifier, &new.identifier);
        found.both("holder.name", "持证主体", &holder.name, &new.holder.name);
        let code_type = (&holder.code_type, &new.holder.code_type);
        found.both("holder.code_type", "持证主体代码类型", code_type.0, code_type.1);
        found.both("holder.code", "持证主体代码", &holder.code, &new.holder.code);
        found.both("issuer.name", "颁发机构", &issuer.name, &new.issuer.name);
        found.both("issuer.code", "颁发机构代码", &issuer.code, &new.issuer.code);
        let (joint, others) = (joint.as_ref(), new.joint.as_ref());
        let order = |joint: Option<&Joint>| joint.map(|joint| joint.order.name());
        found.one("joint.order", "用印次序", order(joint), order(others));
        found.labelled(
            ("joint.issuers", "联合颁发机构"),
            (issuers(joint), issuers(others)),
            |issuer| (issuer.code.as_str(), "联合颁发机构"),
            |issuer| issuer.name.clone(),
        );
        found.labelled(
            ("fields", "栏目"),
            (fields, &new.fields),
            |field| (&field.label, &field.label),
            |field| field.value.clone(),
        );
        found.one("decision", "决定", decision.as_ref(), new.decision.as_ref());
        found.tables(tables, &new.tables);
        let pictures = (pictures.as_slice(), new.pictures.as_slice());
        found.labelled(
            ("pictures", "图片"),
            pictures,
            |picture| (&picture.label, &picture.label),
            digest,
        );
        found.both("issued", "颁发日期", issued, &new.issued);
        found.one(
            "valid.from",
            "有效期起始",
            valid_from.as_ref(),
            new.valid_from.as_ref(),
        );
        found.one("valid.to", "有效期截止", valid_to.as_ref(), new.valid_to.as_ref());
        found.both("sample", "样例", sample, &new.sample);
        found.0
    }
}

/// `住所: 渔港路16号 -> 渔港路18号`, with a dash for what is not said.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".into());
        write!(f, "{}: {} -> {}", self.label, said(&self.old), said(&self.new))
    }
}

struct Differences(Vec<Difference>);

impl Differences {
    fn put(&mut self, path: &str, label: &str, old: Option<String>, new: Option<String>) {
        let (path, label) = (path.to_owned(), label.to_owned());
        self.0.push(Difference {
            path,
            label,
            old,
            new,
        });
    }

    fn one<T: PartialEq + fmt::Display>(&mut self, path: &str, label: &str, old: Option<T>, new: Option<T>) {
        if old != new {
            let said = |value: Option<T>| value.map(|value| value.to_string());
            self.put(path, label, said(old), said(new));
        }
    }

    fn both<T: PartialEq + fmt::Display>(&mut self, path: &str, label: &str, old: &T, new: &T) {
        self.one(path, label, Some(old), Some(new));
    }

    /// Those of the newer in its order, then those that are gone, then the order of those that are in both. At most 64.
    /// A `label` is what it is known by, and what people call it.
    fn labelled<T: PartialEq>(
        &mut self,
        (path, name): (&str, &str),
        (old, new): (&[T], &[T]),
        label: impl Fn(&T) -> (&str, &str),
        shown: impl Fn(&T) -> String,
    ) {
        let of = |all: &'_ [T], wanted: &T| all.iter().position(|one| label(one).0 == label(wanted).0);
        for one in new {
            let before = of(old, one).and_then(|at| old.get(at));
            if before != Some(one) {
                let (known, called) = label(one);
                self.put(
                    &format!("{path}[{known}]"),
                    called,
                    before.map(&shown),
                    Some(shown(one)),
                );
            }
        }
        for one in old.iter().filter(|one| of(new, one).is_none()) {
            let (known, called) = label(one);
            self.put(&format!("{path}[{known}]"), called, Some(shown(one)), None);
        }
        let common = |all: &[T], others: &[T]| -> Vec<String> {
            let common = all.iter().filter(|one| of(others, one).is_some());
            common.map(|one| label(one).0.to_owned()).collect()
        };
        let (before, after) = (common(old, new), common(new, old));
        if before != after {
            let name = format!("{name}次序");
            self.put(path, &name, Some(before.join("、")), Some(after.join("、")));
        }
    }

    fn tables(&mut self, old: &[Table], new: &[Table]) {
        // Rows are compared below, cell by cell.
        let heads = |tables: &[Table]| -> Vec<Table> {
            let head = |table: &Table| empty(&table.label, &table.columns);
            tables.iter().map(head).collect()
        };
        self.labelled(
            ("tables", "表格"),
            (&heads(old), &heads(new)),
            |table| (&table.label, &table.label),
            |table| table.columns.join(" | "),
        );
        let of = |tables: &[Table], label: &str| tables.iter().position(|table| table.label == label);
        for table in new {
            match of(old, &table.label).and_then(|at| old.get(at)) {
                Some(before) => self.rows(before, table),
                None => self.rows(&empty(&table.label, &[]), table),
            }
        }
        for table in old.iter().filter(|table| of(new, &table.label).is_none()) {
            self.rows(table, &empty(&table.label, &[]));
        }
    }

    fn rows(&mut self, old: &Table, new: &Table) {
        let equal = |(a, b): &(&Vec<String>, &Vec<String>)| a == b;
        let head = old.rows.iter().zip(&new.rows).take_while(equal).count();
        let after_head = |table: &Table| table.rows.len().saturating_sub(head);
        let backwards = old.rows.iter().rev().zip(new.rows.iter().rev());
        let room = after_head(old).min(after_head(new));
        let tail = backwards.take(room).take_while(equal).count();
        for at in 0..after_head(old).max(after_head(new)).saturating_sub(tail) {
            let row = |table: &'_ Table| {
                let there = at < after_head(table).saturating_sub(tail);
                there.then(|| head.saturating_add(at))
            };
            let a = row(old).and_then(|at| old.rows.get(at));
            let b = row(new).and_then(|at| new.rows.get(at));
            let number = head.saturating_add(at).saturating_add(1);
            let path = format!("tables[{}].rows[{number}]", new.label);
            let label = format!("{}第{number}行", new.label);
            match (a, b) {
                (Some(a), Some(b)) if old.columns == new.columns => {
                    for (column, (a, b)) in new.columns.iter().zip(a.iter().zip(b)) {
                        self.both(&format!("{path}.{column}"), &format!("{label} {column}"), a, b);
                    }
                }
                (a, b) if a != b => {
                    let joined = |row: Option<&Vec<String>>| row.map(|cells| cells.join(" | "));
                    self.put(&path, &label, joined(a), joined(b));
                }
                _ => {}
            }
        }
    }
}

/// The table of that label without rows.
fn empty(label: &str, columns: &[String]) -> Table {
    Table {
        label: label.to_owned(),
        columns: columns.to_vec(),
        rows: vec![],
    }
}

fn issuers(joint: Option<&Joint>) -> &[Issuer] {
    joint.map_or(&[], |joint| &joint.issuers)
}

fn digest(picture: &Picture) -> String {
    let digits = picture.sha256.iter().map(|byte| format!("{byte:02x}"));
    format!("{} {}", picture.media_type, digits.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::{Field, Identifier, MediaType, SealingOrder};
    use super::*;
    use crate::limits::Limits;

    fn parts() -> Parts {
        let json = include_str!("../../examples/data/records/joint-licence.json");
        let mut parts = Record::from_json(json.as_bytes(), &Limits::DEFAULT).unwrap().0;
        parts.decision = Some("准予许可。".into());
        let row = |name: &str, day: &str| vec![name.to_owned(), day.to_owned()];
        parts.tables = vec![Table {
            label: "名册".into(),
            columns: vec!["姓名".into(), "日期".into()],
            rows: vec![
                row("甲", "1日"),
                row("乙", "2日"),
                row("丙", "3日"),
                row("丁", "4日"),
            ],
        }];
        parts.pictures = vec![Picture {
            label: "照片".into(),
            media_type: MediaType::Jpeg,
            sha256: [1; 32],
        }];
        parts
    }

    /// Old and new of each difference after `change`, by path.
    fn after(change: impl FnOnce(&mut Parts)) -> Vec<(String, Option<String>, Option<String>)> {
        let old = Record(parts());
        let mut new = parts();
        change(&mut new);
        let found = old.differences(&Record(new.clone()));
        // Seen from the other side the same members differ, the other way round.
        let back = Record(new).differences(&old);
        assert_eq!(found.len(), back.len(), "{found:?} {back:?}");
        found
            .into_iter()
            .map(|found| (found.path, found.old, found.new))
            .collect()
    }

    fn some(path: &str, old: &str, new: &str) -> (String, Option<String>, Option<String>) {
        let said = |text: &str| Some(text.to_owned()).filter(|text| text != "—");
        (path.to_owned(), said(old), said(new))
    }

    #[test]
    fn equal_records_differ_in_nothing() {
        assert_eq!(after(|_| {}), []);
    }

    #[test]
    fn each_member_is_compared() {
        let one = |path: &str, old: &str, new: &str, change: &dyn Fn(&mut Parts)| {
            assert_eq!(after(change), [some(path, old, new)]);
        };
        let item = "11109900MB2A10543D2031004000901";
        one("item.code", item, "1", &|parts| {
            parts.item.code = "1".into();
        });
        one("item.name", "饭店“一业一证”联办", "甲", &|parts| {
            parts.item.name = "甲".into();
        });
        one("type.name", "行业综合许可证", "甲", &|parts| {
            parts.kind.name = "甲".into();
        });
        let (code, other) = ("11109900MB2A000628072", "11109900MB2A000628058");
        one("type.code", code, other, &|parts| {
            parts.kind.code = other.parse().unwrap();
        });
        one("number", "滨综许〔2030〕000036号", "甲", &|parts| {
            parts.number = "甲".into();
        });
        let was = parts().identifier;
        let next = Identifier::compose(was.type_code(), was.issuer_code(), was.serial(), 2).unwrap();
        one("identifier", was.as_str(), next.as_str(), &|parts| {
            parts.identifier = next.clone();
        });
        let name = "滨海市新港区观澜楼饭店";
        one("holder.name", name, "甲", &|parts| {
            parts.holder.name = "甲".into();
        });
        one("holder.code_type", "001", "111", &|parts| {
            parts.holder.code_type = "111".into();
        });
        one("holder.code", "91109900MA8X2D5F14", "1", &|parts| {
            parts.holder.code = "1".into();
        });
        let name = "滨海市市场监督管理局";
        one("issuer.name", name, "甲", &|parts| {
            parts.issuer.name = "甲".into();
        });
        let (code, other) = ("11109900MB2A10543D", "11109900MB2A10621T");
        one("issuer.code", code, other, &|parts| {
            parts.issuer.code = other.parse().unwrap();
        });
        one("decision", "准予许可。", "—", &|parts| {
            parts.decision = None;
        });
        one("issued", "2030-06-10", "2030-06-11", &|parts| {
            parts.issued = "2030-06-11".parse().unwrap();
        });
        one("valid.from", "2030-06-10", "—", &|parts| {
            parts.valid_from = None;
        });
        one("valid.to", "2034-06-09", "—", &|parts| {
            parts.valid_to = None;
        });
        one("sample", "true", "false", &|parts| {
            parts.sample = false;
        });
    }

    #[test]
    fn bodies_that_issue_together_are_compared_by_their_codes() {
        let path = |code: &str| format!("joint.issuers[{code}]");
        let (fire, health) = ("11109900MB2A10621T", "11109900MB2A10715U");
        let names = ["滨海市消防救援支队", "滨海市卫生健康委员会"];
        let gone = [
            some("joint.order", "listed", "—"),
            some(&path(fire), names[0], "—"),
            some(&path(health), names[1], "—"),
        ];
        assert_eq!(after(|parts| parts.joint = None), gone);
        let any = after(|parts| parts.joint.as_mut().unwrap().order = SealingOrder::Any);
        assert_eq!(any, [some("joint.order", "listed", "any")]);
        let turned = after(|parts| parts.joint.as_mut().unwrap().issuers.reverse());
        let (old, new) = (format!("{fire}、{health}"), format!("{health}、{fire}"));
        assert_eq!(turned, [some("joint.issuers", &old, &new)]);
    }

    #[test]
    fn labels_are_matched_wherever_they_stand() {
        let changed = after(|parts| {
            parts.fields[3].value = "渔港路18号".into();
            let field = parts.fields.remove(0);
            parts.fields[5].label = "面积".into();
            parts.fields.insert(2, field);
        });
        let labels: Vec<&str> = changed.iter().map(|(path, ..)| path.as_str()).collect();
        assert_eq!(
            labels,
            ["fields[经营场所]", "fields[面积]", "fields[经营面积]", "fields"]
        );
        assert_eq!(changed[1], some("fields[面积]", "—", "1260平方米"));
        let picture = after(|parts| parts.pictures[0].media_type = MediaType::Png);
        let ones = "01".repeat(32);
        let (old, new) = (format!("image/jpeg {ones}"), format!("image/png {ones}"));
        assert_eq!(picture, [some("pictures[照片]", &old, &new)]);
    }

    /// Labels that read the same when they are joined are still different labels.
    #[test]
    fn order_is_compared_and_not_its_text() {
        let field = |label: &str| Field {
            label: label.into(),
            value: "一".into(),
        };
        let of = |labels: [&str; 2]| {
            let mut parts = parts();
            parts.fields = labels.map(field).to_vec();
            Record(parts)
        };
        assert_eq!(of(["甲", "甲、甲"]).differences(&of(["甲、甲", "甲"])).len(), 1);
        let columns = |columns: &[&str]| {
            let mut parts = parts();
            parts.tables[0].rows.clear();
            parts.tables[0].columns = columns.iter().map(|&head| head.to_owned()).collect();
            Record(parts)
        };
        assert_eq!(
            columns(&["甲 | 乙"]).differences(&columns(&["甲", "乙"])).len(),
            1
        );
    }

    #[test]
    fn rows_are_compared_between_the_first_and_the_last_that_differ() {
        let row = |number: usize| format!("tables[名册].rows[{number}]");
        let inserted = after(|parts| parts.tables[0].rows.insert(1, vec!["戊".into(), "5日".into()]));
        assert_eq!(inserted, [some(&row(2), "—", "戊 | 5日")]);
        let removed = after(|parts| drop(parts.tables[0].rows.remove(3)));
        assert_eq!(removed, [some(&row(4), "丁 | 4日", "—")]);
        let changed = after(|parts| parts.tables[0].rows[2][1] = "9日".into());
        assert_eq!(changed, [some(&format!("{}.日期", row(3)), "3日", "9日")]);
        // Of two equal rows one is taken out: what is left is not counted twice.
        let doubled = |rows: usize| {
            let mut parts = parts();
            parts.tables[0].rows = vec![vec!["甲".into(), "1日".into()]; rows];
            Record(parts)
        };
        assert_eq!(doubled(3).differences(&doubled(1)).len(), 2);
        let renamed = after(|parts| parts.tables[0].columns[1] = "年月日".into());
        assert_eq!(renamed, [some("tables[名册]", "姓名 | 日期", "姓名 | 年月日")]);
        assert_eq!(after(|parts| parts.tables.clear()).len(), 5);
    }
}
