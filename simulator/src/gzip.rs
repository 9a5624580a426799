//! The gzip format without compression, for answers that say `Content-Encoding: gzip`.
//!
//! Stored blocks are a valid stream to every reader; how small it is does not matter here.

/// What one stored block holds at most.
const BLOCK: usize = 0xffff;

pub(crate) fn wrap(bytes: &[u8]) -> Vec<u8> {
    // Magic, method "deflate", no flags, no time, no extra flags, system unknown (RFC 1952).
    let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut blocks = bytes.chunks(BLOCK).peekable();
    if blocks.peek().is_none() {
        stream.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        stream.push(u8::from(blocks.peek().is_none()));
        let length = u16::try_from(block.len()).expect("a block is that short");
        stream.extend_from_slice(&length.to_le_bytes());
        stream.extend_from_slice(&(!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    stream.extend_from_slice(&checksum(bytes).to_le_bytes());
    // The length modulo 2^32, as the format wants it.
    stream.extend_from_slice(&bytes.len().to_le_bytes()[..4]);
    stream
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), 0);
    }

    #[test]
    fn a_stream_is_head_blocks_and_tail() {
        let stream = wrap(b"123456789");
        assert_eq!(stream[10..15], [1, 9, 0, 0xf6, 0xff]);
        assert_eq!(&stream[15..24], b"123456789");
        assert_eq!(stream[24..], [0x26, 0x39, 0xf4, 0xcb, 9, 0, 0, 0]);
        let long = wrap(&vec![0; BLOCK + 1]);
        assert_eq!(long.len(), 10 + 5 + BLOCK + 5 + 1 + 8);
        assert_eq!((long[10], long[15 + BLOCK]), (0, 1));
    }
}
