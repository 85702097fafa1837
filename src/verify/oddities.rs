//! Which facts about a file's structure leave no doubt about what it shows.

use crate::pdf::AnomalyKind;

/// What is odd but cannot make two programs show two documents. The other kinds can.
pub(super) fn harmless(kind: AnomalyKind) -> bool {
    matches!(
        kind,
        AnomalyKind::EofMissing
            // Of a free entry alone: nothing can be read through it, whatever its generation.
            | AnomalyKind::GenerationTooLarge
            // Lines divided otherwise, `%%EOF` besides, a longer gap before `endstream`: no
            // reader that finds its section and goes by `/Length` reads another object for them.
            | AnomalyKind::LineLayout
            | AnomalyKind::StrayEof
            | AnomalyKind::StreamEndInexact
            | AnomalyKind::OffsetInexact
            | AnomalyKind::PrevZero
            | AnomalyKind::StartxrefInexact
            | AnomalyKind::XrefEntryWidth
            | AnomalyKind::ZeroOffset
            // What nothing refers to is not shown, and in a sealed revision it is covered; after it, [`changes`](super::changes) looks.
            | AnomalyKind::TrailingBytes
            | AnomalyKind::UnclaimedBytes
    )
}
