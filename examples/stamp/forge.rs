//! Forgeries of one sealed result: what people try, and which finding must answer each.

use std::ops::Range;

use yinxin::cbor::Value;
use yinxin::compose::Template;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::payload::{Payload, SignedPayload, TextForm, decode_text, encode_text};
use yinxin::pdf::update::{Update, stream_body};
use yinxin::pdf::{Document, Ref};
use yinxin::pki::{Signer, SoftwareSigner};
use yinxin::record::{Identifier, Record};
use yinxin::symbol::{Level, Symbol};
use yinxin::verify::{Code, Outcome};

use crate::demo::Case;
use crate::files::{Fault, Named as _, fault};
use crate::issue::PIXELS;
use crate::world::{Department, World};

/// A forged copy and the verdict it must get.
pub struct Forgery {
    /// The second half of the file's name: `NAME--HOW`.
    pub how: &'static str,
    /// What was done, for people.
    pub done: &'static str,
    pub content: Content,
    pub outcome: Outcome,
    /// The finding that must lead the report.
    pub code: Code,
}

/// What is handed to the verifier.
pub enum Content {
    Pdf(Vec<u8>),
    /// A picture of a code.
    Picture(Vec<u8>),
    /// The text of a code.
    Text(String),
    /// The text of a code, presented together with the genuine file.
    TextWithPdf(String),
}

/// Copies of `case` forged in every way known here; `other` is another department's result.
pub fn forge(case: &Case, other: &Case, world: &World) -> Result<Vec<Forgery>, Fault> {
    let issuer = world.issuer(&case.record)?;
    let mut made = Vec::new();
    let mut add = |how, done, content, code: Code| {
        let outcome = match code {
            Code::IssuerUnknown | Code::ChainMissing | Code::CodeKeyUnknown => Outcome::Indeterminate,
            _ => Outcome::NotAuthentic,
        };
        made.push(Forgery {
            how,
            done,
            content,
            outcome,
            code,
        });
    };
    let pdf = Content::Pdf;

    add(
        "page-byte",
        "one bit of the page flipped",
        pdf(flip_page(&case.sealed)?),
        Code::DigestMismatch,
    );
    add(
        "signature-byte",
        "one bit of the signature flipped",
        pdf(flip_signature(&case.sealed)?),
        Code::SignatureInvalid,
    );
    add(
        "appended",
        "text painted over in an appended revision",
        pdf(append(&case.sealed)?),
        Code::ChangedAfterSeal,
    );
    add(
        "code-redrawn",
        "another result's code drawn in its place",
        pdf(redraw(case, other)?),
        Code::ChangedAfterSeal,
    );
    add(
        "cut",
        "the last 100 bytes cut off",
        pdf(cut(&case.sealed, 100)),
        Code::FileUnreadable,
    );
    add(
        "seal-removed",
        "the sealing revision cut off",
        pdf(case.draft.bytes().to_vec()),
        Code::FileNotSigned,
    );

    let cose = decode_text(&other.code_text, &Limits::DEFAULT).named("code")?;
    let swapped = case
        .draft
        .bind_signed(cose)
        .seal(&issuer.look, &issuer.seal.signer()?, world.at);
    let swapped = swapped.named("swapped code")?.into_bytes();
    add(
        "code-swapped",
        "sealed with another result's code on it",
        pdf(swapped),
        Code::CodeDraftMismatch,
    );

    let office = seal(
        &case.draft,
        &case.record,
        &world.office,
        &world.office.seal.signer()?,
        world,
    )?;
    add(
        "other-department",
        "sealed by another department's key",
        pdf(office),
        Code::IssuerMismatch,
    );
    let beyond = beyond_scope(issuer, world, case, other)?;
    add(
        "out-of-scope",
        "a type its department may not issue",
        pdf(beyond),
        Code::TypeNotPermitted,
    );
    let stranger = world.unlisted(issuer)?.signer()?;
    let unlisted = seal(&case.draft, &case.record, issuer, &stranger, world)?;
    add(
        "unlisted-key",
        "sealed by a key that is on no list",
        pdf(unlisted),
        Code::IssuerUnknown,
    );
    let impostor = seal(
        &case.draft,
        &case.record,
        issuer,
        &world.impostor(issuer)?.signer()?,
        world,
    )?;
    add(
        "own-root",
        "sealed under a root of the forger's own",
        pdf(impostor),
        Code::ChainMissing,
    );

    let edited = edit_code(case)?;
    let picture = Symbol::of_text(&edited, Level::M)
        .named("edited code")?
        .to_png(PIXELS);
    add(
        "code-edited",
        "holder's name changed in the code",
        Content::Text(edited),
        Code::CodeSignatureInvalid,
    );
    add(
        "code-edited",
        "the same as a picture",
        Content::Picture(picture),
        Code::CodeSignatureInvalid,
    );
    let signed = code_of_stranger(case, &stranger)?;
    add(
        "code-unlisted-key",
        "code signed by a key on no list",
        Content::Text(signed),
        Code::CodeKeyUnknown,
    );
    let damaged = damage(&case.code_text)?;
    add(
        "code-damaged",
        "characters of the code overwritten",
        Content::Text(damaged),
        Code::CodeUnreadable,
    );
    let moved = Content::TextWithPdf(other.code_text.clone());
    add(
        "code-of-another",
        "another result's code shown with this file",
        moved,
        Code::CodeDraftMismatch,
    );
    Ok(made)
}

