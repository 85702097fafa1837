//! Results of many pages: where they are divided, what every page repeats, and that nothing is lost on the way.
#![cfg(feature = "compose")]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use yinxin::compose::{ComposeError, Fonts, Template};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pdf::Document;
use yinxin::record::Record;

fn sample(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/data/records/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn record(json: &Value) -> Record {
    Record::from_json(json.to_string().as_bytes(), &Limits::DEFAULT).unwrap()
}

fn template(body: &str) -> Template {
    let head =
        "format = 1\nname = \"t\"\n[page]\nmargin = { top = 37, right = 26, bottom = 35, left = 28 }\n";
    Template::from_toml(&format!("{head}{body}"), &Limits::DEFAULT).unwrap()
}

fn pages(draft: &Draft) -> usize {
    let document = Document::open(draft.bytes(), &Limits::DEFAULT).unwrap();
    document.newest().pages().unwrap().len()
}

/// Runs a poppler tool on a draft; `None`, with the reason printed, if it is not installed.
fn poppler(program: &str, arguments: &[&str], draft: &Draft, name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("flow-{name}.pdf"));
    std::fs::write(&path, draft.bytes()).unwrap();
    match Command::new(program).args(arguments).arg(&path).arg("-").output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => {
            println!("skipped: {program} cannot be run ({error})");
            None
        }
    }
}

/// The lines of every page, without the sample mark.
fn lines(draft: &Draft, name: &str) -> Option<Vec<Vec<String>>> {
    let text = poppler("pdftotext", &["-layout"], draft, name)?;
    let mut pages: Vec<Vec<String>> = text
        .split('\u{c}')
        .map(|page| {
            let lines = page
                .lines()
                .map(|line| line.split_whitespace().collect::<String>());
            lines
                .filter(|line| !line.is_empty() && line != "样例SAMPLE")
                .collect()
        })
        .collect();
    pages.pop();
    Some(pages)
}

/// A register with `count` rows, each told by its own words.
fn register(count: usize) -> Value {
    let mut json = sample("register");
    let row = |number: usize| {
        json!([
            "2030-01",
            format!("单位{number:05}号"),
            "工伤保险",
            "100.00",
            "1.25",
            "0.50"
        ])
    };
    json["tables"][0]["rows"] = (0..count).map(row).collect();
    json
}

#[test]
fn register_has_every_row_once_and_in_order_below_its_heads() {
    let count = 400;
    let draft = Template::builtin("register")
        .unwrap()
        .compose(&record(&register(count)))
        .unwrap();
    let Some(pages) = lines(&draft, "register") else {
        return;
    };
    let total = pages.len();
    assert!(total > 8, "{total}");
    let mut next = 0;
    for (number, page) in (1..).zip(&pages) {
        let head = page
            .iter()
            .position(|line| line.contains("缴费年月") && line.contains("个人缴费"));
        let rows: Vec<_> = page
            .iter()
            .enumerate()
            .filter(|(_, line)| line.contains("单位0"))
            .collect();
        for (at, line) in &rows {
            assert!(
                line.contains(&format!("单位{next:05}号")),
                "page {number}: {line}"
            );
            assert!(line.starts_with(&(next + 1).to_string()), "page {number}: {line}");
            assert!(
                head.is_some_and(|head| head < *at),
                "page {number} has no head above {line}"
            );
            next += 1;
        }
        assert!(
            page.last().unwrap().contains(&format!("第{number}页共{total}页")),
            "page {number}: {page:?}"
        );
    }
    assert_eq!(next, count);
}

#[test]
fn sums_of_the_pages_add_up_to_the_total() {
    let draft = Template::builtin("register")
        .unwrap()
        .compose(&record(&register(400)))
        .unwrap();
    let Some(pages) = lines(&draft, "sums") else {
        return;
    };
    let mut sum = 0;
    for page in &pages {
        let rows = page.iter().filter(|line| line.contains("单位0")).count();
        let wanted = format!(
            "本页小计{}.{:02}{}.{:02}",
            rows * 125 / 100,
            rows * 125 % 100,
            rows / 2,
            rows * 50 % 100
        );
        assert!(rows == 0 || page.contains(&wanted), "{wanted} is not in {page:?}");
        sum += rows;
    }
    assert!(
        pages.concat().contains(&"合计500.00200.00".to_owned()),
        "{pages:?}"
    );
    assert_eq!(sum, 400);
}

