//! What a certification path must meet beyond RFC 5280's minimum.

/// What the leaf's keyUsage must say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LeafKeyUsage {
    /// Nothing: it is not looked at.
    Ignored,
    /// Present, with digitalSignature or nonRepudiation.
    Required,
    /// If present, digitalSignature or nonRepudiation.
    #[default]
    RequiredIfPresent,
}

/// What the leaf's extKeyUsage must say. Dotted object identifiers; anyExtendedKeyUsage stands for all.
///
/// Certificates of departments carry odd ones, so nothing is asked unless the caller does.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum LeafExtendedKeyUsage {
    /// Nothing: it is not looked at.
    #[default]
    Ignored,
    /// Present, with one of these.
    Required(Vec<String>),
    /// If present, one of these.
    RequiredIfPresent(Vec<String>),
}

/// What a path must meet beyond RFC 5280's minimum. The inputs of RFC 5280, clause 6.1.1 have its names.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathPolicy {
    /// What the leaf's keyUsage must say.
    pub leaf_key_usage: LeafKeyUsage,
    /// What the leaf's extKeyUsage must say.
    pub leaf_extended_key_usage: LeafExtendedKeyUsage,
    /// Policies, dotted object identifiers, of which one must be valid where a policy is required; none: any.
    pub user_initial_policy_set: Vec<String>,
    /// Whether a policy is required of every path, not only where an authority asks for one.
    pub initial_explicit_policy: bool,
    /// Whether authorities may not map policies to others.
    pub initial_policy_mapping_inhibit: bool,
    /// Whether anyPolicy stands for no other.
    pub initial_any_policy_inhibit: bool,
    /// Critical extensions, dotted object identifiers, that the caller handles and that need not be refused.
    pub accepted_critical: Vec<String>,
    /// Certificates in one path, leaf and anchor included.
    pub maximum_length: usize,
}

impl Default for PathPolicy {
    fn default() -> Self {
        Self {
            leaf_key_usage: LeafKeyUsage::default(),
            leaf_extended_key_usage: LeafExtendedKeyUsage::default(),
            user_initial_policy_set: vec![],
            initial_explicit_policy: false,
            initial_policy_mapping_inhibit: false,
            initial_any_policy_inhibit: false,
            accepted_critical: vec![],
            // Department chains have three or four; the depth of recursion is bounded by it.
            maximum_length: 10,
        }
    }
}
