//! Real payloads kept beside the project, with the result that another tool makes of them where it is known.
