//! Compressed RTF (MS-OXRTFCP).

use super::Input;

const COMPRESSED: u32 = 0x7546_5A4C;
const UNCOMPRESSED: u32 = 0x414C_454D;
/// What the window holds at the start (MS-OXRTFCP 2.1.2.1).
const PRESET: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \
    \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\
    \\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW: usize = 4096;
/// Most bytes unpacked.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// The RTF; `None` when the head is not what it must be.
pub(super) fn unpacked(data: &[u8]) -> Option<Vec<u8>> {
    let mut input = Input(data);
    let (_, size) = (input.u32()?, usize::try_from(input.u32()?).ok()?);
    let kind = input.u32()?;
    input.take(4)?;
    match kind {
        UNCOMPRESSED => Some(input.0.get(..size).unwrap_or(input.0).to_vec()),
        COMPRESSED => Some(inflate(input, size.min(BYTES_MAX))),
        _ => None,
    }
}

fn inflate(mut input: Input<'_>, size: usize) -> Vec<u8> {
    // The window is the tail of what was written so far, behind the preset text.
    let mut written = PRESET.to_vec();
    let end = size.saturating_add(PRESET.len());
    'all: while let Some(control) = input.take(1).and_then(|byte| byte.first().copied()) {
        for bit in 0..8 {
            if written.len() >= end {
                break 'all;
            }
            if control & (1 << bit) == 0 {
                let Some(byte) = input.take(1).and_then(|byte| byte.first().copied()) else {
                    break 'all;
                };
                written.push(byte);
                continue;
            }
            let Some(&[high, low]) = input.take(2) else {
                break 'all;
            };
            let token = u16::from_be_bytes([high, low]);
            let (offset, length) = (usize::from(token >> 4), usize::from(token & 15) + 2);
            if offset == written.len() % WINDOW {
                break 'all;
            }
            for step in 0..length {
                let at = offset.saturating_add(step) % WINDOW;
                let back = (written.len() % WINDOW).wrapping_sub(at) % WINDOW;
                let back = if back == 0 { WINDOW } else { back };
                let from = written.len().checked_sub(back);
                let byte = from.and_then(|from| written.get(from)).copied();
                written.push(byte.unwrap_or(b' '));
            }
        }
    }
    written.drain(..PRESET.len().min(written.len()));
    written
}
