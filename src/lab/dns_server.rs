//! The DNS server's sockets: UDP and TCP on one loopback port.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use crate::lab::dns::{Transport, answer_bytes};
use crate::lab::model::Model;

/// How long a server rests when it cannot accept or receive.
const AFTER_AN_ERROR: Duration = Duration::from_millis(10);

/// A UDP socket and a TCP listener of one port number.
pub(crate) async fn sockets() -> io::Result<(UdpSocket, TcpListener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..20 {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match UdpSocket::bind(tcp.local_addr()?).await {
            Ok(udp) => return Ok((udp, tcp)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

pub(crate) async fn serve_udp(socket: UdpSocket, model: Arc<Model>) {
    let mut bytes = vec![0; 4096];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut bytes).await else {
            tokio::time::sleep(AFTER_AN_ERROR).await;
            continue;
        };
        if let Some(reply) = answer_bytes(&model.zone, &bytes[..length], Transport::Udp) {
            let _ = socket.send_to(&reply, from).await;
        }
    }
}

pub(crate) async fn serve_tcp(listener: TcpListener, model: Arc<Model>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(AFTER_AN_ERROR).await;
            continue;
        };
        let model = Arc::clone(&model);
        connections.spawn(async move {
            let _ = talk(stream, &model).await;
        });
    }
}

/// Questions over TCP carry their length in front, and so do the answers.
async fn talk(mut stream: TcpStream, model: &Model) -> io::Result<()> {
    loop {
        let length = usize::from(stream.read_u16().await?);
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).await?;
        let Some(reply) = answer_bytes(&model.zone, &bytes, Transport::Tcp) else {
            return Ok(());
        };
        let Ok(length) = u16::try_from(reply.len()) else {
            return Ok(());
        };
        stream.write_u16(length).await?;
        stream.write_all(&reply).await?;
    }
}
