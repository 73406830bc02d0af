//! Secrets in texts that others wrote (keys, error texts, column names): masked wherever we repeat such a text, be it
//! in a log line, a letter or a marker. There is no second place that knows what a secret looks like.
//!
//! It looks at every byte a bounded number of times, so that a text may be as long and as odd as it likes.

/// Shown of one text in a log line or a marker; the rest is counted. CloudWatch would break a longer line in two.
pub const LINE_CHARS_MAX: usize = 4000;
const MASK: &str = "(secret)";

/// The text without the secrets in it.
pub fn secrets(text: &str) -> String {
    let mut masking = Masking::default();
    let mut rest = text;
    while !rest.is_empty() {
        let space = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
        masking.masked.push_str(&rest[..space]);
        rest = &rest[space..];
        let word = rest.find(is_space).unwrap_or(rest.len());
        if rest[..word].contains("-----BEGIN") {
            masking.masked.push_str("(key removed)");
            break;
        }
        masking.word(&rest[..word]);
        rest = &rest[word..];
    }
    masking.masked
}

/// The same for a log line or a marker: not endless either.
pub fn line(text: &str) -> String {
    let masked = secrets(text);
    match masked.char_indices().nth(LINE_CHARS_MAX) {
        None => masked,
        Some((end, _)) => {
            let more = masked[end..].chars().count();
            format!("{}... (and {more} more characters)", &masked[..end])
        }
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// What the words so far make of the next one.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Expecting {
    #[default]
    Anything,
    /// The last word names a secret, if a sign follows; it may have been hidden as one itself.
    Sign,
    Secret,
    /// A secret whose opening quote was seen.
    Until(char),
}

#[derive(Debug, Default)]
struct Masking {
    masked: String,
    expecting: Expecting,
}

impl Masking {
    fn word(&mut self, word: &str) {
        let mut rest = word;
        // Every step takes a part of the word away, or is the last.
        while !rest.is_empty() {
            rest = match self.expecting {
                Expecting::Anything => self.anything(rest),
                Expecting::Sign => self.sign(rest),
                Expecting::Secret if rest == "=" || rest == ":" => {
                    self.masked.push_str(rest);
                    ""
                }
                Expecting::Secret => self.secret(rest),
                Expecting::Until(quote) => self.until(quote, rest),
            };
        }
    }

    /// Up to the first sign that follows the name of a secret: `password=`, `"secret":`, `?token=`.
    fn anything<'a>(&mut self, word: &'a str) -> &'a str {
        let signs = word.match_indices(['=', ':']);
        if let Some((at, _)) = signs.into_iter().find(|(at, _)| names_a_secret(&word[..*at])) {
            mask_tokens(&word[..=at], &mut self.masked);
            self.expecting = Expecting::Secret;
            return &word[at + 1..];
        }
        mask_tokens(word, &mut self.masked);
        self.expecting = match word {
            word if is_scheme(word) => Expecting::Secret,
            word if names_a_secret(word) => Expecting::Sign,
            _ => Expecting::Anything,
        };
        ""
    }

    /// `password = x`
    fn sign<'a>(&mut self, word: &'a str) -> &'a str {
        self.expecting = Expecting::Anything;
        if word.starts_with(['=', ':']) {
            self.masked.push_str(&word[..1]);
            self.expecting = Expecting::Secret;
            return &word[1..];
        }
        word
    }

    fn secret<'a>(&mut self, word: &'a str) -> &'a str {
        let body = word.trim_start_matches(['"', '\'', '\\']);
        let opening = &word[..word.len() - body.len()];
        let quotes: Vec<char> = opening.chars().filter(|c| *c != '\\').collect();
        self.masked.push_str(opening);
        self.expecting = match quotes.as_slice() {
            // Without quotes the value is the whole word. `Authorization: Bearer x` hides x as well, and what looks like
            // a value may be another name: `token: password: x`.
            [] if is_scheme(body) => Expecting::Secret,
            [] if body.strip_suffix([':', '=']).is_some_and(names_a_secret) => Expecting::Secret,
            [] => Expecting::Sign,
            // An empty value.
            [first, .., last] if first == last => Expecting::Anything,
            [.., quote] => Expecting::Until(*quote),
        };
        if body.is_empty() {
            return "";
        }
        if let Expecting::Until(_) = self.expecting {
            self.masked.push_str(MASK);
            return body;
        }
        if quotes.is_empty() {
            self.masked.push_str(MASK);
            return "";
        }
        body
    }

    fn until<'a>(&mut self, quote: char, word: &'a str) -> &'a str {
        match word.find(quote) {
            Some(at) => {
                self.expecting = Expecting::Sign;
                self.masked.push(quote);
                &word[at + quote.len_utf8()..]
            }
            None => "",
        }
    }
}

