//! Which PINs are good enough, and how long and how often they may be tried.

use std::time::Duration;

use kernel::refusal::Refusal;

/// Fewest digits of a PIN.
pub const DIGITS_MIN: usize = 6;
/// Most digits of a PIN.
pub const DIGITS_MAX: usize = 12;
/// Wrong tries in a row that end a locked session.
pub const TRIES_MAX: u32 = 5;
/// A PIN opens a session for this long after its full sign-in: a long working day.
pub const AFTER_SIGN_IN_MAX: Duration = Duration::from_secs(12 * 3600);
/// Fewest different digits.
const DISTINCT_MIN: usize = 3;

/// Refuses a PIN that somebody at the same counter would try first.
///
/// # Errors
/// [`Refusal::Invalid`] naming `pin`, what is wrong and the mend.
pub fn check(pin: &str) -> Result<(), Refusal> {
    let refuse = |reason: &str, mend: &str| Err(Refusal::invalid("pin", reason, mend));
    if !pin.bytes().all(|it| it.is_ascii_digit()) {
        return refuse("holds something other than digits", "use digits only");
    }
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&pin.len()) {
        return refuse("is too short or too long", "use 6 to 12 digits");
    }
    let digits: Vec<u32> = pin.chars().filter_map(|it| it.to_digit(10)).collect();
    if is_row(&digits) || repeats(&digits) || distinct(&digits) < DISTINCT_MIN {
        return refuse(
            "is one of the first that somebody would try",
            "avoid rows such as 123456 and repetitions such as 111111 or 123123",
        );
    }
    if is_date(pin) {
        return refuse(
            "looks like a date",
            "birthdays are guessed first; use digits that mean nothing",
        );
    }
    Ok(())
}

fn distinct(digits: &[u32]) -> usize {
    let mut distinct = digits.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len()
}

/// Whether every digit is one step from the one before, all up or all down, nine beside nought.
fn is_row(digits: &[u32]) -> bool {
    let steps = || digits.iter().zip(digits.iter().skip(1));
    [1, 9]
        .iter()
        .any(|step| steps().all(|(before, after)| (before + step) % 10 == *after))
}

/// Whether it is a shorter part over and over, or pairs of the same digit.
fn repeats(digits: &[u32]) -> bool {
    let over_and_over = (1..=digits.len() / 2).any(|length| {
        let again = digits.iter().skip(length);
        digits
            .iter()
            .zip(again)
            .all(|(first, again)| first == again)
    });
    let doubled =
        digits.len().is_multiple_of(2) && digits.chunks(2).all(|pair| pair.first() == pair.last());
    over_and_over || doubled
}

/// Whether six or eight digits are a day in one of the orders people write it in.
fn is_date(pin: &str) -> bool {
    let part = |from: usize| -> u32 {
        pin.get(from..from + 2)
            .and_then(|it| it.parse().ok())
            .unwrap_or(0)
    };
    let is_day = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    let either = |a: u32, b: u32| is_day(a, b) || is_day(b, a);
    let is_century = |century: u32| (19..=20).contains(&century);
    match pin.len() {
        6 => either(part(0), part(2)) || either(part(2), part(4)),
        8 => {
            (is_century(part(4)) && either(part(0), part(2)))
                || (is_century(part(0)) && either(part(4), part(6)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_refused() {
        for pin in [
            "12345",
            "1234567890123",
            "12a456",
            "١٢٣٤٥٦",
            "",
            "123456",
            "654321",
            "890123",
            "111111",
            "121212",
            "123123",
            "112233",
            "474747",
            "1231231",
            "110011",
            "240290",
            "022490",
            "900224",
            "24021990",
            "19900224",
            "02241990",
        ] {
            assert!(check(pin).is_err(), "{pin}");
        }
    }

    #[test]
    fn others_are_not() {
        for pin in ["739164", "905738", "8264071", "46913578", "740913628405"] {
            assert!(check(pin).is_ok(), "{pin}");
        }
    }
}
