//! A verdict for people, in English and Chinese, or as one line of JSON.

use serde::Serialize;
use yinxin::verify::{Language, Outcome, Report};

use crate::cli::{Lang, TrustOptions};
use crate::files::Fault;
use crate::output::say;
use crate::versions::Successor;

/// 0 all authentic, 1 some not, 2 some cannot be told; the first of 1 and 2 wins.
pub fn status(outcomes: impl IntoIterator<Item = Outcome>) -> u8 {
    let mut status = 0;
    for outcome in outcomes {
        match outcome {
            Outcome::NotAuthentic => return 1,
            Outcome::Indeterminate => status = 2,
            Outcome::Authentic => {}
        }
    }
    status
}

/// Prints the verdict on `subject`, and what took its place among the files given.
pub fn print(subject: &str, report: &Report, successor: Option<Successor<'_>>, options: &TrustOptions) {
    if options.json {
        say!("{}", line(subject, report, successor));
    } else {
        let language = match options.lang {
            Lang::En => Language::English,
            Lang::Zh => Language::Chinese,
            Lang::Both => Language::Both,
        };
        say!("{}\n{}", printable(subject), report.text(language));
    }
}

/// A name without what could command the terminal or turn the direction of the text round.
pub fn printable(name: &str) -> String {
    let shown = |c: char| match c {
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    name.chars().map(shown).collect()
}

/// Says that `subject` could not be read: a line of JSON too, so that no file asked about is missing from the output.
pub fn print_unread(subject: &str, fault: &Fault, json: bool) {
    #[derive(Serialize)]
    struct Unread<'a> {
        file: &'a str,
        error: &'a str,
    }
    eprintln!("stamp: {fault}");
    if json {
        say!(
            "{}",
            serde_json::to_string(&Unread {
                file: subject,
                error: &fault.0
            })
            .unwrap_or_default()
        );
    }
}

/// One JSON object: `file`, `replaced_by` if another of the files was, and the members of the report.
fn line(subject: &str, report: &Report, successor: Option<Successor<'_>>) -> String {
    #[derive(Serialize)]
    struct ReplacedBy<'a> {
        identifier: &'a str,
        file: String,
    }
    #[derive(Serialize)]
    struct Line<'a> {
        file: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        replaced_by: Option<ReplacedBy<'a>>,
        #[serde(flatten)]
        report: &'a Report,
    }
    let replaced_by = successor.as_ref().map(|successor| ReplacedBy {
        identifier: successor.identifier.as_str(),
        file: successor.path.display().to_string(),
    });
    serde_json::to_string(&Line {
        file: subject,
        replaced_by,
        report,
    })
    .unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgery_outweighs_a_doubt_in_either_order() {
        use Outcome::{Authentic, Indeterminate, NotAuthentic};
        assert_eq!(status([Authentic, Authentic]), 0);
        assert_eq!(status([Indeterminate, NotAuthentic]), 1);
        assert_eq!(status([NotAuthentic, Indeterminate]), 1);
        assert_eq!(status([Authentic, Indeterminate]), 2);
    }
}
