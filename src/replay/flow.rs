//! A body that is made while it is sent: the next piece only when the one before has gone, each where it may block, and no thread
//! held while a slow reader reads.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::task::JoinHandle;

use crate::replay::error::Error;

/// Makes the next piece, which may be empty; `None` where there is no more.
pub(crate) type Step = Box<dyn FnMut() -> Result<Option<Bytes>, Error> + Send>;

type Made = (Step, Result<Option<Bytes>, Error>);

/// The body.
pub(crate) struct Flow(State);

enum State {
    Made(Bytes, Step),
    Waiting(Step),
    Making(JoinHandle<Made>),
    Done,
}

impl Flow {
    /// A first piece that is made already, and what comes after it.
    pub(crate) fn after(first: Bytes, step: Step) -> Self {
        Self(State::Made(first, step))
    }
}

impl Body for Flow {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        loop {
            match std::mem::replace(&mut self.0, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Made(piece, step) => {
                    self.0 = State::Waiting(step);
                    // An empty piece would end the answer.
                    if !piece.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(piece))));
                    }
                }
                State::Waiting(mut step) => {
                    self.0 = State::Making(tokio::task::spawn_blocking(move || {
                        let made = step();
                        (step, made)
                    }));
                }
                State::Making(mut making) => match Pin::new(&mut making).poll(context) {
                    Poll::Pending => {
                        self.0 = State::Making(making);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok((step, Ok(Some(piece))))) => self.0 = State::Made(piece, step),
                    Poll::Ready(Ok((_, Ok(None)))) => return Poll::Ready(None),
                    Poll::Ready(Ok((_, Err(error)))) => {
                        tracing::error!("replay: {error}");
                        return Poll::Ready(Some(Err(error)));
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(Some(Err(Error::Broken))),
                },
            }
        }
    }
}
