//! Short descriptions as service desks write them: German and English, with dashes, umlauts and ellipses.

use super::people::anybody;
use crate::random::Stream;

const PATTERNS: [&str; 16] = [
    "{} – Fehlerrate über 5 %",
    "{}: response times above 2 s …",
    "{} nicht erreichbar",
    "{} – HTTP 500 for some customers",
    "Störung {}: Aufträge bleiben hängen",
    "{}: queue is growing, consumers idle",
    "{} – Anmeldung schlägt fehl („Sitzung ungültig“)",
    "{}: timeouts towards database",
    "{} – memory above 95 %, pods restart",
    "Kunden melden leere Seite in {}",
    "{}: Dubletten nach Wiederholung",
    "{} – certificate expires / handshake fails",
    "{}: falsche Beträge (1.234,50 € statt 1,23 €)",
    "{} – data is stale since this morning",
    "{}: Druck bricht ab, Zeichen ß und ø fehlen",
    "{} – \"cannot parse response\"",
];

/// Title of an incident; a few name a person to call, as people do.
pub(crate) fn incident(stream: &mut Stream, item: &str) -> String {
    let title = stream.pick(&PATTERNS).replace("{}", item);
    if stream.chance(0.03) {
        let person = anybody(stream);
        let contact = if stream.chance(0.5) { person.mail() } else { person.phone.to_owned() };
        return format!("{title} – Rückruf {contact}");
    }
    title
}

/// Free text below the title: several lines, quotes, names. Most records have none.
pub(crate) fn description(stream: &mut Stream, item: &str) -> String {
    if !stream.chance(0.12) {
        return String::new();
    }
    let person = anybody(stream);
    let hello = *stream.pick(&["Hallo Team,", "Hi all,", "Guten Morgen,"]);
    format!(
        "{hello}\n\n{item} zeigt \"Fehler 17\" – bitte prüfen …\nViele Grüße\n{} <{}>, Tel. {}",
        person.name,
        person.mail(),
        person.phone
    )
}

/// Title of a change record.
pub(crate) fn change(stream: &mut Stream, service: &str, urgent: bool) -> String {
    let patterns = if urgent {
        ["Emergency fix for {}", "{} – Rücknahme der letzten Version", "{}: hotfix after incident"]
    } else {
        ["Release of {}", "{} – Konfiguration anpassen", "Deploy {} (planned)"]
    };
    stream.pick(&patterns).replace("{}", service)
}
