//! PURE: the token that opens the server to those who know it, and what is derived from it: the session that a browser keeps in
//! place of it, and the key in the addresses of captures. It knows no request and no clock; whatever is compared is compared
//! in constant time.

use std::fmt::{self, Write as _};

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::replay::error::Error;

/// The fewest characters that cannot be guessed by trying.
const LENGTH_MIN: usize = 16;

/// A secret shared by the server and those who may use it.
#[derive(Clone)]
pub struct Token(String);

/// It is never written anywhere.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// Reads a token: one line without spaces, long enough.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let wrong = |reason| Err(Error::Token { reason });
        if text.chars().count() < LENGTH_MIN {
            return wrong("it has fewer than 16 characters; `openssl rand -hex 32` makes a good one");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return wrong("it must be one line of letters, digits and punctuation without spaces");
        }
        Ok(Self(text.to_owned()))
    }

    /// What the token makes of a text for one purpose, and for no other.
    fn mac(&self, purpose: &str, text: &str) -> Option<Hmac<Sha256>> {
        // A key of any length will do, so that there is always one.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).ok()?;
        mac.update(b"chaffinch ");
        mac.update(purpose.as_bytes());
        mac.update(b"\0");
        mac.update(text.as_bytes());
        Some(mac)
    }

    fn sign(&self, purpose: &str, text: &str) -> String {
        let mac = self.mac(purpose, text).map(|mac| mac.finalize().into_bytes());
        mac.iter().flatten().fold(String::new(), |mut hex, byte| {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    fn is_signed(&self, purpose: &str, text: &str, signature: &str) -> bool {
        let bytes: Option<Vec<u8>> = (0..signature.len())
            .step_by(2)
            .map(|at| signature.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()))
            .collect();
        let mac = self.mac(purpose, text);
        bytes.zip(mac).is_some_and(|(bytes, mac)| mac.verify_slice(&bytes).is_ok())
    }

    /// Whether this is the token.
    pub fn is(&self, given: &str) -> bool {
        self.is_signed("comparison", given.trim(), &self.sign("comparison", &self.0))
    }

    /// What a browser keeps in place of the token, until a time.
    pub fn session(&self, until: Timestamp) -> String {
        let until = until.as_second().to_string();
        format!("{until}.{}", self.sign("session", &until))
    }

    /// Whether a browser's session was made with this token and has not run out.
    pub fn admits(&self, session: &str, now: Timestamp) -> bool {
        let Some((until, signature)) = session.split_once('.') else { return false };
        self.is_signed("session", until, signature) && until.parse::<i64>().is_ok_and(|until| now.as_second() < until)
    }

    /// What stands in front of every address of a capture. It opens captures and nothing else: neither token nor session can be
    /// found from it.
    pub fn key(&self) -> String {
        let mut key = self.sign("captures", "");
        key.truncate(32);
        key
    }

    /// What opens the feed to a feed reader, which cannot sign in, and nothing else.
    pub fn feed_key(&self) -> String {
        let mut key = self.sign("feed", "");
        key.truncate(32);
        key
    }

    /// Whether this is the key of the feed.
    pub fn is_feed_key(&self, given: &str) -> bool {
        self.is_signed("comparison", given, &self.sign("comparison", &self.feed_key()))
    }

    /// Whether this is the key of the captures.
    pub fn is_key(&self, given: &str) -> bool {
        self.is_signed("comparison", given, &self.sign("comparison", &self.key()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn token(text: &str) -> Token {
        Token::parse(text).unwrap()
    }

    #[test]
    fn a_token_is_long_and_one_word() {
        for text in ["", "short", "fifteen-letters", "sixteen letters, two words", "sixteen-letters\nand-two-lines"] {
            assert!(Token::parse(text).is_err(), "{text}");
        }
        assert!(token(" 0123456789abcdef\n").is("0123456789abcdef"));
    }

    #[test]
    fn only_the_token_itself_is_the_token() {
        let token = token("0123456789abcdef");
        assert!(token.is("0123456789abcdef"));
        for other in ["", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF"] {
            assert!(!token.is(other), "{other}");
        }
    }

    #[test]
    fn a_session_ends_and_cannot_be_lengthened_or_taken_elsewhere() {
        let (token, other) = (token("0123456789abcdef"), token("fedcba9876543210"));
        let at = |second| Timestamp::from_second(second).unwrap();
        let session = token.session(at(1000));
        assert!(token.admits(&session, at(999)));
        assert!(!token.admits(&session, at(1000)) && !other.admits(&session, at(0)));
        assert!(!token.admits(&session.replacen("1000", "9000", 1), at(0)));
        for wrong in ["", ".", "1000", "1000.", "1000.zz", &session[..session.len() - 1], &token.key()] {
            assert!(!token.admits(wrong, at(0)), "{wrong}");
        }
    }

    #[test]
    fn the_key_of_captures_opens_nothing_else() {
        let (token, other) = (token("0123456789abcdef"), token("fedcba9876543210"));
        assert!(token.is_key(&token.key()) && !other.is_key(&token.key()) && !token.is_key(""));
        assert!(!token.is(&token.key()) && !token.is_feed_key(&token.key()) && !token.is_key(&token.feed_key()));
        assert!(token.is_feed_key(&token.feed_key()) && !other.is_feed_key(&token.feed_key()));
        assert!(!format!("{token:?}").contains("0123"));
    }
}