fn seal(
    draft: &Draft,
    record: &Record,
    look: &Department,
    signer: &SoftwareSigner,
    world: &World,
) -> Result<Vec<u8>, Fault> {
    let sealing = draft.bind(Payload::of(record)).seal(&look.look, signer, world.at);
    Ok(sealing.named("forged seal")?.into_bytes())
}

/// The content stream of the first page that holds most of the text: name, place of its data in the file, decoded data.
fn page_content(document: &Document<'_>) -> Result<(Ref, Range<usize>, Vec<u8>), Fault> {
    let view = document.newest();
    let pages = view.pages().named("pages")?;
    let contents = pages
        .first()
        .and_then(|page| page.dictionary()?.find(b"Contents"));
    let mut largest = None;
    for part in contents
        .map(|object| object.as_array().unwrap_or(std::slice::from_ref(object)))
        .unwrap_or_default()
    {
        let Some(id) = part.as_reference() else { continue };
        let object = view.object(id).named("page content")?;
        let Some(stream) = object.as_ref().and_then(|object| object.object.as_stream()) else {
            continue;
        };
        let decoded = view.decode(stream).named("page content")?;
        if largest
            .as_ref()
            .is_none_or(|(_, _, other): &(Ref, Range<usize>, Vec<u8>)| other.len() < decoded.len())
        {
            largest = Some((id, stream.data.clone(), decoded));
        }
    }
    largest.ok_or_else(|| fault!("the page has no content"))
}

fn open(bytes: &[u8]) -> Result<Document<'_>, Fault> {
    Document::open(bytes, &Limits::DEFAULT).named("sealed file")
}

fn flip_page(sealed: &[u8]) -> Result<Vec<u8>, Fault> {
    let (_, data, _) = page_content(&open(sealed)?)?;
    let mut bytes = sealed.to_vec();
    bytes[data.start + data.len() / 2] ^= 0x10;
    Ok(bytes)
}

/// The last digits of the value before its padding belong to the signature itself.
fn flip_signature(sealed: &[u8]) -> Result<Vec<u8>, Fault> {
    const OPENING: &[u8] = b"/Contents <";
    let missing = || fault!("the sealed file has no /Contents in hex");
    let opening = sealed
        .windows(OPENING.len())
        .rposition(|window| window == OPENING)
        .ok_or_else(missing)?;
    let start = opening + OPENING.len();
    let end = start
        + sealed[start..]
            .iter()
            .position(|&byte| byte == b'>')
            .ok_or_else(missing)?;
    let last = start
        + sealed[start..end]
            .iter()
            .rposition(|&byte| byte != b'0')
            .ok_or_else(missing)?;
    let mut bytes = sealed.to_vec();
    bytes[last] = if bytes[last] == b'1' { b'2' } else { b'1' };
    Ok(bytes)
}

/// What an editor does: a new revision in which the page's text is partly painted over.
fn append(sealed: &[u8]) -> Result<Vec<u8>, Fault> {
    let document = open(sealed)?;
    let (id, _, mut content) = page_content(&document)?;
    content.extend_from_slice(b"\nq 1 1 1 rg 60 420 475 160 re f Q\n");
    appended(&document, id, stream_body(b"", &content, true))
}

