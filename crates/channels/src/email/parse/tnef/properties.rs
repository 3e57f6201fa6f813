//! MAPI properties as TNEF writes them (MS-OXTNEF 2.1.3.4).

use super::Input;
use crate::email::words::{decode_charset, decode_unlabelled};

/// Most properties read.
const PROPERTIES_MAX: u32 = 2_000;
/// Most values of one property.
const VALUES_MAX: u32 = 1_000;

const INT16: u16 = 0x02;
const OBJECT: u16 = 0x0D;
const STRING8: u16 = 0x1E;
const UNICODE: u16 = 0x1F;
const BINARY: u16 = 0x102;
/// Properties from here on have names instead of fixed meanings.
const NAMED: u16 = 0x8000;

/// The properties that hold text or bytes.
pub(super) struct Properties<'a> {
    found: Vec<(u16, u16, &'a [u8])>,
}

impl<'a> Properties<'a> {
    /// Reads as many as are whole.
    pub(super) fn read(data: &'a [u8]) -> Properties<'a> {
        let mut found = Vec::new();
        let mut input = Input(data);
        let count = input.u32().unwrap_or_default().min(PROPERTIES_MAX);
        for _ in 0..count {
            if property(&mut input, &mut found).is_none() {
                break;
            }
        }
        Properties { found }
    }

    pub(super) fn bytes(&self, id: u16) -> Option<&'a [u8]> {
        let found = self.found.iter().find(|(known, _, _)| *known == id)?;
        match found.1 {
            BINARY => Some(found.2),
            // An object begins with the identifier of its interface, 16 bytes.
            OBJECT => found.2.get(16..),
            _ => None,
        }
    }

    pub(super) fn text(&self, id: u16, codepage: &str) -> Option<String> {
        let (_, kind, data) = self.found.iter().find(|(known, _, _)| *known == id)?;
        let text = match *kind {
            UNICODE => decode_charset("utf-16le", data)?,
            STRING8 => {
                decode_charset(codepage, data).unwrap_or_else(|| decode_unlabelled(data, None))
            }
            _ => return None,
        };
        Some(text.replace('\0', ""))
    }
}

fn property<'a>(input: &mut Input<'a>, found: &mut Vec<(u16, u16, &'a [u8])>) -> Option<()> {
    let (kind, id) = (input.u16()?, input.u16()?);
    if id >= NAMED {
        skip_name(input)?;
    }
    let multiple = kind & 0x1000 != 0;
    let base = kind & 0x0FFF;
    let sized = matches!(base, OBJECT | STRING8 | UNICODE | BINARY);
    let values = if multiple || sized { input.u32()? } else { 1 };
    if values > VALUES_MAX {
        return None;
    }
    for at in 0..values {
        let data = if sized {
            let length = usize::try_from(input.u32()?).ok()?;
            let data = input.take(length)?;
            input.take(padding(length))?;
            data
        } else {
            input.take(width(base)?)?
        };
        if at == 0 {
            found.push((id, base, data));
        }
    }
    Some(())
}

fn skip_name(input: &mut Input<'_>) -> Option<()> {
    input.take(16)?;
    if input.u32()? == 0 {
        input.take(4)?;
    } else {
        let length = usize::try_from(input.u32()?).ok()?;
        input.take(length)?;
        input.take(padding(length))?;
    }
    Some(())
}

/// Every value fills whole groups of four bytes.
fn padding(length: usize) -> usize {
    length.wrapping_neg() % 4
}

fn width(kind: u16) -> Option<usize> {
    match kind {
        // Short, long, single, error, boolean.
        INT16 | 0x03 | 0x04 | 0x0A | 0x0B => Some(4),
        // Double, currency, time, 64-bit.
        0x05..=0x07 | 0x14 | 0x40 => Some(8),
        0x48 => Some(16),
        _ => None,
    }
}
