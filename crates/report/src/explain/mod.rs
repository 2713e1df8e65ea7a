//! Why an incident is or is not held against a deployment, what a deployment is held responsible for, and why the figures
//! of a team, a service or a month moved, in plain words.
//!
//! The text is for a terminal: control characters of titles are dropped, so that a hostile title cannot steer the screen.

mod deployment;
mod incident;
mod listing;
mod scope;
mod weighed;

pub use deployment::explain_deployment;
pub use incident::explain_incident;
pub use scope::explain_scope;

/// Characters of a title that are shown.
const TITLE_LENGTH: usize = 80;

/// Text without control characters.
fn clean(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// A title without control characters, cut to a line.
fn clean_title(text: &str) -> String {
    crate::wording::cut(&clean(text), TITLE_LENGTH)
}
