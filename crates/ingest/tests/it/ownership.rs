//! Who owns what.
