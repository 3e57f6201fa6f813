//! The signed word by which a test mail is known when it comes back. It stands in the subject and
//! in the Message-ID, because some servers write their own Message-ID.

use kernel::ids::MailTestId;
use kernel::keys::Keys;

const MARK: &str = "ektest-";
/// Bytes of the signature that are kept: 96 bits, 24 digits.
const SIGNATURE_BYTES: usize = 12;
/// How much of a text is searched, in bytes, and how many likely places are tried.
const SEARCHED_BYTES_MAX: usize = 2_000;
const TRIED_MAX: usize = 5;

/// Makes the token of a test: `ektest-12-` and 24 hexadecimal digits.
pub fn make(keys: &Keys, test: MailTestId) -> String {
    format!("{MARK}{test}-{}", signature(keys, test))
}

/// The first token of ours in a text; `None` when there is none, or it was forged or damaged.
pub fn find(keys: &Keys, text: &str) -> Option<MailTestId> {
    let mut end = text.len().min(SEARCHED_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default().to_ascii_lowercase();
    text.split(MARK)
        .skip(1)
        .take(TRIED_MAX)
        .find_map(|rest| read(keys, rest))
}

/// Reads what stands behind the mark.
fn read(keys: &Keys, rest: &str) -> Option<MailTestId> {
    let (digits, rest) = rest.split_once('-')?;
    let number: i64 = digits.parse().ok().filter(|&n| n > 0)?;
    // "+12" and "012" are numbers too, but not as we write them.
    if number.to_string() != digits {
        return None;
    }
    let test = MailTestId(number);
    let expected = signature(keys, test);
    let given = rest.get(..expected.len())?;
    same_bytes(given.as_bytes(), expected.as_bytes()).then_some(test)
}

fn signature(keys: &Keys, test: MailTestId) -> String {
    let mac = keys.hmac("mail.test", test.to_string().as_bytes());
    let kept = mac.iter().take(SIGNATURE_BYTES);
    kept.map(|byte| format!("{byte:02x}")).collect()
}

/// Compares without stopping at the first difference, so that timing tells nothing.
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}
