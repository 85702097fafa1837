//! What one list says that the one before did not, for the person who is to sign it.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Change, ListedCertificate, ListedIssuer, Standing};
use super::memory::MOST_AHEAD;
use super::pattern::{TypePattern, region_of};
use super::sublist::Delegation;
use super::{AuthorityList, Roots};

/// One difference between two lists, in both languages.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// What it does.
    pub gravity: Gravity,
    /// The sentence, English.
    pub english: String,
    /// The sentence, Chinese.
    pub chinese: String,
}

/// What a difference does. Ordered: what needs most attention comes last.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Gravity {
    /// It changes neither way.
    Neutral,
    /// Less is permitted than before.
    Restricts,
    /// More is permitted than before: look closely.
    Grants,
    /// No list may do this after the other; verifiers will refuse it.
    Forbidden,
}

impl AuthorityList {
    /// What `newer` says that this list does not, the gravest first; nothing if it is the same list. Sub-lists are lists of their own.
    #[must_use]
    pub fn differences(&self, newer: &Self) -> Vec<Difference> {
        if self.digest == newer.digest {
            return vec![];
        }
        let mut found = Differences(vec![]);
        found.head(self, newer);
        let by_code = |list: &Self| -> BTreeMap<String, ListedIssuer> {
            let issuers = list.contents.issuers.iter();
            issuers
                .map(|issuer| (issuer.code.to_string(), issuer.clone()))
                .collect()
        };
        let (old, new) = (by_code(self), by_code(newer));
        for (code, issuer) in &new {
            match old.get(code) {
                None => found.issuer_added(issuer),
                Some(before) => found.issuer(before, issuer),
            }
        }
        for (code, issuer) in old.iter().filter(|(code, _)| !new.contains_key(*code)) {
            let (name, gone) = (&issuer.name, "no certificate may disappear, only be revoked");
            found.push(
                Gravity::Forbidden,
                format!("{name} ({code}) is gone; {gone}"),
                format!("{name}（{code}）被删除；证书只能撤销，不得删除"),
            );
        }
        let by_name = |list: &Self| -> BTreeMap<String, Delegation> {
            let delegations = list.contents.delegations.iter();
            delegations
                .map(|delegation| (delegation.name.clone(), delegation.clone()))
                .collect()
        };
        let (old, new) = (by_name(self), by_name(newer));
        for (name, delegation) in &new {
            found.delegation(name, old.get(name), delegation);
        }
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            found.push(
                Gravity::Restricts,
                format!("sub-list {name} is no longer delegated to"),
                format!("不再委托下级名录“{name}”"),
            );
        }
        found
            .0
            .sort_by_key(|difference| core::cmp::Reverse(difference.gravity));
        found.0
    }
}

struct Differences(Vec<Difference>);

/// What an entry that names none of something permits of it.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Unnamed {
    All,
    None,
}

impl Differences {
    fn push(&mut self, gravity: Gravity, english: String, chinese: String) {
        self.0.push(Difference {
            gravity,
            english,
            chinese,
        });
    }

