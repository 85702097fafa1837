//! What can be wrong with a file or a code: the catalogue of findings.
//!
//! A code's meaning never changes; `docs/FINDINGS.md` has a page for each and a test compares the two.

use core::fmt;

use serde::Serialize;

use super::indication::SubIndication;

/// What a finding does to the verdict. Ordered: later variants weigh more.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; changes nothing.
    Note,
    /// Something needed for a verdict is missing or stale: the outcome is at best `Indeterminate`.
    Doubt,
    /// The outcome is `NotAuthentic`.
    Fatal,
}

/// One thing the verifier noticed.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// Which object it concerns: a field name, `object 12`, `certificate CN=...`, `record issuer.code`.
    pub object: String,
    /// What was seen, in a few words; empty if the code says all. Never raw document text.
    pub evidence: String,
}

impl Finding {
    /// A finding about `object`.
    pub(super) fn new(code: Code, object: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self {
            code,
            object: object.into(),
            evidence: evidence.into(),
        }
    }
}

/// `coverage.gap-not-contents: field Seal: the bytes left out of the digest are not exactly ...`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.code.english())?;
        if !self.object.is_empty() {
            write!(f, " [{}]", self.object)?;
        }
        if !self.evidence.is_empty() {
            write!(f, " ({})", self.evidence)?;
        }
        Ok(())
    }
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("Finding", 9)?;
        out.serialize_field("code", self.code.name())?;
        out.serialize_field("severity", &self.code.severity())?;
        out.serialize_field("object", &self.object)?;
        out.serialize_field("evidence", &self.evidence)?;
        let sub = self.code.sub_indication().map_or("", SubIndication::name);
        out.serialize_field("sub_indication", sub)?;
        out.serialize_field("en", self.code.english())?;
        out.serialize_field("zh", self.code.chinese())?;
        out.serialize_field("remedy_en", self.code.remedy())?;
        out.serialize_field("remedy_zh", self.code.remedy_chinese())?;
        out.end()
    }
}

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $sub:literal
        $english:literal $chinese:literal
        $remedy:literal $remedy_chinese:literal)*) => {
        /// The catalogue. Declared most useful first: of several findings of one severity, the earlier variant leads the report.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Code {
            $(#[doc = concat!("`", $name, "`: ", $english, ".")] $variant,)*
        }

        impl Code {
            /// Every code, in the order of rank.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it does to the verdict.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),* }
            }

            /// The EN 319 102-1 sub-indication it stands for; `None` for a note, which speaks against nothing.
            #[must_use]
            pub fn sub_indication(self) -> Option<SubIndication> {
                SubIndication::named(match self { $(Self::$variant => $sub),* })
            }

            /// The sentence for people, English.
            #[must_use]
            pub fn english(self) -> &'static str {
                match self { $(Self::$variant => $english),* }
            }

            /// The sentence for people, Chinese.
            #[must_use]
            pub fn chinese(self) -> &'static str {
                match self { $(Self::$variant => $chinese),* }
            }

            /// What to do next, English.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),* }
            }

            /// What to do next, Chinese.
            #[must_use]
            pub fn remedy_chinese(self) -> &'static str {
                match self { $(Self::$variant => $remedy_chinese),* }
            }
        }
    };
}

