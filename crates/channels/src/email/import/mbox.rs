//! Mbox files (RFC 4155): mails behind `From ` lines, with the quoting of mboxrd and mboxo
//! (`>From `) or the lengths of mboxcl and mboxcl2 (`Content-Length`). A length is believed only
//! where it leads to the next `From ` line or the end of the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::files::Growing;

/// Longest `From ` line and longest header line with a length, in bytes.
const LINE_BYTES_MAX: usize = 1_000;
/// Of longer lines so many bytes are read at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// An open mbox file; memory holds a line of it.
#[derive(Debug)]
pub(super) struct Mbox {
    reader: BufReader<File>,
    size: u64,
    at: u64,
    /// Whether what is read next goes on with the line before.
    continues: bool,
    /// Whether the `From ` line of the next mail has been read.
    begun: bool,
}

impl Mbox {
    pub(super) fn open(path: &Path) -> io::Result<Mbox> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Mbox {
            reader: BufReader::with_capacity(128 * 1024, file),
            size,
            at: 0,
            continues: false,
            begun: false,
        })
    }

    /// Up to where the file is read.
    pub(super) fn read(&self) -> u64 {
        self.at
    }

    /// Reads the next mail; `false` at the end.
    pub(super) fn next_mail(&mut self, mail: &mut Growing<'_>) -> io::Result<bool> {
        let mut line = Vec::new();
        while !self.begun {
            match self.line(&mut line, u64::MAX)? {
                None => return Ok(false),
                Some(begins) => self.begun = begins && line.starts_with(b"From "),
            }
        }
        // The rest of an overlong one.
        while self.continues && self.line(&mut line, u64::MAX)?.is_some() {}
        self.begun = false;
        match self.headers(mail)? {
            None => {}
            Some(Some(length)) => self.counted(mail, length)?,
            Some(None) => self.body(mail)?,
        }
        Ok(true)
    }

    /// Reads the headers; `None` when the file or the mail ends in them, else the length that can
    /// be believed.
    fn headers(&mut self, mail: &mut Growing<'_>) -> io::Result<Option<Option<u64>>> {
        let mut line = Vec::new();
        let mut length = None;
        loop {
            let Some(begins) = self.line(&mut line, u64::MAX)? else {
                return Ok(None);
            };
            if begins && line.trim_ascii().is_empty() {
                mail.add(&line);
                break;
            }
            if begins && is_separator(&line) {
                self.begun = true;
                return Ok(None);
            }
            // Some writers quote within the headers.
            if !(begins && line.starts_with(b">From ")) {
                length = length.or(content_length(&line));
                mail.add(&line);
            }
        }
        let length = length.filter(|&length| self.is_boundary(self.at.saturating_add(length)));
        Ok(Some(length))
    }

    /// Whether a mail may end here: at the end, or before a `From ` line.
    fn is_boundary(&self, at: u64) -> bool {
        if at > self.size {
            return false;
        }
        let mut ahead = [0; LINE_BYTES_MAX];
        let Ok(count) = self.reader.get_ref().read_at(&mut ahead, at) else {
            return false;
        };
        let ahead = ahead.get(..count).unwrap_or_default().trim_ascii_start();
        let end = ahead.iter().position(|&byte| byte == b'\n');
        let line = ahead.get(..end.unwrap_or(ahead.len())).unwrap_or_default();
        let all_read =
            u64::try_from(count).is_ok_and(|count| at.saturating_add(count) == self.size);
        is_separator(line) || (all_read && ahead.is_empty())
    }

    /// A body of a known length. Where a `From ` line stands in it unquoted, its writer does not
    /// quote (mboxcl2), and neither do we take quotes off.
    fn counted(&mut self, mail: &mut Growing<'_>, length: u64) -> io::Result<()> {
        let quotes = !self.has_bare_from(length)?;
        let mut left = length;
        let mut line = Vec::new();
        while left > 0 {
            let Some(begins) = self.line(&mut line, left)? else {
                break;
            };
            left = left.saturating_sub(u64::try_from(line.len()).unwrap_or(u64::MAX));
            let wanted = mail.add(if quotes && begins {
                unquoted(&line)
            } else {
                &line
            });
            if !wanted {
                break;
            }
        }
        // What follows the length begins a line, whatever its last byte was.
        self.continues = false;
        Ok(())
    }

    /// Whether a line of the next `length` bytes begins with `From `.
    fn has_bare_from(&self, length: u64) -> io::Result<bool> {
        const WORD: &[u8] = b"From ";
        let mut buffer = vec![0; PIECE_BYTES];
        let (mut at, end) = (self.at, self.at.saturating_add(length));
        // How much of the word the line has so far; none once it differs.
        let mut met = Some(0_usize);
        while at < end {
            let most = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
            let most = buffer.len().min(most);
            let count = self
                .reader
                .get_ref()
                .read_at(buffer.get_mut(..most).unwrap_or_default(), at)?;
            if count == 0 {
                break;
            }
            for &byte in buffer.get(..count).unwrap_or_default() {
                met = match met {
                    _ if byte == b'\n' => Some(0),
                    Some(so_far) if WORD.get(so_far) == Some(&byte) => {
                        if so_far.saturating_add(1) == WORD.len() {
                            return Ok(true);
                        }
                        Some(so_far.saturating_add(1))
                    }
                    _ => None,
                };
            }
            at = at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
        Ok(false)
    }

    /// A body up to the next `From ` line behind an empty one.
    fn body(&mut self, mail: &mut Growing<'_>) -> io::Result<()> {
        let mut line = Vec::new();
        // The empty line before the next mail belongs to neither.
        let mut empty: Option<Vec<u8>> = None;
        let mut after_empty = true;
        while let Some(begins) = self.line(&mut line, u64::MAX)? {
            if begins && after_empty && is_separator(&line) {
                self.begun = true;
                return Ok(());
            }
            if let Some(empty) = empty.take() {
                mail.add(&empty);
            }
            after_empty = begins && (line == b"\n" || line == b"\r\n");
            if after_empty {
                empty = Some(line.clone());
            } else if !mail.add(if begins { unquoted(&line) } else { &line }) {
                return Ok(());
            }
        }
        if let Some(empty) = empty {
            mail.add(&empty);
        }
        Ok(())
    }

    /// The next line with its end, or the next piece of an overlong one, within `most` bytes;
    /// answers whether it begins a line, and nothing at the end of the file.
    fn line(&mut self, line: &mut Vec<u8>, most: u64) -> io::Result<Option<bool>> {
        line.clear();
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(PIECE_BYTES);
        let begins = !self.continues;
        loop {
            let pieces = self.reader.fill_buf()?;
            let room = most.saturating_sub(line.len());
            let pieces = pieces.get(..room).unwrap_or(pieces);
            if pieces.is_empty() {
                self.continues = !line.is_empty() && !line.ends_with(b"\n");
                return Ok((!line.is_empty()).then_some(begins));
            }
            let end = pieces.iter().position(|&byte| byte == b'\n');
            let count = end.map_or(pieces.len(), |end| end.saturating_add(1));
            line.extend_from_slice(pieces.get(..count).unwrap_or_default());
            self.reader.consume(count);
            self.at = self
                .at
                .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            if end.is_some() {
                self.continues = false;
                return Ok(Some(begins));
            }
        }
    }
}

