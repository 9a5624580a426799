//! The handle on a running simulator.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
};

use crate::{
    record::Request,
    server::{Server, Transport},
    service::Service,
    world::World,
};

/// A running simulator. Dropping it closes every connection and waits for its thread.
pub struct Simulator {
    address: SocketAddr,
    service: Arc<Service>,
    #[cfg(feature = "tls")]
    certificate: Option<String>,
    _server: Server,
}

impl Simulator {
    /// Serves HTTP on a free port of 127.0.0.1.
    pub fn start(world: World) -> io::Result<Simulator> {
        Simulator::start_at(world, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// Serves HTTP on that address, which must be a loopback one: it is no service for others.
    pub fn start_at(world: World, address: SocketAddr) -> io::Result<Simulator> {
        Simulator::serve(world, address, Transport::Plain)
    }

    /// Serves HTTPS on a free port of 127.0.0.1, with a certificate of its own for that address and
    /// `localhost`.
    #[cfg(feature = "tls")]
    pub fn start_tls(world: World) -> io::Result<Simulator> {
        let (acceptor, certificate) = crate::tls::acceptor()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut simulator = Simulator::serve(world, address, Transport::Tls(acceptor))?;
        simulator.certificate = Some(certificate);
        Ok(simulator)
    }

    fn serve(world: World, address: SocketAddr, transport: Transport) -> io::Result<Simulator> {
        if !address.ip().is_loopback() {
            let text = format!("a simulator listens on loopback addresses only, not on {address}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let service = Arc::new(Service::new(world));
        let server = Server::start(listener, transport, Arc::clone(&service))?;
        Ok(Simulator {
            address,
            service,
            #[cfg(feature = "tls")]
            certificate: None,
            _server: server,
        })
    }

    /// The certificate to trust, in PEM. `None`: it serves plain HTTP.
    #[cfg(feature = "tls")]
    pub fn certificate_pem(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Where it is: `http://127.0.0.1:PORT`, or `https://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        #[cfg(feature = "tls")]
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        #[cfg(not(feature = "tls"))]
        let scheme = "http";
        format!("{scheme}://{}", self.address)
    }

    /// Every request received, in the order they came in; the last million of them.
    pub fn requests(&self) -> Vec<Request> {
        self.service.record.requests()
    }

    /// Forgets the requests so far, and with them the most in flight.
    pub fn clear_requests(&self) {
        self.service.record.clear();
    }

    /// The most requests that were in flight at once.
    pub fn most_in_flight(&self) -> usize {
        self.service.record.most_in_flight()
    }

    /// Changes the world while it is being asked. Rules without an id are given one afterwards; faults
    /// that stand unchanged in their place go on counting.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        self.service.change(change);
    }
}