#[test]
fn amount_that_is_none_names_its_cell() {
    let mut json = register(3);
    json["tables"][0]["rows"][1][4] = "一元".into();
    let error = Template::builtin("register")
        .unwrap()
        .compose(&record(&json))
        .unwrap_err();
    assert!(
        matches!(&error, ComposeError::Value { member, .. } if member == "tables.缴费明细.rows[1][4]"),
        "{error}"
    );
}

#[test]
fn table_and_column_that_the_record_lacks_are_named() {
    let mut json = register(3);
    json["tables"][0]["columns"][2] = "种类".into();
    let error = Template::builtin("register")
        .unwrap()
        .compose(&record(&json))
        .unwrap_err();
    assert!(error.to_string().contains("tables.缴费明细.险种"), "{error}");
    json.as_object_mut().unwrap().remove("tables");
    let error = Template::builtin("register")
        .unwrap()
        .compose(&record(&json))
        .unwrap_err();
    assert!(error.to_string().contains("tables.缴费明细"), "{error}");
}

#[test]
fn row_that_fits_a_page_is_not_divided_and_one_that_fits_none_is() {
    let columns = "[[body]]\n[body.columnar]\ntable = \"缴费明细\"\nsize = 12\npitch = 16\nrow_height = 8\n\
                   columns = [{ column = \"缴费年月\", width = 30 }, { column = \"参保单位\", share = 1 }]\n";
    let cell = |number: usize, length: usize| {
        let body: String = "甲乙丙丁戊己庚辛壬癸".chars().cycle().take(length).collect();
        format!("始{number}{body}终{number}")
    };
    for (length, divided) in [(300, false), (950, true)] {
        // A narrow column makes a cell of 950 characters higher than a page.
        let columns = columns.replace("share = 1", &format!("width = {}", if divided { 20 } else { 60 }));
        let mut json = register(0);
        let rows = (0..12).map(|number| json!([number.to_string(), cell(number, length), "", "", "", ""]));
        json["tables"][0]["rows"] = rows.collect();
        let draft = template(&columns).compose(&record(&json)).unwrap();
        let Some(pages) = lines(&draft, "rows") else {
            return;
        };
        let texts: Vec<String> = pages.iter().map(|page| page.concat()).collect();
        for number in 0..12 {
            let on = |mark: String| texts.iter().position(|text| text.contains(&mark)).unwrap();
            let (start, end) = (on(format!("始{number}甲")), on(format!("终{number}")));
            assert_eq!(
                start != end,
                divided,
                "row {number} of {length} characters: {start} {end}"
            );
        }
        // Nothing is lost: every character is there as often as in the record.
        let found = texts.concat().matches('癸').count();
        assert_eq!(found, 12 * length / 10);
    }
}

#[test]
fn paragraph_has_two_lines_on_either_side_of_a_page_end() {
    let body = "[[body]]\n[body.paragraph]\ntext = \"{decision}\"\nsize = 16\npitch = 28.989\nindent = 2\nper_line = 28\n\
                align = \"justify\"\n";
    let mut divided = 0;
    for length in [20, 40, 60, 75, 100, 130] {
        let mut json = sample("residence");
        let paragraph = |number: usize| format!("始{number:03}{}终{number:03}", "滨".repeat(length));
        json["decision"] = (0..24).map(paragraph).collect::<Vec<_>>().join("\n").into();
        let draft = template(body).compose(&record(&json)).unwrap();
        let Some(pages) = lines(&draft, "widows") else {
            return;
        };
        for pair in pages.windows(2) {
            let (last, first) = (pair[0].last().unwrap(), pair[1].first().unwrap());
            assert!(!last.contains('始') || last.contains('终'), "{length}: {last}");
            assert!(!first.contains('终') || first.contains('始'), "{length}: {first}");
            divided += usize::from(!last.contains('终'));
        }
        let all: String = pages.concat().concat();
        for number in 0..24 {
            assert!(all.contains(&format!("始{number:03}")) && all.contains(&format!("终{number:03}")));
        }
        assert_eq!(all.matches('滨').count(), 24 * length);
    }
    assert!(divided > 0, "no paragraph was divided, so the test says nothing");
}