/// `>From ` is `From ` again, and each further sign is one less (mboxrd).
fn unquoted(line: &[u8]) -> &[u8] {
    let signs = line.iter().take_while(|&&byte| byte == b'>').count();
    let quoted = signs > 0
        && line
            .get(signs..)
            .is_some_and(|rest| rest.starts_with(b"From "));
    if quoted {
        line.get(1..).unwrap_or(line)
    } else {
        line
    }
}

/// Whether a line begins a mail: `From `, with a time of day and a year. A sentence that begins
/// with "From" has neither.
fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let rest = rest.get(..LINE_BYTES_MAX).unwrap_or(rest);
    let digit = |at: usize, offset: usize| {
        rest.get(at.saturating_add(offset))
            .is_some_and(u8::is_ascii_digit)
    };
    let time = rest.windows(5).any(|window| {
        matches!(window, [a, b, b':', c, d] if [a, b, c, d].iter().all(|it| it.is_ascii_digit()))
    });
    let year = rest.windows(4).enumerate().any(|(at, window)| {
        let century = window.starts_with(b"19") || window.starts_with(b"20");
        let alone = !digit(at, 4) && (at == 0 || !digit(at.saturating_sub(1), 0));
        century && alone && window.iter().all(u8::is_ascii_digit)
    });
    time && year
}

