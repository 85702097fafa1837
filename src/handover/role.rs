//! What a part of a package is to the verification, and the name it travels under.

use serde::{Deserialize, Serialize};

/// What a part is. In the order of the table of contents.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The file that was handed in.
    File,
    /// The text of the code that was scanned, UTF-8.
    Code,
    /// The file of which an annotated copy had to be one.
    Original,
    /// The report, as the verdict was then.
    Report,
    /// An authority list or a sub-list.
    List,
    /// What the verifier remembered of lists before it opened these.
    Memory,
    /// A set of roots by which the list was pinned.
    RootSet,
    /// A root certificate that was trusted, DER.
    Root,
    /// A root certificate of a time-stamping authority that was trusted, DER.
    TimeStampRoot,
    /// A certificate that helped to build chains, DER.
    Certificate,
    /// A status list.
    StatusList,
    /// A certificate revocation list, DER.
    Crl,
    /// An OCSP response, DER.
    Ocsp,
}

impl Role {
    /// Every role, in order.
    pub const ALL: [Self; 13] = [
        Self::File,
        Self::Code,
        Self::Original,
        Self::Report,
        Self::List,
        Self::Memory,
        Self::RootSet,
        Self::Root,
        Self::TimeStampRoot,
        Self::Certificate,
        Self::StatusList,
        Self::Crl,
        Self::Ocsp,
    ];

    /// The name of the part `number`, from 1, of this role. Frozen (`docs/FORMAT.md`, clause 11).
    #[must_use]
    pub fn name(self, number: usize) -> String {
        match self {
            Self::File => "received.pdf".into(),
            Self::Code => "code.txt".into(),
            Self::Original => "original.pdf".into(),
            Self::Report => "report.json".into(),
            Self::List => format!("list-{number}.cbor"),
            Self::Memory => "memory.cbor".into(),
            Self::RootSet => "roots.cbor".into(),
            Self::Root => format!("root-{number}.cer"),
            Self::TimeStampRoot => format!("time-stamp-root-{number}.cer"),
            Self::Certificate => format!("certificate-{number}.cer"),
            Self::StatusList => format!("status-{number}.cwt"),
            Self::Crl => format!("revocation-{number}.crl"),
            Self::Ocsp => format!("revocation-{number}.ors"),
        }
    }

    /// Whether there may be several.
    #[must_use]
    pub fn repeats(self) -> bool {
        self.name(1) != self.name(2)
    }

    /// The media type of such parts.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::File | Self::Original => "application/pdf",
            Self::Code => "text/plain",
            Self::Report => "application/json",
            Self::List | Self::Memory | Self::RootSet => "application/cbor",
            Self::Root | Self::TimeStampRoot | Self::Certificate => "application/pkix-cert",
            Self::StatusList => crate::cose::status::TYP,
            Self::Crl => "application/pkix-crl",
            Self::Ocsp => "application/ocsp-response",
        }
    }

    /// What it is, in English.
    #[must_use]
    pub fn english(self) -> &'static str {
        match self {
            Self::File => "file received",
            Self::Code => "code scanned",
            Self::Original => "original of the copy",
            Self::Report => "verification report",
            Self::List => "authority list",
            Self::Memory => "lists seen before",
            Self::RootSet => "set of roots",
            Self::Root => "root certificate",
            Self::TimeStampRoot => "root of time stamps",
            Self::Certificate => "certificate",
            Self::StatusList => "status list",
            Self::Crl => "revocation list",
            Self::Ocsp => "OCSP response",
        }
    }

    /// What it is, in Chinese.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Self::File => "收到的文件",
            Self::Code => "扫描的二维码",
            Self::Original => "加注件的原件",
            Self::Report => "核验报告",
            Self::List => "授权名录",
            Self::Memory => "此前见过的名录",
            Self::RootSet => "根证书组",
            Self::Root => "根证书",
            Self::TimeStampRoot => "时间戳根证书",
            Self::Certificate => "证书",
            Self::StatusList => "状态名单",
            Self::Crl => "证书吊销列表",
            Self::Ocsp => "证书状态响应",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_are_safe_in_any_folder() {
        let names: Vec<String> = Role::ALL
            .iter()
            .flat_map(|role| {
                [role.name(1), role.name(12)]
                    .into_iter()
                    .take(1 + usize::from(role.repeats()))
            })
            .chain([super::super::MANIFEST_FILE.to_owned()])
            .collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name}");
            let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
            assert!(
                name.chars().all(safe) && name.starts_with(|c: char| c.is_ascii_lowercase()),
                "{name}"
            );
        }
    }
}
