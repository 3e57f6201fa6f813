//! Customers who write while the process dies: new questions, answers to what they were sent, the
//! same mail twice, large ones, and some that the server never hands over.

use std::sync::Mutex;

use super::dice::Dice;
use super::load::Load;
use super::mailbox::Mailbox;
use super::sink::Sink;

/// A mail that came to lie in the mailbox.
#[derive(Clone)]
pub struct Arrived {
    /// The word by which the test knows it again.
    pub word: String,
    /// The ticket that it answers on.
    pub ticket: Option<i64>,
    /// Whether the server never hands it over.
    pub withheld: bool,
}

/// Everything they wrote.
pub struct Customers {
    dice: Dice,
    arrived: Mutex<Vec<Arrived>>,
}

impl Customers {
    pub fn new(dice: Dice) -> Self {
        Self {
            dice,
            arrived: Mutex::default(),
        }
    }

    /// What they wrote so far.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// A mail arrives that the server lists but never hands over.
    pub fn write_in_vain(&self, mailbox: &Mailbox, sink: &Sink, load: &Load) {
        self.write_one(true, mailbox, sink, load);
    }

    /// Some mails arrive, one after the other.
    pub async fn write(&self, count: u64, mailbox: &Mailbox, sink: &Sink, load: &Load) {
        for _ in 0..count {
            let number = self.write_one(false, mailbox, sink, load);
            let pause = self.dice.roll("customer-pause", number, 80);
            tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
        }
    }

    fn write_one(&self, withheld: bool, mailbox: &Mailbox, sink: &Sink, load: &Load) -> u64 {
        let number = u64::try_from(self.arrived.lock().unwrap().len()).unwrap();
        let random = self.dice.stream("customer", number);
        let word = format!("crash-mail-{number}");
        let taken = sink.taken();
        let answered = (random.below(100) < 35 && !taken.is_empty()).then(|| {
            let index = random.below(u64::try_from(taken.len()).unwrap());
            taken[usize::try_from(index).unwrap()].clone()
        });
        let (from, subject, threading) = match &answered {
            Some(taken) => {
                let id = &taken.message_id;
                let threading = format!("In-Reply-To: {id}\r\nReferences: {id}\r\n");
                (taken.recipient.clone(), format!("Re: {word}"), threading)
            }
            None => {
                let from = format!("c{}@customer.test", random.below(60));
                (from, format!("Grüße {word}"), String::new())
            }
        };
        let body = match random.below(100) {
            // Larger than what is kept in a row of the database.
            0..2 => "An attachment would be next. ".repeat(12_000),
            2..20 => "Long, but not very long. ".repeat(300),
            _ => "Where is it?".to_owned(),
        };
        let raw = format!(
            "From: C <{from}>\r\nTo: support@team.test\r\nSubject: {subject}\r\n\
             Date: Mon, 2 Mar 2026 09:30:00 +0000\r\nMessage-ID: <{word}@customer.test>\r\n\
             {threading}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n{word}\r\n\r\n{body}\r\n"
        );
        mailbox.deliver(&raw, withheld);
        match random.below(100) {
            _ if withheld => {}
            0..8 => mailbox.deliver(&raw, false),
            8..14 => {
                // The same mail by another way.
                let copy = format!("Received: from list.test by mx.test; {number}\r\n{raw}");
                mailbox.deliver(&copy, false);
            }
            _ => {}
        }
        // Who was in copy once may not be any more, and then begins a ticket of their own.
        let answered = answered.filter(|taken| !taken.recipient.starts_with("copy"));
        let ticket = answered.map(|taken| load.ticket_of(&taken.text));
        self.arrived.lock().unwrap().push(Arrived {
            word,
            ticket,
            withheld,
        });
        number
    }
}
