//! Measurements that say how far the attribution model can be trusted. `cargo xtask coverage` and `cargo xtask real-logs` run them and
//! write what they find to `docs/experiments`.
//!
//! | question | module |
//! |---|---|
//! | do 90 % intervals of change failure rates hold what truly happened? | [`coverage`] |
//! | does the model find real culprits, and how sure may one be? | [`logs`] |
//! | a simulated organisation as the model's problem, with its truth | [`planted`] |
//! | a year of a release every eleven seconds, and the plainest way to weigh it | [`scale`] |
//! | figures as a page and as a file | [`table`] |

pub mod coverage;
pub mod logs;
pub mod planted;
pub mod scale;
pub mod table;
