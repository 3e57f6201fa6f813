//! Which files hold mail, and reading them one mail at a time.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::MailFile;
use super::mbox::Mbox;

/// Folders within folders.
const DEPTH_MAX: usize = 20;
/// Mails up to this many bytes are read as a whole, larger ones in pieces of this size.
const PIECE_BYTES: usize = 1024 * 1024;

/// The files behind what was named: files as they are, and in folders maildirs (`cur` and `new`),
/// single mails (`.eml`) and mbox files, in the order of their names.
///
/// # Errors
/// Something that was named can't be looked at; its path is part of the error.
pub fn list(named: &[PathBuf]) -> io::Result<Vec<MailFile>> {
    let mut found = Vec::new();
    for path in named {
        if fs::metadata(path)
            .map_err(|problem| at(path, problem))?
            .is_dir()
        {
            walk(path, DEPTH_MAX, &mut found)?;
        } else {
            found.push(MailFile {
                size: size(path)?,
                is_mbox: is_mbox(path)?,
                path: path.clone(),
            });
        }
    }
    Ok(found)
}

fn walk(folder: &Path, depth: usize, found: &mut Vec<MailFile>) -> io::Result<()> {
    if depth == 0 {
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|problem| at(folder, problem))?;
    let mut entries: Vec<_> = entries.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let name = folder.file_name().and_then(|name| name.to_str());
    let is_maildir = matches!(name, Some("cur" | "new"));
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            // What is still being delivered is not there yet.
            if entry.file_name() != "tmp" {
                walk(&path, depth.saturating_sub(1), found)?;
            }
            continue;
        }
        if !kind.is_file() {
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let single = is_maildir || extension.is_some_and(|it| it.eq_ignore_ascii_case("eml"));
        let is_mbox = !single && is_mbox(&path)?;
        if single || is_mbox {
            found.push(MailFile {
                size: size(&path)?,
                is_mbox,
                path,
            });
        }
    }
    Ok(())
}

fn size(path: &Path) -> io::Result<u64> {
    Ok(fs::metadata(path)
        .map_err(|problem| at(path, problem))?
        .len())
}

fn is_mbox(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(|problem| at(path, problem))?;
    file.take(64).read_to_end(&mut start)?;
    Ok(start.trim_ascii_start().starts_with(b"From "))
}

fn at(path: &Path, problem: io::Error) -> io::Error {
    io::Error::new(problem.kind(), format!("{}: {problem}", path.display()))
}

/// Reads a file's mails, each in one or more pieces, into `taken`, which answers whether it wants
/// more; `false` when it did not.
///
/// # Errors
/// The file can't be read; what was read before was taken.
pub(super) fn read(file: &MailFile, taken: &mut dyn FnMut(Bit) -> bool) -> io::Result<bool> {
    let place = file.path.display().to_string();
    if !file.is_mbox {
        let mut mail = Growing::new(place, PIECE_BYTES, taken);
        let mut reader = BufReader::with_capacity(128 * 1024, File::open(&file.path)?);
        loop {
            let bytes = reader.fill_buf()?;
            if bytes.is_empty() {
                return Ok(mail.finish(file.size));
            }
            if !mail.add(bytes) {
                return Ok(false);
            }
            let count = bytes.len();
            reader.consume(count);
        }
    }
    let mut mbox = Mbox::open(&file.path)?;
    let mut number = 0_u64;
    loop {
        number = number.saturating_add(1);
        let mut mail = Growing::new(format!("{place}, mail {number}"), PIECE_BYTES, taken);
        if !mbox.next_mail(&mut mail)? {
            return Ok(true);
        }
        if !mail.finish(mbox.read()) {
            return Ok(false);
        }
    }
}

/// A piece of what is found in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bit {
    /// A mail as a whole, with its place and where in the file it ends.
    Mail(String, Vec<u8>, u64),
    /// A large mail begins, with its place and first bytes.
    Begins(String, Vec<u8>),
    /// Its next bytes.
    Goes(Vec<u8>),
    /// It ends here in the file.
    Ends(u64),
}

/// A mail being read: whole while it is small, in pieces from then on.
pub(super) struct Growing<'a> {
    place: Option<String>,
    raw: Vec<u8>,
    most: usize,
    /// Whether its lines end as on the wire; found out by its first piece.
    on_wire: Option<bool>,
    wanted: bool,
    taken: &'a mut dyn FnMut(Bit) -> bool,
}

impl<'a> Growing<'a> {
    pub(super) fn new(
        place: String,
        most: usize,
        taken: &'a mut dyn FnMut(Bit) -> bool,
    ) -> Growing<'a> {
        Growing {
            place: Some(place),
            raw: Vec::new(),
            most,
            on_wire: None,
            wanted: true,
            taken,
        }
    }

    /// Takes more bytes; `false` when nobody wants them.
    pub(super) fn add(&mut self, bytes: &[u8]) -> bool {
        self.raw.extend_from_slice(bytes);
        if self.wanted && self.raw.len() > self.most {
            let raw = self.as_sent();
            let bit = match self.place.take() {
                Some(place) => Bit::Begins(place, raw),
                None => Bit::Goes(raw),
            };
            self.wanted = (self.taken)(bit);
        }
        self.wanted
    }

    /// The mail is over, at this place of the file; `false` when nobody wants another one. Nothing
    /// but white space is no mail.
    pub(super) fn finish(mut self, at: u64) -> bool {
        let raw = self.as_sent();
        match self.place.take() {
            Some(_) if raw.trim_ascii().is_empty() => self.wanted,
            Some(place) => (self.taken)(Bit::Mail(place, raw, at)),
            None => self.wanted && (self.taken)(Bit::Goes(raw)) && (self.taken)(Bit::Ends(at)),
        }
    }

    /// With the line ends of a mail on the wire: files on disk have bare LFs, and the same mail
    /// should have the same hash by whatever way it comes.
    fn as_sent(&mut self) -> Vec<u8> {
        let raw = std::mem::take(&mut self.raw);
        let has_wire = || raw.windows(2).any(|pair| pair == b"\r\n");
        if *self.on_wire.get_or_insert_with(has_wire) {
            return raw;
        }
        let lines = raw.iter().filter(|&&byte| byte == b'\n').count();
        let mut sent = Vec::with_capacity(raw.len().saturating_add(lines));
        for byte in raw {
            if byte == b'\n' {
                sent.push(b'\r');
            }
            sent.push(byte);
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(raw: &[u8], most: usize) -> Vec<Bit> {
        let mut bits = Vec::new();
        let mut taken = |bit| {
            bits.push(bit);
            true
        };
        let mut mail = Growing::new("x".to_owned(), most, &mut taken);
        for piece in raw.chunks(4) {
            assert!(mail.add(piece));
        }
        assert!(mail.finish(9));
        bits
    }

    #[test]
    fn line_ends_become_those_of_the_wire() {
        let whole = |raw: &[u8]| vec![Bit::Mail("x".to_owned(), raw.to_vec(), 9)];
        assert_eq!(bits(b"a\nb\n", 100), whole(b"a\r\nb\r\n"));
        assert_eq!(bits(b"a\r\nb\n", 100), whole(b"a\r\nb\n"));
        assert_eq!(bits(b" \n", 100), []);
    }

    #[test]
    fn what_is_large_comes_in_pieces() {
        let expected = vec![
            Bit::Begins("x".to_owned(), b"a\r\nbcde\r\nf".to_vec()),
            Bit::Goes(b"gh\r\n".to_vec()),
            Bit::Ends(9),
        ];
        assert_eq!(bits(b"a\nbcde\nfgh\n", 6), expected);
    }
}
