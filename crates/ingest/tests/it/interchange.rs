//! Formats made for exchange: CDEvents and DevLake's tables.
