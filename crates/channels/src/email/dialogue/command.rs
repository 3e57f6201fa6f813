//! What a client says, line by line (RFC 5321, 4.1). Pure.

use std::net::IpAddr;

/// Longest address, in bytes: 64 for the local part, 255 for the domain, `@` between.
const ADDRESS_BYTES_MAX: usize = 320;

/// With which word a client greets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hello {
    Helo,
    Ehlo,
    Lhlo,
}

/// Something a trusted server says of its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    /// The address; `None` when it is not known.
    Address(Option<IpAddr>),
    /// The name it greeted with.
    Helo(Option<String>),
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Hello {
        verb: Hello,
        name: String,
    },
    Mail {
        from: String,
        size: Option<u64>,
    },
    Recipient {
        to: String,
    },
    Content,
    Behalf {
        anew: bool,
        attributes: Vec<Attribute>,
    },
    Reset,
    Verify,
    Nothing,
    Quit,
}

/// Reads a line without its end, or answers what to say to it.
pub(super) fn parse(line: &[u8]) -> Result<Command, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "500 5.5.2 That is not UTF-8")?;
    let line = line.trim_end();
    if line.chars().any(char::is_control) {
        return Err("500 5.5.2 Control characters are not taken");
    }
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let hello = |verb| {
        let name = rest.trim().to_owned();
        Ok(Command::Hello { verb, name })
    };
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" => hello(Hello::Ehlo),
        "HELO" => hello(Hello::Helo),
        "LHLO" => hello(Hello::Lhlo),
        "MAIL" => mail(rest),
        "RCPT" => {
            let (to, _) = path(rest, "TO:").ok_or("501 5.1.3 Write it as RCPT TO:<address>")?;
            if to.is_empty() {
                return Err("501 5.1.3 The null address gets no mail");
            }
            Ok(Command::Recipient { to })
        }
        "DATA" => Ok(Command::Content),
        "XFORWARD" => Ok(Command::Behalf {
            anew: false,
            attributes: attributes(rest),
        }),
        "XCLIENT" => Ok(Command::Behalf {
            anew: true,
            attributes: attributes(rest),
        }),
        "RSET" => Ok(Command::Reset),
        "VRFY" => Ok(Command::Verify),
        "NOOP" => Ok(Command::Nothing),
        "QUIT" => Ok(Command::Quit),
        _ => Err("502 5.5.1 This command is not known here"),
    }
}

fn mail(rest: &str) -> Result<Command, &'static str> {
    let (from, parameters) =
        path(rest, "FROM:").ok_or("501 5.1.7 Write it as MAIL FROM:<address>")?;
    let mut size = None;
    let mut international = false;
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => {
                let bytes = value.parse();
                size = Some(bytes.map_err(|_| "501 5.5.4 SIZE is a number of bytes")?);
            }
            "SMTPUTF8" => international = true,
            "BODY" if value.eq_ignore_ascii_case("BINARYMIME") => {
                return Err("501 5.5.4 BINARYMIME is not offered here");
            }
            // What was not offered changes nothing here.
            _ => {}
        }
    }
    if !from.is_ascii() && !international {
        return Err("553 5.6.7 An address beyond ASCII needs SMTPUTF8");
    }
    Ok(Command::Mail { from, size })
}

/// The address behind `FROM:` or `TO:`, without brackets and source route, and what follows it.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(String, &'a str)> {
    let rest = rest.trim_start();
    let head = rest.get(..keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let rest = rest.get(keyword.len()..)?.trim_start();
    let (address, after) = match rest.strip_prefix('<') {
        Some(inside) => {
            let end = closing(inside)?;
            (inside.get(..end)?, inside.get(end..)?.strip_prefix('>')?)
        }
        None => rest.split_once(' ').unwrap_or((rest, "")),
    };
    // A source route (`@a,@b:user@c`) is to be ignored (RFC 5321, appendix C).
    let address = match address.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => address,
    };
    let fits = address.len() <= ADDRESS_BYTES_MAX && !address.contains(['<', '>', ' ']);
    fits.then(|| (address.to_owned(), after))
}