fn content_length(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line.get(..line.len().min(LINE_BYTES_MAX))?).ok()?;
    let (name, value) = text.split_once(':')?;
    let length = name.trim().eq_ignore_ascii_case("content-length");
    length.then(|| value.trim().parse().ok()).flatten()
}

impl Mbox {
    /// Goes back to the beginning.
    #[cfg(test)]
    fn rewind(&mut self) -> io::Result<()> {
        io::Seek::rewind(&mut self.reader)?;
        (self.at, self.begun, self.continues) = (0, false, false);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::import::files::Bit;
    use proptest::prelude::*;

    const SEPARATOR: &str = "From ana@x.test Mon Mar  2 09:00:00 2026\n";

    /// The mails of an mbox, read in pieces of `most` bytes.
    fn mails_of(text: &[u8], most: usize) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mbox");
        std::fs::write(&path, text).unwrap();
        let mut mbox = Mbox::open(&path).unwrap();
        let mut mails = Vec::new();
        for _ in 0..2 {
            mails.clear();
            loop {
                let mut raw = Vec::new();
                let mut taken = |bit| {
                    match bit {
                        // Keeps bare line ends as they are.
                        Bit::Mail(_, bytes, _) | Bit::Begins(_, bytes) | Bit::Goes(bytes) => {
                            raw.extend(bytes);
                        }
                        Bit::Ends(_) => {}
                    }
                    true
                };
                let mut mail = Growing::new(String::new(), most, &mut taken);
                if !mbox.next_mail(&mut mail).unwrap() {
                    break;
                }
                mail.finish(mbox.read());
                mails.push(String::from_utf8_lossy(&raw).into_owned());
            }
            assert_eq!(mbox.read(), u64::try_from(text.len()).unwrap());
            mbox.rewind().unwrap();
        }
        mails
    }

    /// The same with the bare line ends of the file.
    fn raws(text: &str) -> Vec<String> {
        let whole = mails_of(text.as_bytes(), 10_000);
        assert_eq!(mails_of(text.as_bytes(), 7), whole, "in pieces");
        if text.contains('\r') {
            return whole;
        }
        whole.iter().map(|raw| raw.replace("\r\n", "\n")).collect()
    }

    #[test]
    fn mails_are_told_apart() {
        let text = format!(
            "\n{SEPARATOR}Subject: 1\n\none\n\nFrom here on it is text\n\n{SEPARATOR}Subject: 2\n\n\
             {SEPARATOR}Subject: 3\n{SEPARATOR}Subject: 4\n\nfour"
        );
        let expected = [
            "Subject: 1\n\none\n\nFrom here on it is text\n",
            "Subject: 2\n\n",
            "Subject: 3\n",
            "Subject: 4\n\nfour",
        ];
        assert_eq!(raws(&text), expected);
        let windows = text.replace('\n', "\r\n");
        assert_eq!(
            raws(&windows),
            expected.map(|mail| mail.replace('\n', "\r\n"))
        );
        assert!(raws("").is_empty() && raws("no mails at all\n").is_empty());
    }