    fn head(&mut self, old: &AuthorityList, new: &AuthorityList) {
        let (before, after) = (&old.contents, &new.contents);
        if before.name != after.name {
            self.push(
                Gravity::Forbidden,
                format!("the name changes from {} to {}", before.name, after.name),
                format!("名录名称由“{}”改为“{}”", before.name, after.name),
            );
        }
        let (a, b) = (before.sequence, after.sequence);
        let rises = (after.roots, b) > (before.roots, a);
        let gravity = if rises {
            Gravity::Neutral
        } else {
            Gravity::Forbidden
        };
        self.push(
            gravity,
            format!("number {a} becomes {b}"),
            format!("名录序号由 {a} 变为 {b}"),
        );
        if before.roots != after.roots {
            let (a, b) = (before.roots, after.roots);
            let gravity = if b > a {
                Gravity::Grants
            } else {
                Gravity::Forbidden
            };
            self.push(
                gravity,
                format!("signed by set of roots {b}, before by {a}"),
                format!("由第 {b} 组根密钥签发，此前为第 {a} 组"),
            );
        }
        if before.roots == after.roots && b.saturating_sub(a) > MOST_AHEAD {
            self.push(
                Gravity::Forbidden,
                format!("number {b} is more than {MOST_AHEAD} ahead of {a}"),
                format!("名录序号 {b} 比 {a} 超前 {MOST_AHEAD} 以上"),
            );
        }
        if after.issued < before.issued {
            let (a, b) = (before.issued, after.issued);
            self.push(
                Gravity::Forbidden,
                format!("issued {b}, which is before the other list, issued {a}"),
                format!("签发时间 {b} 早于对比的名录（{a}）"),
            );
        }
        let follows = b != a.saturating_add(1) || after.previous == Some(old.digest);
        if !follows {
            self.push(
                Gravity::Forbidden,
                "it does not name the other list as the one before it".to_owned(),
                "未将对比的名录列为上一份名录".to_owned(),
            );
        }
        let times = |list: &AuthorityList| (list.issued(), list.next_update(), list.expires());
        let ((issued, due, expires), (_, due_before, expires_before)) = (times(new), times(old));
        self.push(
            Gravity::Neutral,
            format!(
                "issued {issued}, next due {due}, expires {expires}; before: next due {due_before}, expires {expires_before}"
            ),
            format!(
                "签发时间 {issued}，下次更新 {due}，失效时间 {expires}；此前下次更新 {due_before}，失效时间 {expires_before}"
            ),
        );
    }

    fn issuer_added(&mut self, issuer: &ListedIssuer) {
        let (name, code, count) = (&issuer.name, &issuer.code, issuer.certificates.len());
        let (types, regions) = (list(&issuer.types), list(&issuer.regions));
        let (where_en, where_zh) = match regions.as_str() {
            "" => (String::new(), String::new()),
            regions => (format!(" in {regions}"), format!("，区域 {regions}")),
        };
        self.push(
            Gravity::Grants,
            format!("new: {name} ({code}) may seal {types}{where_en} with {count} certificates"),
            format!("新增 {name}（{code}），可签发 {types}{where_zh}，证书 {count} 张"),
        );
        let body = format!("{name} ({code})");
        for certificate in &issuer.certificates {
            self.certificate(&body, None, certificate);
        }
        if !issuer.templates.is_empty() {
            let templates = hexadecimals(&issuer.templates);
            self.sets(
                &body,
                "template",
                "模板",
                &[],
                &templates,
                Unnamed::All,
                |_| vec![],
            );
        }
    }

    fn issuer(&mut self, old: &ListedIssuer, new: &ListedIssuer) {
        let (name, code) = (&new.name, &new.code);
        let body = format!("{name} ({code})");
        if old.name != new.name {
            self.push(
                Gravity::Neutral,
                format!("{code}: {} is now called {name}", old.name),
                format!("{code}：{} 更名为 {name}", old.name),
            );
        }
        self.types(&body, &old.types, &new.types);
        // None listed is that of the body's code alone, not all.
        let regions = |issuer: &ListedIssuer| -> Vec<String> {
            match issuer.regions.as_slice() {
                [] => vec![region_of(&issuer.code).to_owned()],
                regions => regions.iter().map(ToString::to_string).collect(),
            }
        };
        self.regions(&body, &regions(old), &regions(new));
        let (before, after) = (hexadecimals(&old.templates), hexadecimals(&new.templates));
        self.sets(
            &body,
            "template",
            "模板",
            &before,
            &after,
            Unnamed::All,
            |_| vec![],
        );
        let before = by_digest(old);
        for certificate in &new.certificates {
            self.certificate(&body, before.get(&certificate.sha256).copied(), certificate);
        }
        let after = by_digest(new);
        for gone in old
            .certificates
            .iter()
            .filter(|it| !after.contains_key(&it.sha256))
        {
            let kid = hexadecimal(&gone.kid());
            self.push(
                Gravity::Forbidden,
                format!("{body}: certificate {kid} is gone; revoke it instead"),
                format!("{body}：证书 {kid} 被删除；应改为撤销"),
            );
        }
    }

