//! A stream that remembers the first byte that came through it: by it a port of another protocol gives itself away.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What the first byte says of a port, shared between the stream and whoever explains a failure.
#[derive(Clone, Debug, Default)]
pub(crate) struct FirstByte(Arc<AtomicU16>);

/// What a server on plain TCP spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// Nothing came.
    Nothing,
    /// A TLS record (an alert).
    Tls,
    /// An HTTP/1 status line.
    Http1,
    /// Anything else, HTTP/2 included.
    Other,
}

impl FirstByte {
    /// What was spoken.
    pub(crate) fn spoken(&self) -> Spoken {
        match self.0.load(Ordering::Relaxed) {
            0 => Spoken::Nothing,
            seen => match (seen - 1) as u8 {
                0x15 | 0x16 => Spoken::Tls,
                b'H' => Spoken::Http1,
                _ => Spoken::Other,
            },
        }
    }

    fn note(&self, byte: u8) {
        let _ =
            self.0
                .compare_exchange(0, u16::from(byte) + 1, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// The stream.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    /// What is read from.
    pub(crate) stream: S,
    /// Where the first byte is noted.
    pub(crate) first: FirstByte,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if let Some(byte) = buffer.filled().get(before) {
            self.first.note(*byte);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_tells_the_protocol() {
        for (byte, spoken) in [
            (0x15, Spoken::Tls),
            (b'H', Spoken::Http1),
            (0, Spoken::Other),
            (255, Spoken::Other),
        ] {
            let first = FirstByte::default();
            assert_eq!(first.spoken(), Spoken::Nothing);
            first.note(byte);
            first.note(1);
            assert_eq!(first.spoken(), spoken);
        }
    }
}
