//! What must hold for every input, however hostile. Shared by the fuzz targets and by the test
//! that runs them on the stored corpus.

use channels::email::{addresses, parse, tokens};
use kernel::ids::TicketId;
use kernel::keys::Keys;

/// A mail is read or refused, and what comes out is clean.
pub fn ingestion(data: &[u8]) {
    let _ = parse::glance(data);
    let Ok(mail) = parse::read(data) else {
        return;
    };
    assert!(
        !mail.subject.chars().any(char::is_control),
        "a subject is one line"
    );
    assert!(!mail.text.contains('\0') && mail.text.len() <= parse::BODY_BYTES_MAX);
    let people = mail.to.iter().chain(&mail.cc).chain(&mail.reply_to);
    for person in people.chain([&mail.from]) {
        assert!(
            !person.name.chars().any(char::is_control),
            "a name is one line"
        );
    }
    for file in &mail.attachments {
        assert!(!file.name.is_empty() && !file.name.contains(['/', '\\', '\r', '\n', '\0']));
        assert!(!file.content_type.contains(['\r', '\n']));
        assert!(!file.inline || file.content_type.starts_with("image/"));
    }
}

/// Addresses that come out are addresses.
pub fn addresses(data: &[u8]) {
    for hint in [None, Some("iso-2022-jp"), Some("big5")] {
        for person in addresses::parse_list(data, hint) {
            let Some((local, domain)) = person.address.rsplit_once('@') else {
                panic!("{:?} has no @", person.address);
            };
            assert!(!local.is_empty() && !domain.is_empty());
            let odd = |c: char| c.is_control() || c.is_whitespace() || "<>(),;\"".contains(c);
            assert!(!person.address.contains(odd), "{:?}", person.address);
            assert!(!person.name.chars().any(char::is_control));
        }
    }
}

/// Nobody guesses a token, and ours are read back for whom they were made, whoever that is.
pub fn reply_token(keys: &Keys, data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = tokens::is_notice(keys, &text);
    assert!(
        tokens::read(keys, &text).is_none(),
        "a forged token was read"
    );
    assert!(
        tokens::find(keys, &text).is_none(),
        "a forged token was found"
    );
    let token = tokens::make(keys, TicketId(12), &text);
    let Some(read) = tokens::read(keys, &token) else {
        panic!("{token} is ours and was not read");
    };
    assert!(read.ticket == TicketId(12) && read.is_for(keys, &text));
    let mut damaged = token;
    damaged.pop();
    assert!(
        tokens::read(keys, &damaged).is_none(),
        "a damaged token was read"
    );
}
