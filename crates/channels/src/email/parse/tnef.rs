//! winmail.dat: mail as Outlook packs it for itself (MS-OXTNEF). Text and files are taken out.
//!
//! Every length is checked against what is there; a broken tail costs only itself.

mod properties;
mod rtf;

use super::Attachment;
use crate::email::words::{decode_charset, decode_unlabelled};
use properties::Properties;

const SIGNATURE: u32 = 0x223E_9F78;
/// Most files taken out.
const FILES_MAX: usize = 200;
/// Most bytes taken out in all: compressed text can grow.
const BYTES_MAX: usize = 64 * 1024 * 1024;

const BODY: u32 = 0x0002_800C;
const CODEPAGE: u32 = 0x0006_9007;
const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
const FILE_BEGINS: u32 = 0x0006_9002;
const FILE_TITLE: u32 = 0x0001_8010;
const FILE_CONTENT: u32 = 0x0006_800F;
const FILE_PROPERTIES: u32 = 0x0006_9005;

const P_BODY: u16 = 0x1000;
const P_RTF: u16 = 0x1009;
const P_HTML: u16 = 0x1013;
const P_CONTENT: u16 = 0x3701;
const P_SHORT_NAME: u16 = 0x3704;
const P_LONG_NAME: u16 = 0x3707;
const P_MIME_TYPE: u16 = 0x370E;
const P_CONTENT_ID: u16 = 0x3712;

/// A file from within.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) content_type: Option<String>,
    pub(super) content_id: Option<String>,
    pub(super) bytes: Vec<u8>,
}

/// What was in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    /// The text as RTF, unpacked.
    pub(super) rtf: Option<Vec<u8>>,
    pub(super) files: Vec<File>,
}

/// Whether an attachment is a winmail.dat, by its type or by what is in it.
pub(super) fn is_tnef(kind: &str, files: &[Attachment]) -> bool {
    let named = matches!(kind, "application/ms-tnef" | "application/vnd.ms-tnef");
    files.iter().any(|file| {
        let signed = file.bytes.get(..4) == Some(&SIGNATURE.to_le_bytes()[..]);
        signed && (named || file.name.to_ascii_lowercase().ends_with(".dat"))
    })
}

/// Takes it apart; `None` when it is something else or holds nothing.
pub(super) fn read(bytes: &[u8]) -> Option<Content> {
    let mut input = Input(bytes);
    if input.u32()? != SIGNATURE {
        return None;
    }
    input.take(2)?;
    let mut content = Content::default();
    let mut codepage = String::from("windows-1252");
    let mut taken = 0_usize;
    while let Some((tag, data)) = attribute(&mut input) {
        taken = taken.saturating_add(data.len());
        if content.files.len() > FILES_MAX || taken > BYTES_MAX {
            break;
        }
        match tag {
            CODEPAGE => codepage = codepage_of(data).unwrap_or(codepage),
            BODY => content.text = Some(text(data, &codepage)),
            MESSAGE_PROPERTIES => message(&Properties::read(data), &codepage, &mut content),
            FILE_BEGINS => content.files.push(File::default()),
            _ => {
                if let Some(file) = content.files.last_mut() {
                    file_attribute(tag, data, &codepage, file);
                }
            }
        }
    }
    content.files.retain(|file| !file.bytes.is_empty());
    (content != Content::default()).then_some(content)
}

/// Level, tag, length, data, checksum. What was cut off ends the reading.
fn attribute<'a>(input: &mut Input<'a>) -> Option<(u32, &'a [u8])> {
    input.take(1)?;
    let tag = input.u32()?;
    let length = usize::try_from(input.u32()?).ok()?;
    let data = input.take(length)?;
    // The sum is not checked: a mail with a scratch is better than none.
    input.take(2)?;
    Some((tag, data))
}

fn message(properties: &Properties<'_>, codepage: &str, content: &mut Content) {
    if let Some(body) = properties.text(P_BODY, codepage) {
        content.text = Some(body);
    }
    if let Some(html) = properties.bytes(P_HTML) {
        content.html = Some(text(html, codepage));
    } else if let Some(html) = properties.text(P_HTML, codepage) {
        content.html = Some(html);
    }
    content.rtf = properties.bytes(P_RTF).and_then(rtf::unpacked);
}

fn file_attribute(tag: u32, data: &[u8], codepage: &str, file: &mut File) {
    match tag {
        FILE_TITLE if file.name.is_empty() => file.name = text(data, codepage),
        FILE_CONTENT => file.bytes = data.to_vec(),
        FILE_PROPERTIES => {
            let properties = Properties::read(data);
            let named = |id| {
                properties
                    .text(id, codepage)
                    .filter(|name| !name.is_empty())
            };
            if let Some(name) = named(P_LONG_NAME).or_else(|| named(P_SHORT_NAME)) {
                file.name = name;
            }
            file.content_type = named(P_MIME_TYPE).map(|kind| kind.to_ascii_lowercase());
            file.content_id = named(P_CONTENT_ID);
            if file.bytes.is_empty()
                && let Some(content) = properties.bytes(P_CONTENT)
            {
                file.bytes = content.to_vec();
            }
        }
        _ => {}
    }
}

fn codepage_of(data: &[u8]) -> Option<String> {
    let number = Input(data).u32()?;
    Some(match number {
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        65001 => "utf-8".to_owned(),
        number => format!("windows-{number}"),
    })
}

fn text(data: &[u8], codepage: &str) -> String {
    let end = data
        .iter()
        .rposition(|b| *b != 0)
        .map_or(0, |at| at.saturating_add(1));
    let data = data.get(..end).unwrap_or_default();
    let text = decode_charset(codepage, data).unwrap_or_else(|| decode_unlabelled(data, None));
    text.replace('\0', "")
}

/// Bytes still to be read.
#[derive(Clone, Copy)]
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?.try_into().ok()?;
        Some(u16::from_le_bytes(bytes))
    }

    fn u32(&mut self) -> Option<u32> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    }
}

#[cfg(test)]
mod tests;
