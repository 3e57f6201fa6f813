//! Opaque cursors: callers hand back what they were given and nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::refusal::Refusal;

/// Turns the numbers of a place in a list into text and back.
pub struct Cursor;

impl Cursor {
    /// The cursor that stands for `place`.
    pub fn encode(place: &[i64]) -> String {
        let bytes: Vec<u8> = place
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The `count` numbers that the cursor stands for.
    pub fn decode(cursor: &str, count: usize) -> Result<Vec<i64>, Refusal> {
        let wrong = || {
            Refusal::invalid(
                "cursor",
                "is not one that a list gave",
                "take `next` of the last page",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        if numbers.len() != count || !rest.is_empty() {
            return Err(wrong());
        }
        Ok(numbers
            .iter()
            .map(|bytes| i64::from_be_bytes(*bytes))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_anything_else_is_refused() {
        let place = [i64::MAX, 0, -3];
        assert_eq!(Cursor::decode(&Cursor::encode(&place), 3).unwrap(), place);
        for wrong in ["", "?", "AAAA", &Cursor::encode(&place[..2])] {
            assert!(Cursor::decode(wrong, 3).is_err(), "{wrong}");
        }
    }
}