fn redraw(case: &Case, other: &Case) -> Result<Vec<u8>, Fault> {
    let document = open(&case.sealed)?;
    let slot = case
        .draft
        .slots()
        .code
        .as_ref()
        .ok_or_else(|| fault!("the draft reserves no code"))?;
    let side = other.symbol.form_side();
    let scale = 1.0 / side as f64;
    let entries = format!(
        "/Type/XObject/Subtype/Form/BBox[0 0 {side} {side}]/Matrix[{scale:.8} 0 0 {scale:.8} 0 0]/Resources<<>>"
    );
    appended(
        &document,
        Ref::new(slot.form, 0),
        stream_body(entries.as_bytes(), &other.symbol.form_content(), true),
    )
}

fn appended(document: &Document<'_>, id: Ref, body: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let mut update = Update::new(document);
    update.put(id, body);
    let mut bytes = document.bytes().to_vec();
    bytes.extend_from_slice(&update.finish().named("appended revision")?.bytes);
    Ok(bytes)
}

fn cut(sealed: &[u8], last: usize) -> Vec<u8> {
    sealed[..sealed.len().saturating_sub(last)].to_vec()
}

/// A flawless result of a type that belongs to another department, in the issuer's own name and with its own key.
fn beyond_scope(issuer: &Department, world: &World, case: &Case, other: &Case) -> Result<Vec<u8>, Fault> {
    let own = case.record.issuer().clone();
    let mut parts = other.record.clone().into_parts();
    let serial = parts.identifier.serial().to_owned();
    parts.identifier = Identifier::compose(&parts.kind.code, &own.code, &serial, 1).named("identifier")?;
    parts.issuer = own;
    let record = Record::new(parts).named("out-of-scope record")?;
    let template = Template::builtin(other.name).ok_or_else(|| fault!("no template {}", other.name))?;
    let draft = template.compose(&record).named("out-of-scope record")?;
    seal(&draft, &record, issuer, &issuer.seal.signer()?, world)
}

/// The code with another holder and the old signature.
fn edit_code(case: &Case) -> Result<String, Fault> {
    let limits = Limits::DEFAULT;
    let cose = decode_text(&case.code_text, &limits).named("code")?;
    let draft = SignedPayload::parse(&cose, &limits)
        .named("code")?
        .payload()
        .draft();
    let mut parts = case.record.clone().into_parts();
    parts.holder.name = "冒名者".to_owned();
    let mut claims = Payload::of(&Record::new(parts).named("edited record")?);
    if let Some((length, sha256)) = draft {
        claims = claims.with_draft(length, sha256);
    }
    let mut value = Value::decode(&cose, &limits).named("code")?;
    let Value::Tag(18, inner) = &mut value else {
        return Err(fault!("the code is no COSE_Sign1"));
    };
    let Value::Array(members) = &mut **inner else {
        return Err(fault!("the code is no COSE_Sign1"));
    };
    let payload = members
        .get_mut(2)
        .ok_or_else(|| fault!("the code is no COSE_Sign1"))?;
    *payload = Value::Bytes(claims.encode_claims());
    encode_text(&value.encode(), &TextForm::Compact).named("edited code")
}

fn code_of_stranger(case: &Case, stranger: &SoftwareSigner) -> Result<String, Fault> {
    let leaf = stranger
        .chain()
        .first()
        .ok_or_else(|| fault!("the stranger has no certificate"))?;
    let unsigned = Payload::of(&case.record)
        .unsigned(stranger.algorithm(), &leaf.kid())
        .named("stranger's code")?;
    let signature = stranger.sign(&unsigned.to_be_signed()).named("stranger's code")?;
    encode_text(
        &unsigned.finish(&signature).named("stranger's code")?,
        &TextForm::Compact,
    )
    .named("stranger's code")
}

/// The text with three characters overwritten: no three of Base45 may end in this one, and it is no digit (RFC 9285, clause 4.2).
fn damage(text: &str) -> Result<String, Fault> {
    let middle = text.len() / 2;
    match (text.get(..middle), text.get(middle + 3..)) {
        (Some(before), Some(after)) => Ok(format!("{before}:::{after}")),
        _ => Err(fault!("the code cannot be damaged")),
    }
}