    fn types(&mut self, body: &str, old: &[TypePattern], new: &[TypePattern]) {
        self.sets(
            body,
            "type",
            "证照类型",
            old,
            new,
            Unnamed::None,
            TypePattern::wider,
        );
    }

    fn regions(&mut self, body: &str, old: &[String], new: &[String]) {
        // Of the county, its prefecture and its province (GB/T 2260).
        let wider = |region: &String| {
            let wide = [2, 4].into_iter().filter(|length| *length < region.len());
            wide.filter_map(|length| region.get(..length).map(str::to_owned))
                .collect()
        };
        self.sets(body, "region", "区域", old, new, Unnamed::None, wider);
    }

    /// Items that came and went; `wider` gives what lets all through that the item does.
    #[expect(
        clippy::too_many_arguments,
        reason = "two sets, what they are called and how they compare"
    )]
    fn sets<T: core::fmt::Display + Ord>(
        &mut self,
        body: &str,
        english: &str,
        chinese: &str,
        old: &[T],
        new: &[T],
        unnamed: Unnamed,
        wider: impl Fn(&T) -> Vec<T>,
    ) {
        if unnamed == Unnamed::All && old.is_empty() != new.is_empty() {
            let (gravity, en, zh, named) = match new.is_empty() {
                true => (Gravity::Grants, "no longer restricted by", "不再限制", old),
                false => (Gravity::Restricts, "now restricted by", "改为限制", new),
            };
            let named = list(named);
            self.push(
                gravity,
                format!("{body}: {en} {english} ({named})"),
                format!("{body}：{zh}{chinese}（{named}）"),
            );
            return;
        }
        let (before, after): (BTreeSet<&T>, BTreeSet<&T>) = (old.iter().collect(), new.iter().collect());
        for (items, others, came) in [(new, &before, true), (old, &after, false)] {
            for item in items.iter().filter(|item| !others.contains(item)) {
                let wide = wider(item).into_iter().find(|wide| others.contains(wide));
                let (gravity, en, zh) = match (came, wide) {
                    (true, Some(wide)) => (
                        Gravity::Neutral,
                        format!("is now named, and was permitted by {wide} before"),
                        format!("列明{chinese} {item}（此前已含于 {wide}）"),
                    ),
                    (true, None) => (
                        Gravity::Grants,
                        "is now permitted".to_owned(),
                        format!("新增许可{chinese} {item}"),
                    ),
                    (false, Some(wide)) => (
                        Gravity::Neutral,
                        format!("is no longer named, and is still permitted by {wide}"),
                        format!("不再列明{chinese} {item}（仍含于 {wide}）"),
                    ),
                    (false, None) => (
                        Gravity::Restricts,
                        "is no longer permitted".to_owned(),
                        format!("取消许可{chinese} {item}"),
                    ),
                };
                self.push(
                    gravity,
                    format!("{body}: {english} {item} {en}"),
                    format!("{body}：{zh}"),
                );
            }
        }
    }

    fn certificate(&mut self, body: &str, old: Option<&ListedCertificate>, new: &ListedCertificate) {
        let kid = hexadecimal(&new.kid());
        let Some(old) = old else {
            let (from, until) = (new.from, new.until);
            self.push(
                Gravity::Grants,
                format!("{body}: new certificate {kid}, from {from} until {until}"),
                format!("{body}：新增证书 {kid}，{from} 起至 {until} 止"),
            );
            return;
        };
        if (old.from, old.until) != (new.from, new.until) {
            let wider = new.from < old.from || new.until > old.until;
            let gravity = if wider {
                Gravity::Grants
            } else {
                Gravity::Restricts
            };
            let (from, until) = (new.from, new.until);
            self.push(
                gravity,
                format!("{body}: certificate {kid} may now seal from {from} until {until}"),
                format!("{body}：证书 {kid} 的授权期改为 {from} 起至 {until} 止"),
            );
        }
        let unrevoked = old
            .revoked()
            .is_some_and(|from| new.revoked().is_none_or(|now| now > from));
        if unrevoked {
            self.push(
                Gravity::Forbidden,
                format!("{body}: certificate {kid} was revoked and is not any more, or later"),
                format!("{body}：证书 {kid} 已被撤销，新名录取消或推迟了撤销"),
            );
        }
        for change in new.history.iter().filter(|change| !knows(old, change)) {
            let (gravity, en, zh) = match change.standing {
                Standing::InForce => (Gravity::Grants, "in force again", "恢复"),
                Standing::Suspended => (Gravity::Restricts, "suspended", "暂停"),
                Standing::Revoked => (Gravity::Restricts, "revoked", "撤销"),
            };
            let (from, reason) = (change.from, change.reason);
            self.push(
                gravity,
                format!("{body}: certificate {kid} {en} from {from}: {}", reason.english()),
                format!("{body}：证书 {kid} 自 {from} 起{zh}，原因：{}", reason.chinese()),
            );
        }
        for change in old.history.iter().filter(|change| !knows(new, change)) {
            if change.standing == Standing::Revoked {
                continue;
            }
            let from = change.from;
            self.push(
                Gravity::Grants,
                format!("{body}: certificate {kid}: what was said from {from} on is taken back"),
                format!("{body}：证书 {kid} 自 {from} 起的状态记录被删除"),
            );
        }
    }

    fn delegation(&mut self, name: &str, old: Option<&Delegation>, new: &Delegation) {
        let Some(old) = old else {
            let (types, regions) = (list(&new.types), list(&new.regions));
            let (signers, depth) = (signers(&new.roots), new.depth);
            self.push(
                Gravity::Grants,
                format!(
                    "new sub-list {name}: {types} in {regions}, signed by {signers}, with {depth} levels of sub-lists below it"
                ),
                format!(
                    "新增下级名录“{name}”：{types}，区域 {regions}，签发密钥 {signers}，可再委托 {depth} 层"
                ),
            );
            return;
        };
        let body = format!("sub-list {name}");
        self.types(&body, &old.types, &new.types);
        let regions =
            |of: &Delegation| -> Vec<String> { of.regions.iter().map(ToString::to_string).collect() };
        self.regions(&body, &regions(old), &regions(new));
        if old.roots != new.roots {
            let (before, after) = (signers(&old.roots), signers(&new.roots));
            self.push(
                Gravity::Grants,
                format!("{body}: signed by {after}, before by {before}"),
                format!("下级名录“{name}”的签发密钥由 {before} 改为 {after}"),
            );
        }
        if old.templates != new.templates || old.depth != new.depth {
            self.push(
                Gravity::Grants,
                format!("{body}: templates or depth of further sub-lists change"),
                format!("下级名录“{name}”的模板范围或再委托层数有变"),
            );
        }
        if old.sequence != new.sequence || old.digest != new.digest {
            let (a, b) = (old.sequence, new.sequence);
            let gravity = if b < a { Gravity::Grants } else { Gravity::Neutral };
            self.push(
                gravity,
                format!("{body}: at least number {b}, before {a}"),
                format!("下级名录“{name}”的最低序号由 {a} 改为 {b}"),
            );
        }
    }
}

fn by_digest(issuer: &ListedIssuer) -> BTreeMap<[u8; 32], &ListedCertificate> {
    let certificates = issuer.certificates.iter();
    certificates
        .map(|certificate| (certificate.sha256, certificate))
        .collect()
}

/// Whether `change` stands in the history of `certificate`, which rises in time.
fn knows(certificate: &ListedCertificate, change: &Change) -> bool {
    let history = &certificate.history;
    let place = history.binary_search_by_key(&change.from, |known| known.from);
    place.is_ok_and(|place| history.get(place) == Some(change))
}

/// `2 of 1a2b.., 3c4d..`
fn signers(roots: &Roots) -> String {
    let kids: Vec<String> = roots
        .certificates()
        .iter()
        .map(|root| hexadecimal(&root.kid()))
        .collect();
    format!("{} / {} [{}]", roots.threshold(), kids.len(), kids.join(", "))
}

fn list<T: core::fmt::Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}

fn hexadecimals(hashes: &[[u8; 32]]) -> Vec<String> {
    hashes.iter().map(|hash| hexadecimal(hash)).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