// name, severity, EN 319 102-1 sub-indication, sentence (en, zh), remedy (en, zh)
codes! {
    // the file as a whole
    FileUnreadable "file.unreadable" Fatal "FORMAT_FAILURE"
        "the file is not a PDF that can be read strictly" "文件不是可以严格读取的 PDF"
        "ask for the original file again; do not open and save it in between" "请重新索取原始文件，中途不要打开另存"
    FileEncrypted "file.encrypted" Doubt "SIGNED_DATA_NOT_FOUND"
        "the file is encrypted and was not opened, so what it shows cannot be checked" "文件已加密且未能打开，无法核对其显示内容"
        "give the file's password, or ask for a copy without one" "请提供文件密码，或索取未加密的文件"
    FileUnsettled "file.unsettled" Doubt "SIGNED_DATA_NOT_FOUND"
        "the file could not be read in one go: it changed meanwhile, or its seals overlap" "文件无法一次读定：读取期间发生变化，或签章范围相互重叠"
        "copy the file and verify the copy" "请复制文件后核验副本"
    FileAmbiguous "file.ambiguous" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the file's structure can be read in two ways, so programs may show different documents" "文件结构存在歧义，不同软件可能显示不同内容"
        "ask the issuer to seal a cleanly written file" "请发证机关重新生成规范文件并盖章"
    // coverage: which bytes the seal stands for
    ChangedAfterSeal "change.after-seal" Fatal "FORMAT_FAILURE"
        "the file was changed after it was sealed" "文件在盖章之后被改动"
        "use the sealed revision or ask for the original file" "请使用盖章时的版本或索取原始文件"
    ChangeUnexplained "change.unexplained" Fatal "FORMAT_FAILURE"
        "something was changed after the seal that no signer can permit: what the file shows may differ from what was sealed" "盖章之后有任何签章都不能允许的改动，显示内容可能与盖章时不同"
        "look at the sealed revision, or ask for the original file" "请查看盖章时的版本，或索取原始文件"
    ChangeNotPermitted "change.not-permitted" Fatal "FORMAT_FAILURE"
        "the change is one that the seal itself forbids" "该改动为签章本身所禁止"
        "look at the sealed revision, or ask for the original file" "请查看盖章时的版本，或索取原始文件"
    ChangeLockedField "change.locked-field" Fatal "FORMAT_FAILURE"
        "a form field was changed that the seal had locked" "已被签章锁定的表单域被改动"
        "look at the sealed revision, or ask for the original file" "请查看盖章时的版本，或索取原始文件"
    ChangePermissionRemoved "change.permission-removed" Fatal "FORMAT_FAILURE"
        "a later revision takes back or resets what the seal permits, or removes its validation data" "后续版本撤销或重设了签章的权限，或删除了验证数据"
        "treat the later revision as forged; ask for the original file" "后续版本按伪造处理，请索取原始文件"
    ChangeBeyondPolicy "change.beyond-policy" Fatal "FORMAT_FAILURE"
        "the seal permits the change, but the rules of this verification do not" "签章允许该改动，但本次核验规则不允许"
        "ask for the file as it was sealed, or verify with --policy pades or acrobat if such changes are expected" "请索取盖章时的文件；如确属预期改动，可用 --policy pades 或 acrobat 核验"
    ChangedBeforeLaterSeal "change.before-later-seal" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the file was changed between this seal and a later one; whether that was permitted is not decided here" "本签章之后、后一签章之前文件有改动，无法判定是否允许"
        "ask the later signer what was added" "请向后一签章单位核实增加的内容"
    RangeMalformed "coverage.range-malformed" Fatal "FORMAT_FAILURE"
        "the seal does not say clearly which bytes it covers" "签章没有明确其保护的字节范围"
        "treat the file as forged" "按伪造文件处理"
    GapNotContents "coverage.gap-not-contents" Fatal "FORMAT_FAILURE"
        "the bytes left out of the digest are not exactly this seal's own value" "摘要未覆盖的部分不恰好是本签章的签名值"
        "treat the file as forged" "按伪造文件处理"
    RangeEnd "coverage.range-end" Fatal "FORMAT_FAILURE"
        "the covered bytes do not end where a revision of the file ends" "保护范围的结尾不是文件某一版本的结尾"
        "treat the file as forged" "按伪造文件处理"
    SealVanished "coverage.seal-vanished" Fatal "FORMAT_FAILURE"
        "a seal that an earlier revision carried is gone or replaced" "较早版本中的签章被移除或替换"
        "treat the file as forged" "按伪造文件处理"
    SealRecycled "coverage.seal-recycled" Fatal "FORMAT_FAILURE"
        "a field shows a signature that was made for another field, or before the field was there" "签章域借用了为其他签章域或更早版本所作的签名"
        "treat the file as forged" "按伪造文件处理"
    RevisionOpen "coverage.revision-open" Fatal "FORMAT_FAILURE"
        "the sealed revision leaves room that bytes added after the seal fill" "盖章版本中留有由盖章后追加内容填充的部分"
        "treat the file as forged" "按伪造文件处理"
    // no seal is left; where one was hidden, that it was leads
    FileNotSigned "file.not-signed" Fatal "FORMAT_FAILURE"
        "the file carries no electronic seal" "文件没有电子签章"
        "ask the issuer for the sealed file; a print or a re-saved copy has lost its seal" "请向发证机关索取盖章件；打印件或另存件不带签章"
    // the signature value
    DigestMismatch "signature.digest-mismatch" Fatal "HASH_FAILURE"
        "the sealed bytes are not the bytes in the file" "文件内容与盖章时不一致"
        "the file was altered; ask for the original" "文件已被篡改，请索取原件"
    SignatureInvalid "signature.invalid" Fatal "SIG_CRYPTO_FAILURE"
        "the signature value is not one by the certificate it names" "签名值与所声明的证书不符"
        "treat the file as forged" "按伪造文件处理"
    CmsMalformed "signature.cms-malformed" Fatal "FORMAT_FAILURE"
        "the signature container cannot be read" "签名数据无法解析"
        "ask for the original file" "请索取原始文件"
    PaddingWrong "signature.padding" Doubt "SIG_CONSTRAINTS_FAILURE"
        "something other than zeros follows the signature container in the room kept for it" "签名数据之后的预留空间中有非零内容"
        "ask for the original file; if it is the original, ask the issuer to seal with a program that clears the room" "请索取原始文件；如确为原件，请发证机关改用规范的盖章软件"
    SignerCount "signature.signer-count" Fatal "FORMAT_FAILURE"
        "the signature container does not hold exactly one signer" "签名数据中的签名者不是恰好一个"
        "ask the issuer to seal again" "请发证机关重新盖章"
    EnvelopedContent "signature.enveloped-content" Fatal "FORMAT_FAILURE"
        "the signature container carries content of its own" "签名数据自带内容，不是分离式签名"
        "treat the file as forged" "按伪造文件处理"
    SignerCertificateMissing "signature.certificate-missing" Fatal "NO_SIGNING_CERTIFICATE_FOUND"
        "the signer's certificate is not in the signature container" "签名数据中没有签名者证书"
        "ask the issuer to seal again with the certificate included" "请发证机关附带证书重新盖章"
    SignerCertificateMismatch "signature.certificate-mismatch" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the signed attributes name another certificate than the one used" "签名属性指定的证书与实际证书不同"
        "treat the file as forged" "按伪造文件处理"
    SignerCertificateUnbound "signature.certificate-unbound" Note ""
        "the signed attributes do not name the signer's certificate" "签名属性未绑定签名者证书"
        "ask the issuer to seal as PAdES (ETSI.CAdES.detached)" "建议发证机关采用 PAdES 方式盖章"
    AttributesWrong "signature.attributes-wrong" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the signed attributes are missing, doubled or not for this content" "签名属性缺失、重复或与内容不符"
        "treat the file as forged" "按伪造文件处理"
    SignerCertificateBySha1 "signature.certificate-by-sha1" Note ""
        "the signed attributes name the signer's certificate by its SHA-1 digest" "签名属性以 SHA-1 摘要指定签名者证书"
        "ask the issuer to seal with signing-certificate-v2; this seal is bound to its certificate all the same" "建议发证机关采用 signing-certificate-v2；本签章与证书的绑定仍然有效"
    ContentTypeWrong "signature.content-type" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the signature is for content of another type" "签名针对的是其他类型的内容"
        "treat the file as forged" "按伪造文件处理"
    AttributeTwice "signature.attribute-twice" Fatal "SIG_CONSTRAINTS_FAILURE"
        "a signed attribute occurs more than once" "签名属性重复出现"
        "treat the file as forged" "按伪造文件处理"
    AlgorithmMismatch "signature.algorithm-mismatch" Fatal "SIG_CONSTRAINTS_FAILURE"
        "digest, signature algorithm and key do not go together, or are not those that were signed" "摘要算法、签名算法与密钥互不匹配，或与签名属性所载不一致"
        "treat the file as forged" "按伪造文件处理"
    AlgorithmRejected "signature.algorithm-rejected" Doubt "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        "the signature uses an algorithm that is not accepted" "签名采用了不被接受的算法"
        "ask the issuer to seal with SHA-256 and RSA 2048, ECDSA or Ed25519" "请发证机关使用 SHA-256 与 RSA 2048、ECDSA 或 Ed25519 重新盖章"
    SpareCertificate "signature.spare-certificate" Note ""
        "the signature container carries a certificate that has nothing to do with the signer's" "签名数据中附有与签名者无关的证书"
        "nothing to do; it was not used" "无需处理，该证书未被采用"
    ContainerInexact "signature.container-inexact" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the part of the signature container that no signature covers is not as its writer left it or as the standard asks" "签名数据中不受签名保护的部分不合规范或已被改动"
        "ask for the original file" "请索取原始文件"
    SubFilterUnsupported "signature.subfilter-unsupported" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the seal is of a kind this verifier does not check" "本核验程序不支持该签章类型"
        "check it with the issuer's own program" "请使用发证机关提供的核验工具"
    // time stamps: proof that the seal is not younger
    TimeStampMalformed "timestamp.malformed" Fatal "FORMAT_FAILURE"
        "the document time stamp does not hold what a time stamp must" "文档时间戳的内容不合规范"
        "treat what was added with it as forged" "随其添加的内容按伪造处理"
    TimeStampImprint "timestamp.imprint-mismatch" Fatal "HASH_FAILURE"
        "the document time stamp is for other bytes than those in the file" "文档时间戳与文件内容不一致"
        "the file was altered after it was stamped; ask for the original" "文件在加盖时间戳后被改动，请索取原件"
    TimeStampPurpose "timestamp.key-purpose" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the key that made the time stamp is not one for time stamps alone" "签发时间戳的密钥并非专用于时间戳"
        "ask for a file with a time stamp of a time-stamping authority" "请索取由时间戳机构签发时间戳的文件"
    TimeStampUnusable "timestamp.unusable" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the signature container carries a time stamp that is not right for this seal" "签名数据所附时间戳与本签章不符"
        "ask for the original file; the seal itself is judged apart from it" "请索取原始文件；签章本身另行判定"
    TimeStampDuplicate "timestamp.duplicate" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the same time stamp occurs twice" "同一时间戳重复出现"
        "ask for the original file" "请索取原始文件"
    TimeStampUntrusted "timestamp.untrusted" Note ""
        "the time stamp is not by an authority that you trust, so it proves no time" "时间戳不是由受信任的机构签发，不能证明时间"
        "add the root certificate of the time-stamping authority if the time matters" "如需以其证明时间，请添加时间戳机构的根证书"
    // whose key
    TrustMissing "trust.missing" Doubt "NO_CERTIFICATE_CHAIN_FOUND"
        "no trust was given: neither an authority list nor a root certificate" "未提供信任依据（授权名录或根证书）"
        "give the authority list of your region" "请提供本地区的授权名录"
    ChainMissing "chain.no-path" Doubt "NO_CERTIFICATE_CHAIN_FOUND"
        "the certificate does not lead to a root that you trust" "证书无法追溯到受信任的根证书"
        "get the root certificate or the authority list from a source you trust, not from the file's holder" "请从可信渠道获取根证书或授权名录，不要由持件人提供"
    ChainExpired "chain.expired" Doubt "OUT_OF_BOUNDS_NO_POE"
        "a certificate had expired at the time asked about, and nothing proves that the seal is older" "证书在核验时点已过期，且没有证据证明签章早于过期时间"
        "ask for a file with a time stamp, or check the time you gave" "请索取带时间戳的文件，或核对核验时间"
    ChainNotYetValid "chain.not-yet-valid" Doubt "OUT_OF_BOUNDS_NO_POE"
        "a certificate was not yet valid at the time asked about" "证书在核验时点尚未生效"
        "check the clock or the time you gave" "请核对时钟或核验时间"
    ChainInvalid "chain.invalid" Fatal "CERTIFICATE_CHAIN_GENERAL_FAILURE"
        "a certificate of the chain breaks the rules for certificates" "证书链中的证书不符合规则"
        "treat the seal as not made by the named department" "视为非所称部门的签章"
    // allowed to do what
    TypeNotPermitted "authority.type-not-permitted" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the department that sealed may not issue this type of result" "盖章部门无权出具该类证照"
        "do not accept; report it to the keeper of the authority list" "不予采信，并向授权名录管理单位报告"
    IssuerMismatch "authority.issuer-mismatch" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the result names another issuer than the department that sealed it" "结果物上的发证机关与盖章部门不一致"
        "do not accept" "不予采信"
    CertificateRevoked "authority.certificate-revoked" Fatal "REVOKED_NO_POE"
        "the sealing certificate was revoked" "盖章证书已被撤销"
        "ask the issuer for a newly sealed file" "请发证机关重新盖章"
    RegionNotPermitted "authority.region-not-permitted" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the department that sealed may not issue results for this region" "盖章部门无权出具该区域的证照"
        "do not accept; report it to the keeper of the authority list" "不予采信，并向授权名录管理单位报告"
    TemplateNotPermitted "authority.template-not-permitted" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the result was composed by a template that the department may not use" "生成该结果物的模板不在该部门的许可范围内"
        "do not accept; report it to the keeper of the authority list" "不予采信，并向授权名录管理单位报告"
    BeyondDelegation "authority.beyond-delegation" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the sub-list lets the department issue this, and the list above does not let the sub-list do so" "下级名录的授权超出上级名录的委托范围"
        "do not accept; report it to the keeper of the list above" "不予采信，并向上级授权名录管理单位报告"
    OutsideWindow "authority.outside-window" Fatal "CHAIN_CONSTRAINTS_FAILURE"
        "the certificate was used outside the time in which it may seal" "证书不在授权盖章的时间范围内"
        "ask the issuer for a file sealed with its present certificate" "请发证机关使用现行证书重新盖章"
    CertificateSuspended "authority.certificate-suspended" Doubt "TRY_LATER"
        "the sealing certificate was suspended" "盖章证书处于暂停状态"
        "ask the issuer, or verify again with a newer list" "请向发证机关核实，或更新名录后再次核验"
    ListRollback "authority.rollback" Doubt "TRY_LATER"
        "the authority list is older than one that was used here before" "授权名录比本机曾使用的旧"
        "get the newest list from a source you trust; somebody may be hiding it" "请从可信渠道获取最新名录；可能有人隐瞒新名录"
    ListEquivocation "authority.equivocation" Doubt "TRY_LATER"
        "two different authority lists were issued as one and the same" "两份不同的授权名录使用同一序号或前后不衔接"
        "ask the keeper of the list which is right; its roots may be abused" "请向名录管理单位核实以何者为准；根密钥可能被滥用"
    ListMixAndMatch "authority.mix-and-match" Doubt "TRY_LATER"
        "parts of different authority lists were put together" "授权名录由不同名录的内容拼合而成"
        "get list and sub-lists anew from a source you trust" "请从可信渠道重新获取名录及下级名录"
    ListFastForward "authority.fast-forward" Doubt "TRY_LATER"
        "the number of the authority list is far ahead of the last one seen" "授权名录序号远超上一份"
        "ask the keeper of the list; its roots may be abused" "请向名录管理单位核实；根密钥可能被滥用"
    ListKidCollision "authority.kid-collision" Doubt "TRY_LATER"
        "the authority list has two entries under one key identifier" "授权名录中有两项使用同一密钥标识"
        "ask the keeper for a corrected list" "请名录管理单位更正名录"
    ListUnrevocation "authority.un-revocation" Doubt "TRY_LATER"
        "the authority list takes back, delays or leaves out a revocation" "授权名录取消、推迟或遗漏了已有的撤销"
        "ask the keeper of the list; a revocation is final" "请向名录管理单位核实；撤销不可取消"
    ClockSetBack "authority.clock-set-back" Doubt "TRY_LATER"
        "the clock is behind a time that is known to have passed" "时钟早于已知时间"
        "set the clock right and verify again" "请校正时钟后重新核验"
    TemplateNotTold "authority.template-not-told" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the department may use certain templates only, and which one was used cannot be told" "该部门仅限使用指定模板，无法得知所用模板"
        "ask for the PDF" "请索取 PDF 原件"
    ListExpired "authority.list-expired" Doubt "TRY_LATER"
        "the authority list has expired" "授权名录已过期"
        "fetch the present list" "请获取最新名录"
    ListNotYetValid "authority.list-not-yet-valid" Doubt "TRY_LATER"
        "the authority list was issued after the time asked about" "授权名录的签发时间晚于核验时点"
        "check the clock, or give the list that was in force then" "请核对时钟，或提供当时有效的名录"
    ListOverdue "authority.list-overdue" Note ""
        "a newer authority list is due" "授权名录应已有更新"
        "get the newer list; this one may still be used until it expires" "请获取新名录；本名录在失效前仍可使用"
    IssuerUnknown "authority.unknown-issuer" Doubt "NO_CERTIFICATE_CHAIN_FOUND"
        "the sealing certificate is not on the authority list" "盖章证书不在授权名录中"
        "update the authority list; if it is still absent, ask the issuer" "请更新授权名录；仍未收录时向发证机关核实"
    ListMissing "authority.no-list" Note ""
        "no authority list was given: the seal is checked against plain roots, permission is not" "未提供授权名录：仅按根证书核验，不判断授权范围"
        "give the authority list to learn whether the signer may issue this" "如需判断授权范围，请提供授权名录"
    // what the result says
    RecordMalformed "record.malformed" Fatal "FORMAT_FAILURE"
        "the record in the file is not a valid record" "文件所附结果信息不合规范"
        "ask the issuer for a correct file" "请发证机关重新出具"
    RecordExpired "record.expired" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the result was valid to an earlier day" "结果物已过有效期"
        "ask for a renewed result" "请办理延续或换发"
    RecordNotYetValid "record.not-yet-valid" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the result becomes valid on a later day" "结果物尚未生效"
        "accept it from that day on" "请在生效之日后使用"
    RecordMissing "record.missing" Note ""
        "the file carries no record, so its text is for people only" "文件未附结果信息，只能人工阅读"
        "read the sealed revision itself" "请阅读盖章版本原文"
    RecordSample "record.sample" Note ""
        "the result is marked as a sample" "该结果物标注为样例"
        "do not accept a sample as a result" "样例不得作为办事依据"
    // the code
    CodeUnreadable "code.unreadable" Fatal "FORMAT_FAILURE"
        "the code is not a yinxin payload or is damaged" "二维码不是印信凭证或已损坏"
        "scan it again in better light; if it stays so, do not accept" "请在良好光线下重新扫描；仍无法识别则不予采信"
    CodeSignatureInvalid "code.signature-invalid" Fatal "SIG_CRYPTO_FAILURE"
        "the code was not signed by the key it names" "二维码签名与所声明的密钥不符"
        "treat the code as forged" "按伪造二维码处理"
    CodeKeyUnknown "code.key-unknown" Doubt "NO_SIGNING_CERTIFICATE_FOUND"
        "the key that signed the code is not known here" "本机不认识该二维码的签名密钥"
        "update the authority list; never follow the address in the code to decide" "请更新授权名录；不要依据码内网址判断真伪"
    CodeTemplateMissing "code.template-missing" Doubt "SIGNED_DATA_NOT_FOUND"
        "the code holds a whole file, and the template that the file was composed with is not here" "码内含整份文件，但本机没有生成该文件所用的版式模板"
        "get the template from the issuer and give it with --template" "请向发证机关索取版式模板，用 --template 提供"
    CodeFontsMissing "code.fonts-missing" Doubt "SIGNED_DATA_NOT_FOUND"
        "the code holds a whole file, and the fonts that the file was composed with are not here" "码内含整份文件，但本机没有生成该文件所用的字体"
        "get the fonts from the issuer and give them with --font" "请向发证机关索取字体，用 --font 提供"
    CodeEngineUnknown "code.engine-unknown" Doubt "SIGNED_DATA_NOT_FOUND"
        "the code holds a whole file that another version of this program composed" "码内含整份文件，由本程序的其他版本生成"
        "verify with a version that has its engine, or ask for the PDF" "请使用带有该引擎的版本核验，或索取 PDF 原件"
    CodeRebuildUnavailable "code.rebuild-unavailable" Doubt "SIGNED_DATA_NOT_FOUND"
        "the code holds a whole file, and this program cannot rebuild files" "码内含整份文件，但本程序不具备还原文件的功能"
        "verify with a program that composes and has the issuer's templates, or ask for the PDF" "请使用具备生成功能并带有发证机关模板的程序核验，或索取 PDF 原件"
    CodeRebuildFailed "code.rebuild-failed" Doubt "SIGNED_DATA_NOT_FOUND"
        "the code holds a whole file that cannot be made from what it says" "码内含整份文件，但无法依其内容生成文件"
        "do not accept it; ask for the PDF" "请勿采信，请索取 PDF 原件"
    CodeRebuiltDiffers "code.rebuilt-differs" Doubt "SIG_CONSTRAINTS_FAILURE"
        "what was rebuilt is not the file that the code names: the code was altered, or this program composes otherwise" "还原所得并非该码所指的文件：码被改动，或本程序的生成结果不同"
        "do not accept it; ask for the PDF" "请勿采信，请索取 PDF 原件"
    CodeDraftMismatch "code.draft-mismatch" Fatal "HASH_FAILURE"
        "the code stands for another document" "二维码对应的是另一份文件"
        "do not accept; the code was moved from another result" "不予采信，二维码系从其他结果物移用"
    CodeRecordMismatch "code.record-mismatch" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the code and the record in the file do not say the same" "二维码与文件所附结果信息不一致"
        "do not accept" "不予采信"
    CodeDrawingMismatch "code.drawing-mismatch" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the code drawn on the page is not the code the file describes" "页面上的二维码与文件所载凭证不一致"
        "do not accept" "不予采信"
    CodeExpired "code.expired" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the code was valid to an earlier time" "二维码凭证已过有效期"
        "ask for a renewed result" "请办理延续或换发"
    CodeNotYetValid "code.not-yet-valid" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the code becomes valid at a later time" "二维码凭证尚未生效"
        "accept it from that time on" "请在生效之后使用"
    CodeDocumentMissing "code.document-not-given" Note ""
        "the code alone was checked: compare its fields with the paper, word for word" "仅核验了二维码：请将以下内容与纸面逐项比对"
        "ask for the PDF where the fields are not enough" "内容不足以判断时请索取 PDF 原件"
    CodeRebuilt "code.rebuilt" Note ""
        "the file was rebuilt from the code: the file counts, not the paper that shows the code" "文件由二维码还原而成：以还原文件为准，不以载有该码的纸面为准"
        "save the file and compare the paper with it, word for word" "请保存还原文件，并与纸面逐项比对"
    CodeMissing "code.missing" Note ""
        "the file carries no code of its own" "文件不带二维码凭证"
        "nothing to do" "无需处理"
    // the holder whose code was typed
    HolderNoMatch "holder.no-match" Fatal "SIG_CONSTRAINTS_FAILURE"
        "the code typed in is not the holder's: the result is about somebody else" "输入的证件号码与持证主体不符，该结果物不属于此人"
        "type the number again from the identity document; if it still differs, do not accept the result from this person" "请对照身份证件重新输入；仍不符则不予采信"
    HolderNotStated "holder.not-stated" Doubt "SIG_CONSTRAINTS_FAILURE"
        "nothing here tells whether the code typed in is the holder's" "没有可与输入的证件号码比对的信息"
        "compare name and masked code with the identity document, then verify without the number; or ask for the PDF" "请将姓名和脱敏号码与身份证件比对后不带号码核验，或索取 PDF 原件"
    HolderMatch "holder.match" Note ""
        "the code typed in is the holder's" "输入的证件号码与持证主体相符"
        "nothing to do" "无需处理"
    // whether it still stands
    StatusRevoked "status.revoked" Fatal "REVOKED_NO_POE"
        "the issuer has withdrawn the result" "发证机关已撤销该结果物"
        "do not accept; ask the holder for a result that stands" "不予采信，请持证主体提供现行有效的结果物"
    StatusReplaced "status.replaced" Fatal "REVOKED_NO_POE"
        "a later version of the result was issued in its place" "该结果物已由新版本取代"
        "ask for the later version" "请提供新版本"
    StatusLapsed "status.lapsed" Fatal "REVOKED_NO_POE"
        "the result was made on trust before all papers were in, and they did not come in time" "该结果物为容缺办理，所缺材料逾期未补，已失效"
        "do not accept; ask the holder to apply anew" "不予采信，请持证主体重新申请"
    StatusSuspended "status.suspended" Doubt "TRY_LATER"
        "the result does not stand for the time being" "该结果物暂停使用"
        "ask the issuer, or verify again later" "请向发证机关核实，或稍后再次核验"
    StatusConditional "status.conditional" Doubt "TRY_LATER"
        "the result was made on trust before all papers were in, and is not effective yet" "该结果物为容缺办理，所缺材料尚未补齐，暂未生效"
        "accept it only once the papers are handed over; verify again with a newer status list" "所缺材料补交后方可采信，请更新状态名单后再次核验"
    StatusStale "status.stale" Doubt "TRY_LATER"
        "the status list is too old to tell whether the result still stands" "状态名单已过期，无法确认该结果物现时是否有效"
        "get the newest status list and verify again" "请获取最新状态名单后再次核验"
    StatusOfLater "status.of-later" Doubt "TRY_LATER"
        "the status list was issued after the time asked about" "状态名单的签发时间晚于核验时点"
        "verify as of a time after the list was issued, or give the list of that time" "请以名单签发之后的时间核验，或提供当时的名单"
    StatusUntrusted "status.untrusted" Doubt "TRY_LATER"
        "the status list given is not by the issuer of the result" "所提供的状态名单不是由发证机关签发"
        "get the list from the address that the result names" "请从结果物所载地址获取名单"
    StatusUnreadable "status.no-entry" Doubt "TRY_LATER"
        "the status list has no entry for the result, or one whose meaning is not known" "状态名单中没有该结果物的记录，或其含义未知"
        "ask the issuer whether the result still stands" "请向发证机关核实该结果物现时是否有效"
    StatusNotGiven "status.not-given" Doubt "TRY_LATER"
        "the issuer keeps a list of withdrawn results, and this result's place on it was not looked up" "发证机关设有状态名单，未查询该结果物的现时状态"
        "give the status list, or ask the issuer whether the result still stands" "请提供状态名单，或向发证机关核实该结果物现时是否有效"
    // what is seen: content that can change what is shown without a byte being changed
    SeenCodeCovered "seen.code-covered" Doubt "SIG_CONSTRAINTS_FAILURE"
        "something may lie over the code, cut it off or change how it looks" "二维码可能被遮挡、裁切或改变外观"
        "scan the code that is seen and compare; the issuer should paint the code last and seal again" "请扫描所见二维码并与核验内容比对；发证机关应最后绘制二维码并重新盖章"
    SeenSealCovered "seen.seal-covered" Doubt "SIG_CONSTRAINTS_FAILURE"
        "something lies over a seal" "签章上方有其他内容遮挡"
        "rely on what this report says of the seal, not on what is seen there; the issuer should move it and seal again" "请以本报告中的签章信息为准，不要以所见为准；发证机关应移开后重新盖章"
    SeenRuns "seen.runs-by-itself" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the file holds a script or action that runs by itself and may change what is shown" "文件含有自动运行的脚本或动作，可能改变显示内容"
        "ask the issuer for a file without it; do not rely on what is seen" "请向发证机关索取不含脚本的文件，不要依据所见内容"
    SeenExternal "seen.external-content" Doubt "SIG_CONSTRAINTS_FAILURE"
        "a part of what is shown is in another file, which no seal covers" "部分显示内容取自其他文件，不受签章保护"
        "ask the issuer for a file that holds all of its content" "请向发证机关索取内容完整的文件"
    SeenXfa "seen.xfa" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the file holds a second form (XFA), which some programs show instead of its pages" "文件含有 XFA 表单，部分软件会以其代替页面显示"
        "ask the issuer for a file without XFA" "请向发证机关索取不含 XFA 的文件"
    SeenPortfolio "seen.portfolio" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the file is a collection: some programs show its attachments instead of its pages" "文件为 PDF 包，部分软件会显示附件而非页面"
        "verify the attached file itself, or ask the issuer for a plain one" "请核验附件本身，或向发证机关索取普通文件"
    SeenMedia "seen.media" Doubt "SIG_CONSTRAINTS_FAILURE"
        "a page holds moving or three-dimensional content: what it shows is for the program to say" "页面含有多媒体或三维内容，显示结果取决于软件"
        "ask the issuer for a file without it" "请向发证机关索取不含此类内容的文件"
    SeenValueDiffers "seen.value-differs" Doubt "SIG_CONSTRAINTS_FAILURE"
        "a field of the form shows another text than it holds" "表单域显示的文字与其实际值不一致"
        "ask the issuer which of the two is meant" "请向发证机关核实以何者为准"
    SeenLayerHidden "seen.layer-hidden" Doubt "SIG_CONSTRAINTS_FAILURE"
        "the file holds content on a layer that is switched off, or on only as the program's settings have it" "文件含有默认关闭或随软件设置变化的图层内容"
        "rely on nothing that is seen only after a layer was switched; ask the issuer for a file without layers" "切换图层后才出现或消失的内容不得作为依据；请索取不含图层的文件"
    SeenPaperDiffers "seen.paper-differs" Doubt "SIG_CONSTRAINTS_FAILURE"
        "a print shows something else than the screen" "打印结果与屏幕显示不一致"
        "ask the issuer which of the two is meant; the issuer should seal a file that looks the same on both" "请向发证机关核实以何者为准；发证机关应改用两者一致的文件"
    SeenFontUnpredictable "seen.font-unpredictable" Doubt "SIG_CONSTRAINTS_FAILURE"
        "a font is not in the file and numbers its own glyphs: another one shows other characters" "文件未嵌入按字形编号的字体，替换字体会显示其他文字"
        "ask the issuer for a file with all fonts embedded" "请向发证机关索取嵌入全部字体的文件"
    SeenNotRead "seen.not-fully-looked-at" Doubt "SIG_CONSTRAINTS_FAILURE"
        "not everything that can change what is shown was looked at: it is more than the limits allow, or cannot be read" "可能影响显示的内容未能全部检查（超出限制或无法读取）"
        "raise the limits if the file is known, or ask the issuer for a simpler one" "确认文件来源后可放宽限制，或向发证机关索取更简单的文件"
    SeenOnUse "seen.runs-on-use" Note ""
        "scripts or actions wait for a click or an entry" "文件含有点击或输入时运行的脚本或动作"
        "verify and read the file before clicking anything in it" "请在点击文件内容之前完成核验和阅读"
    SeenLayers "seen.layers" Note ""
        "the file has layers that the reader can switch off" "文件含有可由阅读者关闭的图层"
        "read it as it opens, with all layers as they are" "请按打开时的图层状态阅读"
    SeenNotPrinted "seen.not-printed" Note ""
        "something on the page is seen on screen only" "页面上有仅在屏幕显示而不打印的内容"
        "compare with the screen, not with a print" "请与屏幕显示比对，不要与打印件比对"
    SeenDrawnByProgram "seen.drawn-by-program" Note ""
        "the program that shows the file draws filled fields or chooses between images by itself" "部分表单域或图像由阅读软件自行绘制或选择"
        "if the look matters, ask the issuer for a file with fixed appearances" "如外观重要，请向发证机关索取外观固定的文件"
    SeenCovers "seen.annotation-covers" Note ""
        "a stamp or note covers a part of a page or another seal" "批注或图章遮盖了页面或其他签章的一部分"
        "what lies beneath is not part of what was shown" "被遮盖的内容不属于所见内容"
    SeenAnnotationHidden "seen.annotation-hidden" Note ""
        "an annotation or field is hidden" "文件含有隐藏的批注或表单域"
        "nothing to do; what is hidden was not shown to the signer" "无需处理；隐藏内容在盖章时未显示"
    SeenUnderPointer "seen.changes-under-pointer" Note ""
        "an annotation looks different while the pointer is on it" "鼠标指向时批注外观会变化"
        "read the page with the pointer beside it" "请将鼠标移开后阅读"
    SeenFontNotEmbedded "seen.font-not-embedded" Note ""
        "a font is not in the file: programs show the text in fonts of their own" "文件未嵌入部分字体，各软件以自带字体显示"
        "for documents to be kept, ask the issuer for PDF/A" "需归档时请索取 PDF/A 文件"
    SeenFillable "seen.fillable" Note ""
        "fields can still be filled in" "文件仍有可填写的表单域"
        "make them read-only or part of the page before sealing" "盖章前请设为只读或并入页面"
    SeenUnused "seen.unused-content" Note ""
        "the file holds pages, images or other content that nothing shows" "文件含有未被引用的页面、图像或其他内容"
        "save the file anew without them before sealing: an update could bring them out" "盖章前请重新生成文件，去除未使用的内容，以免日后被更新引用"
    SeenDangling "seen.dangling-reference" Note ""
        "the file refers to objects that do not exist: an update could supply them" "文件引用了不存在的对象，日后更新可能补入"
        "save the file anew without these references before sealing" "盖章前请重新生成文件，去除此类引用"
    ImageUnreadable "image.unreadable" Fatal "SIGNED_DATA_NOT_FOUND"
        "the picture cannot be read or shows no code" "图片无法读取或未发现二维码"
        "take the picture again: flat, near, evenly lit" "请平整、近距离、光线均匀地重新拍摄"
    ImageSeveralCodes "image.several-codes" Doubt "SIGNED_DATA_NOT_FOUND"
        "the picture shows several codes; which one is meant is not clear" "图片中有多个二维码，无法确定核验对象"
        "take a picture of one code" "请只拍摄一个二维码"
}