#[test]
fn heading_stays_with_what_follows_it() {
    let mut json = sample("official-document");
    for count in 1..30 {
        let filler = vec!["滨海市园林绿化管理中心按照本批复执行。"; count].join("\n");
        json["decision"] = format!("{filler}\n一、末段之题\n末段之文在此。\n完。").into();
        let draft = Template::builtin("official-document")
            .unwrap()
            .compose(&record(&json))
            .unwrap();
        let Some(pages) = lines(&draft, "heading") else {
            return;
        };
        let page = pages
            .iter()
            .find(|page| page.contains(&"一、末段之题".to_owned()))
            .unwrap();
        assert!(page.contains(&"末段之文在此。".to_owned()), "{count}: {page:?}");
    }
}

#[test]
fn seal_has_at_least_two_lines_of_text_on_its_page() {
    let mut json = sample("official-document");
    json["fields"]
        .as_array_mut()
        .unwrap()
        .retain(|field| field["label"] != "附件");
    let mut moved = 0;
    for count in 1..45 {
        json["decision"] = (0..count)
            .map(|number| format!("第{number:02}行滨海市园林绿化管理中心。"))
            .collect::<Vec<_>>()
            .join("\n")
            .into();
        let draft = Template::builtin("official-document")
            .unwrap()
            .compose(&record(&json))
            .unwrap();
        let document = Document::open(draft.bytes(), &Limits::DEFAULT).unwrap();
        let sealed = document.newest().pages().unwrap().last().unwrap().id.number;
        assert_eq!(draft.slots().seals[0].page, sealed, "{count}");
        let Some(pages) = lines(&draft, "seal") else {
            return;
        };
        let last = pages.last().unwrap();
        let text = last
            .iter()
            .filter(|line| line.contains("园林绿化管理中心"))
            .count();
        assert!(text >= 2, "{count} lines: {last:?}");
        assert!(
            last.iter()
                .any(|line| line.contains("2030年6月1日") && !line.contains("印发"))
        );
        let all = pages.concat().concat();
        assert!(
            (0..count).all(|number| all.contains(&format!("第{number:02}行"))),
            "{count}"
        );
        moved += usize::from(pages.len() > 1 && text == 2);
    }
    assert!(moved > 0, "no lines were moved, so the test says nothing");
}

/// An official document whose pages are full of lines without a gap.
fn full_pages() -> Draft {
    let mut json = sample("official-document");
    json["decision"] = "滨".repeat(28 * 60).into();
    Template::builtin("official-document")
        .unwrap()
        .compose(&record(&json))
        .unwrap()
}

