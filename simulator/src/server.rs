//! The listening thread: connections in, HTTP/1.1 and HTTP/2 on each. What is asked, it does not know.

use std::{io, net::TcpListener, sync::Arc, thread, thread::JoinHandle, time::Duration};

use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    runtime,
    sync::oneshot,
    time::sleep,
};

use crate::service::Service;

/// What is under HTTP.
#[derive(Clone)]
pub(crate) enum Transport {
    Plain,
    #[cfg(feature = "tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

/// A running server. It stops when this is dropped.
pub(crate) struct Server {
    /// Dropped first, which is the sign to stop.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(listener: TcpListener, transport: Transport, service: Arc<Service>) -> io::Result<Server> {
        listener.set_nonblocking(true)?;
        // One thread is enough to outrun any client that behaves, and leaves the others to it.
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("swr-simulator".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener, transport, service) => {}
                }
            });
            // The runtime goes here, and with it every connection that is still open.
        })?;
        Ok(Server {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // Its panic has been reported where it happened; a second one here would abort.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, transport: Transport, service: Arc<Service>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connect(stream, transport.clone(), Arc::clone(&service)));
            }
            // Too many files open, most likely: others must close first.
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connect(stream: TcpStream, transport: Transport, service: Arc<Service>) {
    // Answers are small: waiting to fill a packet would cost each of them milliseconds.
    let _ = stream.set_nodelay(true);
    match transport {
        Transport::Plain => serve(stream, service).await,
        #[cfg(feature = "tls")]
        Transport::Tls(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, service).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, service: Arc<Service>) {
    let respond = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { service.respond(request).await }
    });
    // A connection's error is the client's to notice; some are made on purpose.
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), respond)
        .await;
}
