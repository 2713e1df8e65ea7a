//! Real change logs whose reverts stand in for incidents of known cause.
//!
//! Nobody keeps real incidents with their true culprits. A revert is the next best: it names the change that it takes back, and its own
//! time is when the harm was seen. The same events moved by whole weeks have the same services and hours and no cause. Mixed one to one
//! and four to one they make an organisation in which it is known which incidents a change caused, and which change that was
//! (method, sections 0 and 10; ranking, section 2). Neither the reverts' targets nor any label is shown to a method.

mod auc;
mod read;
mod report;
mod rules;
mod trial;

pub use read::{Log, Revert, SOURCES, Source, read};
pub use report::{Row, measure, write};
pub use rules::{RULES, Rule};
pub use trial::{Mix, Said, Trial};
