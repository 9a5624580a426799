//! Any bytes as text and back: a byte that is no part of UTF-8 becomes a character that stands for it.

/// Of the last private characters of Unicode, those in whose place bytes stand: `\u{10ff80}` is the byte 0x80.
const FIRST: u32 = 0x0010_ff00;

/// Whether a character of such a text stands for a byte.
pub(in crate::swr) const fn is_byte(c: char) -> bool {
    matches!(c, '\u{10ff80}'..='\u{10ffff}')
}

/// The text of some bytes.
pub(in crate::swr) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let stand_in = |&byte: &u8| char::from_u32(FIRST + u32::from(byte)).expect("it is in the last plane");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            // Characters of that range stand for their own bytes, so that there is one way back.
            if is_byte(c) {
                text.extend(c.encode_utf8(&mut [0; 4]).as_bytes().iter().map(stand_in));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().map(stand_in));
    }
    text
}

/// The bytes of such a text.
pub(in crate::swr) fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        if is_byte(c) {
            bytes.push(u8::try_from(u32::from(c) - FIRST).expect("the range is that of a byte"));
        } else {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_bytes_that_are_no_text_change() {
        assert_eq!(text("web \u{e4}".as_bytes()), "web \u{e4}");
        assert_eq!(text(b"a\xffb"), "a\u{10ffff}b");
        for bytes in [&b"\x80\xe4\xf0\x9f"[..], "\u{10ff80}\u{10fffe}".as_bytes()] {
            assert!(text(bytes).chars().all(is_byte), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn every_body_comes_back_as_it_was(parts in prop::collection::vec(prop_oneof![any::<char>().prop_map(|c| c.to_string().into_bytes()), prop::collection::vec(any::<u8>(), 0..5)], 0..10)) {
            let body = parts.concat();
            prop_assert_eq!(bytes(&text(&body)), body);
        }
    }
}