/// GB/T 9704-2012, 5.2.1 and 5.2.3: 156 by 225 mm, 22 lines of 28 characters, off by at most 1 mm.
#[test]
fn official_document_has_22_lines_of_28_characters() {
    let draft = full_pages();
    let Some(text) = poppler("pdftotext", &["-bbox", "-f", "2", "-l", "2"], &draft, "grid") else {
        return;
    };
    let number = |line: &str, key: &str| -> f64 {
        let (_, rest) = line.split_once(&format!("{key}=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let words: Vec<&str> = text.lines().filter(|line| line.contains("滨滨")).collect();
    let counts: Vec<usize> = words.iter().map(|line| line.matches('滨').count()).collect();
    assert_eq!(counts, [28; 22]);
    let millimetres = |points: f64| points * 25.4 / 72.0;
    for word in &words {
        let (from, to) = (number(word, "xMin"), number(word, "xMax"));
        assert!((millimetres(from) - 28.0).abs() < 0.1, "{word}");
        assert!((millimetres(to) - 184.0).abs() < 0.1, "{word}");
    }
    let pitch = (number(words[21], "yMin") - number(words[0], "yMin")) / 21.0;
    assert!((millimetres(pitch) - 225.0 / 22.0).abs() < 0.01, "{pitch}");
    // The em boxes of the first and the last line lie in the type area, with half of the space between lines around them.
    let middle = |line: &str| millimetres(f64::midpoint(number(line, "yMin"), number(line, "yMax")));
    assert!(
        (middle(words[0]) - 37.0 - 225.0 / 44.0).abs() < 1.0,
        "{}",
        middle(words[0])
    );
    assert!(
        (middle(words[21]) - 262.0 + 225.0 / 44.0).abs() < 1.0,
        "{}",
        middle(words[21])
    );
}

#[test]
fn page_numbers_of_official_documents_stand_outside_right_and_left() {
    let draft = full_pages();
    for (page, right) in [("1", true), ("2", false), ("3", true)] {
        let Some(text) = poppler("pdftotext", &["-bbox", "-f", page, "-l", page], &draft, "numbers") else {
            return;
        };
        let word = text
            .lines()
            .find(|line| line.contains(&format!(">{page}<")))
            .unwrap();
        let (_, rest) = word.split_once("xMin=\"").unwrap();
        let x: f64 = rest.split('"').next().unwrap().parse().unwrap();
        assert_eq!(x > 300.0, right, "page {page}: {word}");
    }
}

#[test]
fn bodies_that_issue_together_have_a_seal_each_that_do_not_touch() {
    let mut json = sample("official-document");
    let fields = json["fields"].as_array_mut().unwrap();
    fields.push(json!({ "label": "联合发文机关", "value": "滨海市财政局" }));
    let draft = Template::builtin("official-document")
        .unwrap()
        .compose(&record(&json))
        .unwrap();
    let [first, second] = draft.slots().seals.as_slice() else {
        panic!("{:?}", draft.slots().seals);
    };
    assert_eq!(
        (first.name.as_str(), second.name.as_str()),
        ("滨海市发展和改革委员会", "滨海市财政局")
    );
    let across = (second.centre_pt.0 - first.centre_pt.0) * 25.4 / 72.0;
    assert!(
        across > 42.0 && (first.centre_pt.1 - second.centre_pt.1).abs() < 0.01,
        "{across}"
    );
}

#[test]
fn condition_format_and_fallback_decide_what_is_set() {
    let body = "[[body]]\n[body.paragraph]\nwhen = \"{valid.to}\"\ntext = \"至{valid.to:date-han}\"\nsize = 12\npitch = 20\n\
                [[body]]\n[body.paragraph]\nwhen = \"!{valid.to}\"\ntext = \"长期有效\"\nsize = 12\npitch = 20\n\
                [[body]]\n[body.paragraph]\nwhen = \"{holder.code_type} == 001\"\ntext = \"单位\"\nsize = 12\npitch = 20\n\
                [[body]]\n[body.paragraph]\ntext = \"{fields.金额:money-han}\"\noptional = true\nsize = 12\npitch = 20\n";
    let mut json = sample("social-insurance");
    let draft = template(body).compose(&record(&json)).unwrap();
    let Some(pages) = lines(&draft, "conditions") else {
        return;
    };
    assert_eq!(pages, [["至二〇三〇年八月三十一日"]]);
    json["valid"] = Value::Null;
    json.as_object_mut().unwrap().remove("valid");
    json["fields"][0] = json!({ "label": "金额", "value": "1409.50" });
    let draft = template(body).compose(&record(&json)).unwrap();
    assert_eq!(
        lines(&draft, "conditions-2").unwrap(),
        [["长期有效", "壹仟肆佰零玖元伍角整"]]
    );
    json["fields"][0]["value"] = "约一千".into();
    let error = template(body).compose(&record(&json)).unwrap_err();
    assert!(
        matches!(&error, ComposeError::Value { element, member, .. }
            if element == "body[3] paragraph" && member == "fields.金额"),
        "{error}"
    );
}

#[test]
fn template_speaks_the_language_it_is_asked_for() {
    let source = "format = 1\nname = \"t\"\nlanguages = [\"zh-CN\", \"en\"]\n\
                  [page]\nmargin = { top = 20, right = 20, bottom = 20, left = 20 }\n\
                  [[body]]\n[body.paragraph]\ntext = { zh-CN = \"签发：{issued}\", en = \"Issued {issued}\" }\nsize = 12\npitch = 20\n";
    let template = Template::from_toml(source, &Limits::DEFAULT).unwrap();
    let record = record(&sample("residence"));
    for (language, text) in [("zh-CN", "签发：2030年5月20日"), ("en", "Issued20May2030")] {
        let draft = template.in_language(language).unwrap().compose(&record).unwrap();
        let Some(pages) = lines(&draft, "languages") else {
            return;
        };
        assert_eq!(pages, [[text]]);
    }
    assert!(template.in_language("bo").is_none());
}

#[test]
fn box_whose_text_does_not_fit_is_named() {
    let body = "[[box]]\nleft = 30\ntop = 40\nwidth = 30\nheight = 10\nsize = 12\ntext = \"{decision}\"\n";
    let error = template(body).compose(&record(&sample("residence"))).unwrap_err();
    assert!(
        matches!(&error, ComposeError::Overflow { element, .. } if element == "box[0]"),
        "{error}"
    );
    let body = "[[box]]\nleft = 190\ntop = 40\nwidth = 30\nrule = 1\n";
    let error = template(body).compose(&record(&sample("residence"))).unwrap_err();
    assert!(
        matches!(&error, ComposeError::Overflow { element, over_mm: 10 } if element == "box[0]"),
        "{error}"
    );
}

#[test]
fn picture_that_nobody_gave_is_named() {
    let body =
        "[[box]]\nleft = 30\ntop = 40\nwidth = 30\nheight = 40\npicture = \"照片\"\nalternative = \"照片\"\n";
    let error = template(body).compose(&record(&sample("residence"))).unwrap_err();
    assert!(
        matches!(&error, ComposeError::MissingMember { element, member } if element == "box[0]" && member == "pictures.照片"),
        "{error}"
    );
    template(&format!("{body}optional = true\n"))
        .compose(&record(&sample("residence")))
        .unwrap();
}

#[test]
fn result_of_more_pages_than_allowed_is_refused() {
    let mut limits = Limits::DEFAULT;
    limits.composed_pages = 3;
    let source = "format = 1\nname = \"t\"\n[page]\nmargin = { top = 20, right = 20, bottom = 20, left = 20 }\n\
                  [[body]]\n[body.paragraph]\ntext = \"{decision}\"\nsize = 40\npitch = 60\n";
    let mut json = sample("residence");
    json["decision"] = "滨海".repeat(400).into();
    let template = Template::from_toml(source, &limits).unwrap();
    let error = template.compose(&record(&json)).unwrap_err();
    assert!(
        matches!(&error, ComposeError::TooManyPages { element, most: 3 } if element == "body[0] paragraph"),
        "{error}"
    );
}

#[test]
fn form_keeps_its_cells_and_their_text() {
    let draft = Template::builtin("application-form")
        .unwrap()
        .compose(&record(&sample("application-form")))
        .unwrap();
    assert_eq!(pages(&draft), 1);
    let Some(text) = poppler("pdftotext", &["-raw"], &draft, "form") else {
        return;
    };
    let text: String = text.split_whitespace().collect();
    let json = sample("application-form");
    for field in json["fields"].as_array().unwrap() {
        let value = field["value"].as_str().unwrap();
        // Days are written another way than the record has them.
        let is_day = value.len() == 10 && value.as_bytes()[4] == b'-';
        let value: String = value.split_whitespace().collect();
        assert!(is_day || text.contains(&value), "{value} is not in {text}");
    }
    assert!(
        text.contains(json["decision"].as_str().unwrap()) && text.contains("1995年8月17日"),
        "{text}"
    );
}

#[test]
fn cost_grows_with_the_rows_and_not_faster() {
    let template = Template::builtin("register")
        .unwrap()
        .prepare(&Fonts::bundled())
        .unwrap();
    let time = |count: usize| {
        let record = record(&register(count));
        template.compose(&record).unwrap();
        let runs = (0..3).map(|_| {
            let start = Instant::now();
            template.compose(&record).unwrap();
            start.elapsed()
        });
        runs.min().unwrap()
    };
    let (few, many) = (time(500), time(8_000));
    // Sixteen times the rows; what is quadratic would take 256 times as long.
    assert!(many < few * 80, "{few:?} {many:?}");
}
