//! Percent-encoding as the signature wants it: everything but `A-Z a-z 0-9 - _ . ~`, in upper case.
//!
//! Written here, not taken from a crate, because the client takes it from one.

use std::fmt::Write as _;

/// Undoes every `%XX`; what is no such triple stays as it is. A `+` is a plus sign.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match tail {
            [high, low, after @ ..] if *first == b'%' => {
                if let (Some(high), Some(low)) = (digit(*high), digit(*low)) {
                    decoded.push(high << 4 | low);
                    rest = after;
                    continue;
                }
                decoded.push(b'%');
            }
            _ => decoded.push(*first),
        }
        rest = tail;
    }
    decoded
}

/// Appends `bytes`, encoded.
pub(crate) fn encode_into(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            write!(text, "%{byte:02X}").expect("a String takes everything");
        }
    }
}

/// The names and values of a query, decoded, in the order they came in. A name without `=` has an empty value.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_triples_and_nothing_else() {
        assert_eq!(decode("team%24app%2f%e7"), b"team$app/\xe7");
        assert_eq!(decode("50%+%4"), b"50%+%4");
        assert_eq!(decode("%"), b"%");
        assert_eq!(decode("%zz%41"), b"%zzA");
    }

    #[test]
    fn encodes_all_but_the_unreserved() {
        let mut text = String::new();
        encode_into(&mut text, "a-_.~/ é".as_bytes());
        assert_eq!(text, "a-_.~%2F%20%C3%A9");
    }
}
