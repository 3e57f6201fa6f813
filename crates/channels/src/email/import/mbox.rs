//! Mbox files (RFC 4155): mails behind `From ` lines, with the quoting of mboxrd and mboxo
//! (`>From `) or the lengths of mboxcl and mboxcl2 (`Content-Length`). A length is believed only
//! where it leads to the next `From ` line or the end of the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::files::BEGINNING_BYTES_MAX;

/// Longest `From ` line and longest header line with a length, in bytes.
const LINE_BYTES_MAX: usize = 1_000;

/// One mail of the file.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) raw: Vec<u8>,
    pub(super) fits: bool,
    /// Where in the file it ends.
    pub(super) read: u64,
}

/// An open mbox file; memory holds one mail of it.
#[derive(Debug)]
pub(super) struct Mbox {
    reader: BufReader<File>,
    size: u64,
    at: u64,
    most: usize,
    /// Whether the `From ` line of the next mail has been read.
    begun: bool,
}

impl Mbox {
    pub(super) fn open(path: &Path, most: usize) -> io::Result<Mbox> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Mbox {
            reader: BufReader::with_capacity(128 * 1024, file),
            size,
            at: 0,
            most,
            begun: false,
        })
    }

    /// The next mail; `None` at the end.
    pub(super) fn next_mail(&mut self) -> io::Result<Option<Mail>> {
        let mut line = Vec::new();
        while !self.begun {
            if !self.line(&mut line)? {
                return Ok(None);
            }
            self.begun = line.starts_with(b"From ");
        }
        self.begun = false;
        let mut mail = Growing {
            raw: Vec::new(),
            fits: true,
            most: self.most,
        };
        let Some(length) = self.headers(&mut mail)? else {
            return Ok(Some(self.finished(mail)));
        };
        match length {
            Some(length) => self.counted(&mut mail, length)?,
            None => self.body(&mut mail)?,
        }
        Ok(Some(self.finished(mail)))
    }

    fn finished(&self, mail: Growing) -> Mail {
        Mail {
            raw: mail.raw,
            fits: mail.fits,
            read: self.at,
        }
    }

    /// Reads the headers; `None` when the file or the mail ends in them, else the length that can
    /// be believed.
    fn headers(&mut self, mail: &mut Growing) -> io::Result<Option<Option<u64>>> {
        let mut line = Vec::new();
        let mut length = None;
        loop {
            if !self.line(&mut line)? {
                return Ok(None);
            }
            if line.trim_ascii().is_empty() {
                mail.add(&line);
                break;
            }
            if is_separator(&line) {
                self.begun = true;
                return Ok(None);
            }
            // Some writers quote within the headers.
            if !line.starts_with(b">From ") {
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
    fn counted(&mut self, mail: &mut Growing, length: u64) -> io::Result<()> {
        let start = mail.raw.len();
        let mut left = length;
        while left > 0 {
            let pieces = self.reader.fill_buf()?;
            let count = usize::try_from(left).map_or(pieces.len(), |left| left.min(pieces.len()));
            if count == 0 {
                break;
            }
            mail.add(pieces.get(..count).unwrap_or_default());
            self.reader.consume(count);
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            left = left.saturating_sub(count);
            self.at = self.at.saturating_add(count);
        }
        if !mail.fits {
            return Ok(());
        }
        let body = mail.raw.split_off(start);
        let lines = || body.split_inclusive(|&byte| byte == b'\n');
        let quotes = !lines().any(|line| line.starts_with(b"From "));
        for line in lines() {
            mail.add(if quotes { unquoted(line) } else { line });
        }
        Ok(())
    }

    /// A body up to the next `From ` line behind an empty one.
    fn body(&mut self, mail: &mut Growing) -> io::Result<()> {
        let mut line = Vec::new();
        // The empty line before the next mail belongs to neither.
        let mut empty: Option<Vec<u8>> = None;
        let mut after_empty = true;
        while self.line(&mut line)? {
            if after_empty && is_separator(&line) {
                self.begun = true;
                return Ok(());
            }
            if let Some(empty) = empty.take() {
                mail.add(&empty);
            }
            after_empty = line == b"\n" || line == b"\r\n";
            if after_empty {
                empty = Some(line.clone());
            } else {
                mail.add(unquoted(&line));
            }
        }
        if let Some(empty) = empty {
            mail.add(&empty);
        }
        Ok(())
    }

    /// The next line, with its end. Of one that is longer than a mail may be, the rest is dropped.
    fn line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        let mut seen = false;
        loop {
            let pieces = self.reader.fill_buf()?;
            if pieces.is_empty() {
                return Ok(seen);
            }
            seen = true;
            let end = pieces.iter().position(|&byte| byte == b'\n');
            let count = end.map_or(pieces.len(), |end| end.saturating_add(1));
            if line.len() <= self.most {
                line.extend_from_slice(pieces.get(..count).unwrap_or_default());
            }
            self.reader.consume(count);
            self.at = self
                .at
                .saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

/// A mail being read, of which only the beginning is kept once it is too large.
struct Growing {
    raw: Vec<u8>,
    fits: bool,
    most: usize,
}

impl Growing {
    fn add(&mut self, bytes: &[u8]) {
        if !self.fits {
            return;
        }
        self.raw.extend_from_slice(bytes);
        if self.raw.len() > self.most {
            self.fits = false;
            self.raw.truncate(BEGINNING_BYTES_MAX.min(self.most));
            self.raw.shrink_to_fit();
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
        (self.at, self.begun) = (0, false);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SEPARATOR: &str = "From ana@x.test Mon Mar  2 09:00:00 2026\n";

    fn mails_of(text: &[u8], most: usize) -> Vec<(String, bool)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mbox");
        std::fs::write(&path, text).unwrap();
        let mut mbox = Mbox::open(&path, most).unwrap();
        let mut mails = Vec::new();
        let mut end = 0;
        for _ in 0..2 {
            mails.clear();
            while let Some(mail) = mbox.next_mail().unwrap() {
                mails.push((String::from_utf8_lossy(&mail.raw).into_owned(), mail.fits));
                end = mail.read;
            }
            mbox.rewind().unwrap();
        }
        if let Some((last, true)) = mails.last() {
            assert!(!last.is_empty() || end > 0);
            assert_eq!(end, u64::try_from(text.len()).unwrap());
        }
        mails
    }

    fn raws(text: &str) -> Vec<String> {
        let mails = mails_of(text.as_bytes(), 10_000);
        assert!(mails.iter().all(|(_, fits)| *fits));
        mails.into_iter().map(|(raw, _)| raw).collect()
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
    fn a_large_mail_is_begun_and_the_next_one_found() {
        let large = "x".repeat(300);
        let text = format!(
            "{SEPARATOR}S: 1\n\n{large}\n\n{SEPARATOR}Content-Length: 302\n\n{large}\n\n\
             {SEPARATOR}S: 3\n\nc\n"
        );
        let mails = mails_of(text.as_bytes(), 200);
        let fits: Vec<bool> = mails.iter().map(|(_, fits)| *fits).collect();
        assert_eq!(fits, [false, false, true]);
        assert!(mails[0].0.starts_with("S: 1\n\nxxx"));
        assert_eq!(mails[2].0, "S: 3\n\nc\n");
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
