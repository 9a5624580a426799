//! What came by each shared connection, and whether that can still be believed.
//!
//! An answer that names something else shows that a connection has mixed answers up. Those before it that name nothing may
//! have been another question's too, so they are asked again, each by a connection of its own.

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use super::bearing::Bearing;
use crate::swr::wire::call::Call;

/// A connection that several questions may share one after the other, by its local address. Over HTTP/2 every answer bears
/// the number of its question, so nothing is kept of those connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::swr) struct Connection(SocketAddr);

impl Connection {
    /// `None`: nobody knows which it is. All of those count as one.
    pub(in crate::swr) fn from_local(address: Option<SocketAddr>) -> Self {
        let unknown = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));
        Self(address.unwrap_or(unknown))
    }
}

/// All of one client.
#[derive(Debug, Default)]
pub(in crate::swr) struct SharedConnections {
    /// By connection, the questions whose answers name nothing.
    nameless: HashMap<Connection, Vec<Call>>,
    /// Those that have mixed answers up.
    mixed: HashSet<Connection>,
    /// Questions whose answers were given out, and are not believed any more.
    suspects: Vec<Call>,
}

impl SharedConnections {
    /// Whether connections may be shared: not once one has mixed answers up.
    pub(in crate::swr) fn are_trusted(&self) -> bool {
        self.mixed.is_empty()
    }

    /// Takes what an answer is about; whether it can be believed.
    pub(in crate::swr) fn take(&mut self, call: &Call, connection: Connection, bearing: Bearing) -> bool {
        match bearing {
            Bearing::Its => {}
            Bearing::Nameless if self.mixed.contains(&connection) => return false,
            Bearing::Nameless => self.nameless.entry(connection).or_default().push(call.clone()),
            Bearing::Another => {
                self.mixed.insert(connection);
                self.suspects
                    .extend(self.nameless.remove(&connection).unwrap_or_default());
            }
        }
        true
    }

    /// The questions to ask again, each once.
    pub(in crate::swr) fn suspects(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.suspects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NamespaceName;

    fn connection(port: u16) -> Connection {
        Connection::from_local(Some((Ipv4Addr::LOCALHOST, port).into()))
    }

    fn call(name: &str) -> Call {
        Call::namespace(&NamespaceName::parse(name).expect("a legal namespace"))
    }

    #[test]
    fn what_names_nothing_is_suspect_once_its_connection_has_mixed_answers_up() {
        let (one, other) = (connection(1), connection(2));
        let mut shared = SharedConnections::default();
        for (name, connection, bearing) in [
            ("a", one, Bearing::Nameless),
            ("b", other, Bearing::Nameless),
            ("c", one, Bearing::Its),
            ("d", one, Bearing::Nameless),
        ] {
            assert!(shared.take(&call(name), connection, bearing), "{name}");
        }
        assert!(shared.are_trusted());
        assert_eq!(shared.suspects(), []);
        assert!(shared.take(&call("e"), one, Bearing::Another));
        assert!(!shared.are_trusted());
        assert_eq!(shared.suspects(), [call("a"), call("d")]);
        assert_eq!(shared.suspects(), [], "each once");
        // What was under way by the same connection.
        assert!(!shared.take(&call("f"), one, Bearing::Nameless));
        assert!(shared.take(&call("g"), one, Bearing::Its));
        assert!(shared.take(&call("h"), other, Bearing::Nameless));
    }
}
