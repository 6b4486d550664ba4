//! A crawl seen from outside while it goes on: once a second its figures are written beside the archive, where `status` and the
//! replay find them, and where an address is configured, `/metrics` and `/health` are answered there. It changes nothing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::cli::exit::Exit;
use crate::cli::setup::Failure;
use crate::crawl::board::Board;
use crate::frontier::queue::Frontier;

/// How often the figures are written.
const EVERY: Duration = Duration::from_secs(1);

/// Shows a crawl until it is dropped.
pub struct Beacon {
    tasks: Vec<JoinHandle<()>>,
    pen: Arc<Pen>,
}

/// Writes beside the archive until it is put down: what is under way then must not come last.
struct Pen {
    frontier: Arc<dyn Frontier>,
    down: Mutex<bool>,
}

impl Pen {
    /// A crawl that cannot tell how it fares goes on all the same.
    fn write(&self, board: &Board) {
        let down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        if let (false, Ok(json)) = (*down, serde_json::to_string(&board.show(Timestamp::now()))) {
            let _ = self.frontier.set_status(&json);
        }
    }

    fn put_down(&self) {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner) = true;
        let _ = self.frontier.set_status("null");
    }
}

impl Beacon {
    /// Begins to write, and to answer where an address is given.
    ///
    /// # Errors
    /// Where nothing can be served at that address.
    pub async fn light(board: Arc<Board>, frontier: Arc<dyn Frontier>, address: &str) -> anyhow::Result<Self> {
        let mut tasks = Vec::new();
        if !address.is_empty() {
            tasks.push(serve(Arc::clone(&board), address).await?);
        }
        let pen = Arc::new(Pen { frontier, down: Mutex::new(false) });
        let writing = Arc::clone(&pen);
        tasks.push(tokio::spawn(async move {
            let mut tick = tokio::time::interval(EVERY);
            loop {
                tick.tick().await;
                let (board, pen) = (Arc::clone(&board), Arc::clone(&writing));
                let _ = tokio::task::spawn_blocking(move || pen.write(&board)).await;
            }
        }));
        Ok(Self { tasks, pen })
    }
}

impl Drop for Beacon {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.pen.put_down();
    }
}

async fn serve(board: Arc<Board>, address: &str) -> anyhow::Result<JoinHandle<()>> {
    let usage = |what: String| Failure::new(Exit::Usage, what);
    let address: SocketAddr = address
        .parse()
        .map_err(|_| usage(format!("crawl.metrics: `{address}` is no address; write it as in 127.0.0.1:9464")))?;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(|error| usage(format!("crawl.metrics: nothing can be served at {address}: {error}")))?;
    let routes = Router::new().route("/metrics", get(metrics)).route("/health", get(health)).with_state(board);
    Ok(tokio::spawn(async move {
        let _ = axum::serve(listener, routes).await;
    }))
}

async fn metrics(State(board): State<Arc<Board>>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, board.show(Timestamp::now()).metrics())
}

async fn health(State(board): State<Arc<Board>>) -> impl IntoResponse {
    let shown = board.show(Timestamp::now());
    let kind = [(header::CONTENT_TYPE, "application/json")];
    match serde_json::to_string(&shown) {
        Ok(json) => (StatusCode::OK, kind, json),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, kind, format!("{{\"error\":\"{error}\"}}")),
    }
}