/// Puts the most useful finding first: by severity, then by the catalogue's order; otherwise as found.
pub(super) fn rank(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        b.code
            .severity()
            .cmp(&a.code.severity())
            .then(a.code.cmp(&b.code))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Indication;

    #[test]
    fn a_finding_says_its_code_what_is_wrong_where_and_what_was_seen() {
        let english = Code::ListMissing.english();
        let said =
            |object: &str, evidence: &str| Finding::new(Code::ListMissing, object, evidence).to_string();
        assert_eq!(said("", ""), format!("authority.no-list: {english}"));
        assert_eq!(said("code", ""), format!("authority.no-list: {english} [code]"));
        assert_eq!(said("", "seen"), format!("authority.no-list: {english} (seen)"));
    }

    #[test]
    fn names_are_unique_and_well_formed() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for name in names {
            let (area, rest) = name.split_once('.').unwrap();
            assert!(
                !area.is_empty()
                    && rest
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{name}"
            );
        }
    }

    /// EN 319 102-1, clause 5.1.3: what is only in doubt is never called a failure of the signature, every reason has a
    /// sub-indication, and a remark has none.
    #[test]
    fn sub_indication_fits_the_severity() {
        for code in Code::ALL {
            let main = code.sub_indication().map(SubIndication::indication);
            match (code.severity(), main) {
                (Severity::Fatal, Some(Indication::TotalFailed | Indication::Indeterminate))
                | (Severity::Doubt, Some(Indication::Indeterminate))
                | (Severity::Note, None) => {}
                wrong => panic!("{}: {wrong:?}", code.name()),
            }
        }
    }

    #[test]
    fn severity_leads_over_the_order_of_the_catalogue() {
        for &a in Code::ALL {
            for &b in Code::ALL {
                let mut findings = [Finding::new(a, "", ""), Finding::new(b, "", "")];
                rank(&mut findings);
                let [first, second] = findings.map(|finding| finding.code);
                assert!(first.severity() >= second.severity());
                assert!(first.severity() > second.severity() || first <= second);
            }
        }
    }

    /// Of two findings, the one that tells more of what happened or what to do.
    const LEADS: &[(Code, Code)] = &[
        // A forgery before what is missing for a verdict.
        (Code::GapNotContents, Code::TrustMissing),
        (Code::RangeMalformed, Code::ChainMissing),
        (Code::DigestMismatch, Code::ChainExpired),
        (Code::CodeSignatureInvalid, Code::IssuerUnknown),
        // Nothing more is known of what cannot be read.
        (Code::FileUnreadable, Code::FileNotSigned),
        (Code::FileEncrypted, Code::TrustMissing),
        // That a seal was hidden or is beside the form explains why there is none.
        (Code::SealVanished, Code::FileNotSigned),
        (Code::RangeMalformed, Code::FileNotSigned),
        // The sealed revision is still there to be used.
        (Code::ChangedAfterSeal, Code::DigestMismatch),
        // Which bytes, then whether they are the ones, then whose key.
        (Code::RangeMalformed, Code::DigestMismatch),
        (Code::DigestMismatch, Code::SignatureInvalid),
        (Code::SignatureInvalid, Code::ChainInvalid),
        (Code::CmsMalformed, Code::ChainInvalid),
        // Whose key, then what it may, then what the result says, then its code.
        (Code::ChainInvalid, Code::TypeNotPermitted),
        (Code::TypeNotPermitted, Code::RecordExpired),
        (Code::RecordMalformed, Code::CodeRecordMismatch),
        (Code::RecordExpired, Code::CodeExpired),
        // No trust at all explains the missing path; an outdated list that nobody is found on it.
        (Code::TrustMissing, Code::ChainMissing),
        (Code::ListExpired, Code::IssuerUnknown),
        (Code::ListNotYetValid, Code::IssuerUnknown),
        (Code::ChainMissing, Code::IssuerUnknown),
        // A forged code before one that is merely old.
        (Code::CodeSignatureInvalid, Code::CodeExpired),
        (Code::CodeDraftMismatch, Code::CodeDrawingMismatch),
        // Remarks last.
        (Code::ImageSeveralCodes, Code::SignerCertificateUnbound),
    ];

    #[test]
    fn the_more_useful_finding_leads() {
        for &(leader, follower) in LEADS {
            for (a, b) in [(leader, follower), (follower, leader)] {
                let mut findings = [Finding::new(a, "", ""), Finding::new(b, "", "")];
                rank(&mut findings);
                assert_eq!(
                    findings[0].code,
                    leader,
                    "{} over {}",
                    leader.name(),
                    follower.name()
                );
            }
        }
    }
}
