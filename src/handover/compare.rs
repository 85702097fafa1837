//! What differs between the report filed and the one that the parts lead to now.

use serde_json::Value;

/// Something the two reports say differently.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// Where in the report: `outcome`, `findings/2/code` (RFC 6901 without the first slash); empty for all of it.
    pub place: String,
    /// What was filed; empty if nothing. At most 120 characters, without those that could command a terminal.
    pub filed: String,
    /// What the parts lead to now.
    pub now: String,
}

/// How many differences are told.
const MOST: usize = 100;
/// Objects and arrays within each other; a report has five.
const DEPTH: usize = 16;

/// All that differs, as far as it is told.
pub(super) fn differences(filed: &Value, now: &Value) -> Vec<Difference> {
    let mut found = vec![];
    walk("", filed, now, 0, &mut found);
    found
}

/// Whether both say the same of what may be done and of what the file says: the outcome, what was found about what, the word that
/// answers each question of the clerk, the record and its fields. Only how it is said may differ.
pub(super) fn same_verdict(filed: &Value, now: &Value) -> bool {
    let said = ["record", "fields"].map(|member| filed.get(member) == now.get(member));
    let answers = |report: &Value| -> Option<Vec<[Value; 2]>> {
        let answers = report.get("answers")?.as_array()?.iter();
        answers
            .map(|answer| Some([answer.get("question")?.clone(), answer.get("answer")?.clone()]))
            .collect()
    };
    if said != [true; 2] || answers(filed) != answers(now) {
        return false;
    }
    let findings = |report: &Value| -> Option<Vec<[Value; 3]>> {
        let findings = report.get("findings")?.as_array()?.iter();
        findings
            .map(|finding| {
                Some([
                    finding.get("code")?.clone(),
                    finding.get("severity")?.clone(),
                    finding.get("object")?.clone(),
                ])
            })
            .collect()
    };
    let outcome = |report: &Value| report.get("outcome").and_then(Value::as_str).map(str::to_owned);
    let (filed, now) = ((outcome(filed), findings(filed)), (outcome(now), findings(now)));
    filed.0.is_some() && filed.1.is_some() && filed == now
}

/// How many times as long as a report that is made now one may be that was filed; another version says it in other words.
const LONGER: usize = 4;

/// Whether a filed report of `length` bytes is one that some version could have made where one of `now` bytes is made now. Reading it
/// takes many times its length, and whoever makes packages can put anything there.
pub(super) fn in_proportion(length: usize, now: usize) -> bool {
    length <= now.saturating_mul(LONGER)
}

/// The difference between a report that is not read and the one made now.
pub(super) fn of_length(filed: usize, now: usize) -> Difference {
    let bytes = |length: usize| format!("{length} bytes");
    Difference {
        place: String::new(),
        filed: bytes(filed),
        now: bytes(now),
    }
}

fn walk(place: &str, filed: &Value, now: &Value, depth: usize, found: &mut Vec<Difference>) {
    if filed == now || found.len() >= MOST {
        return;
    }
    let below = |key: &str| match place {
        "" => shown(key),
        place => format!("{place}/{}", shown(key)),
    };
    match (filed, now) {
        (Value::Object(a), Value::Object(b)) if depth < DEPTH => {
            for (key, value) in a {
                walk(
                    &below(key),
                    value,
                    b.get(key).unwrap_or(&Value::Null),
                    depth + 1,
                    found,
                );
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                walk(&below(key), &Value::Null, value, depth + 1, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if depth < DEPTH => {
            for at in 0..a.len().max(b.len()) {
                let item = |list: &[Value]| list.get(at).cloned().unwrap_or_default();
                walk(&below(&at.to_string()), &item(a), &item(b), depth + 1, found);
                if found.len() >= MOST {
                    return;
                }
            }
        }
        _ => found.push(Difference {
            place: place.to_owned(),
            filed: text(filed),
            now: text(now),
        }),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => shown(text),
        other => shown(&other.to_string()),
    }
}

/// Text from a hostile file, fit for a terminal.
fn shown(text: &str) -> String {
    let mut out: String = crate::verify::printable(text).chars().take(120).collect();
    if text.chars().nth(120).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tells_where_and_what() {
        let filed = json!({"outcome": "authentic", "findings": [{"code": "a.b", "object": "x"}], "gone": 1});
        let now =
            json!({"outcome": "indeterminate", "findings": [{"code": "a.c", "object": "x"}], "new": [2]});
        let told: Vec<[String; 3]> = differences(&filed, &now)
            .into_iter()
            .map(|difference| [difference.place, difference.filed, difference.now])
            .collect();
        let expected = [
            ["findings/0/code", "a.b", "a.c"],
            ["gone", "1", ""],
            ["outcome", "authentic", "indeterminate"],
            ["new", "", "[2]"],
        ];
        assert_eq!(told, expected);
        assert!(differences(&filed, &filed).is_empty());
    }

    #[test]
    fn hostile_reports_cost_no_more_than_what_is_told() {
        let long: Vec<Value> = (0..10_000).map(Value::from).collect();
        assert_eq!(differences(&json!([]), &Value::from(long)).len(), MOST);
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        let other = (0..100).fold(json!(2), |inner, _| json!([inner]));
        assert_eq!(differences(&deep, &other).len(), 1);
        let escape = differences(&json!({"a\u{1b}[2J": "x"}), &json!({}));
        assert!(!escape[0].place.contains('\u{1b}'));
    }

    #[test]
    fn what_is_no_report_is_never_the_same() {
        assert!(!same_verdict(&json!({}), &json!({})));
        assert!(!same_verdict(
            &json!({"outcome": "authentic"}),
            &json!({"outcome": "authentic"})
        ));
        let answered = |answer: &str| json!({"outcome": "authentic", "findings": [], "answers": [{"question": "accept", "answer": answer}]});
        assert!(same_verdict(&answered("yes"), &answered("yes")));
        assert!(!same_verdict(&answered("yes"), &answered("cannot-tell")));
        let report = json!({"outcome": "authentic", "findings": []});
        assert!(same_verdict(&report, &report));
    }
}