    #[test]
    fn quotes_are_taken_off_once() {
        let text = format!("{SEPARATOR}S: 1\n\n>From me\n>>From you\n> From them\n>Fromage\n");
        assert_eq!(
            raws(&text),
            ["S: 1\n\nFrom me\n>From you\n> From them\n>Fromage\n"]
        );
    }

    #[test]
    fn lengths_are_believed_where_they_lead_somewhere() {
        // mboxcl2: nothing is quoted, not even what looks like the next mail.
        let body = format!("a\n\n{SEPARATOR}>From x\n");
        let length = body.len();
        let text = format!("{SEPARATOR}Content-Length: {length}\n\n{body}\n{SEPARATOR}S: 2\n\nb\n");
        let first = format!("Content-Length: {length}\n\n{body}");
        assert_eq!(raws(&text), [first.as_str(), "S: 2\n\nb\n"]);
        // mboxcl: quoted as well.
        let text = format!("{SEPARATOR}Content-Length: 9\n\n>From x\n\n{SEPARATOR}S: 2\n\nb\n");
        assert_eq!(raws(&text)[0], "Content-Length: 9\n\nFrom x\n\n");
        // Lengths that lie.
        for wrong in ["1", "5", "99999999999", "-1", "x"] {
            let text = format!(
                "{SEPARATOR}Content-Length: {wrong}\n\nlong enough\n\n{SEPARATOR}S: 2\n\nb\n"
            );
            let first = format!("Content-Length: {wrong}\n\nlong enough\n");
            assert_eq!(raws(&text), [first.as_str(), "S: 2\n\nb\n"], "{wrong}");
        }
    }

    #[test]
    fn separators_have_a_time_and_a_year() {
        for good in [
            "From - Mon Mar 02 09:00:00 2026",
            "From 1790000000000@xxx Mon Mar 02 09:00:00 +0000 2026",
            "From MAILER-DAEMON Fri Jul  8 12:08 1994",
        ] {
            assert!(is_separator(good.as_bytes()), "{good}");
        }
        for bad in [
            "From ",
            "From 2026 on",
            "From 09:00 to 10:00",
            "From 120260 09:00",
            ">From ",
        ] {
            assert!(!is_separator(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn a_large_mail_comes_in_pieces_and_the_next_one_is_found() {
        let large = "x".repeat(300_000);
        let text = format!(
            "{SEPARATOR}S: 1\n\n{large}\n\n{SEPARATOR}Content-Length: 300002\n\n{large}\n\n\
             {SEPARATOR}S: 3\n\nc\n"
        );
        let second = format!("Content-Length: 300002\n\n{large}\n\n");
        let mails = raws(&text);
        assert_eq!(mails[0], format!("S: 1\n\n{large}\n"));
        assert_eq!(mails[1..], [second.as_str(), "S: 3\n\nc\n"]);
    }

    proptest! {
        /// What a writer of mboxrd writes comes out again.
        #[test]
        fn what_was_quoted_comes_out_as_it_was(
            bodies in prop::collection::vec("(>{0,2}(From |x)?[a-z:0-9 ]{0,9}\n){0,6}", 1..5)
        ) {
            let mut text = String::new();
            for body in &bodies {
                text.push_str(SEPARATOR);
                text.push_str("S: 1\n\n");
                for line in body.split_inclusive('\n') {
                    let bare = line.trim_start_matches('>');
                    let quote = if bare.starts_with("From ") { ">" } else { "" };
                    text.push_str(&format!("{quote}{line}"));
                }
                text.push('\n');
            }
            let mut expected: Vec<String> =
                bodies.iter().map(|body| format!("S: 1\n\n{body}")).collect();
            if let Some(last) = expected.last_mut() {
                // At the end of the file nobody can tell the writer's empty line from the mail's.
                last.push('\n');
            }
            prop_assert_eq!(raws(&text), expected);
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut text = SEPARATOR.as_bytes().to_vec();
            text.extend(bytes);
            prop_assert!(!mails_of(&text, 100).is_empty());
        }
    }
}
