//! Fictional persons whose names, mails and phone numbers stand in the exports and must never reach an output.

use crate::random::Stream;

/// A person who does not exist.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    /// Account name at the tools.
    pub(crate) login: &'static str,
    pub(crate) phone: &'static str,
}

impl Person {
    /// Mail address in a domain that cannot exist (RFC 2606).
    pub(crate) fn mail(&self) -> String {
        format!("{}@morgenrot.example", self.login)
    }
}

/// Names chosen so that they occur nowhere else in the exports.
pub(crate) const PEOPLE: [Person; 10] = [
    person("Wendelin Abersorg", "wendelin.abersorg", "+49 30 5550 1417"),
    person("Ilse Quastmoor", "ilse.quastmoor", "+49 30 5550 1422"),
    person("Cécile Yvrandet", "cecile.yvrandet", "+49 30 5550 1436"),
    person("Jörg Zwirbelhain", "joerg.zwirbelhain", "+49 30 5550 1441"),
    person("Oda Fleckenstrauch", "oda.fleckenstrauch", "+49 30 5550 1458"),
    person("Mattis Grünwedel", "mattis.gruenwedel", "+49 30 5550 1463"),
    person("Theodora Knispelau", "theodora.knispelau", "+49 30 5550 1479"),
    person("Bartholomäus Ruckser", "bartholomaeus.ruckser", "+49 30 5550 1480"),
    person("Enya Vossbrinck", "enya.vossbrinck", "+49 30 5550 1495"),
    person("Rasmus Okelmann", "rasmus.okelmann", "+49 30 5550 1506"),
];

const fn person(name: &'static str, login: &'static str, phone: &'static str) -> Person {
    Person { name, login, phone }
}

/// Somebody.
pub(crate) fn anybody(stream: &mut Stream) -> &'static Person {
    stream.pick(&PEOPLE)
}

/// `planted_people.csv`: what to look for in outputs.
pub(crate) fn listing() -> String {
    let rows = PEOPLE.iter().map(|person| format!("{},{},{},{}\n", person.name, person.login, person.mail(), person.phone));
    std::iter::once("name,login,mail,phone\n".to_owned()).chain(rows).collect()
}
