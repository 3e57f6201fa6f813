//! Which files hold mail, and reading them one mail at a time.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::mbox::Mbox;
use super::{Found, MailFile};
use crate::email::intake::MAIL_BYTES_MAX;

/// Folders within folders.
const DEPTH_MAX: usize = 20;
/// What is kept of a mail that is too large.
pub(super) const BEGINNING_BYTES_MAX: usize = 64 * 1024;

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

/// Reads a file's mails into `taken`, which answers whether it wants more; `false` when it did not.
///
/// # Errors
/// The file can't be read; what was read before was taken.
pub(super) fn read(file: &MailFile, taken: &mut dyn FnMut(Found) -> bool) -> io::Result<bool> {
    let place = file.path.display().to_string();
    if !file.is_mbox {
        let limit = u64::try_from(MAIL_BYTES_MAX)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let mut raw = Vec::new();
        File::open(&file.path)?.take(limit).read_to_end(&mut raw)?;
        let fits = raw.len() <= MAIL_BYTES_MAX;
        if !fits {
            raw.truncate(BEGINNING_BYTES_MAX);
        }
        if raw.trim_ascii().is_empty() {
            return Ok(true);
        }
        return Ok(taken(Found {
            place,
            raw: as_sent(raw),
            fits,
            read: file.size,
        }));
    }
    let mut mbox = Mbox::open(&file.path, MAIL_BYTES_MAX)?;
    let mut number = 0_u64;
    while let Some(mail) = mbox.next_mail()? {
        number = number.saturating_add(1);
        let more = taken(Found {
            place: format!("{place}, mail {number}"),
            raw: as_sent(mail.raw),
            fits: mail.fits,
            read: mail.read,
        });
        if !more {
            return Ok(false);
        }
    }
    Ok(true)
}

/// With the line ends of a mail on the wire: files on disk have bare LFs, and the same mail should
/// have the same hash by whatever way it comes.
fn as_sent(raw: Vec<u8>) -> Vec<u8> {
    if raw.windows(2).any(|pair| pair == b"\r\n") {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_those_of_the_wire() {
        assert_eq!(as_sent(b"a\nb\n".to_vec()), b"a\r\nb\r\n");
        assert_eq!(as_sent(b"a\r\nb\n".to_vec()), b"a\r\nb\n");
    }
}
