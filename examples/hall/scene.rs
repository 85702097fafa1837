//! A scene in one line of a flow: formatters leave what stands in braces as it is.

/// Tells what happens next, in Chinese and in English.
macro_rules! scene {
    ($chinese:literal, $english:literal) => {
        $crate::hall::scene($chinese, $english)
    };
}

pub(crate) use scene;