/// Where the bracket closes, outside of quotes.
fn closing(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The attributes of XFORWARD and XCLIENT that matter here, written in xtext (RFC 3461, 4).
fn attributes(rest: &str) -> Vec<Attribute> {
    let pairs = rest
        .split_ascii_whitespace()
        .filter_map(|pair| pair.split_once('='));
    let read = pairs.filter_map(|(name, value)| {
        let value = xtext(value);
        let known = !value.is_empty() && !value.starts_with('[');
        match name.to_ascii_uppercase().as_str() {
            "ADDR" => {
                let bare = value
                    .get(..5)
                    .filter(|tag| tag.eq_ignore_ascii_case("IPV6:"));
                let address = value.get(bare.map_or(0, str::len)..).unwrap_or_default();
                Some(Attribute::Address(address.parse().ok()))
            }
            "HELO" => Some(Attribute::Helo(known.then_some(value))),
            _ => None,
        }
    });
    read.collect()
}

fn xtext(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| first == b'+');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(line: &str) -> Result<(String, Option<u64>), &'static str> {
        parse(line.as_bytes()).map(|command| match command {
            Command::Mail { from, size } => (from, size),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn addresses_are_found_however_they_are_written() {
        for (line, from, size) in [
            ("MAIL FROM:<ana@x.test>", "ana@x.test", None),
            (
                "mail from: <ana@x.test> SIZE=12 BODY=8BITMIME",
                "ana@x.test",
                Some(12),
            ),
            ("MAIL FROM:ana@x.test SIZE=12", "ana@x.test", Some(12)),
            ("MAIL FROM:<>", "", None),
            ("MAIL FROM:<@a.test,@b.test:ana@x.test>", "ana@x.test", None),
            ("MAIL FROM:<\"a>b\"@x.test> SIZE=1", "", None),
            ("MAIL FROM:<ána@x.test> SMTPUTF8", "ána@x.test", None),
        ] {
            match sender(line) {
                Ok(read) => assert_eq!(read, (from.to_owned(), size), "{line}"),
                // A bracket within an address leads to mistakes further on.
                Err(refusal) => assert!(from.is_empty() && refusal.starts_with("501"), "{line}"),
            }
        }
    }

    #[test]
    fn nonsense_is_refused_with_a_code() {
        for (line, code) in [
            (&b"MAIL FROM:<ana@x.test"[..], "501"),
            (b"MAIL TO:<ana@x.test>", "501"),
            (b"MAIL FROM:<ana@x.test> SIZE=big", "501"),
            (b"MAIL FROM:<ana@x.test> BODY=BINARYMIME", "501"),
            ("MAIL FROM:<ána@x.test>".as_bytes(), "553"),
            (b"RCPT TO:<>", "501"),
            (b"RCPT TO:<a b@x.test>", "501"),
            (b"MAIL FROM:<a\rb@x.test>", "500"),
            (b"\xFF\xFE", "500"),
            (b"", "502"),
            (b"HTTP/1.1 GET /", "502"),
        ] {
            assert!(parse(line).unwrap_err().starts_with(code), "{line:?}");
        }
    }

    #[test]
    fn what_a_server_says_of_its_client_is_read() {
        let read = attributes("NAME=x ADDR=IPV6:2001:db8::1 HELO=mail+2Bx.test+0A PORT=1 JUNK");
        let expected = [
            Attribute::Address(Some("2001:db8::1".parse().unwrap())),
            Attribute::Helo(Some("mail+x.test".to_owned())),
        ];
        assert_eq!(read, expected);
        let unknown = [Attribute::Address(None), Attribute::Helo(None)];
        assert_eq!(attributes("ADDR=[UNAVAILABLE] HELO=[UNAVAILABLE]"), unknown);
        assert_eq!(
            attributes("ADDR=é HELO=+"),
            [
                Attribute::Address(None),
                Attribute::Helo(Some("+".to_owned())),
            ]
        );
    }
}
