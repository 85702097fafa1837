//! Object identifiers, compared by their contents octets.

use core::fmt;

/// The contents octets of an OBJECT IDENTIFIER, borrowed. `Display` is the dotted form.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Oid<'a>(&'a [u8]);

/// The contents are not an object identifier: empty, cut inside an arc, padded, or an arc above 2^64.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownOid;

impl<'a> Oid<'a> {
    /// Takes contents octets as they are: for constants. What was received goes through `TryFrom`.
    #[must_use]
    pub const fn new(contents: &'a [u8]) -> Self {
        Self(contents)
    }

    /// The contents octets (X.690, clause 8.19).
    #[must_use]
    pub const fn contents(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a> TryFrom<&'a [u8]> for Oid<'a> {
    type Error = UnknownOid;

    fn try_from(contents: &'a [u8]) -> Result<Self, UnknownOid> {
        let mut at_start = true;
        let mut octets = 0u8;
        for octet in contents {
            // X.690, 8.19.2: an arc has no leading 0x80. Ten octets of seven bits hold any arc of 64 bits.
            if at_start && *octet == 0x80 || octets >= 9 {
                return Err(UnknownOid);
            }
            at_start = octet & 0x80 == 0;
            octets = if at_start { 0 } else { octets.saturating_add(1) };
        }
        if contents.is_empty() || !at_start {
            return Err(UnknownOid);
        }
        Ok(Self(contents))
    }
}

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0u64;
        let mut first = true;
        for octet in self.0 {
            arc = (arc << 7) | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if first {
                // X.690, 8.19.4: the first two arcs share one number.
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
                first = false;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_form() {
        let sha256 = Oid::try_from(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01][..]).unwrap();
        assert_eq!(sha256.to_string(), "2.16.840.1.101.3.4.2.1");
        assert_eq!(
            Oid::try_from(&[0x2b, 0x65, 0x70][..]).unwrap().to_string(),
            "1.3.101.112"
        );
        assert_eq!(Oid::try_from(&[0x88, 0x37][..]).unwrap().to_string(), "2.999");
    }

    #[test]
    fn arc_padded_cut_or_too_large() {
        for bad in [&[][..], &[0x2b, 0x80, 0x01], &[0x2b, 0x86], &[0x80], &[0xff; 12]] {
            assert_eq!(Oid::try_from(bad), Err(UnknownOid), "{bad:x?}");
        }
    }
}