fn is_scheme(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic")
}

/// Whether a text ends with a name of what should stay hidden, quotes after it or not.
fn names_a_secret(text: &str) -> bool {
    const NAMES: [&str; 9] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "authorization",
    ];
    /// Longer than any name with dashes in it.
    const LOOKED_AT_MAX: usize = 48;
    let letters = text.bytes().rev().take(LOOKED_AT_MAX);
    let mut letters = letters
        .skip_while(|byte| matches!(byte, b'"' | b'\'' | b'\\'))
        .peekable();
    let mut name: Vec<u8> = Vec::new();
    while let Some(letter) = letters.next_if(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        if letter.is_ascii_alphanumeric() {
            name.push(letter.to_ascii_lowercase());
        }
    }
    name.reverse();
    NAMES.iter().any(|known| name.ends_with(known.as_bytes()))
}

/// What stands before a secret, up to its own delimiter; in small letters.
const MARKS: [&str; 15] = [
    "x-amz-signature=",
    "x-amz-security-token=",
    "x-amz-credential=",
    "signature=",
    "credential=",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "eyjhbgcioi",
];
/// An access key id has 20 capitals and digits; a word that merely begins with AKIA is none.
const KEY_IDS: [&str; 2] = ["AKIA", "ASIA"];
const KEY_ID_LENGTH: usize = 20;

/// Secrets that are known by their looks, wherever they stand.
fn mask_tokens(word: &str, masked: &mut String) {
    let small = word.to_ascii_lowercase();
    let mut at = 0;
    while let Some(c) = word[at..].chars().next() {
        match token(word, &small, at) {
            Some((start, end)) => {
                masked.push_str(&word[at..start]);
                masked.push_str(MASK);
                at = end;
            }
            None => {
                masked.push(c);
                at += c.len_utf8();
            }
        }
    }
}

/// The place of a secret whose mark begins here.
fn token(word: &str, small: &str, at: usize) -> Option<(usize, usize)> {
    let rest = &word[at..];
    if KEY_IDS.iter().any(|mark| rest.starts_with(mark)) {
        let length = rest
            .bytes()
            .take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            .count();
        return (length >= KEY_ID_LENGTH).then_some((at, at + length));
    }
    if let Some(authority) = rest.strip_prefix("://") {
        let authority = &authority[..authority.find(['/', '?', '#']).unwrap_or(authority.len())];
        let (user, _) = authority.rsplit_once('@')?;
        let (name, password) = user.split_once(':')?;
        let start = at + "://".len() + name.len() + 1;
        return (!password.is_empty()).then_some((start, start + password.len()));
    }
    let mark = MARKS.iter().find(|mark| small[at..].starts_with(**mark))?;
    let value = at + mark.len();
    let end = word[value..]
        .find(|c: char| !is_token_char(c))
        .map_or(word.len(), |length| value + length);
    // The name of a parameter stays, the prefix of a token goes with it.
    let start = if mark.ends_with('=') { value } else { at };
    (end > value).then_some((start, end))
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '=' | '%' | '.' | '~')
}

#[cfg(test)]
mod tests;
